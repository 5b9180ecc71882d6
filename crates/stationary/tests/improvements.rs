//! What three liberties are worth on real layers: memories that begin to keep operands in any order, loops with
//! remainders, and a network that shares the overlapping windows of neighbours along its diagonals.

use mapper::{Answer, Certificate, Factors, Objective, Options, Order, map};
use model::Arch;
use model::arch::{Fanout, Sharing, Stage};
use model::archs::open_eyeriss;
use nn::problem::Problem;
use nn::zoo;
use std::time::{Duration, Instant};

const LISTED: Options = Options { order: Order::Listed, factors: Factors::Perfect, constraints: None, deadline: None };

/// A layer of the zoo, one image.
fn layer(network: &str, layer: &str) -> Problem {
    let network = zoo::by_name(network).expect("a network of the zoo");
    let id = network.find(layer).expect("a layer of the network");
    Problem::conv(&network.conv_shape(id, 1).expect("a convolution")).expect("a problem")
}

/// By how much, in percent, the second value is below the first; both answers are printed.
fn saves(what: &str, objective: Objective, [without, with]: [&Answer; 2]) -> f64 {
    let [before, after] = [without, with].map(|answer| objective.of(answer.best[0].cost));
    let saved = 100.0 * (1.0 - after / before);
    let [first, second] = [without, with].map(|answer| answer.certificate);
    println!("{what}: {objective:?} {before} {first:?}, {after} {second:?}: {saved:.1} % less");
    saved
}

/// AlexNet CONV5: an ifmap word may stay in its scratchpad while filters come and go, or the other way round.
#[test]
fn free_order_improves_a_real_layer() {
    let (problem, arch, objective) = (layer("alexnet", "conv5"), open_eyeriss(), Objective::Energy);
    let listed = map(&problem, &arch, objective, &LISTED);
    let free = map(&problem, &arch, objective, &Options { order: Order::Free, ..LISTED });
    assert_eq!([listed.certificate, free.certificate], [Certificate::Proven; 2]);
    let saved = saves("free order, AlexNet CONV5", objective, [&listed, &free]);
    assert!((4.3..4.5).contains(&saved), "{saved}");
}

/// ResNet-50's 512 to 2048 channels on 7 x 7: no divisors of these fill an array of 14 x 12.
#[test]
fn remainders_improve_a_real_layer() {
    let (problem, arch, objective) = (layer("resnet50", "res5b_branch2c"), open_eyeriss(), Objective::Latency);
    let perfect = map(&problem, &arch, objective, &Options { order: Order::Free, ..LISTED });
    assert_eq!(perfect.certificate, Certificate::Proven);
    let deadline = Some(Instant::now() + Duration::from_secs(10));
    let options = Options { order: Order::Free, factors: Factors::Imperfect, deadline, ..LISTED };
    let imperfect = map(&problem, &arch, objective, &options);
    let saved = saves("imperfect factors, ResNet-50 res5b_branch2c", objective, [&perfect, &imperfect]);
    assert!(saved > 33.0, "{saved}");
}

/// AlexNet CONV5 again: neighbours along a diagonal need the same ifmap rows.
#[test]
fn diagonals_improve_a_real_layer() {
    let (problem, without, objective) = (layer("alexnet", "conv5"), open_eyeriss(), Objective::Energy);
    let mut stages = without.stages().to_vec();
    for stage in &mut stages {
        if let Stage::Fanout(Fanout { sharing, .. }) = stage {
            *sharing = Sharing { diagonal: true, ..*sharing };
        }
    }
    let with = Arch::new("with diagonals", stages, without.compute().clone()).expect("a well-formed arch");
    let answers = [&without, &with].map(|arch| map(&problem, arch, objective, &LISTED));
    assert_eq!([answers[0].certificate, answers[1].certificate], [Certificate::Proven; 2]);
    let saved = saves("diagonals, AlexNet CONV5", objective, [&answers[0], &answers[1]]);
    assert!((1.2..1.3).contains(&saved), "{saved}");
}
