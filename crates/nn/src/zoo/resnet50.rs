//! ResNet-50 (He, Zhang, Ren and Sun, CVPR 2016): the stride of a stage is in the first 1x1 convolution of its
//! first block, as in the paper (and not in the 3x3 one, as in later versions).

use super::builder::{Builder, filters};
use super::{Entry, Figure, Published, Totals};
use crate::network::{Conv, Op, PoolKind};
use crate::{LayerId, Network, Pad};

pub(super) const ENTRY: Entry = Entry {
    name: "resnet50",
    source: "He et al., CVPR 2016",
    build,
    totals: Totals { conv_macs: 3_855_925_248, conv_weights: 23_454_912, fc_weights: 2_048_000 },
    published: &[
        Published { figure: Figure::ConvMacs, value: 3.86e9, tolerance: 2e-3, source: "CICC17, Table I" },
        Published { figure: Figure::ConvWeights, value: 23.5e6, tolerance: 3e-3, source: "CICC17, Table I" },
        Published { figure: Figure::FcWeights, value: 2e6, tolerance: 0.03, source: "CICC17, Table I" },
        Published { figure: Figure::Weights, value: 25.5e6, tolerance: 2e-3, source: "CICC17, Table I" },
    ],
};

fn build() -> Network {
    let (mut b, data) = Builder::new("resnet50", [3, 224, 224]);
    let conv1 = b.conv_relu("conv1", data, Conv { stride: [2, 2], pad: Pad::all(3), ..filters(64, 7) });
    let mut head = b.pool("pool1", conv1, PoolKind::Max, 3, 2);
    for (stage, (m, blocks)) in [(64, 3), (128, 4), (256, 6), (512, 3)].into_iter().enumerate() {
        for block in 0..blocks {
            let stride = if block == 0 && stage > 0 { 2 } else { 1 };
            head = bottleneck(&mut b, &format!("res{}{}", stage + 2, (b'a' + block) as char), head, m, stride);
        }
    }
    let pool5 = b.global_average("pool5", head);
    let scores = b.fully_connected("fc1000", pool5, 1000);
    b.classify(scores)
}

/// 1x1, 3x3, 1x1 to four times the channels, and the shortcut, projected where its shape changes.
fn bottleneck(b: &mut Builder, name: &str, from: LayerId, m: usize, stride: usize) -> LayerId {
    let stride = [stride; 2];
    let shortcut = if b.channels(from) == 4 * m {
        from
    } else {
        b.conv(&format!("{name}_branch1"), from, Conv { stride, ..filters(4 * m, 1) })
    };
    let narrow = b.conv_relu(&format!("{name}_branch2a"), from, Conv { stride, ..filters(m, 1) });
    let middle = b.conv_relu(&format!("{name}_branch2b"), narrow, Conv { pad: Pad::all(1), ..filters(m, 3) });
    let wide = b.conv(&format!("{name}_branch2c"), middle, filters(4 * m, 1));
    let sum = b.add(name, Op::Add, &[shortcut, wide]);
    b.activation(Op::Relu, sum)
}
