//! The methods: the published one, and those that it is compared with.

/// How much each layer loses in a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Allocation {
    /// Where it costs the least error for what it saves of a measure; layers of the highest cost first.
    Cheapest(Measure),
    /// One threshold of magnitude for all weights.
    Threshold,
}

/// What a layer costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// Its energy, by the model that is handed in.
    Energy,
    /// Its surviving weights.
    Weights,
    /// Its multiply-accumulates with surviving weights.
    Macs,
}

/// A method of pruning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Method {
    /// Its name.
    pub name: &'static str,
    /// What it does, in a line.
    pub about: &'static str,
    /// How much each layer loses.
    pub allocation: Allocation,
    /// Whether weights return by the error of the ofmap and survivors are fitted anew.
    pub refit: bool,
}

/// All of them, the published one first.
pub const METHODS: [Method; 4] = [
    Method {
        name: "energy",
        about: "energy-aware: layers of most energy first, weights return by the ofmap's error, least-squares refit",
        allocation: Allocation::Cheapest(Measure::Energy),
        refit: true,
    },
    Method {
        name: "magnitude",
        about: "the smallest weights of the whole network",
        allocation: Allocation::Threshold,
        refit: false,
    },
    Method {
        name: "weights",
        about: "the smallest weights of each layer, layers of most weights first",
        allocation: Allocation::Cheapest(Measure::Weights),
        refit: false,
    },
    Method {
        name: "macs",
        about: "the smallest weights of each layer, layers of most multiply-accumulates first",
        allocation: Allocation::Cheapest(Measure::Macs),
        refit: false,
    },
];
