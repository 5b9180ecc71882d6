//! What three liberties are worth on real layers: memories that begin to keep operands in any order, loops with
//! remainders, and a network that shares the overlapping windows of neighbours along its diagonals.

use mapper::cuts::Factors;
use mapper::{Answer, Certificate, Objective, Options, Order, map};
use model::Arch;
use model::arch::{Fanout, Sharing, Stage};
use model::archs::open_eyeriss;
use nn::problem::Problem;
use nn::zoo;

/// A layer of the zoo, one image.
fn layer(network: &str, layer: &str) -> Problem {
    let network = zoo::by_name(network).expect("a network of the zoo");
    let id = network.find(layer).expect("a layer of the network");
    Problem::conv(&network.conv_shape(id, 1).expect("a convolution")).expect("a problem")
}

fn least(what: &str, problem: &Problem, arch: &Arch, objective: Objective, options: Options) -> Answer {
    let start = std::time::Instant::now();
    let answer = map(problem, arch, objective, &options);
    let best = &answer.best[0];
    println!(
        "{what}: {:?} {:?} {:?}\n{}",
        best.cost,
        answer.certificate,
        start.elapsed(),
        best.mapping.display(problem, arch)
    );
    answer
}

#[test]
fn try_all() {
    let open = open_eyeriss();
    let free = Options::default();
    let listed = Options { order: Order::Listed, ..free };
    let mut stages = open.stages().to_vec();
    for stage in &mut stages {
        if let Stage::Fanout(Fanout { sharing, .. }) = stage {
            *sharing = Sharing { diagonal: true, ..*sharing };
        }
    }
    let diagonal =
        Arch::new("diagonal", stages, open.compute().clone()).unwrap().with_provenance(open.provenance().clone());
    for (n, l) in [("alexnet", "conv5"), ("alexnet", "conv3"), ("resnet50", "layer1.0.conv2"), ("vgg16", "conv1_1")] {
        let network = zoo::by_name(n).unwrap();
        let Some(_) = network.find(l) else {
            println!("{:?}", network.layers().iter().map(|l| &l.name).collect::<Vec<_>>());
            continue;
        };
        let p = layer(n, l);
        for (a, arch) in [("open", &open), ("diagonal", &diagonal)] {
            let f = least(&format!("{n} {l} {a} free"), &p, arch, Objective::Energy, free);
            let l = least(&format!("{n} {l} {a} listed"), &p, arch, Objective::Energy, listed);
            println!("{}", l.best[0].cost.energy / f.best[0].cost.energy);
        }
    }
}
