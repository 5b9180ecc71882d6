//! The counts' rung of the proof ladder, at the machine: `predict` = the machine's counters, word for word, for what
//! the architecture's description has in common with the chip.
//!
//! Not in common: zero gating (MACs and filter reads are compared with the gated ones included), biases (left out of
//! the machine's filter fetches), psums that climb from PE to PE (a network of their own on the chip), and three
//! shortcuts of the PE: a new ifmap word is used from its FIFO without being read from the scratchpad, a window's last
//! sum leaves without being written to it, and the psum of earlier passes is added on the way out, where the
//! description fills it into the scratchpad and reads it from there.
//!
//! Zero gating is foretold by `model::sparsity` from a mask of the ifmap: an ifmap word that is zero gates the read of the
//! filter word and the multiply-accumulate. Both equal the machine's counters too; and so do the multiply-accumulates that
//! remain where a zero of either operand gates, from masks of both.

use eyeriss::recognise::{NestError, recognise};
use eyeriss::{Chip, DramCoding, LayerRun, Objective, Plan, RsMapping, dataflow, fast, mapping, native, nest, search};
use model::sparsity::{Kind, Mask, Saving, Sparsity, Storage, exact};
use model::{Arch, Counts, Mapping, check, predict};
use nn::generate::{Generator, Limits};
use nn::problem::Problem;
use nn::{ByOperand, Clamp, Conv16, ConvShape, Operand, conv16, zoo};

/// The same quantities of a prediction and of a run, each with its name.
fn shared(counts: &Counts, spads: [&str; 3]) -> Vec<(String, u64)> {
    let mut quantities = Vec::new();
    for level in ["DRAM", "GLB"] {
        for operand in Operand::ALL {
            let access = &counts.level(level)[operand];
            for (what, words) in [
                ("fills", access.fills),
                ("reads", access.reads),
                ("updates", access.updates),
                ("drains", access.drains),
            ] {
                quantities.push((format!("{level} {} {what}", operand.name()), words));
            }
        }
    }
    for (operand, spad) in Operand::ALL.into_iter().zip(spads) {
        let access = &counts.level(spad)[operand];
        // Psums of earlier passes: filled and read once, or neither.
        let (fills, reads) = match operand {
            Operand::Output => (0, access.reads - access.fills),
            _ => (access.fills, access.reads),
        };
        quantities.push((format!("{} spad fills", operand.name()), fills));
        quantities.push((format!("{} spad reads", operand.name()), reads));
        quantities.push((format!("{} spad updates", operand.name()), access.updates));
        quantities.push((format!("{} words sent", operand.name()), counts.networks[0].words[operand].sent));
    }
    for operand in [Operand::Input, Operand::Weight] {
        let delivered = counts.networks[0].words[operand].delivered;
        quantities.push((format!("{} words delivered", operand.name()), delivered));
    }
    quantities.push(("MACs".to_string(), counts.macs.done + counts.macs.gated));
    quantities
}

/// What the machine would have counted without its shortcuts.
fn plain(run: &LayerRun, plan: &Plan) -> Counts {
    let mut counts = run.counts.clone();
    let biases: usize = plan.blocks().map(|block| block.filters.len()).sum();
    counts.levels[0].access[Operand::Weight].reads -= biases as u64;
    let spad = &mut counts.levels[2].access;
    spad[Operand::Weight].reads = counts.macs.done + counts.macs.gated;
    spad[Operand::Input].reads += spad[Operand::Input].fills;
    // A sum that leaves was not written back.
    let left = counts.macs.done + counts.macs.gated - spad[Operand::Output].updates;
    spad[Operand::Output].updates += left;
    counts
}

fn compare(what: &str, shape: &ConvShape, rs: Option<RsMapping>, job: &Conv16) {
    let chip = Chip::default();
    let native = native::native_shape(&chip, shape).expect(what);
    let rs = rs.unwrap_or_else(|| search::best(&chip, &native, Objective::Latency).expect(what));
    let plan = Plan::new(&chip, &native, rs).expect(what);
    let run = fast::run(&chip, job, rs, DramCoding::LATER_LAYER).expect(what);
    assert!(run.output == conv16::fast(job).output, "{what}");

    let problem = Problem::conv(&native).expect(what);
    let arch = nest::arch(&chip).expect("the chip is an architecture");
    let nest = nest::nest(&plan);
    let what = format!("{what}: {rs:?}\n{}", nest.display(&problem, &arch));
    assert_eq!(check(&problem, &arch, &nest), [], "{what}");
    let predicted = predict(&problem, &arch, &nest).counts;
    let predicted = shared(&predicted, ["ifmap spad", "filter spad", "psum spad"]);
    let measured = shared(&plain(&run, &plan), ["spad"; 3]);
    for (p, m) in predicted.iter().zip(&measured) {
        assert_eq!(p, m, "{what}");
    }
    let native = native::lower(&chip, job).expect("a native layer");
    compare_gating(&what, &problem, &arch, &nest, &native, &run);
    if shape.macs() < EITHER {
        let run = fast::run(&Chip::sparse(), job, rs, DramCoding::LATER_LAYER).expect(&what);
        compare_gating_by_either(&what, &problem, &arch, &nest, &native, &run);
    }
}

/// Layers of more multiply-accumulates are not followed word by word in two operands.
const EITHER: u64 = 100_000;

/// Which ifmap words are not zero, padding included.
fn ifmap_mask(problem: &Problem, layer: &native::NativeLayer) -> Mask {
    let [_, channels, height, width] = layer.shape.input_dims().map(|size| size as u64);
    let group = layer.shape.group_c() as u64;
    let mask = Mask::new(problem, Operand::Input, |at| {
        let channel = at[0] * channels + at[1] * group + at[2];
        layer.ifmap.data()[((channel * height + at[3]) * width + at[4]) as usize] != 0
    });
    mask.expect("a layer's ifmap")
}

/// What zeros of either operand gate.
fn compare_gating_by_either(
    what: &str,
    problem: &Problem,
    arch: &Arch,
    nest: &Mapping,
    layer: &native::NativeLayer,
    run: &LayerRun,
) {
    let [_, channels, rows, columns] = layer.shape.weight_dims().map(|size| size as u64);
    let filters = layer.shape.group_m() as u64;
    let mask = Mask::new(problem, Operand::Weight, |at| {
        let filter = at[0] * filters + at[1];
        layer.filters.data()[(((filter * channels + at[2]) * rows + at[3]) * columns + at[4]) as usize] != 0
    });
    let (ifmap, filter) = (ifmap_mask(problem, layer), mask.expect("a layer's filters"));
    let sparsity =
        Sparsity { compute: vec![(Kind::Gate, vec![Operand::Input, Operand::Weight])], ..Sparsity::default() };
    let masks = ByOperand([Some(&ifmap), Some(&filter), None]);
    let foretold = exact(problem, arch, nest, &sparsity, masks).expect(what);
    assert_eq!(foretold.macs.done, run.counts.macs.done, "MACs that no zero gates: {what}");
    assert_eq!(foretold.macs.gated, run.counts.macs.gated, "MACs that a zero of either operand gates: {what}");
}

/// What zeros of the ifmap gate, padding included.
fn compare_gating(
    what: &str,
    problem: &Problem,
    arch: &Arch,
    nest: &Mapping,
    layer: &native::NativeLayer,
    run: &LayerRun,
) {
    let mask = ifmap_mask(problem, layer);
    let gate = Saving { kind: Kind::Gate, target: Operand::Weight, leaders: vec![Operand::Input] };
    let spad = arch.find("filter spad").expect("a scratchpad");
    let storage = Storage { savings: vec![gate], ..Storage::default() };
    let sparsity = Sparsity { storage: [(spad, storage)].into(), ..Sparsity::default() };
    let foretold = exact(problem, arch, nest, &sparsity, ByOperand([Some(&mask), None, None])).expect(what);
    let counts = &run.counts;
    assert_eq!(foretold.macs.done, counts.macs.done, "MACs that zeros do not gate: {what}");
    assert_eq!(foretold.macs.gated, counts.macs.gated, "gated MACs: {what}");
    let filter = foretold.levels.iter().find(|level| level.name == "filter spad").expect("a scratchpad");
    let reads = filter.words[Operand::Weight].reads;
    assert_eq!(reads.done, counts.level("spad")[Operand::Weight].reads, "filter reads: {what}");
}

#[test]
fn on_the_layers_of_the_zoo() {
    let mut g = Generator::new(7);
    for network in ["alexnet", "vgg16", "squeezenet1.1"] {
        let network = zoo::by_name(network).expect("a network of the zoo");
        for id in network.ids().filter(|&id| matches!(network.layer(id).op, nn::Op::Conv(_))) {
            let shape = network.conv_shape(id, 1).expect("a convolution");
            let name = &network.layer(id).name;
            let input = g.words(&shape.input_dims(), 6, 0.3);
            let weights = g.words(&shape.weight_dims(), 6, 0.0);
            let bias = vec![0; shape.m];
            let job = Conv16 { shape, input: &input, weights: &weights, bias: &bias, shift: 4, clamp: Clamp::RELU };
            let published = mapping::published(network.name(), name).map(|rs| RsMapping { n: 1, ..rs });
            compare(&format!("{} {name}", network.name()), &shape, published, &job);
        }
    }
}

#[test]
fn on_generated_layers() {
    let mut g = Generator::new(8);
    for layer in 0..200 {
        let problem = g.conv16(&Limits { macs: 30_000, dilation: 2, ..Limits::default() });
        let native = native::native_shape(&Chip::default(), &problem.shape).expect("a native layer");
        let candidates = search::candidates(&Chip::default(), &native);
        let rs = candidates[g.within(0, candidates.len() as i64 - 1) as usize];
        let what = format!("layer {layer} {:?}", problem.shape);
        compare(&what, &problem.shape, Some(rs), &problem.job());
    }
}

/// What the mapper finds under the chip's constraints is recognised, and runs with the words of the naive convolution
/// and the counts that are foretold of it.
#[test]
fn on_what_the_mapper_finds() {
    let chip = Chip::default();
    let arch = nest::arch(&chip).expect("the chip is an architecture");
    let mut g = Generator::new(14);
    let mut run = 0;
    for layer in 0..60 {
        let problem = g.conv16(&Limits { macs: 20_000, dilation: 2, ..Limits::default() });
        let shape = native::native_shape(&chip, &problem.shape).expect("a native layer");
        let loops = Problem::conv(&shape).expect("a convolution");
        let constraints = dataflow::constraints(&chip, &shape, &loops);
        for objective in [mapper::Objective::Energy, mapper::Objective::Latency] {
            let options = mapper::Options { constraints: Some(&constraints), ..mapper::Options::default() };
            let answer = mapper::map(&loops, &arch, objective, &options);
            let Some(best) = answer.best.first() else { continue };
            let what = format!("layer {layer} {shape:?}\n{}", best.mapping.display(&loops, &arch));
            let plan = match recognise(&chip, &shape, &loops, &best.mapping) {
                Ok(plan) => plan,
                Err(NestError::Rules(rules)) => {
                    println!("{rules:?}\n{what}");
                    continue;
                }
                Err(error) => panic!("{error}\n{what}"),
            };
            let found = predict(&loops, &arch, &best.mapping).counts;
            assert_eq!(found, predict(&loops, &arch, &nest::nest(&plan)).counts, "{what}");
            compare(&what, &problem.shape, Some(plan.mapping), &problem.job());
            run += 1;
        }
    }
    println!("{run} of 120 run");
    assert!(run >= 115, "{run}");
}
