//! A design of Timeloop, as people and programs read it.

use super::figures::three;
use super::map_documents::{self, ProblemDocument};
use super::{map, plain, print};
use crate::timeloop::{Evaluated, Spared};
use nn::Operand;
use serde::Serialize;
use std::fmt::Write;

/// The text.
pub fn text(design: &Evaluated) -> String {
    let mut text = map::solution(&design.solution, &design.arch);
    let names = Operand::ALL.map(|operand| format!("{} is {}", operand.name(), plain(&design.spaces[operand])));
    let _ = writeln!(text, "\n{}", names.join(", "));
    if let Some(Spared { prediction, energy }) = &design.spared {
        let macs = prediction.macs;
        let _ = writeln!(
            text,
            "with zeros spared, on average: energy {} {}, {} cycles; MACs {} done, {} gated, {} skipped",
            three(energy.total()),
            design.arch.provenance().unit.symbol(),
            three(prediction.latency().0),
            three(macs.done),
            three(macs.gated),
            three(macs.skipped)
        );
    }
    if !design.notes.is_empty() {
        text.push_str("\nnotes:\n");
        design.notes.iter().for_each(|note| {
            let _ = writeln!(text, "  {}", plain(&note.to_string()));
        });
    }
    text
}

#[derive(Serialize)]
struct Document<'a> {
    #[serde(flatten)]
    problem: ProblemDocument<'a>,
    data_spaces: [Space<'a>; 3],
    #[serde(skip_serializing_if = "Option::is_none")]
    zeros_spared: Option<SparedDocument>,
    notes: Vec<NoteDocument<'a>>,
}

#[derive(Serialize)]
struct Space<'a> {
    operand: &'static str,
    name: &'a str,
}

#[derive(Serialize)]
struct SparedDocument {
    energy: f64,
    cycles: f64,
    macs_done: f64,
    macs_gated: f64,
    macs_skipped: f64,
}

#[derive(Serialize)]
struct NoteDocument<'a> {
    place: String,
    note: &'a str,
}

/// The JSON document.
pub fn document(design: &Evaluated) -> Result<String, serde_json::Error> {
    let spared = |spared: &Spared| SparedDocument {
        energy: spared.energy.total(),
        cycles: spared.prediction.latency().0,
        macs_done: spared.prediction.macs.done,
        macs_gated: spared.prediction.macs.gated,
        macs_skipped: spared.prediction.macs.skipped,
    };
    print(&Document {
        problem: map_documents::of(&design.solution),
        data_spaces: Operand::ALL.map(|operand| Space { operand: operand.name(), name: &design.spaces[operand] }),
        zeros_spared: design.spared.as_ref().map(spared),
        notes: design.notes.iter().map(|n| NoteDocument { place: n.place.to_string(), note: &n.text }).collect(),
    })
}
