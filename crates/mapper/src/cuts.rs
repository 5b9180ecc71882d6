//! How one dimension can be cut: a choice of its loops' tiles in a template, bin after bin from the outside, and what
//! the choice means for each hop of each operand. What bins that are still open may mean is bounded: a loop never
//! makes fewer pieces, and what the bins further in cannot absorb has to be cut before.

use crate::hops::{AtHop, Hop, Outlook};
use crate::setting::Setting;
use crate::template::Template;
use model::Axis;
use model::arch::{Arch, StageId};
use nn::Operand;
use nn::problem::{Dim, Relevance};
use smallvec::{SmallVec, smallvec};
use std::rc::Rc;

/// Where a loop over a dimension may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bin {
    /// In time, in the slot before an event.
    Slot(usize),
    /// In space, after the slot before a fan-out's event.
    Space {
        /// The fan-out's event.
        event: usize,
        /// The fan-out.
        fanout: StageId,
        /// Along which axis.
        axis: Axis,
    },
}

impl Bin {
    /// The event that it comes before, or is.
    pub fn event(self) -> usize {
        match self {
            Bin::Slot(event) | Bin::Space { event, .. } => event,
        }
    }

    fn is_space(self) -> bool {
        matches!(self, Bin::Space { .. })
    }
}

/// One way to cut a dimension, down to some bin.
#[derive(Clone, Debug, PartialEq)]
pub struct Cut {
    /// The tiles of the loops in the first bins.
    pub tiles: SmallVec<[u64; 8]>,
    /// What it means, at least.
    pub outlook: Rc<Outlook>,
    /// The pieces that these loops make, in each of the cutter's ways to follow them.
    pieces: SmallVec<[Pieces; 4]>,
}

/// Pieces: (size, how many).
type Pieces = SmallVec<[(u64, f64); 2]>;

/// Which tiles a loop may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Factors {
    /// Those that divide what is cut.
    Perfect,
    /// All; the last tile of a loop may be smaller.
    Imperfect,
}

/// Cuts one dimension in a template.
pub struct Cutter<'a> {
    setting: &'a Setting<'a>,
    dim: Dim,
    whole: u64,
    /// The bins, outermost first.
    pub bins: Vec<Bin>,
    /// For each bin in space, its fan-out among the arch's, the axis, and the copies along it.
    spaces: Vec<Option<(usize, Axis, u64)>>,
    hops: Vec<BinsOfHop>,
    /// The ways that the pieces are counted in that are left of what is held on to.
    held: Vec<usize>,
    /// Ways to follow loops: for each, a bit for each bin whose loop is followed into its first iteration only.
    ways: Vec<u128>,
    /// The most that the bins from each on can cut; none for any size.
    absorbs: Vec<Option<u64>>,
    /// The most copies that the bins from each on can make.
    copies: Vec<f64>,
    /// Tiles that are given: bins above the place, points.
    given: Vec<(usize, u64)>,
}

/// A hop as a dimension's bins see it.
struct BinsOfHop {
    /// Bins above the child's keep.
    to: usize,
    /// Bins above the parent's keep.
    from: usize,
    /// The way that follows loops in space into their first copy where the network shares the operand's words.
    shared: usize,
    /// The way that follows the loops of networks that share diagonals, and those below, into their first iteration.
    apart: usize,
}

/// The way that follows all loops.
const ALL: usize = 0;
/// The way that follows loops in time into their first iteration: copies.
const COPIES: usize = 1;
/// The way that follows loops in space into their first copy: steps.
const STEPS: usize = 2;

impl<'a> Cutter<'a> {
    /// For a dimension in a template.
    pub fn new(setting: &'a Setting<'a>, template: &Template, hops: &[Hop], dim: Dim) -> Cutter<'a> {
        let (problem, arch) = (setting.problem, setting.arch);
        let whole = problem.size()[dim];
        let bins = setting.bins(template, dim);
        let space = |bin: &Bin| match *bin {
            Bin::Slot(_) => None,
            Bin::Space { fanout, axis, .. } => {
                let (index, (_, of)) = arch.fanouts().enumerate().find(|(_, (id, _))| *id == fanout)?;
                Some((index, axis, of.size[axis as usize]))
            }
        };
        let spaces: Vec<_> = bins.iter().map(space).collect();
        let bits = |picks: &dyn Fn(&Bin) -> bool| {
            bins.iter().enumerate().filter(|(_, bin)| picks(bin)).fold(0u128, |bits, (i, _)| bits | 1 << i)
        };
        let mut ways = vec![0, bits(&|bin| !bin.is_space()), bits(&|bin| bin.is_space())];
        let above = |event: usize| bins.iter().take_while(|bin| bin.event() <= event).count();
        let of_hops = hops;
        let hops: Vec<BinsOfHop> = hops
            .iter()
            .map(|hop| {
                let irrelevant = problem.relevance(hop.operand, dim) == Relevance::Irrelevant;
                let shared = bits(&|bin| match *bin {
                    Bin::Space { event, fanout, .. } => {
                        let sharing = arch.fanout(fanout).map(|f| f.sharing);
                        let shares = sharing.is_some_and(|s| match hop.operand {
                            Operand::Output => s.reduction,
                            _ => s.multicast,
                        });
                        irrelevant && shares && event >= hop.from && event <= hop.to
                    }
                    Bin::Slot(_) => false,
                });
                let shared = ways.iter().position(|&way| way == shared).unwrap_or_else(|| {
                    ways.push(shared);
                    ways.len() - 1
                });
                let diagonal = |bin: &&Bin| match **bin {
                    Bin::Space { event, fanout, .. } => {
                        let shares = arch.fanout(fanout).is_some_and(|f| f.sharing.diagonal);
                        shares && hop.operand == Operand::Input && event >= hop.from && event <= hop.to
                    }
                    Bin::Slot(_) => false,
                };
                let apart = match bins.iter().find(diagonal).map(|bin| bin.event()) {
                    Some(outermost) => {
                        let below = |bin: &Bin| bin.event() > outermost || (bin.event() == outermost && bin.is_space());
                        ways.push(bits(&below));
                        ways.len() - 1
                    }
                    None => ALL,
                };
                let from = bins.iter().take_while(|bin| bin.event() < hop.from).count();
                BinsOfHop { to: above(hop.to), from, shared, apart }
            })
            .collect();
        let latched = Operand::ALL.into_iter().filter(|&o| arch.compute().latches(o));
        let mut held = Vec::new();
        for operand in latched.filter(|&o| problem.relevance(o, dim) == Relevance::Irrelevant) {
            let innermost = of_hops.iter().zip(&hops).find(|(hop, _)| hop.operand == operand && hop.child.is_none());
            let shared = innermost.map_or(0, |(_, hop)| ways[hop.shared]);
            for last in 0..=template.events.len() + 1 {
                ways.push(shared | bits(&|bin| !bin.is_space() && bin.event() + 1 >= last));
                held.push(ways.len() - 1);
            }
        }
        let absorbs = (0..=bins.len()).map(|i| most(arch, &bins[i..])).collect();
        let sizes = |from: usize| spaces[from..].iter().flatten().map(|&(_, _, size)| size as f64).product();
        let copies = (0..=bins.len()).map(sizes).collect();
        let given = setting.given(template, dim);
        let given = given.into_iter().map(|(event, points)| (event.map_or(0, above), points)).collect();
        Cutter { setting, dim, whole, bins, spaces, hops, held, ways, absorbs, copies, given }
    }

    /// The tiles that divide the dimension, rising, where only those are tried.
    fn divisors(&self) -> Option<&'a [u64]> {
        self.setting.divisors[usize::from(self.dim.0)].as_deref()
    }

    /// Memory that a cut takes, about, in bytes.
    pub fn bytes(&self) -> u64 {
        let spilled = |len: usize, inline: usize, each: usize| if len > inline { len * each } else { 0 };
        let hops = spilled(self.hops.len(), 8, size_of::<AtHop>());
        let pieces = spilled(self.ways.len(), 4, size_of::<Pieces>());
        (size_of::<Cut>() + size_of::<Outlook>() + hops + pieces + spilled(self.held.len(), 8, 8)) as u64
    }

    /// The cut of no bin yet; none if the bins cannot cut the dimension.
    pub fn root(&self) -> Option<Cut> {
        let fits = self.absorbs[0].is_none_or(|most| self.whole <= most) && self.keeps_given(0, self.whole);
        if !fits || !self.setting.has_axes(&self.bins, self.dim) {
            return None;
        }
        let none = AtHop { tile: self.whole, ..AtHop::ONE };
        let copies = smallvec![[1, 1]; self.setting.arch.fanouts().count()];
        let mut outlook =
            Outlook { hops: smallvec![none; self.hops.len()], steps: 1.0, copies, innermost: 0, held: SmallVec::new() };
        let pieces = smallvec![smallvec![(self.whole, 1.0)]; self.ways.len()];
        self.look(&mut outlook, None, &[], &pieces);
        Some(Cut { tiles: SmallVec::new(), outlook: Rc::new(outlook), pieces })
    }

    /// Whether all bins are cut.
    pub fn is_whole(&self, cut: &Cut) -> bool {
        cut.tiles.len() == self.bins.len()
    }

    /// How many ways there are to cut one bin more, at most.
    pub fn ways(&self, cut: &Cut) -> u64 {
        if self.is_whole(cut) {
            return 1;
        }
        let left = cut.tiles.last().copied().unwrap_or(self.whole);
        self.divisors().map_or(left, |tiles| left.min(tiles.len() as u64))
    }

    /// The ways to cut one bin more that are kept for what they mean, in a fixed order.
    pub fn refine(&self, cut: &Cut, into: &mut Vec<Cut>, mut keeps: impl FnMut(&Outlook) -> bool) {
        let at = cut.tiles.len();
        let left = cut.tiles.last().copied().unwrap_or(self.whole);
        let least = most(self.setting.arch, &self.bins[at..=at]).map_or(1, |most| left.div_ceil(most));
        // What the other bins cannot absorb has to be cut here.
        let largest = self.absorbs[at + 1].map_or(left, |most| left.min(most));
        let exact = self.setting.copies(self.bins[at], self.dim);
        let mut add = |tile: u64| {
            if exact.is_some_and(|exact| exact != left.div_ceil(tile)) || !self.keeps_given(at + 1, tile) {
                return;
            }
            let mut tiles = cut.tiles.clone();
            tiles.push(tile);
            let first = |way: &u128| way >> at & 1 == 1;
            let pieces =
                cut.pieces.iter().zip(&self.ways).map(|(pieces, way)| cut_all(pieces, tile, first(way))).collect();
            let mut outlook = (*cut.outlook).clone();
            if let Some((fanout, axis, _)) = self.spaces[at] {
                outlook.copies[fanout][axis as usize] *= left.div_ceil(tile);
            } else if tile < left {
                outlook.innermost = self.bins[at].event() + 1;
            }
            self.look(&mut outlook, Some(at), &tiles, &pieces);
            if keeps(&outlook) {
                into.push(Cut { tiles, outlook: Rc::new(outlook), pieces });
            }
        };
        match self.divisors() {
            None => {
                let tried = |tile: &u64| !self.setting.even || *tile == left.div_ceil(left.div_ceil(*tile));
                (least..=largest).rev().filter(tried).for_each(add);
            }
            Some(tiles) => {
                let fits = |tile: &&u64| (least..=largest).contains(*tile) && left.is_multiple_of(**tile);
                tiles.iter().rev().filter(fits).for_each(|&tile| add(tile));
            }
        }
    }

    /// How many cuts there are, at most.
    pub fn size(&self) -> f64 {
        let all: Vec<u64> = self.divisors().map_or_else(|| (1..=self.whole).collect(), <[u64]>::to_vec);
        // By tile: the ways to cut the bins so far down to it.
        let mut ways = vec![0.0; all.len()];
        ways[all.len() - 1] = 1.0;
        for (i, bin) in self.bins.iter().enumerate() {
            let most = most(self.setting.arch, &[*bin]);
            let largest = |tile: u64| most.map_or(u64::MAX, |most| tile.saturating_mul(most));
            let mut so_far = 0.0;
            let sums: Vec<f64> = [0.0].into_iter().chain(ways.iter().map(|n| (so_far += n, so_far).1)).collect();
            let cut = |(j, &tile): (usize, &u64)| match self.divisors() {
                None => sums[all.partition_point(|&left| left <= largest(tile))] - sums[j],
                Some(_) => {
                    let from = |(left, _): &(&u64, &f64)| left.is_multiple_of(tile) && **left <= largest(tile);
                    all[j..].iter().zip(&ways[j..]).filter(from).map(|(_, n)| n).sum()
                }
            };
            let mut next: Vec<f64> = all.iter().enumerate().map(cut).collect();
            next.iter_mut().zip(&all).filter(|&(_, &tile)| !self.keeps_given(i + 1, tile)).for_each(|(n, _)| *n = 0.0);
            ways = next;
        }
        ways[0]
    }

    fn keeps_given(&self, bins: usize, tile: u64) -> bool {
        self.given.iter().all(|&(above, points)| above != bins || tile == points)
    }

    /// The most copies that the bins above a place which a way follows into their first make, or can make.
    fn most_copies(&self, tiles: &[u64], above: usize, way: u128) -> f64 {
        let mut left = self.whole;
        let mut copies = 1.0;
        for (i, space) in self.spaces[..above].iter().enumerate() {
            let tile = tiles.get(i).copied();
            if let (&Some((_, _, size)), 1) = (space, way >> i & 1) {
                copies *= tile.map_or(size, |tile| left.div_ceil(tile)) as f64;
            }
            left = tile.unwrap_or(left);
        }
        copies
    }

    /// Makes an outlook that of cuts of the first bins down to `tiles`, from that of the first `known` of them with the
    /// copies of all.
    fn look(&self, outlook: &mut Outlook, known: Option<usize>, tiles: &[u64], pieces: &SmallVec<[Pieces; 4]>) {
        let done = tiles.len();
        let tile = tiles.last().copied().unwrap_or(self.whole);
        let whole = self.whole as f64;
        let counts: SmallVec<[f64; 4]> = pieces.iter().map(|of| of.iter().map(|&(_, n)| n).sum()).collect();
        let copies_so_far: f64 = outlook.copies.iter().flatten().map(|&n| n as f64).product();
        for (hop, at) in self.hops.iter().zip(&mut outlook.hops) {
            if known.is_some_and(|known| known >= hop.to) {
                continue;
            }
            let (pieces, shared, copies) = (counts[ALL], counts[hop.shared], counts[COPIES]);
            // Loops further in change nothing about the parent.
            let parent_copies = if done <= hop.from { copies } else { at.parent_copies };
            let alike = self.divisors().is_some();
            *at = AtHop {
                pieces,
                most_pieces: pieces,
                apart: counts[hop.apart],
                most_apart: counts[hop.apart],
                shared,
                copies,
                parent_copies,
                down: pieces / copies,
                up: shared / parent_copies,
                tile,
            };
            if done >= hop.to {
                continue;
            }
            // Bins above the child are open. A loop makes no fewer pieces, and what the bins further in cannot absorb
            // has to be cut before. Only where all pieces are alike do loops multiply them as they do copies.
            let open = self.copies[done] / self.copies[hop.to];
            (at.most_pieces, at.most_apart) = (whole, whole);
            if !alike {
                at.down = 1.0;
            }
            if let Some(most) = self.absorbs[hop.to] {
                let forced = whole / most as f64;
                at.pieces = at.pieces.max(forced);
                at.shared = at.shared.max(forced / self.most_copies(tiles, hop.to, self.ways[hop.shared]));
                at.down = at.down.max(forced / (copies_so_far * open));
            }
            let decided = done >= hop.from;
            at.up = if decided || alike { (at.shared / parent_copies).max(1.0) } else { 1.0 };
            let slot = self.spaces[done..hop.to].iter().any(Option::is_none);
            at.tile = if slot { 1 } else { (tile as f64 / open).floor().max(1.0) as u64 };
        }
        outlook.held = self.held.iter().map(|&way| counts[way]).collect();
        let least = whole / (copies_so_far * self.copies[done]);
        outlook.steps = if done == self.bins.len() { counts[STEPS] } else { counts[STEPS].max(least) };
    }
}

/// Cuts every piece into tiles; all of them, or the first of each piece.
fn cut_all(pieces: &Pieces, tile: u64, first: bool) -> Pieces {
    let mut cut: Pieces = SmallVec::new();
    let mut add = |size: u64, n: f64| {
        if size == 0 || n == 0.0 {
            return;
        }
        match cut.iter_mut().find(|(s, _)| *s == size) {
            Some((_, m)) => *m += n,
            None => cut.push((size, n)),
        }
    };
    for &(size, n) in pieces {
        if first {
            add(size.min(tile), n);
        } else {
            add(tile, n * (size / tile) as f64);
            add(size % tile, n);
        }
    }
    cut
}

/// The most that bins can cut a dimension into; none if there is one in time, which cuts any.
fn most(arch: &Arch, bins: &[Bin]) -> Option<u64> {
    let size = |bin: &Bin| match *bin {
        Bin::Slot(_) => None,
        Bin::Space { fanout, axis, .. } => arch.fanout(fanout).map(|f| f.size[axis as usize]),
    };
    bins.iter().try_fold(1u64, |most, bin| size(bin).map(|size| most.saturating_mul(size)))
}
