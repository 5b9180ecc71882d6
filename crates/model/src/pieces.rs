//! How a mapping's loops cut a dimension: the sizes of the pieces at a position, and how many of each there are.
//!
//! With perfect factors all pieces are alike; with remainders there are a few sizes. Everything that is counted is a
//! sum over these pieces, exact in either case.

use crate::mapping::{Mapping, Node};
use nn::problem::{Dim, Problem};

/// Pieces of one dimension: (size, how many).
pub type Pieces = Vec<(u64, u64)>;

/// The pieces of `dim` at `position`: cut by the loops above it, of which those that `first` picks are followed into
/// their first iteration only.
///
/// The first iteration is the fullest. Following loops in space so gives the steps that all copies take together,
/// following loops in time so gives the copies, following the loops of a multicast so gives what its parent sees.
pub fn pieces(
    problem: &Problem,
    mapping: &Mapping,
    dim: Dim,
    position: usize,
    first: impl Fn(usize) -> bool,
) -> Pieces {
    let mut pieces = vec![(problem.size()[dim], 1)];
    for (index, node) in mapping.nodes[..position].iter().enumerate() {
        if let Node::Temporal { dim: d, tile } | Node::Spatial { dim: d, tile, .. } = *node
            && d == dim
        {
            pieces = cut(&pieces, tile, first(index));
        }
    }
    pieces
}

/// Cuts every piece into tiles; all of them, or the first of each piece.
fn cut(pieces: &[(u64, u64)], tile: u64, first: bool) -> Pieces {
    let mut cut: Pieces = Vec::with_capacity(pieces.len() + 1);
    let mut add = |size: u64, count: u64| {
        if count == 0 || size == 0 {
            return;
        }
        match cut.iter_mut().find(|(s, _)| *s == size) {
            Some((_, n)) => *n += count,
            None => cut.push((size, count)),
        }
    };
    for &(size, count) in pieces {
        if first {
            add(size.min(tile), count);
        } else {
            add(tile, count * (size / tile));
            add(size % tile, count);
        }
    }
    cut
}

/// How many pieces there are.
pub fn count(pieces: &[(u64, u64)]) -> u64 {
    pieces.iter().map(|&(_, count)| count).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remainders_of_remainders() {
        // 14 in tiles of 4, each in tiles of 3: (3 1) (3 1) (3 1) (2).
        let pieces = cut(&cut(&[(14, 1)], 4, false), 3, false);
        assert_eq!(pieces, [(3, 3), (1, 3), (2, 1)]);
        assert_eq!(count(&pieces), 7);
        // Only the first tile of each: (3) (3) (3) (2).
        assert_eq!(cut(&cut(&[(14, 1)], 4, false), 3, true), [(3, 3), (2, 1)]);
    }
}
