//! The zoo: shapes of well-known networks, without weights, each with its totals and what was published of them.
//!
//! One file a network, one line in [`TABLE`]. Batch norm is folded into the convolution before it; biases are not
//! counted as weights; activation functions that this crate does not have are ReLU.
//!
//! Sources of published totals: ISSCC16 and JSSC17 are Y.-H. Chen et al., "Eyeriss: An Energy-Efficient
//! Reconfigurable Accelerator for Deep Convolutional Neural Networks", ISSCC 2016 and JSSC 52(1), 2017; CICC17 is
//! V. Sze et al., "Hardware for Machine Learning: Challenges and Opportunities", CICC 2017; CVPR17 is T.-J. Yang et
//! al., "Designing Energy-Efficient Convolutional Neural Networks using Energy-Aware Pruning", CVPR 2017.

mod alexnet;
mod builder;
mod efficientnet_lite0;
mod googlenet;
mod lenet5;
mod mobilenet_v1;
mod mobilenet_v2;
mod resnet20;
mod resnet50;
mod squeezenet;
mod vgg16;

use crate::Network;

/// A network of the zoo.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// What it is called on a command line.
    pub name: &'static str,
    /// Where it comes from.
    pub source: &'static str,
    /// Builds it.
    pub build: fn() -> Network,
    /// Its totals, exactly.
    pub totals: Totals,
    /// What others printed of them.
    pub published: &'static [Published],
}

/// The sums over the layers of a network, for one image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Totals {
    /// Multiply-accumulates of the convolutions.
    pub conv_macs: u64,
    /// Weights of the convolutions.
    pub conv_weights: u64,
    /// Weights of the fully connected layers, and their multiply-accumulates.
    pub fc_weights: u64,
}

impl Totals {
    /// The totals of `network`, summed from its layers.
    pub fn of(network: &Network) -> Self {
        let mut totals = Totals { conv_macs: 0, conv_weights: 0, fc_weights: 0 };
        for id in network.ids() {
            match (&network.layer(id).op, network.conv_shape(id, 1)) {
                (crate::Op::FullyConnected { .. }, Some(shape)) => totals.fc_weights += shape.weights(),
                (_, Some(shape)) => {
                    totals.conv_macs += shape.macs();
                    totals.conv_weights += shape.weights();
                }
                _ => {}
            }
        }
        totals
    }

    /// Multiply-accumulates of all layers.
    pub fn macs(&self) -> u64 {
        self.conv_macs + self.fc_weights
    }

    /// Weights of all layers.
    pub fn weights(&self) -> u64 {
        self.conv_weights + self.fc_weights
    }
}

/// A published total.
#[derive(Clone, Copy, Debug)]
pub struct Published {
    /// Which total.
    pub figure: Figure,
    /// What was printed, in ones.
    pub value: f64,
    /// The relative difference that its rounding, or what it counts besides, explains.
    pub tolerance: f64,
    /// Where, and what it counts besides.
    pub source: &'static str,
}

/// Which total was published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Figure {
    ConvMacs,
    ConvWeights,
    FcWeights,
    Macs,
    Weights,
}

impl Figure {
    /// The same figure of `totals`.
    pub fn of(self, totals: &Totals) -> u64 {
        match self {
            Figure::ConvMacs => totals.conv_macs,
            Figure::ConvWeights => totals.conv_weights,
            Figure::FcWeights => totals.fc_weights,
            Figure::Macs => totals.macs(),
            Figure::Weights => totals.weights(),
        }
    }
}

/// Every network of the zoo, in the order of publication.
pub const TABLE: &[Entry] = &[
    lenet5::ENTRY,
    alexnet::ENTRY,
    vgg16::ENTRY,
    googlenet::ENTRY,
    resnet20::ENTRY,
    resnet50::ENTRY,
    squeezenet::ENTRY_1_0,
    squeezenet::ENTRY_1_1,
    mobilenet_v1::ENTRY,
    mobilenet_v2::ENTRY,
    efficientnet_lite0::ENTRY,
];

/// A name that no network of the zoo has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("found network {name:?}, expected {}; the nearest is {nearest:?}", names())]
pub struct UnknownNetwork {
    /// What was asked for.
    pub name: String,
    /// The name that resembles it most.
    pub nearest: &'static str,
}

/// The network called `name`; case and punctuation do not matter.
pub fn by_name(name: &str) -> Result<Network, UnknownNetwork> {
    let plain = |name: &str| name.chars().filter(|c| c.is_alphanumeric()).collect::<String>().to_lowercase();
    let wanted = plain(name);
    if let Some(entry) = TABLE.iter().find(|entry| plain(entry.name) == wanted) {
        return Ok((entry.build)());
    }
    let likeness = |entry: &&Entry| strsim::jaro_winkler(&plain(entry.name), &wanted);
    let nearest = TABLE.iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b))).map_or("", |entry| entry.name);
    Err(UnknownNetwork { name: name.into(), nearest })
}

fn names() -> String {
    let names: Vec<_> = TABLE.iter().map(|entry| entry.name).collect();
    format!("one of {}", names.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn totals_are_as_stated() {
        for entry in TABLE {
            assert_eq!(Totals::of(&(entry.build)()), entry.totals, "{}", entry.name);
        }
    }

    /// Prints ours beside what was published: `cargo test zoo -- --nocapture`.
    #[test]
    fn totals_are_as_published() {
        for entry in TABLE {
            assert!(!entry.published.is_empty(), "{}", entry.name);
            for Published { figure, value, tolerance, source } in entry.published {
                let ours = figure.of(&entry.totals) as f64;
                let error = ours / value - 1.0;
                println!("{:20} {figure:?}: {ours} for {value} ({:+.2} %), {source}", entry.name, 100.0 * error);
                assert!(error.abs() <= *tolerance, "{}: {figure:?} {ours}, {source} has {value}", entry.name);
            }
        }
    }

    #[test]
    fn names_are_forgiving_and_errors_helpful() {
        assert_eq!(by_name("SqueezeNet_1.1").unwrap().name(), "squeezenet1.1");
        let names: Vec<_> = ["alexnt", "vgg", "mobilenet", "resnet-51", ""]
            .map(|name| by_name(name).unwrap_err().nearest)
            .into_iter()
            .collect();
        assert_eq!(names[..4], ["alexnet", "vgg16", "mobilenet-v2", "resnet50"]);
        assert_eq!(
            by_name("alexnt").unwrap_err().to_string(),
            "found network \"alexnt\", expected one of lenet5, alexnet, vgg16, googlenet, resnet20, resnet50, \
             squeezenet1.0, squeezenet1.1, mobilenet-v1, mobilenet-v2, efficientnet-lite0; the nearest is \"alexnet\""
        );
    }

    #[test]
    fn classes_are_counted() {
        for entry in TABLE {
            let network = (entry.build)();
            let classes = if ["lenet5", "resnet20"].contains(&entry.name) { 10 } else { 1000 };
            let outputs: usize = network.shape(network.output()).iter().product();
            assert_eq!((network.name(), outputs), (entry.name, classes));
        }
    }
}
