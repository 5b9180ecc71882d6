//! VGG-16 (Simonyan and Zisserman, ICLR 2015, configuration D).

use super::builder::{Builder, filters};
use super::{Entry, Figure, Published, Totals};
use crate::network::{Conv, Op, PoolKind};
use crate::{Network, Pad};

pub(super) const ENTRY: Entry = Entry {
    name: "vgg16",
    source: "Simonyan and Zisserman, ICLR 2015",
    build,
    totals: Totals { conv_macs: 15_346_630_656, conv_weights: 14_710_464, fc_weights: 123_633_664 },
    published: &[
        Published {
            figure: Figure::ConvMacs,
            value: 46.04e9 / 3.0,
            tolerance: 1e-3,
            source: "JSSC17, Table VI: 46.04 G at N = 3",
        },
        Published { figure: Figure::ConvWeights, value: 14.7e6, tolerance: 2e-3, source: "ISSCC16" },
        Published { figure: Figure::FcWeights, value: 124e6, tolerance: 4e-3, source: "CICC17, Table I" },
        Published { figure: Figure::Weights, value: 138e6, tolerance: 4e-3, source: "the paper, Table 2" },
    ],
};

fn build() -> Network {
    let (mut b, mut head) = Builder::new("vgg16", [3, 224, 224]);
    for (block, (m, convs)) in [(64, 2), (128, 2), (256, 3), (512, 3), (512, 3)].into_iter().enumerate() {
        let block = block + 1;
        for conv in 1..=convs {
            head = b.conv_relu(&format!("conv{block}_{conv}"), head, Conv { pad: Pad::all(1), ..filters(m, 3) });
        }
        head = b.pool(&format!("pool{block}"), head, PoolKind::Max, 2, 2);
    }
    for name in ["fc6", "fc7"] {
        let fc = b.fully_connected(name, head, 4096);
        let relu = b.activation(Op::Relu, fc);
        head = b.activation(Op::Dropout, relu);
    }
    let scores = b.fully_connected("fc8", head, 1000);
    b.classify(scores)
}
