//! Prices: what an action costs, by component, each with its source; and operating points.

use std::ops::{Index, IndexMut};

/// What a component's energy is proportional to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Driver {
    /// Core clock cycles.
    Cycles,
    /// Cycles times the PEs that are not clock-gated.
    PeCycles,
    /// MACs computed: not gated, not skipped.
    Macs,
    /// Words read from filter scratchpads.
    FilterReads,
    /// Words into and out of the global buffer.
    BufferWords,
    /// Words sent over the networks between buffer and PEs, and from PE to PE.
    NetworkWords,
    /// Words through the FIFOs at the PEs' ports.
    FifoWords,
    /// 64-bit beats on the DRAM link.
    LinkBeats,
}

impl Driver {
    /// All drivers.
    pub const ALL: [Driver; 8] = [
        Driver::Cycles,
        Driver::PeCycles,
        Driver::Macs,
        Driver::FilterReads,
        Driver::BufferWords,
        Driver::NetworkWords,
        Driver::FifoWords,
        Driver::LinkBeats,
    ];
}

/// How much there was of each driver.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Activity([u64; Driver::ALL.len()]);

impl Index<Driver> for Activity {
    type Output = u64;

    fn index(&self, driver: Driver) -> &u64 {
        &self.0[driver as usize]
    }
}

impl IndexMut<Driver> for Activity {
    fn index_mut(&mut self, driver: Driver) -> &mut u64 {
        &mut self.0[driver as usize]
    }
}

impl std::ops::AddAssign for Activity {
    fn add_assign(&mut self, other: Activity) {
        for driver in Driver::ALL {
            self[driver] += other[driver];
        }
    }
}

/// One component of a chip and what its actions cost, in pJ each.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Component {
    /// The component's name.
    pub name: &'static str,
    /// What drives its energy, and the pJ of each.
    pub terms: &'static [(Driver, f64)],
}

impl Component {
    /// The component's energy in pJ.
    pub fn energy(&self, activity: &Activity) -> f64 {
        self.terms.iter().map(|&(driver, price)| activity[driver] as f64 * price).sum()
    }
}

/// The prices of a technology.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Prices {
    /// The technology's name.
    pub name: &'static str,
    /// Where the numbers come from.
    pub source: &'static str,
    /// Components, in the order of every table.
    pub components: &'static [Component],
    /// The supply voltage that the prices hold for, in volts.
    pub volts: f64,
}

impl Prices {
    /// Energy by component, in pJ, at `volts`: proportional to the square of the supply.
    pub fn energy(&self, activity: &Activity, volts: f64) -> Vec<(&'static str, f64)> {
        let scale = (volts / self.volts).powi(2);
        self.components.iter().map(|c| (c.name, c.energy(activity) * scale)).collect()
    }
}

/// A supply voltage with the clocks that the chip runs at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OperatingPoint {
    /// The point's name, by its supply.
    pub name: &'static str,
    /// Core supply in volts.
    pub volts: f64,
    /// Core clock in Hz.
    pub core_hz: u64,
    /// Link clock in Hz.
    pub link_hz: u64,
}
