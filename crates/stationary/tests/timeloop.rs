//! Designs of Timeloop, read as they are and evaluated: counts equal to its report, or the difference explained by a
//! named rule whose effect is computed.
//!
//! A case has Timeloop's own report (`stats.json`, `totals.json`) and, where it is dense and small, the words of an
//! exact bookkeeper (`golden.json`). The rules by which the three differ:
//!
//! * *Remainders.* Timeloop's report of imperfect factors takes last tiles and last copies for whole ones in places; ours
//!   are exact (counting rule 9), and equal the bookkeeper's. [`nest`] computes what it makes of them.
//! * *Steps.* Timeloop lets a tile take over words only while it moves by the same step; ours, like the bookkeeper's,
//!   takes over whatever both tiles hold. [`nest`] computes that too.
//! * *Gaps.* Strides and dilations leave words within a tile that its multiply-accumulates do not read. They are stored
//!   and moved with the others here, as in Timeloop's report; the bookkeeper leaves them out.
//! * *Halos.* The bookkeeper sends a word once that the windows of several copies share in part; a network without
//!   diagonal sharing, as Timeloop's, sends it once only where all their new words are the same.

mod nest;
mod touched;

use model::arch::Bandwidth;
use model::{Drains, LevelCounts, Mapping, Node, Switches, check, predict};
use nest::Reported;
use nn::Operand;
use nn::problem::{Problem, Relevance};
use serde_json::Value;
use std::io::Write;
use std::path::{Path, PathBuf};
use touched::touched;

/// The rules that explain a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rule {
    Remainders,
    Steps,
    Gaps,
    Halos,
}

/// Every case, if the shared folder is there.
fn cases() -> Vec<PathBuf> {
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let folder = std::env::var_os("STATIONARY_SHARED").map_or(beside, PathBuf::from).join("cases/timeloop");
    let Ok(entries) = std::fs::read_dir(&folder) else {
        let _ = writeln!(std::io::stderr(), "skipped: needs ../shared/cases/timeloop");
        return Vec::new();
    };
    let mut cases: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()).collect();
    cases.sort();
    cases
}

fn json(path: &Path) -> Option<Value> {
    std::fs::read_to_string(path).ok().map(|text| serde_json::from_str(&text).unwrap())
}

fn design(case: &Path) -> formats::timeloop::Design {
    let files = ["arch.yaml", "problem.yaml", "map.yaml", "ERT.yaml"].map(|file| case.join(file));
    formats::timeloop::read(&files).unwrap_or_else(|errors| panic!("{errors}"))
}

/// Whether some loop has a remainder.
fn imperfect(problem: &Problem, mapping: &Mapping) -> bool {
    let tiles = mapping.tiles(problem);
    mapping.nodes.iter().zip(&tiles).any(|(node, above)| match *node {
        Node::Temporal { dim, tile } | Node::Spatial { dim, tile, .. } => !above[dim].is_multiple_of(tile),
        Node::Keep { .. } => false,
    })
}

/// What a report says of a data space at a level; nothing if the level does not keep it.
fn reported(level: &Value, space: &str) -> Reported {
    let words = &level["ds"][space];
    let one = |what: &str| {
        let of = |name: String| words[name].as_u64();
        of(format!("Scalar {what} (per-instance)"))
            .or(of(format!("Algorithmic scalar {what} (per-instance)")))
            .unwrap_or(0)
    };
    let instances = words["Utilized instances (max)"].as_u64().unwrap_or(0);
    Reported { instances, reads: one("reads"), fills: one("fills"), updates: one("updates") }
}

#[test]
fn counts_and_energies_equal_timeloops_report() {
    let mut equal = 0;
    for case in cases() {
        let name = case.file_name().unwrap().to_string_lossy().into_owned();
        let design = design(&case);
        let (problem, arch, mapping) = (&design.problem, &design.arch, &design.mapping);
        assert_eq!(check(problem, arch, mapping), [], "{name}");
        let prediction = predict(problem, arch, mapping);
        let stats = json(&case.join("stats.json")).expect("a report");
        let totals = json(&case.join("totals.json")).expect("its totals");
        let computed = nest::report(problem, arch, mapping);
        let mut differences = Vec::new();
        let mut theirs = prediction.counts.clone();
        for ((id, _), (ours, theirs)) in arch.memories().zip(prediction.counts.levels.iter().zip(&mut theirs.levels)) {
            for operand in Operand::ALL {
                let says = reported(&stats["levels"][&ours.name], &design.spaces[operand]);
                let what = format!("{} {}", ours.name, operand.name());
                assert_eq!(computed.get(&(id, operand)).copied().unwrap_or_default(), says, "{name}: {what}, computed");
                let access = &mut theirs.access[operand];
                let all = |words: u64| words * says.instances;
                (access.reads, access.fills, access.updates) = (all(says.reads), all(says.fills), all(says.updates));
                if *access != ours.access[operand] {
                    differences.push(format!("{what}: {:?}, Timeloop {access:?}", ours.access[operand]));
                }
            }
        }
        // Its cycles and multiply-accumulates are those of whole tiles: the products of all factors.
        let factors = |space: bool| -> u64 {
            let factor = |(node, above): (&Node, &nn::problem::Tile)| match *node {
                Node::Temporal { dim, tile } => above[dim].div_ceil(tile),
                Node::Spatial { dim, tile, .. } if space => above[dim].div_ceil(tile),
                _ => 1,
            };
            mapping.nodes.iter().zip(&mapping.tiles(problem)).map(factor).product()
        };
        let sparse = case.join("sparse.yaml").exists();
        if !sparse {
            // Or those of the busiest port.
            let ports = arch.memories().map(|(id, memory)| {
                let words = |f: fn(&Reported) -> u64| -> f64 {
                    Operand::ALL.iter().filter_map(|&o| computed.get(&(id, o))).map(f).sum::<u64>() as f64
                };
                let (reads, writes) = (words(|r| r.reads), words(|r| r.fills + r.updates));
                match memory.bandwidth {
                    Bandwidth::Unbounded => 0.0,
                    Bandwidth::Shared(words) => (reads + writes) / words,
                    Bandwidth::Separate { read, write } => (reads / read).max(writes / write),
                }
            });
            let busiest = ports.fold(factors(false) as f64, f64::max);
            let said = totals["cycles"].as_f64().expect("cycles");
            assert!((busiest - said).abs() <= 1.0, "{name}: {busiest} cycles, Timeloop {said}");
            let macs = stats["levels"][&arch.compute().name]["stats"]["Computes (total)"].as_u64();
            theirs.macs.done = macs.expect("a number");
            // Ours at the same prices, but for the differences that are computed.
            let energy = model::Energy::of(arch, &theirs).total();
            let said = totals["energy_pJ"].as_f64().expect("an energy");
            assert!((energy - said).abs() <= 1e-6 * said, "{name}: {energy} pJ, Timeloop {said}");
        }
        if differences.is_empty() {
            assert_eq!(theirs.macs, prediction.counts.macs, "{name}");
            assert_eq!(factors(false), prediction.steps, "{name}");
            println!("{name}: counts, {} cycles and energy equal", prediction.latency().0);
            equal += 1;
        } else {
            let rule = if imperfect(problem, mapping) { Rule::Remainders } else { Rule::Steps };
            println!("{name}: {rule:?} explain {}", differences.join("; "));
        }
    }
    assert!(equal == 0 || equal >= 12, "{equal} cases");
}

/// A convolution in one dimension whose windows slide outside a loop that the input does not change along.
const SLIDING: &str = "
architecture:
  version: 0.4
  nodes:
  - !Container {name: board}
  - !Component {name: DRAM, class: DRAM, attributes: {datawidth: 16}}
  - !Component {name: buffer, class: SRAM, attributes: {datawidth: 16, width: 16, depth: 64}}
  - !Component {name: mac, class: intmac, attributes: {datawidth: 16}}
problem:
  version: 0.4
  shape:
    name: line
    dimensions: [M, R, P]
    data_spaces:
    - {name: Taps, projection: [[[M]], [[R]]]}
    - {name: Line, projection: [[[R], [P]]]}
    - {name: Sums, projection: [[[M]], [[P]]], read_write: true}
  instance: {M: 8, R: 3, P: 16}
mapping:
- {target: DRAM, type: temporal, factors: [M=4, P=4], permutation: [M, P]}
- {target: buffer, type: temporal, factors: [M=2, R=3, P=4], permutation: [R, P, M]}
";

#[test]
fn steps_that_change_are_computed() {
    let of = |text: &str| {
        let design = formats::timeloop::parse(&[(Path::new("line.yaml"), text)]).unwrap_or_else(|e| panic!("{e}"));
        let (problem, arch, mapping) = (&design.problem, &design.arch, &design.mapping);
        let buffer = arch.find("buffer").expect("the buffer");
        let ours = predict(problem, arch, mapping).counts.level("buffer")[Operand::Input].fills;
        let theirs = nest::report(problem, arch, mapping)[&(buffer, Operand::Input)].fills;
        let (position, _) = mapping.chain(Operand::Input).nth(1).expect("the buffer keeps it");
        [ours, touched(problem, mapping, Operand::Input, position).fills, theirs]
    };
    // Tiles of 6 words, 4 apart, stay for the loop over M: its step of 0 ends the sliding in Timeloop.
    assert_eq!(of(SLIDING), [18, 18, 24]);
    // With that loop outside, the windows slide once for each of its iterations.
    assert_eq!(of(&SLIDING.replace("permutation: [M, P]", "permutation: [P, M]")), [72, 72, 72]);
}

#[test]
fn words_equal_the_exact_bookkeepers() {
    for case in cases() {
        let name = case.file_name().unwrap().to_string_lossy().into_owned();
        let Some(golden) = json(&case.join("golden.json")) else { continue };
        let design = design(&case);
        let switches = Switches { drains: Drains::Counted, ..design.arch.switches() };
        let arch = design.arch.with_switches(switches);
        let (problem, arch, mapping) = (&design.problem, &arch.unwrap(), &design.mapping);
        let prediction = predict(problem, arch, mapping);
        assert_eq!(golden["computes"].as_u64(), Some(prediction.counts.macs.done), "{name}");
        assert_eq!(golden["cycles"].as_u64(), Some(prediction.steps), "{name}");
        let mut rules: Vec<Rule> = Vec::new();
        let levels: Vec<_> = arch.memories().map(|(id, _)| id).zip(&prediction.counts.levels).collect();
        for operand in Operand::ALL {
            let chain: Vec<_> = mapping.chain(operand).collect();
            for (i, &(position, memory)) in chain.iter().enumerate() {
                let (_, level) = levels.iter().find(|(id, _)| *id == memory).unwrap();
                let exact = &golden["levels"][&level.name][&design.spaces[operand]];
                let exact = |what: &str| exact[what].as_u64().expect("a number of words");
                let tile = problem.words(operand, &mapping.tiles(problem)[position]);
                let ours = Moved::of(operand, level, tile, i == 0);
                let child = chain.get(i + 1);
                let here = touched(problem, mapping, operand, position);
                let below = child.map(|&(position, _)| touched(problem, mapping, operand, position));
                let delivered = match child {
                    Some((_, child)) => {
                        let (_, child) = levels.iter().find(|(id, _)| id == child).unwrap();
                        Moved::of(operand, child, 0, false).filled
                    }
                    None => ours.sent,
                };
                let what = format!("{name}: {} {}", level.name, operand.name());
                let mut explained = |quantity: &str, ours: u64, rule: Option<(Rule, u64)>| {
                    let exact = exact(quantity);
                    match rule.filter(|_| ours != exact) {
                        None => assert_eq!(ours, exact, "{what} {quantity}"),
                        Some((rule, computed)) => {
                            assert_eq!(computed, exact, "{what} {quantity}: {rule:?} does not explain it");
                            rules.push(rule);
                        }
                    }
                };
                let gaps = |words| has_gaps(problem, operand).then_some((Rule::Gaps, words));
                let halos = |words| splits_windows(problem, mapping, operand).then_some((Rule::Halos, words));
                explained("max_tile", ours.tile, gaps(here.tile));
                explained("fills_total", ours.filled, gaps(here.fills));
                let sent = below.as_ref().map(|below| below.sent);
                explained("words_sent_multicast", ours.sent, sent.and_then(|sent| gaps(sent).or(halos(sent))));
                let fills = below.as_ref().map(|below| below.fills);
                explained("words_delivered", delivered, fills.and_then(gaps));
            }
        }
        rules.sort();
        rules.dedup();
        println!("{name}: equal{}", if rules.is_empty() { String::new() } else { format!(" but for {rules:?}") });
    }
}

/// What a memory moves of an operand, in the bookkeeper's words.
struct Moved {
    tile: u64,
    /// Words that come to be in it: filled, or, of outputs, made and drained.
    filled: u64,
    /// Words to or from the inside.
    sent: u64,
}

impl Moved {
    fn of(operand: Operand, level: &LevelCounts, tile: u64, outermost: bool) -> Moved {
        let access = &level.access[operand];
        let output = operand == Operand::Output;
        // All of an operand is in the outermost memory from the start.
        let filled = if outermost {
            tile
        } else if output {
            access.drains
        } else {
            access.fills
        };
        Moved { tile, filled, sent: if output { access.updates } else { access.reads } }
    }
}

/// Whether steps of more than one coordinate may leave words out.
fn has_gaps(problem: &Problem, operand: Operand) -> bool {
    let steps = |rank: &nn::problem::Rank| rank.0.iter().any(|term| term.step > 1 && problem.size()[term.dim] > 1);
    problem.ranks(operand).iter().any(steps)
}

/// Whether copies take windows that overlap.
fn splits_windows(problem: &Problem, mapping: &Mapping, operand: Operand) -> bool {
    mapping.nodes.iter().any(|node| match *node {
        Node::Spatial { dim, .. } => problem.relevance(operand, dim) == Relevance::Partial,
        _ => false,
    })
}

/// What the program says of a design among the fixtures, and its exit status.
fn says(options: &[&str], files: &[&Path]) -> (String, Option<i32>) {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../formats/tests/fixtures/timeloop");
    let mut command = assert_cmd::Command::cargo_bin("stationary").expect("the program");
    let output = command.current_dir(folder).args(["model", "--timeloop"]).args(options).args(files).output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    (String::from_utf8(text).unwrap(), output.status.code())
}

#[test]
fn the_command_evaluates_a_design() {
    let design = Path::new("v04.yaml");
    let (text, status) = says(&[], &[design]);
    assert_eq!(status, Some(0), "{text}");
    insta::assert_snapshot!("timeloop_text", text);
    let (document, status) = says(&["--json"], &[design]);
    assert_eq!(status, Some(0), "{document}");
    let document: Value = serde_json::from_str(&document).unwrap();
    assert_eq!(document["data_spaces"][0]["name"], "Image");
    assert_eq!(document["notes"].as_array().map(Vec::len), Some(6));
    // A scratchpad too small is a finding; what is no design is refused.
    let text = std::fs::read_to_string(
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../formats/tests/fixtures/timeloop/v04.yaml"),
    );
    let small = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("small.yaml");
    std::fs::write(&small, text.unwrap().replace("depth: 48", "depth: 47")).unwrap();
    let (text, status) = says(&[], &[&small]);
    assert_eq!(status, Some(1), "{text}");
    assert!(text.contains("kernel_spad: tiles need 48 words, has 47"), "{text}");
    assert_eq!(says(&[], &[Path::new("sparse.yaml")]).1, Some(2));
    for option in ["--arch", "--layer", "--weights", "--input"] {
        assert_eq!(says(&[option, "1,1,1"], &[design]).1, Some(2), "{option}");
    }
}
