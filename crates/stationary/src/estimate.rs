//! The study behind `stationary estimate`: the energy of a network by layer, operand and level, from the best mapping of
//! each layer, its zeros and the bits of its words, as [`model::estimate()`] says.

mod comparison;
mod document;
mod layers;
pub mod published;
pub mod validation;
mod zeros;

pub use comparison::{document as comparison, validated};
pub use document::{document, tool_layout};
pub use layers::{Batches, Layer, Shares, of_file, of_network};
pub use zeros::{Origin, Zeros, maps, measured};

use crate::Error;
use crate::given;
use crate::map::{Goal, Question, Solution, Task};
use crate::shapes::sizes;
use mapper::{Certificate, Factors, Objective, Order};
use model::{Arch, Coding, Estimate, Serving, Words, estimate};
use nn::{ByOperand, Operand, Problem};
use rayon::prelude::*;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// The platform of the published estimates, in the library.
pub const PLATFORM: &str = "asilomar17";

/// On what a network is estimated, and how.
#[derive(Clone, Copy, Debug)]
pub struct Method<'a> {
    /// The architecture.
    pub arch: &'a Arch,
    /// The bits of the words that its prices are for.
    pub word_bits: u32,
    /// The dataflow that the mappings belong to: a name of the library or a file.
    pub dataflow: Option<&'a str>,
    /// How the outermost memory holds words.
    pub coding: Coding,
    /// When to stop the search of a mapping without a proof.
    pub budget: Option<Duration>,
}

/// The energy of a network's layers.
#[derive(Clone, Debug)]
pub struct Estimates {
    /// The layers, in the network's order.
    pub layers: Vec<Estimated>,
    /// The mappings, one for each problem that occurs.
    pub solutions: Vec<Solution>,
}

/// The energy of a layer.
#[derive(Clone, Debug)]
pub struct Estimated {
    /// The layer.
    pub layer: Layer,
    /// Which of the solutions is its own.
    pub solution: usize,
    /// What its batch costs; none where nothing fits.
    pub estimate: Option<Estimate>,
}

/// Energy of an image by operand and of computation.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Parts {
    /// Moving words, by operand.
    pub data: ByOperand<f64>,
    /// Multiplying and accumulating.
    pub compute: f64,
}

impl Parts {
    /// All of it.
    pub fn total(&self) -> f64 {
        self.data.0.iter().sum::<f64>() + self.compute
    }

    /// In the order of every table: ifmap, ofmap, weight, computation.
    pub fn values(&self) -> [f64; 4] {
        let [ifmap, weight, ofmap] = self.data.0;
        [ifmap, ofmap, weight, self.compute]
    }
}

impl std::iter::Sum for Parts {
    fn sum<I: Iterator<Item = Parts>>(parts: I) -> Parts {
        parts.fold(Parts::default(), |sum, part| Parts {
            data: ByOperand(Operand::ALL.map(|operand| sum.data[operand] + part.data[operand])),
            compute: sum.compute + part.compute,
        })
    }
}

impl Estimated {
    /// What an image costs; nothing where nothing fits.
    pub fn parts(&self) -> Option<Parts> {
        let energy = &self.estimate.as_ref()?.energy;
        let image = |batch: f64| batch / self.layer.batch();
        let of = |operand: Operand| image(energy.stages.iter().map(|by| by[operand]).sum());
        Some(Parts { data: ByOperand(Operand::ALL.map(of)), compute: image(energy.compute) })
    }

    /// Multiply-accumulates of an image that are not left out.
    pub fn macs(&self) -> Option<f64> {
        Some(self.estimate.as_ref()?.macs / self.layer.batch())
    }
}

impl Estimates {
    /// What an image costs in the layers that `which` picks, where they have mappings.
    pub fn parts(&self, which: impl Fn(&Layer) -> bool) -> Parts {
        self.layers.iter().filter(|estimated| which(&estimated.layer)).filter_map(Estimated::parts).sum()
    }

    /// What an image would cost in one of the layers if these shares of its words were not zero; nothing where nothing
    /// fits.
    pub fn energy(&self, method: &Method, layer: usize, shares: ByOperand<f64>) -> Option<f64> {
        let Estimated { layer, solution, .. } = &self.layers[layer];
        let words = layer.words(method, |operand| shares[operand]);
        let estimate = priced(method, &self.solutions[*solution], &words)?;
        let energy = estimate.energy.stages.iter().flat_map(|by| by.0).sum::<f64>() + estimate.energy.compute;
        Some(energy / layer.batch())
    }

    /// Whether some layer has no mapping.
    pub fn lacks(&self) -> bool {
        self.layers.iter().any(|estimated| estimated.estimate.is_none())
    }

    /// Mappings of the chip's own search, and searches that ended with a proof and without.
    fn searches(&self) -> [usize; 3] {
        let mut counts = [0; 3];
        for solution in &self.solutions {
            let proven = solution.search.as_ref().map(|search| search.certificate == Certificate::Proven);
            counts[proven.map_or(0, |proven| if proven { 1 } else { 2 })] += 1;
        }
        counts
    }
}

/// Estimates layers; tells `observe` for which of them a mapping is sought, how many searches are over, and how many
/// there are. Layers of the same problem share a search; searches run at the same time.
pub fn run(
    method: &Method,
    layers: Vec<Layer>,
    observe: &(dyn Fn(&str, usize, usize) + Sync),
) -> Result<Estimates, Error> {
    let mut tasks: Vec<Task> = Vec::new();
    let mut solution_of = Vec::with_capacity(layers.len());
    for layer in &layers {
        let problem = Problem::conv(&layer.fields.shape);
        let problem = problem.map_err(|reason| Error::Problem { layer: layer.name.clone(), reason })?;
        let known = tasks.iter().position(|task| task.problem == problem);
        solution_of.push(known.unwrap_or(tasks.len()));
        if known.is_none() {
            let constraints = method.dataflow.map(|name| given::dataflow(name, &problem, method.arch)).transpose()?;
            let (name, sizes) = (layer.name.clone(), sizes(&layer.fields.shape));
            tasks.push(Task { name, sizes, problem, densities: None, constraints });
        }
    }
    let question = Question {
        goal: Goal::Least(Objective::Energy),
        order: Order::Free,
        factors: Factors::Perfect,
        budget: method.budget,
    };
    let done = AtomicUsize::new(0);
    let seek = |task: &Task| {
        observe(&task.name, done.load(Ordering::Relaxed), tasks.len());
        // What row stationary is on the chip, its own search knows by heart.
        let own = method.dataflow.filter(|name| name.eq_ignore_ascii_case("rs"));
        let solution = match own.and_then(|_| given::best_on_chip(&task.problem, method.arch)) {
            Some((problem, mapping)) => Solution::given(&problem, method.arch, &mapping),
            None => Solution::seek(task, method.arch, &question),
        };
        done.fetch_add(1, Ordering::Relaxed);
        solution
    };
    let solutions: Vec<Solution> = tasks.par_iter().map(seek).collect();
    let estimated = |(layer, solution): (Layer, usize)| {
        let estimate = priced(method, &solutions[solution], &layer.words(method, |operand| layer.share(operand)));
        Estimated { layer, solution, estimate }
    };
    let layers = layers.into_iter().zip(solution_of).map(estimated).collect();
    Ok(Estimates { layers, solutions })
}

/// What words cost under the best mapping; nothing where nothing fits.
fn priced(method: &Method, solution: &Solution, words: &ByOperand<Words>) -> Option<Estimate> {
    let best = solution.best.first()?;
    let foretold = (&best.mapping, &best.prediction.counts);
    Some(estimate(&best.problem, method.arch, method.word_bits, foretold, words))
}

impl Layer {
    /// Images that its counts are of.
    pub fn batch(&self) -> f64 {
        self.fields.shape.n as f64
    }

    /// Its words as the method takes them, with shares that are not zero; where the PE is a pipeline, the zeros that pad a
    /// map are words too.
    fn words(&self, method: &Method, share: impl Fn(Operand) -> f64) -> ByOperand<Words> {
        let of = |operand| Words::alike(share(operand), self.fields.bits[operand], method.coding);
        let mut words = ByOperand(Operand::ALL.map(of));
        if method.arch.switches().serving == Serving::Pipeline {
            words[Operand::Input] = words[Operand::Input].padded(&self.fields.shape);
        }
        words
    }
}
