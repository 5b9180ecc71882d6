//! Problems at their limits: no count overflows (the tests check arithmetic), and memory stays bounded.

mod triples;

use model::sparsity::{Density, Distribution, Kind, Sparsity, expected};
use model::{Axis, Energy, Mapping, Node, check, predict};
use nn::generate::Generator;
use nn::problem::{Dim, Problem, Rank, Term};
use nn::{ByOperand, Operand};
use triples::some_arch;

/// A problem of about 2^48 multiply-accumulates, or whose loops move up to 2^60 words; none if it is too large.
fn large_problem(g: &mut Generator) -> Option<Problem> {
    let power = |g: &mut Generator, most: i64| 1u64 << g.within(0, most);
    let bits = 48 / 4;
    let sizes = [0; 4].map(|_| (power(g, 2 * bits) + g.within(0, 2) as u64).saturating_sub(1).max(1));
    let dims = ["P", "R", "C", "M"].into_iter().zip(sizes).map(|(name, size)| (name.to_string(), size)).collect();
    let rank = |terms: &[(u64, u8)]| Rank(terms.iter().map(|&(step, dim)| Term { step, dim: Dim(dim) }).collect());
    let (u, d) = (power(g, 24), power(g, 24));
    let input = vec![rank(&[(u, 0), (d, 1)]), rank(&[(1, 2)])];
    let ranks =
        [input, vec![rank(&[(1, 3)]), rank(&[(1, 2)]), rank(&[(1, 1)])], vec![rank(&[(1, 3)]), rank(&[(1, 0)])]];
    Problem::new(dims, ByOperand(ranks)).ok()
}

/// Keeps in order, with loops of any tiles between them.
fn large_mapping(g: &mut Generator, problem: &Problem, arch: &model::Arch) -> Mapping {
    let mut nodes = Vec::new();
    let mut left = problem.size();
    let dims: Vec<Dim> = problem.dims().collect();
    let cut = |g: &mut Generator, whole: u64| match g.within(0, 3) {
        0 => 1,
        1 => whole.div_ceil(2),
        2 => 1 + g.within(0, whole.min(1 << 40) as i64 - 1) as u64,
        _ => whole,
    };
    for id in arch.ids() {
        if arch.memory(id).is_some() {
            nodes.extend(Operand::ALL.map(|operand| Node::Keep { memory: id, operand }));
            for _ in 0..3 {
                let dim = dims[g.within(0, 3) as usize];
                left[dim] = cut(g, left[dim]);
                nodes.push(Node::Temporal { dim, tile: left[dim] });
            }
        } else if let Some(fanout) = arch.fanout(id) {
            let dim = dims[g.within(0, 3) as usize];
            left[dim] = left[dim].div_ceil(fanout.size[0]);
            nodes.push(Node::Spatial { fanout: id, axis: Axis::X, dim, tile: left[dim] });
        }
    }
    nodes.extend(dims.into_iter().map(|dim| Node::Temporal { dim, tile: 1 }));
    // Memories keep what they may.
    nodes.retain(|node| match *node {
        Node::Keep { memory, operand } => {
            arch.memory(memory).expect("a memory").keep[operand] != model::arch::Keep::Never
        }
        _ => true,
    });
    Mapping { nodes }
}

#[test]
fn nothing_overflows() {
    let mut g = Generator::new(21);
    let (mut checked, mut largest, mut moved) = (0, 0, 0);
    while checked < 3_000 {
        let Some(problem) = large_problem(&mut g) else { continue };
        let arch = some_arch(&mut g);
        let mapping = large_mapping(&mut g, &problem, &arch);
        assert_eq!(check(&problem, &arch, &mapping), [], "{}", mapping.display(&problem, &arch));
        let prediction = predict(&problem, &arch, &mapping);
        assert!(Energy::of(&arch, &prediction.counts).total().is_finite());
        assert!(prediction.latency().0.is_finite());
        for level in &prediction.counts.levels {
            for operand in Operand::ALL {
                let access = level.access[operand];
                let bound = problem.most_moved(operand);
                for words in [access.fills, access.reads, access.updates, access.drains] {
                    assert!(words <= bound, "{words} of {bound} of {problem}\n{}", mapping.display(&problem, &arch));
                    moved = moved.max(words);
                }
            }
        }
        let sparsity = Sparsity { compute: vec![(Kind::Skip, vec![Operand::Input])], ..Sparsity::default() };
        let density = Density { share: 0.5, distribution: Distribution::Hypergeometric };
        if let Ok(sparse) = expected(&problem, &arch, &mapping, &sparsity, ByOperand([density; 3])) {
            assert!(sparse.latency().0.is_finite() && sparse.macs.done > 0.0);
        }
        largest = largest.max(problem.macs());
        checked += 1;
    }
    println!("up to {largest} multiply-accumulates, {moved} words");
    assert!(largest > 1 << 46 && moved > 1 << 56);
}
