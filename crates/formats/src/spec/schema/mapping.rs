//! What is typed as a mapping.

#![expect(dead_code, reason = "the types only describe")]

use std::collections::BTreeMap;

use schemars::JsonSchema;

use super::Operands;

/// A mapping, or those of several layers.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct Mapping {
    /// What it is, in a line.
    summary: Option<String>,
    /// The loop nest, outermost first.
    mapping: Option<Vec<Item>>,
    /// Layers, each with its loop nest, instead of a single one.
    layers: Option<Vec<Layer>>,
}

/// A layer and its mapping.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Layer {
    /// Its name.
    layer: String,
    /// What it is, in a line.
    summary: Option<String>,
    /// The loop nest, outermost first.
    mapping: Vec<Item>,
}

/// One of `keep`, `for`, `par`.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, extend("minProperties" = 1, "maxProperties" = 1))]
struct Item {
    /// A memory begins to keep tiles of operands.
    keep: Option<BTreeMap<String, Operands>>,
    /// Loops in time over dimensions.
    #[schemars(rename = "for")]
    time: Option<BTreeMap<String, Cut>>,
    /// Loops in space over dimensions, across an axis such as `PE.X`.
    par: Option<BTreeMap<String, BTreeMap<String, Cut>>>,
}

/// A factor such as `8`: so many iterations. A tile such as `by 8`: iterations of so many points, the last of what
/// remains.
#[derive(JsonSchema)]
#[schemars(untagged)]
enum Cut {
    Factor(u64),
    Text(String),
}
