//! A complete choice of cuts, made a mapping and counted exactly.

use crate::cuts::{Bin, Cut};
use crate::objective::Cost;
use crate::template::{Event, Template};
use model::arch::{Arch, StageId};
use model::{Energy, Mapping, Node, check, predict};
use nn::Operand;
use nn::problem::{Dim, Problem, Relevance};

/// A loop of a slot.
type Loop = (Dim, u64);

/// All mappings that a choice of cuts stands for and that are legal: the order of a slot's loops is left, and of that
/// only what may slide or be held on to matters.
pub fn mappings(
    problem: &Problem,
    arch: &Arch,
    template: &Template,
    bins: &[Vec<Bin>],
    cuts: &[&Cut],
) -> Vec<(Cost, Mapping)> {
    let slots: Vec<Vec<Loop>> = (0..=template.events.len()).map(|event| slot(problem, bins, cuts, event)).collect();
    let mut chosen: Vec<Vec<Loop>> = Vec::new();
    let mut found = Vec::new();
    orders(problem, arch, &slots, &mut chosen, &mut |slots| {
        let mapping = mapping(problem, template, bins, cuts, slots);
        if check(problem, arch, &mapping).is_empty() {
            found.push((cost(problem, arch, &mapping), mapping));
        }
    });
    found
}

/// Energy and latency of a legal mapping, exactly.
pub fn cost(problem: &Problem, arch: &Arch, mapping: &Mapping) -> Cost {
    let prediction = predict(problem, arch, mapping);
    Cost { energy: Energy::of(arch, &prediction.counts).total(), latency: prediction.latency().0 }
}

/// The loops in time of the slot before an event that iterate.
fn slot(problem: &Problem, bins: &[Vec<Bin>], cuts: &[&Cut], event: usize) -> Vec<Loop> {
    problem
        .dims()
        .filter_map(|dim| {
            let (bins, tiles) = (&bins[dim.0 as usize], &cuts[dim.0 as usize].tiles);
            let index = bins.iter().position(|bin| *bin == Bin::Slot(event))?;
            let above = if index == 0 { problem.size()[dim] } else { tiles[index - 1] };
            (tiles[index] < above).then_some((dim, tiles[index]))
        })
        .collect()
}

/// Calls `found` with every order of the slots' loops that may matter: which of those that overlap comes first, since
/// it slides, and, where the compute unit holds on to words, which come last.
fn orders(
    problem: &Problem,
    arch: &Arch,
    slots: &[Vec<Loop>],
    chosen: &mut Vec<Vec<Loop>>,
    found: &mut dyn FnMut(&[Vec<Loop>]),
) {
    let Some(slot) = slots.get(chosen.len()) else {
        return found(chosen);
    };
    let overlaps = |&(dim, _): &Loop| Operand::ALL.iter().any(|&o| problem.relevance(o, dim) == Relevance::Partial);
    let mut firsts: Vec<Option<usize>> = (0..slot.len()).filter(|&i| overlaps(&slot[i])).map(Some).collect();
    if firsts.is_empty() {
        firsts.push(None);
    }
    let latch = arch.compute().latches_any();
    let lasts: &[Option<Operand>] = if latch { &[None, Some(Operand::Input), Some(Operand::Weight)] } else { &[None] };
    for first in firsts {
        for last in lasts {
            let mut order = slot.clone();
            if let Some(operand) = last {
                order.sort_by_key(|&(dim, _)| problem.relevance(*operand, dim) == Relevance::Irrelevant);
            }
            if let Some(index) = first {
                let slides = slot[index];
                order.retain(|l| *l != slides);
                order.insert(0, slides);
            }
            chosen.push(order);
            orders(problem, arch, slots, chosen, found);
            chosen.pop();
        }
    }
}

fn mapping(problem: &Problem, template: &Template, bins: &[Vec<Bin>], cuts: &[&Cut], slots: &[Vec<Loop>]) -> Mapping {
    let mut nodes: Vec<Node> = Operand::ALL.map(|operand| Node::Keep { memory: StageId(0), operand }).to_vec();
    for (event, loops) in slots.iter().enumerate() {
        nodes.extend(loops.iter().map(|&(dim, tile)| Node::Temporal { dim, tile }));
        match template.events.get(event) {
            Some(&Event::Keep { memory, operand }) => nodes.push(Node::Keep { memory, operand }),
            Some(Event::Fanout(_)) => space(problem, bins, cuts, event, &mut nodes),
            None => {}
        }
    }
    Mapping { nodes }
}

/// The loops in space of a fan-out that iterate.
fn space(problem: &Problem, bins: &[Vec<Bin>], cuts: &[&Cut], event: usize, nodes: &mut Vec<Node>) {
    for ((dim, bins), cut) in problem.dims().zip(bins).zip(cuts) {
        for (index, bin) in bins.iter().enumerate() {
            let Bin::Space { event: e, fanout, axis } = *bin else { continue };
            let above = if index == 0 { problem.size()[dim] } else { cut.tiles[index - 1] };
            if e == event && cut.tiles[index] < above {
                nodes.push(Node::Spatial { fanout, axis, dim, tile: cut.tiles[index] });
            }
        }
    }
}
