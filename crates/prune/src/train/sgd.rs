//! The parameters of a network between steps, and the step: momentum, decay, masks.

use burn::tensor::{Device, TensorData};
use nn::{Layer, Network, Weights};

use super::Schedule;
use super::forward::Leaf;
use crate::{Masks, rebuilt};

/// The weights and biases of all layers that have them.
pub(super) struct Parameters(Vec<Parameter>);

/// The weights of a layer, or its biases.
struct Parameter {
    values: Vec<f32>,
    /// What the last steps left over.
    velocity: Vec<f32>,
    /// Which may be other than zero; all if there is none.
    survives: Option<Vec<bool>>,
    decays: bool,
}

impl Parameters {
    /// Those of `network`, and zeros where `masks` says so.
    pub(super) fn new(network: &Network, masks: &Masks) -> Self {
        let mut parameters = Vec::new();
        for id in network.ids() {
            let Some(weights) = &network.layer(id).weights else { continue };
            let mask = masks.layer(id);
            let kernel = weights.kernel.data();
            parameters.push(Parameter::new(kernel, mask.map(|mask| &mask.weights), mask.is_some()));
            if !weights.bias.is_empty() {
                parameters.push(Parameter::new(&weights.bias, mask.map(|mask| &mask.biases), false));
            }
        }
        Parameters(parameters)
    }

    /// As leaves of the graph.
    pub(super) fn leaves(&self) -> Vec<Leaf> {
        let leaf =
            |values: &Vec<f32>| Leaf::from_data(TensorData::new(values.clone(), [values.len()]), &Device::flex());
        self.0.iter().map(|parameter| leaf(&parameter.values)).collect()
    }

    /// One step against `gradients`; whether all values are still finite.
    pub(super) fn step(&mut self, gradients: &[Vec<f32>], rate: f64, schedule: &Schedule) -> bool {
        let steps = self.0.iter_mut().zip(gradients);
        steps.fold(true, |finite, (parameter, gradient)| parameter.step(gradient, rate, schedule) && finite)
    }

    /// `network` with these.
    pub(super) fn network(self, network: &Network) -> Network {
        let mut values = self.0.into_iter().map(|parameter| parameter.values);
        let mut tuned = |weights: &Weights| {
            let kernel = values.next().unwrap_or_default();
            let bias = if weights.bias.is_empty() { None } else { values.next() };
            Weights { kernel: nn::Tensor::from_vec(weights.kernel.dims(), kernel), bias: bias.unwrap_or_default() }
        };
        let layers = network.layers().iter().map(|layer| Layer {
            name: layer.name.clone(),
            op: layer.op.clone(),
            inputs: layer.inputs.clone(),
            weights: layer.weights.as_ref().map(&mut tuned),
        });
        rebuilt(network, layers.collect()).expect("other finite weights, nothing else")
    }
}

impl Parameter {
    fn new(values: &[f32], survives: Option<&Vec<bool>>, decays: bool) -> Self {
        let mut values = values.to_vec();
        if let Some(survives) = survives {
            assert_eq!(survives.len(), values.len(), "the masks are those of the network");
            values.iter_mut().zip(survives).filter(|(_, survives)| !**survives).for_each(|(value, _)| *value = 0.0);
        }
        Parameter { velocity: vec![0.0; values.len()], values, survives: survives.cloned(), decays }
    }

    fn step(&mut self, gradient: &[f32], rate: f64, schedule: &Schedule) -> bool {
        let (rate, momentum) = (rate as f32, schedule.momentum as f32);
        let decay = if self.decays { schedule.decay as f32 } else { 0.0 };
        let mut finite = true;
        for (index, (value, velocity)) in self.values.iter_mut().zip(&mut self.velocity).enumerate() {
            if self.survives.as_ref().is_none_or(|survives| survives[index]) {
                *velocity = momentum * *velocity + gradient[index] + decay * *value;
                *value -= rate * *velocity;
                finite &= value.is_finite();
            }
        }
        finite
    }
}
