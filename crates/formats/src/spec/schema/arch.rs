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
    /// Which of the words that are counted are paid for: all, or those of the dataflow study's equations.
    charges: Option<Charges>,
    /// How the innermost memories serve the compute unit in estimates: with every access that is counted, or as a pipeline.
    serving: Option<Serving>,
    /// What a gated action costs of its price, from 0 to 1.
    gated_share: Option<f64>,
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

#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
enum Charges {
    All,
    Reuse,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
enum Serving {
    Counted,
    Pipeline,
}

/// A stage.
#[derive(JsonSchema)]
#[schemars(untagged)]
enum Stage {
    Memory(Box<Memory>),
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
    /// The formats of operands that it does not store word for word.
    formats: Option<BTreeMap<String, Format>>,
    /// The energy of a bit of a format's description.
    metadata: Option<Ports>,
    /// Traffic that is spared while the words that it meets are zero.
    savings: Option<Vec<Saving>>,
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
    /// Operands whose words cost nothing on the network.
    free: Option<Operands>,
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
    /// Multiply-accumulates that are spared while an operand is zero.
    savings: Option<Vec<ComputeSaving>>,
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

#[derive(JsonSchema)]
#[schemars(untagged)]
enum Format {
    Named(NamedFormat),
    Sized(SizedFormat),
}

#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
enum NamedFormat {
    Dense,
    Bitmask,
    EyerissRunLength,
}

/// One of `rows`, `columns`, `coordinates`, `run_length`.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, extend("minProperties" = 1, "maxProperties" = 1))]
struct SizedFormat {
    /// Compressed rows: the column of each word, and where each row begins.
    rows: Option<Indexed>,
    /// Compressed columns: the row of each word, and where each column begins.
    columns: Option<Indexed>,
    /// The coordinates of each word.
    coordinates: Option<Coordinates>,
    /// Runs of zeros before each word, pairs in blocks.
    run_length: Option<RunLength>,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Indexed {
    index: String,
    offset: String,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Coordinates {
    index: String,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct RunLength {
    run: String,
    pairs: u64,
    block: String,
}

/// `skip` or `gate` operands `on` the zeros of others.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Saving {
    skip: Option<Operands>,
    gate: Option<Operands>,
    on: Operands,
}

/// `skip` or `gate` on the zeros of operands.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, extend("minProperties" = 1, "maxProperties" = 1))]
struct ComputeSaving {
    skip: Option<Operands>,
    gate: Option<Operands>,
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
