//! What pruning needs and does not know: images, accuracy, energy, back-propagation. Whoever prunes hands it in.

use crate::Masks;
use nn::{ByOperand, LayerId, Network, Tensor};

/// What surrounds a network that is pruned.
pub trait World: Sync {
    /// Why one of these fails.
    type Error;

    /// Images to sample and tune on.
    fn images(&self) -> usize;

    /// Some of them (`[N, C, H, W]`), with their classes.
    fn batch(&self, which: &[usize]) -> Result<(Tensor<f32>, Vec<usize>), Self::Error>;

    /// The share of held-out images that the network classifies rightly.
    fn accuracy(&self, network: &Network) -> Result<f64, Self::Error>;

    /// For each layer on the array, in order, the shares of words of its ifmap and of its stored ofmap that are not zero.
    fn maps(&self, network: &Network) -> Result<Vec<[f64; 2]>, Self::Error>;

    /// What an image costs in a layer on the array, of whose words these shares are not zero.
    fn energy(&self, layer: LayerId, shares: ByOperand<f64>) -> f64;

    /// The network fine-tuned, with what is masked still zero; itself where there is no back-propagation.
    fn tune(&self, network: &Network, masks: &Masks, round: usize) -> Result<Network, Self::Error>;
}

/// Why pruning fails.
#[derive(Debug, thiserror::Error)]
pub enum PruneError<E> {
    /// What surrounds it fails.
    #[error(transparent)]
    World(E),
    /// The network cannot be executed.
    #[error(transparent)]
    Execute(#[from] nn::execute::ExecuteError),
    /// A pruned layer does not fit its network.
    #[error(transparent)]
    Network(#[from] nn::NetworkError),
    /// The network is below the accuracy that it is to keep.
    #[error("the network classifies {found:.2} % of the held-out images rightly, expected at least {expected:.2} %")]
    Accuracy {
        /// In percent.
        found: f64,
        /// In percent.
        expected: f64,
    },
    /// There is nothing to prune.
    #[error("the network has no layer with weights on the array")]
    NoLayers,
    /// The moments of a layer's inputs would not fit in memory.
    #[error(
        "layer {layer:?} has filters of {taps} weights, more than {most}: its least squares would not fit in memory"
    )]
    TooLarge {
        /// The layer.
        layer: String,
        /// Weights of a filter.
        taps: usize,
        /// The most there may be.
        most: usize,
    },
}
