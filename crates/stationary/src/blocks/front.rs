//! Energy against latency: mappings that none beats in both.

use super::EnergyUnit;
use crate::Evaluation;
use crate::figure::{Axis, Figure, Plot, Point, Scatter, Series};
use model::Arch;

/// A front for each layer, its points numbered by rising energy.
pub fn front(key: &str, title: &str, arch: &Arch, fronts: &[(&str, &[Evaluation])]) -> Figure {
    let most = fronts.iter().flat_map(|(_, front)| *front).map(|point| point.energy.total()).fold(0.0, f64::max);
    let unit = EnergyUnit::fit(arch.provenance().unit, most);
    let series = fronts.iter().map(|(name, front)| Series {
        name: (*name).into(),
        points: front
            .iter()
            .enumerate()
            .map(|(index, point)| Point {
                x: point.latency(),
                y: point.energy.total() / unit.size,
                label: Some((index + 1).to_string()),
            })
            .collect(),
        line: true,
    });
    let plot = Plot::Scatter(Scatter {
        x: Axis::log("latency", "cycles"),
        y: Axis::log("energy", unit.symbol),
        series: series.collect(),
    });
    let caption = "Mappings that no other beats in both energy and latency, numbered by rising energy.".into();
    Figure { key: key.into(), title: title.into(), caption, plot }
}
