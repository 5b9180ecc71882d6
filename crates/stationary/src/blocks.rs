//! Parts of documents that several studies share: of layers, of what their mappings do, and of what that costs.
//!
//! A study hands over its layers in order, each with its name: with an [`Energy`](model::Energy) where only that is shown,
//! with an [`Evaluation`] where the mapping is.

mod array;
mod energy;
mod front;
mod layers;
mod nests;
mod prices;
mod roofline;

pub use array::occupancy;
pub use energy::{EnergyUnit, by_level, by_level_and_operand, by_operand};
pub use front::front;
pub use layers::layers;
pub use nests::nests;
pub use prices::prices;
pub use roofline::roofline;

use crate::Evaluation;

/// A layer's name and what is foretold of its mapping.
pub type Layer<'a> = (&'a str, &'a Evaluation);
