//! What layers cost together, for each multiply-accumulate, by level and by operand, as the study's figures have it.

use crate::Evaluation;
use model::arch::Stage;
use nn::{ByOperand, Operand};

/// The levels of the study's figures, from the bottom of its bars up.
pub const LEVELS: [&str; 5] = ["ALU", "DRAM", "buffer", "array", "RF"];

/// Sums over layers.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Sum {
    /// Multiply-accumulates.
    pub macs: f64,
    /// Energy at each of the [`LEVELS`].
    pub levels: [f64; 5],
    /// Energy of each operand's words.
    pub operands: ByOperand<f64>,
    /// Words read from the outermost memory.
    pub dram_reads: f64,
    /// Words written to it.
    pub dram_writes: f64,
    /// Steps that all PEs take together.
    pub steps: f64,
}

impl Sum {
    /// Of these layers; none of none.
    pub fn of(layers: &[&Evaluation]) -> Option<Sum> {
        let mut sum = Sum::default();
        for layer in layers {
            sum.add(layer);
        }
        (sum.macs > 0.0).then_some(sum)
    }

    fn add(&mut self, layer: &Evaluation) {
        self.macs += layer.problem.macs() as f64;
        self.levels[0] += layer.energy.compute;
        let inside = layer.arch.fanouts().next().map(|(id, _)| id);
        for ((id, stage), by) in layer.arch.ids().zip(layer.arch.stages()).zip(&layer.energy.stages) {
            let level = match stage {
                Stage::Memory(_) if id.0 == 0 => 1,
                Stage::Memory(_) if inside.is_some_and(|fanout| id > fanout) => 4,
                Stage::Memory(_) => 2,
                Stage::Fanout(_) => 3,
            };
            for operand in Operand::ALL {
                self.levels[level] += by[operand];
                self.operands[operand] += by[operand];
            }
        }
        if let Some(dram) = layer.prediction.counts.levels.first() {
            for access in &dram.access.0 {
                self.dram_reads += access.all_reads() as f64;
                self.dram_writes += access.all_writes() as f64;
            }
        }
        self.steps += layer.prediction.steps as f64;
    }

    /// All of the energy.
    pub fn energy(&self) -> f64 {
        self.levels.iter().sum()
    }

    /// Of what, for each multiply-accumulate.
    pub fn per_mac(&self, of: f64) -> f64 {
        of / self.macs
    }

    /// PEs that work, in the mean over the time.
    pub fn active_pes(&self) -> f64 {
        self.macs / self.steps
    }

    /// Energy times delay for each multiply-accumulate, the delay being one over the PEs that work.
    pub fn edp(&self) -> f64 {
        self.per_mac(self.energy()) / self.active_pes()
    }
}
