//! What is computed, and nothing of the hardware that computes it.
//!
//! A [`Network`] is a checked graph of [`Layer`]s with real weights; [`conv16`] gives every convolution its
//! meaning in the chip's 16-bit arithmetic. Modules in reading order.

mod arrange;
pub mod conv;
pub mod conv16;
pub mod execute;
pub mod fixed;
pub mod fixed_exec;
pub mod float;
pub mod generate;
mod host;
mod lower;
pub mod network;
pub mod operand;
mod pool;
pub mod problem;
pub mod quant;
pub mod tensor;
pub mod zoo;

pub use conv::{ConvShape, Pad};
pub use conv16::{Conv16, Conv16Output};
pub use fixed::{Clamp, Format};
pub use host::Words;
pub use network::{Conv, Layer, LayerId, Network, NetworkError, Op, Pool, PoolKind, Preprocess, Weights};
pub use operand::{ByOperand, Operand};
pub use problem::Problem;
pub use quant::{FixedConv, Quantised};
pub use tensor::Tensor;
