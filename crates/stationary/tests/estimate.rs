//! `stationary estimate`: the published estimates, files of layers, zeros that are measured, refusals.

use assert_cmd::Command;
use formats::estimation;
use model::Coding;
use model::reuse::{self, Costs, Dataflow, Design};
use nn::{ByOperand, Operand, zoo};
use stationary::estimate::validation::{BATCHES, study_of};
use stationary::estimate::{self, Estimates, Layer, Method, PLATFORM, Shares, Zeros, published};
use stationary::images::{Images, Overrides};
use stationary::run::array_layers;
use stationary::validation::{self, Verdict};
use stationary::{Document, assets, library};
use std::path::{Path, PathBuf};

fn layers(name: &str, zeros: impl Fn(&nn::Network) -> Zeros, given: Shares) -> Vec<Layer> {
    let network = zoo::by_name(name).unwrap();
    let all = array_layers(&network);
    estimate::of_network(&network, &all, BATCHES, ByOperand([16; 3]), &zeros(&network), given).unwrap()
}

fn estimates(layers: Vec<Layer>, coding: Coding) -> (Document, Estimates) {
    let arch = library::arch(PLATFORM).unwrap().arch;
    let dataflow = library::designed_for(PLATFORM);
    let method = Method { arch: &arch, word_bits: 16, dataflow, coding, budget: None };
    let estimates = estimate::run(&method, layers, &|_, _, _| ()).unwrap();
    (estimate::document("it", &method, &estimates, &estimate::Origin::None), estimates)
}

fn total(layers: Vec<Layer>, coding: Coding) -> f64 {
    estimates(layers, coding).1.parts(|_| true).total()
}

/// The totals and shares of AlexNet and GoogLeNet hold, but for the two shares that contradict AlexNet's figure.
#[test]
fn published_estimates() {
    let study = study_of(&published::TOTALS[..2], &|_| ()).unwrap();
    let document = estimate::comparison(&study);
    println!("{}", document.text());
    let checks = study.checks();
    assert_eq!(checks.len(), 8);
    assert!(!validation::fails(&checks));
    let explained = checks.iter().filter(|check| check.verdict() == Verdict::Explained);
    let explained: Vec<&str> = explained.map(|check| check.what.as_str()).collect();
    assert_eq!(explained, ["googlenet: share of ofmap", "googlenet: share of weight"]);
    // Layer by layer: those of which the figure shows more than a hundredth of all, within a quarter.
    let alexnet = study.of("alexnet").unwrap();
    for (estimated, published) in alexnet.layers.iter().zip(published::ALEXNET_LAYERS) {
        let ours = estimated.parts().unwrap().total();
        let published: f64 = published.iter().sum::<f64>() * published::LAYER_UNIT;
        let error = ours / published - 1.0;
        assert!(error.abs() < 0.25 || published < 0.01 * 3.97e9, "{}: {ours} for {published}", estimated.layer.name);
    }
}

/// The multiply-accumulates that published zeros leave are the published ones.
#[test]
fn published_zeros_leave_the_published_work() {
    for (name, published, tolerance) in [("alexnet", 3.71e8, 0.03), ("googlenet", published::GOOGLENET_MACS, 1e-3)] {
        let of = |network: &nn::Network| Zeros::published(published::activations(name).unwrap(), network);
        let done: f64 = layers(name, of, Shares::default())
            .iter()
            .map(|layer| layer.fields.shape.macs() as f64 / layer.batch() * layer.share(Operand::Input))
            .sum();
        println!("{name}: {done} multiply-accumulates for {published}");
        assert!((done / published - 1.0).abs() < tolerance, "{name}: {done}");
    }
}

/// A network's layers in the 25 fields are the network to the last digit.
#[test]
fn a_file_is_the_network() {
    let of = |network: &nn::Network| Zeros::published(published::activations("alexnet").unwrap(), network);
    let network = layers("alexnet", of, Shares::default());
    let text = estimation::write(network.iter().map(|layer| &layer.fields));
    let file = folder("file").join("alexnet.csv");
    std::fs::write(&file, &text).unwrap();
    let read = estimate::of_file(&file).unwrap();
    assert_eq!(estimation::write(read.iter().map(|layer| &layer.fields)), text);
    let ((_, ours), (_, theirs)) = (estimates(network, Coding::Map), estimates(read, Coding::Map));
    assert_eq!(ours.layers.len(), 8);
    for (ours, theirs) in ours.layers.iter().zip(&theirs.layers) {
        assert_eq!(ours.estimate, theirs.estimate, "{}", ours.layer.name);
        assert_eq!(ours.layer.fully_connected, theirs.layer.fully_connected, "{}", ours.layer.name);
    }
}

#[test]
fn fewer_words_and_fewer_bits_cost_less() {
    for coding in [Coding::Plain, Coding::Map, Coding::RunLength] {
        let of = |shares: [f64; 3]| {
            total(layers("lenet5", |_| Zeros::unknown(), Shares(ByOperand(shares.map(Some)))), coding)
        };
        let dense = of([1.0; 3]);
        for operand in 0..3 {
            let mut last = dense;
            for share in [0.75, 0.5, 0.25, 0.0] {
                let mut shares = [1.0; 3];
                shares[operand] = share;
                let now = of(shares);
                assert!(now <= last, "{coding:?}, operand {operand}: {now} at {share}, {last} before");
                last = now;
            }
            assert!(last < dense || coding == Coding::Plain, "{coding:?}, operand {operand}");
        }
    }
}

/// Zeros of the embedded network on the embedded photographs: what a ReLU writes has some, the image has few.
#[test]
fn zeros_are_measured() {
    let network = assets::network().unwrap();
    let preprocess = Overrides::default().over(&network).unwrap();
    let zeros = estimate::measured(&network, &Images::new(&[], &network, &preprocess), &mut |_, _| ()).unwrap();
    assert_eq!(zeros.origin, estimate::Origin::Images(assets::PHOTOGRAPHS.len()));
    let all = array_layers(&network);
    let measured = |given| estimate::of_network(&network, &all, BATCHES, ByOperand([8; 3]), &zeros, given).unwrap();
    let layers = measured(Shares::default());
    assert!(layers[0].share(Operand::Input) > 0.9, "the image");
    assert!((0.05..0.95).contains(&layers[0].share(Operand::Output)), "after the first activation");
    assert!((0.05..0.95).contains(&layers[1].share(Operand::Input)), "what the second layer reads");
    for (layer, &id) in layers.iter().zip(&all) {
        let weights = network.layer(id).weights.as_ref().unwrap();
        let zeros = weights.kernel.data().iter().filter(|weight| **weight == 0.0).count();
        assert_eq!(layer.fields.zeros[Operand::Weight], zeros as u64, "{}", layer.name);
    }
    // What is given takes the place of what is measured.
    let given = Shares(ByOperand([None, Some(0.5), None]));
    assert!(measured(given).iter().all(|layer| (layer.share(Operand::Weight) - 0.5).abs() < 0.01));
}

fn stationary(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_stationary"));
    command.current_dir(folder).args(args);
    command
}

fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("estimate").join(name);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

fn output(command: &mut Command, status: i32) -> String {
    let output = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let (out, error) = (text(output.stdout), text(output.stderr));
    assert_eq!(output.status.code(), Some(status), "{out}{error}");
    if status == 2 { error } else { out }
}

#[test]
fn what_is_printed_and_written() {
    let folder = folder("printed");
    let args = ["estimate", "lenet5", "--density", "0.5", "--write-csv", "lenet.csv", "--write-energy", "energy.txt"];
    let printed = output(&mut stationary(&folder, &args), 0);
    insta::assert_snapshot!("lenet5", printed);
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    insta::assert_snapshot!("files", format!("{}\n{}", read("lenet.csv"), read("energy.txt")));
    // The file gives the same energies, and the same document on any number of threads.
    let table = |args: &[&str], threads: &str| {
        let text = output(stationary(&folder, args).env("RAYON_NUM_THREADS", threads), 0);
        let rows = text.lines().map(|line| line.split(',').skip(1).collect::<Vec<_>>().join(","));
        rows.collect::<Vec<_>>()
    };
    let network = table(&["estimate", "lenet5", "--density", "0.5", "--csv"], "1");
    assert_eq!(network, table(&["estimate", "lenet5", "--density", "0.5", "--csv"], "3"));
    assert_eq!(network, table(&["estimate", "lenet.csv", "--csv"], "2"));
}

#[test]
fn refusals() {
    let folder = folder("refusals");
    std::fs::write(folder.join("bad.csv"), "1,8,8,3,1,0,16,3,3,3,4,0,16,6,6,4,1,200,16,1,1,0,0,0,0\n").unwrap();
    let mut report = String::new();
    for args in [
        &["bad.csv"][..],
        &["none.csv"],
        &["bad.csv", "--batch", "4"],
        &["alexnet", "--image", "cat.jpg"],
        &["alexnet", "--density", "ifmap=1.5"],
        &["alexnet", "--density", "ifmap=0.5,ifmap=0.5"],
        &["alexnet", "--bits", "65"],
        &["alexnet", "--dataflow", "rs-rows"],
        &["alexnet", "--arch", "asilomar"],
        &["alexnet", "--layer", "conv9"],
    ] {
        let message = output(&mut stationary(&folder, &[&["estimate"], args].concat()), 2);
        report += &format!("$ stationary estimate {}\n{message}\n", args.join(" "));
    }
    insta::assert_snapshot!(report);
    // A row of 225 weights is one more than a PE keeps: nothing fits, which is a finding.
    std::fs::write(folder.join("wide.csv"), "1,3,300,1,1,0,16,3,225,1,4,0,16,1,76,4,1,0,16,1,1,0,0,0,0\n").unwrap();
    let found = output(&mut stationary(&folder, &["estimate", "wide.csv"]), 1);
    assert!(found.contains("1 is not in the sums: no mapping fits: "), "{found}");
}

/// On the chip, layers have the mappings that it runs, found by its own search: all of ResNet-50 in a moment.
#[test]
fn the_chip_has_its_own_search() {
    let arch = library::arch("eyeriss").unwrap().arch;
    let dataflow = library::designed_for("eyeriss");
    let method = Method { arch: &arch, word_bits: 16, dataflow, coding: Coding::Map, budget: None };
    let resnet = layers("resnet50", |_| Zeros::unknown(), Shares::default());
    let estimates = estimate::run(&method, resnet, &|_, _, _| ()).unwrap();
    assert!(!estimates.lacks() && estimates.solutions.iter().all(|solution| solution.search.is_none()));
    for solution in &estimates.solutions {
        assert!(solution.best[0].on_chip().is_some_and(|runs| runs.is_ok()), "{:?}", solution.problem);
    }
}

/// The published energies by layer follow from the dataflow study's analysis, on the chip's 168 PEs and 108 KB with
/// register files of 512 B, of as many images as have the psums of all filters in the 100 KB of its feature maps, up to 48.
/// The figure's computation tells how many multiply-accumulates are left; so many register accesses are, and words in DRAM
/// are coded by a bit for each and the words that are not zero.
#[test]
fn the_published_layers_follow_from_the_dataflow_study() {
    let alexnet = zoo::by_name("alexnet").unwrap();
    let all = array_layers(&alexnet);
    let sizes = |layer: usize, images: usize| {
        let shape = alexnet.conv_shape(all[layer], images).unwrap();
        reuse::Layer::new(&shape).unwrap()
    };
    let design = Design { pes: 168, glb_words: 54 << 10, ..Design::isca16(Dataflow::Rs, 168) };
    let figure = published::ALEXNET_LAYERS;
    let left = |layer: usize| published::LAYER_UNIT * figure[layer][3] / sizes(layer, 1).macs();
    let mut sums = [[0.0; 4]; 2];
    for layer in 0..figure.len() {
        let reuse::Layer { m, e, .. } = sizes(layer, 1);
        let images = (50 * 1024 / (m * e * e)).clamp(1, 48);
        let run = reuse::best(&sizes(layer, images), &design, &Costs::TABLE_IV).expect("fits");
        let (nonzero, next) = (left(layer), if layer + 1 < figure.len() { left(layer + 1) } else { 1.0 });
        let coded = [nonzero, next, 1.0].map(|share| (share + 1.0 / 16.0).min(17.0 / 16.0));
        let energy = |operand, coded: f64| {
            let by = run.operands[operand].energy;
            (by.dram * coded + by.glb + by.array + by.rf * nonzero) / images as f64 / published::LAYER_UNIT
        };
        let parts = [Operand::Input, Operand::Output, Operand::Weight];
        for (part, (operand, coded)) in parts.into_iter().zip(coded).enumerate() {
            let (ours, published) = (energy(operand, coded), figure[layer][part]);
            println!("layer {} {operand:?} {images} images: {ours:.3}, published {published}", layer + 1);
            // Two digits are printed; what is below 0.1 has one.
            assert!((ours - published).abs() <= 0.17 * published + 0.015, "layer {} {operand:?}: {ours}", layer + 1);
            sums[0][part] += ours;
            sums[1][part] += published;
        }
        for sum in &mut sums {
            sum[3] += figure[layer][3];
        }
    }
    let [ours, published] = sums.map(|sum| sum.iter().sum::<f64>());
    println!("{ours:.2}, published {published:.2}");
    assert!((ours / published - 1.0).abs() < 0.06, "{ours} for {published}");
}
