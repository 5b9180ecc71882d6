//! What is typed as constraints.

#![expect(dead_code, reason = "the types only describe")]

use std::collections::BTreeMap;

use schemars::JsonSchema;

use super::{Operand, Operands};

/// Constraints on mappings: a dataflow, or what somebody fixed by hand.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct Constraints {
    /// Their name.
    constraints: String,
    /// What they are, in a line.
    summary: Option<String>,
    /// Where they come from.
    source: Option<String>,
    /// Names of dimensions that the rules use and a problem may lack.
    dimensions: Option<Vec<String>>,
    /// The rules.
    rules: Vec<Rule>,
}

/// A rule.
#[derive(JsonSchema)]
#[schemars(untagged)]
enum Rule {
    Keep(Keep),
    Bypass(Bypass),
    Stationary(Stationary),
    Across(Across),
    Copies(Copies),
    Loops(Loops),
    Order(Order),
    Tile(Tile),
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Keep {
    /// Memories (or `inside`: those inside fan-outs) and what they keep.
    keep: BTreeMap<String, Operands>,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Bypass {
    /// Memories (or `inside`: those inside fan-outs) and what they do not keep.
    bypass: BTreeMap<String, Operands>,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Stationary {
    /// Operands that stay in their innermost memory while all loops run that they do not change along.
    stationary: Operands,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Across {
    /// Axes (`PE.X`), fan-outs (`PE`) or `all`, and the only dimensions that are cut across them.
    across: BTreeMap<String, Vec<String>>,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Copies {
    /// Axes (`PE.X`), and into how many copies dimensions are cut across them.
    copies: BTreeMap<String, BTreeMap<String, u64>>,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Loops {
    /// Dimensions whose loops in time lie below or above a place.
    loops: Vec<String>,
    /// A memory, or `innermost`, and the operand that it begins to keep.
    below: Option<BTreeMap<String, Operand>>,
    /// A memory, or `innermost`, and the operand that it begins to keep.
    above: Option<BTreeMap<String, Operand>>,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Order {
    /// Dimensions in the order of their loops in time, outermost first.
    order: Vec<String>,
    /// A memory, or `innermost`, and the operand that it begins to keep.
    below: BTreeMap<String, Operand>,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Tile {
    /// How many points of dimensions a kept tile covers.
    tile: BTreeMap<String, Points>,
    /// A memory, or `innermost`, and the operand that it begins to keep.
    at: BTreeMap<String, Operand>,
}

#[derive(JsonSchema)]
#[schemars(untagged)]
enum Points {
    Number(u64),
    Whole(Whole),
}

#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
enum Whole {
    Whole,
}
