//! What surrounds a network that is pruned: the images of a data set, accuracy in floating point, the energy of the
//! estimation method, and back-propagation where it is built in.

use crate::Error;
use crate::accuracy::hits;
use crate::dataset::Dataset;
use crate::digest::Inputs;
use crate::document::Block;
use crate::estimate::{self, Batches, Estimates, Method, Shares, Zeros};
use crate::hardware;
use crate::labelled::Labelled;
use crate::prune::checkpoint::Beginning;
use crate::report;
use ::prune::{Masks, Point, Settings, World};
use eyeriss::Chip;
use nn::{ByOperand, LayerId, Network, Operand, Tensor};

/// Images that go through a network at once.
const BATCH: usize = 64;
/// Images that go through the machine at once.
const MACHINE: usize = 16;
/// Images whose feature maps' zeros count.
const MAPS: usize = 256;

/// What surrounds a network on an architecture.
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
    /// Is told what takes long.
    pub tell: &'a (dyn Fn(&str) + Sync),
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

impl Surroundings<'_> {
    /// What a run on `network` is begun with.
    pub fn begun_with(&self, network: &Network, data: &Dataset, settings: &Settings) -> Result<Beginning, Error> {
        let digests = [self.tune, self.held].map(Labelled::digest);
        let [tune, held] = digests;
        let batches: Vec<f64> = self.estimates.layers.iter().map(|layer| layer.layer.batch()).collect();
        Ok(Beginning {
            network: Inputs::of_study("prune", network).finish(),
            data: format!("{} ({} {})", data.describe, tune?, held?),
            energy: format!("{:?} {batches:?}", self.method),
            settings: format!("{settings:?} {:?}", self.tuning),
        })
    }

    /// The layers of a pruned network as the estimation tool describes them; zeros of feature maps are those of `point`.
    pub fn described(
        &self,
        network: &Network,
        batches: Batches,
        bits: ByOperand<u32>,
        point: Option<&Point>,
    ) -> Result<Vec<estimate::Layer>, Error> {
        let maps =
            point.map(|point| point.shares.iter().map(|shares| [shares[Operand::Input], shares[Operand::Output]]));
        let zeros = Zeros::of_maps(self.tune.len().min(MAPS), maps.into_iter().flatten().collect());
        estimate::of_network(network, &self.layers, batches, bits, &zeros, Shares::default())
    }
}

impl Surroundings<'_> {
    /// The original and the pruned network on the machine, of which zeros of either operand gate, with the first images to
    /// tune on: beside their estimates, and one beside the other.
    pub fn measured(&self, original: &Network, pruned: &Network, images: usize) -> Result<Vec<Block>, Error> {
        let which: Vec<usize> = (0..images.min(self.tune.len())).collect();
        let batches: Vec<Tensor<f32>> =
            which.chunks(MACHINE).map(|which| Ok(self.tune.batch(which)?.images)).collect::<Result<_, Error>>()?;
        let mut blocks = vec![Block::Heading("On the machine".into())];
        let mut totals = Vec::new();
        for (name, network) in [("original", original), ("pruned", pruned)] {
            let mut tell = |layer: &str| (self.tell)(&format!("on the machine: {name}, {layer}"));
            let measured = hardware::measure(network, Chip::sparse(), &batches, &mut tell)?;
            blocks.extend(hardware::blocks(name, &measured));
            totals.push(measured.total().measured);
        }
        let percent =
            |of: fn(&hardware::Figures) -> f64| 100.0 * of(&totals[1]) / of(&totals[0]).max(f64::MIN_POSITIVE);
        blocks.push(Block::Text(format!(
            "Measured over {}, the pruned network does {:.1} % of the original's multiply-accumulates, moves {:.1} % of the              bytes over the link to DRAM and takes {:.1} % of the energy on a chip that makes use of zeros of either operand.",
            report::count(which.len(), "image"),
            percent(|figures| figures.done),
            percent(|figures| figures.link_bytes),
            percent(hardware::Figures::total_energy),
        )));
        Ok(blocks)
    }
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

    fn tune(&self, network: &Network, masks: &Masks, round: usize) -> Result<Network, Error> {
        match &self.tuning {
            None => Ok(network.clone()),
            Some(tuning) => self.tuned(network, masks, round, tuning),
        }
    }
}

#[cfg(feature = "train")]
impl Surroundings<'_> {
    fn tuned(&self, network: &Network, masks: &Masks, round: usize, tuning: &Tuning) -> Result<Network, Error> {
        use ::prune::train::{Schedule, Step, tune};
        let Tuning { epochs, batch, rate, seed } = *tuning;
        let schedule = Schedule { epochs, batch, rate, momentum: 0.9, decay: 1e-4, seed: seed + round as u64 };
        let show = |step: Step| {
            let (batch, batches) = (step.batch + 1, step.batches);
            (self.tell)(&format!("fine-tuning: epoch {} of {epochs}, batch {batch} of {batches}", step.epoch + 1));
        };
        let images = self.tune.len();
        let tuned = tune(network, masks, images, |which: &[usize]| World::batch(self, which), &schedule, show);
        tuned.map_err(|error| Error::Tune(error.to_string()))
    }
}

#[cfg(not(feature = "train"))]
impl Surroundings<'_> {
    fn tuned(&self, _: &Network, _: &Masks, _: usize, _: &Tuning) -> Result<Network, Error> {
        Err(Error::Tune("this program is built without back-propagation".into()))
    }
}
