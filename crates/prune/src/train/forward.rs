//! The network as a graph that can be differentiated: what [`nn::float`] computes, in tensors of `burn`.
//!
//! Every value is of four ranks, whatever the network has: the batch, the channels, the rows, and all that follows as
//! columns; what is missing is 1. So operators along channels need no cases, and none moves an element.

use burn::tensor::{Device, Tensor, TensorData, activation};
use nn::{LayerId, Network, Op};

use super::operators;
use super::pooling::pool;

/// A parameter: the weights of a layer, flat, or its biases.
pub(super) type Leaf = Tensor<1>;

/// The output of layer `last` over `n` images, by the layers up to it; `leaves` are the weights of each layer that
/// has them, followed by its biases if it has these. Each value is shown to `visit`.
pub(super) fn forward(
    network: &Network,
    last: LayerId,
    leaves: &[Leaf],
    images: Vec<f32>,
    n: usize,
    mut visit: impl FnMut(LayerId, &Tensor<4>),
) -> Tensor<4> {
    let mut leaves = leaves.iter().cloned();
    let shape = |id: LayerId| ranks(n, network.shape(id));
    let images = Tensor::from_data(TensorData::new(images, shape(LayerId(0))), &Device::flex()).autodiff();
    let mut values: Vec<Tensor<4>> = Vec::new();
    for id in network.ids() {
        let layer = network.layer(id);
        let inputs: Vec<Tensor<4>> = layer.inputs.iter().map(|input| values[input.0 as usize].clone()).collect();
        let input = || inputs[0].clone();
        let kernel = layer.weights.as_ref().and_then(|_| leaves.next());
        let bias = layer.weights.as_ref().filter(|weights| !weights.bias.is_empty()).and_then(|_| leaves.next());
        let value = match (&layer.op, kernel) {
            (Op::Input { .. }, _) => images.clone(),
            (Op::Conv(_), Some(kernel)) => {
                let conv = network.conv_shape(id, n).expect("a batch that the network takes");
                operators::conv(&conv, input(), kernel, bias)
            }
            (Op::FullyConnected { outputs }, Some(kernel)) => {
                operators::fully_connected(*outputs, input(), kernel, bias)
            }
            (Op::Scale, Some(kernel)) => operators::scale(input(), kernel, bias),
            (Op::Pool(parameters), _) => pool(parameters, input(), shape(id)),
            (Op::Relu, _) => activation::relu(input()),
            (Op::Relu6, _) => input().clamp(0.0, 6.0),
            (Op::Lrn { size, alpha, beta, k }, _) => operators::lrn(input(), *size, *alpha, *beta, *k),
            (Op::Add, _) => inputs.into_iter().reduce(|sum, other| sum + other).expect("at least two inputs"),
            (Op::Concat, _) => Tensor::cat(inputs, 1),
            (Op::Softmax, _) => activation::softmax(input(), 1),
            (Op::Flatten | Op::Reshape { .. } | Op::Dropout, _) => input().reshape(shape(id)),
            (Op::Pad { channels, sides }, _) => {
                operators::place(input(), 0.0, [channels[0], sides.top, sides.left], shape(id))
            }
            (Op::Conv(_) | Op::FullyConnected { .. } | Op::Scale, None) => unreachable!("weights were checked"),
        };
        visit(id, &value);
        if id == last {
            return value;
        }
        values.push(value);
    }
    unreachable!("the last layer is one of the network")
}

/// Dimensions of `n` images as four.
fn ranks(n: usize, dims: &[usize]) -> [usize; 4] {
    let rest = dims.iter().skip(2).product();
    [n, dims[0], dims.get(1).copied().unwrap_or(1), rest]
}
