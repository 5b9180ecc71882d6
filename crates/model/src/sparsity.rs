//! Sparsity: what zeros save of what a mapping does.
//!
//! Every event that [`crate::predict()`] counts is still one here, and meets one of three fates ([`Fate`]): done; gated,
//! its cycle spent and nothing moved; or skipped, not even a cycle spent. The rules, on top of those of
//! [`crate::predict()`]:
//!
//! 1. A [`Saving`] of a memory spares traffic of its target between that memory and the next inner one that keeps the
//!    target (or the compute unit), both ways, when the words of a leader that meet the transferred tile while it
//!    stays are all zero. What meets it are the leader's tile under the same loops; for words that several copies
//!    share, or that the compute unit holds on to, the leader's words of all of them. Of several leaders one suffices.
//!    A tile that slides is spared as a whole. This is the leader-follower intersection of Wu et al., "Sparseloop",
//!    MICRO 2022, section 3.
//! 2. A memory whose [`Format`] compresses an operand neither stores nor moves its zero words: they are skipped. A tile
//!    moves with its description, counted in bits by itself. On the way to the compute unit, each word brings its own
//!    bits, and each visit of a row (or column) one start.
//! 3. A multiply-accumulate is skipped or gated when a leader of the compute unit is zero, or a leader of what the
//!    innermost memory of its ifmap or filter saves on.
//! 4. What is spared is spared of the dense events: that a psum need not be read the first time is a matter of the
//!    loops, not of which of its products was the first that was not zero.
//! 5. A copy spends a cycle on each multiply-accumulate that is not skipped, and copies do not wait for each other: the
//!    busiest decides. Gated words and descriptions take their place on a port, skipped words do not.
//!
//! [`exact`] takes masks and counts; [`expected`] takes densities and gives what random masks give on average, except
//! for cycles, which are those of the copy that has most to do on average. Leaders of one event are taken to be
//! independent of each other and of the target, as operands that are drawn by themselves are.

mod content;
mod copies;
mod density;
mod energy;
mod format;
mod mask;
mod predict;
mod prediction;
mod saving;
mod sum;

pub use content::Number;
pub use density::{Density, Distribution};
pub use energy::SparseEnergy;
pub use format::{EYERISS_RUN_LENGTH, Format, RunLength};
pub use mask::{MAX_MASK_WORDS, Mask};
pub use predict::{exact, expected};
pub use prediction::{Fate, SparseLevel, SparseNetwork, SparsePrediction};
pub use saving::{Kind, Saving, Sparsity, SparsityError, Storage};
