//! The door to the machine: a chip, an engine, a choice of mapping.

use crate::mapping::RsMapping;
use crate::run::{DramCoding, LayerRun, RunError};
use crate::search::{self, Objective};
use crate::{Chip, fast, native, stepper};
use model::{Activity, Driver};
use nn::{Conv16, Operand};

/// How the machine is simulated; both give the same in everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// By arithmetic.
    Fast,
    /// Clock by clock.
    Stepper,
}

/// Which mapping a layer runs under.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// This one.
    Given(RsMapping),
    /// The cheapest that the search finds.
    Best(Objective),
}

/// A chip, ready to run layers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Machine {
    chip: Chip,
    engine: Engine,
}

impl Machine {
    /// A machine of a chip that can be built.
    pub fn new(chip: Chip, engine: Engine) -> Result<Machine, crate::chip::ChipError> {
        chip.check()?;
        Ok(Machine { chip, engine })
    }

    /// The chip.
    pub fn chip(&self) -> &Chip {
        &self.chip
    }

    /// The mapping that a layer of this shape gets.
    pub fn mapping(&self, shape: &nn::ConvShape, choice: Choice) -> Result<RsMapping, RunError> {
        match choice {
            Choice::Given(mapping) => Ok(mapping),
            Choice::Best(objective) => search::best(&self.chip, &native::native_shape(&self.chip, shape)?, objective),
        }
    }

    /// Runs a layer.
    pub fn run(&self, job: &Conv16, mapping: RsMapping, coding: DramCoding) -> Result<LayerRun, RunError> {
        match self.engine {
            Engine::Fast => fast::run(&self.chip, job, mapping, coding),
            Engine::Stepper => stepper::run(&self.chip, job, mapping, coding),
        }
    }
}

impl LayerRun {
    /// What drives the energy of the run.
    pub fn activity(&self) -> Activity {
        let counts = &self.counts;
        let glb = counts.level("GLB");
        let spad = counts.level("spad");
        let sum = |f: &dyn Fn(Operand) -> u64| Operand::ALL.into_iter().map(f).sum::<u64>();
        let mut activity = Activity::default();
        activity[Driver::Cycles] = counts.cycles.total();
        activity[Driver::PeCycles] = counts.cycles.total() * self.active_pes;
        activity[Driver::Macs] = counts.macs.done;
        activity[Driver::FilterReads] = spad[Operand::Weight].reads;
        activity[Driver::BufferWords] = sum(&|o| glb[o].all_reads() + glb[o].all_writes());
        activity[Driver::NetworkWords] = sum(&|o| counts.networks[0].words[o].sent) + counts.neighbour;
        // Each neighbour word leaves one PE's FIFO and enters another's.
        activity[Driver::FifoWords] = sum(&|o| counts.networks[0].words[o].delivered) + 2 * counts.neighbour;
        activity[Driver::LinkBeats] = sum(&|o| self.link_beats[o]);
        activity
    }
}
