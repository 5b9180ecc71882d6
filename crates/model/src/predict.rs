//! What a mapping does, foretold by closed form: the same [`Counts`] that executing it word by word gives.
//!
//! The counting rules, for a legal mapping (see [`crate::check()`]):
//!
//! 1. One compute action a multiply-accumulate. Each reads one word of ifmap and filter from the innermost memory that
//!    keeps it, and reads and writes one word of output. With `operand_latch`, a word that stays put from one
//!    multiply-accumulate of a copy to the next is not read again.
//! 2. The first touch of an output word does not read it (it is zero), for each copy that works on it.
//! 3. A memory's tile is filled from the next outer memory that keeps the operand, once for every iteration of all
//!    loops above the place where it begins to be kept.
//! 4. Copies across a fan-out that need the same words are each filled; the parent is read once where the network
//!    multicasts, else once for each. Outputs mirror it: each copy drains, the parent is updated once where the
//!    network reduces, else once for each.
//! 5. An output tile that leaves is drained and updates its parent; one that comes back is read at the parent and
//!    filled, except the first time. A refetched tile fills every copy that works on it.
//! 6. A sliding tile is filled with the union of its windows. Where a network shares diagonals, the parent is read
//!    once for each word of the union of all copies' windows at a step.
//! 7. (Capacity: see [`crate::check()`].)
//! 8. Latency: the most of the steps that all copies take together, and of the words over each port's bandwidth, for
//!    the copy that has most to do.
//! 9. Loops with remainders count exactly: full and last tiles each.
//!
//! Switches of an arch ([`crate::switches`]): with refills of new words, a tile of rules 3 to 6 is filled, and drained,
//! with the words that the copy's tile before it did not hold; with free drains, words that a child drains count
//! as updates of the parent only.
//!
//! No count overflows: tiles of an operand that loops move have no more than 2^60 words together, whatever the mapping
//! ([`Problem::most_moved`]). An operand passes each port of a memory no more than twice, once towards either side,
//! and a network's words go both ways; so three operands' words over a port, the most that is added up, stay below 2^63.
//!
//! Sources: Parashar et al., "Timeloop", ISPASS 2019, section V; Chen et al., ISCA 2016, section VI (reuse).

use crate::arch::{Arch, Bandwidth, Fanout, Memory, Stage, StageId};
use crate::counts::{Access, Cause, Counts, Cycles, LevelCounts, Macs, NetworkCounts, Traffic};
use crate::energy::{Bill, words};
use crate::groups::union_words;
use crate::loops::{Loop, Loops};
use crate::mapping::{Mapping, Node};
use crate::moves::kept_words;
use crate::switches::{Drains, Refill};
use nn::problem::{Dim, Problem, Rank, Relevance, Term};
use nn::{ByOperand, Operand};
use smallvec::{SmallVec, smallvec};

/// A prediction: counts, and how long it takes.
#[derive(Clone, Debug, PartialEq)]
pub struct Prediction {
    /// What is counted.
    pub counts: Counts,
    /// Cycles that the copies compute together.
    pub steps: u64,
    /// For each memory with a bandwidth, the cycles that the busiest port of its busiest instance takes.
    pub ports: Vec<(StageId, f64)>,
}

impl Prediction {
    /// Cycles, and the memory that bounds them; none when computing does.
    pub fn latency(&self) -> (f64, Option<StageId>) {
        latency(self.steps as f64, &self.ports)
    }
}

/// The most of the steps and of each port's cycles, and the memory whose port it is, if it is a port.
pub(crate) fn latency(steps: f64, ports: &[(StageId, f64)]) -> (f64, Option<StageId>) {
    match ports.iter().copied().max_by(|a, b| a.1.total_cmp(&b.1)) {
        Some((memory, cycles)) if cycles > steps => (cycles, Some(memory)),
        _ => (steps, None),
    }
}

/// Foretells a legal mapping.
pub fn predict(problem: &Problem, arch: &Arch, mapping: &Mapping) -> Prediction {
    let view = View::new(problem, arch, mapping);
    let (levels, steps) = (view.levels(false), view.steps());
    let mut cycles = Cycles::default();
    cycles.add(Cause::Compute, steps);
    let named = |(id, fanout): (StageId, &Fanout)| NetworkCounts { name: fanout.name.clone(), words: view.network(id) };
    let counts = Counts {
        levels: arch
            .memories()
            .map(|(id, memory)| LevelCounts { name: memory.name.clone(), access: levels[usize::from(id.0)] })
            .collect(),
        networks: arch.fanouts().map(named).collect(),
        neighbour: 0,
        macs: Macs { done: problem.macs(), gated: 0, skipped: 0 },
        cycles,
    };
    Prediction { counts, steps, ports: view.ports(&levels).to_vec() }
}

/// Energy and latency of a legal mapping: what [`predict`] and [`crate::Energy`] say in all, to the bit, without the
/// parts.
pub fn cost(problem: &Problem, arch: &Arch, mapping: &Mapping) -> (f64, f64) {
    let view = View::new(problem, arch, mapping);
    let levels = view.levels(false);
    let bill = Bill { arch, levels: levels.iter().map(words).collect(), macs: problem.macs() as f64 };
    let of = |(id, stage): (StageId, &Stage)| match stage {
        Stage::Memory(_) => bill.memory(id),
        Stage::Fanout(fanout) if fanout.delivery_price > 0.0 => {
            bill.fanout(id, ByOperand(view.network(id).0.map(|of| of.delivered as f64)))
        }
        Stage::Fanout(_) => ByOperand([0.0; 3]),
    };
    let stages = arch.ids().zip(arch.stages()).map(of);
    let energy = bill.macs * arch.compute().price + stages.map(|by| by.0.iter().sum::<f64>()).sum::<f64>();
    (energy, latency(view.steps() as f64, &view.ports(&levels)).0)
}

pub(crate) struct View<'a> {
    pub problem: &'a Problem,
    pub arch: &'a Arch,
    pub loops: Loops<'a>,
    pub hops: ByOperand<SmallVec<[Hop; 4]>>,
    /// Where the compute unit begins to hold on to words of an operand: below the last loop in time that it changes
    /// with.
    pub latched: ByOperand<Option<usize>>,
}

/// Where an operand's words go next: the memory that begins to keep them, or the compute unit.
#[derive(Clone, Copy)]
pub(crate) struct Hop {
    /// The parent memory and where it begins to keep.
    pub from: (usize, StageId),
    /// Where the child begins to keep; the end of the nest for the compute unit.
    pub to: usize,
    /// The child memory; none for the compute unit.
    pub child: Option<StageId>,
    /// Along which dimension the child's tile slides, and the points of a window.
    pub slide: Option<(Dim, u64)>,
    /// Words along the dimensions that the operand changes with, over all pieces at the child.
    words: u64,
}

/// The part of a run that is counted.
#[derive(Clone, Copy)]
pub(crate) enum Part {
    /// All of it.
    All,
    /// Of the loops in space above a position only the first iteration: the busiest copy of what begins there.
    Busiest(usize),
}

impl Part {
    /// Whether a loop is followed into its first iteration only.
    fn first(self, l: &Loop) -> bool {
        match self {
            Part::All => false,
            Part::Busiest(position) => l.fanout.is_some() && l.index < position,
        }
    }
}

/// The traffic of each stage.
type Levels = SmallVec<[ByOperand<Access>; 8]>;

impl<'a> View<'a> {
    pub fn new(problem: &'a Problem, arch: &'a Arch, mapping: &'a Mapping) -> View<'a> {
        let loops = Loops::new(problem, mapping);
        let mut hops = ByOperand::<SmallVec<[Hop; 4]>>::default();
        let end = mapping.nodes.len();
        for (position, node) in mapping.nodes.iter().enumerate() {
            if let Node::Keep { memory, operand } = *node {
                if let Some(hop) = hops[operand].last_mut() {
                    (hop.to, hop.child) = (position, Some(memory));
                    hop.slide = loops.slides(operand, position).filter(|_| arch.switches().refill == Refill::Whole);
                }
                hops[operand].push(Hop { from: (position, memory), to: end, child: None, slide: None, words: 0 });
            }
        }
        let latched = ByOperand(Operand::ALL.map(|o| arch.compute().latches(o).then(|| loops.last_change(o))));
        let mut view = View { problem, arch, loops, hops, latched };
        for operand in Operand::ALL {
            for i in 0..view.hops[operand].len() {
                let hop = view.hops[operand][i];
                let relevant = |dim| problem.relevance(operand, dim) != Relevance::Irrelevant;
                view.hops[operand][i].words = if view.loops.even && hop.slide.is_none() {
                    problem.words(operand, &view.loops.tile(hop.to)) * view.loops.copies(hop.to, relevant, |_| false)
                } else {
                    let words = |rank| view.rank_words(rank, hop.to, hop.slide, Part::All);
                    problem.ranks(operand).iter().map(words).product()
                };
            }
        }
        view
    }

    /// Traffic of each stage; of its busiest instance only, when `busiest` is set.
    fn levels(&self, busiest: bool) -> Levels {
        let mut levels: Levels = smallvec![ByOperand::default(); self.arch.stages().len()];
        let part = |position: usize| if busiest { Part::Busiest(position) } else { Part::All };
        for operand in Operand::ALL {
            for hop in &self.hops[operand] {
                let (parent, child) = (part(hop.from.0), part(hop.to));
                let from = usize::from(hop.from.1.0);
                let shared = |l: &Loop| l.index >= hop.from.0;
                if operand == Operand::Output {
                    let updates = self.crossing(operand, hop, parent, shared);
                    levels[from][operand].updates += updates;
                    levels[from][operand].reads += updates - self.first_touches(hop.from.0, parent, |_| false);
                    if let Some(id) = hop.child {
                        let drains = self.crossing(operand, hop, child, |_| false);
                        let access = &mut levels[usize::from(id.0)][operand];
                        if self.arch.switches().drains == Drains::Counted {
                            access.drains += drains;
                        }
                        access.fills += drains - self.first_touches(hop.to, child, |_| false);
                    }
                } else {
                    levels[from][operand].reads += self.crossing(operand, hop, parent, shared);
                    if let Some(id) = hop.child {
                        levels[usize::from(id.0)][operand].fills += self.crossing(operand, hop, child, |_| false);
                    }
                }
            }
        }
        levels
    }

    /// Words over a hop: as the child side sees them, or as the parent does behind the networks, where those of the
    /// loops in space that `shared` picks share words.
    pub fn crossing(&self, operand: Operand, hop: &Hop, part: Part, shared: impl Fn(&Loop) -> bool) -> u64 {
        let tiles = self.tiles(operand, hop, part, &shared);
        if hop.child.is_none() || self.arch.switches().refill == Refill::Whole {
            return tiles;
        }
        let irrelevant = |dim: Dim| self.problem.relevance(operand, dim) == Relevance::Irrelevant;
        let merged = |l: &Loop| shared(l) && self.shares(operand, l) && irrelevant(l.dim);
        tiles - kept_words(&self.loops, operand, hop.to, |l| part.first(l) || merged(l))
    }

    /// Words over a hop where every tile is filled whole.
    fn tiles(&self, operand: Operand, hop: &Hop, part: Part, shared: impl Fn(&Loop) -> bool) -> u64 {
        let held = self.latched[operand].filter(|_| hop.child.is_none()).unwrap_or(usize::MAX);
        let latched = |l: &Loop| l.fanout.is_none() && l.index >= held;
        let collapse = |l: &Loop| part.first(l) || latched(l) || (shared(l) && self.shares(operand, l));
        let irrelevant = |dim| self.problem.relevance(operand, dim) == Relevance::Irrelevant;
        let copies = self.loops.copies(hop.to, irrelevant, collapse);
        let diagonal = |l: &Loop| shared(l) && !part.first(l) && self.shares_diagonals(operand, l);
        if matches!(part, Part::All) && !self.diagonals(operand) {
            return copies * hop.words;
        }
        let words = |rank: &Rank| {
            let together = |term: &Term| self.loops.above(term.dim, hop.to).any(diagonal);
            if rank.0.len() > 1 && rank.0.iter().any(together) {
                union_words(&self.loops, rank, hop.to, hop.slide, |l| part.first(l), diagonal)
            } else {
                self.rank_words(rank, hop.to, hop.slide, part)
            }
        };
        copies * self.problem.ranks(operand).iter().map(words).product::<u64>()
    }

    /// Words of a rank over all pieces at a position: whole tiles, or, along `slide`, the union of the windows that
    /// the next loop over it cuts.
    fn rank_words(&self, rank: &Rank, position: usize, slide: Option<(Dim, u64)>, part: Part) -> u64 {
        let first = |l: &Loop| part.first(l);
        let mut extents: SmallVec<[(u64, u64); 2]> = smallvec![(1, 1)];
        let mut sliding = None;
        for term in &rank.0 {
            if let Some((_, window)) = slide.filter(|&(dim, _)| dim == term.dim) {
                sliding = Some((term, window));
                continue;
            }
            if let Some((size, m)) = self.loops.alike(term.dim, position, first) {
                extents.iter_mut().for_each(|(extent, n)| (*extent, *n) = (*extent + term.step * (size - 1), *n * m));
                continue;
            }
            let pieces = self.loops.pieces(term.dim, position, first);
            let of = |&(extent, n): &(u64, u64)| {
                pieces.clone().into_iter().map(move |(size, m)| (extent + term.step * (size - 1), n * m))
            };
            extents = extents.iter().flat_map(of).collect();
        }
        let Some((term, window)) = sliding else {
            return extents.iter().map(|(extent, n)| extent * n).sum();
        };
        let pieces = self.loops.pieces(term.dim, position, first);
        let union = |still: u64, size: u64| sliding_union(still, term.step, size, window);
        extents.iter().map(|&(still, n)| n * pieces.iter().map(|&(size, m)| m * union(still, size)).sum::<u64>()).sum()
    }

    /// Output words that the copies above `position` touch for the first time; copies of the loops that `merged`
    /// picks count as one.
    pub fn first_touches(&self, position: usize, part: Part, merged: impl Fn(&Loop) -> bool) -> u64 {
        let irrelevant = |dim| self.problem.relevance(Operand::Output, dim) == Relevance::Irrelevant;
        let first = |l: &Loop| part.first(l) || merged(l) || l.fanout.is_none();
        let copies = self.loops.copies(position, irrelevant, first);
        let ranks = self.problem.ranks(Operand::Output).iter();
        let words = match (part, self.hops[Operand::Output].last()) {
            (Part::All, Some(innermost)) => innermost.words,
            _ => ranks.map(|rank| self.rank_words(rank, usize::MAX, None, part)).product(),
        };
        copies * words
    }

    /// Whether any network shares diagonals of an operand.
    fn diagonals(&self, operand: Operand) -> bool {
        operand == Operand::Input && self.arch.fanouts().any(|(_, fanout)| fanout.sharing.diagonal)
    }

    /// Whether the network of a loop shares an operand's words between its copies.
    pub fn shares(&self, operand: Operand, l: &Loop) -> bool {
        let sharing = l.fanout.and_then(|fanout| self.arch.fanout(fanout)).map(|f| f.sharing);
        sharing.is_some_and(|s| if operand == Operand::Output { s.reduction } else { s.multicast })
    }

    /// Whether a loop is spread across a network that shares diagonals of an operand.
    pub fn shares_diagonals(&self, operand: Operand, l: &Loop) -> bool {
        let fanout = l.fanout.and_then(|fanout| self.arch.fanout(fanout));
        operand == Operand::Input && fanout.is_some_and(|f| f.sharing.diagonal)
    }

    /// Steps that all copies take together.
    fn steps(&self) -> u64 {
        self.loops.copies(usize::MAX, |_| true, |l| l.fanout.is_some())
    }

    /// Words over a fan-out's network, by operand.
    fn network(&self, id: StageId) -> ByOperand<Traffic> {
        let mut words = ByOperand::<Traffic>::default();
        for operand in Operand::ALL {
            let passes = |hop: &&Hop| hop.from.1 < id && hop.child.is_none_or(|child| child > id);
            let Some(hop) = self.hops[operand].iter().find(passes) else { continue };
            let of = |l: &Loop, inner: bool| {
                let Some(fanout) = l.fanout else { return false };
                l.index >= hop.from.0 && if inner { fanout > id } else { fanout >= id }
            };
            let mut sent = self.crossing(operand, hop, Part::All, |l| of(l, false));
            let mut delivered = self.crossing(operand, hop, Part::All, |l| of(l, true));
            if operand == Operand::Output {
                // Both ways: what is drained, and what of it comes back.
                let copies =
                    |inner: bool| self.first_touches(hop.to, Part::All, |l| of(l, inner) && self.shares(operand, l));
                sent += sent - copies(false);
                delivered += delivered - copies(true);
            }
            words[operand] = Traffic { sent, delivered };
        }
        words
    }

    /// For each memory with a bandwidth, the cycles of the busiest port.
    fn ports(&self, levels: &Levels) -> SmallVec<[(StageId, f64); 4]> {
        // Outside all fan-outs there is one instance, which has it all to do.
        let limited =
            |(id, memory): (StageId, &Memory)| memory.bandwidth != Bandwidth::Unbounded && self.arch.instances(id) > 1;
        let busiest = self.arch.memories().any(limited).then(|| self.levels(true));
        let levels = busiest.as_ref().unwrap_or(levels);
        let words = |id: StageId, f: fn(&Access) -> u64| {
            Operand::ALL.into_iter().map(|operand| f(&levels[id.0 as usize][operand])).sum::<u64>() as f64
        };
        self.arch
            .memories()
            .filter_map(|(id, memory)| {
                let (reads, writes) = (words(id, Access::all_reads), words(id, Access::all_writes));
                match memory.bandwidth {
                    Bandwidth::Unbounded => None,
                    Bandwidth::Shared(words) => Some((id, (reads + writes) / words)),
                    Bandwidth::Separate { read, write } => Some((id, (reads / read).max(writes / write))),
                }
            })
            .collect()
    }
}

/// Coordinates that the windows over `size` points, in tiles of `window`, read together; `still` is the extent of the
/// rank's other terms.
pub(crate) fn sliding_union(still: u64, step: u64, size: u64, window: u64) -> u64 {
    let extent = |points: u64| still + step * (points - 1);
    let (full, rest) = (size / window, size % window);
    if full == 0 {
        return extent(rest);
    }
    let overlap = extent(window).saturating_sub(step * window);
    let all = full * extent(window) + if rest > 0 { extent(rest) } else { 0 };
    all - (full - 1 + u64::from(rest > 0)) * overlap
}
