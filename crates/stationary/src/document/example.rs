//! A small document with a block of every kind, for the tests of the renderings.

use super::{Block, Cell, Column, Document, Table};
use crate::figure::{Bar, Figure, Group, Plot, Stacked};

/// The document.
pub(super) fn document() -> Document {
    let columns = vec![
        Column::plain("name", "layer"),
        Column::plain("macs", "MACs"),
        Column::number("energy", "energy", "pJ"),
        Column::plain("error", "error"),
    ];
    let layers = Table::new("layers", "Energy of <each> layer", columns).with([
        vec!["conv1, \"first\"".into(), Cell::Count(1_234_567), Cell::Number(12345.678), Cell::Share(-0.015)],
        vec!["conv2".into(), Cell::Count(89), Cell::Number(1.0 / 3.0), Cell::Nothing],
    ]);
    let more = Table { title: "And one more".into(), rows: vec![layers.rows[1].clone()], ..layers.clone() };
    let tidy = Table::new("tidy", "For programs", vec![Column::number("value", "value", "")])
        .with([vec![Cell::Number(0.1)]])
        .off_screen();
    let bar = Bar { name: String::new(), values: vec![3.0, 4.5], mark: Some(7.0) };
    let groups = vec![Group { name: "conv1 & co".into(), bars: vec![bar] }];
    let figure = Figure {
        key: "energy_by_level".into(),
        title: "Energy by level".into(),
        caption: "Ours, and what is published.".into(),
        plot: Plot::Stacked(Stacked { unit: "energy (pJ)".into(), parts: vec!["DRAM".into(), "GLB".into()], groups }),
    };
    Document {
        title: "an example & its renderings".into(),
        lead: vec!["What one has to know.".into()],
        inputs: "00ff".into(),
        blocks: vec![
            Block::Heading("Layers".into()),
            Block::Text("Each of them costs something, says `map --json`.".into()),
            Block::Table(layers),
            Block::Table(more),
            Block::Table(tidy),
            Block::Figure(figure),
            Block::Nest { title: "conv1".into(), text: "for m in 0..96\n  for c in 0..3".into() },
        ],
    }
}
