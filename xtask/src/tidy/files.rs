//! What a clone has to carry: no large file without a reason.

use super::{Check, Finding};
use crate::tree::Tree;

/// In bytes.
const LIMIT: u64 = 1 << 20;

/// Larger files, and why each is in the tree.
const EXCUSED: &[(&str, &str)] = &[
    (
        "crates/stationary/assets/efficientnet-lite0.onnx",
        "the trained network that runs when none is named, so that a fresh clone works without a download",
    ),
    (
        "crates/stationary/assets/fashion-mnist/t10k-images-idx3-ubyte.gz",
        "the labelled images that a network is pruned with when none are named, so that a fresh clone works without a download",
    ),
];

pub const CHECK: Check = Check {
    promise: "a file of over 1 MiB has a stated reason",
    run,
    broken: (
        &[("crates/stationary/assets/photo.ppm", ZEROS), ("small.txt", "")],
        &["crates/stationary/assets/photo.ppm: has 1048577 bytes and no reason"],
    ),
};

/// One byte more than the limit.
const ZEROS: &str = match str::from_utf8(&[0; LIMIT as usize + 1]) {
    Ok(text) => text,
    Err(_) => unreachable!(),
};

fn run(tree: &Tree) -> Vec<Finding> {
    tree.files()
        .iter()
        .filter(|file| file.size > LIMIT && !EXCUSED.iter().any(|(path, _)| *path == file.path))
        .map(|file| Finding::new(&file.path, format!("has {} bytes and no reason", file.size)))
        .collect()
}
