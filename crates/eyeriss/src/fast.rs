//! The fast engine: the same outputs, counts and cycles as the stepper, for daily use.
//!
//! Words come from the fast 16-bit convolution (addition is exact and order-free, see [`nn::fixed`]), time from
//! [`crate::timing`], once for each shape of pass, traffic from sizes, gating and compression from the data. It shares
//! with [`crate::stepper`] the plan and nothing else that counts.

use crate::dram::{self, Burst, Coding};
use crate::mapping::{RsMapping, strip_rows};
use crate::native::{self, NativeLayer};
use crate::plan::{Block, PassShape, Plan};
use crate::run::{self, DramCoding, LayerRun, RunError, level};
use crate::{Chip, gated, timing};
use model::{Cause, Counts, Traffic};
use nn::{Conv16, ConvShape, Operand, Tensor, conv16};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::ops::Range;

/// Runs `job` on `chip` under `mapping`.
pub fn run(chip: &Chip, job: &Conv16, mapping: RsMapping, coding: DramCoding) -> Result<LayerRun, RunError> {
    let layer = native::lower(chip, job)?;
    let plan = Plan::new(chip, &layer.shape, mapping).map_err(RunError::Mapping)?;
    let result = conv16::fast(job);
    let mut counts = run::empty_counts();
    let bits = chip.configuration_bits as u64;
    counts.cycles.add(Cause::Configuration, plan.configurations() * dram::crossing(chip, bits));

    let passes = Passes::of(&plan, &Fetches::new(&layer, &plan, coding.filters));
    for (pass, &times) in &passes.times {
        add_pass(&mut counts, &plan, pass, times);
        run::add_pass_cycles(&mut counts.cycles, &plan, pass, passes.cycles[pass], times);
    }
    counts.cycles.add(Cause::FilterWait, passes.filter_wait);
    gated::apply(&mut counts, &layer, &plan);

    let mut run = LayerRun {
        output: result.output,
        counts,
        link_beats: Default::default(),
        saturated: result.saturated,
        wrapped: result.wrapped,
        ifmap_zeros: run::zeros(&layer),
        ifmap_words: layer.ifmap.data().len() as u64,
        passes: passes.times.values().sum(),
        active_pes: plan.mapping.active_pes(&plan.shape) as u64,
    };
    run.link_beats[Operand::Weight] = passes.filter_beats;
    load_ifmaps(&mut run, &layer, &plan, coding);
    dump_ofmaps(&mut run, &layer.shape, &plan, coding);
    Ok(run)
}

/// The passes of a plan by shape, and what follows from their order.
struct Passes {
    times: BTreeMap<PassShape, u64>,
    cycles: BTreeMap<PassShape, u64>,
    filter_wait: u64,
    filter_beats: u64,
}

impl Passes {
    fn of(plan: &Plan, fetches: &Fetches) -> Passes {
        let mut times = BTreeMap::new();
        for pass in plan.passes() {
            *times.entry(pass).or_insert(0) += 1;
        }
        let shapes: Vec<PassShape> = times.keys().copied().collect();
        let cycles: BTreeMap<PassShape, u64> =
            shapes.par_iter().map(|&pass| (pass, timing::pass_cycles(plan, &pass))).collect();
        let (mut filter_wait, mut filter_beats, mut hidden) = (0, 0, 0);
        for (block, channels, filters) in plan.steps() {
            let pass = plan.pass(&block, &channels, &filters);
            let fetch = fetches.of(plan, &pass, block.group, &channels, &filters);
            filter_beats += fetch.beats;
            filter_wait += fetch.cycles.saturating_sub(hidden);
            hidden = cycles[&pass] - plan.filter_entries(&pass);
        }
        Passes { times, cycles, filter_wait, filter_beats }
    }
}

/// The bursts that fetch filters: those of raw words follow from their number, coded ones from the words, which are the
/// same for every image and strip.
struct Fetches(BTreeMap<[usize; 3], Burst>);

impl Fetches {
    fn new(layer: &NativeLayer, plan: &Plan, coding: Coding) -> Fetches {
        if coding == Coding::Raw {
            return Fetches(BTreeMap::new());
        }
        let first = |block: &Block| block.images.start == 0 && block.rows.start == 0;
        let blocks: Vec<Block> = plan.blocks().filter(first).collect();
        let bursts = blocks.par_iter().flat_map_iter(|block| {
            plan.channel_blocks().flat_map(move |channels| {
                let fetch = move |filters: Range<usize>| {
                    let words = run::filter_tile(layer, block.group, &channels, &filters);
                    ([block.group, channels.start, filters.start], dram::fetch(&plan.chip, &words, coding))
                };
                plan.filter_blocks(block).map(fetch)
            })
        });
        Fetches(bursts.collect())
    }

    fn of(
        &self,
        plan: &Plan,
        pass: &PassShape,
        group: usize,
        channels: &Range<usize>,
        filters: &Range<usize>,
    ) -> Burst {
        let coded = self.0.get(&[group, channels.start, filters.start]);
        coded.copied().unwrap_or_else(|| dram::fetch_raw(&plan.chip, run::fetched_filter_words(plan, pass)))
    }
}

/// Adds what `times` passes of one shape move, which follows from their sizes alone.
fn add_pass(counts: &mut Counts, plan: &Plan, pass: &PassShape, times: u64) {
    let shape = &plan.shape;
    let size = |sizes: &[usize]| sizes.iter().map(|&s| s as u64).product::<u64>();
    let (sets, ts) = plan.sets(pass);
    let rows = strip_rows(shape, pass.rows);
    let ifmap = Traffic {
        sent: size(&[pass.images, shape.w, pass.channels, rows]),
        delivered: size(&[pass.images, shape.w, pass.channels, shape.r, pass.rows, ts]),
    };
    let filters = size(&[pass.filters, pass.channels, shape.r, shape.s]);
    let out = size(&[pass.images, shape.q(), pass.rows, pass.filters]);
    let back = if pass.accumulate { out } else { 0 };
    let taps = size(&[pass.images, shape.q(), shape.s, pass.channels, shape.r, pass.rows, ts]);
    let kept = out * shape.r as u64 * (pass.channels * shape.s - sets) as u64;

    let [dram, glb, spad] = &mut counts.levels[..] else { unreachable!("the machine has three levels") };
    dram.access[Operand::Weight].reads += times * run::fetched_filter_words(plan, pass) as u64;
    glb.access[Operand::Weight].fills += times * filters;
    glb.access[Operand::Weight].reads += times * filters;
    glb.access[Operand::Input].reads += times * ifmap.sent;
    glb.access[Operand::Output].reads += times * back;
    glb.access[Operand::Output].updates += times * out;
    spad.access[Operand::Input].fills += times * ifmap.delivered;
    spad.access[Operand::Input].reads += times * (taps - ifmap.delivered);
    spad.access[Operand::Weight].fills += times * filters * pass.rows as u64;
    spad.access[Operand::Output].updates += times * kept;
    spad.access[Operand::Output].reads += times * kept;
    for (operand, sent, delivered) in [
        (Operand::Input, ifmap.sent, ifmap.delivered),
        (Operand::Weight, filters, filters * pass.rows as u64),
        (Operand::Output, out + back, out + back),
    ] {
        counts.networks[0].words[operand].sent += times * sent;
        counts.networks[0].words[operand].delivered += times * delivered;
    }
    counts.neighbour += times * out * (sets * shape.r - 1) as u64;
}

/// The ifmap loads: each strip of each channel block once for each block of filters.
fn load_ifmaps(run: &mut LayerRun, layer: &NativeLayer, plan: &Plan, coding: DramCoding) {
    let fills = layer.shape.group_m().div_ceil(plan.mapping.m) as u64;
    let blocks: Vec<Block> = plan.blocks().filter(|block| block.filters.start == 0).collect();
    let loads: Vec<(u64, Burst)> = blocks
        .par_iter()
        .flat_map_iter(|block| plan.channel_blocks().map(move |channels| (block, channels)))
        .map(|(block, channels)| {
            let tile = run::ifmap_tile(layer, plan, block, &channels);
            (tile.len() as u64, dram::load(&plan.chip, &tile, coding.ifmap))
        })
        .collect();
    for (words, burst) in loads {
        run.counts.levels[level::DRAM].access[Operand::Input].reads += fills * words;
        run.counts.levels[level::GLB].access[Operand::Input].fills += fills * words;
        run.link_beats[Operand::Input] += fills * burst.beats;
        run.counts.cycles.add(Cause::IfmapLoad, fills * burst.cycles);
    }
}

/// The ofmap dumps: each block once.
fn dump_ofmaps(run: &mut LayerRun, shape: &ConvShape, plan: &Plan, coding: DramCoding) {
    let blocks: Vec<Block> = plan.blocks().collect();
    let output: &Tensor<i16> = &run.output;
    let dumps: Vec<Burst> = blocks
        .par_iter()
        .map(|block| dram::dump(&plan.chip, &ofmap_tile(output, shape, block), coding.ofmap))
        .collect();
    let words = output.data().len() as u64;
    run.counts.levels[level::GLB].access[Operand::Output].drains += words;
    run.counts.levels[level::DRAM].access[Operand::Output].updates += words;
    for burst in dumps {
        run.link_beats[Operand::Output] += burst.beats;
        run.counts.cycles.add(Cause::OfmapDump, burst.cycles);
    }
}

/// A block's ofmap words in the buffer's order.
fn ofmap_tile(output: &Tensor<i16>, shape: &ConvShape, block: &Block) -> Vec<i16> {
    let mut words = Vec::with_capacity(block.words(shape));
    for image in block.images.clone() {
        for filter in block.filters.clone() {
            let plane = (image * shape.m + block.group * shape.group_m() + filter) * shape.p();
            let rows = (plane + block.rows.start) * shape.q()..(plane + block.rows.end) * shape.q();
            words.extend_from_slice(&output.data()[rows]);
        }
    }
    words
}
