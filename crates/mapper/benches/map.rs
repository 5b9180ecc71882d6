//! How long a proof takes, on one thread: `cargo bench -p stationary-mapper --bench map`.
//!
//! The open Eyeriss, free order, perfect factors, least energy. The peer (AccelForge 1.0.467) takes 40 CPU seconds for
//! the product, 90 for the 1x1 layer, and does not finish AlexNet's CONV3.

use divan::{Bencher, black_box};
use mapper::{Certificate, Factors, Objective, Options, Order, map};
use model::archs::open_eyeriss;
use model::cost;
use nn::problem::Problem;
use nn::{ConvShape, Op, Pad, zoo};
use std::collections::BTreeMap;
use std::time::Instant;

fn main() {
    // One thread for every figure.
    rayon::ThreadPoolBuilder::new().num_threads(1).build_global().expect("the first pool");
    divan::main();
}

fn conv(m: usize, c: usize, out: usize, filter: usize) -> Problem {
    let side = out + filter - 1;
    let (stride, dilation, pad) = ([1, 1], [1, 1], Pad::default());
    let shape = ConvShape { n: 1, groups: 1, m, c, h: side, w: side, r: filter, s: filter, stride, pad, dilation };
    Problem::conv(&shape).expect("a convolution")
}

fn solve(problem: &Problem) {
    let answer = map(black_box(problem), &open_eyeriss(), Objective::Energy, &Options::default());
    assert_eq!(answer.certificate, Certificate::Proven);
}

#[divan::bench(sample_count = 5)]
fn matmul_64(bencher: Bencher) {
    let problem = Problem::matmul(64, 64, 64).expect("a product");
    bencher.bench(|| solve(&problem));
}

#[divan::bench(sample_count = 5)]
fn resnet50_1x1_64_256(bencher: Bencher) {
    let problem = conv(256, 64, 56, 1);
    bencher.bench(|| solve(&problem));
}

#[divan::bench(sample_count = 3)]
fn alexnet_conv3(bencher: Bencher) {
    let problem = conv(384, 256, 13, 3);
    bencher.bench(|| solve(&problem));
}

/// With remainders, in the order and out of it, where the peer takes 11 and does not say.
#[divan::bench(args = [Order::Listed, Order::Free], sample_count = 1, sample_size = 1)]
fn matmul_64_with_remainders(order: Order) {
    let problem = Problem::matmul(64, 64, 64).expect("a product");
    let options = Options { order, factors: Factors::Imperfect, ..Options::default() };
    let answer = map(&problem, &open_eyeriss(), Objective::Energy, &options);
    assert_eq!(answer.certificate, Certificate::Proven);
}

/// AlexNet's five convolutions and the different ones of ResNet-50, one image, each proven.
#[divan::bench(sample_count = 1, sample_size = 1)]
fn alexnet_and_resnet50(bencher: Bencher) {
    let mut shapes = BTreeMap::new();
    for name in ["alexnet", "resnet50"] {
        let network = zoo::by_name(name).expect("a network of the zoo");
        for id in network.ids().filter(|&id| matches!(network.layer(id).op, Op::Conv(_))) {
            let shape = network.conv_shape(id, 1).expect("a convolution");
            shapes.insert(format!("{shape:?}"), shape);
        }
    }
    let problems: Vec<Problem> = shapes.values().map(|shape| Problem::conv(shape).expect("a convolution")).collect();
    bencher.bench_local(|| {
        for problem in &problems {
            let start = Instant::now();
            solve(problem);
            println!("{problem} {:?}: {:?}", problem.size(), start.elapsed());
        }
    });
}

/// Mappings that are foretold and priced a second.
#[divan::bench(sample_count = 20)]
fn mappings_priced(bencher: Bencher) {
    let (problem, arch) = (conv(384, 256, 13, 3), open_eyeriss());
    let answer = map(&problem, &arch, Objective::Energy, &Options::default());
    let mapping = &answer.best[0].mapping;
    bencher.counter(divan::counter::ItemsCount::new(1usize)).bench(|| cost(&problem, &arch, black_box(mapping)));
}
