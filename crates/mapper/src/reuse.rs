//! What a psum's way costs on an arch that pays for reuse ([`model::Charges::Reuse`]), hop by hop.
//!
//! A memory pays for the psums that come to it less those that leave it. So a hop pays at its parent, and gets back at
//! its child; over a fan-out's network it pays for the words that leave the child less those that arrive at the parent.
//! Where neither sum is negative, fewer words never cost more, and bounds and dominance hold as they do elsewhere.

use model::arch::{Arch, Keep, StageId};
use model::switches::{Charges, Drains, Refill};
use nn::Operand;

/// What a psum costs on its way from a child, or from the compute unit, to a parent: as the parent and as the child
/// count it. The outermost memory's reads are not among it.
pub fn psum(arch: &Arch, parent: StageId, child: Option<StageId>) -> [f64; 2] {
    let both = |id: StageId| arch.memory(id).map_or(0.0, |memory| memory.read_price + memory.write_price);
    let arrives = match arch.memory(parent) {
        Some(outermost) if parent == StageId(0) => outermost.write_price,
        _ => both(parent),
    };
    let leaves = child.map_or(0.0, both);
    let passed = |&(id, _): &(StageId, _)| id > parent && child.is_none_or(|child| id < child);
    match arch.fanouts().find(passed) {
        Some((_, fanout)) => [arrives - fanout.price(Operand::Output), fanout.price(Operand::Output) - leaves],
        // As many words arrive as leave.
        None => [arrives - leaves, 0.0],
    }
}

/// Whether bounds and dominance hold on an arch.
pub fn is_bounded(arch: &Arch) -> bool {
    let switches = arch.switches();
    let rules = switches.refill == Refill::Whole && switches.drains == Drains::Counted;
    let grows = |parent: StageId, child: Option<StageId>| psum(arch, parent, child).iter().all(|&price| price >= 0.0);
    let holders =
        || arch.memories().filter(|(_, memory)| memory.keep[Operand::Output] != Keep::Never).map(|(id, _)| id);
    let hops =
        |parent: StageId| holders().filter(|&id| id > parent).map(Some).chain([None]).all(|child| grows(parent, child));
    rules && (switches.charges == Charges::All || holders().all(hops))
}
