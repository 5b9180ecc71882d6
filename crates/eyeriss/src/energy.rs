//! The energy of a run at the prices of [`crate::nest::arch`]: of what the machine counted, by the stages that estimates
//! have too.
//!
//! DRAM is paid for by the beats of its link, four words each; a psum that climbs from PE to PE as one that the network
//! delivers (ISCA 2016, Table IV: the array's price).

use crate::chip::WORDS_PER_ENTRY;
use crate::nest::{DRAM, FILTER_SPAD, GLB, IFMAP_SPAD, PES, PSUM_SPAD};
use crate::run::{LayerRun, level};
use model::arch::{Arch, StageId};
use model::{Access, Energy};
use nn::{ByOperand, Operand};

impl LayerRun {
    /// The energy of what was counted, in the unit of the prices of `arch`, which has the stages of a chip.
    pub fn energy(&self, arch: &Arch) -> Energy {
        let [glb, spad] = [level::GLB, level::SPAD].map(|level| &self.counts.levels[level].access);
        let beats = self.link_beats.0.map(|beats| beats * WORDS_PER_ENTRY as u64);
        let stage = |id: StageId| {
            ByOperand(Operand::ALL.map(|operand| {
                let serves = match operand {
                    Operand::Input => IFMAP_SPAD,
                    Operand::Weight => FILTER_SPAD,
                    Operand::Output => PSUM_SPAD,
                };
                match id {
                    PES => {
                        let climbing = if operand == Operand::Output { self.counts.neighbour } else { 0 };
                        let words = self.counts.networks[0].words[operand].delivered + climbing;
                        arch.fanout(id).map_or(0.0, |fanout| words as f64 * fanout.price(operand))
                    }
                    GLB => memory(arch, id, &glb[operand]),
                    _ if id == serves => memory(arch, id, &spad[operand]),
                    DRAM => {
                        let words = beats[operand as usize];
                        let written = operand == Operand::Output;
                        let (reads, updates) = if written { (0, words) } else { (words, 0) };
                        memory(arch, id, &Access { reads, updates, ..Access::default() })
                    }
                    _ => 0.0,
                }
            }))
        };
        let compute = self.counts.macs.done as f64 * arch.compute().price;
        Energy { stages: arch.ids().map(stage).collect(), compute }
    }
}

fn memory(arch: &Arch, id: StageId, access: &Access) -> f64 {
    let prices = arch.memory(id).map_or([0.0; 2], |memory| [memory.read_price, memory.write_price]);
    access.all_reads() as f64 * prices[0] + access.all_writes() as f64 * prices[1]
}
