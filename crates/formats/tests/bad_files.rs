//! What is said of images, weight containers and declarations that are damaged or do not fit the network.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use formats::{Limits, ReadOptions, caffe, deep_compression, image, network, safetensors};
use nn::{Layer, Network, Preprocess, Tensor};

/// A PNG of a few gradients.
fn png(width: u32, height: u32) -> Vec<u8> {
    let pixels = (0..height).flat_map(|y| (0..width).flat_map(move |x| [x as u8, y as u8, (x + y) as u8]));
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.write_header().unwrap().write_image_data(&pixels.collect::<Vec<_>>()).unwrap();
    bytes
}

/// A photograph of 40x30 pixels.
const JPEG: &[u8] = include_bytes!("fixtures/photo.jpg");

/// The checksum of a PNG chunk (PNG specification, annex D).
fn crc32(bytes: &[u8]) -> u32 {
    let bit = |crc: u32| if crc & 1 == 1 { 0xedb8_8320 ^ crc >> 1 } else { crc >> 1 };
    !bytes.iter().fold(u32::MAX, |crc, &byte| (0..8).fold(crc ^ u32::from(byte), |crc, _| bit(crc)))
}

#[test]
fn image_messages() {
    let refusal = |bytes: &[u8], dims: &[usize], resize: usize, limits: &Limits| {
        let preprocess = Preprocess { resize, bgr: false, mean: [0.0; 3], scale: [1.0; 3] };
        image::read_bytes(bytes, Path::new("photo"), dims, &preprocess, limits).unwrap_err().to_string()
    };
    let (png, flat) = (png(40, 30), png(2000, 8));
    let huge = {
        let mut bytes = png.clone();
        bytes[16..24].copy_from_slice(&[0x7f, 0xff, 0xff, 0xff, 0x7f, 0xff, 0xff, 0xff]);
        let checksum = crc32(&bytes[12..29]);
        bytes[29..33].copy_from_slice(&checksum.to_be_bytes());
        bytes
    };
    let huge_jpeg = {
        let mut bytes = JPEG.to_vec();
        let frame = bytes.windows(2).position(|pair| pair == [0xff, 0xc0]).unwrap();
        bytes[frame + 5..frame + 9].fill(0xff);
        bytes
    };
    let dims = [3, 8, 8];
    let usual = Limits::default();
    let cases = [
        ("empty", refusal(&[], &dims, 8, &usual)),
        ("a text file", refusal(b"a photograph of a cat", &dims, 8, &usual)),
        ("a GIF", refusal(b"GIF89a\x01\x00\x01\x00", &dims, 8, &usual)),
        ("a PNG cut short", refusal(&png[..png.len() / 2], &dims, 8, &usual)),
        ("a JPEG cut short", refusal(&JPEG[..JPEG.len() * 3 / 4], &dims, 8, &usual)),
        ("a JPEG without image", refusal(&[&JPEG[..20], &[0xff, 0xd9]].concat(), &dims, 8, &usual)),
        ("a JPEG that claims to be huge", refusal(&huge_jpeg, &dims, 8, &usual)),
        ("a PNG that claims to be huge", refusal(&huge, &dims, 8, &usual)),
        ("too many columns", refusal(&png, &dims, 8, &Limits { image_side: 39, ..usual })),
        ("too much memory", refusal(&png, &dims, 8, &Limits { image_bytes: 1000, ..usual })),
        ("too small", refusal(&png, &[3, 32, 32], 32, &usual)),
        ("resized below the input", refusal(&png, &[3, 24, 24], 20, &usual)),
        ("resized beyond the limit", refusal(&flat, &dims, 1000, &usual)),
        ("five channels", refusal(&png, &[5, 8, 8], 8, &usual)),
    ];
    let mut messages = String::new();
    cases.iter().for_each(|(case, message)| writeln!(messages, "{case}\n  {message}").unwrap());
    insta::assert_snapshot!(messages);
}

#[test]
fn photographs_are_cropped_and_normalised() {
    let read = |bytes: &[u8], dims: &[usize], bgr: bool| {
        let preprocess = Preprocess { resize: 30, bgr, mean: [10.0, 20.0, 30.0], scale: [1.0, 0.5, 2.0] };
        image::read_bytes(bytes, Path::new("photo"), dims, &preprocess, &Limits::default()).unwrap()
    };
    // The crop of 20x10 begins at column 10 and row 10; red is the column, green the row, blue their sum.
    let rgb = read(&png(40, 30), &[3, 10, 20], false);
    assert_eq!([rgb.data()[0], rgb.data()[200], rgb.data()[400]], [0.0, -5.0, -20.0]);
    assert_eq!([rgb.data()[199], rgb.data()[399], rgb.data()[599]], [19.0, -0.5, 36.0]);
    let bgr = read(&png(40, 30), &[3, 10, 20], true);
    assert_eq!([bgr.data()[0], bgr.data()[200], bgr.data()[400]], [10.0, -5.0, -40.0]);
    let grey = read(&png(40, 30), &[1, 10, 20], true);
    // 0.2126 * 29 + 0.7152 * 19 + 0.0722 * 48 is 23.2.
    assert_eq!(grey.data()[199], 23.0 - 10.0);
    assert_eq!(read(JPEG, &[3, 30, 40], false).dims(), [1, 3, 30, 40]);
}

/// A network of one convolution, 1 to 2 channels of 2x2 filters.
fn small() -> Network {
    let prototxt = "input: \"data\" input_dim: 1 input_dim: 1 input_dim: 4 input_dim: 4\n\
        layer { name: \"conv\" type: \"Convolution\" bottom: \"data\" top: \"conv\"\
        convolution_param { num_output: 2 kernel_size: 2 } }";
    caffe::read_bytes(prototxt.as_bytes(), Path::new("net.prototxt"), None, &ReadOptions::default()).unwrap()
}

/// Codebook entry `i` is i, both biases are 0.5.
fn container(stored: u32, codes: &[u8], gaps: &[u8]) -> Vec<u8> {
    let mut bytes = stored.to_le_bytes().to_vec();
    bytes.extend((0..256u16).flat_map(|code| f32::from(code).to_le_bytes()));
    bytes.extend([0.5f32; 2].iter().flat_map(|bias| bias.to_le_bytes()));
    bytes.extend(codes);
    bytes.extend(gaps);
    bytes
}

#[test]
fn deep_compression_places_weights_by_gaps() {
    let read = |bytes: &[u8]| deep_compression::apply_bytes(small(), bytes, Path::new("w.net"), &Limits::default());
    let network = read(&container(3, &[7, 8, 9], &[0x21, 0x01])).unwrap();
    let weights = network.layers()[1].weights.as_ref().unwrap();
    assert_eq!(weights.kernel.data(), [0.0, 7.0, 0.0, 0.0, 8.0, 0.0, 9.0, 0.0]);
    assert_eq!(weights.bias, [0.5, 0.5]);

    let mut nan = container(3, &[7, 8, 9], &[0x21, 0x01]);
    nan[4 + 4 * 9..][..4].copy_from_slice(&f32::NAN.to_le_bytes());
    let whole = container(3, &[7, 8, 9], &[0x21, 0x01]);
    let cases = [
        ("empty", Vec::new()),
        ("cut short", whole[..whole.len() - 1].to_vec()),
        ("too long", [&whole[..], &[0]].concat()),
        ("more weights than there are", container(9, &[1; 9], &[0; 5])),
        ("a weight beyond the end", container(3, &[7, 8, 9], &[0x41, 0x04])),
        ("NaN", nan),
    ];
    let mut messages = String::new();
    for (case, bytes) in cases {
        writeln!(messages, "{case}\n  {}", read(&bytes).unwrap_err()).unwrap();
    }
    insta::assert_snapshot!(messages);
}

fn safetensors_file(header: &str, data: &[u8]) -> Vec<u8> {
    [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), data].concat()
}

#[test]
fn safetensors_messages() {
    let path = Path::new("w.safetensors");
    let read = |bytes: &[u8]| safetensors::read_bytes(bytes, path, &Limits::default());
    let header = r#"{"conv.weight":{"dtype":"F16","shape":[2,1,2,2],"data_offsets":[0,16]}}"#;
    let tensors = read(&safetensors_file(header, &[0, 0x3c].repeat(8))).unwrap();
    let network = safetensors::apply(small(), &tensors, path).unwrap();
    assert_eq!(network.layers()[1].weights.as_ref().unwrap().kernel.data(), [1.0; 8]);

    let misnamed = read(&safetensors_file(&header.replace("conv", "conv1"), &[0; 16])).unwrap();
    let reshaped = read(&safetensors_file(&header.replace("2,1,2,2", "2,2,2"), &[0; 16])).unwrap();
    let other = |from: &str, to: &str| read(&safetensors_file(&header.replace(from, to), &[0; 16])).unwrap_err();
    let cases = [
        ("empty", read(&[]).unwrap_err()),
        ("a header beyond the end", read(&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f, b'{']).unwrap_err()),
        ("data cut short", read(&safetensors_file(header, &[0; 15])).unwrap_err()),
        ("offsets beyond the end", other("[0,16]", "[0,1600]")),
        ("dimensions that overflow", other("2,1,2,2", "4294967296,4294967296,4294967296")),
        ("integers", other("F16", "I16")),
        ("NaN", read(&safetensors_file(header, &[0xff; 16])).unwrap_err()),
        ("another name", safetensors::apply(small(), &misnamed, path).unwrap_err()),
        ("other dimensions", safetensors::apply(small(), &reshaped, path).unwrap_err()),
    ];
    let mut messages = String::new();
    cases.iter().for_each(|(case, error)| writeln!(messages, "{case}\n  {error}").unwrap());
    insta::assert_snapshot!(messages);
}

/// A network of one convolution called conv1, of 1 to 2 channels, with the tensors of its batch norm.
fn normalised() -> (Network, safetensors::Tensors) {
    let layers = small().layers().to_vec();
    let layers = layers.into_iter().map(|layer| Layer { name: layer.name.replace("conv", "conv1"), ..layer }).collect();
    let tensor = |name: &str, dims: &[usize], values: &[f32]| {
        (format!("module.{name}"), Tensor::from_vec(dims, values.to_vec()))
    };
    let tensors = [
        tensor("conv1.weight", &[2, 1, 2, 2], &[1.0; 8]),
        tensor("conv1.bias", &[2], &[1.0, 3.0]),
        tensor("bn1.weight", &[2], &[1.0, 6.0]),
        tensor("bn1.bias", &[2], &[0.5, -1.0]),
        tensor("bn1.running_mean", &[2], &[2.0, 4.0]),
        tensor("bn1.running_var", &[2], &[4.0, 9.0]),
    ];
    (Network::new("normalised", layers).unwrap(), tensors.into_iter().collect())
}

/// ((x + b) - mean) * weight / sqrt(var + 1e-5) + bias is a convolution of other weights.
#[test]
fn batch_norms_fold_into_convolutions() {
    let (network, tensors) = normalised();
    let network = safetensors::apply(network, &tensors, Path::new("w.safetensors")).unwrap();
    let weights = network.layers()[1].weights.as_ref().unwrap();
    let expected = [[0.5; 4], [2.0; 4]].concat();
    for (found, expected) in weights.kernel.data().iter().zip(&expected).chain(weights.bias.iter().zip(&[0.0, -3.0])) {
        assert!((found - expected).abs() < 1e-5, "{weights:?}");
    }
    let mut messages = String::new();
    let mut told = |case: &str, name: &str, tensor: Option<&[f32]>| {
        let (network, mut tensors) = normalised();
        match tensor {
            Some(values) => tensors.insert(name.into(), Tensor::from_vec(&[values.len()], values.to_vec())),
            None => tensors.remove(name),
        };
        let error = safetensors::apply(network, &tensors, Path::new("w.safetensors")).unwrap_err();
        writeln!(messages, "{case}\n  {error}").unwrap();
    };
    told("no variance", "module.bn1.running_var", None);
    told("three means", "module.bn1.running_mean", Some(&[0.0; 3]));
    told("a negative variance", "module.bn1.running_var", Some(&[1.0, -1.0]));
    told("three biases of the convolution", "module.conv1.bias", Some(&[0.0; 3]));
    told("flat weights", "module.conv1.weight", Some(&[0.0; 8]));
    insta::assert_snapshot!(messages);
}

/// A folder for one test, emptied.
fn folder(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&path);
    std::fs::create_dir_all(&path).unwrap();
    path
}

#[test]
fn files_are_read_by_their_extension_and_a_sidecar_declares_preprocessing() {
    let folder = folder("by_extension");
    let net = folder.join("net.prototxt");
    let text = "input: \"data\" input_dim: 1 input_dim: 3 input_dim: 4 input_dim: 4 \
        layer { name: \"r\" type: \"ReLU\" bottom: \"data\" top: \"r\" }";
    std::fs::write(&net, text).unwrap();
    let read = |net: &Path, weights: Option<&Path>| network::read(net, weights, &ReadOptions::default());
    assert_eq!(read(&net, None).unwrap().preprocess(), None);

    let sidecar = folder.join("net.preprocess.json");
    std::fs::write(&sidecar, "{\"resize\": 256, \"bgr\": true, \"mean\": [104, 117, 123]}").unwrap();
    let declared = Preprocess { resize: 256, bgr: true, mean: [104.0, 117.0, 123.0], scale: [1.0; 3] };
    assert_eq!(read(&net, None).unwrap().preprocess(), Some(&declared));

    let mut messages = String::new();
    let mut say = |case: &str, result: Result<Network, formats::Error>| {
        let message = result.unwrap_err().to_string().replace(folder.to_str().unwrap(), "FOLDER");
        writeln!(messages, "{case}\n  {message}").unwrap();
    };
    std::fs::write(&sidecar, "{\"resize\": 256,\n \"mean\": [104, 117]}").unwrap();
    say("two means", read(&net, None));
    std::fs::write(&sidecar, "{\"mean\": [104, 117, 123]}").unwrap();
    say("no size", read(&net, None));
    say("an unknown extension", read(&folder.join("net.protxt"), None));
    say("no extension", read(&folder, None));
    say("unknown weights", read(&net, Some(&folder.join("net.caffemodl"))));
    say("weights beside ONNX", read(&folder.join("net.onnx"), Some(&net)));
    say("no such file", read(&folder.join("other.prototxt"), None));
    std::fs::create_dir(folder.join("folder.onnx")).unwrap();
    say("a folder", read(&folder.join("folder.onnx"), None));
    insta::assert_snapshot!(messages);
}
