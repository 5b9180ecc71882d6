//! What a mapping does and costs: the checks of `model`, its predictions and its prices, put together for the reports.

use crate::digest::Inputs;
use crate::given;
use eyeriss::RsMapping;
use mapper::Cost;
use model::{Arch, Energy, Mapping, Prediction, Utilisation, Violation, check, predict};
use nn::Problem;

/// A legal mapping of a problem on an arch, with everything that is foretold of it.
#[derive(Clone, Debug)]
pub struct Evaluation {
    /// What is computed.
    pub problem: Problem,
    /// With what.
    pub arch: Arch,
    /// When and where.
    pub mapping: Mapping,
    /// Counts and cycles.
    pub prediction: Prediction,
    /// What the counts cost.
    pub energy: Energy,
    /// What part of the compute units' time is used.
    pub utilisation: Utilisation,
}

impl Evaluation {
    /// Evaluates a mapping; one that is not legal gives every rule that it breaks.
    pub fn of(problem: &Problem, arch: &Arch, mapping: &Mapping) -> Result<Evaluation, Vec<Violation>> {
        let broken = check(problem, arch, mapping);
        if !broken.is_empty() {
            return Err(broken);
        }
        let prediction = predict(problem, arch, mapping);
        let energy = Energy::of(arch, &prediction.counts);
        let utilisation = Utilisation::of(problem, arch, mapping, &prediction);
        let (problem, arch, mapping) = (problem.clone(), arch.clone(), mapping.clone());
        Ok(Evaluation { problem, arch, mapping, prediction, energy, utilisation })
    }

    /// Energy and latency.
    pub fn cost(&self) -> Cost {
        Cost { energy: self.energy.total(), latency: self.latency() }
    }

    /// Cycles.
    pub fn latency(&self) -> f64 {
        self.prediction.latency().0
    }

    /// What bounds the latency: the name of a memory, or of the compute unit.
    pub fn bottleneck(&self) -> &str {
        match self.prediction.latency().1 {
            Some(memory) => self.arch.stage(memory).name(),
            None => &self.arch.compute().name,
        }
    }

    /// What the chip makes of it, or why it does not run it; none on other architectures.
    pub fn on_chip(&self) -> Option<Result<RsMapping, String>> {
        given::on_chip(&self.problem, &self.arch, &self.mapping)
    }

    /// A hash of what went in.
    pub fn digest(&self) -> String {
        Inputs::of_mapping(&self.problem, &self.arch, &self.mapping).finish()
    }
}
