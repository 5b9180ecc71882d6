//! The Eyeriss chip's technology: what the activity of its components costs, and the points that it was run at.

use crate::price::{Component, Driver, OperatingPoint, Prices};

/// The 65 nm chip at 1 V, in pJ.
pub const EYERISS_65NM: Prices = Prices {
    name: "eyeriss-65nm",
    source: "fitted on AlexNet's five layers and two breakdowns: Chen et al., JSSC 52(1), 2017, Table V and Fig. 16",
    components: &[
        Component { name: "clock", terms: &[(Driver::Cycles, 537.0530)] },
        Component { name: "pads", terms: &[(Driver::LinkBeats, 371.3329)] },
        Component { name: "GLB", terms: &[(Driver::BufferWords, 7.5633)] },
        Component { name: "top control", terms: &[(Driver::Cycles, 2.3119)] },
        Component { name: "NoC", terms: &[(Driver::NetworkWords, 0.8600)] },
        Component { name: "mult+add", terms: &[(Driver::Macs, 1.3926)] },
        Component { name: "spads", terms: &[(Driver::PeCycles, 1.5039), (Driver::FilterReads, 4.7169)] },
        Component { name: "FIFOs", terms: &[(Driver::FifoWords, 0.4358)] },
        Component { name: "PE control", terms: &[(Driver::PeCycles, 0.6273), (Driver::Macs, 0.6180)] },
    ],
    volts: 1.0,
};

/// Supplies and clocks of the ISSCC 2016 figure (14.5.6: AlexNet CONV, frames a second and mW against volts).
///
/// The paper prints 200 MHz core and 60 MHz link for 1.0 V, 250 and 90 for 1.17 V. The other two are read off the
/// plot: their frame rates stand to 34.7 as the clocks here stand to 200 MHz, with the link at 60 MHz.
pub const OPERATING_POINTS: [OperatingPoint; 4] = [
    OperatingPoint { name: "0.82V", volts: 0.82, core_hz: 100_000_000, link_hz: 60_000_000 },
    OperatingPoint { name: "0.92V", volts: 0.92, core_hz: 150_000_000, link_hz: 60_000_000 },
    OperatingPoint { name: "1.0V", volts: 1.0, core_hz: 200_000_000, link_hz: 60_000_000 },
    OperatingPoint { name: "1.17V", volts: 1.17, core_hz: 250_000_000, link_hz: 90_000_000 },
];
