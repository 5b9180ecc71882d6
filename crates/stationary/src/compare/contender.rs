//! Who is compared: each dataflow with its design, built of the storage area and the prices that all share.

use super::Terms;
use crate::{Error, library};
use model::arch::{Memory, Stage};
use model::tech::{ISCA16, Size};
use model::{Action, Arch, Area, Provenance};

/// A dataflow and its design.
#[derive(Debug, PartialEq, Eq)]
pub struct Contender {
    /// What the field calls it.
    pub name: &'static str,
    /// Its design in the library.
    pub design: &'static str,
    /// Its dataflow in the library; none restricts the last.
    pub dataflow: Option<&'static str>,
}

/// All of them: the study's, in its order, and the best mappings that no dataflow restricts.
pub const CONTENDERS: [Contender; 7] = [
    Contender { name: "RS", design: "isca16-rs", dataflow: Some("rs") },
    Contender { name: "WS", design: "isca16-ws", dataflow: Some("isca16-ws") },
    Contender { name: "OSA", design: "isca16-os-a", dataflow: Some("isca16-os-a") },
    Contender { name: "OSB", design: "isca16-os-b", dataflow: Some("isca16-os-b") },
    Contender { name: "OSC", design: "isca16-os-c", dataflow: Some("os-c") },
    Contender { name: "NLR", design: "isca16-nlr", dataflow: Some("nlr") },
    Contender { name: "free", design: "isca16-free", dataflow: None },
];

/// The storage whose area all designs have (Eq. 2 of the study): for each PE a register file, and a share of the buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Baseline {
    /// Bytes of a register file.
    pub register_file: u64,
    /// Bytes of the buffer for each PE.
    pub buffer: u64,
}

impl Baseline {
    /// The study's.
    pub const STUDY: Baseline = Baseline { register_file: 512, buffer: 512 };
}

/// What a word costs at each level, and a multiply-accumulate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PriceTable {
    /// A word of DRAM.
    pub dram: f64,
    /// A word of the buffer.
    pub buffer: f64,
    /// A word over the array's network.
    pub array: f64,
    /// A word of a register file.
    pub register_file: f64,
    /// A multiply-accumulate.
    pub mac: f64,
}

impl PriceTable {
    /// The study's Table IV.
    pub const STUDY: PriceTable = PriceTable { dram: 200.0, buffer: 6.0, array: 2.0, register_file: 1.0, mac: 1.0 };
}

impl Contender {
    /// The one of that name, whatever its case.
    pub fn find(name: &str) -> Result<&'static Contender, Error> {
        let found = CONTENDERS.iter().find(|contender| contender.name.eq_ignore_ascii_case(name));
        found.ok_or_else(|| Error::unknown("dataflow", name, CONTENDERS.iter().map(|contender| contender.name)))
    }

    /// Its design.
    pub fn arch(&self, pes: u64, terms: &Terms) -> Result<Arch, Error> {
        let pes_text = pes.to_string();
        let printed = library::arch_with(self.design, &[("pes", &pes_text)])?.arch;
        let arch = if terms.baseline == Baseline::STUDY {
            // As the study prints it; its figure and its areas differ by up to 1.5 %.
            printed
        } else {
            let (buffer, file) = self.storage(&printed, pes, terms.baseline)?;
            let (buffer, file) = (format!("{buffer} B"), format!("{file} B"));
            let mut overrides: Vec<(&str, &str)> = vec![("pes", &pes_text), ("glb", &buffer)];
            overrides.extend(self.shares_baseline().then_some(("rf", file.as_str())));
            library::arch_with(self.design, &overrides)?.arch
        };
        if terms.prices == PriceTable::STUDY { Ok(arch) } else { priced(&arch, &terms.prices) }
    }

    /// Whether its register files are the baseline's; others keep their own and give the area that is left to the buffer.
    fn shares_baseline(&self) -> bool {
        matches!(self.design, "isca16-rs" | "isca16-free")
    }

    /// Bytes of its buffer, and of a register file of the baseline.
    fn storage(&self, printed: &Arch, pes: u64, baseline: Baseline) -> Result<(u64, u64), Error> {
        let whole = baseline.buffer.saturating_mul(pes);
        if self.shares_baseline() {
            return Ok((whole, baseline.register_file));
        }
        let area = |bytes: u64| Ok::<f64, Error>(ISCA16.storage_area(Size { bits: 16, bytes: Some(bytes) })?.price);
        let all = pes as f64 * area(baseline.register_file)? + area(whole)?;
        let own = Area::of_storage(printed, &ISCA16, 16)?;
        let own: f64 = own.parts.iter().filter(|part| part.name != "GLB").map(|p| p.copies as f64 * p.each.price).sum();
        // Large memories have one area a byte.
        let buffer = (all - own) / (area(whole)? / whole as f64);
        if buffer < 2.0 {
            return Err(Error::NoBuffer { dataflow: self.name, pes });
        }
        // Whole words of two bytes.
        Ok((buffer as u64 / 2 * 2, baseline.register_file))
    }
}

/// The same design at other prices. What costs nothing stands for wires and goes on costing nothing.
fn priced(arch: &Arch, prices: &PriceTable) -> Result<Arch, Error> {
    let inside = arch.fanouts().next().map(|(id, _)| id);
    let stages = arch.ids().zip(arch.stages()).map(|(id, stage)| match stage {
        Stage::Memory(memory) if memory.read_price == 0.0 => Stage::Memory(memory.clone()),
        Stage::Memory(memory) => {
            let price = match id.0 {
                0 => prices.dram,
                _ if inside.is_some_and(|fanout| id > fanout) => prices.register_file,
                _ => prices.buffer,
            };
            Stage::Memory(Memory { read_price: price, write_price: price, ..memory.clone() })
        }
        Stage::Fanout(fanout) => {
            let mut fanout = fanout.clone();
            fanout.delivery_price = prices.array;
            Stage::Fanout(fanout)
        }
    });
    let mut compute = arch.compute().clone();
    compute.price = prices.mac;
    let unpriced = |errors: Vec<model::arch::ArchError>| {
        Error::Prices(errors.first().map_or_else(String::new, ToString::to_string))
    };
    let named = Arch::new(arch.name(), stages.collect(), compute).map_err(unpriced)?;
    let switched = named.with_switches(arch.switches()).map_err(|error| Error::Prices(error.to_string()))?;
    let actions: Vec<Action> = switched.actions().collect();
    let sources = actions.into_iter().map(|action| (action, "the given price table".to_string())).collect();
    Ok(switched.with_provenance(Provenance { unit: arch.provenance().unit, sources }))
}
