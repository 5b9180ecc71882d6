//! A case of another mapper, as its JSON says: levels, workload, options, objective, and what that mapper found. What
//! a case asks for that has no meaning here fails by name; nothing is skipped.

use mapper::Factors;
use mapper::{Objective, Options, Order};
use model::arch::{Arch, Bandwidth, Capacity, Compute, Fanout, Keep, Memory, Sharing, Stage};
use nn::problem::{Dim, Problem, Rank, Term};
use nn::{ByOperand, Operand};
use serde::Deserialize;
use std::collections::BTreeMap;

/// The case, as written.
#[derive(Deserialize)]
pub struct Case {
    /// Its name.
    pub id: String,
    objective: String,
    mapper_options: BTreeMap<String, String>,
    arch_levels_outer_to_inner: Vec<Level>,
    workload: BTreeMap<String, serde_json::Value>,
    /// What the peer found.
    pub result: Found,
}

/// What the peer found.
#[derive(Deserialize)]
pub struct Found {
    /// pJ.
    #[serde(rename = "energy_pJ")]
    pub energy: f64,
    /// Cycles.
    #[serde(rename = "latency_cycles")]
    pub latency: f64,
    /// Words by "component|tensor|action", and multiply-accumulates.
    #[serde(rename = "action_counts_words")]
    pub actions: BTreeMap<String, f64>,
}

#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Level {
    Memory(MemoryLevel),
    Fanout(FanoutLevel),
    Compute { name: String, pj_per_mac: f64, macs_per_cycle: f64 },
}

#[derive(Deserialize)]
struct MemoryLevel {
    name: String,
    capacity_words: Option<u64>,
    read_pj_per_word: f64,
    write_pj_per_word: f64,
    bandwidth_words_per_cycle: Option<f64>,
    must_hold: Vec<String>,
    may_bypass: Vec<String>,
    #[serde(default)]
    not_allowed: Vec<String>,
}

#[derive(Deserialize)]
struct FanoutLevel {
    name: String,
    dims: Vec<Axis>,
    multicast: String,
    spatial_reduction: String,
    halo_sharing: String,
}

#[derive(Deserialize)]
struct Axis {
    name: String,
    size: u64,
}

impl Case {
    /// What is minimised.
    pub fn objective(&self) -> Objective {
        match self.objective.as_str() {
            "ENERGY" => Objective::Energy,
            "LATENCY" => Objective::Latency,
            "ENERGY_DELAY_PRODUCT" | "EDP" => Objective::Edp,
            other => panic!("{}: unknown objective {other}", self.id),
        }
    }

    /// How to search.
    pub fn options(&self) -> Options<'_> {
        let mut options = Options { order: Order::Listed, ..Options::default() };
        for (option, value) in &self.mapper_options {
            match (option.as_str(), value.as_str()) {
                ("defaults", _) => {}
                ("force_memory_hierarchy_order", "True") => options.order = Order::Listed,
                ("force_memory_hierarchy_order", "False") => options.order = Order::Free,
                // Both kinds of loops are searched with remainders where the peer does so for one.
                ("explore_imperfect_spatial_loops" | "explore_imperfect_temporal_loops", "True") => {
                    options.factors = Factors::Imperfect;
                }
                ("explore_imperfect_spatial_loops" | "explore_imperfect_temporal_loops", "False") => {}
                _ => panic!("{}: unknown option {option} = {value}", self.id),
            }
        }
        options
    }

    /// With what.
    pub fn arch(&self) -> Arch {
        let mut stages = Vec::new();
        let mut compute = None;
        for level in &self.arch_levels_outer_to_inner {
            assert!(compute.is_none(), "{}: a level below the compute unit", self.id);
            match level {
                Level::Memory(memory) => stages.push(Stage::Memory(memory.meant())),
                Level::Fanout(fanout) => stages.push(Stage::Fanout(fanout.meant())),
                Level::Compute { name, pj_per_mac, macs_per_cycle } => {
                    assert_eq!(*macs_per_cycle, 1.0, "{}: {name}", self.id);
                    let operand_latch = ByOperand([false; 3]);
                    compute = Some(Compute { name: name.clone(), price: *pj_per_mac, operand_latch });
                }
            }
        }
        Arch::new(self.id.as_str(), stages, compute.expect("a compute unit")).expect("a well-formed arch")
    }

    /// What is computed.
    pub fn problem(&self) -> Problem {
        let size = |name: &str| self.workload.get(name).and_then(serde_json::Value::as_u64);
        let must = |name: &str| size(name).unwrap_or_else(|| panic!("{}: no size of {name}", self.id));
        let (stride, dilation) = (size("stride").unwrap_or(1), size("dil").unwrap_or(1));
        let windows = |out, tap| vec![(stride, out), (dilation, tap)];
        let one = |dim: &'static str| vec![(1, dim)];
        type Ranks = Vec<Vec<(u64, &'static str)>>;
        let (dims, ranks): (Vec<&str>, [Ranks; 3]) = match self.workload["kind"].as_str() {
            Some("mm") => {
                let input = ["b", "m", "k"].map(one).to_vec();
                let (weight, output) = (["b", "k", "n"].map(one).to_vec(), ["b", "m", "n"].map(one).to_vec());
                (vec!["b", "m", "n", "k"], [input, weight, output])
            }
            Some("conv") => {
                let input = vec![one("N"), one("C"), windows("P", "R"), windows("Q", "S")];
                let weight = ["C", "M", "R", "S"].map(one).to_vec();
                (vec!["N", "M", "C", "P", "Q", "R", "S"], [input, weight, ["N", "M", "P", "Q"].map(one).to_vec()])
            }
            Some("dw") => {
                let input = vec![one("C"), windows("P", "R"), windows("Q", "S")];
                let weight = ["C", "R", "S"].map(one).to_vec();
                (vec!["C", "P", "Q", "R", "S"], [input, weight, ["C", "P", "Q"].map(one).to_vec()])
            }
            other => panic!("{}: unknown workload {other:?}", self.id),
        };
        let rank = |terms: Vec<(u64, &str)>| {
            let term = |(step, name): (u64, &str)| {
                let index = dims.iter().position(|dim| *dim == name).expect("a dimension of the workload");
                Term { step, dim: Dim(index as u8) }
            };
            Rank(terms.into_iter().map(term).collect())
        };
        let ranks = ByOperand(ranks.map(|ranks| ranks.into_iter().map(rank).collect()));
        Problem::new(dims.iter().map(|&dim| (dim.to_string(), must(dim))).collect(), ranks).expect("a problem")
    }
}

impl MemoryLevel {
    fn meant(&self) -> Memory {
        let keep = Operand::ALL.map(|operand| {
            let named = |list: &[String]| list.iter().any(|name| tensor(name) == operand);
            match [&self.must_hold, &self.may_bypass, &self.not_allowed].map(|list| named(list)) {
                [true, false, false] => Keep::Must,
                [false, true, false] => Keep::May,
                [false, false, true] => Keep::Never,
                _ => panic!("{}: what it does with the {} is not said once", self.name, operand.name()),
            }
        });
        Memory {
            name: self.name.clone(),
            capacity: self.capacity_words.map_or(Capacity::Unbounded, Capacity::Pool),
            double_buffered: false,
            keep: ByOperand(keep),
            bandwidth: self.bandwidth_words_per_cycle.map_or(Bandwidth::Unbounded, Bandwidth::Shared),
            read_price: self.read_pj_per_word,
            write_price: self.write_pj_per_word,
        }
    }
}

impl FanoutLevel {
    fn meant(&self) -> Fanout {
        let mut size = [1, 1];
        for axis in &self.dims {
            match axis.name.as_str() {
                "X" => size[0] = axis.size,
                "Y" => size[1] = axis.size,
                other => panic!("{}: unknown axis {other}", self.name),
            }
        }
        // The words that the peer's architectures describe their networks with.
        let FanoutLevel { multicast, spatial_reduction, halo_sharing, .. } = self;
        assert!(halo_sharing.starts_with("none"), "{}: {halo_sharing}", self.name);
        let free = |text: &str| text.starts_with("free");
        assert!(free(multicast) && free(spatial_reduction), "{}: {multicast}; {spatial_reduction}", self.name);
        let sharing = Sharing { multicast: true, reduction: true, diagonal: false };
        Fanout { name: self.name.clone(), size, sharing, delivery_price: 0.0, free: ByOperand::default() }
    }
}

/// The operand that the peer calls by this name or letter.
pub fn tensor(name: &str) -> Operand {
    match name {
        "input" | "I" => Operand::Input,
        "weight" | "W" => Operand::Weight,
        "output" | "O" => Operand::Output,
        other => panic!("unknown tensor {other}"),
    }
}
