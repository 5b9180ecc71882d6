//! Paths that exist on one machine only.

use super::{Check, Finding};
use crate::tree::Tree;

/// Each written in two parts, so that this file holds none.
const ROOTS: &[&str] = &[concat!("/wo", "rk/"), concat!("/ro", "ot/"), concat!("/ho", "me/"), concat!("/Us", "ers/")];

pub const CHECK: Check = Check {
    promise: "no file names a path of one machine",
    run,
    broken: (
        &[("scripts/a.py", concat!("DATA = 'data/x'\nDATA = '/ho", "me/me/x'\n"))],
        &[concat!("scripts/a.py:2: `/ho", "me/`")],
    ),
};

fn run(tree: &Tree) -> Vec<Finding> {
    let lines = tree.files().iter().flat_map(|file| file.lines().map(move |line| (file, line)));
    lines
        .filter_map(|(file, (number, line))| {
            let root = ROOTS.iter().find(|root| line.contains(**root))?;
            Some(Finding::at(&file.path, number, format!("`{root}`")))
        })
        .collect()
}
