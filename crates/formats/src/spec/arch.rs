//! Architectures: a list of stages, outermost first.
//!
//! ```yaml
//! arch: two levels
//! word: 16 bit
//! stages:
//! - memory: DRAM
//!   must_keep: all
//!   capacity: unbounded
//!   bandwidth: 4 words/cycle
//!   read: 200 pJ
//!   write: 200 pJ
//! - memory: GLB
//!   may_keep: [ifmap, psum]
//!   capacity: 108 KiB
//!   bandwidth: {read: 16 words/cycle, write: 16 words/cycle}
//!   read: 6 pJ
//!   write: 6 pJ
//! - fanout: PE
//!   X: 14
//!   Y: 12
//!   network: [multicast, reduction]
//!   delivery: 2 pJ
//! - compute: MAC
//!   latch: [ifmap]
//!   mac: 1 pJ
//! ```
//!
//! A memory of wider words than the others says `word: 32 bit` itself. An operand in neither `must_keep` nor `may_keep`
//! is never kept. A price is an energy with its unit, the same for all prices of an arch; or it comes from the arch's
//! `technology:` by the stage's `class:`. None is zero by default. An arch that counts otherwise than the rules says so:
//! `refill: new`, `drains: free`, `charges: reuse`, `serving: pipeline` ([`model::Switches`]).

mod prices;
mod stages;
mod zeros;

use std::collections::BTreeMap;
use std::path::Path;

use self::prices::Prices;
#[cfg(test)]
pub(crate) use self::stages::{COMPUTE_KEYS, FANOUT_KEYS, MEMORY_KEYS};
use self::stages::{Found, Parts, stage};
use self::zeros::Zeros;
use super::cursor::{Cursor, Fields, Report};
use super::errors::Errors;
use super::node::Span;
use super::quantity::Scope;
use super::variables::{self, Overrides};
use crate::Limits;
use model::arch::{ArchError, Compute, MAX_STAGES, Stage, StageId};
use model::provenance::Provenance;
use model::sparsity::Sparsity;
use model::tech::Technology;
use model::{Arch, Charges, Drains, Refill, Serving, Switches};

/// The keys of an architecture.
pub(crate) const KEYS: [&str; 13] = [
    "arch",
    "summary",
    "source",
    "technology",
    "word",
    "clock",
    "variables",
    "refill",
    "drains",
    "charges",
    "serving",
    "gated_share",
    "stages",
];

const REFILLS: [(&str, Refill); 2] = [("whole", Refill::Whole), ("new", Refill::New)];
const DRAINS: [(&str, Drains); 2] = [("counted", Drains::Counted), ("free", Drains::Free)];
const CHARGES: [(&str, Charges); 2] = [("all", Charges::All), ("reuse", Charges::Reuse)];
const SERVINGS: [(&str, Serving); 2] = [("counted", Serving::Counted), ("pipeline", Serving::Pipeline)];

/// An architecture as a file describes it.
#[derive(Clone, Debug, PartialEq)]
pub struct ArchFile {
    /// The architecture.
    pub arch: Arch,
    /// What it is, in a line.
    pub summary: Option<String>,
    /// Where its sizes come from.
    pub source: Option<String>,
    /// The technology that gives the prices of its classes.
    pub technology: Option<&'static Technology>,
    /// The bits of a word, if that is said.
    pub word_bits: Option<u64>,
    /// The bits of a word of the memories that say so themselves, since theirs are others.
    pub own_word_bits: BTreeMap<StageId, u64>,
    /// The clock in Hz, if that is said.
    pub clock_hz: Option<f64>,
    /// What it does about zeros, if anything is said about them.
    pub sparsity: Option<Sparsity>,
}

impl ArchFile {
    /// The bits of a word of a stage, if that is said.
    pub fn word_bits_of(&self, stage: StageId) -> Option<u64> {
        self.own_word_bits.get(&stage).copied().or(self.word_bits)
    }
}

/// Reads the architecture that the file at `path` describes.
pub fn read_arch(path: &Path) -> Result<Arch, Errors> {
    read_arch_with(path, &[]).map(|file| file.arch)
}

/// The same when some of its variables have other values.
pub fn read_arch_with(path: &Path, overrides: Overrides) -> Result<ArchFile, Errors> {
    parse_arch_with(path, &super::read(path, &Limits::default())?, overrides)
}

/// The architecture that `text`, read from `path`, describes.
pub fn parse_arch(path: &Path, text: &str) -> Result<Arch, Errors> {
    parse_arch_with(path, text, &[]).map(|file| file.arch)
}

/// The architecture that `text` describes when some of its variables have other values.
pub fn parse_arch_with(path: &Path, text: &str, overrides: Overrides) -> Result<ArchFile, Errors> {
    let root = super::parse(path, text, &Limits::default())?;
    let mut report = Report::new(path);
    let file = arch(&Cursor::root(&root), overrides, &mut report);
    report.finish(file)
}

fn arch(root: &Cursor, overrides: Overrides, report: &mut Report) -> Option<ArchFile> {
    let fields = report.fields(root, &KEYS)?;
    let name = fields.need("arch", report).and_then(|c| report.name(&c, "the arch's name"));
    let text =
        |key: &str, report: &mut Report| fields.get(key).and_then(|c| report.text(&c, "a text")).map(str::to_string);
    let (summary, source) = (text("summary", report), text("source", report));
    let scope = variables::read(&fields, overrides, report);
    let mut parts = Parts {
        prices: Prices::of(&fields, report),
        zeros: Zeros::of(&fields, &scope, report),
        own_word_bits: BTreeMap::new(),
    };
    let refill = fields.get("refill").map_or(Some(Refill::default()), |c| report.choice(&c, &REFILLS));
    let drains = fields.get("drains").map_or(Some(Drains::default()), |c| report.choice(&c, &DRAINS));
    let charges = fields.get("charges").map_or(Some(Charges::default()), |c| report.choice(&c, &CHARGES));
    let serving = fields.get("serving").map_or(Some(Serving::default()), |c| report.choice(&c, &SERVINGS));
    let list = fields.need("stages", report)?;
    let found = read_stages(&list, &scope, &mut parts, report)?;
    let switches = Switches { refill: refill?, drains: drains?, charges: charges?, serving: serving? };
    if !report.is_empty() {
        return None;
    }
    let arch = assemble(name?, found, switches, &list, report)?;
    let Prices { technology, unit, sources } = parts.prices;
    let arch = arch.with_provenance(Provenance { unit: unit.unwrap_or_default(), sources });
    let sparsity = parts.zeros.finish();
    if sparsity.is_some() && scope.word_bits.is_none() {
        report.wrong_at(root.node.span, "", "zeros that save bits, but no word", "a line such as `word: 16 bit`");
    }
    if let Some(Err(error)) = sparsity.as_ref().map(|sparsity| sparsity.check(&arch)) {
        report.rule_at(list.node.span, &list.path, error.to_string());
    }
    let word_bits = scope.word_bits.map(|bits| bits as u64);
    let (own_word_bits, clock_hz) = (parts.own_word_bits, scope.clock);
    Some(ArchFile { arch, summary, source, technology, word_bits, own_word_bits, clock_hz, sparsity })
}

/// The stages and the compute unit, each with its place.
type Stages = (Vec<(Stage, Span)>, (Compute, Span));

fn read_stages(list: &Cursor, scope: &Scope, parts: &mut Parts, report: &mut Report) -> Option<Stages> {
    let items = report.list(list)?;
    if items.len() > MAX_STAGES + 1 {
        let found = format!("{} stages", items.len());
        report.wrong_at(list.node.span, &list.path, found, format!("at most {MAX_STAGES} above the compute unit"));
        return None;
    }
    let mut stages = Vec::new();
    let mut compute = None;
    let mut all = true;
    for (i, item) in items.iter().enumerate() {
        match stage(item, stages.len(), scope, parts, report) {
            Some(Found::Stage(stage)) => stages.push((stage, item.node.span)),
            Some(Found::Compute(unit)) if i + 1 == items.len() => compute = Some((unit, item.node.span)),
            Some(Found::Compute(_)) => {
                report.wrong_at(item.node.span, &item.path, "the compute unit above other stages", "it below them");
            }
            None => all = false,
        }
    }
    if compute.is_none() && all {
        report.wrong_at(list.node.span, &list.path, "no compute unit", "one, as the last stage");
    }
    compute.filter(|_| all).map(|compute| (stages, compute))
}

/// The arch of these stages; a rule that they break together is reported at the stage that it names.
fn assemble(
    name: &str,
    (stages, (compute, at_compute)): Stages,
    switches: Switches,
    list: &Cursor,
    report: &mut Report,
) -> Option<Arch> {
    let all = stages.iter().map(|(stage, _)| stage.clone()).collect();
    let arch = Arch::new(name, all, compute.clone());
    let errors = match arch.and_then(|arch| arch.with_switches(switches).map_err(|error| vec![error])) {
        Ok(arch) => return Some(arch),
        Err(errors) => errors,
    };
    for error in errors {
        let stage = match &error {
            ArchError::Stages(_)
            | ArchError::Copies
            | ArchError::DiagonalCopies
            | ArchError::Reuse
            | ArchError::Pipeline => None,
            ArchError::Outermost(name)
            | ArchError::Name(name)
            | ArchError::Diagonal(name)
            | ArchError::NewDiagonal(name) => Some(name),
            ArchError::Size { stage, .. } | ArchError::Number { stage, .. } => Some(stage),
        };
        let named = |name: &String| stages.iter().rfind(|(stage, _)| stage.name() == name).map(|(_, span)| *span);
        let of_compute = stage.filter(|name| **name == compute.name).map(|_| at_compute);
        let span = of_compute.or(stage.and_then(named)).unwrap_or(list.node.span);
        report.rule_at(span, &list.path, error.to_string());
    }
    None
}
