//! Where the study compares: which layers, on how many PEs, with how many images at once.

use model::reuse::{Costs, Dataflow, Design, Layer, Reconstruction, best};

/// Layers of AlexNet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layers {
    /// CONV1 to CONV5.
    Conv,
    /// FC1 to FC3.
    Fc,
}

impl Layers {
    /// What the study calls them.
    pub fn name(self) -> &'static str {
        match self {
            Layers::Conv => "CONV",
            Layers::Fc => "FC",
        }
    }
}

/// A point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Point {
    /// Which layers.
    pub layers: Layers,
    /// The PEs.
    pub pes: u64,
    /// Images at once.
    pub batch: usize,
}

const fn conv(pes: u64, batch: usize) -> Point {
    Point { layers: Layers::Conv, pes, batch }
}

const fn fc(batch: usize) -> Point {
    Point { layers: Layers::Fc, pes: 1024, batch }
}

/// All of them, in the order of Figs. 11 to 14.
pub const POINTS: [Point; 12] = [
    conv(256, 1),
    conv(256, 16),
    conv(256, 64),
    conv(512, 1),
    conv(512, 16),
    conv(512, 64),
    conv(1024, 1),
    conv(1024, 16),
    conv(1024, 64),
    fc(16),
    fc(64),
    fc(256),
];

impl Point {
    /// "CONV, 256 PEs, N = 16".
    pub fn name(self) -> String {
        format!("{}, {} PEs, N = {}", self.layers.name(), self.pes, self.batch)
    }

    /// The study's analysis of these layers; none where one does not fit.
    pub fn reconstruct(self, dataflow: Dataflow, layers: &[Layer]) -> Option<Vec<Reconstruction>> {
        let design = Design::isca16(dataflow, usize::try_from(self.pes).ok()?);
        layers.iter().map(|layer| best(layer, &design, &Costs::TABLE_IV)).collect()
    }
}
