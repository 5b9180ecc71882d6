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
//! Sources: Parashar et al., "Timeloop", ISPASS 2019, section V; Chen et al., ISCA 2016, section VI (reuse).

use crate::arch::{Arch, Bandwidth, StageId};
use crate::counts::{Access, Cause, Counts, Cycles, LevelCounts, Macs, NetworkCounts, Traffic};
use crate::loops::{Loop, Loops};
use crate::mapping::{Mapping, Node};
use crate::union::union_words;
use nn::problem::{Dim, Problem, Rank, Relevance};
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
        let slowest = self.ports.iter().copied().max_by(|a, b| a.1.total_cmp(&b.1));
        match slowest {
            Some((memory, cycles)) if cycles > self.steps as f64 => (cycles, Some(memory)),
            _ => (self.steps as f64, None),
        }
    }
}

/// Foretells a legal mapping.
pub fn predict(problem: &Problem, arch: &Arch, mapping: &Mapping) -> Prediction {
    let view = View::new(problem, arch, mapping);
    let end = mapping.nodes.len();
    let steps = problem.dims().map(|dim| view.loops.count(dim, end, |l| l.fanout.is_some())).product();
    let levels = view.levels(false);
    // Outside all fan-outs there is one instance, which has it all to do.
    let limited = |(id, memory): (StageId, &crate::arch::Memory)| {
        memory.bandwidth != Bandwidth::Unbounded && arch.instances(id) > 1
    };
    let ports = if arch.memories().any(limited) { view.ports(&view.levels(true)) } else { view.ports(&levels) };
    let mut cycles = Cycles::default();
    cycles.add(Cause::Compute, steps);
    let counts = Counts {
        levels: arch
            .memories()
            .map(|(id, memory)| LevelCounts { name: memory.name.clone(), access: levels[usize::from(id.0)] })
            .collect(),
        networks: view.networks(),
        neighbour: 0,
        macs: Macs { done: problem.macs(), gated: 0, skipped: 0 },
        cycles,
    };
    Prediction { counts, steps, ports }
}

struct View<'a> {
    problem: &'a Problem,
    arch: &'a Arch,
    loops: Loops<'a>,
    hops: ByOperand<SmallVec<[Hop; 4]>>,
    /// Where the compute unit begins to hold on to words of an operand: below the last loop in time that it changes
    /// with.
    latched: ByOperand<Option<usize>>,
}

/// Where an operand's words go next: the memory that begins to keep them, or the compute unit.
#[derive(Clone, Copy)]
struct Hop {
    /// The parent memory and where it begins to keep.
    from: (usize, StageId),
    /// Where the child begins to keep; the end of the nest for the compute unit.
    to: usize,
    /// The child memory; none for the compute unit.
    child: Option<StageId>,
}

/// The traffic of each stage.
type Levels = SmallVec<[ByOperand<Access>; 8]>;

impl<'a> View<'a> {
    fn new(problem: &'a Problem, arch: &'a Arch, mapping: &'a Mapping) -> View<'a> {
        let loops = Loops::new(problem, mapping);
        let mut hops = ByOperand::<SmallVec<[Hop; 4]>>::default();
        for (position, node) in mapping.nodes.iter().enumerate() {
            if let Node::Keep { memory, operand } = *node {
                if let Some(hop) = hops[operand].last_mut() {
                    (hop.to, hop.child) = (position, Some(memory));
                }
                hops[operand].push(Hop { from: (position, memory), to: mapping.nodes.len(), child: None });
            }
        }
        let latched = ByOperand(Operand::ALL.map(|o| arch.compute().latches(o).then(|| loops.last_change(o))));
        View { problem, arch, loops, hops, latched }
    }

    /// Traffic of each stage; of its busiest instance only, when `instance` is set.
    fn levels(&self, instance: bool) -> Levels {
        let mut levels: Levels = smallvec![ByOperand::default(); self.arch.stages().len()];
        for operand in Operand::ALL {
            for hop in &self.hops[operand] {
                // The busiest instance is the first: the loops in space above it are followed into it only.
                let parent = |l: &Loop| instance && l.fanout.is_some() && l.index < hop.from.0;
                let child = |l: &Loop| instance && l.fanout.is_some() && l.index < hop.to;
                let from = usize::from(hop.from.1.0);
                let shared = |l: &Loop| l.index >= hop.from.0;
                if operand == Operand::Output {
                    let updates = self.crossing(operand, hop, parent, shared);
                    levels[from][operand].updates += updates;
                    levels[from][operand].reads += updates - self.first_touches(hop.from.0, parent, |_| false);
                    if let Some(id) = hop.child {
                        let drains = self.crossing(operand, hop, child, |_| false);
                        let access = &mut levels[usize::from(id.0)][operand];
                        access.drains += drains;
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
    /// loops in space that `shared` picks share words. The loops that `first` picks are followed into their first
    /// iteration only.
    fn crossing(
        &self,
        operand: Operand,
        hop: &Hop,
        first: impl Fn(&Loop) -> bool,
        shared: impl Fn(&Loop) -> bool,
    ) -> u64 {
        let latched = |l: &Loop| {
            let from = self.latched[operand].filter(|_| hop.child.is_none());
            from.is_some_and(|from| l.fanout.is_none() && l.index >= from)
        };
        let collapse = |l: &Loop| first(l) || latched(l) || (shared(l) && self.shares(operand, l));
        let mut words = 1;
        for dim in self.problem.dims() {
            if self.problem.relevance(operand, dim) == Relevance::Irrelevant {
                words *= self.loops.count(dim, hop.to, collapse);
            }
        }
        let slide = hop.child.and_then(|_| self.loops.slides(operand, hop.to));
        for rank in self.problem.ranks(operand) {
            let diagonal = |l: &Loop| shared(l) && !first(l) && self.shares_diagonals(operand, rank, l);
            let apart = rank.0.iter().any(|term| self.loops.above(term.dim, hop.to).any(diagonal));
            words *= if apart {
                union_words(&self.loops, rank, hop.to, slide, &first, diagonal)
            } else {
                self.rank_words(rank, hop.to, slide, &first)
            };
        }
        words
    }

    /// Words of a rank over all pieces at a position: whole tiles, or, along `slide`, the union of the windows that
    /// the next loop over it cuts.
    fn rank_words(
        &self,
        rank: &Rank,
        position: usize,
        slide: Option<(Dim, u64)>,
        first: impl Fn(&Loop) -> bool,
    ) -> u64 {
        let mut extents: SmallVec<[(u64, u64); 8]> = smallvec![(1, 1)];
        let mut sliding = None;
        for term in &rank.0 {
            if let Some((_, window)) = slide.filter(|&(dim, _)| dim == term.dim) {
                sliding = Some((term, window));
                continue;
            }
            let pieces = self.loops.pieces(term.dim, position, &first);
            if let [(size, m)] = pieces[..] {
                extents.iter_mut().for_each(|(extent, n)| (*extent, *n) = (*extent + term.step * (size - 1), *n * m));
                continue;
            }
            let of = |&(extent, n): &(u64, u64)| {
                pieces.clone().into_iter().map(move |(size, m)| (extent + term.step * (size - 1), n * m))
            };
            extents = extents.iter().flat_map(of).collect();
        }
        let Some((term, window)) = sliding else {
            return extents.iter().map(|(extent, n)| extent * n).sum();
        };
        let pieces = self.loops.pieces(term.dim, position, &first);
        let union = |still: u64, size: u64| sliding_union(still, term.step, size, window);
        extents.iter().map(|&(still, n)| n * pieces.iter().map(|&(size, m)| m * union(still, size)).sum::<u64>()).sum()
    }

    /// Output words that the copies above `position` touch for the first time; copies of the loops that `merged`
    /// picks count as one.
    fn first_touches(&self, position: usize, first: impl Fn(&Loop) -> bool, merged: impl Fn(&Loop) -> bool) -> u64 {
        let mut words = 1;
        for dim in self.problem.dims() {
            if self.problem.relevance(Operand::Output, dim) == Relevance::Irrelevant {
                words *= self.loops.count(dim, position, |l| first(l) || merged(l) || l.fanout.is_none());
            }
        }
        for rank in self.problem.ranks(Operand::Output) {
            words *= self.rank_words(rank, usize::MAX, None, &first);
        }
        words
    }

    /// Whether the network of a loop shares an operand's words between its copies.
    fn shares(&self, operand: Operand, l: &Loop) -> bool {
        let sharing = l.fanout.and_then(|fanout| self.arch.fanout(fanout)).map(|f| f.sharing);
        sharing.is_some_and(|s| if operand == Operand::Output { s.reduction } else { s.multicast })
    }

    /// Whether a loop over a dimension of `rank` is spread across a network that shares diagonals.
    fn shares_diagonals(&self, operand: Operand, rank: &Rank, l: &Loop) -> bool {
        let fanout = l.fanout.and_then(|fanout| self.arch.fanout(fanout));
        operand == Operand::Input && rank.0.len() > 1 && fanout.is_some_and(|f| f.sharing.diagonal)
    }

    /// Words over each fan-out's network, by operand.
    fn networks(&self) -> Vec<NetworkCounts> {
        let none = |_: &Loop| false;
        self.arch
            .fanouts()
            .map(|(id, fanout)| {
                let mut words = ByOperand::<Traffic>::default();
                for operand in Operand::ALL {
                    let passes = |hop: &&Hop| hop.from.1 < id && hop.child.is_none_or(|child| child > id);
                    let Some(hop) = self.hops[operand].iter().find(passes) else { continue };
                    let of = |l: &Loop, inner: bool| {
                        let Some(fanout) = l.fanout else { return false };
                        l.index >= hop.from.0 && if inner { fanout > id } else { fanout >= id }
                    };
                    let mut sent = self.crossing(operand, hop, none, |l| of(l, false));
                    let mut delivered = self.crossing(operand, hop, none, |l| of(l, true));
                    if operand == Operand::Output {
                        // Both ways: what is drained, and what of it comes back.
                        let copies =
                            |inner: bool| self.first_touches(hop.to, none, |l| of(l, inner) && self.shares(operand, l));
                        sent += sent - copies(false);
                        delivered += delivered - copies(true);
                    }
                    words[operand] = Traffic { sent, delivered };
                }
                NetworkCounts { name: fanout.name.clone(), words }
            })
            .collect()
    }

    /// For each memory with a bandwidth, the cycles of the busiest port.
    fn ports(&self, levels: &[ByOperand<Access>]) -> Vec<(StageId, f64)> {
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
