//! A budget as a document.

use super::profile::{LayerCost, Store};
use super::{Answer, Lever, Limits, Profile, Resource, Verdict};
use crate::digest::Inputs;
use crate::document::{Block, Cell, Column, Document, Table, significant};
use crate::figure::{Bar, Figure, Group, Plot, Stacked};
use crate::map::MappedNetwork;
use crate::report::count;
use model::Arch;
use nn::Network;

/// The most names that a sentence lists.
const LISTED: usize = 4;

/// The most parts that a figure stacks: as many as there are patterns.
const DRAWN: usize = 8;

/// Writes it.
pub fn document(answer: &Answer) -> Document {
    let profile = &answer.profile;
    let mut lead = vec![headline(answer)];
    lead.extend(profile.notes.iter().cloned());
    let mut blocks = vec![Block::Table(limits(answer))];
    blocks.extend(rate(answer).map(Block::Text));
    blocks.extend(answer.verdicts.iter().filter_map(|verdict| lever(verdict, profile)).map(Block::Text));
    blocks.push(Block::Table(layers(profile)));
    blocks.extend(energy(profile));
    blocks.extend(profile.memories.as_deref().map(|memories| Block::Table(stores(memories))));
    let batch = count(profile.batch, "image");
    let title = format!("budget of {} on {}, {batch} at once", profile.network, profile.design);
    let inputs = Inputs::of_text(&format!("{} {:?}", profile.inputs, answer.limits)).finish();
    Document { title, lead, inputs, blocks }
}

/// The layers that have no mapping, with the rules that forbid it: nothing else can be told of the design.
pub fn unmapped(mapped: &MappedNetwork, arch: &Arch, network: &Network) -> Document {
    const COLUMNS: [Column; 3] = [
        Column::plain("layer", "layer"),
        Column::plain("sizes", "sizes"),
        Column::plain("rule", "rule that forbids it"),
    ];
    let rows = mapped.layers.iter().flat_map(|layer| {
        let solution = mapped.solution(layer);
        let rules = match &solution.forbidden[..] {
            [] => vec!["none was found in the time given; whether one fits is not known"],
            rules => rules.iter().map(String::as_str).collect(),
        };
        let rules = if solution.best.is_empty() { rules } else { Vec::new() };
        rules.into_iter().map(|rule| vec![layer.name.as_str().into(), layer.sizes.as_str().into(), rule.into()])
    });
    Document {
        title: format!("budget of {} on {}: layers without a mapping", mapped.network, arch.name()),
        lead: vec!["BROKEN: some layers have no mapping, so that the design does not run the network.".into()],
        inputs: Inputs::of_study(&format!("{arch:?}"), network).finish(),
        blocks: vec![Block::Table(Table::new("unmapped", "Layers without a mapping", COLUMNS.to_vec()).with(rows))],
    }
}

/// What is broken, or that all is kept.
fn headline(answer: &Answer) -> String {
    let some = |kept: bool| answer.verdicts.iter().filter(move |verdict| verdict.kept() == Some(kept));
    let broken = some(false).filter_map(|verdict| {
        let off = 100.0 * (verdict.ratio()? - 1.0);
        let direction = if off > 0.0 { "above" } else { "below" };
        Some(format!("{} ({} % {direction} the limit)", verdict.resource.name(), significant(off.abs(), 3)))
    });
    let kept = some(true).map(|verdict| verdict.resource.name().to_string());
    match (listed(broken).as_str(), listed(kept).as_str()) {
        ("", "") => "Nothing is limited that could be broken.".into(),
        ("", kept) => format!("Kept: {kept}."),
        (broken, "") => format!("BROKEN: {broken}."),
        (broken, kept) => format!("BROKEN: {broken}. Kept: {kept}."),
    }
}

/// "a", "a and b", "a, b and c".
fn listed(items: impl Iterator<Item = String>) -> String {
    let items: Vec<String> = items.collect();
    match &items[..] {
        [all @ .., before, last] => {
            all.iter().map(|item| format!("{item}, ")).collect::<String>() + before + " and " + last
        }
        [one] => one.clone(),
        [] => String::new(),
    }
}

fn limits(answer: &Answer) -> Table {
    const COLUMNS: [Column; 8] = [
        Column::plain("limit", "limit"),
        Column::plain("unit", "unit"),
        Column::plain("asked", "asked"),
        Column::plain("found", "found"),
        Column::plain("ratio", "found/asked"),
        Column::plain("verdict", "verdict"),
        Column::plain("costliest", "costs most"),
        Column::plain("costliest_part", "of all"),
    ];
    let row = |verdict: &Verdict| {
        let (name, part) = match &verdict.costliest {
            Some((name, part)) => (Cell::from(name.as_str()), Cell::Share(*part)),
            None => (Cell::Nothing, Cell::Nothing),
        };
        vec![
            verdict.resource.name().into(),
            verdict.resource.unit().into(),
            Cell::number(verdict.asked),
            Cell::Number(verdict.found),
            Cell::number(verdict.ratio()),
            match verdict.kept() {
                Some(true) => "kept".into(),
                Some(false) => "BROKEN".into(),
                None => Cell::Nothing,
            },
            name,
            part,
        ]
    };
    Table::new("limits", "Limits", COLUMNS.to_vec()).with(answer.verdicts.iter().map(row))
}

/// What power and battery life are told for.
fn rate(answer: &Answer) -> Option<String> {
    let (profile, Limits { frames_per_second: asked, battery_mwh, .. }) = (&answer.profile, &answer.limits);
    let rate = answer.frames_per_second?;
    let mj = profile.frame_mj()?;
    let why = match asked {
        Some(asked) if *asked > rate => ", the fastest it gets",
        Some(_) => ", as asked",
        None => ", the fastest it gets",
    };
    let idle = profile.power_mw(rate)? - rate * mj;
    let idle = if idle > 0.05 { format!(" and {idle:.1} mW between frames") } else { String::new() };
    let battery = match battery_mwh {
        Some(mwh) => format!(" The battery holds {} mWh.", significant(*mwh, 3)),
        None => String::new(),
    };
    let seconds = significant(1e3 * profile.seconds()?, 3);
    let energy = significant(mj, 3);
    let rate = significant(rate, 3);
    Some(format!(
        "A batch takes {seconds} ms. Power is told at {rate} frames/s{why}: {energy} mJ a frame{idle}.{battery}"
    ))
}

/// What costs most of a broken limit, and what would have to shrink.
fn lever(verdict: &Verdict, profile: &Profile) -> Option<String> {
    let Lever { part, halved } = verdict.lever.as_ref()?;
    let (name, share) = verdict.costliest.as_ref()?;
    let memory = verdict.resource == Resource::Memory;
    let what = match verdict.resource {
        Resource::Memory => "bytes",
        Resource::FrameRate => "time",
        _ => "energy",
    };
    let because = profile.layers.iter().find(|layer| layer.name == *name).filter(|_| !memory);
    let because = because.and_then(|layer| match verdict.resource {
        Resource::FrameRate => Some(format!(" ({})", layer.cause)),
        _ => {
            let largest = layer.largest()?;
            let share = 100.0 * layer.energy[largest] / layer.total();
            Some(format!(", {share:.0} % of it {}", profile.parts[largest]))
        }
    });
    let items = if memory { "memory" } else { "layer" };
    let mut text = format!(
        "{}: {name} alone takes {:.0} % of the {what}{}. ",
        verdict.resource.name(),
        100.0 * share,
        because.unwrap_or_default()
    );
    text += &if *part > 1.0 {
        format!("All {what} of the frames is less than what has to go: the power between frames is too much by itself.")
    } else {
        let part = 100.0 * part;
        match halved.as_deref() {
            None => format!("{part:.1} % has to go, more than if every {items} took half."),
            Some([one]) => format!("{part:.1} % has to go: {one} at half would do."),
            Some(some) if some.len() <= LISTED => {
                format!("{part:.1} % has to go: {} at half would do.", listed(some.iter().cloned()))
            }
            Some(some) => format!(
                "{part:.1} % has to go: the {} costliest at half would do, {} first.",
                some.len(),
                listed(some[..LISTED].iter().cloned())
            ),
        }
    };
    Some(text)
}

fn layers(profile: &Profile) -> Table {
    let mut columns = vec![
        Column::plain("layer", "layer"),
        Column::number("macs", "MACs", "M/frame"),
        Column::number("cycles", "cycles", "k/frame"),
    ];
    columns.extend(profile.clock_hz.map(|_| Column::number("time", "time", "ms/frame")));
    columns.extend([
        Column::plain("time_part", "of all"),
        Column::plain("cause", "cause"),
        Column::number("energy", "energy", if profile.joules { "uJ/frame" } else { "M MAC/frame" }),
        Column::plain("energy_part", "of all"),
        Column::plain("largest", "most of it"),
        Column::plain("largest_part", "share"),
    ]);
    let batch = profile.batch as f64;
    let (cycles, energy) = sums(profile);
    let row = |layer: &LayerCost| {
        let mut row = vec![
            Cell::from(layer.name.as_str()),
            Cell::Number(layer.macs as f64 * 1e-6 / batch),
            Cell::Number(layer.cycles * 1e-3 / batch),
        ];
        row.extend(profile.clock_hz.map(|hz| Cell::Number(1e3 * layer.cycles / hz / batch)));
        let largest = layer.largest();
        row.extend([
            Cell::Share(layer.cycles / cycles),
            layer.cause.as_str().into(),
            Cell::Number(layer.total() * 1e-6 / batch),
            Cell::Share(layer.total() / energy),
            largest.map_or(Cell::Nothing, |part| profile.parts[part].as_str().into()),
            largest.map_or(Cell::Nothing, |part| Cell::Share(layer.energy[part] / layer.total())),
        ]);
        row
    };
    Table::new("layers", "Layers, in the mean over a batch", columns).with(profile.layers.iter().map(row))
}

/// Cycles and energy of all layers.
fn sums(profile: &Profile) -> (f64, f64) {
    let sum = |cost: fn(&LayerCost) -> f64| profile.layers.iter().map(cost).sum();
    (sum(|layer| layer.cycles), sum(LayerCost::total))
}

/// Energy by part: of all layers as a table, of each as a figure.
fn energy(profile: &Profile) -> [Block; 2] {
    let unit = if profile.joules { "uJ/frame" } else { "M MAC/frame" };
    let columns =
        vec![Column::plain("part", "part"), Column::number("energy", "energy", unit), Column::plain("share", "of all")];
    let (batch, (_, all)) = (profile.batch as f64, sums(profile));
    let rows = profile.parts.iter().enumerate().map(|(part, name)| {
        let energy: f64 = profile.layers.iter().map(|layer| layer.energy[part]).sum();
        vec![Cell::from(name.as_str()), Cell::Number(energy * 1e-6 / batch), Cell::Share(energy / all)]
    });
    let drawn = drawn(profile);
    let bar = |layer: &LayerCost| {
        let values = drawn.iter().map(|(_, parts)| parts.iter().map(|&part| layer.energy[part]).sum::<f64>());
        let values = values.map(|energy| energy * 1e-6 / batch).collect();
        Group { name: layer.name.clone(), bars: vec![Bar { name: String::new(), values, mark: None }] }
    };
    let figure = Figure {
        key: "energy_by_layer".into(),
        title: format!("Energy of {} on {}", profile.network, profile.design),
        caption: format!("What each layer costs for a frame, by part, in {unit}. {}", profile.notes.join(" ")),
        plot: Plot::Stacked(Stacked {
            unit: format!("energy, {unit}"),
            parts: drawn.iter().map(|(name, _)| name.to_string()).collect(),
            groups: profile.layers.iter().map(bar).collect(),
        }),
    };
    [Block::Table(Table::new("energy", "Energy by part", columns).with(rows)), Block::Figure(figure)]
}

/// The parts as a figure has them: where there are more than one can tell apart, the smallest together.
fn drawn(profile: &Profile) -> Vec<(&str, Vec<usize>)> {
    let energy = |part: usize| profile.layers.iter().map(|layer| layer.energy[part]).sum::<f64>();
    let mut ranked: Vec<usize> = (0..profile.parts.len()).collect();
    ranked.sort_by(|&a, &b| energy(b).total_cmp(&energy(a)));
    let kept = if ranked.len() > DRAWN { DRAWN - 1 } else { ranked.len() };
    let mut own = ranked[..kept].to_vec();
    own.sort();
    let mut drawn: Vec<(&str, Vec<usize>)> =
        own.into_iter().map(|part| (profile.parts[part].as_str(), vec![part])).collect();
    if kept < ranked.len() {
        drawn.push(("all others", ranked[kept..].to_vec()));
    }
    drawn
}

fn stores(memories: &[Store]) -> Table {
    let columns = vec![
        Column::plain("memory", "memory"),
        Column::plain("copies", "copies"),
        Column::number("each", "each", "B"),
        Column::number("all", "all", "KiB"),
    ];
    let row = |store: &Store| {
        vec![
            Cell::from(store.name.as_str()),
            Cell::Count(store.copies),
            Cell::Number(store.bytes),
            Cell::Number(store.all_bytes() / 1024.0),
        ]
    };
    Table::new("memories", "Memories on the chip", columns).with(memories.iter().map(row))
}
