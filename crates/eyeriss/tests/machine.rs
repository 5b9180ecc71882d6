//! The machine's rungs of the proof ladder: naive convolution = machine, bit for bit; fast engine = stepper in
//! outputs, counts and cycles. One generator of layers, random mappings, random chips.

use eyeriss::chip::Fifos;
use eyeriss::dram::Coding;
use eyeriss::run::DramCoding;
use eyeriss::{Chip, Gating, RsMapping, fast, native, search, stepper};
use nn::conv16;
use nn::generate::{Generator, Limits, Problem16};

const SMALL: Limits = Limits {
    batch: 3,
    groups: 3,
    outputs: 20,
    channels: 9,
    filter: 12,
    stride: 12,
    dilation: 2,
    pad: 4,
    output_size: 9,
    macs: 60_000,
    zeros: None,
    bits: None,
};

/// A mapping of the layer, any of those that are worth a look.
fn some_mapping(generator: &mut Generator, chip: &Chip, problem: &Problem16) -> RsMapping {
    let shape = native::native_shape(chip, &problem.shape).expect("generated layers are in the native range");
    let candidates = search::candidates(chip, &shape);
    candidates[generator.within(0, candidates.len() as i64 - 1) as usize]
}

fn some_chip(generator: &mut Generator) -> Chip {
    let gating = if generator.chance(0.5) { Gating::Ifmap } else { Gating::Either };
    let default = Chip { gating, ..Chip::default() };
    if generator.chance(0.5) {
        return default;
    }
    Chip {
        fifos: Fifos { ifmap: generator.within(1, 8) as usize, psum: generator.within(1, 8) as usize },
        rows: generator.within(12, 40) as usize,
        columns: generator.within(1, 40) as usize,
        link_hz: generator.within(20, 200) as u64 * 1_000_000,
        ..default
    }
}

/// Takes a share of the weights of every second layer.
fn prune(generator: &mut Generator, problem: &mut Problem16) {
    if generator.chance(0.5) {
        let zeros = generator.unit();
        problem.weights.data_mut().iter_mut().filter(|_| generator.chance(zeros)).for_each(|weight| *weight = 0);
    }
}

fn some_coding(generator: &mut Generator) -> DramCoding {
    let mut coding = || if generator.chance(0.5) { Coding::Raw } else { Coding::Rlc };
    DramCoding { ifmap: coding(), filters: coding(), ofmap: coding() }
}

#[test]
fn both_engines_equal_the_naive_convolution_and_each_other() {
    let mut generator = Generator::new(1);
    for layer in 0..2_000 {
        let mut problem = generator.conv16(&SMALL);
        prune(&mut generator, &mut problem);
        let job = problem.job();
        let chip = some_chip(&mut generator);
        let mapping = some_mapping(&mut generator, &chip, &problem);
        let coding = some_coding(&mut generator);
        let what = format!("layer {layer}: {:?} under {mapping:?} on {chip:?}", job.shape);
        let naive = conv16::naive(&job);
        let stepped = stepper::run(&chip, &job, mapping, coding).expect(&what);
        assert_eq!(stepped.output, naive.output, "{what}");
        assert_eq!((stepped.saturated, stepped.wrapped), (naive.saturated, naive.wrapped), "{what}");
        let fast = fast::run(&chip, &job, mapping, coding).expect(&what);
        assert_eq!(fast.counts, stepped.counts, "{what}");
        assert_eq!(fast, stepped, "{what}");
    }
}
