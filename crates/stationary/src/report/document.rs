//! A run as a JSON document: everything that was counted, nothing that was timed. Equal inputs give equal bytes.

use super::row_stationary::RowStationary;
use super::{VERSION, print};
use crate::assets::class_name;
use crate::run::{Job, MachineLayer, Place, Run, Tally};
use crate::shapes::sizes;
use eyeriss::Objective;
use model::{Access, Cause};
use nn::{ByOperand, Operand};
use serde::Serialize;
use std::collections::BTreeMap;

#[derive(Serialize)]
struct Document {
    stationary: &'static str,
    inputs_sha256: String,
    network: String,
    arch: &'static str,
    prices: Source,
    point: Point,
    batch: usize,
    objective: &'static str,
    images: Vec<Image>,
    layers: Vec<Layer>,
    totals: Totals,
}

#[derive(Serialize)]
struct Source {
    name: &'static str,
    source: &'static str,
}

#[derive(Serialize)]
struct Point {
    volts: f64,
    core_hz: u64,
    link_hz: u64,
}

#[derive(Serialize)]
struct Image {
    name: String,
    top: Vec<Class>,
    float: Class,
    agrees: bool,
}

#[derive(Serialize)]
struct Class {
    index: usize,
    name: String,
    score: f32,
}

#[derive(Serialize)]
struct Layer {
    name: String,
    op: &'static str,
    place: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    machine: Option<Machine>,
}

#[derive(Serialize)]
struct Machine {
    sizes: String,
    mapping: RowStationary,
    #[serde(flatten)]
    sums: Sums,
}

/// Sums over all batches.
#[derive(Serialize)]
struct Sums {
    macs: u64,
    macs_gated: u64,
    passes: u64,
    active_pes: f64,
    ifmap_words: u64,
    ifmap_zeros: u64,
    cycles: u64,
    cycles_by_cause: BTreeMap<&'static str, u64>,
    glb_bytes: u64,
    glb_words: BTreeMap<&'static str, Words>,
    dram_bytes_raw: u64,
    dram_bytes: u64,
    dram_words: BTreeMap<&'static str, Words>,
    link_beats: BTreeMap<&'static str, u64>,
    energy_pj: f64,
    energy_pj_by_component: BTreeMap<&'static str, f64>,
    power_mw: f64,
    saturated_products: u64,
    wrapped_sums: u64,
}

#[derive(Serialize)]
struct Words {
    fills: u64,
    reads: u64,
    updates: u64,
    drains: u64,
}

#[derive(Serialize)]
struct Totals {
    images: usize,
    top1_agreement: usize,
    latency_ms_per_batch: f64,
    frames_per_second: f64,
    energy_mj_per_frame: f64,
    energy_nj_per_pixel: f64,
    #[serde(flatten)]
    sums: Sums,
}

/// Writes the document.
pub fn run(job: &Job, run: &Run) -> Result<String, serde_json::Error> {
    let outputs = job.network.shape(job.network.output()).iter().product();
    let class = |&(index, score): &(usize, f32)| Class { index, name: class_name(index, outputs), score };
    let images = run.predictions.iter().map(|prediction| Image {
        name: prediction.image.clone(),
        top: prediction.top.iter().map(class).collect(),
        float: class(&prediction.float),
        agrees: prediction.agrees(),
    });
    let layers = run.layers.iter().map(|row| Layer {
        name: row.name.clone(),
        op: row.op,
        place: match &row.place {
            Place::Machine(_) => "machine",
            Place::NotAsked => "not asked for",
            Place::OutputPath => "output path",
            Place::Host => "host",
        },
        machine: match &row.place {
            Place::Machine(layer) => Some(machine(job, layer)),
            _ => None,
        },
    });
    let document = Document {
        stationary: VERSION,
        inputs_sha256: run.digest.clone(),
        network: job.network.name().into(),
        arch: job.arch.name,
        prices: Source { name: job.arch.prices.name, source: job.arch.prices.source },
        point: Point { volts: job.point.volts, core_hz: job.point.core_hz, link_hz: job.point.link_hz },
        batch: job.batch,
        objective: match job.objective {
            Objective::Latency => "latency",
            Objective::Energy => "energy",
        },
        images: images.collect(),
        layers: layers.collect(),
        totals: totals(job, run),
    };
    print(&document)
}

fn machine(job: &Job, layer: &MachineLayer) -> Machine {
    Machine { sizes: sizes(&layer.shape), mapping: layer.mapping.into(), sums: sums(job, &layer.tally) }
}

fn totals(job: &Job, run: &Run) -> Totals {
    let cost = run.cost(job);
    Totals {
        images: run.predictions.len(),
        top1_agreement: run.agreeing(),
        latency_ms_per_batch: cost.latency_ms,
        frames_per_second: cost.frames_per_second,
        energy_mj_per_frame: cost.mj_per_frame,
        energy_nj_per_pixel: cost.nj_per_pixel,
        sums: sums(job, &run.total),
    }
}

fn sums(job: &Job, tally: &Tally) -> Sums {
    let energy = tally.energy(job);
    Sums {
        macs: tally.all_macs(),
        macs_gated: tally.macs.gated,
        passes: tally.passes,
        active_pes: tally.active_pes(),
        ifmap_words: tally.ifmap_words,
        ifmap_zeros: tally.ifmap_zeros,
        cycles: tally.cycles.total(),
        cycles_by_cause: Cause::ALL.map(|cause| (cause.name(), tally.cycles.of(cause))).into(),
        glb_bytes: tally.glb_bytes(),
        glb_words: by_operand(&tally.glb, words),
        dram_bytes_raw: tally.dram_bytes_raw(),
        dram_bytes: tally.dram_bytes(),
        dram_words: by_operand(&tally.dram, words),
        link_beats: by_operand(&tally.link_beats, |beats| *beats),
        energy_pj: energy.pj,
        energy_pj_by_component: energy.by_component.into_iter().collect(),
        power_mw: energy.mw,
        saturated_products: tally.saturated,
        wrapped_sums: tally.wrapped,
    }
}

fn by_operand<T, U>(values: &ByOperand<T>, f: impl Fn(&T) -> U) -> BTreeMap<&'static str, U> {
    Operand::ALL.map(|operand| (operand.name(), f(&values[operand]))).into()
}

fn words(access: &Access) -> Words {
    Words { fills: access.fills, reads: access.reads, updates: access.updates, drains: access.drains }
}
