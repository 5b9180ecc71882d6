//! From the row of components to an [`Arch`].
//!
//! Timeloop's networks multicast whatever copies share, tile by tile, and add outputs on the way up; its tiles are
//! filled with what the tile before did not hold, and drains are not counted. Where there are more copies of a
//! component than of the one outside, a fan-out named `outer <==> inner` stands between.

use super::attributes;
use super::hierarchy::{Component, Hierarchy, Role};
use super::prices::{self, Priced};
use super::source::{Source, at};
use crate::accelergy::Table;
use crate::spec::cursor::Cursor;
use model::Arch;
use model::arch::{Compute, Fanout, Keep, Memory, Sharing, Stage, StageId};
use model::provenance::{Action, Provenance, Unit};
use model::switches::{Drains, Refill, Switches};
use nn::ByOperand;

/// An arch, and which stage is which component of the row.
pub(super) struct ReadArch {
    pub arch: Arch,
    /// The storage levels, outermost first, with the fan-out below each if there is one.
    pub levels: Vec<Level>,
}

/// A storage level.
#[derive(Clone, Debug)]
pub(super) struct Level {
    pub name: String,
    pub memory: StageId,
    pub fanout: Option<StageId>,
}

/// Makes an arch of the row.
pub(super) fn read(
    source: &mut Source,
    architecture: &Cursor,
    row: &Hierarchy,
    table: Option<&Table>,
) -> Option<ReadArch> {
    attributes::note(source, &row.components);
    let outermost = &row.components[0];
    if outermost.mesh != [1, 1] {
        let found = format!("{} x {} copies", outermost.mesh[0], outermost.mesh[1]);
        source.report.wrong_at(outermost.cursor.node.span, &outermost.cursor.path, found, "one outermost storage");
        return None;
    }
    let mut stages: Vec<Stage> = Vec::new();
    let mut levels: Vec<Level> = Vec::new();
    let mut sources: Vec<(Action, String)> = Vec::new();
    let mut complete = true;
    let mut compute = None;
    let mut outside = outermost;
    for component in &row.components {
        let size = [0, 1].map(|axis| component.mesh[axis] / outside.mesh[axis]);
        if size != [1, 1] {
            let id = StageId(stages.len() as u8);
            levels.last_mut()?.fanout = Some(id);
            stages.push(Stage::Fanout(fanout(outside, component, size)));
            sources.push((Action::Deliver(id), "networks have no price in Timeloop's energy tables".to_string()));
        }
        let id = StageId(stages.len() as u8);
        match component.role {
            Role::Storage => match memory(source, component, levels.is_empty(), table) {
                Some((memory, [read, write])) => {
                    sources.extend([(Action::Read(id), read.from), (Action::Write(id), write.from)]);
                    stages.push(Stage::Memory(memory));
                    levels.push(Level { name: component.name.clone(), memory: id, fanout: None });
                }
                None => complete = false,
            },
            Role::Compute => match prices::compute(source, component, table) {
                Some(Priced { price, from }) => {
                    sources.push((Action::Compute, from));
                    let operand_latch = ByOperand([false; 3]);
                    compute = Some(Compute { name: component.name.clone(), price, operand_latch });
                }
                None => complete = false,
            },
        }
        outside = component;
        if stages.len() > model::arch::MAX_STAGES || !complete && levels.is_empty() {
            break;
        }
    }
    let compute = compute.filter(|_| complete);
    let name = at(architecture, "name").and_then(|name| name.node.text().map(str::to_string));
    let arch = Arch::new(name.unwrap_or_else(|| row.name.clone()), stages, compute?);
    let arch = arch.map_err(|errors| {
        errors.iter().for_each(|error| source.report.broken(architecture, error.to_string()));
    });
    let provenance = Provenance { unit: Unit::Picojoule, sources: sources.into_iter().collect() };
    let switches = Switches { refill: Refill::New, drains: Drains::Free, ..Switches::default() };
    let arch = arch.ok()?.with_provenance(provenance).with_switches(switches);
    let arch = arch.map_err(|error| source.report.broken(architecture, error.to_string())).ok()?;
    Some(ReadArch { arch, levels })
}

fn fanout(outside: &Component, inside: &Component, size: [u64; 2]) -> Fanout {
    let sharing = Sharing { multicast: true, reduction: true, diagonal: false };
    let name = format!("{} <==> {}", outside.name, inside.name);
    Fanout { name, size, sharing, delivery_price: 0.0, free: ByOperand::default() }
}

fn memory(
    source: &mut Source,
    component: &Component,
    outermost: bool,
    table: Option<&Table>,
) -> Option<(Memory, [Priced; 2])> {
    let storage = attributes::storage(source, component)?;
    let prices = prices::storage(source, component, &storage, table)?;
    let memory = Memory {
        name: component.name.clone(),
        capacity: storage.capacity,
        double_buffered: storage.double_buffered,
        keep: ByOperand([if outermost { Keep::Must } else { Keep::May }; 3]),
        bandwidth: storage.bandwidth,
        read_price: prices[0].price,
        write_price: prices[1].price,
    };
    Some((memory, prices))
}
