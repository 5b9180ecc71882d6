//! What operands hold: which words are zero, for sure or on average.
//!
//! A [`Mask`] says of every word whether it is zero; a [`Density`] how many are not, and how they lie. Both answer the
//! same questions about a tile, in integers and in expected values.

use super::density::Density;
use super::format::Format;
use super::mask::Mask;
use crate::groups::length;
use nn::problem::Problem;
use nn::{ByOperand, Operand};

/// A number that counts: exact, or expected.
pub trait Number: Copy + PartialEq + std::fmt::Debug + Default + std::iter::Sum + PartialOrd {
    /// A whole number.
    fn whole(n: u64) -> Self;
    /// The product.
    fn times(self, other: Self) -> Self;
    /// The sum.
    fn plus(self, other: Self) -> Self;
    /// What is left.
    fn less(self, other: Self) -> Self;
    /// For prices and bandwidths.
    fn value(self) -> f64;
}

impl Number for u64 {
    fn whole(n: u64) -> u64 {
        n
    }

    fn times(self, other: u64) -> u64 {
        self * other
    }

    fn plus(self, other: u64) -> u64 {
        self + other
    }

    fn less(self, other: u64) -> u64 {
        self - other
    }

    fn value(self) -> f64 {
        self as f64
    }
}

impl Number for f64 {
    fn whole(n: u64) -> f64 {
        n as f64
    }

    fn times(self, other: f64) -> f64 {
        self * other
    }

    fn plus(self, other: f64) -> f64 {
        self + other
    }

    fn less(self, other: f64) -> f64 {
        self - other
    }

    fn value(self) -> f64 {
        self
    }
}

/// A question about a tile.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Term {
    /// How many words it has.
    Words,
    /// How many of them are not zero.
    Nonzeros,
    /// Whether any is.
    Occupied,
    /// How many bits describe it in a format.
    Metadata(Format),
}

/// A tile: the intervals of each rank.
pub(super) type TileRef<'a> = [&'a [(u64, u64)]];

/// Answers questions about tiles.
pub(super) trait Content {
    /// What it answers in.
    type N: Number;

    /// Whether no word of an operand is zero.
    fn is_dense(&self, operand: Operand) -> bool;

    /// Whether answers depend on where the tile is.
    const PLACES: bool;

    /// The answer.
    fn ask(&self, operand: Operand, term: Term, tile: &TileRef) -> Self::N;

    /// The sum over words that are not zero of the product of a weight for each rank's coordinate, if words are known
    /// one by one.
    fn weigh(&self, operand: Operand, weights: &[Vec<Self::N>]) -> Option<Self::N>;
}

/// Densities of the operands of a problem.
pub(super) struct Random<'a> {
    pub problem: &'a Problem,
    pub densities: ByOperand<Density>,
}

impl Content for Random<'_> {
    type N = f64;
    const PLACES: bool = false;

    fn is_dense(&self, operand: Operand) -> bool {
        self.densities[operand].share == 1.0
    }

    fn ask(&self, operand: Operand, term: Term, tile: &TileRef) -> f64 {
        let density = &self.densities[operand];
        let words = words(tile);
        match term {
            Term::Words => words as f64,
            Term::Nonzeros => density.share * words as f64,
            Term::Occupied => 1.0 - density.empty(self.problem.words(operand, &self.problem.size()), words),
            Term::Metadata(format) => {
                let all = self.problem.words(operand, &self.problem.size());
                format.expected(density, all, words, rows(tile), columns(tile))
            }
        }
    }

    fn weigh(&self, _: Operand, _: &[Vec<f64>]) -> Option<f64> {
        None
    }
}

/// Masks of the operands; none where no word is zero.
pub(super) struct Exact<'a>(pub ByOperand<Option<&'a Mask>>);

impl Content for Exact<'_> {
    type N = u64;
    const PLACES: bool = true;

    fn is_dense(&self, operand: Operand) -> bool {
        self.0[operand].is_none()
    }

    fn ask(&self, operand: Operand, term: Term, tile: &TileRef) -> u64 {
        let all = words(tile);
        let Some(mask) = self.0[operand] else {
            return match term {
                Term::Words | Term::Nonzeros => all,
                Term::Occupied => 1,
                Term::Metadata(format) => format.exact(rows(tile), columns(tile), [(true, all)].into_iter()),
            };
        };
        match term {
            Term::Words => all,
            Term::Nonzeros => nonzeros(mask, tile),
            Term::Occupied => {
                let mut found = false;
                mask.rows(tile, |from, to| {
                    found = mask.count(from, to) > 0;
                    !found
                });
                u64::from(found)
            }
            Term::Metadata(format) if format.needs_stream() => {
                let mut stream = Vec::new();
                mask.rows(tile, |from, to| {
                    stream.extend((from..to).map(|bit| (mask.is_nonzero(bit), 1)));
                    true
                });
                format.exact(rows(tile), columns(tile), stream.into_iter())
            }
            Term::Metadata(format) => {
                let nonzeros = nonzeros(mask, tile);
                format.exact(rows(tile), columns(tile), [(true, nonzeros), (false, all - nonzeros)].into_iter())
            }
        }
    }

    fn weigh(&self, operand: Operand, weights: &[Vec<u64>]) -> Option<u64> {
        Some(self.0[operand]?.weigh(weights))
    }
}

fn nonzeros(mask: &Mask, tile: &TileRef) -> u64 {
    let mut count = 0;
    mask.rows(tile, |from, to| {
        count += mask.count(from, to);
        true
    });
    count
}

fn words(tile: &TileRef) -> u64 {
    tile.iter().map(|rank| length(rank)).product()
}

/// The words along the last rank.
fn columns(tile: &TileRef) -> u64 {
    tile.last().map_or(1, |rank| length(rank))
}

/// The combinations of all other ranks.
fn rows(tile: &TileRef) -> u64 {
    tile.split_last().map_or(1, |(_, rows)| words(rows))
}
