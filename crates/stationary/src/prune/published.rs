//! What was published of pruned networks, as data.
//!
//! CVPR17 is Yang, Chen, Sze, "Designing Energy-Efficient CNNs using Energy-Aware Pruning", CVPR 2017, whose poster has
//! totals of networks, none of a layer. Its multiply-accumulates are those that no zero leaves out, its energies are in
//! those of one 16-bit multiply-accumulate. HAN16 is Han, Mao, Dally, "Deep Compression", ICLR 2016.

use crate::estimate::published::Total;

/// The totals of a pruned network, of one image.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pruned {
    /// Weights that are not zero; none where we know of no print of it.
    pub weights: Option<f64>,
    /// Multiply-accumulates that no zero leaves out; likewise.
    pub macs: Option<f64>,
    /// Energy.
    pub energy: f64,
    /// Where it is printed.
    pub source: &'static str,
}

/// The networks before pruning that the rows are beside: names of the zoo, and how the estimate stands to them.
pub const NETWORKS: [&str; 2] = ["alexnet", "squeezenet1.0"];

/// AlexNet by Deep Compression.
pub const ALEXNET_COMPRESSED: Pruned = Pruned {
    weights: Some(6.79e6),
    macs: Some(1.79e8),
    energy: 1.85e9,
    source: "CVPR17, poster: AlexNet, Deep Compression",
};
/// AlexNet by energy-aware pruning.
pub const ALEXNET_ENERGY_AWARE: Pruned = Pruned {
    weights: Some(5.73e6),
    macs: Some(0.56e8),
    energy: 1.06e9,
    source: "CVPR17, poster: AlexNet, energy-aware pruning",
};
/// SqueezeNet 1.0 by Deep Compression.
pub const SQUEEZENET_COMPRESSED: Pruned =
    Pruned { weights: None, macs: None, energy: 4.61e9, source: "CVPR17, poster: SqueezeNet, Deep Compression" };

/// How many times less energy AlexNet takes: by Deep Compression and by energy-aware pruning.
pub const ALEXNET_RATIOS: [f64; 2] = [2.1, 3.7];

/// The densities of AlexNet's layers by Deep Compression (HAN16, Table 4).
pub const ALEXNET_DENSITIES: [f64; 8] = [0.84, 0.38, 0.35, 0.37, 0.37, 0.09, 0.09, 0.25];

/// Weights of SqueezeNet 1.0's convolutions that are not zero, of 1,244,448 in all, in the network's order: counted in
/// the weights published with F. N. Iandola et al., "SqueezeNet", 2016, compressed by Deep Compression
/// (`compressed_SqueezeNet.net` of github.com/songhan/SqueezeNet-Deep-Compression; 675,763 bytes).
pub const SQUEEZENET_WEIGHTS: [u32; 26] = [
    13_902, 1_528, 1_020, 3_039, 2_038, 1_023, 3_039, 4_085, 4_071, 12_156, 8_160, 4_067, 12_147, 12_161, 4_602,
    27_325, 9_205, 9_129, 27_336, 24_388, 8_187, 44_144, 16_370, 16_303, 44_173, 102_323,
];

/// The energy of SqueezeNet 1.0 with those weights and the zeros that its feature maps have on the first 20 photographs of
/// the ImageNet validation set at hand: `stationary estimate SqueezeNet_deploy.prototxt --weights
/// compressed_SqueezeNet.net --bgr --mean 104,117,123 --image ...`.
pub const SQUEEZENET_ON_PHOTOGRAPHS: f64 = 3.32e9;

/// What was published of a network before pruning, if anything was.
pub fn original(network: &str) -> Option<&'static Total> {
    crate::estimate::published::TOTALS.iter().find(|total| total.network == network)
}
