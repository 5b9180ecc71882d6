//! What there is: networks of the zoo, a network's layers.

use super::figures::{grouped, three};
use super::{fit, plain, table};
use crate::assets;
use crate::run::array_layers;
use crate::shapes::sizes;
use nn::zoo::{self, Totals};
use nn::{Network, Op};
use std::fmt::Write;

const NAME: usize = 40;

/// The zoo, as a table.
pub fn networks() -> String {
    let rows = zoo::TABLE.iter().map(|entry| {
        let network = (entry.build)();
        vec![
            entry.name.into(),
            dims(network.input_dims()),
            entry.source.into(),
            array_layers(&network).len().to_string(),
            three(entry.totals.conv_macs as f64 / 1e6),
            three(entry.totals.macs() as f64 / 1e6),
            three(entry.totals.weights() as f64 / 1e6),
        ]
    });
    let table = table::draw(&["network", "input", "source", "layers", "conv MMAC", "all MMAC", "Mweights"], 3, rows);
    format!(
        "{table}\nThese are shapes without weights. {} is embedded with its weights: `stationary run` alone runs it.\n\
         {} is embedded besides, trained here on Fashion-MNIST: `stationary prune` alone prunes it.\n",
        assets::NETWORK,
        assets::FASHION
    )
}

/// A network's layers, as a table.
pub fn network(network: &Network) -> String {
    let rows = network.ids().map(|id| {
        let layer = network.layer(id);
        let shape = network.conv_shape(id, 1);
        let inputs = layer.inputs.iter().map(|&input| network.layer(input).name.as_str()).collect::<Vec<_>>();
        let what = match (&layer.op, &shape) {
            (Op::Conv(_), Some(shape)) => sizes(shape).split_once(", ").map_or(String::new(), |(_, rest)| rest.into()),
            _ if inputs.is_empty() => String::new(),
            _ => format!("of {}", inputs.join(", ")),
        };
        let count = |number: u64| if number == 0 { String::new() } else { grouped(number) };
        vec![
            fit(&layer.name, 24),
            layer.op.name().into(),
            fit(&what, NAME + 6),
            dims(network.shape(id)),
            count(shape.map_or(0, |shape| shape.macs())),
            count(network.layer_weights(id)),
        ]
    });
    let mut text = format!("{}\n\n", plain(network.name()));
    text += &table::draw(&["layer", "operator", "what", "output", "MACs", "weights"], 4, rows);
    let totals = Totals::of(network);
    let _ = writeln!(text, "\nconv MACs   {}", grouped(totals.conv_macs));
    let _ = writeln!(text, "all MACs    {}", grouped(totals.macs()));
    let _ = writeln!(text, "weights     {}", grouped(totals.weights()));
    let has = if network.lacks_weights().is_none() { "present" } else { "not present: shapes only" };
    let _ = writeln!(text, "values      {has}");
    text
}

pub(super) fn dims(dims: &[usize]) -> String {
    dims.iter().map(ToString::to_string).collect::<Vec<_>>().join("x")
}
