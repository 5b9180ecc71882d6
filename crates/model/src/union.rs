//! The words that copies with overlapping windows read together, step by step: diagonal sharing.
//!
//! For each piece of each term of a rank: where it starts, how long it is, and which step it belongs to when the
//! loops of the sharing network are left out. Pieces of the same step are read together, so the parent reads the
//! union of their intervals.

use crate::mapping::{Mapping, Node};
use nn::problem::{Dim, Problem, Rank};
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
    problem: &Problem,
    mapping: &Mapping,
    rank: &Rank,
    position: usize,
    slide: Option<(Dim, u64)>,
    first: &dyn Fn(usize) -> bool,
    shared: impl Fn(usize) -> bool,
) -> u64 {
    let mut steps: Vec<(u64, Vec<Piece>)> = vec![(1, vec![Piece { start: 0, size: 1 }])];
    for term in &rank.0 {
        let groups = groups(problem, mapping, term.dim, position, first, &shared);
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
    problem: &Problem,
    mapping: &Mapping,
    dim: Dim,
    position: usize,
    first: &dyn Fn(usize) -> bool,
    shared: &impl Fn(usize) -> bool,
) -> Vec<(u64, Vec<Piece>)> {
    let mut pieces: Vec<(Vec<u64>, Piece)> = vec![(Vec::new(), Piece { start: 0, size: problem.size()[dim] })];
    for (index, node) in mapping.nodes[..position].iter().enumerate() {
        let (Node::Temporal { dim: d, tile } | Node::Spatial { dim: d, tile, .. }) = *node else { continue };
        if d != dim {
            continue;
        }
        pieces = pieces
            .into_iter()
            .flat_map(|(key, piece)| {
                let iterations = if first(index) { 1 } else { piece.size.div_ceil(tile) };
                (0..iterations)
                    .map(|i| {
                        let mut key = key.clone();
                        if !shared(index) {
                            key.push(i);
                        }
                        (key, Piece { start: piece.start + i * tile, size: tile.min(piece.size - i * tile) })
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
