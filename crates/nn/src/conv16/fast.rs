//! The 16-bit convolution of [`super::naive`], word for word and count for count, as fast as plain code goes.
//!
//! Addition modulo 2^16 does not depend on the order, so the inner loops run over lanes of many sums at once, which
//! the compiler turns into vector instructions for the processor at hand (`pulp` chooses at run time). There are
//! three ways to sum, the first that applies is taken:
//! - **narrow**: a product cut at bit 16 or above is the high half of a 16-bit multiplication and cannot saturate.
//!   Sums of 16 bits take as many taps as the largest input and the weights prove to fit, then go to 32 bits. A cut
//!   below 16 moves up with the operands where these leave bits free: `(a << k) * w >> (16 + k)` is `a * w >> 16`.
//! - **wide**: sums of 32 bits, which up to 2^15 cut products fit.
//! - **saturating**: the same with each product clamped and counted, where the largest input and weight do not rule
//!   saturation out and a first try shows that it happens.

use std::borrow::Cow;

use pulp::Arch;

use super::products::{Dot, Narrow, Saturating, Taps, Wide, WideIfNoneSaturates};
use super::{Conv16, Conv16Output};
use crate::fixed::cut;
use crate::lower::{self, Block, Kernel, LANES, ROWS};
use crate::{Clamp, Tensor};

/// Taps whose products fit a 32-bit sum.
const CHUNK: usize = 1 << 15;

/// Taps that 16-bit sums must take on average to be worth the way to 32 bits.
const WORTH_NARROW: usize = 4;

/// Computes `job`; equal to [`super::naive`] in everything.
pub fn fast(job: &Conv16) -> Conv16Output {
    let (input, weights) = (job.input.data(), job.weights.data());
    let (free_input, free_weights) = (free_bits(largest(input)), free_bits(largest(weights)));
    let missing = 16u32.saturating_sub(job.shift);
    let moves = missing <= free_input + free_weights;
    let up_weights = if moves { missing.min(free_weights) } else { 0 };
    let up_input = if moves { missing - up_weights } else { 0 };
    let (input, weights) = (moved_up(input, up_input), moved_up(weights, up_weights));
    let mut kernel = CutKernel {
        arch: Arch::new(),
        weights: &weights,
        taps: job.shape.group_c() * job.shape.r * job.shape.s,
        group_m: job.shape.group_m(),
        bias: job.bias,
        shift: job.shift + up_input + up_weights,
        clamp: job.clamp,
        largest_input: largest(&input),
        ways: Vec::new(),
    };
    kernel.ways = kernel.ways();
    let (output, Losses { saturated, wrapped }) = lower::convolve(&kernel, &job.shape, &input);
    Conv16Output { output: Tensor::from_vec(&job.shape.output_dims(), output), saturated, wrapped }
}

fn largest(words: &[i16]) -> u32 {
    words.iter().map(|w| u32::from(w.unsigned_abs())).max().unwrap_or(0)
}

/// How far words up to `largest` move up without leaving 16 bits.
fn free_bits(largest: u32) -> u32 {
    largest.leading_zeros().saturating_sub(17)
}

fn moved_up(words: &[i16], bits: u32) -> Cow<'_, [i16]> {
    if bits == 0 { Cow::Borrowed(words) } else { Cow::Owned(words.iter().map(|word| word << bits).collect()) }
}

struct CutKernel<'a> {
    arch: Arch,
    weights: &'a [i16],
    taps: usize,
    group_m: usize,
    bias: &'a [i16],
    shift: u32,
    clamp: Clamp,
    largest_input: u32,
    /// For each block of channels, how its products are summed.
    ways: Vec<Way>,
}

/// How the products of a block of channels are summed.
enum Way {
    /// In 16 bits, up to each of these taps.
    Narrow(Vec<usize>),
    Wide,
    MaySaturate,
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

    fn blocks_of_group(&self) -> usize {
        self.group_m.div_ceil(ROWS)
    }

    /// The way of every block, group after group.
    fn ways(&self) -> Vec<Way> {
        let blocks = self.weights.chunks(self.group_m * self.taps).flat_map(|group| group.chunks(ROWS * self.taps));
        let way = |filters: &[i16]| match self.shift {
            0..16 if self.may_saturate(filters) => Way::MaySaturate,
            0..16 => Way::Wide,
            _ => {
                let ends = self.narrow_ends(filters);
                if self.taps / ends.len() < WORTH_NARROW { Way::Wide } else { Way::Narrow(ends) }
            }
        };
        blocks.map(way).collect()
    }

    /// The taps at which 16-bit sums must go to 32 bits: before the largest possible sum leaves 16 bits.
    fn narrow_ends(&self, filters: &[i16]) -> Vec<usize> {
        let mut ends = Vec::new();
        let mut sum = 0;
        for tap in 0..self.taps {
            let weight = filters.chunks(self.taps).map(|filter| filter[tap].unsigned_abs()).max().unwrap_or(0);
            // Dropping bits rounds down, so that a negative product may be larger by one.
            let product = ((self.largest_input * u32::from(weight)) >> self.shift) + u32::from(weight != 0);
            sum += product;
            if sum > i16::MAX as u32 {
                ends.push(tap);
                sum = product;
            }
        }
        ends.push(self.taps);
        ends
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
        let taps = self.taps;
        let mut losses = Losses::default();
        let mut sums = [[0i64; LANES]; R];
        let way = &self.ways[m / self.group_m * self.blocks_of_group() + m % self.group_m / ROWS];
        let mut start = 0;
        while start < taps {
            let end = (start + CHUNK).min(taps);
            let panel = &panel[start * LANES..end * LANES];
            let filters: [&[i16]; R] = std::array::from_fn(|r| &filters[r * taps..][start..end]);
            let taps = Taps { filters, panel, shift: self.shift };
            let partial = match way {
                Way::Narrow(ends) => self.narrow(taps, ends, start),
                Way::Wide => self.arch.dispatch(Wide(taps)),
                Way::MaySaturate => self.saturating(taps, &mut losses.saturated),
            };
            start = end;
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

    /// Sums of `taps`, of which the first is tap `start` of the filters, in 16 bits up to each of `ends`.
    fn narrow<const R: usize>(&self, taps: Taps<R>, ends: &[usize], start: usize) -> [[i32; LANES]; R] {
        let mut sums = [[0i32; LANES]; R];
        let (mut from, count) = (0, taps.panel.len() / LANES);
        for end in &ends[ends.partition_point(|&end| end <= start)..] {
            let to = (end - start).min(count);
            let filters = taps.filters.map(|filter| &filter[from..to]);
            let part = Taps { filters, panel: &taps.panel[from * LANES..to * LANES], shift: taps.shift };
            let partial = self.arch.dispatch(Narrow(part));
            for (sum, &partial) in sums.as_flattened_mut().iter_mut().zip(partial.as_flattened()) {
                *sum += i32::from(partial);
            }
            from = to;
            if to == count {
                break;
            }
        }
        sums
    }

    fn saturating<const R: usize>(&self, taps: Taps<R>, saturated: &mut u64) -> [[i32; LANES]; R] {
        self.arch.dispatch(WideIfNoneSaturates(taps)).unwrap_or_else(|| {
            let (sums, count) = self.arch.dispatch(Saturating(taps));
            *saturated += count;
            sums
        })
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
            if !may_saturate {
                sum += i64::from(self.arch.dispatch(Dot { inputs, weights, shift }));
                continue;
            }
            for (&input, &weight) in inputs.iter().zip(weights) {
                let (product, over) = cut(i32::from(input) * i32::from(weight), shift);
                sum += i64::from(product);
                losses.saturated += u64::from(over);
            }
        }
        (self.finish(m, sum, &mut losses), losses)
    }
}
