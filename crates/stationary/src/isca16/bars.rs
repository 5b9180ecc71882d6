//! What a bar consists of, in the parts of the study's figures: of its analysis, and of the best mappings.

use super::Pair;
use crate::compare::{Bar, Sum};
use model::reuse::{Costs, Dataflow, Levels, Reconstruction};
use nn::Operand;

/// The parts of a bar, for each multiply-accumulate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Parts {
    /// Energy by level, in the order of [`crate::compare::LEVELS`].
    pub levels: [f64; 5],
    /// Energy by operand; the figures give each a third of the arithmetic.
    pub operands: [f64; 3],
    /// Words read from DRAM.
    pub reads: f64,
    /// Words written to DRAM.
    pub writes: f64,
    /// Energy times delay, the delay being one over the share of PEs that work.
    pub edp: f64,
}

impl Parts {
    /// Of the study's analysis of layers on so many PEs.
    pub fn of_reconstruction(layers: &[Reconstruction], pes: u64) -> Parts {
        // A multiply-accumulate costs 1.
        let macs: f64 = layers.iter().map(|layer| layer.compute / Costs::TABLE_IV.mac).sum();
        let per_mac = |of: &dyn Fn(&Reconstruction) -> f64| layers.iter().map(of).sum::<f64>() / macs;
        let level = |of: fn(&Levels) -> f64| per_mac(&|layer| of(&layer.by_level()));
        let compute = per_mac(&|layer| layer.compute);
        let levels = [compute, level(|of| of.dram), level(|of| of.glb), level(|of| of.array), level(|of| of.rf)];
        let operand = |of: Operand| per_mac(&|layer| layer.operands[of].energy.total()) + compute / 3.0;
        let read = |of: Operand| per_mac(&|layer| layer.operands[of].energy.dram) / Costs::TABLE_IV.dram;
        // Each ofmap word is written once, and no psum comes back.
        let (reads, writes) = (read(Operand::Input) + read(Operand::Weight), read(Operand::Output));
        let delay = per_mac(&|layer| layer.compute / Costs::TABLE_IV.mac * pes as f64 / layer.active);
        Parts { levels, operands: Operand::ALL.map(operand), reads, writes, edp: levels.iter().sum::<f64>() * delay }
    }

    /// Of the best mappings; none where a layer has none.
    pub fn of_optimum(bar: &Bar) -> Option<Parts> {
        let sum = bar.sum()?;
        let per_mac = |of: f64| sum.per_mac(of);
        let third = per_mac(sum.levels[0]) / 3.0;
        Some(Parts {
            levels: sum.levels.map(per_mac),
            operands: sum.operands.0.map(|energy| per_mac(energy) + third),
            reads: per_mac(sum.dram_reads),
            writes: per_mac(sum.dram_writes),
            edp: per_mac(Sum::energy(&sum)) * bar.pes as f64 / sum.active_pes(),
        })
    }

    /// All of the energy.
    pub fn energy(&self) -> f64 {
        self.levels.iter().sum()
    }

    /// The part that the figures call so; energy times delay by that of row stationary on 256 PEs with one image.
    fn component(&self, name: &str, first: &Parts) -> Option<f64> {
        Some(match name {
            "reads" => self.reads,
            "writes" => self.writes,
            "ALU" => self.levels[0],
            "DRAM" => self.levels[1],
            "Buffer" => self.levels[2],
            "Array" => self.levels[3],
            "RF" => self.levels[4],
            "Ifmaps" => self.operands[0],
            "Weights" => self.operands[1],
            "Psums" => self.operands[2],
            "EDP" => self.edp / first.edp,
            _ => return None,
        })
    }
}

impl Pair {
    /// The parts of the study's analysis.
    pub fn reconstructed(&self) -> Option<Parts> {
        Some(Parts::of_reconstruction(self.reconstruction.as_deref()?, self.point.pes))
    }

    /// The parts of the best mappings.
    pub fn best(&self) -> Option<Parts> {
        Parts::of_optimum(&self.optimum)
    }

    /// A part of both, by the figures' name; `all` has the bar that others are relative to.
    pub fn component(&self, name: &str, all: &[Pair]) -> [Option<f64>; 2] {
        let first = all.iter().find(|pair| (pair.dataflow, pair.point.pes, pair.point.batch) == (Dataflow::Rs, 256, 1));
        let of = |parts: fn(&Pair) -> Option<Parts>| parts(self)?.component(name, &parts(first?)?);
        [of(Pair::reconstructed), of(Pair::best)]
    }
}
