//! The machine beside its estimate, for dense and pruned networks: gated multiply-accumulates, bytes over the link and energy
//! within 5 %.

use eyeriss::Chip;
use nn::{Layer, Network, Tensor, Weights};
use stationary::assets;
use stationary::document::Document;
use stationary::hardware::{blocks, measure};
use stationary::images::{Images, Overrides};
use stationary::run::array_layers;

/// How far the estimate may be off.
const BAR: f64 = 0.05;

/// The network with the smallest weights of each layer at zero, so that `share` of them are left.
fn pruned(network: &Network, share: f64) -> Network {
    let array = array_layers(network);
    let mut layers = network.layers().to_vec();
    for id in array {
        let Some(weights) = &mut layers[id.0 as usize].weights else { continue };
        let mut sizes: Vec<f32> = weights.kernel.data().iter().map(|weight| weight.abs()).collect();
        sizes.sort_by(f32::total_cmp);
        let least = sizes[((1.0 - share) * sizes.len() as f64) as usize];
        weights.kernel.data_mut().iter_mut().filter(|weight| weight.abs() < least).for_each(|weight| *weight = 0.0);
    }
    Network::new(network.name(), layers).unwrap()
}

fn check(name: &str, network: &Network, input: &Tensor<f32>) -> f64 {
    let measured = measure(network, Chip::sparse(), std::slice::from_ref(input), &mut |_| ()).unwrap();
    let blocks = blocks(name, &measured);
    println!("{}", Document { title: name.into(), lead: Vec::new(), inputs: "00".into(), blocks }.text());
    let total = measured.total();
    for (what, error) in ["gated MACs", "bytes over the link", "energy"].into_iter().zip(total.errors()) {
        println!("{name}: {what} {:+.2} %", 100.0 * error);
        assert!(error.abs() < BAR, "{name}: {what} are {error} off");
    }
    total.measured.total_energy()
}

#[test]
fn the_embedded_network() {
    let network = assets::network().unwrap();
    let preprocess = Overrides::default().over(&network).unwrap();
    let input = Images::new(&[], &network, &preprocess).batch(0..1).unwrap();
    let dense = check("dense", &network, &input);
    let sparse = check("pruned to 30 %", &pruned(&network, 0.3), &input);
    assert!(sparse < 0.9 * dense, "{sparse} for {dense}");
}

/// A small convolutional network of weights and images drawn at random; about half of the pixels are zero.
#[test]
fn a_generated_network() {
    let mut g = nn::generate::Generator::new(5);
    let mut values =
        |count: usize, scale: f64| -> Vec<f32> { (0..count).map(|_| (scale * (g.unit() - 0.45)) as f32).collect() };
    let lenet = nn::zoo::by_name("lenet5").unwrap();
    let mut layers: Vec<Layer> = lenet.layers().to_vec();
    for id in array_layers(&lenet) {
        let dims = lenet.weight_dims(id).unwrap();
        let (size, filters) = (dims.iter().product::<usize>(), dims[0]);
        let scale = 4.0 / (size as f64 / filters as f64).sqrt();
        let kernel = Tensor::from_vec(&dims, values(size, scale));
        layers[id.0 as usize].weights = Some(Weights { kernel, bias: values(filters, 0.1) });
    }
    let network = Network::new("generated", layers).unwrap();
    let input = network.input_dims().to_vec();
    let dims = [&[4], &input[..]].concat();
    let pixels = values(dims.iter().product(), 1.0).into_iter().map(|value| value.max(0.0)).collect();
    let images = Tensor::from_vec(&dims, pixels);
    check("dense, generated", &network, &images);
    check("pruned to 30 %, generated", &pruned(&network, 0.3), &images);
}
