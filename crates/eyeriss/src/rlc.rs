//! The run-length code of feature maps in DRAM (JSSC 2017, section IV-B and Fig. 8).
//!
//! A pair is a run of up to 31 zeros (5 bits) and the word that ends it, the level (16 bits). Three pairs and a
//! 1-bit Term make a 64-bit word; Term is set in the last word of a code. The papers do not print the bit positions
//! or Term's polarity: here pair i takes bits 21 i .. 21 i + 20, run below level, and Term is bit 63. A run longer
//! than 31 spends a pair whose level is zero; unused pairs of the last word are zero. The decoder knows how many
//! words to expect.

const RUN_BITS: u32 = 5;
const PAIR_BITS: u32 = 21;
const PAIRS: usize = 3;
const MAX_RUN: u32 = (1 << RUN_BITS) - 1;
const TERM: u64 = 1 << 63;

/// Encodes words; an empty input gives an empty code.
pub fn encode(words: &[i16]) -> Vec<u64> {
    let mut encoder = Encoder::default();
    let mut code = Vec::new();
    for &word in words {
        code.extend(encoder.push(word));
    }
    code.extend(encoder.finish());
    if let Some(last) = code.last_mut() {
        *last |= TERM;
    }
    code
}

/// The encoder on the way from the buffer to DRAM: takes a word, now and then gives 64 bits.
#[derive(Clone, Debug, Default)]
pub struct Encoder {
    run: u32,
    code: u64,
    pairs: usize,
}

impl Encoder {
    /// Takes the next word; gives 64 bits of code when they are full.
    pub fn push(&mut self, word: i16) -> Option<u64> {
        if word == 0 && self.run < MAX_RUN {
            self.run += 1;
            return None;
        }
        self.pair(word)
    }

    /// Ends the code; gives what is left of it, without Term.
    pub fn finish(&mut self) -> Option<u64> {
        if self.run > 0 {
            // The run's last zero is the level of its pair.
            self.run -= 1;
            if let Some(code) = self.pair(0) {
                return Some(code);
            }
        }
        (self.pairs > 0).then(|| {
            self.pairs = 0;
            std::mem::take(&mut self.code)
        })
    }

    fn pair(&mut self, level: i16) -> Option<u64> {
        let pair = u64::from(self.run) | u64::from(level as u16) << RUN_BITS;
        self.code |= pair << (self.pairs as u32 * PAIR_BITS);
        self.run = 0;
        self.pairs += 1;
        (self.pairs == PAIRS).then(|| {
            self.pairs = 0;
            std::mem::take(&mut self.code)
        })
    }
}

/// A code that does not decode.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RlcError {
    /// It ends before all words were given.
    #[error("the code ends after {found} of {expected} words")]
    Short {
        /// Words decoded.
        found: usize,
        /// Words expected.
        expected: usize,
    },
    /// Something follows the expected words.
    #[error("the code goes on after the {0} words expected")]
    Long(usize),
    /// Term is not where the code ends.
    #[error("Term is {found} in 64-bit word {index} of {len}")]
    Term {
        /// Its value.
        found: bool,
        /// Where.
        index: usize,
        /// 64-bit words of the code.
        len: usize,
    },
}

/// Decodes a code of `expected` words.
pub fn decode(code: &[u64], expected: usize) -> Result<Vec<i16>, RlcError> {
    let mut words = Vec::new();
    for (index, &bits) in code.iter().enumerate() {
        let term = bits & TERM != 0;
        if term != (index + 1 == code.len()) {
            return Err(RlcError::Term { found: term, index, len: code.len() });
        }
        if words.len() == expected {
            return Err(RlcError::Long(expected));
        }
        expand(bits, expected, &mut words)?;
    }
    if words.len() < expected {
        return Err(RlcError::Short { found: words.len(), expected });
    }
    Ok(words)
}

/// Expands 64 bits of code behind the words so far; empty pairs after the last expected word are ignored.
pub(crate) fn expand(bits: u64, expected: usize, words: &mut Vec<i16>) -> Result<(), RlcError> {
    for i in 0..PAIRS as u32 {
        let pair = bits >> (i * PAIR_BITS);
        let (run, level) = (pair as u32 & MAX_RUN, (pair >> RUN_BITS) as u16 as i16);
        if words.len() == expected {
            if run == 0 && level == 0 {
                continue;
            }
            return Err(RlcError::Long(expected));
        }
        if words.len() + run as usize + 1 > expected {
            return Err(RlcError::Long(expected));
        }
        words.resize(words.len() + run as usize, 0);
        words.push(level);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(bits: u64) -> [(u32, i16); 3] {
        [0, 1, 2].map(|i| {
            let pair = bits >> (i * PAIR_BITS);
            (pair as u32 & MAX_RUN, (pair >> RUN_BITS) as u16 as i16)
        })
    }

    #[test]
    fn the_published_example() {
        // JSSC 2017, Fig. 8.
        let code = encode(&[0, 0, 12, 0, 0, 0, 0, 53, 0, 0, 22, 9]);
        assert_eq!(pairs(code[0]), [(2, 12), (4, 53), (2, 22)]);
        assert_eq!(code[0] & TERM, 0);
        assert_eq!(pairs(code[1]), [(0, 9), (0, 0), (0, 0)]);
        assert_eq!(code[1] & TERM, TERM);
    }

    #[test]
    fn long_and_trailing_runs() {
        for zeros in [1, 31, 32, 33, 63, 64, 65, 96, 97, 1000] {
            for tail in [&[][..], &[5][..], &[-1, 0][..]] {
                let words = [vec![0; zeros], tail.to_vec()].concat();
                let code = encode(&words);
                assert_eq!(decode(&code, words.len()), Ok(words));
            }
        }
        assert_eq!(encode(&[0; 96]).len(), 1, "three pairs of 31 zeros and a zero level");
        assert_eq!(encode(&[]), []);
    }

    /// What a stream's code takes: a pair for each word that is not zero, and one for each 32 zeros of a run and for
    /// the rest that ends the stream.
    fn pairs_needed(words: &[i16]) -> usize {
        let mut runs: Vec<usize> = words.split(|&word| word != 0).map(<[i16]>::len).collect();
        let trailing = runs.pop().unwrap_or(0);
        runs.iter().map(|zeros| zeros / 32 + 1).sum::<usize>() + trailing.div_ceil(32)
    }

    #[test]
    fn streams_of_every_density_round_trip_in_the_words_they_need() {
        let mut generator = nn::generate::Generator::new(8);
        for stream in 0..2_000 {
            let len = generator.within(0, 400) as usize;
            let zeros = [0.0, 0.1, 0.5, 0.9, 0.97, 0.99, 1.0][stream % 7];
            let words: Vec<i16> = (0..len)
                .map(|_| if generator.chance(zeros) { 0 } else { generator.within(-32768, 32767) as i16 })
                .collect();
            let code = encode(&words);
            assert_eq!(code.len(), pairs_needed(&words).div_ceil(PAIRS), "stream {stream}: {words:?}");
            assert_eq!(decode(&code, len), Ok(words), "stream {stream}");
        }
    }

    #[test]
    fn broken_codes_are_refused() {
        let code = encode(&[1, 2, 3, 4]);
        assert_eq!(decode(&code, 8), Err(RlcError::Short { found: 6, expected: 8 }));
        assert_eq!(decode(&code, 3), Err(RlcError::Long(3)));
        assert_eq!(decode(&code[..1], 3), Err(RlcError::Term { found: false, index: 0, len: 1 }));
        assert!(decode(&[code[1], code[0]], 4).is_err());
    }
}
