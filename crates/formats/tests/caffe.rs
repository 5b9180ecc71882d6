//! Prototxts that people have: every Caffe network of the zoo written as a prototxt reads back as that network, and
//! training files read as the network for testing.

mod onnx_file;

use std::fmt::Write;
use std::path::Path;

use formats::{ReadOptions, caffe};
use nn::{Network, Op, PoolKind, Preprocess, zoo};
use onnx_file::{Field, message, text};

fn read(prototxt: &str) -> Network {
    match caffe::read_bytes(prototxt.as_bytes(), Path::new("net.prototxt"), None, &ReadOptions::default()) {
        Ok(network) => network,
        Err(error) => panic!("{error}"),
    }
}

/// `network` as a deploy file, as Caffe's own tools write it. Layers work in place where they can.
fn prototxt(network: &Network) -> String {
    let mut text = format!("name: \"{}\"\ninput: \"{}\"\n", network.name(), network.layers()[0].name);
    let dims = network.input_dims().iter().map(|dim| format!(" dim: {dim}"));
    writeln!(text, "input_shape {{ dim: 10{} }}", dims.collect::<String>()).unwrap();
    let mut blobs: Vec<String> = vec![network.layers()[0].name.clone()];
    for id in network.ids().skip(1) {
        let layer = network.layer(id);
        let in_place = matches!(layer.op, Op::Relu | Op::Dropout) && network.consumers(layer.inputs[0]).len() == 1;
        let top = if in_place { blobs[layer.inputs[0].0 as usize].clone() } else { layer.name.clone() };
        let (kind, parameters) = kind_and_parameters(&layer.op);
        write!(text, "layer {{\n  name: \"{}\"\n  type: \"{kind}\"\n", layer.name).unwrap();
        for input in &layer.inputs {
            writeln!(text, "  bottom: \"{}\"", blobs[input.0 as usize]).unwrap();
        }
        writeln!(text, "  top: \"{top}\"\n  param {{ lr_mult: 1 decay_mult: 1 }}\n  {parameters}\n}}").unwrap();
        blobs.push(top);
    }
    text
}

fn kind_and_parameters(op: &Op) -> (&'static str, String) {
    let none = String::new();
    match op {
        Op::Conv(conv) => {
            assert_eq!((conv.pad.top, conv.pad.left), (conv.pad.bottom, conv.pad.right));
            let sizes = format!("num_output: {} kernel_h: {} kernel_w: {}", conv.m, conv.kernel[0], conv.kernel[1]);
            let rest = format!("pad: {} group: {} stride: {}", conv.pad.top, conv.groups, conv.stride[0]);
            let fillers = "weight_filler { type: \"gaussian\" std: 0.01 } bias_filler { type: 'constant' value: 0 }";
            ("Convolution", format!("convolution_param {{ {sizes} {rest} {fillers} }}"))
        }
        Op::FullyConnected { outputs } => (
            "InnerProduct",
            format!("inner_product_param {{ num_output: {outputs} weight_filler {{ type: \"xavier\" }} }}"),
        ),
        Op::Pool(pool) => {
            let method = if pool.kind == PoolKind::Max { "MAX" } else { "AVE" };
            let rounding = if pool.ceil || pool.kernel.is_none() { "" } else { "round_mode: FLOOR" };
            let window = match pool.kernel {
                None => "global_pooling: true".into(),
                Some([size, _]) => {
                    format!("kernel_size: {size} stride: {} pad: {} {rounding}", pool.stride[0], pool.pad.top)
                }
            };
            ("Pooling", format!("pooling_param {{ pool: {method} {window} }}"))
        }
        Op::Lrn { size, alpha, beta, k } => {
            ("LRN", format!("lrn_param {{ local_size: {size} alpha: {alpha} beta: {beta} k: {k} }}"))
        }
        Op::Relu => ("ReLU", none),
        Op::Add => ("Eltwise", none),
        Op::Concat => ("Concat", none),
        Op::Softmax => ("Softmax", none),
        Op::Dropout => ("Dropout", "dropout_param { dropout_ratio: 0.5 }".into()),
        Op::Flatten => ("Flatten", none),
        other => panic!("{other:?} is not Caffe's"),
    }
}

/// What must be equal. Average pooling without padding may count it or not, and global pooling does not round.
fn comparable(network: &Network) -> Vec<(String, Op, Vec<usize>)> {
    let layer = |id| {
        let layer = network.layer(id);
        let mut op = layer.op.clone();
        if let Op::Pool(pool) = &mut op {
            pool.kind = if pool.kind == PoolKind::Max { PoolKind::Max } else { PoolKind::Average };
            pool.ceil &= pool.kernel.is_some();
        }
        (layer.name.clone(), op, network.shape(id).to_vec())
    };
    network.ids().map(layer).collect()
}

#[test]
fn the_zoo_reads_back() {
    for name in ["lenet5", "alexnet", "vgg16", "googlenet", "squeezenet1_0", "squeezenet1_1", "resnet50"] {
        let network = zoo::by_name(name).unwrap();
        assert_eq!(comparable(&read(&prototxt(&network))), comparable(&network), "{name}");
    }
}

/// Data for both phases, scoring, losses, auxiliary outputs, batch norm with scale in place, and a V2 layer list.
const TRAINING: &str = r#"
name: "train and test"  # as one file
layer {
  name: "data" type: "Data" top: "data" top: "label"
  include { phase: TRAIN }
  transform_param { mirror: true crop_size: 32 mean_file: "mean.binaryproto" }
  data_param { source: "train_lmdb" batch_size: 64 backend: LMDB }
}
layer {
  name: "data" type: "Data" top: "data" top: "label"
  include { phase: TEST }
  transform_param { mirror: false crop_size: 24 mean_value: 104 mean_value: 117 mean_value: 123 scale: 0.5 }
  data_param { source: "test_lmdb" batch_size: 50 backend: LMDB }
}
layer {
  name: "conv1" type: "Convolution" bottom: "data" top: "conv1"
  param { lr_mult: 1 } param { lr_mult: 2 }
  convolution_param { num_output: 8 kernel_size: 3 stride: 2 pad: 1 bias_term: false engine: CAFFE }
}
layer { name: "bn1" type: "BatchNorm" bottom: "conv1" top: "conv1" batch_norm_param { use_global_stats: true } }
layer { name: "scale1" type: "Scale" bottom: "conv1" top: "conv1" scale_param { bias_term: true } }
layer { name: "relu1" type: "ReLU" bottom: "conv1" top: "conv1" }
layer { name: "noise" type: "Python" bottom: "conv1" top: "conv1" include: { phase: TRAIN } python_param { module: 'x' } };
layer { name: "split" type: "Split" bottom: "conv1" top: "a" top: "b" }
layer { name: "aux" type: "InnerProduct" bottom: "a" top: "aux" inner_product_param { num_output: 3 } }
layer { name: "aux_loss" type: "SoftmaxWithLoss" bottom: "aux" bottom: "label" top: "aux_loss" loss_weight: 0.3 }
layer { name: "sum" type: "Eltwise" bottom: "a" bottom: "b" top: "sum" eltwise_param < operation: SUM coeff: [1, 1.0] > }
layer { name: "ip" type: "InnerProduct" bottom: "sum" top: "ip" inner_product_param { num_output: 10 } }
layer { name: "accuracy" type: "Accuracy" bottom: "ip" bottom: "label" top: "accuracy" exclude { phase: TRAIN } }
layer { name: "loss" type: "SoftmaxWithLoss" bottom: "ip" bottom: "label" top: "loss" }
"#;

#[test]
fn training_files_read_as_for_testing() {
    let network = read(TRAINING);
    let layers: Vec<_> = network.layers().iter().map(|layer| layer.name.as_str()).collect();
    assert_eq!(layers, ["data", "conv1", "relu1", "sum", "ip"]);
    assert_eq!((network.input_dims(), network.shape(network.output())), (&[3, 24, 24][..], &[10][..]));
    let declared = Preprocess { resize: 24, bgr: true, mean: [104.0, 117.0, 123.0], scale: [0.5; 3] };
    assert_eq!(network.preprocess(), Some(&declared));

    let options = ReadOptions { output: Some("aux".into()), ..ReadOptions::default() };
    let network = caffe::read_bytes(TRAINING.as_bytes(), Path::new("net.prototxt"), None, &options).unwrap();
    assert_eq!((network.layers().len(), network.shape(network.output())), (4, &[3][..]));
}

#[test]
fn inputs_are_found_where_files_state_them() {
    let relu = "layer { name: 'r' type: 'ReLU' bottom: 'x' top: 'y' }";
    for (input, dims) in [
        ("input: 'x' input_dim: 1 input_dim: 3 input_dim: 4 input_dim: 5", &[3, 4, 5][..]),
        ("input: 'x' input_dim: [1, 3, 4, 5]", &[3, 4, 5]),
        ("input: 'x' input_shape { dim: 1 dim: 7 }", &[7]),
        (
            "layer { name: 'x' type: 'Input' top: 'x' input_param { shape: { dim: 1 dim: 3 dim: 4 dim: 5 } } }",
            &[3, 4, 5],
        ),
        (
            "layer { name: 'x' type: 'MemoryData' top: 'x' memory_data_param { channels: 3 height: 4 width: 5 } }",
            &[3, 4, 5],
        ),
        (
            "layer { name: 'x' type: 'DummyData' top: 'x' dummy_data_param { shape { dim: 1 dim: 2 dim: 4 dim: 5 } } }",
            &[2, 4, 5],
        ),
        (
            "layer { name: 'x' type: 'ImageData' top: 'x' image_data_param { new_height: 4 new_width: 5 is_color: false } }",
            &[1, 4, 5],
        ),
    ] {
        assert_eq!(read(&format!("{input}\n{relu}")).input_dims(), dims, "{input}");
    }
    let layers = "layers { name: 'x' type: DATA top: 'x' data_param { source: 'x' } } layers { name: 'r' type: RELU bottom: 'x' top: 'x' }";
    let options = ReadOptions { input: Some([3, 9, 9]), ..ReadOptions::default() };
    let network = caffe::read_bytes(layers.as_bytes(), Path::new("net.prototxt"), None, &options).unwrap();
    assert_eq!(network.input_dims(), [3, 9, 9]);
}

#[test]
fn batch_norm_and_scale_fold_into_the_convolution() {
    const NET: &str = "input: 'x' input_dim: [1, 2, 1, 1]
        layer { name: 'c' type: 'Convolution' bottom: 'x' top: 'c' convolution_param { num_output: 1 kernel_size: 1 } }
        layer { name: 'n' type: 'BatchNorm' bottom: 'c' top: 'c' batch_norm_param { eps: 1 } }
        layer { name: 's' type: 'Scale' bottom: 'c' top: 'c' scale_param { bias_term: true } }";
    let floats = |values: &[f32]| Field::Bytes(values.iter().flat_map(|value| value.to_le_bytes()).collect());
    let doubles = |values: &[f64]| Field::Bytes(values.iter().flat_map(|value| value.to_le_bytes()).collect());
    // The four sizes of old, a shape, and a shape with values of 64 bits.
    let legacy = |sizes: [i64; 4], values: &[f32]| {
        let sizes = sizes.into_iter().zip(1..).map(|(size, number)| (number, Field::Int(size)));
        message(&sizes.chain([(5, floats(values))]).collect::<Vec<_>>())
    };
    let blob = |data| message(&[(7, message(&[(1, Field::Int(1))])), data]);
    let layer = |name: &str, blobs: &[Field]| {
        let blobs = blobs.iter().map(|blob| (7, blob.clone()));
        (100, message(&[(1, text(name))].into_iter().chain(blobs).collect::<Vec<_>>()))
    };
    let model = message(&[
        layer("c", &[legacy([1, 2, 1, 1], &[2.0, 3.0]), legacy([1, 1, 1, 1], &[1.0])]),
        // Mean 4 and variance 8, both accumulated twice: with eps the deviation is 3.
        layer("n", &[blob((5, floats(&[8.0]))), blob((8, doubles(&[16.0]))), blob((5, floats(&[2.0])))]),
        layer("s", &[blob((5, floats(&[6.0]))), blob((5, floats(&[0.5])))]),
    ]);
    let Field::Bytes(model) = model else { unreachable!("a message is bytes") };
    let weights = Some((&model[..], Path::new("net.caffemodel")));
    let network =
        caffe::read_bytes(NET.as_bytes(), Path::new("net.prototxt"), weights, &ReadOptions::default()).unwrap();
    assert_eq!(network.layers().len(), 2);
    let weights = network.layers()[1].weights.as_ref().unwrap();
    // 6 * ((w x + 1) - 4) / 3 + 0.5
    assert_eq!((weights.kernel.data(), &weights.bias[..]), (&[4.0, 6.0][..], &[-5.5][..]));
}
