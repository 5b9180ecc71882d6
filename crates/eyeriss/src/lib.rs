//! The Eyeriss chip: the machine that executes row-stationary mappings, cycle by cycle and bit by bit.
//!
//! Source: Chen, Krishna, Emer, Sze, "Eyeriss: An Energy-Efficient Reconfigurable Accelerator for Deep Convolutional
//! Neural Networks", IEEE JSSC 52(1), 127-138, 2017. Modules in reading order.

pub mod array;
pub mod chip;
pub mod dram;
pub mod fast;
pub mod fifo;
pub mod gin;
pub mod machine;
pub mod mapping;
pub mod native;
pub mod nest;
pub mod pe;
pub mod place;
pub mod plan;
pub mod rlc;
pub mod run;
pub mod search;
pub mod stepper;
pub mod timing;

pub use chip::Chip;
pub use machine::{Choice, Engine, Machine};
pub use mapping::RsMapping;
pub use plan::Plan;
pub use run::{DramCoding, LayerRun, RunError};
pub use search::Objective;
