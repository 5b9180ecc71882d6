//! The study behind `stationary map` and `stationary model`: mappings of a problem, or of a network's layers, on an arch,
//! sought or given.

mod document;

use crate::run::array_layers;
use crate::shapes::sizes;
use crate::{Error, Evaluation};
use mapper::{Answer, Certificate, Cost, Factors, Objective, Options, Order, Statistics};
use model::sparsity::Density;
use model::{Arch, Constraints, Mapping};
use nn::execute::ExecuteError;
use nn::{ByOperand, LayerId, Network, Problem};
use std::time::{Duration, Instant};

pub use document::document;

/// What is sought.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Goal {
    /// The mapping with least of something.
    Least(Objective),
    /// All mappings that no other beats in both energy and latency.
    Pareto,
}

impl Goal {
    /// What has to be small, in words.
    pub fn name(self) -> &'static str {
        match self {
            Goal::Least(Objective::Energy) => "energy",
            Goal::Least(Objective::Latency) => "latency",
            Goal::Least(Objective::Edp) => "energy x latency",
            Goal::Least(Objective::Product(..)) => "a product of energy and latency",
            Goal::Pareto => "energy against latency",
        }
    }

    /// The value that the bound of a search bounds.
    fn value(self, cost: Cost) -> f64 {
        match self {
            Goal::Least(objective) => objective.of(cost),
            Goal::Pareto => Objective::Edp.of(cost),
        }
    }
}

/// What to seek, and how.
#[derive(Clone, Copy, Debug)]
pub struct Question {
    /// What is sought.
    pub goal: Goal,
    /// The order in which memories may begin to keep operands.
    pub order: Order,
    /// Perfect or all factors.
    pub factors: Factors,
    /// When to stop without a proof, for each problem.
    pub budget: Option<Duration>,
}

/// A problem to map: a layer, or one by itself.
#[derive(Clone, Debug)]
pub struct Task {
    /// Its name.
    pub name: String,
    /// Its sizes, in words.
    pub sizes: String,
    /// What is computed.
    pub problem: Problem,
    /// How many of its words are not zero, if that is said.
    pub densities: Option<ByOperand<Density>>,
    /// What restricts its mappings.
    pub constraints: Option<Constraints>,
}

/// Mappings of a problem.
#[derive(Clone, Debug)]
pub struct Solution {
    /// What is computed.
    pub problem: Problem,
    /// The best mapping, or the Pareto front by rising energy, or the one that was given; none when nothing fits.
    pub best: Vec<Evaluation>,
    /// When it is known that nothing fits: the rules that forbid it, in words.
    pub forbidden: Vec<String>,
    /// How they were sought; none if one was given.
    pub search: Option<Search>,
}

/// A search that is over.
#[derive(Clone, Debug)]
pub struct Search {
    /// What was sought.
    pub question: Question,
    /// What restricts the mappings.
    pub constraints: Option<Constraints>,
    /// How sure the answer is.
    pub certificate: Certificate,
    /// The least that any mapping can cost, and how far above it the best one is, as a share of it; none where the search
    /// ended with a proof, or found no bound.
    pub gap: Option<(f64, f64)>,
    /// What it did.
    pub statistics: Statistics,
}

impl Solution {
    /// Seeks the best mappings.
    pub fn seek(task: &Task, arch: &Arch, question: &Question) -> Solution {
        let Task { problem, constraints, .. } = task;
        let Question { goal, order, factors, budget } = *question;
        let deadline = budget.and_then(|budget| Instant::now().checked_add(budget));
        let options = Options { order, factors, constraints: constraints.as_ref(), deadline };
        let answer = match goal {
            Goal::Least(objective) => mapper::map(problem, arch, objective, &options),
            Goal::Pareto => mapper::pareto(problem, arch, &options),
        };
        let Answer { best, certificate, statistics, obstacles } = answer;
        let least = best.iter().map(|mapped| goal.value(mapped.cost)).reduce(f64::min);
        let gap = match (certificate, least) {
            (Certificate::Budget { bound }, Some(least)) if bound > 0.0 => Some((bound, least / bound - 1.0)),
            _ => None,
        };
        let obstacles = obstacles.filter(|_| certificate == Certificate::Proven);
        let forbidden = obstacles.map(|obstacles| {
            let rules = obstacles.constraints.iter().map(|rule| rule.describe(problem, arch));
            let mut forbidden: Vec<String> =
                rules.chain(obstacles.violations.iter().map(ToString::to_string)).collect();
            if obstacles.cut_short {
                forbidden.push("(the time was over before each rule was tried: not all of these may be needed)".into());
            }
            forbidden
        });
        // What the mapper gives is legal.
        let evaluate = |mapped: &mapper::Mapped| Evaluation::of(problem, arch, &mapped.mapping).ok();
        let best = best.iter().filter_map(evaluate).collect();
        let search = Search { question: *question, constraints: constraints.clone(), certificate, gap, statistics };
        Solution { problem: problem.clone(), best, forbidden: forbidden.unwrap_or_default(), search: Some(search) }
    }

    /// Evaluates a mapping that is given.
    pub fn given(problem: &Problem, arch: &Arch, mapping: &Mapping) -> Solution {
        let evaluation = Evaluation::of(problem, arch, mapping);
        let forbidden = evaluation.as_ref().err().into_iter().flatten().map(ToString::to_string).collect();
        Solution { problem: problem.clone(), best: evaluation.into_iter().collect(), forbidden, search: None }
    }
}

/// A network's layers and their mappings.
#[derive(Clone, Debug)]
pub struct MappedNetwork {
    /// The network.
    pub network: String,
    /// Images at once.
    pub batch: usize,
    /// The layers, in the network's order.
    pub layers: Vec<MappedLayer>,
    /// The solutions; where they are sought, one for each problem that occurs.
    pub solutions: Vec<Solution>,
}

/// A layer of a network.
#[derive(Clone, Debug)]
pub struct MappedLayer {
    /// The layer.
    pub name: String,
    /// Its sizes.
    pub sizes: String,
    /// Which of the solutions is its own.
    pub solution: usize,
}

/// Sums over layers that run one after the other.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Total {
    /// Multiply-accumulates.
    pub macs: u64,
    /// Energy.
    pub energy: f64,
    /// The outermost memory's part of it.
    pub outermost: f64,
    /// Cycles.
    pub latency: f64,
    /// Cycles times the share of the compute units' time that is used.
    pub used: f64,
}

impl MappedNetwork {
    /// Nothing is mapped yet.
    pub fn new(network: &str, batch: usize) -> MappedNetwork {
        MappedNetwork { network: network.into(), batch, layers: Vec::new(), solutions: Vec::new() }
    }

    /// Seeks the mappings of one more layer, unless they are known from one of the same problem.
    pub fn seek(&mut self, task: &Task, arch: &Arch, question: &Question) {
        let known = self.solutions.iter().position(|solution| solution.problem == task.problem);
        match known {
            Some(solution) => self.push(task, solution),
            None => self.give(task, Solution::seek(task, arch, question)),
        }
    }

    /// Adds a layer with a solution of its own.
    pub fn give(&mut self, task: &Task, solution: Solution) {
        self.solutions.push(solution);
        self.push(task, self.solutions.len() - 1);
    }

    fn push(&mut self, task: &Task, solution: usize) {
        self.layers.push(MappedLayer { name: task.name.clone(), sizes: task.sizes.clone(), solution });
    }

    /// The solution of a layer.
    pub fn solution(&self, layer: &MappedLayer) -> &Solution {
        &self.solutions[layer.solution]
    }

    /// Whether some layer has no mapping.
    pub fn lacks(&self) -> bool {
        self.solutions.iter().any(|solution| solution.best.is_empty())
    }

    /// The sums; none where a layer has no mapping, or a front of them.
    pub fn total(&self) -> Option<Total> {
        let mut total = Total::default();
        for layer in &self.layers {
            let [best] = &self.solution(layer).best[..] else { return None };
            total.macs += best.problem.macs();
            total.energy += best.energy.total();
            total.outermost += best.energy.stages[0].0.iter().sum::<f64>();
            total.latency += best.latency();
            total.used += best.latency() * best.utilisation.total();
        }
        Some(total)
    }
}

/// The convolutions and fully connected layers of a network among `layers`, over `batch` images.
pub fn tasks(network: &Network, layers: &[LayerId], batch: usize) -> Result<Vec<Task>, Error> {
    let mut tasks = Vec::with_capacity(layers.len());
    for id in array_layers(network).into_iter().filter(|id| layers.contains(id)) {
        let name = network.layer(id).name.clone();
        let shape = network.conv_shape(id, batch);
        let shape = shape.ok_or_else(|| ExecuteError::BatchTooLarge { layer: name.clone(), images: batch })?;
        let problem = Problem::conv(&shape).map_err(|reason| Error::Problem { layer: name.clone(), reason })?;
        tasks.push(Task { name, sizes: sizes(&shape), problem, densities: None, constraints: None });
    }
    if tasks.is_empty() {
        return Err(Error::NoArrayLayers { network: network.name().into() });
    }
    Ok(tasks)
}
