//! Sparse counts: the closed form = a slow walker with masks, word for word and bit for bit; nothing zero = the dense
//! prediction; expected values = the average over all masks.

mod sparse_walk;
mod triples;

use model::arch::Bandwidth;
use model::sparsity::{
    Density, Distribution, EYERISS_RUN_LENGTH, Fate, Format, Kind, Mask, RunLength, Saving, SparseEnergy,
    SparsePrediction, Sparsity, SparsityError, Storage, exact, expected,
};
use model::{Access, Arch, Mapping, Refill, predict};
use nn::generate::Generator;
use nn::problem::{Dim, Problem, Rank, Term};
use nn::{ByOperand, Operand};
use sparse_walk::{Setting, nonzero_words, walk};
use triples::{some_arch, some_mapping, some_problem};

const SHORT: RunLength = RunLength { run: 1, word: 16, pairs: 2, block: 40 };

fn some_format(g: &mut Generator) -> Format {
    match g.within(0, 9) {
        0 => Format::Bitmask,
        1 => Format::Rows { index: 3, offset: 5 },
        2 => Format::Columns { index: 2, offset: 7 },
        3 => Format::Coordinates { index: 6 },
        4 => Format::RunLength(EYERISS_RUN_LENGTH),
        5 => Format::RunLength(SHORT),
        _ => Format::Dense,
    }
}

fn some_sparsity(g: &mut Generator, arch: &Arch) -> Sparsity {
    let kind = |g: &mut Generator| if g.chance(0.5) { Kind::Gate } else { Kind::Skip };
    let mut sparsity = Sparsity::default();
    for (id, _) in arch.memories() {
        let format = ByOperand([some_format(g), some_format(g), some_format(g)]);
        let mut savings = Vec::new();
        for target in Operand::ALL {
            for leader in [Operand::Input, Operand::Weight] {
                if target != leader && g.chance(0.25) {
                    savings.push(Saving { kind: kind(g), target, leaders: vec![leader] });
                }
            }
        }
        if g.chance(0.1) {
            let leaders = vec![Operand::Input, Operand::Weight];
            savings.push(Saving { kind: kind(g), target: Operand::Output, leaders });
        }
        sparsity.storage.insert(id, Storage { format, savings, metadata_price: None });
    }
    for leader in [Operand::Input, Operand::Weight] {
        if g.chance(0.2) {
            sparsity.compute.push((kind(g), vec![leader]));
        }
    }
    sparsity
}

#[test]
fn exact_equals_the_walker() {
    let mut g = Generator::new(11);
    let (mut checked, mut spared, mut described, mut gated) = (0, 0, 0, 0);
    let (mut overlapping, mut new) = (0, 0);
    while checked < 3_000 {
        let problem = some_problem(&mut g);
        if problem.macs() > 150 {
            continue;
        }
        let arch = some_arch(&mut g);
        let mapping = some_mapping(&mut g, &problem, &arch);
        let sparsity = some_sparsity(&mut g, &arch);
        let masks = Operand::ALL.map(|operand| {
            let density = [0.0, 0.1, 0.3, 0.6, 0.9, 1.0][g.within(0, 5) as usize];
            nonzero_words(&problem, operand, || g.chance(density))
        });
        let nonzero = ByOperand([masks[0].0.clone(), masks[1].0.clone(), masks[2].0.clone()]);
        let setting =
            Setting { problem: &problem, arch: &arch, mapping: &mapping, sparsity: &sparsity, nonzero: &nonzero };
        let walked = walk(&setting);
        let masks = ByOperand([Some(&masks[0].1), Some(&masks[1].1), Some(&masks[2].1)]);
        let foretold = match exact(&problem, &arch, &mapping, &sparsity, masks) {
            Err(SparsityError::Refill { .. }) => {
                overlapping += 1;
                continue;
            }
            foretold => foretold.expect("a small problem"),
        };
        new += usize::from(arch.switches().refill == Refill::New);
        let what = format!("{problem}\n{arch:#?}\n{}\n{sparsity:#?}", mapping.display(&problem, &arch));

        assert_eq!(foretold.macs, walked.macs, "multiply-accumulates of {what}");
        assert_eq!(foretold.steps, walked.steps, "steps of {what}");
        for ((id, memory), level) in arch.memories().zip(&foretold.levels) {
            assert_eq!(level.words, walked.words[id.0 as usize], "words of {} of {what}", memory.name);
            assert_eq!(level.metadata, walked.bits[id.0 as usize], "bits of {} of {what}", memory.name);
            for operand in Operand::ALL {
                let fates = |access: Access<Fate<u64>>| [access.fills, access.reads, access.updates, access.drains];
                for fate in fates(level.words[operand]) {
                    spared += u64::from(fate.skipped > 0 && fate.done > 0);
                    gated += u64::from(fate.gated > 0 && fate.done > 0);
                }
                described += u64::from(level.metadata[operand].fills > 0);
            }
        }
        for ((id, fanout), network) in arch.fanouts().zip(&foretold.networks) {
            for operand in Operand::ALL {
                let (words, bits) = walked.networks[&id.0][operand];
                assert_eq!(network.words[operand], words, "{operand:?} words over {} of {what}", fanout.name);
                assert_eq!(network.metadata[operand], bits, "{operand:?} bits over {} of {what}", fanout.name);
            }
        }
        for &(id, cycles) in &foretold.ports {
            let shared = matches!(arch.memory(id).expect("a memory").bandwidth, Bandwidth::Shared(_));
            let of = |&[reads, writes, read_bits, written_bits]: &[u64; 4]| {
                let (reads, writes) =
                    (reads as f64 + read_bits as f64 / 16.0, writes as f64 + written_bits as f64 / 16.0);
                if shared { reads + writes } else { reads.max(writes) }
            };
            let busiest = walked.instances[id.0 as usize].values().map(of).fold(0.0, f64::max);
            assert!(
                (cycles - busiest).abs() < 1e-9,
                "ports of {}: {cycles}, {busiest} of {what}",
                arch.stage(id).name()
            );
        }
        checked += 1;
    }
    println!(
        "{checked} settings, {new} of which refill with new words: {spared} accesses partly skipped, {gated} partly \
         gated, {described} described; {overlapping} refused"
    );
    assert!(spared > 1_000 && gated > 200 && described > 1_000 && new > 500 && overlapping < 500);
}

/// Every number of a prediction but cycles, in one list.
fn numbers<N: Copy>(prediction: &SparsePrediction<N>) -> Vec<N> {
    let fate = |fate: Fate<N>| [fate.done, fate.gated, fate.skipped];
    let mut all: Vec<N> = fate(prediction.macs).to_vec();
    for level in &prediction.levels {
        for operand in Operand::ALL {
            let (words, bits) = (level.words[operand], level.metadata[operand]);
            all.extend([words.fills, words.reads, words.updates, words.drains].into_iter().flat_map(fate));
            all.extend([bits.fills, bits.reads, bits.updates, bits.drains]);
        }
    }
    for network in &prediction.networks {
        for operand in Operand::ALL {
            let (words, bits) = (network.words[operand], network.metadata[operand]);
            all.extend([words.sent, words.delivered, bits.sent, bits.delivered]);
        }
    }
    all
}

#[test]
fn where_nothing_is_zero_all_is_dense() {
    let mut g = Generator::new(12);
    for case in 0..2_000 {
        let problem = some_problem(&mut g);
        let arch = some_arch(&mut g);
        let mapping = some_mapping(&mut g, &problem, &arch);
        let mut sparsity = some_sparsity(&mut g, &arch);
        if case % 2 == 0 {
            sparsity.storage.values_mut().for_each(|storage| storage.format = ByOperand::default());
        }
        let dense = predict(&problem, &arch, &mapping);
        let what = format!("{problem}\n{arch:#?}\n{}", mapping.display(&problem, &arch));
        if exact(&problem, &arch, &mapping, &sparsity, ByOperand([None; 3])).is_err() {
            assert_eq!(arch.switches().refill, Refill::New);
            continue;
        }
        let full = Operand::ALL.map(|operand| Mask::new(&problem, operand, |_| true).expect("a small operand"));
        let none = exact(&problem, &arch, &mapping, &sparsity, ByOperand([None; 3])).expect("small");
        let ones = exact(&problem, &arch, &mapping, &sparsity, ByOperand(full.each_ref().map(Some))).expect("small");
        let average = expected(&problem, &arch, &mapping, &sparsity, ByOperand([Density::DENSE; 3])).expect("small");
        assert_eq!(none, ones, "no mask and one of ones: {what}");
        let same: Vec<f64> = numbers(&none).into_iter().map(|n| n as f64).collect();
        assert_eq!(same, numbers(&average), "{what}");

        assert_eq!(none.steps, dense.steps, "{what}");
        assert_eq!(average.steps, dense.steps as f64, "{what}");
        assert_eq!(none.macs, Fate { done: problem.macs(), gated: 0, skipped: 0 });
        for (level, expected) in none.levels.iter().zip(&dense.counts.levels) {
            for operand in Operand::ALL {
                let (words, expected) = (level.words[operand], expected.access[operand]);
                let done = |done| Fate { done, gated: 0, skipped: 0 };
                assert_eq!(words.fills, done(expected.fills), "{what}");
                assert_eq!(words.reads, done(expected.reads), "{what}");
                assert_eq!(words.updates, done(expected.updates), "{what}");
                assert_eq!(words.drains, done(expected.drains), "{what}");
            }
        }
        for (network, expected) in none.networks.iter().zip(&dense.counts.networks) {
            assert_eq!(network.words, expected.words, "{what}");
        }
        if case % 2 == 0 {
            assert_eq!(none.ports, dense.ports, "{what}");
            let energy = SparseEnergy::of(&arch, &sparsity, &none);
            assert_eq!(energy.words, model::Energy::of(&arch, &dense.counts));
            assert_eq!(energy.total(), energy.words.total());
        }
    }
}

/// A problem of so few words that all its masks can be gone through.
fn tiny_problem(g: &mut Generator) -> Problem {
    let rank = |terms: &[u8]| Rank(terms.iter().map(|&dim| Term { step: 1, dim: Dim(dim) }).collect());
    let named = |dims: &[(&str, u64)]| dims.iter().map(|(name, size)| (name.to_string(), *size)).collect();
    match g.within(0, 2) {
        0 => Problem::matmul(2, 1, 2),
        1 => Problem::matmul(1, 2, 2),
        // 1-D convolution with two filters.
        _ => Problem::new(
            named(&[("P", 2), ("R", 2), ("M", 1 + g.within(0, 1) as u64)]),
            ByOperand([vec![rank(&[0, 1])], vec![rank(&[2]), rank(&[1])], vec![rank(&[2]), rank(&[0])]]),
        ),
    }
    .expect("a small problem")
}

/// Averages `exact` over all masks, each with its probability.
fn over_all_masks(
    problem: &Problem,
    arch: &Arch,
    mapping: &Mapping,
    sparsity: &Sparsity,
    densities: &ByOperand<Density>,
) -> (Vec<f64>, f64) {
    let masks = Operand::ALL.map(|operand| {
        let words = problem.words(operand, &problem.size());
        let Density { share, distribution } = densities[operand];
        (0..1u64 << words)
            .filter_map(|bits| {
                let n = f64::from(bits.count_ones());
                let probability = match distribution {
                    Distribution::Bernoulli => share.powf(n) * (1.0 - share).powf(words as f64 - n),
                    _ if n != (share * words as f64).round() => 0.0,
                    _ => (1..=n as u64).map(|i| i as f64 / (words - n as u64 + i) as f64).product(),
                };
                let mut word = 0;
                let mask = Mask::new(problem, operand, |_| {
                    word += 1;
                    bits >> (word - 1) & 1 == 1
                });
                (probability > 0.0).then_some((mask.expect("a small operand"), probability))
            })
            .collect::<Vec<_>>()
    });
    let mut sums = Vec::new();
    let mut steps = 0.0;
    for (input, p) in &masks[0] {
        for (weight, q) in &masks[1] {
            for (output, r) in &masks[2] {
                let masks = ByOperand([Some(input), Some(weight), Some(output)]);
                let one = exact(problem, arch, mapping, sparsity, masks).expect("a small problem");
                let numbers = numbers(&one);
                sums.resize(numbers.len(), 0.0);
                sums.iter_mut().zip(numbers).for_each(|(sum, n)| *sum += p * q * r * n as f64);
                steps += p * q * r * one.steps as f64;
            }
        }
    }
    (sums, steps)
}

#[test]
fn expected_is_the_average_over_all_masks() {
    let mut g = Generator::new(13);
    let single = Format::RunLength(RunLength { run: 1, word: 16, pairs: 1, block: 20 });
    for case in 0..150 {
        let problem = tiny_problem(&mut g);
        let arch = some_arch(&mut g);
        let mapping = some_mapping(&mut g, &problem, &arch);
        let mut sparsity = some_sparsity(&mut g, &arch);
        let distribution = if case % 2 == 0 { Distribution::Bernoulli } else { Distribution::Hypergeometric };
        if distribution == Distribution::Hypergeometric {
            // The last block of several pairs is estimated there.
            for format in sparsity.storage.values_mut().flat_map(|storage| &mut storage.format.0) {
                if matches!(format, Format::RunLength(_)) {
                    *format = single;
                }
            }
        }
        let densities = ByOperand(Operand::ALL.map(|operand| {
            let words = problem.words(operand, &problem.size());
            Density { share: g.within(0, words as i64) as f64 / words as f64, distribution }
        }));
        let Ok(average) = expected(&problem, &arch, &mapping, &sparsity, densities) else {
            assert_eq!(arch.switches().refill, Refill::New);
            continue;
        };
        let (sums, steps) = over_all_masks(&problem, &arch, &mapping, &sparsity, &densities);
        let what = format!("{densities:?}\n{problem}\n{arch:#?}\n{}\n{sparsity:#?}", mapping.display(&problem, &arch));
        for (i, (expected, counted)) in numbers(&average).into_iter().zip(sums).enumerate() {
            assert!((expected - counted).abs() < 1e-9, "number {i}: {expected}, {counted} of {what}");
        }
        assert!(average.steps <= steps + 1e-9, "{} steps, {steps} on average of {what}", average.steps);
    }
}

#[test]
fn what_makes_no_sense_is_refused() {
    let problem = Problem::matmul(4, 4, 4).expect("a product");
    let arch = model::archs::two_levels();
    let glb = arch.find("GLB").expect("a buffer");
    let with = |storage: Storage| Sparsity { storage: [(glb, storage)].into(), ..Sparsity::default() };
    let saving = |target, leaders: &[Operand]| Saving { kind: Kind::Skip, target, leaders: leaders.to_vec() };
    let saves = |saving| with(Storage { savings: vec![saving], ..Storage::default() });
    let refused = |sparsity: &Sparsity| sparsity.check(&arch).expect_err("no sense").to_string();
    assert_eq!(
        refused(&saves(saving(Operand::Input, &[Operand::Input]))),
        "GLB: a saving needs leaders other than its target"
    );
    assert_eq!(
        refused(&saves(saving(Operand::Input, &[Operand::Output]))),
        "GLB: psums lead no saving: they are known too late"
    );
    let mut code = EYERISS_RUN_LENGTH;
    code.block = 62;
    let format = ByOperand([Format::RunLength(code), Format::Dense, Format::Dense]);
    assert_eq!(
        refused(&with(Storage { format, ..Storage::default() })),
        "GLB: a run-length code has runs of up to 16 bits, and blocks that hold their pairs"
    );
    let mut g = Generator::new(1);
    let mapping = some_mapping(&mut g, &problem, &arch);
    let density = Density { share: 1.5, distribution: Distribution::Bernoulli };
    assert_eq!(
        expected(&problem, &arch, &mapping, &Sparsity::default(), ByOperand([density; 3])).expect_err("no share"),
        SparsityError::Density("ifmap")
    );
    let other = Problem::matmul(4, 4, 5).expect("a product");
    let mask = Mask::new(&other, Operand::Weight, |_| true).expect("a small operand");
    assert_eq!(
        exact(&problem, &arch, &mapping, &Sparsity::default(), ByOperand([None, Some(&mask), None]))
            .expect_err("other"),
        SparsityError::Mask("filter")
    );
    let huge = Problem::matmul(1 << 20, 1 << 20, 1).expect("a product");
    assert!(Mask::new(&huge, Operand::Output, |_| true).is_none());
}
