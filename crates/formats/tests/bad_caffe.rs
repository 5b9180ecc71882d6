//! What is said of prototxt and caffemodel files that are mistyped, damaged, hostile, or beyond what is supported.

mod onnx_file;

use std::fmt::Write;
use std::path::Path;

use formats::{Limits, ReadOptions, caffe};
use onnx_file::{Field, message, text};

fn read(prototxt: &str, weights: Option<&[u8]>, options: &ReadOptions) -> Result<nn::Network, formats::Error> {
    let weights = weights.map(|bytes| (bytes, Path::new("net.caffemodel")));
    caffe::read_bytes(prototxt.as_bytes(), Path::new("net.prototxt"), weights, options)
}

fn refusal(prototxt: &str, weights: Option<&[u8]>) -> String {
    match read(prototxt, weights, &ReadOptions::default()) {
        Ok(_) => panic!("the file was read: {prototxt}"),
        Err(error) => error.to_string(),
    }
}

const INPUT: &str = "input: \"data\" input_dim: 1 input_dim: 3 input_dim: 8 input_dim: 8\n";

/// A file with one layer over a 3x8x8 input.
fn one(kind: &str, parameters: &str) -> String {
    format!("{INPUT}layer {{\n  name: \"l\" type: \"{kind}\" bottom: \"data\" top: \"y\"\n  {parameters}\n}}\n")
}

#[test]
fn prototxt_messages() {
    let conv = |parameters: &str| one("Convolution", &format!("convolution_param {{ {parameters} }}"));
    let cases: Vec<(&str, String)> = vec![
        ("empty", String::new()),
        ("a mistyped field", conv("num_ouput: 4 kernel_size: 3")),
        ("a mistyped parameter", one("Convolution", "convolution_params { num_output: 4 }")),
        ("a mistyped type", one("Convolutoin", "")),
        ("an unsupported type", one("Deconvolution", "")),
        ("a mistyped pool", one("Pooling", "pooling_param { pool: MAXX kernel_size: 2 }")),
        ("a mistyped V1 type", "layers { name: \"c\" type: CONVOLUTOIN }".into()),
        ("a number for a text", "name: 5".into()),
        ("a text for a number", conv("num_output: \"4\" kernel_size: 3")),
        ("a fraction for an integer", conv("num_output: 4.5 kernel_size: 3")),
        ("an integer too large", conv("num_output: 99999999999999999999 kernel_size: 3")),
        ("no colon", "name \"net\"".into()),
        ("no braces", "layer: \"conv1\"".into()),
        ("an open brace", "layer { name: \"conv1\"".into()),
        ("a brace too many", format!("{INPUT}}}")),
        ("an open text", "name: \"net".into()),
        ("an unknown escape", "name: \"a\\qb\"".into()),
        ("a strange character", "name: @".into()),
        ("a field twice", "name: \"a\"\nname: \"b\"".into()),
        ("a list without end", "input_dim: [1, 3".into()),
        ("deep nesting", "layer { python_param ".to_string() + &"{ a ".repeat(100)),
        ("no input", "layer { name: \"r\" type: \"ReLU\" bottom: \"data\" top: \"r\" }".into()),
        (
            "an input without size",
            "input: \"data\" layer { name: \"r\" type: \"ReLU\" bottom: \"data\" top: \"r\" }".into(),
        ),
        ("a negative input", "input: \"data\" input_dim: 1 input_dim: -3 input_dim: 8 input_dim: 8".into()),
        (
            "a huge input",
            "input: \"data\" input_dim: 1 input_dim: 4294967296 input_dim: 4294967296 input_dim: 8".into(),
        ),
        ("V1 and V2", "layers { name: \"a\" } layer { name: \"b\" }".into()),
        ("an unknown bottom", INPUT.to_string() + "layer { name: \"r\" type: \"ReLU\" bottom: \"dta\" top: \"r\" }"),
        ("no outputs", conv("kernel_size: 3")),
        ("negative outputs", conv("num_output: -4 kernel_size: 3")),
        ("no kernel", conv("num_output: 4")),
        ("zero stride", conv("num_output: 4 kernel_size: 3 stride: 0")),
        ("three paddings", conv("num_output: 4 kernel_size: 3 pad: 1 pad: 1 pad: 1")),
        ("groups that do not divide", conv("num_output: 4 kernel_size: 3 group: 2")),
        ("a huge kernel", conv("num_output: 4 kernel_size: 9223372036854775807")),
        ("a huge layer", conv("num_output: 16777216 kernel_size: 8 pad: 16777216")),
        ("another axis", conv("num_output: 4 kernel_size: 3 axis: 2")),
        ("no parameters", one("Pooling", "")),
        ("stochastic pooling", one("Pooling", "pooling_param { pool: STOCHASTIC kernel_size: 2 }")),
        ("a leaky ReLU", one("ReLU", "relu_param { negative_slope: 0.1 }")),
        ("LRN within channels", one("LRN", "lrn_param { norm_region: WITHIN_CHANNEL }")),
        ("an even LRN", one("LRN", "lrn_param { local_size: 4 }")),
        ("an infinite LRN", one("LRN", "lrn_param { alpha: inf }")),
        ("a product", one("Eltwise", "eltwise_param { operation: PROD }")),
        ("a reshape to another size", one("Reshape", "reshape_param { shape { dim: 0 dim: 5 dim: -1 } }")),
        ("two tops", one("ReLU", "top: \"z\"")),
    ];
    let mut messages = String::new();
    for (case, prototxt) in cases {
        writeln!(messages, "{case}\n  {}", refusal(&prototxt, None)).unwrap();
    }
    insta::assert_snapshot!(messages);
}

/// A caffemodel with one layer `name` whose blobs are `blobs`.
fn caffemodel(name: &str, blobs: &[Field]) -> Vec<u8> {
    let mut layer = vec![(1, text(name))];
    layer.extend(blobs.iter().map(|blob| (7, blob.clone())));
    match message(&[(100, message(&layer))]) {
        Field::Bytes(bytes) => bytes,
        Field::Int(_) | Field::Float(_) => unreachable!("a message is bytes"),
    }
}

fn blob(dims: &[i64], values: &[f32]) -> Field {
    let shape = message(&dims.iter().map(|&dim| (1, Field::Int(dim))).collect::<Vec<_>>());
    message(&[(7, shape), (5, Field::Bytes(values.iter().flat_map(|value| value.to_le_bytes()).collect()))])
}

#[test]
fn caffemodel_messages() {
    let prototxt = one("Convolution", "convolution_param { num_output: 2 kernel_size: 3 }");
    let good = blob(&[2, 3, 3, 3], &[0.5; 54]);
    let bias = blob(&[2], &[0.5; 2]);
    let whole = caffemodel("l", &[good.clone(), bias.clone()]);
    assert!(read(&prototxt, Some(&whole), &ReadOptions::default()).is_ok());
    let nan = {
        let mut values = [0.5; 54];
        values[53] = f32::NAN;
        blob(&[2, 3, 3, 3], &values)
    };
    let legacy = message(&[(1, Field::Int(2)), (2, Field::Int(3)), (3, Field::Int(3)), (4, Field::Int(-3))]);
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("empty", Vec::new()),
        ("cut short", whole[..100].to_vec()),
        ("a text file", b"layer { name: \"l\" }".to_vec()),
        ("weights of another layer", caffemodel("l1", &[good.clone(), bias.clone()])),
        ("no bias", caffemodel("l", std::slice::from_ref(&good))),
        ("other dimensions", caffemodel("l", &[blob(&[2, 3, 5, 5], &[0.5; 150]), bias.clone()])),
        ("too few values", caffemodel("l", &[blob(&[2, 3, 3, 3], &[0.5; 53]), bias.clone()])),
        ("negative legacy dimensions", caffemodel("l", &[legacy, bias.clone()])),
        ("dimensions that overflow", caffemodel("l", &[blob(&[1 << 40, 1 << 40], &[]), bias.clone()])),
        ("no dimensions", caffemodel("l", &[message(&[]), bias.clone()])),
        ("broken floats", caffemodel("l", &[message(&[(5, Field::Bytes(vec![0; 7]))])])),
        ("NaN weights", caffemodel("l", &[nan, bias])),
    ];
    let mut messages = String::new();
    for (case, bytes) in cases {
        writeln!(messages, "{case}\n  {}", refusal(&prototxt, Some(&bytes))).unwrap();
    }
    insta::assert_snapshot!(messages);
}

#[test]
fn limits() {
    let prototxt = one("Convolution", "convolution_param { num_output: 2 kernel_size: 3 }");
    let weights = caffemodel("l", &[blob(&[2, 3, 3, 3], &[0.5; 54]), blob(&[2], &[0.5; 2])]);
    let with = |change: fn(&mut Limits)| {
        let mut options = ReadOptions::default();
        change(&mut options.limits);
        read(&prototxt, Some(&weights), &options).unwrap_err().to_string()
    };
    let messages =
        [with(|limits| limits.depth = 1), with(|limits| limits.fields = 4), with(|limits| limits.elements = 55)];
    insta::assert_snapshot!(messages.join("\n"));
}
