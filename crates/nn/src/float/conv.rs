//! Convolution of floating-point values. Each sum runs over its taps in order; see [`crate::lower`] for the rest.

use pulp::{Arch, NullaryFnOnce};

use crate::lower::{self, Block, Kernel, LANES, ROWS};
use crate::network::Weights;
use crate::{ConvShape, Tensor};

/// The convolution of `shape` over `input`; `[N, M, P, Q]`.
pub(super) fn conv(shape: &ConvShape, input: &Tensor<f32>, weights: &Weights) -> Tensor<f32> {
    let taps = shape.group_c() * shape.r * shape.s;
    let kernel = FloatKernel { arch: Arch::new(), weights: weights.kernel.data(), taps, bias: &weights.bias };
    let (output, NoTally) = lower::convolve(&kernel, shape, input.data());
    Tensor::from_vec(&shape.output_dims(), output)
}

struct FloatKernel<'a> {
    arch: Arch,
    weights: &'a [f32],
    taps: usize,
    /// One value an output channel, or none.
    bias: &'a [f32],
}

/// Nothing is counted.
#[derive(Default)]
struct NoTally;

impl std::ops::Add for NoTally {
    type Output = Self;

    fn add(self, NoTally: Self) -> Self {
        NoTally
    }
}

impl FloatKernel<'_> {
    fn filter(&self, m: usize) -> &[f32] {
        &self.weights[m * self.taps..][..self.taps]
    }

    fn bias(&self, m: usize) -> f32 {
        self.bias.get(m).copied().unwrap_or(0.0)
    }

    fn rows<const R: usize>(&self, m: usize, panel: &[f32]) -> Block<f32> {
        let filters: [&[f32]; R] = std::array::from_fn(|r| self.filter(m + r));
        let sums = self.arch.dispatch(Products { filters, panel });
        let mut block = [[0.0; LANES]; ROWS];
        for (r, (row, sums)) in block.iter_mut().zip(sums).enumerate() {
            *row = sums.map(|sum| sum + self.bias(m + r));
        }
        block
    }
}

impl Kernel for FloatKernel<'_> {
    type Word = f32;
    type Out = f32;
    type Tally = NoTally;

    fn block(&self, m: usize, rows: usize, panel: &[f32]) -> (Block<f32>, NoTally) {
        let block = match rows {
            1 => self.rows::<1>(m, panel),
            2 => self.rows::<2>(m, panel),
            3 => self.rows::<3>(m, panel),
            _ => self.rows::<ROWS>(m, panel),
        };
        (block, NoTally)
    }

    fn dot(&self, m: usize, column: &[f32]) -> (f32, NoTally) {
        let filter = self.filter(m);
        (self.arch.dispatch(Dot { filter, column }) + self.bias(m), NoTally)
    }
}

/// For each row and lane the sum of products, tap after tap.
struct Products<'a, const R: usize> {
    filters: [&'a [f32]; R],
    panel: &'a [f32],
}

impl<const R: usize> NullaryFnOnce for Products<'_, R> {
    type Output = [[f32; LANES]; R];

    #[inline(always)]
    fn call(self) -> Self::Output {
        let mut sums = [[0.0; LANES]; R];
        for (tap, inputs) in self.panel.as_chunks::<LANES>().0.iter().enumerate() {
            for (sums, filter) in sums.iter_mut().zip(self.filters) {
                let weight = filter[tap];
                for (sum, &input) in sums.iter_mut().zip(inputs) {
                    *sum += input * weight;
                }
            }
        }
        sums
    }
}

/// The inner product, summed in `LANES` interleaved parts.
struct Dot<'a> {
    filter: &'a [f32],
    column: &'a [f32],
}

impl NullaryFnOnce for Dot<'_> {
    type Output = f32;

    #[inline(always)]
    fn call(self) -> f32 {
        let (weights, more_weights) = self.filter.as_chunks::<LANES>();
        let (inputs, more_inputs) = self.column.as_chunks::<LANES>();
        let mut sums = [0.0; LANES];
        for (weights, inputs) in weights.iter().zip(inputs) {
            for ((sum, weight), input) in sums.iter_mut().zip(weights).zip(inputs) {
                *sum += weight * input;
            }
        }
        let rest: f32 = more_weights.iter().zip(more_inputs).map(|(weight, input)| weight * input).sum();
        sums.iter().sum::<f32>() + rest
    }
}
