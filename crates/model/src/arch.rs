//! Architectures: with what a problem is computed.
//!
//! An arch is a list of stages, outermost first: memories, fan-outs that multiply everything below them, and one
//! compute unit at the end. Several memories in a row below a fan-out are the scratchpads of one element side by
//! side. **Well-formed**: the first stage is a memory that must keep all operands, names are unique, sizes are at
//! least 1, the fan-outs make no more than [`MAX_COPIES`], prices and bandwidths are finite and not negative;
//! [`Arch::new`] checks that and everything downstream assumes it.

use crate::provenance::Provenance;
use crate::switches::{Charges, Drains, Refill, Serving, Switches};
use nn::{ByOperand, Operand};

/// Whether a memory keeps an operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Keep {
    /// Always.
    Must,
    /// As the mapping says.
    May,
    /// Never.
    Never,
}

/// How much a memory holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Capacity {
    /// As much as anybody asks for.
    Unbounded,
    /// Words that all operands share.
    Pool(u64),
    /// Words of each operand.
    Partitioned(ByOperand<u64>),
}

/// How many words pass a memory's ports in a cycle.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Bandwidth {
    /// Never the limit.
    Unbounded,
    /// Reads and writes share the words a cycle.
    Shared(f64),
    /// Words a cycle read, and words a cycle written.
    Separate {
        /// Words read a cycle.
        read: f64,
        /// Words written a cycle.
        write: f64,
    },
}

/// A memory.
#[derive(Clone, Debug, PartialEq)]
pub struct Memory {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub capacity: Capacity,
    /// Whether half of it is the shadow of the other half while that is in use.
    pub double_buffered: bool,
    /// What it keeps.
    pub keep: ByOperand<Keep>,
    /// Its ports, of each instance.
    pub bandwidth: Bandwidth,
    /// Energy of a word read.
    pub read_price: f64,
    /// Energy of a word written.
    pub write_price: f64,
}

/// What a fan-out's network does for words that several children need.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Sharing {
    /// A word that several children need is read once; else once for each.
    pub multicast: bool,
    /// Outputs of several children are added on the way up, so that the parent gets one; else it gets each.
    pub reduction: bool,
    /// Overlapping input windows of neighbours are read once (Eyeriss' diagonals); only with `multicast`.
    pub diagonal: bool,
}

/// A fan-out: `x` by `y` copies of everything below.
#[derive(Clone, Debug, PartialEq)]
pub struct Fanout {
    /// Its name.
    pub name: String,
    /// Copies along the two axes.
    pub size: [u64; 2],
    /// The network to the copies.
    pub sharing: Sharing,
    /// Energy of each word that a child takes or gives.
    pub delivery_price: f64,
    /// The operands whose words cost nothing here all the same.
    pub free: ByOperand<bool>,
}

impl Fanout {
    /// Energy of each word of an operand that a child takes or gives.
    pub fn price(&self, operand: Operand) -> f64 {
        if self.free[operand] { 0.0 } else { self.delivery_price }
    }
}

/// The compute unit.
#[derive(Clone, Debug, PartialEq)]
pub struct Compute {
    /// Its name.
    pub name: String,
    /// Energy of a multiply-accumulate.
    pub price: f64,
    /// Whether it holds on to a word that the next multiply-accumulate uses again; outputs it never does.
    pub operand_latch: ByOperand<bool>,
}

/// A stage above the compute unit.
#[derive(Clone, Debug, PartialEq)]
pub enum Stage {
    /// A memory.
    Memory(Memory),
    /// A fan-out.
    Fanout(Fanout),
}

impl Compute {
    /// Whether it holds on to words of `operand`.
    pub fn latches(&self, operand: Operand) -> bool {
        operand != Operand::Output && self.operand_latch[operand]
    }

    /// Whether it holds on to any words.
    pub fn latches_any(&self) -> bool {
        Operand::ALL.into_iter().any(|operand| self.latches(operand))
    }
}

impl Stage {
    /// The stage's name.
    pub fn name(&self) -> &str {
        match self {
            Stage::Memory(memory) => &memory.name,
            Stage::Fanout(fanout) => &fanout.name,
        }
    }
}

/// A well-formed architecture.
#[derive(Clone, Debug, PartialEq)]
pub struct Arch {
    name: String,
    stages: Vec<Stage>,
    compute: Compute,
    provenance: Provenance,
    switches: Switches,
}

/// A stage of an arch, by index, outermost first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StageId(pub u8);

/// The most stages of an arch.
pub const MAX_STAGES: usize = 16;
/// The largest fan-out along an axis.
pub const MAX_FANOUT: u64 = 1 << 16;
/// The most compute units of an arch.
pub const MAX_COPIES: u64 = 1 << 32;

/// The most copies that networks with diagonal sharing reach: what they read together is found copy by copy.
pub const MAX_DIAGONAL_COPIES: u64 = 1 << 16;

/// Why stages are no arch.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ArchError {
    /// There are none, or too many.
    #[error("found {0} stages, expected 1 to {MAX_STAGES}")]
    Stages(usize),
    /// The outermost stage does not keep everything.
    #[error("the outermost stage {0:?} must be a memory that must keep all operands")]
    Outermost(String),
    /// Two stages share a name.
    #[error("the name {0:?} comes twice")]
    Name(String),
    /// A size is out of range.
    #[error("{stage:?}: {what} is {found}, expected 1 to {most}")]
    Size {
        /// The stage.
        stage: String,
        /// Which size.
        what: &'static str,
        /// Its value.
        found: u64,
        /// The largest allowed.
        most: u64,
    },
    /// A price or bandwidth is no number that makes sense.
    #[error("{stage:?}: {what} is {found}, expected a finite number {expected}")]
    Number {
        /// The stage.
        stage: String,
        /// Which number.
        what: &'static str,
        /// Its value.
        found: f64,
        /// What it must be.
        expected: &'static str,
    },
    /// More compute units than can be counted.
    #[error("the fan-outs make more than {MAX_COPIES} copies of the compute unit")]
    Copies,
    /// Diagonal sharing without multicast.
    #[error("{0:?}: diagonal sharing needs a network that multicasts")]
    Diagonal(String),
    /// Diagonal sharing among too many copies.
    #[error("networks that share diagonals reach more than {MAX_DIAGONAL_COPIES} copies")]
    DiagonalCopies,
    /// Diagonal sharing where tiles are filled with new words only.
    #[error("{0:?}: a network that shares diagonals needs tiles that are filled whole")]
    NewDiagonal(String),
    /// Reuse paid for where words are counted by other rules, or pass several networks.
    #[error("paying for reuse needs whole refills, counted drains and no more than one fan-out")]
    Reuse,
    /// A pipeline where words are counted or paid for by other rules, or pass several networks.
    #[error("serving as a pipeline needs whole refills, counted drains, charges for all and no more than one fan-out")]
    Pipeline,
}

impl Arch {
    /// Checks the stages and makes an arch of them; gives every rule that is broken.
    pub fn new(name: impl Into<String>, stages: Vec<Stage>, compute: Compute) -> Result<Arch, Vec<ArchError>> {
        let mut errors = Vec::new();
        if stages.is_empty() || stages.len() > MAX_STAGES {
            return Err(vec![ArchError::Stages(stages.len())]);
        }
        match &stages[0] {
            Stage::Memory(memory) if memory.keep.0 == [Keep::Must; 3] => {}
            stage => errors.push(ArchError::Outermost(stage.name().to_string())),
        }
        let names: Vec<&str> = stages.iter().map(Stage::name).chain([compute.name.as_str()]).collect();
        for (i, name) in names.iter().enumerate() {
            if names[..i].contains(name) {
                errors.push(ArchError::Name(name.to_string()));
            }
        }
        for stage in &stages {
            match stage {
                Stage::Memory(memory) => check_memory(memory, &mut errors),
                Stage::Fanout(fanout) => check_fanout(fanout, &mut errors),
            }
        }
        let copies = |counts: fn(&Fanout) -> bool| {
            let sizes = stages.iter().filter_map(|stage| match stage {
                Stage::Fanout(fanout) if counts(fanout) => Some(fanout.size[0].saturating_mul(fanout.size[1])),
                _ => None,
            });
            sizes.fold(1, u64::saturating_mul)
        };
        if copies(|_| true) > MAX_COPIES {
            errors.push(ArchError::Copies);
        }
        if copies(|fanout| fanout.sharing.diagonal) > MAX_DIAGONAL_COPIES {
            errors.push(ArchError::DiagonalCopies);
        }
        number(&compute.name, "the price of a MAC", compute.price, false, &mut errors);
        let (provenance, switches) = (Provenance::default(), Switches::default());
        if errors.is_empty() {
            Ok(Arch { name: name.into(), stages, compute, provenance, switches })
        } else {
            Err(errors)
        }
    }

    /// The same arch, its prices with a unit and sources. Sources of actions that it does not have are left out.
    pub fn with_provenance(self, mut provenance: Provenance) -> Arch {
        provenance.sources.retain(|&action, _| self.price(action).is_some());
        Arch { provenance, ..self }
    }

    /// The same arch, counting and paying as the switches say. Networks that share diagonals need tiles that are filled
    /// whole; paying for reuse, and serving as a pipeline, need the counting rules as they are, and no more than one
    /// fan-out.
    pub fn with_switches(self, switches: Switches) -> Result<Arch, ArchError> {
        let Switches { refill, drains, charges, serving } = switches;
        let by_the_rules = refill == Refill::Whole && drains == Drains::Counted && self.fanouts().count() <= 1;
        if charges == Charges::Reuse && !by_the_rules {
            return Err(ArchError::Reuse);
        }
        if serving == Serving::Pipeline && !(by_the_rules && charges == Charges::All) {
            return Err(ArchError::Pipeline);
        }
        let diagonal = self.fanouts().find(|(_, fanout)| fanout.sharing.diagonal);
        match diagonal.filter(|_| refill == Refill::New) {
            Some((_, fanout)) => Err(ArchError::NewDiagonal(fanout.name.clone())),
            None => Ok(Arch { switches, ..self }),
        }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The stages, outermost first.
    pub fn stages(&self) -> &[Stage] {
        &self.stages
    }

    /// The compute unit.
    pub fn compute(&self) -> &Compute {
        &self.compute
    }

    /// The unit and the sources of its prices.
    pub fn provenance(&self) -> &Provenance {
        &self.provenance
    }

    /// Where it counts otherwise than the rules.
    pub fn switches(&self) -> Switches {
        self.switches
    }

    /// Indices of all stages.
    pub fn ids(&self) -> impl DoubleEndedIterator<Item = StageId> + use<> {
        (0..self.stages.len() as u8).map(StageId)
    }

    /// The stage of an index.
    pub fn stage(&self, id: StageId) -> &Stage {
        &self.stages[id.0 as usize]
    }

    /// The memory of an index, if it is one.
    pub fn memory(&self, id: StageId) -> Option<&Memory> {
        match self.stages.get(id.0 as usize) {
            Some(Stage::Memory(memory)) => Some(memory),
            _ => None,
        }
    }

    /// The fan-out of an index, if it is one.
    pub fn fanout(&self, id: StageId) -> Option<&Fanout> {
        match self.stages.get(id.0 as usize) {
            Some(Stage::Fanout(fanout)) => Some(fanout),
            _ => None,
        }
    }

    /// All memories.
    pub fn memories(&self) -> impl DoubleEndedIterator<Item = (StageId, &Memory)> {
        self.ids().filter_map(|id| self.memory(id).map(|memory| (id, memory)))
    }

    /// All fan-outs.
    pub fn fanouts(&self) -> impl DoubleEndedIterator<Item = (StageId, &Fanout)> {
        self.ids().filter_map(|id| self.fanout(id).map(|fanout| (id, fanout)))
    }

    /// How many copies of a stage there are.
    pub fn instances(&self, id: StageId) -> u64 {
        self.fanouts().filter(|(fanout, _)| *fanout < id).map(|(_, fanout)| fanout.size[0] * fanout.size[1]).product()
    }

    /// The stage of that name.
    pub fn find(&self, name: &str) -> Option<StageId> {
        self.ids().find(|&id| self.stage(id).name() == name)
    }
}

fn check_memory(memory: &Memory, errors: &mut Vec<ArchError>) {
    let sizes = match memory.capacity {
        Capacity::Unbounded => vec![],
        Capacity::Pool(words) => vec![words],
        Capacity::Partitioned(words) => words.0.to_vec(),
    };
    for found in sizes {
        if found == 0 || found > 1 << 48 {
            let (stage, what) = (memory.name.clone(), "the capacity in words");
            errors.push(ArchError::Size { stage, what, found, most: 1 << 48 });
        }
    }
    number(&memory.name, "the price of a read", memory.read_price, false, errors);
    number(&memory.name, "the price of a write", memory.write_price, false, errors);
    let bandwidths = match memory.bandwidth {
        Bandwidth::Unbounded => vec![],
        Bandwidth::Shared(words) => vec![words],
        Bandwidth::Separate { read, write } => vec![read, write],
    };
    for words in bandwidths {
        number(&memory.name, "the bandwidth", words, true, errors);
    }
}

fn check_fanout(fanout: &Fanout, errors: &mut Vec<ArchError>) {
    for (what, found) in [("the fan-out along X", fanout.size[0]), ("the fan-out along Y", fanout.size[1])] {
        if found == 0 || found > MAX_FANOUT {
            errors.push(ArchError::Size { stage: fanout.name.clone(), what, found, most: MAX_FANOUT });
        }
    }
    if fanout.sharing.diagonal && !fanout.sharing.multicast {
        errors.push(ArchError::Diagonal(fanout.name.clone()));
    }
    number(&fanout.name, "the price of a delivery", fanout.delivery_price, false, errors);
}

fn number(stage: &str, what: &'static str, found: f64, positive: bool, errors: &mut Vec<ArchError>) {
    if !found.is_finite() || found < 0.0 || (positive && found == 0.0) {
        let expected = if positive { "above 0" } else { "of at least 0" };
        errors.push(ArchError::Number { stage: stage.to_string(), what, found, expected });
    }
}
