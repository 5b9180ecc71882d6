//! What a tally costs at a supply and a clock: energy, power, and both by frame.

use super::{Job, Run, Tally};

/// Energy and power of the chip; DRAM devices are not included.
#[derive(Clone, Debug, PartialEq)]
pub struct Energy {
    /// By component, in the order of the prices, in pJ.
    pub by_component: Vec<(&'static str, f64)>,
    /// Their sum.
    pub pj: f64,
    /// Over the time that the cycles take, in mW.
    pub mw: f64,
}

/// What a run costs by frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cost {
    /// From the first cycle to the last of one batch, in the mean, in ms.
    pub latency_ms: f64,
    /// Frames a second.
    pub frames_per_second: f64,
    /// Energy of a frame in mJ.
    pub mj_per_frame: f64,
    /// Energy of a pixel of the network's input in nJ.
    pub nj_per_pixel: f64,
}

impl Tally {
    /// The energy at the job's prices and operating point.
    pub fn energy(&self, job: &Job) -> Energy {
        let by_component = job.arch.prices.energy(&self.activity, job.point.volts);
        let pj: f64 = by_component.iter().map(|(_, pj)| pj).sum();
        let cycles = self.cycles.total();
        let mw = if cycles == 0 { 0.0 } else { pj * 1e-9 * job.point.core_hz as f64 / cycles as f64 };
        Energy { by_component, pj, mw }
    }
}

impl Run {
    /// What the layers on the machine cost by frame.
    pub fn cost(&self, job: &Job) -> Cost {
        let frames = self.predictions.len();
        let seconds = self.total.cycles.total() as f64 / job.point.core_hz as f64;
        let mj_per_frame = self.total.energy(job).pj * 1e-9 / frames as f64;
        let pixels: usize = job.network.input_dims().iter().skip(1).product();
        Cost {
            latency_ms: 1e3 * seconds / frames.div_ceil(job.batch) as f64,
            frames_per_second: frames as f64 / seconds,
            mj_per_frame,
            nj_per_pixel: 1e6 * mj_per_frame / pixels as f64,
        }
    }
}
