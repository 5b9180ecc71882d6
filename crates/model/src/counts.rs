//! Counts: what a run did, in exact integers. A prediction and a measurement are the same type, so their agreement
//! is an equality. All amounts are 16-bit words unless a field says otherwise.

use nn::ByOperand;

/// The traffic of one operand at one storage level, in words.
///
/// Fill: written into the level from its parent. Read: read out towards the child. Update: written back from the
/// child. Drain: read out towards the parent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Access<T = u64> {
    /// Words written into the level from its parent.
    pub fills: T,
    /// Words read out of the level towards the child.
    pub reads: T,
    /// Words written back into the level from the child.
    pub updates: T,
    /// Words read out of the level towards the parent.
    pub drains: T,
}

impl<T: Copy> Access<T> {
    /// Something of each.
    pub fn map<U>(&self, of: impl Fn(T) -> U) -> Access<U> {
        Access { fills: of(self.fills), reads: of(self.reads), updates: of(self.updates), drains: of(self.drains) }
    }
}

impl Access {
    /// Words read, in either direction.
    pub fn all_reads(&self) -> u64 {
        self.reads + self.drains
    }

    /// Words written, from either direction.
    pub fn all_writes(&self) -> u64 {
        self.fills + self.updates
    }
}

/// One storage level's traffic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LevelCounts {
    /// The level's name: "DRAM", "GLB", "spad".
    pub name: String,
    /// By operand.
    pub access: ByOperand<Access>,
}

/// Words over a network: each is put on the wires once and taken by every destination.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic<T = u64> {
    /// Words put on the wires.
    pub sent: T,
    /// Words taken, one a destination.
    pub delivered: T,
}

/// The words over one network, both ways.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetworkCounts {
    /// The network's name.
    pub name: String,
    /// By operand.
    pub words: ByOperand<Traffic>,
}

/// Multiply-accumulates by what became of them; their sum is the layer's MAC count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Macs {
    /// Computed.
    pub done: u64,
    /// Took their cycle, with the data path gated because the ifmap word was zero.
    pub gated: u64,
    /// Took no cycle.
    pub skipped: u64,
}

/// Why a cycle was spent. Causes are disjoint: their cycles add up to the latency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Cause {
    /// Configuration bits scanned in.
    Configuration,
    /// Ifmaps from DRAM into the buffer; not overlapped with processing.
    IfmapLoad,
    /// Waiting for filters that were not prefetched in time.
    FilterWait,
    /// Filters from the buffer into the scratchpads at the start of a pass.
    FilterLoad,
    /// PEs multiplying.
    Compute,
    /// The partial-sum network is the bottleneck: more words to move than cycles to compute.
    PsumNetwork,
    /// The ifmap network is the bottleneck.
    IfmapNetwork,
    /// Filling and draining the array at the ends of a pass.
    Ramp,
    /// Ofmaps from the buffer to DRAM; not overlapped with processing.
    OfmapDump,
}

impl Cause {
    /// All causes, in the order of every table.
    pub const ALL: [Cause; 9] = [
        Cause::Configuration,
        Cause::IfmapLoad,
        Cause::FilterWait,
        Cause::FilterLoad,
        Cause::Compute,
        Cause::PsumNetwork,
        Cause::IfmapNetwork,
        Cause::Ramp,
        Cause::OfmapDump,
    ];

    /// A short name for tables and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Cause::Configuration => "configuration",
            Cause::IfmapLoad => "ifmap load",
            Cause::FilterWait => "filter wait",
            Cause::FilterLoad => "filter load",
            Cause::Compute => "compute",
            Cause::PsumNetwork => "psum network",
            Cause::IfmapNetwork => "ifmap network",
            Cause::Ramp => "ramp",
            Cause::OfmapDump => "ofmap dump",
        }
    }

    /// Whether the cycle belongs to the published "processing latency": everything but configuration and the
    /// feature maps' way from and to DRAM.
    pub fn is_processing(self) -> bool {
        !matches!(self, Cause::Configuration | Cause::IfmapLoad | Cause::OfmapDump)
    }
}

/// Core-clock cycles by cause.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cycles([u64; Cause::ALL.len()]);

impl Cycles {
    /// Adds cycles to a cause.
    pub fn add(&mut self, cause: Cause, cycles: u64) {
        self.0[cause as usize] += cycles;
    }

    /// The cycles of a cause.
    pub fn of(&self, cause: Cause) -> u64 {
        self.0[cause as usize]
    }

    /// All cycles: the latency.
    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }

    /// The cycles of the causes that count as processing.
    pub fn processing(&self) -> u64 {
        Cause::ALL.into_iter().filter(|c| c.is_processing()).map(|c| self.of(c)).sum()
    }
}

/// Everything that is counted of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counts {
    /// Storage levels, outermost first.
    pub levels: Vec<LevelCounts>,
    /// Networks, outermost first.
    pub networks: Vec<NetworkCounts>,
    /// Words handed from PE to PE.
    pub neighbour: u64,
    /// Multiply-accumulates.
    pub macs: Macs,
    /// Cycles by cause.
    pub cycles: Cycles,
}

impl Counts {
    /// The traffic of the level called `name`. Panics when there is no such level: names are part of the program.
    pub fn level(&self, name: &str) -> &ByOperand<Access> {
        &self.levels.iter().find(|level| level.name == name).expect("a level of this arch").access
    }
}
