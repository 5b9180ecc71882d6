//! What is typed as a problem.

#![expect(dead_code, reason = "the types only describe")]

use std::collections::BTreeMap;

use schemars::JsonSchema;

use super::Quantity;

/// A problem: one of `conv`, `matmul`, `fully_connected`, `einsum`.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct Problem {
    /// Its name.
    problem: Option<String>,
    /// What it is, in a line.
    summary: Option<String>,
    /// Where it comes from.
    source: Option<String>,
    /// The bits of a word.
    word: Option<String>,
    /// A frequency.
    clock: Option<String>,
    /// Names for the expressions of this file.
    variables: Option<BTreeMap<String, Quantity>>,
    /// The share of each operand's words that are not zero.
    densities: Option<BTreeMap<String, Density>>,
    /// A convolution.
    conv: Option<Conv>,
    /// A product of matrices: M x K weights by K x N inputs.
    matmul: Option<Matmul>,
    /// A fully connected layer of M outputs over C inputs and a batch of N.
    fully_connected: Option<FullyConnected>,
    /// Any affine einsum of three operands.
    einsum: Option<Einsum>,
}

#[derive(JsonSchema)]
#[schemars(untagged)]
enum Density {
    Share(Quantity),
    Lying(Lying),
}

/// A share, and how the words lie.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Lying {
    share: Quantity,
    distribution: Option<Distribution>,
}

/// Each word by itself; exactly the share of all words; exactly the share of every tile.
#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
enum Distribution {
    Bernoulli,
    Hypergeometric,
    Structured,
}

/// A convolution, by the size of its output (P, Q) or of its input (H, W).
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, rename_all = "UPPERCASE")]
struct Conv {
    /// Images in the batch; 1 if left out.
    n: Option<Quantity>,
    /// Groups; 1 if left out.
    g: Option<Quantity>,
    /// Output channels of a group.
    m: Quantity,
    /// Input channels of a group.
    c: Quantity,
    /// Output rows.
    p: Option<Quantity>,
    /// Output columns.
    q: Option<Quantity>,
    /// Input rows without padding.
    h: Option<Quantity>,
    /// Input columns without padding.
    w: Option<Quantity>,
    /// Filter rows.
    r: Quantity,
    /// Filter columns.
    s: Quantity,
    /// One number, or the vertical and the horizontal one.
    #[schemars(rename = "stride")]
    stride: Option<Sizes>,
    /// One number, or the vertical and the horizontal one.
    #[schemars(rename = "dilation")]
    dilation: Option<Sizes>,
    /// Beside an input's size: one number, the vertical and the horizontal one, or top, bottom, left and right.
    #[schemars(rename = "pad")]
    pad: Option<Sizes>,
}

#[derive(JsonSchema)]
#[schemars(untagged)]
enum Sizes {
    One(Quantity),
    Several(Vec<Quantity>),
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, rename_all = "UPPERCASE")]
struct Matmul {
    m: Quantity,
    n: Quantity,
    k: Quantity,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, rename_all = "UPPERCASE")]
struct FullyConnected {
    n: Quantity,
    m: Quantity,
    c: Quantity,
}

/// Dimensions, and the ranks of each operand: sums of dimensions, each times a number.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Einsum {
    /// Up to eight dimensions with their sizes.
    dims: BTreeMap<String, Quantity>,
    /// Ranks such as `2*P + R`.
    ifmap: Option<Vec<String>>,
    filter: Option<Vec<String>>,
    psum: Option<Vec<String>>,
    input: Option<Vec<String>>,
    weight: Option<Vec<String>>,
    output: Option<Vec<String>>,
}
