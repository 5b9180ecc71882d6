//! The PE array of a pass, stepped clock by clock: the networks, the neighbour links, and every PE.
//!
//! What [`crate::timing`] foretells and `nn`'s naive convolution defines, this does the long way: each cycle every
//! network moves at most one word or entry, every link at most one entry, every PE issues at most one MAC.

use crate::chip::WORDS_PER_ENTRY;
use crate::gin::{Gin, tag};
use crate::pe::{Pe, PeConfig, PeCounts, PsumEntry};
use crate::place::Placement;
use crate::plan::{PassShape, Plan};
use model::Traffic;
use nn::{ByOperand, Operand};

/// What a pass reads and updates in the global buffer.
pub struct PassData<'a> {
    /// `[image][channel][row][column]` of the strip.
    pub ifmap: &'a [i16],
    /// `[filter][channel][R][S]` of the pass.
    pub filters: &'a [i16],
    /// `[image][filter][row][column]` of the block.
    pub psums: &'a mut [i32],
    /// The pass's first filter within the block.
    pub first_filter: usize,
    /// Filters of the block.
    pub block_filters: usize,
    /// Where products are cut.
    pub shift: u32,
}

/// What a pass did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PassCounts {
    /// Cycles from the first filter word to the last psum.
    pub cycles: u64,
    /// Words over the networks.
    pub network: ByOperand<Traffic>,
    /// Psums over the neighbour links.
    pub neighbour: u64,
    /// Words read from the buffer, by operand.
    pub buffer_reads: ByOperand<u64>,
    /// Psums written to the buffer.
    pub psum_writes: u64,
    /// The sum of all PEs' counts.
    pub pe: PeCounts,
}

/// Steps a pass to its end.
pub fn run(plan: &Plan, pass: &PassShape, data: &mut PassData) -> PassCounts {
    let mut array = Array::new(plan, pass, data.shift);
    let mut counts = PassCounts::default();
    while array.outputs.word < array.outputs.total {
        let now = counts.cycles;
        array.send_ifmap(data, now, &mut counts);
        array.send_filters(data, now, &mut counts);
        if pass.accumulate {
            array.send_psums(data, now, &mut counts);
        }
        array.move_between_neighbours(now, &mut counts);
        array.collect_psums(data, now, &mut counts);
        for pe in &mut array.pes {
            pe.step(now);
        }
        counts.cycles += 1;
    }
    for pe in &array.pes {
        debug_assert!(pe.ifmap_in.is_empty() && pe.psum_in.is_empty() && pe.psum_out.is_empty());
        counts.pe.add(&pe.counts);
    }
    counts
}

/// A position in the fixed order of a psum stream: image, window, entry of four, chain.
struct PsumStream {
    image: usize,
    window: usize,
    group: usize,
    chain: usize,
    word: u64,
    total: u64,
}

/// One step of the ifmap stream within a column: who takes the word, and where it lies in a channel's column.
struct IfmapStep {
    takers: Vec<usize>,
    channel: usize,
    row: usize,
}

/// One PE row's filters.
struct FilterRow {
    takers: Vec<usize>,
    first_filter: usize,
    filters: usize,
    first_channel: usize,
    channels: usize,
    row: usize,
}

struct Array<'a> {
    plan: &'a Plan,
    pass: PassShape,
    placement: Placement,
    pes: Vec<Pe>,
    ifmap_steps: Vec<IfmapStep>,
    ifmap_position: (usize, usize, usize),
    filter_rows: Vec<FilterRow>,
    filter_position: (usize, usize),
    inputs: PsumStream,
    outputs: PsumStream,
}

impl<'a> Array<'a> {
    fn new(plan: &'a Plan, pass: &PassShape, shift: u32) -> Array<'a> {
        let placement = Placement::new(plan, pass);
        let config = |pe: usize| {
            let place = &placement.pes[pe];
            PeConfig {
                filters: plan.filters_of(pass, place.t),
                channels: plan.channels_of(pass, place.set),
                taps: plan.shape.s,
                stride: plan.shape.stride[1],
                windows: plan.shape.q(),
                images: pass.images,
                shift,
                psum_in: pass.accumulate || !pe.is_multiple_of(placement.chain),
            }
        };
        let pes = (0..placement.pes.len()).map(|pe| Pe::new(&plan.chip, config(pe))).collect();
        let entries: usize = placement.chains().map(|c| plan.filters_of(pass, c[0].t).div_ceil(WORDS_PER_ENTRY)).sum();
        let total = (pass.images * plan.shape.q() * entries) as u64;
        let stream = || PsumStream { image: 0, window: 0, group: 0, chain: 0, word: 0, total };
        Array {
            ifmap_steps: ifmap_steps(plan, pass, &placement),
            ifmap_position: (0, 0, 0),
            filter_rows: filter_rows(plan, pass, &placement),
            filter_position: (0, 0),
            inputs: stream(),
            outputs: stream(),
            plan,
            pass: *pass,
            placement,
            pes,
        }
    }

    fn send_ifmap(&mut self, data: &PassData, now: u64, counts: &mut PassCounts) {
        let (image, column, step) = self.ifmap_position;
        if image == self.pass.images {
            return;
        }
        let IfmapStep { takers, channel, row } = &self.ifmap_steps[step];
        if !takers.iter().all(|&pe| self.pes[pe].ifmap_in.has_room(now)) {
            return;
        }
        let shape = &self.plan.shape;
        let rows = crate::mapping::strip_rows(shape, self.pass.rows);
        let word = data.ifmap[((image * self.pass.channels + channel) * rows + row) * shape.w + column];
        for &pe in takers {
            self.pes[pe].ifmap_in.push(word, now);
        }
        counts.buffer_reads[Operand::Input] += 1;
        counts.network[Operand::Input].sent += 1;
        counts.network[Operand::Input].delivered += takers.len() as u64;
        self.ifmap_position = match (step + 1 == self.ifmap_steps.len(), column + 1 == shape.w) {
            (false, _) => (image, column, step + 1),
            (true, false) => (image, column + 1, 0),
            (true, true) => (image + 1, 0, 0),
        };
    }

    fn send_filters(&mut self, data: &PassData, now: u64, counts: &mut PassCounts) {
        let (row, entry) = self.filter_position;
        let Some(filters) = self.filter_rows.get(row) else { return };
        if !filters.takers.iter().all(|&pe| self.pes[pe].filter_in.has_room(now)) {
            return;
        }
        let shape = &self.plan.shape;
        let total = filters.filters * filters.channels * shape.s;
        let mut words = [0; WORDS_PER_ENTRY];
        let first = entry * WORDS_PER_ENTRY;
        let count = WORDS_PER_ENTRY.min(total - first);
        for (word, index) in words.iter_mut().zip(first..first + count) {
            let (tap, filter) = (index / filters.filters, index % filters.filters);
            let (column, channel) = (tap / filters.channels, tap % filters.channels);
            let plane = (filters.first_filter + filter) * self.pass.channels + filters.first_channel + channel;
            *word = data.filters[(plane * shape.r + filters.row) * shape.s + column];
        }
        for &pe in &filters.takers {
            self.pes[pe].filter_in.push(words, now);
        }
        counts.buffer_reads[Operand::Weight] += count as u64;
        counts.network[Operand::Weight].sent += count as u64;
        counts.network[Operand::Weight].delivered += (count * filters.takers.len()) as u64;
        self.filter_position = if first + count == total { (row + 1, 0) } else { (row, entry + 1) };
    }

    fn send_psums(&mut self, data: &PassData, now: u64, counts: &mut PassCounts) {
        if self.inputs.word == self.inputs.total {
            return;
        }
        let bottom = self.inputs.chain * self.placement.chain;
        if !self.pes[bottom].psum_in.has_room(now) {
            return;
        }
        let (base, plane, len) = self.addresses(&self.inputs, data);
        let mut entry = PsumEntry { len, ..PsumEntry::default() };
        for (i, word) in entry.words[..len].iter_mut().enumerate() {
            *word = data.psums[base + i * plane];
        }
        let words = len as u64;
        self.pes[bottom].psum_in.push(entry, now);
        counts.buffer_reads[Operand::Output] += words;
        counts.network[Operand::Output].sent += words;
        counts.network[Operand::Output].delivered += words;
        self.inputs = self.after(&self.inputs);
    }

    fn collect_psums(&mut self, data: &mut PassData, now: u64, counts: &mut PassCounts) {
        let top = (self.outputs.chain + 1) * self.placement.chain - 1;
        if !self.pes[top].psum_out.has_entry(now) {
            return;
        }
        let entry = self.pes[top].psum_out.pop(now);
        let (base, plane, len) = self.addresses(&self.outputs, data);
        debug_assert_eq!(len, entry.len);
        for (i, word) in entry.words[..len].iter().enumerate() {
            data.psums[base + i * plane] = *word;
        }
        let words = len as u64;
        counts.psum_writes += words;
        counts.network[Operand::Output].sent += words;
        counts.network[Operand::Output].delivered += words;
        self.outputs = self.after(&self.outputs);
    }

    /// The neighbour links, from each PE to the one above.
    fn move_between_neighbours(&mut self, now: u64, counts: &mut PassCounts) {
        let chain = self.placement.chain;
        for pes in self.pes.chunks_exact_mut(chain) {
            for below in 0..chain - 1 {
                if pes[below].psum_out.has_entry(now) && pes[below + 1].psum_in.has_room(now) {
                    let entry = pes[below].psum_out.pop(now);
                    pes[below + 1].psum_in.push(entry, now);
                    counts.neighbour += entry.len as u64;
                }
            }
        }
    }

    /// Filters of a chain's PE set.
    fn filters_of_chain(&self, chain: usize) -> usize {
        self.plan.filters_of(&self.pass, self.placement.pes[chain * self.placement.chain].t)
    }

    /// Where the psums of a stream's current entry lie in the block: the first, the distance between them, how many.
    fn addresses(&self, at: &PsumStream, data: &PassData) -> (usize, usize, usize) {
        let place = &self.placement.pes[at.chain * self.placement.chain];
        let first = at.group * WORDS_PER_ENTRY;
        let len = WORDS_PER_ENTRY.min(self.filters_of_chain(at.chain) - first);
        let filter = data.first_filter + place.t * self.plan.mapping.p + first;
        let columns = self.plan.shape.q();
        let plane = self.pass.rows * columns;
        let base = (at.image * data.block_filters + filter) * plane + place.ofmap_row * columns + at.window;
        (base, plane, len)
    }

    /// The position after `at`: chain by chain, those with fewer filters left out of later groups.
    fn after(&self, at: &PsumStream) -> PsumStream {
        let chains = self.placement.pes.len() / self.placement.chain;
        let PsumStream { mut image, mut window, mut group, mut chain, word, total } = *at;
        loop {
            chain += 1;
            if chain == chains {
                chain = 0;
                group += 1;
                if group * WORDS_PER_ENTRY >= self.filters_of_chain(0) {
                    group = 0;
                    window += 1;
                    if window == self.plan.shape.q() {
                        window = 0;
                        image += 1;
                    }
                }
            }
            if group * WORDS_PER_ENTRY < self.filters_of_chain(chain) {
                return PsumStream { image, window, group, chain, word: word + 1, total };
            }
        }
    }
}

/// The PEs of a placement that an operand's network reaches with the tag of `pe`, as positions in the placement.
fn takers(plan: &Plan, placement: &Placement, gin: &Gin, operand: Operand, pe: usize) -> Vec<usize> {
    let position = |physical: usize| {
        let at = |p: &crate::place::Place| p.row * plan.chip.columns + p.column == physical;
        placement.pes.iter().position(at).expect("unused PEs have an ID that no tag equals")
    };
    gin.takers(&plan.chip, tag(plan, placement, operand, pe)).into_iter().map(position).collect()
}

/// The order of the ifmap words of one column: channel of a set, set, row.
fn ifmap_steps(plan: &Plan, pass: &PassShape, placement: &Placement) -> Vec<IfmapStep> {
    let gin = Gin::configure(plan, placement, Operand::Input);
    let stride = plan.shape.stride[0];
    let rows = crate::mapping::strip_rows(&plan.shape, pass.rows);
    let (sets, _) = plan.sets(pass);
    let mut steps = Vec::new();
    for channel in 0..plan.channels_of(pass, 0) {
        for set in (0..sets).filter(|&set| channel < plan.channels_of(pass, set)) {
            for row in 0..rows {
                let on_diagonal = |p: &crate::place::Place| p.set == set && p.ofmap_row * stride + p.filter_row == row;
                let pe = placement.pes.iter().position(on_diagonal).expect("a native layer reads every ifmap row");
                let takers = takers(plan, placement, &gin, Operand::Input, pe);
                steps.push(IfmapStep { takers, channel: set * plan.mapping.q + channel, row });
            }
        }
    }
    steps
}

/// The PE rows in the order in which they get their filters.
fn filter_rows(plan: &Plan, pass: &PassShape, placement: &Placement) -> Vec<FilterRow> {
    let gin = Gin::configure(plan, placement, Operand::Weight);
    let (sets, ts) = plan.sets(pass);
    let mut rows = Vec::new();
    for t in 0..ts {
        for set in 0..sets {
            for row in 0..plan.shape.r {
                let in_row = |p: &crate::place::Place| p.t == t && p.set == set && p.filter_row == row;
                let pe = placement.pes.iter().position(in_row).expect("every filter row has PEs");
                rows.push(FilterRow {
                    takers: takers(plan, placement, &gin, Operand::Weight, pe),
                    first_filter: t * plan.mapping.p,
                    filters: plan.filters_of(pass, t),
                    first_channel: set * plan.mapping.q,
                    channels: plan.channels_of(pass, set),
                    row,
                });
            }
        }
    }
    rows
}
