//! What a check of a network found, as text and as a JSON document.

use super::{VERSION, count, plain, print};
use crate::check::Check;
use serde::Serialize;

/// A line for each layer that is refused, and one for the network.
pub fn text(check: &Check) -> String {
    let Check { network, arch, layers, array_layers, has_weights, refused } = check;
    let mut text = String::new();
    for layer in refused {
        text += &format!("{arch} refuses {} ({}): {}\n", plain(&layer.layer), layer.sizes, layer.reason);
    }
    let weights = if *has_weights { "with weights" } else { "without weights" };
    let runs = array_layers - refused.len();
    text += &format!("{}: well-formed, {}, {weights}; ", plain(network), count(*layers, "layer"));
    text + &format!("{arch} runs {runs} of {array_layers} convolutions and fully connected layers\n")
}

#[derive(Serialize)]
struct Document<'a> {
    stationary: &'static str,
    network: &'a str,
    arch: &'static str,
    layers: usize,
    array_layers: usize,
    has_weights: bool,
    refused: Vec<Refused<'a>>,
}

#[derive(Serialize)]
struct Refused<'a> {
    layer: &'a str,
    sizes: &'a str,
    reason: &'a str,
}

/// Writes the document.
pub fn document(check: &Check) -> Result<String, serde_json::Error> {
    let refused = check.refused.iter();
    print(&Document {
        stationary: VERSION,
        network: &check.network,
        arch: check.arch,
        layers: check.layers,
        array_layers: check.array_layers,
        has_weights: check.has_weights,
        refused: refused.map(|r| Refused { layer: &r.layer, sizes: &r.sizes, reason: &r.reason }).collect(),
    })
}
