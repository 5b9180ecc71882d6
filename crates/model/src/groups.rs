//! How a mapping's loops cut a dimension into the pieces of each step, with their places.
//!
//! Most counts need only sizes. Which words copies have in common, and which are zero, depends on where the pieces lie.
//! A group is what one step covers of a dimension: one piece, or, where copies or repetitions are taken together,
//! several.

use crate::loops::{Loop, Loops};
use nn::problem::{Dim, Rank};
use std::collections::BTreeMap;

/// Coordinates from `start` on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Piece {
    pub start: u64,
    pub size: u64,
}

/// What a step covers, and how many steps are like it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Group {
    pub count: u64,
    pub pieces: Vec<Piece>,
}

/// What becomes of a loop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Follow {
    /// Each iteration is a step.
    Each,
    /// All iterations together are one.
    Together,
    /// Only this iteration is looked at.
    Only(u64),
}

/// The groups of `dim` at `position`. Where places do not matter, groups that differ by them only are counted
/// together.
pub(crate) fn groups(
    loops: &Loops,
    dim: Dim,
    position: usize,
    follow: impl Fn(&Loop) -> Follow,
    places: bool,
) -> Vec<Group> {
    let mut groups = vec![Group { count: 1, pieces: vec![Piece { start: 0, size: loops.problem.size()[dim] }] }];
    for l in loops.above(dim, position) {
        let tile = l.tile;
        let mut cut = Vec::new();
        for group in &groups {
            let most = group.pieces.iter().map(|piece| piece.size.div_ceil(tile)).max().unwrap_or(0);
            match follow(l) {
                Follow::Together => {
                    let tiles =
                        |&piece: &Piece| (0..piece.size.div_ceil(tile)).filter_map(move |i| nth(piece, tile, i));
                    cut.push(Group { count: group.count, pieces: group.pieces.iter().flat_map(tiles).collect() });
                }
                Follow::Only(i) => cut.extend(group.nth(tile, i, 1)),
                Follow::Each if places => cut.extend((0..most).filter_map(|i| group.nth(tile, i, 1))),
                Follow::Each => {
                    // Between two iterations at which a piece comes to its last tile, all are alike.
                    let mut ends: Vec<u64> =
                        group.pieces.iter().flat_map(|p| [p.size / tile, p.size.div_ceil(tile)]).collect();
                    ends.sort_unstable();
                    ends.dedup();
                    let mut from = 0;
                    for end in ends.into_iter().filter(|&end| end > 0) {
                        cut.extend(group.nth(tile, from, end - from));
                        from = end;
                    }
                }
            }
        }
        groups = if places { cut } else { alike(cut) };
    }
    groups
}

/// The i-th tile of a piece.
fn nth(piece: Piece, tile: u64, i: u64) -> Option<Piece> {
    let start = i * tile;
    (start < piece.size).then(|| Piece { start: piece.start + start, size: tile.min(piece.size - start) })
}

impl Group {
    /// The i-th tiles of its pieces, for `count` iterations alike.
    fn nth(&self, tile: u64, i: u64, count: u64) -> Option<Group> {
        let pieces: Vec<Piece> = self.pieces.iter().filter_map(|&piece| nth(piece, tile, i)).collect();
        (count > 0 && !pieces.is_empty()).then(|| Group { count: self.count * count, pieces })
    }
}

fn alike(groups: Vec<Group>) -> Vec<Group> {
    let mut counts: BTreeMap<Vec<Piece>, u64> = BTreeMap::new();
    for mut group in groups {
        let origin = group.pieces.iter().map(|piece| piece.start).min().unwrap_or(0);
        group.pieces.iter_mut().for_each(|piece| piece.start -= origin);
        *counts.entry(group.pieces).or_insert(0) += group.count;
    }
    counts.into_iter().map(|(pieces, count)| Group { count, pieces }).collect()
}

/// Coordinates from the first of each pair to before the second; in order, apart from each other.
pub(crate) type Intervals = Vec<(u64, u64)>;

/// The coordinates of a rank that pieces of its terms reach: intervals of every combination, those that meet joined.
/// A piece of the sliding term, which comes last, counts as its windows.
pub(crate) fn reach(terms: &[(u64, &[Piece], Option<u64>)]) -> Intervals {
    let mut all: Intervals = vec![(0, 1)];
    for &(step, pieces, window) in terms {
        let mut next = Vec::new();
        for &(from, to) in &all {
            // Windows that meet reach what the piece does as a whole.
            let window = window.filter(|_| to - from < step).unwrap_or(u64::MAX);
            for &piece in pieces {
                let windows = (0..piece.size.div_ceil(window)).filter_map(|i| nth(piece, window, i));
                next.extend(windows.map(|w| (from + step * w.start, to + step * (w.start + w.size - 1))));
            }
        }
        all = next;
    }
    join(all)
}

fn join(mut all: Intervals) -> Intervals {
    all.sort_unstable();
    let mut joined: Intervals = Vec::with_capacity(all.len());
    for (from, to) in all {
        match joined.last_mut() {
            Some((_, end)) if from <= *end => *end = (*end).max(to),
            _ => joined.push((from, to)),
        }
    }
    joined
}

/// How many coordinates there are.
pub(crate) fn length(intervals: &[(u64, u64)]) -> u64 {
    intervals.iter().map(|(from, to)| to - from).sum()
}

/// Words of a rank over all pieces at `position`, each step's union over the copies of the loops that `shared` picks
/// counted once: diagonal sharing. Loops that `first` picks are followed into their first iteration only.
pub(crate) fn union_words(
    loops: &Loops,
    rank: &Rank,
    position: usize,
    slide: Option<(Dim, u64)>,
    first: impl Fn(&Loop) -> bool,
    shared: impl Fn(&Loop) -> bool,
) -> u64 {
    let follow = |l: &Loop| match (first(l), shared(l)) {
        (true, _) => Follow::Only(0),
        (false, true) => Follow::Together,
        (false, false) => Follow::Each,
    };
    let window = |dim: Dim| slide.filter(|&(d, _)| d == dim).map(|(_, window)| window);
    let mut terms: Vec<_> = rank.0.iter().collect();
    terms.sort_by_key(|term| window(term.dim).is_some());
    let of: Vec<Vec<Group>> = terms.iter().map(|term| groups(loops, term.dim, position, follow, false)).collect();
    let mut words = 0;
    for mut index in 0..of.iter().map(Vec::len).product::<usize>() {
        let mut count = 1;
        let mut pieces = Vec::with_capacity(terms.len());
        for (term, of) in terms.iter().zip(&of) {
            let group = &of[index % of.len()];
            index /= of.len();
            count *= group.count;
            pieces.push((term.step, &group.pieces[..], window(term.dim)));
        }
        words += count * length(&reach(&pieces));
    }
    words
}
