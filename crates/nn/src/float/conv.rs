//! Convolution of floating-point values. Each sum runs over its taps in order; see [`crate::lower`] for the rest.

use pulp::Arch;

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
        let sums = self.arch.dispatch(
            #[inline(always)]
            || products(filters, panel),
        );
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
        let sum = self.arch.dispatch(
            #[inline(always)]
            || dot(filter, column),
        );
        (sum + self.bias(m), NoTally)
    }
}

#[inline(always)]
fn products<const R: usize>(filters: [&[f32]; R], panel: &[f32]) -> [[f32; LANES]; R] {
    let mut sums = [[0.0; LANES]; R];
    for (tap, inputs) in panel.as_chunks::<LANES>().0.iter().enumerate() {
        for (sums, filter) in sums.iter_mut().zip(filters) {
            let weight = filter[tap];
            for (sum, &input) in sums.iter_mut().zip(inputs) {
                *sum += input * weight;
            }
        }
    }
    sums
}

/// The inner product, summed in `LANES` interleaved parts.
#[inline(always)]
fn dot(a: &[f32], b: &[f32]) -> f32 {
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<LANES>(), b.as_chunks::<LANES>());
    let mut sums = [0.0; LANES];
    for (a, b) in a.iter().zip(b) {
        for ((sum, &x), &y) in sums.iter_mut().zip(a).zip(b) {
            *sum += x * y;
        }
    }
    let rest: f32 = a_rest.iter().zip(b_rest).map(|(&x, &y)| x * y).sum();
    sums.iter().sum::<f32>() + rest
}
