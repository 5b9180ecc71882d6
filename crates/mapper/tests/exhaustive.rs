//! The mapper's rung of the proof ladder: exhaustive search = mapper on small spaces, all objectives, both orders, with
//! and without remainders.
//!
//! The exhaustive search builds every list of nodes: any memory may begin to keep an operand anywhere, any loop in
//! time or space may come anywhere, with any tile. It shares `check` and `predict` with the mapper and nothing else.

use mapper::Factors;
use mapper::{Certificate, Cost, Objective, Obstacles, Options, Order, map, pareto};
use model::arch::{Arch, Bandwidth, Capacity, Compute, Fanout, Keep, Memory, Sharing, Stage, StageId};
use model::constraints::{Constraint, Constraints, Place, Side, Which};
use model::{Axis, Charges, Energy, Mapping, Node, Switches, check, predict};
use nn::generate::Generator;
use nn::problem::{Dim, Problem};
use nn::{ByOperand, ConvShape, Operand, Pad};

/// Spaces with more mappings than this are not enumerated.
const MOST: usize = 6_000;

fn some_problem(g: &mut Generator) -> Problem {
    let size = |g: &mut Generator, most: i64| g.within(1, most) as usize;
    if g.chance(0.4) {
        let [m, n, k] = [4, 4, 4].map(|most| size(g, most) as u64);
        return Problem::matmul(m, n, k).expect("a small product");
    }
    let (r, p, q) = (size(g, 3), size(g, 4), size(g, 2));
    let stride = size(g, 2);
    let shape = ConvShape {
        n: 1,
        groups: 1,
        m: size(g, 2),
        c: size(g, 2),
        h: (p - 1) * stride + r,
        w: q,
        r,
        s: 1,
        stride: [stride, 1],
        pad: Pad::default(),
        dilation: [1, 1],
    };
    Problem::conv(&shape).expect("a small convolution")
}

fn some_arch(g: &mut Generator) -> Arch {
    let price = |g: &mut Generator| g.within(0, 20) as f64 / 2.0;
    let memory = |g: &mut Generator, name: &str, outermost: bool| {
        let keep = |g: &mut Generator| match g.within(0, 4) {
            0 => Keep::Must,
            1 | 2 => Keep::Never,
            _ => Keep::May,
        };
        let words = |g: &mut Generator| g.within(1, 12) as u64;
        Stage::Memory(Memory {
            name: name.to_string(),
            capacity: match g.within(0, 3) {
                _ if outermost => Capacity::Unbounded,
                0 => Capacity::Partitioned(ByOperand([words(g), words(g), words(g)])),
                _ => Capacity::Pool(words(g)),
            },
            double_buffered: g.chance(0.1),
            keep: ByOperand(if outermost { [Keep::Must; 3] } else { [keep(g), keep(g), keep(g)] }),
            bandwidth: match g.within(0, 3) {
                0 => Bandwidth::Unbounded,
                1 => Bandwidth::Separate { read: g.within(1, 4) as f64, write: g.within(1, 4) as f64 },
                _ => Bandwidth::Shared(g.within(1, 4) as f64),
            },
            read_price: price(g) * if outermost { 10.0 } else { 1.0 },
            write_price: price(g) * if outermost { 10.0 } else { 1.0 },
        })
    };
    let mut stages = vec![memory(g, "DRAM", true)];
    let with_fanout = g.chance(0.6);
    if g.chance(0.7) {
        stages.push(memory(g, "L1", false));
    }
    if with_fanout {
        let multicast = g.chance(0.7);
        let sharing = Sharing { multicast, reduction: g.chance(0.6), diagonal: multicast && g.chance(0.4) };
        let size = [g.within(1, 4) as u64, g.within(1, 2) as u64];
        let free = ByOperand([g.chance(0.15), g.chance(0.15), false]);
        let fanout = Fanout { name: "PE".to_string(), size, sharing, delivery_price: price(g), free };
        stages.push(Stage::Fanout(fanout));
    }
    if g.chance(0.7) || stages.len() < 2 {
        stages.push(memory(g, "L2", false));
    }
    let operand_latch = ByOperand([g.chance(0.2), g.chance(0.2), false]);
    let compute = Compute { name: "MAC".to_string(), price: 1.0, operand_latch };
    let arch = Arch::new("generated", stages, compute).expect("a generated arch is well-formed");
    // Where fewer words would cost more, nothing is proven.
    let charges = if g.chance(0.4) && reuse_is_bounded(&arch) { Charges::Reuse } else { Charges::All };
    arch.with_switches(Switches { charges, ..Switches::default() }).expect("the counting rules as they are")
}

/// Whether a psum costs no less the further out it goes.
fn reuse_is_bounded(arch: &Arch) -> bool {
    let both = |memory: &Memory| memory.read_price + memory.write_price;
    let mut outer = f64::INFINITY;
    for (id, stage) in arch.ids().zip(arch.stages()) {
        let price = match stage {
            Stage::Memory(memory) if id == StageId(0) => memory.write_price,
            Stage::Memory(memory) if memory.keep[Operand::Output] == Keep::Never => continue,
            Stage::Memory(memory) => both(memory),
            Stage::Fanout(fanout) => fanout.delivery_price,
        };
        if price > outer {
            return false;
        }
        outer = price;
    }
    true
}

/// Enumerates legal mappings.
struct Enumerator<'a> {
    problem: &'a Problem,
    arch: &'a Arch,
    options: Options<'a>,
    nodes: Vec<Node>,
    costs: Vec<(Cost, Mapping)>,
    tried: usize,
}

impl Enumerator<'_> {
    /// Extends the list of nodes in every way; false when there are too many.
    fn extend(&mut self, left: nn::problem::Tile, next: [u8; 3], zone: u8) -> bool {
        let done = self.problem.dims().all(|dim| left[dim] == 1);
        if done {
            self.tried += 1;
            if self.tried > MOST {
                return false;
            }
            let mapping = Mapping { nodes: self.nodes.clone() };
            let listed = self.options.order == Order::Free || is_listed(&mapping);
            if listed && check(self.problem, self.arch, &mapping).is_empty() {
                let prediction = predict(self.problem, self.arch, &mapping);
                let energy = Energy::of(self.arch, &prediction.counts).total();
                self.costs.push((Cost { energy, latency: prediction.latency().0 }, mapping));
            }
        }
        let stages = self.arch.stages().len() as u8;
        for operand in Operand::ALL {
            for id in next[operand as usize]..stages {
                // A keep inside a fan-out closes it.
                let Some(memory) = self.arch.memory(StageId(id)) else { continue };
                if memory.keep[operand] == Keep::Never {
                    continue;
                }
                let inner = self.arch.fanouts().map(|(f, _)| f.0).filter(|&f| f < id).max().map_or(0, |f| f + 1);
                let mut later = next;
                later[operand as usize] = id + 1;
                self.nodes.push(Node::Keep { memory: StageId(id), operand });
                let go_on = self.extend(left, later, zone.max(inner));
                self.nodes.pop();
                if !go_on {
                    return false;
                }
            }
        }
        let dims: Vec<Dim> = self.problem.dims().filter(|&dim| left[dim] > 1).collect();
        for dim in dims {
            for tile in 1..left[dim] {
                if self.options.factors == Factors::Perfect && !left[dim].is_multiple_of(tile) {
                    continue;
                }
                let mut nodes = vec![Node::Temporal { dim, tile }];
                for (fanout, _) in self.arch.fanouts().filter(|(f, _)| f.0 >= zone) {
                    nodes.extend([Axis::X, Axis::Y].map(|axis| Node::Spatial { fanout, axis, dim, tile }));
                }
                for node in nodes {
                    let mut rest = left;
                    rest[dim] = tile;
                    self.nodes.push(node);
                    let go_on = self.extend(rest, next, zone);
                    self.nodes.pop();
                    if !go_on {
                        return false;
                    }
                }
            }
        }
        true
    }
}

/// When nothing fits: each rule that is named is needed, and together they forbid everything.
fn check_obstacles(problem: &Problem, all: &[(Cost, Mapping)], constraints: &Constraints, found: &Obstacles) {
    assert!(!found.cut_short);
    let forbids = |rules: &[Constraint]| !all.iter().any(|(_, m)| rules.iter().all(|rule| rule.holds(problem, m)));
    assert!(found.constraints.iter().all(|rule| constraints.rules.contains(rule)));
    assert!(forbids(&found.constraints), "{found:?} do not forbid everything");
    for left_out in 0..found.constraints.len() {
        let mut others = found.constraints.clone();
        others.remove(left_out);
        assert!(!forbids(&others), "{:?} is not needed", found.constraints[left_out]);
    }
}

/// Whether each memory's keeps lie above all of the next one's.
fn is_listed(mapping: &Mapping) -> bool {
    let memories: Vec<StageId> = mapping
        .nodes
        .iter()
        .filter_map(|node| match *node {
            Node::Keep { memory, .. } => Some(memory),
            _ => None,
        })
        .collect();
    memories.is_sorted()
}

fn exhaustive(problem: &Problem, arch: &Arch, options: Options) -> Option<Vec<(Cost, Mapping)>> {
    let nodes = Operand::ALL.map(|operand| Node::Keep { memory: StageId(0), operand }).to_vec();
    let mut enumerator = Enumerator { problem, arch, options, nodes, costs: Vec::new(), tried: 0 };
    enumerator.extend(problem.size(), [1; 3], 1).then_some(enumerator.costs)
}

/// One to three rules of any kind, about whatever the problem and the arch have.
fn some_constraints(g: &mut Generator, problem: &Problem, arch: &Arch) -> Constraints {
    let dims: Vec<Dim> = problem.dims().filter(|&dim| problem.size()[dim] > 1).collect();
    let memories: Vec<StageId> = arch.memories().map(|(id, _)| id).collect();
    let fanouts: Vec<StageId> = arch.fanouts().map(|(id, _)| id).collect();
    let pick = |g: &mut Generator, most: usize| g.within(0, most as i64 - 1) as usize;
    let some_dims = |g: &mut Generator| -> Vec<Dim> {
        let mut some: Vec<Dim> = dims.iter().copied().filter(|_| g.chance(0.6)).collect();
        if g.chance(0.5) {
            some.reverse();
        }
        some
    };
    let mut rules = Vec::new();
    for _ in 0..g.within(1, 3) {
        let operand = Operand::ALL[pick(g, 3)];
        let memory = memories[pick(g, memories.len())];
        let place = Place { memory: if g.chance(0.4) { Which::Innermost } else { Which::Memory(memory) }, operand };
        let axis = if g.chance(0.5) { Axis::X } else { Axis::Y };
        let dim = if dims.is_empty() { Dim(0) } else { dims[pick(g, dims.len())] };
        let size = problem.size()[dim] as i64;
        rules.push(match (g.within(0, 5), fanouts.first()) {
            (0, _) if memory != StageId(0) => Constraint::Keep { memory, operand, keeps: g.chance(0.5) },
            (1, _) => Constraint::Order { dims: some_dims(g), below: place },
            (2, _) => Constraint::Tile { at: place, dim, points: g.within(1, size) as u64 },
            (3, Some(&fanout)) => Constraint::Across { fanout, axis, dims: some_dims(g) },
            (4, Some(&fanout)) => Constraint::Copies { fanout, axis, dim, copies: g.within(1, 2) as u64 },
            _ => {
                let side = if g.chance(0.5) { Side::Above } else { Side::Below };
                Constraint::Loops { dims: some_dims(g), side, of: place }
            }
        });
    }
    Constraints { name: "generated".to_string(), rules }
}

fn front(costs: &[(Cost, Mapping)]) -> Vec<Cost> {
    let mut front: Vec<Cost> = Vec::new();
    for &(cost, _) in costs {
        if !front.iter().any(|f| f.covers(&cost)) {
            front.retain(|f| !cost.covers(f));
            front.push(cost);
        }
    }
    front.sort_by(|a, b| a.energy.total_cmp(&b.energy));
    front
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * a.abs().max(b.abs()).max(1.0)
}

fn compare(seed: u64, factors: Factors, constrained: bool, cases: usize) {
    let mut g = Generator::new(seed);
    let (mut compared, mut infeasible, mut mappings, mut forbidden) = (0, 0, 0, 0);
    while compared < cases {
        let (problem, arch) = (some_problem(&mut g), some_arch(&mut g));
        let order = if g.chance(0.6) { Order::Free } else { Order::Listed };
        let constraints = constrained.then(|| some_constraints(&mut g, &problem, &arch));
        let options = Options { order, factors, constraints: constraints.as_ref(), ..Options::default() };
        let Some(legal) = exhaustive(&problem, &arch, options) else { continue };
        let allowed = |m: &Mapping| constraints.as_ref().is_none_or(|c| c.broken(&problem, m).is_empty());
        let all: Vec<(Cost, Mapping)> = legal.iter().filter(|(_, m)| allowed(m)).cloned().collect();
        forbidden += legal.len() - all.len();
        let what = format!(
            "case {compared}: {order:?} {factors:?} {constraints:?}\n{problem} {:?}\n{arch:#?}",
            problem.size()
        );
        for objective in [Objective::Energy, Objective::Latency, Objective::Edp, Objective::Product(2.0, 1.0)] {
            let answer = map(&problem, &arch, objective, &options);
            assert_eq!(answer.certificate, Certificate::Proven, "{what}");
            let least = all.iter().map(|(cost, _)| objective.of(*cost)).fold(f64::INFINITY, f64::min);
            let Some(best) = answer.best.first() else {
                assert!(all.is_empty(), "{objective:?}: found none of {} in {what}", all.len());
                let obstacles = answer.obstacles.as_ref().expect("reasons");
                match &constraints {
                    Some(constraints) if !legal.is_empty() => {
                        check_obstacles(&problem, &legal, constraints, obstacles);
                    }
                    _ => assert!(obstacles.constraints.is_empty() && !obstacles.violations.is_empty(), "{what}"),
                }
                infeasible += 1;
                continue;
            };
            let found = objective.of(best.cost);
            let better = all.iter().find(|(cost, _)| close(objective.of(*cost), least)).map(|(_, m)| m);
            assert!(
                close(found, least) && allowed(&best.mapping),
                "{objective:?}: found {found}, there is {least}\n{what}\nfound\n{}\nthere is\n{}",
                best.mapping.display(&problem, &arch),
                better.map_or(String::new(), |m| m.display(&problem, &arch)),
            );
        }
        let found: Vec<Cost> = pareto(&problem, &arch, &options).best.iter().map(|m| m.cost).collect();
        let expected = front(&all);
        assert!(
            found.len() == expected.len()
                && found.iter().zip(&expected).all(|(a, b)| close(a.energy, b.energy) && close(a.latency, b.latency)),
            "front {found:?}, there is {expected:?}: {what}"
        );
        compared += 1;
        mappings += all.len();
    }
    println!("{compared} spaces, {mappings} legal mappings, {forbidden} forbidden, {infeasible} searches without any");
}

#[test]
fn mapper_equals_exhaustive_search() {
    compare(101, Factors::Perfect, false, 400);
}

#[test]
fn mapper_equals_exhaustive_search_with_remainders() {
    compare(6, Factors::Imperfect, false, 150);
}

#[test]
fn mapper_equals_exhaustive_search_under_constraints() {
    compare(201, Factors::Perfect, true, 300);
    compare(203, Factors::Imperfect, true, 100);
}
