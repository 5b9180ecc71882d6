//! The embedded network on the embedded cat: `cargo bench -p stationary --bench embedded`.
//!
//! The float network, the 16-bit network on the fast convolution, and all its convolutions on the fast engine of the
//! machine, the search for mappings included and not.

use divan::counter::ItemsCount;
use eyeriss::{Chip, Choice, DramCoding, Engine, Machine, Objective, RsMapping};
use nn::{Conv16, ConvShape, LayerId, Network, Quantised, Tensor, fixed_exec, float};
use stationary::images::{Images, Overrides};
use stationary::{Error, assets};
use std::collections::HashMap;

struct Embedded {
    network: Network,
    photograph: Tensor<f32>,
    quantised: Quantised,
    machine: Machine,
}

impl Embedded {
    fn new() -> Embedded {
        let network = assets::network().expect("the embedded network");
        let preprocess = Overrides::default().over(&network).expect("it declares its preprocessing");
        let photograph = Images::new(&[], &network, &preprocess).batch(0..1).expect("the embedded photograph");
        let quantised = Quantised::calibrate(&network, std::slice::from_ref(&photograph)).expect("a finite network");
        let machine = Machine::new(Chip::default(), Engine::Fast).expect("the default chip can be built");
        Embedded { network, photograph, quantised, machine }
    }

    fn counter(&self) -> ItemsCount {
        ItemsCount::new(self.network.macs(1))
    }

    fn mappings(&self) -> HashMap<ConvShape, RsMapping> {
        let shapes = self.network.ids().filter_map(|id| self.network.conv_shape(id, 1));
        let best = |shape| self.machine.mapping(&shape, Choice::Best(Objective::Latency)).expect("a mapping");
        shapes.map(|shape| (shape, best(shape))).collect()
    }

    fn on_machine(&self, mappings: &HashMap<ConvShape, RsMapping>) -> Tensor<f32> {
        let engine = |_: LayerId, job: &Conv16| {
            let run = self.machine.run(job, mappings[&job.shape], DramCoding::LATER_LAYER).expect("a native layer");
            Ok::<_, Error>(run.output)
        };
        fixed_exec::execute(&self.quantised, &self.photograph, engine, |_, _| ()).expect("the embedded network")
    }
}

#[divan::bench(sample_count = 10, sample_size = 1)]
fn float_network(bencher: divan::Bencher) {
    let embedded = Embedded::new();
    bencher.counter(embedded.counter()).bench(|| float::output(&embedded.network, &embedded.photograph));
}

#[divan::bench(sample_count = 10, sample_size = 1)]
fn fixed_network(bencher: divan::Bencher) {
    let Embedded { quantised, photograph, .. } = &Embedded::new();
    let counter = ItemsCount::new(quantised.network().macs(1));
    bencher.counter(counter).bench(|| fixed_exec::execute(quantised, photograph, fixed_exec::fast, |_, _| ()));
}

#[divan::bench(sample_count = 10, sample_size = 1)]
fn machine(bencher: divan::Bencher) {
    let embedded = Embedded::new();
    let mappings = embedded.mappings();
    bencher.counter(embedded.counter()).bench(|| embedded.on_machine(&mappings));
}

#[divan::bench(sample_count = 5, sample_size = 1)]
fn mappings(bencher: divan::Bencher) {
    let embedded = Embedded::new();
    bencher.bench(|| embedded.mappings());
}

fn main() {
    divan::main();
}
