//! The walk over a network that every executor shares: each layer after its inputs, each output freed after its
//! last reader.

use crate::{LayerId, Network};

/// Most elements of a feature map of a whole batch.
pub const MAX_BATCH_ELEMENTS: usize = 1 << 31;

/// Why a network does not execute.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExecuteError {
    /// The input is no batch of what the network takes.
    #[error("found an input of dimensions {found:?}, expected a batch of {expected:?}")]
    InputDims {
        /// Dimensions of the input, the batch first.
        found: Vec<usize>,
        /// Dimensions of one image.
        expected: Vec<usize>,
    },
    /// A layer of a network that is shapes only.
    #[error("layer {layer:?} has no weights")]
    NoWeights {
        /// The layer.
        layer: String,
    },
    /// A feature map of the batch would exceed [`MAX_BATCH_ELEMENTS`], or its convolution
    /// [`crate::ConvShape::check`].
    #[error("layer {layer:?}: a batch of {images} images is too large")]
    BatchTooLarge {
        /// The layer.
        layer: String,
        /// Images in the batch.
        images: usize,
    },
}

/// Checks that `network` has its weights and that `dims` are a batch that it can carry; gives the number of images.
pub(crate) fn check(network: &Network, dims: &[usize]) -> Result<usize, ExecuteError> {
    match network.lacks_weights() {
        Some(id) => Err(ExecuteError::NoWeights { layer: network.layer(id).name.clone() }),
        None => check_batch(network, dims),
    }
}

/// Checks that `dims` are a batch of the input of `network` that it can carry; gives the number of images.
pub(crate) fn check_batch(network: &Network, dims: &[usize]) -> Result<usize, ExecuteError> {
    let n = match dims.split_first() {
        Some((&n, image)) if n > 0 && image == network.input_dims() => n,
        _ => {
            let expected = network.input_dims().to_vec();
            return Err(ExecuteError::InputDims { found: dims.to_vec(), expected });
        }
    };
    for id in network.ids() {
        let elements = network.shape(id).iter().product::<usize>().saturating_mul(n);
        let convolves = network.conv_shape(id, 1).is_some();
        if elements > MAX_BATCH_ELEMENTS || (convolves && network.conv_shape(id, n).is_none()) {
            return Err(ExecuteError::BatchTooLarge { layer: network.layer(id).name.clone(), images: n });
        }
    }
    Ok(n)
}

/// `[N, ...]` of a layer's output over `n` images.
pub(crate) fn batch_dims(network: &Network, id: LayerId, n: usize) -> Vec<usize> {
    [&[n], network.shape(id)].concat()
}

/// Computes each layer from its inputs in order, shows each output to `visit`, and gives the last.
pub(crate) fn walk<T, E>(
    network: &Network,
    mut compute: impl FnMut(LayerId, &[&T]) -> Result<T, E>,
    mut visit: impl FnMut(LayerId, &T),
) -> Result<T, E> {
    let mut last_reader: Vec<LayerId> = network.ids().collect();
    for id in network.ids() {
        for input in &network.layer(id).inputs {
            last_reader[input.0 as usize] = id;
        }
    }
    let mut values: Vec<Option<T>> = Vec::new();
    for id in network.ids() {
        let inputs = &network.layer(id).inputs;
        let read: Vec<&T> = inputs.iter().filter_map(|input| values[input.0 as usize].as_ref()).collect();
        let value = compute(id, &read)?;
        visit(id, &value);
        if id == network.output() {
            return Ok(value);
        }
        for input in inputs.iter().filter(|input| last_reader[input.0 as usize] == id) {
            values[input.0 as usize] = None;
        }
        let read_later = last_reader[id.0 as usize] != id;
        values.push(read_later.then_some(value));
    }
    unreachable!("a network has a last layer")
}
