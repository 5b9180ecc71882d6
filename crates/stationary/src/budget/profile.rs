//! What a design takes for a frame, layer by layer and memory by memory, wherever the numbers come from.

use formats::spec::ArchFile;
use model::arch::Capacity;
use nn::Network;

/// A design at work on a network.
#[derive(Clone, Debug)]
pub struct Profile {
    /// The design.
    pub design: String,
    /// The network.
    pub network: String,
    /// Images at once.
    pub batch: usize,
    /// Pixels of an image, where the network's input has rows and columns.
    pub pixels: Option<usize>,
    /// The core clock in Hz, if it is known.
    pub clock_hz: Option<f64>,
    /// What the energy of a layer consists of.
    pub parts: Vec<String>,
    /// Whether energies are joules; else they are multiples of a MAC's.
    pub joules: bool,
    /// Power in mW while nothing is computed.
    pub idle_mw: f64,
    /// The layers, in the network's order.
    pub layers: Vec<LayerCost>,
    /// The memories on the chip, outermost first; none where the bytes of some are not known.
    pub memories: Option<Vec<Store>>,
    /// A hash of what went in.
    pub inputs: String,
    /// What has to be known of these numbers.
    pub notes: Vec<String>,
}

/// What a layer takes for a batch.
#[derive(Clone, Debug)]
pub struct LayerCost {
    /// The layer.
    pub name: String,
    /// Multiply-accumulates.
    pub macs: u64,
    /// Core cycles.
    pub cycles: f64,
    /// What takes most of them on the machine; what bounds them where they are foretold.
    pub cause: String,
    /// Energy by part, in pJ where the profile is in joules.
    pub energy: Vec<f64>,
}

impl LayerCost {
    /// Energy of all parts.
    pub fn total(&self) -> f64 {
        self.energy.iter().sum()
    }

    /// The part with most energy: its index.
    pub fn largest(&self) -> Option<usize> {
        largest(&self.energy)
    }
}

/// The place of the largest value; of equal ones the first.
pub(super) fn largest(values: &[f64]) -> Option<usize> {
    (0..values.len()).rev().max_by(|&a, &b| values[a].total_cmp(&values[b]))
}

/// A memory on the chip.
#[derive(Clone, Debug, PartialEq)]
pub struct Store {
    /// The memory.
    pub name: String,
    /// How many there are.
    pub copies: u64,
    /// Bytes of one.
    pub bytes: f64,
}

impl Store {
    /// Bytes of all.
    pub fn all_bytes(&self) -> f64 {
        self.copies as f64 * self.bytes
    }
}

impl Profile {
    /// Seconds of a batch.
    pub fn seconds(&self) -> Option<f64> {
        Some(self.layers.iter().map(|layer| layer.cycles).sum::<f64>() / self.clock_hz?)
    }

    /// Seconds of a frame, in the mean over a batch.
    pub fn frame_seconds(&self) -> Option<f64> {
        Some(self.seconds()? / self.batch as f64)
    }

    /// Energy of a frame, in mJ.
    pub fn frame_mj(&self) -> Option<f64> {
        let pj = || self.layers.iter().map(LayerCost::total).sum::<f64>() / self.batch as f64;
        self.joules.then(|| 1e-9 * pj())
    }

    /// Energy of a pixel, in nJ.
    pub fn pixel_nj(&self) -> Option<f64> {
        Some(1e6 * self.frame_mj()? / self.pixels? as f64)
    }

    /// Power in mW at a rate that the design reaches: the energy of the frames, and the idle power in the time between.
    pub fn power_mw(&self, frames_per_second: f64) -> Option<f64> {
        let busy = frames_per_second * self.frame_seconds()?;
        Some(frames_per_second * self.frame_mj()? + self.idle_mw * (1.0 - busy).max(0.0))
    }

    /// Bytes of all memories on the chip.
    pub fn memory_bytes(&self) -> Option<f64> {
        Some(self.memories.as_ref()?.iter().map(Store::all_bytes).sum())
    }
}

/// Rows times columns of a network's input, where it has both.
pub(super) fn pixels(network: &Network) -> Option<usize> {
    match network.input_dims() {
        [_, rows, columns] => Some(rows * columns),
        _ => None,
    }
}

/// The memories of an architecture that hold a bounded number of words; none where the bits of a word are not said.
pub(super) fn memories(file: &ArchFile) -> Option<Vec<Store>> {
    let bounded = file.arch.memories().filter_map(|(id, memory)| {
        let words = match memory.capacity {
            Capacity::Unbounded => return None,
            Capacity::Pool(words) => words as f64,
            Capacity::Partitioned(words) => words.0.iter().map(|&words| words as f64).sum(),
        };
        Some((id, memory, words))
    });
    let store = |(id, memory, words): (_, &model::arch::Memory, f64)| {
        let bits = file.word_bits_of(id)? as f64;
        Some(Store { name: memory.name.clone(), copies: file.arch.instances(id), bytes: words * bits / 8.0 })
    };
    bounded.map(store).collect()
}
