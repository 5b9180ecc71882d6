//! What an architecture does about zeros.
//!
//! ```yaml
//! gated_share: 0.1
//! stages:
//! - memory: DRAM
//!   formats: {ifmap: eyeriss_run_length, filter: {rows: {index: 8 bit, offset: 16 bit}}}
//!   metadata: {read: 12.5 pJ, write: 12.5 pJ}
//!   ...
//! - memory: spad
//!   savings: [{skip: filter, on: ifmap}, {gate: psum, on: [ifmap, filter]}]
//!   ...
//! - compute: MAC
//!   savings: [{gate: [ifmap]}]
//!   ...
//! ```
//!
//! An operand without a format is dense. A memory skips or gates the words of a target while those that meet them are
//! zero; the compute unit skips or gates multiply-accumulates whose operands are. `metadata` is the energy of a bit of a
//! format's description; `gated_share` is what a gated action costs of its price.

use super::prices::Prices;
use super::{Cursor, Fields, Report};
use crate::spec::quantity::{Dimension, Scope};
use model::arch::StageId;
use model::sparsity::{EYERISS_RUN_LENGTH, Format, Kind, RunLength, Saving, Sparsity, Storage};
use nn::Operand;

/// Formats that are a word.
const FORMATS: [(&str, Format); 3] = [
    ("dense", Format::Dense),
    ("bitmask", Format::Bitmask),
    ("eyeriss_run_length", Format::RunLength(EYERISS_RUN_LENGTH)),
];
/// Formats with numbers, and the keys of those.
pub(crate) const SIZED: [(&str, &[&str]); 4] = [
    ("rows", &["index", "offset"]),
    ("columns", &["index", "offset"]),
    ("coordinates", &["index"]),
    ("run_length", &["run", "pairs", "block"]),
];
/// The most bits of a part of a format.
const MAX_BITS: u64 = 4096;

/// What is said about zeros so far, and whether anything is.
#[derive(Default)]
pub(crate) struct Zeros {
    sparsity: Sparsity,
    said: bool,
}

impl Zeros {
    /// What the whole says: the bits of a word and the share of gated actions.
    pub fn of(fields: &Fields, scope: &Scope, report: &mut Report) -> Self {
        let mut zeros = Zeros::default();
        zeros.sparsity.word_bits = scope.word_bits.map_or(zeros.sparsity.word_bits, |bits| bits as u32);
        if let Some(cursor) = fields.get("gated_share") {
            let expected = "a share from 0 to 1";
            let share = report.value(&cursor, scope, Dimension::NONE, expected);
            if let Some(share) = share.filter(|share| !(0.0..=1.0).contains(&share.number)) {
                report.unfit(&cursor, share, expected);
            }
            zeros.sparsity.gated_share = share.map_or(0.0, |share| share.number);
            zeros.said = true;
        }
        zeros
    }

    /// What is said about zeros, if anything is.
    pub fn finish(self) -> Option<Sparsity> {
        self.said.then_some(self.sparsity)
    }

    /// What a memory says.
    pub fn memory(&mut self, id: StageId, fields: &Fields, scope: &Scope, prices: &mut Prices, report: &mut Report) {
        let mut storage = Storage::default();
        if let Some(cursor) = fields.get("formats") {
            self.said = true;
            for (key, node) in report.map(&cursor).unwrap_or_default() {
                if let Some(operand) = report.operand_key(&cursor, key) {
                    let format = self.format(&cursor.child(node, &key.name), report);
                    storage.format[operand] = format.unwrap_or_default();
                }
            }
        }
        if let Some(cursor) = fields.get("metadata") {
            self.said = true;
            let bits = report.fields(&cursor, &["read", "write"]);
            let mut price = |key: &str| {
                let cursor = bits.as_ref()?.need(key, report)?;
                let (energy, unit) = report.energy(&cursor, scope)?;
                prices.in_unit(unit, &cursor, report).then_some(energy)
            };
            let (read, write) = (price("read"), price("write"));
            storage.metadata_price = read.zip(write).map(|(read, write)| [read, write]);
        }
        for saving in self.savings(fields, report) {
            let rule = report.fields(&saving, &["skip", "gate", "on"]);
            let Some((kind, targets)) = rule.as_ref().and_then(|rule| kind(rule, report)) else { continue };
            let leaders = rule.and_then(|rule| rule.need("on", report)).and_then(|c| report.operands(&c));
            let (Some(targets), Some(leaders)) = (report.operands(&targets), leaders) else { continue };
            let of = |target: Operand| Saving { kind, target, leaders: leaders.clone() };
            storage.savings.extend(targets.into_iter().map(of));
        }
        if storage != Storage::default() {
            self.sparsity.storage.insert(id, storage);
        }
    }

    /// What the compute unit says.
    pub fn compute(&mut self, fields: &Fields, report: &mut Report) {
        for saving in self.savings(fields, report) {
            let Some(rule) = report.fields(&saving, &["skip", "gate"]) else { continue };
            let Some((kind, leaders)) = kind(&rule, report) else { continue };
            self.sparsity.compute.extend(report.operands(&leaders).map(|leaders| (kind, leaders)));
        }
    }

    fn savings<'n>(&mut self, fields: &Fields<'n>, report: &mut Report) -> Vec<Cursor<'n>> {
        let Some(cursor) = fields.get("savings") else { return Vec::new() };
        self.said = true;
        report.list(&cursor).unwrap_or_default()
    }

    fn format(&self, cursor: &Cursor, report: &mut Report) -> Option<Format> {
        let Some(entries) = cursor.node.map() else { return report.choice(cursor, &FORMATS) };
        let [(key, node)] = entries else {
            report.wrong(cursor, "one format");
            return None;
        };
        let Some((name, keys)) = SIZED.iter().find(|(name, _)| *name == key.name) else {
            report.unknown(key.span, &cursor.path, "format", &key.name, SIZED.map(|(name, _)| name));
            return None;
        };
        let parts = report.fields(&cursor.child(node, name), keys)?;
        let mut bits = |key: &str| {
            let bits = parts.need(key, report).and_then(|c| report.bits(&c, MAX_BITS));
            bits.and_then(|bits| u32::try_from(bits).ok())
        };
        Some(match *name {
            "rows" => Format::Rows { index: bits("index")?, offset: bits("offset")? },
            "columns" => Format::Columns { index: bits("index")?, offset: bits("offset")? },
            "coordinates" => Format::Coordinates { index: bits("index")? },
            _ => {
                let (run, block) = (bits("run"), bits("block"));
                let pairs = parts.need("pairs", report).and_then(|c| report.count(&c, &Scope::default(), 1, MAX_BITS));
                let (run, block, pairs) = (run?, block?, u32::try_from(pairs?).ok()?);
                Format::RunLength(RunLength { run, word: self.sparsity.word_bits, pairs, block })
            }
        })
    }
}

/// Whether a saving skips or gates, and what.
fn kind<'n>(rule: &Fields<'n>, report: &mut Report) -> Option<(Kind, Cursor<'n>)> {
    match (rule.get("skip"), rule.get("gate")) {
        (Some(what), None) => Some((Kind::Skip, what)),
        (None, Some(what)) => Some((Kind::Gate, what)),
        _ => {
            report.wrong(rule.cursor(), "one of `skip:` and `gate:`");
            None
        }
    }
}
