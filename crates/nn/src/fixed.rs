//! 16-bit fixed point as the chip has it (Chen et al., JSSC 2017, section V-C).
//!
//! Operands and partial sums are 16-bit two's complement words. A 32-bit product is *truncated* to 16 bits at a
//! position that is set for each layer from off-line analysis of the dynamic range. The papers do not say what the
//! adder does beyond its range; here partial sums wrap modulo 2^16, the only 16-bit addition whose result does not
//! depend on the order, so that a layer means the same under every mapping. Both losses are counted: products that
//! saturate when they are cut, and sums whose exact value does not fit a word.

use crate::Tensor;

/// The position of the binary point: a word `x` stands for `x * 2^-frac`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Format {
    /// Fraction bits; may exceed 15 (all values small) or be negative (all values large).
    pub frac: i32,
}

impl Format {
    /// The coarsest and finest formats that [`Format::for_range`] gives.
    const RANGE: std::ops::RangeInclusive<i32> = -16..=31;

    /// The finest format in which `max_abs` does not overflow. A zero or non-finite range gets 15 fraction bits.
    pub fn for_range(max_abs: f32) -> Self {
        if !(max_abs.is_finite() && max_abs > 0.0) {
            return Format { frac: 15 };
        }
        let fits = |&frac: &i32| f64::from(max_abs) * Format { frac }.scale() <= f64::from(i16::MAX);
        Format { frac: Self::RANGE.rev().find(fits).unwrap_or(*Self::RANGE.start()) }
    }

    /// Words of the value 1.
    pub(crate) fn scale(self) -> f64 {
        libm::scalbn(1.0, self.frac)
    }

    /// The nearest word, ties to even, saturating.
    pub fn quantise(self, value: f32) -> i16 {
        nearest(f64::from(value) * self.scale())
    }

    /// What a word stands for.
    pub fn value(self, word: i16) -> f32 {
        (f64::from(word) / self.scale()) as f32
    }

    /// The nearest word of each value.
    pub fn quantise_all(self, values: &Tensor<f32>) -> Tensor<i16> {
        let scale = self.scale();
        values.par_map(|value| nearest(f64::from(value) * scale))
    }

    /// What each word stands for.
    pub fn values(self, words: &Tensor<i16>) -> Tensor<f32> {
        let unit = 1.0 / self.scale();
        words.par_map(|word| (f64::from(word) * unit) as f32)
    }
}

/// The nearest word of an amount of words, ties to even, saturating.
pub(crate) fn nearest(words: f64) -> i16 {
    words.round_ties_even().clamp(f64::from(i16::MIN), f64::from(i16::MAX)) as i16
}

/// The range that the output path clamps words to: none, ReLU (`lo` 0), ReLU6 (`hi` the word for 6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Clamp {
    /// Smallest word that passes.
    pub lo: i16,
    /// Largest word that passes.
    pub hi: i16,
}

impl Clamp {
    /// Every word passes.
    pub const NONE: Clamp = Clamp { lo: i16::MIN, hi: i16::MAX };
    /// Negative words become zero.
    pub const RELU: Clamp = Clamp { lo: 0, hi: i16::MAX };

    /// The clamped word.
    pub fn apply(self, word: i16) -> i16 {
        word.clamp(self.lo, self.hi)
    }
}

/// The largest position a product can be cut at.
pub const MAX_SHIFT: u32 = 31;

/// Cuts a product to 16 bits: drops the low `shift` bits (rounding towards minus infinity, as dropping bits does)
/// and saturates what is left. The second value tells whether it saturated.
#[inline]
pub fn cut(product: i32, shift: u32) -> (i16, bool) {
    let kept = product >> shift;
    let word = kept.clamp(i32::from(i16::MIN), i32::from(i16::MAX));
    (word as i16, word != kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_the_finest_that_fit() {
        for (range, frac) in [(1.0, 14), (0.999, 15), (6.0, 12), (32767.0, 0), (32767.5, -1), (1e-12, 31), (1e9, -15)] {
            assert_eq!(Format::for_range(range), Format { frac }, "{range}");
        }
        for unknown in [0.0, f32::NAN, f32::INFINITY] {
            assert_eq!(Format::for_range(unknown).frac, 15);
        }
        assert_eq!(Format::for_range(f32::MAX).frac, -16);
    }

    #[test]
    fn words_are_nearest_and_saturate() {
        let format = Format { frac: 2 };
        assert_eq!([0.3, 0.125, 0.375, -1e9, 1e9].map(|x| format.quantise(x)), [1, 0, 2, i16::MIN, i16::MAX]);
        assert_eq!((format.value(-6), Format { frac: -3 }.value(5)), (-1.5, 40.0));
        let values = Tensor::from_vec(&[4], vec![0.3, 0.125, -7.0, 9.9]);
        assert_eq!(format.quantise_all(&values).data(), [1, 0, -28, 40]);
        assert_eq!(format.values(&format.quantise_all(&values)).data(), [0.25, 0.0, -7.0, 10.0]);
    }

    #[test]
    fn cutting_rounds_down_and_saturates() {
        assert_eq!(cut(7, 1), (3, false));
        assert_eq!(cut(-7, 1), (-4, false));
        assert_eq!(cut(-1, 31), (-1, false));
        assert_eq!(cut(1 << 30, 14), (i16::MAX, true));
        assert_eq!(cut(-(1 << 30), 15), (i16::MIN, false));
    }
}
