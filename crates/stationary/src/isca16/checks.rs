//! What is held: the totals of the study's bars, the ranking of the dataflows, how far row stationary is below the others.

use super::Pair;
use super::point::{Layers, POINTS, Point};
use super::published::Published;
use crate::validation::{Check, Tolerance};
use model::reuse::Dataflow;

/// By which share a total, or a ratio of totals, may be off.
const TOTAL: f64 = 0.01;

const PAPER: &str = "ISCA 2016";

/// All checks.
pub fn checks(pairs: &[Pair], published: &[Published]) -> Vec<Check> {
    let mut checks: Vec<Check> = pairs.iter().filter_map(|pair| total(pair, published)).collect();
    checks.extend(POINTS.iter().flat_map(|point| of_point(*point, pairs, published)));
    checks
}

/// The total of a bar of Fig. 12 or 14, as printed; none where the study has none.
pub fn printed(point: Point, dataflow: Dataflow, published: &[Published]) -> Option<f64> {
    let of = |bar: &&Published| {
        let total = ["12a", "12b", "12c", "14b"].contains(&bar.figure);
        (bar.point, bar.dataflow) == (point, dataflow) && total
    };
    published.iter().filter(of).map(|bar| bar.value).reduce(|a, b| a + b)
}

fn figure(point: Point) -> &'static str {
    match point.layers {
        Layers::Conv => "Fig. 12",
        Layers::Fc => "Fig. 14b",
    }
}

fn total(pair: &Pair, published: &[Published]) -> Option<Check> {
    let what = format!("{}: {}", pair.dataflow.name(), pair.point.name());
    Some(Check {
        what,
        unit: "/MAC",
        published: printed(pair.point, pair.dataflow, published)?,
        ours: pair.reconstructed().map_or(f64::NAN, |parts| parts.energy()),
        tolerance: Tolerance::Within(TOTAL),
        source: format!("{PAPER}, {}", figure(pair.point)),
        explained: None,
    })
}

/// The energies of the dataflows at a point.
struct Energies(Vec<(Dataflow, f64)>);

impl Energies {
    /// Dataflows by energy, least first.
    fn ranking(&self) -> Vec<Dataflow> {
        let mut sorted = self.0.clone();
        sorted.sort_by(|a, b| a.1.total_cmp(&b.1));
        sorted.into_iter().map(|(dataflow, _)| dataflow).collect()
    }

    /// The least and the most of the others, as multiples of row stationary.
    fn over_rs(&self) -> Option<[f64; 2]> {
        let rs = self.0.iter().find(|(dataflow, _)| *dataflow == Dataflow::Rs)?.1;
        let others = self.0.iter().filter(|(dataflow, _)| *dataflow != Dataflow::Rs).map(|(_, energy)| energy / rs);
        let others: Vec<f64> = others.collect();
        Some([others.iter().copied().reduce(f64::min)?, others.iter().copied().reduce(f64::max)?])
    }
}

fn of_point(point: Point, pairs: &[Pair], published: &[Published]) -> Vec<Check> {
    let printed = |dataflow| Some((dataflow, printed(point, dataflow, published)?));
    let theirs = Energies(Dataflow::ALL.into_iter().filter_map(printed).collect());
    let of_pair = |pair: &Pair| Some((pair.dataflow, pair.reconstructed()?.energy()));
    let ours = Energies(pairs.iter().filter(|pair| pair.point == point).filter_map(of_pair).collect());
    let source = format!("{PAPER}, {}", figure(point));
    let same = theirs.ranking().iter().zip(&ours.ranking()).filter(|(a, b)| a == b).count();
    let check = |what: &str, unit, published, ours, tolerance, source| {
        let what = format!("{what}: {}", point.name());
        Check { what, unit, published, ours, tolerance, source, explained: None }
    };
    let ranks = theirs.0.len() as f64;
    let mut checks = vec![check("at their rank", "", ranks, same as f64, Tolerance::Off(0.0), source.clone())];
    if let (Some([least, most]), Some([ours_least, ours_most])) = (theirs.over_rs(), ours.over_rs()) {
        checks.push(check("least over RS", "x", least, ours_least, Tolerance::Within(TOTAL), source.clone()));
        checks.push(check("most over RS", "x", most, ours_most, Tolerance::Within(TOTAL), source.clone()));
        if point.layers == Layers::Conv && point.pes == 256 {
            let text = format!("{PAPER}, abstract");
            checks.push(check("told, over RS", "x", 1.4, ours_least, Tolerance::AtLeast, text));
        }
        if point.layers == Layers::Fc && point.batch == 16 {
            checks.push(check("drawn, over RS", "x", 1.27, ours_least, Tolerance::AtLeast, source));
        }
    }
    checks
}
