//! What was measured beside what was estimated, as parts of a document.

use super::{Layer, Measured};
use crate::document::{Block, Cell, Column, Table};

/// The layers and all of them; then energy by stage. `title` says which network it is.
pub fn blocks(title: &str, measured: &Measured) -> Vec<Block> {
    let total = measured.total();
    let rows = measured.layers.iter().chain([&total]).map(|layer| row(title, layer));
    let layers =
        Table::new("hardware_layers", format!("{title}: the machine and its estimate"), COLUMNS.to_vec()).with(rows);
    let stages = measured.stages.iter().zip(total.measured.energy.iter().zip(&total.estimated.energy));
    let stages = stages.map(|(stage, (&ours, &theirs))| {
        vec![
            title.into(),
            stage.as_str().into(),
            Cell::Number(ours),
            Cell::Number(theirs),
            Cell::Share(theirs / ours - 1.0),
        ]
    });
    let columns = vec![
        Column::plain("network", "network"),
        Column::plain("stage", "stage"),
        Column::number("machine", "machine", "MAC"),
        Column::number("estimate", "estimate", "MAC"),
        Column::plain("error", "error"),
    ];
    let stages = Table::new("hardware_stages", format!("{title}: energy by stage"), columns).with(stages);
    vec![Block::Table(layers), Block::Table(stages)]
}

const COLUMNS: [Column; 12] = [
    Column::plain("network", "network"),
    Column::plain("layer", "layer"),
    Column::plain("macs_done", "MACs done"),
    Column::plain("macs_gated", "MACs gated"),
    Column::number("gated_estimate", "estimate", "MAC"),
    Column::plain("gated_error", "error"),
    Column::plain("link_bytes", "DRAM bytes"),
    Column::number("link_estimate", "estimate", "B"),
    Column::plain("link_error", "error"),
    Column::number("energy", "energy", "MAC"),
    Column::number("energy_estimate", "estimate", "MAC"),
    Column::plain("energy_error", "error"),
];

fn row(title: &str, layer: &Layer) -> Vec<Cell> {
    let [gated, link, energy] = layer.errors().map(Cell::Share);
    let (ours, theirs) = (&layer.measured, &layer.estimated);
    vec![
        title.into(),
        layer.name.as_str().into(),
        Cell::Count(ours.done as u64),
        Cell::Count(ours.gated as u64),
        Cell::Number(theirs.gated),
        gated,
        Cell::Count(ours.link_bytes as u64),
        Cell::Number(theirs.link_bytes),
        link,
        Cell::Number(ours.total_energy()),
        Cell::Number(theirs.total_energy()),
        energy,
    ]
}
