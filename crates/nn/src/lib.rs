//! What is computed, and nothing of the hardware that computes it.
//!
//! A [`Network`] is a checked graph of [`Layer`]s with real weights; [`zoo`] has the shapes of well-known ones.
//! [`float`] executes it as trained. [`Quantised`] is the network in the chip's 16-bit arithmetic, to which
//! [`conv16`] gives the meaning of every convolution, and [`fixed_exec`] executes it, on any engine that computes
//! convolutions. [`Problem`] is one layer as a loop nest. Modules in groups, in reading order.

// One layer.
pub mod conv;
pub mod operand;
pub mod problem;
pub mod tensor;

// All layers.
pub mod network;
pub mod zoo;

// 16 bits.
pub mod conv16;
pub mod fixed;
pub mod quant;

// Execution.
pub mod execute;
pub mod fixed_exec;
pub mod float;

mod arrange;
mod host;
mod lower;
mod pool;

// Proof.
pub mod generate;

pub use conv::{ConvShape, Pad};
pub use conv16::{Conv16, Conv16Output};
pub use fixed::{Clamp, Format};
pub use host::Words;
pub use network::{Conv, Layer, LayerId, Network, NetworkError, Op, Pool, PoolKind, Preprocess, Weights};
pub use operand::{ByOperand, Operand};
pub use problem::Problem;
pub use quant::{FixedConv, Quantised};
pub use tensor::Tensor;
