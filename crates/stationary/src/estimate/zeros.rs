//! Where the zeros of a network's layers come from: its weights, images, what was published, or nowhere.

use super::layers::Shares;
use super::published::Activations;
use crate::Error;
use crate::images::Images;
use nn::{ByOperand, LayerId, Network, Op, Operand, Tensor, float};

/// Shares of words of feature maps that are not zero.
#[derive(Clone, Debug, PartialEq)]
pub struct Zeros {
    /// Where they come from.
    pub origin: Origin,
    /// By layer on the array, ifmap and ofmap; none where nothing is known.
    maps: Vec<[f64; 2]>,
}

/// Where zeros of feature maps come from.
#[derive(Clone, Debug, PartialEq)]
pub enum Origin {
    /// Nowhere: every word counts.
    None,
    /// So many images that went through the network in floating point.
    Images(usize),
    /// A publication.
    Published(&'static str),
    /// The file of layers.
    File,
}

impl Zeros {
    /// No zeros are known.
    pub fn unknown() -> Zeros {
        Zeros { origin: Origin::None, maps: Vec::new() }
    }

    /// Those that so many images have: by layer on the array, shares of the words of ifmap and ofmap that are not zero.
    pub fn of_maps(images: usize, maps: Vec<[f64; 2]>) -> Zeros {
        Zeros { origin: Origin::Images(images), maps }
    }

    /// Those of a publication.
    pub fn published(activations: &Activations, network: &Network) -> Zeros {
        Zeros { origin: Origin::Published(activations.source), maps: activations.shares(network) }
    }

    /// One share of words that are not zero for all layers but the first, whose ifmap is the image.
    pub fn uniform(share: f64, source: &'static str, layers: usize) -> Zeros {
        let ofmap = |layer: usize| if layer + 1 < layers { share } else { 1.0 };
        let maps = (0..layers).map(|layer| [if layer == 0 { 1.0 } else { share }, ofmap(layer)]).collect();
        Zeros { origin: Origin::Published(source), maps }
    }

    /// Of the layer on the array at `place`, whose id is `id`: of feature maps as said, of filters as the weights are.
    pub(super) fn of(&self, network: &Network, place: usize, id: LayerId) -> Shares {
        let filter = network.layer(id).weights.as_ref().map(|weights| nonzero(weights.kernel.data()));
        let maps = self.maps.get(place);
        Shares(ByOperand([maps.map(|maps| maps[0]), filter, maps.map(|maps| maps[1])]))
    }
}

fn nonzero(values: &[f32]) -> f64 {
    values.iter().filter(|&&value| value != 0.0).count() as f64 / values.len().max(1) as f64
}

/// Runs `images` through a network with weights and counts the zeros of what its layers on the array read and of what
/// is stored of their outputs: after the activation that alone reads them. Tells `observe` how many images are done.
pub fn measured(network: &Network, images: &Images, observe: &mut dyn FnMut(usize, usize)) -> Result<Zeros, Error> {
    let batches = (0..images.len()).map(|image| {
        observe(image, images.len());
        images.batch(image..image + 1)
    });
    let maps = maps(network, batches)?;
    Ok(Zeros { origin: Origin::Images(images.len()), maps })
}

/// The same of batches of images: by layer on the array, the shares of the words of ifmap and stored ofmap that are not
/// zero.
pub fn maps(
    network: &Network,
    batches: impl IntoIterator<Item = Result<Tensor<f32>, Error>>,
) -> Result<Vec<[f64; 2]>, Error> {
    let (mut sums, mut images) = (vec![0.0; network.layers().len()], 0);
    for batch in batches {
        let batch = batch?;
        let count = batch.dims()[0];
        float::execute(network, &batch, |id, output| sums[id.0 as usize] += count as f64 * nonzero(output.data()))?;
        images += count;
    }
    let share = |id: LayerId| sums[id.0 as usize] / images as f64;
    let layers = crate::run::array_layers(network).into_iter();
    Ok(layers.map(|id| [share(network.layer(id).inputs[0]), share(stored(network, id))]).collect())
}

/// The layer whose output is what is stored of `id`'s: that of the scales and activations that alone read it.
fn stored(network: &Network, id: LayerId) -> LayerId {
    match network.consumers(id)[..] {
        [next] if matches!(network.layer(next).op, Op::Relu | Op::Relu6 | Op::Scale) => stored(network, next),
        _ => id,
    }
}

impl Shares {
    /// The share of one operand, if it is given.
    pub fn set(&mut self, operand: Operand, share: f64) {
        self.0[operand] = Some(share);
    }
}
