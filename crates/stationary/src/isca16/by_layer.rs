//! Row stationary layer by layer: Fig. 10, on 256 PEs with 16 images at once.

use super::Subject;
use super::point::{Layers, Point};
use crate::Error;
use model::reuse::Dataflow;

/// A layer's energy, in 10^10 multiply-accumulates.
#[derive(Clone, Debug, PartialEq)]
pub struct ByLayer {
    /// The layer, as the figure calls it.
    pub name: &'static str,
    /// What is printed, by level: ALU, DRAM, buffer, array, RF.
    pub printed: [f64; 5],
    /// The study's analysis.
    pub ours: [f64; 5],
}

const PRINTED: [(&str, [f64; 5]); 8] = [
    ("CONV1", [0.1687, 0.2190, 0.0150, 0.0375, 0.6440]),
    ("CONV2", [0.3583, 0.2223, 0.0292, 0.0583, 1.4124]),
    ("CONV3", [0.2392, 0.1837, 0.0296, 0.0470, 0.9339]),
    ("CONV4", [0.1794, 0.1568, 0.0178, 0.0360, 0.7027]),
    ("CONV5", [0.1196, 0.1045, 0.0133, 0.0237, 0.4685]),
    ("FC1", [0.0604, 0.7622, 0.0045, 0.0239, 0.2315]),
    ("FC2", [0.0268, 0.3395, 0.0019, 0.0103, 0.1040]),
    ("FC3", [0.0066, 0.0836, 0.0005, 0.0025, 0.0253]),
];

/// All layers.
pub fn study(subject: &Subject) -> Result<Vec<ByLayer>, Error> {
    let mut ours = Vec::new();
    for layers in [Layers::Conv, Layers::Fc] {
        let point = Point { layers, pes: 256, batch: 16 };
        let found = point.reconstruct(Dataflow::Rs, &subject.analysed(layers, point.batch)?);
        ours.extend(found.into_iter().flatten());
    }
    let of = |(&(name, printed), layer): (&(&'static str, [f64; 5]), &model::reuse::Reconstruction)| {
        let by = layer.by_level();
        let levels = [layer.compute, by.dram, by.glb, by.array, by.rf];
        ByLayer { name, printed, ours: levels.map(|energy| 1e-10 * energy) }
    };
    Ok(PRINTED.iter().zip(&ours).map(of).collect())
}
