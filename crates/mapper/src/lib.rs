//! Which mapping of a problem on an arch is best, and the proof that none is better.
//!
//! Branch and bound over the whole map space. A template fixes which memory keeps which operand and in which order the
//! memories begin to; what is left is how each dimension's loops are cut, bin after bin; bounds say what a partial choice
//! costs at least; branches choose in one template, the search among all. Modules in reading order, but that rustfmt
//! sorts them: objective, setting, template, hops, cuts, bound, reuse, dominance, leaf, branch, search, obstacles.

mod bound;
mod branch;
mod cuts;
mod dominance;
mod hops;
mod leaf;
mod objective;
mod obstacles;
mod reuse;
mod search;
mod setting;
mod template;

pub use objective::{Cost, Objective};
pub use obstacles::Obstacles;
pub use search::{Answer, Certificate, Factors, Mapped, Options, Order, Statistics, map, pareto};
