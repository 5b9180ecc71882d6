//! Architectures.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::{number, operands, text, zeros};
use crate::spec::ArchFile;
use model::arch::{Bandwidth, Capacity, Fanout, Keep, Memory, Stage};
use model::provenance::Action;
use model::{Arch, Charges, Drains, Refill, Serving};
use nn::{ByOperand, Operand};

/// The description of an architecture.
pub fn write_arch(arch: &Arch) -> String {
    let none = None::<String>;
    let (summary, source) = (none.clone(), none);
    write_arch_file(&ArchFile {
        arch: arch.clone(),
        summary,
        source,
        technology: None,
        word_bits: None,
        own_word_bits: BTreeMap::new(),
        clock_hz: None,
        sparsity: None,
    })
}

/// The description of an architecture with what its file says beside it.
pub fn write_arch_file(file: &ArchFile) -> String {
    let ArchFile { arch, summary, source, technology, word_bits, own_word_bits, clock_hz, sparsity } = file;
    let mut yaml = format!("arch: {}\n", text(arch.name()));
    let technology = technology.map(|technology| technology.name.to_string());
    for (key, value) in [("summary", summary), ("source", source), ("technology", &technology)] {
        if let Some(value) = value {
            let _ = writeln!(yaml, "{key}: {}", text(value));
        }
    }
    if let Some(bits) = word_bits.or(sparsity.as_ref().map(|sparsity| u64::from(sparsity.word_bits))) {
        let _ = writeln!(yaml, "word: {bits} bit");
    }
    if let Some(hz) = clock_hz {
        let _ = writeln!(yaml, "clock: {} Hz", number(*hz));
    }
    if let Some(sparsity) = sparsity {
        let _ = writeln!(yaml, "gated_share: {}", number(sparsity.gated_share));
    }
    if arch.switches().refill == Refill::New {
        yaml += "refill: new\n";
    }
    if arch.switches().drains == Drains::Free {
        yaml += "drains: free\n";
    }
    if arch.switches().charges == Charges::Reuse {
        yaml += "charges: reuse\n";
    }
    if arch.switches().serving == Serving::Pipeline {
        yaml += "serving: pipeline\n";
    }
    yaml += "stages:\n";
    for (id, stage) in arch.ids().zip(arch.stages()) {
        match stage {
            Stage::Memory(part) => {
                memory(&mut yaml, part);
                if let Some(bits) = own_word_bits.get(&id) {
                    let _ = writeln!(yaml, "  word: {bits} bit");
                }
                prices(&mut yaml, arch, &[("read", Action::Read(id)), ("write", Action::Write(id))]);
                if let Some(sparsity) = sparsity {
                    zeros::memory(&mut yaml, sparsity, id, arch.provenance().unit.symbol());
                }
            }
            Stage::Fanout(part) => {
                fanout(&mut yaml, part);
                prices(&mut yaml, arch, &[("delivery", Action::Deliver(id))]);
            }
        }
    }
    let compute = arch.compute();
    let _ = writeln!(yaml, "- compute: {}", text(&compute.name));
    let latched = chosen(&compute.operand_latch, |&latched| latched);
    if !latched.is_empty() {
        let _ = writeln!(yaml, "  latch: {}", operands(&latched));
    }
    prices(&mut yaml, arch, &[("mac", Action::Compute)]);
    if let Some(sparsity) = sparsity {
        zeros::compute(&mut yaml, sparsity);
    }
    yaml
}

fn chosen<T>(by: &ByOperand<T>, choose: impl Fn(&T) -> bool) -> Vec<Operand> {
    Operand::ALL.into_iter().filter(|&operand| choose(&by[operand])).collect()
}

fn memory(yaml: &mut String, memory: &Memory) {
    let _ = writeln!(yaml, "- memory: {}", text(&memory.name));
    let (must, may) = (chosen(&memory.keep, |&k| k == Keep::Must), chosen(&memory.keep, |&k| k == Keep::May));
    if !must.is_empty() || may.is_empty() {
        let _ = writeln!(yaml, "  must_keep: {}", operands(&must));
    }
    if !may.is_empty() {
        let _ = writeln!(yaml, "  may_keep: {}", operands(&may));
    }
    let _ = match memory.capacity {
        Capacity::Unbounded => writeln!(yaml, "  capacity: unbounded"),
        Capacity::Pool(words) => writeln!(yaml, "  capacity: {words} words"),
        Capacity::Partitioned(words) => {
            let parts = Operand::ALL.map(|operand| format!("{}: {} words", operand.name(), words[operand]));
            writeln!(yaml, "  capacity: {{{}}}", parts.join(", "))
        }
    };
    if memory.double_buffered {
        let _ = writeln!(yaml, "  double_buffered: true");
    }
    let words = |words: f64| format!("{} words/cycle", number(words));
    let _ = match memory.bandwidth {
        Bandwidth::Unbounded => writeln!(yaml, "  bandwidth: unbounded"),
        Bandwidth::Shared(both) => writeln!(yaml, "  bandwidth: {}", words(both)),
        Bandwidth::Separate { read, write } => {
            writeln!(yaml, "  bandwidth: {{read: {}, write: {}}}", words(read), words(write))
        }
    };
}

fn fanout(yaml: &mut String, fanout: &Fanout) {
    let Fanout { name, size: [x, y], sharing, free, .. } = fanout;
    let abilities =
        [("multicast", sharing.multicast), ("reduction", sharing.reduction), ("diagonal", sharing.diagonal)];
    let abilities: Vec<&str> = abilities.into_iter().filter(|(_, has)| *has).map(|(name, _)| name).collect();
    let _ = writeln!(yaml, "- fanout: {}\n  X: {x}\n  Y: {y}\n  network: [{}]", text(name), abilities.join(", "));
    let free = chosen(free, |&free| free);
    if !free.is_empty() {
        let _ = writeln!(yaml, "  free: {}", operands(&free));
    }
}

/// The prices of a stage: with one source for all, or each with its own.
fn prices(yaml: &mut String, arch: &Arch, actions: &[(&str, Action)]) {
    let sources: Vec<Option<&str>> = actions.iter().map(|(_, action)| arch.source(*action)).collect();
    let same = sources.windows(2).all(|pair| pair[0] == pair[1]);
    let unit = arch.provenance().unit.symbol();
    for ((key, action), source) in actions.iter().zip(&sources) {
        let energy = format!("{} {unit}", number(arch.price(*action).unwrap_or_default()));
        let _ = match source {
            Some(source) if !same => writeln!(yaml, "  {key}: {{energy: {energy}, source: {}}}", text(source)),
            _ => writeln!(yaml, "  {key}: {energy}"),
        };
    }
    if let (true, Some(Some(source))) = (same, sources.first()) {
        let _ = writeln!(yaml, "  source: {}", text(source));
    }
}
