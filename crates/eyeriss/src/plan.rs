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
    pub fn channel_blocks(&self) -> impl ExactSizeIterator<Item = Range<usize>> + use<> {
        split(0..self.shape.group_c(), self.mapping.q * self.mapping.r)
    }

    /// The filters of each pass of a block.
    pub fn filter_blocks(&self, block: &Block) -> impl ExactSizeIterator<Item = Range<usize>> + use<> {
        split(block.filters.clone(), self.mapping.p * self.mapping.t)
    }

    /// The block, channels and filters of each pass, in order.
    pub fn steps(&self) -> impl Iterator<Item = (Block, Range<usize>, Range<usize>)> + '_ {
        self.blocks().flat_map(move |block| {
            self.channel_blocks().flat_map(move |channels| {
                let block = block.clone();
                self.filter_blocks(&block).map(move |filters| (block.clone(), channels.clone(), filters))
            })
        })
    }

    /// All passes, in order.
    pub fn passes(&self) -> impl Iterator<Item = PassShape> + '_ {
        self.steps().map(|(block, channels, filters)| self.pass(&block, &channels, &filters))
    }

    /// How many passes there are.
    pub fn pass_count(&self) -> u64 {
        let (shape, mapping) = (&self.shape, &self.mapping);
        let filter_blocks =
            split(0..shape.group_m(), mapping.m).map(|m| m.len().div_ceil(mapping.p * mapping.t) as u64).sum::<u64>();
        self.strips() * self.channel_blocks().len() as u64 * filter_blocks
    }

    /// Biases that are fetched: those of each block's filters.
    pub fn bias_words(&self) -> u64 {
        self.blocks().map(|block| block.filters.len() as u64).sum()
    }

    /// The sizes of the first pass, which is as large as any.
    pub fn first_pass(&self) -> PassShape {
        let RsMapping { m, n, e, p, q, r, t } = self.mapping;
        let (channels, filters) = ((q * r).min(self.shape.group_c()), (p * t).min(m));
        PassShape { images: n, rows: e, channels, filters, accumulate: false }
    }

    /// Strips of ofmap rows, over all groups and blocks of images.
    fn strips(&self) -> u64 {
        let (shape, mapping) = (&self.shape, &self.mapping);
        shape.groups as u64 * shape.n.div_ceil(mapping.n) as u64 * shape.p().div_ceil(mapping.e) as u64
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
            return channels * self.strips() * self.shape.group_m().div_ceil(self.mapping.m) as u64;
        }
        self.shape.group_m().div_ceil(CONFIGURATION_RANGE) as u64
    }
}

/// Cuts a range into pieces of `size`, the last smaller.
pub(crate) fn split(range: Range<usize>, size: usize) -> impl ExactSizeIterator<Item = Range<usize>> {
    let end = range.end;
    range.step_by(size).map(move |start| start..(start + size).min(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Plan {
        /// The plan of a layer whose mapping is published, at its batch.
        pub(crate) fn published(network: &str, layer: &str) -> Plan {
            let mapping = crate::mapping::published(network, layer).expect("a published mapping");
            let network = nn::zoo::by_name(network).expect("a network of the zoo");
            let id = network.find(layer).expect("a layer of the network");
            let shape = network.conv_shape(id, 4).expect("a convolution");
            let chip = Chip::default();
            let shape = crate::native::native_shape(&chip, &shape).expect("a native layer");
            Plan::new(&chip, &shape, mapping).expect("a legal mapping")
        }
    }

    /// All blocks together give each ofmap word once, and all passes do each multiply-accumulate once.
    #[test]
    fn nothing_is_left_out_and_nothing_comes_twice() {
        for layer in ["conv1", "conv2", "conv3", "conv4", "conv5"] {
            let mut plan = Plan::published("alexnet", layer);
            // Pieces that leave a rest in every loop.
            let RsMapping { m, n, p, .. } = plan.mapping;
            let uneven = RsMapping { m: m - 5, n: n.min(3), e: 5, p: p - 3, ..plan.mapping };
            for mapping in [plan.mapping, uneven] {
                plan.mapping = mapping;
                let shape = plan.shape;
                let words: usize = plan.blocks().map(|block| block.words(&shape)).sum();
                assert_eq!(words, shape.n * shape.m * shape.p() * shape.q(), "{layer} {mapping:?}");
                let window = (shape.q() * shape.r * shape.s) as u64;
                let macs = |pass: PassShape| (pass.images * pass.rows * pass.channels * pass.filters) as u64 * window;
                assert_eq!(plan.passes().map(macs).sum::<u64>(), shape.macs(), "{layer} {mapping:?}");
                assert_eq!(plan.passes().count() as u64, plan.pass_count(), "{layer} {mapping:?}");
                assert_eq!(plan.passes().next(), Some(plan.first_pass()), "{layer} {mapping:?}");
            }
        }
    }
}
