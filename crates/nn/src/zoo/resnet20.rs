//! ResNet-20 for CIFAR-10 (He, Zhang, Ren and Sun, CVPR 2016, section 4.2): three stages of three blocks of two 3x3
//! convolutions. Shortcuts are the paper's option A, without weights: where the size halves, every other row and
//! column, and zeros for the channels that are new, as many before as after (as in Y. Idelbayev's PyTorch
//! implementation, github.com/akamaster/pytorch_resnet_cifar10, whose names the layers have and whose weights fit).

use super::builder::{Builder, filters};
use super::{Entry, Figure, Published, Totals};
use crate::network::{Conv, Op, Pool, PoolKind, Preprocess};
use crate::{LayerId, Network, Pad};

pub(super) const ENTRY: Entry = Entry {
    name: "resnet20",
    source: "He et al., CVPR 2016, for CIFAR-10",
    build,
    totals: Totals { conv_macs: 40_550_400, conv_weights: 267_696, fc_weights: 640 },
    published: &[
        Published {
            figure: Figure::Weights,
            value: 0.27e6,
            tolerance: 0.019,
            source: "the paper, Table 6, with biases and batch norms",
        },
        Published {
            figure: Figure::Weights,
            value: 269_722.0,
            tolerance: 6e-3,
            source: "the values in Idelbayev's file of weights, which has 1,386 biases and batch norm parameters besides",
        },
    ],
};

fn build() -> Network {
    let (mut b, data) = Builder::new("resnet20", [3, 32, 32]);
    let mut head = b.conv_relu("conv1", data, Conv { pad: Pad::all(1), ..filters(16, 3) });
    for (stage, m) in [16, 32, 64].into_iter().enumerate() {
        for block in 0..3 {
            let stride = if block == 0 && stage > 0 { 2 } else { 1 };
            head = basic(&mut b, &format!("layer{}.{block}", stage + 1), head, m, stride);
        }
    }
    let pool = b.global_average("avg_pool", head);
    let scores = b.fully_connected("linear", pool, 10);
    b.classify(scores).with_preprocess(preprocess())
}

/// How Idelbayev's weights take images: red first, from 0 to 1, less the means of ImageNet over their deviations.
fn preprocess() -> Preprocess {
    let mean = [0.485, 0.456, 0.406].map(|mean: f32| 255.0 * mean);
    let scale = [0.229, 0.224, 0.225].map(|deviation: f32| 1.0 / (255.0 * deviation));
    Preprocess { resize: 32, bgr: false, mean, scale }
}

/// Two 3x3 convolutions and the shortcut.
fn basic(b: &mut Builder, name: &str, from: LayerId, m: usize, stride: usize) -> LayerId {
    let conv = Conv { stride: [stride; 2], pad: Pad::all(1), ..filters(m, 3) };
    let first = b.conv_relu(&format!("{name}.conv1"), from, conv);
    let second = b.conv(&format!("{name}.conv2"), first, Conv { stride: [1, 1], ..conv });
    let shortcut = if stride == 1 { from } else { option_a(b, name, from, m, stride) };
    let sum = b.add(name, Op::Add, &[shortcut, second]);
    b.activation(Op::Relu, sum)
}

/// Every `stride`th row and column of `from`, among zeros as channels up to `m`.
fn option_a(b: &mut Builder, name: &str, from: LayerId, m: usize, stride: usize) -> LayerId {
    let (kind, kernel) = (PoolKind::Max, Some([1, 1]));
    let subsample = Pool { kind, kernel, stride: [stride; 2], pad: Pad::default(), ceil: false };
    let new = m - b.channels(from);
    let subsampled = b.add(format!("{name}.shortcut/subsample"), Op::Pool(subsample), &[from]);
    let channels = [new / 2, new - new / 2];
    b.add(format!("{name}.shortcut"), Op::Pad { channels, sides: Pad::default() }, &[subsampled])
}
