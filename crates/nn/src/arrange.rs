//! Operators that move values and compute nothing: concatenation and padding.

use crate::{Pad, Tensor};

/// The inputs (`[N, C, ...]`) one after the other along C, as `dims`.
pub(crate) fn concat<T: Copy>(inputs: &[&Tensor<T>], dims: &[usize]) -> Tensor<T> {
    let n = dims[0];
    let mut data = Vec::with_capacity(dims.iter().product());
    for image in 0..n {
        for input in inputs {
            let words = input.data().len() / n;
            data.extend_from_slice(&input.data()[image * words..][..words]);
        }
    }
    Tensor::from_vec(dims, data)
}

/// `input` (`[N, C, H, W]`) within zeros: after `before` channels, and `sides` around each.
pub(crate) fn pad<T: Copy + Default>(before: usize, sides: &Pad, input: &Tensor<T>, dims: &[usize]) -> Tensor<T> {
    let [_, c, h, w] = input.nchw();
    let mut output = Tensor::zeros(dims);
    let [_, padded_c, padded_h, padded_w] = output.nchw();
    let images = input.data().chunks(c * h * w).zip(output.data_mut().chunks_mut(padded_c * padded_h * padded_w));
    for (from, to) in images {
        for (from, to) in from.chunks(h * w).zip(to.chunks_mut(padded_h * padded_w).skip(before)) {
            for (from, to) in from.chunks(w).zip(to.chunks_mut(padded_w).skip(sides.top)) {
                to[sides.left..sides.left + w].copy_from_slice(from);
            }
        }
    }
    output
}
