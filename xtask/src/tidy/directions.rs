//! Which crate may depend on which. Tests count too: what a test needs from a sibling belongs in `stationary`.

use super::{Check, Finding};
use crate::manifests::{self, Crate};
use crate::tree::Tree;

/// Crate, and what it may use.
const ALLOWED: &[(&str, &[&str])] = &[
    ("nn", &[]),
    ("model", &["nn"]),
    ("mapper", &["nn", "model"]),
    ("eyeriss", &["nn", "model"]),
    ("prune", &["nn", "model"]),
    ("detect", &["nn"]),
    ("formats", &["nn", "model"]),
    ("stationary", &["nn", "model", "mapper", "eyeriss", "prune", "detect", "formats"]),
    ("python", &["stationary"]),
    ("xtask", &[]),
];

pub const CHECK: Check = Check {
    promise: "crates depend only in the directions of the architecture",
    run,
    broken: (
        &[
            ("Cargo.toml", "[workspace.dependencies]\nmapper = { path = 'crates/mapper' }\n"),
            ("crates/eyeriss/Cargo.toml", "[dev-dependencies]\nmapper.workspace = true\n"),
            ("crates/tools/Cargo.toml", ""),
        ],
        &[
            "crates/eyeriss/Cargo.toml: eyeriss uses mapper; it may use nn, model",
            "crates/tools/Cargo.toml: tools has no place in the architecture",
        ],
    ),
};

fn run(tree: &Tree) -> Vec<Finding> {
    match manifests::crates(tree) {
        Ok(crates) => crates.iter().flat_map(check).collect(),
        Err(finding) => vec![finding],
    }
}

fn check(one: &Crate) -> Vec<Finding> {
    let Some((_, allowed)) = ALLOWED.iter().find(|(name, _)| *name == one.name) else {
        return vec![Finding::new(&one.manifest, format!("{} has no place in the architecture", one.name))];
    };
    one.uses
        .union(&one.test_uses)
        .filter(|used| !allowed.contains(&used.as_str()))
        .map(|used| {
            let list = if allowed.is_empty() { "nothing".into() } else { allowed.join(", ") };
            Finding::new(&one.manifest, format!("{} uses {used}; it may use {list}", one.name))
        })
        .collect()
}
