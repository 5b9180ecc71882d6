//! Designs of Timeloop in both ways of writing them, and what is said of those that are not right.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use formats::spec;
use formats::timeloop::{Design, parse, read};
use model::{Action, Arch, Energy, check, predict};

const V03: &str = include_str!("fixtures/timeloop/v03.yaml");
const V04: &str = include_str!("fixtures/timeloop/v04.yaml");

/// A design in one file.
fn design(text: &str) -> Design {
    parse(&[(Path::new("design.yaml"), text)]).unwrap_or_else(|errors| panic!("{errors}"))
}

/// What is said of a design that is not right.
fn refusal(text: &str) -> String {
    parse(&[(Path::new("design.yaml"), text)]).expect_err("a refusal").to_string()
}

/// Every price of an arch and where it comes from.
fn prices(arch: &Arch) -> String {
    let mut text = String::new();
    for action in arch.actions() {
        let stage = match action {
            Action::Read(id) | Action::Write(id) | Action::Deliver(id) => arch.stage(id).name(),
            Action::Compute => &arch.compute().name,
        };
        let (price, source) = (arch.price(action).expect("a price"), arch.source(action).expect("a source"));
        let _ = writeln!(text, "{stage} {}: {price:.4} pJ ({source})", action.name());
    }
    text
}

#[test]
fn both_versions_of_a_design_are_one_design() {
    let (old, new) = (design(V03), design(V04));
    assert_eq!(old.arch, new.arch);
    assert_eq!(old.problem, new.problem);
    assert_eq!(old.mapping, new.mapping);
    assert_eq!(old.spaces, new.spaces);
    // The order of the files is not that of the components.
    let rules = |design: &Design| {
        let constraints = design.constraints.as_ref().expect("constraints");
        let mut rules: Vec<String> =
            constraints.rules.iter().map(|rule| rule.describe(&design.problem, &design.arch)).collect();
        rules.sort();
        rules
    };
    assert_eq!(rules(&old), rules(&new));
    let Design { arch, problem, mapping, .. } = &old;
    assert_eq!(check(problem, arch, mapping), []);
    assert_eq!(old.constraints.as_ref().expect("constraints").broken(problem, mapping), [] as [&_; 0]);
    let mut text = format!("{problem}\n{}\n{}\n", mapping.display(problem, arch), rules(&old).join("\n"));
    // In our own words they are the same.
    let path = Path::new("ours.yaml");
    assert_eq!(&spec::parse_arch(path, &spec::write_arch(arch)).expect("an arch"), arch);
    let written = spec::write_mapping(problem, arch, mapping);
    assert_eq!(&spec::parse_mapping(path, &written, problem, arch).expect("a mapping"), mapping);
    let prediction = predict(problem, arch, mapping);
    let _ = writeln!(text, "\n{} steps, {} pJ", prediction.steps, Energy::of(arch, &prediction.counts).total());
    text.push_str(&prices(arch));
    for (version, design) in [("0.3", &old), ("0.4", &new)] {
        let _ = writeln!(text, "\nnotes of version {version}:");
        design.notes.iter().for_each(|note| {
            let _ = writeln!(text, "{note}");
        });
    }
    insta::assert_snapshot!(text);
}

#[test]
fn sections_may_lie_in_several_files() {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let at = |section: &str| V03.find(&format!("\n{section}:")).expect("a section");
    let (problem, mapping) = (at("problem"), at("mapping"));
    let parts =
        [("arch.yaml", &V03[..problem]), ("problem.yaml", &V03[problem..mapping]), ("map.yaml", &V03[mapping..])];
    let paths: Vec<PathBuf> = parts
        .map(|(name, text)| {
            std::fs::write(folder.join(name), text).unwrap();
            folder.join(name)
        })
        .into();
    let split = read(&paths).unwrap_or_else(|errors| panic!("{errors}"));
    let whole = design(V03);
    // Sources name the file of the table.
    assert_eq!(split.arch.stages(), whole.arch.stages());
    assert_eq!((split.problem, split.mapping), (whole.problem, whole.mapping));
    assert_eq!(split.notes.len(), whole.notes.len());
    assert!(read(&[folder.join("absent.yaml")]).is_err());
}

#[test]
fn without_a_table_prices_come_from_attributes_or_a_technology() {
    let cut = V03.find("\nERT:").expect("a table");
    let text = V03[..cut].replace("n_banks: 4", "vector_access_energy: 26");
    insta::assert_snapshot!(prices(&design(&text).arch));
}

#[test]
fn messages() {
    let v03 = |from: &str, to: &str| {
        assert!(V03.contains(from), "{from}");
        refusal(&V03.replacen(from, to, 1))
    };
    let v04 = |from: &str, to: &str| {
        assert!(V04.contains(from), "{from}");
        refusal(&V04.replacen(from, to, 1))
    };
    let cases = [
        ("unknown component class", v03("class: intmac", "class: intmak")),
        ("unknown version", v03("version: 0.3", "version: 0.5")),
        ("a section that is no section", v03("problem:\n", "problems:\n")),
        ("a section twice", refusal(&format!("{V03}\nERT: {{version: 0.3, tables: []}}\n"))),
        ("factors that do not multiply out", v03("C=1 M=3 R=1", "C=1 M=4 R=1")),
        ("residuals that do not add up", v03("P=4,3", "P=4,2")),
        ("a residual larger than its factor", v03("P=4,3", "P=4,5")),
        ("several factors that are what is left", v03("C=1 M=3 R=1 S=1 P=1 Q=1", "C=1 M=3 R=1 S=1 P=1 Q=0")),
        ("no factors of a dimension", v04("C: 4, M: 4, S: 3", "M: 4, S: 3")),
        ("a factor of an unknown dimension", v03("P=2 Q=0", "T=2 Q=0")),
        ("a factor that is no factor", v03("P=2 Q=0", "P=two Q=0")),
        ("a factor with a bound", v04("factors: [M=3]", "factors: [M<=3]")),
        ("a loop without a place", v04("permutation: [Q, P]", "permutation: [Q]")),
        ("a dimension twice in a permutation", v03("QPCRSM", "QPCRSQ")),
        ("loops of a level twice", v04("target: buffer, type: temporal", "target: DRAM, type: temporal")),
        (
            "copies where there are none",
            v03(
                "target: image_spad\n  type: temporal\n  factors: C=1",
                "target: image_spad\n  type: spatial\n  factors: C=2",
            ),
        ),
        ("an unknown target", v03("- target: kernel_spad", "- target: kernel_sped")),
        ("a target by a number that is none", v03("target: 0", "target: 7")),
        ("an unknown type", v03("type: datatype", "type: data")),
        ("an unknown data space", v03("keep: [Image]", "keep: [Images]")),
        ("a missing dimension", v03("S: 3, P: 7", "P: 7")),
        ("a dimension of size 0", v03("P: 7", "P: 0")),
        ("an absurd size", v03("P: 7", "P: 1e30")),
        ("a key of the instance that is no dimension", v03("step: 2", "stepp: 2")),
        ("an unknown coefficient", v03("[P, step]", "[P, stride]")),
        (
            "a dimension twice in a projection",
            v03("- [ [C] ]\n      - [ [R], [P, step] ]", "- [ [R] ]\n      - [ [R], [P, step] ]"),
        ),
        ("no output", v03("read-write: True", "read-write: False")),
        ("an unknown shape", v03("shape:\n    name: strided", "shape: cnn_lair\n  unused:\n    name: strided")),
        ("an attribute that is misspelt", v03("depth: 2048", "deepth: 2048")),
        ("a depth of 0", v03("depth: 2048", "depth: 0")),
        ("no depth but a text", v04("depth: 2 * 1024", "depth: 2 * kilo")),
        ("a bandwidth of 0", v03("read_bandwidth: 8", "read_bandwidth: 0")),
        ("ranges that are none", v03("PE[0..23]", "PE[23..0]")),
        (
            "a mesh that does not fit",
            v03("depth: 12, width: 16, word-bits: 16, meshX: 6", "depth: 12, width: 16, word-bits: 16, meshX: 5"),
        ),
        (
            "elements side by side",
            v03(
                "      subtree:\n      - name: PE[0..23]",
                "      subtree:\n      - name: other\n      - name: PE[0..23]",
            ),
        ),
        (
            "storage inside the compute unit",
            v04("- !Component\n    name: mac\n    class: intmac", "- !Component\n    name: mac\n    class: storage"),
        ),
        ("a constraint that changes counts", v04("factors: [R=1, S=1]", "factors: [R=1, S=1], no_reuse: [Image]")),
        ("a tag that is none", v04("- !Container\n    name: chip", "- !Box\n    name: chip")),
        ("nodes side by side", v04("- !Container\n    name: chip", "- !Parallel\n    nodes: []\n    name: chip")),
        ("no price", v03("name: read, arguments: {}, energy: 24", "name: reed, arguments: {}, energy: 24")),
        ("a price below 0", v03("energy: 24", "energy: -24")),
        (
            "an update at another price",
            v03("name: update, arguments: {}, energy: 0.25", "name: update, arguments: {}, energy: 0.5"),
        ),
        ("no problem", refusal("architecture: {version: 0.4, nodes: []}\nmapping: []\n")),
        ("nothing", refusal("")),
        ("no map", refusal("[architecture, problem, mapping]")),
        (
            "several at once",
            v03("word-bits: 16", "word-bits: 0").to_string() + "\n" + &refusal(&V03.replace("meshX: 6", "meshX: 7")),
        ),
    ];
    let mut text = String::new();
    for (what, message) in cases {
        let _ = writeln!(text, "{what}\n  {}", message.replace('\n', "\n  "));
    }
    insta::assert_snapshot!(text);
}

const SPARSE: &str = include_str!("fixtures/timeloop/sparse.yaml");

/// The design of version 0.4 with densities, and what another file says is done about zeros.
fn sparse(from: &str, to: &str) -> Result<Design, spec::Errors> {
    assert!(SPARSE.contains(from), "{from}");
    let instance = "step: 2, densities: {Image: {distribution: hypergeometric, density: 0.25}, Kernel: 0.5}}";
    let design = V04.replace("step: 2}", instance);
    parse(&[(Path::new("design.yaml"), &design), (Path::new("sparse.yaml"), &SPARSE.replacen(from, to, 1))])
}

#[test]
fn what_is_done_about_zeros() {
    let design = sparse("UB", "B").unwrap_or_else(|errors| panic!("{errors}"));
    let sparse = design.sparse.expect("sparse optimizations");
    let notes: Vec<String> = design.notes.iter().map(ToString::to_string).collect();
    let notes: Vec<&String> = notes.iter().filter(|note| note.starts_with("sparse.yaml")).collect();
    insta::assert_snapshot!(format!("{sparse:#?}\n{notes:#?}"));
}

#[test]
fn messages_about_zeros() {
    let refusal = |from: &str, to: &str| sparse(from, to).expect_err("a refusal").to_string();
    let cases = [
        ("an unknown format", refusal("{format: CP}", "{format: CPU}")),
        (
            "formats that are none of ours",
            refusal("[{format: UOP}, {format: UOP}, {format: CP}]", "[{format: CP}, {format: UOP}]"),
        ),
        ("an unknown component", refusal("name: mac", "name: mak")),
        ("an unknown type", refusal("type: skipping", "type: skip")),
        ("an unknown data space", refusal("name: Image", "name: Imag")),
        ("psums that lead", refusal("condition-on: [Image]", "condition-on: [Sums]")),
        ("a target that leads", refusal("condition-on: [Image]", "condition-on: [Kernel]")),
    ];
    let mut text = String::new();
    for (what, message) in cases {
        let _ = writeln!(text, "{what}\n  {}", message.replace('\n', "\n  "));
    }
    let dense = parse(&[(Path::new("design.yaml"), &V04.replace("step: 2}", "step: 2, densities: {Image: 0.5}}"))]);
    let notes = dense.expect("a design").notes;
    let _ = writeln!(text, "densities alone\n  {}", notes.iter().find(|n| n.text.contains("zeros")).expect("a note"));
    for density in ["{Image: 1.5}", "{Image: {distribution: banded, density: 0.5}}", "{Pixels: 0.5}"] {
        let design = V04.replace("step: 2}", &format!("step: 2, densities: {density}}}"));
        let error =
            parse(&[(Path::new("design.yaml"), &design), (Path::new("sparse.yaml"), SPARSE)]).expect_err(density);
        let _ = writeln!(text, "densities {density}\n  {error}");
    }
    insta::assert_snapshot!(text);
}

/// An architecture with the habits of version 0.4: what several components share, containers inside each other.
const NESTED: &str = "
variables: {version: 0.4, word_bits: 16, rows: 3}
architecture:
  version: 0.4
  nodes:
  - !Container
    name: system_top_level
    attributes: &common {technology: '65nm', global_cycle_seconds: 1e-9, datawidth: word_bits}
  - !Component
    name: DRAM
    class: DRAM
    attributes: {<<<: *common, width: 64, type: LPDDR4}
    required_actions: [read, write, update]
  - !Component
    name: shared_glb
    class: smartbuffer_SRAM
    attributes: {<<<: *common, depth: 16384, width: 64, read_bandwidth: 16, write_bandwidth: 16}
  - !Container
    name: PE_column
    spatial: {meshX: 4}
  - !Container
    name: PE
    spatial: {meshY: rows}
  - !Hierarchical
    nodes:
    - !Component
      name: spad
      class: smartbuffer_RF
      attributes: {<<<: *common, depth: 64, width: word_bits}
    - !Component
      name: mac
      class: intmac
      attributes: {<<<: *common, multiplier_width: 16, latency: 5ns}
problem:
  version: 0.4
  shape: cnn_layer
  instance: {C: 2, M: 4, R: 3, S: 3, N: 1, P: 4, Q: 4, Wstride: 1, Hstride: 1}
mapping:
- {target: DRAM, type: temporal, factors: [C=2], permutation: [C]}
- {target: shared_glb, type: temporal, factors: [Q=4], permutation: [Q]}
- {target: PE_column, type: spatial, factors: [P=4], permutation: [P], split: 1}
- {target: PE, type: spatial, factors: [R=3], permutation: [R], split: 0}
- {target: spad, type: temporal, factors: [M=4, S=3], permutation: [S, M]}
renames: {version: 0.4}
";

#[test]
fn containers_inside_each_other() {
    let design = design(NESTED);
    let Design { arch, problem, mapping, .. } = &design;
    assert_eq!(check(problem, arch, mapping), []);
    let mut text = format!("{problem}\n{}{:#?}\n", mapping.display(problem, arch), arch.stages());
    for note in &design.notes {
        let _ = writeln!(text, "{note}");
    }
    insta::assert_snapshot!(text);
}
