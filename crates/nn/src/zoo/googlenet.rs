//! GoogLeNet (Szegedy et al., CVPR 2015), without the auxiliary classifiers, which only training uses; pooling and
//! normalisation as in Caffe's reference model.

use super::builder::{Builder, filters};
use super::{Entry, Figure, Published, Totals};
use crate::network::{Conv, Op, Pool, PoolKind};
use crate::{LayerId, Network, Pad};

pub(super) const ENTRY: Entry = Entry {
    name: "googlenet",
    source: "Szegedy et al., CVPR 2015",
    build,
    totals: Totals { conv_macs: 1_581_647_872, conv_weights: 5_966_272, fc_weights: 1_024_000 },
    published: &[
        Published { figure: Figure::ConvWeights, value: 6.0e6, tolerance: 0.01, source: "CICC17, Table I" },
        Published { figure: Figure::FcWeights, value: 1e6, tolerance: 0.03, source: "CICC17, Table I" },
        Published { figure: Figure::Weights, value: 6.99e6, tolerance: 2e-3, source: "CVPR17, poster" },
        Published {
            figure: Figure::ConvMacs,
            value: 1.43e9,
            tolerance: 0.11,
            source: "CICC17, Table I, which does not say what it leaves out",
        },
    ],
};

/// Filters of one inception module: 1x1; 3x3 and before it; 5x5 and before it; after pooling (Table 1).
type Inception = (&'static str, usize, [usize; 2], [usize; 2], usize);

fn build() -> Network {
    let (mut b, data) = Builder::new("googlenet", [3, 224, 224]);
    let conv1 = b.conv_relu("conv1/7x7_s2", data, Conv { stride: [2, 2], pad: Pad::all(3), ..filters(64, 7) });
    let pool1 = b.pool("pool1/3x3_s2", conv1, PoolKind::Max, 3, 2);
    let norm1 = normalise(&mut b, "pool1/norm1", pool1);
    let reduce = b.conv_relu("conv2/3x3_reduce", norm1, filters(64, 1));
    let conv2 = b.conv_relu("conv2/3x3", reduce, Conv { pad: Pad::all(1), ..filters(192, 3) });
    let norm2 = normalise(&mut b, "conv2/norm2", conv2);
    let mut head = b.pool("pool2/3x3_s2", norm2, PoolKind::Max, 3, 2);
    let stages: [(&str, &[Inception]); 3] = [
        ("pool3/3x3_s2", &[("3a", 64, [96, 128], [16, 32], 32), ("3b", 128, [128, 192], [32, 96], 64)]),
        (
            "pool4/3x3_s2",
            &[
                ("4a", 192, [96, 208], [16, 48], 64),
                ("4b", 160, [112, 224], [24, 64], 64),
                ("4c", 128, [128, 256], [24, 64], 64),
                ("4d", 112, [144, 288], [32, 64], 64),
                ("4e", 256, [160, 320], [32, 128], 128),
            ],
        ),
        ("", &[("5a", 256, [160, 320], [32, 128], 128), ("5b", 384, [192, 384], [48, 128], 128)]),
    ];
    for (pool, modules) in stages {
        for module in modules {
            head = inception(&mut b, head, module);
        }
        if !pool.is_empty() {
            head = b.pool(pool, head, PoolKind::Max, 3, 2);
        }
    }
    let pool5 = b.global_average("pool5/7x7_s1", head);
    let dropout = b.activation(Op::Dropout, pool5);
    let scores = b.fully_connected("loss3/classifier", dropout, 1000);
    b.classify(scores)
}

fn inception(b: &mut Builder, from: LayerId, &(name, ones, threes, fives, pooled): &Inception) -> LayerId {
    let name = |part: &str| format!("inception_{name}/{part}");
    let one = b.conv_relu(&name("1x1"), from, filters(ones, 1));
    let reduce = b.conv_relu(&name("3x3_reduce"), from, filters(threes[0], 1));
    let three = b.conv_relu(&name("3x3"), reduce, Conv { pad: Pad::all(1), ..filters(threes[1], 3) });
    let reduce = b.conv_relu(&name("5x5_reduce"), from, filters(fives[0], 1));
    let five = b.conv_relu(&name("5x5"), reduce, Conv { pad: Pad::all(2), ..filters(fives[1], 5) });
    let (kind, kernel, pad) = (PoolKind::Max, Some([3, 3]), Pad::all(1));
    let pool = b.add(name("pool"), Op::Pool(Pool { kind, kernel, stride: [1, 1], pad, ceil: true }), &[from]);
    let projected = b.conv_relu(&name("pool_proj"), pool, filters(pooled, 1));
    b.add(name("output"), Op::Concat, &[one, three, five, projected])
}

fn normalise(b: &mut Builder, name: &str, from: LayerId) -> LayerId {
    b.add(name, Op::Lrn { size: 5, alpha: 1e-4, beta: 0.75, k: 1.0 }, &[from])
}
