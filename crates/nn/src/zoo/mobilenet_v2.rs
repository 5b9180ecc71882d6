//! MobileNet V2, width 1, 224x224 (Sandler et al., CVPR 2018, Table 2): inverted residuals with linear bottlenecks,
//! padded as TensorFlow's SAME does. EfficientNet-Lite0 is made of the same blocks.

use super::builder::{Builder, filters, same};
use super::{Entry, Figure, Published, Totals};
use crate::network::{Conv, Op};
use crate::{LayerId, Network};

pub(super) const ENTRY: Entry = Entry {
    name: "mobilenet-v2",
    source: "Sandler et al., CVPR 2018",
    build,
    totals: Totals { conv_macs: 299_494_272, conv_weights: 2_189_760, fc_weights: 1_280_000 },
    published: &[
        Published { figure: Figure::Macs, value: 300e6, tolerance: 0.01, source: "the paper, Table 4" },
        Published { figure: Figure::Weights, value: 3.4e6, tolerance: 0.025, source: "the paper, Table 4" },
    ],
};

/// A stage of equal blocks: expansion t, output channels c, repeats n, stride s of the first, filter size.
pub(super) struct Stage {
    pub(super) t: usize,
    pub(super) c: usize,
    pub(super) n: usize,
    pub(super) s: usize,
    pub(super) size: usize,
}

const fn stage(t: usize, c: usize, n: usize, s: usize) -> Stage {
    Stage { t, c, n, s, size: 3 }
}

const STAGES: &[Stage] = &[
    stage(1, 16, 1, 1),
    stage(6, 24, 2, 2),
    stage(6, 32, 3, 2),
    stage(6, 64, 4, 2),
    stage(6, 96, 3, 1),
    stage(6, 160, 3, 2),
    stage(6, 320, 1, 1),
];

fn build() -> Network {
    inverted_residuals("mobilenet-v2", STAGES)
}

/// A stem of 32 filters, the stages, a head of 1280 and the classifier.
pub(super) fn inverted_residuals(name: &'static str, stages: &[Stage]) -> Network {
    let (mut b, data) = Builder::new(name, [3, 224, 224]);
    let mut head = b.conv_relu6("stem", data, Conv { stride: [2, 2], pad: same(3, 2), ..filters(32, 3) });
    for (index, stage) in stages.iter().enumerate() {
        for repeat in 0..stage.n {
            let stride = if repeat == 0 { stage.s } else { 1 };
            head = block(&mut b, &format!("block{}.{}", index + 1, repeat + 1), head, stage, stride);
        }
    }
    let head = b.conv_relu6("head", head, filters(1280, 1));
    let pool = b.global_average("pool", head);
    let dropout = b.activation(Op::Dropout, pool);
    let scores = b.fully_connected("fc", dropout, 1000);
    b.classify(scores)
}

/// Expand by 1x1, convolve depthwise, project by 1x1 without activation, and add what came in if it has that shape.
fn block(b: &mut Builder, name: &str, from: LayerId, stage: &Stage, stride: usize) -> LayerId {
    let wide = b.channels(from) * stage.t;
    let expanded = if stage.t == 1 { from } else { b.conv_relu6(&format!("{name}/expand"), from, filters(wide, 1)) };
    let conv = Conv { stride: [stride; 2], pad: same(stage.size, stride), groups: wide, ..filters(wide, stage.size) };
    let depthwise = b.conv_relu6(&format!("{name}/depthwise"), expanded, conv);
    let projected = b.conv(&format!("{name}/project"), depthwise, filters(stage.c, 1));
    if stride == 1 && b.channels(from) == stage.c {
        b.add(format!("{name}/add"), Op::Add, &[from, projected])
    } else {
        projected
    }
}
