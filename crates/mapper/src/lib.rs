//! Which mapping of a problem on an arch is best, and the proof that none is better.
//!
//! Branch and bound over the whole map space. A [`template`] fixes which memory keeps which operand and in which order
//! the memories begin to; what is left is how each dimension's loops are cut ([`cuts`]); [`bound`] says what a partial
//! choice costs at least; [`branch`] chooses in one template, [`search`] among all. Modules in reading order.

mod bound;
mod branch;
mod cuts;
mod dominance;
mod hops;
mod leaf;
mod objective;
mod obstacles;
mod search;
mod setting;
mod template;

pub use objective::{Cost, Objective};
pub use obstacles::Obstacles;
pub use search::{Answer, Certificate, Factors, Mapped, Options, Order, Statistics, map, pareto};
