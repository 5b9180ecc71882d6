//! The energy-estimation method: by hand, against the dense energy, and against the sparse prediction.

mod triples;

use model::archs::two_levels;
use model::sparsity::{Density, Distribution, Format, Kind, Saving, SparseEnergy, Sparsity, Storage, expected};
use model::{Arch, Charges, Coding, Energy, Estimate, Mapping, Node, Serving, Switches, Words, estimate, predict};
use nn::generate::Generator;
use nn::problem::Problem;
use nn::{ByOperand, ConvShape, Operand, Pad};
use triples::{some_arch, some_mapping, some_problem};

const CODINGS: [Coding; 3] = [Coding::Plain, Coding::Map, Coding::RunLength];

fn of(problem: &Problem, arch: &Arch, mapping: &Mapping, words: ByOperand<Words>, coding: Coding) -> Estimate {
    let counts = predict(problem, arch, mapping).counts;
    estimate(problem, arch, 16, (mapping, &counts), &ByOperand(words.0.map(|words| Words { coding, ..words })))
}

fn words(shares: [f64; 3], bits: u32) -> ByOperand<Words> {
    ByOperand(shares.map(|share| Words::alike(share, bits, Coding::Plain)))
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * a.abs().max(b.abs()).max(1.0)
}

/// A product of 2 x 3 words, one image, whose operands are each brought to the buffer once.
#[test]
fn by_hand() {
    let (problem, arch) = (Problem::matmul(2, 1, 3).unwrap(), two_levels());
    let buffer = arch.memories().nth(1).unwrap().0;
    let keep = |memory| Operand::ALL.map(|operand| Node::Keep { memory, operand });
    let dims: Vec<Node> = problem.dims().map(|dim| Node::Temporal { dim, tile: 1 }).collect();
    let nodes = [&keep(arch.ids().next().unwrap())[..], &keep(buffer)[..], &dims].concat();
    let mapping = Mapping { nodes };
    assert_eq!(model::check(&problem, &arch, &mapping), []);
    // Half of the ifmap's words and a third of the filter's are not zero: 1 of 6 multiply-accumulates is done.
    let shares = [("ifmap", 0.5, 8), ("filter", 1.0 / 3.0, 4), ("psum", 0.5, 16)];
    let given = ByOperand(shares.map(|(_, share, bits)| Words::alike(share, bits, Coding::Map)));
    let Estimate { energy, macs, .. } = of(&problem, &arch, &mapping, given, Coding::Map);
    assert!(close(macs, 1.0), "{macs}");
    assert!(close(energy.compute, arch.compute().price * 0.5 * 0.25), "{}", energy.compute);
    let [outer, inner] = [0, 1].map(|stage| arch.memory(arch.ids().nth(stage).unwrap()).unwrap());
    let matmul_words = Operand::ALL.map(|operand| problem.words(operand, &problem.size()) as f64);
    let [input, weight, output] = matmul_words;
    // Code of the outermost memory: a bit a word, and the words that are not zero.
    let codes = [input * (1.0 + 0.5 * 8.0), weight * (1.0 + 4.0 / 3.0), output * (1.0 + 0.5 * 16.0)];
    let expected = [
        [codes[0] / 16.0 * outer.read_price, codes[1] / 16.0 * outer.read_price, codes[2] / 16.0 * outer.write_price],
        [
            input * 8.0 / 16.0 * inner.write_price + 1.0 * 8.0 / 16.0 * inner.read_price,
            weight * 4.0 / 16.0 * inner.write_price + 1.0 * 4.0 / 16.0 * inner.read_price,
            // Of 6 psums each is written, all but the first of an ofmap word are read; one in 6 is no product of zeros.
            (6.0 / 6.0) * inner.write_price + (6.0 - output) / 6.0 * inner.read_price + output * inner.read_price,
        ],
    ];
    for (stage, (ours, by_hand)) in energy.stages.iter().zip(expected).enumerate() {
        for (ours, by_hand) in ours.0.iter().zip(by_hand) {
            assert!(close(*ours, by_hand), "stage {stage}: {ours}, by hand {by_hand}");
        }
    }
}

/// Sums of six products in a PE that is a pipeline, of an ifmap that it holds on to for both filters.
#[test]
fn a_pipeline_by_hand() {
    let (problem, arch) = (Problem::matmul(2, 1, 6).unwrap(), two_levels());
    let stages = arch.stages().to_vec();
    let compute = model::arch::Compute { operand_latch: ByOperand([true, false, false]), ..arch.compute().clone() };
    let pipeline = Switches { serving: Serving::Pipeline, ..Switches::default() };
    let arch = Arch::new("pipeline", stages, compute).unwrap().with_switches(pipeline).unwrap();
    let buffer = arch.memories().nth(1).unwrap().0;
    let keep = |memory| Operand::ALL.map(|operand| Node::Keep { memory, operand });
    let dims: Vec<_> = problem.dims().collect();
    let [m, _, k] = dims[..] else { unreachable!("a product has three dimensions") };
    let loops = [k, m].map(|dim| Node::Temporal { dim, tile: 1 });
    let mapping = Mapping { nodes: [&keep(arch.ids().next().unwrap())[..], &keep(buffer)[..], &loops].concat() };
    assert_eq!(model::check(&problem, &arch, &mapping), []);
    let Estimate { energy, macs, .. } = of(&problem, &arch, &mapping, words([0.5, 0.5, 1.0], 16), Coding::Plain);
    assert!(close(macs, 12.0 / 4.0), "{macs}");
    let inner = arch.memory(buffer).unwrap();
    let expected = [
        // Each of the six words is used as it arrives, for both filters: none is read.
        6.0 * inner.write_price,
        12.0 * inner.write_price + 3.0 * inner.read_price,
        // Of each sum's five reads one is the last tap's, of its five writes one the first's; a quarter of the others.
        2.0 * (1.0 + 4.0 / 4.0) * (inner.read_price + inner.write_price),
    ];
    for (operand, expected) in Operand::ALL.into_iter().zip(expected) {
        let ours = energy.stages[1][operand];
        assert!(close(ours, expected), "{}: {ours}, by hand {expected}", operand.name());
    }
}

/// Padding by hand: a 3 x 3 map, padded by one, under 3 x 3 windows with a stride of 2.
#[test]
fn zeros_that_pad_a_map() {
    let shape = ConvShape {
        n: 1,
        groups: 1,
        m: 1,
        c: 1,
        h: 3,
        w: 3,
        r: 3,
        s: 3,
        stride: [2, 2],
        pad: Pad::all(1),
        dilation: [1, 1],
    };
    let padded = Words::alike(0.5, 16, Coding::Plain).padded(&shape);
    // Along an axis three of five positions are the map's, and four of the six taps of two windows.
    assert!(close(padded.share, 0.5 * 0.36) && close(padded.met, 0.5 * 4.0 / 9.0), "{padded:?}");
}

#[test]
fn without_zeros_it_is_the_energy_of_the_counts() {
    let mut g = Generator::new(1);
    for _ in 0..500 {
        let (problem, arch) = (some_problem(&mut g), some_arch(&mut g));
        let mapping = some_mapping(&mut g, &problem, &arch);
        let dense = Energy::of(&arch, &predict(&problem, &arch, &mapping).counts);
        let ours = of(&problem, &arch, &mapping, words([1.0; 3], 16), Coding::Plain).energy;
        assert!(close(ours.total(), dense.total()), "{} for {}", ours.total(), dense.total());
        // Words of half the bits cost half, multiply-accumulates a quarter.
        let half = of(&problem, &arch, &mapping, words([1.0; 3], 8), Coding::Plain).energy;
        assert!(close(half.total(), (dense.total() - dense.compute) / 2.0 + dense.compute / 4.0));
    }
}

#[test]
fn more_zeros_never_cost_more() {
    let mut g = Generator::new(2);
    for _ in 0..300 {
        let (problem, arch) = (some_problem(&mut g), some_arch(&mut g));
        let mapping = some_mapping(&mut g, &problem, &arch);
        let share = |g: &mut Generator| g.within(0, 16) as f64 / 16.0;
        let shares = [share(&mut g), share(&mut g), share(&mut g)];
        for coding in CODINGS {
            let total = |shares| of(&problem, &arch, &mapping, words(shares, 16), coding).energy.total();
            for operand in 0..3 {
                let mut fewer = shares;
                fewer[operand] *= 0.75;
                let (more, less) = (total(shares), total(fewer));
                assert!(less <= more * (1.0 + 1e-12), "{coding:?} {shares:?} -> {fewer:?}: {more} -> {less}");
            }
        }
    }
}

/// The design that the method describes, described as sparsity is in general: with a dense filter, what filters and
/// psums cost is the same.
#[test]
fn the_sparse_prediction_agrees() {
    let mut g = Generator::new(3);
    let mut compared = 0;
    for _ in 0..2000 {
        let (problem, arch) = (some_problem(&mut g), some_arch(&mut g));
        let mapping = some_mapping(&mut g, &problem, &arch);
        let charged = arch.switches().charges == Charges::All;
        if arch.fanouts().next().is_some() || arch.compute().latches_any() || !charged {
            continue;
        }
        let share = g.within(1, 15) as f64 / 16.0;
        let mut sparsity = Sparsity { compute: vec![(Kind::Skip, vec![Operand::Input])], ..Sparsity::default() };
        for operand in [Operand::Weight, Operand::Output] {
            let mut keeps = mapping.nodes.iter().filter_map(|node| match *node {
                Node::Keep { memory, operand: kept } if kept == operand => Some(memory),
                _ => None,
            });
            let storage: &mut Storage = sparsity.storage.entry(keeps.next_back().unwrap()).or_default();
            storage.savings.push(Saving { kind: Kind::Skip, target: operand, leaders: vec![Operand::Input] });
        }
        let outermost = arch.ids().next().unwrap();
        let coded = mapping
            .nodes
            .iter()
            .any(|node| matches!(*node, Node::Keep { memory, operand: Operand::Weight } if memory != outermost));
        if coded {
            sparsity.storage.entry(outermost).or_default().format[Operand::Weight] = Format::Bitmask;
        }
        let density = |share| Density { share, distribution: Distribution::Bernoulli };
        let densities = ByOperand([density(share), Density::DENSE, Density::DENSE]);
        let Ok(prediction) = expected(&problem, &arch, &mapping, &sparsity, densities) else { continue };
        let theirs = SparseEnergy::of(&arch, &sparsity, &prediction);
        let ours = of(&problem, &arch, &mapping, words([share, 1.0, 1.0], 16), Coding::Map);
        assert!(close(ours.macs, prediction.macs.done), "{} for {}", ours.macs, prediction.macs.done);
        for (stage, (words, bits)) in theirs.words.stages.iter().zip(&theirs.metadata).enumerate() {
            let (ours, name) = (&ours.energy.stages[stage], arch.stages()[stage].name());
            let filter = words[Operand::Weight] + bits[Operand::Weight];
            assert!(close(ours[Operand::Weight], filter), "{name}: {} for {filter}", ours[Operand::Weight]);
            // The outermost memory also maps the zeros of the ofmap, of which there are none.
            if stage > 0 {
                let psum = words[Operand::Output];
                assert!(close(ours[Operand::Output], psum), "{name}: {} for {psum}", ours[Operand::Output]);
            }
        }
        compared += 1;
    }
    assert!(compared > 100, "{compared}");
}
