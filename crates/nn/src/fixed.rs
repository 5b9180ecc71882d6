//! 16-bit fixed point as the chip has it (Chen et al., JSSC 2017, section V-C).
//!
//! Operands and partial sums are 16-bit two's complement words. A 32-bit product is *truncated* to 16 bits at a
//! position that is set for each layer from off-line analysis of the dynamic range. The papers do not say what the
//! adder does beyond its range; here partial sums wrap modulo 2^16, the only 16-bit addition whose result does not
//! depend on the order, so that a layer means the same under every mapping. Both losses are counted: products that
//! saturate when they are cut, and sums whose exact value does not fit a word.

/// The position of the binary point: a word `x` stands for `x * 2^-frac`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Format {
    /// Fraction bits; may exceed 15 (all values small) or be negative (all values large).
    pub frac: i32,
}

impl Format {
    /// The finest format in which `max_abs` does not overflow. A zero or non-finite range gets 15 fraction bits.
    pub fn for_range(max_abs: f32) -> Self {
        if !(max_abs.is_finite() && max_abs > 0.0) {
            return Format { frac: 15 };
        }
        let mut frac = 14 - (max_abs.log2().floor() as i32);
        while f64::from(max_abs) * 2f64.powi(frac) > 32767.0 {
            frac -= 1;
        }
        Format { frac: frac.clamp(-16, 31) }
    }

    /// The nearest word, saturating.
    pub fn quantise(self, value: f32) -> i16 {
        (f64::from(value) * 2f64.powi(self.frac)).round_ties_even().clamp(-32768.0, 32767.0) as i16
    }

    /// What a word stands for.
    pub fn value(self, word: i16) -> f32 {
        (f64::from(word) * 2f64.powi(-self.frac)) as f32
    }
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
