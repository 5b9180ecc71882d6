//! PEs against storage at constant area: Fig. 15. Row stationary on AlexNet's convolutions, 16 images at once; the figure
//! does not say how many images there are.

use super::bars::Parts;
use super::{Subject, point::Layers};
use crate::compare::{Bar, CONTENDERS, Contender};
use crate::map::{Goal, MappedNetwork, Question, Task};
use crate::validation::{Check, Excuse, Tolerance};
use crate::{Error, library};
use mapper::{Factors, Objective, Order};
use model::reuse::{Costs, Dataflow, Design, best};

/// Images at once.
const BATCH: usize = 16;

/// A design that the figure labels.
#[derive(Clone, Copy, Debug)]
pub struct Printed {
    /// The PEs.
    pub pes: u64,
    /// Those that work.
    pub active: u64,
    /// KB of the buffer.
    pub buffer: u64,
    /// Bytes of a register file.
    pub register_file: u64,
    /// The part of the area that storage takes.
    pub storage: f64,
}

const DESIGNS: [Printed; 3] = [
    Printed { pes: 288, active: 264, buffer: 53, register_file: 512, storage: 0.40 },
    Printed { pes: 160, active: 138, buffer: 311, register_file: 768, storage: 0.66 },
    Printed { pes: 32, active: 23, buffer: 643, register_file: 1024, storage: 0.93 },
];

/// A design of the figure with ours beside it.
pub struct Stored {
    /// What is printed.
    pub printed: Printed,
    /// The study's analysis.
    pub reconstruction: Option<Parts>,
    /// The best mappings.
    pub optimum: Option<Parts>,
}

/// All of them.
pub fn study(subject: &Subject) -> Result<Vec<Stored>, Error> {
    DESIGNS.iter().map(|printed| stored(subject, *printed)).collect()
}

fn stored(subject: &Subject, printed: Printed) -> Result<Stored, Error> {
    let Printed { pes, buffer, register_file, .. } = printed;
    let design = Design {
        dataflow: Dataflow::Rs,
        pes: pes as usize,
        glb_words: (buffer * 512) as usize,
        rf_words: (register_file / 2) as usize,
    };
    let layers = subject.analysed(Layers::Conv, BATCH)?;
    let analysed: Option<Vec<_>> = layers.iter().map(|layer| best(layer, &design, &Costs::TABLE_IV)).collect();
    let contender: &'static Contender = &CONTENDERS[0];
    let overrides = [("pes", pes.to_string()), ("glb", format!("{buffer} KiB")), ("rf", format!("{register_file} B"))];
    let overrides: Vec<(&str, &str)> = overrides.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let arch = library::arch_with(contender.design, &overrides)?.arch;
    let question =
        Question { goal: Goal::Least(Objective::Energy), order: Order::Free, factors: Factors::Perfect, budget: None };
    let mut mapped = MappedNetwork::new("AlexNet", BATCH);
    for task in subject.tasks(Layers::Conv, BATCH)? {
        let constraints = contender.dataflow.map(|name| library::dataflow(name, &task.problem, &arch)).transpose()?;
        let constraints = constraints.map(|file| file.constraints);
        mapped.seek(&Task { constraints, ..task }, &arch, &question);
    }
    let reconstruction = analysed.map(|layers| Parts::of_reconstruction(&layers, pes));
    let optimum = Parts::of_optimum(&Bar { contender, pes, arch, mapped });
    Ok(Stored { printed, reconstruction, optimum })
}

impl Parts {
    /// PEs of so many that work, in the mean over the time.
    pub fn active(&self, pes: u64) -> f64 {
        pes as f64 * self.energy() / self.edp
    }
}

/// What the text says of the figure: from 32 to 288 PEs more than ten times the throughput, for 13 % more energy.
pub fn checks(designs: &[Stored]) -> Vec<Check> {
    let [most, .., least] = designs else { return Vec::new() };
    let (Some(many), Some(few)) = (&most.reconstruction, &least.reconstruction) else { return Vec::new() };
    let throughput = many.active(most.printed.pes) / few.active(least.printed.pes);
    let source = || "ISCA 2016, section VII-D, Fig. 15".to_string();
    let check = |what: &str, published, ours, tolerance| Check {
        what: what.into(),
        unit: "x",
        published,
        ours,
        tolerance,
        source: source(),
        explained: None,
    };
    let best = [most, least].map(|design| Some(design.optimum?.active(design.printed.pes)));
    let [Some(best_many), Some(best_few)] = best else { return Vec::new() };
    let reason = format!(
        "the figure does not say how many images there are, and mappings of nearly equal energy differ in PEs at work: of 288 \
         the figure has 264, the reconstruction {:.0}, the best mappings {best_many:.0}, which give {:.1} x.",
        many.active(most.printed.pes),
        best_many / best_few
    );
    vec![
        Check {
            explained: Some(Excuse { bound: 0.15, reason }),
            ..check("throughput, 288 over 32 PEs", 10.0, throughput, Tolerance::AtLeast)
        },
        check("energy, 288 over 32 PEs", 1.13, many.energy() / few.energy(), Tolerance::Within(0.1)),
    ]
}
