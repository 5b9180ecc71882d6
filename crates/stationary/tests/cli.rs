//! The command line: what people read, and what they are told when something is wrong.
//!
//! Snapshots are blessed with `INSTA_UPDATE=always cargo test -p stationary --test cli`.

use assert_cmd::Command;
use std::fs;
use std::path::{Path, PathBuf};

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
    command
}

/// Standard output of a command that must succeed.
fn says(test: &str, arguments: &[&str]) -> String {
    let output = stationary(&folder(test), arguments).assert().code(0).get_output().clone();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "", "nothing goes to standard error but errors");
    String::from_utf8(output.stdout).unwrap()
}

/// Standard error of a command that must refuse, having written nothing else.
fn refuses(folder: &Path, arguments: &[&str]) -> String {
    let before = fs::read_dir(folder).unwrap().count();
    let output = stationary(folder, arguments).assert().code(2).get_output().clone();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "");
    assert_eq!(fs::read_dir(folder).unwrap().count(), before, "no file is left behind");
    String::from_utf8(output.stderr).unwrap()
}

/// All lines but that of the inputs' hash, which differs when anything that goes in does.
fn without_hash(text: &str) -> String {
    text.lines().filter(|line| !line.contains("sha256")).map(|line| format!("{line}\n")).collect()
}

fn longest_line(text: &str) -> usize {
    text.lines().map(|line| line.chars().count()).max().unwrap_or(0)
}

#[test]
fn help() {
    insta::assert_snapshot!("help", says("help", &["--help"]));
    insta::assert_snapshot!("help_run", says("help_run", &["run", "--help"]));
}

/// Each command's help ends in an example that begins with the command.
#[test]
fn every_command_has_an_example() {
    for command in [
        &["run"][..],
        &["accuracy"],
        &["net", "list"],
        &["net", "show"],
        &["net", "check"],
        &["arch", "list"],
        &["arch", "show"],
        &["arch", "check"],
        &["arch", "schema"],
        &["map"],
        &["model"],
        &["budget"],
        &["platforms"],
        &["validate", "platforms"],
    ] {
        let help = says("every_command", &[command, &["--help"]].concat());
        assert!(help.contains(&format!("\n  stationary {}", command.join(" "))), "{help}");
    }
}

#[test]
fn lists() {
    insta::assert_snapshot!("net_list", says("net_list", &["net", "list"]));
    insta::assert_snapshot!("net_show", says("net_show", &["net", "show", "lenet5"]));
    insta::assert_snapshot!("net_check", says("net_check", &["net", "check", "efficientnet-lite0"]));
    insta::assert_snapshot!("net_check_json", says("net_check", &["net", "check", "lenet5", "--json"]));
    let archs = says("arch_list", &["arch", "list"]);
    assert!(longest_line(&archs) <= 120, "{archs}");
    insta::assert_snapshot!("arch_list", archs);
    insta::assert_snapshot!("arch_show", says("arch_show", &["arch", "show", "isca16-rs@512"]));
}

/// A folder that happens to have a network's name is not taken for the network.
#[test]
fn a_folder_is_no_network() {
    let folder = folder("folder");
    fs::create_dir(folder.join("lenet5")).unwrap();
    stationary(&folder, &["net", "check", "lenet5"]).assert().code(0);
}

#[test]
fn the_array_as_text() {
    let conv1 = says("array", &["arch", "show", "eyeriss"]);
    let conv2 = says("array", &["arch", "show", "eyeriss", "--layer", "conv2"]);
    let conv4 = says("array", &["arch", "show", "eyeriss", "--layer", "conv4"]);
    for text in [&conv1, &conv2, &conv4] {
        assert!(longest_line(text) <= 120, "{text}");
    }
    insta::assert_snapshot!("array_conv1", conv1);
    insta::assert_snapshot!("array_conv4", conv4);
    // 5 x 27 PEs do not fit a row of 14: the set is folded into segments of 14 and 13.
    assert!(conv2.contains("135 of 168 PEs work"), "{conv2}");
}

#[test]
fn the_array_as_svg_is_written_whole() {
    let folder = folder("svg");
    stationary(&folder, &["arch", "show", "eyeriss", "--svg", "array.svg"]).assert().code(0);
    let names: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["array.svg"]);
    let svg = fs::read_to_string(folder.join("array.svg")).unwrap();
    assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>\n"));
    assert_eq!(svg.matches("font-weight=\"bold\">10 &gt; 6<").count(), 2, "filter row 10, ofmap row 6, in two sets");
}

#[test]
fn some_layers_on_the_machine() {
    let text = says("some_layers", &["run", "--layers", "stem,block15.project..head"]);
    assert!(longest_line(&text) <= 120, "{text}");
    insta::assert_snapshot!("run_layers", without_hash(&text));
}

/// The document is the same on one thread and on several, holds no times, and parses.
#[test]
fn the_document_is_deterministic() {
    let folder = folder("document");
    let document = |threads: &str| {
        let mut command = stationary(&folder, &["run", "--layers", "12..14,50", "--batch", "2", "--json"]);
        let output = command.env("RAYON_NUM_THREADS", threads).assert().code(0).get_output().clone();
        String::from_utf8(output.stdout).unwrap()
    };
    let one = document("1");
    assert!(one == document("3"), "the same bytes on any number of threads");
    let document: serde_json::Value = serde_json::from_str(&one).unwrap();
    assert_eq!(document["stationary"], env!("CARGO_PKG_VERSION"));
    assert_eq!(document["inputs_sha256"].as_str().unwrap().len(), 64);
    let layers = document["layers"].as_array().unwrap();
    let machine: Vec<_> = layers.iter().filter(|layer| layer["place"] == "machine").collect();
    assert_eq!(machine.len(), 4);
    for layer in machine {
        let cycles: u64 =
            layer["machine"]["cycles_by_cause"].as_object().unwrap().values().map(|c| c.as_u64().unwrap()).sum();
        assert_eq!(layer["machine"]["cycles"], cycles, "the causes add up");
    }
}

/// The stepper's document is the fast engine's but for the hash of the inputs.
#[test]
fn both_engines_say_the_same() {
    let run = |engine| without_hash(&says("engines", &["run", "--layers", "17,20", "--engine", engine, "--json"]));
    assert!(run("fast") == run("stepper"));
}

/// Every list and picture has its document too.
#[test]
fn documents_parse() {
    let cases: [(&[&str], &str, usize); 4] = [
        (&["net", "list"], "networks", nn::zoo::TABLE.len()),
        (&["net", "show", "lenet5"], "layers", 13),
        (&["arch", "list"], "archs", stationary::archs::TABLE.len()),
        (&["arch", "show", "eyeriss", "--layer", "conv3"], "working", 156),
    ];
    for (arguments, list, length) in cases {
        let document: serde_json::Value =
            serde_json::from_str(&says("json", &[arguments, &["--json"]].concat())).unwrap();
        assert_eq!(document["stationary"], env!("CARGO_PKG_VERSION"));
        assert_eq!(document[list].as_array().unwrap().len(), length, "{arguments:?}");
    }
}

#[test]
fn a_closed_pipe_is_no_error() {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_stationary"));
    let pipe = std::process::Stdio::piped;
    let mut child = command.args(["net", "show", "googlenet"]).stdout(pipe()).stderr(pipe()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), String::from_utf8_lossy(&output.stderr).as_ref()), (Some(0), ""));
}

const PROTOTXT: &str = r#"
name: "small"
input: "data" input_dim: 1 input_dim: 3 input_dim: 40 input_dim: 40
layer { name: "conv" type: "Convolution" bottom: "data" top: "conv" convolution_param { num_output: 8 kernel_size: 3 } }
"#;

/// A folder with files that are wrong in different ways.
fn bad_files(test: &str) -> PathBuf {
    let folder = folder(test);
    let onnx = include_bytes!("../assets/efficientnet-lite0.onnx");
    let image = include_bytes!("../assets/chelsea.png");
    // The length byte keeps other words that hold "Conv" as they are.
    let operator = onnx.windows(6).position(|bytes| bytes == b"\x22\x04Conv").unwrap();
    let mut unsupported = onnx.to_vec();
    unsupported[operator + 2..operator + 6].copy_from_slice(b"Conw");
    let mut corrupt = image.to_vec();
    corrupt[50_000..50_100].fill(0);
    let pool = PROTOTXT
        .replace("Convolution\"", "Pooling\"")
        .replace("num_output: 8", "")
        .replace("convolution_param", "pooling_param");
    let arch = b"arch: bad\nstages:\n- {memory: DRAM, read: 0}\n- {fanout: PE, X: 0}\n- {compuet: MAC}\n";
    let files: [(&str, &[u8]); 10] = [
        ("bad.yaml", arch),
        ("pool.prototxt", pool.as_bytes()),
        ("truncated.onnx", &onnx[..100_000]),
        ("unsupported.onnx", &unsupported),
        ("truncated.png", &image[..10_000]),
        ("corrupt.png", &corrupt),
        ("text.jpg", b"not an image"),
        ("shapes.prototxt", PROTOTXT.as_bytes()),
        ("typo.prototxt", &PROTOTXT.replace("num_output", "num_outputs").into_bytes()),
        ("wide.prototxt", &PROTOTXT.replace("kernel_size: 3", "kernel_size: 33").into_bytes()),
    ];
    for (name, bytes) in files {
        fs::write(folder.join(name), bytes).unwrap();
    }
    let small = include_bytes!("../assets/reference/chelsea-224.png");
    fs::write(folder.join("whole.png"), small).unwrap();
    fs::write(folder.join("thumbnail.png"), THUMBNAIL).unwrap();
    folder
}

/// A PNG of 1 x 1 pixels.
const THUMBNAIL: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\0\0\0\0\x3a\x7e\x9b\x55\0\0\0\nIDATx\x9cc\xf8\x0f\0\x01\x01\x01\0\xb1\x38\xf6\x14\0\0\0\0IEND\xaeB\x60\x82";

/// Every refusal: exit status 2, a message that names what was found and what was expected, no file left.
#[test]
fn bad_usage_and_bad_input() {
    let folder = bad_files("bad");
    let cases: &[&[&str]] = &[
        &["run", "--net", "efficientnet-lite1"],
        &["run", "--net", "alexnet"],
        &["run", "--net", "missing.onnx"],
        &["run", "--net", "truncated.onnx"],
        &["run", "--net", "unsupported.onnx"],
        &["run", "--net", "shapes.prototxt"],
        &["run", "--net", "typo.prototxt"],
        &["run", "--net", "pool.prototxt"],
        &["run", "--net", "pool.prototxt", "--scale", "1"],
        &["run", "--net", "typo.prototxt", "--input", "3,4"],
        &["run", "--net", "vgg16", "--weights", "vgg16.caffemodel"],
        &["run", "--image", "missing.png"],
        &["run", "--image", "truncated.png"],
        &["run", "--image", "corrupt.png"],
        &["run", "--image", "text.jpg"],
        &["run", "--image", "thumbnail.png"],
        &["run", "--resize", "100"],
        &["run", "--batch", "3"],
        &["run", "--batch", "0"],
        &["run", "--arch", "eyeris"],
        &["run", "--layers", "stem,block3.expnd"],
        &["run", "--layers", "pool"],
        &["run", "--layers", "head..stem"],
        &["run", "--layers", "51"],
        &["run", "--layers", "3.."],
        &["run", "--layers", "nonsense"],
        &["run", "--output", "logits"],
        &["net", "show", "alexnet", "--input", "3,9,9"],
        &["run", "--point", "1.1V"],
        &["run", "--core-mhz", "nan"],
        &["run", "--core-mhz", "0.5"],
        &["run", "--link-mhz", "300"],
        &["run", "--mean", "1,2"],
        &["run", "--engine", "slow"],
        &["runn"],
        &["net", "show", "resnet"],
        &["net", "check", "truncated.onnx"],
        &["arch", "show", "tpuu"],
        &["arch", "show", "tpu", "--svg", "array.svg"],
        &["arch", "check", "bad.yaml"],
        &["arch", "show", "eyeriss", "--layer", "relu1"],
        &["arch", "show", "eyeriss", "--net", "wide.prototxt"],
        &["arch", "show", "eyeriss", "--net", "pool.prototxt"],
        &["arch", "show", "eyeriss", "--svg", "missing/array.svg"],
        &["arch", "show", "eyeriss", "--svg", "/"],
    ];
    let mut told = String::new();
    for arguments in cases {
        told += &format!("$ stationary {}\n{}\n", arguments.join(" "), refuses(&folder, arguments));
    }
    insta::assert_snapshot!("refusals", told);
}

/// What the chip cannot run is a finding: exit status 1.
#[test]
fn a_layer_beyond_the_chip_is_a_finding() {
    let output =
        stationary(&bad_files("finding"), &["net", "check", "wide.prototxt"]).assert().code(1).get_output().clone();
    insta::assert_snapshot!("finding", String::from_utf8(output.stdout).unwrap());
}
