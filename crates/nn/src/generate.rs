//! The one generator of convolutions for the property tests of all crates: one seed, one problem.
//!
//! Draws what the chip must get right and people get wrong: every stride and filter size, odd shapes, inputs that
//! the stride does not divide, groups, depthwise, padding that differs on each side, dilation, batches, values from
//! a single bit to the whole word, dense and mostly zero, cut too early so that products saturate and sums wrap. It
//! is not a statistical sampler: its pseudo-random numbers are SplitMix64 (Steele, Lea and Flood, OOPSLA 2014), the
//! same on every machine for ever, so that a seed in a failure message is the failure.

use crate::fixed::MAX_SHIFT;
use crate::{Clamp, Conv16, ConvShape, Pad, Tensor};

/// What may be drawn. Sizes are the largest, all from 1 up.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// Images (N).
    pub batch: usize,
    /// Groups (G) of a layer that is not depthwise.
    pub groups: usize,
    /// Output channels of one group (M/G).
    pub outputs: usize,
    /// Input channels of one group (C/G); of the whole layer if it is depthwise.
    pub channels: usize,
    /// Filter rows and columns (R, S).
    pub filter: usize,
    /// Vertical and horizontal stride (U).
    pub stride: usize,
    /// Vertical and horizontal dilation (D).
    pub dilation: usize,
    /// Zero padding of each side.
    pub pad: usize,
    /// Output rows and columns (P, Q).
    pub output_size: usize,
    /// Multiply-accumulates of the whole problem.
    pub macs: u64,
    /// Share of zeros in the input, 0 to 1; `None` draws it for each problem.
    pub zeros: Option<f64>,
    /// Bits of inputs and weights with their sign, 2 to 16; `None` draws them for each problem.
    pub bits: Option<u32>,
}

impl Default for Limits {
    /// Filters and strides up to the chip's 12, all else small: a problem takes about a millisecond to define.
    fn default() -> Self {
        Limits {
            batch: 4,
            groups: 4,
            outputs: 9,
            channels: 9,
            filter: 12,
            stride: 12,
            dilation: 3,
            pad: 6,
            output_size: 17,
            macs: 100_000,
            zeros: None,
            bits: None,
        }
    }
}

/// A convolution that owns its tensors.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem16 {
    /// The sizes; checked.
    pub shape: ConvShape,
    /// `[N, C, H, W]`.
    pub input: Tensor<i16>,
    /// `[M, C/G, R, S]`.
    pub weights: Tensor<i16>,
    /// One word an output channel.
    pub bias: Vec<i16>,
    /// Where products are cut.
    pub shift: u32,
    /// What the output path clamps to.
    pub clamp: Clamp,
}

impl Problem16 {
    /// The same convolution, as everything that computes one takes it.
    pub fn job(&self) -> Conv16<'_> {
        Conv16 {
            shape: self.shape,
            input: &self.input,
            weights: &self.weights,
            bias: &self.bias,
            shift: self.shift,
            clamp: self.clamp,
        }
    }
}

/// A stream of pseudo-random problems.
#[derive(Clone, Debug)]
pub struct Generator {
    state: u64,
}

impl Generator {
    /// The stream of `seed`.
    pub fn new(seed: u64) -> Self {
        Generator { state: seed }
    }

    /// 64 pseudo-random bits.
    pub fn bits(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A value from `low` to `high`, both included.
    pub fn within(&mut self, low: i64, high: i64) -> i64 {
        assert!(low <= high, "no value from {low} to {high}");
        let span = high.abs_diff(low);
        match span.checked_add(1) {
            Some(count) => low.wrapping_add_unsigned(self.bits() % count),
            None => self.bits() as i64,
        }
    }

    /// A size from 1 to `limit`.
    pub fn size(&mut self, limit: usize) -> usize {
        self.within(1, limit as i64) as usize
    }

    /// A value from 0 up to 1, 1 excluded.
    pub fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// True with the given probability.
    pub fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// A value from -`scale` to `scale`.
    pub fn real(&mut self, scale: f32) -> f32 {
        ((self.unit() * 2.0 - 1.0) * f64::from(scale)) as f32
    }

    /// A tensor of values from -`scale` to `scale`.
    pub fn reals(&mut self, dims: &[usize], scale: f32) -> Tensor<f32> {
        let len = dims.iter().product();
        Tensor::from_vec(dims, (0..len).map(|_| self.real(scale)).collect())
    }

    /// A tensor of words of `bits` bits with their sign, each zero with probability `zeros`.
    pub fn words(&mut self, dims: &[usize], bits: u32, zeros: f64) -> Tensor<i16> {
        let len = dims.iter().product();
        let (low, high) = (-(1i64 << (bits - 1)), (1i64 << (bits - 1)) - 1);
        let word = |g: &mut Self| if g.chance(zeros) { 0 } else { g.within(low, high) as i16 };
        Tensor::from_vec(dims, (0..len).map(|_| word(self)).collect())
    }

    /// The sizes of a convolution within `limits`; checked.
    pub fn conv_shape(&mut self, limits: &Limits) -> ConvShape {
        let depthwise = self.chance(0.15);
        let grouped = self.chance(0.3);
        let mut groups = match (depthwise, grouped) {
            (true, _) => self.size(limits.channels),
            (false, true) => self.size(limits.groups),
            (false, false) => 1,
        };
        let mut n = self.size(limits.batch);
        let mut group_m = if depthwise { self.size(2.min(limits.outputs)) } else { self.size(limits.outputs) };
        let mut group_c = if depthwise { 1 } else { self.size(limits.channels) };
        let [mut p, mut q] = [self.size(limits.output_size), self.size(limits.output_size)];
        let [mut r, mut s] = [self.size(limits.filter), self.size(limits.filter)];
        while [n, groups, group_m, group_c, p, q, r, s].iter().map(|&x| x as u64).product::<u64>() > limits.macs.max(1)
        {
            let sizes = [&mut n, &mut groups, &mut group_m, &mut group_c, &mut p, &mut q, &mut r, &mut s];
            if let Some(largest) = sizes.into_iter().max_by_key(|size| **size) {
                *largest /= 2;
            }
        }
        let stride = [self.size(limits.stride), self.size(limits.stride)];
        let dilated = self.chance(0.2);
        let dilation = if dilated { [self.size(limits.dilation), self.size(limits.dilation)] } else { [1, 1] };
        let padded = self.chance(0.6);
        let (h, top, bottom) = self.side(p, stride[0], (r - 1) * dilation[0] + 1, limits.pad * usize::from(padded));
        let (w, left, right) = self.side(q, stride[1], (s - 1) * dilation[1] + 1, limits.pad * usize::from(padded));
        let pad = Pad { top, bottom, left, right };
        let shape =
            ConvShape { n, groups, m: groups * group_m, c: groups * group_c, h, w, r, s, stride, pad, dilation };
        shape.check().expect("a generated shape is a convolution");
        shape
    }

    /// Input size and padding before and after it that give `outputs` windows, with up to `stride - 1` left over.
    fn side(&mut self, outputs: usize, stride: usize, window: usize, pad: usize) -> (usize, usize, usize) {
        let padded = (outputs - 1) * stride + window + self.size(stride) - 1;
        let before = self.within(0, pad.min(padded - 1) as i64) as usize;
        let after = self.within(0, pad.min(padded - 1 - before) as i64) as usize;
        (padded - before - after, before, after)
    }

    /// A convolution within `limits`.
    pub fn conv16(&mut self, limits: &Limits) -> Problem16 {
        let shape = self.conv_shape(limits);
        let zeros = limits.zeros.unwrap_or_else(|| if self.chance(0.3) { 0.0 } else { self.unit() });
        let bits = limits.bits.unwrap_or_else(|| self.within(2, 16) as u32);
        let weight_bits = limits.bits.unwrap_or_else(|| self.within(2, 16) as u32);
        let input = self.words(&shape.input_dims(), bits, zeros);
        let weights = self.words(&shape.weight_dims(), weight_bits, 0.1);
        let bias = self.words(&[shape.m], bits, 0.1).into_vec();
        let exact_fit = i64::from(bits + weight_bits) - 16;
        let shift = (exact_fit + self.within(-4, 6)).clamp(0, i64::from(MAX_SHIFT)) as u32;
        let clamp = match self.within(0, 2) {
            0 => Clamp::NONE,
            1 => Clamp::RELU,
            _ => Clamp { lo: 0, hi: self.within(1, 32767) as i16 },
        };
        Problem16 { shape, input, weights, bias, shift, clamp }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SplitMix64 of seed 1234567: the first numbers that the reference program by S. Vigna prints.
    #[test]
    fn numbers_are_split_mix() {
        let mut g = Generator::new(1234567);
        assert_eq!([g.bits(), g.bits(), g.bits()], [6457827717110365317, 3203168211198807973, 9817491932198370423]);
    }

    #[test]
    fn every_stride_filter_and_feature_comes_up_within_the_limits() {
        let limits = Limits::default();
        let mut strides = [false; 12];
        let mut filters = [false; 12];
        let (mut grouped, mut depthwise, mut padded, mut dilated, mut saturating) = (0, 0, 0, 0, 0);
        for seed in 0..500 {
            let problem = Generator::new(seed).conv16(&limits);
            let shape = problem.shape;
            assert!(shape.macs() <= limits.macs, "seed {seed}: {shape:?}");
            assert!(shape.n <= 4 && shape.p() <= 17 && shape.q() <= 17, "seed {seed}: {shape:?}");
            strides[shape.stride[0] - 1] = true;
            filters[shape.r - 1] = true;
            grouped += usize::from(shape.groups > 1 && shape.group_c() > 1);
            depthwise += usize::from(shape.groups == shape.c && shape.c > 1);
            padded += usize::from(shape.pad.top != shape.pad.bottom);
            dilated += usize::from(shape.dilation != [1, 1]);
            saturating += usize::from(crate::conv16::naive(&problem.job()).saturated > 0);
        }
        assert_eq!((strides, filters), ([true; 12], [true; 12]));
        for (what, count) in [
            ("grouped", grouped),
            ("depthwise", depthwise),
            ("padded", padded),
            ("dilated", dilated),
            ("saturating", saturating),
        ] {
            assert!(count >= 20, "{count} {what} problems of 500");
        }
    }

    #[test]
    fn a_seed_is_a_problem() {
        let draw = |seed| Generator::new(seed).conv16(&Limits::default());
        assert_eq!(draw(7), draw(7));
        assert_ne!(draw(7), draw(8));
    }

    #[test]
    fn zeros_and_bits_are_as_asked() {
        let limits = Limits { zeros: Some(0.75), bits: Some(8), macs: 1_000_000, ..Limits::default() };
        let problem = Generator::new(3).conv16(&limits);
        let words = Generator::new(4).words(&[10_000], 8, 0.75);
        let zeros = words.data().iter().filter(|&&w| w == 0).count();
        assert!((7400..7700).contains(&zeros), "{zeros} zeros");
        assert!(problem.input.data().iter().chain(problem.weights.data()).all(|&w| (-128..128).contains(&w)));
    }
}
