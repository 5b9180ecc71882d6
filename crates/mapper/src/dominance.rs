//! Dominance: a cut that is at least as good as another in everything that matters makes the other superfluous.
//!
//! For a dimension that shares no rank with another, all that a cut means to a mapping's cost and legality is: its
//! pieces at each hop, as the child and as the parent see them; how many copies touch outputs for the first time; the
//! tiles that are held; the copies that it takes of each fan-out; the steps; and, where windows slide, which loops
//! iterate, since a loop that does may come between a memory and the loop that its windows slide along. Each of these
//! moves cost or legality one way only. It holds where nothing else depends on a cut: no network that shares
//! diagonals, no compute unit that holds on to operands, and, when latency counts, no bandwidth inside a fan-out.

use crate::cuts::{Cut, Hop};
use crate::setting::Setting;
use model::arch::Bandwidth;
use nn::Operand;
use nn::problem::{Dim, Relevance};

/// What decides dominance in a template.
pub struct Dominance<'a> {
    setting: &'a Setting<'a>,
    hops: &'a [Hop],
    slides: bool,
}

impl<'a> Dominance<'a> {
    /// For the hops of a template; none where dominance does not hold.
    pub fn new(setting: &'a Setting<'a>, hops: &'a [Hop]) -> Option<Dominance<'a>> {
        let (problem, arch) = (setting.problem, setting.arch);
        let diagonal = arch.fanouts().any(|(_, fanout)| fanout.sharing.diagonal);
        let inner = |(id, memory): (_, &model::arch::Memory)| {
            arch.instances(id) > 1 && memory.bandwidth != Bandwidth::Unbounded
        };
        if diagonal || arch.compute().latches_any() || (setting.latency && arch.memories().any(inner)) {
            return None;
        }
        let partial = |dim| Operand::ALL.iter().any(|&o| problem.relevance(o, dim) == Relevance::Partial);
        Some(Dominance { setting, hops, slides: problem.dims().any(partial) })
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
        let mut kept: Vec<usize> = Vec::with_capacity(cuts.len());
        // A cut with fewer pieces in all cannot be dominated by one with more.
        let weight = |cut: &Cut| cut.outlook.hops.iter().map(|at| at.pieces + at.shared).sum::<f64>();
        let mut order: Vec<(f64, usize)> = cuts.iter().map(weight).zip(0..).collect();
        order.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        for (_, index) in order {
            if !kept.iter().any(|&other| self.dominates(&cuts[other], &cuts[index], &relevant, whole)) {
                kept.push(index);
            }
        }
        kept.sort_unstable();
        *cuts = kept.into_iter().map(|index| cuts[index].clone()).collect();
    }

    fn dominates(&self, a: &Cut, b: &Cut, relevant: &[bool], whole: u64) -> bool {
        let hops = self.hops.iter().zip(relevant).zip(a.outlook.hops.iter().zip(&b.outlook.hops));
        for ((hop, &relevant), (a, b)) in hops {
            if relevant {
                if hop.child.is_some() && a.tile > b.tile {
                    return false;
                }
                continue;
            }
            if a.pieces > b.pieces || a.shared > b.shared {
                return false;
            }
            if hop.operand == Operand::Output && (a.copies < b.copies || a.parent_copies < b.parent_copies) {
                return false;
            }
        }
        let copies = a.outlook.copies.iter().zip(&b.outlook.copies);
        if copies.into_iter().any(|(a, b)| a[0] > b[0] || a[1] > b[1]) {
            return false;
        }
        if self.setting.latency && a.outlook.steps > b.outlook.steps {
            return false;
        }
        !self.slides || loops(a, whole).zip(loops(b, whole)).all(|(a, b)| b || !a)
    }
}

/// For each bin, whether its loop iterates.
fn loops(cut: &Cut, whole: u64) -> impl Iterator<Item = bool> + '_ {
    let above = [whole].into_iter().chain(cut.tiles.iter().copied());
    above.zip(&cut.tiles).map(|(above, &tile)| tile < above)
}
