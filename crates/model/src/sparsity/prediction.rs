//! What a sparse prediction says: the events of the dense one by their fate.

use super::content::Number;
use crate::arch::StageId;
use crate::counts::{Access, Traffic};
use nn::ByOperand;

/// What became of events: words that were to move, multiply-accumulates that were to be done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fate<N> {
    /// Done.
    pub done: N,
    /// Took their place in time, with the data path idle.
    pub gated: N,
    /// Took none.
    pub skipped: N,
}

/// One memory's traffic.
#[derive(Clone, Debug, PartialEq)]
pub struct SparseLevel<N> {
    /// The memory's name.
    pub name: String,
    /// Words by operand.
    pub words: ByOperand<Access<Fate<N>>>,
    /// Bits that describe tiles, by operand.
    pub metadata: ByOperand<Access<N>>,
}

/// What passed one network.
#[derive(Clone, Debug, PartialEq)]
pub struct SparseNetwork<N> {
    /// The network's name.
    pub name: String,
    /// Words by operand; spared ones do not come along.
    pub words: ByOperand<Traffic<N>>,
    /// Bits that describe tiles, by operand, in the parent's format.
    pub metadata: ByOperand<Traffic<N>>,
}

/// A sparse prediction, exact (`u64`) or expected (`f64`).
#[derive(Clone, Debug, PartialEq)]
pub struct SparsePrediction<N> {
    /// Memories, outermost first.
    pub levels: Vec<SparseLevel<N>>,
    /// Networks, outermost first.
    pub networks: Vec<SparseNetwork<N>>,
    /// Multiply-accumulates.
    pub macs: Fate<N>,
    /// Cycles of the copy that has most to do.
    pub steps: N,
    /// For each memory with a bandwidth, the cycles that the busiest port of its busiest instance takes.
    pub ports: Vec<(StageId, f64)>,
}

impl<N: Number> SparsePrediction<N> {
    /// Cycles, and the memory that bounds them; none when computing does.
    pub fn latency(&self) -> (f64, Option<StageId>) {
        crate::predict::latency(self.steps.value(), &self.ports)
    }
}
