//! Sums over all steps of a nest of what depends on the tiles of operands.
//!
//! A step is one group of each dimension. What is summed is a product of factors, each of one operand's tile, which
//! depends on the groups of that operand's dimensions only. So the sum is a contraction: each factor is first summed
//! over the dimensions that it has to itself, then all are multiplied over those that they share, and dimensions that
//! none has only multiply.

use super::SparsityError;
use super::content::{Content, Number, Term};
use crate::groups::{Group, Intervals, Piece, length, reach};
use nn::Operand;
use nn::problem::{Dim, Problem, Rank};

/// A factor: a question about an operand's tile, which may slide along a dimension.
#[derive(Clone, Copy, Debug)]
pub(super) struct Factor {
    pub operand: Operand,
    pub term: Term,
    pub slide: Option<(Dim, u64)>,
}

/// The most values that are kept at a time.
const MAX_TABLE: usize = 1 << 24;
/// The most intervals of a rank that are kept at a time.
const MAX_INTERVALS: u64 = 1 << 21;
/// The most tiles that are looked at for one sum.
const MAX_TILES: u64 = 1 << 32;

/// The sum over all steps of the product of factors of different operands.
pub(super) fn sum<C: Content>(
    problem: &Problem,
    content: &C,
    groups: &[Vec<Group>],
    factors: &[Factor],
) -> Result<C::N, SparsityError> {
    // A copy that remainders leave nothing to do.
    if groups.iter().any(Vec::is_empty) {
        return Ok(C::N::default());
    }
    let mut weights: Vec<Vec<C::N>> =
        groups.iter().map(|of| of.iter().map(|group| C::N::whole(group.count)).collect()).collect();
    // Words that are a product over dimensions only weigh their groups.
    let (plain, factors): (Vec<Factor>, Vec<Factor>) =
        factors.iter().partition(|f| f.term == Term::Words && f.slide.is_none() && is_plain(problem, f.operand));
    for factor in plain {
        for term in problem.ranks(factor.operand).iter().flat_map(|rank| &rank.0) {
            let dim = term.dim.0 as usize;
            for (weight, group) in weights[dim].iter_mut().zip(&groups[dim]) {
                let words = length(&reach(&[(term.step, &group.pieces, None)]));
                *weight = weight.times(C::N::whole(words));
            }
        }
    }
    let tables = factors.iter().map(|&f| Table::new(problem, groups, f)).collect::<Result<Vec<_>, _>>()?;
    let others = |dims: &[usize], total: C::N| {
        let others = (0..groups.len()).filter(|dim| !dims.contains(dim));
        others.fold(total, |total, dim| total.times(weights[dim].iter().copied().sum()))
    };
    if let [table] = &tables[..]
        && table.factor.term == Term::Words
    {
        let of_ranks = table.ranks.iter().map(|rank| rank.sum(&weights, |reach| C::N::whole(length(reach))));
        return Ok(others(&table.dims, of_ranks.fold(C::N::whole(1), C::N::times)));
    }
    if let [table] = &tables[..]
        && C::PLACES
        && !content.is_dense(table.factor.operand)
        && let Some(of_words) = table.word_by_word(problem, &weights)
        && let Some(total) = content.weigh(table.factor.operand, &of_words)
    {
        return Ok(others(&table.dims, total));
    }
    let of = |dim: usize| tables.iter().filter(|table| table.dims.contains(&dim)).count();
    let shared: Vec<usize> = (0..groups.len()).filter(|&dim| tables.len() > 1 && of(dim) > 1).collect();
    let size = |dims: &[usize]| dims.iter().map(|&dim| groups[dim].len() as u64).product::<u64>();
    if size(&shared) > MAX_TABLE as u64 {
        return Err(SparsityError::TooLarge("tiles that two operands share"));
    }
    let mut over_shared = vec![C::N::whole(1); size(&shared) as usize];
    for table in &tables {
        let own: Vec<usize> = table.dims.iter().copied().filter(|dim| !shared.contains(dim)).collect();
        if size(&table.dims) > MAX_TILES {
            return Err(SparsityError::TooLarge("tiles"));
        }
        let mut at = vec![0; groups.len()];
        for slot in &mut over_shared {
            let mut sum = C::N::default();
            loop {
                let weight = own.iter().fold(C::N::whole(1), |w, &dim| w.times(weights[dim][at[dim]]));
                sum = sum.plus(weight.times(table.ask(content, &at)));
                if !next(&mut at, &own, groups) {
                    break;
                }
            }
            *slot = slot.times(sum);
            next(&mut at, &shared, groups);
        }
    }
    let mut at = vec![0; groups.len()];
    let mut total = C::N::default();
    for value in over_shared {
        total = total.plus(shared.iter().fold(value, |v, &dim| v.times(weights[dim][at[dim]])));
        next(&mut at, &shared, groups);
    }
    let dims: Vec<usize> = tables.iter().flat_map(|table| table.dims.iter().copied()).collect();
    Ok(others(&dims, total))
}

/// Whether an operand's words are a product over dimensions: no rank is a sum, and none comes twice.
pub(super) fn is_plain(problem: &Problem, operand: Operand) -> bool {
    let ranks = problem.ranks(operand);
    let once = |dim: Dim| ranks.iter().flat_map(|rank| &rank.0).filter(|term| term.dim == dim).count() == 1;
    ranks.iter().all(|rank| rank.0.len() == 1 && once(rank.0[0].dim))
}

/// Moves on to the next groups of some dimensions, the first fastest; starts again and says no after the last.
fn next(at: &mut [usize], dims: &[usize], groups: &[Vec<Group>]) -> bool {
    for &dim in dims {
        at[dim] += 1;
        if at[dim] < groups[dim].len() {
            return true;
        }
        at[dim] = 0;
    }
    false
}

/// The coordinates that an operand's tiles reach, rank by rank.
struct Table {
    factor: Factor,
    /// Its dimensions, each once.
    dims: Vec<usize>,
    ranks: Vec<RankTable>,
}

struct RankTable {
    /// Dimension and how many groups it has, in the order of the index.
    dims: Vec<(usize, usize)>,
    reach: Vec<Intervals>,
}

impl Table {
    fn new(problem: &Problem, groups: &[Vec<Group>], factor: Factor) -> Result<Table, SparsityError> {
        let mut dims: Vec<usize> = Vec::new();
        let mut ranks = Vec::new();
        for rank in problem.ranks(factor.operand) {
            let of: Vec<(usize, usize)> =
                rank.0.iter().map(|term| (term.dim.0 as usize, groups[term.dim.0 as usize].len())).collect();
            dims.extend(of.iter().map(|&(dim, _)| dim));
            let size = of.iter().fold(1u64, |n, &(_, groups)| n.saturating_mul(groups as u64));
            if size > MAX_INTERVALS {
                return Err(SparsityError::TooLarge("the windows of a rank"));
            }
            let (size, mut intervals) = (size as usize, 0u64);
            let mut table = Vec::with_capacity(size);
            for index in 0..size {
                let mut rest = index;
                let terms: Vec<(u64, &[Piece], Option<u64>)> = rank
                    .0
                    .iter()
                    .zip(&of)
                    .map(|(term, &(dim, count))| {
                        let group = &groups[dim][rest % count];
                        rest /= count;
                        let window = factor.slide.filter(|&(d, _)| d == term.dim).map(|(_, window)| window);
                        (term.step, &group.pieces[..], window)
                    })
                    .collect();
                // The sliding term last: its windows lie beside what the others reach.
                let (still, sliding): (Vec<_>, Vec<_>) = terms.into_iter().partition(|term| term.2.is_none());
                let terms = [still, sliding].concat();
                let windows = |&(_, pieces, window): &(u64, &[Piece], Option<u64>)| -> u64 {
                    pieces.iter().map(|piece| piece.size.div_ceil(window.unwrap_or(u64::MAX))).sum()
                };
                intervals = intervals.saturating_add(terms.iter().map(windows).fold(1, u64::saturating_mul));
                if intervals > MAX_INTERVALS {
                    return Err(SparsityError::TooLarge("the windows of a rank"));
                }
                table.push(reach(&terms));
            }
            ranks.push(RankTable { dims: of, reach: table });
        }
        dims.sort_unstable();
        dims.dedup();
        Ok(Table { factor, dims, ranks })
    }

    /// How often each coordinate of each rank is in a tile, weighed: what is counted is then a sum over words, if it is
    /// nonzero words that are counted, or tiles of one word that are occupied.
    fn word_by_word<N: Number>(&self, problem: &Problem, weights: &[Vec<N>]) -> Option<Vec<Vec<N>>> {
        let single = || self.ranks.iter().all(|rank| rank.reach.iter().all(|reach| length(reach) == 1));
        match self.factor.term {
            Term::Nonzeros => {}
            Term::Occupied if single() => {}
            _ => return None,
        }
        let size = problem.size();
        if problem.ranks(self.factor.operand).iter().any(|rank| rank.extent(&size) > MAX_TABLE as u64) {
            return None;
        }
        let ranks = problem.ranks(self.factor.operand).iter().zip(&self.ranks);
        let of = |(rank, table): (&Rank, &RankTable)| {
            let mut times = vec![N::default(); rank.extent(&size) as usize];
            for (weight, reach) in table.weighed(weights) {
                for slot in reach.iter().flat_map(|&(from, to)| from..to) {
                    times[slot as usize] = times[slot as usize].plus(weight);
                }
            }
            times
        };
        Some(ranks.map(of).collect())
    }

    fn ask<C: Content>(&self, content: &C, at: &[usize]) -> C::N {
        let tile: Vec<&[(u64, u64)]> = self.ranks.iter().map(|rank| rank.at(at)).collect();
        content.ask(self.factor.operand, self.factor.term, &tile)
    }
}

impl RankTable {
    /// Each combination of groups: its weight, and what it reaches.
    fn weighed<'a, N: Number>(&'a self, weights: &'a [Vec<N>]) -> impl Iterator<Item = (N, &'a Intervals)> {
        self.reach.iter().enumerate().map(|(mut index, reach)| {
            let mut weight = N::whole(1);
            for &(dim, count) in &self.dims {
                weight = weight.times(weights[dim][index % count]);
                index /= count;
            }
            (weight, reach)
        })
    }

    /// The weighed sum of something over all combinations of groups.
    fn sum<N: Number>(&self, weights: &[Vec<N>], of: impl Fn(&Intervals) -> N) -> N {
        self.weighed(weights).map(|(weight, reach)| weight.times(of(reach))).sum()
    }

    fn at(&self, at: &[usize]) -> &[(u64, u64)] {
        let mut index = 0;
        for &(dim, count) in self.dims.iter().rev() {
            index = index * count + at[dim];
        }
        &self.reach[index]
    }
}
