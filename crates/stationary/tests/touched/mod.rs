//! The words that the points of a tile read, one by one: what an exact bookkeeper moves where `predict` moves whole
//! spans, and where no network shares the overlap of neighbours. It enumerates, and shares no code with `predict`.

use model::{Mapping, Node};
use nn::Operand;
use nn::problem::{Dim, Problem};
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// Words between a memory and the next inner one that keeps an operand.
#[derive(Debug, Default, PartialEq)]
pub struct Touched {
    /// The most words of a tile.
    pub tile: u64,
    /// New words of all tiles of all copies.
    pub fills: u64,
    /// New words of all tiles, those that several copies take in the same step once.
    pub sent: u64,
}

/// A copy or step: an index in each of its loops.
type Key = Vec<u64>;
/// Where a tile's piece of each dimension starts, and its size.
type Pieces = Vec<(u64, u64)>;

/// Enumerates the tiles of `operand` below `position`.
pub fn touched(problem: &Problem, mapping: &Mapping, operand: Operand, position: usize) -> Touched {
    let dims: Vec<Dim> = problem.dims().collect();
    // Pieces of the dimensions by step and copy, cut loop by loop.
    let whole: Pieces = dims.iter().map(|&dim| (0, problem.size()[dim])).collect();
    let mut tiles: Vec<(Key, Key, Pieces)> = vec![(vec![], vec![], whole)];
    for node in &mapping.nodes[..position] {
        let (dim, tile, space) = match *node {
            Node::Keep { .. } => continue,
            Node::Temporal { dim, tile } => (dim, tile, false),
            Node::Spatial { dim, tile, .. } => (dim, tile, true),
        };
        let cut = |(step, copy, pieces): (Key, Key, Pieces)| {
            let (start, size) = pieces[usize::from(dim.0)];
            (0..size.div_ceil(tile)).map(move |i| {
                let (mut step, mut copy, mut pieces) = (step.clone(), copy.clone(), pieces.clone());
                if space {
                    copy.push(i)
                } else {
                    step.push(i)
                }
                pieces[usize::from(dim.0)] = (start + i * tile, tile.min(size - i * tile));
                (step, copy, pieces)
            })
        };
        tiles = tiles.into_iter().flat_map(cut).collect();
    }
    tiles.sort();
    let mut result = Touched::default();
    let mut before: BTreeMap<Key, HashSet<Vec<u64>>> = BTreeMap::new();
    let mut step: (Key, HashSet<Vec<u64>>) = Default::default();
    for (time, copy, pieces) in tiles {
        let words = words(problem, operand, &pieces);
        result.tile = result.tile.max(words.len() as u64);
        if step.0 != time {
            result.sent += step.1.len() as u64;
            step = (time, HashSet::new());
        }
        let held = before.insert(copy, words.clone()).unwrap_or_default();
        let new = words.into_iter().filter(|word| !held.contains(word));
        for word in new {
            result.fills += 1;
            step.1.insert(word);
        }
    }
    result.sent += step.1.len() as u64;
    result
}

/// The coordinates of the words that a tile reads.
fn words(problem: &Problem, operand: Operand, pieces: &[(u64, u64)]) -> HashSet<Vec<u64>> {
    let mut words: HashSet<Vec<u64>> = HashSet::from([Vec::new()]);
    for rank in problem.ranks(operand) {
        let mut coordinates = BTreeSet::from([0]);
        for term in &rank.0 {
            let (start, size) = pieces[usize::from(term.dim.0)];
            let along = |c: u64| (start..start + size).map(move |x| c + term.step * x);
            coordinates = coordinates.into_iter().flat_map(along).collect();
        }
        let extend = |word: Vec<u64>| coordinates.iter().map(move |&c| [word.clone(), vec![c]].concat());
        words = words.into_iter().flat_map(extend).collect::<Vec<_>>().into_iter().collect();
    }
    words
}
