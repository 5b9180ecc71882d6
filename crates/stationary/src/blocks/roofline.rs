//! Layers under the roofs of compute and of each memory's bandwidth.

use super::Layer;
use crate::figure::{Figure, NAMED, Plot, Roof, RoofPoint, Roofline};
use model::{Arch, Ceilings};

/// A point a layer and memory.
pub fn roofline(key: &str, title: &str, arch: &Arch, layers: &[Layer]) -> Figure {
    let ceilings = Ceilings::of(arch);
    let roofs = ceilings
        .memories
        .iter()
        .map(|&(id, bandwidth)| Roof { name: arch.stage(id).name().into(), bandwidth })
        .collect();
    let points = layers.iter().map(|(name, layer)| {
        let below = ceilings.below(&layer.prediction);
        RoofPoint { name: (*name).into(), throughput: below.throughput, intensities: below.memories }
    });
    let plot =
        Plot::Roofline(Roofline { unit: "word".into(), peak: ceilings.compute, roofs, points: points.collect() });
    let label = if layers.len() > NAMED { "its number in the table of layers" } else { "its name" };
    let caption = format!(
        "Multiply-accumulates a cycle against those done for each word that passes the ports of a memory. A layer has a \
         point for each memory with a bandwidth, and {label} at the outermost."
    );
    Figure { key: key.into(), title: title.into(), caption, plot }
}
