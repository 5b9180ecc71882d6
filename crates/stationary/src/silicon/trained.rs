//! Trained weights and photographs in place of random words: the same machine, zeros as they come.
//!
//! VGG-16's convolutions run as in the published table, with the same mappings, three photographs at a time;
//! torchvision's AlexNet is another variant of that network (64, 192, 384, 256 and 256 filters, no groups, 224 x 224),
//! so that only its zeros and its compression can be set beside the published ones. Formats are chosen on the first
//! batch ([`Quantised::calibrate`]); ReLU is the output path's clamp, pooling runs on the host.

use super::layers::{self, SiliconLayer};
use super::published::{self, Published};
use super::{Table, Validated};
use crate::run::Tally;
use crate::shapes::sizes;
use crate::Error;
use eyeriss::{Chip, Choice, DramCoding, Engine, Machine, Objective, RsMapping};
use formats::{Limits, image, safetensors};
use nn::{
    Conv, Conv16, ConvShape, Layer, LayerId, Network, Op, Operand, Pad, Pool, PoolKind, Preprocess, Quantised, Tensor,
    fixed_exec, zoo,
};
use std::collections::BTreeMap;
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
    /// Products that saturated when they were cut, and ofmap words whose sum wrapped.
    pub losses: [u64; 2],
}

impl Trained {
    /// The published table whose layers stand beside.
    pub fn published(self) -> Published {
        match self {
            Trained::Vgg16 => published::vgg16(),
            Trained::AlexNet => published::alexnet(),
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
    fn mapping(self, machine: &Machine, name: &str, shape: &ConvShape) -> Result<RsMapping, eyeriss::RunError> {
        match self {
            Trained::Vgg16 => Ok(layers::vgg16_mapping(name)),
            Trained::AlexNet => machine.mapping(shape, Choice::Best(Objective::Latency)),
        }
    }

    /// Layers that [`Trained::run`] runs on the machine over so many photographs.
    pub fn runs(self, photographs: usize) -> usize {
        let published = self.published();
        photographs / published.batch * published.rows.len()
    }

    /// Runs `photographs` through `network` (see [`Trained::read`]) in whole batches, leaving the rest; `done` is called
    /// after each layer.
    pub fn run(self, network: &Network, photographs: &[PathBuf], done: &dyn Fn(&str)) -> Result<TrainedTable, Error> {
        let published = self.published();
        let images = photographs.len();
        let batches = photographs.chunks_exact(published.batch);
        let read = |files: &[PathBuf]| self.batch(network, files);
        let Some(first) = batches.clone().next() else {
            return Err(Error::Batch { batch: published.batch, images });
        };
        let quantised = Quantised::calibrate(network, &[read(first)?])?;
        let machine = Machine::new(Chip::default(), Engine::Fast)?;
        let mut layers: BTreeMap<LayerId, Measured> = BTreeMap::new();
        for files in batches.clone() {
            let engine = |id: LayerId, job: &Conv16| {
                let name = &network.layer(id).name;
                let coding = if id.0 == 1 { DramCoding::FIRST_LAYER } else { DramCoding::LATER_LAYER };
                let refused = |reason| Error::Layer {
                    layer: name.clone(),
                    shape: sizes(&job.shape),
                    arch: "eyeriss".into(),
                    reason,
                };
                let mapping = match layers.get(&id) {
                    Some(measured) => measured.layer.mapping,
                    None => self.mapping(&machine, name, &job.shape).map_err(refused)?,
                };
                let run = machine.run(job, mapping, coding).map_err(refused)?;
                let measured = layers.entry(id).or_insert_with(|| Measured::new(name, &job.shape, mapping));
                measured.add(&run);
                done(name);
                Ok::<_, Error>(run.output)
            };
            fixed_exec::execute(&quantised, &read(files)?, engine, |_, _| ())?;
        }
        let rows = published.rows.iter().cloned();
        let layers: Vec<Validated> = layers
            .into_values()
            .zip(rows)
            .map(|(measured, published)| Validated { layer: measured.layer(), published, tally: measured.tally })
            .collect();
        let losses = [|tally: &Tally| tally.saturated, |tally: &Tally| tally.wrapped]
            .map(|loss| layers.iter().map(|layer| loss(&layer.tally)).sum());
        let count = batches.len();
        let photographs = count * published.batch;
        let table = Table { published, chip: *machine.chip(), batches: count as u64, layers };
        Ok(TrainedTable { network: self, photographs, table, losses })
    }

    fn batch(self, network: &Network, files: &[PathBuf]) -> Result<Tensor<f32>, Error> {
        let (dims, preprocess, limits) = (network.input_dims(), self.preprocess(), Limits::default());
        let mut data = Vec::new();
        for file in files {
            data.extend(image::read(file, dims, &preprocess, &limits)?.into_vec());
        }
        Ok(Tensor::from_vec(&[&[files.len()], dims].concat(), data))
    }
}

/// A layer over the batches so far.
struct Measured {
    layer: SiliconLayer,
    tally: Tally,
    ofmap_zeros: u64,
    ofmap_words: u64,
}

impl Measured {
    fn new(name: &str, shape: &ConvShape, mapping: RsMapping) -> Self {
        let layer = SiliconLayer { name: name.into(), shape: *shape, mapping, ofmap_zeros: 0.0 };
        Measured { layer, tally: Tally::default(), ofmap_zeros: 0, ofmap_words: 0 }
    }

    fn add(&mut self, run: &eyeriss::LayerRun) {
        self.tally.add(run);
        self.ofmap_zeros += run.output.data().iter().filter(|&&word| word == 0).count() as u64;
        self.ofmap_words += run.output.data().len() as u64;
    }

    fn layer(&self) -> SiliconLayer {
        SiliconLayer { ofmap_zeros: self.ofmap_zeros as f64 / self.ofmap_words as f64, ..self.layer.clone() }
    }
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
