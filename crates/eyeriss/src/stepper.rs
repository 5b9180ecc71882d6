//! The stepper: runs a layer clock by clock, through every block. Slow, and the meaning of the machine's time; the
//! RTL's twin.

use crate::Chip;
use crate::array::{self, PassData};
use crate::dram;
use crate::mapping::RsMapping;
use crate::native::{self, NativeLayer};
use crate::plan::{Block, Plan};
use crate::run::{self, DramCoding, LayerRun, RunError, level};
use model::Cause;
use nn::{Conv16, Operand, Tensor};
use std::ops::Range;

/// Runs `job` on `chip` under `mapping`.
pub fn run(chip: &Chip, job: &Conv16, mapping: RsMapping, coding: DramCoding) -> Result<LayerRun, RunError> {
    let layer = native::lower(chip, job)?;
    let plan = Plan::new(chip, &layer.shape, mapping).map_err(RunError::Mapping)?;
    let mut stepper = Stepper::new(&layer, &plan, coding);
    for block in plan.blocks() {
        stepper.block(&block);
    }
    let mut run = stepper.run;
    run.output = run.output.reshaped(&job.shape.output_dims());
    Ok(run)
}

struct Stepper<'a> {
    layer: &'a NativeLayer,
    plan: &'a Plan,
    coding: DramCoding,
    run: LayerRun,
    /// Cycles of the pass before during which the link could prefetch filters.
    hidden: u64,
}

impl<'a> Stepper<'a> {
    fn new(layer: &'a NativeLayer, plan: &'a Plan, coding: DramCoding) -> Stepper<'a> {
        let mut counts = run::empty_counts();
        let bits = plan.chip.configuration_bits as u64;
        counts.cycles.add(Cause::Configuration, plan.configurations() * dram::crossing(&plan.chip, bits));
        let run = LayerRun {
            output: Tensor::zeros(&layer.shape.output_dims()),
            counts,
            link_beats: Default::default(),
            saturated: 0,
            wrapped: 0,
            ifmap_zeros: run::zeros(layer),
            ifmap_words: layer.ifmap.data().len() as u64,
            passes: 0,
            active_pes: plan.mapping.active_pes(&plan.shape) as u64,
        };
        Stepper { layer, plan, coding, run, hidden: 0 }
    }

    fn block(&mut self, block: &Block) {
        let mut psums = vec![0; block.words(&self.layer.shape)];
        for channels in self.plan.channel_blocks() {
            let ifmap = self.load_ifmap(block, &channels);
            for filters in self.plan.filter_blocks(block) {
                self.pass(block, &channels, &filters, &ifmap, &mut psums);
            }
        }
        self.dump(block, &psums);
    }

    fn load_ifmap(&mut self, block: &Block, channels: &Range<usize>) -> Vec<i16> {
        let tile = run::ifmap_tile(self.layer, self.plan, block, channels);
        let (buffer, burst) = dram::step_load(&self.plan.chip, &tile, self.coding.ifmap);
        let levels = &mut self.run.counts.levels;
        levels[level::DRAM].access[Operand::Input].reads += buffer.len() as u64;
        levels[level::GLB].access[Operand::Input].fills += buffer.len() as u64;
        self.run.link_beats[Operand::Input] += burst.beats;
        self.run.counts.cycles.add(Cause::IfmapLoad, burst.cycles);
        buffer
    }

    fn pass(
        &mut self,
        block: &Block,
        channels: &Range<usize>,
        filters: &Range<usize>,
        ifmap: &[i16],
        psums: &mut [i32],
    ) {
        let (plan, shape) = (self.plan, &self.layer.shape);
        let pass = plan.pass(block, channels, filters);
        let tile = run::filter_tile(self.layer, block.group, channels, filters);
        let (banks, burst) = dram::step_fetch(&plan.chip, &tile, self.coding.filters);
        // Biases are kept beside the output path, where they are added.
        let words = &banks[..pass.filters * pass.channels * shape.r * shape.s];
        self.run.counts.cycles.add(Cause::FilterWait, burst.cycles.saturating_sub(self.hidden));
        self.run.link_beats[Operand::Weight] += burst.beats;

        let mut data = PassData {
            ifmap,
            filters: words,
            psums,
            first_filter: filters.start - block.filters.start,
            block_filters: block.filters.len(),
            shift: self.layer.shift,
        };
        let did = array::run(plan, &pass, &mut data);
        self.hidden = did.cycles - plan.filter_entries(&pass);
        self.run.passes += 1;
        self.run.saturated += did.pe.saturated;
        let counts = &mut self.run.counts;
        run::add_pass_cycles(&mut counts.cycles, plan, &pass, did.cycles, 1);
        let [dram, glb, spad] = &mut counts.levels[..] else { unreachable!("the machine has three levels") };
        dram.access[Operand::Weight].reads += banks.len() as u64;
        glb.access[Operand::Weight].fills += words.len() as u64;
        for operand in Operand::ALL {
            glb.access[operand].reads += did.buffer_reads[operand];
            counts.networks[0].words[operand].sent += did.network[operand].sent;
            counts.networks[0].words[operand].delivered += did.network[operand].delivered;
        }
        glb.access[Operand::Output].updates += did.psum_writes;
        counts.neighbour += did.neighbour;
        spad.access[Operand::Input].fills += did.pe.ifmap_writes;
        spad.access[Operand::Input].reads += did.pe.ifmap_reads;
        spad.access[Operand::Weight].fills += did.pe.filter_writes;
        spad.access[Operand::Weight].reads += did.pe.filter_reads;
        spad.access[Operand::Output].updates += did.pe.psum_writes;
        spad.access[Operand::Output].reads += did.pe.psum_reads;
        counts.macs.done += did.pe.done;
        counts.macs.gated += did.pe.gated;
    }

    fn dump(&mut self, block: &Block, psums: &[i32]) {
        let shape = &self.layer.shape;
        let plane = block.rows.len() * shape.q();
        let mut words = Vec::with_capacity(psums.len());
        for (i, sums) in psums.chunks_exact(plane).enumerate() {
            let image = block.images.start + i / block.filters.len();
            let filter = block.group * shape.group_m() + block.filters.start + i % block.filters.len();
            for &sum in sums {
                let exact = sum + i32::from(self.layer.bias[filter]);
                let word = exact as i16;
                self.run.wrapped += u64::from(i32::from(word) != exact);
                words.push(self.layer.clamp.apply(word));
            }
            let first = ((image * shape.m + filter) * shape.p() + block.rows.start) * shape.q();
            self.run.output.data_mut()[first..first + plane].copy_from_slice(&words[i * plane..]);
        }
        let burst = dram::step_dump(&self.plan.chip, &words, self.coding.ofmap);
        self.run.link_beats[Operand::Output] += burst.beats;
        self.run.counts.cycles.add(Cause::OfmapDump, burst.cycles);
        let levels = &mut self.run.counts.levels;
        levels[level::GLB].access[Operand::Output].drains += words.len() as u64;
        levels[level::DRAM].access[Operand::Output].updates += words.len() as u64;
    }
}
