//! A network as an ONNX file of operator set 13, which [`super::read`] and other tools read.
//!
//! A layer becomes the node and the value of its name. What ONNX has no operator for is written as one of the same
//! meaning: per-channel scale as batch norm of mean 0 and variance 1, ReLU6 as Clip, a fully connected layer over a
//! feature map as Flatten and Gemm. How an image becomes the input goes into the metadata.

use nn::{Layer, Network, Op, Pool, PoolKind};

use super::PREPROCESS_KEY;
use crate::half::f32_to_f16;
use crate::network::preprocess;
use crate::proto::encode::Encoder;

/// How weights are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Floats {
    /// 32 bits, exactly.
    F32,
    /// 16 bits, rounded; with a cast to 32 bits before their use.
    F16,
}

/// Why a network cannot be written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WriteError {
    /// A layer that needs weights has none.
    #[error("layer {layer:?} has no weights")]
    NoWeights {
        /// The layer.
        layer: String,
    },
    /// A weight exceeds what 16 bits hold.
    #[error("layer {layer:?} has weights beyond the range of 16-bit floats")]
    Range {
        /// The layer.
        layer: String,
    },
}

/// The bytes of an ONNX file.
pub fn to_bytes(network: &Network, floats: Floats) -> Result<Vec<u8>, WriteError> {
    if let Some(id) = network.lacks_weights() {
        return Err(WriteError::NoWeights { layer: network.layer(id).name.clone() });
    }
    let mut writer = Writer { network, floats, graph: Encoder::default().text(2, network.name()) };
    for layer in network.layers() {
        writer.layer(layer)?;
    }
    let (input, output) = (network.layer(nn::LayerId(0)), network.layer(network.output()));
    let graph = writer.graph;
    let graph = graph.message(11, value_info(&input.name, network.input_dims()));
    let graph = graph.message(12, value_info(&output.name, network.shape(network.output())));
    let opset = Encoder::default().text(1, "").int(2, 13);
    let model = Encoder::default().int(1, 7).text(2, "stationary").message(7, graph).message(8, opset);
    let declared = network
        .preprocess()
        .map(|preprocess| Encoder::default().text(1, PREPROCESS_KEY).text(2, &preprocess::text(preprocess)));
    Ok(declared.into_iter().fold(model, |model, pair| model.message(14, pair)).finish())
}

struct Writer<'n> {
    network: &'n Network,
    floats: Floats,
    graph: Encoder,
}

impl Writer<'_> {
    fn layer(&mut self, layer: &Layer) -> Result<(), WriteError> {
        let inputs: Vec<&str> = layer.inputs.iter().map(|&id| self.network.layer(id).name.as_str()).collect();
        let name = layer.name.as_str();
        let constant = |what: &str| format!("{name}:{what}");
        match &layer.op {
            Op::Input { .. } => {}
            Op::Conv(conv) => {
                let pad = conv.pad;
                let attributes = [
                    ints("kernel_shape", &conv.kernel),
                    ints("strides", &conv.stride),
                    ints("pads", &[pad.top, pad.left, pad.bottom, pad.right]),
                    ints("dilations", &conv.dilation),
                    int("group", conv.groups),
                ];
                let weights = self.weights(layer)?;
                self.node("Conv", name, &[&inputs, &refs(&weights)[..]].concat(), name, attributes);
            }
            Op::FullyConnected { .. } => {
                let mut inputs: Vec<String> = inputs.iter().map(ToString::to_string).collect();
                if self.network.shape(layer.inputs[0]).len() > 1 {
                    let flat = constant("flat");
                    self.node("Flatten", &flat, &refs(&inputs), &flat, [int("axis", 1)]);
                    inputs = vec![flat];
                }
                inputs.extend(self.weights(layer)?);
                self.node("Gemm", name, &refs(&inputs), name, [int("transB", 1)]);
            }
            Op::Pool(pool) => self.pool(pool, name, &inputs),
            Op::Relu => self.node("Relu", name, &inputs, name, []),
            Op::Relu6 => {
                let (min, max) = (constant("min"), constant("max"));
                self.floats(layer, &min, &[], &[0.0], Floats::F32)?;
                self.floats(layer, &max, &[], &[6.0], Floats::F32)?;
                self.node("Clip", name, &[&inputs[..], &[&min, &max]].concat(), name, []);
            }
            Op::Lrn { size, alpha, beta, k } => {
                let attributes = [int("size", *size), float("alpha", *alpha), float("beta", *beta), float("bias", *k)];
                self.node("LRN", name, &inputs, name, attributes);
            }
            Op::Scale => {
                let mut weights = self.weights(layer)?;
                let channels = self.network.shape(layer.inputs[0])[0];
                for (what, value) in [("bias", 0.0), ("mean", 0.0), ("var", 1.0)].into_iter().skip(weights.len() - 1) {
                    let name = constant(what);
                    self.floats(layer, &name, &[channels], &vec![value; channels], Floats::F32)?;
                    weights.push(name);
                }
                let inputs = [&inputs, &refs(&weights)[..]].concat();
                self.node("BatchNormalization", name, &inputs, name, [float("epsilon", 0.0)]);
            }
            Op::Add => self.node("Sum", name, &inputs, name, []),
            Op::Concat => self.node("Concat", name, &inputs, name, [int("axis", 1)]),
            Op::Softmax => self.node("Softmax", name, &inputs, name, [int("axis", 1)]),
            Op::Flatten => self.node("Flatten", name, &inputs, name, [int("axis", 1)]),
            Op::Reshape { dims } => {
                let shape = constant("shape");
                let batch_and_dims = std::iter::once(0).chain(dims.iter().map(|&dim| dim as i64));
                self.integers(&shape, &batch_and_dims.collect::<Vec<_>>());
                self.node("Reshape", name, &[&inputs[..], &[&shape]].concat(), name, []);
            }
            Op::Dropout => self.node("Dropout", name, &inputs, name, []),
            Op::Pad { channels: [before, after], sides } => {
                let pads = constant("pads");
                let sizes = [0, *before, sides.top, sides.left, 0, *after, sides.bottom, sides.right];
                self.integers(&pads, &sizes.map(|size| size as i64));
                self.node("Pad", name, &[&inputs[..], &[&pads]].concat(), name, []);
            }
        }
        Ok(())
    }

    fn pool(&mut self, pool: &Pool, name: &str, inputs: &[&str]) {
        let max = pool.kind == PoolKind::Max;
        let Some(kernel) = pool.kernel else {
            let operator = if max { "GlobalMaxPool" } else { "GlobalAveragePool" };
            return self.node(operator, name, inputs, name, []);
        };
        let pad = pool.pad;
        let mut attributes = vec![
            ints("kernel_shape", &kernel),
            ints("strides", &pool.stride),
            ints("pads", &[pad.top, pad.left, pad.bottom, pad.right]),
            int("ceil_mode", usize::from(pool.ceil)),
        ];
        if !max {
            attributes.push(int("count_include_pad", usize::from(pool.kind == PoolKind::AverageWithPad)));
        }
        self.node(if max { "MaxPool" } else { "AveragePool" }, name, inputs, name, attributes);
    }

    /// Writes the weights of a layer; the names of their values.
    fn weights(&mut self, layer: &Layer) -> Result<Vec<String>, WriteError> {
        let Some(weights) = &layer.weights else {
            return Err(WriteError::NoWeights { layer: layer.name.clone() });
        };
        let mut names = vec![format!("{}:weight", layer.name)];
        self.floats(layer, &names[0], weights.kernel.dims(), weights.kernel.data(), self.floats)?;
        if !weights.bias.is_empty() {
            names.push(format!("{}:bias", layer.name));
            self.floats(layer, &names[1], &[weights.bias.len()], &weights.bias, self.floats)?;
        }
        Ok(names)
    }

    fn floats(
        &mut self,
        layer: &Layer,
        name: &str,
        dims: &[usize],
        values: &[f32],
        floats: Floats,
    ) -> Result<(), WriteError> {
        let stored = |data_type: i64, name: &str, raw: &[u8]| {
            let dims = dims.iter().map(|&dim| dim as i64);
            Encoder::default().ints(1, dims).int(2, data_type).text(8, name).bytes(9, raw)
        };
        let graph = std::mem::take(&mut self.graph);
        match floats {
            Floats::F32 => {
                let raw: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
                self.graph = graph.message(5, stored(1, name, &raw));
            }
            Floats::F16 => {
                let halves: Option<Vec<u16>> = values.iter().map(|&value| f32_to_f16(value)).collect();
                let halves = halves.ok_or_else(|| WriteError::Range { layer: layer.name.clone() })?;
                let raw: Vec<u8> = halves.into_iter().flat_map(u16::to_le_bytes).collect();
                let half = format!("{name}:f16");
                self.graph = graph.message(5, stored(10, &half, &raw));
                self.node("Cast", name, &[&half], name, [int("to", 1)]);
            }
        }
        Ok(())
    }

    fn integers(&mut self, name: &str, values: &[i64]) {
        let raw: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        let tensor = Encoder::default().int(1, values.len() as i64).int(2, 7).text(8, name).bytes(9, &raw);
        self.graph = std::mem::take(&mut self.graph).message(5, tensor);
    }

    fn node(
        &mut self,
        operator: &str,
        name: &str,
        inputs: &[&str],
        output: &str,
        attributes: impl IntoIterator<Item = Encoder>,
    ) {
        let node = inputs.iter().fold(Encoder::default(), |node, input| node.text(1, input));
        let node = node.text(2, output).text(3, name).text(4, operator);
        let node = attributes.into_iter().fold(node, |node, attribute| node.message(5, attribute));
        self.graph = std::mem::take(&mut self.graph).message(1, node);
    }
}

fn refs(names: &[String]) -> Vec<&str> {
    names.iter().map(String::as_str).collect()
}

const FLOAT: i64 = 1;
const INT: i64 = 2;
const INTS: i64 = 7;

fn int(name: &str, value: usize) -> Encoder {
    Encoder::default().text(1, name).int(3, value as i64).int(20, INT)
}

fn float(name: &str, value: f32) -> Encoder {
    Encoder::default().text(1, name).float(2, value).int(20, FLOAT)
}

fn ints(name: &str, values: &[usize]) -> Encoder {
    Encoder::default().text(1, name).ints(8, values.iter().map(|&value| value as i64)).int(20, INTS)
}

/// A float value of open batch.
fn value_info(name: &str, dims: &[usize]) -> Encoder {
    let batch = Encoder::default().message(1, Encoder::default().text(2, "N"));
    let shape = dims.iter().fold(batch, |shape, &dim| shape.message(1, Encoder::default().int(1, dim as i64)));
    let tensor = Encoder::default().int(1, FLOAT).message(2, shape);
    Encoder::default().text(1, name).message(2, Encoder::default().message(1, tensor))
}
