//! Descriptions of architectures, problems, mappings and constraints, in YAML (or JSON, which is a part of it).
//!
//! Every reader finds all that is wrong at once and gives it as [`Errors`], each with file, line, column, what was
//! found, what was expected, and the nearest valid name. Modules in reading order.

pub(crate) mod cursor;
mod errors;
pub mod node;
mod parse;

// Numbers.
pub(crate) mod expr;
pub(crate) mod quantity;
mod values;
mod variables;

// What they describe.
mod arch;
mod constraints;
mod layers;
mod mapping;
mod operands;
mod problem;
mod schema;
mod write;

pub use arch::{ArchFile, parse_arch, parse_arch_with, read_arch, read_arch_with};
pub use constraints::{
    ConstraintsFile, parse_constraints, parse_constraints_file, read_constraints, read_constraints_file,
};
pub use errors::Errors;
pub use layers::{Layer, parse_layer_mappings, read_layer_mappings, write_layer_mappings};
pub use mapping::{parse_mapping, read_mapping};
pub use parse::{parse, read};
pub use problem::{ProblemFile, parse_problem, parse_problem_with, read_problem};
pub use schema::{DescriptionKind, schema};
pub use variables::Overrides;
pub use write::{write_arch, write_arch_file, write_mapping, write_problem};
