//! Names that say nothing of what is inside.

use super::{Check, Finding};
use crate::tree::Tree;

/// No file, folder or module is called so.
const EMPTY: &[&str] = &["utils", "util", "common", "helpers", "helper", "misc", "shared"];

pub const CHECK: Check = Check {
    promise: "no module is named for holding this and that",
    run,
    broken: (
        &[
            ("crates/nn/src/lib.rs", "//! Doc.\nmod conv;\npub mod helpers {}\n"),
            ("crates/nn/src/utils.rs", "//! Doc.\n"),
            ("crates/nn/tests/common/mod.rs", "//! Doc.\n"),
        ],
        &[
            "crates/nn/src/lib.rs:3: `helpers` says nothing of what is inside",
            "crates/nn/src/utils.rs: `utils` says nothing of what is inside",
            "crates/nn/tests/common/mod.rs: `common` says nothing of what is inside",
        ],
    ),
};

fn run(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.rust() {
        let parts = file.path.trim_end_matches(".rs").split('/').filter(|part| EMPTY.contains(part));
        findings.extend(parts.map(|part| Finding::new(&file.path, message(part))));
        for (number, line) in file.lines() {
            let declared = line.trim().split_once("mod ").map(|(_, rest)| rest.trim_end_matches([';', '{', '}', ' ']));
            if let Some(name) = declared.filter(|name| EMPTY.contains(name)) {
                findings.push(Finding::at(&file.path, number, message(name)));
            }
        }
    }
    findings
}

fn message(name: &str) -> String {
    format!("`{name}` says nothing of what is inside")
}
