//! Which of the PEs work.

use super::Layer;
use crate::figure::{Array, Figure, Occupancy, Plot};
use model::{Arch, reached};

/// A picture of the array for each layer; over several fan-outs, the array is all compute units.
pub fn occupancy(key: &str, title: &str, arch: &Arch, layers: &[Layer]) -> Figure {
    let along = |axis: usize| arch.fanouts().map(|(_, fanout)| fanout.size[axis]).product::<u64>() as usize;
    let of = |(name, layer): &Layer| {
        let [columns, rows] = reached(&layer.problem, &layer.mapping);
        Occupancy {
            name: (*name).into(),
            used: [rows as usize, columns as usize],
            utilisation: layer.utilisation.total(),
        }
    };
    let plot = Plot::Array(Array { size: [along(1), along(0)], layers: layers.iter().map(of).collect() });
    let caption =
        "PEs that the loops in space of each layer's mapping reach, rows x columns, and the share of all PEs' time \
                   that does work."
            .into();
    Figure { key: key.into(), title: title.into(), caption, plot }
}
