//! A network's mappings as a document: what each layer costs, where the energy goes, what bounds the time, which PEs
//! work, the nests, and where the prices come from.

use super::{MappedLayer, MappedNetwork, Solution};
use crate::Evaluation;
use crate::blocks::{self, Layer};
use crate::digest::Inputs;
use crate::document::{Block, Cell, Column, Document, Table};
use crate::report::certificate;
use model::{Arch, Energy};

/// Fronts in one figure: as many as are told apart without colour.
const FRONTS: usize = 4;

/// The document; a front of mappings has a row and a bar for each.
pub fn document(mapped: &MappedNetwork, arch: &Arch) -> Document {
    let named: Vec<(String, &Evaluation)> = mapped.layers.iter().flat_map(|layer| named(mapped, layer)).collect();
    let layers: Vec<Layer> = named.iter().map(|(name, best)| (name.as_str(), *best)).collect();
    let mut blocks = vec![
        Block::Heading("Layers".into()),
        Block::Table(blocks::layers("layers", arch, &layers)),
        Block::Table(searches(mapped)),
    ];
    blocks.extend(mapped.layers.iter().filter_map(|layer| lacking(layer, mapped.solution(layer))));
    let network = &mapped.network;
    if !layers.is_empty() {
        let energies: Vec<(&str, &Energy)> = layers.iter().map(|(name, best)| (*name, &best.energy)).collect();
        let by_level = blocks::by_level("energy_by_level", &format!("{network}: energy by level"), arch, &energies);
        let by_operand =
            blocks::by_operand("energy_by_operand", &format!("{network}: energy by operand"), arch, &energies);
        let roofline = blocks::roofline("roofline", &format!("{network} on {}: roofline", arch.name()), arch, &layers);
        let occupancy = blocks::occupancy("occupancy", &format!("{network}: PEs at work"), arch, &layers);
        blocks.extend([
            Block::Heading("Energy".into()),
            Block::Figure(by_level),
            Block::Figure(by_operand),
            Block::Table(blocks::by_level_and_operand("energy", arch, &energies)),
        ]);
        blocks.extend(fronts(mapped, arch));
        blocks.extend([Block::Heading("Time".into()), Block::Figure(roofline)]);
        if arch.fanouts().next().is_some() {
            blocks.push(Block::Figure(occupancy));
        }
        blocks.push(Block::Heading("Mappings".into()));
        blocks.extend(blocks::nests(&layers));
    }
    blocks.extend([Block::Heading("Prices".into()), Block::Table(blocks::prices("prices", arch))]);
    // A problem by itself is no network of which there could be a batch.
    let alone = matches!(&mapped.layers[..], [layer] if layer.name == *network);
    let batch = if alone { String::new() } else { format!(", batch {}", mapped.batch) };
    Document {
        title: format!("{network} on {}{batch}", arch.name()),
        lead: vec![lead(mapped)],
        inputs: inputs(mapped, arch, &layers),
        blocks,
    }
}

/// A layer's mappings, with a number each where there are several.
fn named<'a>(mapped: &'a MappedNetwork, layer: &MappedLayer) -> impl Iterator<Item = (String, &'a Evaluation)> {
    let best = &mapped.solutions[layer.solution].best;
    let name = layer.name.clone();
    best.iter().enumerate().map(move |(index, point)| match best.len() {
        1 => (name.clone(), point),
        _ => (format!("{name} {}", index + 1), point),
    })
}

fn lead(mapped: &MappedNetwork) -> String {
    let how = match mapped.solutions.first().and_then(|solution| solution.search.as_ref()) {
        Some(search) => format!("Each layer has a mapping of least {}.", search.question.goal.name()),
        None => "Each layer has the mapping that was given.".into(),
    };
    format!("{how} Layers run one after the other; every word counts, zeros too.")
}

/// How sure each answer is.
fn searches(mapped: &MappedNetwork) -> Table {
    let columns = vec![
        Column::plain("layer", "layer"),
        Column::plain("sizes", "sizes"),
        Column::plain("certificate", "certificate"),
        Column::number("space", "choices", ""),
        Column::plain("bounded", "bounded"),
        Column::plain("counted", "counted"),
    ];
    let rows = mapped.layers.iter().map(|layer| {
        let solution = mapped.solution(layer);
        let head = [layer.name.clone(), layer.sizes.clone(), certificate(solution)].map(Cell::from);
        let search = solution.search.as_ref().map(|search| search.statistics);
        let rest = match search {
            Some(done) => [Cell::Number(done.space), Cell::Count(done.bounded), Cell::Count(done.counted)],
            None => [Cell::Nothing, Cell::Nothing, Cell::Nothing],
        };
        head.into_iter().chain(rest).collect()
    });
    Table::new("searches", "How sure each mapping is", columns).with(rows)
}

/// Why a layer has no mapping.
fn lacking(layer: &MappedLayer, solution: &Solution) -> Option<Block> {
    if !solution.best.is_empty() {
        return None;
    }
    let why = match &solution.forbidden[..] {
        [] => "no mapping was found in the time given".into(),
        rules => format!("no mapping fits: {}", rules.join("; ")),
    };
    Some(Block::Text(format!("{} ({}): {why}.", layer.name, layer.sizes)))
}

/// Energy against latency, where fronts were sought: one for each problem that occurs.
fn fronts(mapped: &MappedNetwork, arch: &Arch) -> Vec<Block> {
    let first = |index: usize| mapped.layers.iter().find(|layer| layer.solution == index);
    let fronts: Vec<(&str, &[Evaluation])> = mapped
        .solutions
        .iter()
        .enumerate()
        .filter(|(_, solution)| solution.best.len() > 1)
        .filter_map(|(index, solution)| Some((first(index)?.name.as_str(), &solution.best[..])))
        .collect();
    let title = format!("{}: energy against latency", mapped.network);
    let figures =
        fronts.chunks(FRONTS).map(|fronts| Block::Figure(blocks::front("energy_latency", &title, arch, fronts)));
    figures.collect()
}

fn inputs(mapped: &MappedNetwork, arch: &Arch, layers: &[Layer]) -> String {
    let problems = mapped.solutions.iter().map(|solution| format!("{:?}", solution.problem));
    let mappings = layers.iter().map(|(name, best)| format!("{name} {:?}", best.mapping));
    let parts = [format!("{} {}", mapped.network, mapped.batch), format!("{arch:?}")];
    Inputs::of_parts(parts.into_iter().chain(problems).chain(mappings)).finish()
}
