//! A comparison as a document.

use super::{Bar, Baseline, CONTENDERS, Comparison, LEVELS, PriceTable, Sum};
use crate::blocks;
use crate::digest::Inputs;
use crate::document::{Block, Cell, Column, Document, Table};
use crate::figure::{self, Figure, Group, Plot, Stacked};
use crate::map::MappedLayer;
use nn::Operand;

/// Writes it.
pub fn document(comparison: &Comparison) -> Document {
    let Comparison { network, bars, .. } = comparison;
    let mut blocks = vec![Block::Table(data(bars)), Block::Table(totals(bars))];
    blocks.extend(verdict(bars));
    blocks.extend(lacking(bars));
    for pes in distinct(bars.iter().map(|bar| bar.pes)) {
        let bars: Vec<&Bar> = bars.iter().filter(|bar| bar.pes == pes).collect();
        blocks.push(Block::Figure(by_level(network, pes, &bars)));
        blocks.push(Block::Figure(by_operand(network, pes, &bars)));
    }
    if let [first, ..] = &bars[..]
        && bars.iter().all(|bar| (bar.pes, bar.mapped.batch) == (first.pes, first.mapped.batch))
    {
        blocks.push(Block::Heading("Mappings".into()));
        blocks.extend(bars.iter().flat_map(nests));
    }
    if let Some(bar) = bars.first() {
        blocks.extend([Block::Heading("Prices".into()), Block::Table(blocks::prices("prices", &bar.arch))]);
    }
    let of_bar = |bar: &Bar| format!("{:?} {:?} {:?}", bar.arch, bar.mapped.batch, problems(bar));
    let terms = format!("{:?}", comparison.terms);
    Document {
        title: format!("Dataflows compared on {network}"),
        lead: lead(comparison),
        inputs: Inputs::of_parts([terms].into_iter().chain(bars.iter().map(of_bar))).finish(),
        blocks,
    }
}

fn problems(bar: &Bar) -> Vec<&nn::Problem> {
    bar.mapped.solutions.iter().map(|solution| &solution.problem).collect()
}

fn lead(comparison: &Comparison) -> Vec<String> {
    let Baseline { register_file, buffer } = comparison.terms.baseline;
    let PriceTable { dram, buffer: glb, array, register_file: rf, mac } = comparison.terms.prices;
    vec![
        format!(
            "Equal PEs and equal storage area (that of {register_file} B of register file and {buffer} B of buffer a PE), \
             equal prices: DRAM {dram}, buffer {glb}, array {array}, RF {rf}, MAC {mac}, by Eqs. 3 and 4 of Chen, Emer, Sze, \
             ISCA 2016. Each layer has the mapping of least energy that the dataflow allows."
        ),
        "`free` has the storage of RS and no dataflow: what no label restricts. Energies are for each multiply-accumulate."
            .into(),
    ]
}

/// The values in the order of their first occurrence.
fn distinct<T: PartialEq>(values: impl Iterator<Item = T>) -> Vec<T> {
    values.fold(Vec::new(), |mut all, value| {
        if !all.contains(&value) {
            all.push(value);
        }
        all
    })
}

const HEAD: [Column; 3] =
    [Column::plain("dataflow", "dataflow"), Column::plain("pes", "PEs"), Column::plain("batch", "batch")];

const ENERGIES: [Column; 6] = [
    Column::number("energy", "energy", "/MAC"),
    Column::number("alu", "ALU", "/MAC"),
    Column::number("dram", "DRAM", "/MAC"),
    Column::number("buffer", "buffer", "/MAC"),
    Column::number("array", "array", "/MAC"),
    Column::number("rf", "RF", "/MAC"),
];

fn head(bar: &Bar) -> Vec<Cell> {
    vec![bar.contender.name.into(), Cell::Count(bar.pes), Cell::Count(bar.mapped.batch as u64)]
}

fn energies(sum: &Sum) -> impl Iterator<Item = Cell> {
    [sum.energy()].into_iter().chain(sum.levels).map(|energy| Cell::Number(sum.per_mac(energy)))
}

/// A row for each dataflow, case and layer.
fn data(bars: &[Bar]) -> Table {
    let columns = HEAD.into_iter().chain([Column::plain("layer", "layer")]).chain(ENERGIES).chain([
        Column::number("ifmap", "ifmap", "/MAC"),
        Column::number("filter", "filter", "/MAC"),
        Column::number("psum", "psum", "/MAC"),
        Column::number("dram_reads", "DRAM reads", "words/MAC"),
        Column::number("dram_writes", "DRAM writes", "words/MAC"),
        Column::number("active_pes", "active PEs", ""),
        Column::number("edp", "energy x delay", "/MAC"),
        Column::plain("macs", "MACs"),
    ]);
    let row = |bar: &Bar, layer: &MappedLayer| {
        let best = bar.mapped.solution(layer).best.first()?;
        let sum = Sum::of(&[best])?;
        let mut row = head(bar);
        row.push(layer.name.as_str().into());
        row.extend(energies(&sum));
        row.extend(Operand::ALL.map(|operand| Cell::Number(sum.per_mac(sum.operands[operand]))));
        row.extend([sum.dram_reads, sum.dram_writes].map(|words| Cell::Number(sum.per_mac(words))));
        row.extend([sum.active_pes(), sum.edp()].map(Cell::Number));
        row.push(Cell::Count(best.problem.macs()));
        Some(row)
    };
    let rows = bars.iter().flat_map(|bar| bar.mapped.layers.iter().filter_map(move |layer| row(bar, layer)));
    Table::new("bars", "Dataflows by layer", columns.collect()).with(rows).off_screen()
}

/// A row for each dataflow and case.
fn totals(bars: &[Bar]) -> Table {
    let columns = HEAD.into_iter().chain(ENERGIES).chain([
        Column::number("dram_accesses", "DRAM", "words/MAC"),
        Column::number("active_pes", "active PEs", ""),
        Column::number("edp", "ExD", "/first"),
        Column::number("ratio", "energy", "/first"),
        Column::plain("proof", "proof"),
    ]);
    let row = |bar: &Bar| {
        let first = bars.iter().find(|other| (other.pes, other.mapped.batch) == (bar.pes, bar.mapped.batch));
        let sums = bar.sum().zip(first.and_then(Bar::sum));
        let mut row = head(bar);
        match sums {
            Some((sum, first)) => {
                row.extend(energies(&sum));
                row.push(Cell::Number(sum.per_mac(sum.dram_reads + sum.dram_writes)));
                row.push(Cell::Number(sum.active_pes()));
                row.push(Cell::Number(sum.edp() / first.edp()));
                row.push(Cell::Number(sum.per_mac(sum.energy()) / first.per_mac(first.energy())));
            }
            None => row.extend([const { Cell::Nothing }; 10]),
        }
        row.push(if bar.proven() { "proven".into() } else { gap(bar).into() });
        row
    };
    Table::new("totals", "All layers together", columns.collect()).with(bars.iter().map(row))
}

/// How far from the best some layer may be at most.
fn gap(bar: &Bar) -> String {
    let gaps = bar.mapped.solutions.iter().filter_map(|solution| solution.search.as_ref()?.gap);
    match gaps.map(|(_, gap)| gap).reduce(f64::max) {
        Some(gap) => format!("within {:.0} %", 100.0 * gap),
        None => "none".into(),
    }
}

/// What a dataflow's label costs, where the best of all is among the bars.
fn verdict(bars: &[Bar]) -> Vec<Block> {
    let free = CONTENDERS.last().map(|contender| contender.name);
    let energy = |bar: &Bar| bar.sum().map(|sum| sum.per_mac(sum.energy()));
    let of = |bar: &Bar| {
        let case = |other: &&Bar| (other.pes, other.mapped.batch) == (bar.pes, bar.mapped.batch);
        let labelled = |other: &&Bar| Some(other.contender.name) != free;
        let all = bars.iter().filter(case).filter(labelled);
        let (best, least) = all.filter_map(|other| Some((other, energy(other)?))).min_by(|a, b| a.1.total_cmp(&b.1))?;
        let without = energy(bar)?;
        Some(Block::Text(format!(
            "{} PEs, batch {}: the best dataflow, {}, costs {:.1} % more than the best mapping without a label.",
            bar.pes,
            bar.mapped.batch,
            best.contender.name,
            100.0 * (least / without - 1.0)
        )))
    };
    bars.iter().filter(|bar| Some(bar.contender.name) == free && bar.proven()).filter_map(of).collect()
}

/// Why a layer has no mapping.
fn lacking(bars: &[Bar]) -> Vec<Block> {
    let of = |bar: &Bar, layer: &MappedLayer| {
        let solution = bar.mapped.solution(layer);
        let why = match &solution.forbidden[..] {
            [] => "none was found in the time given".into(),
            rules => rules.join("; "),
        };
        let (name, pes, batch) = (bar.contender.name, bar.pes, bar.mapped.batch);
        let text = format!("{name} on {pes} PEs, batch {batch}: {} has no mapping: {why}.", layer.name);
        solution.best.is_empty().then_some(Block::Text(text))
    };
    bars.iter().flat_map(|bar| bar.mapped.layers.iter().filter_map(move |layer| of(bar, layer))).collect()
}

fn by_level(network: &str, pes: u64, bars: &[&Bar]) -> Figure {
    figure("level", network, pes, bars, &LEVELS, |sum| sum.levels.map(|energy| sum.per_mac(energy)).to_vec())
}

fn by_operand(network: &str, pes: u64, bars: &[&Bar]) -> Figure {
    let names = Operand::ALL.map(Operand::name);
    let parts = [names[0], names[1], names[2], LEVELS[0]];
    figure("operand", network, pes, bars, &parts, |sum| {
        sum.operands.0.into_iter().chain([sum.levels[0]]).map(|energy| sum.per_mac(energy)).collect()
    })
}

/// Bars of the dataflows, in a group for each batch.
fn figure(
    what: &str,
    network: &str,
    pes: u64,
    bars: &[&Bar],
    parts: &[&str],
    values: impl Fn(&Sum) -> Vec<f64>,
) -> Figure {
    let groups = distinct(bars.iter().map(|bar| bar.mapped.batch)).into_iter().map(|batch| {
        let of = bars.iter().filter(|bar| bar.mapped.batch == batch);
        let bars = of.filter_map(|bar| {
            let values = values(&bar.sum()?);
            Some(figure::Bar { name: bar.contender.name.into(), values, mark: None })
        });
        Group { name: format!("batch {batch}"), bars: bars.collect() }
    });
    Figure {
        key: format!("energy_by_{what}_{pes}"),
        title: format!("{network} on {pes} PEs: energy of a MAC by {what}"),
        caption: "Each layer has the best mapping that its dataflow allows; equal storage area, equal prices.".into(),
        plot: Plot::Stacked(Stacked {
            unit: "energy of a MAC".into(),
            parts: parts.iter().map(ToString::to_string).collect(),
            groups: groups.collect(),
        }),
    }
}

fn nests(bar: &Bar) -> Vec<Block> {
    let named = |layer: &MappedLayer| {
        let best = bar.mapped.solution(layer).best.first()?;
        let title = format!("{}: {}", bar.contender.name, layer.name);
        Some(Block::Nest { title, text: best.mapping.display(&best.problem, &best.arch) })
    };
    bar.mapped.layers.iter().filter_map(named).collect()
}
