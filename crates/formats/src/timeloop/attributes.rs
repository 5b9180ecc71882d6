//! Attributes of a storage: its capacity in words, its ports, how many words an access moves.

use super::hierarchy::Component;
use super::source::{Source, Unused, at};
use crate::spec::cursor::Cursor;
use model::arch::{Bandwidth, Capacity};

/// The largest number of bits, words or entries.
const MOST: u64 = 1 << 48;
/// Words a cycle of a port that is not bounded while the other one is.
const UNBOUNDED: f64 = 1e30;

/// Attributes that are read.
const KNOWN: &[&str] = &[
    "depth",
    "entries",
    "size",
    "sizeKB",
    "width",
    "memory_depth",
    "memory_width",
    "word_bits",
    "datawidth",
    "data_width",
    "block_size",
    "n_words",
    "cluster_size",
    "multiple_buffering",
    "read_bandwidth",
    "write_bandwidth",
    "shared_bandwidth",
    "meshX",
    "meshY",
    "instances",
    "metadata_datawidth",
    "metadata_word_bits",
    "metadata_storage_width",
    "energy_per_access",
    "vector_access_energy",
    "read_energy",
    "write_energy",
    "update_energy",
];

/// Attributes that say nothing here.
pub(super) const UNUSED: &Unused = &[
    ("technology", "for an energy estimator; prices come from the energy reference table"),
    ("node", "for an energy estimator; prices come from the energy reference table"),
    ("type", "for an energy estimator; prices come from the energy reference table"),
    ("n_banks", "banks change prices only, which the energy reference table has"),
    ("num_banks", "banks change prices only, which the energy reference table has"),
    ("n_rdwr_ports", "ports change prices only; what they move in a cycle are the bandwidths"),
    ("n_rd_ports", "ports change prices only; what they move in a cycle are the bandwidths"),
    ("n_wr_ports", "ports change prices only; what they move in a cycle are the bandwidths"),
    ("num_ports", "ports change prices only; what they move in a cycle are the bandwidths"),
    ("n_ports", "ports change prices only; what they move in a cycle are the bandwidths"),
    ("global_cycle_seconds", "latencies are in cycles"),
    ("cycle_seconds", "latencies are in cycles"),
    ("latency", "the latency of an access is taken to be hidden"),
    ("action_latency_cycles", "the latency of an access is taken to be hidden"),
    ("min_utilization", "bounds a search; a mapping that is given is evaluated as it is"),
    ("metadata_storage_depth", "where descriptions of compressed tiles are kept is not bounded"),
    ("metadata_block_size", "where descriptions of compressed tiles are kept is not bounded"),
    ("addr_gen_energy", "the energy of addresses is not counted"),
    ("energy_per_hop", "hops between neighbours are not counted"),
    ("router_energy", "the energy of routers is not counted"),
    ("wire_energy", "the energy of wires is not counted"),
    ("tile_width", "the energy of wires is not counted"),
    ("network_read", "networks are not described one by one"),
    ("network_fill", "networks are not described one by one"),
    ("network_drain", "networks are not described one by one"),
    ("network_update", "networks are not described one by one"),
    ("network_word_bits", "networks are not described one by one"),
    ("has_power_gating", "leakage is not counted"),
    ("power_gated_at_utilization", "leakage is not counted"),
    ("cluster_area", "areas are not estimated from these files"),
    ("allow_overbooking", "tiles that overflow are refused"),
];

/// What the attributes of a storage say.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Storage {
    pub capacity: Capacity,
    pub double_buffered: bool,
    pub bandwidth: Bandwidth,
    pub word_bits: u64,
    /// Words that an access moves.
    pub block: u64,
}

impl Component<'_> {
    /// An attribute by any of its names; of the component itself, else of what it is inside.
    pub fn attribute(&self, names: &[&str]) -> Option<Cursor<'_>> {
        self.attributes.iter().find_map(|attributes| names.iter().find_map(|name| at(attributes, name)))
    }

    /// Words of how many bits it has.
    pub fn word_bits(&self, source: &mut Source) -> Option<u64> {
        let bits = self.attribute(&["word_bits", "datawidth", "data_width"]);
        bits.map_or(Some(16), |bits| source.whole(&bits, 1, 4096))
    }
}

/// Notes what attributes say nothing, of every component and what they are inside, each once.
pub(super) fn note(source: &mut Source, components: &[Component]) {
    let mut seen: Vec<*const crate::spec::node::Node> = Vec::new();
    for attributes in components.iter().flat_map(|component| &component.attributes) {
        if !seen.contains(&std::ptr::from_ref(attributes.node)) {
            seen.push(attributes.node);
            source.open(attributes, KNOWN, UNUSED);
        }
    }
}

/// Reads the attributes of a storage.
pub(super) fn storage(source: &mut Source, component: &Component) -> Option<Storage> {
    let word_bits = component.word_bits(source)?;
    let number = |source: &mut Source, names: &[&str]| match component.attribute(names) {
        Some(value) => source.whole(&value, 1, MOST).map(Some),
        None => Some(None),
    };
    let width = number(source, &["width", "memory_width"])?;
    let cluster = number(source, &["cluster_size"])?.unwrap_or(1);
    let given = number(source, &["block_size", "n_words"])?;
    let block = match (given, width) {
        (Some(block), _) => block,
        (None, Some(width)) if width >= word_bits.saturating_mul(cluster) => width / (word_bits * cluster),
        _ => 1,
    };
    let depth = number(source, &["depth", "memory_depth"])?;
    let entries = number(source, &["entries", "size"])?;
    let kib = number(source, &["sizeKB"])?;
    let words = match (entries, depth, kib) {
        (Some(words), _, _) => Some(words),
        (None, Some(depth), _) => Some(depth.saturating_mul(block).saturating_mul(cluster)),
        (None, None, Some(kib)) => Some(kib.saturating_mul(8192) / word_bits),
        (None, None, None) => None,
    };
    let buffers = match component.attribute(&["multiple_buffering"]) {
        Some(buffers) => source.number(&buffers, "a number of at least 1").map(|n| (buffers, n))?,
        None => (component.cursor.clone(), 1.0),
    };
    if buffers.1 < 1.0 {
        source.report.wrong(&buffers.0, "a number of at least 1");
        return None;
    }
    // Two halves are a switch of the arch; other shares come off what there is.
    let double_buffered = buffers.1 == 2.0;
    let share = if double_buffered { 1.0 } else { buffers.1 };
    let capacity = match words {
        Some(words) => Capacity::Pool((words.min(MOST) as f64 / share) as u64),
        None => Capacity::Unbounded,
    };
    Some(Storage { capacity, double_buffered, bandwidth: bandwidth(source, component)?, word_bits, block })
}

fn bandwidth(source: &mut Source, component: &Component) -> Option<Bandwidth> {
    let words = |source: &mut Source, name: &str| {
        let Some(value) = component.attribute(&[name]) else { return Some(None) };
        let words = source.number(&value, "words a cycle above 0")?;
        if words <= 0.0 {
            source.report.wrong(&value, "words a cycle above 0");
            return None;
        }
        Some(Some(words))
    };
    let (read, write) = (words(source, "read_bandwidth")?, words(source, "write_bandwidth")?);
    let shared = words(source, "shared_bandwidth")?;
    match (shared, read, write) {
        (None, None, None) => Some(Bandwidth::Unbounded),
        (Some(shared), None, None) => Some(Bandwidth::Shared(shared)),
        (None, read, write) => {
            Some(Bandwidth::Separate { read: read.unwrap_or(UNBOUNDED), write: write.unwrap_or(UNBOUNDED) })
        }
        (Some(_), _, _) => {
            let cursor = component.attribute(&["shared_bandwidth"])?;
            source.report.wrong(&cursor, "one bandwidth for reads and writes, or one of each");
            None
        }
    }
}
