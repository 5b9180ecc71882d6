//! The study as a document.

use super::by_layer::ByLayer;
use super::checks::printed;
use super::figures;
use super::published::Published;
use super::splits;
use super::storage::{self, Stored};
use super::{Beside, Pair};
use crate::digest::Inputs;
use crate::document::{Block, Cell, Column, Document, Table};
use crate::validation::{self, Check};

/// Writes it.
pub fn document(pairs: &[Pair], beside: &Beside, checks: &[Check]) -> Document {
    let Beside { published, layers, storage } = *beside;
    let mut blocks = vec![Block::Table(bars(pairs, published)), Block::Table(totals(pairs, published))];
    blocks.push(Block::Table(errors(pairs, published)));
    blocks.extend(validation::blocks(
        "checks",
        "What is held: energy of a MAC; dataflows at their rank; the least and the most of the others over RS",
        checks,
    ));
    blocks.push(Block::Heading("Figures".into()));
    blocks.extend(figures::figures(pairs, published).into_iter().map(Block::Figure));
    blocks.extend([Block::Table(by_layer(layers)), Block::Figure(figures::by_layer(layers))]);
    blocks.extend([Block::Table(stored(storage)), Block::Figure(figures::storage(storage))]);
    blocks.push(Block::Heading("Splits of reuse".into()));
    blocks.push(Block::Text(
        "On 256 PEs with 16 images: how the uses of a word are split over DRAM (a), buffer (b), array (c) and register files \
         (d), in the study's analysis as reconstructed and in the best mappings."
            .into(),
    ));
    blocks.push(Block::Table(splits::table(&splits::shown(pairs))));
    let arch = |pair: &Pair| format!("{:?} {:?}", pair.optimum.arch, pair.point);
    Document {
        title: "Six dataflows on AlexNet at equal PEs and equal storage area".into(),
        lead: vec![
            "Chen, Emer, Sze, ISCA 2016, Figs. 10 to 15. Reconstruction: the study's analysis (Eqs. 3 and 4), with the splits \
             of reuse chosen by rules that were inferred from its bars, since the paper prints neither; the tolerances hold \
             for it. Optimum: for each layer the best mapping on the same design at the same charges, proven by branch and \
             bound."
                .into(),
            "Where the optimum is far below the bar, the study's rules leave something on the table: weight stationary reads \
             ifmaps from DRAM for each new set of weights and sends the psums of each filter row through the buffer; MOC-SOP \
             reads each window from DRAM as if no other had its words."
                .into(),
        ],
        inputs: Inputs::of_parts(pairs.iter().map(arch).chain([format!("{published:?}")])).finish(),
        blocks,
    }
}

/// The error of ours, as a part of what is printed.
fn error(ours: Option<f64>, printed: f64) -> Cell {
    ours.map_or(Cell::Nothing, |ours| Cell::Share(ours / printed - 1.0))
}

/// Every part of every bar.
fn bars(pairs: &[Pair], published: &[Published]) -> Table {
    const COLUMNS: [Column; 10] = [
        Column::plain("figure", "figure"),
        Column::plain("layers", "layers"),
        Column::plain("pes", "PEs"),
        Column::plain("batch", "N"),
        Column::plain("dataflow", "dataflow"),
        Column::plain("component", "component"),
        Column { digits: 4, ..Column::plain("published", "published") },
        Column { digits: 4, ..Column::plain("reconstruction", "reconstruction") },
        Column::plain("error", "error"),
        Column { digits: 4, ..Column::plain("optimum", "optimum") },
    ];
    let row = |bar: &Published| {
        let pair = pairs.iter().find(|pair| (pair.point, pair.dataflow) == (bar.point, bar.dataflow))?;
        let [reconstruction, optimum] = pair.component(bar.component, pairs);
        Some(vec![
            bar.figure.into(),
            bar.point.layers.name().into(),
            Cell::Count(bar.point.pes),
            Cell::Count(bar.point.batch as u64),
            bar.dataflow.name().into(),
            bar.component.into(),
            Cell::Number(bar.value),
            Cell::number(reconstruction),
            error(reconstruction, bar.value),
            Cell::number(optimum),
        ])
    };
    Table::new("bars", "Every part of every bar", COLUMNS.to_vec()).with(published.iter().filter_map(row)).off_screen()
}

/// The totals of Figs. 12 and 14.
fn totals(pairs: &[Pair], published: &[Published]) -> Table {
    const COLUMNS: [Column; 10] = [
        Column::plain("layers", "layers"),
        Column::plain("pes", "PEs"),
        Column::plain("batch", "N"),
        Column::plain("dataflow", "dataflow"),
        Column { digits: 4, ..Column::plain("published", "published") },
        Column { digits: 4, ..Column::plain("reconstruction", "reconstruction") },
        Column::plain("error", "error"),
        Column { digits: 4, ..Column::plain("optimum", "optimum") },
        Column::plain("below", "optimum to bar"),
        Column::plain("proof", "proof"),
    ];
    let row = |pair: &Pair| {
        let bar = printed(pair.point, pair.dataflow, published);
        let (reconstruction, optimum) = (pair.reconstructed(), pair.best());
        let (reconstruction, optimum) = (reconstruction.map(|of| of.energy()), optimum.map(|of| of.energy()));
        let against = |ours: Option<f64>| bar.map_or(Cell::Nothing, |bar| error(ours, bar));
        vec![
            pair.point.layers.name().into(),
            Cell::Count(pair.point.pes),
            Cell::Count(pair.point.batch as u64),
            pair.dataflow.name().into(),
            Cell::number(bar),
            Cell::number(reconstruction),
            against(reconstruction),
            Cell::number(optimum),
            against(optimum),
            if pair.optimum.proven() { "proven".into() } else { Cell::Nothing },
        ]
    };
    Table::new("totals", "Energy of a MAC (Figs. 12 and 14b)", COLUMNS.to_vec()).with(pairs.iter().map(row))
}

/// How far each figure's bars are off.
fn errors(pairs: &[Pair], published: &[Published]) -> Table {
    const COLUMNS: [Column; 5] = [
        Column::plain("figure", "figure"),
        Column::plain("what", "what"),
        Column::plain("bars", "bars"),
        Column::plain("mean", "mean error"),
        Column::plain("worst", "worst error"),
    ];
    const FIGURES: [(&str, &str, &[&str]); 9] = [
        ("11", "DRAM reads", &["reads"]),
        ("11", "DRAM writes", &["writes"]),
        ("12", "DRAM", &["DRAM"]),
        ("12", "buffer", &["Buffer"]),
        ("12", "array", &["Array"]),
        ("12", "RF", &["RF"]),
        ("12d", "operands", &["Ifmaps", "Weights", "Psums"]),
        ("13", "energy x delay", &["EDP"]),
        ("14", "all parts", &["reads", "DRAM", "Buffer", "Array", "RF", "Ifmaps", "Weights", "Psums"]),
    ];
    let row = |(figure, what, components): &(&'static str, &'static str, &[&str])| {
        let of = published.iter().filter(|bar| bar.figure.starts_with(figure) && components.contains(&bar.component));
        // Bars of no height have no relative error.
        let off = of.filter(|bar| bar.value > 0.0).filter_map(|bar| {
            let pair = pairs.iter().find(|pair| (pair.point, pair.dataflow) == (bar.point, bar.dataflow))?;
            Some((pair.component(bar.component, pairs)[0]? / bar.value - 1.0).abs())
        });
        let off: Vec<f64> = off.collect();
        vec![
            Cell::from(format!("Fig. {figure}")),
            Cell::from(*what),
            Cell::Count(off.len() as u64),
            Cell::Share(off.iter().sum::<f64>() / off.len() as f64),
            Cell::Share(off.iter().copied().fold(0.0, f64::max)),
        ]
    };
    Table::new("errors", "How far the reconstruction is off, part by part", COLUMNS.to_vec())
        .with(FIGURES.iter().map(row))
}

/// Fig. 10.
fn by_layer(layers: &[ByLayer]) -> Table {
    const COLUMNS: [Column; 4] = [
        Column::plain("layer", "layer"),
        Column { digits: 4, ..Column::number("published", "published", "10^10 MACs") },
        Column { digits: 4, ..Column::number("reconstruction", "reconstruction", "10^10 MACs") },
        Column::plain("error", "error"),
    ];
    let row = |layer: &ByLayer| {
        let [printed, ours]: [f64; 2] = [layer.printed, layer.ours].map(|levels| levels.iter().sum());
        vec![layer.name.into(), Cell::Number(printed), Cell::Number(ours), error(Some(ours), printed)]
    };
    Table::new("fig_10", "RS by layer, 256 PEs, N = 16 (Fig. 10)", COLUMNS.to_vec()).with(layers.iter().map(row))
}

/// Fig. 15.
fn stored(designs: &[Stored]) -> Table {
    const COLUMNS: [Column; 10] = [
        Column::plain("pes", "PEs"),
        Column::number("buffer", "buffer", "KB"),
        Column::number("register_file", "RF", "B"),
        Column::plain("storage", "storage area"),
        Column::plain("published_active", "active, published"),
        Column::number("active", "active", "reconstruction"),
        Column::number("best_active", "active", "optimum"),
        Column::number("energy", "energy", "reconstruction"),
        Column::number("best_energy", "energy", "optimum"),
        Column::plain("error", "error of active"),
    ];
    let row = |design: &Stored| {
        let storage::Printed { pes, active, buffer, register_file, storage } = design.printed;
        let (study, best) = (design.reconstruction, design.optimum);
        vec![
            Cell::Count(pes),
            Cell::Count(buffer),
            Cell::Count(register_file),
            Cell::Share(storage),
            Cell::Count(active),
            Cell::number(study.map(|parts| parts.active(pes))),
            Cell::number(best.map(|parts| parts.active(pes))),
            Cell::number(study.map(|parts| parts.energy())),
            Cell::number(best.map(|parts| parts.energy())),
            error(study.map(|parts| parts.active(pes)), active as f64),
        ]
    };
    Table::new("fig_15", "PEs against storage at constant area (Fig. 15)", COLUMNS.to_vec())
        .with(designs.iter().map(row))
}
