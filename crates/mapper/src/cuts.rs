//! How one dimension can be cut: every choice of its loops' tiles in a template, and what the choice means for each
//! hop of each operand.

use crate::template::{Event, Template};
use model::Axis;
use model::arch::{Arch, StageId};
use nn::Operand;
use nn::problem::{Dim, Problem, Relevance};
use std::sync::Arc;

/// Words of an operand on their way from the memory that keeps them to the next one, or to the compute unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hop {
    /// The operand.
    pub operand: Operand,
    /// The parent memory.
    pub parent: StageId,
    /// The hop that fills the parent; none for the outermost memory.
    pub above: Option<usize>,
    /// Events above the parent's keep, itself included.
    pub from: usize,
    /// The child memory; none for the compute unit.
    pub child: Option<StageId>,
    /// Events above the child's keep.
    pub to: usize,
}

/// The hops of a template: for each keep in order, then to the compute unit.
pub fn hops(template: &Template) -> Vec<Hop> {
    let mut hops: Vec<Hop> = Vec::new();
    let mut last: [(StageId, Option<usize>, usize); 3] = [(StageId(0), None, 0); 3];
    for (to, event) in template.events.iter().enumerate() {
        if let Event::Keep { memory, operand } = *event {
            let (parent, above, from) = last[operand as usize];
            last[operand as usize] = (memory, Some(hops.len()), to + 1);
            hops.push(Hop { operand, parent, above, from, child: Some(memory), to });
        }
    }
    for operand in Operand::ALL {
        let (parent, above, from) = last[operand as usize];
        hops.push(Hop { operand, parent, above, from, child: None, to: template.events.len() });
    }
    hops
}

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

/// The bins of a dimension in a template, outermost first.
pub fn bins(problem: &Problem, arch: &Arch, template: &Template, dim: Dim) -> Vec<Bin> {
    let mut bins = Vec::new();
    for event in 0..=template.events.len() {
        if template.allows(problem, arch, event, dim) {
            bins.push(Bin::Slot(event));
        }
        if let Some(&Event::Fanout(fanout)) = template.events.get(event) {
            let size = arch.fanout(fanout).map_or([1, 1], |f| f.size);
            for axis in [Axis::X, Axis::Y].into_iter().filter(|&axis| size[axis as usize] > 1) {
                bins.push(Bin::Space { event, fanout, axis });
            }
        }
    }
    bins
}

/// What a cut means for a hop, or the least (and most) that several cuts mean.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AtHop {
    /// Pieces at the child.
    pub pieces: f64,
    /// The most pieces at the child.
    pub most_pieces: f64,
    /// Pieces as the parent sees them behind networks that share the operand's words.
    pub shared: f64,
    /// Copies above the child.
    pub copies: f64,
    /// Copies above the parent.
    pub parent_copies: f64,
    /// Pieces at the child over copies of the child.
    pub down: f64,
    /// Pieces at the parent over copies of the parent.
    pub up: f64,
    /// Points of a full piece.
    pub tile: u64,
}

/// What a cut means, or the least that several cuts mean.
#[derive(Clone, Debug, PartialEq)]
pub struct Outlook {
    /// By hop.
    pub hops: Vec<AtHop>,
    /// Steps that the copies take together.
    pub steps: f64,
    /// Copies by axis of each fan-out, in the order of the arch's fan-outs.
    pub copies: Vec<[u64; 2]>,
}

impl Outlook {
    /// The least over several cuts; none over none.
    pub fn least<'a>(mut of: impl Iterator<Item = &'a Outlook>) -> Option<Outlook> {
        let mut least = of.next()?.clone();
        for other in of {
            least.steps = least.steps.min(other.steps);
            for (a, b) in least.copies.iter_mut().zip(&other.copies) {
                *a = [a[0].min(b[0]), a[1].min(b[1])];
            }
            for (a, b) in least.hops.iter_mut().zip(&other.hops) {
                a.pieces = a.pieces.min(b.pieces);
                a.most_pieces = a.most_pieces.max(b.most_pieces);
                a.shared = a.shared.min(b.shared);
                a.copies = a.copies.min(b.copies);
                a.parent_copies = a.parent_copies.min(b.parent_copies);
                a.down = a.down.min(b.down);
                a.up = a.up.min(b.up);
                a.tile = a.tile.min(b.tile);
            }
        }
        Some(least)
    }
}

/// One way to cut a dimension.
#[derive(Clone, Debug, PartialEq)]
pub struct Cut {
    /// The tile of the loop in each bin.
    pub tiles: Vec<u64>,
    /// What it means.
    pub outlook: Arc<Outlook>,
}

/// Which tiles a loop may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Factors {
    /// Those that divide what is cut.
    Perfect,
    /// All; the last tile of a loop may be smaller.
    Imperfect,
}

/// More cuts than are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooMany;

/// The most cuts of a dimension that are listed.
pub const MOST_CUTS: usize = 50_000;

/// All cuts of `dim`, in a fixed order.
pub fn cuts(
    problem: &Problem,
    arch: &Arch,
    template: &Template,
    hops: &[Hop],
    dim: Dim,
    factors: Factors,
) -> Result<Vec<Cut>, TooMany> {
    let bins = bins(problem, arch, template, dim);
    let mut all = Vec::new();
    let whole = problem.size()[dim];
    let mut tiles = Vec::with_capacity(bins.len());
    list(arch, &bins, whole, factors, &mut tiles, &mut |tiles| {
        if all.len() == MOST_CUTS {
            return Err(TooMany);
        }
        all.push(cut(problem, arch, hops, dim, &bins, tiles));
        Ok(())
    })?;
    Ok(all)
}

/// Lists the tiles of all bins; the last loop's tile is 1.
fn list(
    arch: &Arch,
    bins: &[Bin],
    left: u64,
    factors: Factors,
    tiles: &mut Vec<u64>,
    found: &mut dyn FnMut(&[u64]) -> Result<(), TooMany>,
) -> Result<(), TooMany> {
    let Some((bin, rest)) = bins.split_first() else {
        return if left == 1 { found(tiles) } else { Ok(()) };
    };
    let most = match *bin {
        Bin::Slot(_) => u64::MAX,
        Bin::Space { fanout, axis, .. } => arch.fanout(fanout).map_or(1, |f| f.size[axis as usize]),
    };
    for tile in (1..=left).rev() {
        let count = left.div_ceil(tile);
        if count > most {
            break;
        }
        if factors == Factors::Perfect && !left.is_multiple_of(tile) {
            continue;
        }
        tiles.push(tile);
        list(arch, rest, tile, factors, tiles, found)?;
        tiles.pop();
    }
    Ok(())
}

fn cut(problem: &Problem, arch: &Arch, hops: &[Hop], dim: Dim, bins: &[Bin], tiles: &[u64]) -> Cut {
    let event = |bin: &Bin| match *bin {
        Bin::Slot(event) | Bin::Space { event, .. } => event,
    };
    // A loop lies above a keep when its slot is that of the keep's event or an earlier one.
    let above = |bin: &Bin, position: usize| event(bin) <= position;
    let space = |bin: &Bin| matches!(bin, Bin::Space { .. });
    let whole = problem.size()[dim];
    let at = |hop: &Hop| {
        let shares = |bin: &Bin| match *bin {
            Bin::Space { event, fanout, .. } => {
                let sharing = arch.fanout(fanout).map(|f| f.sharing);
                let shares = sharing.is_some_and(|s| match hop.operand {
                    Operand::Output => s.reduction,
                    _ => s.multicast,
                });
                event >= hop.from && shares
            }
            Bin::Slot(_) => false,
        };
        let irrelevant = problem.relevance(hop.operand, dim) == Relevance::Irrelevant;
        let here = |bin: &Bin| above(bin, hop.to);
        let pieces = count(bins, tiles, whole, here, |_| false);
        let shared = count(bins, tiles, whole, here, |bin| irrelevant && shares(bin));
        let copies = count(bins, tiles, whole, here, |bin| !space(bin));
        let parent_copies = count(bins, tiles, whole, |bin| event(bin) < hop.from, |bin| !space(bin));
        AtHop {
            pieces,
            most_pieces: pieces,
            shared,
            copies,
            parent_copies,
            down: pieces / copies,
            up: shared / parent_copies,
            tile: bins
                .iter()
                .zip(tiles)
                .filter(|(bin, _)| here(bin))
                .map(|(_, &tile)| tile)
                .next_back()
                .unwrap_or(whole),
        }
    };
    let mut left = whole;
    let mut copies = vec![[1, 1]; arch.fanouts().count()];
    for (bin, &tile) in bins.iter().zip(tiles) {
        if let Bin::Space { fanout, axis, .. } = *bin {
            let index = arch.fanouts().position(|(id, _)| id == fanout).unwrap_or(0);
            copies[index][axis as usize] *= left.div_ceil(tile);
        }
        left = tile;
    }
    let steps = count(bins, tiles, whole, |_| true, space);
    Cut { tiles: tiles.to_vec(), outlook: Arc::new(Outlook { hops: hops.iter().map(at).collect(), steps, copies }) }
}

/// Pieces that the loops of the bins that `here` picks make, those that `first` picks followed into their first
/// iteration only.
fn count(bins: &[Bin], tiles: &[u64], whole: u64, here: impl Fn(&Bin) -> bool, first: impl Fn(&Bin) -> bool) -> f64 {
    let mut pieces: Vec<(u64, f64)> = vec![(whole, 1.0)];
    for (bin, &tile) in bins.iter().zip(tiles).filter(|(bin, _)| here(bin)) {
        if let [(size, n)] = pieces[..]
            && size.is_multiple_of(tile)
        {
            pieces = vec![(tile, if first(bin) { n } else { n * (size / tile) as f64 })];
            continue;
        }
        let mut next: Vec<(u64, f64)> = Vec::with_capacity(pieces.len() + 1);
        let mut add = |size: u64, n: f64| {
            if size == 0 || n == 0.0 {
                return;
            }
            match next.iter_mut().find(|(s, _)| *s == size) {
                Some((_, m)) => *m += n,
                None => next.push((size, n)),
            }
        };
        for &(size, n) in &pieces {
            if first(bin) {
                add(size.min(tile), n);
            } else {
                add(tile, n * (size / tile) as f64);
                add(size % tile, n);
            }
        }
        pieces = next;
    }
    pieces.iter().map(|&(_, n)| n).sum()
}
