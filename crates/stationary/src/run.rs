//! The main job: a trained network on the machine, on real images, beside the float network.
//!
//! Convolutions and fully connected layers run on the machine, the first with its ifmap uncompressed in DRAM (an
//! image), all others with run-length coded feature maps (Chen et al., JSSC 52(1), 2017, section IV). All other layers
//! run on the host in the same 16-bit formats; a ReLU that alone reads a convolution is its output path's clamp.

mod cost;
mod tally;

pub use cost::{Cost, Energy};
pub use tally::Tally;

use crate::archs::Arch;
use crate::images::Images;
use crate::shapes::sizes;
use crate::{Error, digest};
use eyeriss::{Choice, DramCoding, Machine, Objective, RsMapping};
use model::OperatingPoint;
use nn::{Conv16, Conv16Output, ConvShape, LayerId, Network, Op, Quantised, conv16, fixed_exec, float};
use rayon::prelude::*;
use std::collections::HashMap;

/// The most images that formats are chosen on when no others are given for it.
pub const CALIBRATION_IMAGES: usize = 16;

/// What is to run, on what.
#[derive(Clone, Copy)]
pub struct Job<'a> {
    /// The network, with its weights.
    pub network: &'a Network,
    /// The images to classify.
    pub images: &'a Images,
    /// The images that formats are chosen on.
    pub calibration: &'a Images,
    /// Images that go through the machine at once.
    pub batch: usize,
    /// Layers to run on the machine; the words of the others come from the fast 16-bit convolution.
    pub layers: &'a [LayerId],
    /// The architecture.
    pub arch: &'static Arch,
    /// The machine.
    pub machine: Machine,
    /// What the mappings have least of.
    pub objective: Objective,
    /// Mappings of layers for which none is sought; a last batch that is smaller takes as many images as it has.
    pub given: &'a [(LayerId, RsMapping)],
    /// Supply and clocks; the machine's chip has the same clocks.
    pub point: OperatingPoint,
}

/// What is being done, for who waits.
#[derive(Clone, Copy, Debug)]
pub enum Step<'a> {
    /// Formats are being chosen on this many images.
    Calibrating(usize),
    /// Mappings are being sought for this many shapes.
    Mapping(usize),
    /// A layer begins; so many of so many are done.
    Layer {
        /// Its name.
        name: &'a str,
        /// Layers done, over all batches.
        done: usize,
        /// Layers to do, over all batches.
        total: usize,
    },
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct Run {
    /// By image, in the order given.
    pub predictions: Vec<Prediction>,
    /// By layer, in the network's order.
    pub layers: Vec<LayerRow>,
    /// The sum over the layers that ran on the machine.
    pub total: Tally,
    /// A hash of everything that went in.
    pub digest: String,
}

/// What an image was taken for.
#[derive(Clone, Debug, PartialEq)]
pub struct Prediction {
    /// The image's name.
    pub image: String,
    /// The machine's five likeliest classes with their scores, likeliest first.
    pub top: Vec<(usize, f32)>,
    /// The float network's likeliest class, with its score.
    pub float: (usize, f32),
}

impl Prediction {
    /// Whether the machine's likeliest class is the float network's.
    pub fn agrees(&self) -> bool {
        self.top.first().is_some_and(|(class, _)| *class == self.float.0)
    }
}

impl Run {
    /// How many images the machine and the float network take for the same.
    pub fn agreeing(&self) -> usize {
        self.predictions.iter().filter(|prediction| prediction.agrees()).count()
    }
}

/// A layer and where it ran.
#[derive(Clone, Debug)]
pub struct LayerRow {
    /// The layer.
    pub name: String,
    /// What it computes.
    pub op: &'static str,
    /// Where.
    pub place: Place,
}

/// Where a layer ran.
#[derive(Clone, Debug)]
pub enum Place {
    /// On the machine.
    Machine(Box<MachineLayer>),
    /// A convolution that was not asked for: its words came from the fast 16-bit convolution.
    NotAsked,
    /// The clamp of the machine's output path.
    OutputPath,
    /// On the host.
    Host,
}

/// A layer on the machine, over all batches.
#[derive(Clone, Debug)]
pub struct MachineLayer {
    /// The sizes of a whole batch.
    pub shape: ConvShape,
    /// The mapping of a whole batch.
    pub mapping: RsMapping,
    /// What it did.
    pub tally: Tally,
}

/// Runs `job`; tells `observe` what is being done.
pub fn run(job: &Job, observe: &mut dyn FnMut(Step)) -> Result<Run, Error> {
    let network = job.network;
    if let Some(id) = network.lacks_weights() {
        return Err(nn::execute::ExecuteError::NoWeights { layer: network.layer(id).name.clone() }.into());
    }
    if job.layers.is_empty() {
        return Err(Error::NoArrayLayers { network: network.name().into() });
    }
    if job.batch > job.images.len() {
        return Err(Error::Batch { batch: job.batch, images: job.images.len() });
    }
    let calibration = job.calibration.batch(0..job.calibration.len().min(CALIBRATION_IMAGES))?;
    let mut hash = digest::Inputs::new(job);
    hash.images(&calibration);
    observe(Step::Mapping(job.layers.len()));
    let mappings = mappings(job)?;
    observe(Step::Calibrating(calibration.dims()[0]));
    let quantised = Quantised::calibrate(network, &[calibration])?;

    let mut tallies = vec![Tally::default(); network.layers().len()];
    let mut predictions = Vec::with_capacity(job.images.len());
    let batches = job.images.len().div_ceil(job.batch);
    let (mut done, total) = (0, batches * job.layers.len());
    for start in (0..job.images.len()).step_by(job.batch) {
        let images = start..(start + job.batch).min(job.images.len());
        let input = job.images.batch(images.clone())?;
        hash.images(&input);
        let engine = |id: LayerId, conv: &Conv16| {
            let tally = &mut tallies[id.0 as usize];
            let Some(mapping) = mappings.get(&(id, conv.shape)) else {
                let Conv16Output { output, saturated, wrapped } = conv16::fast(conv);
                tally.saturated += saturated;
                tally.wrapped += wrapped;
                return Ok(output);
            };
            observe(Step::Layer { name: &network.layer(id).name, done, total });
            done += 1;
            let coding = DramCoding::of(job.machine.chip(), first(network) == Some(id));
            let run = job.machine.run(conv, *mapping, coding);
            let run = run.map_err(|reason| refused(job, id, &conv.shape, reason))?;
            tally.add(&run);
            Ok::<_, Error>(run.output)
        };
        let scores = fixed_exec::execute(&quantised, &input, engine, |_, _| ())?;
        let reference = float::output(network, &input)?;
        let classes = scores.data().len() / images.len();
        for (image, (scores, reference)) in
            images.zip(scores.data().chunks(classes).zip(reference.data().chunks(classes)))
        {
            let float = likeliest(reference, 1)[0];
            predictions.push(Prediction { image: job.images.name(image), top: likeliest(scores, 5), float });
        }
    }
    let rows = rows(job, &quantised, &mappings, &tallies);
    let mut total = Tally::default();
    job.layers.iter().for_each(|id| total += &tallies[id.0 as usize]);
    Ok(Run { predictions, layers: rows, total, digest: hash.finish() })
}

/// The layers that run on the array: convolutions and fully connected layers.
pub fn array_layers(network: &Network) -> Vec<LayerId> {
    network.ids().filter(|&id| network.conv_shape(id, 1).is_some()).collect()
}

/// The array layer whose ifmap is the image.
fn first(network: &Network) -> Option<LayerId> {
    network.ids().find(|&id| network.conv_shape(id, 1).is_some())
}

/// Mappings by layer and by shape, in whole batches and in the last.
type Mappings = HashMap<(LayerId, ConvShape), RsMapping>;

/// A mapping for each layer: the given one, or one that is sought; equal shapes share a search.
fn mappings(job: &Job) -> Result<Mappings, Error> {
    let mut mappings = Mappings::new();
    let mut sought: Vec<(ConvShape, Vec<LayerId>)> = Vec::new();
    let rest = job.images.len() % job.batch;
    for images in [job.batch, rest].into_iter().filter(|&images| images > 0) {
        for &id in job.layers {
            let shape = job.network.conv_shape(id, images).ok_or_else(|| {
                let layer = job.network.layer(id).name.clone();
                Error::from(nn::execute::ExecuteError::BatchTooLarge { layer, images })
            })?;
            if let Some((_, given)) = job.given.iter().find(|(layer, _)| *layer == id) {
                mappings.insert((id, shape), RsMapping { n: given.n.min(images), ..*given });
                continue;
            }
            match sought.iter_mut().find(|(seen, _)| *seen == shape) {
                Some((_, layers)) => layers.push(id),
                None => sought.push((shape, vec![id])),
            }
        }
    }
    let found = sought.par_iter().map(|(shape, layers)| {
        let mapping = job.machine.mapping(shape, Choice::Best(job.objective));
        mapping.map_err(|reason| refused(job, layers[0], shape, reason))
    });
    // Collected in order, so that the first layer that is refused is the one named.
    let found: Vec<Result<RsMapping, Error>> = found.collect();
    for ((shape, layers), mapping) in sought.iter().zip(found) {
        let mapping = mapping?;
        mappings.extend(layers.iter().map(|&id| ((id, *shape), mapping)));
    }
    Ok(mappings)
}

fn refused(job: &Job, id: LayerId, shape: &ConvShape, reason: eyeriss::RunError) -> Error {
    let layer = job.network.layer(id).name.clone();
    Error::Layer { layer, shape: sizes(shape), arch: job.arch.name.into(), reason: Box::new(reason) }
}

/// The largest scores with their places, largest first; of equal ones the first place first.
fn likeliest(scores: &[f32], count: usize) -> Vec<(usize, f32)> {
    let mut ranked: Vec<(usize, f32)> = scores.iter().copied().enumerate().collect();
    ranked.sort_by(|a, b| b.1.total_cmp(&a.1));
    ranked.truncate(count);
    ranked
}

fn rows(job: &Job, quantised: &Quantised, mappings: &Mappings, tallies: &[Tally]) -> Vec<LayerRow> {
    let network = job.network;
    let row = |id: LayerId| {
        let layer = network.layer(id);
        let on_machine = network.conv_shape(id, job.batch).filter(|_| job.layers.contains(&id));
        let place = match on_machine.and_then(|shape| Some((shape, *mappings.get(&(id, shape))?))) {
            Some((shape, mapping)) => {
                Place::Machine(Box::new(MachineLayer { shape, mapping, tally: tallies[id.0 as usize].clone() }))
            }
            None if quantised.conv(id).is_some() => Place::NotAsked,
            None if is_clamp(quantised, id) => Place::OutputPath,
            None => Place::Host,
        };
        LayerRow { name: layer.name.clone(), op: layer.op.name(), place }
    };
    network.ids().map(row).collect()
}

/// Whether a layer is the activation of the convolution that it reads, which the output path applies.
fn is_clamp(quantised: &Quantised, id: LayerId) -> bool {
    let layer = quantised.network().layer(id);
    let clamped = |id: LayerId| quantised.conv(id).is_some_and(|conv| conv.clamp != nn::Clamp::NONE);
    matches!(layer.op, Op::Relu | Op::Relu6) && clamped(layer.inputs[0])
}
