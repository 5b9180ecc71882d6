//! The words that copies with overlapping windows read together, step by step: diagonal sharing.
//!
//! For each piece of each term of a rank: where it starts, how long it is, and which step it belongs to when the
//! loops of the sharing network are left out. Pieces of the same step are read together, so the parent reads the
//! union of their intervals.

use crate::loops::{Loop, Loops};
use nn::problem::{Dim, Rank};
use std::collections::HashMap;

/// A piece of one dimension at a position of the nest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Piece {
    start: u64,
    size: u64,
}

/// Words of a rank over all pieces at `position`, each step's union over the copies of the loops that `shared` picks
/// counted once. Loops that `first` picks are followed into their first iteration only.
pub(crate) fn union_words(
    loops: &Loops,
    rank: &Rank,
    position: usize,
    slide: Option<(Dim, u64)>,
    first: &dyn Fn(&Loop) -> bool,
    shared: impl Fn(&Loop) -> bool,
) -> u64 {
    let mut steps: Vec<(u64, Vec<Piece>)> = vec![(1, vec![Piece { start: 0, size: 1 }])];
    for term in &rank.0 {
        let groups = groups(loops, term.dim, position, first, &shared);
        let window = slide.filter(|&(dim, _)| dim == term.dim).map(|(_, window)| window);
        let mut next: HashMap<Vec<Piece>, u64> = HashMap::new();
        for (times, intervals) in &steps {
            for (count, pieces) in &groups {
                let mut both: Vec<Piece> = intervals
                    .iter()
                    .flat_map(|a| pieces.iter().map(move |b| (a, b)))
                    .flat_map(|(a, b)| windows(*a, *b, term.step, window))
                    .collect();
                let origin = both.iter().map(|p| p.start).min().unwrap_or(0);
                both.iter_mut().for_each(|p| p.start -= origin);
                both.sort_unstable_by_key(|p| (p.start, p.size));
                both.dedup();
                *next.entry(both).or_insert(0) += times * count;
            }
        }
        steps = next.into_iter().map(|(intervals, times)| (times, intervals)).collect();
    }
    steps.iter().map(|(times, intervals)| times * covered(intervals)).sum()
}

/// The interval of a term's piece beside those of the terms before; a sliding piece as its windows, since strides may
/// leave gaps between them.
fn windows(a: Piece, b: Piece, step: u64, window: Option<u64>) -> Vec<Piece> {
    let interval = |start: u64, size: u64| Piece { start: a.start + step * start, size: a.size + step * (size - 1) };
    match window {
        None => vec![interval(b.start, b.size)],
        Some(window) => (0..b.size.div_ceil(window))
            .map(|i| interval(b.start + i * window, window.min(b.size - i * window)))
            .collect(),
    }
}

fn covered(intervals: &[Piece]) -> u64 {
    let (mut words, mut end) = (0, 0);
    for piece in intervals {
        let (start, stop) = (piece.start.max(end), piece.start + piece.size);
        words += stop.saturating_sub(start);
        end = end.max(stop);
    }
    words
}

/// The pieces of a dimension by step, alike groups together: (how many steps, the pieces of each).
fn groups(
    loops: &Loops,
    dim: Dim,
    position: usize,
    first: &dyn Fn(&Loop) -> bool,
    shared: &impl Fn(&Loop) -> bool,
) -> Vec<(u64, Vec<Piece>)> {
    let whole = Piece { start: 0, size: loops.problem.size()[dim] };
    if loops.above(dim, position).all(|l| l.above.is_multiple_of(l.tile)) {
        // All steps are alike: what shared loops read together, as often as the others iterate.
        let (mut steps, mut pieces) = (1, vec![whole]);
        for l in loops.above(dim, position) {
            let copies = if first(l) { 1 } else { l.above / l.tile };
            let together = if shared(l) { copies } else { 1 };
            steps *= copies / together;
            let of = |piece: &Piece| {
                let start = piece.start;
                (0..together).map(move |i| Piece { start: start + i * l.tile, size: l.tile })
            };
            pieces = pieces.iter().flat_map(of).collect();
        }
        return vec![(steps, pieces)];
    }
    let mut pieces: Vec<(Vec<u64>, Piece)> = vec![(Vec::new(), whole)];
    for l in loops.above(dim, position) {
        pieces = pieces
            .into_iter()
            .flat_map(|(key, piece)| {
                let iterations = if first(l) { 1 } else { piece.size.div_ceil(l.tile) };
                (0..iterations)
                    .map(|i| {
                        let mut key = key.clone();
                        if !shared(l) {
                            key.push(i);
                        }
                        (key, Piece { start: piece.start + i * l.tile, size: l.tile.min(piece.size - i * l.tile) })
                    })
                    .collect::<Vec<_>>()
            })
            .collect();
    }
    let mut steps: HashMap<Vec<u64>, Vec<Piece>> = HashMap::new();
    for (key, piece) in pieces {
        steps.entry(key).or_default().push(piece);
    }
    let mut alike: HashMap<Vec<Piece>, u64> = HashMap::new();
    for mut pieces in steps.into_values() {
        let origin = pieces.iter().map(|p| p.start).min().unwrap_or(0);
        pieces.iter_mut().for_each(|p| p.start -= origin);
        *alike.entry(pieces).or_insert(0) += 1;
    }
    alike.into_iter().map(|(pieces, count)| (count, pieces)).collect()
}
