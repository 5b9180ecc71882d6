//! The bars that the machine has to meet beside the published tables: what is measured, how far it may be off, and
//! the named reason where the publications themselves stand in the way.
//!
//! A bar is never widened. One that cannot be met stays at its tolerance and shows as broken but explained; its
//! explanation has a bound of its own, so that a machine that gets worse still fails. The MB columns are judged
//! against the interval that their printed digits stand for, half a unit of the last digit either way, since 1.3 MB
//! alone leaves 3.8 % open; all other columns against the printed value.

use super::{Column, Table, Validated, discrepancies, error};
use crate::validation::{Excuse, Verdict};

/// A tolerance and what was measured against it.
#[derive(Clone, Debug, PartialEq)]
pub struct Bar {
    /// The network's name as one writes it.
    pub network: &'static str,
    /// What is measured.
    pub what: String,
    /// The unit of limit and value: "%" or "PEs".
    pub unit: &'static str,
    /// The most that is tolerated.
    pub limit: f64,
    /// What was measured.
    pub value: f64,
    /// The layer that the value is of, where it is of one.
    pub layer: Option<String>,
    /// Why the bar may be broken, where the publications are the reason.
    pub excuse: Option<Excuse>,
}

impl Bar {
    /// What became of it.
    pub fn verdict(&self) -> Verdict {
        Verdict::of(self.value, self.limit, self.excuse.as_ref())
    }
}

/// What AlexNet's mean error of total latency may reach at most, explained as it is (5.75 % when it was set).
const TOTAL_BOUND: f64 = 6.0;
/// What the error of CONV3's buffer traffic may reach at most under the printed mapping (37.9 % when it was set).
const CONV3_BUFFER_BOUND: f64 = 38.5;
/// The layer whose buffer traffic and mapping disagree in the paper.
const CONV3: &str = "CONV3";

/// AlexNet's bars; `conv3_again` is CONV3 under CONV4's mapping ([`discrepancies::conv3_again`]).
pub fn alexnet(table: &Table, conv3_again: &Validated) -> Vec<Bar> {
    let bar = Bars(table);
    let of_conv3 = |layer: &Validated| layer.published.layer == CONV3;
    vec![
        bar.mean(Column::Processing, 5.0),
        bar.each(Column::Processing, 10.0, |_| true),
        Bar {
            excuse: Some(Excuse { bound: TOTAL_BOUND, reason: discrepancies::total_latency(table) }),
            ..bar.mean(Column::Total, 5.0)
        },
        bar.active_pes(),
        bar.each(Column::Buffer, 3.0, |layer| !of_conv3(layer)),
        Bar {
            excuse: Some(Excuse { bound: CONV3_BUFFER_BOUND, reason: discrepancies::conv3_buffer(table, conv3_again) }),
            ..bar.each(Column::Buffer, 3.0, of_conv3)
        },
        Bar {
            what: "GLB MB, CONV3 under CONV4's mapping".into(),
            value: bar.beyond_rounding(conv3_again, Column::Buffer),
            ..bar.each(Column::Buffer, 3.0, of_conv3)
        },
        bar.each(Column::Dram, 3.0, |_| true),
        bar.each(Column::Power, 10.0, |_| true),
    ]
}

/// VGG-16's bars. Its table was not fitted; the mappings were found from its traffic and PEs, not from its latencies.
pub fn vgg16(table: &Table) -> Vec<Bar> {
    let bar = Bars(table);
    vec![
        bar.mean(Column::Processing, 6.0),
        bar.active_pes(),
        bar.each(Column::Buffer, 3.0, |_| true),
        bar.mean(Column::Power, 15.0),
    ]
}

struct Bars<'a>(&'a Table);

impl Bars<'_> {
    /// The mean of the layers' absolute errors against the printed values.
    fn mean(&self, column: Column, limit: f64) -> Bar {
        let errors = self.0.layers.iter().map(|layer| self.0.error(layer, column).abs());
        let value = errors.sum::<f64>() / self.0.layers.len() as f64;
        self.bar(format!("{}, mean of layers", column.name()), "%", limit, value, None)
    }

    /// The largest absolute error among layers, that of the MB columns beyond their rounding.
    fn each(&self, column: Column, limit: f64, which: impl Fn(&Validated) -> bool) -> Bar {
        let off = |layer: &Validated| match column {
            Column::Buffer | Column::Dram => self.beyond_rounding(layer, column),
            _ => self.0.error(layer, column).abs(),
        };
        let layers: Vec<&Validated> = self.0.layers.iter().filter(|layer| which(layer)).collect();
        let what = match layers[..] {
            [one] => format!("{}, {}", column.name(), one.published.layer),
            _ if layers.len() < self.0.layers.len() => format!("{}, each layer but {CONV3}", column.name()),
            _ => format!("{}, each layer", column.name()),
        };
        let worst = layers.into_iter().max_by(|a, b| off(a).total_cmp(&off(b)));
        let name = worst.map(|layer| layer.published.layer.clone());
        self.bar(what, "%", limit, worst.map_or(f64::NAN, off), name)
    }

    /// The largest difference of active PEs.
    fn active_pes(&self) -> Bar {
        let off = |layer: &Validated| (self.0.ours(layer, Column::ActivePes) - layer.published.active_pes).abs();
        let worst = self.0.layers.iter().max_by(|a, b| off(a).total_cmp(&off(b)));
        self.bar("active PEs, each layer".into(), "PEs", 0.0, worst.map_or(f64::NAN, off), None)
    }

    /// How far a value lies outside the interval that rounds to the printed one, in percent of its nearer end.
    fn beyond_rounding(&self, layer: &Validated, column: Column) -> f64 {
        let (ours, printed) = (self.0.ours(layer, column), layer.published.value(column));
        let nearest = ours.clamp(printed - column.rounding(), printed + column.rounding());
        error(ours, nearest).abs()
    }

    fn bar(&self, what: String, unit: &'static str, limit: f64, value: f64, layer: Option<String>) -> Bar {
        Bar { network: self.0.published.title, what, unit, limit, value, layer, excuse: None }
    }
}
