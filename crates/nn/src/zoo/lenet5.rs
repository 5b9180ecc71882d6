//! LeNet-5 (LeCun, Bottou, Bengio and Haffner, Proc. IEEE 86(11), 1998, section II-B).
//!
//! C3 is dense, as CICC17 counts its weights (the paper connects only 60 of the 96 pairs of maps); C5 is the fully
//! connected layer that it amounts to at this input size.

use super::builder::{Builder, filters};
use super::{Entry, Figure, Published, Totals};
use crate::Network;
use crate::network::{Op, PoolKind};

const CICC17: &str = "CICC17, Table I; its 283 k conv MACs are not comparable: with the 58 k of the fully connected \
                      layers they are the paper's 340,908 connections, of sparse C3, biases and subsampling";

pub(super) const ENTRY: Entry = Entry {
    name: "lenet5",
    source: "LeCun et al., Proc. IEEE 86(11), 1998",
    build,
    totals: Totals { conv_macs: 357_600, conv_weights: 2550, fc_weights: 58_920 },
    published: &[
        Published { figure: Figure::ConvWeights, value: 2.6e3, tolerance: 0.02, source: CICC17 },
        Published { figure: Figure::FcWeights, value: 58e3, tolerance: 0.02, source: CICC17 },
    ],
};

fn build() -> Network {
    let (mut b, data) = Builder::new("lenet5", [1, 32, 32]);
    let c1 = b.conv_relu("c1", data, filters(6, 5));
    let s2 = b.pool("s2", c1, PoolKind::Average, 2, 2);
    let c3 = b.conv_relu("c3", s2, filters(16, 5));
    let s4 = b.pool("s4", c3, PoolKind::Average, 2, 2);
    let c5 = b.fully_connected("c5", s4, 120);
    let c5 = b.activation(Op::Relu, c5);
    let f6 = b.fully_connected("f6", c5, 84);
    let f6 = b.activation(Op::Relu, f6);
    let scores = b.fully_connected("output", f6, 10);
    b.classify(scores)
}
