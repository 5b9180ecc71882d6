//! Templates: which memory keeps which operand, and in which order the memories begin to.
//!
//! A template is a list of keeps and fan-outs, outermost first, below the outermost memory, which keeps everything.
//! Before each of them, and before the compute unit, lies a *slot* of loops in time; a fan-out's loops in space follow
//! its slot. Which dimensions a slot needs follows from what is next to it:
//!
//! - A loop that does not change the operand kept next can move below it: the tile stays, the fills get fewer.
//! - A loop that the operand kept just above changes with, all words new, can move above it: the fills stay, the tile
//!   gets smaller.
//!
//! Neither changes anything else, but for two things that hold a loop back: it may be the one along which an outer
//! memory's windows slide, and the loops of a fan-out would come between; or the compute unit holds on to operands, so
//! that the order of the innermost loops matters, and then every slot needs every dimension.

use crate::setting::Setting;
use model::arch::{Arch, Keep, StageId};
use nn::Operand;
use nn::problem::{Dim, Problem, Relevance};

/// An item of a template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A memory begins to keep an operand.
    Keep {
        /// The memory.
        memory: StageId,
        /// The operand.
        operand: Operand,
    },
    /// The loops of a fan-out.
    Fanout(StageId),
}

/// A template: keeps and fan-outs below the outermost memory, outermost first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    /// The events.
    pub events: Vec<Event>,
}

/// In which order memories may begin to keep operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Each operand's memories in the arch's order; different operands interleave freely.
    Free,
    /// All of a memory's keeps above all of the next one's.
    Listed,
}

/// The most templates that are listed.
pub const MOST_TEMPLATES: usize = 1 << 16;

/// The templates of a setting, in a fixed order, and whether these are all.
pub fn templates(setting: &Setting, order: Order) -> (Vec<Template>, bool) {
    let arch = setting.arch;
    let mut complete = setting.keeps_agree();
    if !complete {
        return (Vec::new(), true);
    }
    let mut templates = vec![Vec::new()];
    let mut zone: Vec<StageId> = Vec::new();
    let stages: Vec<StageId> = arch.ids().skip(1).collect();
    for (i, &id) in stages.iter().enumerate() {
        let is_fanout = arch.fanout(id).is_some();
        if !is_fanout {
            zone.push(id);
        }
        if is_fanout || i + 1 == stages.len() {
            let keeps = interleavings(setting, &zone, order);
            complete &= keeps.len() < MOST_TEMPLATES && templates.len() * keeps.len() <= MOST_TEMPLATES;
            let longer = |t: &Vec<Event>| keeps.iter().map(|k| [t.as_slice(), k.as_slice()].concat()).collect();
            templates = templates.iter().flat_map(|t| -> Vec<Vec<Event>> { longer(t) }).take(MOST_TEMPLATES).collect();
            zone.clear();
        }
        if is_fanout {
            templates.iter_mut().for_each(|t| t.push(Event::Fanout(id)));
        }
    }
    (templates.into_iter().map(|events| Template { events }).collect(), complete)
}

/// Ways to keep operands in memories that no fan-out separates, no more than [`MOST_TEMPLATES`].
fn interleavings(setting: &Setting, memories: &[StageId], order: Order) -> Vec<Vec<Event>> {
    let chains = Operand::ALL.map(|operand| chains(setting, memories, operand));
    let mut all = Vec::new();
    for input in &chains[0] {
        for weight in &chains[1] {
            for output in &chains[2] {
                merge(&[input, weight, output], order, &mut Vec::new(), &mut all);
            }
        }
    }
    all
}

/// All choices of the memories that keep an operand, each in the arch's order.
fn chains(setting: &Setting, memories: &[StageId], operand: Operand) -> Vec<Vec<Event>> {
    let mut chains = vec![Vec::new()];
    for &memory in memories {
        let with = || chains.iter().map(|c: &Vec<Event>| [c.as_slice(), &[Event::Keep { memory, operand }]].concat());
        chains = match setting.keep(memory, operand) {
            Keep::Never => chains,
            Keep::Must => with().collect(),
            Keep::May => with().chain(chains.iter().cloned()).collect(),
        };
    }
    chains
}

/// All interleavings of the chains' rests that respect the order.
fn merge(rests: &[&[Event]; 3], order: Order, so_far: &mut Vec<Event>, all: &mut Vec<Vec<Event>>) {
    if all.len() == MOST_TEMPLATES {
        return;
    }
    if rests.iter().all(|rest| rest.is_empty()) {
        all.push(so_far.clone());
        return;
    }
    let memory = |event: &Event| match *event {
        Event::Keep { memory, .. } | Event::Fanout(memory) => memory,
    };
    let outermost = rests.iter().filter_map(|rest| rest.first().map(memory)).min();
    for (i, rest) in rests.iter().enumerate() {
        let Some((first, later)) = rest.split_first() else { continue };
        if order == Order::Listed && Some(memory(first)) != outermost {
            continue;
        }
        so_far.push(*first);
        let mut next = *rests;
        next[i] = later;
        merge(&next, order, so_far, all);
        so_far.pop();
    }
}

impl Template {
    /// Whether the slot before event `index` (or before the compute unit) needs loops over `dim`; with `all`, although
    /// they could move.
    pub fn allows(&self, problem: &Problem, arch: &Arch, index: usize, dim: Dim, all: bool) -> bool {
        let relevance = |event: &Event| match *event {
            Event::Keep { operand, .. } => Some(problem.relevance(operand, dim)),
            Event::Fanout(_) => None,
        };
        // A fan-out takes the slot before it; the slot between two fan-outs, or before the next keep, is the same.
        if index > 0 && matches!(self.events[index - 1], Event::Fanout(_)) {
            return false;
        }
        let below = self.events[index..].iter().find_map(relevance);
        let above = self.events[..index].iter().rev().find_map(relevance);
        if all || arch.compute().latches_any() {
            return true;
        }
        if above == Some(Relevance::Full) {
            return false;
        }
        let fanout_next = matches!(self.events.get(index), Some(Event::Fanout(_)));
        let slides_above = || {
            let zone = self.events[..index].iter().rev().take_while(|e| !matches!(e, Event::Fanout(_)));
            zone.filter_map(relevance).any(|r| r == Relevance::Partial)
        };
        below != Some(Relevance::Irrelevant) || (fanout_next && slides_above())
    }
}
