//! The graph of crates that `ARCHITECTURE.md` draws is the real one.
//!
//! It is drawn as a code block whose language is `crates`, one line a crate: `model -> nn`.

use std::collections::{BTreeMap, BTreeSet};

use super::{Check, Finding};
use crate::manifests;
use crate::tree::Tree;

const PAGE: &str = "ARCHITECTURE.md";

pub const CHECK: Check = Check {
    promise: "the drawn crate graph is the real one",
    run,
    broken: (
        &[
            ("ARCHITECTURE.md", "Crates:\n\n```crates\nmodel -> nn eyeriss\nmapper -> nn\n```\n"),
            ("Cargo.toml", ""),
            ("crates/model/Cargo.toml", "[dependencies]\nnn = { path = '../nn' }\n"),
            ("crates/nn/Cargo.toml", ""),
        ],
        &[
            "ARCHITECTURE.md: draws `mapper -> nn`, but there is no such crate",
            "ARCHITECTURE.md: draws `model -> eyeriss nn`, but it is `model -> nn`",
            "ARCHITECTURE.md: does not draw `nn -> nothing`",
        ],
    ),
};

fn run(tree: &Tree) -> Vec<Finding> {
    let Some(page) = tree.file(PAGE) else { return vec![Finding::new(PAGE, "is missing")] };
    let crates = match manifests::crates(tree) {
        Ok(crates) => crates,
        Err(finding) => return vec![finding],
    };
    let real = manifests::graph(&crates);
    let drawn = drawn(&page.text);
    let mut findings = Vec::new();
    for (name, uses) in &drawn {
        match real.get(name.as_str()) {
            None => findings.push(format!("draws `{}`, but there is no such crate", edge(name, uses))),
            Some(real) if *real != uses => {
                findings.push(format!("draws `{}`, but it is `{}`", edge(name, uses), edge(name, real)));
            }
            Some(_) => {}
        }
    }
    let missing = real.iter().filter(|(name, _)| !drawn.contains_key(**name));
    findings.extend(missing.map(|(name, uses)| format!("does not draw `{}`", edge(name, uses))));
    findings.into_iter().map(|message| Finding::new(PAGE, message)).collect()
}

fn drawn(text: &str) -> BTreeMap<String, BTreeSet<String>> {
    text.lines()
        .skip_while(|line| *line != "```crates")
        .skip(1)
        .take_while(|line| *line != "```")
        .filter_map(|line| line.split_once("->"))
        .map(|(name, uses)| {
            let uses = uses.split_whitespace().filter(|word| *word != "nothing").map(String::from);
            (name.trim().to_string(), uses.collect())
        })
        .collect()
}

fn edge(name: &str, uses: &BTreeSet<String>) -> String {
    if uses.is_empty() {
        return format!("{name} -> nothing");
    }
    format!("{name} -> {}", uses.iter().map(String::as_str).collect::<Vec<_>>().join(" "))
}
