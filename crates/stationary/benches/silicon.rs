//! The published networks on the fast engine: `cargo bench -p stationary --bench silicon`.
//!
//! AlexNet's convolutions at N = 4 (2.66 GMAC) under the published mappings with the published zeros, full counters,
//! outputs kept, beside the same convolutions done plainly: 16-bit operands, each product shifted, sums modulo 2^16, in
//! the loop order that the compiler turns into vector instructions best, with the same instruction set (chosen at run
//! time) and on as many threads. Then VGG-16 at N = 3. At the end the ratios, timed in turns; the engine's own
//! convolution, which shares loads between filters, is faster than the plain loops, so its time stands there as well.

use divan::counter::ItemsCount;
use eyeriss::{Chip, DramCoding, Engine, LayerRun, Machine};
use nn::{Conv16, conv16};
use rayon::prelude::*;
use stationary::silicon::layers::{self, SiliconLayer, Workload};
use stationary::silicon::published::{self, Published};
use std::time::{Duration, Instant};

struct Job {
    layer: SiliconLayer,
    workload: Workload,
}

fn jobs(table: &Published) -> Vec<Job> {
    let layers = layers::of(table).into_iter().zip(&table.rows).enumerate();
    layers.map(|(i, (layer, row))| Job { workload: Workload::new(&layer, row.zeros, i as u64), layer }).collect()
}

fn macs(jobs: &[Job]) -> u64 {
    jobs.iter().map(|job| job.layer.shape.macs()).sum()
}

fn machine(jobs: &[Job]) -> Vec<LayerRun> {
    let machine = Machine::new(Chip::default(), Engine::Fast).expect("the default chip can be built");
    let run = |Job { layer, workload }: &Job| {
        machine.run(&workload.job(layer), layer.mapping, DramCoding::LATER_LAYER).expect("a published layer runs")
    };
    jobs.iter().map(run).collect()
}

fn plain(jobs: &[Job]) -> Vec<Vec<i16>> {
    jobs.iter().map(|Job { layer, workload }| convolution(&workload.job(layer))).collect()
}

/// Output words that stay in registers while the taps pass by.
const TILE: usize = 32;

/// The ifmap's planes, padded, with the U x U phases of the stride side by side: what a tap reads is then contiguous.
struct Phases {
    words: Vec<i16>,
    rows: usize,
    columns: usize,
    plane: usize,
    /// Where the taps of a filter read for its first window, from the first plane of its group on.
    taps: Vec<usize>,
}

impl Phases {
    fn new(job: &Conv16) -> Phases {
        let shape = &job.shape;
        let [u, v] = shape.stride;
        let (rows, columns) = (shape.padded_rows().div_ceil(u), shape.padded_columns().div_ceil(v));
        // Tiles read beyond the last output.
        let plane = rows * columns + columns + TILE;
        let mut words = vec![0; shape.n * shape.c * u * v * plane];
        for (channel, input) in job.input.data().chunks_exact(shape.h * shape.w).enumerate() {
            for (y, row) in input.chunks_exact(shape.w).enumerate() {
                for (x, &word) in row.iter().enumerate() {
                    let (y, x) = (y + shape.pad.top, x + shape.pad.left);
                    let phase = (channel * u + y % u) * v + x % v;
                    words[phase * plane + y / u * columns + x / v] = word;
                }
            }
        }
        let tap = |c: usize, r: usize, s: usize| ((c * u + r % u) * v + s % v) * plane + r / u * columns + s / v;
        let taps =
            (0..shape.group_c()).flat_map(|c| (0..shape.r).flat_map(move |r| (0..shape.s).map(move |s| tap(c, r, s))));
        let taps = taps.collect();
        Phases { words, rows, columns, plane, taps }
    }
}

fn convolution(job: &Conv16) -> Vec<i16> {
    let shape = &job.shape;
    let phases = Phases::new(job);
    let [p, q] = [shape.p(), shape.q()];
    let arch = pulp::Arch::new();
    let mut output = vec![0; shape.n * shape.m * p * q];
    output.par_chunks_mut(p * q).enumerate().for_each(|(index, output)| {
        let (n, m) = (index / shape.m, index % shape.m);
        let mut plane = vec![0; phases.rows * phases.columns + TILE];
        arch.dispatch(
            #[inline(always)]
            || filter(job, &phases, n, m, &mut plane[..(p * phases.columns).next_multiple_of(TILE)]),
        );
        for (row, sums) in output.chunks_exact_mut(q).zip(plane.chunks(phases.columns)) {
            for (word, &sum) in row.iter_mut().zip(sums) {
                *word = job.clamp.apply(sum.wrapping_add(job.bias[m]));
            }
        }
    });
    output
}

/// One filter over one image: the sums of all windows, in rows of the ifmap's width.
#[inline(always)]
fn filter(job: &Conv16, phases: &Phases, n: usize, m: usize, plane: &mut [i16]) {
    let shape = &job.shape;
    let [u, v] = shape.stride;
    let taps = shape.group_c() * shape.r * shape.s;
    let weights = &job.weights.data()[m * taps..][..taps];
    let first = (n * shape.c + m / shape.group_m() * shape.group_c()) * u * v * phases.plane;
    let words = &phases.words[first..];
    for (tile, sums) in plane.as_chunks_mut::<TILE>().0.iter_mut().enumerate() {
        // Only the low 16 bits are kept; lanes of 32 bits save the compiler the packing.
        let mut kept = [0i32; TILE];
        for (&offset, &weight) in phases.taps.iter().zip(weights) {
            let Some(words) = words[offset + tile * TILE..].first_chunk::<TILE>() else { break };
            for (sum, &word) in kept.iter_mut().zip(words) {
                *sum = sum.wrapping_add((i32::from(word) * i32::from(weight)).wrapping_shr(job.shift));
            }
        }
        *sums = kept.map(|sum| sum as i16);
    }
}

fn pool(threads: usize) -> rayon::ThreadPool {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads start")
}

#[divan::bench(args = [1, 2], sample_count = 3, sample_size = 1)]
fn alexnet_plain(bencher: divan::Bencher, threads: usize) {
    let jobs = jobs(&published::alexnet());
    let (pool, macs) = (pool(threads), ItemsCount::new(macs(&jobs)));
    bencher.counter(macs).bench_local(|| pool.install(|| plain(&jobs)));
}

#[divan::bench(args = [1, 2], sample_count = 3, sample_size = 1)]
fn alexnet_machine(bencher: divan::Bencher, threads: usize) {
    let jobs = jobs(&published::alexnet());
    let (pool, macs) = (pool(threads), ItemsCount::new(macs(&jobs)));
    bencher.counter(macs).bench_local(|| pool.install(|| machine(&jobs)));
}

#[divan::bench(args = [2], sample_count = 1, sample_size = 1)]
fn vgg16_machine(bencher: divan::Bencher, threads: usize) {
    let jobs = jobs(&published::vgg16());
    let (pool, macs) = (pool(threads), ItemsCount::new(macs(&jobs)));
    bencher.counter(macs).bench_local(|| pool.install(|| machine(&jobs)));
}

/// The shortest times of the machine, of the plain loops and of the fast convolution alone, in turns.
fn ratio(threads: usize) {
    let jobs = jobs(&published::alexnet());
    let [mut plainly, mut alone, mut on_machine] = [Duration::MAX; 3];
    pool(threads).install(|| {
        for _ in 0..3 {
            let start = Instant::now();
            let words = plain(&jobs);
            plainly = plainly.min(start.elapsed());
            let start = Instant::now();
            jobs.iter().for_each(|job| drop(divan::black_box(conv16::fast(&job.workload.job(&job.layer)))));
            alone = alone.min(start.elapsed());
            let start = Instant::now();
            let runs = machine(&jobs);
            on_machine = on_machine.min(start.elapsed());
            assert!(words.iter().zip(&runs).all(|(words, run)| words == run.output.data()), "the same words");
        }
    });
    let times = |other: Duration| on_machine.as_secs_f64() / other.as_secs_f64();
    println!(
        "AlexNet N = 4, {threads} threads: machine {on_machine:.0?}; {:.2} times the plain loops ({plainly:.0?}), {:.2} \
         times the fast convolution alone ({alone:.0?})",
        times(plainly),
        times(alone)
    );
}

fn main() {
    divan::main();
    if std::env::args().any(|argument| argument == "--bench") {
        [1, 2].into_iter().for_each(ratio);
    }
}
