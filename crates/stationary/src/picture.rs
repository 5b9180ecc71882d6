//! A picture of the PE array for a layer: which PE works on what in the first pass, and the IDs by which the multicast
//! networks find it. After Figs 6 and 11 of Chen et al., JSSC 52(1), 2017.

mod document;
mod svg;
mod text;

use crate::Error;
use crate::archs::Arch;
use crate::report::count;
use crate::shapes::sizes;
use eyeriss::gin::Gin;
use eyeriss::place::Placement;
use eyeriss::{Chip, Choice, Engine, Machine, Objective, Plan, RsMapping, RunError, mapping, native};
use nn::{ByOperand, ConvShape, LayerId, Network, Operand};

/// What there is to show of one layer.
#[derive(Clone, Debug)]
pub struct Picture {
    /// What is shown: architecture, network and layer.
    pub title: String,
    /// Lines of facts, each with its label.
    pub facts: Vec<(&'static str, String)>,
    /// PE columns of the array.
    pub columns: usize,
    /// All PEs, row by row; `None` is a PE that is clock-gated.
    pub cells: Vec<Option<Cell>>,
    /// The row IDs of each network.
    pub rows: ByOperand<Vec<Option<u8>>>,
}

/// One working PE.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cell {
    /// Which of the t sets with different filters.
    pub t: usize,
    /// Which of the r sets with different channels.
    pub set: usize,
    /// Which part of a set that is wider than the array.
    pub segment: usize,
    /// The filter row that it holds.
    pub filter_row: usize,
    /// The ofmap row that it adds to.
    pub ofmap_row: usize,
    /// Its column ID in each network.
    pub ids: ByOperand<Option<u8>>,
}

impl Picture {
    /// The picture of a layer of `network` over `batch` images, under its published mapping, else under the best for
    /// `objective`.
    pub fn of(
        arch: &Arch,
        network: &Network,
        layer: LayerId,
        batch: usize,
        objective: Objective,
    ) -> Result<Picture, Error> {
        let name = &network.layer(layer).name;
        let too_large = || nn::execute::ExecuteError::BatchTooLarge { layer: name.clone(), images: batch };
        let shape = network.conv_shape(layer, batch).ok_or_else(too_large)?;
        let refused = |reason: RunError| Error::Layer {
            layer: name.clone(),
            shape: sizes(&shape),
            arch: arch.name.into(),
            reason: Box::new(reason),
        };
        let machine = Machine::new((arch.chip)(), Engine::Fast)?;
        let published = mapping::published(network.name(), name).filter(|published| {
            let native = native::native_shape(machine.chip(), &shape);
            native.is_ok_and(|native| published.check(machine.chip(), &native).is_ok())
        });
        let origin = match (published, objective) {
            (Some(_), _) => "published",
            (None, Objective::Latency) => "of least latency",
            (None, Objective::Energy) => "of least energy",
        };
        let choice = published.map_or(Choice::Best(objective), Choice::Given);
        let mapping = machine.mapping(&shape, choice).map_err(refused)?;
        let title = format!("{}: {} {}", arch.name, network.name(), name);
        Picture::new(title, machine.chip(), &shape, mapping, origin).map_err(refused)
    }

    /// The picture of a layer of `shape` on `chip` under `mapping`; `origin` says where the mapping comes from.
    pub fn new(
        title: String,
        chip: &Chip,
        shape: &ConvShape,
        mapping: RsMapping,
        origin: &str,
    ) -> Result<Picture, RunError> {
        let native = native::native_shape(chip, shape)?;
        let plan = Plan::new(chip, &native, mapping).map_err(RunError::Mapping)?;
        let placement = Placement::new(&plan, &plan.first_pass());
        let networks = Operand::ALL.map(|operand| Gin::configure(&plan, &placement, operand));
        let id = |id: u8, unused: u8| (id != unused).then_some(id);
        let mut cells = vec![None; chip.pes()];
        for place in &placement.pes {
            let pe = place.row * chip.columns + place.column;
            cells[pe] = Some(Cell {
                t: place.t,
                set: place.set,
                segment: place.ofmap_row / chip.columns,
                filter_row: place.filter_row,
                ofmap_row: place.ofmap_row,
                ids: ByOperand([0, 1, 2].map(|i| id(networks[i].columns[pe], networks[i].unused.column))),
            });
        }
        let rows = networks.map(|network| network.rows.iter().map(|&row| id(row, network.unused.row)).collect());
        let facts = facts(shape, &plan, &placement, origin);
        Ok(Picture { title, facts, columns: chip.columns, cells, rows: ByOperand(rows) })
    }

    /// As text of at most 120 columns for the published array.
    pub fn text(&self) -> String {
        text::text(self)
    }

    /// As a JSON document.
    pub fn document(&self) -> Result<String, serde_json::Error> {
        document::document(self)
    }

    /// As an SVG document, legible in black and white.
    pub fn svg(&self) -> String {
        svg::svg(self)
    }
}

fn facts(shape: &ConvShape, plan: &Plan, placement: &Placement, origin: &str) -> Vec<(&'static str, String)> {
    let (chip, mapping, native) = (&plan.chip, &plan.mapping, &plan.shape);
    let RsMapping { m, n, e, p, q, r, t } = *mapping;
    let (working, pes) = (placement.pes.len(), chip.pes());
    let (ifmap, psum) = mapping.banks(chip, native);
    let mut facts = vec![("chip", describe(chip)), ("layer", sizes(shape))];
    if sizes(native) != sizes(shape) {
        facts.push(("native", sizes(native)));
    }
    facts.push(("mapping", format!("m {m}, n {n}, e {e}, p {p}, q {q}, r {r}, t {t} ({origin})")));
    facts.push(("passes", format!("{}; this is the first", plan.pass_count())));
    let share = 100.0 * working as f64 / pes as f64;
    facts.push(("array", format!("{working} of {pes} PEs work ({share:.1} %), the others are clock-gated")));
    facts.push((
        "sets",
        format!(
            "t {t}: {} each; r {r}: {} each, psums climb through them; a set is {} x {}",
            count(p, "filter"),
            count(q, "channel"),
            count(native.r, "filter row"),
            count(e, "ofmap row")
        ),
    ));
    let free = chip.feature_banks - ifmap - psum;
    facts.push((
        "buffer",
        format!("{} of ifmaps, {psum} of psums, {free} free; {} of filters", count(ifmap, "bank"), chip.filter_banks),
    ));
    facts
}

fn describe(chip: &Chip) -> String {
    format!(
        "{} x {} PEs with spads of {} ifmap, {} filter, {} psum words; a buffer of {} + {} banks of {} words",
        chip.rows,
        chip.columns,
        chip.ifmap_spad,
        chip.filter_spad,
        chip.psum_spad,
        chip.feature_banks,
        chip.filter_banks,
        chip.bank_words
    )
}

/// An ID, or a dash for a PE or row that takes nothing.
fn show_id(id: Option<u8>) -> String {
    id.map_or("-".into(), |id| id.to_string())
}

/// The IDs of the three networks: ifmap/filter/psum.
fn show_ids(ids: impl Fn(Operand) -> Option<u8>) -> String {
    Operand::ALL.map(|operand| show_id(ids(operand))).join("/")
}
