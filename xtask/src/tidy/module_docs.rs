//! Every Rust file opens with what it is, where it comes from, and what it may assume.

use super::{Check, Finding};
use crate::tree::Tree;

pub const CHECK: Check = Check {
    promise: "every Rust file opens with `//!`",
    run,
    broken: (
        &[
            ("crates/nn/src/conv.rs", "use std::fmt;\n//! Late.\n"),
            ("crates/nn/src/fixed.rs", "//!\nuse std::fmt;\n"),
            ("crates/nn/src/lib.rs", "//! Doc.\n"),
        ],
        &[
            "crates/nn/src/conv.rs: does not open with a `//!` line",
            "crates/nn/src/fixed.rs: does not open with a `//!` line",
        ],
    ),
};

fn run(tree: &Tree) -> Vec<Finding> {
    tree.rust()
        .filter(|file| file.module_doc().next().is_none_or(|(_, doc)| doc.trim().is_empty()))
        .map(|file| Finding::new(&file.path, "does not open with a `//!` line"))
        .collect()
}
