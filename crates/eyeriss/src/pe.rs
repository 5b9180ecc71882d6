//! The processing element (JSSC 2017, section V-C and Fig. 12).
//!
//! A PE slides a row of `q` channels' ifmaps past the filter rows of `p` filters. For each window it goes through the
//! taps column by column, channel by channel, and for each tap through the p filters, one MAC a cycle; the p partial
//! sums circulate in the psum scratchpad. The newest `q U` ifmap words of a window are taken from the port's FIFO as
//! they are needed and kept in the ifmap scratchpad for the windows to come; whether a word is zero is kept beside it
//! in the zero buffer. A zero gates the filter scratchpad's read and the multiplier.
//!
//! That is [`Gating::Ifmap`], the published PE: its psums circulate whatever is gated. Under [`Gating::Either`] zero flags
//! lie beside the filter scratchpad too, and a multiply-accumulate is spared as the energy-estimation method assumes (Yang
//! et al., Asilomar 2017, and CVPR 2017): if either operand is zero, with all accesses that serve it. A pipeline cannot
//! spare all: a window's first tap has to put a zero into the psum's place, which still holds the window before, and at its
//! last tap the psum leaves. And an ifmap word is read for all filters at once, with the first that has something to
//! multiply it with. What zeros do not spare in either is the writing of words as they arrive: by four over 64-bit ports.
//!
//! | multiply-accumulate | ifmap read | filter read | product | psum read | psum written |
//! |---|---|---|---|---|---|
//! | done | for the first filter | yes | yes | but at the first tap | but at the last tap |
//! | gated by the ifmap word | for the first filter | no | no | but at the first tap | but at the last tap |
//! | gated by either | no | no | no | at the last tap only | at the first tap only |
//!
//! An ifmap word that is new is used on its way in, and not read at all; a tap that is both first and last neither reads nor
//! writes a psum.
//!
//! | stage | work |
//! |---|---|
//! | 1 | read the ifmap scratchpad, or take the FIFO's word; read the filter scratchpad |
//! | 2 | first half of the multiplication |
//! | 3 | second half, cut to 16 bits, add to the psum (or to zero at a window's first tap) |
//!
//! At the last tap the sum also takes in the psum from below and leaves by the output port. The paper draws one adder
//! and does not say in which cycle the psum from below is added; Table V's CONV4 and CONV5 (111 % and 104 % of the
//! compute-bound time, filter loading included) leave no room for p more cycles a window, so it costs none here.
//! Psums wrap modulo 2^16 (see [`nn::fixed`]); the simulated words carry their exact 32-bit value so that the machine
//! can count the ofmap words that wrapped.

use crate::chip::{Chip, Gating, WORDS_PER_ENTRY};
use crate::fifo::Fifo;
use nn::fixed::cut;

/// Entries of the filter port's FIFO: with two, one can come and one leave in every cycle, so that it never waits.
const FILTER_FIFO: usize = 2;

/// Up to four psums, as the 64-bit ports carry them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PsumEntry {
    /// The psums.
    pub words: [i32; WORDS_PER_ENTRY],
    /// How many of them there are.
    pub len: usize,
}

/// What a PE counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PeCounts {
    /// Multiply-accumulates computed.
    pub done: u64,
    /// Multiply-accumulates gated by a zero.
    pub gated: u64,
    /// Products that saturated when they were cut.
    pub saturated: u64,
    /// Filter words read from the scratchpad.
    pub filter_reads: u64,
    /// Filter words written to the scratchpad.
    pub filter_writes: u64,
    /// Ifmap words read from the scratchpad.
    pub ifmap_reads: u64,
    /// Ifmap words written to the scratchpad.
    pub ifmap_writes: u64,
    /// Psums read from the scratchpad.
    pub psum_reads: u64,
    /// Psums written to the scratchpad.
    pub psum_writes: u64,
}

/// What the scan chain and the pass set in a PE.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PeConfig {
    /// Filters (p).
    pub filters: usize,
    /// Channels (q).
    pub channels: usize,
    /// Filter columns (S).
    pub taps: usize,
    /// Horizontal stride (U).
    pub stride: usize,
    /// Windows of a row (F).
    pub windows: usize,
    /// Rows, one an image.
    pub images: usize,
    /// Where products are cut.
    pub shift: u32,
    /// Whether psums come in from below.
    pub psum_in: bool,
}

/// A MAC on its way through the pipeline.
#[derive(Clone, Copy, Debug, Default)]
struct Mac {
    product: i32,
    from_below: i32,
    filter: u8,
    first: bool,
    last: bool,
    /// Whether its psum may stay where it is.
    spared: bool,
    /// Whether there is one; the pipeline has bubbles.
    valid: bool,
}

/// The tap that the filters are being multiplied with.
#[derive(Clone, Copy, Debug, Default)]
struct Tap {
    word: i16,
    gated: bool,
    /// Whether the word still has to be read, should it be multiplied.
    unread: bool,
    first: bool,
    last: bool,
}

/// Where the next MAC stands in the pass; the innermost counts first.
#[derive(Clone, Copy, Debug, Default)]
struct Position {
    filter: usize,
    channel: usize,
    column: usize,
    window: usize,
    image: usize,
    /// Word of the filter scratchpad: filters, channels and columns counted through.
    filter_word: usize,
    /// Where the window begins in the ring of ifmap columns.
    first_column: usize,
}

/// One processing element.
#[derive(Clone, Debug)]
pub struct Pe {
    /// Ifmap port.
    pub ifmap_in: Fifo<i16>,
    /// Filter port.
    pub filter_in: Fifo<[i16; WORDS_PER_ENTRY]>,
    /// Psum input port.
    pub psum_in: Fifo<PsumEntry>,
    /// Psum output port.
    pub psum_out: Fifo<PsumEntry>,
    /// What it counted.
    pub counts: PeCounts,
    config: PeConfig,
    gating: Gating,
    ifmap_spad: Vec<i16>,
    zero_buffer: u32,
    filter_spad: Vec<i16>,
    /// Which filter words are zero; where filters gate.
    filter_zeros: Vec<bool>,
    filters_loaded: usize,
    psum_spad: Vec<i32>,
    /// In stages 2 and 3.
    multiplying: Mac,
    adding: Mac,
    below: PsumEntry,
    out: PsumEntry,
    promised: usize,
    next: Position,
    tap: Tap,
}

impl Pe {
    /// A PE of `chip`, set up for a pass.
    pub fn new(chip: &Chip, config: PeConfig) -> Pe {
        let taps = config.channels * config.taps;
        assert!(
            taps <= chip.ifmap_spad && config.filters <= chip.psum_spad && taps * config.filters <= chip.filter_spad
        );
        Pe {
            ifmap_in: Fifo::new(chip.fifos.ifmap),
            filter_in: Fifo::new(FILTER_FIFO),
            psum_in: Fifo::new(chip.fifos.psum),
            psum_out: Fifo::new(chip.fifos.psum),
            counts: PeCounts::default(),
            config,
            gating: chip.gating,
            ifmap_spad: vec![0; taps],
            zero_buffer: 0,
            filter_spad: vec![0; taps * config.filters],
            filter_zeros: vec![false; taps * config.filters],
            filters_loaded: 0,
            psum_spad: vec![0; config.filters],
            multiplying: Mac::default(),
            adding: Mac::default(),
            below: PsumEntry::default(),
            out: PsumEntry::default(),
            promised: 0,
            next: Position::default(),
            tap: Tap::default(),
        }
    }

    /// Advances through cycle `now`: the pipeline from its end to its start, then the filter port. A MAC needs the
    /// filters as they were when the cycle began.
    pub fn step(&mut self, now: u64) {
        let ready = self.filters_loaded == self.filter_spad.len();
        self.accumulate(now);
        self.adding = self.multiplying;
        self.multiplying = Mac::default();
        if ready {
            self.issue(now);
        } else {
            self.load_filters(now);
        }
    }

    fn load_filters(&mut self, now: u64) {
        if !self.filter_in.has_entry(now) {
            return;
        }
        let entry = self.filter_in.pop(now);
        let end = (self.filters_loaded + WORDS_PER_ENTRY).min(self.filter_spad.len());
        let words = end - self.filters_loaded;
        self.filter_spad[self.filters_loaded..end].copy_from_slice(&entry[..words]);
        if self.gating == Gating::Either {
            let flags = &mut self.filter_zeros[self.filters_loaded..end];
            flags.iter_mut().zip(entry).for_each(|(flag, word)| *flag = word == 0);
        }
        self.counts.filter_writes += words as u64;
        self.filters_loaded = end;
    }

    /// Stage 1: starts the next MAC, unless one of its words or the slot for its sum is missing.
    #[inline]
    fn issue(&mut self, now: u64) {
        let filter = self.next.filter;
        let begins = if filter == 0 {
            self.begin_tap(now)
        } else {
            !self.tap.last || !filter.is_multiple_of(WORDS_PER_ENTRY) || self.begin_entry(now)
        };
        if !begins {
            return;
        }
        let Tap { word, first, last, .. } = self.tap;
        let gated = self.tap.gated || self.filter_zeros[self.next.filter_word];
        let spared = gated && self.gating == Gating::Either;
        if self.tap.unread && !spared {
            self.tap.unread = false;
            self.counts.ifmap_reads += 1;
        }
        // Behind a gated multiplier the product counts as zero, which is what it is with a zero operand.
        let product = i32::from(word) * i32::from(self.filter_spad[self.next.filter_word]);
        let from_below = self.below.words[filter % WORDS_PER_ENTRY];
        self.multiplying = Mac { product, from_below, filter: filter as u8, first, last, spared, valid: true };
        self.counts.gated += u64::from(gated);
        self.counts.done += u64::from(!gated);
        self.counts.filter_reads += u64::from(!gated);
        self.next.filter_word += 1;
        self.next.filter += 1;
        if self.next.filter == self.config.filters {
            self.next.advance(&self.config);
        }
    }

    /// Gets the next tap's ifmap word, from the port if the windows before did not have it.
    fn begin_tap(&mut self, now: u64) -> bool {
        let (config, next) = (&self.config, &self.next);
        if next.image == config.images {
            return false;
        }
        let new = next.window == 0 || next.column + config.stride >= config.taps;
        if new && !self.ifmap_in.has_entry(now) {
            return false;
        }
        let first = next.column == 0 && next.channel == 0;
        let last = next.column + 1 == config.taps && next.channel + 1 == config.channels;
        let slot = (next.first_column + next.column) % config.taps * config.channels + next.channel;
        if last && !self.begin_entry(now) {
            return false;
        }
        if new {
            let word = self.ifmap_in.pop(now);
            self.ifmap_spad[slot] = word;
            self.zero_buffer = self.zero_buffer & !(1 << slot) | u32::from(word == 0) << slot;
            self.counts.ifmap_writes += 1;
        }
        let gated = self.zero_buffer >> slot & 1 == 1;
        self.tap = Tap { word: self.ifmap_spad[slot], gated, unread: !new, first, last };
        true
    }

    /// Takes the psums that four final sums add to, if they and a slot for the sums are there.
    fn begin_entry(&mut self, now: u64) -> bool {
        if (self.config.psum_in && !self.psum_in.has_entry(now)) || !self.psum_out.has_room_beside(self.promised, now) {
            return false;
        }
        self.below = if self.config.psum_in { self.psum_in.pop(now) } else { PsumEntry::default() };
        self.promised += 1;
        true
    }

    /// Stage 3: cuts the product, adds, and keeps the sum or sends it out.
    #[inline]
    fn accumulate(&mut self, now: u64) {
        let mac = self.adding;
        if !mac.valid || mac.spared && !mac.first && !mac.last {
            return;
        }
        let (product, saturated) = cut(mac.product, self.config.shift);
        let index = usize::from(mac.filter);
        let kept = if mac.first { 0 } else { self.psum_spad[index] };
        let sum = kept + i32::from(product);
        self.counts.saturated += u64::from(saturated);
        self.counts.psum_reads += u64::from(!mac.first);
        if !mac.last {
            self.psum_spad[index] = sum;
            self.counts.psum_writes += 1;
            return;
        }
        self.out.words[self.out.len] = sum + mac.from_below;
        self.out.len += 1;
        if self.out.len == WORDS_PER_ENTRY || index + 1 == self.config.filters {
            self.psum_out.push(self.out, now);
            self.out = PsumEntry::default();
            self.promised -= 1;
        }
    }
}

impl Position {
    /// Moves on to the next tap: channel, column, window, image.
    fn advance(&mut self, config: &PeConfig) {
        self.filter = 0;
        self.channel += 1;
        if self.channel < config.channels {
            return;
        }
        self.channel = 0;
        self.column += 1;
        if self.column < config.taps {
            return;
        }
        self.column = 0;
        self.filter_word = 0;
        self.first_column = (self.first_column + config.stride) % config.taps;
        self.window += 1;
        if self.window < config.windows {
            return;
        }
        self.window = 0;
        self.first_column = 0;
        self.image += 1;
    }
}

impl PeCounts {
    /// Adds another PE's counts.
    pub fn add(&mut self, other: &PeCounts) {
        self.done += other.done;
        self.gated += other.gated;
        self.saturated += other.saturated;
        self.filter_reads += other.filter_reads;
        self.filter_writes += other.filter_writes;
        self.ifmap_reads += other.ifmap_reads;
        self.ifmap_writes += other.ifmap_writes;
        self.psum_reads += other.psum_reads;
        self.psum_writes += other.psum_writes;
    }
}
