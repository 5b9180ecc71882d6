//! Array cycles a second of the stepper: `cargo bench -p stationary-eyeriss --bench stepper`.
//!
//! Passes of AlexNet's convolutions under their published mappings (JSSC 2017, Table III), each layer cut to two
//! channel blocks of one pass's filters, so that psums also come back from the buffer.

use divan::counter::ItemsCount;
use eyeriss::{Chip, DramCoding, RsMapping, mapping, stepper};
use model::Cause;
use nn::generate::Generator;
use nn::{Clamp, Conv16, ConvShape, Pad, Tensor};

/// Name, images, ifmap rows and columns (padded), filter rows and columns, stride, share of zeros (Table V).
const LAYERS: [(&str, usize, usize, usize, usize, f64); 5] = [
    ("conv1", 1, 227, 11, 4, 0.0),
    ("conv2", 1, 31, 5, 1, 0.387),
    ("conv3", 4, 15, 3, 1, 0.725),
    ("conv4", 4, 15, 3, 1, 0.793),
    ("conv5", 4, 15, 3, 1, 0.776),
];

struct Layer {
    shape: ConvShape,
    mapping: RsMapping,
    ifmap: Tensor<i16>,
    filters: Tensor<i16>,
    bias: Vec<i16>,
}

impl Layer {
    fn new(name: &str) -> Layer {
        let &(_, n, size, filter, stride, zeros) = LAYERS.iter().find(|layer| layer.0 == name).expect("a layer above");
        let published = mapping::published("alexnet", name).expect("a published mapping");
        // One strip of CONV1, whose first channel block is a single channel.
        let h = if name == "conv1" { (published.e - 1) * stride + filter } else { size };
        let shape = ConvShape {
            n,
            groups: 1,
            m: published.p * published.t,
            c: 2 * published.q * published.r,
            h,
            w: size,
            r: filter,
            s: filter,
            stride: [stride; 2],
            pad: Pad::default(),
            dilation: [1, 1],
        };
        let mapping = RsMapping { m: shape.m, ..published };
        let mut g = Generator::new(1);
        let ifmap = g.words(&shape.input_dims(), 12, zeros);
        let filters = g.words(&shape.weight_dims(), 8, 0.0);
        Layer { shape, mapping, ifmap, filters, bias: vec![0; shape.m] }
    }

    /// Steps the layer; gives the array's cycles, which are those of its passes.
    fn step(&self) -> u64 {
        let (shape, clamp) = (self.shape, Clamp::RELU);
        let job = Conv16 { shape, input: &self.ifmap, weights: &self.filters, bias: &self.bias, shift: 10, clamp };
        let run = stepper::run(&Chip::default(), &job, self.mapping, DramCoding::LATER_LAYER).expect("a native layer");
        run.counts.cycles.processing() - run.counts.cycles.of(Cause::FilterWait)
    }
}

#[divan::bench(args = LAYERS.map(|layer| layer.0), sample_count = 5, sample_size = 1)]
fn array_cycles(bencher: divan::Bencher, name: &str) {
    let layer = Layer::new(name);
    let cycles = layer.step();
    bencher.counter(ItemsCount::new(cycles)).bench(|| layer.step());
}

fn main() {
    divan::main();
}
