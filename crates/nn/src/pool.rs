//! Pooling, of floating-point values and of 16-bit words.
//!
//! A mean of words rounds to the nearest, ties to even; formats do not change, since neither the largest value nor
//! the mean of a window exceeds its range. Padding never wins a maximum.

use std::ops::Range;

use rayon::prelude::*;

use crate::network::{Pool, PoolKind};
use crate::{Pad, Tensor};

/// What can be pooled.
pub(crate) trait Pooled: Copy + Default + PartialOrd + Send + Sync {
    /// The mean of `count` places, of which all but `values` are zero.
    fn mean(values: impl Iterator<Item = Self>, count: usize) -> Self;
}

impl Pooled for f32 {
    fn mean(values: impl Iterator<Item = f32>, count: usize) -> f32 {
        (values.map(f64::from).sum::<f64>() / count as f64) as f32
    }
}

impl Pooled for i16 {
    fn mean(values: impl Iterator<Item = i16>, count: usize) -> i16 {
        let sum: i64 = values.map(i64::from).sum();
        let count = count as i64;
        let (floor, rest) = (sum.div_euclid(count), sum.rem_euclid(count));
        let up = 2 * rest > count || (2 * rest == count && floor % 2 != 0);
        (floor + i64::from(up)) as i16
    }
}

/// Pools `input` (`[N, C, H, W]`) into `dims` (`[N, C, P, Q]`, as inferred).
pub(crate) fn pool<T: Pooled>(pool: &Pool, input: &Tensor<T>, dims: &[usize]) -> Tensor<T> {
    let [_, _, h, w] = input.nchw();
    let mut output = Tensor::zeros(dims);
    let [_, _, p, q] = output.nchw();
    let [window_rows, window_columns] = pool.kernel.unwrap_or([h, w]);
    let Pad { top, bottom, left, right } = pool.pad;
    let rows: Vec<Window> = (0..p).map(|y| window(y * pool.stride[0], window_rows, top, h, bottom)).collect();
    let columns: Vec<Window> = (0..q).map(|x| window(x * pool.stride[1], window_columns, left, w, right)).collect();
    output.data_mut().par_chunks_mut(p * q).zip(input.data().par_chunks(h * w)).for_each(|(output, input)| {
        for (words, rows) in output.chunks_mut(q).zip(&rows) {
            for (word, columns) in words.iter_mut().zip(&columns) {
                let values = rows.inside.clone().flat_map(|y| &input[y * w..][columns.inside.clone()]).copied();
                *word = match pool.kind {
                    PoolKind::Max => values.reduce(|a, b| if b > a { b } else { a }).unwrap_or_default(),
                    PoolKind::Average => T::mean(values, rows.inside.len() * columns.inside.len()),
                    PoolKind::AverageWithPad => T::mean(values, rows.padded * columns.padded),
                };
            }
        }
    });
    output
}

/// One window along one dimension.
struct Window {
    /// What lies inside the input.
    inside: Range<usize>,
    /// How much lies inside the padded input.
    padded: usize,
}

/// The window that starts at `start` of the padded input.
fn window(start: usize, extent: usize, before: usize, size: usize, after: usize) -> Window {
    let end = (start + extent).min(before + size + after);
    let inside = start.saturating_sub(before)..end.saturating_sub(before).min(size);
    Window { inside, padded: end - start }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn means_of_words_round_to_the_nearest_even() {
        let mean = |words: &[i16], count| <i16 as Pooled>::mean(words.iter().copied(), count);
        assert_eq!([mean(&[1, 2], 2), mean(&[2, 3], 2), mean(&[-1, -2], 2), mean(&[-3, -2], 2)], [2, 2, -2, -2]);
        assert_eq!([mean(&[1, 1, 2], 3), mean(&[1, 2, 2], 3), mean(&[-1, -1, -2], 3)], [1, 2, -1]);
        assert_eq!((mean(&[7], 4), mean(&[i16::MIN; 4], 4)), (2, i16::MIN));
    }

    /// A 3x3 map padded by 1 on top and left: windows reach what lies inside, and never take padding for a maximum.
    #[test]
    fn windows_are_clipped() {
        let input = Tensor::from_vec(&[1, 1, 3, 3], vec![-9i16, -8, -7, -6, -5, -4, -3, -2, -1]);
        let parameters = |kind| Pool {
            kind,
            kernel: Some([2, 2]),
            stride: [2, 2],
            pad: Pad { top: 1, left: 1, ..Pad::default() },
            ceil: false,
        };
        let pooled = |kind| pool(&parameters(kind), &input, &[1, 1, 2, 2]).into_vec();
        assert_eq!(pooled(PoolKind::Max), [-9, -7, -3, -1]);
        assert_eq!(pooled(PoolKind::Average), [-9, -8, -4, -3]);
        assert_eq!(pooled(PoolKind::AverageWithPad), [-2, -4, -2, -3]);
    }
}
