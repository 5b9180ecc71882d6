//! A design of Timeloop, as people and programs read it.

use super::figures::three;
use super::map_documents::{self, ProblemDocument};
use super::{map, plain, print};
use crate::map::Solution;
use crate::timeloop::{Evaluated, Spared};
use model::Arch;
use nn::Operand;
use serde::Serialize;
use std::fmt::Write;

/// The text.
pub fn text(design: &Evaluated) -> String {
    let mut text = map::solution(&design.solution, &design.arch);
    let names = Operand::ALL.map(|operand| format!("{} is {}", operand.name(), plain(&design.spaces[operand])));
    let _ = writeln!(text, "\n{}", names.join(", "));
    if let Some(spared) = &design.spared {
        text += &spared_text(spared, &design.arch);
    }
    if !design.notes.is_empty() {
        text.push_str("\nnotes:\n");
        design.notes.iter().for_each(|note| {
            let _ = writeln!(text, "  {}", plain(&note.to_string()));
        });
    }
    text
}

/// What zeros save, in a line.
pub fn spared_text(spared: &Spared, arch: &Arch) -> String {
    let Spared { prediction, energy } = spared;
    let macs = prediction.macs;
    format!(
        "with zeros spared, on average: energy {} {}, {} cycles; MACs {} done, {} gated, {} skipped\n",
        three(energy.total()),
        arch.provenance().unit.symbol(),
        three(prediction.latency().0),
        three(macs.done),
        three(macs.gated),
        three(macs.skipped)
    )
}

/// A mapping's document with what zeros save.
pub fn spared_document(solution: &Solution, spared: &Spared) -> Result<String, serde_json::Error> {
    print(&SparseDocument { problem: map_documents::of(solution), zeros_spared: SparedDocument::of(spared) })
}

#[derive(Serialize)]
struct SparseDocument<'a> {
    #[serde(flatten)]
    problem: ProblemDocument<'a>,
    zeros_spared: SparedDocument,
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

impl SparedDocument {
    fn of(spared: &Spared) -> Self {
        let Spared { prediction, energy } = spared;
        SparedDocument {
            energy: energy.total(),
            cycles: prediction.latency().0,
            macs_done: prediction.macs.done,
            macs_gated: prediction.macs.gated,
            macs_skipped: prediction.macs.skipped,
        }
    }
}

#[derive(Serialize)]
struct NoteDocument<'a> {
    place: String,
    note: &'a str,
}

/// The JSON document.
pub fn document(design: &Evaluated) -> Result<String, serde_json::Error> {
    print(&Document {
        problem: map_documents::of(&design.solution),
        data_spaces: Operand::ALL.map(|operand| Space { operand: operand.name(), name: &design.spaces[operand] }),
        zeros_spared: design.spared.as_ref().map(SparedDocument::of),
        notes: design.notes.iter().map(|n| NoteDocument { place: n.place.to_string(), note: &n.text }).collect(),
    })
}
