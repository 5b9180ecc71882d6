//! What every clone and every crate has.

use super::{Check, Finding};
use crate::manifests;
use crate::tree::Tree;

/// At the root.
const FILES: &[&str] = &[
    "README.md",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "LICENSE-MIT",
    "LICENSE-APACHE",
    "rustfmt.toml",
    ".ci/run",
];

pub const CHECK: Check = Check {
    promise: "the house is complete",
    run,
    broken: (
        &[
            (".ci/run", ""),
            ("ARCHITECTURE.md", ""),
            ("CHANGELOG.md", "# Changes\n"),
            ("CONTRIBUTING.md", ""),
            ("Cargo.toml", "[workspace.package]\nversion = '0.1.0'\n"),
            ("LICENSE-MIT", ""),
            ("README.md", ""),
            ("crates/nn/Cargo.toml", ""),
            ("rustfmt.toml", ""),
        ],
        &[
            "LICENSE-APACHE: is missing",
            "CHANGELOG.md: has no section `## Unreleased` first",
            "crates/nn/Cargo.toml: does not take the workspace's lints",
        ],
    ),
};

fn run(tree: &Tree) -> Vec<Finding> {
    let missing = FILES.iter().filter(|path| tree.file(path).is_none()).map(|path| Finding::new(*path, "is missing"));
    let changes = tree.file("CHANGELOG.md").filter(|page| {
        let first = page.lines().find(|(_, line)| line.starts_with("## "));
        first.is_none_or(|(_, line)| line != "## Unreleased")
    });
    let changes = changes.map(|page| Finding::new(&page.path, "has no section `## Unreleased` first"));
    let crates = manifests::crates(tree).unwrap_or_default();
    let lints = crates.iter().filter(|one| !one.lints);
    let lints = lints.map(|one| Finding::new(&one.manifest, "does not take the workspace's lints"));
    missing.chain(changes).chain(lints).collect()
}
