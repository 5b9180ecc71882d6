//! With what a problem is computed, in which order, at what cost.
//!
//! An [`Arch`] says with what, a [`Mapping`] when and where; [`check()`] says whether they fit, [`predict()`] what they
//! do, in [`Counts`], and [`Prices`] what that costs. Modules in reading order.

pub mod arch;
pub mod archs;
pub mod area;
pub mod check;
pub mod constraints;
pub mod counts;
pub mod energy;
pub mod estimate;
mod groups;
mod loops;
pub mod mapping;
mod moves;
pub mod predict;
pub mod price;
pub mod provenance;
pub mod reuse;
pub mod roofline;
pub mod sparsity;
pub mod switches;
pub mod tech;
pub mod utilisation;

pub use arch::Arch;
pub use area::Area;
pub use check::{Violation, check};
pub use constraints::{Constraint, Constraints};
pub use counts::{Access, Cause, Counts, Cycles, LevelCounts, Macs, NetworkCounts, Traffic};
pub use energy::Energy;
pub use estimate::{Coding, Estimate, Words, estimate};
pub use mapping::{Axis, Mapping, Node};
pub use predict::{Prediction, cost, predict};
pub use price::{Activity, Component, Driver, OperatingPoint, Prices};
pub use provenance::{Action, Provenance, Unit};
pub use roofline::{Ceilings, Intensity};
pub use switches::{Charges, Drains, Refill, Serving, Switches};
pub use utilisation::{Utilisation, reached};
