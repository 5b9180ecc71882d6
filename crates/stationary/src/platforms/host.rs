//! The CPU of this machine: AlexNet's CONV layers in the float implementation, timed in the run that asks for it, and the
//! energy of its package where the operating system counts it (`/sys/class/powercap`).
//!
//! What comes out differs from run to run and from machine to machine: it is part of no document that is compared.

use crate::Error;
use nn::generate::Generator;
use nn::{Layer, Network, Op, Tensor, Weights, float, zoo};
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Images at once: as many as the chip's published batch.
pub const BATCH: usize = 4;
/// Batches that are timed, after one that is not.
pub const RUNS: usize = 5;

/// What was measured.
#[derive(Clone, Debug)]
pub struct Measurement {
    /// What the processor calls itself, if it does.
    pub processor: Option<String>,
    /// Threads that computed.
    pub threads: usize,
    /// By CONV layer, seconds of a batch, in the median over the runs.
    pub layers: Vec<(String, f64)>,
    /// Seconds of a batch of all of them, in the median over the runs.
    pub seconds: f64,
    /// The same with pooling and normalisation between them.
    pub whole_seconds: f64,
    /// Power of the package in mW while they ran; none where the operating system does not tell.
    pub package_mw: Option<f64>,
}

impl Measurement {
    /// Frames of a second.
    pub fn frames_per_second(&self) -> f64 {
        BATCH as f64 / self.seconds
    }
}

/// Times AlexNet's CONV layers over random weights and images: no time depends on them.
pub fn measure() -> Result<Measurement, Error> {
    let network = convolutions();
    let mut generator = Generator::new(0);
    let dims = [&[BATCH], network.input_dims()].concat();
    let images = values(&mut generator, &dims, 1.0);
    let once = || -> Result<(Vec<f64>, f64), Error> {
        let (start, mut last) = (Instant::now(), Duration::ZERO);
        let mut times = Vec::new();
        float::execute(&network, &images, |id, _| {
            let now = start.elapsed();
            if matches!(network.layer(id).op, Op::Conv(_)) {
                times.push((now - last).as_secs_f64());
            }
            last = now;
        })?;
        Ok((times, start.elapsed().as_secs_f64()))
    };
    once()?;
    let counters = counters(Path::new("/sys/class/powercap")).unwrap_or_default();
    let (before, start) = (read_all(&counters), Instant::now());
    let runs = (0..RUNS).map(|_| once()).collect::<Result<Vec<_>, _>>()?;
    let (after, elapsed) = (read_all(&counters), start.elapsed().as_secs_f64());
    let microjoules = before.zip(after).map(|(before, after)| spent(&counters, &before, &after));
    let names = network.layers().iter().filter(|layer| matches!(layer.op, Op::Conv(_))).map(|layer| layer.name.clone());
    let layers = names.enumerate().map(|(i, name)| (name, median(runs.iter().map(|(times, _)| times[i])))).collect();
    Ok(Measurement {
        processor: processor(),
        threads: rayon::current_num_threads(),
        layers,
        seconds: median(runs.iter().map(|(times, _)| times.iter().sum())),
        whole_seconds: median(runs.iter().map(|(_, whole)| *whole)),
        package_mw: microjoules.map(|energy| energy as f64 * 1e-3 / elapsed),
    })
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// AlexNet up to its last pooling, with random weights.
fn convolutions() -> Network {
    let whole = zoo::by_name("alexnet").expect("the zoo has AlexNet");
    let last = whole.find("pool5").expect("AlexNet has five convolutions");
    let mut generator = Generator::new(1);
    let layer = |id: nn::LayerId| {
        let Layer { name, op, inputs, .. } = whole.layer(id).clone();
        let weights = whole.weight_dims(id).map(|dims| {
            let taps: usize = dims[1..].iter().product();
            Weights { kernel: values(&mut generator, &dims, (taps as f32).sqrt().recip()), bias: vec![0.0; dims[0]] }
        });
        Layer { name, op, inputs, weights }
    };
    let layers = whole.ids().take(last.0 as usize + 1).map(layer).collect();
    Network::new("AlexNet, convolutions", layers).expect("the beginning of a network is a network")
}

/// Values from minus to plus `most`.
fn values(generator: &mut Generator, dims: &[usize], most: f32) -> Tensor<f32> {
    let count = dims.iter().product();
    let value = |_| generator.within(-1000, 1000) as f32 / 1000.0 * most;
    Tensor::from_vec(dims, (0..count).map(value).collect())
}

/// The processor's name as the operating system has it.
fn processor() -> Option<String> {
    let text = text(Path::new("/proc/cpuinfo"))?;
    let line = text.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim().to_string())
}

/// A counter of a package's energy in uJ.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Counter {
    path: PathBuf,
    /// Where it begins again at zero.
    range: u64,
}

/// The counters of packages below a folder: `intel-rapl:0` is one, `intel-rapl:0:1` a part of it. None if something of
/// one cannot be read.
fn counters(folder: &Path) -> Option<Vec<Counter>> {
    let entries = fs::read_dir(folder).ok()?;
    let names = entries.filter_map(|entry| Some(entry.ok()?.file_name().to_str()?.to_string()));
    let mut packages: Vec<String> = names.filter(|name| name.matches(':').count() == 1).collect();
    packages.sort();
    let zones = packages.iter().map(|name| folder.join(name));
    let packages = zones.filter(|zone| text(&zone.join("name")).is_none_or(|name| name.starts_with("package")));
    let counter = |zone: PathBuf| {
        Some(Counter { path: zone.join("energy_uj"), range: number(&zone.join("max_energy_range_uj"))? })
    };
    packages.map(counter).collect()
}

/// The counters' values; none if there are none, or one cannot be read.
fn read_all(counters: &[Counter]) -> Option<Vec<u64>> {
    let values: Vec<u64> = counters.iter().map(|counter| number(&counter.path)).collect::<Option<_>>()?;
    (!values.is_empty()).then_some(values)
}

fn number(path: &Path) -> Option<u64> {
    text(path)?.trim().parse().ok()
}

/// The beginning of a small file.
fn text(path: &Path) -> Option<String> {
    let mut text = String::new();
    fs::File::open(path).ok()?.take(1 << 16).read_to_string(&mut text).ok()?;
    Some(text)
}

/// What the counters went on by, each having begun again once at most.
fn spent(counters: &[Counter], before: &[u64], after: &[u64]) -> u64 {
    let by = |((counter, before), after): ((&Counter, &u64), &u64)| match after.checked_sub(*before) {
        Some(by) => by,
        None => counter.range.saturating_sub(*before).saturating_add(*after),
    };
    counters.iter().zip(before).zip(after).map(by).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder like the operating system's, with two packages, a part of one, and something else.
    fn powercap(test: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("stationary-{test}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        for (zone, name, energy) in [
            ("intel-rapl:0", "package-0", "900"),
            ("intel-rapl:0:0", "core", "100"),
            ("intel-rapl:1", "package-1", "50"),
            ("intel-rapl:2", "psys", "7"),
        ] {
            let zone = folder.join(zone);
            fs::create_dir_all(&zone).unwrap();
            for (file, text) in [("name", name), ("energy_uj", energy), ("max_energy_range_uj", "1000")] {
                fs::write(zone.join(file), format!("{text}\n")).unwrap();
            }
        }
        folder
    }

    #[test]
    fn packages_are_counted_and_their_counters_begin_again() {
        let folder = powercap("counted");
        let counters = counters(&folder).unwrap();
        assert_eq!(counters.len(), 2, "{counters:?}");
        let before = read_all(&counters).unwrap();
        assert_eq!(before, [900, 50]);
        fs::write(folder.join("intel-rapl:0/energy_uj"), "20\n").unwrap();
        fs::write(folder.join("intel-rapl:1/energy_uj"), "80\n").unwrap();
        let after = read_all(&counters).unwrap();
        assert_eq!(spent(&counters, &before, &after), 120 + 30);
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn what_cannot_be_read_is_not_known() {
        assert_eq!(counters(Path::new("/nowhere")), None);
        let folder = powercap("unread");
        let found = counters(&folder).unwrap();
        fs::write(folder.join("intel-rapl:1/energy_uj"), "a secret\n").unwrap();
        assert_eq!(read_all(&found), None);
        fs::remove_file(folder.join("intel-rapl:0/max_energy_range_uj")).unwrap();
        assert_eq!(counters(&folder), None);
        assert_eq!(read_all(&[]), None);
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn the_layers_are_alexnets() {
        let network = convolutions();
        assert_eq!(network.lacks_weights(), None);
        assert_eq!(network.macs(1), 665_784_864);
    }
}
