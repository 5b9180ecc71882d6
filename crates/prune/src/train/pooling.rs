//! Pooling in tensors of `burn`. Which values a window holds, and by how many a mean divides, is as in `nn`: windows
//! are clipped to the input, or to the padded input where padding counts; padding never wins a maximum.

use burn::tensor::module::{avg_pool2d, max_pool2d};
use burn::tensor::ops::{AvgPoolOptions, MaxPoolOptions};
use burn::tensor::{Tensor, TensorData};
use nn::{Pool, PoolKind};

use super::operators::place;

/// Pools `input` into `dims`.
pub(super) fn pool(pool: &Pool, input: Tensor<4>, dims: [usize; 4]) -> Tensor<4> {
    let [n, channels, h, w] = input.dims();
    let [_, _, p, q] = dims;
    let window = pool.kernel.unwrap_or([h, w]);
    let stride = pool.stride;
    // All windows and nothing else: so neither rounding rule is left to the library.
    let all = [n, channels, (p - 1) * stride[0] + window[0], (q - 1) * stride[1] + window[1]];
    let place = |fill| place(input, fill, [0, pool.pad.top, pool.pad.left], all);
    if pool.kind == PoolKind::Max {
        return max_pool2d(place(f32::NEG_INFINITY), MaxPoolOptions::new(window).with_stride(stride));
    }
    let means = avg_pool2d(place(0.0), AvgPoolOptions::new(window).with_stride(stride));
    let padded = pool.kind == PoolKind::AverageWithPad;
    let rows = counts(p, stride[0], window[0], [pool.pad.top, h, pool.pad.bottom], padded);
    let columns = counts(q, stride[1], window[1], [pool.pad.left, w, pool.pad.right], padded);
    let area = window[0] * window[1];
    if rows.iter().all(|&rows| rows == window[0]) && columns.iter().all(|&columns| columns == window[1]) {
        return means;
    }
    let factors = rows.iter().flat_map(|rows| columns.iter().map(move |columns| area as f32 / (rows * columns) as f32));
    let factors = TensorData::new(factors.collect::<Vec<f32>>(), [1, 1, p, q]);
    means.clone() * Tensor::<4>::from_data(factors, &means.device())
}

/// For each of `windows` along one dimension, how many places count: those within the input, whose size stands
/// between the padding before and after it, or also those within the padding.
fn counts(windows: usize, stride: usize, extent: usize, sides: [usize; 3], padded: bool) -> Vec<usize> {
    let [before, size, after] = sides;
    let (first, last) = if padded { (0, before + size + after) } else { (before, before + size) };
    let count = |start: usize| (start + extent).min(last) - start.max(first);
    (0..windows).map(|window| count(window * stride)).collect()
}
