//! Networks: a directed acyclic graph of layers, in an order in which each layer follows its inputs.
//!
//! A network is **well-formed** when
//! - it has at least one and at most [`MAX_LAYERS`] layers, and no two share a name;
//! - the first layer is an [`Op::Input`], and no other is;
//! - each layer reads as many layers as its operator needs, all of them before itself;
//! - the output dimensions of each layer infer from those of its inputs: at least 1 and at most [`MAX_ELEMENTS`]
//!   elements, at most [`MAX_RANK`] dimensions, every operator parameter in its range;
//! - weights, where a layer has them, are finite and of the dimensions that the operator needs over its input, with
//!   one bias an output channel or none, and all layers need at most [`MAX_WEIGHTS`] weights together.
//!
//! [`Network::new`] checks all of it, so that everything downstream may assume it. A network may have no weights
//! (shapes only); what executes networks says so when they are missing. Dimensions exclude the batch: a feature map
//! is `[C, H, W]`, a vector `[C]`.

mod check;
mod infer;
mod layer;

pub use check::{MAX_LAYERS, MAX_WEIGHTS, NetworkError};
pub use infer::{InferError, MAX_ELEMENTS, MAX_RANK, infer};
pub use layer::{Conv, Layer, LayerId, Op, Pool, PoolKind, Preprocess, Weights};

use crate::ConvShape;

/// A well-formed network.
#[derive(Clone, Debug, PartialEq)]
pub struct Network {
    name: String,
    layers: Vec<Layer>,
    shapes: Vec<Vec<usize>>,
    preprocess: Option<Preprocess>,
}

impl Network {
    /// Checks that `layers` are a well-formed network and infers the shape of each.
    pub fn new(name: impl Into<String>, layers: Vec<Layer>) -> Result<Self, NetworkError> {
        let shapes = check::check(&layers)?;
        Ok(Network { name: name.into(), layers, shapes, preprocess: None })
    }

    /// The same network, told how an image becomes its input.
    pub fn with_preprocess(self, preprocess: Preprocess) -> Self {
        Network { preprocess: Some(preprocess), ..self }
    }

    /// The network's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How an image becomes the input, if that is known.
    pub fn preprocess(&self) -> Option<&Preprocess> {
        self.preprocess.as_ref()
    }

    /// The layers, each after its inputs; the last is the output.
    pub fn layers(&self) -> &[Layer] {
        &self.layers
    }

    /// The ids of all layers, in order.
    pub fn ids(&self) -> impl DoubleEndedIterator<Item = LayerId> + use<> {
        (0..self.layers.len() as u32).map(LayerId)
    }

    /// One layer.
    pub fn layer(&self, id: LayerId) -> &Layer {
        &self.layers[id.0 as usize]
    }

    /// The layer of that name.
    pub fn find(&self, name: &str) -> Option<LayerId> {
        self.ids().find(|&id| self.layer(id).name == name)
    }

    /// The last layer.
    pub fn output(&self) -> LayerId {
        LayerId(self.layers.len() as u32 - 1)
    }

    /// The output dimensions of a layer, without the batch.
    pub fn shape(&self, id: LayerId) -> &[usize] {
        &self.shapes[id.0 as usize]
    }

    /// The dimensions of the input, without the batch.
    pub fn input_dims(&self) -> &[usize] {
        &self.shapes[0]
    }

    /// The layers that read `id`, in order; a layer that reads it twice comes once.
    pub fn consumers(&self, id: LayerId) -> Vec<LayerId> {
        self.ids().filter(|&other| self.layer(other).inputs.contains(&id)).collect()
    }

    /// The shape of a convolution over `n` images, checked; a fully connected layer is one whose filter covers its
    /// whole input. `None` for other operators, and for a batch for which [`ConvShape::check`] fails.
    pub fn conv_shape(&self, id: LayerId, n: usize) -> Option<ConvShape> {
        let layer = self.layer(id);
        let input = || self.shape(layer.inputs[0]);
        match &layer.op {
            Op::Conv(conv) => infer::conv_over(conv, input(), n).ok(),
            Op::FullyConnected { outputs } => infer::fully_connected_over(*outputs, input(), n).ok(),
            _ => None,
        }
    }

    /// The dimensions of the weights that a layer needs, whether or not it has them.
    pub fn weight_dims(&self, id: LayerId) -> Option<Vec<usize>> {
        let layer = self.layer(id);
        let inputs: Vec<&[usize]> = layer.inputs.iter().map(|&input| self.shape(input)).collect();
        check::weight_dims(&layer.op, &inputs)
    }

    /// Weights that a layer needs, biases excluded.
    pub fn layer_weights(&self, id: LayerId) -> u64 {
        self.weight_dims(id).map_or(0, |dims| dims.iter().map(|&d| d as u64).product())
    }

    /// Weights that all layers need, biases excluded.
    pub fn weights(&self) -> u64 {
        self.ids().map(|id| self.layer_weights(id)).sum()
    }

    /// Multiply-accumulates of all convolutions and fully connected layers over `n` images.
    pub fn macs(&self, n: u64) -> u64 {
        let one_image: u64 = self.ids().filter_map(|id| self.conv_shape(id, 1)).map(|shape| shape.macs()).sum();
        one_image.saturating_mul(n)
    }

    /// The same network without the weights of its convolutions and fully connected layers.
    pub(crate) fn without_conv_weights(&self) -> Self {
        let layers = self.layers.iter().map(|layer| {
            let weights = layer.weights.as_ref().filter(|_| layer.op == Op::Scale).cloned();
            Layer { name: layer.name.clone(), op: layer.op.clone(), inputs: layer.inputs.clone(), weights }
        });
        Network {
            name: self.name.clone(),
            layers: layers.collect(),
            shapes: self.shapes.clone(),
            preprocess: self.preprocess.clone(),
        }
    }

    /// The first layer that needs weights and has none; `None` when the network can be executed.
    pub fn lacks_weights(&self) -> Option<LayerId> {
        self.ids().find(|&id| self.layer(id).weights.is_none() && self.weight_dims(id).is_some())
    }
}
