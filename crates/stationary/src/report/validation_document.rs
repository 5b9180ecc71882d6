//! The published silicon beside the machine as a JSON document. Equal inputs give equal bytes.

use super::VERSION;
use super::row_stationary::RowStationary;
use crate::silicon::bars::Bar;
use crate::silicon::study::Study;
use crate::silicon::trained::{TrainedTable, feature_map_saving};
use crate::silicon::{Column, PRICES, Table, Validated, dram_reduction};
use serde::Serialize;
use std::collections::BTreeMap;

#[derive(Serialize)]
struct Document<'a> {
    stationary: &'static str,
    prices: Source,
    networks: Vec<Network<'a>>,
    trained: Vec<Trained<'a>>,
    holds: bool,
}

#[derive(Serialize)]
struct Source {
    name: &'static str,
    source: &'static str,
}

#[derive(Serialize)]
struct Network<'a> {
    network: &'static str,
    source: &'static str,
    batch: usize,
    core_hz: u64,
    link_hz: u64,
    layers: Vec<Layer<'a>>,
    total: BTreeMap<&'static str, Pair>,
    frames_per_second: Pair,
    dram_accesses_per_mac: Pair,
    dram_accesses_per_pixel: Pair,
    points: Vec<Point>,
    bars: Vec<BarDocument<'a>>,
    discrepancies: Vec<Discrepancy<'a>>,
}

#[derive(Serialize)]
struct Layer<'a> {
    layer: &'a str,
    mapping: RowStationary,
    passes: u64,
    columns: BTreeMap<&'static str, Pair>,
    ifmap_zeros: Pair,
    ofmap_zeros: f64,
    dram_reduction: Reduction,
    energy_pj_by_component: BTreeMap<&'static str, f64>,
}

#[derive(Serialize)]
struct Pair {
    published: f64,
    ours: f64,
}

#[derive(Serialize)]
struct Reduction {
    published: Option<f64>,
    ours: f64,
}

#[derive(Serialize)]
struct Point {
    point: &'static str,
    volts: f64,
    core_hz: u64,
    link_hz: u64,
    frames_per_second: Pair,
    power_mw: Pair,
}

#[derive(Serialize)]
struct BarDocument<'a> {
    what: &'a str,
    unit: &'static str,
    limit: f64,
    value: f64,
    layer: Option<&'a str>,
    verdict: String,
    bound: Option<f64>,
    reason: Option<&'a str>,
}

#[derive(Serialize)]
struct Discrepancy<'a> {
    title: &'static str,
    text: &'a str,
}

#[derive(Serialize)]
struct Trained<'a> {
    network: &'static str,
    inputs_sha256: &'a str,
    photographs: usize,
    layers: Vec<TrainedLayer<'a>>,
}

#[derive(Serialize)]
struct TrainedLayer<'a> {
    #[serde(flatten)]
    layer: Layer<'a>,
    float_ifmap_zeros: f64,
    float_ofmap_zeros: f64,
    feature_map_saving: f64,
    saturated_products: u64,
    wrapped_sums: u64,
}

/// Writes the document.
pub fn document(studies: &[Study], trained: &[TrainedTable]) -> Result<String, serde_json::Error> {
    let document = Document {
        stationary: VERSION,
        prices: Source { name: PRICES.name, source: PRICES.source },
        networks: studies.iter().map(network).collect(),
        trained: trained.iter().map(trained_network).collect(),
        holds: !studies.iter().any(Study::fails),
    };
    Ok(serde_json::to_string_pretty(&document)? + "\n")
}

fn network(study: &Study) -> Network<'_> {
    let table = &study.table;
    let published = &table.published;
    let points = study.points.iter().map(|point| Point {
        point: point.point.name,
        volts: point.point.volts,
        core_hz: point.point.core_hz,
        link_hz: point.point.link_hz,
        frames_per_second: Pair { published: point.published.frames_per_second.0, ours: point.frames_per_second },
        power_mw: Pair { published: point.published.power_mw.0, ours: point.power_mw },
    });
    let total = |column| Pair { published: published.total.value(column), ours: table.total(column) };
    let discrepancies = study.discrepancies.iter().map(|d| Discrepancy { title: d.title, text: &d.text });
    Network {
        network: published.network,
        source: published.source,
        batch: published.batch,
        core_hz: table.chip.core_hz,
        link_hz: table.chip.link_hz,
        layers: (0..table.layers.len()).map(|index| layer(table, index)).collect(),
        total: Column::ALL.map(|column| (column.key(), total(column))).into(),
        frames_per_second: Pair { published: published.frames_per_second, ours: table.frames_per_second() },
        dram_accesses_per_mac: Pair { published: published.accesses_per_mac, ours: table.accesses_per_mac() },
        dram_accesses_per_pixel: Pair { published: published.accesses_per_pixel, ours: table.accesses_per_pixel() },
        points: points.collect(),
        bars: study.bars.iter().map(bar).collect(),
        discrepancies: discrepancies.collect(),
    }
}

fn layer(table: &Table, index: usize) -> Layer<'_> {
    let validated: &Validated = &table.layers[index];
    let pair = |column| Pair { published: validated.published.value(column), ours: table.ours(validated, column) };
    Layer {
        layer: &validated.published.layer,
        mapping: validated.layer.mapping.into(),
        passes: validated.tally.passes / table.batches,
        columns: Column::ALL.map(|column| (column.key(), pair(column))).into(),
        ifmap_zeros: Pair { published: validated.published.zeros, ours: validated.tally.zero_share() },
        ofmap_zeros: validated.layer.ofmap_zeros,
        dram_reduction: Reduction {
            published: table.published.dram_reduction.get(index).copied(),
            ours: dram_reduction(&validated.tally),
        },
        energy_pj_by_component: PRICES.energy(&validated.tally.activity, PRICES.volts).into_iter().collect(),
    }
}

fn bar(bar: &Bar) -> BarDocument<'_> {
    BarDocument {
        what: &bar.what,
        unit: bar.unit,
        limit: bar.limit,
        value: bar.value,
        layer: bar.layer.as_deref(),
        verdict: bar.verdict().name().to_lowercase(),
        bound: bar.excuse.as_ref().map(|excuse| excuse.bound),
        reason: bar.excuse.as_ref().map(|excuse| excuse.reason.as_str()),
    }
}

fn trained_network(trained: &TrainedTable) -> Trained<'_> {
    let layers = trained.float_zeros.iter().enumerate().map(|(index, &[float_ifmap_zeros, float_ofmap_zeros])| {
        let tally = &trained.table.layers[index].tally;
        TrainedLayer {
            layer: layer(&trained.table, index),
            float_ifmap_zeros,
            float_ofmap_zeros,
            feature_map_saving: feature_map_saving(tally),
            saturated_products: tally.saturated,
            wrapped_sums: tally.wrapped,
        }
    });
    Trained {
        network: trained.network.title(),
        inputs_sha256: &trained.digest,
        photographs: trained.photographs,
        layers: layers.collect(),
    }
}
