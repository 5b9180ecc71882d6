//! Loop nests of the chip's architecture, run on the machine: what a nest is recognised as does what the nest says.

use eyeriss::nest::{arch, nest};
use eyeriss::recognise::recognise;
use eyeriss::{Chip, DramCoding, Objective, Plan, RsMapping, fast, native, search};
use model::{Arch, Axis, Mapping, Node, check, predict};
use nn::generate::{Generator, Limits};
use nn::problem::{Dim, Problem};
use nn::{ConvShape, Pad, conv16};

fn below(g: &mut Generator, end: usize) -> usize {
    g.within(0, end as i64 - 1) as usize
}

/// A native layer and a plan of it.
fn generated(g: &mut Generator) -> (ConvShape, Plan) {
    let chip = Chip::default();
    let shape = g.conv16(&Limits { macs: 20_000, dilation: 2, ..Limits::default() }).shape;
    let shape = native::native_shape(&chip, &shape).expect("a native layer");
    let candidates = search::candidates(&chip, &shape);
    let rs = candidates[below(g, candidates.len())];
    (shape, Plan::new(&chip, &shape, rs).expect("a legal mapping"))
}

/// Every plan's nest is recognised as that plan.
#[test]
fn a_nest_is_recognised_as_its_plan() {
    let mut g = Generator::new(11);
    for _ in 0..500 {
        let (shape, plan) = generated(&mut g);
        let problem = Problem::conv(&shape).expect("a convolution");
        let recognised = recognise(&plan.chip, &shape, &problem, &nest(&plan));
        assert_eq!(recognised, Ok(plan));
    }
}

/// Moves a node elsewhere, cuts a loop in two, swaps two tiles or two axes.
fn disturb(g: &mut Generator, mapping: &mut Mapping, problem: &Problem) {
    let end = mapping.nodes.len();
    match below(g, 4) {
        0 | 1 => {
            let node = mapping.nodes.remove(below(g, end));
            mapping.nodes.insert(below(g, end), node);
        }
        2 => {
            let index = below(g, end);
            let above = mapping.tiles(problem)[index];
            if let Node::Temporal { dim, tile } = mapping.nodes[index]
                && tile <= above[dim]
            {
                let piece = g.within(tile as i64, above[dim] as i64) as u64;
                let at = index - below(g, 3).min(index);
                mapping.nodes.insert(at, Node::Temporal { dim, tile: piece });
            }
        }
        _ => {
            if let Node::Temporal { tile, .. } | Node::Spatial { tile, .. } = &mut mapping.nodes[below(g, end)] {
                *tile = g.within(1, 2 * *tile as i64) as u64;
            }
        }
    }
}

/// Whatever a disturbed nest is recognised as, both count the same; both accepting and refusing occur.
#[test]
fn what_is_recognised_counts_the_same() {
    let mut g = Generator::new(12);
    let (mut same, mut equivalent, mut refused) = (0, 0, 0);
    let machine: Arch = arch(&Chip::default()).expect("the chip is an architecture");
    for _ in 0..6000 {
        let (shape, plan) = generated(&mut g);
        let problem = Problem::conv(&shape).expect("a convolution");
        let mut mapping = nest(&plan);
        for _ in 0..=below(&mut g, 4) {
            disturb(&mut g, &mut mapping, &problem);
        }
        if !check(&problem, &machine, &mapping).is_empty() {
            continue;
        }
        let Ok(plan) = recognise(&plan.chip, &shape, &problem, &mapping) else {
            refused += 1;
            continue;
        };
        let told = nest(&plan);
        if told == mapping {
            same += 1;
        } else {
            equivalent += 1;
        }
        let (found, expected) = (predict(&problem, &machine, &mapping), predict(&problem, &machine, &told));
        let what =
            format!("{}\nis taken for {}", mapping.display(&problem, &machine), told.display(&problem, &machine));
        assert_eq!(found.counts, expected.counts, "{what}");
    }
    println!("{same} undisturbed, {equivalent} equivalent, {refused} refused");
    assert!(same > 10 && equivalent > 300 && refused > 300, "{same} {equivalent} {refused}");
}

/// A recognised nest runs, and its words are the naive convolution's.
#[test]
fn a_recognised_nest_is_bit_exact() {
    let mut g = Generator::new(13);
    for _ in 0..40 {
        let problem = g.conv16(&Limits { macs: 20_000, dilation: 2, ..Limits::default() });
        let chip = Chip::default();
        let native = native::native_shape(&chip, &problem.shape).expect("a native layer");
        let rs = search::best(&chip, &native, Objective::Energy).expect("a mapping");
        let nest = nest(&Plan::new(&chip, &native, rs).expect("a legal mapping"));
        let loops = Problem::conv(&native).expect("a convolution");
        let plan = recognise(&chip, &native, &loops, &nest).expect("the chip's own nest");
        let run = fast::run(&chip, &problem.job(), plan.mapping, DramCoding::LATER_LAYER).expect("it runs");
        assert_eq!(run.output, conv16::naive(&problem.job()).output);
    }
}

/// Each loop that another dataflow has elsewhere is named.
#[test]
fn other_dataflows_are_refused_by_name() {
    let (stride, dilation, pad) = ([1, 1], [1, 1], Pad::default());
    let shape = ConvShape { n: 2, groups: 1, m: 6, c: 4, h: 6, w: 6, r: 3, s: 3, stride, pad, dilation };
    let chip = Chip::default();
    let problem = Problem::conv(&shape).expect("a convolution");
    let rs = RsMapping { m: 6, n: 2, e: 4, p: 2, q: 1, r: 2, t: 1 };
    let nest = nest(&Plan::new(&chip, &shape, rs).expect("a legal mapping"));
    let machine = arch(&chip).expect("the chip is an architecture");
    let [n, _, m, c, p, q, r, s] = Dim::CONV.map(|(dim, _)| dim);
    let fanout = machine.find("PE").expect("the array");
    let mut told = String::new();
    for (what, dim, above) in [
        ("images between the buffer and the PEs", n, Some("filter spad")),
        ("filters outside the window", m, Some("psum spad")),
        ("channels outermost", c, None),
        ("ofmap rows in a PE", p, Some("MAC")),
        ("ofmap columns outermost", q, None),
        ("images across the array", n, Some("PE")),
        ("filter rows in a PE", r, Some("MAC")),
        ("filter columns outermost", s, None),
    ] {
        let mut mapping = nest.clone();
        mapping.nodes.retain(|node| match *node {
            Node::Temporal { dim: d, .. } | Node::Spatial { dim: d, .. } => d != dim,
            Node::Keep { .. } => true,
        });
        let is_there = |node: &Node| match *node {
            Node::Keep { memory, .. } => above == Some(machine.stage(memory).name()),
            Node::Spatial { .. } => above == Some("PE"),
            Node::Temporal { .. } => false,
        };
        let end = mapping.nodes.len();
        let at = above.map_or(3, |_| mapping.nodes.iter().position(is_there).unwrap_or(end));
        mapping.nodes.insert(
            at,
            match above {
                Some("PE") => Node::Spatial { fanout, axis: Axis::X, dim, tile: 1 },
                _ => Node::Temporal { dim, tile: 1 },
            },
        );
        assert_eq!(check(&problem, &machine, &mapping), [], "{what}");
        let refused = recognise(&chip, &shape, &problem, &mapping).expect_err(what);
        told += &format!("{what}:\n  {refused}\n");
    }
    insta::assert_snapshot!("other_dataflows", told);
}
