//! The closed form of run-length codes = the chip's codec, on streams of every density; and on average.

use eyeriss::rlc::encode;
use model::sparsity::{Density, Distribution, EYERISS_RUN_LENGTH, Format, Mask, Sparsity, Storage, exact, expected};
use model::{Mapping, Node};
use nn::generate::Generator;
use nn::problem::{Dim, Problem};
use nn::{ByOperand, Operand};

/// Bits of 64-bit code words.
const BLOCK: u64 = 64;

/// `tiles` streams of `words` words of the filter, each moved once from DRAM to the buffer.
fn streams(tiles: u64, words: u64) -> (Problem, Mapping) {
    let problem = Problem::matmul(tiles, 1, words).expect("a product");
    let arch = model::archs::two_levels();
    let keep = |memory: &str| {
        let memory = arch.find(memory).expect("a memory");
        Operand::ALL.map(|operand| Node::Keep { memory, operand })
    };
    let mut nodes = keep("DRAM").to_vec();
    nodes.push(Node::Temporal { dim: Dim(0), tile: 1 });
    nodes.extend(keep("GLB"));
    nodes.push(Node::Temporal { dim: Dim(2), tile: 1 });
    (problem, Mapping { nodes })
}

/// DRAM stores the filter in the chip's code.
fn coded() -> Sparsity {
    let format = ByOperand([Format::Dense, Format::RunLength(EYERISS_RUN_LENGTH), Format::Dense]);
    let dram = model::archs::two_levels().find("DRAM").expect("a memory");
    let storage = Storage { format, ..Storage::default() };
    Sparsity { storage: [(dram, storage)].into(), ..Sparsity::default() }
}

#[test]
fn code_words_are_the_codecs() {
    let mut g = Generator::new(31);
    let arch = model::archs::two_levels();
    for case in 0..400 {
        let (tiles, words) = (g.within(1, 5) as u64, g.within(1, 300) as u64);
        let zeros = [0.0, 0.1, 0.5, 0.9, 0.97, 0.99, 1.0][case % 7];
        let values: Vec<i16> =
            (0..tiles * words).map(|_| if g.chance(zeros) { 0 } else { 1 + g.within(0, 1000) as i16 }).collect();
        let (problem, mapping) = streams(tiles, words);
        let value = |at: &[u64]| values[(at[0] * words + at[1]) as usize] != 0;
        let mask = Mask::new(&problem, Operand::Weight, value).expect("a small operand");
        let foretold = exact(&problem, &arch, &mapping, &coded(), ByOperand([None, Some(&mask), None])).expect("small");
        let dram = &foretold.levels[0];
        let (moved, described) = (dram.words[Operand::Weight].reads.done, dram.metadata[Operand::Weight].reads);
        let code: u64 = values.chunks(words as usize).map(|stream| encode(stream).len() as u64).sum();
        assert_eq!(16 * moved + described, BLOCK * code, "case {case}: {tiles} of {words} words, {zeros} zeros");
    }
}

#[test]
fn on_average_code_words_are_the_codecs() {
    let mut g = Generator::new(32);
    let arch = model::archs::two_levels();
    for share in [0.05, 0.25, 0.6, 0.95] {
        let (tiles, words) = (4_000, 200);
        let (problem, mapping) = streams(tiles, words);
        let density = Density { share, distribution: Distribution::Bernoulli };
        let densities = ByOperand([Density::DENSE, density, Density::DENSE]);
        let average = expected(&problem, &arch, &mapping, &coded(), densities).expect("small");
        let dram = &average.levels[0];
        let bits = 16.0 * dram.words[Operand::Weight].reads.done + dram.metadata[Operand::Weight].reads;
        let code: usize =
            (0..tiles).map(|_| encode(&(0..words).map(|_| i16::from(g.chance(share))).collect::<Vec<_>>()).len()).sum();
        let ratio = bits / (BLOCK as f64 * code as f64);
        println!(
            "density {share}: {:.2} code words a stream expected, codec {:.2}",
            bits / 64.0 / 4e3,
            code as f64 / 4e3
        );
        assert!((ratio - 1.0).abs() < 0.01, "density {share}: {ratio}");
    }
}
