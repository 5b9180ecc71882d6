//! Which words of an operand are not zero, one by one.

use super::content::TileRef;
use nn::Operand;
use nn::problem::Problem;

/// Which words of an operand are not zero: one bit a word, in the order of its ranks, the last fastest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mask {
    extents: Vec<u64>,
    bits: Vec<u64>,
}

/// The most words of an operand whose zeros are known one by one: 128 MiB of bits.
pub const MAX_MASK_WORDS: u64 = 1 << 30;

impl Mask {
    /// The mask of an operand whose word at each coordinate is not zero where `nonzero` says so; none if the operand
    /// has more than [`MAX_MASK_WORDS`] words.
    pub fn new(problem: &Problem, operand: Operand, mut nonzero: impl FnMut(&[u64]) -> bool) -> Option<Mask> {
        let size = problem.size();
        let extents: Vec<u64> = problem.ranks(operand).iter().map(|rank| rank.extent(&size)).collect();
        let words: u64 = extents.iter().product();
        if words > MAX_MASK_WORDS {
            return None;
        }
        let mut bits = vec![0; words.div_ceil(64) as usize];
        let mut at = vec![0; extents.len()];
        for word in 0..words {
            if nonzero(&at) {
                bits[(word / 64) as usize] |= 1 << (word % 64);
            }
            for (coordinate, &extent) in at.iter_mut().zip(&extents).rev() {
                *coordinate += 1;
                if *coordinate < extent {
                    break;
                }
                *coordinate = 0;
            }
        }
        Some(Mask { extents, bits })
    }

    /// Whether it is of that operand of that problem.
    pub fn fits(&self, problem: &Problem, operand: Operand) -> bool {
        let size = problem.size();
        self.extents.iter().copied().eq(problem.ranks(operand).iter().map(|rank| rank.extent(&size)))
    }

    /// Words that are not zero.
    pub fn nonzeros(&self) -> u64 {
        self.bits.iter().map(|bits| u64::from(bits.count_ones())).sum()
    }

    /// Gives the rows of a tile, as bit ranges along the last rank, until `row` says that it has seen enough.
    pub(super) fn rows(&self, tile: &TileRef, mut row: impl FnMut(u64, u64) -> bool) {
        fn go(extents: &[u64], tile: &TileRef, base: u64, row: &mut impl FnMut(u64, u64) -> bool) -> bool {
            let (extent, intervals) = (extents[0], tile[0]);
            match extents.len() {
                1 => intervals.iter().all(|&(from, to)| row(base * extent + from, base * extent + to)),
                _ => intervals
                    .iter()
                    .flat_map(|&(from, to)| from..to)
                    .all(|c| go(&extents[1..], &tile[1..], base * extent + c, row)),
            }
        }
        if self.extents.is_empty() {
            // An operand of one word.
            row(0, 1);
        } else {
            go(&self.extents, tile, 0, &mut row);
        }
    }

    /// The sum over words that are not zero of the product of a weight for each rank's coordinate.
    pub(super) fn weigh(&self, weights: &[Vec<u64>]) -> u64 {
        let Some((last, others)) = weights.split_last() else { return u64::from(self.is_nonzero(0)) };
        let columns = last.len() as u64;
        let rows: u64 = others.iter().map(|weights| weights.len() as u64).product();
        let mut total = 0;
        for row in 0..rows {
            let mut rest = row;
            let mut weight = 1;
            for weights in others.iter().rev() {
                weight *= weights[(rest % weights.len() as u64) as usize];
                rest /= weights.len() as u64;
            }
            if weight > 0 {
                let nonzero = (0..columns).filter(|column| self.is_nonzero(row * columns + column));
                total += weight * nonzero.map(|column| last[column as usize]).sum::<u64>();
            }
        }
        total
    }

    /// Words of bits `from` to before `to` that are not zero.
    pub(super) fn count(&self, from: u64, to: u64) -> u64 {
        let mut count = 0;
        let mut at = from;
        while at < to {
            let (word, low) = ((at / 64) as usize, at % 64);
            let high = (64 - low).min(to - at);
            let bits = self.bits[word] >> low;
            count += u64::from(if high == 64 { bits } else { bits & ((1 << high) - 1) }.count_ones());
            at += high;
        }
        count
    }

    pub(super) fn is_nonzero(&self, bit: u64) -> bool {
        self.bits[(bit / 64) as usize] >> (bit % 64) & 1 == 1
    }
}
