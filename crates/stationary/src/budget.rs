//! Budgets: whether a design keeps limits of memory, power, frame rate, energy a pixel and battery life on a network.
//!
//! A [`Profile`] says what the design takes, from the machine ([`machine`]) or from the best mappings ([`modelled`]);
//! [`judge`] sets it beside the [`Limits`]. A limit that is broken comes with what costs most, and with the fewest layers
//! (or memories) that would have to halve.

pub mod document;
pub mod machine;
pub mod modelled;
pub mod profile;
pub mod quantity;

use crate::Error;
pub use profile::{LayerCost, Profile, Store};
pub use quantity::{Measure, QuantityError};

/// What is asked of a design. What is not asked is none.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Limits {
    /// Bytes of memory on the chip, at most.
    pub memory_bytes: Option<f64>,
    /// Frames a second, at least.
    pub frames_per_second: Option<f64>,
    /// Power in mW, at most.
    pub power_mw: Option<f64>,
    /// Energy of a pixel in nJ, at most.
    pub nj_per_pixel: Option<f64>,
    /// Energy of a battery in mWh.
    pub battery_mwh: Option<f64>,
    /// Hours that it has to last, at least.
    pub hours: Option<f64>,
}

/// What is limited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resource {
    /// Bytes of memory on the chip.
    Memory,
    /// Frames a second.
    FrameRate,
    /// Power.
    Power,
    /// Energy of a pixel.
    EnergyPerPixel,
    /// Hours on a battery.
    Battery,
}

impl Resource {
    /// All of them, in the order of every table.
    pub const ALL: [Resource; 5] =
        [Resource::Memory, Resource::FrameRate, Resource::Power, Resource::EnergyPerPixel, Resource::Battery];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Resource::Memory => "memory",
            Resource::FrameRate => "frame rate",
            Resource::Power => "power",
            Resource::EnergyPerPixel => "energy a pixel",
            Resource::Battery => "battery life",
        }
    }

    /// What it is counted in.
    pub fn unit(self) -> &'static str {
        match self {
            Resource::Memory => "KiB",
            Resource::FrameRate => "frames/s",
            Resource::Power => "mW",
            Resource::EnergyPerPixel => "nJ/px",
            Resource::Battery => "h",
        }
    }

    /// Whether more is better, so that the limit is the least.
    pub fn at_least(self) -> bool {
        matches!(self, Resource::FrameRate | Resource::Battery)
    }
}

/// A resource, what is asked of it, and what the design has.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// What is limited.
    pub resource: Resource,
    /// The limit, if one is set, in the resource's unit.
    pub asked: Option<f64>,
    /// What the design has, in the same unit.
    pub found: f64,
    /// The layer, or memory, that costs most, and its part of all.
    pub costliest: Option<(String, f64)>,
    /// What would have to shrink, where the limit is broken.
    pub lever: Option<Lever>,
}

/// What has to shrink for a broken limit to be kept.
#[derive(Clone, Debug, PartialEq)]
pub struct Lever {
    /// The part that has to go of all that the layers (or memories) take; above 1 where that is not enough.
    pub part: f64,
    /// The fewest that would do if each took half; none if even all of them would not.
    pub halved: Option<Vec<String>>,
}

impl Verdict {
    /// Whether the limit is kept, if one is set.
    pub fn kept(&self) -> Option<bool> {
        let asked = self.asked?;
        Some(if self.resource.at_least() { self.found >= asked } else { self.found <= asked })
    }

    /// What the design has, as a multiple of the limit.
    pub fn ratio(&self) -> Option<f64> {
        Some(self.found / self.asked?)
    }
}

/// A budget and what became of it.
#[derive(Clone, Debug)]
pub struct Answer {
    /// What the design takes.
    pub profile: Profile,
    /// What is asked.
    pub limits: Limits,
    /// The rate that power and battery life are told for.
    pub frames_per_second: Option<f64>,
    /// The resources that are known, whether limited or not.
    pub verdicts: Vec<Verdict>,
}

impl Answer {
    /// Whether a limit is broken.
    pub fn broken(&self) -> bool {
        self.verdicts.iter().any(|verdict| verdict.kept() == Some(false))
    }
}

/// Sets a profile beside limits. A limit on what the profile does not know is an error.
pub fn judge(profile: Profile, limits: Limits) -> Result<Answer, Error> {
    let fastest = profile.frame_seconds().map(f64::recip);
    // Power is told for the rate that is asked for, or for the fastest where that is not reached or none is asked for.
    let rate = fastest.map(|fastest| limits.frames_per_second.map_or(fastest, |asked| asked.min(fastest)));
    let power = rate.and_then(|rate| profile.power_mw(rate));
    let mut verdicts = Vec::new();
    for resource in Resource::ALL {
        let (asked, found) = match resource {
            Resource::Memory => {
                let kib = |bytes: f64| bytes / 1024.0;
                (limits.memory_bytes.map(kib), profile.memory_bytes().map(kib))
            }
            Resource::FrameRate => (limits.frames_per_second, fastest),
            Resource::Power => (limits.power_mw, power),
            Resource::EnergyPerPixel => (limits.nj_per_pixel, profile.pixel_nj()),
            Resource::Battery => (limits.hours, limits.battery_mwh.zip(power).map(|(energy, power)| energy / power)),
        };
        let wanted = asked.is_some() || (resource == Resource::Battery && limits.battery_mwh.is_some());
        match found {
            Some(found) => verdicts.push(verdict(resource, asked, found, &profile, &limits, rate)),
            None if wanted => return Err(unknown(resource, &profile)),
            None => {}
        }
    }
    Ok(Answer { profile, limits, frames_per_second: rate, verdicts })
}

fn verdict(
    resource: Resource,
    asked: Option<f64>,
    found: f64,
    profile: &Profile,
    limits: &Limits,
    rate: Option<f64>,
) -> Verdict {
    let mut costs = costs(resource, profile);
    let whole: f64 = costs.iter().map(|(_, cost)| cost).sum();
    costs.iter_mut().for_each(|(_, cost)| *cost /= whole);
    // Of equal ones the first comes first.
    costs.sort_by(|a, b| b.1.total_cmp(&a.1));
    let costliest = costs.first().filter(|(_, part)| part.is_finite()).map(|(name, part)| (name.to_string(), *part));
    let mut verdict = Verdict { resource, asked, found, costliest, lever: None };
    if let (Some(asked), Some(false)) = (asked, verdict.kept()) {
        let part = match resource {
            Resource::Memory | Resource::EnergyPerPixel => 1.0 - asked / found,
            Resource::FrameRate => 1.0 - found / asked,
            // What is idle power does not shrink with the layers' energy.
            Resource::Power => too_much(asked, profile, rate),
            Resource::Battery => too_much(limits.battery_mwh.unwrap_or(0.0) / asked, profile, rate),
        };
        verdict.lever = Some(Lever { part, halved: halved(&costs, part) });
    }
    verdict
}

/// The part of the frames' energy that has to go for a power in mW.
fn too_much(allowed_mw: f64, profile: &Profile, rate: Option<f64>) -> f64 {
    let power = rate.and_then(|rate| Some((profile.power_mw(rate)?, rate * profile.frame_mj()?)));
    power.map_or(f64::NAN, |(all, frames)| (all - allowed_mw) / frames)
}

/// What parts of a whole may be off by for their rounding.
const ROUNDING: f64 = 1e-12;

/// The fewest of `costs`, parts of a whole, the largest first, whose halves are as much as `part` of it.
fn halved(costs: &[(&str, f64)], part: f64) -> Option<Vec<String>> {
    let mut left = part;
    let mut names = Vec::new();
    for (name, cost) in costs {
        left -= cost / 2.0;
        names.push(name.to_string());
        if left <= ROUNDING {
            return Some(names);
        }
    }
    None
}

/// What each layer, or memory, takes of a resource.
fn costs(resource: Resource, profile: &Profile) -> Vec<(&str, f64)> {
    let layers = |cost: fn(&LayerCost) -> f64| {
        profile.layers.iter().map(|layer| (layer.name.as_str(), cost(layer))).collect::<Vec<_>>()
    };
    match resource {
        Resource::Memory => {
            let memories = profile.memories.iter().flatten();
            memories.map(|memory| (memory.name.as_str(), memory.all_bytes())).collect()
        }
        Resource::FrameRate => layers(|layer| layer.cycles),
        Resource::Power | Resource::EnergyPerPixel | Resource::Battery => layers(LayerCost::total),
    }
}

/// Why a limited resource is not known.
fn unknown(resource: Resource, profile: &Profile) -> Error {
    let (limit, design) = (resource.name(), profile.design.clone());
    match resource {
        Resource::Memory => Error::NoWord { limit, design },
        Resource::EnergyPerPixel if profile.joules => Error::NoPixels { limit },
        Resource::FrameRate => Error::NoClock { limit, design },
        _ if !profile.joules => Error::NoJoules { limit, design },
        _ => Error::NoClock { limit, design },
    }
}

#[cfg(test)]
mod tests;
