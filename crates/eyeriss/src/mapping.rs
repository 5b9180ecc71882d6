//! Row-stationary mappings as the chip takes them, the rules they obey, and the published ones.
//!
//! Source: Chen et al., JSSC 52(1), 2017, Tables II and III: m, n, e, p, q, r, t.

use crate::chip::{Chip, WORDS_PER_ENTRY};
use nn::ConvShape;

/// The seven mapping parameters of a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RsMapping {
    /// Ofmap channels whose partial sums the global buffer holds.
    pub m: usize,
    /// Ifmaps (images) of a pass.
    pub n: usize,
    /// Width of a PE set: ofmap rows of a strip.
    pub e: usize,
    /// Filters of a PE set.
    pub p: usize,
    /// Channels of a PE set.
    pub q: usize,
    /// PE sets that work on different channels and add up.
    pub r: usize,
    /// PE sets that work on different filters.
    pub t: usize,
}

/// A rule that a mapping breaks, with the amount.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MappingError {
    /// A parameter is zero or exceeds the layer.
    #[error("{name} is {found}, must be 1 to {most}")]
    Range {
        /// The parameter.
        name: &'static str,
        /// Its value.
        found: usize,
        /// The layer's limit.
        most: usize,
    },
    /// More words than a storage holds.
    #[error("{storage}: needs {needed} words, has {capacity} ({terms})")]
    Capacity {
        /// Which storage.
        storage: &'static str,
        /// Words needed.
        needed: usize,
        /// Words there are.
        capacity: usize,
        /// How the need arises.
        terms: String,
    },
    /// More banks than the buffer has.
    #[error("GLB: needs {needed} banks, has {capacity} (ifmap {ifmap} + psum {psum})")]
    Banks {
        /// Banks needed.
        needed: usize,
        /// Banks there are.
        capacity: usize,
        /// Banks for ifmaps.
        ifmap: usize,
        /// Banks for psums.
        psum: usize,
    },
    /// The PE sets do not fit the array.
    #[error("PE array: {needed} blocks of {height} x {width} PEs, room for {room}")]
    Array {
        /// Blocks to place.
        needed: usize,
        /// PE rows of a block.
        height: usize,
        /// PE columns of a block.
        width: usize,
        /// Blocks that fit.
        room: usize,
    },
    /// More diagonals than the ifmap network's 5-bit column tags tell apart.
    #[error("ifmap network: {found} diagonals, its column tags tell {most} apart")]
    Tags {
        /// Diagonals of the strip.
        found: usize,
        /// Distinct tags.
        most: usize,
    },
}

/// Column tags of the ifmap network; the last of the 32 means "unused" (JSSC Fig. 11).
pub const IFMAP_COLUMN_TAGS: usize = 31;

impl RsMapping {
    /// Checks every rule for a native layer (no padding, no dilation; see [`crate::native`]) and returns all that
    /// are broken.
    ///
    /// Rules: each parameter lies in 1..=the layer's size; filter spad p q S, ifmap spad q S, psum spad p; the PE
    /// sets, folded into segments no wider than the array, fit it; the buffer's banks hold n q r ifmap strips and
    /// n m psum strips; the filter banks hold one pass's filters; the diagonals fit the ifmap tags.
    pub fn check(&self, chip: &Chip, shape: &ConvShape) -> Result<(), Vec<MappingError>> {
        let ranges = [
            ("m", self.m, shape.group_m()),
            ("n", self.n, shape.n),
            ("e", self.e, shape.p()),
            ("p", self.p, self.m.max(1)),
            ("q", self.q, shape.group_c()),
            ("r", self.r, shape.group_c().div_ceil(self.q.max(1))),
            ("t", self.t, self.m.div_ceil(self.p.max(1)).max(1)),
        ];
        let mut broken: Vec<_> = ranges
            .into_iter()
            .filter(|&(_, found, most)| found == 0 || found > most)
            .map(|(name, found, most)| MappingError::Range { name, found, most })
            .collect();
        if !broken.is_empty() {
            return Err(broken);
        }
        let RsMapping { p, q, r, t, .. } = *self;
        let mut fit = |storage, needed: usize, capacity: usize, terms: &dyn Fn() -> String| {
            if needed > capacity {
                broken.push(MappingError::Capacity { storage, needed, capacity, terms: terms() });
            }
        };
        let taps = q * shape.s;
        fit("ifmap spad", taps, chip.ifmap_spad, &|| format!("q {q} x S {}", shape.s));
        fit("filter spad", p * taps, chip.filter_spad, &|| format!("p {p} x q {q} x S {}", shape.s));
        fit("psum spad", p, chip.psum_spad, &|| format!("p {p}"));
        let filters = self.pass_filter_entries(shape) * WORDS_PER_ENTRY;
        let banks = chip.filter_banks * chip.bank_words;
        fit("filter banks", filters, banks, &|| format!("p {p} x q {q} x r {r} x t {t} filter planes"));
        let (height, width) = (self.r * shape.r, self.e.min(chip.columns));
        let (needed, room) = (self.t * self.segments(chip), self.room(chip, shape));
        if needed > room {
            broken.push(MappingError::Array { needed, height, width, room });
        }
        let diagonals = self.e + (shape.r - 1) / shape.stride[0];
        if diagonals > IFMAP_COLUMN_TAGS {
            broken.push(MappingError::Tags { found: diagonals, most: IFMAP_COLUMN_TAGS });
        }
        let (ifmap, psum) = self.banks(chip, shape);
        if ifmap + psum > chip.feature_banks {
            let (needed, capacity) = (ifmap + psum, chip.feature_banks);
            broken.push(MappingError::Banks { needed, capacity, ifmap, psum });
        }
        if broken.is_empty() { Ok(()) } else { Err(broken) }
    }

    /// Segments that a strip of e rows is folded into, since a PE set may be wider than the array.
    pub fn segments(&self, chip: &Chip) -> usize {
        self.e.div_ceil(chip.columns)
    }

    /// Segments that the array has room for.
    pub fn room(&self, chip: &Chip, shape: &ConvShape) -> usize {
        (chip.rows / (self.r * shape.r)) * (chip.columns / self.e.min(chip.columns))
    }

    /// Banks given to (ifmaps, psums).
    pub fn banks(&self, chip: &Chip, shape: &ConvShape) -> (usize, usize) {
        let ifmap = self.n * self.q * self.r * strip_rows(shape, self.e) * shape.w;
        let psum = self.n * self.m * self.e * shape.q();
        (ifmap.div_ceil(chip.bank_words), psum.div_ceil(chip.bank_words))
    }

    /// 64-bit entries of a full pass's filters: each PE row's filters start a new entry.
    pub fn pass_filter_entries(&self, shape: &ConvShape) -> usize {
        self.t * self.r * shape.r * (self.p * self.q * shape.s).div_ceil(WORDS_PER_ENTRY)
    }

    /// PEs that work in a full pass.
    pub fn active_pes(&self, shape: &ConvShape) -> usize {
        self.t * self.r * shape.r * self.e
    }
}

/// Ifmap rows that a strip of `e` ofmap rows reads.
pub fn strip_rows(shape: &ConvShape, e: usize) -> usize {
    (e - 1) * shape.stride[0] + shape.r
}

/// A published mapping: the network, its layer, the parameters.
pub type Published = (&'static str, &'static str, RsMapping);

/// JSSC 2017, Table III (AlexNet, N = 4), as printed.
///
/// The table's CONV3 disagrees with the paper's own Table V: 50.2 MB of buffer traffic need q = 3, r = 2, t = 2
/// (CONV4's parameters), while its 21.8 ms need q r = 4. The printed parameters stand here.
pub const PUBLISHED: [Published; 5] = [
    ("alexnet", "conv1", RsMapping { m: 96, n: 1, e: 7, p: 16, q: 1, r: 1, t: 2 }),
    ("alexnet", "conv2", RsMapping { m: 64, n: 1, e: 27, p: 16, q: 2, r: 1, t: 1 }),
    ("alexnet", "conv3", RsMapping { m: 64, n: 4, e: 13, p: 16, q: 4, r: 1, t: 4 }),
    ("alexnet", "conv4", RsMapping { m: 64, n: 4, e: 13, p: 16, q: 3, r: 2, t: 2 }),
    ("alexnet", "conv5", RsMapping { m: 64, n: 4, e: 13, p: 16, q: 3, r: 2, t: 2 }),
];

/// The published mapping of a layer, if there is one.
pub fn published(network: &str, layer: &str) -> Option<RsMapping> {
    PUBLISHED.iter().find(|(n, l, _)| *n == network && *l == layer).map(|&(_, _, mapping)| mapping)
}
