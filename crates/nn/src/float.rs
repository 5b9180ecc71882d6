//! The float executor: what a network means before it is quantised, and the reference for accuracy.
//!
//! Sums run in one order without fused multiply-add, and `exp` and `pow` are those of the `libm` crate; so the
//! same network and images give the same bits on any processor, in any batch and on any number of threads.

mod conv;
mod normalise;

pub(crate) use normalise::softmax;

use rayon::prelude::*;

use crate::execute::{self, ExecuteError, batch_dims};
use crate::network::Op;
use crate::{LayerId, Network, Tensor, arrange, pool};

/// Executes `network` over `input` (`[N, C, H, W]`), shows the output of each layer to `visit` as soon as it is
/// there, and gives the last. An output is freed after its last reader.
pub fn execute(
    network: &Network,
    input: &Tensor<f32>,
    visit: impl FnMut(LayerId, &Tensor<f32>),
) -> Result<Tensor<f32>, ExecuteError> {
    let n = execute::check(network, input.dims())?;
    execute::walk(network, |id, inputs| Ok(layer(network, id, n, inputs, input)), visit)
}

/// The output of `network` over `input`.
pub fn output(network: &Network, input: &Tensor<f32>) -> Result<Tensor<f32>, ExecuteError> {
    execute(network, input, |_, _| ())
}

/// The outputs of the layers `ids` over `input`, in the order of `ids`.
pub fn outputs(network: &Network, input: &Tensor<f32>, ids: &[LayerId]) -> Result<Vec<Tensor<f32>>, ExecuteError> {
    let mut kept = vec![Tensor::zeros(&[0]); ids.len()];
    execute(network, input, |id, output| {
        for (slot, _) in kept.iter_mut().zip(ids).filter(|(_, wanted)| **wanted == id) {
            *slot = output.clone();
        }
    })?;
    Ok(kept)
}

/// The output of one layer over a checked batch of `n` images.
pub(crate) fn layer(
    network: &Network,
    id: LayerId,
    n: usize,
    inputs: &[&Tensor<f32>],
    images: &Tensor<f32>,
) -> Tensor<f32> {
    let layer = network.layer(id);
    let dims = batch_dims(network, id, n);
    match &layer.op {
        Op::Input { .. } => images.clone(),
        Op::Conv(_) | Op::FullyConnected { .. } => {
            let shape = network.conv_shape(id, n).expect("the batch was checked");
            let weights = layer.weights.as_ref().expect("weights were checked");
            conv::conv(&shape, inputs[0], weights).reshaped(&dims)
        }
        Op::Pool(parameters) => pool::pool(parameters, inputs[0], &dims),
        Op::Relu => inputs[0].par_map(|x| x.max(0.0)),
        Op::Relu6 => inputs[0].par_map(|x| x.clamp(0.0, 6.0)),
        Op::Lrn { size, alpha, beta, k } => normalise::lrn(inputs[0], *size, *alpha, *beta, *k),
        Op::Scale => normalise::scale(inputs[0], layer.weights.as_ref().expect("weights were checked")),
        Op::Add => {
            let mut sum = inputs[0].clone();
            for other in &inputs[1..] {
                sum.data_mut().par_iter_mut().zip(other.data()).for_each(|(x, y)| *x += y);
            }
            sum
        }
        Op::Concat => arrange::concat(inputs, &dims),
        Op::Softmax => softmax(inputs[0]),
        Op::Flatten | Op::Reshape { .. } | Op::Dropout => inputs[0].clone().reshaped(&dims),
        Op::Pad { channels, sides } => arrange::pad(channels[0], sides, inputs[0], &dims),
    }
}
