//! Whether a chip can run a network: each convolution and fully connected layer against the native limits.

use crate::archs::Arch;
use crate::run::array_layers;
use crate::shapes::sizes;
use eyeriss::native;
use nn::Network;

/// What was found of a well-formed network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// The network.
    pub network: String,
    /// The architecture.
    pub arch: &'static str,
    /// All layers.
    pub layers: usize,
    /// Those that run on the array.
    pub array_layers: usize,
    /// Whether every layer that needs weights has them.
    pub has_weights: bool,
    /// Layers that the chip cannot run.
    pub refused: Vec<Refused>,
}

/// A layer that the chip cannot run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The layer.
    pub layer: String,
    /// Its sizes.
    pub sizes: String,
    /// Why.
    pub reason: String,
}

/// Checks `network`, one image at a time, against `arch`.
pub fn check(network: &Network, arch: &Arch) -> Check {
    let chip = (arch.chip)();
    let array = array_layers(network);
    let refused = array.iter().filter_map(|&id| {
        let shape = network.conv_shape(id, 1)?;
        let reason = native::native_shape(&chip, &shape).err()?;
        Some(Refused { layer: network.layer(id).name.clone(), sizes: sizes(&shape), reason: reason.to_string() })
    });
    Check {
        network: network.name().into(),
        arch: arch.name,
        layers: network.layers().len(),
        array_layers: array.len(),
        has_weights: network.lacks_weights().is_none(),
        refused: refused.collect(),
    }
}
