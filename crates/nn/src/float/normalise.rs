//! Operators along channels: local response normalisation, softmax, and per-channel scale.

use rayon::prelude::*;

use crate::Tensor;
use crate::network::Weights;

/// Local response normalisation across channels (Krizhevsky et al., 2012, section 3.3, with Caffe's and ONNX's
/// alpha / size): each value over (k + alpha / size * sum of squares of its neighbours)^beta. The window of an even
/// size reaches one channel further up than down.
pub(super) fn lrn(input: &Tensor<f32>, size: usize, alpha: f32, beta: f32, k: f32) -> Tensor<f32> {
    let (channels, pixels) = channels_and_pixels(input);
    let mut output = Tensor::zeros(input.dims());
    let images = output.data_mut().par_chunks_mut(pixels).zip(input.data().par_chunks(pixels)).enumerate();
    images.for_each(|(plane, (output, values))| {
        let (n, c) = (plane / channels, plane % channels);
        let first = c.saturating_sub((size - 1) / 2);
        let last = (c + size / 2).min(channels - 1);
        for (x, (word, value)) in output.iter_mut().zip(values).enumerate() {
            let squares: f32 = (first..=last).map(|c| input.data()[(n * channels + c) * pixels + x].powi(2)).sum();
            *word = value / libm::powf(k + alpha / size as f32 * squares, beta);
        }
    });
    output
}

/// Softmax over the channels of each pixel.
pub(crate) fn softmax(input: &Tensor<f32>) -> Tensor<f32> {
    let (channels, pixels) = channels_and_pixels(input);
    let mut output = input.clone();
    for image in output.data_mut().chunks_mut(channels * pixels) {
        for x in 0..pixels {
            let largest = (0..channels).map(|c| image[c * pixels + x]).fold(f32::NEG_INFINITY, f32::max);
            let mut sum = 0.0;
            for c in 0..channels {
                let exponential = libm::expf(image[c * pixels + x] - largest);
                image[c * pixels + x] = exponential;
                sum += exponential;
            }
            for c in 0..channels {
                image[c * pixels + x] /= sum;
            }
        }
    }
    output
}

/// `scale * x + shift` by channel.
pub(super) fn scale(input: &Tensor<f32>, weights: &Weights) -> Tensor<f32> {
    let (channels, pixels) = channels_and_pixels(input);
    let mut output = input.clone();
    for (plane, values) in output.data_mut().chunks_mut(pixels).enumerate() {
        let c = plane % channels;
        let (scale, shift) = (weights.kernel.data()[c], weights.bias.get(c).copied().unwrap_or(0.0));
        for value in values {
            *value = *value * scale + shift;
        }
    }
    output
}

/// C, and the product of what follows it, of `[N, C, ...]`.
fn channels_and_pixels<T>(input: &Tensor<T>) -> (usize, usize) {
    (input.dims()[1], input.dims()[2..].iter().product())
}
