//! With what a network is computed, and at what cost: the counts of a run and the prices that make energy of them.

pub mod counts;
pub mod price;
pub mod tech;

pub use counts::{Access, Cause, Counts, Cycles, LevelCounts, Macs, Traffic};
pub use price::{Activity, Component, Driver, OperatingPoint, Prices};
