//! One function a reader that takes any bytes: what fuzzers call, and what the smoke test runs for a second.
//!
//! A reader may refuse, never panic, never exceed its limits, and never answer with a message longer than a screen.

#[cfg(test)]
mod smoke;

use std::path::Path;

use nn::{Conv, Layer, LayerId, Network, Op, Pad, Preprocess};

use crate::{Error, Limits, ReadOptions, caffe, deep_compression, idx, image, labels, network, onnx, safetensors};

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
