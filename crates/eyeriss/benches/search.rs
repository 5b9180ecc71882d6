//! The search for mappings over all layers of EfficientNet-Lite0: `cargo bench -p stationary-eyeriss --bench search`.

use eyeriss::{Chip, Objective, native, search};
use nn::{ConvShape, zoo};

/// The layers' native shapes, each once.
fn shapes(batch: usize) -> Vec<ConvShape> {
    let network = zoo::by_name("efficientnet-lite0").expect("a network of the zoo");
    let mut shapes = Vec::new();
    for shape in network.ids().filter_map(|id| network.conv_shape(id, batch)) {
        let native = native::native_shape(&Chip::default(), &shape).expect("the chip runs this network");
        if !shapes.contains(&native) {
            shapes.push(native);
        }
    }
    shapes
}

#[divan::bench(args = [1, 4], sample_count = 5, sample_size = 1)]
fn efficientnet_lite0(bencher: divan::Bencher, batch: usize) {
    let shapes = shapes(batch);
    let chip = Chip::default();
    bencher.bench(|| {
        for shape in &shapes {
            divan::black_box(search::best(&chip, shape, Objective::Latency).expect("every layer has a mapping"));
        }
    });
}

fn main() {
    divan::main();
}
