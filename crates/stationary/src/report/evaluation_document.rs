//! What a mapping does and costs, as a part of JSON documents: the same whether a search found it or a file holds it.

use super::row_stationary::RowStationary;
use crate::Evaluation;
use model::arch::Stage;
use model::{Axis, Node};
use nn::{ByOperand, Operand};
use serde::Serialize;
use std::collections::BTreeMap;

/// One mapping.
#[derive(Serialize)]
pub(super) struct EvaluationDocument<'a> {
    inputs_sha256: String,
    problem: ProblemDocument<'a>,
    arch: &'a str,
    mapping: Vec<NodeDocument<'a>>,
    nest: Vec<String>,
    energy_unit: &'static str,
    energy: f64,
    energy_per_mac: f64,
    latency_cycles: f64,
    bound_by: &'a str,
    energy_times_latency: f64,
    compute_cycles: u64,
    port_cycles: BTreeMap<&'a str, f64>,
    utilisation: UtilisationDocument,
    levels: Vec<Level<'a>>,
    networks: Vec<Network<'a>>,
    compute: Compute<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    row_stationary: Option<RowStationary>,
}

#[derive(Serialize)]
struct ProblemDocument<'a> {
    einsum: String,
    dims: BTreeMap<&'a str, u64>,
    macs: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
enum NodeDocument<'a> {
    Keep { memory: &'a str, operand: &'static str },
    Time { dim: &'a str, tile: u64 },
    Space { fanout: &'a str, axis: &'static str, dim: &'a str, tile: u64 },
}

#[derive(Serialize)]
struct UtilisationDocument {
    total: f64,
    units_reached: u64,
    units: u64,
    filled: f64,
    busy: f64,
}

#[derive(Serialize)]
struct Level<'a> {
    name: &'a str,
    operands: BTreeMap<&'static str, Words>,
}

#[derive(Serialize)]
struct Words {
    fills: u64,
    reads: u64,
    updates: u64,
    drains: u64,
    energy: f64,
}

#[derive(Serialize)]
struct Network<'a> {
    name: &'a str,
    operands: BTreeMap<&'static str, Traffic>,
}

#[derive(Serialize)]
struct Traffic {
    sent: u64,
    delivered: u64,
    energy: f64,
}

#[derive(Serialize)]
struct Compute<'a> {
    name: &'a str,
    macs: u64,
    macs_gated: u64,
    macs_skipped: u64,
    energy: f64,
}

/// One mapping's part of a document.
pub(super) fn of(evaluation: &Evaluation) -> EvaluationDocument<'_> {
    let Evaluation { problem, arch, mapping, prediction, energy, utilisation } = evaluation;
    let counts = &prediction.counts;
    let macs = problem.macs();
    let energies = |memory: bool| {
        let stages = arch.stages().iter().zip(&energy.stages);
        stages.filter(move |(stage, _)| matches!(stage, Stage::Memory(_)) == memory).map(|(_, energy)| energy)
    };
    let levels = counts.levels.iter().zip(energies(true)).map(|(level, energy)| Level {
        name: &level.name,
        operands: by_operand(|operand| {
            let model::Access { fills, reads, updates, drains } = level.access[operand];
            Words { fills, reads, updates, drains, energy: energy[operand] }
        }),
    });
    let networks = counts.networks.iter().zip(energies(false)).map(|(network, energy): (_, &ByOperand<f64>)| Network {
        name: &network.name,
        operands: by_operand(|operand| {
            let model::Traffic { sent, delivered } = network.words[operand];
            Traffic { sent, delivered, energy: energy[operand] }
        }),
    });
    EvaluationDocument {
        inputs_sha256: evaluation.digest(),
        problem: ProblemDocument {
            einsum: problem.to_string(),
            dims: problem.dims().map(|dim| (problem.name(dim), problem.size()[dim])).collect(),
            macs,
        },
        arch: arch.name(),
        mapping: mapping.nodes.iter().map(|&n| node(evaluation, n)).collect(),
        nest: mapping.display(problem, arch).lines().map(String::from).collect(),
        energy_unit: arch.provenance().unit.symbol(),
        energy: energy.total(),
        energy_per_mac: energy.total() / macs as f64,
        latency_cycles: evaluation.latency(),
        bound_by: evaluation.bottleneck(),
        energy_times_latency: energy.total() * evaluation.latency(),
        compute_cycles: prediction.steps,
        port_cycles: prediction.ports.iter().map(|&(id, cycles)| (arch.stage(id).name(), cycles)).collect(),
        utilisation: UtilisationDocument {
            total: utilisation.total(),
            units_reached: utilisation.used,
            units: utilisation.there,
            filled: utilisation.filled,
            busy: utilisation.busy,
        },
        levels: levels.collect(),
        networks: networks.collect(),
        compute: Compute {
            name: &arch.compute().name,
            macs: counts.macs.done,
            macs_gated: counts.macs.gated,
            macs_skipped: counts.macs.skipped,
            energy: energy.compute,
        },
        row_stationary: evaluation.on_chip().and_then(Result::ok).map(RowStationary::from),
    }
}

fn node(evaluation: &Evaluation, node: Node) -> NodeDocument<'_> {
    let Evaluation { problem, arch, .. } = evaluation;
    match node {
        Node::Keep { memory, operand } => {
            NodeDocument::Keep { memory: arch.stage(memory).name(), operand: operand.name() }
        }
        Node::Temporal { dim, tile } => NodeDocument::Time { dim: problem.name(dim), tile },
        Node::Spatial { fanout, axis, dim, tile } => NodeDocument::Space {
            fanout: arch.stage(fanout).name(),
            axis: match axis {
                Axis::X => "X",
                Axis::Y => "Y",
            },
            dim: problem.name(dim),
            tile,
        },
    }
}

fn by_operand<T>(f: impl Fn(Operand) -> T) -> BTreeMap<&'static str, T> {
    Operand::ALL.map(|operand| (operand.name(), f(operand))).into()
}
