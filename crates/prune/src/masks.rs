//! Which parameters of a network survive.

use nn::{LayerId, Network, Weights};

/// For each layer on the array, which of its parameters survive; one that does not is zero.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Masks(Vec<Option<Mask>>);

/// Of one layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mask {
    /// The weights, in their order.
    pub weights: Vec<bool>,
    /// The biases: one goes only with all weights of its filter.
    pub biases: Vec<bool>,
}

impl Masks {
    /// All parameters of `network` survive.
    pub fn full(network: &Network) -> Masks {
        let full = |weights: &Weights| Mask {
            weights: vec![true; weights.kernel.data().len()],
            biases: vec![true; weights.bias.len()],
        };
        Masks::by(network, full)
    }

    /// The weights of `network` that are not zero survive, and the biases but those of zero beside no weight.
    pub fn of(network: &Network) -> Masks {
        Masks::by(network, Mask::of)
    }

    fn by(network: &Network, mask: impl Fn(&Weights) -> Mask) -> Masks {
        let mask = |id: LayerId| {
            let weights = network.layer(id).weights.as_ref().filter(|_| network.conv_shape(id, 1).is_some())?;
            Some(mask(weights))
        };
        Masks(network.ids().map(mask).collect())
    }

    /// Of one layer; none if it has no weights on the array.
    pub fn layer(&self, id: LayerId) -> Option<&Mask> {
        self.0[id.0 as usize].as_ref()
    }
}

impl Mask {
    fn of(weights: &Weights) -> Mask {
        let (kernel, bias) = (weights.kernel.data(), &weights.bias);
        let taps = kernel.len() / weights.kernel.dims()[0];
        let empty = |filter: usize| kernel[filter * taps..][..taps].iter().all(|&weight| weight == 0.0);
        Mask {
            weights: kernel.iter().map(|&weight| weight != 0.0).collect(),
            biases: bias.iter().enumerate().map(|(filter, &bias)| bias != 0.0 || !empty(filter)).collect(),
        }
    }
}
