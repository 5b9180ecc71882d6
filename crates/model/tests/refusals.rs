//! What is no arch and no legal mapping, each with the message that says by how much.

use model::arch::{Arch, Bandwidth, Capacity, Compute, Fanout, Keep, Memory, Sharing, Stage, StageId};
use model::{Axis, Mapping, Node, check};
use nn::problem::{Dim, Problem};
use nn::{ByOperand, Operand};

const DRAM: StageId = StageId(0);
const BUFFER: StageId = StageId(1);
const PES: StageId = StageId(2);

fn memory(name: &str, capacity: Capacity, keep: Keep) -> Memory {
    Memory {
        name: name.into(),
        capacity,
        double_buffered: false,
        keep: ByOperand([keep; 3]),
        bandwidth: Bandwidth::Unbounded,
        read_price: 1.0,
        write_price: 1.0,
    }
}

fn fanout(name: &str, size: [u64; 2]) -> Fanout {
    let sharing = Sharing { multicast: true, reduction: true, diagonal: false };
    Fanout { name: name.into(), size, sharing, delivery_price: 0.0, free: ByOperand::default() }
}

fn compute() -> Compute {
    Compute { name: "MAC".into(), price: 1.0, operand_latch: ByOperand([false; 3]) }
}

/// DRAM, a buffer of 20 words that must keep psums and may keep ifmaps, 4 x 2 elements.
fn stages() -> Vec<Stage> {
    let buffer = Memory { keep: ByOperand([Keep::May, Keep::Never, Keep::Must]), ..buffer() };
    vec![
        Stage::Memory(memory("DRAM", Capacity::Unbounded, Keep::Must)),
        Stage::Memory(buffer),
        Stage::Fanout(fanout("PE", [4, 2])),
    ]
}

fn buffer() -> Memory {
    memory("buffer", Capacity::Pool(20), Keep::May)
}

fn no_arch(change: impl FnOnce(&mut Vec<Stage>)) -> Vec<String> {
    let mut stages = stages();
    change(&mut stages);
    let errors = Arch::new("test", stages, compute()).expect_err("no arch");
    errors.iter().map(ToString::to_string).collect()
}

#[test]
fn no_archs() {
    assert_eq!(no_arch(Vec::clear), ["found 0 stages, expected 1 to 16"]);
    assert_eq!(
        no_arch(|stages| stages.swap(0, 1)),
        [r#"the outermost stage "buffer" must be a memory that must keep all operands"#]
    );
    assert_eq!(
        no_arch(|stages| {
            let sharing = Sharing { multicast: false, reduction: true, diagonal: true };
            stages[2] = Stage::Fanout(Fanout { sharing, ..fanout("DRAM", [0, 1 << 17]) });
            stages[1] = Stage::Memory(Memory {
                capacity: Capacity::Pool(0),
                bandwidth: Bandwidth::Shared(0.0),
                read_price: f64::NAN,
                write_price: -1.0,
                ..buffer()
            });
        }),
        [
            r#"the name "DRAM" comes twice"#,
            r#""buffer": the capacity in words is 0, expected 1 to 281474976710656"#,
            r#""buffer": the price of a read is NaN, expected a finite number of at least 0"#,
            r#""buffer": the price of a write is -1, expected a finite number of at least 0"#,
            r#""buffer": the bandwidth is 0, expected a finite number above 0"#,
            r#""DRAM": the fan-out along X is 0, expected 1 to 65536"#,
            r#""DRAM": the fan-out along Y is 131072, expected 1 to 65536"#,
            r#""DRAM": diagonal sharing needs a network that multicasts"#,
        ]
    );
    // Each fan-out is within its limit, their product would overflow.
    assert_eq!(
        no_arch(|stages| stages.extend(["A", "B"].map(|name| Stage::Fanout(fanout(name, [1 << 16, 1 << 16]))))),
        ["the fan-outs make more than 4294967296 copies of the compute unit"]
    );
    let diagonal = |name| {
        let sharing = Sharing { multicast: true, reduction: true, diagonal: true };
        Stage::Fanout(Fanout { sharing, ..fanout(name, [1 << 8, 1 << 5]) })
    };
    assert_eq!(
        no_arch(|stages| stages.extend(["A", "B"].map(diagonal))),
        ["networks that share diagonals reach more than 65536 copies"]
    );
}

/// The rules that a mapping of M 8, N 6, K 4 breaks.
fn broken(nodes: &[Node]) -> Vec<String> {
    let problem = Problem::matmul(8, 6, 4).expect("a product");
    let arch = Arch::new("test", stages(), compute()).expect("an arch");
    let nodes = Operand::ALL.map(|operand| keep(DRAM, operand)).into_iter().chain(nodes.iter().copied()).collect();
    check(&problem, &arch, &Mapping { nodes }).iter().map(ToString::to_string).collect()
}

fn keep(memory: StageId, operand: Operand) -> Node {
    Node::Keep { memory, operand }
}

fn time(dim: u8, tile: u64) -> Node {
    Node::Temporal { dim: Dim(dim), tile }
}

fn space(axis: Axis, dim: u8, tile: u64) -> Node {
    Node::Spatial { fanout: PES, axis, dim: Dim(dim), tile }
}

/// Cuts every dimension to a point.
const REST: [Node; 3] = [
    Node::Temporal { dim: Dim(0), tile: 1 },
    Node::Temporal { dim: Dim(1), tile: 1 },
    Node::Temporal { dim: Dim(2), tile: 1 },
];

#[test]
fn illegal_mappings() {
    let psums = keep(BUFFER, Operand::Output);
    let with = |nodes: &[Node]| broken(&[nodes, &REST].concat());
    assert_eq!(with(&[time(0, 2), psums]), Vec::<String>::new());
    // Rule 1.
    assert_eq!(
        with(&[keep(PES, Operand::Input), time(7, 1)]),
        ["node 3: stage 2 is no memory of the arch", "node 4: the problem has no dimension 7"]
    );
    // Rule 2.
    assert_eq!(
        broken(&[time(0, 2), psums, time(0, 3), time(1, 1), time(2, 1)]),
        ["node 5: a loop over M cuts 2 into tiles of 3", "M: the loops leave 2 of 8 uncut"]
    );
    // Rule 3.
    assert_eq!(
        with(&[time(0, 2), psums, psums, keep(BUFFER, Operand::Weight)]),
        ["buffer: may not keep the filter", "buffer: begins to keep the psum twice"]
    );
    assert_eq!(with(&[]), ["buffer: must keep the psum"]);
    // Rule 4.
    assert_eq!(
        with(&[space(Axis::X, 0, 2), psums]),
        ["node 4: buffer lies outside the fan-out but below the loops of PE"]
    );
    // Rule 5.
    assert_eq!(
        with(&[time(0, 6), psums, space(Axis::X, 0, 1), space(Axis::Y, 1, 2)]),
        ["PE.X: the loops need 6 copies, has 4", "PE.Y: the loops need 3 copies, has 2"]
    );
    // Rule 6: 4 x 6 psums and 6 x 4 ifmap words.
    assert_eq!(
        with(&[time(0, 4), psums, keep(BUFFER, Operand::Input)]),
        ["buffer: tiles need 48 words, has 20 (ifmap 24 + psum 24)"]
    );
}
