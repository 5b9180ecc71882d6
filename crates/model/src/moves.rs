//! How the tile of a copy moves from one step to the next, and which words stay: refills with new words only.
//!
//! A copy's steps run in the order of the nest. Between two of them one loop in time goes on by an iteration and the
//! loops in time below it start over; which loop that is, and the copy, decide for each dimension by itself how its
//! piece moves. Loops in space stay where the copy is. With remainders a copy may have no part in the last iteration
//! of a loop: its steps are those that it has a part in.

use crate::loops::{Loop, Loops};
use nn::Operand;
use nn::problem::{Dim, Rank, Relevance};

/// A piece of a dimension, or a tile of a rank, and the one after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Move {
    /// How far it starts from where the one before started.
    shift: i64,
    /// Points of the one before.
    from: u64,
    /// Points of the one after.
    to: u64,
}

/// Words of `operand` that stay in the tiles kept from `position`, over all copies and steps. The loops in space that
/// `first` picks are followed into their first copy only.
pub(crate) fn kept_words(loops: &Loops, operand: Operand, position: usize, first: impl Fn(&Loop) -> bool) -> u64 {
    let problem = loops.problem;
    let kept = |moving: &Loop| -> u64 {
        let of = |dim: Dim| moves(loops, dim, position, moving, &first);
        let words: u64 = problem.ranks(operand).iter().map(|rank| rank_words(rank, of)).product();
        if words == 0 {
            return 0;
        }
        let irrelevant = problem.dims().filter(|&dim| problem.relevance(operand, dim) == Relevance::Irrelevant);
        words * irrelevant.map(|dim| of(dim).iter().map(|(_, times)| times).sum::<u64>()).product::<u64>()
    };
    loops.in_time(position).map(kept).sum()
}

/// Coordinates of a rank that stay, over all combinations of the moves of its dimensions.
fn rank_words(rank: &Rank, moves: impl Fn(Dim) -> Vec<(Move, u64)>) -> u64 {
    let mut tiles = vec![(Move { shift: 0, from: 1, to: 1 }, 1)];
    for term in &rank.0 {
        let step = term.step;
        let along = |a: Move, b: Move| Move {
            shift: a.shift + step as i64 * b.shift,
            from: a.from + step * (b.from - 1),
            to: a.to + step * (b.to - 1),
        };
        let moves = moves(term.dim);
        tiles = tiles.iter().flat_map(|&(a, n)| moves.iter().map(move |&(b, m)| (along(a, b), n * m))).collect();
    }
    tiles.iter().map(|(tile, times)| tile.overlap() * times).sum()
}

impl Move {
    fn overlap(&self) -> u64 {
        let end = (self.from as i64).min(self.shift + self.to as i64);
        (end - self.shift.max(0)).max(0) as u64
    }
}

/// The moves of a dimension's piece when the loop `moving` goes on by an iteration: each, and how often over all
/// iterations of the loops above it and all copies.
fn moves(loops: &Loops, dim: Dim, position: usize, moving: &Loop, first: &dyn Fn(&Loop) -> bool) -> Vec<(Move, u64)> {
    let size = loops.problem.size()[dim];
    let cuts: Vec<&Loop> = loops.above(dim, position).collect();
    let above = cuts.iter().take_while(|cut| cut.index < moving.index).count();
    let moved = cuts.get(above).filter(|cut| cut.index == moving.index);
    let below = above + usize::from(moved.is_some());
    let mut moves: Vec<(Move, u64)> = Vec::new();
    for (copy, copies) in copies(&cuts, size, first) {
        for (size, times) in pieces(&cuts[..above], &copy, size) {
            let steps = match moved {
                None => [(0, size, size, 1), (0, 0, 0, 0)],
                Some(&&Loop { tile, .. }) => {
                    let (full, rest) = (size / tile, size % tile);
                    [(tile, tile, tile, full.saturating_sub(1)), (tile, tile, rest, u64::from(full > 0 && rest > 0))]
                }
            };
            for (shift, from, to, steps) in steps {
                let last = (steps > 0).then(|| last(&cuts[below..], &copy[below..], from)).flatten();
                let next = (steps > 0).then(|| head(&cuts[below..], &copy[below..], to)).flatten();
                let (Some((start, from)), Some(to)) = (last, next) else { continue };
                let (step, times) = (Move { shift: shift as i64 - start as i64, from, to }, steps * times * copies);
                match moves.iter_mut().find(|(other, _)| *other == step) {
                    Some((_, n)) => *n += times,
                    None => moves.push((step, times)),
                }
            }
        }
    }
    moves
}

/// The copies that loops in space make, those alike together: the copy's index in every loop (0 for those in time),
/// and how many there are.
fn copies(cuts: &[&Loop], size: u64, first: &dyn Fn(&Loop) -> bool) -> Vec<(Vec<u64>, u64)> {
    // (indices, how many, sizes of the copy's pieces)
    let mut copies = vec![(Vec::new(), 1u64, vec![size])];
    for &cut in cuts {
        let (tile, space) = (cut.tile, cut.fanout.is_some());
        let mut next = Vec::new();
        for (indices, many, sizes) in copies {
            // Where the copies of some piece become fewer or smaller.
            let mut bounds: Vec<u64> = vec![0, 1];
            if space && !first(cut) {
                bounds.extend(sizes.iter().flat_map(|&size| [size / tile, size.div_ceil(tile)]));
                bounds.sort_unstable();
                bounds.dedup();
            }
            for pair in bounds.windows(2) {
                let of = |size: u64| -> Vec<u64> {
                    if space {
                        let start = pair[0] * tile;
                        return if start < size { vec![tile.min(size - start)] } else { vec![] };
                    }
                    [tile.min(size), size % tile].into_iter().filter(|&size| size > 0).collect()
                };
                let mut pieces: Vec<u64> = sizes.iter().flat_map(|&size| of(size)).collect();
                pieces.sort_unstable();
                pieces.dedup();
                if !pieces.is_empty() {
                    next.push(([indices.as_slice(), &pair[..1]].concat(), many * (pair[1] - pair[0]), pieces));
                }
            }
        }
        copies = next;
    }
    copies.into_iter().map(|(indices, many, _)| (indices, many)).collect()
}

/// The pieces of a copy that loops make: (size, how many).
fn pieces(cuts: &[&Loop], copy: &[u64], size: u64) -> Vec<(u64, u64)> {
    let mut pieces = vec![(size, 1)];
    for (&&Loop { tile, fanout, .. }, &index) in cuts.iter().zip(copy) {
        pieces = pieces
            .into_iter()
            .flat_map(|(size, n)| {
                let start = index * tile;
                if fanout.is_some() {
                    return [(tile.min(size.saturating_sub(start)), n), (0, 0)];
                }
                [(tile, n * (size / tile)), (size % tile, n)]
            })
            .filter(|&(size, n)| size > 0 && n > 0)
            .collect();
    }
    pieces
}

/// The last piece of a copy: where it starts, loops in space aside, and its size; none if the copy has no part.
fn last(cuts: &[&Loop], copy: &[u64], size: u64) -> Option<(u64, u64)> {
    let (Some((&&Loop { tile, fanout, .. }, cuts)), Some((&index, copy))) = (cuts.split_first(), copy.split_first())
    else {
        return Some((0, size));
    };
    if fanout.is_some() {
        let left = size.checked_sub(index * tile).filter(|&left| left > 0)?;
        return last(cuts, copy, tile.min(left));
    }
    // Without a part in the remainder, the one before it is a whole tile.
    (0..size.div_ceil(tile)).rev().take(2).find_map(|i| {
        let (start, size) = last(cuts, copy, tile.min(size - i * tile))?;
        Some((i * tile + start, size))
    })
}

/// The size of the first piece of a copy; none if the copy has no part.
fn head(cuts: &[&Loop], copy: &[u64], size: u64) -> Option<u64> {
    cuts.iter().zip(copy).try_fold(size, |size, (&&Loop { tile, fanout, .. }, &index)| {
        let start = if fanout.is_some() { index * tile } else { 0 };
        size.checked_sub(start).filter(|&left| left > 0).map(|left| tile.min(left))
    })
}
