//! The rules of well-formedness: a network that keeps them, and for each rule one that breaks it.

use nn::generate::Generator;
use nn::{Conv, Layer, LayerId, Network, NetworkError, Op, Pad, Pool, PoolKind, Tensor, Weights};

fn layer(name: &str, op: Op, inputs: &[u32]) -> Layer {
    Layer { name: name.into(), op, inputs: inputs.iter().map(|&i| LayerId(i)).collect(), weights: None }
}

fn input(dims: &[usize]) -> Layer {
    layer("data", Op::Input { dims: dims.to_vec() }, &[])
}

fn conv(m: usize, kernel: usize, stride: usize, pad: usize, groups: usize) -> Conv {
    Conv { m, kernel: [kernel; 2], stride: [stride; 2], pad: Pad::all(pad), dilation: [1, 1], groups }
}

fn pool(kernel: usize, stride: usize, pad: usize, ceil: bool) -> Op {
    Op::Pool(Pool { kind: PoolKind::Max, kernel: Some([kernel; 2]), stride: [stride; 2], pad: Pad::all(pad), ceil })
}

fn weights(dims: &[usize], biases: usize) -> Weights {
    Weights { kernel: Tensor::zeros(dims), bias: vec![0.5; biases] }
}

/// The output dimensions of `op` over one input of `dims`, or the message that refuses it.
#[track_caller]
fn check(op: Op, dims: &[usize], expected: Result<&[usize], &str>) {
    let found = Network::new("t", vec![input(dims), layer("x", op, &[0])]);
    match (found, expected) {
        (Ok(network), Ok(dims)) => assert_eq!(network.shape(network.output()), dims),
        (Err(error), Err(message)) => assert_eq!(error.to_string(), message),
        (found, _) => panic!("{found:?}"),
    }
}

#[test]
fn shapes_infer() {
    check(Op::Conv(conv(96, 11, 4, 0, 1)), &[3, 227, 227], Ok(&[96, 55, 55]));
    check(Op::Conv(conv(256, 5, 1, 2, 2)), &[96, 27, 27], Ok(&[256, 27, 27]));
    let dilated = Conv { dilation: [2, 3], kernel: [3, 2], ..conv(4, 1, 1, 0, 1) };
    check(Op::Conv(dilated), &[1, 9, 9], Ok(&[4, 5, 6]));
    check(Op::FullyConnected { outputs: 10 }, &[50, 4, 4], Ok(&[10]));
    check(Op::FullyConnected { outputs: 10 }, &[500], Ok(&[10]));
    check(Op::Flatten, &[50, 4, 4], Ok(&[800]));
    check(Op::Reshape { dims: vec![2, 400] }, &[50, 4, 4], Ok(&[2, 400]));
    let sides = Pad { top: 0, bottom: 1, left: 2, right: 3 };
    check(Op::Pad { channels: [0, 0], sides }, &[3, 4, 5], Ok(&[3, 5, 10]));
    check(Op::Pad { channels: [2, 6], sides }, &[3, 4, 5], Ok(&[11, 5, 10]));
    check(Op::Softmax, &[7], Ok(&[7]));
    check(Op::Lrn { size: 5, alpha: 1e-4, beta: 0.75, k: 1.0 }, &[8, 2, 2], Ok(&[8, 2, 2]));
}

/// Caffe's and ONNX's rules: 112 over a 3x3 window at stride 2 is 55 down or 56 up; a window that would start in
/// the padding is dropped.
#[test]
fn pooling_rounds_as_asked() {
    check(pool(3, 2, 0, false), &[64, 112, 112], Ok(&[64, 55, 55]));
    check(pool(3, 2, 0, true), &[64, 112, 112], Ok(&[64, 56, 56]));
    check(pool(2, 2, 1, true), &[1, 3, 3], Ok(&[1, 2, 2]));
    check(pool(1, 3, 0, true), &[1, 5, 5], Ok(&[1, 2, 2]));
    let global = Pool { kind: PoolKind::Average, kernel: None, stride: [1, 1], pad: Pad::default(), ceil: false };
    check(Op::Pool(global), &[64, 13, 9], Ok(&[64, 1, 1]));
}

#[test]
fn shapes_that_do_not_infer_are_refused() {
    let cases: Vec<(Op, &[usize], &str)> = vec![
        (Op::Conv(conv(4, 5, 1, 0, 1)), &[3, 4, 9], "a filter of 5 rows does not fit the padded input of 4"),
        (Op::Conv(conv(4, 1, 1, 0, 2)), &[3, 4, 4], "3 input channels do not split into 2 groups"),
        (Op::Conv(conv(4, 1, 0, 0, 1)), &[3, 4, 4], "vertical stride is 0, must be at least 1"),
        (Op::Conv(conv(4, 1, 1, 0, 1)), &[12], "found an input of dimensions [12], expected [C, H, W]"),
        (Op::Conv(conv(1, 1, 1, usize::MAX, 1)), &[1, 1, 1], "the layer is too large: padding exceeds 2^40"),
        (pool(5, 1, 0, true), &[3, 4, 9], "found window 5, expected 1 to the padded input"),
        (pool(2, 1, 2, true), &[3, 4, 9], "found padding 2, expected less than the window"),
        (pool(2, 0, 0, true), &[3, 4, 9], "found stride 0, expected 1 to 2^24"),
        (
            Op::Reshape { dims: vec![5] },
            &[2, 3],
            "found an input of dimensions [2, 3], expected as many elements as [5]",
        ),
        (
            Op::Lrn { size: 5, alpha: f32::NAN, beta: 0.75, k: 1.0 },
            &[8, 2, 2],
            "found alpha NaN, expected a finite value of at least 0",
        ),
        (
            Op::Pad { channels: [0, 0], sides: Pad::all(usize::MAX / 2) },
            &[1, 2, 2],
            "found padding 9223372036854775807, expected at most 2^24",
        ),
        (
            Op::Pad { channels: [0, (1 << 24) + 1], sides: Pad::default() },
            &[1, 2, 2],
            "found padding 16777217, expected at most 2^24",
        ),
        (Op::Add, &[3], "found 1 inputs, expected at least 2"),
        (
            Op::Pad { channels: [0, 0], sides: Pad::all(1 << 20) },
            &[1, 2, 2],
            "found an output of dimensions [1, 2097154, 2097154], expected at most 2^28 elements in at most 6 dimensions",
        ),
    ];
    for (op, dims, reason) in cases {
        let message = format!("layer \"x\" ({}): {reason}", op.name());
        check(op, dims, Err(&message));
    }
}

#[test]
fn inputs_that_disagree_are_refused() {
    let two = |op| {
        vec![input(&[2, 4, 4]), layer("a", Op::Conv(conv(3, 1, 1, 0, 1)), &[0]), layer("b", pool(2, 2, 0, true), &[0])]
            .into_iter()
            .chain([layer("x", op, &[1, 2])])
            .collect::<Vec<_>>()
    };
    let message = |op| Network::new("t", two(op)).unwrap_err().to_string();
    assert_eq!(
        message(Op::Add),
        "layer \"x\" (add): found an input of dimensions [2, 2, 2], expected [3, 4, 4] as the first input has"
    );
    assert_eq!(
        message(Op::Concat),
        "layer \"x\" (concat): found an input of dimensions [2, 2, 2], expected [C, ...] followed by [4, 4] as the \
         first input has"
    );
}

#[test]
fn the_graph_is_checked() {
    let refusal = |layers| Network::new("t", layers).unwrap_err();
    assert_eq!(refusal(vec![]), NetworkError::Empty);
    assert_eq!(
        refusal(vec![layer("x", Op::Relu, &[])]),
        NetworkError::Input { layer: "x".into(), found: "relu" },
        "no input"
    );
    assert_eq!(
        refusal(vec![input(&[1]), layer("again", Op::Input { dims: vec![1] }, &[])]),
        NetworkError::Input { layer: "again".into(), found: "input" }
    );
    assert_eq!(
        refusal(vec![input(&[1]), layer("x", Op::Relu, &[1])]),
        NetworkError::Order { layer: "x".into(), found: 1, index: 1 }
    );
    assert_eq!(
        refusal(vec![input(&[1]), layer("x", Op::Relu, &[7])]),
        NetworkError::Order { layer: "x".into(), found: 7, index: 1 }
    );
    assert_eq!(
        refusal(vec![input(&[1]), layer("data", Op::Relu, &[0])]),
        NetworkError::DuplicateName { layer: "data".into(), first: 0, second: 1 }
    );
    let zero = refusal(vec![input(&[1, 0, 4])]).to_string();
    assert_eq!(zero, "layer \"data\" (input): found an input of dimensions [1, 0, 4], expected sizes of at least 1");
}

#[test]
fn weights_are_checked() {
    let with = |op, weights| {
        let x = Layer { weights: Some(weights), ..layer("x", op, &[0]) };
        Network::new("t", vec![input(&[4, 3, 3]), x])
    };
    let conv = || Op::Conv(conv(6, 3, 1, 1, 2));
    assert!(with(conv(), weights(&[6, 2, 3, 3], 6)).is_ok());
    assert!(with(conv(), weights(&[6, 2, 3, 3], 0)).is_ok());
    assert_eq!(
        with(conv(), weights(&[6, 4, 3, 3], 6)).unwrap_err().to_string(),
        "layer \"x\": found weights of dimensions [6, 4, 3, 3], expected [6, 2, 3, 3]"
    );
    assert_eq!(
        with(conv(), weights(&[6, 2, 3, 3], 5)).unwrap_err(),
        NetworkError::BiasLength { layer: "x".into(), found: 5, expected: 6 }
    );
    assert!(with(Op::FullyConnected { outputs: 5 }, weights(&[5, 36], 5)).is_ok());
    assert!(with(Op::Scale, weights(&[4], 4)).is_ok());
    assert_eq!(
        with(Op::Relu, weights(&[4], 4)).unwrap_err(),
        NetworkError::UnexpectedWeights { layer: "x".into(), op: "relu" }
    );
    let mut bad = weights(&[6, 2, 3, 3], 6);
    bad.kernel.data_mut()[7] = f32::NAN;
    assert_eq!(
        with(conv(), bad).unwrap_err().to_string(),
        "layer \"x\": found NaN as weight 7, expected a finite value"
    );
    let mut bad = weights(&[6, 2, 3, 3], 6);
    bad.bias[5] = f32::NEG_INFINITY;
    assert_eq!(
        with(conv(), bad).unwrap_err().to_string(),
        "layer \"x\": found -inf as bias 5, expected a finite value"
    );
    let huge = Network::new("t", vec![input(&[1 << 20]), layer("x", Op::FullyConnected { outputs: 1 << 11 }, &[0])]);
    assert_eq!(huge.unwrap_err(), NetworkError::TooManyWeights { layer: "x".into(), found: 1 << 31 });
}

#[test]
fn a_network_answers_for_its_layers() {
    let network = Network::new(
        "small",
        vec![
            input(&[3, 8, 8]),
            layer("conv", Op::Conv(conv(4, 3, 1, 1, 1)), &[0]),
            layer("relu", Op::Relu, &[1]),
            layer("add", Op::Add, &[1, 2]),
            layer("fc", Op::FullyConnected { outputs: 10 }, &[3]),
        ],
    )
    .unwrap();
    assert_eq!((network.name(), network.input_dims()), ("small", &[3, 8, 8][..]));
    assert_eq!(network.consumers(LayerId(1)), [LayerId(2), LayerId(3)]);
    assert_eq!(network.find("add"), Some(LayerId(3)));
    assert_eq!(network.lacks_weights(), Some(LayerId(1)));
    let fc = network.conv_shape(LayerId(4), 2).unwrap();
    assert_eq!((fc.c, fc.r, fc.s, fc.output_dims()), (4, 8, 8, [2, 10, 1, 1]));
    assert_eq!(network.conv_shape(LayerId(2), 1), None);
    assert_eq!(network.conv_shape(LayerId(1), usize::MAX), None);
    assert_eq!(network.macs(2), 2 * (4 * 64 * 27 + 2560));
    assert_eq!((network.layer_weights(LayerId(1)), network.weights()), (108, 108 + 2560));
}

/// Whatever sizes and graphs a file may claim, the answer is a network or a refusal; overflow would panic here.
#[test]
fn no_sizes_panic() {
    const SIZES: [usize; 12] = [0, 1, 1, 2, 3, 7, 8, 64, 1 << 12, 1 << 24, (1 << 24) + 1, usize::MAX];
    let mut accepted = 0;
    for seed in 0..20_000 {
        let mut g = Generator::new(seed);
        let mut size = move || SIZES[g.size(SIZES.len()) - 1];
        let mut pair = move || [size(), size()];
        let dims = match pair() {
            [a, b] if a == b => vec![a],
            [a, b] => vec![a, b, pair()[0]],
        };
        let mut layers = vec![input(&dims)];
        for index in 0..3 {
            let [[top, bottom], [left, right]] = [pair(), pair()];
            let pad = if pair()[0] > 2 { Pad { top, bottom, left, right } } else { Pad::default() };
            let (kernel, stride, dilation, [m, groups]) = (pair(), pair(), pair(), pair());
            let kind = PoolKind::AverageWithPad;
            let op = match seed % 9 {
                0 => Op::Conv(Conv { m, kernel, stride, pad, dilation, groups }),
                1 => Op::Conv(Conv { m, kernel, stride: [1, 2], pad: Pad::default(), dilation: [1, 1], groups: 1 }),
                2 => Op::FullyConnected { outputs: m },
                3 => Op::Pool(Pool { kind, kernel: Some(kernel), stride, pad, ceil: m > 2 }),
                4 => Op::Pool(Pool { kind, kernel: None, stride, pad, ceil: m > 2 }),
                5 => Op::Pad { channels: kernel, sides: pad },
                6 => Op::Reshape { dims: [kernel, stride].concat() },
                7 => Op::Concat,
                _ => Op::Flatten,
            };
            let inputs = if matches!(op, Op::Concat) { vec![index; m.min(9)] } else { vec![index] };
            layers.push(layer(&index.to_string(), op, &inputs));
        }
        if let Ok(network) = Network::new("hostile", layers) {
            accepted += 1;
            let _ = (network.macs(u64::MAX), network.weights(), network.conv_shape(LayerId(1), usize::MAX));
        }
    }
    assert!(accepted > 1000, "{accepted} of 20,000 accepted");
}
