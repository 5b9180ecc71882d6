//! Where an arch counts otherwise than the rules above [`crate::predict()`].
//!
//! The first two are how Timeloop counts (Parashar et al., ISPASS 2019, section V: the words that move are the
//! differences between the tiles of consecutive steps); its designs are read with both on. The third says which of the
//! counted words are paid for, the fourth what zeros spare of them.

/// What a tile is filled with when it comes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Refill {
    /// All of it, for every iteration of the loops above; windows slide along the one loop below where it begins to
    /// be kept.
    #[default]
    Whole,
    /// The words that the tile before it in the same copy did not hold, whichever loops moved it. A memory then holds
    /// whole tiles: none slides.
    New,
}

/// Whether output words that leave for the parent count as read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Drains {
    /// They do.
    #[default]
    Counted,
    /// They do not: the last update goes past the memory.
    Free,
}

/// Which of the words that are counted are paid for. It changes energies, never counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Charges {
    /// All of them, at both ends of their way.
    #[default]
    All,
    /// Those of Eqs. 3 and 4 of the dataflow study (Chen, Emer, Sze, ISCA 2016). Words of ifmaps and filters are paid
    /// for where they are read and delivered, not where they are written. A psum's first touch of a memory and its last
    /// one pass it by: with b accumulations there, b - 1 are written and read again; and c copies that add up pass
    /// c - 1 words on. Psums do not go back into the array: what comes out of it is added to what the memory above it
    /// holds.
    Reuse,
}

/// How the innermost memories serve the compute unit, as estimates of what zeros spare take it
/// ([`crate::estimate()`]). It changes neither counts nor their energy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Serving {
    /// With every access that is counted; a multiply-accumulate that is left out spares its own.
    #[default]
    Counted,
    /// As in a PE whose scratchpads and multiplier are one pipeline (Chen et al., JSSC 52(1), 2017, section V-C). A word of
    /// the ifmap is used on its way in, and read from then on; one that the compute unit holds on to is read if any of its
    /// multiply-accumulates is done. Psums of other passes enter the array once, and are added on the way out; a sum that
    /// leaves is not written. A multiply-accumulate that is left out still puts the zero that its sum begins with into its
    /// place, or sends the sum on, when it is a sum's first or last.
    Pipeline,
}

/// The switches of an arch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Switches {
    /// What a tile is filled with.
    pub refill: Refill,
    /// Whether drains count.
    pub drains: Drains,
    /// Which words are paid for.
    pub charges: Charges,
    /// How the innermost memories serve the compute unit.
    pub serving: Serving,
}
