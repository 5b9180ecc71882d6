//! `stationary budget` on the command line: what is kept, what is broken, what is refused.
//!
//! Snapshots are blessed with `INSTA_UPDATE=always cargo test -p stationary --test budget`.

use assert_cmd::Command;
use serde_json::Value;
use std::path::{Path, PathBuf};

fn budget(arguments: &[&str]) -> Command {
    let mut command = Command::cargo_bin("stationary").unwrap();
    command.current_dir(env!("CARGO_TARGET_TMPDIR")).arg("budget").args(arguments);
    command
}

/// Standard output of a command that ends with a status.
fn says(arguments: &[&str], status: i32) -> String {
    let output = budget(arguments).assert().code(status).get_output().clone();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "", "nothing goes to standard error but errors");
    String::from_utf8(output.stdout).unwrap()
}

fn without_hash(text: &str) -> String {
    text.lines().filter(|line| !line.contains("sha256")).map(|line| format!("{line}\n")).collect()
}

/// The limits of a document: name, found, verdict.
fn limits(document: &str) -> Vec<(String, f64, Option<String>)> {
    let document: Value = serde_json::from_str(document).unwrap();
    let rows = document["tables"]["limits"].as_array().unwrap();
    let text = |value: &Value| value.as_str().map(str::to_string);
    rows.iter()
        .map(|row| (text(&row["limit"]).unwrap(), row["found"].as_f64().unwrap(), text(&row["verdict"])))
        .collect()
}

fn file(name: &str, content: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, content).unwrap();
    path
}

/// AlexNet's CONV layers as in the published table, but for the zeros, which are the same in all layers here. The limits
/// are those of the published figures: 34.7 frames/s, 278 mW, 181.5 KiB of SRAM.
#[test]
fn the_chip_against_its_own_published_figures() {
    let conv = ["alexnet", "--layers", "conv1..conv5", "--batch", "4", "--zeros", "57.5"];
    let kept = says(&[&conv[..], &["--fps", "33", "--power", "300mW", "--memory", "194KiB"]].concat(), 0);
    assert!(kept.contains("\nKept: memory, frame rate and power.\n"), "{kept}");
    let broken = says(
        &[
            &conv[..],
            &["--fps", "40", "--power", "0.25W", "--memory", "181.5KiB", "--battery", "10Wh", "--lasting", "2days"],
        ]
        .concat(),
        1,
    );
    assert!(broken.lines().all(|line| line.chars().count() <= 120), "{broken}");
    insta::assert_snapshot!(without_hash(&broken));
}

/// More zeros gate more multiplications and code shorter; a stopped clock takes nothing; a lower supply less.
#[test]
fn what_is_said_of_the_machine_counts() {
    let power = |more: &[&str]| {
        let document = says(&[&["lenet5", "--fps", "100", "--power", "1W", "--json"], more].concat(), 0);
        limits(&document)[2].1
    };
    let plain = power(&[]);
    assert!(power(&["--zeros", "80%"]) < 0.999 * plain);
    assert!(power(&["--idle-clock", "stopped"]) < 0.5 * plain);
    assert!(power(&["--point", "0.82V"]) < 0.7 * plain);
    let batch = limits(&says(&["lenet5", "--fps", "1", "--batch", "8", "--json"], 0))[1].1;
    assert!(batch > limits(&says(&["lenet5", "--fps", "1", "--json"], 0))[1].1, "a batch shares its filters");
}

/// A run of trained weights costs what `stationary run` says it costs, whatever the batch.
#[test]
fn trained_weights_cost_what_their_run_costs() {
    for batch in ["1", "2"] {
        let limit = ["--image", "--battery", "1Wh", "--json", "--batch", batch];
        let found: Vec<f64> =
            limits(&says(&[&["efficientnet-lite0"], &limit[..]].concat(), 0)).iter().map(|limit| limit.1).collect();
        let output =
            Command::cargo_bin("stationary").unwrap().args(["run", "--json", "--batch", batch]).output().unwrap();
        let total = &serde_json::from_slice::<Value>(&output.stdout).unwrap()["totals"];
        let run = |key: &str| total.pointer(key).and_then(Value::as_f64).unwrap_or_else(|| panic!("{key} in {total}"));
        let near = |a: f64, b: f64| (a / b - 1.0).abs() < 1e-9;
        assert!(near(found[1], run("/frames_per_second")), "{found:?} {total}");
        assert!(near(found[2], run("/power_mw")), "{found:?} {total}");
        assert!(near(found[3], run("/energy_nj_per_pixel")), "{found:?} {total}");
        assert!(near(found[4], 1000.0 / run("/power_mw")), "{found:?} {total}");
    }
}

#[test]
fn any_architecture_in_joules_with_a_clock() {
    let text = says(&["lenet5", "--arch", "tpu", "--energy-per-pixel", "10nJ/px", "--fps", "1000"], 1);
    insta::assert_snapshot!(without_hash(&text));
    // The accumulators' words are of 32 bits, all others of 8.
    let document = says(&["lenet5", "--arch", "tpu", "--memory", "40MiB", "--json"], 0);
    let document: Value = serde_json::from_str(&document).unwrap();
    let memories = document["tables"]["memories"].as_array().unwrap();
    let kib: Vec<_> = memories.iter().map(|memory| memory["all"].as_f64().unwrap()).collect();
    assert_eq!(kib, [24.0 * 1024.0, 256.0, 4096.0, 128.0]);
    // A clock that is said for it: twice the clock, twice the frames.
    let rate =
        |clock| limits(&says(&["lenet5", "--arch", "diannao", "--clock", clock, "--fps", "1", "--json"], 0))[1].1;
    assert!((rate("2GHz") / rate("1000MHz") - 2.0).abs() < 1e-9);
}

/// Limits that nobody has in mind are told on lines that fit.
#[test]
fn absurd_limits_fit_a_terminal() {
    for limits in [&["--power", "1e-300mW"][..], &["--fps", "1e300"], &["--battery", "1e300Wh", "--lasting", "1e308h"]]
    {
        let text = says(&[&["lenet5"], limits].concat(), 1);
        assert!(text.lines().all(|line| line.chars().count() <= 120), "{text}");
    }
}

/// The same bytes on one thread and on several; in CSV the limits.
#[test]
fn documents_are_deterministic() {
    let arguments = ["squeezenet1.1", "--layers", "1..6", "--fps", "30", "--power", "300mW", "--json"];
    let document = |threads: &str| {
        let output = budget(&arguments).env("RAYON_NUM_THREADS", threads).assert().code(0).get_output().clone();
        String::from_utf8(output.stdout).unwrap()
    };
    assert!(document("1") == document("3"));
    let csv = says(&["lenet5", "--fps", "30", "--csv"], 0);
    assert!(csv.starts_with("limit,unit,asked,found,ratio,verdict,costliest,costliest_part\nmemory,KiB,,"), "{csv}");
}

/// A layer that fits nowhere is a finding, with the rules that forbid it.
#[test]
fn a_layer_without_a_mapping_is_told() {
    let arch = "arch: tiny\nword: 16 bit\nclock: 1 MHz\nstages:\n\
        - {memory: DRAM, must_keep: all, capacity: unbounded, bandwidth: unbounded, read: 200 pJ, write: 200 pJ}\n\
        - {memory: GLB, must_keep: all, capacity: 2 words, bandwidth: unbounded, read: 6 pJ, write: 6 pJ}\n\
        - {compute: MAC, mac: 1 pJ}\n";
    let path = file("tiny.yaml", arch);
    let text = says(&["lenet5", "--layers", "c1", "--arch", path.to_str().unwrap(), "--fps", "1"], 1);
    assert!(text.contains("layers without a mapping") && text.contains("GLB"), "{text}");
}

/// Every refusal: exit status 2, nothing on standard output.
#[test]
fn bad_usage_is_refused() {
    let wordless = "arch: wordless\nclock: 1 MHz\nstages:\n\
        - {memory: DRAM, must_keep: all, capacity: unbounded, bandwidth: unbounded, read: 200 pJ, write: 200 pJ}\n\
        - {memory: GLB, must_keep: all, capacity: 5000 words, bandwidth: unbounded, read: 6 pJ, write: 6 pJ}\n\
        - {compute: MAC, mac: 1 pJ}\n";
    file("wordless.yaml", wordless);
    let vector = "input: \"data\" input_dim: 1 input_dim: 64\n\
        layer { name: \"fc\" type: \"InnerProduct\" bottom: \"data\" top: \"fc\" inner_product_param { num_output: 8 } }\n";
    file("vector.prototxt", vector);
    let cases: &[&[&str]] = &[
        &["lenet5"],
        &["lenet5", "--power", "200"],
        &["lenet5", "--memory", "200KB"],
        &["lenet5", "--energy-per-pixel", "10nJ"],
        &["lenet5", "--battery", "2000mAh"],
        &["lenet5", "--lasting", "8h"],
        &["lenet5", "--fps", "0"],
        &["lenet5", "--fps", "30", "--zeros", "101"],
        &["lenet5", "--fps", "30", "--point", "0.9V"],
        &["lenet5", "--fps", "30", "--image"],
        &["lenet5", "--fps", "30", "--bgr"],
        &["efficientnet-lite0", "--fps", "30", "--image", "missing.png"],
        &["efficientnet-lite0", "--fps", "30", "--image", "--zeros", "50"],
        &["efficientnet-lite0", "--fps", "30", "--image", "--arch", "tpu"],
        &["lenet5", "--fps", "30", "--clock", "200MHz"],
        &["lenet5", "--fps", "30", "--arch", "diannao"],
        &["lenet5", "--fps", "30", "--arch", "tpu", "--clock", "1GHz"],
        &["lenet5", "--power", "1W", "--arch", "isca16-rs"],
        &["lenet5", "--fps", "30", "--arch", "isca16-rs", "--zeros", "10"],
        &["lenet5", "--fps", "30", "--arch", "eyeris"],
        &["lenet5", "--memory", "20kB", "--arch", "wordless.yaml"],
        &["vector.prototxt", "--energy-per-pixel", "10nJ/px"],
        &["lenet6", "--fps", "30"],
        &["lenet5", "--fps", "30", "--json", "--csv"],
    ];
    let refusals = cases.iter().map(|arguments| {
        let output = budget(arguments).assert().code(2).get_output().clone();
        assert_eq!(String::from_utf8_lossy(&output.stdout), "");
        let told = String::from_utf8(output.stderr).unwrap();
        let (first, _) = told.split_once("\n\n").unwrap_or((told.trim_end(), ""));
        format!("budget {}\n{first}\n\n", arguments.join(" "))
    });
    insta::assert_snapshot!(refusals.collect::<String>());
}
