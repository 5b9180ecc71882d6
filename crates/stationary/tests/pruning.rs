//! The study of the published pruning figures: what an independent run of the command line gave, the range that totals
//! leave open, and the numbers counted in published weights.

use formats::ReadOptions;
use stationary::prune::published::{ALEXNET_DENSITIES, ALEXNET_ENERGY_AWARE, SQUEEZENET_WEIGHTS};
use stationary::prune::validation::{Study, at, study};
use stationary::run::array_layers;
use stationary::validation::{Verdict, fails};
use stationary::{estimate, networks, prune};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

static STUDY: LazyLock<Study> = LazyLock::new(|| study(&|_| ()).expect("the study runs"));

/// As `stationary estimate alexnet --density` gives them, layer by layer.
#[test]
fn alexnet_as_the_command_line_has_it() {
    let Study { alexnet, open, .. } = &*STUDY;
    let close = |ours: f64, other: f64| assert!((ours / other - 1.0).abs() < 1e-3, "{ours} for {other}");
    close(alexnet.original.energy, 4.082e9);
    close(alexnet.compressed.energy, 1.995e9);
    close(alexnet.compressed.macs, 1.805e8);
    close(alexnet.compressed.weights, 6.796e6);
    close(open.least.energy, 1.204e9);
    close(open.uniform.energy, 1.270e9);
    close(open.most.energy, 1.446e9);
}

/// Energy is a straight line in each density, or the programme that finds the ends of the range would be none.
#[test]
fn energy_is_a_straight_line_in_each_density() {
    let Study { arch, alexnet, .. } = &*STUDY;
    let method = estimate::validation::method(arch);
    for layer in 0..ALEXNET_DENSITIES.len() {
        let [empty, half, full] = [0.0, 0.5, 1.0].map(|density| {
            let mut densities = ALEXNET_DENSITIES.to_vec();
            densities[layer] = density;
            at(&method, &alexnet.estimates, densities).energy
        });
        assert!(full > empty && ((empty + full) / 2.0 / half - 1.0).abs() < 1e-12, "layer {layer}");
    }
}

#[test]
fn the_range_keeps_the_published_totals() {
    let open = &STUDY.open;
    for sum in [&open.least, &open.uniform, &open.most] {
        let off = |ours: f64, published: Option<f64>| (ours / published.expect("is printed") - 1.0).abs();
        assert!(off(sum.weights, ALEXNET_ENERGY_AWARE.weights) < 1e-9, "{sum:?}");
        assert!(off(sum.macs, ALEXNET_ENERGY_AWARE.macs) < 1e-9, "{sum:?}");
        assert!(sum.densities.iter().all(|density| (0.0..=1.0).contains(density)), "{sum:?}");
    }
    assert!(open.least.energy < open.uniform.energy && open.uniform.energy < open.most.energy);
}

#[test]
fn figures_hold_or_are_explained_and_programs_read_them() {
    let checks = STUDY.checks();
    let document = prune::comparison(&STUDY);
    assert!(!fails(&checks), "{}", document.text());
    let explained = checks.iter().filter(|check| check.verdict() == Verdict::Explained);
    assert_eq!((checks.len(), explained.count()), (11, 4), "{}", document.text());
    let json: serde_json::Value = serde_json::from_str(&document.json().expect("is JSON")).expect("reads back");
    let tables = &json["tables"];
    let rows = ["pruning", "pruning_networks", "pruning_densities"].map(|key| tables[key].as_array().map(Vec::len));
    assert_eq!(rows, [Some(11), Some(7), Some(8)]);
    assert_eq!(document.csv().lines().count(), 12);
}

/// The weights that are left in SqueezeNet, counted in the published file.
#[test]
fn squeezenets_weights_as_published() {
    let files = ["SqueezeNet_deploy.prototxt", "compressed_SqueezeNet.net"];
    let [Some(net), Some(weights)] = files.map(shared) else { return };
    let network = networks::open_trained(&net.to_string_lossy(), Some(&weights), &ReadOptions::default()).unwrap();
    let count = |id| {
        let weights = network.layer(id).weights.as_ref().expect("is trained");
        weights.kernel.data().iter().filter(|&&weight| weight != 0.0).count() as u32
    };
    let counts: Vec<u32> = array_layers(&network).into_iter().map(count).collect();
    assert_eq!(counts, SQUEEZENET_WEIGHTS);
}

/// A file of the shared folder: `$STATIONARY_SHARED`, or `../shared` beside the workspace.
fn shared(name: &str) -> Option<PathBuf> {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let folder = std::env::var_os("STATIONARY_SHARED").map_or(workspace.join("../shared"), PathBuf::from);
    let path = folder.join("data/models/squeezenet1.0_deepcompression").join(name);
    if !path.is_file() {
        let _ =
            writeln!(std::io::stderr(), "skipped: needs ../shared/data/models/squeezenet1.0_deepcompression/{name}");
        return None;
    }
    Some(path)
}
