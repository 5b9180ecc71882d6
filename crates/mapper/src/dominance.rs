//! Dominance: a cut that is at least as good as another in everything that matters makes the other superfluous.
//!
//! For a dimension that shares no rank with another, all that a cut means to a mapping's cost and legality is: its
//! pieces at each hop, as the child and as the parent see them; how many copies touch outputs for the first time; the
//! tiles that are held; the copies that it takes of each fan-out; the steps; and, where windows slide, which loops
//! iterate, since a loop that does may come between a memory and the loop that its windows slide along. Each of these
//! moves cost or legality one way only. Where the compute unit holds on to words: how far in the
//! last loop in time is, and what is left of the pieces. It holds where nothing else depends on a cut: when latency
//! counts, no bandwidth inside a fan-out.

use crate::cuts::Cut;
use crate::hops::Hop;
use crate::setting::Setting;
use model::arch::Bandwidth;
use nn::Operand;
use nn::problem::{Dim, Relevance};
use smallvec::SmallVec;

/// What decides dominance in a template.
pub struct Dominance<'a> {
    setting: &'a Setting<'a>,
    hops: &'a [Hop],
    latches: bool,
    slides: bool,
}

impl<'a> Dominance<'a> {
    /// For the hops of a template; none where dominance does not hold.
    pub fn new(setting: &'a Setting<'a>, hops: &'a [Hop]) -> Option<Dominance<'a>> {
        let (problem, arch) = (setting.problem, setting.arch);
        let inner = |(id, memory): (_, &model::arch::Memory)| {
            arch.instances(id) > 1 && memory.bandwidth != Bandwidth::Unbounded
        };
        if setting.latency && arch.memories().any(inner) {
            return None;
        }
        let partial = |dim| Operand::ALL.iter().any(|&o| problem.relevance(o, dim) == Relevance::Partial);
        let latches = arch.compute().latches_any();
        Some(Dominance { setting, hops, latches, slides: problem.dims().any(partial) })
    }

    /// Drops the cuts of `dim` that another one dominates; of equal ones the first stays.
    pub fn filter(&self, dim: Dim, cuts: &mut Vec<Cut>) {
        let problem = self.setting.problem;
        let shares_rank = |o: Operand| problem.relevance(o, dim) == Relevance::Partial;
        let gaps = |o: Operand| problem.ranks(o).iter().any(|rank| rank.step(dim) > 1);
        if self.setting.is_ordered(dim) || Operand::ALL.into_iter().any(|o| shares_rank(o) || gaps(o)) {
            return;
        }
        let relevant: Vec<bool> =
            self.hops.iter().map(|hop| problem.relevance(hop.operand, dim) != Relevance::Irrelevant).collect();
        let whole = problem.size()[dim];
        let mut all: Vec<Measures> = cuts.iter().map(|cut| self.measures(cut, &relevant, whole)).collect();
        // What is the same for all decides nothing.
        let columns = all.first().map_or(0, |first| first.costs.len());
        let differs = |column: &usize| all.iter().any(|m| m.costs[*column] != all[0].costs[*column]);
        let columns: Vec<usize> = (0..columns).filter(differs).collect();
        all.iter_mut().for_each(|m| m.costs = columns.iter().map(|&column| m.costs[column]).collect());
        // A cut that costs less in all cannot be dominated by one that costs more.
        let mut order: Vec<(f64, usize)> = all.iter().map(|m| m.costs.iter().sum()).zip(0..).collect();
        order.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let mut kept: Vec<usize> = Vec::new();
        for (_, index) in order {
            if !kept.iter().any(|&other| all[other].dominates(&all[index])) {
                kept.push(index);
            }
        }
        kept.sort_unstable();
        *cuts = kept.into_iter().map(|index| cuts[index].clone()).collect();
    }

    fn measures(&self, cut: &Cut, relevant: &[bool], whole: u64) -> Measures {
        let mut costs: SmallVec<[f64; 16]> = SmallVec::new();
        for ((hop, &relevant), at) in self.hops.iter().zip(relevant).zip(&cut.outlook.hops) {
            if relevant {
                if hop.child.is_some() {
                    costs.push(at.tile as f64);
                }
                continue;
            }
            costs.extend([at.pieces, at.shared]);
            if hop.operand == Operand::Output {
                costs.extend([-at.copies, -at.parent_copies]);
            }
        }
        costs.extend(cut.outlook.copies.iter().flatten().map(|&copies| copies as f64));
        if self.latches {
            costs.push(cut.outlook.innermost as f64);
            costs.extend(cut.outlook.held.iter().copied());
        }
        if self.setting.latency {
            costs.push(cut.outlook.steps);
        }
        let above = [whole].into_iter().chain(cut.tiles.iter().copied());
        let iterates = above.zip(&cut.tiles).map(|(above, &tile)| u128::from(tile < above));
        let loops = if self.slides { iterates.fold(0, |bits, bit| bits << 1 | bit) } else { 0 };
        Measures { costs, loops }
    }
}

/// All that a cut means, the less the better.
struct Measures {
    costs: SmallVec<[f64; 16]>,
    /// A bit for each bin whose loop iterates, where that matters.
    loops: u128,
}

impl Measures {
    fn dominates(&self, other: &Measures) -> bool {
        self.loops & !other.loops == 0 && self.costs.iter().zip(&other.costs).all(|(a, b)| a <= b)
    }
}
