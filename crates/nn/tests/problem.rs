//! Problems beside the shapes they come from, and tiles beside the points they hold.

use std::collections::BTreeSet;

use nn::generate::{Generator, Limits};
use nn::problem::{Dim, Problem, ProblemError, Rank, Relevance, Term, Tile};
use nn::{ByOperand, ConvShape, Operand, Pad};

const CONV1: ConvShape = ConvShape {
    n: 4,
    groups: 1,
    m: 96,
    c: 3,
    h: 227,
    w: 227,
    r: 11,
    s: 11,
    stride: [4, 4],
    pad: Pad { top: 0, bottom: 0, left: 0, right: 0 },
    dilation: [1, 1],
};

#[test]
fn a_convolution_has_the_sizes_of_its_shape() {
    for seed in 0..1000 {
        let shape = Generator::new(seed).conv_shape(&Limits::default());
        let problem = Problem::conv(&shape).unwrap();
        let size = problem.size();
        assert_eq!(problem.macs(), shape.macs(), "{shape:?}");
        assert_eq!(problem.words(Operand::Weight, &size), shape.weights(), "{shape:?}");
        assert_eq!(problem.words(Operand::Output, &size), shape.output_dims().iter().product::<usize>() as u64);
        // What the stride leaves over is read by no filter.
        let left_over = [
            (shape.padded_rows() - shape.filter_rows()) % shape.stride[0],
            (shape.padded_columns() - shape.filter_columns()) % shape.stride[1],
        ];
        let plane = (shape.padded_rows() - left_over[0]) * (shape.padded_columns() - left_over[1]);
        assert_eq!(problem.words(Operand::Input, &size), (shape.n * shape.c * plane) as u64, "{shape:?}");
    }
}

#[test]
fn alexnets_first_layer() {
    let problem = Problem::conv(&CONV1).unwrap();
    assert_eq!(problem.to_string(), "psum[N][G][M][P][Q] += ifmap[N][G][C][4*P+R][4*Q+S] * filter[G][M][C][R][S]");
    // Chen et al., ISSCC 2016: 4 x 105.4 M MACs; JSSC 2017, table III: strips of e = 7 rows take 35 ifmap rows.
    assert_eq!(problem.macs(), 4 * 105_415_200);
    let p = problem.find("P").unwrap();
    let mut strip = problem.size();
    (strip[p], strip[problem.find("N").unwrap()], strip[problem.find("C").unwrap()]) = (7, 1, 1);
    assert_eq!(problem.words(Operand::Input, &strip), 35 * 227);
}

#[test]
fn dimensions_are_relevant_where_they_move_an_operand() {
    let problem = Problem::conv(&CONV1).unwrap();
    let row = |operand| {
        problem
            .dims()
            .map(|dim| match problem.relevance(operand, dim) {
                Relevance::Irrelevant => '.',
                Relevance::Partial => 'p',
                Relevance::Full => 'f',
            })
            .collect::<String>()
    };
    //                                              NGMCPQRS
    assert_eq!(Operand::ALL.map(row), ["ff.fpppp", ".fff..ff", "fff.ff.."]);
    let pointwise = Problem::conv(&ConvShape { r: 1, s: 1, ..CONV1 }).unwrap();
    assert_eq!(pointwise.relevance(Operand::Input, Dim(4)), Relevance::Full);
    let matmul = Problem::matmul(2, 3, 4).unwrap();
    assert_eq!((matmul.macs(), matmul.words(Operand::Input, &matmul.size())), (24, 12));
    let fc = Problem::fully_connected(2, 3, 4).unwrap();
    assert_eq!(Operand::ALL.map(|operand| fc.words(operand, &fc.size())), [8, 12, 6]);
    assert_eq!(fc.relevance(Operand::Weight, fc.find("N").unwrap()), Relevance::Irrelevant);
}

/// The coordinates of a rank from the first to the last that `tile` at `start` reads, by visiting every point.
fn span(rank: &Rank, tile: &Tile, start: [u64; 8]) -> BTreeSet<u64> {
    let mut reached = BTreeSet::from([0]);
    for term in &rank.0 {
        let points = start[term.dim.0 as usize]..start[term.dim.0 as usize] + tile[term.dim];
        reached = reached.iter().flat_map(|x| points.clone().map(move |point| x + term.step * point)).collect();
    }
    (*reached.first().unwrap()..=*reached.last().unwrap()).collect()
}

#[test]
fn extents_and_unions_are_those_of_the_points() {
    for seed in 0..500 {
        let mut g = Generator::new(seed);
        let shape = g.conv_shape(&Limits { macs: 1 << 40, ..Limits::default() });
        let problem = Problem::conv(&shape).unwrap();
        let mut tile = Tile::POINT;
        for dim in problem.dims() {
            tile[dim] = g.size(problem.size()[dim] as usize) as u64;
        }
        let (moved, count) = (Dim(g.within(0, 7) as u8), g.size(4) as u64);
        for operand in Operand::ALL {
            let mut words = [1, 1];
            for rank in problem.ranks(operand) {
                let single = span(rank, &tile, [0; 8]);
                let mut union = BTreeSet::new();
                for step in 0..count {
                    let mut start = [0; 8];
                    start[moved.0 as usize] = step * tile[moved];
                    union.extend(span(rank, &tile, start));
                }
                assert_eq!(rank.extent(&tile), single.len() as u64, "seed {seed}: {rank:?}");
                assert_eq!(rank.union(&tile, moved, count), union.len() as u64, "seed {seed}: {rank:?}");
                words = [words[0] * single.len() as u64, words[1] * union.len() as u64];
            }
            assert_eq!(
                [problem.words(operand, &tile), problem.union_words(operand, &tile, moved, count)],
                words,
                "seed {seed}: {operand:?} of {problem}"
            );
        }
    }
}

#[test]
fn what_is_no_problem_is_refused() {
    let rank = |step, dim| vec![Rank(vec![Term { step, dim: Dim(dim) }])];
    let check = |dims: &[(&str, u64)], input, message: &str| {
        let dims = dims.iter().map(|(name, size)| (name.to_string(), *size)).collect();
        let error = Problem::new(dims, ByOperand([input, rank(1, 0), rank(1, 0)])).unwrap_err();
        assert_eq!(error.to_string(), message);
    };
    check(&[], vec![], "found 0 dimensions, expected 1 to 8");
    check(&[("A", 1); 9], vec![], "found 9 dimensions, expected 1 to 8");
    check(&[("A", 1), ("A", 2)], vec![], "dimension \"A\" comes twice");
    check(&[("A", 1), ("B", 0)], vec![], "dimension \"B\" has size 0, expected at least 1");
    check(&[("A", 1)], vec![Rank(vec![])], "rank 0 of the ifmap has no terms");
    let message =
        "rank 0 of the ifmap: found 1 times dimension 1, expected a step of at least 1 and a dimension below 1";
    check(&[("A", 1)], rank(1, 1), message);
    let message =
        "rank 0 of the ifmap: found 0 times dimension 0, expected a step of at least 1 and a dimension below 1";
    check(&[("A", 1)], rank(0, 0), message);
    check(&[("A", 1 << 40), ("B", 1 << 40)], vec![], "the problem is too large: the MAC count exceeds 2^48");
    check(&[("A", 1 << 40)], rank(u64::MAX, 0), "the problem is too large: ifmap exceeds 2^48");
    let two = vec![Rank(vec![Term { step: 1, dim: Dim(0) }]), Rank(vec![Term { step: 1, dim: Dim(0) }])];
    check(&[("A", 2)], two.clone(), "dimension \"A\" comes twice in the ranks of the ifmap, expected once");
    let one = vec![("A".to_string(), 1)];
    assert!(Problem::new(one, ByOperand([two, rank(1, 0), rank(3, 0)])).is_ok(), "one point moves nothing");
    let output = |rank: Vec<Rank>| {
        let dims = ["A", "B"].map(|name| (name.to_string(), 2)).into();
        Problem::new(dims, ByOperand([vec![], vec![], rank])).unwrap_err()
    };
    assert_eq!(output(rank(2, 0)), ProblemError::Output(0));
    assert_eq!(output(vec![Rank([0, 1].map(|dim| Term { step: 1, dim: Dim(dim) }).into())]), ProblemError::Output(0));
    // Few operations on words far apart: a window of 2^47 words at each of 2^24 places.
    let far = vec![Rank(vec![Term { step: 1, dim: Dim(0) }, Term { step: 1 << 47, dim: Dim(1) }])];
    let message = "the problem is too large: loops may move more than 2^60 words of the ifmap";
    check(&[("A", 1 << 24), ("B", 2)], far, message);
    assert!(Problem::matmul(1 << 24, 1 << 24, 1).is_ok());
    assert_eq!(Problem::matmul(1 << 24, 1 << 24, 2), Err(ProblemError::TooLarge("the MAC count")));
}
