//! What is written reads back to an equal value: generated architectures, problems and mappings.

use std::path::Path;

use formats::spec::{
    ArchFile, parse_arch, parse_arch_with, parse_mapping, parse_problem, parse_problem_with, write_arch,
    write_arch_file, write_mapping, write_problem,
};
use model::arch::{Arch, Bandwidth, Capacity, Compute, Fanout, Keep, Memory, Sharing, Stage, StageId};
use model::provenance::{Provenance, Unit};
use model::sparsity::{Density, Distribution, EYERISS_RUN_LENGTH, Format, Kind, RunLength, Saving, Sparsity, Storage};
use model::tech::ISCA16;
use model::{Axis, Charges, Drains, Mapping, Node, Refill, Serving, Switches};
use nn::generate::Generator;
use nn::problem::{Dim, Problem, Rank, Term};
use nn::{ByOperand, ConvShape, Operand, Pad};

const CASES: usize = 2000;

fn pick<'a, T>(g: &mut Generator, items: &'a [T]) -> &'a T {
    &items[g.within(0, items.len() as i64 - 1) as usize]
}

/// Numbers whose decimals are long, large or small.
fn some_number(g: &mut Generator) -> f64 {
    match g.within(0, 4) {
        0 => 0.0,
        1 => g.within(1, 1000) as f64,
        2 => g.within(1, 1 << 40) as f64 / 3.0,
        3 => g.within(1, 1 << 40) as f64 * 1e-30,
        _ => g.within(1, 1 << 40) as f64 * 1e20,
    }
}

/// Names that need quotes, and names that do not.
fn some_name(g: &mut Generator, index: usize) -> String {
    let odd =
        ["L", "filter spad", "a: b", "x #y", "- z", "\"q\"", "ü\t{", "null", "1e3", "*a", "[", "", " ", "all", "~"];
    let name = pick(g, &odd);
    if g.chance(0.5) { format!("{name}{index}") } else { format!("N{index} {name}") }
}

fn some_memory(g: &mut Generator, name: String, outermost: bool) -> Memory {
    let words = |g: &mut Generator| g.within(1, 1 << 48) as u64;
    let keep = |g: &mut Generator| *pick(g, &[Keep::Must, Keep::May, Keep::Never]);
    Memory {
        name,
        capacity: match g.within(0, 2) {
            0 => Capacity::Unbounded,
            1 => Capacity::Pool(words(g)),
            _ => Capacity::Partitioned(ByOperand([words(g), words(g), words(g)])),
        },
        double_buffered: g.chance(0.3),
        keep: ByOperand(if outermost { [Keep::Must; 3] } else { [keep(g), keep(g), keep(g)] }),
        bandwidth: match g.within(0, 2) {
            0 => Bandwidth::Unbounded,
            1 => Bandwidth::Shared(some_number(g) + 0.1),
            _ => Bandwidth::Separate { read: some_number(g) + 0.1, write: some_number(g) + 0.3 },
        },
        read_price: some_number(g),
        write_price: some_number(g),
    }
}

fn some_arch(g: &mut Generator) -> Arch {
    let name = some_name(g, 0);
    let mut stages = vec![Stage::Memory(some_memory(g, name, true))];
    for i in 1..=g.within(0, 5) as usize {
        let name = some_name(g, i);
        let multicast = g.chance(0.7);
        let sharing = Sharing { multicast, reduction: g.chance(0.5), diagonal: multicast && g.chance(0.5) };
        let size = [g.within(1, 3) as u64, g.within(1, 3) as u64];
        stages.push(if g.chance(0.4) {
            Stage::Fanout(Fanout {
                name,
                size,
                sharing,
                delivery_price: some_number(g),
                free: ByOperand(Operand::ALL.map(|_| g.chance(0.2))),
            })
        } else {
            Stage::Memory(some_memory(g, name, false))
        });
    }
    let operand_latch = ByOperand([g.chance(0.3), g.chance(0.3), g.chance(0.3)]);
    let compute = Compute { name: some_name(g, 9), price: some_number(g), operand_latch };
    let arch = Arch::new(some_name(g, 10), stages, compute).expect("a generated arch is well-formed");
    let unit = *pick(g, &[Unit::Picojoule, Unit::Mac]);
    let texts = ["Table IV", "Chen et al., ISCA 2016: \"x\"", "a"];
    let source = |action| g.chance(0.7).then(|| (action, pick(g, &texts).to_string()));
    let sources = arch.actions().filter_map(source).collect();
    let diagonal = arch.fanouts().any(|(_, fanout)| fanout.sharing.diagonal);
    let refill = if !diagonal && g.chance(0.3) { Refill::New } else { Refill::Whole };
    let drains = if g.chance(0.3) { Drains::Free } else { Drains::Counted };
    let arch = arch.with_provenance(Provenance { unit, sources });
    let by_the_rules = refill == Refill::Whole && drains == Drains::Counted && arch.fanouts().count() <= 1;
    let charges = if by_the_rules && g.chance(0.5) { Charges::Reuse } else { Charges::All };
    let pipeline = by_the_rules && charges == Charges::All && g.chance(0.5);
    let serving = if pipeline { Serving::Pipeline } else { Serving::Counted };
    arch.with_switches(Switches { refill, drains, charges, serving }).expect("switches that go together")
}

/// Formats and savings of memories and of the compute unit, by the rules that they keep to.
fn some_sparsity(g: &mut Generator, arch: &Arch) -> Sparsity {
    let word_bits = *pick(g, &[8, 16]);
    let kind = |g: &mut Generator| *pick(g, &[Kind::Skip, Kind::Gate]);
    let mut sparsity = Sparsity { word_bits, gated_share: g.unit(), ..Sparsity::default() };
    for (id, _) in arch.memories() {
        let mut storage = Storage::default();
        for operand in Operand::ALL {
            let [index, offset, run] = [(); 3].map(|()| g.within(1, 9) as u32);
            let code = RunLength { run, word: word_bits, pairs: 2, block: 64 };
            storage.format[operand] = match g.within(0, 6) {
                0 => Format::Bitmask,
                1 => Format::Rows { index, offset },
                2 => Format::Columns { index, offset },
                3 => Format::Coordinates { index },
                4 => Format::RunLength(if word_bits == 16 { EYERISS_RUN_LENGTH } else { code }),
                5 => Format::RunLength(code),
                _ => Format::Dense,
            };
        }
        storage.metadata_price = g.chance(0.5).then(|| [some_number(g), some_number(g)]);
        for (target, leaders) in [
            (Operand::Input, vec![Operand::Weight]),
            (Operand::Output, vec![Operand::Input, Operand::Weight]),
            (Operand::Weight, vec![Operand::Input]),
        ] {
            if g.chance(0.3) {
                storage.savings.push(Saving { kind: kind(g), target, leaders });
            }
        }
        if storage != Storage::default() {
            sparsity.storage.insert(id, storage);
        }
    }
    if g.chance(0.5) {
        sparsity.compute.push((kind(g), vec![Operand::Input]));
    }
    sparsity
}

fn some_problem(g: &mut Generator) -> Problem {
    let size = |g: &mut Generator| g.within(1, 9) as u64;
    match g.within(0, 3) {
        0 => Problem::matmul(size(g), size(g), size(g)).expect("a product"),
        1 => Problem::fully_connected(size(g), size(g), size(g)).expect("a layer"),
        2 => {
            let groups = g.size(3);
            let shape = ConvShape {
                n: g.size(3),
                groups,
                m: groups * g.size(5),
                c: groups * g.size(5),
                h: 12 + g.size(9),
                w: 12 + g.size(9),
                r: g.size(4),
                s: g.size(4),
                stride: [g.size(3), g.size(3)],
                pad: Pad::default(),
                dilation: [g.size(3), g.size(3)],
            };
            Problem::conv(&shape).expect("a convolution")
        }
        _ => {
            let dims: Vec<(String, u64)> = (0..g.within(1, 8)).map(|i| (format!("D{i}"), size(g))).collect();
            // No dimension twice in an operand; the output without windows and steps.
            let ranks = [false, false, true].map(|output| {
                let mut ranks: Vec<Rank> = Vec::new();
                for dim in (0..dims.len() as u8).map(Dim) {
                    let term = Term { step: if output { 1 } else { g.within(1, 5) as u64 }, dim };
                    match (g.within(0, 2), ranks.last_mut()) {
                        (0, _) => {}
                        (1, Some(last)) if !output => last.0.push(term),
                        _ => ranks.push(Rank(vec![term])),
                    }
                }
                if ranks.is_empty() { vec![Rank(vec![Term { step: 1, dim: Dim(0) }])] } else { ranks }
            });
            Problem::new(dims.clone(), ByOperand(ranks)).expect("an einsum")
        }
    }
}

/// Keeps and loops in any order; the last loops cut what is left.
fn some_mapping(g: &mut Generator, problem: &Problem, arch: &Arch) -> Mapping {
    let mut nodes: Vec<Node> = Operand::ALL.map(|operand| Node::Keep { memory: StageId(0), operand }).to_vec();
    let mut left = problem.size();
    let dims: Vec<Dim> = problem.dims().collect();
    for _ in 0..g.within(0, 12) {
        let stage = *pick(g, &arch.ids().collect::<Vec<_>>());
        let dim = *pick(g, &dims);
        let tile = g.within(1, left[dim] as i64) as u64;
        let node = if arch.memory(stage).is_some() && g.chance(0.5) {
            Node::Keep { memory: stage, operand: *pick(g, &Operand::ALL) }
        } else {
            left[dim] = tile;
            let axis = *pick(g, &[Axis::X, Axis::Y]);
            match arch.fanout(stage) {
                Some(_) => Node::Spatial { fanout: stage, axis, dim, tile },
                None => Node::Temporal { dim, tile },
            }
        };
        // A memory that keeps an operand twice is no mapping.
        if !matches!(node, Node::Keep { .. }) || !nodes.contains(&node) {
            nodes.push(node);
        }
    }
    nodes.extend(dims.into_iter().filter(|&dim| left[dim] > 1).map(|dim| Node::Temporal { dim, tile: 1 }));
    Mapping { nodes }
}

#[test]
fn written_descriptions_read_back_equal() {
    let mut g = Generator::new(5);
    let path = Path::new("generated.yaml");
    let (mut shorts, mut nodes) = (0, 0);
    for _ in 0..CASES {
        let (arch, problem) = (some_arch(&mut g), some_problem(&mut g));
        let mapping = some_mapping(&mut g, &problem, &arch);
        let yaml = write_arch(&arch);
        assert_eq!(parse_arch(path, &yaml).map_err(|e| format!("{e}\n{yaml}")), Ok(arch.clone()), "{yaml}");
        let sparsity = Some(some_sparsity(&mut g, &arch));
        let word_bits = sparsity.as_ref().map(|sparsity| u64::from(sparsity.word_bits));
        let technology = *pick(&mut g, &[None, Some(&ISCA16)]);
        let (summary, source) = (Some(some_name(&mut g, 1)), Some(some_name(&mut g, 2)));
        let clock_hz = Some(g.within(1, 1 << 40) as f64 / 8.0);
        let last = arch.memories().next_back().map(|(id, _)| id);
        let own_word_bits = last.map(|id| (id, g.within(1, 64) as u64)).into_iter().collect();
        let file =
            ArchFile { arch: arch.clone(), summary, source, technology, word_bits, own_word_bits, clock_hz, sparsity };
        let yaml = write_arch_file(&file);
        assert_eq!(parse_arch_with(path, &yaml, &[]).map_err(|e| format!("{e}\n{yaml}")), Ok(file), "{yaml}");
        let yaml = write_problem(&problem);
        shorts += usize::from(!yaml.starts_with("einsum"));
        assert_eq!(parse_problem(path, &yaml).map_err(|e| format!("{e}\n{yaml}")), Ok(problem.clone()), "{yaml}");
        let yaml = write_mapping(&problem, &arch, &mapping);
        nodes += mapping.nodes.len();
        let read = parse_mapping(path, &yaml, &problem, &arch);
        assert_eq!(read.map_err(|e| format!("{e}\n{yaml}")), Ok(mapping), "{yaml}");
    }
    assert!(shorts > CASES / 2 && nodes > 6 * CASES, "{shorts} short forms, {nodes} nodes");
}

#[test]
fn short_forms_say_what_they_stand_for() {
    let path = Path::new("p.yaml");
    let conv2 = "conv: {G: 2, M: 128, C: 48, H: 27, W: 27, R: 5, S: 5, pad: 2}";
    let by_output = "conv: {G: 2, M: 128, C: 48, P: 27, Q: 27, R: 5, S: 5}";
    let shape = ConvShape {
        n: 1,
        groups: 2,
        m: 256,
        c: 96,
        h: 27,
        w: 27,
        r: 5,
        s: 5,
        stride: [1, 1],
        pad: Pad::all(2),
        dilation: [1, 1],
    };
    let expected = Problem::conv(&shape).expect("CONV2");
    assert_eq!(parse_problem(path, conv2).expect("CONV2"), expected);
    assert_eq!(parse_problem(path, by_output).expect("CONV2"), expected);
    let einsum = "{\"einsum\": {\"dims\": {\"M\": 4, \"N\": 5, \"K\": 6}, \"weight\": [\"M\", \"K\"],
        \"input\": [\"K\", \"N\"], \"output\": [\"M\", \"N\"]}}";
    assert_eq!(parse_problem(path, einsum).expect("a product"), Problem::matmul(4, 5, 6).expect("a product"));
    let strided =
        "{variables: {U: 2, out: 8}, einsum: {dims: {P: out, R: 3}, ifmap: [U*P + R], filter: [R], psum: [P]}}";
    let strided = parse_problem(path, strided).expect("a strided convolution");
    assert_eq!(strided.to_string(), "psum[P] += ifmap[2*P+R] * filter[R]");
}

#[test]
fn zeros_are_described() {
    let text = "
arch: sparse
word: 16 bit
gated_share: 0.1
stages:
- memory: DRAM
  must_keep: all
  capacity: unbounded
  bandwidth: unbounded
  read: 200 pJ
  write: 200 pJ
  formats: {ifmap: eyeriss_run_length, filter: {rows: {index: 8 bit, offset: 2 B}}, psum: dense}
  metadata: {read: 12.5 pJ, write: 12.5 pJ}
- memory: spad
  must_keep: [filter]
  capacity: 224 words
  bandwidth: unbounded
  read: 1 pJ
  write: 1 pJ
  savings: [{skip: filter, on: ifmap}, {gate: psum, on: [ifmap, filter]}]
- {compute: MAC, mac: 1 pJ, savings: [{gate: [ifmap]}]}
";
    let sparsity = parse_arch_with(Path::new("a.yaml"), text, &[]).expect("an arch").sparsity.expect("zeros");
    let [dram, spad] = [0, 1].map(|id| &sparsity.storage[&StageId(id)]);
    let rows = Format::Rows { index: 8, offset: 16 };
    assert_eq!(dram.format, ByOperand([Format::RunLength(EYERISS_RUN_LENGTH), rows, Format::Dense]));
    assert_eq!(dram.metadata_price, Some([12.5, 12.5]));
    let saving = |kind, target, leaders: &[Operand]| Saving { kind, target, leaders: leaders.to_vec() };
    let (input, weight, output) = (Operand::Input, Operand::Weight, Operand::Output);
    let savings = [saving(Kind::Skip, weight, &[input]), saving(Kind::Gate, output, &[input, weight])];
    assert_eq!(spad.savings, savings);
    assert_eq!(sparsity.compute, [(Kind::Gate, vec![input])]);
    assert_eq!((sparsity.gated_share, sparsity.word_bits), (0.1, 16));

    let text =
        "{densities: {ifmap: 0.4, filter: {share: 1 / 4, distribution: structured}}, matmul: {M: 4, N: 4, K: 4}}";
    let densities =
        parse_problem_with(Path::new("p.yaml"), text, &[]).expect("a problem").densities.expect("densities");
    let density = |share, distribution| Density { share, distribution };
    let expected = [density(0.4, Distribution::Bernoulli), density(0.25, Distribution::Structured), Density::DENSE];
    assert_eq!(densities, ByOperand(expected));
}

const ARCH: &str = "
arch: small
word: 16 bit
clock: 200 MHz
technology: isca16
variables: {side: rows * 2, rows: 4, glb_kb: 108}
stages:
- {memory: DRAM, class: DRAM, must_keep: all, capacity: unbounded, bandwidth: 3.2 GB / s}
- memory: GLB
  class: GLB
  may_keep: [ifmap, psum]
  capacity: glb_kb * 1024 / 2 words
  bandwidth: {read: 16 words/cycle, write: 8 B/cycle}
  write: {energy: 7 MAC, source: a guess}
- {fanout: PE, X: side, Y: rows, network: [multicast, reduction], delivery: 0 MAC}
- {memory: spad, word: 32 bit, must_keep: [psum], capacity: {psum: 96 B}, bandwidth: unbounded, read: 1 MAC, write: 1 MAC}
- {compute: MAC, class: MAC, latch: ifmap}
";

#[test]
fn quantities_become_words_and_cycles() {
    let file = parse_arch_with(Path::new("a.yaml"), ARCH, &[("rows", "6")]).expect("an arch");
    let arch = &file.arch;
    let memory = |name: &str| arch.find(name).and_then(|id| arch.memory(id)).expect("a memory");
    assert_eq!(memory("DRAM").bandwidth, Bandwidth::Shared(8.0));
    assert_eq!(memory("GLB").capacity, Capacity::Pool(55_296));
    assert_eq!(memory("GLB").bandwidth, Bandwidth::Separate { read: 16.0, write: 4.0 });
    assert_eq!([memory("GLB").read_price, memory("GLB").write_price], [6.0, 7.0]);
    assert_eq!(memory("spad").capacity, Capacity::Partitioned(ByOperand([1, 1, 24])));
    assert_eq!(arch.fanouts().map(|(_, fanout)| fanout.size).collect::<Vec<_>>(), [[12, 6]]);
    assert_eq!(arch.provenance().unit, Unit::Mac);
    let sources: Vec<&str> = arch.actions().filter_map(|action| arch.source(action)).collect();
    assert_eq!(sources.len(), 5, "{sources:?}");
    assert!(sources[0].starts_with("isca16 DRAM") && sources[3] == "a guess", "{sources:?}");
}
