//! A complete choice of cuts, made a mapping and counted exactly.

use crate::cuts::{Bin, Cut};
use crate::objective::Cost;
use crate::setting::Setting;
use crate::template::{Event, Template};
use model::arch::StageId;
use model::constraints::Constraint;
use model::{Mapping, Node, check, cost};
use nn::Operand;
use nn::problem::{Dim, Problem, Relevance};

/// A loop of a slot.
type Loop = (Dim, u64);

/// All mappings that a choice of cuts stands for and that are legal: the order of a slot's loops is left, and of that
/// only what may slide or be held on to matters.
pub fn mappings(setting: &Setting, template: &Template, bins: &[&[Bin]], cuts: &[&Cut]) -> Vec<(Cost, Mapping)> {
    let (problem, arch) = (setting.problem, setting.arch);
    let slots: Vec<Vec<Loop>> = (0..=template.events.len()).map(|event| slot(problem, bins, cuts, event)).collect();
    let spread: Vec<Vec<Node>> = (0..template.events.len()).map(|event| space(problem, bins, cuts, event)).collect();
    let orders: Vec<Vec<Vec<Loop>>> = (0..slots.len())
        .map(|at| orders(setting, &slots[at], &sliding(problem, template, &slots, &spread, at)))
        .collect();
    let mut found = Vec::new();
    let mut choice = vec![0; slots.len()];
    loop {
        let mut nodes: Vec<Node> = Operand::ALL.map(|operand| Node::Keep { memory: StageId(0), operand }).to_vec();
        for (event, (orders, &choice)) in orders.iter().zip(&choice).enumerate() {
            nodes.extend(orders[choice].iter().map(|&(dim, tile)| Node::Temporal { dim, tile }));
            match template.events.get(event) {
                Some(&Event::Keep { memory, operand }) => nodes.push(Node::Keep { memory, operand }),
                Some(Event::Fanout(_)) => nodes.extend(&spread[event]),
                None => {}
            }
        }
        let mapping = Mapping { nodes };
        if check(problem, arch, &mapping).is_empty() && setting.allows(&mapping) {
            let (energy, latency) = cost(problem, arch, &mapping);
            found.push((Cost { energy, latency }, mapping));
        }
        // The next choice, the last slot's first.
        let Some(slot) = (0..slots.len()).rev().find(|&at| choice[at] + 1 < orders[at].len()) else {
            return found;
        };
        choice[slot] += 1;
        choice[slot + 1..].fill(0);
    }
}

/// The loops in time of the slot before an event that iterate.
fn slot(problem: &Problem, bins: &[&[Bin]], cuts: &[&Cut], event: usize) -> Vec<Loop> {
    let mut slot = Vec::new();
    for ((dim, bins), cut) in problem.dims().zip(bins).zip(cuts) {
        for (index, bin) in bins.iter().enumerate() {
            let above = if index == 0 { problem.size()[dim] } else { cut.tiles[index - 1] };
            if *bin == Bin::Slot(event) && cut.tiles[index] < above {
                slot.push((dim, cut.tiles[index]));
            }
        }
    }
    slot
}

/// The loops of a slot that some memory's windows may slide along: those that share a rank of an operand that a
/// memory begins to keep above the slot, with no loop between.
fn sliding(problem: &Problem, template: &Template, slots: &[Vec<Loop>], spread: &[Vec<Node>], at: usize) -> Vec<Loop> {
    let mut sliding: Vec<Loop> = Vec::new();
    for event in (0..at).rev() {
        if let Event::Keep { operand, .. } = template.events[event] {
            let partial = |l: &&Loop| problem.relevance(operand, l.0) == Relevance::Partial;
            sliding.extend(slots[at].iter().filter(partial));
        }
        if !slots[event].is_empty() || !spread[event].is_empty() {
            break;
        }
    }
    sliding.sort_unstable();
    sliding.dedup();
    sliding
}

/// Every order of a slot's loops that may matter: which of those that windows may slide along comes first, and, where
/// the compute unit holds on to words, which come last. Where a rule speaks of the order of several, all orders.
fn orders(setting: &Setting, slot: &[Loop], sliding: &[Loop]) -> Vec<Vec<Loop>> {
    let relevance = |operand, dim| setting.problem.relevance(operand, dim);
    if setting.rules.iter().any(|rule| orders_several(rule, slot)) {
        return permutations(slot);
    }
    let latch = setting.arch.compute().latches_any();
    let lasts: &[Option<Operand>] = if latch { &[None, Some(Operand::Input), Some(Operand::Weight)] } else { &[None] };
    // Words that are held on to may be worth more than a window that slides.
    let none = (latch || sliding.is_empty()).then_some(None);
    let firsts: Vec<Option<Loop>> = sliding.iter().copied().map(Some).chain(none).collect();
    let mut orders: Vec<Vec<Loop>> = Vec::new();
    for last in lasts {
        for first in &firsts {
            let mut order = slot.to_vec();
            if let Some(operand) = last {
                order.sort_by_key(|&(dim, _)| relevance(*operand, dim) == Relevance::Irrelevant);
            }
            order.sort_by_key(|l| Some(*l) != *first);
            orders.push(order);
        }
    }
    orders.sort_unstable();
    orders.dedup();
    orders
}

fn orders_several(rule: &Constraint, slot: &[Loop]) -> bool {
    matches!(rule, Constraint::Order { dims, .. } if slot.iter().filter(|(dim, _)| dims.contains(dim)).count() > 1)
}

fn permutations(slot: &[Loop]) -> Vec<Vec<Loop>> {
    if slot.is_empty() {
        return vec![Vec::new()];
    }
    let with_first = |first: &Loop| {
        let rest: Vec<Loop> = slot.iter().filter(|l| *l != first).copied().collect();
        permutations(&rest).into_iter().map(|rest| [&[*first], rest.as_slice()].concat()).collect::<Vec<_>>()
    };
    slot.iter().flat_map(with_first).collect()
}

/// The loops in space of a fan-out that iterate.
fn space(problem: &Problem, bins: &[&[Bin]], cuts: &[&Cut], event: usize) -> Vec<Node> {
    let mut nodes = Vec::new();
    for ((dim, bins), cut) in problem.dims().zip(bins).zip(cuts) {
        for (index, bin) in bins.iter().enumerate() {
            let Bin::Space { event: e, fanout, axis } = *bin else { continue };
            let above = if index == 0 { problem.size()[dim] } else { cut.tiles[index - 1] };
            if e == event && cut.tiles[index] < above {
                nodes.push(Node::Spatial { fanout, axis, dim, tile: cut.tiles[index] });
            }
        }
    }
    nodes
}
