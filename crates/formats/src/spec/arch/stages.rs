//! The stages of an architecture: memories, fan-outs, the compute unit.

use super::prices::Prices;
use super::zeros::Zeros;
use super::{Cursor, Fields, Report};
use crate::error::quoted;
use crate::spec::operands::marks;
use crate::spec::quantity::Scope;
use crate::spec::variables;
use model::arch::{Bandwidth, Capacity, Compute, Fanout, Keep, MAX_FANOUT, Memory, Sharing, Stage, StageId};
use model::provenance::Action;
use nn::{ByOperand, Operand};
use std::collections::BTreeMap;

/// The keys of a memory, the one that names it first.
pub(crate) const MEMORY_KEYS: [&str; 14] = [
    "memory",
    "class",
    "word",
    "must_keep",
    "may_keep",
    "capacity",
    "double_buffered",
    "bandwidth",
    "read",
    "write",
    "formats",
    "metadata",
    "savings",
    "source",
];
/// The keys of a fan-out.
pub(crate) const FANOUT_KEYS: [&str; 8] = ["fanout", "class", "X", "Y", "network", "delivery", "free", "source"];
/// The keys of the compute unit.
pub(crate) const COMPUTE_KEYS: [&str; 6] = ["compute", "class", "latch", "mac", "savings", "source"];

/// What a network may do.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ability {
    Multicast,
    Reduction,
    Diagonal,
}

const ABILITIES: [(&str, Ability); 3] =
    [("multicast", Ability::Multicast), ("reduction", Ability::Reduction), ("diagonal", Ability::Diagonal)];

/// An item of the list of stages.
pub(crate) enum Found {
    Stage(Stage),
    Compute(Compute),
}

/// What is collected from all stages beside themselves.
pub(crate) struct Parts {
    pub prices: Prices,
    pub zeros: Zeros,
    pub own_word_bits: BTreeMap<StageId, u64>,
}

/// What all readers of a stage work with.
struct Reading<'a, 'n> {
    fields: Fields<'n>,
    id: StageId,
    scope: &'a Scope,
    parts: &'a mut Parts,
    report: &'a mut Report,
}

/// The stage under the cursor, which is the arch's `index`-th.
pub(crate) fn stage(
    item: &Cursor,
    index: usize,
    scope: &Scope,
    parts: &mut Parts,
    report: &mut Report,
) -> Option<Found> {
    let Some(entries) = item.node.map() else {
        report.wrong(item, "a map of keys and values");
        return None;
    };
    let kinds: [(&str, &[&str]); 3] = [("memory", &MEMORY_KEYS), ("fanout", &FANOUT_KEYS), ("compute", &COMPUTE_KEYS)];
    let Some((kind, keys)) = kinds.into_iter().find(|(kind, _)| entries.iter().any(|(key, _)| key.name == *kind))
    else {
        let found = entries
            .first()
            .map_or("nothing".into(), |(key, _)| format!("a stage that begins with {}", quoted(&key.name)));
        report.wrong_at(item.node.span, &item.path, found, "`memory: NAME`, `fanout: NAME` or `compute: NAME`");
        return None;
    };
    let name = report.name(&item.child(item.node.get(kind)?, kind), "the stage's name")?;
    let fields = report.fields(&item.named(format!("stages.{name}")), keys)?;
    let (id, own_bits) = (StageId(index as u8), variables::word(&fields, report));
    parts.own_word_bits.extend(own_bits.map(|bits| (id, bits as u64)));
    let scope = &Scope { word_bits: own_bits.or(scope.word_bits), ..scope.clone() };
    let mut reading = Reading { fields, id, scope, parts, report };
    match kind {
        "memory" => reading.memory(name.to_string()).map(|memory| Found::Stage(Stage::Memory(memory))),
        "fanout" => reading.fanout(name.to_string()).map(|fanout| Found::Stage(Stage::Fanout(fanout))),
        _ => reading.compute(name.to_string()).map(Found::Compute),
    }
}

impl Reading<'_, '_> {
    fn memory(&mut self, name: String) -> Option<Memory> {
        let keep = self.keep();
        let capacity = self.capacity(keep);
        let double_buffered = self.fields.get("double_buffered").map_or(Some(false), |c| self.report.flag(&c));
        let bandwidth = self.fields.need("bandwidth", self.report).and_then(|c| self.bandwidth(&c));
        let words = match capacity {
            Some(Capacity::Pool(words)) => Some(words),
            Some(Capacity::Partitioned(words)) => Some(words.0.iter().sum()),
            _ => None,
        };
        let bytes = words.zip(self.scope.word_bits).map(|(words, bits)| (words as f64 * bits / 8.0) as u64);
        let read_price = self.price("read", Action::Read(self.id), bytes);
        let write_price = self.price("write", Action::Write(self.id), bytes);
        self.parts.zeros.memory(self.id, &self.fields, self.scope, &mut self.parts.prices, self.report);
        Some(Memory {
            name,
            capacity: capacity?,
            double_buffered: double_buffered?,
            keep: keep?,
            bandwidth: bandwidth?,
            read_price: read_price?,
            write_price: write_price?,
        })
    }

    fn keep(&mut self) -> Option<ByOperand<Keep>> {
        let (must, may) = (self.fields.get("must_keep"), self.fields.get("may_keep"));
        if must.is_none() && may.is_none() {
            let stage = self.fields.cursor();
            let found = "a memory that keeps nothing";
            self.report.wrong_at(stage.node.span, &stage.path, found, "`must_keep:` or `may_keep:` with operands");
            return None;
        }
        let mut operands = |cursor: &Option<Cursor>| match cursor {
            Some(cursor) => self.report.operands(cursor),
            None => Some(Vec::new()),
        };
        let (musts, mays) = (operands(&must)?, operands(&may)?);
        if let (Some(both), Some(may)) = (musts.iter().find(|operand| mays.contains(operand)), &may) {
            let found = format!("{} in both", both.name());
            self.report.wrong_at(may.node.span, &may.path, found, "an operand in `must_keep` or in `may_keep`");
        }
        let (musts, mays) = (marks(&musts), marks(&mays));
        Some(ByOperand(Operand::ALL.map(|operand| match (musts[operand], mays[operand]) {
            (true, _) => Keep::Must,
            (_, true) => Keep::May,
            _ => Keep::Never,
        })))
    }

    fn capacity(&mut self, keep: Option<ByOperand<Keep>>) -> Option<Capacity> {
        let cursor = self.fields.need("capacity", self.report)?;
        if cursor.node.text() == Some("unbounded") {
            return Some(Capacity::Unbounded);
        }
        let Some(entries) = cursor.node.map() else {
            return self.report.words(&cursor, self.scope).map(Capacity::Pool);
        };
        // An operand that is never kept needs no partition; a partition has at least a word.
        let mut words = ByOperand([None; 3]);
        for (key, node) in entries {
            let operand = self.report.operand_key(&cursor, key)?;
            words[operand] = Some(self.report.words(&cursor.child(node, &key.name), self.scope)?);
        }
        for operand in Operand::ALL {
            if words[operand].is_none() && keep.is_some_and(|keep| keep[operand] != Keep::Never) {
                let found = format!("no partition for the {}", operand.name());
                self.report.wrong_at(cursor.node.span, &cursor.path, found, "one for each operand that it keeps");
            }
        }
        Some(Capacity::Partitioned(ByOperand(words.0.map(|words| words.unwrap_or(1)))))
    }

    fn bandwidth(&mut self, cursor: &Cursor) -> Option<Bandwidth> {
        if cursor.node.text() == Some("unbounded") {
            return Some(Bandwidth::Unbounded);
        }
        if cursor.node.map().is_none() {
            return self.report.bandwidth(cursor, self.scope).map(Bandwidth::Shared);
        }
        let ports = self.report.fields(cursor, &["read", "write"])?;
        let read = ports.need("read", self.report).and_then(|c| self.report.bandwidth(&c, self.scope));
        let write = ports.need("write", self.report).and_then(|c| self.report.bandwidth(&c, self.scope));
        Some(Bandwidth::Separate { read: read?, write: write? })
    }

    fn fanout(&mut self, name: String) -> Option<Fanout> {
        let mut size = |key: &str| match self.fields.get(key) {
            Some(cursor) => self.report.count(&cursor, self.scope, 1, MAX_FANOUT),
            None => Some(1),
        };
        let size = [size("X"), size("Y")];
        if self.fields.get("X").is_none() && self.fields.get("Y").is_none() {
            self.fields.need("X", self.report);
        }
        let abilities = self.fields.need("network", self.report).and_then(|c| self.report.list(&c));
        let abilities: Option<Vec<Ability>> =
            abilities.and_then(|items| items.iter().map(|item| self.report.choice(item, &ABILITIES)).collect());
        let delivery_price = self.price("delivery", Action::Deliver(self.id), None);
        let free = self.fields.get("free").map_or(Some(Vec::new()), |c| self.report.operands(&c));
        let abilities = abilities?;
        let has = |ability| abilities.contains(&ability);
        let (multicast, reduction) = (has(Ability::Multicast), has(Ability::Reduction));
        let sharing = Sharing { multicast, reduction, diagonal: has(Ability::Diagonal) };
        Some(Fanout { name, size: [size[0]?, size[1]?], sharing, delivery_price: delivery_price?, free: marks(&free?) })
    }

    fn compute(&mut self, name: String) -> Option<Compute> {
        let latch = self.fields.get("latch").map_or(Some(Vec::new()), |c| self.report.operands(&c));
        let price = self.price("mac", Action::Compute, None);
        self.parts.zeros.compute(&self.fields, self.report);
        Some(Compute { name, price: price?, operand_latch: marks(&latch?) })
    }

    fn price(&mut self, key: &str, action: Action, bytes: Option<u64>) -> Option<f64> {
        self.parts.prices.price(&self.fields, key, action, bytes, self.scope, self.report)
    }
}
