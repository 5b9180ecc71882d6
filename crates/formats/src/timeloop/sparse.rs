//! `sparse_optimizations` and the densities of a problem: what is done about zeros.
//!
//! For each level: formats of data spaces by rank (`U`, `B`, `UOP`, `CP`, `RLE`, outermost first), what it gates or
//! skips and on which other data spaces; for the compute unit, whether it gates or skips. A stack of rank formats
//! becomes the one format of ours that it is: `B` a bitmask, `UOP` above `CP` compressed rows, `CP` above `CP`
//! coordinates, `RLE` run lengths. Starts of ranks above the rows are noted: ours have one for each row only.

use super::arch::ReadArch;
use super::hierarchy::{Component, Hierarchy, Role};
use super::mapping::{About, Targets};
use super::problem::ReadProblem;
use super::source::{Source, at};
use crate::accelergy::Table;
use crate::error::quoted;
use crate::spec::cursor::Cursor;
use model::sparsity::{Density, Distribution, Format, Kind, RunLength, Saving, Sparsity, Storage};
use nn::{ByOperand, Operand};

const KINDS: [(&str, Kind); 2] = [("gating", Kind::Gate), ("skipping", Kind::Skip)];
const DISTRIBUTIONS: [(&str, Distribution); 4] = [
    ("fixed_structured", Distribution::Structured),
    ("fixed-structured", Distribution::Structured),
    ("hypergeometric", Distribution::Hypergeometric),
    ("bernoulli", Distribution::Bernoulli),
];

/// How a rank is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rank {
    /// Every position.
    Plain,
    /// A bit for every position.
    Bitmask,
    /// Where each position's part begins.
    Offsets,
    /// The positions there are.
    Coordinates,
    /// Runs between the positions there are.
    Runs,
}

const RANKS: [(&str, Rank); 6] = [
    ("U", Rank::Plain),
    ("UB", Rank::Bitmask),
    ("B", Rank::Bitmask),
    ("UOP", Rank::Offsets),
    ("CP", Rank::Coordinates),
    ("RLE", Rank::Runs),
];

/// What sparse optimizations are read with.
pub(super) struct Reader<'r, 'n> {
    pub problem: &'r ReadProblem<'n>,
    pub arch: &'r ReadArch,
    pub row: &'r Hierarchy<'n>,
    pub targets: &'r Targets,
    pub table: Option<&'r Table>,
}

impl Reader<'_, '_> {
    /// Reads the section under the cursor.
    pub fn read(&self, source: &mut Source, section: &Cursor) -> Option<Sparsity> {
        source.version(section);
        source.fields(section, &["version", "targets"], &[])?;
        let compute = self.row.components.iter().find(|component| component.role == Role::Compute)?;
        let word_bits = compute.word_bits(source)? as u32;
        let gated_share = self.gated_share(source, section)?;
        let mut sparsity = Sparsity { word_bits, gated_share, ..Sparsity::default() };
        let targets = source.need(section, "targets")?;
        let mut complete = true;
        for item in source.report.list(&targets)? {
            complete &= self.target(source, &item, compute, &mut sparsity).is_some();
        }
        if !complete {
            return None;
        }
        sparsity.check(&self.arch.arch).map_err(|error| source.report.broken(section, error.to_string())).ok()?;
        Some(sparsity)
    }

    fn target(&self, source: &mut Source, item: &Cursor, compute: &Component, all: &mut Sparsity) -> Option<()> {
        let known = ["name", "target", "representation_format", "action_optimization", "compute_optimization"];
        source.fields(item, &known, &[])?;
        let name = match at(item, "name") {
            Some(name) => name,
            None => source.need(item, "target")?,
        };
        if source.report.text(&name, "a component")? == compute.name {
            for option in at(item, "compute_optimization").map_or(Some(Vec::new()), |list| source.report.list(&list))? {
                source.fields(&option, &["type"], &[])?;
                let kind = self.kind(source, &option)?;
                // A product is spared when either of its factors is zero.
                all.compute.push((kind, vec![Operand::Input, Operand::Weight]));
            }
            return Some(());
        }
        let level = self.targets.find(source, &name, About::Keeps)?.level;
        let component = self.row.components.iter().filter(|c| c.role == Role::Storage).nth(level)?;
        let mut storage = Storage { metadata_price: self.metadata_price(source, component)?, ..Storage::default() };
        if let Some(formats) = at(item, "representation_format") {
            source.fields(&formats, &["data_spaces"], &[])?;
            let spaces = source.need(&formats, "data_spaces")?;
            for space in source.report.list(&spaces)? {
                let (operand, format) = self.format(source, &space, component)?;
                storage.format[operand] = format;
            }
        }
        for action in at(item, "action_optimization").map_or(Some(Vec::new()), |list| source.report.list(&list))? {
            source.fields(&action, &["type", "options"], &[])?;
            let kind = self.kind(source, &action)?;
            let options = source.need(&action, "options")?;
            for option in source.report.list(&options)? {
                source.fields(&option, &["target", "condition_on"], &[])?;
                let (target, leaders) = (source.need(&option, "target")?, source.need(&option, "condition_on")?);
                let targets = self.operands(source, &target)?;
                let leaders = self.operands(source, &leaders)?;
                let saving = |target| Saving { kind, target, leaders: leaders.clone() };
                storage.savings.extend(targets.into_iter().map(saving));
            }
        }
        all.storage.insert(self.arch.levels[level].memory, storage);
        Some(())
    }

    fn kind(&self, source: &mut Source, item: &Cursor) -> Option<Kind> {
        let cursor = source.need(item, "type")?;
        let text = source.report.text(&cursor, "gating or skipping")?;
        source.named(&cursor, "type", text, &KINDS)
    }

    fn operands(&self, source: &mut Source, list: &Cursor) -> Option<Vec<Operand>> {
        let words = source.words(list);
        let names = self.problem.names();
        words.iter().map(|(cursor, word)| source.named(cursor, "data space", word, &names)).collect()
    }

    /// How a data space is stored.
    fn format(&self, source: &mut Source, space: &Cursor, component: &Component) -> Option<(Operand, Format)> {
        let unused = [("compression_rate", "what compression gains comes from the density")];
        source.fields(space, &["name", "ranks"], &unused)?;
        let name = source.need(space, "name")?;
        let text = source.report.text(&name, "a data space")?;
        let operand = source.named(&name, "data space", text, &self.problem.names())?;
        let default = match component.attribute(&["metadata_datawidth", "metadata_word_bits"]) {
            Some(bits) => source.whole(&bits, 1, 64)?,
            None => component.word_bits(source)?.min(64),
        };
        let mut ranks: Vec<(Rank, u32)> = Vec::new();
        let list = source.need(space, "ranks")?;
        for rank in source.report.list(&list)? {
            let flat = [
                ("flattened_rankIDs", "ranks are those of the data space"),
                ("flattened_rank_ids", "ranks are those of the data space"),
            ];
            source.fields(&rank, &["format", "metadata_word_bits", "payload_word_bits"], &flat)?;
            let format = source.need(&rank, "format")?;
            let text = source.report.text(&format, "a format")?;
            let kind = source.named(&format, "format", &text.to_ascii_uppercase(), &RANKS)?;
            let key = if kind == Rank::Offsets { "payload_word_bits" } else { "metadata_word_bits" };
            let bits = at(&rank, key).map_or(Some(default), |bits| source.whole(&bits, 1, 64))?;
            ranks.push((kind, bits as u32));
        }
        let format = self.stack(source, &list, &ranks, component)?;
        Some((operand, format))
    }

    /// The format that a stack of rank formats is.
    fn stack(
        &self,
        source: &mut Source,
        list: &Cursor,
        ranks: &[(Rank, u32)],
        component: &Component,
    ) -> Option<Format> {
        let word = component.word_bits(source)? as u32;
        let run_length = |run: u32| Format::RunLength(RunLength { run, word, pairs: 1, block: run + word });
        let above = ranks.len().saturating_sub(2);
        let outer = |kinds: &[Rank]| ranks[..above].iter().all(|(kind, _)| kinds.contains(kind));
        let plain = outer(&[Rank::Plain]);
        let format = match ranks[above.min(ranks.len())..] {
            [] => Format::Dense,
            _ if ranks.iter().all(|(kind, _)| *kind == Rank::Plain) => Format::Dense,
            [(Rank::Bitmask, _)] | [(Rank::Plain, _), (Rank::Bitmask, _)] if plain => Format::Bitmask,
            [(Rank::Coordinates, bits)] | [(Rank::Plain, _), (Rank::Coordinates, bits)] if plain => {
                Format::Coordinates { index: bits }
            }
            [(Rank::Runs, run)] | [(Rank::Plain | Rank::Offsets, _), (Rank::Runs, run)]
                if outer(&[Rank::Plain, Rank::Offsets]) =>
            {
                run_length(run)
            }
            [(Rank::Offsets, offset), (Rank::Coordinates, index)] if outer(&[Rank::Plain, Rank::Offsets]) => {
                Format::Rows { index, offset }
            }
            [(Rank::Coordinates, outermost), (Rank::Coordinates, inner)] if outer(&[Rank::Coordinates]) => {
                let more: u32 = ranks[..above].iter().map(|(_, bits)| bits).sum();
                Format::Coordinates { index: more + outermost + inner }
            }
            _ => {
                let expected = "U, B, CP, UOP above CP, CP above CP, or RLE, below ranks that are U or UOP";
                source.report.wrong_at(list.node.span, &list.path, "formats that are no format of ours", expected);
                return None;
            }
        };
        let runs = matches!(format, Format::RunLength(_));
        let starts = ranks.iter().filter(|(kind, _)| *kind == Rank::Offsets).count();
        if starts > usize::from(!runs) {
            let text = "starts of ranks that are not rows are not counted: their bits come on top in Timeloop";
            source.note(list.node.span, &list.path, text);
        }
        Some(format)
    }

    /// What a bit of description costs to read and to write.
    fn metadata_price(&self, source: &mut Source, component: &Component) -> Option<Option<[f64; 2]>> {
        let width = component.attribute(&["metadata_storage_width", "metadata_datawidth"]);
        let (Some(table), Some(width)) = (self.table, width) else { return Some(None) };
        let bits = source.whole(&width, 1, 4096)? as f64;
        let price = |action: &str| table.find(&component.name, action).map(|energy| energy / bits);
        Some(price("metadata_read").zip(price("metadata_write")).map(|(read, write)| [read, write]))
    }

    /// The share of its price that a gated action costs: the same for all of them.
    fn gated_share(&self, source: &mut Source, section: &Cursor) -> Option<f64> {
        let Some(table) = self.table else { return Some(0.0) };
        let mut share: Option<f64> = None;
        for component in &self.row.components {
            for action in ["read", "write", "update", "compute"] {
                let gated = table.find(&component.name, &format!("gated_{action}"));
                let (Some(gated), Some(whole)) = (gated, table.find(&component.name, action)) else { continue };
                let this = if whole > 0.0 { gated / whole } else { 0.0 };
                let other = *share.get_or_insert(this);
                if (this - other).abs() > 1e-9 {
                    let found = format!("{} gated_{action} at {this} of its price", quoted(&component.name));
                    source.report.wrong_at(section.node.span, &section.path, found, format!("{other}, as the others"));
                    return None;
                }
            }
        }
        Some(share.unwrap_or(0.0))
    }
}

/// Reads the densities of a problem; an operand without one has no zeros.
pub(super) fn densities(source: &mut Source, problem: &ReadProblem) -> Option<ByOperand<Density>> {
    let mut densities = ByOperand([Density::DENSE; 3]);
    let Some(cursor) = &problem.densities else { return Some(densities) };
    let names = problem.names();
    source.fields(cursor, &names.map(|(name, _)| name), &[])?;
    for (name, operand) in names {
        let Some(given) = at(cursor, name) else { continue };
        let expected = "a density from 0 to 1";
        let (share, distribution) = if given.node.map().is_some() {
            source.fields(&given, &["distribution", "density"], &[])?;
            let (kind, share) = (source.need(&given, "distribution")?, source.need(&given, "density")?);
            let text = source.report.text(&kind, "a distribution")?;
            (share, source.named(&kind, "distribution", text, &DISTRIBUTIONS)?)
        } else {
            (given, Distribution::Structured)
        };
        let value = source.number(&share, expected)?;
        if !(0.0..=1.0).contains(&value) {
            source.report.wrong(&share, expected);
            return None;
        }
        densities[operand] = Density { share: value, distribution };
    }
    Some(densities)
}
