//! AlexNet (Krizhevsky, Sutskever and Hinton, NIPS 2012) in two groups at 227x227, with the local response
//! normalisation of Caffe's reference model. The network of the chip's tables.

use super::builder::{Builder, filters};
use super::{Entry, Figure, Published, Totals};
use crate::network::{Conv, Op, PoolKind};
use crate::{LayerId, Network, Pad};

pub(super) const ENTRY: Entry = Entry {
    name: "alexnet",
    source: "Krizhevsky et al., NIPS 2012",
    build,
    totals: Totals { conv_macs: 665_784_864, conv_weights: 2_332_704, fc_weights: 58_621_952 },
    published: &[
        Published { figure: Figure::ConvMacs, value: 665.8e6, tolerance: 1e-3, source: "ISSCC16: 2663 M at N = 4" },
        Published { figure: Figure::ConvWeights, value: 2332.7e3, tolerance: 1e-4, source: "ISSCC16" },
        Published { figure: Figure::FcWeights, value: 58.6e6, tolerance: 1e-3, source: "CICC17, Table I" },
        Published { figure: Figure::Macs, value: 724e6, tolerance: 1e-3, source: "CICC17, Table I" },
        Published { figure: Figure::Weights, value: 61e6, tolerance: 2e-3, source: "CICC17, Table I" },
    ],
};

fn build() -> Network {
    let (mut b, data) = Builder::new("alexnet", [3, 227, 227]);
    let conv1 = b.conv_relu("conv1", data, Conv { stride: [4, 4], ..filters(96, 11) });
    let norm1 = normalise(&mut b, "norm1", conv1);
    let pool1 = b.pool("pool1", norm1, PoolKind::Max, 3, 2);
    let conv2 = b.conv_relu("conv2", pool1, Conv { pad: Pad::all(2), groups: 2, ..filters(256, 5) });
    let norm2 = normalise(&mut b, "norm2", conv2);
    let pool2 = b.pool("pool2", norm2, PoolKind::Max, 3, 2);
    let conv3 = b.conv_relu("conv3", pool2, Conv { pad: Pad::all(1), ..filters(384, 3) });
    let conv4 = b.conv_relu("conv4", conv3, Conv { pad: Pad::all(1), groups: 2, ..filters(384, 3) });
    let conv5 = b.conv_relu("conv5", conv4, Conv { pad: Pad::all(1), groups: 2, ..filters(256, 3) });
    let mut head = b.pool("pool5", conv5, PoolKind::Max, 3, 2);
    for name in ["fc6", "fc7"] {
        let fc = b.fully_connected(name, head, 4096);
        let relu = b.activation(Op::Relu, fc);
        head = b.activation(Op::Dropout, relu);
    }
    let scores = b.fully_connected("fc8", head, 1000);
    b.classify(scores)
}

fn normalise(b: &mut Builder, name: &str, from: LayerId) -> LayerId {
    b.add(name, Op::Lrn { size: 5, alpha: 1e-4, beta: 0.75, k: 1.0 }, &[from])
}
