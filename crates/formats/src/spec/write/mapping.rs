//! Mappings.

use std::fmt::Write;

use super::{operands, text};
use model::{Arch, Mapping, Node};
use nn::Operand;
use nn::problem::Problem;

/// The description of a mapping of `problem` onto `arch`.
pub fn write_mapping(problem: &Problem, arch: &Arch, mapping: &Mapping) -> String {
    let mut yaml = String::from("mapping:\n");
    let mut nodes = mapping.nodes.as_slice();
    while let Some(&node) = nodes.first() {
        let mut taken = 1;
        let _ = match node {
            Node::Keep { memory, .. } => {
                let mut kept: Vec<Operand> = Vec::new();
                for node in nodes {
                    match *node {
                        Node::Keep { memory: m, operand } if m == memory && !kept.contains(&operand) => {
                            kept.push(operand);
                        }
                        _ => break,
                    }
                }
                taken = kept.len();
                writeln!(yaml, "- keep: {{{}: {}}}", text(arch.stage(memory).name()), operands(&kept))
            }
            Node::Temporal { dim, tile } => writeln!(yaml, "- for: {{{}: by {tile}}}", text(problem.name(dim))),
            Node::Spatial { fanout, axis, dim, tile } => {
                let axis = text(&format!("{}.{axis:?}", arch.stage(fanout).name()));
                writeln!(yaml, "- par: {{{axis}: {{{}: by {tile}}}}}", text(problem.name(dim)))
            }
        };
        nodes = &nodes[taken..];
    }
    yaml
}
