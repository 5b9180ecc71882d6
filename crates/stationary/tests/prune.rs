//! `stationary prune`: what it gives, that it goes on where it was killed, and what it refuses.

use assert_cmd::Command;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

/// A short run on the embedded network and images.
const SHORT: [&str; 12] =
    ["prune", "--images", "64", "--windows", "256", "--rounds", "2", "--step", "0.9", "--held", "200", "--json"];

/// A fresh folder for one test.
fn folder(test: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(test);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

fn stationary(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::cargo_bin("stationary").unwrap();
    command.current_dir(folder).args(arguments);
    if cfg!(feature = "train") && arguments.first() == Some(&"prune") {
        command.args(["--epochs", "0"]);
    }
    command
}

/// What is printed, as JSON.
fn printed(folder: &Path, arguments: &[&str]) -> serde_json::Value {
    let output = stationary(folder, arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// What is refused, with exit status 2.
fn refused(folder: &Path, arguments: &[&str]) -> String {
    let output = stationary(folder, arguments).output().unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{text}");
    text
}

fn rows<'v>(document: &'v serde_json::Value, table: &str) -> &'v Vec<serde_json::Value> {
    document["tables"][table].as_array().unwrap()
}

fn sum(rows: &[serde_json::Value], column: &str) -> f64 {
    rows.iter().map(|row| row[column].as_f64().unwrap()).sum()
}

/// The exports hold the network that the document is of: reloaded and estimated again they have its densities and energy.
#[test]
fn what_is_exported_is_what_is_reported() {
    let folder = folder("prune_exports");
    let files = ["--write-onnx", "p.onnx", "--write-densities", "d.csv", "--write-csv", "l.csv", "--machine", "1"];
    let document = printed(&folder, &[&SHORT[..], &files].concat());
    let layers = rows(&document, "layers");
    let (before, after) = (sum(layers, "energy"), sum(layers, "energy_after"));
    assert!(after < 0.75 * before, "{after} of {before}");

    let densities = fs::read_to_string(folder.join("d.csv")).unwrap();
    for (line, layer) in densities.lines().skip(1).zip(layers) {
        let fields: Vec<&str> = line.split(',').collect();
        assert_eq!(fields[0], layer["layer"]);
        let [weights, surviving, density]: [f64; 3] = std::array::from_fn(|field| fields[field + 1].parse().unwrap());
        assert_eq!(weights, layer["weights"].as_f64().unwrap());
        assert_eq!(density, layer["density"].as_f64().unwrap());
        assert!((surviving / weights - density).abs() < 1e-12);
    }

    let again = printed(&folder, &["estimate", "l.csv", "--json"]);
    let total = sum(rows(&again, "layers"), "total");
    assert!((total / after - 1.0).abs() < 1e-3, "{total} for {after}");

    let reloaded = printed(&folder, &["estimate", "p.onnx", "--image", &image(), "--json"]);
    for (found, layer) in rows(&reloaded, "layers").iter().zip(layers) {
        let zeros = found["weight_zeros"].as_f64().unwrap();
        assert!((1.0 - zeros - layer["density"].as_f64().unwrap()).abs() < 1e-9, "{found}");
    }

    // The machine runs it, and its estimate is near.
    let stages = rows(&document, "hardware_stages");
    for network in ["original", "pruned"] {
        let own: Vec<_> = stages.iter().filter(|row| row["network"] == network).cloned().collect();
        let (machine, estimate) = (sum(&own, "machine"), sum(&own, "estimate"));
        assert!((estimate / machine - 1.0).abs() < 0.05, "{network}: {estimate} for {machine}");
    }
}

/// A picture for a network that takes one: its content does not matter here.
fn image() -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/chelsea.png").display().to_string()
}

#[test]
fn a_killed_run_goes_on_to_the_same_bytes() {
    let folder = folder("prune_killed");
    let with = |state: &str, onnx: &str| [&SHORT[..], &["--resume", state, "--write-onnx", onnx]].concat().join(" ");
    let arguments = |line: &str| line.split(' ').map(String::from).collect::<Vec<String>>();
    let run = |line: &str| {
        let arguments = arguments(line);
        printed(&folder, &arguments.iter().map(String::as_str).collect::<Vec<_>>())
    };
    let whole = run(&with("whole.state", "whole.onnx"));

    // Killed whenever the file has grown older by a change, until a run ends by itself.
    let (line, state) = (with("killed.state", "killed.onnx"), folder.join("killed.state"));
    let mut kills = 0;
    while kills < 4 {
        let seen = fs::read(&state).ok();
        let mut command = std::process::Command::new(assert_cmd::cargo::cargo_bin("stationary"));
        command.current_dir(&folder).args(arguments(&line)).stdout(Stdio::null()).stderr(Stdio::null());
        if cfg!(feature = "train") {
            command.args(["--epochs", "0"]);
        }
        let mut child = command.spawn().unwrap();
        let killed = loop {
            if child.try_wait().unwrap().is_some() {
                break false;
            }
            if fs::read(&state).ok() != seen {
                child.kill().unwrap();
                child.wait().unwrap();
                break true;
            }
            std::thread::sleep(Duration::from_millis(5));
        };
        if !killed {
            break;
        }
        kills += 1;
    }
    assert!(kills >= 3, "killed {kills} times");
    let resumed = run(&line);
    assert_eq!(resumed, whole);
    for (ours, theirs) in [("killed.onnx", "whole.onnx"), ("killed.state", "whole.state")] {
        assert!(fs::read(folder.join(ours)).unwrap() == fs::read(folder.join(theirs)).unwrap(), "{ours}");
    }
}

#[test]
fn methods_side_by_side() {
    let folder = folder("prune_methods");
    let document = printed(&folder, &[&SHORT[..], &["--method", "energy,magnitude", "--svg", "."]].concat());
    let methods = rows(&document, "methods");
    assert_eq!(methods.len(), 2);
    assert_eq!(methods[0]["times"], 1.0);
    assert!(fs::read_to_string(folder.join("accuracy_energy.svg")).unwrap().contains("magnitude"));
}

#[test]
fn refusals() {
    let folder = folder("prune_refusals");
    let state = [&SHORT[..], &["--resume", "run.state"]].concat();
    printed(&folder, &state);
    fs::write(folder.join("text.state"), "no run").unwrap();
    fs::write(folder.join("tensors.state"), [2u64.to_le_bytes().as_slice(), b"{}"].concat()).unwrap();
    let with = |more: &[&str]| refused(&folder, &[&SHORT[..], more].concat());
    let refusals = [
        with(&["--method", "luck"]),
        with(&["--pattern", "4:2"]),
        with(&["--accuracy", "99.9"]),
        with(&["--resume", "text.state"]),
        with(&["--resume", "tensors.state"]),
        with(&["--resume", "run.state", "--seed", "2"]),
        with(&["--resume", "nowhere/run.state"]),
        with(&["--data", "nowhere"]),
        refused(&folder, &["prune", "squeezenet1.1"]),
        refused(&folder, &["prune", "--arch", "nochip"]),
    ];
    insta::assert_snapshot!("refusals", refusals.join("\n"));
}

#[cfg(not(feature = "train"))]
#[test]
fn epochs_without_back_propagation() {
    let text = refused(&folder("prune_epochs"), &["prune", "--epochs", "1"]);
    assert!(text.contains("--features train"), "{text}");
}
