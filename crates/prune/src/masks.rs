//! Which weights of a network survive.

use nn::{LayerId, Network};

/// For each layer on the array, which of its weights survive; a weight that does not is zero. Biases always survive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Masks(Vec<Option<Vec<bool>>>);

impl Masks {
    /// Every weight of `network` survives.
    pub fn full(network: &Network) -> Masks {
        Masks::by(network, |_| true)
    }

    /// The weights of `network` that are not zero survive.
    pub fn of(network: &Network) -> Masks {
        Masks::by(network, |weight| weight != 0.0)
    }

    fn by(network: &Network, survives: impl Fn(f32) -> bool) -> Masks {
        let mask = |id: LayerId| {
            let weights = network.layer(id).weights.as_ref().filter(|_| network.conv_shape(id, 1).is_some())?;
            Some(weights.kernel.data().iter().map(|&weight| survives(weight)).collect())
        };
        Masks(network.ids().map(mask).collect())
    }

    /// Of one layer, in the order of its weights; none if it has no weights on the array.
    pub fn layer(&self, id: LayerId) -> Option<&[bool]> {
        self.0[id.0 as usize].as_deref()
    }
}
