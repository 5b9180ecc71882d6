//! SqueezeNet 1.0 (Iandola et al., 2016) and 1.1 (its authors' repository): fire modules of a squeezing 1x1
//! convolution and expanding 1x1 and 3x3 ones. The last convolution of 1.0 is padded, as its authors' Caffe model is.

use super::builder::{Builder, filters};
use super::{Entry, Figure, Published, Totals};
use crate::network::{Conv, Op, PoolKind};
use crate::{LayerId, Network, Pad};

const README: &str = "the authors' repository (GFLOPs an image, two a MAC)";

pub(super) const ENTRY_1_0: Entry = Entry {
    name: "squeezenet1.0",
    source: "Iandola et al., arXiv 1602.07360",
    build: build_1_0,
    totals: Totals { conv_macs: 861_339_936, conv_weights: 1_244_448, fc_weights: 0 },
    published: &[
        Published {
            figure: Figure::Weights,
            value: 1_248_424.0,
            tolerance: 4e-3,
            source: "the paper, Table 1, with biases",
        },
        Published { figure: Figure::ConvMacs, value: 1.72e9 / 2.0, tolerance: 0.01, source: README },
    ],
};

pub(super) const ENTRY_1_1: Entry = Entry {
    name: "squeezenet1.1",
    source: "Iandola et al., the repository of SqueezeNet, 2016",
    build: build_1_1,
    totals: Totals { conv_macs: 349_151_936, conv_weights: 1_231_552, fc_weights: 0 },
    published: &[
        Published {
            figure: Figure::Weights,
            value: 1_235_496.0,
            tolerance: 4e-3,
            source: "the ONNX model zoo's file, with biases",
        },
        Published { figure: Figure::ConvMacs, value: 0.72e9 / 2.0, tolerance: 0.04, source: README },
    ],
};

fn build_1_0() -> Network {
    let conv1 = Conv { stride: [2, 2], ..filters(96, 7) };
    squeezenet("squeezenet1.0", conv1, [4, 8], Conv { pad: Pad::all(1), ..filters(1000, 1) })
}

fn build_1_1() -> Network {
    let conv1 = Conv { stride: [2, 2], ..filters(64, 3) };
    squeezenet("squeezenet1.1", conv1, [3, 5], filters(1000, 1))
}

/// Both versions; they differ in the first and last convolution and in the fire modules after which they pool.
fn squeezenet(name: &'static str, conv1: Conv, pool_after: [usize; 2], conv10: Conv) -> Network {
    let size = if name == "squeezenet1.0" { 227 } else { 224 };
    let (mut b, data) = Builder::new(name, [3, size, size]);
    let conv1 = b.conv_relu("conv1", data, conv1);
    let mut head = b.pool("pool1", conv1, PoolKind::Max, 3, 2);
    for (index, squeeze) in [16, 16, 32, 32, 48, 48, 64, 64].into_iter().enumerate() {
        let fire_number = index + 2;
        head = fire(&mut b, &format!("fire{fire_number}"), head, squeeze);
        if pool_after.contains(&fire_number) {
            head = b.pool(&format!("pool{fire_number}"), head, PoolKind::Max, 3, 2);
        }
    }
    let dropout = b.activation(Op::Dropout, head);
    let conv10 = b.conv_relu("conv10", dropout, conv10);
    let pool10 = b.global_average("pool10", conv10);
    b.classify(pool10)
}

/// `squeeze` 1x1 filters, then four times as many 1x1 and as many 3x3 ones, concatenated.
fn fire(b: &mut Builder, name: &str, from: LayerId, squeeze: usize) -> LayerId {
    let squeezed = b.conv_relu(&format!("{name}/squeeze1x1"), from, filters(squeeze, 1));
    let one = b.conv_relu(&format!("{name}/expand1x1"), squeezed, filters(4 * squeeze, 1));
    let three =
        b.conv_relu(&format!("{name}/expand3x3"), squeezed, Conv { pad: Pad::all(1), ..filters(4 * squeeze, 3) });
    b.add(format!("{name}/concat"), Op::Concat, &[one, three])
}
