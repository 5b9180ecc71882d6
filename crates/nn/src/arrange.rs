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

/// `input` (`[N, C, H, W]`) within zeros.
pub(crate) fn pad<T: Copy + Default>(pad: &Pad, input: &Tensor<T>, dims: &[usize]) -> Tensor<T> {
    let [_, _, h, w] = input.nchw();
    let mut output = Tensor::zeros(dims);
    let [_, _, padded_h, padded_w] = output.nchw();
    for (from, to) in input.data().chunks(h * w).zip(output.data_mut().chunks_mut(padded_h * padded_w)) {
        for (from, to) in from.chunks(w).zip(to.chunks_mut(padded_w).skip(pad.top)) {
            to[pad.left..pad.left + w].copy_from_slice(from);
        }
    }
    output
}
