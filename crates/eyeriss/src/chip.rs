//! The chip's configuration: what is fixed when it is built, and its clocks.
//!
//! Defaults are the 65 nm chip's (Chen et al., JSSC 52(1), 2017, sections IV and V; Chen et al., ISSCC 2016). The
//! depths of the PE's FIFOs are not published; see [`Fifos`].
//!
//! Two switches make it a chip that a pruned network pays off on, which the published one is not: [`Gating`] and
//! [`Chip::filter_coding`].

use crate::dram::Coding;

/// Depths of the FIFOs at a PE's ports, in entries of the port's width.
///
/// The papers draw a FIFO at each of the four ports and give no depth. The depths here are the smallest beyond which
/// no AlexNet layer gets faster; half of them cost CONV4 and CONV5 4 % of their processing latency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Fifos {
    /// Ifmap port: words of 16 bits.
    pub ifmap: usize,
    /// Psum input and output ports: entries of 64 bits.
    pub psum: usize,
}

/// Which zeros gate a multiply-accumulate; [`crate::pe`] says what is spared then.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Gating {
    /// That of the ifmap word, as published.
    #[default]
    Ifmap,
    /// That of either operand: zero flags beside the filter scratchpad too.
    Either,
}

/// A chip of the Eyeriss architecture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Chip {
    /// PE rows of the array.
    pub rows: usize,
    /// PE columns of the array.
    pub columns: usize,
    /// Words of the ifmap scratchpad.
    pub ifmap_spad: usize,
    /// Words of the filter scratchpad.
    pub filter_spad: usize,
    /// Words of the psum scratchpad.
    pub psum_spad: usize,
    /// FIFO depths.
    pub fifos: Fifos,
    /// Which zeros gate.
    pub gating: Gating,
    /// How filters and biases cross the link: as they are, as published, or coded as feature maps are.
    pub filter_coding: Coding,
    /// Buffer banks that hold ifmaps or psums; each is given to one of them for a whole layer.
    pub feature_banks: usize,
    /// Buffer banks that hold the next pass's filters.
    pub filter_banks: usize,
    /// 16-bit words of a bank (512 x 64 bit).
    pub bank_words: usize,
    /// Bits of the scan chain that configures a layer.
    pub configuration_bits: usize,
    /// Core clock in Hz.
    pub core_hz: u64,
    /// Link clock in Hz; the link moves 64 bits a cycle, one way at a time.
    pub link_hz: u64,
}

impl Default for Chip {
    fn default() -> Self {
        Chip {
            rows: 12,
            columns: 14,
            ifmap_spad: 12,
            filter_spad: 224,
            psum_spad: 24,
            fifos: Fifos { ifmap: 8, psum: 4 },
            gating: Gating::Ifmap,
            filter_coding: Coding::Raw,
            feature_banks: 25,
            filter_banks: 2,
            bank_words: 2048,
            configuration_bits: 1794,
            core_hz: 200_000_000,
            link_hz: 60_000_000,
        }
    }
}

/// The largest scratchpad and FIFO sizes that the machine simulates.
pub const MAX_IFMAP_SPAD: usize = 32;
/// See [`MAX_IFMAP_SPAD`].
pub const MAX_FILTER_SPAD: usize = 1024;
/// See [`MAX_IFMAP_SPAD`].
pub const MAX_PSUM_SPAD: usize = 64;
/// See [`MAX_IFMAP_SPAD`].
pub const MAX_FIFO: usize = 16;

/// Words that the 64-bit ports, links and buffer accesses move at once.
pub const WORDS_PER_ENTRY: usize = 4;

/// A chip that cannot be built.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} is {found}, must be {least} to {most}")]
pub struct ChipError {
    /// Which part.
    pub what: &'static str,
    /// Its size.
    pub found: u64,
    /// The smallest size allowed.
    pub least: u64,
    /// The largest size allowed.
    pub most: u64,
}

impl Chip {
    /// Checks that every size is one the machine simulates.
    pub fn check(&self) -> Result<(), ChipError> {
        let parts = [
            ("the number of PE rows", self.rows as u64, 1, 64),
            ("the number of PE columns", self.columns as u64, 1, 64),
            ("the ifmap scratchpad", self.ifmap_spad as u64, 1, MAX_IFMAP_SPAD as u64),
            ("the filter scratchpad", self.filter_spad as u64, 1, MAX_FILTER_SPAD as u64),
            ("the psum scratchpad", self.psum_spad as u64, 1, MAX_PSUM_SPAD as u64),
            ("the ifmap FIFO", self.fifos.ifmap as u64, 1, MAX_FIFO as u64),
            ("the psum FIFO", self.fifos.psum as u64, 1, MAX_FIFO as u64),
            ("the number of feature-map banks", self.feature_banks as u64, 2, 1 << 16),
            ("the number of filter banks", self.filter_banks as u64, 1, 1 << 16),
            ("a bank", self.bank_words as u64, 1, 1 << 20),
            ("the scan chain", self.configuration_bits as u64, 1, 1 << 20),
            ("the core clock in Hz", self.core_hz, 1_000_000, 10_000_000_000),
            ("the link clock in Hz", self.link_hz, 1_000_000, self.core_hz),
        ];
        for (what, found, least, most) in parts {
            if found < least || found > most {
                return Err(ChipError { what, found, least, most });
            }
        }
        Ok(())
    }

    /// The chip that a pruned network pays off on: zeros of filters gate as those of ifmaps do, and leave DRAM coded.
    pub fn sparse() -> Chip {
        Chip { gating: Gating::Either, filter_coding: Coding::Rlc, ..Chip::default() }
    }

    /// PEs of the array.
    pub fn pes(&self) -> usize {
        self.rows * self.columns
    }
}
