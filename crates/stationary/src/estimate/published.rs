//! What was published of the method's estimates, and the zeros that they were made with, as data.
//!
//! ASIL17 is Yang, Chen, Emer, Sze, "A Method to Estimate the Energy Consumption of Deep Neural Networks", Asilomar
//! 2017; its Fig. 6 is read off vector paths, to 10^6. CVPR17 is Yang, Chen, Sze, "Designing Energy-Efficient CNNs using
//! Energy-Aware Pruning", CVPR 2017, whose poster has the totals. Energies are in those of one 16-bit multiply-accumulate.

use crate::run::array_layers;
use nn::Network;
use nn::zoo::{self, UnknownNetwork};

/// AlexNet's layers by ifmap, ofmap, weight and computation (ASIL17, Fig. 6), in 10^8.
pub const ALEXNET_LAYERS: [[f64; 4]; 8] = [
    [1.57, 2.64, 1.72, 1.05],
    [2.00, 3.91, 2.43, 1.50],
    [0.78, 1.33, 2.62, 0.51],
    [0.43, 0.75, 1.84, 0.25],
    [0.32, 0.50, 1.23, 0.18],
    [0.18, 0.28, 7.07, 0.11],
    [0.06, 0.11, 3.12, 0.03],
    [0.02, 0.03, 0.20, 0.01],
];
/// The unit of [`ALEXNET_LAYERS`].
pub const LAYER_UNIT: f64 = 1e8;

/// A network's published energy.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Total {
    /// The network's name in the zoo.
    pub network: &'static str,
    /// Energy of an image.
    pub energy: f64,
    /// How far ours may be off, as a part of it; none where the publications say nothing of its zeros.
    pub tolerance: Option<f64>,
    /// Where it is printed.
    pub source: &'static str,
}

/// The networks, in the order of publication.
pub const TOTALS: [Total; 5] = [
    Total { network: "alexnet", energy: 3.97e9, tolerance: Some(0.1), source: "CVPR17, poster: original" },
    Total { network: "googlenet", energy: 7.63e9, tolerance: Some(0.1), source: "CVPR17, poster: original" },
    Total { network: "squeezenet1.0", energy: 5.28e9, tolerance: None, source: "CVPR17, poster: original" },
    Total { network: "vgg16", energy: 5.0e10, tolerance: None, source: "CVPR17, poster: scatter plot, read off" },
    Total { network: "resnet50", energy: 2.55e10, tolerance: None, source: "CVPR17, poster: scatter plot, read off" },
];

/// AlexNet's share of energy in convolutions; the rest is in fully connected layers.
pub const ALEXNET_CONVOLUTIONS: f64 = 0.72;
/// GoogLeNet's shares by ifmap, ofmap, weight and computation (ASIL17).
pub const GOOGLENET_PARTS: [f64; 4] = [0.25, 0.43, 0.22, 0.10];
/// GoogLeNet's multiply-accumulates that no zero leaves out (CVPR17, poster).
pub const GOOGLENET_MACS: f64 = 7.41e8;

/// What was published of a network's zeros, with filters that have none.
#[derive(Clone, Copy, Debug)]
pub struct Activations {
    /// The network's name in the zoo.
    pub network: &'static str,
    /// Where it comes from.
    pub source: &'static str,
    ifmaps: fn(&[f64]) -> Vec<f64>,
}

/// The networks of which zeros were published.
const ACTIVATIONS: [Activations; 3] = [
    Activations {
        network: "alexnet",
        source: "ASIL17, Fig. 6: computation over multiply-accumulates, the filters being dense",
        ifmaps: |macs| ALEXNET_LAYERS.iter().zip(macs).map(|(of, macs)| of[3] * LAYER_UNIT / macs).collect(),
    },
    Activations {
        network: "googlenet",
        source: "CVPR17, poster: 7.41e8 multiply-accumulates that no zero leaves out, the same share in all layers but \
                 the first, whose ifmap is the image",
        ifmaps: |macs| uniform(macs, GOOGLENET_MACS),
    },
    Activations {
        network: "vgg16",
        source: "Chen, Krishna, Emer, Sze, JSSC 52(1), 2017, Table VI: zeros in ifmaps; fully connected layers as the \
                 last convolution",
        ifmaps: |macs| {
            let zeros = [1.6, 47.7, 24.8, 38.7, 39.7, 58.1, 58.7, 64.3, 74.7, 85.4, 79.4, 87.4, 88.5];
            (0..macs.len()).map(|layer| 1.0 - zeros[layer.min(zeros.len() - 1)] / 100.0).collect()
        },
    },
];

/// The published zeros of the network of the zoo called `name`.
pub fn activations(name: &str) -> Option<&'static Activations> {
    ACTIVATIONS.iter().find(|activations| activations.network == name)
}

/// The share of GoogLeNet's activations, the image apart, that its published multiply-accumulates leave.
pub fn share_of_googlenet() -> Result<f64, UnknownNetwork> {
    let network = zoo::by_name("googlenet")?;
    let shares = activations("googlenet").map(|activations| activations.shares(&network));
    Ok(shares.and_then(|shares| Some(shares.get(1)?[0])).unwrap_or(1.0))
}

/// One share for all layers but the first that leaves `done` multiply-accumulates.
fn uniform(macs: &[f64], done: f64) -> Vec<f64> {
    let first = macs.first().copied().unwrap_or(0.0);
    let share = (done - first) / (macs.iter().sum::<f64>() - first);
    (0..macs.len()).map(|layer| if layer == 0 { 1.0 } else { share }).collect()
}

impl Activations {
    /// The shares of ifmap and ofmap words that are not zero, by layer on the array. An ofmap has the share of the ifmap
    /// of the next layer, also where a pooling lies between; the last, the scores, has no zeros.
    pub fn shares(&self, network: &Network) -> Vec<[f64; 2]> {
        let shapes = array_layers(network).into_iter().filter_map(|id| network.conv_shape(id, 1));
        let macs: Vec<f64> = shapes.map(|shape| shape.macs() as f64).collect();
        let ifmaps: Vec<f64> = (self.ifmaps)(&macs).into_iter().map(|share| share.clamp(0.0, 1.0)).collect();
        let next = ifmaps.iter().skip(1).copied().chain([1.0]);
        ifmaps.iter().zip(next).map(|(&ifmap, ofmap)| [ifmap, ofmap]).collect()
    }
}
