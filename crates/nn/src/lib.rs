//! What is computed, and nothing of the hardware that computes it.
//!
//! A [`Network`] is a checked graph of [`Layer`]s with real weights; [`zoo`] has the shapes of well-known ones.
//! [`float`] executes it as trained. [`Quantised`] is the network in the chip's 16-bit arithmetic, to which
//! [`conv16`] gives the meaning of every convolution, and [`fixed_exec`] executes it, on any engine that computes
//! convolutions. [`Problem`] is one layer as a loop nest. Modules in groups, in reading order.
//!
//! ```
//! use nn::{Conv, Layer, LayerId, Network, Op, Pad, Quantised, Tensor, Weights, fixed_exec, float};
//!
//! let conv = Conv { m: 2, kernel: [3, 3], stride: [1, 1], pad: Pad::all(1), dilation: [1, 1], groups: 1 };
//! let filters = Tensor::from_vec(&[2, 1, 3, 3], (0..18).map(|i| 0.1 * i as f32 - 0.9).collect());
//! let weights = Some(Weights { kernel: filters, bias: vec![0.5, -0.5] });
//! let layers = vec![
//!     Layer { name: "image".into(), op: Op::Input { dims: vec![1, 4, 4] }, inputs: vec![], weights: None },
//!     Layer { name: "conv".into(), op: Op::Conv(conv), inputs: vec![LayerId(0)], weights },
//!     Layer { name: "relu".into(), op: Op::Relu, inputs: vec![LayerId(1)], weights: None },
//! ];
//! let network = Network::new("example", layers)?;
//! assert_eq!(network.macs(1), 2 * 16 * 9);
//!
//! let image = Tensor::from_vec(&[1, 1, 4, 4], (0..16).map(|i| i as f32 / 16.0).collect());
//! let values = float::output(&network, &image)?;
//! let quantised = Quantised::calibrate(&network, std::slice::from_ref(&image))?;
//! let words = fixed_exec::execute(&quantised, &image, fixed_exec::fast, |_, _| ())?;
//! for (value, word) in values.data().iter().zip(words.data()) {
//!     assert!((value - word).abs() < 1e-3);
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

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
