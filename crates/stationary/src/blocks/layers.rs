//! What each layer's mapping costs, how long it takes, and why.

use super::Layer;
use crate::document::{Cell, Column, Table};
use model::Arch;

/// A row a layer: work, energy, time, utilisation, what bounds the time.
pub fn layers(key: &'static str, arch: &Arch, layers: &[Layer]) -> Table {
    let unit = arch.provenance().unit.symbol();
    let columns = vec![
        Column::plain("number", "#"),
        Column::plain("layer", "layer"),
        Column::plain("macs", "MACs"),
        Column { digits: 4, ..Column::number("energy", "energy", unit) },
        Column::number("energy_per_mac", "a MAC", unit),
        Column::plain("outermost", "outermost memory"),
        Column { digits: 4, ..Column::number("latency", "latency", "cycles") },
        Column::plain("utilisation", "utilisation"),
        Column::plain("bound_by", "bound by"),
    ];
    let rows = (1..).zip(layers).map(|(number, (name, layer))| {
        let (energy, macs) = (layer.energy.total(), layer.problem.macs());
        let outermost: f64 = layer.energy.stages.first().map_or(0.0, |by| by.0.iter().sum());
        vec![
            Cell::Count(number),
            Cell::from(*name),
            Cell::Count(macs),
            Cell::Number(energy),
            Cell::Number(energy / macs as f64),
            Cell::Share(outermost / energy),
            Cell::Number(layer.latency()),
            Cell::Share(layer.utilisation.total()),
            Cell::from(layer.bottleneck()),
        ]
    });
    Table::new(key, "What each layer costs", columns).with(rows)
}
