//! How long a pass takes, without stepping its clocks.
//!
//! Nothing in the array's timing depends on data, every stream has a fixed order and every FIFO a fixed depth: the
//! array is a timed event graph, whose events happen at the maximum over what they wait for, plus a delay (Baccelli,
//! Cohen, Olsder, Quadrat, "Synchronization and Linearity", 1992). This file evaluates those maxima window by window;
//! [`crate::array`] steps the same blocks clock by clock, and both must agree to the cycle.
//!
//! | event | waits for |
//! |---|---|
//! | ifmap word on its network | the word before; a free slot in every destination's FIFO |
//! | first MAC of a tap | the MAC before; its ifmap word, if the window did not have it yet |
//! | first MAC of four final sums | also: the psums from below; a free slot in the output FIFO |
//! | four psums to the PE above | the cut and the adds ([`LATENCY`]); the four before; a free slot above |
//! | four psums to the buffer | the same, and their turn on the output network |
//!
//! A word put into a FIFO can leave it a cycle later, and a slot can be refilled the cycle after it was emptied.

use crate::chip::WORDS_PER_ENTRY;
use crate::place::Placement;
use crate::plan::{PassShape, Plan};

/// Cycles from the issue of a MAC to its sum in the output FIFO: scratchpad access and the two stages of compute.
pub const LATENCY: u64 = 3;

/// The last `depth` times of something that happens again and again at each PE.
struct History {
    depth: usize,
    times: Vec<u64>,
    counts: Vec<usize>,
}

impl History {
    fn new(pes: usize, depth: usize) -> History {
        History { depth, times: vec![0; pes * depth], counts: vec![0; pes] }
    }

    /// When the next entry finds a free slot: the cycle after the one `depth` before it left.
    fn free(&self, pe: usize) -> u64 {
        let count = self.counts[pe];
        if count < self.depth { 0 } else { self.times[pe * self.depth + count % self.depth] + 1 }
    }

    /// An entry left at `time`.
    fn left(&mut self, pe: usize, time: u64) {
        let count = self.counts[pe];
        self.times[pe * self.depth + count % self.depth] = time;
        self.counts[pe] = count + 1;
    }
}

/// Something of which one happens a cycle.
#[derive(Default)]
struct Turn {
    next: u64,
}

impl Turn {
    /// The first cycle, from `ready` on, in which it can happen again.
    fn take(&mut self, ready: u64) -> u64 {
        let time = self.next.max(ready);
        self.next = time + 1;
        time
    }
}

/// The cycles of a pass, from the first filter word on the network to the last psum in the buffer.
pub fn pass_cycles(plan: &Plan, pass: &PassShape) -> u64 {
    let placement = Placement::new(plan, pass);
    let (shape, pes, chain) = (&plan.shape, &placement.pes, placement.chain);
    let chains = pes.len() / chain;
    let (sets, ts) = plan.sets(pass);
    let channels: Vec<usize> = (0..sets).map(|r| plan.channels_of(pass, r)).collect();
    let filters: Vec<u64> = (0..ts).map(|t| plan.filters_of(pass, t) as u64).collect();
    let groups: Vec<u64> = filters.iter().map(|p| p.div_ceil(WORDS_PER_ENTRY as u64)).collect();
    let destinations = destinations(plan, pass, &placement);

    let mut issue = filters_ready(plan, pass, &placement);
    let mut ifmap_left = History::new(pes.len(), plan.chip.fifos.ifmap);
    let mut psum_in_left = History::new(pes.len(), plan.chip.fifos.psum);
    let mut psum_out_left = History::new(pes.len(), plan.chip.fifos.psum);
    let (mut ifmap_bus, mut psum_bus, mut output_bus) = (Turn::default(), Turn::default(), Turn::default());
    let mut links: Vec<Turn> = (0..pes.len()).map(|_| Turn::default()).collect();
    let mut last_tap = vec![0; pes.len()];
    let mut ready = vec![0; chains];

    for window in 0..pass.images * shape.q() {
        let kept = if window % shape.q() == 0 { 0 } else { shape.s - shape.stride[1] };
        for (time, place) in issue.iter_mut().zip(pes) {
            *time += filters[place.t] * (channels[place.set] * kept) as u64;
        }
        for s in kept..shape.s {
            for c in 0..channels[0] {
                for (set, rows) in destinations.iter().enumerate().filter(|(set, _)| c < channels[*set]) {
                    let last = s + 1 == shape.s && c + 1 == channels[set];
                    for takers in rows {
                        let free = takers.iter().map(|&pe| ifmap_left.free(pe)).max().unwrap_or(0);
                        let there = ifmap_bus.take(free) + 1;
                        for &pe in takers {
                            if last {
                                last_tap[pe] = there;
                            } else {
                                let start = issue[pe].max(there);
                                ifmap_left.left(pe, start);
                                issue[pe] = start + filters[pes[pe].t];
                            }
                        }
                    }
                }
            }
        }
        for group in 0..groups[0] {
            let serves = |k: usize| group < groups[pes[k * chain].t];
            if pass.accumulate {
                for k in (0..chains).filter(|&k| serves(k)) {
                    ready[k] = psum_bus.take(psum_in_left.free(k * chain)) + 1;
                }
            }
            for k in (0..chains).filter(|&k| serves(k)) {
                let sums = (filters[pes[k * chain].t] - group * WORDS_PER_ENTRY as u64).min(WORDS_PER_ENTRY as u64);
                let mut from_below = if pass.accumulate { ready[k] } else { 0 };
                for pe in k * chain..(k + 1) * chain {
                    let mut start = issue[pe].max(from_below).max(psum_out_left.free(pe));
                    if group == 0 {
                        start = start.max(last_tap[pe]);
                        ifmap_left.left(pe, start);
                    }
                    psum_in_left.left(pe, start);
                    issue[pe] = start + sums;
                    let summed = issue[pe] - 1 + LATENCY;
                    if pe + 1 < (k + 1) * chain {
                        let moved = links[pe].take(summed.max(psum_in_left.free(pe + 1)));
                        psum_out_left.left(pe, moved);
                        from_below = moved + 1;
                    } else {
                        ready[k] = summed;
                    }
                }
            }
            for k in (0..chains).filter(|&k| serves(k)) {
                let taken = output_bus.take(ready[k]);
                psum_out_left.left((k + 1) * chain - 1, taken);
            }
        }
    }
    output_bus.next
}

/// For each set and each row of the ifmap strip, the PEs that take its words: a diagonal of each set of that r.
pub(crate) fn destinations(plan: &Plan, pass: &PassShape, placement: &Placement) -> Vec<Vec<Vec<usize>>> {
    let rows = crate::mapping::strip_rows(&plan.shape, pass.rows);
    let mut destinations = vec![vec![Vec::new(); rows]; plan.sets(pass).0];
    for (pe, place) in placement.pes.iter().enumerate() {
        destinations[place.set][place.ofmap_row * plan.shape.stride[0] + place.filter_row].push(pe);
    }
    destinations
}

/// When each PE has its filters and may start: they come PE row by PE row, four words a cycle.
fn filters_ready(plan: &Plan, pass: &PassShape, placement: &Placement) -> Vec<u64> {
    let (sets, ts) = plan.sets(pass);
    let mut sent = 0;
    let mut ready = vec![0; ts * sets * plan.shape.r];
    for t in 0..ts {
        for set in 0..sets {
            let words = plan.filters_of(pass, t) * plan.channels_of(pass, set) * plan.shape.s;
            for row in 0..plan.shape.r {
                sent += words.div_ceil(WORDS_PER_ENTRY) as u64;
                // The last entry is sent in cycle sent - 1, leaves the FIFO in the next, and is there the cycle after.
                ready[(t * sets + set) * plan.shape.r + row] = sent + 1;
            }
        }
    }
    placement.pes.iter().map(|p| ready[(p.t * sets + p.set) * plan.shape.r + p.filter_row]).collect()
}
