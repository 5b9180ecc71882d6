//! Operating points: AlexNet at the supplies and clocks of the ISSCC 2016 figure.

use super::published::{POINTS, Published, PublishedPoint};
use super::{Column, PRICES, Table, energy_pj};
use eyeriss::Chip;
use model::OperatingPoint;
use model::tech::OPERATING_POINTS;

/// A point with the paper's and our figures.
#[derive(Clone, Debug)]
pub struct Point {
    /// Supply and clocks.
    pub point: OperatingPoint,
    /// What the paper prints or plots.
    pub published: PublishedPoint,
    /// Our frames a second.
    pub frames_per_second: f64,
    /// Our power in mW.
    pub power_mw: f64,
}

/// AlexNet at every point; `nominal` is the run at the clocks of the table.
///
/// Energy goes with the square of the supply, that of the pads, which have their own supply, included.
pub fn all(published: &Published, nominal: &Table, done: &(dyn Fn(&str) + Sync)) -> Vec<Point> {
    let points = POINTS.iter().filter_map(|published_point| {
        let point = *OPERATING_POINTS.iter().find(|point| point.name == published_point.name)?;
        let chip = Chip { core_hz: point.core_hz, link_hz: point.link_hz, ..nominal.chip };
        let rerun;
        let table = if chip == nominal.chip {
            nominal
        } else {
            rerun = super::run(published, chip, done);
            &rerun
        };
        let ms = table.total(Column::Total);
        Some(Point {
            point,
            published: *published_point,
            frames_per_second: table.frames_per_second(),
            power_mw: energy_pj(&table.sum(), point.volts) * 1e-6 / ms,
        })
    });
    points.collect()
}

/// The points that differ from the table's clocks: so many times [`all`] runs the layers again.
pub fn reruns() -> usize {
    OPERATING_POINTS.iter().filter(|point| point.volts != PRICES.volts).count()
}
