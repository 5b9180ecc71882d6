//! Files that others wrote, read into the types of `nn` and `model`: networks, their weights, images, descriptions of
//! architectures, problems and mappings.
//!
//! [`network::read`] chooses the reader of a network; each reader can be called by itself. All files are untrusted: readers
//! allocate within [`Limits`], check every size before they use it, and answer with an [`Error`] that names the
//! place, what was found, what was expected, and the nearest valid name. Modules in reading order.

pub mod network;

// Networks and weights.
pub mod caffe;
pub mod deep_compression;
pub mod onnx;
pub mod safetensors;

// Architectures, problems, mappings, constraints, prices.
pub mod accelergy;
pub mod spec;
pub mod timeloop;

// Data.
pub mod estimation;
pub mod idx;
pub mod image;
pub mod labels;

// What the readers have in common.
mod error;
mod graph;
mod half;
mod limits;
mod proto;

// Proof.
#[cfg(any(test, feature = "fuzzing"))]
pub mod fuzzing;

pub use error::{Error, Place, Position};
pub use limits::Limits;
pub use network::ReadOptions;
