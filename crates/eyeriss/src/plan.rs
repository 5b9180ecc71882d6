//! A layer's plan: the order of blocks, loads and passes that a mapping stands for.
//!
//! ```text
//! for each group, block of n images, strip of e ofmap rows, block of m filters:   a Block; psums stay in the GLB
//!     for each block of q r channels:                                             ifmap strip loaded from DRAM
//!         for each p t of the m filters:                                          a pass
//!     dump the block's ofmaps
//! ```
//! (JSSC 2017, section III-D and Fig. 6.) The last block of each loop may be smaller.

use crate::chip::{Chip, WORDS_PER_ENTRY};
use crate::mapping::{MappingError, RsMapping, strip_rows};
use nn::ConvShape;
use std::ops::Range;

/// The most channels or filters that one configuration covers (JSSC 2017, Table I).
pub const CONFIGURATION_RANGE: usize = 1024;

/// A checked (layer, mapping) pair for a chip.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The chip.
    pub chip: Chip,
    /// The native layer's sizes.
    pub shape: ConvShape,
    /// The mapping; obeys every rule.
    pub mapping: RsMapping,
}

/// The ofmap words that stay in the global buffer while all channels pass by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// Which group.
    pub group: usize,
    /// Images.
    pub images: Range<usize>,
    /// Ofmap rows: a strip.
    pub rows: Range<usize>,
    /// Filters, within the group.
    pub filters: Range<usize>,
}

impl Block {
    /// Ofmap words of the block, in the order `[image][filter][row][column]`.
    pub fn words(&self, shape: &ConvShape) -> usize {
        self.images.len() * self.filters.len() * self.rows.len() * shape.q()
    }
}

/// The sizes of a pass, which are all that its timing depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PassShape {
    /// Images.
    pub images: usize,
    /// Ofmap rows.
    pub rows: usize,
    /// Channels.
    pub channels: usize,
    /// Filters.
    pub filters: usize,
    /// Whether it adds to psums of earlier passes.
    pub accumulate: bool,
}

impl Plan {
    /// Checks `mapping` against the native `shape` and the chip.
    pub fn new(chip: &Chip, shape: &ConvShape, mapping: RsMapping) -> Result<Plan, Vec<MappingError>> {
        mapping.check(chip, shape)?;
        Ok(Plan { chip: *chip, shape: *shape, mapping })
    }

    /// All blocks, in order.
    pub fn blocks(&self) -> impl Iterator<Item = Block> + '_ {
        let (shape, mapping) = (&self.shape, &self.mapping);
        (0..shape.groups).flat_map(move |group| {
            split(0..shape.n, mapping.n).flat_map(move |images| {
                split(0..shape.p(), mapping.e).flat_map(move |rows| {
                    let images = images.clone();
                    split(0..shape.group_m(), mapping.m).map(move |filters| Block {
                        group,
                        images: images.clone(),
                        rows: rows.clone(),
                        filters,
                    })
                })
            })
        })
    }

    /// The channel blocks of each block, within the group.
    pub fn channel_blocks(&self) -> impl Iterator<Item = Range<usize>> {
        split(0..self.shape.group_c(), self.mapping.q * self.mapping.r)
    }

    /// The filters of each pass of a block.
    pub fn filter_blocks(&self, block: &Block) -> impl Iterator<Item = Range<usize>> + use<> {
        split(block.filters.clone(), self.mapping.p * self.mapping.t)
    }

    /// The sizes of one pass.
    pub fn pass(&self, block: &Block, channels: &Range<usize>, filters: &Range<usize>) -> PassShape {
        PassShape {
            images: block.images.len(),
            rows: block.rows.len(),
            channels: channels.len(),
            filters: filters.len(),
            accumulate: channels.start > 0,
        }
    }

    /// Ifmap rows that a strip reads.
    pub fn ifmap_rows(&self, rows: &Range<usize>) -> Range<usize> {
        let first = rows.start * self.shape.stride[0];
        first..first + strip_rows(&self.shape, rows.len())
    }

    /// Filters of set-column t of a pass: p each, the last fewer.
    pub fn filters_of(&self, pass: &PassShape, t: usize) -> usize {
        pass.filters.saturating_sub(t * self.mapping.p).min(self.mapping.p)
    }

    /// Channels of set r of a pass: q each, the last fewer.
    pub fn channels_of(&self, pass: &PassShape, r: usize) -> usize {
        pass.channels.saturating_sub(r * self.mapping.q).min(self.mapping.q)
    }

    /// PE sets in use in a pass: (with different channels, with different filters).
    pub fn sets(&self, pass: &PassShape) -> (usize, usize) {
        (pass.channels.div_ceil(self.mapping.q), pass.filters.div_ceil(self.mapping.p))
    }

    /// 64-bit entries in which a pass's filters go to the PEs: each PE row's filters start a new entry.
    pub fn filter_entries(&self, pass: &PassShape) -> u64 {
        let (sets, columns) = self.sets(pass);
        let mut entries = 0;
        for t in 0..columns {
            for r in 0..sets {
                let words = self.filters_of(pass, t) * self.channels_of(pass, r) * self.shape.s;
                entries += (self.shape.r * words.div_ceil(WORDS_PER_ENTRY)) as u64;
            }
        }
        entries
    }

    /// How often the scan chain is loaded: once, unless channels or filters exceed what one configuration covers.
    pub fn configurations(&self) -> u64 {
        let channels = self.shape.group_c().div_ceil(CONFIGURATION_RANGE) as u64;
        if channels > 1 {
            return channels * self.blocks().count() as u64;
        }
        self.shape.group_m().div_ceil(CONFIGURATION_RANGE) as u64
    }
}

/// Cuts a range into pieces of `size`, the last smaller.
fn split(range: Range<usize>, size: usize) -> impl Iterator<Item = Range<usize>> {
    let end = range.end;
    range.step_by(size).map(move |start| start..(start + size).min(end))
}
