//! What is minimised.

/// Energy and latency of a mapping.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cost {
    /// pJ.
    pub energy: f64,
    /// Cycles.
    pub latency: f64,
}

impl Cost {
    /// Whether it is no worse than `other` in both.
    pub fn covers(&self, other: &Cost) -> bool {
        self.energy <= other.energy && self.latency <= other.latency
    }
}

/// What the best mapping has least of. Every objective grows with energy and with latency, so that a bound on both
/// bounds it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Objective {
    /// Energy in pJ.
    Energy,
    /// Latency in cycles.
    Latency,
    /// Energy times latency.
    Edp,
    /// Energy to the first power times latency to the second; neither negative.
    Product(f64, f64),
}

impl Objective {
    /// The value to minimise.
    pub fn of(self, cost: Cost) -> f64 {
        match self {
            Objective::Energy => cost.energy,
            Objective::Latency => cost.latency,
            Objective::Edp => cost.energy * cost.latency,
            Objective::Product(e, l) => cost.energy.powf(e) * cost.latency.powf(l),
        }
    }

    /// Whether latency matters to it.
    pub fn needs_latency(self) -> bool {
        !matches!(self, Objective::Energy)
    }
}
