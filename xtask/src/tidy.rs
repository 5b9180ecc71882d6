//! What the architecture promises and no compiler checks: one table of checks, each a function of the tree.
//!
//! A check carries its own proof that it can fail: a small tree that breaks it. To add one, write its file beside the
//! others and its line in [`CHECKS`].

use std::fmt;

use crate::tree::Tree;

mod directions;
mod drawn_graph;
mod files;
mod leftovers;
mod long_files;
mod machine_paths;
mod module_docs;
mod names;
mod prose_paths;
mod purity;
mod required;

/// All checks, those on the architecture first, then those on code, on prose, on the tree.
pub const CHECKS: &[Check] = &[
    directions::CHECK,
    purity::CHECK,
    drawn_graph::CHECK,
    module_docs::CHECK,
    long_files::CHECK,
    names::CHECK,
    leftovers::CHECK,
    prose_paths::CHECK,
    machine_paths::CHECK,
    files::CHECK,
    required::CHECK,
];

/// One promise and how it is checked.
pub struct Check {
    /// What holds, as one sentence.
    pub promise: &'static str,
    /// Every place where it does not.
    pub run: fn(&Tree) -> Vec<Finding>,
    /// Paths and texts of a tree that breaks the promise, and the findings in it.
    #[cfg_attr(not(test), expect(dead_code, reason = "read by the tests only"))]
    pub broken: (&'static [(&'static str, &'static str)], &'static [&'static str]),
}

/// One place where a promise is broken.
#[derive(Debug, PartialEq)]
pub struct Finding {
    /// The file, from the root.
    pub path: String,
    /// Its line, where there is one to point at.
    pub line: Option<usize>,
    /// What is wrong.
    pub message: String,
}

impl Finding {
    /// A finding about a whole file.
    pub fn new(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self { path: path.into(), line: None, message: message.into() }
    }

    /// A finding about a line.
    pub fn at(path: impl Into<String>, line: usize, message: impl Into<String>) -> Self {
        Self { path: path.into(), line: Some(line), message: message.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}: {}", self.path, self.message),
            None => write!(f, "{}: {}", self.path, self.message),
        }
    }
}

/// Everything that is wrong with the tree, each with the promise it breaks.
pub fn findings(tree: &Tree) -> Vec<Finding> {
    CHECKS
        .iter()
        .flat_map(|check| {
            (check.run)(tree)
                .into_iter()
                .map(|found| Finding { message: format!("{} ({})", found.message, check.promise), ..found })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_workspace_is_tidy() {
        let tree = Tree::read(crate::workspace_root()).unwrap();
        let findings: Vec<_> = findings(&tree).iter().map(Finding::to_string).collect();
        assert!(findings.is_empty(), "\n{}", findings.join("\n"));
    }

    #[test]
    fn every_check_can_fail() {
        for check in CHECKS {
            let (files, expected) = check.broken;
            let found: Vec<_> = (check.run)(&Tree::sample(files)).iter().map(Finding::to_string).collect();
            assert!(!expected.is_empty(), "{} shows no failure", check.promise);
            assert_eq!(found, expected, "{}", check.promise);
        }
    }
}
