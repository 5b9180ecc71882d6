//! `stationary map` and `stationary model` on the command line: what people read, what they are refused, and that a
//! mapping survives its file.
//!
//! Snapshots are blessed with `INSTA_UPDATE=always cargo test -p stationary --test mapping`.

use assert_cmd::Command;
use std::fs;
use std::path::{Path, PathBuf};

/// A fresh folder for one test.
fn folder(test: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("mapping").join(test);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// Standard output of a command that ends with `status`, or standard error where that is 2.
fn says(folder: &Path, arguments: &[&str], status: i32) -> String {
    let mut command = Command::cargo_bin("stationary").unwrap();
    let output = command.current_dir(folder).args(arguments).assert().code(status).get_output().clone();
    let (said, silent) = if status == 2 { (output.stderr, output.stdout) } else { (output.stdout, output.stderr) };
    assert_eq!(String::from_utf8_lossy(&silent), "", "{arguments:?}");
    String::from_utf8(said).unwrap()
}

/// All lines but those of the inputs' hash, which differs when anything that goes in does, and of what the search did,
/// which differs when it gets better.
fn without_hash(text: &str) -> String {
    let differs = |line: &&str| !["inputs ", "space ", "search ", "cut "].iter().any(|head| line.starts_with(head));
    text.lines().filter(differs).map(|line| format!("{line}\n")).collect()
}

fn longest_line(text: &str) -> usize {
    text.lines().map(|line| line.chars().count()).max().unwrap_or(0)
}

#[test]
fn help() {
    insta::assert_snapshot!("help_map", says(&folder("help"), &["map", "--help"], 0));
    insta::assert_snapshot!("help_model", says(&folder("help"), &["model", "--help"], 0));
}

#[test]
fn a_problem_and_a_network_as_people_read_them() {
    let folder = folder("text");
    let problem = says(&folder, &["map", "alexnet", "--layer", "conv5"], 0);
    let network = says(&folder, &["map", "alexnet", "--arch", "two-level", "--batch", "4"], 0);
    let front = says(&folder, &["map", "matmul:8,8,8", "--objective", "pareto", "--arch", "open-eyeriss"], 0);
    for text in [&problem, &network, &front] {
        assert!(longest_line(text) <= 120, "{text}");
    }
    insta::assert_snapshot!("map_problem", without_hash(&problem));
    insta::assert_snapshot!("map_network", without_hash(&network));
    let points = front.lines().filter(|line| line.starts_with("point ")).count();
    assert!(points > 1 && front.contains(&format!("point 1 of {}", points - 1)), "{front}");
}

/// Each mapping goes to its file and comes back: the part of the document that tells what it does is the same, byte for
/// byte.
#[test]
fn a_mapping_survives_its_file() {
    let folder = folder("survives");
    fs::write(folder.join("einsum.yaml"), EINSUM).unwrap();
    let cases: [&[&str]; 8] = [
        &["matmul:64,64,64"],
        &["matmul:64,64,64", "--order", "listed"],
        &["matmul:10,6,15", "--imperfect"],
        &["conv:M=6,C=5,P=7,Q=9,R=3,S=2,stride=2", "--imperfect", "--arch", "two-level", "--budget", "20s"],
        &["alexnet", "--layer", "conv5", "--order", "listed"],
        &["fully_connected:3,100,77", "--arch", "tpu", "--objective", "edp"],
        &["conv:M=16,C=8,P=6,Q=6,R=3,S=3", "--arch", "eyeriss", "--dataflow", "rs"],
        &["einsum.yaml", "--arch", "isca16-ws@512", "--dataflow", "ws"],
    ];
    for arguments in cases {
        let mapped = says(&folder, &[&["map"], arguments, &["--out", "mapping.yaml", "--json"]].concat(), 0);
        let kept = ["--arch", "--layer"].iter().filter_map(|option| {
            let at = arguments.iter().position(|argument| argument == option)?;
            Some(&arguments[at..at + 2])
        });
        let kept: Vec<&str> = kept.flatten().copied().collect();
        let given = says(&folder, &[&["model", arguments[0], "mapping.yaml", "--json"], &kept[..]].concat(), 0);
        let mappings = |document: &str| {
            let from = document.find("\"mappings\"").expect("the part");
            let to = document.find("\n  \"search\"").map_or(document.len() - 3, |at| at - 1);
            document[from..to].to_string()
        };
        assert!(given.len() > 1000 && mappings(&mapped) == mappings(&given), "{arguments:?}\n{mapped}\n{given}");
        let text = says(&folder, &[&["map"], arguments].concat(), 0);
        let again = says(&folder, &[&["model", arguments[0], "mapping.yaml"], &kept[..]].concat(), 0);
        assert!(text.starts_with(&again), "{text}\n{again}");
    }
}

const EINSUM: &str = "\
problem: scores of heads
einsum:
  dims: {H: 4, M: 12, N: 10, K: 8}
  ifmap: [H, K, N]
  filter: [H, M, K]
  psum: [H, M, N]
";

/// The same for all layers of a network in one file, equal shapes among them.
#[test]
fn the_mappings_of_a_network_survive_their_file() {
    let folder = folder("network");
    let network = |arguments: &[&str]| -> serde_json::Value {
        serde_json::from_str(&says(&folder, &[arguments, &["--json"]].concat(), 0)).unwrap()
    };
    let mapped = network(&["map", "squeezenet1.1", "--layer", "1..7", "--out", "mappings.yaml"]);
    let given = network(&["model", "squeezenet1.1", "mappings.yaml", "--layer", "1..7"]);
    let layers = |document: &serde_json::Value| document["layers"].as_array().unwrap().clone();
    assert_eq!(layers(&mapped).len(), 7);
    for (mapped, given) in layers(&mapped).iter().zip(&layers(&given)) {
        assert_eq!(mapped["name"], given["name"]);
        assert_eq!(mapped["mappings"], given["mappings"]);
        assert_eq!(mapped["search"]["certificate"], "proven");
    }
    assert_eq!(mapped["total"], given["total"]);
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 1, "no draft is left");
}

/// The document does not depend on the number of threads, and holds no times.
#[test]
fn the_document_is_deterministic() {
    let folder = folder("deterministic");
    let document = |threads: &str| {
        let mut command = Command::cargo_bin("stationary").unwrap();
        command.current_dir(&folder).args(["map", "lenet5", "--json"]);
        command.env("RAYON_NUM_THREADS", threads).assert().code(0).get_output().stdout.clone()
    };
    assert!(document("1") == document("3"));
}

/// A memory too small for any mapping: which, by how much; and a mapping that breaks rules: each, with its amount.
#[test]
fn findings() {
    let folder = folder("findings");
    fs::write(folder.join("small.yaml"), SMALL).unwrap();
    fs::write(folder.join("mapping.yaml"), ILLEGAL).unwrap();
    let mut told = String::new();
    for arguments in [
        &["map", "matmul:64,64,64", "--arch", "small.yaml"][..],
        &["map", "alexnet", "--layer", "1..2", "--arch", "small.yaml"],
        &["model", "matmul:64,64,64", "mapping.yaml", "--arch", "open-eyeriss"],
        &["model", "matmul:64,64,64", "mapping.yaml", "--arch", "open-eyeriss", "--json"],
    ] {
        told += &format!("$ stationary {}\n{}\n", arguments.join(" "), without_hash(&says(&folder, arguments, 1)));
    }
    insta::assert_snapshot!("findings", told);
}

const SMALL: &str = "\
arch: small
stages:
- {memory: DRAM, must_keep: all, capacity: unbounded, bandwidth: unbounded, read: 200 pJ, write: 200 pJ}
- {memory: buffer, must_keep: all, capacity: 2 words, bandwidth: unbounded, read: 6 pJ, write: 6 pJ}
- {compute: MAC, mac: 1 pJ}
";

const ILLEGAL: &str = "\
mapping:
- keep: {DRAM: all}
- for: {M: 2}
- par: {PE.X: {K: 32}}
- keep: {GLB: [ifmap]}
- for: {K: 2, M: 32}
- keep: {ifmap spad: [ifmap], filter spad: [filter]}
- for: {N: 64}
";

/// Every refusal: exit status 2, what was found and what was expected, no file left.
#[test]
fn bad_usage_and_bad_input() {
    let folder = folder("bad");
    fs::write(folder.join("problem.yaml"), "matmul: {M: 64, N: 0, L: 3}\n").unwrap();
    fs::write(folder.join("rules.yaml"), "constraints: x\nrules:\n- keep: {GBL: psum}\n- across: {PE.Z: [M]}\n")
        .unwrap();
    fs::write(folder.join("mapping.yaml"), "mapping:\n- keep: {DRAM: all}\n- for: {M: 7, P: 2}\n").unwrap();
    fs::write(folder.join("layers.yaml"), "layers:\n- {layer: conv9, mapping: []}\n").unwrap();
    let before = fs::read_dir(&folder).unwrap().count();
    let mut told = String::new();
    for arguments in [
        &["map", "alexnett"][..],
        &["map", "matmul:64,64"],
        &["map", "matmul:64,64,64,64"],
        &["map", "matmul:64,64,x"],
        &["map", "matmul:100000000,64,64"],
        &["map", "conv:M=64,D=2"],
        &["map", "problem.yaml"],
        &["map", "missing.yaml"],
        &["map", "matmul:64,64,64", "--batch", "4"],
        &["map", "alexnet", "--layer", "conv9"],
        &["map", "alexnet", "--batch", "0"],
        &["map", "alexnet", "--arch", "open-eyeris"],
        &["map", "alexnet", "--arch", "missing.yaml"],
        &["map", "alexnet", "--dataflow", "os"],
        &["map", "alexnet", "--constraints", "rules.yaml"],
        &["map", "alexnet", "--budget", "10"],
        &["map", "alexnet", "--budget", "-1s"],
        &["map", "alexnet", "--objective", "speed"],
        &["map", "alexnet", "--objective", "pareto", "--out", "front.yaml"],
        &["map", "matmul:4,4,4", "--out", "missing/mapping.yaml"],
        &["model", "matmul:64,64,64", "mapping.yaml"],
        &["model", "matmul:64,64,64", "missing.yaml"],
        &["model", "alexnet", "mapping.yaml"],
        &["model", "alexnet", "layers.yaml"],
    ] {
        told += &format!("$ stationary {}\n{}\n", arguments.join(" "), says(&folder, arguments, 2));
    }
    assert_eq!(fs::read_dir(&folder).unwrap().count(), before, "no file is left behind");
    insta::assert_snapshot!("refusals", told);
}

/// Mappings from the mapper run on the machine: the words are those of any other mapping, and what does not run says why.
#[test]
fn the_machine_runs_what_the_mapper_finds() {
    let folder = folder("machine");
    let layers = ["--layers", "stem,block0.project"];
    let out = ["--out", "mappings.yaml"];
    let map = ["map", "efficientnet-lite0", "--layer", "stem,block0.project", "--arch", "eyeriss"];
    says(&folder, &[&map[..], &["--dataflow", "rs"], &out].concat(), 0);
    let run = |more: &[&str]| -> serde_json::Value {
        serde_json::from_str(&says(&folder, &[&["run", "--json"], &layers[..], more].concat(), 0)).unwrap()
    };
    let (given, sought) = (run(&["--mapping", "mappings.yaml"]), run(&[]));
    assert_eq!(given["images"], sought["images"], "the same words");
    let mapping = |document: &serde_json::Value| document["layers"][1]["machine"]["mapping"].clone();
    assert_eq!(given["layers"][1]["name"], "stem");
    assert_ne!(mapping(&given), mapping(&sought), "another mapping");

    let one = ["map", "efficientnet-lite0", "--layer", "stem", "--arch", "eyeriss", "--constraints", "rules.yaml"];
    fs::write(
        folder.join("rules.yaml"),
        "constraints: columns\nrules:\n- across: {all: [Q]}\n- copies: {PE.X: {Q: 14}}\n",
    )
    .unwrap();
    says(&folder, &[&one[..], &["--budget", "5s", "--out", "one.yaml"]].concat(), 0);
    let refused = says(&folder, &["run", "--layers", "stem", "--mapping", "one.yaml"], 2);
    assert!(refused.contains(": a PE slides along whole rows"), "{refused}");
    let refused = says(&folder, &["run", "--layers", "stem", "--mapping", "mappings.yaml"], 2);
    assert!(refused.contains("found layer \"block0.project\""), "{refused}");
}

/// What an architecture does about zeros, of a problem that says how many there are, comes beside the dense counts.
#[test]
fn zeros_are_told_of_a_mapping() {
    let folder = folder("zeros");
    let gated = SMALL.replace("2 words", "64 words").replace("mac: 1 pJ}", "mac: 1 pJ, savings: [{gate: [ifmap]}]}");
    let arch = format!("gated_share: 0\nword: 16 bit\n{gated}");
    fs::write(folder.join("sparse.yaml"), arch).unwrap();
    fs::write(folder.join("problem.yaml"), "{densities: {ifmap: 0.25}, matmul: {M: 8, N: 8, K: 8}}\n").unwrap();
    let map = ["map", "problem.yaml", "--arch", "sparse.yaml", "--out", "mapping.yaml"];
    assert!(says(&folder, &map, 0).contains("What the architecture does about zeros is left out"));
    let model = ["model", "problem.yaml", "mapping.yaml", "--arch", "sparse.yaml"];
    assert!(says(&folder, &model, 0).contains("MACs 128 done, 384 gated, 0 skipped"));
    let explained = says(&folder, &[&model[..], &["--explain"]].concat(), 0);
    assert!(explained.contains("  DRAM read: 200 (as described, without a source)"), "{explained}");
    let document: serde_json::Value =
        serde_json::from_str(&says(&folder, &[&model[..], &["--json"]].concat(), 0)).unwrap();
    assert_eq!(document["zeros_spared"]["macs_gated"], 384.0);
    assert_eq!(document["mappings"][0]["compute"]["macs"], 512);
}
