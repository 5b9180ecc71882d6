//! What is said of ONNX files that are damaged, hostile, or beyond what is supported. All messages in one snapshot.

mod onnx_file;

use std::fmt::Write;
use std::path::Path;

use formats::{Limits, ReadOptions, onnx};
use onnx_file::*;

fn refusal(bytes: &[u8], options: &ReadOptions) -> String {
    match onnx::read_bytes(bytes, Path::new("net.onnx"), options) {
        Ok(_) => panic!("the file was read"),
        Err(error) => error.to_string(),
    }
}

/// A convolution of a 3x8x8 input by `weights` with `attributes`.
fn conv(weights: Field, attributes: &[Field]) -> Vec<u8> {
    model(13, &[1, 3, 8, 8], &[node("Conv", "y", "x w", attributes)], &[weights])
}

fn weights() -> Field {
    floats("w", &[2, 3, 3, 3], &[0.5; 54])
}

/// One node `y` over a 3x8x8 input.
fn one(opset: i64, operator: &str, attributes: &[Field]) -> Vec<u8> {
    model(opset, &[1, 3, 8, 8], &[node(operator, "y", "x", attributes)], &[])
}

#[test]
fn messages() {
    let valid = conv(weights(), &[]);
    let nan = {
        let mut values = [0.5f32; 54];
        values[7] = f32::NAN;
        floats("w", &[2, 3, 3, 3], &values)
    };
    let matrix = || floats("w", &[5, 4], &[1.0; 20]);
    let external = message(&[
        (1, Field::Int(54)),
        (2, Field::Int(1)),
        (8, text("w")),
        (14, Field::Int(1)),
        (13, message(&[(1, text("location")), (2, text("../secret.bin"))])),
    ]);
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("empty", Vec::new()),
        ("a text file", b"layer { name: \"conv1\" }".to_vec()),
        ("cut short", valid[..valid.len() / 2].to_vec()),
        ("a length beyond the end", vec![0x3a, 0xff, 0xff, 0xff, 0xff, 0x7f]),
        ("a varint without end", vec![0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]),
        ("wrong wire type", vec![0x38, 0x01]),
        ("a group", vec![0x4b]),
        ("operator set of the future", one(99, "Relu", &[])),
        ("unsupported operator", one(13, "MaxUnpool", &[])),
        ("mistyped operator", one(13, "Sofmax", &[])),
        (
            "foreign operator",
            model(
                13,
                &[1, 3, 8, 8],
                &[message(&[(1, text("x")), (2, text("y")), (4, text("FusedConv")), (7, text("com.microsoft"))])],
                &[],
            ),
        ),
        ("unknown attribute", conv(weights(), &[ints("stride", &[2, 2])])),
        ("zero stride", conv(weights(), &[ints("strides", &[0, 1])])),
        ("negative padding", conv(weights(), &[ints("pads", &[-1, 0, 0, 0])])),
        ("huge padding", conv(weights(), &[ints("pads", &[i64::MAX, 0, 0, 0])])),
        (
            "huge stride and dilation",
            conv(
                weights(),
                &[
                    ints("strides", &[1 << 62, 1 << 62]),
                    ints("dilations", &[1 << 62, 1]),
                    string("auto_pad", "SAME_UPPER"),
                ],
            ),
        ),
        ("unknown auto_pad", conv(weights(), &[string("auto_pad", "SAME_UPER")])),
        ("wrong kernel_shape", conv(weights(), &[ints("kernel_shape", &[5, 5])])),
        ("channel mismatch", conv(floats("w", &[2, 4, 3, 3], &[0.5; 72]), &[])),
        ("groups that do not divide", conv(floats("w", &[2, 1, 3, 3], &[0.5; 18]), &[int("group", 3)])),
        ("huge groups", conv(weights(), &[int("group", i64::MAX)])),
        ("filter larger than the input", conv(floats("w", &[1, 3, 9, 9], &[0.5; 243]), &[])),
        ("NaN weights", conv(nan, &[])),
        ("negative dimensions", conv(floats("w", &[2, -3, 3, 3], &[]), &[])),
        ("dimensions whose product overflows", conv(floats("w", &[1 << 40, 1 << 40, 3, 3], &[]), &[])),
        ("dimensions beyond the limit", conv(floats("w", &[1 << 20, 1 << 20, 1, 1], &[]), &[])),
        ("zero dimensions", conv(floats("w", &[0, 3, 3, 3], &[]), &[])),
        ("too few bytes", conv(floats("w", &[2, 3, 3, 3], &[0.5; 53]), &[])),
        ("integer weights", conv(integers("w", &[1; 54]), &[])),
        ("unknown data type", conv(tensor("w", &[2, 3, 3, 3], 99, Vec::new()), &[])),
        ("external data", conv(external, &[])),
        ("weights of another rank", conv(floats("w", &[54], &[0.5; 54]), &[])),
        ("unknown value", model(13, &[1, 3, 8, 8], &[node("Relu", "y", "xx", &[])], &[])),
        ("a loop", model(13, &[1, 3, 8, 8], &[node("Relu", "a", "y", &[]), node("Relu", "y", "a", &[])], &[])),
        ("a name twice", model(13, &[1, 3, 8, 8], &[node("Relu", "y", "x", &[]), node("Relu", "y", "x", &[])], &[])),
        ("no such output", model(13, &[1, 3, 8, 8], &[node("Relu", "z", "x", &[])], &[])),
        ("open dimensions", model(13, &[-1, 3, -1, -1], &[node("Relu", "y", "x", &[])], &[])),
        ("a huge input", model(13, &[1, 1 << 30, 1 << 30, 1 << 30], &[node("Relu", "y", "x", &[])], &[])),
        ("an input of no size", model(13, &[1, 3, 0, 8], &[node("Relu", "y", "x", &[])], &[])),
        (
            "sum of unlike shapes",
            model(
                13,
                &[1, 3, 8, 8],
                &[node("MaxPool", "p", "x", &[ints("kernel_shape", &[2, 2])]), node("Add", "y", "x p", &[])],
                &[],
            ),
        ),
        (
            "reshape to another size",
            model(13, &[1, 3, 8, 8], &[node("Reshape", "y", "x s", &[])], &[integers("s", &[1, 3, 65])]),
        ),
        (
            "reshape of the batch",
            model(13, &[1, 3, 8, 8], &[node("Reshape", "y", "x s", &[])], &[integers("s", &[3, 64])]),
        ),
        ("a transpose that moves elements", one(13, "Transpose", &[ints("perm", &[0, 2, 3, 1])])),
        ("softmax over columns", one(13, "Softmax", &[])),
        ("softmax over all, as it was", one(12, "Softmax", &[])),
        ("clip to other bounds", one(9, "Clip", &[float("min", -1.0), float("max", 1.0)])),
        ("gemm over a feature map", model(13, &[1, 3, 8, 8], &[node("Gemm", "y", "x w", &[])], &[matrix()])),
        ("gemm of another size", model(13, &[1, 3], &[node("Gemm", "y", "x w", &[])], &[matrix()])),
        ("product of feature maps", model(13, &[1, 3, 8, 8], &[node("Mul", "y", "x x", &[])], &[])),
        (
            "a constant along columns",
            model(13, &[1, 3, 8, 8], &[node("Mul", "y", "x w", &[])], &[floats("w", &[8], &[1.0; 8])]),
        ),
        ("division by zero", model(13, &[1, 3, 8, 8], &[node("Div", "y", "x w", &[])], &[floats("w", &[1], &[0.0])])),
        ("pooling window larger than its input", one(13, "MaxPool", &[ints("kernel_shape", &[9, 9])])),
        ("pooling without a window", one(13, "MaxPool", &[])),
        (
            "negative variance",
            model(
                13,
                &[1, 3, 8, 8],
                &[node("BatchNormalization", "y", "x a a a v", &[])],
                &[floats("a", &[3], &[1.0; 3]), floats("v", &[3], &[-1.0; 3])],
            ),
        ),
        ("unknown metadata", {
            let pair = message(&[(1, text("stationary.preprocess")), (2, text("{\"resize\": 256, \"rgb\": true}"))]);
            let Field::Bytes(pair) = message(&[(14, pair)]) else { unreachable!("a message is bytes") };
            [one(13, "Relu", &[]), pair].concat()
        }),
    ];
    let mut messages = String::new();
    for (case, bytes) in cases {
        writeln!(messages, "{case}\n  {}", refusal(&bytes, &ReadOptions::default())).unwrap();
    }
    insta::assert_snapshot!(messages);
}

#[test]
fn limits() {
    let with = |change: fn(&mut Limits)| {
        let mut options = ReadOptions::default();
        change(&mut options.limits);
        refusal(&conv(weights(), &[]), &options)
    };
    let messages =
        [with(|limits| limits.depth = 2), with(|limits| limits.fields = 20), with(|limits| limits.elements = 53)];
    insta::assert_snapshot!(messages.join("\n"));
}

#[test]
fn outputs_and_files() {
    let wanted = ReadOptions { output: Some("yy".into()), ..ReadOptions::default() };
    let missing = onnx::read(Path::new("no/such.onnx"), &ReadOptions::default()).unwrap_err();
    let messages = [refusal(&conv(weights(), &[]), &wanted), missing.to_string()];
    insta::assert_snapshot!(messages.join("\n"));
}
