//! Which mapping of a problem on an arch is best, and the proof that none is better.
//!
//! Branch and bound over the whole map space. A [`template`] fixes which memory keeps which operand and in which order
//! the memories begin to; what is left is how each dimension's loops are cut, a list of [`cuts`] a dimension; [`bound`]
//! says what a partial choice costs at least; [`search`] chooses. Modules in reading order.

pub mod bound;
pub mod cuts;
pub mod dominance;
pub mod leaf;
pub mod objective;
pub mod search;
pub mod template;

pub use objective::{Cost, Objective};
pub use search::{Answer, Certificate, Mapped, Options, Order, Statistics, map, pareto};
