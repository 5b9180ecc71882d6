//! Branch and bound in one template.
//!
//! Every dimension has a domain: cuts that are left, each down to some bin. Domains are narrowed, by dropping the cuts
//! whose bound beside the least of the other dimensions reaches the incumbent, or that some memory or fan-out cannot
//! hold whatever the others do; refined, by cutting one bin more; and, when they are whole or would grow too long,
//! split, cheapest bound first.

use crate::bound::{Bounds, Form, Misfit};
use crate::cuts::{Bin, Cut, Cutter};
use crate::dominance::Dominance;
use crate::hops::{Hop, Outlook};
use crate::leaf;
use crate::search::{Incumbent, Mapped, Options, Statistics};
use crate::setting::Setting;
use crate::template::Template;
use nn::problem::{Dim, MAX_DIMS};
use std::rc::Rc;

/// The most memory that refining gives the cuts of all domains, in bytes.
const MOST_MEMORY: u64 = 256 << 20;
/// The most cuts of all domains in a dive, and the choices after which it gives up.
const DIVE: (u64, u64) = (512, 500);

/// The search of one template.
pub(crate) struct Branches<'a> {
    setting: &'a Setting<'a>,
    options: &'a Options<'a>,
    template: &'a Template,
    cutters: Vec<Cutter<'a>>,
    bounds: Bounds<'a>,
    dominance: Option<Dominance<'a>>,
    incumbent: Incumbent,
    found: Vec<Mapped>,
    statistics: Statistics,
    /// The most cuts of all domains that refining makes.
    most_cuts: u64,
    /// In a dive, the choices until it gives up.
    dive: Option<u64>,
    stopped: bool,
}

/// The cuts of a dimension that are left.
#[derive(Clone)]
struct Domain {
    cuts: Rc<Vec<Cut>>,
    /// The least over them.
    least: Rc<Outlook>,
    /// Whether all of them are cut in all bins.
    whole: bool,
}

impl<'a> Branches<'a> {
    /// For a template and its hops, from an incumbent on.
    pub fn new(
        setting: &'a Setting<'a>,
        template: &'a Template,
        hops: &'a [Hop],
        incumbent: Incumbent,
        options: &'a Options<'a>,
    ) -> Branches<'a> {
        let cutters: Vec<Cutter> =
            setting.problem.dims().map(|dim| Cutter::new(setting, template, hops, dim)).collect();
        let bytes = cutters.iter().map(Cutter::bytes).max().unwrap_or(1);
        Branches {
            setting,
            options,
            template,
            cutters,
            bounds: Bounds::new(setting, hops),
            dominance: Dominance::new(setting, hops),
            incumbent,
            found: Vec::new(),
            statistics: Statistics::default(),
            most_cuts: MOST_MEMORY / bytes,
            dive: None,
            stopped: false,
        }
    }

    /// Looks for any mapping, cheapest bounds first; gives what [`Branches::run`] does.
    pub fn dive(mut self) -> (Statistics, Vec<Mapped>, f64) {
        (self.most_cuts, self.dive) = (DIVE.0, Some(DIVE.1));
        self.run()
    }

    /// Searches: what was visited, each better mapping that was found, and the least that one can cost that was not
    /// looked at.
    pub fn run(mut self) -> (Statistics, Vec<Mapped>, f64) {
        let domain = |cutter: &Cutter| {
            let root = cutter.root()?;
            let whole = cutter.is_whole(&root);
            Some(Domain { least: root.outlook.clone(), cuts: Rc::new(vec![root]), whole })
        };
        let roots: Option<Vec<Domain>> = self.cutters.iter().map(domain).collect();
        let open = roots.map_or(f64::INFINITY, |domains| self.branch(domains));
        (self.statistics, self.found, open)
    }

    /// Searches the domains; gives the least that a mapping can cost that was not looked at.
    fn branch(&mut self, mut domains: Vec<Domain>) -> f64 {
        loop {
            if self.is_over() {
                self.stopped = true;
                let least: Vec<Rc<Outlook>> = domains.iter().map(|domain| domain.least.clone()).collect();
                return self.incumbent.rank(self.bounds.form(Dim(0), &least).cost(&least[0]));
            }
            if self.narrow(&mut domains).is_none() {
                return f64::INFINITY;
            }
            if !self.refine(&mut domains) {
                break;
            }
        }
        let open = (0..domains.len()).filter(|&dim| domains[dim].cuts.len() > 1);
        let Some(dim) = open.min_by_key(|&dim| domains[dim].cuts.len()) else {
            self.leaf(&domains);
            return f64::INFINITY;
        };
        let mut children: Vec<(f64, usize)> = {
            let least: Vec<Rc<Outlook>> = domains.iter().map(|domain| domain.least.clone()).collect();
            let form = self.bounds.form(Dim(dim as u8), &least);
            let rank = |cut: &Cut| self.incumbent.rank(form.cost(&cut.outlook));
            domains[dim].cuts.iter().map(rank).zip(0..).collect()
        };
        children.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut left = f64::INFINITY;
        for (i, &(_, index)) in children.iter().enumerate() {
            let cut = domains[dim].cuts[index].clone();
            let mut child = domains.clone();
            let whole = self.cutters[dim].is_whole(&cut);
            child[dim] = Domain { least: cut.outlook.clone(), cuts: Rc::new(vec![cut]), whole };
            left = left.min(self.branch(child));
            if self.stopped {
                return children.get(i + 1).map_or(left, |&(rank, _)| left.min(rank));
            }
        }
        left
    }

    /// Whether the time is over, or the dive.
    fn is_over(&mut self) -> bool {
        let dived = self.dive.as_mut().is_some_and(|left| {
            *left = left.saturating_sub(1);
            *left == 0 || !self.found.is_empty()
        });
        dived || self.options.late()
    }

    /// Cuts one bin more in every domain that is not whole and would not grow too long; whether there was any.
    fn refine(&mut self, domains: &mut [Domain]) -> bool {
        let mut refined = false;
        for dim in 0..domains.len() {
            let (cutter, domain) = (&self.cutters[dim], &domains[dim]);
            let ways = || domain.cuts.iter().map(|cut| cutter.ways(cut)).fold(0, u64::saturating_add);
            let others = domains.iter().map(|other| other.cuts.len() as u64).sum::<u64>();
            if domain.whole || (domain.cuts.len() > 1 && ways().saturating_add(others) > self.most_cuts) {
                continue;
            }
            let outlooks: Vec<Rc<Outlook>> = domains.iter().map(|domain| domain.least.clone()).collect();
            let form = self.bounds.form(Dim(dim as u8), &outlooks);
            let (statistics, incumbent) = (&mut self.statistics, &self.incumbent);
            let mut cuts = Vec::new();
            for cut in domain.cuts.iter() {
                if cutter.is_whole(cut) {
                    cuts.push(cut.clone());
                } else {
                    cutter.refine(cut, &mut cuts, |outlook| keeps(&form, outlook, incumbent, statistics));
                }
            }
            let whole = cuts.iter().all(|cut| cutter.is_whole(cut));
            if let Some(dominance) = self.dominance.as_ref().filter(|_| whole) {
                let before = cuts.len();
                dominance.filter(Dim(dim as u8), &mut cuts);
                self.statistics.cut_by_dominance += (before - cuts.len()) as u64;
            }
            // What is left when nothing is, is never looked at: narrowing finds it empty.
            let least = least(&cuts).unwrap_or_else(|| domain.least.clone());
            domains[dim] = Domain { cuts: Rc::new(cuts), least, whole };
            refined = true;
        }
        refined
    }

    /// Drops the cuts that do not fit beside, or cost too much with, the least of the other dimensions, until none
    /// drops. None when a dimension has none left.
    fn narrow(&mut self, domains: &mut [Domain]) -> Option<()> {
        if domains.iter().any(|domain| domain.cuts.is_empty()) {
            return None;
        }
        if domains.iter().all(|domain| domain.cuts.len() == 1) {
            return self.narrow_one(domains, 0).map(drop);
        }
        // A dimension is looked at again when another one has fewer cuts since; one with one cut left is bounded with
        // every cut of the others.
        let mut stale = [true; MAX_DIMS];
        while let Some(dim) = (0..domains.len()).find(|&dim| stale[dim] && domains[dim].cuts.len() > 1) {
            stale[dim] = false;
            if self.narrow_one(domains, dim)? {
                let this = |&other: &usize| other != dim;
                (0..MAX_DIMS).filter(this).for_each(|other| stale[other] = true);
            }
        }
        Some(())
    }

    /// Narrows one dimension: whether it has fewer cuts now; none when it has none left.
    fn narrow_one(&mut self, domains: &mut [Domain], dim: usize) -> Option<bool> {
        let outlooks: Vec<Rc<Outlook>> = domains.iter().map(|domain| domain.least.clone()).collect();
        let form = self.bounds.form(Dim(dim as u8), &outlooks);
        let (statistics, incumbent, domain) = (&mut self.statistics, &self.incumbent, &mut domains[dim]);
        let keeps = |cut: &&Cut| keeps(&form, &cut.outlook, incumbent, statistics);
        let left: Vec<Cut> = domain.cuts.iter().filter(keeps).cloned().collect();
        if left.len() == domain.cuts.len() {
            return Some(false);
        }
        domain.least = least(&left)?;
        domain.whole = left.iter().all(|cut| self.cutters[dim].is_whole(cut));
        domain.cuts = Rc::new(left);
        Some(true)
    }

    fn leaf(&mut self, domains: &[Domain]) {
        let cuts: Vec<&Cut> = domains.iter().map(|domain| &domain.cuts[0]).collect();
        let bins: Vec<&[Bin]> = self.cutters.iter().map(|cutter| cutter.bins.as_slice()).collect();
        for (cost, mapping) in leaf::mappings(self.setting, self.template, &bins, &cuts) {
            self.statistics.counted += 1;
            if !self.incumbent.beats(cost) {
                let mapped = Mapped { mapping, cost };
                self.incumbent.offer(mapped.clone());
                self.found.push(mapped);
            }
        }
    }
}

fn least(cuts: &[Cut]) -> Option<Rc<Outlook>> {
    match cuts {
        [cut] => Some(cut.outlook.clone()),
        _ => Outlook::least(cuts.iter().map(|cut| &*cut.outlook)).map(Rc::new),
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
