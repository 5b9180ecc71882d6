//! What surrounds a network that is pruned: the images of a data set, accuracy in floating point, the energy of the
//! estimation method, and back-propagation where it is built in.

use crate::Error;
use crate::accuracy::hits;
use crate::estimate::{self, Estimates, Method};
use crate::labelled::Labelled;
use ::prune::{Masks, World};
use nn::{ByOperand, LayerId, Network, Tensor};

/// Images that go through a network at once.
const BATCH: usize = 64;
/// Images whose feature maps' zeros count.
const MAPS: usize = 256;

/// What surrounds a network on an architecture.
#[derive(Debug)]
pub struct Surroundings<'a> {
    /// Images to sample and tune on.
    pub tune: &'a Labelled,
    /// Images that accuracy is measured on.
    pub held: &'a Labelled,
    /// The mappings of the layers on the array, in order; each has one.
    pub estimates: &'a Estimates,
    /// What they were made with.
    pub method: Method<'a>,
    /// The layers on the array.
    pub layers: Vec<LayerId>,
    /// How rounds end.
    pub tuning: Option<Tuning>,
}

/// Back-propagation at the end of a round.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tuning {
    /// Times that all images go through.
    pub epochs: usize,
    /// Images of a step.
    pub batch: usize,
    /// The highest learning rate.
    pub rate: f64,
    /// Decides on the order of images.
    pub seed: u64,
}

impl World for Surroundings<'_> {
    type Error = Error;

    fn images(&self) -> usize {
        self.tune.len()
    }

    fn batch(&self, which: &[usize]) -> Result<(Tensor<f32>, Vec<usize>), Error> {
        let batch = self.tune.batch(which)?;
        Ok((batch.images, batch.classes))
    }

    fn accuracy(&self, network: &Network) -> Result<f64, Error> {
        let all: Vec<usize> = (0..self.held.len()).collect();
        let mut right = 0;
        for which in all.chunks(BATCH) {
            right += hits(network, &self.held.batch(which)?)?;
        }
        Ok(right as f64 / all.len() as f64)
    }

    fn maps(&self, network: &Network) -> Result<Vec<[f64; 2]>, Error> {
        let images: Vec<usize> = (0..self.tune.len().min(MAPS)).collect();
        estimate::maps(network, images.chunks(BATCH).map(|which| Ok(self.tune.batch(which)?.images)))
    }

    fn energy(&self, layer: LayerId, shares: ByOperand<f64>) -> f64 {
        let place = self.layers.iter().position(|&id| id == layer);
        let energy = place.and_then(|place| self.estimates.energy(&self.method, place, shares));
        energy.expect("a layer on the array, with a mapping")
    }

    fn tune(&self, network: &Network, _masks: &Masks, _round: usize) -> Result<Network, Error> {
        Ok(network.clone())
    }
}
