//! Marks of unfinished work.

use super::{Check, Finding};
use crate::tree::Tree;

/// Each written in two parts, so that this file holds none.
const MARKS: &[&str] = &[
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("XX", "X"),
    concat!("to", "do!"),
    concat!("unimple", "mented!"),
    concat!("db", "g!"),
];

pub const CHECK: Check = Check {
    promise: "nothing is left unfinished",
    run,
    broken: (
        &[
            ("a.rs", concat!("//! Doc.\nfn a() { to", "do!() }\nfn b() { db", "g!(1); }\n")),
            ("b.md", concat!("To", "do lists may be named.\nTO", "DO: say more\n")),
        ],
        &[
            concat!("a.rs:2: `to", "do!`"),
            concat!("a.rs:3: `db", "g!`"), //
            concat!("b.md:2: `TO", "DO`"),
        ],
    ),
};

fn run(tree: &Tree) -> Vec<Finding> {
    let lines = tree.files().iter().flat_map(|file| file.lines().map(move |line| (file, line)));
    lines
        .filter_map(|(file, (number, line))| {
            let mark = MARKS.iter().find(|mark| line.contains(**mark))?;
            Some(Finding::at(&file.path, number, format!("`{mark}`")))
        })
        .collect()
}
