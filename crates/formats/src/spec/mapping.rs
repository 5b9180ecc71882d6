//! Mappings: a loop nest as a list, outermost first.
//!
//! ```yaml
//! mapping:
//! - keep: {DRAM: all}
//! - for: {M: 8, C: 4}
//! - keep: {GLB: [ifmap, psum]}
//! - par: {PE.X: {M: 4}, PE.Y: {Q: by 1}}
//! - for: {P: by 1}
//! ```
//!
//! `M: 8` is a factor: a loop of 8 iterations, which must divide what the loops above have left of M. `M: by 8` is a
//! tile: a loop whose iterations cover 8 points each, the last one what remains. `par` names a fan-out and its axis.
//! Together the loops cut every dimension to one point. What else makes a mapping legal is [`model::check()`]'s to say.

use std::path::Path;

use super::cursor::{Cursor, Report};
use super::errors::Errors;
use super::expr;
use super::node::Key;
use super::quantity::{Scope, Value};
use crate::Limits;
use model::arch::StageId;
use model::{Arch, Axis, Mapping, Node};
use nn::Operand;
use nn::problem::{Dim, Problem, Tile};

/// The keys of a mapping.
pub(crate) const KEYS: [&str; 2] = ["mapping", "summary"];
/// The keys of an item of the nest, each of which stands alone.
pub(crate) const ITEM_KEYS: [&str; 3] = ["keep", "for", "par"];
/// The most loops and keeps of a nest.
const MAX_NODES: usize = 512;

/// Reads the mapping that the file at `path` describes.
pub fn read_mapping(path: &Path, problem: &Problem, arch: &Arch) -> Result<Mapping, Errors> {
    parse_mapping(path, &super::read(path, &Limits::default())?, problem, arch)
}

/// The mapping of `problem` onto `arch` that `text`, read from `path`, describes.
pub fn parse_mapping(path: &Path, text: &str, problem: &Problem, arch: &Arch) -> Result<Mapping, Errors> {
    let root = super::parse(path, text, &Limits::default())?;
    let mut report = Report::new(path);
    let mapping = mapping(&Cursor::root(&root), problem, arch, &mut report);
    report.finish(mapping)
}

fn mapping(root: &Cursor, problem: &Problem, arch: &Arch, report: &mut Report) -> Option<Mapping> {
    let fields = report.fields(root, &KEYS)?;
    let list = fields.need("mapping", report)?;
    nest(&list, problem, arch, report)
}

/// The mapping whose nest is the list under the cursor.
pub(super) fn nest(list: &Cursor, problem: &Problem, arch: &Arch, report: &mut Report) -> Option<Mapping> {
    let cuts = problem.dims().map(|_| Vec::new()).collect();
    let mut nest = Nest { problem, arch, nodes: Vec::new(), left: problem.size(), cuts, report };
    for item in nest.report.list(list)? {
        nest.item(&item);
        if nest.nodes.len() > MAX_NODES {
            let found = "more loops and keeps";
            nest.report.wrong_at(item.node.span, &item.path, found, format!("at most {MAX_NODES}"));
            return None;
        }
    }
    if nest.report.is_empty() {
        nest.finish(list);
    }
    Some(Mapping { nodes: nest.nodes })
}

struct Nest<'a> {
    problem: &'a Problem,
    arch: &'a Arch,
    nodes: Vec<Node>,
    /// What the loops so far leave of each dimension.
    left: Tile,
    /// The iterations of the loops over each dimension.
    cuts: Vec<Vec<u64>>,
    report: &'a mut Report,
}

impl Nest<'_> {
    fn item(&mut self, item: &Cursor) {
        let Some(fields) = self.report.fields(item, &ITEM_KEYS) else { return };
        let kinds: Vec<Cursor> = ITEM_KEYS.iter().filter_map(|kind| fields.get(kind)).collect();
        let [cursor] = kinds.as_slice() else {
            if item.node.map().is_some_and(|entries| entries.len() != 1) {
                self.report.wrong(item, "one of `keep:`, `for:`, `par:` an item");
            }
            return;
        };
        let Some(entries) = self.report.map(cursor) else { return };
        for (key, value) in entries {
            let value = cursor.child(value, &key.name);
            if fields.get("keep").is_some() {
                self.keep(key, &value);
            } else if fields.get("for").is_some() {
                if let Some((dim, tile)) = self.cut(key, &value) {
                    self.nodes.push(Node::Temporal { dim, tile });
                }
            } else {
                self.par(key, &value);
            }
        }
    }

    fn keep(&mut self, key: &Key, operands: &Cursor) {
        let memories: Vec<&str> = self.arch.memories().map(|(_, memory)| memory.name.as_str()).collect();
        let memory = self.arch.find(&key.name).filter(|&id| self.arch.memory(id).is_some());
        let Some(memory) = memory else {
            return self.report.unknown(key.span, &operands.path, "memory", &key.name, memories);
        };
        let operands = self.report.operands(operands).unwrap_or_default();
        self.nodes.extend(operands.into_iter().map(|operand| Node::Keep { memory, operand }));
    }

    fn par(&mut self, key: &Key, loops: &Cursor) {
        let Some((fanout, axis)) = self.axis(key, loops) else { return };
        let Some(entries) = self.report.map(loops) else { return };
        for (key, value) in entries {
            if let Some((dim, tile)) = self.cut(key, &loops.child(value, &key.name)) {
                self.nodes.push(Node::Spatial { fanout, axis, dim, tile });
            }
        }
    }

    fn axis(&mut self, key: &Key, cursor: &Cursor) -> Option<(StageId, Axis)> {
        let found = axis(self.arch, &key.name);
        if found.is_none() {
            let names = axes(self.arch);
            self.report.unknown(key.span, &cursor.path, "fan-out", &key.name, names.iter().map(String::as_str));
        }
        found
    }

    /// The dimension and the tile of a loop.
    fn cut(&mut self, key: &Key, cursor: &Cursor) -> Option<(Dim, u64)> {
        let Some(dim) = self.problem.find(&key.name) else {
            let names = self.problem.dims().map(|dim| self.problem.name(dim));
            self.report.unknown(key.span, &cursor.path, "dimension", &key.name, names);
            return None;
        };
        let expected = "a factor such as `8`, or a tile such as `by 8`";
        let text = self.report.text(cursor, expected)?;
        let by = text.strip_prefix("by").filter(|rest| rest.starts_with(' '));
        let value = expr::parse(by.unwrap_or(text)).and_then(|expr| expr.value(&Scope::default()));
        let number = value.ok().and_then(Value::whole).filter(|&number| number > 0);
        let Some(number) = number else {
            self.report.wrong(cursor, expected);
            return None;
        };
        let whole = self.left[dim];
        let tile = if by.is_some() {
            if number > whole {
                let found = format!("a tile of {number}");
                let expected = format!("at most {whole}, which is left of {}", key.name);
                self.report.wrong_at(cursor.node.span, &cursor.path, found, expected);
                return None;
            }
            number
        } else {
            if !whole.is_multiple_of(number) {
                let found = format!("a factor of {number}, where {whole} is left of {}", key.name);
                let expected = "factors that multiply out to the dimension, or `by N` for a smaller last tile";
                self.report.wrong_at(cursor.node.span, &cursor.path, found, expected);
                return None;
            }
            whole / number
        };
        self.cuts[usize::from(dim.0)].push(whole.div_ceil(tile));
        self.left[dim] = tile;
        Some((dim, tile))
    }

    /// What only the whole nest shows: dimensions that are not cut down, operands that nothing keeps.
    fn finish(&mut self, list: &Cursor<'_>) {
        for dim in self.problem.dims() {
            let (name, size, left) = (self.problem.name(dim), self.problem.size()[dim], self.left[dim]);
            if left == 1 {
                continue;
            }
            let cuts: Vec<String> = self.cuts[usize::from(dim.0)].iter().map(u64::to_string).collect();
            let found = match cuts.as_slice() {
                [] => format!("no loop over {name}"),
                _ => format!("loops of {} over {name}, which leave {left} of its {size} points", cuts.join(" * ")),
            };
            let expected = format!("factors that multiply out to {size}");
            self.report.wrong_at(list.node.span, &list.path, found, expected);
        }
        for operand in Operand::ALL {
            if !self.nodes.iter().any(|node| matches!(node, Node::Keep { operand: kept, .. } if *kept == operand)) {
                let found = format!("no memory that keeps the {}", operand.name());
                self.report.wrong_at(
                    list.node.span,
                    &list.path,
                    found,
                    "each operand kept, first by the outermost memory",
                );
            }
        }
    }
}

/// The fan-out and axis that `PE.X` names.
pub(super) fn axis(arch: &Arch, name: &str) -> Option<(StageId, Axis)> {
    let (fanout, axis) = name.rsplit_once('.')?;
    let axis = match axis {
        "X" => Axis::X,
        "Y" => Axis::Y,
        _ => return None,
    };
    let fanout = arch.find(fanout).filter(|&id| arch.fanout(id).is_some())?;
    Some((fanout, axis))
}

/// What an axis can be named.
pub(super) fn axes(arch: &Arch) -> Vec<String> {
    arch.fanouts().flat_map(|(_, fanout)| ["X", "Y"].map(|axis| format!("{}.{axis}", fanout.name))).collect()
}
