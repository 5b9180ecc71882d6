//! What is said of descriptions that are wrong.

use std::fmt::Write;
use std::path::Path;

use formats::spec::{Errors, parse_arch, parse_arch_with, parse_constraints, parse_mapping, parse_problem, read_arch};
use nn::problem::Problem;

/// A sound architecture that the cases damage.
const ARCH: &str = "\
arch: small
word: 16 bit
variables: {pes: 12, glb_kb: 108}
stages:
- memory: DRAM
  must_keep: all
  capacity: unbounded
  bandwidth: 4 words/cycle
  read: 200 pJ
  write: 200 pJ
- memory: GLB
  may_keep: [ifmap, psum]
  capacity: glb_kb * 1024 / 2 words
  bandwidth: {read: 16 words/cycle, write: 16 words/cycle}
  read: 6 pJ
  write: 6 pJ
- fanout: PE
  X: pes
  Y: 14
  network: [multicast, reduction]
  delivery: 2 pJ
- compute: MAC
  mac: 1 pJ
";

fn damaged(text: &str, changes: &[(&str, &str)]) -> String {
    changes.iter().fold(text.to_string(), |text, (from, to)| {
        assert!(text.contains(from), "{from:?} is not there to damage");
        text.replacen(from, to, 1)
    })
}

fn messages<T: std::fmt::Debug>(cases: &[(&str, String)], read: impl Fn(&str) -> Result<T, Errors>) -> String {
    let mut messages = String::new();
    for (case, text) in cases {
        let error = read(text).expect_err(case).to_string();
        let _ = writeln!(messages, "{case}\n  {}", error.replace('\n', "\n  "));
    }
    messages
}

#[test]
fn archs() {
    let with = |changes: &[(&str, &str)]| damaged(ARCH, changes);
    let cases = [
        ("an unknown key", with(&[("capacity: unb", "capcity: unb")])),
        ("an unknown key of the whole", with(&[("variables", "varables")])),
        ("an unknown stage", with(&[("fanout: PE", "fan_out: PE")])),
        ("a missing price", with(&[("  read: 6 pJ\n", ""), ("  mac: 1 pJ\n", "  latch: [ifmap]\n")])),
        ("a price without unit", with(&[("6 pJ", "6")])),
        ("a price that is NaN", with(&[("6 pJ", ".nan"), ("2 pJ", "NaN pJ")])),
        ("a price that is infinite", with(&[("6 pJ", "1e999 pJ"), ("2 pJ", "1e308 * 1e308 pJ")])),
        ("a negative price", with(&[("6 pJ", "-6 pJ")])),
        ("prices in two units", with(&[("2 pJ", "2 MAC")])),
        (
            "a price of a technology without class",
            with(&[("word:", "technology: isca16\nword:"), ("  read: 6 pJ\n", "")]),
        ),
        (
            "a class that the technology lacks",
            with(&[("word:", "technology: isca16\nword:"), ("  read: 6 pJ\n", "  class: SRAM\n")]),
        ),
        ("an unknown technology", with(&[("word:", "technology: isca\nword:")])),
        ("a capacity of 0", with(&[("glb_kb * 1024 / 2 words", "0 words")])),
        ("a negative capacity", with(&[("glb_kb * 1024 / 2 words", "-5 words")])),
        ("an absurd capacity", with(&[("glb_kb * 1024 / 2 words", "1e30 words")])),
        ("a part of a word", with(&[("glb_kb * 1024 / 2 words", "3 B")])),
        ("a capacity without unit", with(&[("glb_kb * 1024 / 2 words", "55296")])),
        ("a capacity in KB", with(&[("glb_kb * 1024 / 2 words", "108 KB")])),
        ("bytes without a word", with(&[("word: 16 bit\n", ""), ("glb_kb * 1024 / 2 words", "108 KiB")])),
        ("partitions of the wrong operands", with(&[("glb_kb * 1024 / 2 words", "{ifmap: 12 words, weigt: 3 words}")])),
        ("a partition that is missing", with(&[("glb_kb * 1024 / 2 words", "{ifmap: 12 words}")])),
        ("a fan-out of 0", with(&[("pes: 12", "pes: 0"), ("Y: 14", "Y: 65537")])),
        ("a fan-out without size", with(&[("  X: pes\n", ""), ("  Y: 14\n", "")])),
        ("a bandwidth of 0", with(&[("4 words/cycle", "0 words/cycle")])),
        ("a bandwidth in words", with(&[("4 words/cycle", "4 words")])),
        ("a memory that keeps nothing", with(&[("  may_keep: [ifmap, psum]\n", "")])),
        ("an operand that DRAM does not keep", with(&[("must_keep: all", "must_keep: [ifmap, filter]")])),
        ("an operand kept in two ways", with(&[("may_keep:", "must_keep: psum\n  may_keep:")])),
        ("an operand that is none", with(&[("[ifmap, psum]", "[ifmap, psums]")])),
        ("a network that does what none does", with(&[("reduction]", "reducton]")])),
        ("diagonals without multicast", with(&[("[multicast, reduction]", "[diagonal]")])),
        ("a cyclic expression", with(&[("glb_kb: 108", "glb_kb: a, a: b + 1, b: 2 * glb_kb")])),
        ("a variable that needs itself", with(&[("glb_kb: 108", "glb_kb: glb_kb")])),
        ("a variable that is not there", with(&[("X: pes", "X: pe")])),
        ("a variable with the name of a unit", with(&[("pes: 12", "pes: 12, bit: 3")])),
        ("a division by zero", with(&[("glb_kb * 1024 / 2", "glb_kb / (pes - 12)")])),
        ("an expression that ends early", with(&[("glb_kb * 1024 / 2 words", "(glb_kb * 1024")])),
        ("an expression of another language", with(&[("glb_kb * 1024 / 2 words", "glb_kb << 10")])),
        ("units that do not add", with(&[("glb_kb * 1024 / 2 words", "108 words + 2 pJ")])),
        ("an unknown function", with(&[("glb_kb * 1024 / 2 words", "flor(glb_kb) * 1 words")])),
        ("a name twice", with(&[("memory: GLB", "memory: DRAM")])),
        ("no compute unit", with(&[("- compute: MAC\n  mac: 1 pJ\n", "")])),
        ("the compute unit first", with(&[("stages:\n", "stages:\n- {compute: ALU, mac: 1 pJ}\n")])),
        (
            "too many copies",
            with(&[("- compute", "- {fanout: A, X: 65536, Y: 65536, network: [], delivery: 0 pJ}\n- compute")]),
        ),
        (
            "zeros without a word",
            with(&[("word: 16 bit\n", ""), ("  mac: 1 pJ", "  mac: 1 pJ\n  savings: [{gate: ifmap}]")]),
        ),
        (
            "zeros that save nothing known",
            with(&[(
                "  mac: 1 pJ",
                "  mac: 1 pJ\n  savings: [{skip: ifmap, gate: filter}, {halt: psum}, {gate: psum}]",
            )]),
        ),
        (
            "formats that are none",
            with(&[(
                "  read: 6 pJ",
                "  formats: {ifmap: bitmsk, filter: {rwos: {}}, psum: {rows: {index: 8}}}\n  read: 6 pJ",
            )]),
        ),
        (
            "a saving on its own target",
            with(&[("  read: 200 pJ", "  savings: [{skip: ifmap, on: ifmap}]\n  read: 200 pJ")]),
        ),
        ("metadata in another unit", with(&[("  write: 6 pJ", "  write: 6 pJ\n  metadata: {read: 1 MAC}")])),
        ("a list where a map should be", "- arch: small".to_string()),
        ("stages that are no list", "arch: small\nstages: {memory: DRAM}".to_string()),
        ("a stage that is a word", "arch: small\nstages: [DRAM, {}]".to_string()),
        ("no stages", "arch: small\nstages: []".to_string()),
        ("too many stages", {
            let stage =
                "- {memory: M, must_keep: all, capacity: unbounded, bandwidth: unbounded, read: 1 pJ, write: 1 pJ}\n";
            format!(
                "arch: deep\nstages:\n{}",
                (0..20).map(|i| stage.replace(": M,", &format!(": M{i},"))).collect::<String>()
            )
        }),
        ("a tag", with(&[("- memory: GLB", "- !Component\n  memory: GLB")])),
        ("nothing where a value should be", with(&[("arch: small", "arch:"), ("read: 6 pJ", "read:")])),
        (
            "several at once",
            with(&[
                ("word: 16 bit", "word: 16"),
                ("glb_kb * 1024 / 2 words", "108 KiB"),
                ("  X: pes", "  X: 0\n  Z: 3"),
                ("mac: 1 pJ", "mac: one"),
            ]),
        ),
    ];
    insta::assert_snapshot!(messages(&cases, |text| parse_arch(Path::new("a.yaml"), text)));
    let cases =
        [("an override of no variable", "pe"), ("an override that is no expression", "pes")].map(|(case, name)| {
            let error = parse_arch_with(Path::new("a.yaml"), ARCH, &[(name, "12 +")]).expect_err(case);
            format!("{case}\n  {error}\n")
        });
    insta::assert_snapshot!("overrides", cases.concat());
}

#[test]
fn problems() {
    let cases = [
        ("no problem", "summary: nothing"),
        ("two problems", "{matmul: {M: 1, N: 1, K: 1}, conv: {}}"),
        ("a missing dimension", "conv: {M: 4, C: 4, P: 4, R: 3, S: 3}"),
        ("several missing dimensions", "matmul: {M: 4}"),
        ("lower case", "matmul: {m: 4, n: 4, k: 4}"),
        ("a size of 0", "matmul: {M: 0, N: 4, K: 4}"),
        ("negative and absurd sizes", "matmul: {M: -1, N: 1e30, K: 3.5}"),
        ("sizes that are no numbers", "matmul: {M: many, N: [4], K: 4 words}"),
        ("too many MACs", "matmul: {M: 16777216, N: 16777216, K: 16777216}"),
        ("a filter larger than the input", "conv: {M: 4, C: 4, H: 4, Q: 4, R: 7, S: 3}"),
        ("both sizes", "conv: {M: 4, C: 4, P: 4, H: 4, Q: 4, R: 3, S: 3}"),
        ("padding of an output", "conv: {M: 4, C: 4, P: 4, Q: 4, R: 3, S: 3, pad: 1}"),
        ("a stride of 0", "conv: {M: 4, C: 4, P: 4, Q: 4, R: 3, S: 3, stride: 0}"),
        ("three strides", "conv: {M: 4, C: 4, P: 4, Q: 4, R: 3, S: 3, stride: [1, 2, 3]}"),
        ("an unknown dimension", "einsum: {dims: {P: 4, R: 3}, ifmap: [P + Q], filter: [R], psum: [P]}"),
        ("a product of dimensions", "einsum: {dims: {P: 4, R: 3}, ifmap: [P * R], filter: [R], psum: [P]}"),
        ("a constant", "einsum: {dims: {P: 4, R: 3}, ifmap: [P + R + 1, 3], filter: [R], psum: [P]}"),
        ("half a step", "einsum: {dims: {P: 4, R: 3}, ifmap: [0.5 * P + R], filter: [-1 * R], psum: [P / 2]}"),
        ("no dimensions", "einsum: {dims: {}, ifmap: [], filter: [], psum: []}"),
        (
            "too many dimensions",
            "einsum: {dims: {A: 1, B: 1, C: 1, D: 1, E: 1, F: 1, G: 1, H: 1, I: 1}, ifmap: [A], filter: [A], psum: [A]}",
        ),
        ("an operand that is missing", "einsum: {dims: {P: 4}, ifmap: [P], psum: [P]}"),
        ("an operand by two names", "einsum: {dims: {P: 4}, ifmap: [P], input: [P], filter: [P], psum: [P]}"),
        (
            "densities",
            "{densities: {ifmap: 1.5, filter: {share: half, distribution: even}, psums: 1}, matmul: {M: 1, N: 1, K: 1}}",
        ),
        ("a dimension with an odd name", "einsum: {dims: {P-1: 4}, ifmap: [P], filter: [P], psum: [P]}"),
    ];
    let cases = cases.map(|(case, text)| (case, text.to_string()));
    insta::assert_snapshot!(messages(&cases, |text| parse_problem(Path::new("p.yaml"), text)));
}

const MAPPING: &str = "\
mapping:
- keep: {DRAM: all}
- for: {M: 4}
- keep: {GLB: [ifmap, psum]}
- par: {PE.X: {M: 4}, PE.Y: {N: by 1}}
- for: {K: 6, M: 4}
";

#[test]
fn mappings() {
    let problem = Problem::matmul(64, 10, 6).expect("a product");
    let arch = parse_arch(Path::new("a.yaml"), ARCH).expect("an arch");
    let with = |changes: &[(&str, &str)]| damaged(MAPPING, changes);
    let read = |text: &str| parse_mapping(Path::new("m.yaml"), text, &problem, &arch);
    read(MAPPING).expect("a mapping");
    let cases = [
        ("factors that do not multiply out", with(&[("K: 6, M: 4", "K: 6, M: 2")])),
        ("factors that multiply to too much", with(&[("K: 6, M: 4", "K: 6, M: 8")])),
        ("a factor that does not divide", with(&[("for: {M: 4}", "for: {M: 5}")])),
        ("no loop over a dimension", with(&[("K: 6, ", ""), (", PE.Y: {N: by 1}", "")])),
        ("a tile larger than what is left", with(&[("N: by 1", "N: by 11")])),
        ("factors of 0 and less", with(&[("for: {M: 4}", "for: {M: 0}"), ("N: by 1", "N: by -1")])),
        ("no factors", with(&[("for: {M: 4}", "for: {M: many}"), ("N: by 1", "N: by"), ("K: 6", "K: [6]")])),
        ("an unknown dimension", with(&[("K: 6", "L: 6")])),
        ("an unknown memory", with(&[("GLB", "GBL")])),
        ("a fan-out that keeps", with(&[("GLB", "PE")])),
        ("an unknown operand", with(&[("ifmap, psum", "ifmaps, psum")])),
        ("an unknown axis", with(&[("PE.Y", "PE.Z")])),
        ("an axis without fan-out", with(&[("PE.Y", "Y")])),
        ("an operand kept nowhere", with(&[("{DRAM: all}", "{DRAM: [ifmap, psum]}")])),
        ("an unknown item", with(&[("- for: {M: 4}", "- far: {M: 4}")])),
        ("two items in one", with(&[("- for: {M: 4}\n-", "- for: {M: 4}\n ")])),
        ("an empty item", with(&[("- for: {M: 4}", "- {}")])),
        ("no nest", "mapping: {}".to_string()),
        ("another description", ARCH.to_string()),
        ("endless loops", format!("mapping:\n{}", "- for: {M: by 64}\n".repeat(600))),
    ];
    insta::assert_snapshot!(messages(&cases, read));
}

const CONSTRAINTS: &str = "\
constraints: mine
dimensions: [M, N, K, P]
rules:
- stationary: filter
- across: {all: [M, P], PE.Y: []}
- keep: {GLB: psum}
- bypass: {inside: all}
- {loops: [N, P], below: {innermost: filter}}
- {order: [M, N], below: {GLB: psum}}
- {tile: {M: 1, N: whole}, at: {GLB: psum}}
- copies: {PE.X: {M: 4}}
";

#[test]
fn constraints() {
    let problem = Problem::matmul(64, 10, 6).expect("a product");
    let arch = parse_arch(Path::new("a.yaml"), ARCH).expect("an arch");
    let with = |changes: &[(&str, &str)]| damaged(CONSTRAINTS, changes);
    let read = |text: &str| parse_constraints(Path::new("c.yaml"), text, &problem, &arch);
    let rules = read(CONSTRAINTS).expect("constraints");
    let words: Vec<String> = rules.rules.iter().map(|rule| rule.describe(&problem, &arch)).collect();
    insta::assert_snapshot!("rules", words.join("\n"));
    let cases = [
        ("an unknown rule", with(&[("- stationary:", "- stationery:")])),
        ("an unknown dimension", with(&[("[M, P], PE", "[M, Q], PE"), ("{M: 1", "{L: 1")])),
        (
            "an unknown memory",
            with(&[("bypass: {inside", "bypass: {spads"), ("order: [M, N], below: {GLB", "order: [M, N], below: {PE")]),
        ),
        ("an unknown fan-out", with(&[("PE.Y", "PE.Z"), ("PE.X", "PX.X")])),
        ("an unknown operand", with(&[("stationary: filter", "stationary: filters")])),
        ("loops without a place", with(&[(", below: {innermost: filter}", "")])),
        ("loops with two places", with(&[("below: {innermost: filter}", "below: {GLB: psum}, above: {GLB: psum}")])),
        ("two rules in one", with(&[("- keep: {GLB: psum}\n-", "- keep: {GLB: psum}\n ")])),
        ("a place of two memories", with(&[("{innermost: filter}", "{GLB: psum, DRAM: psum}")])),
        ("a tile larger than the dimension", with(&[("{M: 1,", "{M: 65,")])),
        ("copies of 0", with(&[("{M: 4}", "{M: 0}")])),
        ("an empty rule", with(&[("- stationary: filter", "- {}")])),
        ("no rules", with(&[("rules:", "rulez:")])),
    ];
    insta::assert_snapshot!(messages(&cases, read));
}

#[test]
fn files() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("bad_specs");
    std::fs::create_dir_all(&folder).expect("a folder");
    let large = format!("arch: [{}]", "x, ".repeat(2 << 20));
    let cases: [(&str, &[u8]); 4] = [
        ("empty", b""),
        ("not UTF-8", b"arch: small\nsource: M\xfcller\n"),
        ("UTF-16", b"\xff\xfea\0r\0c\0h\0"),
        ("too large", large.as_bytes()),
    ];
    let mut messages = String::new();
    let mut say = |case: &str, path: &Path| {
        let message = read_arch(path).expect_err(case).to_string().replace(&folder.display().to_string(), "FOLDER");
        let _ = writeln!(messages, "{case}\n  {message}");
    };
    for (case, bytes) in cases {
        let path = folder.join(format!("{case}.yaml"));
        std::fs::write(&path, bytes).expect("a file");
        say(case, &path);
    }
    say("missing", &folder.join("missing.yaml"));
    say("a folder", &folder);
    insta::assert_snapshot!(messages);
}
