//! The catalogue as JSON documents.

use super::{VERSION, print};
use crate::run::array_layers;
use crate::{archs, library};
use model::OperatingPoint;
use nn::Network;
use nn::zoo::{self, Totals};
use serde::Serialize;

#[derive(Serialize)]
struct ZooDocument {
    stationary: &'static str,
    networks: Vec<ZooNetwork>,
}

#[derive(Serialize)]
struct ZooNetwork {
    name: &'static str,
    source: &'static str,
    input: Vec<usize>,
    array_layers: usize,
    conv_macs: u64,
    macs: u64,
    weights: u64,
}

/// The zoo.
pub fn networks() -> Result<String, serde_json::Error> {
    let networks = zoo::TABLE.iter().map(|entry| {
        let network = (entry.build)();
        ZooNetwork {
            name: entry.name,
            source: entry.source,
            input: network.input_dims().to_vec(),
            array_layers: array_layers(&network).len(),
            conv_macs: entry.totals.conv_macs,
            macs: entry.totals.macs(),
            weights: entry.totals.weights(),
        }
    });
    print(&ZooDocument { stationary: VERSION, networks: networks.collect() })
}

#[derive(Serialize)]
struct ArchsDocument {
    stationary: &'static str,
    library: Vec<&'static str>,
    dataflows: Vec<&'static str>,
    archs: Vec<ArchDocument>,
}

#[derive(Serialize)]
struct ArchDocument {
    name: &'static str,
    summary: &'static str,
    source: &'static str,
    pe_rows: usize,
    pe_columns: usize,
    ifmap_spad_words: usize,
    filter_spad_words: usize,
    psum_spad_words: usize,
    feature_banks: usize,
    filter_banks: usize,
    bank_words: usize,
    prices: &'static str,
    prices_source: &'static str,
    points: Vec<PointDocument>,
}

#[derive(Serialize)]
struct PointDocument {
    name: &'static str,
    volts: f64,
    core_hz: u64,
    link_hz: u64,
}

/// The architectures and operating points.
pub fn archs() -> Result<String, serde_json::Error> {
    let archs = archs::TABLE.iter().map(|arch| {
        let chip = (arch.chip)();
        ArchDocument {
            name: arch.name,
            summary: arch.summary,
            source: arch.source,
            pe_rows: chip.rows,
            pe_columns: chip.columns,
            ifmap_spad_words: chip.ifmap_spad,
            filter_spad_words: chip.filter_spad,
            psum_spad_words: chip.psum_spad,
            feature_banks: chip.feature_banks,
            filter_banks: chip.filter_banks,
            bank_words: chip.bank_words,
            prices: arch.prices.name,
            prices_source: arch.prices.source,
            points: arch.points.iter().map(point).collect(),
        }
    });
    print(&ArchsDocument {
        stationary: VERSION,
        library: library::ARCHS.iter().map(|entry| entry.name).collect(),
        dataflows: library::DATAFLOWS.iter().map(|entry| entry.name).collect(),
        archs: archs.collect(),
    })
}

fn point(point: &OperatingPoint) -> PointDocument {
    let OperatingPoint { name, volts, core_hz, link_hz } = *point;
    PointDocument { name, volts, core_hz, link_hz }
}

#[derive(Serialize)]
struct NetworkDocument<'a> {
    stationary: &'static str,
    network: &'a str,
    input: &'a [usize],
    conv_macs: u64,
    macs: u64,
    weights: u64,
    layers: Vec<LayerDocument<'a>>,
}

#[derive(Serialize)]
struct LayerDocument<'a> {
    name: &'a str,
    op: &'static str,
    inputs: Vec<&'a str>,
    output: &'a [usize],
    macs: u64,
    weights: u64,
}

/// A network's layers, as a JSON document.
pub fn network(network: &Network) -> Result<String, serde_json::Error> {
    let totals = Totals::of(network);
    let layers = network.ids().map(|id| {
        let layer = network.layer(id);
        LayerDocument {
            name: &layer.name,
            op: layer.op.name(),
            inputs: layer.inputs.iter().map(|&input| network.layer(input).name.as_str()).collect(),
            output: network.shape(id),
            macs: network.conv_shape(id, 1).map_or(0, |shape| shape.macs()),
            weights: network.layer_weights(id),
        }
    });
    let document = NetworkDocument {
        stationary: VERSION,
        network: network.name(),
        input: network.input_dims(),
        conv_macs: totals.conv_macs,
        macs: totals.macs(),
        weights: totals.weights(),
        layers: layers.collect(),
    };
    print(&document)
}
