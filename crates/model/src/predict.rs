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
use crate::check::slides;
use crate::counts::{Access, Cause, Counts, Cycles, LevelCounts, Macs, NetworkCounts, Traffic};
use crate::mapping::{Mapping, Node};
use crate::pieces::{Pieces, count, pieces};
use crate::union::union_words;
use nn::problem::{Dim, Problem, Rank, Relevance};
use nn::{ByOperand, Operand};

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
    let view = View { problem, arch, mapping };
    let end = mapping.nodes.len();
    let steps = problem.dims().map(|dim| count(&view.pieces(dim, end, |i| view.is_spatial(i)))).product();
    let levels = view.levels(false);
    let ports = view.ports(&view.levels(true));
    let mut cycles = Cycles::default();
    cycles.add(Cause::Compute, steps);
    let counts = Counts {
        levels: arch
            .memories()
            .map(|(id, memory)| LevelCounts { name: memory.name.clone(), access: levels[id.0 as usize] })
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
    mapping: &'a Mapping,
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

impl View<'_> {
    fn pieces(&self, dim: Dim, position: usize, first: impl Fn(usize) -> bool) -> Pieces {
        pieces(self.problem, self.mapping, dim, position, first)
    }

    fn is_spatial(&self, index: usize) -> bool {
        matches!(self.mapping.nodes[index], Node::Spatial { .. })
    }

    fn hops(&self, operand: Operand) -> Vec<Hop> {
        let chain: Vec<(usize, StageId)> = self.mapping.chain(operand).collect();
        (0..chain.len())
            .map(|i| match chain.get(i + 1) {
                Some(&(to, child)) => Hop { from: chain[i], to, child: Some(child) },
                None => Hop { from: chain[i], to: self.mapping.nodes.len(), child: None },
            })
            .collect()
    }

    /// Traffic of each stage; of its busiest instance only, when `instance` is set.
    fn levels(&self, instance: bool) -> Vec<ByOperand<Access>> {
        let mut levels = vec![ByOperand::<Access>::default(); self.arch.stages().len()];
        for operand in Operand::ALL {
            for hop in self.hops(operand) {
                // The busiest instance is the first: the loops in space above it are followed into it only.
                let parent = |i: usize| instance && self.is_spatial(i) && i < hop.from.0;
                let child = |i: usize| instance && self.is_spatial(i) && i < hop.to;
                let from = hop.from.1.0 as usize;
                if operand == Operand::Output {
                    let updates = self.crossing(operand, &hop, parent, true);
                    levels[from][operand].updates += updates;
                    levels[from][operand].reads += updates - self.first_touches(hop.from.0, parent, |_| false);
                    if let Some(id) = hop.child {
                        let drains = self.crossing(operand, &hop, child, false);
                        let access = &mut levels[id.0 as usize][operand];
                        access.drains += drains;
                        access.fills += drains - self.first_touches(hop.to, child, |_| false);
                    }
                } else {
                    levels[from][operand].reads += self.crossing(operand, &hop, parent, true);
                    if let Some(id) = hop.child {
                        levels[id.0 as usize][operand].fills += self.crossing(operand, &hop, child, false);
                    }
                }
            }
        }
        levels
    }

    /// Words over a hop: as the child side sees them, or, with `shared`, as the parent does behind the networks. The
    /// loops that `first` picks are followed into their first iteration only.
    fn crossing(&self, operand: Operand, hop: &Hop, first: impl Fn(usize) -> bool, shared: bool) -> u64 {
        let between = |i: usize| i >= hop.from.0 && i < hop.to;
        self.crossing_below(operand, hop, &first, |i| shared && between(i))
    }

    /// Words over a hop, where the networks of the loops in space that `shared` picks share words.
    fn crossing_below(
        &self,
        operand: Operand,
        hop: &Hop,
        first: &dyn Fn(usize) -> bool,
        shared: impl Fn(usize) -> bool,
    ) -> u64 {
        let latched = |dim: Dim, i: usize| hop.child.is_none() && self.latched(operand, dim, i);
        let collapse = |dim: Dim, i: usize| first(i) || latched(dim, i) || (shared(i) && self.shares(operand, i));
        let irrelevant: u64 = self
            .problem
            .dims()
            .filter(|&dim| self.problem.relevance(operand, dim) == Relevance::Irrelevant)
            .map(|dim| count(&self.pieces(dim, hop.to, |i| collapse(dim, i))))
            .product();
        let slide = hop.child.and_then(|_| slides(self.problem, self.mapping, operand, hop.to));
        let ranks = self.problem.ranks(operand).iter().map(|rank| {
            let diagonal = |i: usize| shared(i) && !first(i) && self.shares_diagonals(operand, rank, i);
            if (0..hop.to).any(&diagonal) {
                union_words(self.problem, self.mapping, rank, hop.to, slide, first, diagonal)
            } else {
                self.rank_words(rank, hop.to, slide, first)
            }
        });
        irrelevant * ranks.product::<u64>()
    }

    /// Words of a rank over all pieces at a position: whole tiles, or, along `slide`, the union of the windows that
    /// the next loop over it cuts.
    fn rank_words(
        &self,
        rank: &Rank,
        position: usize,
        slide: Option<(Dim, u64)>,
        first: impl Fn(usize) -> bool,
    ) -> u64 {
        let slides = |dim: Dim| slide.filter(|&(d, _)| d == dim).map(|(_, window)| window);
        let mut extents = vec![(1u64, 1u64)];
        for term in &rank.0 {
            if slides(term.dim).is_some() {
                continue;
            }
            let pieces = self.pieces(term.dim, position, &first);
            extents = extents
                .iter()
                .flat_map(|&(extent, n)| pieces.iter().map(move |&(size, m)| (extent + term.step * (size - 1), n * m)))
                .collect();
        }
        let Some((term, window)) = rank.0.iter().find_map(|term| Some((term, slides(term.dim)?))) else {
            return extents.iter().map(|(extent, n)| extent * n).sum();
        };
        let pieces = self.pieces(term.dim, position, &first);
        let union = |still: u64, size: u64| sliding_union(still, term.step, size, window);
        extents.iter().map(|&(still, n)| n * pieces.iter().map(|&(size, m)| m * union(still, size)).sum::<u64>()).sum()
    }

    /// Output words that the copies above `position` touch for the first time; copies of the loops that `merged`
    /// picks count as one.
    fn first_touches(&self, position: usize, first: impl Fn(usize) -> bool, merged: impl Fn(usize) -> bool) -> u64 {
        let copies: u64 = self
            .problem
            .dims()
            .filter(|&dim| self.problem.relevance(Operand::Output, dim) == Relevance::Irrelevant)
            .map(|dim| count(&self.pieces(dim, position, |i| first(i) || merged(i) || !self.is_spatial(i))))
            .product();
        let end = self.mapping.nodes.len();
        let ranks = self.problem.ranks(Operand::Output);
        copies * ranks.iter().map(|rank| self.rank_words(rank, end, None, &first)).product::<u64>()
    }

    /// Whether the network of the loop at `index` shares an operand's words between its copies.
    fn shares(&self, operand: Operand, index: usize) -> bool {
        let Node::Spatial { fanout, .. } = self.mapping.nodes[index] else { return false };
        let sharing = self.arch.fanout(fanout).map(|f| f.sharing);
        sharing.is_some_and(|s| if operand == Operand::Output { s.reduction } else { s.multicast })
    }

    /// Whether the loop at `index` cuts a dimension of `rank` across a network that shares diagonals.
    fn shares_diagonals(&self, operand: Operand, rank: &Rank, index: usize) -> bool {
        let Node::Spatial { fanout, dim, .. } = self.mapping.nodes[index] else { return false };
        let diagonal = self.arch.fanout(fanout).is_some_and(|f| f.sharing.diagonal);
        diagonal && operand == Operand::Input && rank.0.len() > 1 && rank.step(dim) > 0
    }

    /// Whether the compute unit holds on to the operand over the loop at `index`: a loop in time over a dimension that
    /// the operand does not change along, with no loop in time below that it does.
    fn latched(&self, operand: Operand, dim: Dim, index: usize) -> bool {
        let changes = |d: Dim| self.problem.relevance(operand, d) != Relevance::Irrelevant;
        let tiles = self.mapping.tiles(self.problem);
        let moves = |(node, above): (&Node, &nn::problem::Tile)| match *node {
            Node::Temporal { dim, tile } => changes(dim) && tile < above[dim],
            _ => false,
        };
        self.arch.compute().latches(operand)
            && matches!(self.mapping.nodes[index], Node::Temporal { .. })
            && !changes(dim)
            && !self.mapping.nodes[index..].iter().zip(&tiles[index..]).any(moves)
    }

    /// Words over each fan-out's network, by operand.
    fn networks(&self) -> Vec<NetworkCounts> {
        let none = |_: usize| false;
        self.arch
            .fanouts()
            .map(|(id, fanout)| {
                let mut words = ByOperand::<Traffic>::default();
                for operand in Operand::ALL {
                    let passes = |hop: &Hop| hop.from.1 < id && hop.child.is_none_or(|child| child > id);
                    let Some(hop) = self.hops(operand).into_iter().find(passes) else { continue };
                    let of = |i: usize, inner: bool| {
                        let Node::Spatial { fanout, .. } = self.mapping.nodes[i] else { return false };
                        i >= hop.from.0 && if inner { fanout > id } else { fanout >= id }
                    };
                    let mut sent = self.crossing_below(operand, &hop, &none, |i| of(i, false));
                    let mut delivered = self.crossing_below(operand, &hop, &none, |i| of(i, true));
                    if operand == Operand::Output {
                        // Both ways: what is drained, and what of it comes back.
                        let copies = |inner: bool| {
                            let merged = |i: usize| of(i, inner) && self.shares(operand, i);
                            self.first_touches(hop.to, none, merged)
                        };
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
