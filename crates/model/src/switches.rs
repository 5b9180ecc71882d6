//! Where an arch counts otherwise than the rules above [`crate::predict()`].
//!
//! Both switches are how Timeloop counts (Parashar et al., ISPASS 2019, section V: the words that move are the
//! differences between the tiles of consecutive steps); its designs are read with both on.

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

/// The switches of an arch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Switches {
    /// What a tile is filled with.
    pub refill: Refill,
    /// Whether drains count.
    pub drains: Drains,
}
