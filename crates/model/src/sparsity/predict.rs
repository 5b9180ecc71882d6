//! The sparse prediction: events of the dense one by their fate. See [`super`] for the rules.

use super::content::{Content, Exact, Number, Random, Term};
use super::copies::{Copies, Picked, pick};
use super::density::Density;
use super::format::Format;
use super::mask::Mask;
use super::prediction::{Fate, SparseLevel, SparseNetwork, SparsePrediction};
use super::saving::{Leaders, Sparsity, SparsityError};
use super::sum::{Factor, sum};
use crate::arch::{Arch, Bandwidth, StageId};
use crate::counts::{Access, Traffic};
use crate::groups::{Follow, Group, groups};
use crate::loops::Loop;
use crate::mapping::Mapping;
use crate::predict::{Hop, Part, View};
use crate::switches::{Drains, Refill};
use nn::problem::{Dim, Problem, Relevance};
use nn::{ByOperand, Operand};

/// What happens on average with operands of these densities. Legal mappings only, as [`crate::predict()`].
pub fn expected(
    problem: &Problem,
    arch: &Arch,
    mapping: &Mapping,
    sparsity: &Sparsity,
    densities: ByOperand<Density>,
) -> Result<SparsePrediction<f64>, SparsityError> {
    for operand in Operand::ALL {
        if !(0.0..=1.0).contains(&densities[operand].share) {
            return Err(SparsityError::Density(operand.name()));
        }
    }
    predict(problem, arch, mapping, sparsity, Random { problem, densities })
}

/// What happens with operands of these masks; where there is none, no word is zero.
pub fn exact(
    problem: &Problem,
    arch: &Arch,
    mapping: &Mapping,
    sparsity: &Sparsity,
    masks: ByOperand<Option<&Mask>>,
) -> Result<SparsePrediction<u64>, SparsityError> {
    for operand in Operand::ALL {
        if masks[operand].is_some_and(|mask| !mask.fits(problem, operand)) {
            return Err(SparsityError::Mask(operand.name()));
        }
    }
    predict(problem, arch, mapping, sparsity, Exact(masks))
}

fn predict<C: Content>(
    problem: &Problem,
    arch: &Arch,
    mapping: &Mapping,
    sparsity: &Sparsity,
    content: C,
) -> Result<SparsePrediction<C::N>, SparsityError> {
    sparsity.check(arch)?;
    // Descriptions take no more than 2^12 bits a word, in up to two directions of three operands.
    let compresses = sparsity.storage.values().any(|storage| storage.format.0.iter().any(|format| format.compresses()));
    if compresses && Operand::ALL.into_iter().any(|operand| problem.most_moved(operand) > 1 << 48) {
        return Err(SparsityError::TooLarge("the bits that describe tiles"));
    }
    let view = View::new(problem, arch, mapping);
    let foretell = Foretell { view, end: mapping.nodes.len(), sparsity, content };
    let (macs, steps) = foretell.compute()?;
    let memories = arch.memories().map(|(id, memory)| {
        let (words, metadata) = foretell.level(id, &[])?;
        Ok(SparseLevel { name: memory.name.clone(), words, metadata })
    });
    let networks = arch.fanouts().map(|(id, fanout)| {
        let (words, metadata) = foretell.network(id)?;
        Ok(SparseNetwork { name: fanout.name.clone(), words, metadata })
    });
    Ok(SparsePrediction {
        levels: memories.collect::<Result<_, _>>()?,
        networks: networks.collect::<Result<_, _>>()?,
        macs,
        steps,
        ports: foretell.ports()?,
    })
}

/// The most pieces of a dimension that are followed one by one.
const MAX_PIECES: u64 = 1 << 20;

struct Foretell<'a, C> {
    view: View<'a>,
    /// The position below all nodes.
    end: usize,
    sparsity: &'a Sparsity,
    content: C,
}

/// One side of a hop: which copies see their words together, and which events count.
struct Side<'a> {
    hop: &'a Hop,
    /// Loops in space whose networks share words on this side.
    shared: &'a dyn Fn(&Loop) -> bool,
    picked: &'a Picked,
    /// The position whose copies touch output words for the first time by themselves.
    above: usize,
    /// Only events that do.
    first: bool,
    /// The format that tiles are described in.
    format: Format,
}

/// Words by fate, and the bits that describe them.
type Moved<N> = (Fate<N>, N);
type Levels<N> = (ByOperand<Access<Fate<N>>>, ByOperand<Access<N>>);
type Networks<N> = (ByOperand<Traffic<N>>, ByOperand<Traffic<N>>);

impl<C: Content> Foretell<'_, C> {
    fn problem(&self) -> &Problem {
        self.view.problem
    }

    fn changes(&self, operand: Operand, dim: Dim) -> bool {
        self.problem().relevance(operand, dim) != Relevance::Irrelevant
    }

    fn dims(&self, position: usize, follow: impl Fn(&Loop) -> Follow) -> Result<Vec<Vec<Group>>, SparsityError> {
        let placed = |dim: Dim| {
            let matters = |operand| !self.content.is_dense(operand) && self.changes(operand, dim);
            C::PLACES && Operand::ALL.into_iter().any(matters)
        };
        let of = |dim: Dim| {
            // What is followed one by one: all pieces where places matter, else those that are taken together.
            let together = self.view.loops.above(dim, position).filter(|l| follow(l) == Follow::Together);
            let pieces = together.map(|l| l.above.div_ceil(l.tile)).fold(1, u64::saturating_mul);
            if (if placed(dim) { self.problem().size()[dim] } else { pieces }) > MAX_PIECES {
                return Err(SparsityError::TooLarge("the pieces of a dimension"));
            }
            Ok(groups(&self.view.loops, dim, position, &follow, placed(dim)))
        };
        self.problem().dims().map(of).collect()
    }

    /// The sum of a term of the target's tile, where the leaders' tiles are not all zero.
    fn sum(
        &self,
        groups: &[Vec<Group>],
        target: Option<Factor>,
        leaders: ByOperand<bool>,
    ) -> Result<C::N, SparsityError> {
        let leads = |operand: &Operand| leaders[*operand] && !self.content.is_dense(*operand);
        let lead = |operand| Factor { operand, term: Term::Occupied, slide: None };
        let factors: Vec<Factor> = target.into_iter().chain(Operand::ALL.into_iter().filter(leads).map(lead)).collect();
        sum(self.problem(), &self.content, groups, &factors)
    }

    /// Multiply-accumulates by fate, and the cycles of the busiest copy.
    fn compute(&self) -> Result<(Fate<C::N>, C::N), SparsityError> {
        let mut leaders = Leaders::of(self.sparsity.compute.iter().map(|(kind, operands)| (*kind, &operands[..])));
        for operand in [Operand::Input, Operand::Weight] {
            if let Some(hop) = self.view.hops[operand].last() {
                leaders = leaders.with(self.sparsity.leaders(hop.from.1, operand));
            }
        }
        let all = self.dims(self.end, |_| Follow::Each)?;
        let macs = self.fate(&all, None, None, leaders)?;

        // Copies along dimensions that no leader changes along have the same to do; the first has most.
        let matters = |dim: Dim| {
            let leads = |o| leaders.skip[o] && !self.content.is_dense(o) && self.changes(o, dim);
            C::PLACES && Operand::ALL.into_iter().any(leads)
        };
        let mut steps = C::N::default();
        let mut copies = Copies::new(&self.view.loops, self.end, |_| true, matters)?;
        while let Some(picked) = copies.next() {
            let follow = |l: &Loop| pick(picked, l).unwrap_or(Follow::Each);
            let copy = self.sum(&self.dims(self.end, follow)?, None, leaders.skip)?;
            steps = if copy > steps { copy } else { steps };
        }
        Ok((macs, steps))
    }

    /// What becomes of the events of a side: words of the target if there is one, else the steps themselves.
    fn fate(
        &self,
        groups: &[Vec<Group>],
        dense: Option<Factor>,
        kept: Option<Factor>,
        leaders: Leaders,
    ) -> Result<Fate<C::N>, SparsityError> {
        let all = self.sum(groups, dense, ByOperand([false; 3]))?;
        let kept_words = self.sum(groups, kept, leaders.skip)?;
        let done = self.sum(groups, kept, leaders.any())?;
        Ok(Fate { done, gated: kept_words.less(done), skipped: all.less(kept_words) })
    }

    /// What becomes of a loop on one side of a hop.
    fn follow(&self, operand: Operand, side: &Side, l: &Loop) -> Follow {
        let (view, hop) = (&self.view, side.hop);
        if let Some(follow) = pick(side.picked, l) {
            return follow;
        }
        let shared = (side.shared)(l);
        if self.changes(operand, l.dim) {
            let windows = self.problem().ranks(operand).iter().any(|r| r.step(l.dim) > 0 && r.0.len() > 1);
            let diagonal = shared && windows && view.shares_diagonals(operand, l);
            return if diagonal { Follow::Together } else { Follow::Each };
        }
        // Repetitions that the child holds its words over: the compute unit, or a memory that is filled with new words.
        let held = match hop.child {
            None => view.latched[operand],
            Some(_) => (view.arch.switches().refill == Refill::New).then(|| self.last_change(operand, hop.to)),
        };
        let together =
            held.is_some_and(|held| l.fanout.is_none() && l.index >= held) || (shared && view.shares(operand, l));
        let first = side.first && (l.fanout.is_none() || l.index >= side.above);
        match (together, first) {
            (true, _) => Follow::Together,
            (false, true) => Follow::Only(0),
            (false, false) => Follow::Each,
        }
    }

    /// The position below the last loop in time above `position` that `operand` changes along.
    fn last_change(&self, operand: Operand, position: usize) -> usize {
        let changes = self.view.loops.in_time(position).filter(|l| self.changes(operand, l.dim));
        changes.last().map_or(0, |l| l.index + 1)
    }

    /// What crosses one side of a hop.
    fn crossing(&self, operand: Operand, side: &Side) -> Result<Moved<C::N>, SparsityError> {
        let hop = side.hop;
        let groups = self.dims(hop.to, |l| self.follow(operand, side, l))?;
        let factor = |term| Some(Factor { operand, term, slide: hop.slide });
        let leaders = self.sparsity.leaders(hop.from.1, operand);
        if let Some(dense) = self.overlapping(operand, side)? {
            if side.format.compresses() || leaders != Leaders::default() {
                let memory = self.view.arch.stage(hop.from.1).name().to_string();
                return Err(SparsityError::Refill { memory, operand: operand.name() });
            }
            return Ok((Fate { done: dense, ..Fate::default() }, C::N::default()));
        }
        let compressed = side.format.compresses() && !self.content.is_dense(operand);
        let term = if compressed { Term::Nonzeros } else { Term::Words };
        let fate = self.fate(&groups, factor(Term::Words), factor(term), leaders)?;
        let bits = match hop.child {
            _ if !side.format.compresses() => C::N::default(),
            Some(_) => self.sum(&groups, factor(Term::Metadata(side.format)), leaders.any())?,
            None => {
                let words = self.sum(&groups, factor(Term::Words), leaders.any())?;
                let with = |words: C::N, bits| words.times(C::N::whole(bits));
                let starts = with(self.visits(operand, side)?, side.format.start());
                with(fate.done, side.format.with_nonzero()).plus(with(words, side.format.with_word())).plus(starts)
            }
        };
        Ok((fate, bits))
    }

    /// The words that cross a side of a hop, as the dense prediction has them, if they are what is new of tiles that
    /// overlap and so no tiles; of the busiest copy, where one is picked.
    fn overlapping(&self, operand: Operand, side: &Side) -> Result<Option<C::N>, SparsityError> {
        let hop = side.hop;
        if self.view.arch.switches().refill == Refill::Whole || hop.child.is_none() {
            return Ok(None);
        }
        let part = if side.picked.is_empty() { Part::All } else { Part::Busiest(side.above) };
        let dense = C::N::whole(if side.first {
            let merged = |l: &Loop| l.index < side.above && (side.shared)(l) && self.view.shares(operand, l);
            self.view.first_touches(side.above, part, merged)
        } else {
            self.view.crossing(operand, hop, part, side.shared)
        });
        let picked: Vec<(usize, u64)> = side.picked.iter().map(|&(index, _)| (index, 0)).collect();
        let first = Side { picked: &picked, ..*side };
        let groups = self.dims(hop.to, |l| self.follow(operand, &first, l))?;
        let factor = Factor { operand, term: Term::Words, slide: hop.slide };
        let tiles = self.sum(&groups, Some(factor), ByOperand([false; 3]))?;
        Ok((tiles != dense).then_some(dense))
    }

    /// How often words on their way to the compute unit begin a row, or a column where those are compressed: the steps
    /// without the innermost loops in time along it.
    fn visits(&self, operand: Operand, side: &Side) -> Result<C::N, SparsityError> {
        let Some((last, others)) = self.problem().ranks(operand).split_last() else { return Ok(C::N::default()) };
        let along = |l: &Loop| match side.format {
            Format::Columns { .. } => others.iter().any(|rank| rank.step(l.dim) > 0),
            _ => last.step(l.dim) > 0,
        };
        let leaves = self.view.loops.in_time(self.end).filter(|l| !along(l)).last();
        let inner = leaves.map_or(0, |l| l.index).max(side.hop.from.0);
        let visits = self.dims(side.hop.to, |l| match self.follow(operand, side, l) {
            Follow::Each if along(l) && l.index >= inner && l.fanout.is_none() => Follow::Together,
            follow => follow,
        })?;
        sum(self.problem(), &self.content, &visits, &[])
    }

    /// What moves over a side of an output's hop in the second direction: all but what is touched for the first time.
    fn again(&self, side: Side, (all, bits): Moved<C::N>) -> Result<Moved<C::N>, SparsityError> {
        let (first, first_bits) = self.crossing(Operand::Output, &Side { first: true, ..side })?;
        let fate = Fate {
            done: all.done.less(first.done),
            gated: all.gated.less(first.gated),
            skipped: all.skipped.less(first.skipped),
        };
        Ok((fate, bits.less(first_bits)))
    }

    /// The traffic of a memory, of one instance where loops above it are picked.
    fn level(&self, id: StageId, picked: &Picked) -> Result<Levels<C::N>, SparsityError> {
        let mut words = ByOperand::<Access<Fate<C::N>>>::default();
        let mut bits = ByOperand::<Access<C::N>>::default();
        for operand in Operand::ALL {
            let format = self.sparsity.format(id, operand);
            let (words, bits) = (&mut words[operand], &mut bits[operand]);
            for hop in &self.view.hops[operand] {
                if hop.from.1 == id {
                    let shared = |l: &Loop| l.index >= hop.from.0;
                    let side = Side { hop, shared: &shared, picked, above: hop.from.0, first: false, format };
                    let crossing = self.crossing(operand, &side)?;
                    if operand == Operand::Output {
                        (words.updates, bits.updates) = crossing;
                        (words.reads, bits.reads) = self.again(side, crossing)?;
                    } else {
                        (words.reads, bits.reads) = crossing;
                    }
                }
                if hop.child == Some(id) {
                    let side = Side { hop, shared: &|_| false, picked, above: hop.to, first: false, format };
                    let crossing = self.crossing(operand, &side)?;
                    if operand == Operand::Output {
                        if self.view.arch.switches().drains == Drains::Counted {
                            (words.drains, bits.drains) = crossing;
                        }
                        (words.fills, bits.fills) = self.again(side, crossing)?;
                    } else {
                        (words.fills, bits.fills) = crossing;
                    }
                }
            }
        }
        Ok((words, bits))
    }

    /// What passes a fan-out's network.
    fn network(&self, id: StageId) -> Result<Networks<C::N>, SparsityError> {
        let mut words = ByOperand::<Traffic<C::N>>::default();
        let mut bits = ByOperand::<Traffic<C::N>>::default();
        for operand in Operand::ALL {
            let passes = |hop: &&Hop| hop.from.1 < id && hop.child.is_none_or(|child| child > id);
            let Some(hop) = self.view.hops[operand].iter().find(passes) else { continue };
            let format = self.sparsity.format(hop.from.1, operand);
            let both_ways = |inner: bool| {
                let shared = |l: &Loop| {
                    let Some(fanout) = l.fanout else { return false };
                    l.index >= hop.from.0 && if inner { fanout > id } else { fanout >= id }
                };
                let side = Side { hop, shared: &shared, picked: &[], above: hop.to, first: false, format };
                let (fate, bits) = self.crossing(operand, &side)?;
                if operand != Operand::Output {
                    return Ok((fate.done, bits));
                }
                let (again, again_bits) = self.again(side, (fate, bits))?;
                Ok((fate.done.plus(again.done), bits.plus(again_bits)))
            };
            (words[operand].sent, bits[operand].sent) = both_ways(false)?;
            (words[operand].delivered, bits[operand].delivered) = both_ways(true)?;
        }
        Ok((words, bits))
    }

    /// For each memory with a bandwidth, the cycles of the busiest port of its busiest instance.
    fn ports(&self) -> Result<Vec<(StageId, f64)>, SparsityError> {
        let mut ports = Vec::new();
        for (id, memory) in self.view.arch.memories() {
            if memory.bandwidth == Bandwidth::Unbounded {
                continue;
            }
            let mut busiest: f64 = 0.0;
            let mut copies = Copies::new(&self.view.loops, self.end, |fanout| fanout < id, |_| C::PLACES)?;
            while let Some(picked) = copies.next() {
                let (words, bits) = self.level(id, picked)?;
                let (mut reads, mut writes) = (0.0, 0.0);
                for operand in Operand::ALL {
                    let took = |fate: Fate<C::N>, bits: C::N| {
                        fate.done.plus(fate.gated).value() + bits.value() / f64::from(self.sparsity.word_bits)
                    };
                    let (words, bits) = (&words[operand], &bits[operand]);
                    reads += took(words.reads, bits.reads) + took(words.drains, bits.drains);
                    writes += took(words.fills, bits.fills) + took(words.updates, bits.updates);
                }
                busiest = busiest.max(match memory.bandwidth {
                    Bandwidth::Unbounded => 0.0,
                    Bandwidth::Shared(words) => (reads + writes) / words,
                    Bandwidth::Separate { read, write } => (reads / read).max(writes / write),
                });
            }
            ports.push((id, busiest));
        }
        Ok(ports)
    }
}
