//! The study behind `stationary map`: the best mappings of a problem, or of a network's layers, on an arch.

use crate::run::array_layers;
use crate::shapes::sizes;
use crate::{Error, Evaluation};
use mapper::Factors;
use mapper::{Answer, Certificate, Cost, Objective, Options, Order, Statistics};
use model::{Arch, Violation};
use nn::execute::ExecuteError;
use nn::{LayerId, Network, Problem};
use std::time::{Duration, Instant};

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
    pub fn value(self, cost: Cost) -> f64 {
        match self {
            Goal::Least(objective) => objective.of(cost),
            Goal::Pareto => Objective::Edp.of(cost),
        }
    }
}

/// What to seek, and where.
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

/// What a search found.
#[derive(Clone, Debug)]
pub struct Solution {
    /// What was sought.
    pub question: Question,
    /// What is computed.
    pub problem: Problem,
    /// The best mapping, or the Pareto front by rising energy; none when nothing fits.
    pub best: Vec<Evaluation>,
    /// How sure that is.
    pub certificate: Certificate,
    /// What the search did.
    pub statistics: Statistics,
    /// When nothing fits: the rules that forbid it.
    pub obstacles: Vec<Violation>,
}

impl Solution {
    /// Seeks the best mappings of a problem.
    pub fn seek(problem: &Problem, arch: &Arch, question: &Question) -> Solution {
        let deadline = question.budget.and_then(|budget| Instant::now().checked_add(budget));
        let options = Options { order: question.order, factors: question.factors, deadline, ..Options::default() };
        let answer = match question.goal {
            Goal::Least(objective) => mapper::map(problem, arch, objective, &options),
            Goal::Pareto => mapper::pareto(problem, arch, &options),
        };
        let Answer { best, certificate, statistics, obstacles } = answer;
        let obstacles = obstacles.map_or_else(Vec::new, |obstacles| obstacles.violations);
        // What the mapper gives is legal.
        let evaluate = |mapped: &mapper::Mapped| Evaluation::of(problem, arch, &mapped.mapping).ok();
        let best = best.iter().filter_map(evaluate).collect();
        Solution { question: *question, problem: problem.clone(), best, certificate, statistics, obstacles }
    }

    /// The least that any mapping can cost, and how far above it the best one is, as a share of it; none where the search
    /// ended with a proof, or found no bound.
    pub fn gap(&self) -> Option<(f64, f64)> {
        let Certificate::Budget { bound } = self.certificate else { return None };
        let values = self.best.iter().map(|best| self.question.goal.value(best.cost()));
        let best = values.reduce(f64::min)?;
        (bound > 0.0).then(|| (bound, best / bound - 1.0))
    }
}

/// A network's layers and their mappings.
#[derive(Clone, Debug)]
pub struct MappedNetwork {
    /// The network.
    pub network: String,
    /// What was sought.
    pub question: Question,
    /// Images at once.
    pub batch: usize,
    /// The layers, in the network's order.
    pub layers: Vec<MappedLayer>,
    /// The solutions, one for each problem that occurs.
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
    /// The solution of a layer.
    pub fn solution(&self, layer: &MappedLayer) -> &Solution {
        &self.solutions[layer.solution]
    }

    /// Whether some layer has no mapping.
    pub fn lacks(&self) -> bool {
        self.layers.iter().any(|layer| self.solution(layer).best.is_empty())
    }

    /// The sums; none where a layer has no mapping, or where each has a front of them.
    pub fn total(&self) -> Option<Total> {
        if self.question.goal == Goal::Pareto {
            return None;
        }
        let mut total = Total::default();
        for layer in &self.layers {
            let best = self.solution(layer).best.first()?;
            total.macs += best.problem.macs();
            total.energy += best.energy.total();
            total.outermost += best.energy.stages[0].0.iter().sum::<f64>();
            total.latency += best.latency();
            total.used += best.latency() * best.utilisation.total();
        }
        Some(total)
    }
}

/// A layer as the mapper sees it.
#[derive(Clone, Debug)]
pub struct Task {
    /// The layer.
    pub name: String,
    /// Its sizes.
    pub sizes: String,
    /// What is computed.
    pub problem: Problem,
}

/// The convolutions and fully connected layers of a network among `layers`, over `batch` images.
pub fn tasks(network: &Network, layers: &[LayerId], batch: usize) -> Result<Vec<Task>, Error> {
    let array = array_layers(network);
    let mut tasks = Vec::with_capacity(layers.len());
    for &id in array.iter().filter(|id| layers.contains(id)) {
        let name = network.layer(id).name.clone();
        let shape = network.conv_shape(id, batch);
        let shape = shape.ok_or_else(|| ExecuteError::BatchTooLarge { layer: name.clone(), images: batch })?;
        let problem = Problem::conv(&shape).map_err(|reason| Error::Problem { layer: name.clone(), reason })?;
        tasks.push(Task { name, sizes: sizes(&shape), problem });
    }
    if tasks.is_empty() {
        return Err(Error::NoArrayLayers { network: network.name().into() });
    }
    Ok(tasks)
}

/// Seeks mappings for all layers, for each problem once; tells `observe` before each search which layer it is for, and
/// what was found so far.
pub fn seek_all(
    network: &str,
    batch: usize,
    tasks: &[Task],
    arch: &Arch,
    question: &Question,
    observe: &mut dyn FnMut(&Task, &MappedNetwork),
) -> MappedNetwork {
    let (layers, solutions) = (Vec::with_capacity(tasks.len()), Vec::new());
    let mut mapped = MappedNetwork { network: network.into(), question: *question, batch, layers, solutions };
    for task in tasks {
        let known = mapped.solutions.iter().position(|solution| solution.problem == task.problem);
        let solution = known.unwrap_or_else(|| {
            observe(task, &mapped);
            mapped.solutions.push(Solution::seek(&task.problem, arch, question));
            mapped.solutions.len() - 1
        });
        mapped.layers.push(MappedLayer { name: task.name.clone(), sizes: task.sizes.clone(), solution });
    }
    mapped
}
