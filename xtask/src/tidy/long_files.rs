//! A file holds one idea; one that needs more than [`LIMIT`] lines says why, in a line of its module doc that starts
//! with [`REASON`].

use super::{Check, Finding};
use crate::tree::Tree;

/// Lines of code and comments, tests not counted.
const LIMIT: usize = 500;

/// How the reason begins.
const REASON: &str = "Long because ";

pub const CHECK: Check = Check {
    promise: "a file of over 500 lines without its tests says why",
    run,
    broken: (
        &[("crates/nn/src/long.rs", LONG), ("crates/nn/tests/long.rs", LONG)],
        &["crates/nn/src/long.rs: has 501 lines; its module doc gives no reason (`Long because ...`)"],
    ),
};

/// A module doc of one line, then 500 empty lines.
const LONG: &str = {
    const TEXT: [u8; 509] = {
        let mut text = [b'\n'; 509];
        text.split_at_mut(8).0.copy_from_slice(b"//! Doc.");
        text
    };
    match str::from_utf8(&TEXT) {
        Ok(text) => text,
        Err(_) => unreachable!(),
    }
};

fn run(tree: &Tree) -> Vec<Finding> {
    tree.rust()
        .filter_map(|file| {
            let lines = file.lines_without_tests().count();
            let excused = file.module_doc().any(|(_, doc)| doc.trim_start().starts_with(REASON));
            let message = format!("has {lines} lines; its module doc gives no reason (`{REASON}...`)");
            (lines > LIMIT && !excused).then(|| Finding::new(&file.path, message))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stated_reason_excuses() {
        let excused = format!("//! Doc.\n//!\n//! Long because it is one table.\n{LONG}");
        assert_eq!(run(&Tree::sample(&[("crates/nn/src/zoo.rs", &excused)])), []);
    }
}
