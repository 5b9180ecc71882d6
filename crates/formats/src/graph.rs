//! A network under construction: readers push layers in file order, and every layer's shape infers as it comes, so
//! that a refusal names the node that caused it.

use std::collections::HashSet;

use nn::network::{self, MAX_LAYERS};
use nn::{Layer, LayerId, Network, Op, Tensor, Weights};

use crate::error::{Error, Place};
use crate::limits::check;

/// Layers so far, with their shapes.
#[derive(Default)]
pub(crate) struct Graph {
    layers: Vec<Layer>,
    shapes: Vec<Vec<usize>>,
    names: HashSet<String>,
}

/// y = scale * x + shift for each channel.
pub(crate) struct Affine {
    pub scale: Vec<f32>,
    pub shift: Vec<f32>,
}

impl Affine {
    /// Batch norm as one scale and shift a channel; `None` where a variance is not positive.
    pub fn normalise(scale: &[f32], shift: &[f32], mean: &[f32], var: &[f32], epsilon: f32) -> Option<Self> {
        let positive = |&var: &f32| Some(f64::from(var) + f64::from(epsilon)).filter(|&sum| sum > 0.0);
        let var: Vec<f64> = var.iter().map(positive).collect::<Option<_>>()?;
        let factors: Vec<f64> = scale.iter().zip(var).map(|(&scale, var)| f64::from(scale) / var.sqrt()).collect();
        let shifted = shift.iter().zip(mean).zip(&factors);
        let shift =
            shifted.map(|((&shift, &mean), factor)| (f64::from(shift) - f64::from(mean) * factor) as f32).collect();
        Some(Affine { scale: factors.iter().map(|&factor| factor as f32).collect(), shift })
    }
}

impl Graph {
    /// Adds a layer. A name that is taken gets a number.
    pub fn push(
        &mut self,
        place: &Place,
        name: &str,
        op: Op,
        inputs: Vec<LayerId>,
        weights: Option<Weights>,
    ) -> Result<LayerId, Error> {
        check(place, "layers", self.layers.len() as u64 + 1, MAX_LAYERS as u64)?;
        let shapes: Vec<&[usize]> = inputs.iter().map(|&id| self.shape(id)).collect();
        let shape = network::infer(&op, &shapes)
            .map_err(|source| Error::Shape { place: place.clone(), source: Box::new(source) })?;
        if let (Some(weights), Some(expected)) = (&weights, weight_dims(&op, &shapes)) {
            let found = weights.kernel.dims();
            if found != expected {
                let found = format!("weights of dimensions {found:?} over an input of {:?}", shapes[0]);
                return Err(Error::unusable(place.clone(), found, format!("dimensions {expected:?}")));
            }
            let (found, outputs) = (weights.bias.len(), expected[0]);
            if found != 0 && found != outputs {
                return Err(Error::unusable(place.clone(), format!("{found} biases"), format!("{outputs} or none")));
            }
        }
        let name = self.free_name(name);
        self.names.insert(name.clone());
        self.layers.push(Layer { name, op, inputs, weights });
        self.shapes.push(shape);
        Ok(LayerId(self.layers.len() as u32 - 1))
    }

    /// Applies `affine` to the output of `input`: within its weights when it has some and `folds` says that nothing
    /// else reads that output, else as a layer of its own. Without values (a network of shapes) nothing is multiplied.
    pub fn scale(
        &mut self,
        place: &Place,
        name: &str,
        input: LayerId,
        affine: Option<Affine>,
        folds: bool,
    ) -> Result<LayerId, Error> {
        if let Some(Affine { scale, shift }) = &affine {
            let channels = self.shape(input)[0];
            for (what, values) in [("scales", scale), ("shifts", shift)] {
                if values.len() != channels {
                    let found = format!("{} {what} over {channels} channels", values.len());
                    return Err(Error::unusable(place.clone(), found, "one for each channel"));
                }
                if let Some(value) = values.iter().find(|value| !value.is_finite()) {
                    return Err(Error::unusable(place.clone(), format!("{value} among the {what}"), "finite values"));
                }
            }
        }
        let layer = &mut self.layers[input.0 as usize];
        let linear = matches!(layer.op, Op::Conv(_) | Op::FullyConnected { .. } | Op::Scale);
        match (affine, &mut layer.weights) {
            (Some(affine), Some(weights)) if linear && folds => {
                fold(weights, &affine);
                Ok(input)
            }
            (None, None) if linear && folds => Ok(input),
            (affine, _) => {
                let weights = affine.map(|Affine { scale, shift }| Weights {
                    kernel: Tensor::from_vec(&[scale.len()], scale),
                    bias: shift,
                });
                self.push(place, name, Op::Scale, vec![input], weights)
            }
        }
    }

    /// The output dimensions of a layer, without the batch.
    pub fn shape(&self, id: LayerId) -> &[usize] {
        &self.shapes[id.0 as usize]
    }

    /// How many layers there are.
    pub fn len(&self) -> usize {
        self.layers.len()
    }

    /// The network that ends in `output`; layers that it does not depend on are left out.
    pub fn finish(self, place: &Place, name: &str, output: LayerId) -> Result<Network, Error> {
        let mut needed = vec![false; self.layers.len()];
        needed[output.0 as usize] = true;
        for (index, layer) in self.layers.iter().enumerate().rev() {
            if needed[index] {
                layer.inputs.iter().for_each(|input| needed[input.0 as usize] = true);
            }
        }
        let mut layers: Vec<Layer> = Vec::new();
        let mut new_ids = vec![LayerId(0); self.layers.len()];
        for (index, mut layer) in self.layers.into_iter().enumerate().filter(|&(index, _)| needed[index]) {
            layer.inputs.iter_mut().for_each(|input| *input = new_ids[input.0 as usize]);
            new_ids[index] = LayerId(layers.len() as u32);
            layers.push(layer);
        }
        Network::new(name, layers).map_err(|source| Error::Network { place: place.clone(), source: Box::new(source) })
    }

    fn free_name(&self, wanted: &str) -> String {
        if !wanted.is_empty() && !self.names.contains(wanted) {
            return wanted.into();
        }
        let free = (self.layers.len()..).map(|number| format!("{wanted}#{number}"));
        free.into_iter().find(|name| !self.names.contains(name)).unwrap_or_default()
    }
}

/// The dimensions that a reshape to `target` gives a feature map of dimensions `from`, both ONNX's and Caffe's: 0 keeps
/// a dimension (if it `keeps_zero`), one -1 takes what is left. `target` begins with the batch, which must stay what it
/// is; `from` and the result are without it.
pub(crate) fn reshaped(from: &[usize], batch: i64, target: &[i64], keeps_zero: bool) -> Option<Vec<usize>> {
    let elements: usize = from.iter().product();
    let (&first, rest) = target.split_first()?;
    let mut open = None;
    let mut dims = Vec::new();
    for (index, &size) in rest.iter().enumerate() {
        match size {
            -1 if open.is_none() && first != -1 => {
                open = Some(index);
                dims.push(1);
            }
            0 if keeps_zero => dims.push(*from.get(index)?),
            size => dims.push(usize::try_from(size).ok().filter(|&size| size > 0)?),
        }
    }
    let product = |dims: &[usize]| dims.iter().try_fold(1usize, |n, &dim| n.checked_mul(dim));
    if let Some(open) = open {
        dims[open] = elements / product(&dims)?;
    }
    let batch_stays = [-1, 1, batch].contains(&first) || first == 0 && keeps_zero;
    (batch_stays && !dims.is_empty() && product(&dims) == Some(elements)).then_some(dims)
}

/// The dimensions of the weights of `op` over inputs for which its shape inferred.
fn weight_dims(op: &Op, inputs: &[&[usize]]) -> Option<Vec<usize>> {
    match op {
        Op::Conv(conv) => Some(vec![conv.m, inputs[0][0] / conv.groups, conv.kernel[0], conv.kernel[1]]),
        Op::FullyConnected { outputs } => Some(vec![*outputs, inputs[0].iter().product()]),
        Op::Scale => Some(vec![inputs[0][0]]),
        _ => None,
    }
}

/// Multiplies each output channel's weights, and its bias, which then shifts: one value each a channel.
pub(crate) fn fold(weights: &mut Weights, affine: &Affine) {
    let Affine { scale, shift } = affine;
    let row = weights.kernel.data().len() / scale.len();
    for (weights, &scale) in weights.kernel.data_mut().chunks_mut(row).zip(scale) {
        weights.iter_mut().for_each(|weight| *weight = (f64::from(*weight) * f64::from(scale)) as f32);
    }
    weights.bias.resize(scale.len(), 0.0);
    for ((bias, &scale), &shift) in weights.bias.iter_mut().zip(scale).zip(shift) {
        *bias = (f64::from(*bias) * f64::from(scale) + f64::from(shift)) as f32;
    }
}
