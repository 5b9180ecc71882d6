//! Energy of a prediction on an arch: counts times the arch's prices.

use crate::arch::{Arch, Stage, StageId};
use crate::counts::{Access, Counts};
use crate::switches::Charges;
use nn::{ByOperand, Operand};
use smallvec::SmallVec;

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
        let mut levels = counts.levels.iter().map(|level| words(&level.access));
        let mut networks = counts.networks.iter();
        let bill = Bill {
            arch,
            levels: arch.stages().iter().map(|stage| of_memory(stage, &mut levels)).collect(),
            macs: counts.macs.done as f64,
        };
        let delivered = || {
            let network = networks.next().expect("counts of the same arch");
            ByOperand(network.words.0.map(|of| of.delivered as f64))
        };
        bill.energy(delivered)
    }

    /// All of it.
    pub fn total(&self) -> f64 {
        self.compute + self.stages.iter().map(|by| by.0.iter().sum::<f64>()).sum::<f64>()
    }
}

/// Words of a memory, by operand, as they are priced.
pub(crate) type Words = ByOperand<Access<f64>>;

/// What is paid for of a memory's words of an operand: read and written.
pub(crate) fn paid(charges: Charges, operand: Operand, of: &Access<f64>) -> [f64; 2] {
    match (charges, operand) {
        (Charges::All, _) => [of.reads + of.drains, of.fills + of.updates],
        (Charges::Reuse, Operand::Output) => [of.reads - of.fills, of.updates - of.drains],
        (Charges::Reuse, _) => [of.reads, 0.0],
    }
}

/// Integers as they are priced.
pub(crate) fn words(access: &ByOperand<Access>) -> Words {
    ByOperand(access.0.map(|of| of.map(|words| words as f64)))
}

/// The next memory's words; none of a fan-out.
pub(crate) fn of_memory(stage: &Stage, levels: &mut dyn Iterator<Item = Words>) -> Words {
    match stage {
        Stage::Memory(_) => levels.next().expect("counts of the same arch"),
        Stage::Fanout(_) => Words::default(),
    }
}

/// What is priced: words that are counted, or expected.
pub(crate) struct Bill<'a> {
    /// Whose prices they are.
    pub arch: &'a Arch,
    /// By stage; of memories.
    pub levels: SmallVec<[Words; 8]>,
    /// Multiply-accumulates.
    pub macs: f64,
}

impl Bill<'_> {
    /// All energies; `delivered` gives the words that each fan-out delivers, outermost first.
    pub fn energy(&self, mut delivered: impl FnMut() -> ByOperand<f64>) -> Energy {
        let price = |(id, stage)| match stage {
            &Stage::Memory(_) => self.memory(id),
            Stage::Fanout(_) => self.fanout(id, delivered()),
        };
        let stages = self.arch.ids().zip(self.arch.stages()).map(price).collect();
        Energy { stages, compute: self.macs * self.arch.compute().price }
    }

    /// Energy of a memory.
    pub fn memory(&self, id: StageId) -> ByOperand<f64> {
        let Some(memory) = self.arch.memory(id) else { return ByOperand([0.0; 3]) };
        ByOperand(Operand::ALL.map(|operand| {
            let of = &self.levels[usize::from(id.0)][operand];
            let [reads, writes] = paid(self.arch.switches().charges, operand, of);
            reads * memory.read_price + writes * memory.write_price
        }))
    }

    /// Energy of the words over a fan-out, of which `delivered` come to its copies or leave them.
    pub fn fanout(&self, id: StageId, mut delivered: ByOperand<f64>) -> ByOperand<f64> {
        let Some(fanout) = self.arch.fanout(id) else { return ByOperand([0.0; 3]) };
        if self.arch.switches().charges == Charges::Reuse {
            delivered[Operand::Output] = self.passed_on(id);
        }
        ByOperand(Operand::ALL.map(|operand| delivered[operand] * fanout.price(operand)))
    }

    /// Psums that the copies of a fan-out pass to each other: those that leave the memory below it, less those that
    /// arrive at the memory above it.
    fn passed_on(&self, id: StageId) -> f64 {
        let of = |id: StageId| &self.levels[usize::from(id.0)][Operand::Output];
        let holders = || self.arch.ids().filter(|&id| of(id).updates > 0.0);
        let leave = holders().find(|&inner| inner > id).map_or(self.macs, |inner| of(inner).drains);
        let arrive = holders().rfind(|&outer| outer < id).map_or(0.0, |outer| of(outer).updates);
        leave - arrive
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arch::{Bandwidth, Capacity, Compute, Fanout, Keep, Memory, Sharing};
    use crate::{Mapping, Node, Switches, check, predict};
    use nn::problem::{Dim, Problem};

    /// Figs. 8 and 9 of the dataflow study, whose splits of reuse are (1, 2, 3, 4) for an input word and (2, 3, 3, 2)
    /// for a psum, with Table IV's prices.
    #[test]
    fn reuse_is_paid_for_as_the_study_does() {
        let memory = |name: &str, price| {
            Stage::Memory(Memory {
                name: name.into(),
                capacity: Capacity::Unbounded,
                double_buffered: false,
                keep: ByOperand([Keep::Must; 3]),
                bandwidth: Bandwidth::Unbounded,
                read_price: price,
                write_price: price,
            })
        };
        let sharing = Sharing { multicast: true, reduction: true, diagonal: false };
        let fanout =
            Fanout { name: "array".into(), size: [3, 1], sharing, delivery_price: 2.0, free: ByOperand::default() };
        let stages = vec![memory("DRAM", 200.0), memory("GLB", 6.0), Stage::Fanout(fanout), memory("RF", 1.0)];
        let compute = Compute { name: "MAC".into(), price: 1.0, operand_latch: ByOperand([false; 3]) };
        let arch = Arch::new("study", stages, compute).expect("an arch");
        let switches = Switches { charges: Charges::Reuse, ..Switches::default() };
        let arch = arch.with_switches(switches).expect("switches that go together");
        // Loops over one dimension: above the buffer, above the array, across it, and in a register file.
        let energy = |problem: &Problem, dim: u8, split: [u64; 4]| {
            let dim = Dim(dim);
            let keeps = |stage: u8| Operand::ALL.map(|operand| Node::Keep { memory: StageId(stage), operand });
            let tile = |inner: usize| split[inner..].iter().product::<u64>();
            let mut nodes = keeps(0).to_vec();
            nodes.push(Node::Temporal { dim, tile: tile(1) });
            nodes.extend(keeps(1));
            nodes.push(Node::Temporal { dim, tile: tile(2) });
            nodes.push(Node::Spatial { fanout: StageId(2), axis: crate::Axis::X, dim, tile: tile(3) });
            nodes.extend(keeps(3));
            nodes.push(Node::Temporal { dim, tile: 1 });
            let mapping = Mapping { nodes };
            assert_eq!(check(problem, &arch, &mapping), []);
            Energy::of(&arch, &predict(problem, &arch, &mapping).counts)
        };
        // One word of ifmap against 24 filters: M is the first dimension of a product, its ifmap does not change.
        let by = |energy: &Energy, operand: Operand| energy.stages.iter().map(|of| of[operand]).sum::<f64>();
        let input = energy(&Problem::matmul(24, 1, 1).expect("a product"), 0, [1, 2, 3, 4]);
        let of_input = 200.0 + 2.0 * 6.0 + 2.0 * 3.0 * 2.0 + 24.0;
        let held = [Operand::Input, Operand::Weight].map(|operand| by(&input, operand));
        assert!(held.contains(&of_input), "{held:?}, expected {of_input} of the word that stays");
        // One psum of 36 accumulations.
        let psum = energy(&Problem::matmul(1, 1, 36).expect("a product"), 2, [2, 3, 3, 2]);
        let of_psum = (2.0 * 2.0 - 1.0) * 200.0 + 2.0 * 2.0 * 2.0 * 6.0 + 2.0 * 3.0 * 2.0 * 2.0 + 2.0 * 18.0;
        assert_eq!(by(&psum, Operand::Output), of_psum);
    }
}
