//! Operators in tensors of `burn`, on values of `[N, C, H, W]`; each is the one of its name in [`nn::float`].

use burn::tensor::module::conv2d;
use burn::tensor::ops::ConvOptions;
use burn::tensor::{Tensor, TensorData};
use nn::ConvShape;

use super::forward::Leaf;

/// The convolution of `shape`.
pub(super) fn conv(shape: &ConvShape, input: Tensor<4>, kernel: Leaf, bias: Option<Leaf>) -> Tensor<4> {
    let pad = shape.pad;
    let padding = [(pad.top, pad.bottom), (pad.left, pad.right)];
    let options = ConvOptions::new_with_padding(shape.stride, padding, shape.dilation, shape.groups);
    conv2d(input, kernel.reshape(shape.weight_dims()), bias, options)
}

/// The inner product of each image with each of `outputs` rows.
pub(super) fn fully_connected(outputs: usize, input: Tensor<4>, kernel: Leaf, bias: Option<Leaf>) -> Tensor<4> {
    let n = input.dims()[0];
    let inputs = kernel.dims()[0] / outputs;
    let sums = input.reshape([n, inputs]).matmul(kernel.reshape([outputs, inputs]).transpose());
    let sums = match bias {
        Some(bias) => sums + bias.reshape([1, outputs]),
        None => sums,
    };
    sums.reshape([n, outputs, 1, 1])
}

/// Each channel times its scale, plus its shift.
pub(super) fn scale(input: Tensor<4>, scale: Leaf, shift: Option<Leaf>) -> Tensor<4> {
    let channels = input.dims()[1];
    let scaled = input * scale.reshape([1, channels, 1, 1]);
    match shift {
        Some(shift) => scaled + shift.reshape([1, channels, 1, 1]),
        None => scaled,
    }
}

/// Local response normalisation across channels: the sums over windows are the product with a band of ones.
pub(super) fn lrn(input: Tensor<4>, size: usize, alpha: f32, beta: f32, k: f32) -> Tensor<4> {
    let [n, channels, rows, columns] = input.dims();
    let mut band = vec![0.0f32; channels * channels];
    for (c, row) in band.chunks_mut(channels).enumerate() {
        let last = (c + size / 2).min(channels - 1);
        row[c.saturating_sub((size - 1) / 2)..=last].fill(1.0);
    }
    let band = TensorData::new(band, [1, channels, channels]);
    let band = Tensor::<3>::from_data(band, &input.device()).expand([n, channels, channels]);
    let squares = (input.clone() * input.clone()).reshape([n, channels, rows * columns]);
    let sums = band.matmul(squares).reshape([n, channels, rows, columns]);
    input * (sums * (alpha / size as f32) + k).powf_scalar(-beta)
}

/// `input` in a map of `dims`, its first value at channel, row and column `at`, the rest `fill`; rows and columns that
/// exceed the map are cut.
pub(super) fn place(input: Tensor<4>, fill: f32, at: [usize; 3], dims: [usize; 4]) -> Tensor<4> {
    let [n, c, h, w] = input.dims();
    let [_, _, rows, columns] = dims;
    if input.dims() == dims && at == [0; 3] {
        return input;
    }
    let [channel, row, column] = at;
    let (h, w) = (h.min(rows - row), w.min(columns - column));
    let map = Tensor::full(dims, fill, &input.device());
    let inside = input.slice([0..n, 0..c, 0..h, 0..w]);
    map.slice_assign([0..n, channel..channel + c, row..row + h, column..column + w], inside)
}
