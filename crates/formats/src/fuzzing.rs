//! One function a reader that takes any bytes: what fuzzers call, and what the smoke test runs for a second.
//!
//! A reader may refuse, never panic, never exceed its limits, and never answer with a message longer than a screen.

#[cfg(test)]
mod smoke;

use std::path::Path;

use nn::{Conv, Layer, LayerId, Network, Op, Pad, Preprocess};

use crate::spec::{self, Errors};
use crate::{
    Error, Limits, ReadOptions, caffe, deep_compression, idx, image, labels, network, onnx, safetensors, timeloop,
};

/// Small limits, so that a fuzzer finds what exceeds them.
fn options() -> ReadOptions {
    let limits = Limits {
        file_bytes: 1 << 20,
        fields: 1 << 16,
        depth: 16,
        elements: 1 << 20,
        image_side: 1 << 12,
        image_bytes: 64 << 20,
    };
    ReadOptions { limits, ..ReadOptions::default() }
}

fn expect_short_message<T>(result: Result<T, Error>) -> Option<T> {
    match result {
        Ok(value) => Some(value),
        Err(error) => {
            let message = error.to_string();
            assert!(message.len() < 2000, "a message of {} bytes: {}...", message.len(), &message[..200]);
            None
        }
    }
}

/// Of all errors of a description.
fn expect_short_messages<T>(result: Result<T, Errors>) -> Option<T> {
    match result {
        Ok(value) => Some(value),
        Err(errors) => {
            for error in errors.all() {
                let message = error.to_string();
                assert!(message.len() < 2000, "a message of {} bytes: {}...", message.len(), &message[..200]);
            }
            assert!(errors.to_string().lines().count() <= 40 + errors.all().len(), "{errors}");
            None
        }
    }
}

/// An architecture that the fuzz functions of mappings and constraints use.
const ARCH: &str = r#"
arch: small
word: 16 bit
variables: {rows: 12, columns: rows + 2}
stages:
- {memory: DRAM, must_keep: all, capacity: unbounded, bandwidth: 4 words/cycle, read: 200 pJ, write: 200 pJ}
- {memory: GLB, may_keep: all, capacity: 108 KiB, bandwidth: {read: 1 words/cycle, write: 1 words/cycle}, read: 6 pJ, write: 6 pJ}
- {fanout: PE, X: columns, Y: rows, network: [multicast, reduction], delivery: {energy: 2 pJ, source: "Table IV"}}
- {memory: spad, must_keep: [filter], capacity: {filter: 448 B}, bandwidth: unbounded, read: 1 pJ, write: 1 pJ}
- {compute: MAC, latch: [ifmap], mac: 1 pJ}
"#;

/// The problem of [`fuzz_mapping`] and [`fuzz_constraints`].
const PROBLEM: &str = "matmul: {M: 64, N: 10, K: 6}";

/// Reads an architecture. What is read can be written and read again.
pub fn fuzz_arch(bytes: &[u8]) {
    let path = Path::new("fuzz.yaml");
    if let Ok(text) = std::str::from_utf8(bytes)
        && let Some(arch) = expect_short_messages(spec::parse_arch(path, text))
    {
        let written = spec::write_arch(&arch);
        assert_eq!(expect_short_messages(spec::parse_arch(path, &written)), Some(arch), "{written}");
    }
}

/// Reads a problem. What is read can be written and read again.
pub fn fuzz_problem(bytes: &[u8]) {
    let path = Path::new("fuzz.yaml");
    if let Ok(text) = std::str::from_utf8(bytes)
        && let Some(problem) = expect_short_messages(spec::parse_problem(path, text))
    {
        let written = spec::write_problem(&problem);
        assert_eq!(expect_short_messages(spec::parse_problem(path, &written)), Some(problem), "{written}");
    }
}

/// Reads a mapping, and mappings of two layers. What is read can be written and read again.
pub fn fuzz_mapping(bytes: &[u8]) {
    let path = Path::new("fuzz.yaml");
    if let (Ok(problem), Ok(arch)) = (spec::parse_problem(path, PROBLEM), spec::parse_arch(path, ARCH))
        && let Ok(text) = std::str::from_utf8(bytes)
    {
        if let Some(mapping) = expect_short_messages(spec::parse_mapping(path, text, &problem, &arch)) {
            let written = spec::write_mapping(&problem, &arch, &mapping);
            let again = expect_short_messages(spec::parse_mapping(path, &written, &problem, &arch));
            assert_eq!(again, Some(mapping), "{written}");
        }
        let layers = [("conv1", &problem), ("conv2", &problem)];
        expect_short_messages(spec::parse_layer_mappings(path, text, &layers, &arch));
    }
}

/// Reads constraints.
pub fn fuzz_constraints(bytes: &[u8]) {
    let path = Path::new("fuzz.yaml");
    if let (Ok(problem), Ok(arch)) = (spec::parse_problem(path, PROBLEM), spec::parse_arch(path, ARCH))
        && let Ok(text) = std::str::from_utf8(bytes)
    {
        expect_short_messages(spec::parse_constraints(path, text, &problem, &arch));
    }
}

/// Reads a design of Timeloop. What is read and legal can be foretold.
pub fn fuzz_timeloop(bytes: &[u8]) {
    if let Ok(text) = std::str::from_utf8(bytes)
        && let Some(design) = expect_short_messages(timeloop::parse(&[(Path::new("fuzz.yaml"), text)]))
        && model::check(&design.problem, &design.arch, &design.mapping).is_empty()
    {
        let prediction = model::predict(&design.problem, &design.arch, &design.mapping);
        assert!(model::Energy::of(&design.arch, &prediction.counts).total() >= 0.0);
    }
}

/// Reads an ONNX file. What is read can be written and read again.
pub fn fuzz_onnx(bytes: &[u8]) {
    let read = |bytes: &[u8]| expect_short_message(onnx::read_bytes(bytes, Path::new("fuzz.onnx"), &options()));
    if let Some(network) = read(bytes)
        && let Ok(written) = onnx::write::to_bytes(&network, onnx::write::Floats::F32)
    {
        let again = read(&written).map(|network| network.macs(1));
        assert!(again.is_none_or(|macs| macs == network.macs(1)));
    }
}

/// Reads a prototxt.
pub fn fuzz_prototxt(bytes: &[u8]) {
    expect_short_message(caffe::read_bytes(bytes, Path::new("fuzz.prototxt"), None, &options()));
}

/// The network whose weights [`fuzz_caffemodel`] reads.
const PROTOTXT: &str = r#"
input: "data" input_dim: 1 input_dim: 2 input_dim: 6 input_dim: 6
layer { name: "conv" type: "Convolution" bottom: "data" top: "conv" convolution_param { num_output: 4 kernel_size: 3 } }
layer { name: "norm" type: "BatchNorm" bottom: "conv" top: "conv" }
layer { name: "scale" type: "Scale" bottom: "conv" top: "conv" scale_param { bias_term: true } }
layer { name: "ip" type: "InnerProduct" bottom: "conv" top: "ip" inner_product_param { num_output: 3 } }
"#;

/// Reads a caffemodel.
pub fn fuzz_caffemodel(bytes: &[u8]) {
    let weights = Some((bytes, Path::new("fuzz.caffemodel")));
    expect_short_message(caffe::read_bytes(PROTOTXT.as_bytes(), Path::new("fuzz.prototxt"), weights, &options()));
}

/// Reads a Deep Compression container.
pub fn fuzz_deep_compression(bytes: &[u8]) {
    let input = Layer { name: "in".into(), op: Op::Input { dims: vec![3, 8, 8] }, inputs: Vec::new(), weights: None };
    let conv = Conv { m: 5, kernel: [3, 3], stride: [1, 1], pad: Pad::all(1), dilation: [1, 1], groups: 1 };
    let conv = Layer { name: "conv".into(), op: Op::Conv(conv), inputs: vec![LayerId(0)], weights: None };
    if let Ok(network) = Network::new("fuzz", vec![input, conv]) {
        expect_short_message(deep_compression::apply_bytes(network, bytes, Path::new("fuzz.net"), &options().limits));
    }
}

/// Reads a safetensors file.
pub fn fuzz_safetensors(bytes: &[u8]) {
    expect_short_message(safetensors::read_bytes(bytes, Path::new("fuzz.safetensors"), &options().limits));
}

/// Reads an image.
pub fn fuzz_image(bytes: &[u8]) {
    let preprocess = Preprocess { resize: 8, bgr: true, mean: [0.0; 3], scale: [1.0; 3] };
    let path = Path::new("fuzz.png");
    expect_short_message(image::read_bytes(bytes, path, &[3, 8, 8], &preprocess, &options().limits));
    expect_short_message(image::tiles_bytes(bytes, path, &[3, 8, 8], &options().limits));
}

/// Reads an IDX file.
pub fn fuzz_idx(bytes: &[u8]) {
    expect_short_message(idx::read_bytes(bytes, Path::new("fuzz.idx"), &options().limits));
}

/// Reads a list of labels.
pub fn fuzz_labels(bytes: &[u8]) {
    expect_short_message(labels::read_bytes(bytes, Path::new("fuzz.csv")));
}

/// Reads a declaration of preprocessing.
pub fn fuzz_preprocess(bytes: &[u8]) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        let place = crate::Place::file(Path::new("fuzz.preprocess.json"));
        expect_short_message(network::preprocess::parse(text, &place));
    }
}
