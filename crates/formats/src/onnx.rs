//! ONNX files (onnx.ai, "Open Neural Network Exchange Intermediate Representation" and "ONNX Operators").
//!
//! A file becomes a [`Network`] node by node, in file order, which ONNX requires to be topological. The batch is the
//! first dimension of every feature map and is left out of the network. Constants are computed while reading. What
//! is supported is the table in `onnx/operators.rs`; everything else is refused by name.

mod arithmetic;
mod constants;
mod convolution;
mod external;
mod node;
mod operators;
mod pooling;
mod reader;
mod schema;
mod shaping;
mod tensor;
pub mod write;

use std::path::Path;

use nn::Network;

use self::reader::Reader;
use crate::error::{Error, Place, quoted};
use crate::network::{ReadOptions, preprocess};
use crate::proto::{Message, wire};

/// Operator sets whose meaning is known.
const OPSETS: std::ops::RangeInclusive<i64> = 1..=26;

/// Key of the model's metadata under which the preprocessing may be declared, as the JSON of a sidecar file.
const PREPROCESS_KEY: &str = "stationary.preprocess";

/// Reads an ONNX file.
pub fn read(path: &Path, options: &ReadOptions) -> Result<Network, Error> {
    let bytes = options.limits.read(path)?;
    read_bytes(&bytes, path, options)
}

/// Reads an ONNX file that is in memory; `path` names it in errors and locates external data.
pub fn read_bytes(bytes: &[u8], path: &Path, options: &ReadOptions) -> Result<Network, Error> {
    let place = Place::file(path);
    let model = wire::read(&schema::MODEL, bytes, &place, &options.limits)?;
    let Some(graph) = model.message("graph") else {
        return Err(Error::malformed(place, "no graph", "an ONNX model"));
    };
    let opset = opset(&model, &place)?;
    let network = Reader::new(graph, opset, &place, options)?.read()?;
    let declared = model.messages("metadata_props").find(|pair| pair.text("key") == PREPROCESS_KEY);
    match declared {
        None => Ok(network),
        Some(pair) => {
            let place = place.at(pair.position).item(format!("metadata {PREPROCESS_KEY:?}"));
            Ok(network.with_preprocess(preprocess::parse(pair.text("value"), &place)?))
        }
    }
}

/// The version of the standard operators that the file was written for.
fn opset(model: &Message, place: &Place) -> Result<i64, Error> {
    let standard = model.messages("opset_import").find(|import| is_standard(import.text("domain")));
    let version = standard.map_or(1, |import| import.int("version").unwrap_or(0));
    if OPSETS.contains(&version) {
        return Ok(version);
    }
    let expected = format!("{} to {}", OPSETS.start(), OPSETS.end());
    Err(Error::unusable(place.clone(), format!("operator set {version}"), expected))
}

fn is_standard(domain: &str) -> bool {
    matches!(domain, "" | "ai.onnx")
}

/// The name of an operator with its domain, when that is not the standard one.
fn full_name(domain: &str, operator: &str) -> String {
    if is_standard(domain) { operator.into() } else { format!("{domain}.{operator}") }
}

/// "node 3 \"conv1\" (Conv)".
fn describe(index: usize, name: &str, operator: &str) -> String {
    let name = if name.is_empty() { String::new() } else { format!(" {}", quoted(name)) };
    let operator: String = operator.chars().take(60).collect();
    format!("node {index}{name} ({operator})")
}
