//! The chip beside a GPU and the CPU of this machine, and energies a pixel against accuracy.
//!
//! Powers are measured of different things: a chip by itself, a board at work, a board at work less the board idle. The
//! three are kept apart; a ratio across two of them says so. What is published is data ([`published`]); what is ours
//! comes from the machine on the layers of the published tables ([`crate::silicon`]).

pub mod checks;
pub mod document;
pub mod host;
pub mod published;

use crate::silicon::published::{alexnet, vgg16};
use crate::silicon::{Column, Table};
use crate::validation::Validated;
use eyeriss::Chip;
use published::Convention;

/// The machine on the layers of the published tables.
#[derive(Clone, Debug)]
pub struct Study {
    /// AlexNet's CONV layers, N = 4.
    pub alexnet: Table,
    /// VGG-16's, N = 3.
    pub vgg16: Table,
}

/// Layers that [`Study::run`] runs.
pub fn runs() -> usize {
    alexnet().rows.len() + vgg16().rows.len()
}

/// Sets what follows from printed values beside other printed values and the machine; `done` is called after each layer,
/// from any thread.
pub fn validated(done: &(dyn Fn(&str) + Sync)) -> Validated {
    let study = Study::run(done);
    let checks = checks::all(&study);
    Validated::new(document::validation(&study, &checks), &checks)
}

impl Study {
    /// Runs the layers; `done` is called after each, from any thread.
    pub fn run(done: &(dyn Fn(&str) + Sync)) -> Study {
        let run = |published| crate::silicon::run(&published, Chip::default(), done);
        Study { alexnet: run(alexnet()), vgg16: run(vgg16()) }
    }
}

/// A frame rate with a power of some convention.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Operation {
    /// What the power is of.
    pub convention: Convention,
    /// Power in mW; none where it is not known.
    pub mw: Option<f64>,
    /// Frames a second.
    pub frames_per_second: f64,
}

impl Operation {
    /// Energy of a frame in mJ.
    pub fn mj_per_frame(&self) -> Option<f64> {
        Some(self.mw? / self.frames_per_second)
    }

    /// The chip as published, on AlexNet's CONV layers.
    pub fn of_eyeriss() -> Operation {
        let (mw, frames_per_second) = (Some(published::EYERISS_MW), published::EYERISS_FPS);
        Operation { convention: Convention::Chip, mw, frames_per_second }
    }

    /// Ours.
    pub fn of_machine(table: &Table) -> Operation {
        let (mw, frames_per_second) = (Some(table.total(Column::Power)), table.frames_per_second());
        Operation { convention: Convention::Chip, mw, frames_per_second }
    }

    /// The GPU as published, under each convention; of its chip by itself nothing is.
    pub fn of_gpu() -> [Operation; 3] {
        let of = |convention, mw| Operation { convention, mw, frames_per_second: published::TK1_FPS };
        [
            of(Convention::Chip, None),
            of(Convention::BoardActive, Some(published::TK1_ACTIVE_MW)),
            of(Convention::BoardActiveMinusIdle, Some(published::TK1_ACTIVE_MW - published::TK1_IDLE_MW)),
        ]
    }
}

/// Energy of an input pixel in nJ, of a table's layers on the machine.
pub fn nj_per_pixel(table: &Table) -> f64 {
    let mj = Operation::of_machine(table).mj_per_frame().unwrap_or(f64::NAN);
    1e6 * mj / pixels(table)
}

/// The same of the published power and latency.
pub fn published_nj_per_pixel(table: &Table) -> f64 {
    let total = &table.published.total;
    total.power_mw * total.total_ms / table.published.batch as f64 * 1e3 / pixels(table)
}

/// Rows times columns of the input.
fn pixels(table: &Table) -> f64 {
    table.layers.first().map_or(f64::NAN, |image| (image.layer.shape.h * image.layer.shape.w) as f64)
}

/// MiB that cross the chip's DRAM link in a second.
pub fn dram_mib_per_second(table: &Table) -> f64 {
    let mb = table.total(Column::Dram) / table.published.batch as f64;
    mb * 1e6 * table.frames_per_second() / MIB
}

/// The same of the published traffic and frames a second.
pub fn published_dram_mib_per_second(table: &Table) -> f64 {
    let published = &table.published;
    published.total.dram_mb / published.batch as f64 * 1e6 * published.frames_per_second / MIB
}

const MIB: f64 = 1024.0 * 1024.0;

/// Bytes of all filter scratchpads, and of all scratchpads, of a chip.
pub fn scratchpad_bytes(chip: &Chip) -> [f64; 2] {
    let words = |words: usize| (2 * chip.pes() * words) as f64;
    [words(chip.filter_spad), words(chip.filter_spad + chip.ifmap_spad + chip.psum_spad)]
}

/// Bytes of a chip's global buffer.
pub fn buffer_bytes(chip: &Chip) -> f64 {
    (2 * (chip.feature_banks + chip.filter_banks) * chip.bank_words) as f64
}
