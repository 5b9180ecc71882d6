//! What a layer on the machine takes and gives: the same for both engines.

use crate::chip::Chip;
use crate::dram::Coding;
use crate::native::{NativeError, NativeLayer};
use crate::plan::{PassShape, Plan};
use model::{Cause, Counts, Cycles};
use nn::{ByOperand, Operand, Tensor};

/// How a layer's operands lie in DRAM.
///
/// The published chip compresses all feature maps but the first layer's image, and no filters (JSSC 2017, section IV-B).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DramCoding {
    /// The ifmap's coding.
    pub ifmap: Coding,
    /// The filters' coding, with their biases.
    pub filters: Coding,
    /// The ofmap's coding.
    pub ofmap: Coding,
}

impl DramCoding {
    /// The first layer on the published chip: an image as it is, ofmaps compressed.
    pub const FIRST_LAYER: DramCoding = DramCoding { ifmap: Coding::Raw, filters: Coding::Raw, ofmap: Coding::Rlc };
    /// Every other layer.
    pub const LATER_LAYER: DramCoding = DramCoding { ifmap: Coding::Rlc, ..DramCoding::FIRST_LAYER };

    /// That of a layer of a network on `chip`, whose first layer reads an image.
    pub fn of(chip: &Chip, first: bool) -> DramCoding {
        let maps = if first { DramCoding::FIRST_LAYER } else { DramCoding::LATER_LAYER };
        DramCoding { filters: chip.filter_coding, ..maps }
    }
}

/// A layer that does not run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RunError {
    /// The chip cannot run it.
    #[error(transparent)]
    Native(#[from] NativeError),
    /// The mapping breaks rules.
    #[error("{}", list(.0))]
    Mapping(Vec<crate::mapping::MappingError>),
}

fn list(errors: &[crate::mapping::MappingError]) -> String {
    errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// Everything a layer's run gives.
#[derive(Clone, Debug, PartialEq)]
pub struct LayerRun {
    /// `[N, M, P, Q]` after the output path's clamp.
    pub output: Tensor<i16>,
    /// What was counted.
    pub counts: Counts,
    /// 64-bit beats on the DRAM link, after compression.
    pub link_beats: ByOperand<u64>,
    /// Products that saturated when they were cut.
    pub saturated: u64,
    /// Ofmap words whose exact sum did not fit 16 bits.
    pub wrapped: u64,
    /// Zero words of the ifmap as the chip sees it, padding included.
    pub ifmap_zeros: u64,
    /// Words of the ifmap as the chip sees it, padding included.
    pub ifmap_words: u64,
    /// Passes of the PE array.
    pub passes: u64,
    /// PEs that the mapping configures; the others are clock-gated.
    pub active_pes: u64,
}

/// The names of the machine's storage levels, outermost first.
pub const LEVELS: [&str; 3] = ["DRAM", "GLB", "spad"];
/// The name of the network between the buffer and the PEs, GIN and GON together.
pub const NETWORK: &str = "GIN/GON";

/// Adds a pass's cycles to their causes.
///
/// Loading filters and computing take their exact cycles; of what is beyond, the part by which a network's words
/// exceed the computing is that network's, the rest is ramp.
pub(crate) fn add_pass_cycles(cycles: &mut Cycles, plan: &Plan, pass: &PassShape, total: u64, times: u64) {
    let shape = &plan.shape;
    let windows = (pass.images * shape.q()) as u64;
    let load = plan.filter_entries(pass).min(total);
    let compute = windows * (plan.filters_of(pass, 0) * plan.channels_of(pass, 0) * shape.s) as u64;
    let computing = compute.min(total - load);
    let mut rest = total - load - computing;
    let (_, ts) = plan.sets(pass);
    let entries: usize = (0..ts).map(|t| plan.filters_of(pass, t).div_ceil(crate::chip::WORDS_PER_ENTRY)).sum();
    let psums = windows * (pass.rows * entries) as u64;
    let rows = crate::mapping::strip_rows(shape, pass.rows);
    let ifmaps = (pass.images * shape.w * pass.channels * rows) as u64;
    let (network, bound) = if psums >= ifmaps { (Cause::PsumNetwork, psums) } else { (Cause::IfmapNetwork, ifmaps) };
    let excess = bound.saturating_sub(compute).min(rest);
    rest -= excess;
    for (cause, part) in
        [(Cause::FilterLoad, load), (Cause::Compute, computing), (network, excess), (Cause::Ramp, rest)]
    {
        cycles.add(cause, part * times);
    }
}

/// The words of a layer's ifmap that one load brings: `[image][channel][row][column]`.
pub(crate) fn ifmap_tile(
    layer: &NativeLayer,
    plan: &Plan,
    block: &crate::plan::Block,
    channels: &std::ops::Range<usize>,
) -> Vec<i16> {
    let shape = &layer.shape;
    let rows = plan.ifmap_rows(&block.rows);
    let mut words = Vec::with_capacity(block.images.len() * channels.len() * rows.len() * shape.w);
    for image in block.images.clone() {
        for channel in channels.clone() {
            let plane = (image * shape.c + block.group * shape.group_c() + channel) * shape.h;
            words.extend_from_slice(&layer.ifmap.data()[(plane + rows.start) * shape.w..(plane + rows.end) * shape.w]);
        }
    }
    words
}

/// Zero words of a native layer's ifmap.
pub(crate) fn zeros(layer: &NativeLayer) -> u64 {
    layer.ifmap.data().iter().filter(|&&word| word == 0).count() as u64
}

/// How many words of filters, and of their biases, are fetched for a pass.
pub(crate) fn fetched_filter_words(plan: &Plan, pass: &PassShape) -> usize {
    let biases = if pass.accumulate { 0 } else { pass.filters };
    pass.filters * pass.channels * plan.shape.r * plan.shape.s + biases
}

/// The words that are fetched for a pass: filters as `[filter][channel][R][S]`, then, with a block's first channels, their
/// biases.
pub(crate) fn filter_tile(
    layer: &NativeLayer,
    group: usize,
    channels: &std::ops::Range<usize>,
    filters: &std::ops::Range<usize>,
) -> Vec<i16> {
    let shape = &layer.shape;
    let (plane, first) = (shape.r * shape.s, group * shape.group_m());
    let biases = if channels.start == 0 { filters.len() } else { 0 };
    let mut words = Vec::with_capacity(filters.len() * channels.len() * plane + biases);
    for filter in filters.clone() {
        let base = (first + filter) * shape.group_c();
        let range = (base + channels.start) * plane..(base + channels.end) * plane;
        words.extend_from_slice(&layer.filters.data()[range]);
    }
    words.extend_from_slice(&layer.bias[first + filters.start..][..biases]);
    words
}

/// Empty counts of the machine.
pub(crate) fn empty_counts() -> Counts {
    Counts {
        levels: LEVELS.map(|name| model::LevelCounts { name: name.to_string(), access: ByOperand::default() }).to_vec(),
        networks: vec![model::NetworkCounts { name: NETWORK.to_string(), words: ByOperand::default() }],
        neighbour: 0,
        macs: model::Macs::default(),
        cycles: Cycles::default(),
    }
}

/// Index of a level in [`LEVELS`].
pub(crate) mod level {
    pub const DRAM: usize = 0;
    pub const GLB: usize = 1;
    pub const SPAD: usize = 2;
}

impl LayerRun {
    /// Bytes that cross the DRAM link, compressed as they are.
    pub fn dram_bytes(&self) -> u64 {
        Operand::ALL.iter().map(|&operand| self.link_beats[operand] * 8).sum()
    }

    /// Bytes that would cross it uncompressed.
    pub fn dram_bytes_raw(&self) -> u64 {
        let dram = self.counts.level("DRAM");
        2 * Operand::ALL.iter().map(|&o| dram[o].all_reads() + dram[o].all_writes()).sum::<u64>()
    }

    /// The share of zeros in the ifmap as the chip sees it.
    pub fn zero_share(&self) -> f64 {
        self.ifmap_zeros as f64 / self.ifmap_words as f64
    }
}
