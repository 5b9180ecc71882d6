//! Formats that leave zeros out, and the bits that say where the others go.
//!
//! A tile travels with its description, read and written with it. The last rank of an operand runs along a row, all
//! others together number the rows.

use super::density::{Density, Distribution};

/// How a memory stores an operand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Format {
    /// Every word.
    #[default]
    Dense,
    /// The nonzero words, and a bit for every word.
    Bitmask,
    /// Compressed rows: the nonzero words with their columns, and where each row starts and the last ends.
    Rows {
        /// Bits of a column.
        index: u32,
        /// Bits of a start.
        offset: u32,
    },
    /// Compressed columns: the nonzero words with their rows, and where each column starts and the last ends.
    Columns {
        /// Bits of a row.
        index: u32,
        /// Bits of a start.
        offset: u32,
    },
    /// The nonzero words with all their coordinates.
    Coordinates {
        /// Bits of all coordinates of a word together.
        index: u32,
    },
    /// Pairs of a run of zeros and the word that ends it, packed into blocks; see [`RunLength`].
    RunLength(RunLength),
}

/// A run-length code. A run longer than its bits can say takes a pair whose word is zero, as does one that ends the
/// stream; the last block is filled up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RunLength {
    /// Bits of a run.
    pub run: u32,
    /// Bits of a word.
    pub word: u32,
    /// Pairs of a block.
    pub pairs: u32,
    /// Bits of a block.
    pub block: u32,
}

/// The code of the Eyeriss chip's feature maps in DRAM: runs of 5 bits, three pairs and a bit to 64 (Chen et al., JSSC
/// 52(1), 2017, section IV-B and Fig. 8).
pub const EYERISS_RUN_LENGTH: RunLength = RunLength { run: 5, word: 16, pairs: 3, block: 64 };

/// Tiles of more words than this have the remainder of their last block estimated.
const MAX_COUNTED: u64 = 4096;

impl Format {
    /// Whether zeros are left out.
    pub fn compresses(self) -> bool {
        self != Format::Dense
    }

    /// Whether the description depends on the order of the words.
    pub(super) fn needs_stream(self) -> bool {
        matches!(self, Format::RunLength(_))
    }

    /// Bits that describe a tile of `rows` by `columns`, given as stretches of words that are all zero or all not.
    pub(super) fn exact(self, rows: u64, columns: u64, stream: impl Iterator<Item = (bool, u64)>) -> u64 {
        if let Format::RunLength(code) = self {
            return code.exact(stream);
        }
        let nonzeros = stream.filter(|&(nonzero, _)| nonzero).map(|(_, words)| words).sum::<u64>();
        match self {
            Format::Dense | Format::RunLength(_) => 0,
            Format::Bitmask => rows * columns,
            Format::Rows { index, offset } => nonzeros * u64::from(index) + (rows + 1) * u64::from(offset),
            Format::Columns { index, offset } => nonzeros * u64::from(index) + (columns + 1) * u64::from(offset),
            Format::Coordinates { index } => nonzeros * u64::from(index),
        }
    }

    /// Bits that describe a tile of `words` words of `all` on average.
    pub(super) fn expected(self, density: &Density, all: u64, words: u64, rows: u64, columns: u64) -> f64 {
        let nonzeros = density.share * words as f64;
        match self {
            Format::Dense => 0.0,
            Format::Bitmask => words as f64,
            Format::Rows { index, offset } => nonzeros * f64::from(index) + (rows + 1) as f64 * f64::from(offset),
            Format::Columns { index, offset } => nonzeros * f64::from(index) + (columns + 1) as f64 * f64::from(offset),
            Format::Coordinates { index } => nonzeros * f64::from(index),
            Format::RunLength(code) => {
                code.blocks(density, all, words) * f64::from(code.block) - nonzeros * f64::from(code.word)
            }
        }
    }

    /// Bits that a word takes on average, its share of the description included, of an operand of `words` words of `bits`
    /// bits that is described as a whole, in one row.
    pub(crate) fn bits_a_word(self, density: &Density, words: u64, bits: u32) -> f64 {
        let stored = if self.compresses() { density.share } else { 1.0 };
        match words {
            0 => 0.0,
            _ => stored * f64::from(bits) + self.expected(density, words, words, 1, words) / words as f64,
        }
    }

    /// Bits that are read with each nonzero word on its way to the compute unit.
    pub(super) fn with_nonzero(self) -> u64 {
        u64::from(match self {
            Format::Dense | Format::Bitmask => 0,
            Format::Rows { index, .. } | Format::Columns { index, .. } | Format::Coordinates { index } => index,
            Format::RunLength(code) => code.run,
        })
    }

    /// Bits of where a row or a column starts.
    pub(super) fn start(self) -> u64 {
        u64::from(match self {
            Format::Rows { offset, .. } | Format::Columns { offset, .. } => offset,
            _ => 0,
        })
    }

    /// Bits that are read for each word, zero or not, on its way to the compute unit.
    pub(super) fn with_word(self) -> u64 {
        u64::from(self == Format::Bitmask)
    }
}

impl RunLength {
    /// Bits of the code that are not nonzero words.
    fn exact(&self, stream: impl Iterator<Item = (bool, u64)>) -> u64 {
        let longest = 1u64 << self.run;
        let (mut pairs, mut nonzeros, mut zeros) = (0, 0, 0u64);
        for (nonzero, words) in stream {
            if nonzero {
                pairs += zeros / longest + words;
                nonzeros += words;
                zeros = 0;
            } else {
                zeros += words;
            }
        }
        pairs += zeros.div_ceil(longest);
        pairs.div_ceil(u64::from(self.pairs)) * u64::from(self.block) - nonzeros * u64::from(self.word)
    }

    /// Pairs for a tile of `words` words on average: one for each nonzero word, one for each run as long as a pair
    /// can take, and one for what is left at the end.
    fn pairs(&self, density: &Density, all: u64, words: u64) -> f64 {
        let longest = 1u64 << self.run;
        let zeros = |run: u64| density.empty(all, run);
        let n = words as f64;
        let most = words / longest;
        if density.share == 0.0 {
            return words.div_ceil(longest) as f64;
        }
        // Runs beyond this are as good as impossible.
        let far = (40.0 / density.share / longest as f64).ceil().min(u64::MAX as f64) as u64;
        let (mut long, mut whole) = (0.0, 0.0);
        sum_blocks(most.min(far), |j, times| {
            let run = j * longest;
            // The run starts the tile, or follows one of the words that are not zero.
            let exactly = zeros(run) - zeros(run + 1);
            long += times * (zeros(run) + (n - run as f64) * exactly);
            whole += times * if run == words { zeros(run) } else { exactly };
        });
        density.share * n + long + zeros(1) - whole
    }

    /// Blocks for a tile of `words` words on average.
    fn blocks(&self, density: &Density, all: u64, words: u64) -> f64 {
        let pairs = self.pairs(density, all, words);
        let whole = f64::from(self.pairs);
        if density.share == 0.0 || density.share == 1.0 {
            return (pairs.round() / whole).ceil();
        }
        match density.distribution {
            Distribution::Bernoulli if words <= MAX_COUNTED => self.counted_blocks(density.share, words),
            // All remainders are as likely, about.
            _ => pairs / whole + (whole - 1.0) / (2.0 * whole),
        }
    }

    /// Blocks on average when each word by itself is zero or not: word by word, by the length of the run so far and
    /// the pairs of the block so far.
    fn counted_blocks(&self, share: f64, words: u64) -> f64 {
        let (longest, whole) = (1usize << self.run, self.pairs as usize);
        let mut state = vec![0.0; longest * whole];
        state[0] = 1.0;
        let mut blocks = 0.0;
        for _ in 0..words {
            let mut next = vec![0.0; longest * whole];
            for (at, probability) in state.into_iter().enumerate().filter(|&(_, p)| p > 0.0) {
                let (run, pairs) = (at / whole, at % whole);
                let pair = (pairs + 1) % whole;
                let mut end = |probability: f64| {
                    next[pair] += probability;
                    blocks += if pair == 0 { probability } else { 0.0 };
                };
                if run + 1 == longest {
                    end(probability);
                } else {
                    end(probability * share);
                    next[(run + 1) * whole + pairs] += probability * (1.0 - share);
                }
            }
            state = next;
        }
        // A run at the end takes a pair; a block that has any is filled up.
        let rest = state.iter().enumerate().filter(|&(at, _)| at > 0).map(|(_, probability)| probability);
        blocks + rest.sum::<f64>()
    }
}

/// Sums over 1 to `most`; over the middles of blocks where there are many, each as often as its block is long.
fn sum_blocks(most: u64, mut term: impl FnMut(u64, f64)) {
    let blocks = most.min(4096);
    for block in 0..blocks {
        let edge = |block: u64| (u128::from(most) * u128::from(block) / u128::from(blocks)) as u64;
        let (from, to) = (edge(block) + 1, edge(block + 1));
        term(from + (to - from) / 2, (to - from + 1) as f64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every stream of `words` words, weighted as a Bernoulli density or a hypergeometric one says.
    fn by_enumeration(density: &Density, all: u64, words: u64, of: impl Fn(Vec<(bool, u64)>) -> u64) -> f64 {
        (0..1u64 << all)
            .map(|bits| {
                let nonzero = f64::from(bits.count_ones());
                let weight = match density.distribution {
                    Distribution::Bernoulli => {
                        density.share.powf(nonzero) * (1.0 - density.share).powf(all as f64 - nonzero)
                    }
                    _ if nonzero == density.share * all as f64 => {
                        (1..=nonzero as u64).map(|i| i as f64 / (all - nonzero as u64 + i) as f64).product()
                    }
                    _ => 0.0,
                };
                let stream = (0..words).map(|i| (bits >> i & 1 == 1, 1)).collect();
                if weight > 0.0 { weight * of(stream) as f64 } else { 0.0 }
            })
            .sum()
    }

    #[test]
    fn run_lengths_on_average_equal_all_streams() {
        // Short runs, so that few words show every case.
        let code = RunLength { run: 1, word: 4, pairs: 3, block: 16 };
        for words in 1..=12 {
            for share in [0.0, 0.25, 0.5, 0.75, 1.0] {
                let density = Density { share, distribution: Distribution::Bernoulli };
                let expected = Format::RunLength(code).expected(&density, 12, words, 1, words);
                let counted = by_enumeration(&density, 12, words, |stream| code.exact(stream.into_iter()));
                assert!((expected - counted).abs() < 1e-9, "{words} words of density {share}: {expected}, {counted}");

                for distribution in [Distribution::Bernoulli, Distribution::Hypergeometric] {
                    let density = Density { share, distribution };
                    let single = RunLength { pairs: 1, ..code };
                    let expected = Format::RunLength(single).expected(&density, 12, words, 1, words);
                    let counted = by_enumeration(&density, 12, words, |stream| single.exact(stream.into_iter()));
                    assert!((expected - counted).abs() < 1e-9, "{words} of {density:?}: {expected}, {counted}");
                }
            }
        }
    }

    #[test]
    fn the_estimated_remainder_is_close_to_the_counted() {
        let density = Density { share: 0.3, distribution: Distribution::Bernoulli };
        let counted = EYERISS_RUN_LENGTH.counted_blocks(0.3, 300);
        let pairs = EYERISS_RUN_LENGTH.pairs(&density, 300, 300);
        assert!((counted - pairs / 3.0 - 1.0 / 3.0).abs() < 1e-6, "{counted} {pairs}");
    }

    #[test]
    fn tables_of_a_matrix() {
        // Two rows of four: 0 3 0 0 / 1 0 0 2.
        let stream = || [(false, 1), (true, 1), (false, 2), (true, 1), (false, 2), (true, 1)].into_iter();
        let bits = |format: Format| format.exact(2, 4, stream());
        assert_eq!(bits(Format::Dense), 0);
        assert_eq!(bits(Format::Bitmask), 8);
        assert_eq!(bits(Format::Rows { index: 2, offset: 4 }), 3 * 2 + 3 * 4);
        assert_eq!(bits(Format::Columns { index: 1, offset: 4 }), 3 + 5 * 4);
        assert_eq!(bits(Format::Coordinates { index: 3 }), 9);
        assert_eq!(bits(Format::RunLength(EYERISS_RUN_LENGTH)), 64 - 3 * 16);
    }
}
