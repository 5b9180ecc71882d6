//! Prose that names a file names one that is there.
//!
//! Read are the Markdown pages (not the change log, which tells of what was) and the module docs of Rust files. A word
//! in backticks is a path if it holds `/` or ends like a file; a link's target is one if it is not on the web. Paths
//! are taken from the root or from the page's folder, may hold `*`, and a bare file name may stand anywhere in the
//! tree. What lies outside the tree (`../`) is not looked for.

use super::{Check, Finding};
use crate::tree::{File, Tree};

/// How files of the tree end.
const ENDINGS: &[&str] =
    &[".rs", ".md", ".toml", ".py", ".onnx", ".png", ".svg", ".txt", ".json", ".yaml", ".csv", ".snap", ".sv"];

pub const CHECK: Check = Check {
    promise: "every path that prose names is there",
    run,
    broken: (
        &[
            ("CHANGELOG.md", "`gone.rs` was removed.\n"),
            (
                "README.md",
                "See `crates/nn`, `conv.rs`, `conv*.rs`, `../shared/x.md`, `a -> b`, [it](src/gone.rs).\n\
                 See `src/conv.rs`, `cargo test`,\n`pool.rs` and\n```\n`none/in/code`\n```\n`crates/model/`.\n",
            ),
            ("crates/nn/src/conv.rs", "//! As `crates/nn/src/none.rs`; ratios like `a/b` are no paths here.\n"),
        ],
        &[
            "README.md:1: `src/gone.rs` is not there",
            "README.md:2: `src/conv.rs` is not there",
            "README.md:3: `pool.rs` is not there",
            "README.md:7: `crates/model/` is not there",
            "crates/nn/src/conv.rs:1: `crates/nn/src/none.rs` is not there",
        ],
    ),
};

fn run(tree: &Tree) -> Vec<Finding> {
    tree.files()
        .iter()
        .flat_map(|file| named_paths(file).into_iter().map(move |(number, path)| (file, number, path)))
        .filter(|(file, _, path)| !exists(tree, file, path))
        .map(|(file, number, path)| Finding::at(&file.path, number, format!("`{path}` is not there")))
        .collect()
}

fn named_paths(file: &File) -> Vec<(usize, &str)> {
    if file.is_rust() {
        let words = file.module_doc().flat_map(|(number, doc)| backticked(doc).map(move |word| (number, word)));
        return words.filter(|(_, word)| is_path(word) && word.contains('/') && ends_like_a_file(word)).collect();
    }
    if !file.name().ends_with(".md") || file.name() == "CHANGELOG.md" {
        return Vec::new();
    }
    let mut in_code = false;
    let text = file.lines().filter(|(_, line)| {
        let fence = line.starts_with("```");
        in_code ^= fence;
        !in_code && !fence
    });
    text.flat_map(|(number, line)| {
        let words = backticked(line).filter(|word| is_path(word));
        words.chain(link_targets(line)).map(move |path| (number, path))
    })
    .collect()
}

fn backticked(line: &str) -> impl Iterator<Item = &str> {
    line.split('`').skip(1).step_by(2)
}

fn link_targets(line: &str) -> impl Iterator<Item = &str> {
    let targets = line.split("](").skip(1).filter_map(|rest| rest.split([')', '#']).next());
    targets.filter(|target| !target.is_empty() && !target.contains("://"))
}

fn is_path(word: &str) -> bool {
    let of_path = |letter: char| letter.is_ascii_alphanumeric() || "_-./*".contains(letter);
    word.chars().all(of_path) && (word.contains('/') || ends_like_a_file(word)) && !word.starts_with("../")
}

fn ends_like_a_file(word: &str) -> bool {
    ENDINGS.iter().any(|ending| word.len() > ending.len() && word.ends_with(ending))
}

fn exists(tree: &Tree, page: &File, path: &str) -> bool {
    let folder = &page.path[..page.path.len() - page.name().len()];
    let near = format!("{folder}{path}");
    if path.contains('*') {
        return tree.files().iter().any(|file| {
            matches(path, &file.path)
                || matches(&near, &file.path)
                || (!path.contains('/') && matches(path, file.name()))
        });
    }
    let bare = !path.contains('/') && tree.files().iter().any(|file| file.name() == path);
    bare || tree.has(path) || tree.has(&near)
}

/// Whether `name` is `pattern`, each `*` of which stands for any text.
fn matches(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((head, tail)) => name
            .strip_prefix(head)
            .is_some_and(|rest| rest.char_indices().any(|(start, _)| matches(tail, &rest[start..])) || tail.is_empty()),
    }
}
