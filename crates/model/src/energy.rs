//! Energy of a prediction on an arch: counts times the arch's prices.

use crate::arch::{Arch, Compute, Fanout, Memory, Stage};
use crate::counts::{Access, Counts, Traffic};
use nn::ByOperand;

/// Energy by stage and operand, and of the compute unit, in the [`crate::Unit`] of the arch's prices.
#[derive(Clone, Debug, PartialEq)]
pub struct Energy {
    /// By stage of the arch, outermost first, and operand.
    pub stages: Vec<ByOperand<f64>>,
    /// The compute unit's.
    pub compute: f64,
}

impl Memory {
    /// Energy of its traffic.
    pub(crate) fn energy(&self, access: &ByOperand<Access>) -> ByOperand<f64> {
        ByOperand(
            access.0.map(|of| of.all_reads() as f64 * self.read_price + of.all_writes() as f64 * self.write_price),
        )
    }
}

impl Fanout {
    /// Energy of its deliveries.
    pub(crate) fn energy(&self, words: &ByOperand<Traffic>) -> ByOperand<f64> {
        ByOperand(words.0.map(|of| of.delivered as f64 * self.delivery_price))
    }
}

impl Compute {
    /// Energy of multiply-accumulates.
    pub(crate) fn energy(&self, macs: u64) -> f64 {
        macs as f64 * self.price
    }
}

impl Energy {
    /// Prices the counts of a run on `arch`: reads and writes of each memory, deliveries over each fan-out, MACs.
    pub fn of(arch: &Arch, counts: &Counts) -> Energy {
        let mut levels = counts.levels.iter();
        let mut networks = counts.networks.iter();
        let price = |stage: &Stage| match stage {
            Stage::Memory(memory) => memory.energy(&levels.next().expect("counts of the same arch").access),
            Stage::Fanout(fanout) => fanout.energy(&networks.next().expect("counts of the same arch").words),
        };
        let stages = arch.stages().iter().map(price).collect();
        Energy { stages, compute: arch.compute().energy(counts.macs.done) }
    }

    /// All of it.
    pub fn total(&self) -> f64 {
        self.compute + self.stages.iter().map(|by| by.0.iter().sum::<f64>()).sum::<f64>()
    }
}
