//! Branch and bound over templates and cuts.
//!
//! Templates are searched in the order of their bounds, in batches whose members start from the same incumbent, so
//! that the result, and what was visited, do not depend on the number of threads. In a template, dimension after
//! dimension is cut, cheapest bound first; a choice is dropped when its bound reaches the incumbent, or when some
//! memory or fan-out cannot hold it whatever the open dimensions do.

use crate::bound::{Bounds, Form, Misfit};
use crate::cuts::{Bin, Cut, Factors, Hop, Outlook, TooMany, bins, cuts as list_cuts, hops};
use crate::dominance::Dominance;
use crate::leaf;
use crate::objective::{Cost, Objective};
use crate::template::{Template, templates};
use model::arch::Arch;
use model::{Mapping, Violation, check};
use nn::problem::{Dim, Problem};
use rayon::prelude::*;
use std::sync::Arc;
use std::time::Instant;

pub use crate::template::Order;

/// How to search.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// The order in which memories may begin to keep operands.
    pub order: Order,
    /// Perfect or all factors.
    pub factors: Factors,
    /// When to stop without a proof.
    pub deadline: Option<Instant>,
}

impl Default for Options {
    fn default() -> Self {
        Options { order: Order::Free, factors: Factors::Perfect, deadline: None }
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
    /// When nothing fits: the rules that the smallest tiles break.
    pub obstacles: Vec<Violation>,
}

/// The mapping that has least of `objective`.
pub fn map(problem: &Problem, arch: &Arch, objective: Objective, options: &Options) -> Answer {
    search(problem, arch, Incumbent::Best { objective, best: None }, options)
}

/// All mappings that no other beats in both energy and latency.
pub fn pareto(problem: &Problem, arch: &Arch, options: &Options) -> Answer {
    search(problem, arch, Incumbent::Front(Vec::new()), options)
}

/// The best so far.
#[derive(Clone, Debug)]
enum Incumbent {
    Best { objective: Objective, best: Option<Mapped> },
    Front(Vec<Mapped>),
}

/// Bounds are sums of rounded products: one that exceeds the incumbent by less than this may not.
const ROUNDING: f64 = 1e-12;

impl Incumbent {
    fn needs_latency(&self) -> bool {
        match self {
            Incumbent::Best { objective, .. } => objective.needs_latency(),
            Incumbent::Front(_) => true,
        }
    }

    /// The order in which choices are tried.
    fn rank(&self, cost: Cost) -> f64 {
        match self {
            Incumbent::Best { objective, .. } => objective.of(cost),
            Incumbent::Front(_) => cost.energy * cost.latency,
        }
    }

    /// Whether nothing within a bound can improve on it.
    fn beats(&self, bound: Cost) -> bool {
        match self {
            Incumbent::Best { objective, best } => {
                best.as_ref().is_some_and(|b| objective.of(bound) * (1.0 - ROUNDING) >= objective.of(b.cost))
            }
            Incumbent::Front(front) => {
                let energy = bound.energy * (1.0 - ROUNDING);
                front.iter().any(|m| m.cost.covers(&Cost { energy, ..bound }))
            }
        }
    }

    fn offer(&mut self, mapped: Mapped) {
        match self {
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

    fn into_best(self) -> Vec<Mapped> {
        match self {
            Incumbent::Best { best, .. } => best.into_iter().collect(),
            Incumbent::Front(mut front) => {
                front.sort_by(|a, b| a.cost.energy.total_cmp(&b.cost.energy));
                front
            }
        }
    }
}

/// Templates that are searched from the same incumbent.
const BATCH: usize = 8;

fn search(problem: &Problem, arch: &Arch, mut incumbent: Incumbent, options: &Options) -> Answer {
    let mut spaces: Vec<Space> = templates(arch, options.order)
        .into_par_iter()
        .map(|template| Space::new(problem, arch, template, options.factors, incumbent.needs_latency()))
        .collect();
    let mut statistics = Statistics { templates: spaces.len() as u64, ..Statistics::default() };
    statistics.space = spaces.iter().map(|space| space.size).sum();
    let too_many = spaces.iter().any(|space| !space.complete);
    spaces.sort_by(|a, b| incumbent.rank(a.bound).total_cmp(&incumbent.rank(b.bound)));

    let late = || options.deadline.is_some_and(|deadline| Instant::now() >= deadline);
    let mut open: Option<f64> = None;
    for batch in spaces.chunks(BATCH) {
        let searches: Vec<Search> = batch
            .par_iter()
            .map(|space| {
                let mut search = Search::new(problem, arch, space, incumbent.clone(), options.deadline);
                search.run();
                search
            })
            .collect();
        for search in searches {
            statistics += search.statistics;
            search.found.into_iter().for_each(|mapped| incumbent.offer(mapped));
            if search.stopped {
                let bound = incumbent.rank(search.space.bound);
                open = Some(open.map_or(bound, |o: f64| o.min(bound)));
            }
        }
        if late() {
            let rest = spaces.iter().filter(|space| !incumbent.beats(space.bound));
            open = rest.map(|space| incumbent.rank(space.bound)).reduce(f64::min).or(open);
            break;
        }
    }
    let best = incumbent.into_best();
    let certificate = match open {
        None if !too_many => Certificate::Proven,
        Some(bound) if !too_many => Certificate::Budget { bound },
        _ => Certificate::Budget { bound: 0.0 },
    };
    let obstacles = if best.is_empty() { obstacles(problem, arch, options) } else { Vec::new() };
    Answer { best, certificate, statistics, obstacles }
}

/// The rules that the smallest tiles break: everything outside, one point inside.
fn obstacles(problem: &Problem, arch: &Arch, options: &Options) -> Vec<Violation> {
    let smallest = |template: Template| {
        use crate::template::Event;
        use model::Node;
        let mut nodes: Vec<Node> =
            nn::Operand::ALL.map(|operand| Node::Keep { memory: model::arch::StageId(0), operand }).to_vec();
        nodes.extend(problem.dims().map(|dim| Node::Temporal { dim, tile: 1 }));
        nodes.extend(template.events.into_iter().filter_map(|event| match event {
            Event::Keep { memory, operand } => Some(Node::Keep { memory, operand }),
            Event::Fanout(_) => None,
        }));
        check(problem, arch, &Mapping { nodes })
    };
    templates(arch, options.order).into_iter().map(smallest).min_by_key(Vec::len).unwrap_or_default()
}

/// One template with all cuts of all dimensions.
struct Space {
    template: Template,
    factors: Factors,
    hops: Vec<Hop>,
    bins: Vec<Vec<Bin>>,
    /// By dimension.
    cuts: Vec<Vec<Cut>>,
    /// Whether these are all cuts; of a dimension with too many to list, those with perfect factors are left.
    complete: bool,
    /// The least over all cuts of each dimension.
    outlooks: Vec<Arc<Outlook>>,
    bound: Cost,
    size: f64,
}

impl Space {
    fn new(problem: &Problem, arch: &Arch, template: Template, factors: Factors, latency: bool) -> Space {
        let hops = hops(&template);
        let bins: Vec<Vec<Bin>> = problem.dims().map(|dim| bins(problem, arch, &template, dim)).collect();
        let mut complete = true;
        let mut cuts = Vec::with_capacity(bins.len());
        for dim in problem.dims() {
            let all = list_cuts(problem, arch, &template, &hops, dim, factors);
            complete &= all.is_ok();
            let perfect = |TooMany| list_cuts(problem, arch, &template, &hops, dim, Factors::Perfect);
            cuts.push(all.or_else(perfect).unwrap_or_default());
        }
        let size = cuts.iter().map(|c| c.len() as f64).product();
        let least = |cuts: &Vec<Cut>| Outlook::least(cuts.iter().map(|cut| &*cut.outlook)).map(Arc::new);
        let outlooks: Vec<Arc<Outlook>> = cuts.iter().filter_map(least).collect();
        let bound = if outlooks.len() == cuts.len() {
            Bounds::new(problem, arch, factors, &hops, latency).form(Dim(0), &outlooks).cost(&outlooks[0])
        } else {
            // Some dimension cannot be cut here at all.
            Cost { energy: f64::INFINITY, latency: f64::INFINITY }
        };
        Space { template, factors, hops, bins, cuts, complete, outlooks, bound, size }
    }
}

struct Search<'a> {
    problem: &'a Problem,
    arch: &'a Arch,
    space: &'a Space,
    cuts: &'a [Vec<Cut>],
    bounds: Bounds<'a>,
    incumbent: Incumbent,
    found: Vec<Mapped>,
    statistics: Statistics,
    deadline: Option<Instant>,
    stopped: bool,
}

/// The cuts of each dimension that are left, and the least over them.
#[derive(Clone)]
struct Domains {
    left: Vec<Arc<Vec<u32>>>,
    outlooks: Vec<Arc<Outlook>>,
}

impl<'a> Search<'a> {
    fn new(
        problem: &'a Problem,
        arch: &'a Arch,
        space: &'a Space,
        incumbent: Incumbent,
        deadline: Option<Instant>,
    ) -> Search<'a> {
        Search {
            problem,
            arch,
            space,
            cuts: &space.cuts,
            bounds: Bounds::new(problem, arch, space.factors, &space.hops, incumbent.needs_latency()),
            incumbent,
            found: Vec::new(),
            statistics: Statistics::default(),
            deadline,
            stopped: false,
        }
    }

    fn run(&mut self) {
        if self.space.outlooks.len() < self.cuts.len() || self.incumbent.beats(self.space.bound) {
            return;
        }
        let left = self.cuts.iter().map(|cuts| Arc::new((0..cuts.len() as u32).collect())).collect();
        let mut domains = Domains { left, outlooks: self.space.outlooks.clone() };
        if !self.narrow(&mut domains) {
            return;
        }
        let latency = self.incumbent.needs_latency();
        if let Some(dominance) = Dominance::new(self.problem, self.arch, &self.space.hops, latency) {
            for dim in self.problem.dims() {
                let (cuts, left) = (&self.cuts[dim.0 as usize], Arc::make_mut(&mut domains.left[dim.0 as usize]));
                let before = left.len();
                dominance.filter(dim, cuts, left);
                self.statistics.cut_by_dominance += (before - left.len()) as u64;
            }
        }
        self.branch(domains);
    }

    fn branch(&mut self, mut domains: Domains) {
        if self.deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            self.stopped = true;
            return;
        }
        if !self.narrow(&mut domains) {
            return;
        }
        let open = (0..self.cuts.len()).filter(|&dim| domains.left[dim].len() > 1);
        let Some(dim) = open.min_by_key(|&dim| domains.left[dim].len()) else {
            return self.leaf(&domains);
        };
        let mut children: Vec<(f64, u32)> = {
            let form = self.bounds.form(Dim(dim as u8), &domains.outlooks);
            let rank = |&index: &u32| (self.incumbent.rank(form.cost(&self.cuts[dim][index as usize].outlook)), index);
            domains.left[dim].iter().map(rank).collect()
        };
        children.sort_by(|a, b| a.0.total_cmp(&b.0));
        for (_, index) in children {
            let mut child = domains.clone();
            child.left[dim] = Arc::new(vec![index]);
            child.outlooks[dim] = self.cuts[dim][index as usize].outlook.clone();
            self.branch(child);
            if self.stopped {
                return;
            }
        }
    }

    /// Drops the cuts that do not fit beside, or cost too much with, the least of the other dimensions, until none
    /// drops. False when a dimension has none left.
    fn narrow(&mut self, domains: &mut Domains) -> bool {
        if domains.left.iter().all(|left| left.len() == 1) {
            return self.narrow_one(domains, 0).is_some();
        }
        loop {
            let mut dropped = false;
            // A dimension with one cut left is bounded with every cut of the others.
            for dim in 0..self.cuts.len() {
                if domains.left[dim].len() == 1 {
                    continue;
                }
                match self.narrow_one(domains, dim) {
                    Some(fewer) => dropped |= fewer,
                    None => return false,
                }
            }
            if !dropped {
                return true;
            }
        }
    }

    /// Narrows one dimension: whether it has fewer cuts now; none when it has none left.
    fn narrow_one(&mut self, domains: &mut Domains, dim: usize) -> Option<bool> {
        let form = self.bounds.form(Dim(dim as u8), &domains.outlooks);
        let before = domains.left[dim].len();
        let (statistics, incumbent, cuts) = (&mut self.statistics, &self.incumbent, &self.cuts[dim]);
        let keeps = |&index: &u32| keeps(&form, &cuts[index as usize].outlook, incumbent, statistics);
        let left: Vec<u32> = domains.left[dim].iter().copied().filter(keeps).collect();
        if left.len() == before {
            return Some(false);
        }
        domains.outlooks[dim] = match left[..] {
            [index] => cuts[index as usize].outlook.clone(),
            _ => Arc::new(Outlook::least(left.iter().map(|&index| &*cuts[index as usize].outlook))?),
        };
        domains.left[dim] = Arc::new(left);
        Some(true)
    }

    fn leaf(&mut self, domains: &Domains) {
        let cuts: Vec<&Cut> = domains.left.iter().zip(self.cuts).map(|(left, cuts)| &cuts[left[0] as usize]).collect();
        for (cost, mapping) in leaf::mappings(self.problem, self.arch, &self.space.template, &self.space.bins, &cuts) {
            self.statistics.counted += 1;
            if !self.incumbent.beats(cost) {
                let mapped = Mapped { mapping, cost };
                self.incumbent.offer(mapped.clone());
                self.found.push(mapped);
            }
        }
    }
}

fn keeps(form: &Form, cut: &Outlook, incumbent: &Incumbent, statistics: &mut Statistics) -> bool {
    statistics.bounded += 1;
    match form.fits(cut) {
        Err(Misfit::Fanout) => statistics.cut_by_fanout += 1,
        Err(Misfit::Memory) => statistics.cut_by_capacity += 1,
        Ok(()) if incumbent.beats(form.cost(cut)) => statistics.cut_by_bound += 1,
        Ok(()) => return true,
    }
    false
}
