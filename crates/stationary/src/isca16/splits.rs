//! Splits of reuse: the study's analysis beside those of the best mappings.

use super::Pair;
use crate::Evaluation;
use crate::document::{Cell, Column, Table};
use model::arch::Stage;
use model::reuse::{Dataflow, Split};
use nn::Operand;

/// The splits of the layers of these bars: of an operand's word, the times that it comes from DRAM, the buffer, the array
/// and the register file, each for one of the level before.
pub fn table(pairs: &[&Pair]) -> Table {
    const COLUMNS: [Column; 14] = [
        Column::plain("dataflow", "dataflow"),
        Column::plain("layer", "layer"),
        Column::plain("operand", "operand"),
        Column::number("a", "a", "study"),
        Column::number("b", "b", "study"),
        Column::number("c", "c", "study"),
        Column::number("d", "d", "study"),
        Column::number("energy", "energy", "study"),
        Column::number("best_a", "a", "best"),
        Column::number("best_b", "b", "best"),
        Column::number("best_c", "c", "best"),
        Column::number("best_d", "d", "best"),
        Column::number("best_energy", "energy", "best"),
        Column::plain("chosen", "chosen in the study's analysis"),
    ];
    let rows = pairs.iter().flat_map(|pair| rows(pair));
    Table::new("splits", "Splits of reuse, and what an operand costs for each MAC", COLUMNS.to_vec())
        .with(rows)
        .off_screen()
}

fn rows(pair: &Pair) -> Vec<Vec<Cell>> {
    let mut rows = Vec::new();
    let layers = &pair.optimum.mapped.layers;
    for (index, layer) in layers.iter().enumerate() {
        let study = pair.reconstruction.as_ref().and_then(|layers| layers.get(index));
        let best = pair.optimum.mapped.solution(layer).best.first();
        let macs = best.map(|best| best.problem.macs() as f64);
        for operand in Operand::ALL {
            let mut row = vec![pair.dataflow.name().into(), layer.name.as_str().into(), operand.name().into()];
            let share = study.map(|study| &study.operands[operand]);
            row.extend(numbers(share.map(|share| share.split)));
            row.push(Cell::number(share.zip(macs).map(|(share, macs)| share.energy.total() / macs)));
            row.extend(numbers(best.map(|best| split(best, operand))));
            let energy = |best: &Evaluation| best.energy.stages.iter().map(|by| by[operand]).sum::<f64>();
            row.push(Cell::number(best.zip(macs).map(|(best, macs)| energy(best) / macs)));
            let chosen = study.map(|study| {
                study.parameters.iter().map(|(name, value)| format!("{name} {value}")).collect::<Vec<_>>().join(", ")
            });
            row.push(chosen.map_or(Cell::Nothing, Cell::Text));
            rows.push(row);
        }
    }
    rows
}

fn numbers(split: Option<Split>) -> [Cell; 4] {
    match split {
        Some(Split { a, b, c, d }) => [a, b, c, d].map(Cell::Number),
        None => [const { Cell::Nothing }; 4],
    }
}

/// The split of a mapping, in the mean over an operand's words.
fn split(best: &Evaluation, operand: Operand) -> Split {
    let words = best.problem.words(operand, &best.problem.size()) as f64;
    let counts = &best.prediction.counts;
    let inside = best.arch.fanouts().next().map(|(id, _)| id);
    let mut memories = counts.levels.iter();
    // Words that leave memories downwards, or arrive from below.
    let (mut dram, mut buffer, mut file) = (0, None, None);
    for (id, stage) in best.arch.ids().zip(best.arch.stages()) {
        let Stage::Memory(_) = stage else { continue };
        let Some(level) = memories.next() else { break };
        let access = &level.access[operand];
        let moved = if operand == Operand::Output { access.updates } else { access.reads };
        match id.0 {
            0 => dram = moved,
            _ if moved == 0 => {}
            _ if inside.is_some_and(|fanout| id > fanout) => file = Some(access),
            _ => buffer = Some(moved),
        }
    }
    let a = dram as f64 / words;
    let ab = buffer.map_or(a, |moved| moved as f64 / words);
    let all = best.problem.macs() as f64 / words;
    let abc = match (operand, file) {
        (Operand::Output, Some(access)) => access.drains as f64 / words,
        (Operand::Output, None) => all,
        _ => counts.networks.first().map_or(ab, |network| network.words[operand].delivered as f64 / words),
    };
    Split { a, b: ab / a, c: abc / ab, d: all / abc }
}

/// The bars whose splits are shown: the study's smallest arrays, where its accounting differs most.
pub fn shown(pairs: &[Pair]) -> Vec<&Pair> {
    let at = |pair: &&Pair| pair.point.pes == 256 && pair.point.batch == 16;
    let mut shown: Vec<&Pair> = pairs.iter().filter(at).collect();
    shown.sort_by_key(|pair| Dataflow::ALL.iter().position(|known| *known == pair.dataflow));
    shown
}
