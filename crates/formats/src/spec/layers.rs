//! Mappings of several layers in one file.
//!
//! ```yaml
//! layers:
//! - layer: conv1
//!   mapping:
//!   - keep: {DRAM: all}
//!   - for: {M: 8, C: 4}
//! ```
//!
//! Each layer's nest is one of [`super::mapping`]. The file of a single mapping will do where there is a single layer.

use std::path::Path;

use super::cursor::{Cursor, Report};
use super::errors::Errors;
use super::mapping::nest;
use super::write::text;
use super::write_mapping;
use crate::Limits;
use model::{Arch, Mapping};
use nn::problem::Problem;

/// The keys of mappings of layers; the second stands in place of the first where there is a single layer.
pub(crate) const KEYS: [&str; 3] = ["layers", "mapping", "summary"];
/// The keys of a layer.
pub(crate) const LAYER_KEYS: [&str; 3] = ["layer", "mapping", "summary"];

/// A layer by its name, and what it computes.
pub type Layer<'a> = (&'a str, &'a Problem);

/// Reads the mappings in the file at `path`: for each layer that it is given for, its index and its mapping.
pub fn read_layer_mappings(path: &Path, layers: &[Layer], arch: &Arch) -> Result<Vec<(usize, Mapping)>, Errors> {
    parse_layer_mappings(path, &super::read(path, &Limits::default())?, layers, arch)
}

/// The mappings onto `arch` that `text`, read from `path`, describes, with the indices of their layers.
pub fn parse_layer_mappings(
    path: &Path,
    text: &str,
    layers: &[Layer],
    arch: &Arch,
) -> Result<Vec<(usize, Mapping)>, Errors> {
    let root = super::parse(path, text, &Limits::default())?;
    let mut report = Report::new(path);
    let mappings = mappings(&Cursor::root(&root), layers, arch, &mut report);
    report.finish(mappings)
}

fn mappings(root: &Cursor, layers: &[Layer], arch: &Arch, report: &mut Report) -> Option<Vec<(usize, Mapping)>> {
    let fields = report.fields(root, &KEYS)?;
    if let (Some(list), [(_, problem)]) = (fields.get("mapping"), layers) {
        return Some(vec![(0, nest(&list, problem, arch, report)?)]);
    }
    if let Some(list) = fields.get("mapping") {
        let found = format!("a single mapping for {} layers", layers.len());
        report.wrong_at(list.node.span, &list.path, found, "`layers:`, or a choice of one layer");
        return None;
    }
    let list = fields.need("layers", report)?;
    let mut mappings: Vec<(usize, Mapping)> = Vec::new();
    for item in report.list(&list)? {
        let Some(fields) = report.fields(&item, &LAYER_KEYS) else { continue };
        let (name, nodes) = (fields.need("layer", report), fields.need("mapping", report));
        let (Some(name), Some(nodes)) = (name, nodes) else { continue };
        let Some(found) = report.text(&name, "a layer's name") else { continue };
        let Some(index) = layers.iter().position(|(layer, _)| *layer == found) else {
            report.unknown(name.node.span, &name.path, "layer", found, layers.iter().map(|(layer, _)| *layer));
            continue;
        };
        if mappings.iter().any(|(other, _)| *other == index) {
            report.wrong(&name, "each layer once");
            continue;
        }
        mappings.extend(nest(&nodes, layers[index].1, arch, report).map(|mapping| (index, mapping)));
    }
    Some(mappings)
}

/// The description of mappings onto `arch` of layers.
pub fn write_layer_mappings<'a>(arch: &Arch, mappings: impl IntoIterator<Item = (Layer<'a>, &'a Mapping)>) -> String {
    let mut yaml = String::from("layers:\n");
    for ((name, problem), mapping) in mappings {
        yaml += &format!("- layer: {}\n", text(name));
        for line in write_mapping(problem, arch, mapping).lines() {
            yaml += &format!("  {line}\n");
        }
    }
    yaml
}
