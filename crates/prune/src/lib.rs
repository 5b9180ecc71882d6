//! Energy-aware pruning: fewer joules, same accuracy.

pub mod masks;
#[cfg(feature = "train")]
pub mod train;

pub use masks::{Mask, Masks};
