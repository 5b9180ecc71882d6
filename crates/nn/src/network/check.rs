//! The well-formedness of networks: the rules that [`super::Network`] states in prose, each with its refusal.

use std::collections::HashMap;

use super::infer::{self, InferError};
use super::{Layer, LayerId, Op, Weights};

/// Most layers of a network.
pub const MAX_LAYERS: usize = 1 << 16;
/// Most weights of a network, all layers together (4 GiB as f32).
pub const MAX_WEIGHTS: u64 = 1 << 30;

/// Why a list of layers is no network.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum NetworkError {
    /// There is no layer.
    #[error("the network has no layers")]
    Empty,
    /// There are more layers than [`MAX_LAYERS`].
    #[error("found {found} layers, expected at most {MAX_LAYERS}")]
    TooManyLayers {
        /// How many there are.
        found: usize,
    },
    /// The first layer is no input, or a later one is.
    #[error("layer {layer:?}: found {found}, expected the input first and only there")]
    Input {
        /// The offending layer.
        layer: String,
        /// What it is.
        found: &'static str,
    },
    /// Two layers share a name.
    #[error("layer {layer:?}: the name is used twice, by layers {first} and {second}")]
    DuplicateName {
        /// The name.
        layer: String,
        /// Index of its first bearer.
        first: usize,
        /// Index of its second bearer.
        second: usize,
    },
    /// A layer reads itself, a later layer, or none that exists.
    #[error("layer {layer:?}: reads layer {found}, expected one before itself ({index})")]
    Order {
        /// The reading layer.
        layer: String,
        /// Index of the layer it reads.
        found: u32,
        /// Its own index.
        index: usize,
    },
    /// The output dimensions do not infer.
    #[error("layer {layer:?} ({op}): {reason}")]
    Shape {
        /// The layer.
        layer: String,
        /// Its operator.
        op: &'static str,
        /// Why.
        #[source]
        reason: InferError,
    },
    /// The weights have other dimensions than the operator needs.
    #[error("layer {layer:?}: found weights of dimensions {found:?}, expected {expected:?}")]
    WeightDims {
        /// The layer.
        layer: String,
        /// Dimensions of its weights.
        found: Vec<usize>,
        /// Dimensions that follow from the operator and its input.
        expected: Vec<usize>,
    },
    /// There is neither one bias an output channel nor none.
    #[error("layer {layer:?}: found {found} biases, expected {expected} or none")]
    BiasLength {
        /// The layer.
        layer: String,
        /// How many there are.
        found: usize,
        /// Output channels.
        expected: usize,
    },
    /// The operator has no trained parameters, but the layer has.
    #[error("layer {layer:?}: found weights, expected none of {op}")]
    UnexpectedWeights {
        /// The layer.
        layer: String,
        /// Its operator.
        op: &'static str,
    },
    /// A weight or bias is infinite or not a number.
    #[error("layer {layer:?}: found {value} as {what} {index}, expected a finite value")]
    NotFinite {
        /// The layer.
        layer: String,
        /// "weight" or "bias".
        what: &'static str,
        /// Its index in row-major order.
        index: usize,
        /// Its value.
        value: f32,
    },
    /// The layers up to this one have more than [`MAX_WEIGHTS`] weights.
    #[error("layer {layer:?}: found {found} weights up to here, expected at most {MAX_WEIGHTS}")]
    TooManyWeights {
        /// The layer that exceeds the limit.
        layer: String,
        /// Weights of all layers up to and with it.
        found: u64,
    },
}

/// Checks all rules; gives the output dimensions of each layer.
pub(super) fn check(layers: &[Layer]) -> Result<Vec<Vec<usize>>, NetworkError> {
    if layers.is_empty() {
        return Err(NetworkError::Empty);
    }
    if layers.len() > MAX_LAYERS {
        return Err(NetworkError::TooManyLayers { found: layers.len() });
    }
    let mut names = HashMap::new();
    let mut shapes: Vec<Vec<usize>> = Vec::with_capacity(layers.len());
    let mut total_weights = 0u64;
    for (index, layer) in layers.iter().enumerate() {
        let name = || layer.name.clone();
        if matches!(layer.op, Op::Input { .. }) != (index == 0) {
            return Err(NetworkError::Input { layer: name(), found: layer.op.name() });
        }
        if let Some(first) = names.insert(layer.name.as_str(), index) {
            return Err(NetworkError::DuplicateName { layer: name(), first, second: index });
        }
        if let Some(&LayerId(found)) = layer.inputs.iter().find(|id| id.0 as usize >= index) {
            return Err(NetworkError::Order { layer: name(), found, index });
        }
        let inputs: Vec<&[usize]> = layer.inputs.iter().map(|id| shapes[id.0 as usize].as_slice()).collect();
        let shape = infer::infer(&layer.op, &inputs).map_err(|reason| NetworkError::Shape {
            layer: name(),
            op: layer.op.name(),
            reason,
        })?;
        let expected = weight_dims(&layer.op, &inputs);
        let weights = expected.as_ref().map_or(0, |dims| dims.iter().map(|&d| d as u64).product());
        total_weights = total_weights.saturating_add(weights);
        if total_weights > MAX_WEIGHTS {
            return Err(NetworkError::TooManyWeights { layer: name(), found: total_weights });
        }
        if let Some(weights) = &layer.weights {
            check_weights(layer, weights, expected)?;
        }
        shapes.push(shape);
    }
    Ok(shapes)
}

/// The dimensions of the weights that `op` needs over checked `inputs`. No product of them overflows.
pub(super) fn weight_dims(op: &Op, inputs: &[&[usize]]) -> Option<Vec<usize>> {
    match op {
        Op::Conv(conv) => Some(vec![conv.m, inputs[0][0] / conv.groups, conv.kernel[0], conv.kernel[1]]),
        Op::FullyConnected { outputs } => Some(vec![*outputs, inputs[0].iter().product()]),
        Op::Scale => Some(vec![inputs[0][0]]),
        _ => None,
    }
}

fn check_weights(layer: &Layer, weights: &Weights, expected: Option<Vec<usize>>) -> Result<(), NetworkError> {
    let name = || layer.name.clone();
    let Some(expected) = expected else {
        return Err(NetworkError::UnexpectedWeights { layer: name(), op: layer.op.name() });
    };
    let found = weights.kernel.dims();
    if found != expected {
        return Err(NetworkError::WeightDims { layer: name(), found: found.to_vec(), expected });
    }
    if !weights.bias.is_empty() && weights.bias.len() != expected[0] {
        return Err(NetworkError::BiasLength { layer: name(), found: weights.bias.len(), expected: expected[0] });
    }
    for (what, values) in [("weight", weights.kernel.data()), ("bias", weights.bias.as_slice())] {
        if let Some(index) = values.iter().position(|v| !v.is_finite()) {
            return Err(NetworkError::NotFinite { layer: name(), what, index, value: values[index] });
        }
    }
    Ok(())
}
