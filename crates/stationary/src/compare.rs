//! Dataflows side by side: equal numbers of PEs, equal storage area, equal prices, each with the best mapping that it
//! allows of every layer, and beside them the best of all that no dataflow restricts.
//!
//! Chen, Emer, Sze, "Eyeriss: A Spatial Architecture for Energy-Efficient Dataflow for Convolutional Neural Networks",
//! ISCA 2016, section VI, compares dataflows so; what a word costs and which words cost is the architectures' own
//! (`charges: reuse`).

mod contender;
mod document;
mod sum;

pub use contender::{Baseline, CONTENDERS, Contender, PriceTable};
pub use document::document;
pub use sum::{LEVELS, Sum};

use crate::Error;
use crate::library;
use crate::map::{Goal, MappedNetwork, Question, Task};
use mapper::{Factors, Objective, Order};
use model::Arch;
use rayon::prelude::*;
use std::time::Duration;

/// Layers to compare on, so many images at once, on so many PEs.
#[derive(Clone, Copy, Debug)]
pub struct Case<'a> {
    /// The PEs of each design.
    pub pes: u64,
    /// Images at once: the layers are of this batch.
    pub batch: usize,
    /// The layers.
    pub tasks: &'a [Task],
}

/// What all designs share.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Terms {
    /// The storage whose area each design has.
    pub baseline: Baseline,
    /// What words and multiply-accumulates cost.
    pub prices: PriceTable,
    /// Perfect or all factors.
    pub factors: Factors,
    /// When to stop the search for a layer's mapping without a proof.
    pub search_time: Option<Duration>,
}

impl Terms {
    /// Those of the dataflow study.
    pub const STUDY: Terms =
        Terms { baseline: Baseline::STUDY, prices: PriceTable::STUDY, factors: Factors::Perfect, search_time: None };
}

/// A dataflow on its design, with its mappings of a case's layers.
#[derive(Clone, Debug)]
pub struct Bar {
    /// The dataflow.
    pub contender: &'static Contender,
    /// The PEs.
    pub pes: u64,
    /// Its design.
    pub arch: Arch,
    /// The layers with their mappings.
    pub mapped: MappedNetwork,
}

/// A comparison that is done.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// What the layers are of.
    pub network: String,
    /// What all designs share.
    pub terms: Terms,
    /// A bar for each case and dataflow, case by case.
    pub bars: Vec<Bar>,
}

/// Compares; `done` is told of each bar, from any thread.
pub fn compare(
    network: &str,
    cases: &[Case],
    contenders: &[&'static Contender],
    terms: Terms,
    done: &(dyn Fn(&str) + Sync),
) -> Result<Comparison, Error> {
    let mut jobs = Vec::new();
    for case in cases {
        for &contender in contenders {
            jobs.push((case, contender, contender.arch(case.pes, &terms)?));
        }
    }
    let bars = jobs.into_par_iter().map(|(case, contender, arch)| {
        let bar = bar(network, case, contender, arch, &terms)?;
        done(&format!("{} on {} PEs, batch {}", contender.name, case.pes, case.batch));
        Ok(bar)
    });
    let bars: Result<Vec<Bar>, Error> = bars.collect();
    Ok(Comparison { network: network.into(), terms, bars: bars? })
}

fn bar(network: &str, case: &Case, contender: &'static Contender, arch: Arch, terms: &Terms) -> Result<Bar, Error> {
    let question = Question {
        goal: Goal::Least(Objective::Energy),
        order: Order::Free,
        factors: terms.factors,
        budget: terms.search_time,
    };
    let mut mapped = MappedNetwork::new(network, case.batch);
    for task in case.tasks {
        let constraints = match contender.dataflow {
            Some(name) => Some(library::dataflow(name, &task.problem, &arch)?.constraints),
            None => None,
        };
        mapped.seek(&Task { constraints, ..task.clone() }, &arch, &question);
    }
    Ok(Bar { contender, pes: case.pes, arch, mapped })
}

impl Bar {
    /// What all layers cost together; none where one has no mapping.
    pub fn sum(&self) -> Option<Sum> {
        let layers = self.mapped.layers.iter().map(|layer| self.mapped.solution(layer).best.first());
        Sum::of(&layers.collect::<Option<Vec<_>>>()?)
    }

    /// Whether all mappings are proven to be the best, or that there is none.
    pub fn proven(&self) -> bool {
        let proven = |solution: &crate::map::Solution| {
            solution.search.as_ref().is_some_and(|search| search.certificate == mapper::Certificate::Proven)
        };
        self.mapped.solutions.iter().all(proven)
    }
}
