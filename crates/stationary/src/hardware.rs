//! A network's zeros measured: what it does on the machine whose zeros of either operand gate and whose filters leave DRAM
//! coded, beside what is estimated of it under the same mappings.
//!
//! The estimate gets the shares of zeros of each layer, the padding's in its place, and takes zeros for independent of each
//! other ([`model::estimate()`], with the rules of [`model::Serving::Pipeline`]); the machine meets the words as they lie. Both
//! are paid for at the prices of the dataflow study (Chen, Emer, Sze, ISCA 2016, Table IV). Biases, of which a problem knows
//! nothing, are fetched with the filters in both.

mod document;

use crate::Error;
use crate::shapes::sizes;
use eyeriss::dram::Coding as LinkCoding;
use eyeriss::{
    Chip, Choice, DramCoding, Engine, LayerRun, Machine, Objective, Plan, RsMapping, RunError, native, nest,
};
use model::{Arch, Coding, Energy, Words, estimate, predict};
use nn::{ByOperand, Conv16, ConvShape, LayerId, Network, Operand, Problem, Quantised, Tensor, fixed_exec};
use std::collections::HashMap;

pub use document::blocks;

/// Bits of the machine's words.
const BITS: u32 = 16;
const BYTES: f64 = 2.0;

/// What a layer did, or is estimated to do, over all images.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Figures {
    /// Multiply-accumulates that are done.
    pub done: f64,
    /// Multiply-accumulates that a zero gates.
    pub gated: f64,
    /// Bytes of code over the link to DRAM.
    pub link_bytes: f64,
    /// Energy by stage, outermost first, and of multiply-accumulates at the end; in multiply-accumulates.
    pub energy: Vec<f64>,
}

/// A layer, measured and estimated.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Layer {
    /// Its name.
    pub name: String,
    /// On the machine.
    pub measured: Figures,
    /// By the estimate.
    pub estimated: Figures,
}

/// All layers of a network.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    /// The layers that the array runs, in the network's order.
    pub layers: Vec<Layer>,
    /// The stages that energies are of.
    pub stages: Vec<String>,
}

impl Figures {
    /// All energy.
    pub fn total_energy(&self) -> f64 {
        self.energy.iter().sum()
    }

    fn add(&mut self, other: &Figures) {
        self.done += other.done;
        self.gated += other.gated;
        self.link_bytes += other.link_bytes;
        self.energy.resize(other.energy.len(), 0.0);
        self.energy.iter_mut().zip(&other.energy).for_each(|(sum, of)| *sum += of);
    }
}

impl Measured {
    /// The sum over all layers.
    pub fn total(&self) -> Layer {
        self.layers.iter().fold(Layer { name: "all layers".into(), ..Layer::default() }, |mut total, layer| {
            total.measured.add(&layer.measured);
            total.estimated.add(&layer.estimated);
            total
        })
    }
}

impl Layer {
    /// How far the estimate lies above the machine: of gated multiply-accumulates, bytes over the link, and energy.
    pub fn errors(&self) -> [f64; 3] {
        let (ours, theirs) = (&self.estimated, &self.measured);
        let error = |ours: f64, theirs: f64| if ours == theirs { 0.0 } else { ours / theirs - 1.0 };
        [
            error(ours.gated, theirs.gated),
            error(ours.link_bytes, theirs.link_bytes),
            error(ours.total_energy(), theirs.total_energy()),
        ]
    }
}

/// Runs a network with weights over batches of images, formats chosen on the first, on `chip`, under the mappings of least
/// energy that its search finds; tells `observe` each layer that is about to run.
pub fn measure(
    network: &Network,
    chip: Chip,
    batches: &[Tensor<f32>],
    observe: &mut dyn FnMut(&str),
) -> Result<Measured, Error> {
    let machine = Machine::new(chip, Engine::Fast)?;
    let arch = nest::arch(&chip).map_err(|errors| refused_arch(network, &errors))?;
    let quantised = Quantised::calibrate(network, &batches[..batches.len().min(1)])?;
    let array = crate::run::array_layers(network);
    let name = |id: &LayerId| Layer { name: network.layer(*id).name.clone(), ..Layer::default() };
    let mut layers: Vec<Layer> = array.iter().map(name).collect();
    let mut mappings: HashMap<ConvShape, RsMapping> = HashMap::new();
    for input in batches {
        let engine = |id: LayerId, job: &Conv16| {
            let place = array.iter().position(|&of| of == id).unwrap_or(0);
            observe(&layers[place].name);
            let refused = |reason: RunError| Error::Layer {
                layer: network.layer(id).name.clone(),
                shape: sizes(&job.shape),
                arch: arch.name().into(),
                reason: Box::new(reason),
            };
            let mapping = match mappings.get(&job.shape) {
                Some(&mapping) => mapping,
                None => machine.mapping(&job.shape, Choice::Best(Objective::Energy)).map_err(refused)?,
            };
            mappings.insert(job.shape, mapping);
            let coding = DramCoding::of(&chip, place == 0);
            let run = machine.run(job, mapping, coding).map_err(refused)?;
            let shape = native::native_shape(&chip, &job.shape).map_err(|reason| refused(reason.into()))?;
            let plan = Plan::new(&chip, &shape, mapping).map_err(|reason| refused(RunError::Mapping(reason)))?;
            let problem = Problem::conv(&shape);
            let problem = problem.map_err(|reason| Error::Problem { layer: layers[place].name.clone(), reason })?;
            layers[place].measured.add(&measured(&run, &arch));
            layers[place].estimated.add(&estimated(&problem, &arch, &plan, &words(job, &shape, &run, coding)));
            Ok::<_, Error>(run.output)
        };
        fixed_exec::execute(&quantised, input, engine, |_, _| ())?;
    }
    let stages = arch.stages().iter().map(|stage| stage.name().to_string()).chain([arch.compute().name.clone()]);
    Ok(Measured { layers, stages: stages.collect() })
}

fn refused_arch(network: &Network, errors: &[model::arch::ArchError]) -> Error {
    let reason = errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
    Error::GivenMapping { layer: network.name().into(), reason }
}

fn measured(run: &LayerRun, arch: &Arch) -> Figures {
    let macs = run.counts.macs;
    Figures {
        done: macs.done as f64,
        gated: macs.gated as f64,
        link_bytes: run.dram_bytes() as f64,
        energy: by_stage(&run.energy(arch)),
    }
}

fn estimated(problem: &Problem, arch: &Arch, plan: &Plan, words: &ByOperand<Words>) -> Figures {
    let nest = nest::nest(plan);
    let mut counts = predict(problem, arch, &nest).counts;
    counts.levels[0].access[Operand::Weight].reads += plan.bias_words();
    let estimate = estimate(problem, arch, BITS, (&nest, &counts), words);
    Figures {
        done: estimate.macs,
        gated: problem.macs() as f64 - estimate.macs,
        link_bytes: BYTES * estimate.outermost.0.iter().sum::<f64>(),
        energy: by_stage(&estimate.energy),
    }
}

fn by_stage(energy: &Energy) -> Vec<f64> {
    energy.stages.iter().map(|by| by.0.iter().sum()).chain([energy.compute]).collect()
}

/// A layer's words: the shares of its zeros as they are in memory, the padding's with the ifmap's, and as they are met.
fn words(job: &Conv16, native: &ConvShape, run: &LayerRun, coding: DramCoding) -> ByOperand<Words> {
    let nonzeros = |words: &[i16]| words.iter().filter(|&&word| word != 0).count() as f64;
    let share = |words: &Tensor<i16>| nonzeros(words.data()) / words.data().len() as f64;
    let of = |share: f64, coding: LinkCoding| {
        let coding = match coding {
            LinkCoding::Raw => Coding::Plain,
            LinkCoding::Rlc => Coding::RunLength,
        };
        Words::alike(share, BITS, coding)
    };
    let ifmap = of(share(job.input), coding.ifmap).padded(&job.shape);
    // Where the layer runs as another, that has zeros of its own between the filters' taps.
    let filter = of(nonzeros(job.weights.data()) / native.weights() as f64, coding.filters);
    let met = share(job.weights) * job.shape.macs() as f64 / native.macs() as f64;
    ByOperand([
        Words { share: 1.0 - run.zero_share(), ..ifmap },
        Words { met, ..filter },
        of(share(&run.output), coding.ofmap),
    ])
}
