//! What a partial choice of cuts costs at least.
//!
//! Energy is a sum over hops, and each hop's words a product over dimensions: of pieces, which no cut makes fewer than
//! the least of the cuts that are left. So replacing every open dimension's factor by its least gives a bound; with no
//! dimension open it is the cost itself, but for what the leaf counts more exactly: overlap that slides or is shared
//! diagonally, words that the compute unit holds on to. Those are bounded from below.
//!
//! Outputs read at a parent are updates less first touches: with U pieces and c copies, prod U - prod c. Since U >= c
//! in each dimension, (prod m U' - c') prod c is a bound, where primes mark the dimensions chosen, m is the least
//! U / c of each open one and c its least.

use crate::hops::{AtHop, Hop, Outlook};
use crate::objective::Cost;
use crate::reuse;
use crate::setting::Setting;
use model::Charges;
use model::arch::{Arch, Bandwidth, Capacity, MAX_STAGES, StageId};
use nn::Operand;
use nn::problem::{Dim, MAX_DIMS, Problem, Rank, Relevance, Term, Tile};
use smallvec::{SmallVec, smallvec};
use std::rc::Rc;

/// Bounds the choices of one template.
pub struct Bounds<'a> {
    problem: &'a Problem,
    arch: &'a Arch,
    /// By dimension, whether all pieces are alike.
    alike: [bool; MAX_DIMS],
    hops: Vec<PricedHop>,
    /// The steps below which no mapping gets: MACs over copies.
    least_steps: f64,
    latency: bool,
    /// Memories with a capacity, and the hops that fill them.
    stores: Vec<Store>,
}

/// A memory with a capacity.
struct Store {
    capacity: Capacity,
    /// Whether the other half is in use.
    halved: bool,
    /// The hops that fill it, with their operands.
    hops: Vec<(usize, Operand)>,
}

/// A hop, its relevant dimensions and its prices.
struct PricedHop {
    hop: Hop,
    relevance: [Relevance; MAX_DIMS],
    parent_read: f64,
    parent_write: f64,
    child_read: f64,
    child_write: f64,
    delivery: f64,
    /// Where reuse is paid for, what a psum costs as the parent and as the child sees it, beside the parent's first
    /// touches.
    reuse: Option<[f64; 2]>,
    /// Whether the compute unit holds on to the words.
    latch: bool,
    /// Where the held pieces of the operand are among those of a dimension that it does not change with, by dimension.
    held: [usize; MAX_DIMS],
    /// Whether a network on the way shares diagonals.
    diagonal: bool,
}

/// The bound as a function of one dimension's cut, the others being as they are.
pub struct Form<'a> {
    bounds: &'a Bounds<'a>,
    hops: Vec<HopForm>,
    steps: f64,
    /// Copies of the other dimensions.
    copies: Vec<[u64; 2]>,
}

/// A few lines, each a constant and a slope.
type Lines<T> = SmallVec<[(T, T); 5]>;

/// A hop's words and tiles as functions of one dimension's cut.
struct HopForm {
    /// Whether the operand changes along the dimension.
    relevant: bool,
    /// Products over the other dimensions along which the operand does not change.
    others: AtHop,
    /// The words are the least of `a + b pieces` over these.
    lines: Lines<f64>,
    /// The same where the parent reads what copies share along diagonals once, in the pieces that are apart.
    apart: Option<Lines<f64>>,
    /// The words that the child holds are the least of `a + b (tile - 1)` over these.
    held: Lines<u64>,
    /// Where the compute unit holds on to the words.
    latch: Option<LatchForm>,
}

/// What is left of the reads of an operand that the compute unit holds on to.
struct LatchForm {
    /// One more than the slot of the other dimensions' last loop in time that changes the operand.
    last: usize,
    /// Pieces of the other dimensions that do not change it, by where the last change is.
    others: SmallVec<[f64; 16]>,
    /// Where the dimension's own are among those of a cut; none if the operand changes with it.
    own: Option<usize>,
}

impl LatchForm {
    fn pieces(&self, cut: &Outlook) -> f64 {
        match self.own {
            Some(offset) => self.others[self.last] * cut.held[offset + self.last],
            None => self.others[self.last.max(cut.innermost)],
        }
    }
}

impl<'a> Bounds<'a> {
    /// For the hops of a template.
    pub fn new(setting: &'a Setting<'a>, hops: &[Hop]) -> Bounds<'a> {
        let (problem, arch, latency) = (setting.problem, setting.arch, setting.latency);
        let mut alike = [true; MAX_DIMS];
        setting.divisors.iter().zip(&mut alike).for_each(|(divisors, alike)| *alike = divisors.is_some());
        let lanes: f64 = arch.fanouts().map(|(_, f)| (f.size[0] * f.size[1]) as f64).product();
        let fills = |id| {
            let filling = hops.iter().enumerate().filter(move |(_, hop)| hop.child == Some(id));
            filling.map(|(h, hop)| (h, hop.operand)).collect()
        };
        let stores = arch
            .memories()
            .filter(|(_, memory)| memory.capacity != Capacity::Unbounded)
            .map(|(id, m)| Store { capacity: m.capacity, halved: m.double_buffered, hops: fills(id) })
            .collect();
        let hops = hops.iter().map(|hop| PricedHop::new(problem, arch, *hop)).collect();
        Bounds { problem, arch, alike, hops, least_steps: problem.macs() as f64 / lanes, latency, stores }
    }

    /// The bound as a function of the cut of `dim`.
    pub fn form(&'a self, dim: Dim, outlook: &[Rc<Outlook>]) -> Form<'a> {
        let others = || self.problem.dims().filter(move |&d| d != dim);
        let hops = (0..self.hops.len()).map(|h| self.hop_form(h, dim, outlook)).collect();
        let steps = others().map(|d| outlook[d.0 as usize].steps).product();
        let mut copies = vec![[1, 1]; self.arch.fanouts().count()];
        for d in others() {
            for (all, of) in copies.iter_mut().zip(&outlook[d.0 as usize].copies) {
                *all = [all[0] * of[0], all[1] * of[1]];
            }
        }
        Form { bounds: self, hops, steps, copies }
    }

    fn hop_form(&self, h: usize, dim: Dim, outlook: &[Rc<Outlook>]) -> HopForm {
        let priced = &self.hops[h];
        let at = |d: Dim| &outlook[d.0 as usize].hops[h];
        let irrelevant = |d: Dim| priced.relevance[d.0 as usize] == Relevance::Irrelevant;
        let mut others = AtHop::ONE;
        for d in self.problem.dims().filter(|&d| d != dim && irrelevant(d)) {
            others.pieces *= at(d).pieces;
            others.shared *= at(d).shared;
            others.copies *= at(d).copies;
            others.parent_copies *= at(d).parent_copies;
            others.down *= at(d).down;
            others.up *= at(d).up;
        }
        HopForm {
            relevant: !irrelevant(dim),
            others,
            lines: self.lines(h, dim, outlook, priced.hop.child.is_none(), |at| (at.pieces, at.most_pieces)),
            apart: priced.diagonal.then(|| self.lines(h, dim, outlook, false, |at| (at.apart, at.most_apart))),
            held: self.held(h, dim, outlook),
            latch: priced.latch.then(|| self.latch_form(h, dim, outlook)),
        }
    }

    fn latch_form(&self, h: usize, dim: Dim, outlook: &[Rc<Outlook>]) -> LatchForm {
        let priced = &self.hops[h];
        let irrelevant = |d: Dim| priced.relevance[usize::from(d.0)] == Relevance::Irrelevant;
        let of = |d: Dim| &outlook[usize::from(d.0)];
        let others = || self.problem.dims().filter(move |&d| d != dim);
        let last = others().filter(|&d| !irrelevant(d)).map(|d| of(d).innermost).max().unwrap_or(0);
        let held = |last: usize| {
            others().filter(|&d| irrelevant(d)).map(|d| of(d).held[priced.held[usize::from(d.0)] + last]).product()
        };
        let others = (0..=priced.hop.to + 1).map(held).collect();
        LatchForm { last, others, own: irrelevant(dim).then(|| priced.held[usize::from(dim.0)]) }
    }

    /// Words of a hop's operand over all its pieces along the dimensions that it changes with, at least, as lines in
    /// the pieces of `dim`; with `points`, every point is a piece.
    fn lines(
        &self,
        h: usize,
        dim: Dim,
        outlook: &[Rc<Outlook>],
        points: bool,
        of: impl Fn(&AtHop) -> (f64, f64),
    ) -> Lines<f64> {
        let hop = &self.hops[h].hop;
        let size = |d: Dim| self.problem.size()[d] as f64;
        let mut constant = 1.0;
        let mut lines: Lines<f64> = smallvec![(1.0, 0.0)];
        for rank in self.problem.ranks(hop.operand) {
            let all = if points {
                smallvec![(rank.0.iter().map(|term| size(term.dim)).product(), 0.0)]
            } else {
                self.rank_lines(h, rank, dim, outlook, &of)
            };
            if rank.step(dim) > 0 {
                lines = all;
            } else {
                constant *= all.iter().map(|&(a, _)| a).fold(f64::INFINITY, f64::min);
            }
        }
        lines.iter().map(|&(a, b)| (constant * a, constant * b)).collect()
    }

    /// Words of a rank over all pieces: a sum over pieces of 1 + sum of step (size - 1), multilinear in the numbers of
    /// pieces, so least at a corner of the ranges of those that are open. A tile that slides may skip the gaps that a
    /// stride leaves, but reads every coordinate that is used.
    fn rank_lines(
        &self,
        h: usize,
        rank: &Rank,
        dim: Dim,
        outlook: &[Rc<Outlook>],
        of: &impl Fn(&AtHop) -> (f64, f64),
    ) -> Lines<f64> {
        let terms = &rank.0;
        let gaps = terms.iter().any(|term| term.step > 1);
        let corners = if gaps { 1usize << terms.len() } else { 1 };
        let mut lines: Lines<f64> = SmallVec::new();
        for corner in 0..corners {
            // The product of all pieces, and the sum of the spans, each without the dimension's own pieces.
            let (mut all, mut own) = (1.0, None);
            for (i, term) in terms.iter().enumerate() {
                let (least, most) = of(&outlook[term.dim.0 as usize].hops[h]);
                if term.dim == dim {
                    own = Some(term);
                } else {
                    all *= if corner >> i & 1 == 1 { most } else { least };
                }
            }
            let size = |term: &Term| self.problem.size()[term.dim] as f64;
            let mut spans = 0.0;
            for (i, term) in terms.iter().enumerate().filter(|(_, term)| term.dim != dim) {
                let (least, most) = of(&outlook[term.dim.0 as usize].hops[h]);
                let pieces = if corner >> i & 1 == 1 { most } else { least };
                spans += term.step as f64 * (size(term) - pieces) * (all / pieces);
            }
            lines.push(match own {
                Some(term) => {
                    let step = term.step as f64;
                    (step * size(term) * all, all + spans - step * all)
                }
                None => (all + spans, 0.0),
            });
        }
        if gaps {
            // A window of p by r points reads p r coordinates or the whole extent, whichever is less. Where all
            // windows are alike, all of them read so many each; else together no fewer than are used at all.
            let alike = terms.len() == 2 && terms.iter().all(|term| self.alike[usize::from(term.dim.0)]);
            let points = || terms.iter().map(|term| self.problem.size()[term.dim] as f64).product();
            lines.push((if alike { points() } else { self.used_coordinates(rank) }, 0.0));
        }
        lines
    }

    /// Coordinates of a rank that some point reads, at least: those of any two terms. Two points of u p + d r read the
    /// same one, for u and d without a common divisor, if they lie a multiple of (d, -u) apart, so that of each chain
    /// of such points one counts.
    fn used_coordinates(&self, rank: &Rank) -> f64 {
        let size = |term: &Term| self.problem.size()[term.dim];
        let one = rank.0.iter().map(|term| size(term) as f64).fold(1.0, f64::max);
        let pairs = rank.0.iter().enumerate().flat_map(|(i, a)| rank.0[..i].iter().map(move |b| (a, b)));
        let two = pairs.map(|(a, b)| {
            let divisor = gcd(a.step, b.step);
            let links = |term: &Term, other: &Term| size(term).saturating_sub(other.step / divisor) as f64;
            size(a) as f64 * size(b) as f64 - links(a, b) * links(b, a)
        });
        two.fold(one, f64::max)
    }

    /// Words that the child of a hop holds, as lines in the tile of `dim`: of the whole tile, and of the smallest
    /// windows that could slide over it.
    fn held(&self, h: usize, dim: Dim, outlook: &[Rc<Outlook>]) -> Lines<u64> {
        let priced = &self.hops[h];
        if priced.hop.child.is_none() {
            return SmallVec::new();
        }
        let mut tile = Tile::POINT;
        for d in self.problem.dims() {
            tile[d] = outlook[d.0 as usize].hops[h].tile;
        }
        tile[dim] = 1;
        let line = |tile: &Tile| {
            let (mut others, mut own, mut step) = (1, 1, 0);
            for rank in self.problem.ranks(priced.hop.operand) {
                match rank.step(dim) {
                    0 => others *= rank.extent(tile),
                    s => (own, step) = (rank.extent(tile), s),
                }
            }
            (others * own, others * step)
        };
        let mut lines: Lines<u64> = smallvec![line(&tile)];
        for d in self.problem.dims().filter(|d| priced.relevance[d.0 as usize] == Relevance::Partial) {
            if d == dim {
                lines.push((line(&tile).0, 0));
            } else if tile[d] > 1 {
                let mut window = tile;
                window[d] = 1;
                lines.push(line(&window));
            }
        }
        lines
    }
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

impl Form<'_> {
    /// Whether a cut's copies and tiles may fit beside the others.
    pub fn fits(&self, cut: &Outlook) -> Result<(), Misfit> {
        let arch = self.bounds.arch;
        for ((_, fanout), (others, own)) in arch.fanouts().zip(self.copies.iter().zip(&cut.copies)) {
            if others[0] * own[0] > fanout.size[0] || others[1] * own[1] > fanout.size[1] {
                return Err(Misfit::Fanout);
            }
        }
        for store in &self.bounds.stores {
            let words = |h: usize| {
                let tile = cut.hops[h].tile;
                self.hops[h].held.iter().map(|&(a, b)| a + b * (tile - 1)).min().unwrap_or(0)
            };
            let usable = |capacity: u64| if store.halved { capacity / 2 } else { capacity };
            let fits = match store.capacity {
                Capacity::Unbounded => true,
                Capacity::Pool(all) => store.hops.iter().map(|&(h, _)| words(h)).sum::<u64>() <= usable(all),
                Capacity::Partitioned(of) => store.hops.iter().all(|&(h, o)| words(h) <= usable(of[o])),
            };
            if !fits {
                return Err(Misfit::Memory);
            }
        }
        Ok(())
    }

    /// The least cost with this cut.
    pub fn cost(&self, cut: &Outlook) -> Cost {
        let bounds = self.bounds;
        let mut energy = bounds.problem.macs() as f64 * bounds.arch.compute().price;
        let mut traffic = [(0.0, 0.0); MAX_STAGES];
        for ((priced, form), at) in bounds.hops.iter().zip(&self.hops).zip(&cut.hops) {
            let words = form.lines.iter().map(|&(a, b)| a + b * at.pieces).fold(f64::INFINITY, f64::min);
            let others = &form.others;
            let with = |others: f64, own: f64| if form.relevant { others } else { others * own };
            let shared = match &form.latch {
                Some(latch) => latch.pieces(cut),
                None => with(others.shared, at.shared),
            };
            let pieces = words * with(others.pieces, at.pieces);
            let (reads, writes, child_reads, child_writes);
            if priced.hop.operand == Operand::Output {
                writes = words * shared;
                reads = words * with(others.parent_copies, at.parent_copies) * (with(others.up, at.up) - 1.0).max(0.0);
                child_reads = pieces;
                child_writes = words * with(others.copies, at.copies) * (with(others.down, at.down) - 1.0).max(0.0);
            } else {
                let of =
                    |lines: &Lines<f64>| lines.iter().map(|&(a, b)| a + b * at.apart).fold(f64::INFINITY, f64::min);
                let once = form.apart.as_ref().map_or(words, of);
                (reads, writes) = (shared * once, 0.0);
                (child_reads, child_writes) = (0.0, pieces);
            }
            energy += match priced.reuse {
                Some([parent, child]) if priced.hop.operand == Operand::Output => {
                    reads * priced.parent_read + writes * parent + child_reads * child
                }
                _ => {
                    reads * priced.parent_read
                        + writes * priced.parent_write
                        + child_reads * priced.child_read
                        + child_writes * priced.child_write
                        + (child_reads + child_writes) * priced.delivery
                }
            };
            if !bounds.latency {
                continue;
            }
            let parent = &mut traffic[priced.hop.parent.0 as usize];
            *parent = (parent.0 + reads, parent.1 + writes);
            if let Some(child) = priced.hop.child {
                let child = &mut traffic[child.0 as usize];
                *child = (child.0 + child_reads, child.1 + child_writes);
            }
        }
        let latency = if bounds.latency { self.latency(cut, &traffic) } else { 0.0 };
        Cost { energy, latency }
    }

    fn latency(&self, cut: &Outlook, traffic: &[(f64, f64)]) -> f64 {
        let arch = self.bounds.arch;
        let ports = arch.memories().map(|(id, memory)| {
            let (reads, writes) = traffic[id.0 as usize];
            let share = 1.0 / arch.instances(id) as f64;
            match memory.bandwidth {
                Bandwidth::Unbounded => 0.0,
                Bandwidth::Shared(words) => (reads + writes) * share / words,
                Bandwidth::Separate { read, write } => (reads * share / read).max(writes * share / write),
            }
        });
        ports.fold((self.steps * cut.steps).max(self.bounds.least_steps), f64::max)
    }
}

/// Why a cut does not fit beside the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Misfit {
    /// A fan-out has too few copies.
    Fanout,
    /// A memory holds too few words.
    Memory,
}

impl PricedHop {
    fn new(problem: &Problem, arch: &Arch, hop: Hop) -> PricedHop {
        let mut relevance = [Relevance::Irrelevant; MAX_DIMS];
        problem.dims().for_each(|dim| relevance[dim.0 as usize] = problem.relevance(hop.operand, dim));
        let parent = arch.memory(hop.parent);
        let child = hop.child.and_then(|id| arch.memory(id));
        let passed = || {
            let inside = move |id| id > hop.parent && hop.child.is_none_or(|child| id < child);
            arch.fanouts().filter(move |&(id, _)| inside(id)).map(|(_, fanout)| fanout)
        };
        // Those of the operands before this one come first.
        let latched = |o: &Operand| (*o as usize) < hop.operand as usize && arch.compute().latches(*o);
        let mut held = [0; MAX_DIMS];
        for dim in problem.dims() {
            let before = Operand::ALL.into_iter().filter(latched);
            let lists = before.filter(|&o| problem.relevance(o, dim) == Relevance::Irrelevant).count();
            held[usize::from(dim.0)] = lists * (hop.to + 2);
        }
        let latch = hop.child.is_none() && arch.compute().latches(hop.operand);
        let reuse = arch.switches().charges == Charges::Reuse;
        // Only the outermost memory's psums are read but for first touches; words are paid for where they leave.
        let unread = reuse && hop.operand == Operand::Output && hop.parent != StageId(0);
        let delivery = passed().next_back().filter(|_| !latch).map_or(0.0, |fanout| fanout.price(hop.operand));
        PricedHop {
            hop,
            held,
            relevance,
            parent_read: parent.filter(|_| !unread).map_or(0.0, |m| m.read_price),
            parent_write: parent.map_or(0.0, |m| m.write_price),
            child_read: child.map_or(0.0, |m| m.read_price),
            child_write: child.filter(|_| !reuse).map_or(0.0, |m| m.write_price),
            delivery,
            reuse: reuse.then(|| reuse::psum(arch, hop.parent, hop.child)),
            latch,
            diagonal: hop.operand == Operand::Input && passed().any(|fanout| fanout.sharing.diagonal),
        }
    }
}
