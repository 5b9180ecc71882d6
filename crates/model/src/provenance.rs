//! Where the prices of an arch come from, and the unit that they are in.

use crate::arch::{Arch, Stage, StageId};
use std::collections::BTreeMap;

/// What energies are in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Unit {
    /// Picojoules.
    #[default]
    Picojoule,
    /// The energy of one 16-bit multiply-accumulate.
    Mac,
}

impl Unit {
    /// Its symbol in tables and files.
    pub fn symbol(self) -> &'static str {
        match self {
            Unit::Picojoule => "pJ",
            Unit::Mac => "MAC",
        }
    }
}

/// Something that an arch pays for, word by word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Action {
    /// A memory is read.
    Read(StageId),
    /// A memory is written.
    Write(StageId),
    /// A child of a fan-out takes or gives a word.
    Deliver(StageId),
    /// The compute unit multiplies and accumulates.
    Compute,
}

impl Action {
    /// The verb for tables.
    pub fn name(self) -> &'static str {
        match self {
            Action::Read(_) => "read",
            Action::Write(_) => "write",
            Action::Deliver(_) => "delivery",
            Action::Compute => "MAC",
        }
    }
}

/// The unit of an arch's prices, and the source of each that has one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Provenance {
    /// The unit of all of them.
    pub unit: Unit,
    /// Sources. Whoever described the arch gave what is not in here, without saying whence.
    pub sources: BTreeMap<Action, String>,
}

impl Provenance {
    /// All prices of an arch in a unit, from one source.
    pub fn uniform(arch: &Arch, unit: Unit, source: &str) -> Provenance {
        Provenance { unit, sources: arch.actions().map(|action| (action, source.to_string())).collect() }
    }
}

impl Arch {
    /// Everything that it pays for, outermost first.
    pub fn actions(&self) -> impl Iterator<Item = Action> + '_ {
        let of = |id: StageId| match self.stage(id) {
            Stage::Memory(_) => vec![Action::Read(id), Action::Write(id)],
            Stage::Fanout(_) => vec![Action::Deliver(id)],
        };
        self.ids().flat_map(of).chain([Action::Compute])
    }

    /// What an action costs; none if the arch does nothing like it.
    pub fn price(&self, action: Action) -> Option<f64> {
        match action {
            Action::Read(id) => self.memory(id).map(|memory| memory.read_price),
            Action::Write(id) => self.memory(id).map(|memory| memory.write_price),
            Action::Deliver(id) => self.fanout(id).map(|fanout| fanout.delivery_price),
            Action::Compute => Some(self.compute().price),
        }
    }

    /// Where the price of an action comes from, if that was said.
    pub fn source(&self, action: Action) -> Option<&str> {
        self.provenance().sources.get(&action).map(String::as_str)
    }
}
