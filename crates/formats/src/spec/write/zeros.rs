//! What an architecture does about zeros.

use std::fmt::Write;

use super::{number, operands};
use model::arch::StageId;
use model::sparsity::{EYERISS_RUN_LENGTH, Format, Kind, Sparsity};
use nn::Operand;

/// The keys of a memory.
pub(super) fn memory(yaml: &mut String, sparsity: &Sparsity, id: StageId, unit: &str) {
    let Some(storage) = sparsity.storage.get(&id) else { return };
    let compressed = Operand::ALL.into_iter().filter(|&operand| storage.format[operand].compresses());
    let formats: Vec<String> =
        compressed.map(|operand| format!("{}: {}", operand.name(), format(storage.format[operand]))).collect();
    if !formats.is_empty() {
        let _ = writeln!(yaml, "  formats: {{{}}}", formats.join(", "));
    }
    if let Some([read, write]) = storage.metadata_price.map(|prices| prices.map(number)) {
        let _ = writeln!(yaml, "  metadata: {{read: {read} {unit}, write: {write} {unit}}}");
    }
    let savings = storage.savings.iter().map(|saving| {
        format!("{{{}: {}, on: {}}}", verb(saving.kind), saving.target.name(), operands(&saving.leaders))
    });
    list(yaml, savings.collect());
}

/// The key of the compute unit.
pub(super) fn compute(yaml: &mut String, sparsity: &Sparsity) {
    let savings = sparsity.compute.iter().map(|(kind, leaders)| format!("{{{}: {}}}", verb(*kind), operands(leaders)));
    list(yaml, savings.collect());
}

fn list(yaml: &mut String, savings: Vec<String>) {
    if !savings.is_empty() {
        let _ = writeln!(yaml, "  savings: [{}]", savings.join(", "));
    }
}

fn verb(kind: Kind) -> &'static str {
    match kind {
        Kind::Skip => "skip",
        Kind::Gate => "gate",
    }
}

fn format(format: Format) -> String {
    match format {
        Format::Dense => "dense".into(),
        Format::Bitmask => "bitmask".into(),
        Format::Rows { index, offset } => format!("{{rows: {{index: {index} bit, offset: {offset} bit}}}}"),
        Format::Columns { index, offset } => format!("{{columns: {{index: {index} bit, offset: {offset} bit}}}}"),
        Format::Coordinates { index } => format!("{{coordinates: {{index: {index} bit}}}}"),
        Format::RunLength(code) if code == EYERISS_RUN_LENGTH => "eyeriss_run_length".into(),
        Format::RunLength(code) => {
            let (run, pairs, block) = (code.run, code.pairs, code.block);
            format!("{{run_length: {{run: {run} bit, pairs: {pairs}, block: {block} bit}}}}")
        }
    }
}
