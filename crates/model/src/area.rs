//! Area: what the memories and compute units of an arch take.
//!
//! Memories that hold as much as anybody asks for are off the chip. Networks and control are in no table here, and not
//! part of it.

use crate::arch::{Arch, Capacity, StageId};
use crate::tech::{Quote, QuoteError, Size, Technology};

/// A component.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// Its name.
    pub name: String,
    /// How many there are.
    pub copies: u64,
    /// What one takes, and where that comes from.
    pub each: Quote,
}

/// The area of an arch, part by part.
#[derive(Clone, Debug, PartialEq)]
pub struct Area {
    /// What it is in.
    pub unit: &'static str,
    /// The parts, outermost first.
    pub parts: Vec<Part>,
}

impl Area {
    /// The memories, of words of `word_bits`.
    pub fn of_storage(arch: &Arch, technology: &Technology, word_bits: u64) -> Result<Area, QuoteError> {
        let mut parts = Vec::new();
        for (id, memory) in arch.memories() {
            let partitions = match memory.capacity {
                Capacity::Unbounded => continue,
                Capacity::Pool(words) => vec![words],
                Capacity::Partitioned(words) => words.0.to_vec(),
            };
            let mut each: Option<Quote> = None;
            for words in partitions {
                let bytes = Some(words.saturating_mul(word_bits).div_ceil(8));
                let quote = technology.storage_area(Size { bits: word_bits, bytes })?;
                each = Some(match each {
                    None => quote,
                    Some(sum) => Quote { price: sum.price + quote.price, source: sum.source },
                });
            }
            parts.extend(each.map(|each| Part { name: memory.name.clone(), copies: arch.instances(id), each }));
        }
        Ok(Area { unit: technology.area.unit, parts })
    }

    /// The memories, and the compute units as components of a class.
    pub fn of(arch: &Arch, technology: &Technology, word_bits: u64, class: &str) -> Result<Area, QuoteError> {
        let mut area = Area::of_storage(arch, technology, word_bits)?;
        let each = technology.component_area(class, Size { bits: word_bits, bytes: None })?;
        let copies = arch.instances(StageId(arch.stages().len() as u8));
        area.parts.push(Part { name: arch.compute().name.clone(), copies, each });
        Ok(area)
    }

    /// All of it.
    pub fn total(&self) -> f64 {
        self.parts.iter().map(|part| part.copies as f64 * part.each.price).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arch::{Bandwidth, Compute, Fanout, Keep, Memory, Sharing, Stage};
    use crate::tech::{HOROWITZ_45NM, ISCA16};
    use nn::ByOperand;

    /// 256 elements with a register file of some bytes each, and a buffer.
    fn arch(buffer: u64, register_file: u64) -> Arch {
        let memory = |name: &str, capacity, keep| {
            Stage::Memory(Memory {
                name: name.to_string(),
                capacity,
                double_buffered: false,
                keep: ByOperand([keep; 3]),
                bandwidth: Bandwidth::Unbounded,
                read_price: 1.0,
                write_price: 1.0,
            })
        };
        let sharing = Sharing { multicast: true, reduction: true, diagonal: false };
        let mut stages = vec![
            memory("DRAM", Capacity::Unbounded, Keep::Must),
            memory("GLB", Capacity::Pool(buffer / 2), Keep::May),
            Stage::Fanout(Fanout {
                name: "PE".to_string(),
                size: [16, 16],
                sharing,
                delivery_price: 2.0,
                free: ByOperand::default(),
            }),
        ];
        if register_file > 0 {
            stages.push(memory("RF", Capacity::Pool(register_file / 2), Keep::May));
        }
        let compute = Compute { name: "MAC".to_string(), price: 1.0, operand_latch: ByOperand([false; 3]) };
        Arch::new("equal area", stages, compute).expect("an arch")
    }

    #[test]
    fn the_studys_designs_have_equal_storage_area() {
        // ISCA 2016, Fig. 7b, 256 PEs: kB of buffer and bytes of register file a PE, read off. The register files of
        // OSA and OSB are those of the figure's totals, to the byte.
        let designs = [
            ("RS", 128.0, 512),
            ("WS", 334.2, 2),
            ("OSA", 243.9, 98),
            ("OSB", 303.8, 10),
            ("OSC", 334.2, 2),
            ("NLR", 338.3, 0),
        ];
        // Equation 2: the elements' 512 bytes, and a buffer of as much for each.
        let baseline = 256.0 * 512.0 * 1.64 + 256.0 * 512.0;
        for (name, buffer, register_file) in designs {
            let arch = arch((buffer * 1024.0) as u64, register_file);
            let area = Area::of_storage(&arch, &ISCA16, 16).expect("an area").total();
            println!("{name}: {area:.0}, baseline {baseline:.0}");
            // OSA's register file lies between two points of Fig. 7a.
            assert!((area / baseline - 1.0).abs() < 0.015, "{name}: {area}, baseline {baseline}");
        }
    }

    #[test]
    fn what_is_not_in_the_table_is_an_error() {
        let arch = arch(1 << 17, 512);
        let message = |area: Result<Area, QuoteError>| area.expect_err("no area").to_string();
        assert_eq!(message(Area::of(&arch, &ISCA16, 16, "MAC")), "isca16 has no area for \"MAC\"; it has storage");
        assert_eq!(
            message(Area::of_storage(&arch, &HOROWITZ_45NM, 16)),
            "horowitz-45nm has no area for \"storage\"; it has int add, int multiply, int MAC, float add, float \
             multiply, float MAC"
        );
        let mac = HOROWITZ_45NM.component_area("int MAC", Size { bits: 8, bytes: None }).expect("an area");
        assert_eq!(mac.price, 318.0);
    }
}
