//! From a loop nest back to the row-stationary mapping whose nest it is (see [`crate::nest`]).
//!
//! Accepted is every legal mapping on [`crate::nest::arch`] that counts what a row-stationary nest counts, loop by loop:
//!
//! | loop | where it lies |
//! |---|---|
//! | G | in time, anywhere |
//! | N | in time, above the place where the buffer begins to keep filters (images of other passes), or below that of the filter spad (images of a pass) |
//! | M | in time, above that of the buffer's ifmaps (other blocks of m), between it and that of the ifmap spad (other passes), or below (filters of a PE); in space |
//! | C | in time, below that of the buffer's psums and above that of the psum spad (other passes), or below (channels of a PE); in space |
//! | P | in time, above those of the buffer's ifmaps and filters (strips); in space down to one row a PE |
//! | Q | in time, below that of the filter spad; where windows overlap, next below that of the ifmap spad, one window at a time |
//! | R | in space, whole |
//! | S | in time, below those of the ifmap and the psum spad |
//!
//! The order of loops between two places, loops that do not iterate, the axis that a loop in space lies along, and on
//! which side of a place loops lie whose every step brings new words to it, change nothing that is counted. A loop may
//! come in several pieces, as long as each piece's tile is a multiple of the last one's, and so may loops from pass to
//! pass lie below the loops in space, as long as nothing is left over in any of them.

use crate::chip::Chip;
use crate::mapping::{MappingError, RsMapping};
use crate::nest::{FILTER_SPAD, GLB, IFMAP_SPAD, PSUM_SPAD};
use crate::plan::Plan;
use model::arch::StageId;
use model::{Mapping, Node};
use nn::problem::{Dim, Problem, Relevance, Tile};
use nn::{ConvShape, Operand};
use std::ops::Range;

/// Why the chip does not run a mapping natively.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NestError {
    /// A loop lies where the row-stationary dataflow has none of its kind.
    #[error("{at}: {why}")]
    Loop {
        /// The loop.
        at: String,
        /// What the chip does instead.
        why: &'static str,
    },
    /// A tile that no parameters of the chip give.
    #[error("the passes take {found} {what}, the chip's take {expected}")]
    Pass {
        /// Of what.
        what: &'static str,
        /// What the mapping takes.
        found: u64,
        /// The multiple that the sets of PEs take.
        expected: u64,
    },
    /// The parameters break rules of the chip.
    #[error("{}", join(.0))]
    Rules(Vec<MappingError>),
}

fn join(errors: &[MappingError]) -> String {
    errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// The plan that does what `mapping` says. The mapping is a legal one of the convolution of the native `shape` on
/// [`crate::nest::arch`].
pub fn recognise(chip: &Chip, shape: &ConvShape, problem: &Problem, mapping: &Mapping) -> Result<Plan, NestError> {
    let nest = Nest { problem, mapping, tiles: mapping.tiles(problem) };
    for index in 0..mapping.nodes.len() {
        nest.part(index)?;
    }
    for index in 0..mapping.nodes.len() {
        nest.check(index)?;
    }
    nest.check_window()?;
    let [n, _, m, c, p, ..] = Dim::CONV.map(|(dim, _)| dim);
    let size = |tile: u64| tile as usize;
    let glb = |operand| &nest.tiles[nest.place(GLB, operand)];
    let filters = nest.pass(m, IFMAP_SPAD, Operand::Input)?;
    let channels = nest.pass(c, PSUM_SPAD, Operand::Output)?;
    let rs = RsMapping {
        m: size(glb(Operand::Input)[m]),
        n: size(glb(Operand::Weight)[n]),
        e: size(nest.tiles[nest.array().start][p]),
        p: size(filters.each),
        q: size(channels.each),
        r: size(channels.sets),
        t: size(filters.sets),
    };
    for (what, pass, whole) in [("channels", channels, problem.size()[c]), ("filters", filters, glb(Operand::Input)[m])]
    {
        let expected = (pass.each * pass.sets).min(whole);
        if pass.all != expected {
            return Err(NestError::Pass { what, found: pass.all, expected });
        }
    }
    Plan::new(chip, shape, rs).map_err(NestError::Rules)
}

/// Channels or filters of a pass.
struct Pass {
    /// All of them.
    all: u64,
    /// Those of a PE.
    each: u64,
    /// Sets of PEs among which they are split.
    sets: u64,
}

struct Nest<'a> {
    problem: &'a Problem,
    mapping: &'a Mapping,
    /// Above each node, and below the last.
    tiles: Vec<Tile>,
}

/// A part of the nest in which a dimension has one loop, in pieces or whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// From pass to pass, outside what the first binding place holds.
    Outer,
    /// From pass to pass, inside it.
    Middle,
    /// Across the array.
    Array,
    /// In a PE.
    Inner,
}

impl Nest<'_> {
    /// Where a memory begins to keep an operand; each one of this arch does.
    fn place(&self, memory: StageId, operand: Operand) -> usize {
        self.mapping.chain(operand).find(|&(_, kept)| kept == memory).map_or(0, |(position, _)| position)
    }

    /// Where the loops in space are, or would be: an empty range above the spads.
    fn array(&self) -> Range<usize> {
        let is_space = |node: &Node| matches!(node, Node::Spatial { .. });
        let nodes = &self.mapping.nodes;
        match (nodes.iter().position(is_space), nodes.iter().rposition(is_space)) {
            (Some(first), Some(last)) => first..last + 1,
            _ => {
                let spads =
                    [(IFMAP_SPAD, Operand::Input), (FILTER_SPAD, Operand::Weight), (PSUM_SPAD, Operand::Output)];
                let first = spads.map(|(memory, operand)| self.place(memory, operand)).into_iter().min().unwrap_or(0);
                first..first
            }
        }
    }

    /// What a pass takes along a dimension whose loops from pass to pass end where a spad begins to keep an operand.
    fn pass(&self, dim: Dim, spad: StageId, operand: Operand) -> Result<Pass, NestError> {
        let start = self.array().start;
        let end = self.place(spad, operand);
        let (all, each) = (self.tiles[start][dim], self.tiles[end][dim]);
        let along = |index: &usize| self.iterates(*index).is_some_and(|(d, ..)| d == dim);
        let in_time = |index: &usize| self.iterates(*index).is_some_and(|(.., in_time)| in_time);
        if !(start..end).filter(along).any(|index| in_time(&index)) {
            return Ok(Pass { all, each, sets: all.div_ceil(each) });
        }
        // Loops from pass to pass below those in space make the same passes only where all pieces are equal.
        let copies = |index: usize| self.iterates(index).map_or((1, 1), |(_, whole, tile, _)| (whole, tile));
        let uneven = |&index: &usize| !copies(index).0.is_multiple_of(copies(index).1);
        if let Some(index) = (0..end).filter(along).find(uneven) {
            return self.refuse(index, "passes go on below the loops in space, and this loop leaves a remainder");
        }
        let across = (start..end).filter(along).filter(|index| !in_time(index));
        let sets = across.map(|index| copies(index).0 / copies(index).1).product();
        Ok(Pass { all: each * sets, each, sets })
    }

    /// Whether every step of a dimension brings new words of an operand only, so that it does not matter on which side
    /// of a place its loops lie.
    fn renews(&self, operand: Operand, dim: Dim) -> bool {
        self.problem.relevance(operand, dim) == Relevance::Full
    }

    /// The loop at a node, if it is one that iterates: its dimension, what it cuts, its tile, and whether it is in time.
    fn iterates(&self, index: usize) -> Option<(Dim, u64, u64, bool)> {
        let (dim, tile, in_time) = match self.mapping.nodes[index] {
            Node::Keep { .. } => return None,
            Node::Temporal { dim, tile } => (dim, tile, true),
            Node::Spatial { dim, tile, .. } => (dim, tile, false),
        };
        let whole = self.tiles[index][dim];
        (tile < whole).then_some((dim, whole, tile, in_time))
    }

    /// Checks that a loop does not cut pieces other than the part's last loop's, and that as many ifmap words are held on
    /// to over it as on the chip.
    fn check(&self, index: usize) -> Result<(), NestError> {
        let Some((dim, _, tile, _)) = self.iterates(index) else { return Ok(()) };
        let part = self.part(index)?;
        let goes_on = |later: usize| match self.iterates(later) {
            Some((other, _, tile, _)) if other == dim && self.part(later) == Ok(part) => Some(tile),
            _ => None,
        };
        let last = (index + 1..self.mapping.nodes.len()).rev().find_map(goes_on);
        if last.is_some_and(|last| !tile.is_multiple_of(last)) {
            return self.refuse(index, "its tile is no multiple of that of the loop that goes on with it");
        }
        if dim == Dim::CONV[2].0 && part != Part::Array && self.ifmap_moves_below(index) != self.ifmap_moves_in(part) {
            return self.refuse(index, "the PEs hold on to an ifmap word over other loops than these");
        }
        Ok(())
    }

    /// The part of the nest that a loop belongs to.
    fn part(&self, index: usize) -> Result<Part, NestError> {
        use Operand::{Input, Output, Weight};
        let [n, g, m, c, p, q, r, s] = Dim::CONV.map(|(dim, _)| dim);
        let Some((dim, _, _, in_time)) = self.iterates(index) else { return Ok(Part::Outer) };
        let refuse = |why| self.refuse(index, why);
        let below = |memory: StageId, operand: Operand| index > self.place(memory, operand);
        if !in_time {
            return match dim {
                _ if dim == g => refuse("groups run one after the other"),
                _ if dim == n => refuse("the images of a pass run one after the other in each PE"),
                _ if dim == q || dim == s => refuse("a PE slides along whole rows"),
                _ => Ok(Part::Array),
            };
        }
        match dim {
            _ if dim == g => Ok(Part::Outer),
            _ if dim == n && !below(GLB, Weight) => Ok(Part::Outer),
            _ if dim == n && below(FILTER_SPAD, Weight) => Ok(Part::Inner),
            _ if dim == n => refuse("the filters of a pass stay in the PEs for all of its images"),
            _ if dim == m && !below(GLB, Input) => Ok(Part::Outer),
            _ if dim == m && !below(IFMAP_SPAD, Input) => Ok(Part::Middle),
            _ if dim == m => Ok(Part::Inner),
            _ if dim == c && !below(GLB, Output) => {
                refuse("psums stay in the buffer until all channels have been added")
            }
            _ if dim == c && !below(PSUM_SPAD, Output) => Ok(Part::Outer),
            _ if dim == c => Ok(Part::Inner),
            _ if dim == p && !below(GLB, Weight) && (!below(GLB, Input) || self.renews(Input, p)) => Ok(Part::Outer),
            _ if dim == p => refuse("the rows of a strip are spread across the PEs"),
            _ if dim == q && below(FILTER_SPAD, Weight) && (below(IFMAP_SPAD, Input) || self.renews(Input, q)) => {
                Ok(Part::Inner)
            }
            _ if dim == q => refuse("a PE slides along whole rows with its filters in place"),
            _ if dim == r => refuse("the rows of a filter are spread across the PEs"),
            _ if below(PSUM_SPAD, Output) && (below(IFMAP_SPAD, Input) || self.renews(Input, s)) => Ok(Part::Inner),
            _ => refuse("a PE finishes a window with its psums in place"),
        }
    }

    /// Whether a loop in time below a node changes the ifmap word, so that the compute unit does not hold on to it.
    fn ifmap_moves_below(&self, index: usize) -> bool {
        (index + 1..self.mapping.nodes.len()).any(|below| self.moves_ifmap(below).is_some())
    }

    /// Whether some does below the loops over filters of a part, in the chip's order.
    fn ifmap_moves_in(&self, part: Part) -> bool {
        let c = Dim::CONV[3].0;
        (0..self.mapping.nodes.len()).filter_map(|index| Some((index, self.moves_ifmap(index)?))).any(|(index, dim)| {
            match (part, self.part(index)) {
                (Part::Outer | Part::Middle, Ok(Part::Inner)) => true,
                (Part::Outer, Ok(Part::Outer)) => dim == c,
                _ => false,
            }
        })
    }

    /// The dimension of the loop in time at a node, if it changes the ifmap word.
    fn moves_ifmap(&self, index: usize) -> Option<Dim> {
        let (dim, _, _, in_time) = self.iterates(index)?;
        (in_time && self.problem.relevance(Operand::Input, dim) != Relevance::Irrelevant).then_some(dim)
    }

    /// Where windows overlap, they slide along whole rows in the PEs, one window at a time.
    fn check_window(&self) -> Result<(), NestError> {
        let q = Dim::CONV[5].0;
        let nodes = 0..self.mapping.nodes.len();
        let spad = self.place(IFMAP_SPAD, Operand::Input);
        let next = nodes.clone().skip(spad).find_map(|index| self.iterates(index));
        let slides = matches!(next, Some((dim, _, 1, true)) if dim == q);
        match nodes.clone().find(|&index| self.iterates(index).is_some_and(|(dim, ..)| dim == q)) {
            Some(index) if !self.renews(Operand::Input, q) && !slides => {
                self.refuse(index, "the loop next below the ifmap spad slides along whole rows, one window at a time")
            }
            _ => Ok(()),
        }
    }

    fn refuse<T>(&self, index: usize, why: &'static str) -> Result<T, NestError> {
        let at = self.iterates(index).map(|(dim, whole, tile, in_time)| {
            let kind = if in_time { "for" } else { "par" };
            format!("{kind} {} in {whole} by {tile}", self.problem.name(dim))
        });
        Err(NestError::Loop { at: at.unwrap_or_default(), why })
    }
}
