//! The search: over all templates, in the order of their bounds, in batches whose members start from the same
//! incumbent, so that the result, and what was visited, do not depend on the number of threads.
//!
//! With remainders, the best mapping without is found first, then the best with even pieces: these are mappings of the
//! larger space, and good ones.

use crate::bound::Bounds;
use crate::branch::Branches;
use crate::cuts::Cutter;
use crate::hops::hops;
use crate::objective::{Cost, Objective};
use crate::obstacles::{Obstacles, obstacles};
use crate::setting::Setting;
use crate::template::{Template, templates};
use model::arch::Arch;
use model::{Constraints, Mapping};
use nn::Operand;
use nn::problem::{Dim, Problem};
use rayon::prelude::*;
use std::time::Instant;

pub use crate::cuts::Factors;
pub use crate::template::Order;

/// How to search.
#[derive(Clone, Copy, Debug)]
pub struct Options<'a> {
    /// The order in which memories may begin to keep operands.
    pub order: Order,
    /// Perfect or all factors.
    pub factors: Factors,
    /// What restricts the mappings.
    pub constraints: Option<&'a Constraints>,
    /// When to stop without a proof.
    pub deadline: Option<Instant>,
}

impl Default for Options<'_> {
    fn default() -> Self {
        Options { order: Order::Free, factors: Factors::Perfect, constraints: None, deadline: None }
    }
}

impl Options<'_> {
    /// Whether the time is over.
    pub(crate) fn late(&self) -> bool {
        self.deadline.is_some_and(|deadline| Instant::now() >= deadline)
    }
}

/// How sure the answer is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Certificate {
    /// No mapping of the space is better.
    Proven,
    /// The search stopped early; no mapping is better than the bound.
    Budget {
        /// The least that any mapping can cost.
        bound: f64,
    },
}

/// What the search did.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Statistics {
    /// Templates.
    pub templates: u64,
    /// Choices of cuts in all templates: the size of the map space.
    pub space: f64,
    /// Partial choices whose bound was computed.
    pub bounded: u64,
    /// Of these, dropped because their bound reached the incumbent.
    pub cut_by_bound: u64,
    /// Dropped because another one is as good in everything.
    pub cut_by_dominance: u64,
    /// Dropped because a memory was too small.
    pub cut_by_capacity: u64,
    /// Dropped because a fan-out was too small.
    pub cut_by_fanout: u64,
    /// Mappings counted exactly.
    pub counted: u64,
}

impl std::ops::AddAssign for Statistics {
    fn add_assign(&mut self, other: Statistics) {
        self.templates += other.templates;
        self.space += other.space;
        self.bounded += other.bounded;
        self.cut_by_bound += other.cut_by_bound;
        self.cut_by_dominance += other.cut_by_dominance;
        self.cut_by_capacity += other.cut_by_capacity;
        self.cut_by_fanout += other.cut_by_fanout;
        self.counted += other.counted;
    }
}

/// A mapping and what it costs.
#[derive(Clone, Debug, PartialEq)]
pub struct Mapped {
    /// The mapping.
    pub mapping: Mapping,
    /// Its cost, exactly.
    pub cost: Cost,
}

/// What a search found.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The best mapping, or the Pareto front by rising energy; empty when nothing fits.
    pub best: Vec<Mapped>,
    /// How sure that is.
    pub certificate: Certificate,
    /// What the search did.
    pub statistics: Statistics,
    /// When nothing fits: the rules that forbid it.
    pub obstacles: Option<Obstacles>,
}

/// The mapping that has least of `objective`.
pub fn map(problem: &Problem, arch: &Arch, objective: Objective, options: &Options) -> Answer {
    search(problem, arch, Incumbent::Best { objective, best: None }, options, true)
}

/// All mappings that no other beats in both energy and latency.
pub fn pareto(problem: &Problem, arch: &Arch, options: &Options) -> Answer {
    search(problem, arch, Incumbent::Front(Vec::new()), options, true)
}

/// Whether there is any legal mapping; none if the time is over before that is known.
pub(crate) fn is_feasible(problem: &Problem, arch: &Arch, options: &Options) -> Option<bool> {
    let answer = search(problem, arch, Incumbent::Any(None), options, false);
    match answer.certificate {
        _ if !answer.best.is_empty() => Some(true),
        Certificate::Proven => Some(false),
        Certificate::Budget { .. } => None,
    }
}

/// The best so far.
#[derive(Clone, Debug)]
pub(crate) enum Incumbent {
    /// The one that has least of an objective.
    Best { objective: Objective, best: Option<Mapped> },
    /// Those that no other beats in both energy and latency.
    Front(Vec<Mapped>),
    /// The first that is found.
    Any(Option<Mapped>),
}

/// Bounds are sums of rounded products: one that exceeds the incumbent by less than this may not.
const ROUNDING: f64 = 1e-12;

impl Incumbent {
    fn needs_latency(&self) -> bool {
        match self {
            Incumbent::Best { objective, .. } => objective.needs_latency(),
            Incumbent::Front(_) => true,
            Incumbent::Any(_) => false,
        }
    }

    /// The order in which choices are tried.
    pub fn rank(&self, cost: Cost) -> f64 {
        match self {
            Incumbent::Best { objective, .. } => objective.of(cost),
            Incumbent::Front(_) => cost.energy * cost.latency,
            Incumbent::Any(_) => cost.energy,
        }
    }

    /// Whether nothing within a bound can improve on it.
    pub fn beats(&self, bound: Cost) -> bool {
        match self {
            Incumbent::Any(found) => found.is_some(),
            Incumbent::Best { objective, best } => {
                best.as_ref().is_some_and(|b| objective.of(bound) * (1.0 - ROUNDING) >= objective.of(b.cost))
            }
            Incumbent::Front(front) => {
                let energy = bound.energy * (1.0 - ROUNDING);
                front.iter().any(|m| m.cost.covers(&Cost { energy, ..bound }))
            }
        }
    }

    pub fn offer(&mut self, mapped: Mapped) {
        match self {
            Incumbent::Any(found) => *found = found.take().or(Some(mapped)),
            Incumbent::Best { objective, best } => {
                if best.as_ref().is_none_or(|b| objective.of(mapped.cost) < objective.of(b.cost)) {
                    *best = Some(mapped);
                }
            }
            Incumbent::Front(front) => {
                if !front.iter().any(|m| m.cost.covers(&mapped.cost)) {
                    front.retain(|m| !mapped.cost.covers(&m.cost));
                    front.push(mapped);
                }
            }
        }
    }

    /// The rank of the best; none if there is none, or several.
    fn best_rank(&self) -> Option<f64> {
        match self {
            Incumbent::Best { best, .. } | Incumbent::Any(best) => best.as_ref().map(|best| self.rank(best.cost)),
            Incumbent::Front(_) => None,
        }
    }

    fn into_best(self) -> Vec<Mapped> {
        match self {
            Incumbent::Best { best, .. } | Incumbent::Any(best) => best.into_iter().collect(),
            Incumbent::Front(mut front) => {
                front.sort_by(|a, b| a.cost.energy.total_cmp(&b.cost.energy));
                front
            }
        }
    }
}

/// Templates that are searched from the same incumbent.
const BATCH: usize = 8;
/// Templates that are bounded even when the time is over, and among which the first mapping is looked for.
const SAMPLE: usize = 512;
/// How many of these are dived into at most, and of those where memories keep the least.
const DIVES: usize = 8;

/// A template and the least that its mappings cost.
struct Space {
    template: Template,
    bound: Cost,
    /// Its choices of cuts, at most.
    size: f64,
}

impl Space {
    fn new(setting: &Setting, template: Template) -> Space {
        let hops = hops(&template);
        let cutters: Vec<Cutter> =
            setting.problem.dims().map(|dim| Cutter::new(setting, &template, &hops, dim)).collect();
        let roots: Vec<_> = cutters.iter().filter_map(|cutter| Some(cutter.root()?.outlook)).collect();
        let bound = if roots.len() == cutters.len() {
            Bounds::new(setting, &hops).form(Dim(0), &roots).cost(&roots[0])
        } else {
            // Some dimension cannot be cut here at all.
            Cost { energy: f64::INFINITY, latency: f64::INFINITY }
        };
        let size = cutters.iter().map(Cutter::size).product();
        Space { template, bound, size }
    }
}

fn search(problem: &Problem, arch: &Arch, mut incumbent: Incumbent, options: &Options, explain: bool) -> Answer {
    let mut statistics = Statistics::default();
    if options.factors == Factors::Imperfect {
        // Each of the smaller spaces may take a third of the time that is left.
        for (factors, even) in [(Factors::Perfect, false), (Factors::Imperfect, true)] {
            let now = Instant::now();
            let third = |deadline: Instant| now + deadline.saturating_duration_since(now) / 3;
            let smaller = Options { factors, deadline: options.deadline.map(third), ..*options };
            let (visited, _) = pass(problem, arch, &mut incumbent, &smaller, even);
            statistics += Statistics { templates: 0, space: 0.0, ..visited };
        }
    }
    let (visited, open) = pass(problem, arch, &mut incumbent, options, false);
    statistics += visited;
    let proven = incumbent.best_rank().map_or(open == f64::INFINITY, |best| open >= best);
    let certificate = if proven { Certificate::Proven } else { Certificate::Budget { bound: open } };
    let best = incumbent.into_best();
    let obstacles = (explain && best.is_empty() && proven).then(|| obstacles(problem, arch, options));
    Answer { best, certificate, statistics, obstacles }
}

/// Searches all templates; gives what was visited, and the least that a mapping can cost that was not looked at.
fn pass(problem: &Problem, arch: &Arch, incumbent: &mut Incumbent, options: &Options, even: bool) -> (Statistics, f64) {
    let mut statistics = Statistics::default();
    let setting = Setting::new(problem, arch, options, even, incumbent.needs_latency());
    let (all_templates, all) = templates(&setting, false);
    let rank = |incumbent: &Incumbent, space: &Space| incumbent.rank(space.bound);
    // Something to compare with, before all templates are looked at.
    let every = all_templates.len().div_ceil(SAMPLE).max(1);
    let mut sample: Vec<Space> =
        all_templates.iter().step_by(every).map(|template| Space::new(&setting, template.clone())).collect();
    sample.sort_by(|a, b| rank(incumbent, a).total_cmp(&rank(incumbent, b)));
    // Where less is kept, more fits.
    let bare = templates(&setting, true).0.into_iter().take(DIVES).map(|template| Space::new(&setting, template));
    sample.truncate(DIVES);
    sample.extend(bare);
    for space in sample.iter().filter(|space| space.bound.energy.is_finite()) {
        if options.late() {
            break;
        }
        let hops = hops(&space.template);
        let (visited, found, _) = Branches::new(&setting, &space.template, &hops, incumbent.clone(), options).dive();
        statistics += visited;
        found.into_iter().for_each(|mapped| incumbent.offer(mapped));
    }
    let bounded = |(index, template)| (index < SAMPLE || !options.late()).then(|| Space::new(&setting, template));
    let listed: Vec<Option<Space>> = all_templates.into_par_iter().enumerate().map(bounded).collect();
    let complete = all && setting.complete && listed.iter().all(Option::is_some);
    let mut spaces: Vec<Space> = listed.into_iter().flatten().collect();
    statistics.templates += spaces.len() as u64;
    statistics.space += spaces.iter().map(|space| space.size).sum::<f64>();
    spaces.sort_by(|a, b| rank(incumbent, a).total_cmp(&rank(incumbent, b)));

    let mut open = if complete { f64::INFINITY } else { incumbent.rank(least(&setting)) };
    for (number, batch) in spaces.chunks(BATCH).enumerate() {
        if options.late() {
            let rest = spaces[number * BATCH..].iter().filter(|space| !incumbent.beats(space.bound));
            open = rest.map(|space| rank(incumbent, space)).fold(open, f64::min);
            break;
        }
        let searched: Vec<(Statistics, Vec<Mapped>, f64)> = batch
            .par_iter()
            .filter(|space| !incumbent.beats(space.bound))
            .map(|space| {
                let hops = hops(&space.template);
                Branches::new(&setting, &space.template, &hops, incumbent.clone(), options).run()
            })
            .collect();
        for (visited, found, left) in searched {
            statistics += visited;
            found.into_iter().for_each(|mapped| incumbent.offer(mapped));
            open = open.min(left);
        }
    }
    (statistics, open)
}

/// What any mapping costs at least: all multiply-accumulates, and each word that is used once over the outermost
/// memory's port.
fn least(setting: &Setting) -> Cost {
    let (problem, arch) = (setting.problem, setting.arch);
    let lanes: f64 = arch.fanouts().map(|(_, fanout)| (fanout.size[0] * fanout.size[1]) as f64).product();
    let macs = problem.macs() as f64;
    let outermost = arch.memories().next().map(|(_, memory)| memory);
    let words = |operand: Operand| largest_dim(problem, operand) as f64;
    let traffic = outermost.map_or(0.0, |memory| {
        let reads = words(Operand::Input) + words(Operand::Weight);
        reads * memory.read_price + words(Operand::Output) * memory.write_price
    });
    Cost { energy: macs * arch.compute().price + traffic, latency: (macs / lanes).ceil() }
}

/// Words of an operand that are used, at least: the points of any one dimension that it changes along.
fn largest_dim(problem: &Problem, operand: Operand) -> u64 {
    let relevant = |dim: &Dim| problem.ranks(operand).iter().any(|rank| rank.step(*dim) > 0);
    problem.dims().filter(relevant).map(|dim| problem.size()[dim]).max().unwrap_or(1)
}
