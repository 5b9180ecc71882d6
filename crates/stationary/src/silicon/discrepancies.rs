//! Where the publications contradict themselves or leave something open, with the arithmetic computed from their
//! tables and the machine's runs.

use super::layers::Workload;
use super::published::PublishedPoint;
use super::{Column, Table, Validated, error, points::Point};
use crate::run::Tally;
use eyeriss::{Engine, Machine, RsMapping, native};
use nn::Operand;

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Discrepancy {
    /// What it is about.
    pub title: &'static str,
    /// The arithmetic.
    pub text: String,
}

/// Those of AlexNet's table and of the operating points.
pub fn alexnet(table: &Table, conv3_again: &Validated, points: &[Point]) -> Vec<Discrepancy> {
    let mut found = vec![
        Discrepancy { title: "AlexNet's total latency", text: total_latency(table) },
        Discrepancy { title: "AlexNet's CONV3", text: conv3_buffer(table, conv3_again) },
    ];
    found.extend(
        points
            .iter()
            .find(|point| point.point.name == "1.17V")
            .map(|point| Discrepancy { title: "AlexNet at 1.17 V", text: fastest_point(&point.published) }),
    );
    found
}

/// Those of VGG-16's table.
pub fn vgg16(table: &Table) -> Vec<Discrepancy> {
    vec![
        Discrepancy { title: "VGG-16's mapping", text: vgg16_mapping(table) },
        Discrepancy { title: "VGG-16's GLB MB", text: vgg16_buffer_unit(table) },
        Discrepancy { title: "VGG-16's DRAM MB", text: vgg16_dram_unit(table) },
        Discrepancy { title: "VGG-16's CONV1", text: vgg16_image_fills(table) },
    ]
}

/// CONV3 once more, under CONV4's mapping.
pub fn conv3_again(table: &Table) -> Option<Validated> {
    let index = table.layers.iter().position(|layer| layer.published.layer == "CONV3")?;
    let mut again = table.layers[index].clone();
    again.layer.mapping = table.layer("CONV4")?.layer.mapping;
    let machine = Machine::new(table.chip, Engine::Fast).ok()?;
    let workload = Workload::new(&again.layer, again.published.zeros, index as u64);
    let run = machine.run(&workload.job(&again.layer), again.layer.mapping, eyeriss::DramCoding::LATER_LAYER).ok()?;
    again.tally = Tally::default();
    again.tally.add(&run);
    Some(again)
}

/// What a layer's printed latencies leave for its feature maps, and what its printed DRAM traffic asks for.
#[derive(Clone, Debug, PartialEq)]
pub struct Transfer {
    /// The layer's name as printed.
    pub layer: String,
    /// Printed total less printed processing latency, in ms.
    pub between_ms: f64,
    /// Printed DRAM traffic less the filters', in MB.
    pub feature_maps_mb: f64,
    /// The filters' traffic, which the printed processing latency hides, in MB.
    pub filters_mb: f64,
    /// The time that the link takes for the feature maps, in ms.
    pub feature_maps_ms: f64,
}

/// Each layer's transfer, by the printed columns.
pub fn transfers(table: &Table) -> Vec<Transfer> {
    let transfer = |layer: &Validated| {
        let row = &layer.published;
        let filters_mb = megabytes(&layer.tally, Operand::Weight);
        let feature_maps_mb = row.dram_mb - filters_mb;
        Transfer {
            layer: row.layer.clone(),
            between_ms: row.total_ms - row.processing_ms,
            feature_maps_mb,
            filters_mb,
            feature_maps_ms: feature_maps_mb / link_mb_per_ms(table),
        }
    };
    table.layers.iter().map(transfer).collect()
}

/// What a machine whose processing latency and DRAM traffic are those printed would miss of the printed total of each
/// layer, in percent.
pub fn errors_of_the_printed_columns(table: &Table) -> Vec<f64> {
    let layers = table.layers.iter().zip(transfers(table));
    layers
        .map(|(layer, t)| error(layer.published.processing_ms + t.feature_maps_ms, layer.published.total_ms))
        .collect()
}

/// Two layers with passes of one size: how they stand to each other, and by how much any pass time misses them.
#[derive(Clone, Debug, PartialEq)]
pub struct CommonPass {
    /// Passes of the longer and the shorter layer.
    pub passes: [u64; 2],
    /// The ratio of the passes.
    pub ours: f64,
    /// The ratio of the printed total latencies.
    pub printed: f64,
    /// The least that the absolute errors of both totals can add up to, in percent.
    pub least: f64,
}

/// CONV4 and CONV5 of AlexNet; `None` where their mappings differ.
pub fn common_pass(table: &Table) -> Option<CommonPass> {
    let (long, short) = (table.layer("CONV4")?, table.layer("CONV5")?);
    if long.layer.mapping != short.layer.mapping || long.layer.shape.group_c() != short.layer.shape.group_c() {
        return None;
    }
    let passes = [long.tally.passes, short.tally.passes];
    let ratio = passes[0] as f64 / passes[1] as f64;
    let [printed_long, printed_short] = [long, short].map(|layer| layer.published.total_ms);
    let sum = |short: f64| error(ratio * short, printed_long).abs() + error(short, printed_short).abs();
    // The sum is convex and piecewise linear in the time of a pass; its corners are where either error vanishes.
    let least = sum(printed_short).min(sum(printed_long / ratio));
    Some(CommonPass { passes, ours: ratio, printed: printed_long / printed_short, least })
}

/// Why AlexNet's printed totals cannot all be met.
pub fn total_latency(table: &Table) -> String {
    let mut text = String::new();
    let layers = table.layers.len() as f64;
    if let Some(common) = common_pass(table) {
        let others = table.layers.iter().filter(|layer| !["CONV4", "CONV5"].contains(&layer.published.layer.as_str()));
        let others: Vec<f64> = others.map(|layer| table.error(layer, Column::Total).abs()).collect();
        text += &format!(
            "CONV4 and CONV5 have one mapping and passes of one size, {} and {} of them, {:.2} to 1; their printed \
             totals stand {:.2} to 1. Whatever a pass takes, the two errors add up to {:.1} points or more, {:.1} of \
             the mean; with ours of the other layers ({}) the mean is at least {:.1} %. ",
            common.passes[0],
            common.passes[1],
            common.ours,
            common.printed,
            common.least,
            common.least / layers,
            list(&others, |error| format!("{error:.1}")),
            (others.iter().sum::<f64>() + common.least) / layers,
        );
    }
    let columns = errors_of_the_printed_columns(table);
    text += &format!(
        "Nor do the printed columns agree: processing latency as printed, and the link's time for the printed DRAM \
         traffic less filters ({:.0} MB/s), give totals that are off by {} %, {:.1} % in the mean",
        1e3 * link_mb_per_ms(table),
        list(&columns, |error| format!("{error:+.1}")),
        columns.iter().map(|error| error.abs()).sum::<f64>() / layers,
    );
    if let Some(last) = transfers(table).last() {
        text += &format!(
            "; {}'s {:.1} ms between the two latencies carry {:.2} MB, but its {:.1} MB of DRAM traffic less {:.2} MB \
             of filters are {:.2} MB",
            last.layer,
            last.between_ms,
            last.between_ms * link_mb_per_ms(table),
            last.feature_maps_mb + last.filters_mb,
            last.filters_mb,
            last.feature_maps_mb,
        );
    }
    text + "."
}

/// Why CONV3's buffer traffic is not the printed one under the printed mapping.
pub fn conv3_buffer(table: &Table, again: &Validated) -> String {
    let Some(layer) = table.layer("CONV3") else { return String::new() };
    let figures = |layer: &Validated| {
        let RsMapping { q, r, t, .. } = layer.layer.mapping;
        let [buffer, ms] = [Column::Buffer, Column::Processing].map(|column| table.ours(layer, column));
        (format!("q {q}, r {r}, t {t}"), buffer, ms)
    };
    let ((printed, buffer, ms), (other, other_buffer, other_ms)) = (figures(layer), figures(again));
    let row = &layer.published;
    format!(
        "Table III prints {printed}, which moves {buffer:.1} MB through the buffer, psums read and written once for \
         each {} of {} channels; Table V prints {:.1} MB, which is CONV4's {other}: {other_buffer:.1} MB. The latency \
         speaks for the former: {ms:.1} ms against {other_ms:.1} ms, printed {:.1} ms. The printed mapping stands.",
        layer.layer.mapping.q * layer.layer.mapping.r,
        layer.layer.shape.group_c(),
        row.buffer_mb,
        row.processing_ms,
    )
}

fn fastest_point(point: &PublishedPoint) -> String {
    let fps = point.frames_per_second.0;
    format!("ISSCC 2016 prints {fps} frames a second, JSSC 2017 rounds to {fps:.0}; the former stands.")
}

/// How VGG-16's mapping was found.
fn vgg16_mapping(table: &Table) -> String {
    let blocks = table.layers.iter().filter(|layer| layer.published.layer.ends_with("-1"));
    let words: Vec<f64> = blocks
        .map(|layer| {
            let [n, m, p, q] = layer.layer.shape.output_dims();
            let psums = (n * m * p * q * layer.layer.shape.group_c()) as f64;
            layer.published.buffer_mb * table.published.buffer_mb / 2.0 / psums
        })
        .collect();
    format!(
        "The papers print none. Found from Table VI's PEs and traffic, not from its latencies: {} PEs are 12 rows of \
         13, {} are 12 rows of 14. Buffer words a psum and channel are {} in the five blocks: 2 / (q r) with q r = 1, \
         1, 2, 4, 8, and a rest that is the ifmaps' and gives p t; m and n follow from the DRAM traffic of ifmaps and \
         filters.",
        table.layers.first().map_or(0.0, |layer| layer.published.active_pes),
        table.layers.last().map_or(0.0, |layer| layer.published.active_pes),
        list(&words, |words| format!("{words:.2}")),
    )
}

/// Why the buffer's MB are taken as 2^20 bytes.
fn vgg16_buffer_unit(table: &Table) -> String {
    let Some(layer) = table.layer("CONV1-2") else { return String::new() };
    let psums = &layer.tally.glb[Operand::Output];
    let bytes = 2 * (psums.all_reads() + psums.all_writes());
    format!(
        "CONV1-2's psums alone, written and read once for each channel pass, are {:.1} MB of 10^6 bytes; printed are \
         {:.1} MB with the ifmaps. In MB of 2^20 bytes they are {:.1}, which fits every row; AlexNet's rows fit 10^6 \
         only.",
        bytes as f64 / 1e6,
        layer.published.buffer_mb,
        bytes as f64 / f64::from(1 << 20),
    )
}

/// What the DRAM column would be if its MB were those of the buffer's.
fn vgg16_dram_unit(table: &Table) -> String {
    let layers = table.layers.iter().filter(|layer| !layer.published.layer.starts_with("CONV1-"));
    let ours: Vec<(f64, f64)> =
        layers.map(|layer| (table.ours(layer, Column::Dram), layer.published.dram_mb)).collect();
    let mean = |unit: f64| {
        let errors = ours.iter().map(|(ours, printed)| error(ours * 1e6 / unit, *printed).abs());
        errors.sum::<f64>() / ours.len() as f64
    };
    format!(
        "Blocks 2 to 5 are off by {:.1} % in the mean in MB of 10^6 bytes and would be by {:.1} % in MB of 2^20; but the \
         printed {} accesses an input pixel follow from 10^6, which stands.",
        mean(1e6),
        mean(f64::from(1 << 20)),
        table.published.accesses_per_pixel,
    )
}

/// How often CONV1's ifmaps are loaded by the printed DRAM traffic, and why not on the machine.
fn vgg16_image_fills(table: &Table) -> String {
    let mut text = String::new();
    for layer in ["CONV1-1", "CONV1-2"].iter().filter_map(|name| table.layer(name)) {
        let mapping = layer.layer.mapping;
        let fills = layer.layer.shape.group_m().div_ceil(mapping.m);
        let once = megabytes(&layer.tally, Operand::Input) / fills as f64;
        let rest = megabytes(&layer.tally, Operand::Weight) + megabytes(&layer.tally, Operand::Output);
        text += &format!(
            "{}'s printed {:.1} MB fit {:.1} loads of its ifmaps ({once:.1} MB each, filters and ofmaps {rest:.1} MB), \
             m = {} makes {fills}. ",
            layer.published.layer,
            layer.published.dram_mb,
            (layer.published.dram_mb - rest) / once,
            mapping.m,
        );
        let twice = RsMapping { m: 2 * mapping.m, ..mapping };
        if let Ok(native) = native::native_shape(&table.chip, &layer.layer.shape) {
            let (ifmap, psum) = twice.banks(&table.chip, &native);
            text += &format!(
                "Twice the m would need {} of {} banks at e = {}. ",
                ifmap + psum,
                table.chip.feature_banks,
                mapping.e
            );
        }
    }
    text + "Unresolved."
}

/// Megabytes of an operand over the link, compressed as they are.
fn megabytes(tally: &Tally, operand: Operand) -> f64 {
    tally.link_beats[operand] as f64 * 8.0 / 1e6
}

/// What the link carries, in MB a ms: 64 bits a cycle.
fn link_mb_per_ms(table: &Table) -> f64 {
    table.chip.link_hz as f64 * 8.0 / 1e9
}

/// Figures with commas between them.
fn list(figures: &[f64], show: impl Fn(&f64) -> String) -> String {
    figures.iter().map(show).collect::<Vec<_>>().join(", ")
}
