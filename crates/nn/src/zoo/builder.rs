//! Writes the layers of a zoo network down, each by what it reads.

use crate::Pad;
use crate::network::{Conv, Layer, LayerId, Network, Op, Pool, PoolKind};

/// The layers so far.
pub(super) struct Builder {
    name: &'static str,
    layers: Vec<Layer>,
}

/// `m` square filters of `size` rows and columns at stride 1 without padding; change the rest by `..`.
pub(super) fn filters(m: usize, size: usize) -> Conv {
    Conv { m, kernel: [size; 2], stride: [1, 1], pad: Pad::default(), dilation: [1, 1], groups: 1 }
}

/// TensorFlow's SAME padding of an input whose sizes the stride divides.
pub(super) fn same(size: usize, stride: usize) -> Pad {
    let before = (size - stride) / 2;
    let after = size - stride - before;
    Pad { top: before, bottom: after, left: before, right: after }
}

impl Builder {
    /// Begins a network that takes `[C, H, W]`.
    pub(super) fn new(name: &'static str, dims: [usize; 3]) -> (Self, LayerId) {
        let mut builder = Builder { name, layers: Vec::new() };
        let data = builder.add("data", Op::Input { dims: dims.to_vec() }, &[]);
        (builder, data)
    }

    /// One more layer.
    pub(super) fn add(&mut self, name: impl Into<String>, op: Op, inputs: &[LayerId]) -> LayerId {
        self.layers.push(Layer { name: name.into(), op, inputs: inputs.to_vec(), weights: None });
        LayerId(self.layers.len() as u32 - 1)
    }

    /// A convolution.
    pub(super) fn conv(&mut self, name: &str, from: LayerId, conv: Conv) -> LayerId {
        self.add(name, Op::Conv(conv), &[from])
    }

    /// An activation, named after the layer that it follows.
    pub(super) fn activation(&mut self, op: Op, from: LayerId) -> LayerId {
        let name = format!("{}/{}", self.layers[from.0 as usize].name, op.name());
        self.add(name, op, &[from])
    }

    /// A convolution and its ReLU.
    pub(super) fn conv_relu(&mut self, name: &str, from: LayerId, conv: Conv) -> LayerId {
        let conv = self.conv(name, from, conv);
        self.activation(Op::Relu, conv)
    }

    /// A convolution and its ReLU6.
    pub(super) fn conv_relu6(&mut self, name: &str, from: LayerId, conv: Conv) -> LayerId {
        let conv = self.conv(name, from, conv);
        self.activation(Op::Relu6, conv)
    }

    /// A fully connected layer.
    pub(super) fn fully_connected(&mut self, name: &str, from: LayerId, outputs: usize) -> LayerId {
        self.add(name, Op::FullyConnected { outputs }, &[from])
    }

    /// Pooling over square windows without padding; Caffe's networks round up.
    pub(super) fn pool(&mut self, name: &str, from: LayerId, kind: PoolKind, size: usize, stride: usize) -> LayerId {
        let stride = [stride; 2];
        let pool = Pool { kind, kernel: Some([size; 2]), stride, pad: Pad::default(), ceil: true };
        self.add(name, Op::Pool(pool), &[from])
    }

    /// The mean of each channel.
    pub(super) fn global_average(&mut self, name: &str, from: LayerId) -> LayerId {
        let kind = PoolKind::Average;
        let pool = Pool { kind, kernel: None, stride: [1, 1], pad: Pad::default(), ceil: false };
        self.add(name, Op::Pool(pool), &[from])
    }

    /// Channels that the output of a layer has.
    pub(super) fn channels(&self, id: LayerId) -> usize {
        let layer = &self.layers[id.0 as usize];
        match &layer.op {
            Op::Conv(conv) => conv.m,
            Op::Input { dims } => dims[0],
            Op::FullyConnected { outputs } => *outputs,
            Op::Pad { channels: [before, after], .. } => before + self.channels(layer.inputs[0]) + after,
            Op::Concat => layer.inputs.iter().map(|&input| self.channels(input)).sum(),
            _ => self.channels(layer.inputs[0]),
        }
    }

    /// Softmax over the classes, and the finished network.
    pub(super) fn classify(mut self, scores: LayerId) -> Network {
        self.add("prob", Op::Softmax, &[scores]);
        Network::new(self.name, self.layers).expect("the networks of the zoo are well-formed")
    }
}
