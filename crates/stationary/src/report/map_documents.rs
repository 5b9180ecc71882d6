//! What a search for mappings found, and what a mapping does, as JSON documents. Equal inputs give equal bytes.

use super::evaluation_document::{self, EvaluationDocument};
use super::search::{self, SearchDocument};
use super::{VERSION, print};
use crate::map::{MappedNetwork, Solution};
use model::Arch;
use serde::Serialize;

/// Mappings of one problem. What a mapping does is written alike whether it was found or given.
#[derive(Serialize)]
pub(super) struct ProblemDocument<'a> {
    stationary: &'static str,
    mappings: Vec<EvaluationDocument<'a>>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    forbidden: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    search: Option<SearchDocument>,
}

/// The mappings of one problem.
pub fn solution(solution: &Solution) -> Result<String, serde_json::Error> {
    print(&of(solution))
}

pub(super) fn of(solution: &Solution) -> ProblemDocument<'_> {
    ProblemDocument {
        stationary: VERSION,
        mappings: solution.best.iter().map(evaluation_document::of).collect(),
        forbidden: &solution.forbidden,
        search: solution.search.as_ref().map(search::document),
    }
}

#[derive(Serialize)]
struct NetworkDocument<'a> {
    stationary: &'static str,
    network: &'a str,
    arch: &'a str,
    batch: usize,
    energy_unit: &'static str,
    layers: Vec<Layer<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    total: Option<Total>,
}

#[derive(Serialize)]
struct Layer<'a> {
    name: &'a str,
    sizes: &'a str,
    mappings: Vec<EvaluationDocument<'a>>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    forbidden: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    search: Option<SearchDocument>,
}

#[derive(Serialize)]
struct Total {
    macs: u64,
    energy: f64,
    energy_per_mac: f64,
    latency_cycles: f64,
    utilisation: f64,
}

/// The mappings of a network's layers.
pub fn network(mapped: &MappedNetwork, arch: &Arch) -> Result<String, serde_json::Error> {
    let layers = mapped.layers.iter().map(|layer| {
        let solution = mapped.solution(layer);
        Layer {
            name: &layer.name,
            sizes: &layer.sizes,
            mappings: solution.best.iter().map(evaluation_document::of).collect(),
            forbidden: &solution.forbidden,
            search: solution.search.as_ref().map(search::document),
        }
    });
    print(&NetworkDocument {
        stationary: VERSION,
        network: &mapped.network,
        arch: arch.name(),
        batch: mapped.batch,
        energy_unit: arch.provenance().unit.symbol(),
        layers: layers.collect(),
        total: mapped.total().map(|total| Total {
            macs: total.macs,
            energy: total.energy,
            energy_per_mac: total.energy / total.macs as f64,
            latency_cycles: total.latency,
            utilisation: total.used / total.latency,
        }),
    })
}
