//! EfficientNet-Lite0 (R. Liu, TensorFlow blog and repository, 2020): EfficientNet-B0 (Tan and Le, ICML 2019)
//! without squeeze-and-excitation, with ReLU6.

use super::mobilenet_v2::{Stage, inverted_residuals};
use super::{Entry, Figure, Published, Totals};
use crate::Network;

const REPOSITORY: &str = "github.com/tensorflow/tpu, efficientnet/lite, which does not say what it counts besides MACs";

pub(super) const ENTRY: Entry = Entry {
    name: "efficientnet-lite0",
    source: "Liu, TensorFlow blog, 2020",
    build,
    totals: Totals { conv_macs: 383_907_552, conv_weights: 3_328_992, fc_weights: 1_280_000 },
    published: &[
        Published { figure: Figure::Macs, value: 407e6, tolerance: 0.06, source: REPOSITORY },
        Published { figure: Figure::Weights, value: 4.7e6, tolerance: 0.02, source: REPOSITORY },
    ],
};

const STAGES: &[Stage] = &[
    Stage { t: 1, c: 16, n: 1, s: 1, size: 3 },
    Stage { t: 6, c: 24, n: 2, s: 2, size: 3 },
    Stage { t: 6, c: 40, n: 2, s: 2, size: 5 },
    Stage { t: 6, c: 80, n: 3, s: 2, size: 3 },
    Stage { t: 6, c: 112, n: 3, s: 1, size: 5 },
    Stage { t: 6, c: 192, n: 4, s: 2, size: 5 },
    Stage { t: 6, c: 320, n: 1, s: 1, size: 3 },
];

fn build() -> Network {
    inverted_residuals("efficientnet-lite0", STAGES)
}
