//! The published estimates and ours, on one set of assumptions for all networks.
//!
//! The publications print neither the batch nor the mappings; `docs/estimate.md` derives from Fig. 6 what is assumed
//! here:
//!
//! * Convolutions go image by image: beyond its reads in the PEs, a weight of AlexNet's CONV3 to 5 costs 237 to 240,
//!   which is one read of DRAM (212.5 with its map) an image and a delivery to each of 13 PEs (26).
//! * Fully connected layers go in batches of 12, as many ifmap words as a PE keeps: a weight of FC6 and FC7 costs 18.7
//!   and 18.6, a twelfth of one read of DRAM (17.7) and what passes it on.
//! * Words in DRAM are coded by the significance map, words elsewhere are whole, as on the chip: with code in the buffer
//!   and the array too, less is left for ifmaps than Fig. 6 has.
//! * Accesses count as in [`model::predict()`], fills and drains too; by Eq. 3 and 4 of the dataflow study, which leave
//!   those out, the totals of AlexNet and GoogLeNet are 6 % lower.

use super::document::PARTS;
use super::published::{
    self, ALEXNET_CONVOLUTIONS, GOOGLENET_MACS, GOOGLENET_PARTS, Total, activations, share_of_googlenet,
};
use super::{Batches, Estimates, Method, PLATFORM, Zeros, of_network, run};
use crate::run::array_layers;
use crate::validation::{Check, Excuse, Tolerance};
use crate::{Error, library};
use formats::spec::ArchFile;
use model::{Arch, Coding};
use nn::{ByOperand, zoo};

/// Images at once in the published estimates, as far as Fig. 6 tells.
pub const BATCHES: Batches = Batches { convolutions: 1, fully_connected: 12 };
/// The batch of the chip's tables, for comparison.
const CHIP_BATCHES: Batches = Batches { convolutions: 4, ..BATCHES };

/// Bits of all words.
const BITS: u32 = 16;

/// Estimates of published networks.
#[derive(Clone, Debug)]
pub struct Study {
    /// The platform.
    pub arch: Arch,
    /// By network.
    pub networks: Vec<(Total, Estimates)>,
    /// GoogLeNet with convolutions in the batches of the chip's tables.
    pub batches: Option<Estimates>,
}

/// Estimates the networks of [`published::TOTALS`], and GoogLeNet in other batches; tells `done` of each layer that is
/// sought.
pub fn study(done: &(dyn Fn(&str) + Sync)) -> Result<Study, Error> {
    let study = study_of(&published::TOTALS, done)?;
    let batches = Some(estimates(&study.arch, "googlenet", CHIP_BATCHES, done)?);
    Ok(Study { batches, ..study })
}

/// Estimates some networks.
pub fn study_of(networks: &[Total], done: &(dyn Fn(&str) + Sync)) -> Result<Study, Error> {
    let ArchFile { arch, .. } = library::arch(PLATFORM)?;
    let of = |total: &Total| Ok((*total, estimates(&arch, total.network, BATCHES, done)?));
    let networks = networks.iter().map(of).collect::<Result<Vec<_>, Error>>()?;
    Ok(Study { arch, networks, batches: None })
}

fn estimates(arch: &Arch, name: &str, batches: Batches, done: &(dyn Fn(&str) + Sync)) -> Result<Estimates, Error> {
    let network = zoo::by_name(name)?;
    let layers = array_layers(&network);
    let zeros = match activations(name) {
        Some(activations) => Zeros::published(activations, &network),
        None => Zeros::uniform(share_of_googlenet()?, "GoogLeNet's share", layers.len()),
    };
    let layers = of_network(&network, &layers, batches, ByOperand([BITS; 3]), &zeros, Default::default())?;
    run(&method(arch), layers, &|layer, _, _| done(&format!("{name} {layer}")))
}

/// The method as published, on the platform of a study.
pub fn method(arch: &Arch) -> Method<'_> {
    let dataflow = library::designed_for(PLATFORM);
    Method { arch, word_bits: BITS, dataflow, coding: Coding::Map, budget: None }
}

impl Study {
    /// The estimates of a network, if it is among them.
    pub fn of(&self, network: &str) -> Option<&Estimates> {
        let found = self.networks.iter().find(|(total, _)| total.network == network);
        found.map(|(_, estimates)| estimates)
    }

    /// The figures that have a tolerance.
    pub fn checks(&self) -> Vec<Check> {
        let total = |(total, estimates): &(Total, Estimates)| {
            Some(Check {
                what: format!("{}: energy of an image", total.network),
                unit: "MAC",
                published: total.energy,
                ours: estimates.parts(|_| true).total(),
                tolerance: Tolerance::Within(total.tolerance?),
                source: total.source.into(),
                explained: None,
            })
        };
        let mut checks: Vec<Check> = self.networks.iter().filter_map(total).collect();
        if let Some(alexnet) = self.of("alexnet") {
            let all = alexnet.parts(|_| true).total();
            for (name, fully_connected, published) in [
                ("convolutions", false, ALEXNET_CONVOLUTIONS),
                ("fully connected layers", true, 1.0 - ALEXNET_CONVOLUTIONS),
            ] {
                let ours = alexnet.parts(|layer| layer.fully_connected == fully_connected).total() / all;
                checks.push(share(format!("alexnet: share of {name}"), published, ours, None));
            }
        }
        if let Some(googlenet) = self.of("googlenet") {
            for (part, name) in PARTS.into_iter().enumerate() {
                let excuse = self.excuse(part);
                checks.push(share(
                    format!("googlenet: share of {name}"),
                    GOOGLENET_PARTS[part],
                    shares(googlenet)[part],
                    excuse,
                ));
            }
        }
        checks
    }

    /// Why a share of GoogLeNet's may be off: its weights were read for several images at once, AlexNet's were not.
    fn excuse(&self, part: usize) -> Option<Excuse> {
        let [_, _, weight, _] = GOOGLENET_PARTS;
        let energy = published::TOTALS.iter().find(|total| total.network == "googlenet")?.energy;
        let weights = (zoo::by_name("googlenet").ok()?).weights() as f64;
        let each = weight * energy / weights;
        let (reads, dram) = (GOOGLENET_MACS / weights, 212.5);
        let batches = self.batches.as_ref().map(|batches| {
            let ours = shares(batches);
            let off = ours.iter().zip(GOOGLENET_PARTS).map(|(ours, published)| 100.0 * (ours - published).abs());
            let [ifmap, ofmap, weight, computation] = ours.map(|share| 100.0 * share);
            let below = 100.0 * (1.0 - batches.parts(|_| true).total() / energy);
            format!(
                " With convolutions in batches of {} ours has ifmap, ofmap, weight and computation at {ifmap:.1}, \
                 {ofmap:.1}, {weight:.1} and {computation:.1} %, at most {:.1} points off, but a total {below:.0} % below the \
                 published one: neither batch gives both.",
                CHIP_BATCHES.convolutions,
                off.fold(0.0, f64::max)
            )
        });
        let reason = match part {
            1 => "shares add up to 1, and that of weights is as much above".to_string(),
            2 => format!(
                "the published share of {:.0} % is {each:.0} a weight, of which {reads:.0} are reads in the PEs, one for \
                 each multiply-accumulate that is done. The {:.0} that are left do not pay for one read of DRAM an image \
                 ({dram} with the map), which is what the weights of AlexNet's CONV3 to 5 cost in Fig. 6.{}",
                100.0 * weight,
                each - reads,
                batches.unwrap_or_default()
            ),
            _ => return None,
        };
        Some(Excuse { bound: 0.13, reason })
    }
}

/// Shares of ifmap, ofmap, weight and computation.
fn shares(estimates: &Estimates) -> [f64; 4] {
    let parts = estimates.parts(|_| true);
    parts.values().map(|part| part / parts.total())
}

/// A share, within 5 points.
fn share(what: String, published: f64, ours: f64, explained: Option<Excuse>) -> Check {
    let source = "ASIL17".into();
    Check { what, unit: "", published, ours, tolerance: Tolerance::Off(0.05), source, explained }
}
