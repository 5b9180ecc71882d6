//! Layers to estimate: sizes, zeros and bits, from a network or from the tool's file.

use crate::Error;
use crate::estimate::zeros::Zeros;
use crate::run::array_layers;
use formats::Limits;
use formats::estimation::{self, entries};
use nn::execute::ExecuteError;
use nn::{ByOperand, LayerId, Network, Op, Operand};
use std::path::Path;

/// A layer.
#[derive(Clone, Debug, PartialEq)]
pub struct Layer {
    /// Its name.
    pub name: String,
    /// Whether it is fully connected.
    pub fully_connected: bool,
    /// Its sizes over its batch, and its zeros and bits.
    pub fields: estimation::Layer,
}

/// Images at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Batches {
    /// In convolutions.
    pub convolutions: usize,
    /// In fully connected layers.
    pub fully_connected: usize,
}

/// The shares of words that are not zero.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Shares(pub ByOperand<Option<f64>>);

impl Layer {
    /// The share of an operand's words that is not zero.
    pub fn share(&self, operand: Operand) -> f64 {
        1.0 - self.fields.zeros[operand] as f64 / entries(&self.fields.shape, operand) as f64
    }
}

/// Layers of a network; `given` shares take the place of measured and published ones.
pub fn of_network(
    network: &Network,
    layers: &[LayerId],
    batches: Batches,
    bits: ByOperand<u32>,
    zeros: &Zeros,
    given: Shares,
) -> Result<Vec<Layer>, Error> {
    let array = array_layers(network);
    let mut taken = Vec::with_capacity(layers.len());
    for (place, &id) in array.iter().enumerate().filter(|(_, id)| layers.contains(id)) {
        let layer = network.layer(id);
        let fully_connected = matches!(layer.op, Op::FullyConnected { .. });
        let images = if fully_connected { batches.fully_connected } else { batches.convolutions };
        let shape = network.conv_shape(id, images);
        let shape = shape.ok_or_else(|| ExecuteError::BatchTooLarge { layer: layer.name.clone(), images })?;
        let found = zeros.of(network, place, id);
        let count = |operand: Operand| {
            let share = given.0[operand].or(found.0[operand]).unwrap_or(1.0);
            let entries = entries(&shape, operand);
            entries - ((share * entries as f64).round() as u64).min(entries)
        };
        let zeros = ByOperand(Operand::ALL.map(count));
        let fields = estimation::Layer { index: place as u64 + 1, shape, zeros, bits };
        taken.push(Layer { name: layer.name.clone(), fully_connected, fields });
    }
    match taken.is_empty() {
        true => Err(Error::NoArrayLayers { network: network.name().into() }),
        false => Ok(taken),
    }
}

/// The layers in a file of the tool. A layer whose filter covers its whole ifmap counts as fully connected.
pub fn of_file(path: &Path) -> Result<Vec<Layer>, Error> {
    let named = |fields: estimation::Layer| {
        let fully_connected = fields.shape.p() == 1 && fields.shape.q() == 1;
        Layer { name: fields.index.to_string(), fully_connected, fields }
    };
    Ok(estimation::read(path, &Limits::default())?.into_iter().map(named).collect())
}
