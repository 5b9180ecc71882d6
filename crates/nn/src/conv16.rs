//! The naive 16-bit convolution: the meaning of everything that computes one.
//!
//! Seven loops, one product at a time, no thought of speed. The machine, the fast paths and the RTL are right when
//! they equal it bit for bit.

mod fast;
mod products;

pub use fast::fast;

use crate::fixed::{Clamp, cut};
use crate::{ConvShape, Tensor};

/// One convolution in the chip's arithmetic, ready to be computed.
#[derive(Clone, Copy, Debug)]
pub struct Conv16<'a> {
    /// The sizes; checked.
    pub shape: ConvShape,
    /// `[N, C, H, W]`, without padding.
    pub input: &'a Tensor<i16>,
    /// `[M, C/G, R, S]`.
    pub weights: &'a Tensor<i16>,
    /// One word an output channel, in the output's format; added once to each sum.
    pub bias: &'a [i16],
    /// Where products are cut to 16 bits, at most [`crate::fixed::MAX_SHIFT`].
    pub shift: u32,
    /// What the output path clamps to (ReLU).
    pub clamp: Clamp,
}

/// What a convolution gives: the words, and how often 16 bits were too few.
#[derive(Clone, Debug, PartialEq)]
pub struct Conv16Output {
    /// `[N, M, P, Q]`, clamped.
    pub output: Tensor<i16>,
    /// Products that saturated when they were cut.
    pub saturated: u64,
    /// Output words whose exact sum did not fit 16 bits, so that the word wrapped.
    pub wrapped: u64,
}

/// Computes `job` by definition.
pub fn naive(job: &Conv16) -> Conv16Output {
    let shape = job.shape;
    let [_, _, p, q] = shape.output_dims();
    let mut output = Tensor::zeros(&shape.output_dims());
    let (mut saturated, mut wrapped) = (0, 0);
    for n in 0..shape.n {
        for m in 0..shape.m {
            for y in 0..p {
                for x in 0..q {
                    let mut sum = i64::from(job.bias[m]);
                    for c in 0..shape.group_c() {
                        for r in 0..shape.r {
                            for s in 0..shape.s {
                                let a = input_word(job, n, m, c, y, r, x, s);
                                let w = job.weights.data()[((m * shape.group_c() + c) * shape.r + r) * shape.s + s];
                                let (product, over) = cut(i32::from(a) * i32::from(w), job.shift);
                                sum += i64::from(product);
                                saturated += u64::from(over);
                            }
                        }
                    }
                    let word = sum as i16;
                    wrapped += u64::from(i64::from(word) != sum);
                    output.data_mut()[((n * shape.m + m) * p + y) * q + x] = job.clamp.apply(word);
                }
            }
        }
    }
    Conv16Output { output, saturated, wrapped }
}

/// The input word that tap (c, r, s) of output (n, m, y, x) reads; zero in the padding.
#[allow(clippy::too_many_arguments)]
fn input_word(job: &Conv16, n: usize, m: usize, c: usize, y: usize, r: usize, x: usize, s: usize) -> i16 {
    let shape = job.shape;
    let channel = m / shape.group_m() * shape.group_c() + c;
    let row = (y * shape.stride[0] + r * shape.dilation[0]).wrapping_sub(shape.pad.top);
    let column = (x * shape.stride[1] + s * shape.dilation[1]).wrapping_sub(shape.pad.left);
    if row >= shape.h || column >= shape.w {
        return 0;
    }
    job.input.data()[((n * shape.c + channel) * shape.h + row) * shape.w + column]
}
