//! A mapping's loops that iterate, sorted by dimension, and how they cut it: the sizes of the pieces at a position,
//! and how many of each there are.
//!
//! With perfect factors all pieces are alike; with remainders there are a few sizes. Everything that is counted is a
//! sum over these pieces, exact in either case.

use crate::arch::StageId;
use crate::mapping::{Mapping, Node};
use nn::Operand;
use nn::problem::{Dim, MAX_DIMS, Problem, Relevance, Tile};
use smallvec::{SmallVec, smallvec};

/// A loop that iterates.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Loop {
    /// Its node.
    pub index: usize,
    /// Its dimension.
    pub dim: Dim,
    /// Points that it cuts; the largest piece.
    pub above: u64,
    /// Points of its tile.
    pub tile: u64,
    /// Iterations, if it cuts without remainder, as all loops over the dimension above it do; else none.
    pub even: Option<u64>,
    /// The fan-out that it is spread across; none for a loop in time.
    pub fanout: Option<StageId>,
    /// The next loop over the same dimension.
    next: Option<u32>,
}

/// Pieces of one dimension: (size, how many).
pub(crate) type Pieces = SmallVec<[(u64, u64); 4]>;

/// The loops of a mapping of a problem.
pub(crate) struct Loops<'a> {
    pub problem: &'a Problem,
    /// Outermost first.
    list: SmallVec<[Loop; 16]>,
    /// The outermost loop over each dimension.
    outermost: [Option<u32>; MAX_DIMS],
    /// Whether all loops cut without remainder.
    pub even: bool,
}

impl<'a> Loops<'a> {
    /// Sorts the loops of a mapping.
    pub fn new(problem: &'a Problem, mapping: &'a Mapping) -> Loops<'a> {
        let mut list: SmallVec<[Loop; 16]> = SmallVec::new();
        let (mut outermost, mut innermost) = ([None; MAX_DIMS], [None; MAX_DIMS]);
        let mut left = problem.size();
        for (index, node) in mapping.nodes.iter().enumerate() {
            let (dim, tile, fanout) = match *node {
                Node::Keep { .. } => continue,
                Node::Temporal { dim, tile } => (dim, tile, None),
                Node::Spatial { fanout, dim, tile, .. } => (dim, tile, Some(fanout)),
            };
            let above = left[dim];
            if tile >= above {
                continue;
            }
            left[dim] = tile;
            let at = usize::from(dim.0);
            let new = list.len();
            let still = match innermost[at] {
                Some(last) => {
                    let last: &mut Loop = &mut list[last];
                    last.next = Some(new as u32);
                    last.even.is_some()
                }
                None => {
                    outermost[at] = Some(new as u32);
                    true
                }
            };
            innermost[at] = Some(new);
            let even = (still && above.is_multiple_of(tile)).then(|| above / tile);
            list.push(Loop { index, dim, above, tile, even, fanout, next: None });
        }
        let even = list.iter().all(|l| l.even.is_some());
        Loops { problem, list, outermost, even }
    }

    /// The loops in time above a position, outermost first.
    pub fn in_time(&self, position: usize) -> impl Iterator<Item = &Loop> {
        self.list.iter().filter(move |l| l.fanout.is_none() && l.index < position)
    }

    /// The loops over a dimension above a position.
    pub fn above(&self, dim: Dim, position: usize) -> impl Iterator<Item = &Loop> {
        let at = |index: Option<u32>| index.map(|index| &self.list[index as usize]);
        let outermost = at(self.outermost[usize::from(dim.0)]);
        std::iter::successors(outermost, move |l| at(l.next)).take_while(move |l| l.index < position)
    }

    /// The pieces of `dim` at `position`: cut by the loops above it, of which those that `first` picks are followed
    /// into their first iteration only.
    ///
    /// The first iteration is the fullest. Following loops in space so gives the steps that all copies take together,
    /// following loops in time so gives the copies, following the loops of a multicast so gives what its parent sees.
    pub fn pieces(&self, dim: Dim, position: usize, first: impl Fn(&Loop) -> bool) -> Pieces {
        let mut pieces: Pieces = smallvec![(self.problem.size()[dim], 1)];
        for l in self.above(dim, position) {
            cut(&mut pieces, l.tile, first(l));
        }
        pieces
    }

    /// The size of the pieces of `dim` at `position` and how many there are, if all are alike.
    pub fn alike(&self, dim: Dim, position: usize, first: impl Fn(&Loop) -> bool) -> Option<(u64, u64)> {
        let (mut size, mut count) = (self.problem.size()[dim], 1);
        for l in self.above(dim, position) {
            let times = l.even?;
            size = l.tile;
            if !first(l) {
                count *= times;
            }
        }
        Some((size, count))
    }

    /// How many pieces there are.
    pub fn count(&self, dim: Dim, position: usize, first: impl Fn(&Loop) -> bool) -> u64 {
        match self.alike(dim, position, &first) {
            Some((_, count)) => count,
            None => self.pieces(dim, position, first).iter().map(|&(_, count)| count).sum(),
        }
    }

    /// How many pieces there are at a position of the dimensions that `picks` picks, together.
    pub fn copies(&self, position: usize, picks: impl Fn(Dim) -> bool, first: impl Fn(&Loop) -> bool) -> u64 {
        if self.even {
            let above = self.list.iter().take_while(|l| l.index < position);
            above.filter(|l| picks(l.dim) && !first(l)).filter_map(|l| l.even).product()
        } else {
            let dims = self.problem.dims().filter(|&dim| picks(dim));
            dims.map(|dim| self.count(dim, position, &first)).product()
        }
    }

    /// The tile below a position.
    pub fn tile(&self, position: usize) -> Tile {
        let mut tile = self.problem.size();
        self.list.iter().take_while(|l| l.index < position).for_each(|l| tile[l.dim] = l.tile);
        tile
    }

    /// The dimension along which a tile kept from `position` slides, and the points of one window: that of the next
    /// loop, if it is a loop in time over a dimension that shares a rank of the operand.
    pub fn slides(&self, operand: Operand, position: usize) -> Option<(Dim, u64)> {
        let l = self.list.iter().find(|l| l.index > position)?;
        let slides = l.fanout.is_none() && self.problem.relevance(operand, l.dim) == Relevance::Partial;
        slides.then_some((l.dim, l.tile))
    }

    /// The position below the last loop in time over a dimension that `operand` changes along.
    pub fn last_change(&self, operand: Operand) -> usize {
        let changes = |l: &&Loop| self.problem.relevance(operand, l.dim) != Relevance::Irrelevant;
        self.list.iter().rev().filter(|l| l.fanout.is_none()).find(changes).map_or(0, |l| l.index + 1)
    }
}

/// Cuts every piece into tiles; all of them, or the first of each piece.
fn cut(pieces: &mut Pieces, tile: u64, first: bool) {
    let mut cut: Pieces = SmallVec::new();
    let mut add = |size: u64, count: u64| {
        if count == 0 || size == 0 {
            return;
        }
        match cut.iter_mut().find(|(s, _)| *s == size) {
            Some((_, n)) => *n += count,
            None => cut.push((size, count)),
        }
    };
    for &(size, count) in pieces.iter() {
        if first {
            add(size.min(tile), count);
        } else {
            add(tile, count * (size / tile));
            add(size % tile, count);
        }
    }
    *pieces = cut;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remainders_of_remainders() {
        // 14 in tiles of 4, each in tiles of 3: (3 1) (3 1) (3 1) (2).
        let cut_in = |tiles: &[(u64, bool)]| {
            let mut pieces: Pieces = smallvec![(14, 1)];
            tiles.iter().for_each(|&(tile, first)| cut(&mut pieces, tile, first));
            pieces.to_vec()
        };
        assert_eq!(cut_in(&[(4, false), (3, false)]), [(3, 3), (1, 3), (2, 1)]);
        // Only the first tile of each: (3) (3) (3) (2).
        assert_eq!(cut_in(&[(4, false), (3, true)]), [(3, 3), (2, 1)]);
        assert_eq!(cut_in(&[(7, false), (1, false)]), [(1, 14)]);
        assert_eq!(cut_in(&[(7, true), (1, false)]), [(1, 7)]);
    }
}
