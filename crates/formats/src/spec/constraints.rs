//! Constraints: what restricts the mappings of a problem onto an arch.
//!
//! ```yaml
//! constraints: weight stationary
//! dimensions: [N, G, M, C, P, Q, R, S, K]
//! rules:
//! - stationary: filter
//! - across: {all: [M, C, R, S], PE.Y: []}
//! - keep: {GLB: psum}
//! - bypass: {GLB: filter, inside: psum}
//! - {loops: [N, P], below: {innermost: filter}}
//! - {order: [P, Q], below: {GLB: psum}}
//! - {tile: {P: 1, S: whole}, at: {innermost: filter}}
//! - copies: {PE.X: {M: 4}}
//! ```
//!
//! `loops` lie, in time, `below` or `above` the place where a memory (or the `innermost` that keeps the operand) begins
//! to keep an operand; `stationary: filter` puts all loops that the operand does not change along below its innermost
//! place. `across` lists all dimensions that may be cut across an axis of a fan-out, across a fan-out, or across `all`;
//! `inside` stands for the memories inside fan-outs. A dataflow is for any problem: of the names in `dimensions`, one
//! that the problem does not have counts as a dimension of one point and is left out.

use std::path::Path;

use super::cursor::{Cursor, Fields, Report};
use super::errors::Errors;
use super::mapping::{axes, axis};
use super::node::Key;
use super::quantity::Scope;
use crate::Limits;
use model::arch::StageId;
use model::constraints::{Constraint, Constraints, Place, Side, Which};
use model::{Arch, Axis};
use nn::problem::{Dim, Problem, Relevance};

/// The keys of constraints.
pub(crate) const KEYS: [&str; 5] = ["constraints", "summary", "source", "dimensions", "rules"];
/// The kinds of rules, with the keys that go with each.
pub(crate) const KINDS: [(&str, &[&str]); 8] = [
    ("keep", &["keep"]),
    ("bypass", &["bypass"]),
    ("stationary", &["stationary"]),
    ("across", &["across"]),
    ("copies", &["copies"]),
    ("loops", &["loops", "below", "above"]),
    ("order", &["order", "below"]),
    ("tile", &["tile", "at"]),
];
/// The most rules.
const MAX_RULES: usize = 256;
/// A place's or a memory's names that are no memory's.
const INNERMOST: &str = "innermost";
const INSIDE: &str = "inside";
const ALL: &str = "all";

/// Constraints as a file describes them.
#[derive(Clone, Debug, PartialEq)]
pub struct ConstraintsFile {
    /// The constraints.
    pub constraints: Constraints,
    /// What they are, in a line.
    pub summary: Option<String>,
    /// Where they come from.
    pub source: Option<String>,
}

/// Reads the constraints that the file at `path` describes.
pub fn read_constraints(path: &Path, problem: &Problem, arch: &Arch) -> Result<Constraints, Errors> {
    read_constraints_file(path, problem, arch).map(|file| file.constraints)
}

/// The same with what the file says about them.
pub fn read_constraints_file(path: &Path, problem: &Problem, arch: &Arch) -> Result<ConstraintsFile, Errors> {
    parse_constraints_file(path, &super::read(path, &Limits::default())?, problem, arch)
}

/// The constraints on mappings of `problem` onto `arch` that `text`, read from `path`, describes.
pub fn parse_constraints(path: &Path, text: &str, problem: &Problem, arch: &Arch) -> Result<Constraints, Errors> {
    parse_constraints_file(path, text, problem, arch).map(|file| file.constraints)
}

/// The same with what the file says about them.
pub fn parse_constraints_file(
    path: &Path,
    text: &str,
    problem: &Problem,
    arch: &Arch,
) -> Result<ConstraintsFile, Errors> {
    let root = super::parse(path, text, &Limits::default())?;
    let mut report = Report::new(path);
    let file = constraints(&Cursor::root(&root), problem, arch, &mut report);
    report.finish(file)
}

fn constraints(root: &Cursor, problem: &Problem, arch: &Arch, report: &mut Report) -> Option<ConstraintsFile> {
    let fields = report.fields(root, &KEYS)?;
    let name = fields.need("constraints", report).and_then(|c| report.name(&c, "the constraints' name"));
    let text =
        |key: &str, report: &mut Report| fields.get(key).and_then(|c| report.text(&c, "a text")).map(str::to_string);
    let (summary, source) = (text("summary", report), text("source", report));
    let mut known = Vec::new();
    if let Some(items) = fields.get("dimensions").and_then(|c| report.list(&c)) {
        known = items.iter().filter_map(|item| report.text(item, "the name of a dimension")).collect();
    }
    let list = fields.need("rules", report)?;
    let items = report.list(&list)?;
    if items.len() > MAX_RULES {
        let found = format!("{} rules", items.len());
        report.wrong_at(list.node.span, &list.path, found, format!("at most {MAX_RULES}"));
        return None;
    }
    let mut rules = Rules { problem, arch, known, rules: Vec::new(), report };
    items.iter().for_each(|item| rules.item(item));
    let constraints = Constraints { name: name?.to_string(), rules: rules.rules };
    Some(ConstraintsFile { constraints, summary, source })
}

struct Rules<'a, 'n> {
    problem: &'a Problem,
    arch: &'a Arch,
    /// Dimensions that count as one point where the problem lacks them.
    known: Vec<&'n str>,
    rules: Vec<Constraint>,
    report: &'a mut Report,
}

impl Rules<'_, '_> {
    fn item(&mut self, item: &Cursor) {
        let kind = KINDS.iter().find(|(kind, _)| item.node.get(kind).is_some());
        let Some((kind, keys)) = kind.filter(|_| item.node.map().is_some()) else {
            let kinds = KINDS.map(|(kind, _)| kind);
            match item.node.map().and_then(|entries| entries.first()) {
                Some((key, _)) => self.report.unknown(key.span, &item.path, "rule", &key.name, kinds),
                None => self.report.wrong(item, format!("one of {}", kinds.join(", "))),
            }
            return;
        };
        let Some(fields) = self.report.fields(item, keys) else { return };
        let Some(value) = fields.get(kind) else { return };
        // What is wrong is in the report; a rule without value is left out.
        let _ = match *kind {
            "keep" => self.keep(&value, true),
            "bypass" => self.keep(&value, false),
            "stationary" => self.stationary(&value),
            "across" => self.across(&value),
            "copies" => self.copies(&value),
            "loops" => self.loops(&value, &fields),
            "order" => self.order(&value, &fields),
            _ => self.tile(&value, &fields),
        };
    }

    fn keep(&mut self, value: &Cursor, keeps: bool) -> Option<()> {
        for (key, node) in self.report.map(value)? {
            let operands = self.report.operands(&value.child(node, &key.name));
            let inside = |id: &StageId| self.arch.fanouts().any(|(fanout, _)| fanout < *id);
            let memories = match self.arch.find(&key.name) {
                Some(id) if self.arch.memory(id).is_some() => vec![id],
                _ if key.name == INSIDE => self.arch.memories().map(|(id, _)| id).filter(inside).collect(),
                _ => return self.no_memory(key, value, INSIDE),
            };
            for operand in operands? {
                let rule = |&memory: &StageId| Constraint::Keep { memory, operand, keeps };
                self.rules.extend(memories.iter().map(rule));
            }
        }
        Some(())
    }

    fn no_memory(&mut self, key: &Key, cursor: &Cursor, also: &str) -> Option<()> {
        let names = self.arch.memories().map(|(_, memory)| memory.name.as_str()).chain([also]);
        self.report.unknown(key.span, &cursor.path, "memory", &key.name, names);
        None
    }

    fn stationary(&mut self, value: &Cursor) -> Option<()> {
        for operand in self.report.operands(value)? {
            let still = |dim: &Dim| self.problem.relevance(operand, *dim) == Relevance::Irrelevant;
            let dims: Vec<Dim> = self.problem.dims().filter(still).collect();
            let of = Place { memory: Which::Innermost, operand };
            if !dims.is_empty() {
                self.rules.push(Constraint::Loops { dims, side: Side::Below, of });
            }
        }
        Some(())
    }

    fn across(&mut self, value: &Cursor) -> Option<()> {
        for (key, node) in self.report.map(value)? {
            let dims = self.dims(&value.child(node, &key.name))?;
            for (fanout, axis) in self.axes(key, value)? {
                self.rules.push(Constraint::Across { fanout, axis, dims: dims.clone() });
            }
        }
        Some(())
    }

    fn copies(&mut self, value: &Cursor) -> Option<()> {
        for (key, node) in self.report.map(value)? {
            let Some((fanout, axis)) = axis(self.arch, &key.name) else {
                let names = axes(self.arch);
                self.report.unknown(key.span, &value.path, "fan-out", &key.name, names.iter().map(String::as_str));
                return None;
            };
            let of = value.child(node, &key.name);
            for (key, node) in self.report.map(&of)? {
                let count = self.report.count(&of.child(node, &key.name), &Scope::default(), 1, u64::from(u32::MAX));
                if let Some(dim) = self.dim(key, &of)? {
                    self.rules.push(Constraint::Copies { fanout, axis, dim, copies: count? });
                }
            }
        }
        Some(())
    }

    fn loops(&mut self, value: &Cursor, fields: &Fields) -> Option<()> {
        let dims = self.dims(value);
        let sides = [("below", Side::Below), ("above", Side::Above)];
        let mut places = sides.iter().filter_map(|(key, side)| Some((fields.get(key)?, *side)));
        let (Some((place, side)), None) = (places.next(), places.next()) else {
            let span = value.node.span;
            self.report.wrong_at(span, &value.path, "loops without one place", "`below:` or `above:` a place");
            return None;
        };
        let (of, dims) = (self.place(&place)?, dims?);
        if !dims.is_empty() {
            self.rules.push(Constraint::Loops { dims, side, of });
        }
        Some(())
    }

    fn order(&mut self, value: &Cursor, fields: &Fields) -> Option<()> {
        let dims = self.dims(value);
        let below = fields.need("below", self.report).and_then(|place| self.place(&place))?;
        let dims = dims?;
        if dims.len() > 1 {
            self.rules.push(Constraint::Order { dims, below });
        }
        Some(())
    }

    fn tile(&mut self, value: &Cursor, fields: &Fields) -> Option<()> {
        let at = fields.need("at", self.report).and_then(|place| self.place(&place));
        for (key, node) in self.report.map(value)? {
            let Some(dim) = self.dim(key, value)? else { continue };
            let (points, size) = (value.child(node, &key.name), self.problem.size()[dim]);
            let points = match points.node.text() {
                Some("whole") => Some(size),
                _ => self.report.count(&points, &Scope::default(), 1, size),
            };
            self.rules.push(Constraint::Tile { at: at?, dim, points: points? });
        }
        Some(())
    }

    /// One memory, or the innermost, and an operand.
    fn place(&mut self, cursor: &Cursor) -> Option<Place> {
        let entries = self.report.map(cursor)?;
        let [(key, node)] = entries else {
            self.report.wrong(cursor, "one memory, or `innermost`, with its operand");
            return None;
        };
        let operand = self.report.operand(&cursor.child(node, &key.name))?;
        let memory = match self.arch.find(&key.name) {
            Some(id) if self.arch.memory(id).is_some() => Which::Memory(id),
            _ if key.name == INNERMOST => Which::Innermost,
            _ => {
                self.no_memory(key, cursor, INNERMOST);
                return None;
            }
        };
        Some(Place { memory, operand })
    }

    /// The axes that a key stands for: one, both of a fan-out, or all there are.
    fn axes(&mut self, key: &Key, cursor: &Cursor) -> Option<Vec<(StageId, Axis)>> {
        if let Some(one) = axis(self.arch, &key.name) {
            return Some(vec![one]);
        }
        let fanouts: Vec<StageId> = match self.arch.find(&key.name) {
            Some(id) if self.arch.fanout(id).is_some() => vec![id],
            _ if key.name == ALL => self.arch.fanouts().map(|(id, _)| id).collect(),
            _ => {
                let names = axes(self.arch);
                let names = names.iter().map(String::as_str).chain([ALL]);
                self.report.unknown(key.span, &cursor.path, "fan-out", &key.name, names);
                return None;
            }
        };
        Some(fanouts.into_iter().flat_map(|id| [(id, Axis::X), (id, Axis::Y)]).collect())
    }

    /// Dimensions by name, without those that the problem may lack and does.
    fn dims(&mut self, cursor: &Cursor) -> Option<Vec<Dim>> {
        let mut dims = Vec::new();
        for item in self.report.list(cursor)? {
            let name = self.report.text(&item, "the name of a dimension")?.to_string();
            dims.extend(self.dim(&Key { span: item.node.span, name }, cursor)?);
        }
        Some(dims)
    }

    fn dim(&mut self, key: &Key, cursor: &Cursor) -> Option<Option<Dim>> {
        let found = self.problem.find(&key.name);
        if found.is_none() && !self.known.contains(&key.name.as_str()) {
            let names = self.problem.dims().map(|dim| self.problem.name(dim));
            self.report.unknown(key.span, &cursor.path, "dimension", &key.name, names);
            return None;
        }
        Some(found)
    }
}
