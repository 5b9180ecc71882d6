//! What the core crates leave to others: files, printing, serialisation; and to the machine, foretelling.

use super::{Check, Finding};
use crate::manifests;
use crate::tree::Tree;

/// The crates that compute.
const CORE: &[&str] = &["nn", "model", "mapper", "eyeriss", "prune", "detect"];

/// Code that is absent from them, and whose it is. The last has no place in the machine only.
const ABSENT: &[(&[&str], &str, &str)] = &[
    (CORE, "fs::", "only `formats` and `stationary` touch files"),
    (CORE, "File::open", "only `formats` and `stationary` touch files"),
    (CORE, "println!", "only `stationary` prints"),
    (CORE, "print!", "only `stationary` prints"),
    (CORE, "eprintln!", "only `stationary` prints"),
    (CORE, "eprint!", "only `stationary` prints"),
    (CORE, "env::", "only `stationary` reads its surroundings"),
    (&["eyeriss"], "predict", "the machine never calls `predict`, or their agreement would prove nothing"),
];

/// Crates that they do not use.
const FOREIGN: &[&str] = &["serde", "serde_json", "clap", "log", "tracing"];

pub const CHECK: Check = Check {
    promise: "the core crates only compute, and the machine never predicts",
    run,
    broken: (
        &[
            ("Cargo.toml", ""),
            ("crates/eyeriss/src/pe.rs", "//! A PE; `predict` may be named here.\nuse model::predict;\n"),
            ("crates/nn/Cargo.toml", "[dependencies]\nserde = '1'\n"),
            (
                "crates/nn/src/lib.rs",
                "//! Doc.\nfn a() { eprintln!() }\nfn b() { bufs::c() + fs::read() }\n\n#[cfg(test)]\nmod tests { fn c() { fs::read() } }\n",
            ),
        ],
        &[
            "crates/eyeriss/src/pe.rs:2: `predict`: the machine never calls `predict`, or their agreement would prove nothing",
            "crates/nn/src/lib.rs:2: `eprintln!`: only `stationary` prints",
            "crates/nn/src/lib.rs:3: `fs::`: only `formats` and `stationary` touch files",
            "crates/nn/Cargo.toml: depends on serde: core types are plain values",
        ],
    ),
};

fn run(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.rust() {
        let Some(name) = file.path.strip_prefix("crates/").and_then(|rest| rest.split('/').next()) else { continue };
        for (number, line) in file.code() {
            let broken = ABSENT.iter().find(|(crates, word, _)| crates.contains(&name) && has_word(line, word));
            findings.extend(broken.map(|(_, word, rule)| Finding::at(&file.path, number, format!("`{word}`: {rule}"))));
        }
    }
    for one in manifests::crates(tree).unwrap_or_default() {
        if CORE.contains(&one.name.as_str()) {
            findings.extend(FOREIGN.iter().filter(|foreign| one.foreign.contains(**foreign)).map(|foreign| {
                Finding::new(&one.manifest, format!("depends on {foreign}: core types are plain values"))
            }));
        }
    }
    findings
}

/// Whether `word` begins a word of `line`.
fn has_word(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(start, _)| {
        let before = line[..start].chars().next_back();
        before.is_none_or(|letter| !letter.is_alphanumeric() && letter != '_')
    })
}
