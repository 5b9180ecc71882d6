//! Energy of a prediction on an arch: counts times the arch's prices.

use crate::arch::{Arch, Stage};
use crate::counts::Counts;
use nn::{ByOperand, Operand};

/// Energy by stage and operand, and of the compute unit, in the [`crate::Unit`] of the arch's prices.
#[derive(Clone, Debug, PartialEq)]
pub struct Energy {
    /// By stage of the arch, outermost first, and operand.
    pub stages: Vec<ByOperand<f64>>,
    /// The compute unit's.
    pub compute: f64,
}

impl Energy {
    /// Prices the counts of a run on `arch`: reads and writes of each memory, deliveries over each fan-out, MACs.
    pub fn of(arch: &Arch, counts: &Counts) -> Energy {
        let mut levels = counts.levels.iter();
        let mut networks = counts.networks.iter();
        let stages = arch
            .stages()
            .iter()
            .map(|stage| {
                let mut energy = ByOperand([0.0; 3]);
                match stage {
                    Stage::Memory(memory) => {
                        let level = levels.next().expect("counts of the same arch");
                        for operand in Operand::ALL {
                            let access = &level.access[operand];
                            energy[operand] = access.all_reads() as f64 * memory.read_price
                                + access.all_writes() as f64 * memory.write_price;
                        }
                    }
                    Stage::Fanout(fanout) => {
                        let network = networks.next().expect("counts of the same arch");
                        for operand in Operand::ALL {
                            energy[operand] = network.words[operand].delivered as f64 * fanout.delivery_price;
                        }
                    }
                }
                energy
            })
            .collect();
        Energy { stages, compute: counts.macs.done as f64 * arch.compute().price }
    }

    /// All of it.
    pub fn total(&self) -> f64 {
        self.compute + self.stages.iter().map(|by| by.0.iter().sum::<f64>()).sum::<f64>()
    }
}
