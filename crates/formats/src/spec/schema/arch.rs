//! What is typed as an architecture.

#![expect(dead_code, reason = "the types only describe")]

use std::collections::BTreeMap;

use schemars::JsonSchema;

use super::{Operands, Quantity};

/// An architecture: memories, fan-outs and a compute unit, outermost first.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct Arch {
    /// Its name.
    arch: String,
    /// What it is, in a line.
    summary: Option<String>,
    /// Where its sizes come from.
    source: Option<String>,
    /// The technology that gives the prices of stages with a `class`.
    technology: Option<String>,
    /// The bits of a word, such as `16 bit`.
    word: Option<String>,
    /// The frequency that makes seconds into cycles, such as `200 MHz`.
    clock: Option<String>,
    /// Names for the expressions of this file.
    variables: Option<BTreeMap<String, Quantity>>,
    /// What a tile is filled with when it comes: all of it, or the words that the one before did not hold.
    refill: Option<Refill>,
    /// Whether output words that leave for the parent count as read.
    drains: Option<Drains>,
    /// The stages, outermost first; the first is a memory that keeps everything, the last the compute unit.
    #[schemars(length(min = 2, max = 17))]
    stages: Vec<Stage>,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
enum Refill {
    Whole,
    New,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
enum Drains {
    Counted,
    Free,
}

/// A stage.
#[derive(JsonSchema)]
#[schemars(untagged)]
enum Stage {
    Memory(Memory),
    Fanout(Fanout),
    Compute(Compute),
}

/// A memory.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Memory {
    /// Its name.
    memory: String,
    /// Its class in the arch's technology, for prices that are not given here.
    class: Option<String>,
    /// The bits of its words, where they are others than the arch's.
    word: Option<String>,
    /// The operands that it always keeps.
    must_keep: Option<Operands>,
    /// The operands that it keeps where the mapping says so.
    may_keep: Option<Operands>,
    /// Words or bytes: of all operands together, or of each; or `unbounded`.
    capacity: Capacity,
    /// Whether half of it is filled while the other half is used.
    double_buffered: Option<bool>,
    /// Words or bytes a cycle or second, shared by reads and writes, or of each; or `unbounded`.
    bandwidth: Bandwidth,
    /// The energy of a word read.
    read: Option<Price>,
    /// The energy of a word written.
    write: Option<Price>,
    /// Where its prices come from.
    source: Option<String>,
}

/// A fan-out: X by Y copies of everything below.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Fanout {
    /// Its name.
    fanout: String,
    /// Its class in the arch's technology, for prices that are not given here.
    class: Option<String>,
    /// Copies along X.
    #[schemars(rename = "X")]
    x: Option<Quantity>,
    /// Copies along Y.
    #[schemars(rename = "Y")]
    y: Option<Quantity>,
    /// What the network to the copies can do.
    network: Vec<Ability>,
    /// The energy of each word that a copy takes or gives.
    delivery: Option<Price>,
    /// Where its price comes from.
    source: Option<String>,
}

/// What a network can do: read a word once for all copies that need it, add outputs of copies on their way up, read
/// the overlap of neighbouring windows once.
#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
enum Ability {
    Multicast,
    Reduction,
    Diagonal,
}

/// The compute unit.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Compute {
    /// Its name.
    compute: String,
    /// Its class in the arch's technology, for a price that is not given here.
    class: Option<String>,
    /// The operands whose words it holds on to while the next multiply-accumulates use them.
    latch: Option<Operands>,
    /// The energy of a multiply-accumulate.
    mac: Option<Price>,
    /// Where its price comes from.
    source: Option<String>,
}

#[derive(JsonSchema)]
#[schemars(untagged)]
enum Capacity {
    Pool(String),
    Partitioned(Partitions),
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Partitions {
    ifmap: Option<String>,
    filter: Option<String>,
    psum: Option<String>,
    input: Option<String>,
    weight: Option<String>,
    output: Option<String>,
}

#[derive(JsonSchema)]
#[schemars(untagged)]
enum Bandwidth {
    Shared(String),
    Separate(Ports),
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Ports {
    read: String,
    write: String,
}

/// An energy with its unit, such as `6 pJ` or `6 MAC`, with its own source or that of the stage.
#[derive(JsonSchema)]
#[schemars(untagged)]
enum Price {
    Energy(String),
    Sourced(Sourced),
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Sourced {
    energy: String,
    source: Option<String>,
}
