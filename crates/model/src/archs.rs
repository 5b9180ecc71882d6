//! Architectures by name, with the normalised energies of the ISCA 2016 study (Chen, Emer, Sze, Table IV: DRAM 200,
//! buffer 6, register file 1, MAC 1).

use crate::arch::{Arch, Bandwidth, Capacity, Compute, Fanout, Keep, Memory, Sharing, Stage};
use crate::provenance::{Action, Provenance, Unit};
use crate::tech::ISCA16;
use nn::ByOperand;

fn memory(name: &str, capacity: Capacity, keep: [Keep; 3], price: f64, bandwidth: Bandwidth) -> Stage {
    Stage::Memory(Memory {
        name: name.to_string(),
        capacity,
        double_buffered: false,
        keep: ByOperand(keep),
        bandwidth,
        read_price: price,
        write_price: price,
    })
}

fn arch(name: &str, stages: Vec<Stage>) -> Arch {
    let compute = Compute { name: "MAC".to_string(), price: 1.0, operand_latch: ByOperand([false; 3]) };
    let arch = Arch::new(name, stages, compute).expect("a named architecture is well-formed");
    let mut provenance = Provenance::uniform(&arch, Unit::Mac, ISCA16.source);
    // The networks of these are free, which the study's is not.
    provenance.sources.retain(|action, _| !matches!(action, Action::Deliver(_)));
    arch.with_provenance(provenance)
}

fn dram() -> Stage {
    memory("DRAM", Capacity::Unbounded, [Keep::Must; 3], 200.0, Bandwidth::Shared(4.0))
}

/// Eyeriss' memories, open to any dataflow: 12 x 14 PEs, a buffer of 108 KiB that may be bypassed, scratchpads of 12,
/// 224 and 24 words, free multicast and spatial reduction, no diagonal sharing.
pub fn open_eyeriss() -> Arch {
    use Keep::{May, Must, Never};
    let spad = |name, words, keep| memory(name, Capacity::Pool(words), keep, 1.0, Bandwidth::Unbounded);
    let sharing = Sharing { multicast: true, reduction: true, diagonal: false };
    let stages = vec![
        dram(),
        memory("GLB", Capacity::Pool(55_296), [May; 3], 6.0, Bandwidth::Shared(16.0)),
        Stage::Fanout(Fanout {
            name: "PE".to_string(),
            size: [14, 12],
            sharing,
            delivery_price: 0.0,
            free: ByOperand::default(),
        }),
        spad("ifmap spad", 12, [Must, Never, Never]),
        spad("filter spad", 224, [Never, Must, Never]),
        spad("psum spad", 24, [Never, Never, Must]),
    ];
    arch("open Eyeriss", stages)
}

/// One MAC between a buffer of 108 KiB, which keeps everything, and DRAM.
pub fn two_levels() -> Arch {
    let glb = memory("GLB", Capacity::Pool(55_296), [Keep::Must; 3], 6.0, Bandwidth::Shared(16.0));
    arch("two levels", vec![dram(), glb])
}
