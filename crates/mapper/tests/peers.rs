//! Beside the newest mapper in the field that claims optimality: AccelForge 1.0.467 (PyPI, MIT), whose results these
//! are. Its counting rules are ours (see `model::predict`), without operand latch or diagonal sharing; it computes in
//! single precision, so its energies carry a noise of 1e-7.

use mapper::{Answer, Certificate, Factors, Objective, Options, Order, map, pareto};
use model::Arch;
use model::arch::{Compute, Keep, Memory, Stage};
use model::archs::{open_eyeriss, two_levels};
use nn::problem::Problem;
use nn::{ByOperand, ConvShape, Pad};
use std::time::Instant;

fn conv(m: usize, c: usize, out: usize, filter: usize) -> Problem {
    let side = out + filter - 1;
    let (stride, dilation, pad) = ([1, 1], [1, 1], Pad::default());
    let shape = ConvShape { n: 1, groups: 1, m, c, h: side, w: side, r: filter, s: filter, stride, pad, dilation };
    Problem::conv(&shape).expect("a convolution")
}

/// Solves a case; its energy must be at most the peer's, and proven.
fn check(name: &str, problem: &Problem, arch: &Arch, options: Options, peer: Option<f64>) -> Answer {
    let answer = map(problem, arch, Objective::Energy, &options);
    let best = &answer.best[0];
    println!("{name}: {} pJ, the peer {peer:?}; {:?}\n{:?}", best.cost.energy, answer.certificate, answer.statistics);
    println!("{}", best.mapping.display(problem, arch));
    assert_eq!(answer.certificate, Certificate::Proven, "{name}");
    if let Some(peer) = peer {
        assert!(best.cost.energy <= peer * (1.0 + 1e-6), "{name}: {} pJ, the peer has {peer}", best.cost.energy);
    }
    answer
}

#[test]
fn as_good_as_the_peer() {
    let product = Problem::matmul(64, 64, 64).expect("a product");
    let listed = Options { order: Order::Listed, ..Options::default() };
    let free = Options::default();
    let open = open_eyeriss();
    check("matmul 64, listed order", &product, &open, listed, Some(4_026_368.0));
    check("matmul 64, free order", &product, &open, free, Some(3_776_512.0));
    check("ResNet-50 1x1", &conv(256, 64, 56, 1), &open, free, Some(465_797_114.0));
    check("AlexNet CONV3, two levels", &conv(384, 256, 13, 3), &two_levels(), listed, Some(3_956_975_710.0));
}

/// AlexNet CONV3, which the peer does not finish.
#[test]
fn beyond_the_peer() {
    check("AlexNet CONV3", &conv(384, 256, 13, 3), &open_eyeriss(), Options::default(), None);
}

/// What is found, and what was visited, on one thread and on three.
#[test]
fn the_same_on_any_number_of_threads() {
    let (problem, arch) = (conv(64, 32, 14, 3), open_eyeriss());
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
        let factors = Factors::Imperfect;
        let product = Problem::matmul(24, 20, 18).expect("a product");
        pool.install(|| {
            let edp = map(&problem, &arch, Objective::Edp, &Options::default());
            (edp, pareto(&product, &arch, &Options { factors, ..Options::default() }))
        })
    };
    let (one, three) = (on(1), on(3));
    assert!(one.1.best.len() > 1, "a front");
    assert_eq!(one, three);
}

/// As many memories as an arch can have, each of which may keep everything: more orders of keeps than can be listed, and
/// more places for loops than there are bits in a word.
#[test]
fn fifteen_memories_in_a_row() {
    let two = two_levels();
    let [dram, glb] = [0, 1].map(|i| two.stages()[i].clone());
    let memories = (1..16).map(|i| match &glb {
        Stage::Memory(memory) => {
            Stage::Memory(Memory { name: format!("L{i}"), keep: ByOperand([Keep::May; 3]), ..memory.clone() })
        }
        fanout => fanout.clone(),
    });
    let compute = Compute { operand_latch: ByOperand([true, true, false]), ..two.compute().clone() };
    let arch = Arch::new("deep", [dram].into_iter().chain(memories).collect(), compute).expect("a well-formed arch");
    let options = Options { deadline: Some(Instant::now()), ..Options::default() };
    let answer = map(&conv(4, 4, 6, 3), &arch, Objective::Energy, &options);
    assert!(matches!(answer.certificate, Certificate::Budget { .. }));
    assert!(answer.statistics.templates > 0);
}
