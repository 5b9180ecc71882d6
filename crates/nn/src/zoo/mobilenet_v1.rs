//! MobileNet V1, width 1, 224x224 (Howard et al., arXiv 1704.04861, Table 1): depthwise 3x3 and pointwise
//! convolutions, padded as TensorFlow's SAME does.

use super::builder::{Builder, filters, same};
use super::{Entry, Figure, Published, Totals};
use crate::Network;
use crate::network::{Conv, Op};

pub(super) const ENTRY: Entry = Entry {
    name: "mobilenet-v1",
    source: "Howard et al., arXiv 1704.04861",
    build,
    totals: Totals { conv_macs: 567_716_352, conv_weights: 3_185_088, fc_weights: 1_024_000 },
    published: &[
        Published { figure: Figure::Macs, value: 569e6, tolerance: 2e-3, source: "the paper, Table 4" },
        Published { figure: Figure::Weights, value: 4.2e6, tolerance: 0.012, source: "the paper, Table 4" },
    ],
};

fn build() -> Network {
    let (mut b, data) = Builder::new("mobilenet-v1", [3, 224, 224]);
    let mut head = b.conv_relu6("conv0", data, Conv { stride: [2, 2], pad: same(3, 2), ..filters(32, 3) });
    let blocks = [(64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2)];
    let blocks = blocks.into_iter().chain([(512, 1); 5]).chain([(1024, 2), (1024, 1)]);
    for (index, (m, stride)) in blocks.enumerate() {
        let channels = b.channels(head);
        let conv = Conv { stride: [stride; 2], pad: same(3, stride), groups: channels, ..filters(channels, 3) };
        let depthwise = b.conv_relu6(&format!("conv{}/depthwise", index + 1), head, conv);
        head = b.conv_relu6(&format!("conv{}/pointwise", index + 1), depthwise, filters(m, 1));
    }
    let pool = b.global_average("pool", head);
    let dropout = b.activation(Op::Dropout, pool);
    let scores = b.fully_connected("fc", dropout, 1000);
    b.classify(scores)
}
