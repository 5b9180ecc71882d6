//! Chores of the workspace, run as `cargo xtask <chore>`.
//!
//! `tidy` guards what the architecture promises and no compiler checks. Exit status: 0 clean, 1 findings, 2 bad usage.

use std::path::Path;
use std::process::ExitCode;

mod manifests;
mod tidy;
mod tree;

use tree::Tree;

const USAGE: &str = "usage: cargo xtask tidy

  tidy   check crate directions, module docs, file sizes, and the paths and graphs that prose names";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["tidy"] => run_tidy(),
        ["help" | "--help" | "-h"] => {
            println!("{USAGE}");
            ExitCode::SUCCESS
        }
        _ => {
            eprintln!("{USAGE}");
            ExitCode::from(2)
        }
    }
}

fn run_tidy() -> ExitCode {
    let tree = match Tree::read(workspace_root()) {
        Ok(tree) => tree,
        Err(error) => {
            eprintln!("cannot read {}: {error}", workspace_root().display());
            return ExitCode::from(2);
        }
    };
    let findings = tidy::findings(&tree);
    for finding in &findings {
        println!("{finding}");
    }
    if !findings.is_empty() {
        println!("{} findings", findings.len());
        return ExitCode::FAILURE;
    }
    println!("tidy: {} files, {} checks", tree.files().len(), tidy::CHECKS.len());
    ExitCode::SUCCESS
}

/// The folder above this crate.
fn workspace_root() -> &'static Path {
    let this_crate = Path::new(env!("CARGO_MANIFEST_DIR"));
    this_crate.parent().unwrap_or(this_crate)
}
