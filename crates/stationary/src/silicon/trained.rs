//! Trained weights and photographs in place of random words: the same machine, zeros as they come.
//!
//! VGG-16's convolutions run as in the published table, with the same mappings, three photographs at a time;
//! torchvision's AlexNet is another variant of that network (64, 192, 384, 256 and 256 filters, no groups, 224 x 224),
//! so that only its zeros and its compression can be set beside the published ones. Formats are chosen on the first
//! batch ([`Quantised::calibrate`]); ReLU is the output path's clamp, pooling runs on the host. The float network runs
//! beside it, to tell zeros that are the network's from those that 16 bits add or take away.

use super::layers::{self, SiliconLayer};
use super::published::{self, Published, Row};
use super::{PRICES, Table, Validated};
use crate::images::Images;
use crate::run::Tally;
use crate::shapes::sizes;
use crate::{Error, digest};
use eyeriss::{Chip, Choice, DramCoding, Engine, LayerRun, Machine, Objective, RsMapping, RunError};
use formats::{Limits, safetensors};
use nn::{
    Conv, Conv16, ConvShape, Layer, LayerId, Network, Op, Operand, Pad, Pool, PoolKind, Preprocess, Quantised,
    fixed_exec, float, zoo,
};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::path::{Path, PathBuf};

/// A network whose weights are at hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trained {
    /// VGG-16's convolutions: tensors `conv1_1.weight` to `conv5_3.bias`.
    Vgg16,
    /// Torchvision's AlexNet: tensors `conv1.weight` to `conv5.bias`.
    AlexNet,
}

/// What ran on photographs.
#[derive(Clone, Debug)]
pub struct TrainedTable {
    /// Which network.
    pub network: Trained,
    /// Photographs that ran.
    pub photographs: usize,
    /// The layers beside those of the published table; for AlexNet they differ in shape and mapping.
    pub table: Table,
    /// A hash of the weights, the photographs, and what was done with them.
    pub digest: String,
    /// By layer, the shares of zeros of the float network: in the padded ifmap, and after ReLU.
    pub float_zeros: Vec<[f64; 2]>,
}

impl Trained {
    /// The published table whose layers stand beside.
    pub fn published(self) -> Published {
        match self {
            Trained::Vgg16 => published::vgg16(),
            Trained::AlexNet => published::alexnet(),
        }
    }

    /// What it is.
    pub fn title(self) -> &'static str {
        match self {
            Trained::Vgg16 => "VGG-16",
            Trained::AlexNet => "AlexNet as torchvision has it",
        }
    }

    /// How an image becomes the input: as torchvision's models take it. The shorter side becomes 227, so that ImageNet
    /// copies kept at 227 x 227 are cropped and not resized.
    pub fn preprocess(self) -> Preprocess {
        let deviation = [0.229, 0.224, 0.225];
        Preprocess {
            resize: 227,
            bgr: false,
            mean: [0.485, 0.456, 0.406].map(|mean| mean * 255.0),
            scale: deviation.map(|deviation: f32| 1.0 / (deviation * 255.0)),
        }
    }

    /// The shapes up to the last pooling.
    fn shapes(self) -> Network {
        match self {
            Trained::Vgg16 => {
                let whole = zoo::by_name("vgg16").expect("the zoo has VGG-16");
                let last = whole.find("pool5").expect("VGG-16 has five poolings");
                let layers = whole.layers()[..=last.0 as usize].to_vec();
                Network::new("VGG-16, convolutions", layers).expect("the beginning of a network is a network")
            }
            Trained::AlexNet => torchvision_alexnet(),
        }
    }

    /// The network with the weights of a safetensors file.
    pub fn read(self, weights: &Path, limits: &Limits) -> Result<Network, Error> {
        let tensors = safetensors::read(weights, limits)?;
        Ok(safetensors::apply(self.shapes(), &tensors, weights)?)
    }

    /// The mapping of a layer: as for the published table, or the fastest that is found.
    fn mapping(self, machine: &Machine, name: &str, shape: &ConvShape) -> Result<RsMapping, RunError> {
        match self {
            Trained::Vgg16 => Ok(layers::vgg16_mapping(name)),
            Trained::AlexNet => machine.mapping(shape, Choice::Best(Objective::Latency)),
        }
    }

    /// Layers that [`Trained::run`] runs on the machine over so many photographs.
    pub fn runs(self, photographs: usize) -> usize {
        let Published { batch, rows, .. } = self.published();
        photographs / batch * rows.len()
    }

    /// Runs the photographs in `files` through `network` (see [`Trained::read`]) in whole batches, leaving the rest;
    /// `done` is called after each layer.
    pub fn run(self, network: &Network, files: &[PathBuf], done: &mut dyn FnMut(&str)) -> Result<TrainedTable, Error> {
        let published = self.published();
        let batches = files.len() / published.batch;
        if batches == 0 {
            return Err(Error::Batch { batch: published.batch, images: files.len() });
        }
        let images = Images::new(files, network, &self.preprocess());
        let batch = |index: usize| images.batch(index * published.batch..(index + 1) * published.batch);
        let quantised = Quantised::calibrate(network, &[batch(0)?])?;
        let machine = Machine::new(Chip::default(), Engine::Fast)?;
        let mut layers: BTreeMap<LayerId, Measured> = BTreeMap::new();
        let mut hash = digest::Inputs::of_study(&format!("{self:?} {machine:?} {PRICES:?}"), network);
        let mut float_zeros = vec![0; network.layers().len()];
        for index in 0..batches {
            let input = batch(index)?;
            hash.images(&input);
            let engine = |id: LayerId, job: &Conv16| {
                let name = &network.layer(id).name;
                let coding = if layers.is_empty() { DramCoding::FIRST_LAYER } else { DramCoding::LATER_LAYER };
                let refused = |reason: RunError| {
                    let (layer, shape) = (name.clone(), sizes(&job.shape));
                    Error::Layer { layer, shape, arch: "eyeriss".into(), reason: Box::new(reason) }
                };
                let measured = match layers.entry(id) {
                    Entry::Occupied(entry) => entry.into_mut(),
                    Entry::Vacant(entry) => {
                        let mapping = self.mapping(&machine, name, &job.shape).map_err(refused)?;
                        entry.insert(Measured::new(name, &job.shape, mapping, coding))
                    }
                };
                let run = machine.run(job, measured.layer.mapping, measured.coding).map_err(refused)?;
                measured.add(&run);
                done(name);
                Ok::<_, Error>(run.output)
            };
            fixed_exec::execute(&quantised, &input, engine, |_, _| ())?;
            float::execute(network, &input, |id, map| float_zeros[id.0 as usize] += zeros(map.data()))?;
        }
        let float_zeros = layers.iter().map(|(&id, measured)| {
            let shape = &measured.layer.shape;
            let words = |plane: usize| (batches * shape.n * shape.c * plane) as f64;
            let (plane, padded) = (shape.h * shape.w, shape.padded_rows() * shape.padded_columns());
            let ifmap = float_zeros[network.layer(id).inputs[0].0 as usize] as f64 + words(padded - plane);
            let relu = network.consumers(id).first().map_or(0, |relu| float_zeros[relu.0 as usize]);
            [ifmap / words(padded), relu as f64 / measured.ofmap_words as f64]
        });
        let float_zeros = float_zeros.collect();
        let rows = published.rows.iter().cloned();
        let layers = layers.into_values().zip(rows);
        let layers = layers.map(|(measured, published)| measured.beside(published)).collect();
        let photographs = batches * published.batch;
        let table = Table { published, chip: *machine.chip(), batches: batches as u64, layers };
        Ok(TrainedTable { network: self, photographs, table, digest: hash.finish(), float_zeros })
    }
}

/// A layer over the batches so far.
struct Measured {
    layer: SiliconLayer,
    coding: DramCoding,
    tally: Tally,
    ofmap_zeros: u64,
    ofmap_words: u64,
}

impl Measured {
    fn new(name: &str, shape: &ConvShape, mapping: RsMapping, coding: DramCoding) -> Self {
        let layer = SiliconLayer { name: name.into(), shape: *shape, mapping, ofmap_zeros: 0.0 };
        Measured { layer, coding, tally: Tally::default(), ofmap_zeros: 0, ofmap_words: 0 }
    }

    fn add(&mut self, run: &LayerRun) {
        self.tally.add(run);
        self.ofmap_zeros += zeros(run.output.data());
        self.ofmap_words += run.output.data().len() as u64;
    }

    fn beside(self, published: Row) -> Validated {
        let ofmap_zeros = self.ofmap_zeros as f64 / self.ofmap_words as f64;
        Validated { layer: SiliconLayer { ofmap_zeros, ..self.layer }, published, tally: self.tally }
    }
}

fn zeros<T: Default + PartialEq>(values: &[T]) -> u64 {
    values.iter().filter(|value| **value == T::default()).count() as u64
}

/// By how much run-length coding reduces the feature maps' traffic of a layer: 1 - coded / raw.
pub fn feature_map_saving(tally: &Tally) -> f64 {
    let maps = [Operand::Input, Operand::Output];
    let raw: u64 = maps.iter().map(|&map| 2 * (tally.dram[map].all_reads() + tally.dram[map].all_writes())).sum();
    let coded: u64 = maps.iter().map(|&map| 8 * tally.link_beats[map]).sum();
    1.0 - coded as f64 / raw as f64
}

/// Torchvision's AlexNet up to its last pooling, after Krizhevsky, "One weird trick for parallelizing convolutional
/// neural networks", 2014.
fn torchvision_alexnet() -> Network {
    let mut layers = vec![Layer {
        name: "data".into(),
        op: Op::Input { dims: vec![3, 224, 224] },
        inputs: Vec::new(),
        weights: None,
    }];
    let mut add = |name: String, op: Op| {
        let inputs = vec![LayerId(layers.len() as u32 - 1)];
        layers.push(Layer { name, op, inputs, weights: None });
    };
    let convolutions = [(64, 11, 4, 2, true), (192, 5, 1, 2, true), (384, 3, 1, 1, false), (256, 3, 1, 1, false)];
    for (i, (m, size, stride, pad, pooled)) in convolutions.into_iter().chain([(256, 3, 1, 1, true)]).enumerate() {
        let (kernel, stride, pad) = ([size; 2], [stride; 2], Pad::all(pad));
        add(format!("conv{}", i + 1), Op::Conv(Conv { m, kernel, stride, pad, dilation: [1, 1], groups: 1 }));
        add(format!("relu{}", i + 1), Op::Relu);
        if pooled {
            let (kind, kernel, stride, pad) = (PoolKind::Max, Some([3, 3]), [2, 2], Pad::default());
            add(format!("pool{}", i + 1), Op::Pool(Pool { kind, kernel, stride, pad, ceil: false }));
        }
    }
    Network::new("AlexNet of torchvision, convolutions", layers).expect("torchvision's AlexNet is well-formed")
}
