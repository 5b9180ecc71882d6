//! The Eyeriss chip: the machine that executes row-stationary mappings, cycle by cycle and bit by bit.
//!
//! Source: Chen, Krishna, Emer, Sze, "Eyeriss: An Energy-Efficient Reconfigurable Accelerator for Deep Convolutional
//! Neural Networks", IEEE JSSC 52(1), 127-138, 2017. Modules in groups, in reading order.

// What the chip is, and what a layer becomes on it.
pub mod chip;
pub mod mapping;
pub mod native;
pub mod plan;

// Which mapping.
pub mod search;

// Its blocks.
pub mod array;
pub mod dram;
pub mod fifo;
pub mod gin;
pub mod pe;
pub mod place;
pub mod rlc;

// Two engines and what they give.
pub mod fast;
mod gated;
pub mod machine;
pub mod run;
pub mod stepper;
pub mod timing;

// The chip and its mappings for `model`.
pub mod dataflow;
mod energy;
pub mod nest;
pub mod recognise;

pub use chip::{Chip, Gating};
pub use machine::{Choice, Engine, Machine};
pub use mapping::RsMapping;
pub use plan::Plan;
pub use run::{DramCoding, LayerRun, RunError};
pub use search::Objective;
