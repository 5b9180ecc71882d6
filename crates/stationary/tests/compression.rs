//! Run-length coded feature maps of real activations, beside what the paper measured.
//!
//! The chip's authors saved about 30 % (CONV1) to 75 % (CONV5) of AlexNet's feature-map traffic, and cut all DRAM
//! traffic by 1.2 to 1.9 times, filters included (JSSC 52(1), 2017, section IV-B). Here torchvision's AlexNet (other
//! widths, no groups) on photographs of the ILSVRC 2012 validation set. Zeros depend on the network and the images, so
//! the bounds are wide: what they refuse is a code that does not save, or one that saves more than zeros allow.

use assert_cmd::Command;
use serde_json::Value;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

const CONVOLUTIONS: [(&str, &str, &str); 5] = [
    ("conv1", "data", "num_output: 64 kernel_size: 11 stride: 4 pad: 2"),
    ("conv2", "pool1", "num_output: 192 kernel_size: 5 pad: 2"),
    ("conv3", "pool2", "num_output: 384 kernel_size: 3 pad: 1"),
    ("conv4", "conv3", "num_output: 256 kernel_size: 3 pad: 1"),
    ("conv5", "conv4", "num_output: 256 kernel_size: 3 pad: 1"),
];

fn prototxt() -> String {
    let mut text =
        String::from("name: \"AlexNet\" input: \"data\" input_dim: 1 input_dim: 3 input_dim: 224 input_dim: 224\n");
    for (index, (name, input, sizes)) in CONVOLUTIONS.into_iter().enumerate() {
        let tensor = |key: &str, name: &str| format!("{key}: \"{name}\" ");
        text += &format!(
            "layer {{ {}type: \"Convolution\" {}{}convolution_param {{ {sizes} }} }}\n",
            tensor("name", name),
            tensor("bottom", input),
            tensor("top", name)
        );
        text += &format!("layer {{ name: \"relu{name}\" type: \"ReLU\" bottom: \"{name}\" top: \"{name}\" }}\n");
        if index < 2 {
            text += &format!(
                "layer {{ name: \"pool{0}\" type: \"Pooling\" bottom: \"{name}\" top: \"pool{0}\" \
                 pooling_param {{ pool: MAX kernel_size: 3 stride: 2 }} }}\n",
                index + 1
            );
        }
    }
    text
}

/// A path in the shared folder, or nothing, visibly.
fn shared(path: &str) -> Option<PathBuf> {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let folder = std::env::var_os("STATIONARY_SHARED").map_or(workspace.join("../shared"), PathBuf::from);
    let found = folder.join("data").join(path);
    if found.exists() {
        return Some(found);
    }
    let _ = writeln!(std::io::stderr(), "skipped: needs ../shared/data/{path}");
    None
}

/// 16-bit words of an operand's DRAM traffic as bytes, and the bytes that crossed the link.
fn bytes(machine: &Value, operand: &str) -> (f64, f64) {
    let words: u64 = machine["dram_words"][operand].as_object().unwrap().values().map(|n| n.as_u64().unwrap()).sum();
    (2.0 * words as f64, 8.0 * machine["link_beats"][operand].as_f64().unwrap())
}

#[test]
fn alexnet_on_photographs() {
    let weights = shared("models/alexnet_conv/alexnet_conv_oihw_f32.safetensors");
    let images = shared("images/imagenet_val1300_227");
    let (Some(weights), Some(images)) = (weights, images) else { return };
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("compression");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("alexnet.prototxt"), prototxt()).unwrap();
    let labels = fs::read_to_string(images.join("labels.csv")).unwrap();
    let photographs = labels.lines().step_by(325).map(|line| images.join(line.split(',').next().unwrap()));
    let mut command = Command::cargo_bin("stationary").unwrap();
    command.current_dir(&folder).args(["run", "--json", "--batch", "4", "--net", "alexnet.prototxt", "--weights"]);
    command.arg(weights).args(["--mean", "123.675,116.28,103.53", "--scale", "0.017125,0.017507,0.017429", "--image"]);
    let output = command.args(photographs).assert().code(0).get_output().stdout.clone();
    let document: Value = serde_json::from_slice(&output).unwrap();

    let layers = document["layers"].as_array().unwrap().iter().filter(|layer| layer["place"] == "machine");
    let mut seen = 0;
    for layer in layers {
        let machine = &layer["machine"];
        let [ifmap, ofmap] = ["ifmap", "psum"].map(|operand| bytes(machine, operand));
        let maps = (ifmap.0 + ofmap.0) / (ifmap.1 + ofmap.1);
        let total = machine["dram_bytes_raw"].as_f64().unwrap() / machine["dram_bytes"].as_f64().unwrap();
        let saved = 100.0 * (1.0 - 1.0 / maps);
        println!("{}: feature maps {maps:.2} times ({saved:.0} % saved), all {total:.2} times", layer["name"]);
        // Three words of 16 bits take 64 bits where nothing is zero.
        assert!(ifmap.0 / ifmap.1 >= 0.74 && ofmap.0 / ofmap.1 >= 0.74, "{layer}");
        let zeros = machine["ifmap_zeros"].as_f64().unwrap() / machine["ifmap_words"].as_f64().unwrap();
        if seen > 0 {
            // At best a pair for each word that is not zero; runs longer than 31 cost more.
            assert!(ifmap.0 / ifmap.1 <= 0.75 / (1.0 - zeros) * 1.05, "{layer}");
        }
        assert!((15.0..=80.0).contains(&saved) && (1.1..=1.9).contains(&total), "{layer}");
        seen += 1;
    }
    assert_eq!(seen, 5);
}
