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
//! Neither changes anything else, but for three things that hold a loop back: it may be the one along which a memory's
//! windows slide, or come between them; the compute unit may hold on to words, and the move put a loop that changes them
//! below one that does not; and the copies of a fan-out may share diagonals, so that the windows that they read at a
//! time matter.

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

/// The templates of a setting, in a fixed order, and whether these are all; with `bare`, those in which memories keep
/// what they must, and nothing else.
pub fn templates(setting: &Setting, bare: bool) -> (Vec<Template>, bool) {
    let (arch, order) = (setting.arch, setting.order);
    let mut complete = setting.keeps_agree();
    if !complete {
        return (Vec::new(), true);
    }
    let fanouts: Vec<StageId> = arch.fanouts().map(|(id, _)| id).collect();
    let mut templates: Vec<Template> = Vec::new();
    // Without loops a fan-out separates nothing: once with and once without each.
    for unused in 0..1u32 << fanouts.len() {
        let used = |id: &StageId| fanouts.iter().position(|f| f == id).is_none_or(|i| unused >> i & 1 == 0);
        let stages: Vec<StageId> = arch.ids().skip(1).filter(used).collect();
        let (more, all) = spread(setting, &stages, order, bare);
        complete &= all && templates.len() + more.len() <= MOST_TEMPLATES;
        templates.extend(more.into_iter().take(MOST_TEMPLATES - templates.len()).map(|events| Template { events }));
        if templates.len() == MOST_TEMPLATES {
            break;
        }
    }
    (templates, complete)
}

/// The templates of some of the stages.
fn spread(setting: &Setting, stages: &[StageId], order: Order, bare: bool) -> (Vec<Vec<Event>>, bool) {
    let mut complete = true;
    let mut templates = vec![Vec::new()];
    let mut zone: Vec<StageId> = Vec::new();
    for (i, &id) in stages.iter().enumerate() {
        let is_fanout = setting.arch.fanout(id).is_some();
        if !is_fanout {
            zone.push(id);
        }
        if is_fanout || i + 1 == stages.len() {
            let keeps = interleavings(setting, &zone, order, bare);
            complete &= keeps.len() < MOST_TEMPLATES && templates.len() * keeps.len() <= MOST_TEMPLATES;
            let longer = |t: &Vec<Event>| keeps.iter().map(|k| [t.as_slice(), k.as_slice()].concat()).collect();
            templates = templates.iter().flat_map(|t| -> Vec<Vec<Event>> { longer(t) }).take(MOST_TEMPLATES).collect();
            zone.clear();
        }
        if is_fanout {
            templates.iter_mut().for_each(|t| t.push(Event::Fanout(id)));
        }
    }
    (templates, complete)
}

/// Ways to keep operands in memories that no fan-out separates, no more than [`MOST_TEMPLATES`].
fn interleavings(setting: &Setting, memories: &[StageId], order: Order, bare: bool) -> Vec<Vec<Event>> {
    let chains = Operand::ALL.map(|operand| chains(setting, memories, operand, bare));
    let mut all = Vec::new();
    for input in &chains[0] {
        for weight in &chains[1] {
            for output in &chains[2] {
                if all.len() == MOST_TEMPLATES {
                    return all;
                }
                merge(&[input, weight, output], order, &mut Vec::new(), &mut all);
            }
        }
    }
    all
}

/// All choices of the memories that keep an operand, each in the arch's order.
fn chains(setting: &Setting, memories: &[StageId], operand: Operand, bare: bool) -> Vec<Vec<Event>> {
    let mut chains = vec![Vec::new()];
    for &memory in memories {
        let with = || chains.iter().map(|c: &Vec<Event>| [c.as_slice(), &[Event::Keep { memory, operand }]].concat());
        chains = match setting.keep(memory, operand) {
            Keep::Never => chains,
            Keep::May if bare => chains,
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
    /// Whether the slot before event `index` (or before the compute unit) needs loops over `dim`. `may_cross` says
    /// whether a loop may move past the event of a keep, into the slot of another.
    pub fn allows(
        &self,
        problem: &Problem,
        arch: &Arch,
        order: Order,
        index: usize,
        dim: Dim,
        may_cross: impl Fn(usize, usize) -> bool,
    ) -> bool {
        let relevance = |event: &Event| relevance(problem, event, dim);
        // Where copies share diagonals it matters which windows they read at a time.
        let shares = |event: &Event| match *event {
            Event::Fanout(id) => arch.fanout(id).is_some_and(|f| f.sharing.diagonal),
            Event::Keep { .. } => false,
        };
        let windows = problem.relevance(Operand::Input, dim) == Relevance::Partial;
        let passes = |events: &[Event]| !windows || !events.iter().any(shares);
        // A fan-out takes the slot before it; the slot between two fan-outs, or before the next keep, is the same.
        if index > 0 && matches!(self.events[index - 1], Event::Fanout(_)) && passes(&self.events[index - 1..index]) {
            return false;
        }
        // Words that the compute unit holds on to stay for the loops below the last one that changes them: one that
        // changes them may only move up, any other only down.
        let latched = || Operand::ALL.into_iter().filter(|&o| arch.compute().latches(o));
        let changes = |o: Operand| problem.relevance(o, dim) != Relevance::Irrelevant;
        let (may_rise, may_sink) = (latched().all(changes), !latched().any(changes));
        let keep = |&event: &usize| relevance(&self.events[event]).is_some();
        let above = (0..index).rev().find(keep);
        let below = (index..self.events.len()).find(keep);
        let of = |event: usize| relevance(&self.events[event]);
        // Above the keep it may come between a memory and the loop that its windows slide along, unless that memory's
        // keep may be the lower one.
        let slides = |event: &Event| match *event {
            Event::Keep { operand, .. } => {
                Some(problem.dims().any(|dim| problem.relevance(operand, dim) == Relevance::Partial))
            }
            Event::Fanout(_) => None,
        };
        let parts = |event: usize| {
            order == Order::Listed && self.events[..event].iter().rev().map_while(slides).any(|slides| slides)
        };
        if let Some(event) = above.filter(|&event| may_rise && of(event) == Some(Relevance::Full))
            && !parts(event)
            && passes(&self.events[event..index])
            && may_cross(event, event)
        {
            return false;
        }
        // The loop may be the one along which the windows of a memory slide.
        let sinks = below.filter(|&event| may_sink && of(event) == Some(Relevance::Irrelevant));
        sinks.is_none_or(|event| {
            let moves = passes(&self.events[index..event]) && may_cross(event, event + 1);
            self.slides(order, index, relevance) || !moves
        })
    }

    /// Whether a loop in a slot may be the next one below the place of a tile that slides along it. Where keeps may come
    /// in any order, that is the place of the last keep: those with no loop between them may change places.
    pub fn slides(&self, order: Order, slot: usize, relevance: impl Fn(&Event) -> Option<Relevance>) -> bool {
        let mut keeps = self.events[..slot].iter().rev().map_while(relevance);
        match order {
            Order::Free => keeps.next() == Some(Relevance::Partial),
            Order::Listed => keeps.any(|relevance| relevance == Relevance::Partial),
        }
    }
}

/// How the operand of a keep changes with a dimension; nothing of a fan-out.
pub fn relevance(problem: &Problem, event: &Event, dim: Dim) -> Option<Relevance> {
    match *event {
        Event::Keep { operand, .. } => Some(problem.relevance(operand, dim)),
        Event::Fanout(_) => None,
    }
}
