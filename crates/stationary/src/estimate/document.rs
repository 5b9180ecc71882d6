//! Estimates as a document: what each layer costs and why, by level, the mappings, and where the prices come from.

use super::{Estimated, Estimates, Method, Origin, Parts};
use crate::blocks;
use crate::digest::Inputs;
use crate::document::{Block, Cell, Column, Document, Table};
use crate::figure::{Bar, Figure, Group, Plot, Stacked};
use crate::report;
use model::{Coding, Energy, Unit};
use nn::Operand;
use std::fmt::Write;

/// What energy is split into, in the order of [`Parts::values`].
pub(super) const PARTS: [&str; 4] = ["ifmap", "ofmap", "weight", "computation"];

/// The document of a network's estimates.
pub fn document(network: &str, method: &Method, estimates: &Estimates, origin: &Origin) -> Document {
    let arch = method.arch;
    let images: Vec<(&str, Energy)> = estimates.layers.iter().filter_map(per_image).collect();
    let energies: Vec<(&str, &Energy)> = images.iter().map(|(name, energy)| (*name, energy)).collect();
    let mut blocks = vec![Block::Heading("Layers".into()), Block::Table(layers(method, estimates))];
    blocks.extend(estimates.layers.iter().filter_map(|layer| lacking(layer, estimates)));
    blocks.push(Block::Table(kinds(method, estimates)));
    if !energies.is_empty() {
        let by_level = blocks::by_level("energy_by_level", &format!("{network}: energy by level"), arch, &energies);
        blocks.extend([
            Block::Heading("Energy".into()),
            Block::Table(levels(method, &energies)),
            Block::Figure(by_operand(network, method, estimates)),
            Block::Figure(by_level),
            Block::Table(blocks::by_level_and_operand("energy", arch, &energies)),
            Block::Heading("Mappings".into()),
        ]);
        let mapped = estimates.layers.iter().filter_map(|estimated| {
            Some((estimated.layer.name.as_str(), estimates.solutions[estimated.solution].best.first()?))
        });
        blocks.extend(blocks::nests(&mapped.collect::<Vec<_>>()));
    }
    blocks.extend([Block::Heading("Prices".into()), Block::Table(blocks::prices("prices", arch).off_screen())]);
    Document {
        title: format!("Energy of {network} on {}", arch.name()),
        lead: lead(method, estimates, origin),
        inputs: inputs(method, estimates),
        blocks,
    }
}

/// What an image costs.
fn per_image(estimated: &Estimated) -> Option<(&str, Energy)> {
    let energy = &estimated.estimate.as_ref()?.energy;
    let image = |batch: f64| batch / estimated.layer.batch();
    let stages = energy.stages.iter().map(|by| nn::ByOperand(by.0.map(image))).collect();
    Some((estimated.layer.name.as_str(), Energy { stages, compute: image(energy.compute) }))
}

fn lead(method: &Method, estimates: &Estimates, origin: &Origin) -> Vec<String> {
    let unit = match method.arch.provenance().unit {
        Unit::Mac => "the energy of one 16-bit multiply-accumulate",
        Unit::Picojoule => "picojoules",
    };
    let total = estimates.parts(|_| true).total();
    let total = crate::document::significant(total, 3);
    let coding = match method.coding {
        Coding::Plain => "whole words",
        Coding::Map => "a bit for every word and the words that are not zero",
        Coding::RunLength => "the chip's run-length code",
    };
    let zeros = match origin {
        Origin::None => "No zeros of feature maps are known but those that are given".into(),
        Origin::Images(images) => format!("Zeros of feature maps are those of {}", report::count(*images, "image")),
        Origin::File => "Zeros are those of the file".into(),
        Origin::Published(source) => format!("Zeros of feature maps are as published ({source})"),
    };
    let of = method.dataflow.map_or_else(|| "all".to_string(), |dataflow| format!("the dataflow {dataflow}"));
    let mappings = match estimates.searches() {
        [0, _, 0] => format!("Each mapping is the proven best of {of}"),
        [0, proven, unproven] => {
            format!("{proven} mappings are the proven best of {of}, {unproven} the best so far when the time was over")
        }
        [_, 0, 0] => "Each mapping is the best of those that the chip runs, as its own search has it".into(),
        [own, proven, unproven] => format!(
            "{own} mappings are the best of those that the chip runs, as its own search has it; of other layers {proven} \
             are the proven best of {of}, {unproven} the best so far when the time was over"
        ),
    };
    vec![
        format!(
            "An image costs {total}, in units of {unit}. Everything below is of one image, an equal part of its batch."
        ),
        format!(
            "A multiply-accumulate with a zero operand is left out, with the accesses that serve it. The outermost memory \
             holds {coding}. {zeros}. {mappings}, on data without zeros."
        ),
    ]
}

/// The row of each layer.
fn layers(method: &Method, estimates: &Estimates) -> Table {
    let unit = method.arch.provenance().unit.symbol();
    let columns = vec![
        Column::plain("layer", "layer"),
        Column::plain("batch", "batch"),
        Column::number("macs", "MACs", ""),
        Column::number("macs_done", "done", ""),
        Column::plain("ifmap_zeros", "ifmap 0"),
        Column::plain("weight_zeros", "weight 0"),
        Column::plain("ofmap_zeros", "ofmap 0"),
        Column::number("ifmap", "ifmap", unit),
        Column::number("ofmap", "ofmap", unit),
        Column::number("weight", "weight", unit),
        Column::number("computation", "comp", unit),
        Column::number("total", "total", unit),
        Column::plain("share", "share"),
    ];
    let all = estimates.parts(|_| true).total();
    let row = |estimated: &Estimated| {
        let layer = &estimated.layer;
        let zeros = |operand| Cell::Share(1.0 - layer.share(operand));
        let head = [
            Cell::from(layer.name.as_str()),
            Cell::Count(layer.fields.shape.n as u64),
            Cell::Number(layer.fields.shape.macs() as f64 / layer.batch()),
            Cell::number(estimated.macs()),
            zeros(Operand::Input),
            zeros(Operand::Weight),
            zeros(Operand::Output),
        ];
        head.into_iter().chain(energy_cells(estimated.parts(), all)).collect()
    };
    let rows = estimates.layers.iter().map(row);
    Table::new("layers", "Energy of an image by layer", columns).with(rows)
}

/// Its parts, their sum, and its share of `all`.
fn energy_cells(parts: Option<Parts>, all: f64) -> Vec<Cell> {
    let values = parts.map(|parts| parts.values());
    let each = (0..PARTS.len()).map(|part| Cell::number(values.map(|values| values[part])));
    let total = parts.map(|parts| parts.total());
    each.chain([Cell::number(total), total.map_or(Cell::Nothing, |total| Cell::Share(total / all))]).collect()
}

/// Convolutions, fully connected layers, all.
fn kinds(method: &Method, estimates: &Estimates) -> Table {
    let unit = method.arch.provenance().unit.symbol();
    let columns = vec![
        Column::plain("layers", "layers"),
        Column::number("ifmap", "ifmap", unit),
        Column::number("ofmap", "ofmap", unit),
        Column::number("weight", "weight", unit),
        Column::number("computation", "computation", unit),
        Column::number("total", "total", unit),
        Column::plain("share", "share"),
    ];
    let all = estimates.parts(|_| true);
    let row = |name: &str, parts: Parts| {
        [Cell::from(name)].into_iter().chain(energy_cells(Some(parts), all.total())).collect::<Vec<Cell>>()
    };
    let mut shares = vec![Cell::from("share of all")];
    shares.extend(all.values().map(|part| Cell::Share(part / all.total())));
    shares.extend([Cell::Share(1.0), Cell::Nothing]);
    let rows = [
        row("convolutions", estimates.parts(|layer| !layer.fully_connected)),
        row("fully connected", estimates.parts(|layer| layer.fully_connected)),
        row("all", all),
        shares,
    ];
    Table::new("kinds", "Energy of an image by kind of layer", columns).with(rows)
}

/// Each level by operand, over all layers.
fn levels(method: &Method, energies: &[(&str, &Energy)]) -> Table {
    let (arch, unit) = (method.arch, method.arch.provenance().unit.symbol());
    let columns = vec![
        Column::plain("level", "level"),
        Column::number("ifmap", "ifmap", unit),
        Column::number("ofmap", "ofmap", unit),
        Column::number("weight", "weight", unit),
        Column::number("total", "total", unit),
        Column::plain("share", "share"),
    ];
    let all: f64 = energies.iter().map(|(_, energy)| energy.total()).sum();
    let mut rows = Vec::new();
    for (index, stage) in arch.stages().iter().enumerate() {
        let of = |operand| energies.iter().map(|(_, energy)| energy.stages[index][operand]).sum();
        let parts: [f64; 3] = [Operand::Input, Operand::Output, Operand::Weight].map(of);
        let total: f64 = parts.iter().sum();
        let mut row = vec![Cell::from(stage.name())];
        row.extend(parts.map(|part| if part > 0.0 { Cell::Number(part) } else { Cell::Nothing }));
        row.extend([Cell::Number(total), Cell::Share(total / all)]);
        rows.push(row);
    }
    let compute: f64 = energies.iter().map(|(_, energy)| energy.compute).sum();
    let name = Cell::from(arch.compute().name.as_str());
    rows.push(vec![
        name,
        Cell::Nothing,
        Cell::Nothing,
        Cell::Nothing,
        Cell::Number(compute),
        Cell::Share(compute / all),
    ]);
    Table::new("levels", "Energy of an image by level and operand", columns).with(rows)
}

/// The published figure's form: a bar a layer, by ifmap, ofmap, weight and computation.
fn by_operand(network: &str, method: &Method, estimates: &Estimates) -> Figure {
    let estimated = estimates.layers.iter();
    let layers: Vec<(&str, Parts)> =
        estimated.filter_map(|estimated| Some((estimated.layer.name.as_str(), estimated.parts()?))).collect();
    let most = layers.iter().map(|(_, parts)| parts.total()).fold(0.0, f64::max);
    let unit = blocks::EnergyUnit::fit(method.arch.provenance().unit, most);
    let group = |(name, parts): &(&str, Parts)| {
        let values = parts.values().map(|value| value / unit.size).to_vec();
        Group { name: (*name).into(), bars: vec![Bar { name: String::new(), values, mark: None }] }
    };
    Figure {
        key: "energy_by_operand".into(),
        title: format!("{network}: energy by operand"),
        caption: format!(
            "The energy of an image by layer on {}: moving ifmap, ofmap and weights, and computation.",
            method.arch.name()
        ),
        plot: Plot::Stacked(Stacked {
            unit: format!("energy ({})", unit.symbol),
            parts: PARTS.map(String::from).to_vec(),
            groups: layers.iter().map(group).collect(),
        }),
    }
}

/// Why a layer has no estimate.
fn lacking(estimated: &Estimated, estimates: &Estimates) -> Option<Block> {
    if estimated.estimate.is_some() {
        return None;
    }
    let why = match &estimates.solutions[estimated.solution].forbidden[..] {
        [] => "no mapping was found in the time given".into(),
        rules => format!("no mapping fits: {}", rules.join("; ")),
    };
    Some(Block::Text(format!("{} is not in the sums: {why}.", estimated.layer.name)))
}

fn inputs(method: &Method, estimates: &Estimates) -> String {
    let layers = estimates.layers.iter().map(|estimated| format!("{:?}", estimated.layer));
    let mappings = estimates.solutions.iter().map(|solution| {
        let mappings: Vec<_> = solution.best.iter().map(|best| &best.mapping).collect();
        format!("{:?} {mappings:?}", solution.problem)
    });
    Inputs::of_parts([format!("estimate {method:?}")].into_iter().chain(layers).chain(mappings)).finish()
}

/// The estimates as the public tool writes them: a line a layer, by ifmap, ofmap and weight movement and computation, of
/// its whole batch, in energies of one 16-bit multiply-accumulate.
pub fn tool_layout(method: &Method, estimates: &Estimates) -> String {
    let widths = 16.0 / f64::from(method.word_bits);
    let unit = method.arch.compute().price * widths * widths;
    let mut text = String::from("Layer,Ifmap,Ofmap,Weight,Computation,Total\n");
    for estimated in &estimates.layers {
        let Some(parts) = estimated.parts() else { continue };
        let batch = |image: f64| image * estimated.layer.batch() / unit;
        let _ = write!(text, "{}", estimated.layer.fields.index);
        for value in parts.values().into_iter().chain([parts.total()]) {
            let _ = write!(text, ",{:.0}", batch(value));
        }
        text.push('\n');
    }
    text
}
