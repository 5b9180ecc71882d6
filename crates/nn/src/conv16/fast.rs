//! The 16-bit convolution of [`super::naive`], word for word and count for count, as fast as plain code goes.
//!
//! Addition modulo 2^16 does not depend on the order, and the exact sum of up to 2^15 cut products fits 32 bits; so
//! the inner loop runs over lanes of 32-bit accumulators, which the compiler turns into vector instructions for the
//! processor at hand (`pulp` chooses at run time). Products are clamped only where one saturates, which is ruled out
//! by the largest input and weight, or else by a first try that keeps the extremes of the products.

use pulp::Arch;

use super::{Conv16, Conv16Output};
use crate::fixed::cut;
use crate::lower::{self, Block, Kernel, LANES, ROWS};
use crate::{Clamp, Tensor};

/// Taps whose products fit a 32-bit sum.
const CHUNK: usize = 1 << 15;

/// Computes `job`; equal to [`super::naive`] in everything.
pub fn fast(job: &Conv16) -> Conv16Output {
    let taps = job.shape.group_c() * job.shape.r * job.shape.s;
    let largest_input = largest(job.input.data());
    let kernel = CutKernel {
        arch: Arch::new(),
        weights: job.weights.data(),
        taps,
        bias: job.bias,
        shift: job.shift,
        clamp: job.clamp,
        largest_input,
    };
    let (output, Losses { saturated, wrapped }) = lower::convolve(&kernel, &job.shape, job.input.data());
    Conv16Output { output: Tensor::from_vec(&job.shape.output_dims(), output), saturated, wrapped }
}

fn largest(words: &[i16]) -> u32 {
    words.iter().map(|w| u32::from(w.unsigned_abs())).max().unwrap_or(0)
}

struct CutKernel<'a> {
    arch: Arch,
    weights: &'a [i16],
    taps: usize,
    bias: &'a [i16],
    shift: u32,
    clamp: Clamp,
    largest_input: u32,
}

/// How often 16 bits were too few.
#[derive(Clone, Copy, Default)]
struct Losses {
    saturated: u64,
    wrapped: u64,
}

impl std::ops::Add for Losses {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Losses { saturated: self.saturated + other.saturated, wrapped: self.wrapped + other.wrapped }
    }
}

impl CutKernel<'_> {
    fn filters(&self, m: usize, rows: usize) -> &[i16] {
        &self.weights[m * self.taps..(m + rows) * self.taps]
    }

    /// Whether a product with one of `weights` could saturate.
    fn may_saturate(&self, weights: &[i16]) -> bool {
        // The most negative product is the one of largest magnitude; -32768 fits, 32768 does not.
        (self.largest_input * largest(weights)) >> self.shift > i16::MAX as u32
    }

    /// The word that a sum of products becomes.
    fn finish(&self, m: usize, products: i64, losses: &mut Losses) -> i16 {
        let sum = products + i64::from(self.bias[m]);
        let word = sum as i16;
        losses.wrapped += u64::from(i64::from(word) != sum);
        self.clamp.apply(word)
    }

    fn rows<const R: usize>(&self, m: usize, panel: &[i16]) -> (Block<i16>, Losses) {
        let filters = self.filters(m, R);
        let (shift, taps) = (self.shift, self.taps);
        let mut losses = Losses::default();
        let mut sums = [[0i64; LANES]; R];
        let may_saturate = self.may_saturate(filters);
        for start in (0..taps).step_by(CHUNK) {
            let end = (start + CHUNK).min(taps);
            let panel = &panel[start * LANES..end * LANES];
            let filters: [&[i16]; R] = std::array::from_fn(|r| &filters[r * taps..][start..end]);
            let partial = if !may_saturate {
                self.arch.dispatch(
                    #[inline(always)]
                    || products(filters, panel, shift),
                )
            } else if let Some(partial) = self.arch.dispatch(
                #[inline(always)]
                || products_if_none_saturates(filters, panel, shift),
            ) {
                partial
            } else {
                let (partial, saturated) = self.arch.dispatch(
                    #[inline(always)]
                    || saturating_products(filters, panel, shift),
                );
                losses.saturated += saturated;
                partial
            };
            for (sum, partial) in sums.as_flattened_mut().iter_mut().zip(partial.as_flattened()) {
                *sum += i64::from(*partial);
            }
        }
        let mut block = [[0; LANES]; ROWS];
        for (r, (words, sums)) in block.iter_mut().zip(sums).enumerate() {
            for (word, sum) in words.iter_mut().zip(sums) {
                *word = self.finish(m + r, sum, &mut losses);
            }
        }
        (block, losses)
    }
}

impl Kernel for CutKernel<'_> {
    type Word = i16;
    type Out = i16;
    type Tally = Losses;

    fn block(&self, m: usize, rows: usize, panel: &[i16]) -> (Block<i16>, Losses) {
        match rows {
            1 => self.rows::<1>(m, panel),
            2 => self.rows::<2>(m, panel),
            3 => self.rows::<3>(m, panel),
            _ => self.rows::<ROWS>(m, panel),
        }
    }

    fn dot(&self, m: usize, column: &[i16]) -> (i16, Losses) {
        let filter = self.filters(m, 1);
        let shift = self.shift;
        let mut losses = Losses::default();
        let mut sum = 0;
        let may_saturate = self.may_saturate(filter);
        for (inputs, weights) in column.chunks(CHUNK).zip(filter.chunks(CHUNK)) {
            let pairs = || inputs.iter().zip(weights);
            if may_saturate {
                for (&input, &weight) in pairs() {
                    let (product, over) = cut(i32::from(input) * i32::from(weight), shift);
                    sum += i64::from(product);
                    losses.saturated += u64::from(over);
                }
            } else {
                let partial: i32 = self.arch.dispatch(
                    #[inline(always)]
                    || {
                        pairs().fold(0, |sum: i32, (&a, &w)| {
                            sum.wrapping_add((i32::from(a) * i32::from(w)).wrapping_shr(shift))
                        })
                    },
                );
                sum += i64::from(partial);
            }
        }
        (self.finish(m, sum, &mut losses), losses)
    }
}

/// Sums of at most [`CHUNK`] products of which none saturates. Sums do not wrap; that goes without checks, which would
/// keep the loop from becoming vector instructions.
#[inline(always)]
fn products<const R: usize>(filters: [&[i16]; R], panel: &[i16], shift: u32) -> [[i32; LANES]; R] {
    let mut sums = [[0i32; LANES]; R];
    for (tap, inputs) in panel.as_chunks::<LANES>().0.iter().enumerate() {
        for (sums, filter) in sums.iter_mut().zip(filters) {
            let weight = i32::from(filter[tap]);
            for (sum, &input) in sums.iter_mut().zip(inputs) {
                *sum = sum.wrapping_add((i32::from(input) * weight).wrapping_shr(shift));
            }
        }
    }
    sums
}

/// The same, or `None` if a product saturates: what the extremes of all products tell.
#[inline(always)]
fn products_if_none_saturates<const R: usize>(
    filters: [&[i16]; R],
    panel: &[i16],
    shift: u32,
) -> Option<[[i32; LANES]; R]> {
    let mut sums = [[0i32; LANES]; R];
    let (mut lowest, mut highest) = ([0i32; LANES], [0i32; LANES]);
    for (tap, inputs) in panel.as_chunks::<LANES>().0.iter().enumerate() {
        for (sums, filter) in sums.iter_mut().zip(filters) {
            let weight = i32::from(filter[tap]);
            for lane in 0..LANES {
                let product = (i32::from(inputs[lane]) * weight).wrapping_shr(shift);
                sums[lane] = sums[lane].wrapping_add(product);
                lowest[lane] = lowest[lane].min(product);
                highest[lane] = highest[lane].max(product);
            }
        }
    }
    let fits = |&product: &i32| i16::try_from(product).is_ok();
    (lowest.iter().all(fits) && highest.iter().all(fits)).then_some(sums)
}

/// Sums of at most [`CHUNK`] products, and how many of them saturated.
#[inline(always)]
fn saturating_products<const R: usize>(filters: [&[i16]; R], panel: &[i16], shift: u32) -> ([[i32; LANES]; R], u64) {
    let mut sums = [[0i32; LANES]; R];
    let mut saturated = [[0u32; LANES]; R];
    for (tap, inputs) in panel.as_chunks::<LANES>().0.iter().enumerate() {
        for ((sums, counts), filter) in sums.iter_mut().zip(&mut saturated).zip(filters) {
            let weight = i32::from(filter[tap]);
            for ((sum, count), &input) in sums.iter_mut().zip(counts).zip(inputs) {
                let kept = (i32::from(input) * weight).wrapping_shr(shift);
                let product = kept.clamp(i32::from(i16::MIN), i32::from(i16::MAX));
                *sum = sum.wrapping_add(product);
                *count = count.wrapping_add(u32::from(product != kept));
            }
        }
    }
    (sums, saturated.as_flattened().iter().map(|&count| u64::from(count)).sum())
}
