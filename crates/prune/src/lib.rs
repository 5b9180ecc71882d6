//! Energy-aware pruning: fewer joules, same accuracy.

pub mod masks;

pub use masks::{Mask, Masks};
