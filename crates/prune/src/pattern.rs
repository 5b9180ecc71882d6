//! What is removed together.

/// The units of pruning.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pattern {
    /// Single weights.
    #[default]
    Weights,
    /// Whole filters, biases excepted: what they computed becomes constant.
    Filters,
    /// Input channels, in all filters of their group.
    Channels,
    /// Single weights, such that of each `of` channels in a row at most `keep` survive at each place of a filter.
    Block {
        /// Survivors of a block.
        keep: usize,
        /// Channels of a block.
        of: usize,
    },
}
