//! What a layer did on the machine over all batches: sums of [`LayerRun`]s.

use eyeriss::LayerRun;
use model::{Access, Activity, Cause, Cycles, Macs};
use nn::{ByOperand, Operand};

/// Sums over runs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tally {
    /// Multiply-accumulates.
    pub macs: Macs,
    /// Core cycles by cause.
    pub cycles: Cycles,
    /// Words into and out of the global buffer.
    pub glb: ByOperand<Access>,
    /// Words from and to DRAM, before compression.
    pub dram: ByOperand<Access>,
    /// 64-bit beats on the DRAM link, after compression.
    pub link_beats: ByOperand<u64>,
    /// What drives the energy.
    pub activity: Activity,
    /// Products that saturated when they were cut.
    pub saturated: u64,
    /// Ofmap words whose exact sum did not fit 16 bits.
    pub wrapped: u64,
    /// Zero words of the ifmaps, padding included.
    pub ifmap_zeros: u64,
    /// Words of the ifmaps, padding included.
    pub ifmap_words: u64,
    /// Passes of the array.
    pub passes: u64,
    /// Cycles times configured PEs.
    pub pe_cycles: u64,
}

impl Tally {
    /// Adds a run.
    pub fn add(&mut self, run: &LayerRun) {
        let (glb, dram) = (run.counts.level("GLB"), run.counts.level("DRAM"));
        *self += &Tally {
            macs: run.counts.macs,
            cycles: run.counts.cycles,
            glb: *glb,
            dram: *dram,
            link_beats: run.link_beats,
            activity: run.activity(),
            saturated: run.saturated,
            wrapped: run.wrapped,
            ifmap_zeros: run.ifmap_zeros,
            ifmap_words: run.ifmap_words,
            passes: run.passes,
            pe_cycles: run.active_pes * run.counts.cycles.total(),
        };
    }

    /// Multiply-accumulates, computed or gated.
    pub fn all_macs(&self) -> u64 {
        self.macs.done + self.macs.gated + self.macs.skipped
    }

    /// Configured PEs, in the mean over cycles.
    pub fn active_pes(&self) -> f64 {
        share(self.pe_cycles, self.cycles.total())
    }

    /// The share of zeros among the ifmap words.
    pub fn zero_share(&self) -> f64 {
        share(self.ifmap_zeros, self.ifmap_words)
    }

    /// Bytes into and out of the global buffer.
    pub fn glb_bytes(&self) -> u64 {
        bytes(&self.glb)
    }

    /// Bytes from and to DRAM, were nothing compressed.
    pub fn dram_bytes_raw(&self) -> u64 {
        bytes(&self.dram)
    }

    /// Bytes from and to DRAM, compressed as they are.
    pub fn dram_bytes(&self) -> u64 {
        8 * Operand::ALL.iter().map(|&operand| self.link_beats[operand]).sum::<u64>()
    }
}

impl std::ops::AddAssign<&Tally> for Tally {
    fn add_assign(&mut self, other: &Tally) {
        self.macs.done += other.macs.done;
        self.macs.gated += other.macs.gated;
        self.macs.skipped += other.macs.skipped;
        Cause::ALL.iter().for_each(|&cause| self.cycles.add(cause, other.cycles.of(cause)));
        for operand in Operand::ALL {
            add_access(&mut self.glb[operand], &other.glb[operand]);
            add_access(&mut self.dram[operand], &other.dram[operand]);
            self.link_beats[operand] += other.link_beats[operand];
        }
        self.activity += other.activity;
        self.saturated += other.saturated;
        self.wrapped += other.wrapped;
        self.ifmap_zeros += other.ifmap_zeros;
        self.ifmap_words += other.ifmap_words;
        self.passes += other.passes;
        self.pe_cycles += other.pe_cycles;
    }
}

fn add_access(sum: &mut Access, other: &Access) {
    sum.fills += other.fills;
    sum.reads += other.reads;
    sum.updates += other.updates;
    sum.drains += other.drains;
}

fn bytes(level: &ByOperand<Access>) -> u64 {
    2 * Operand::ALL.iter().map(|&operand| level[operand].all_reads() + level[operand].all_writes()).sum::<u64>()
}

fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}
