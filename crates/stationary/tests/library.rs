//! The library of descriptions: what is read from its files is what the code, the papers and the chip say.

use eyeriss::{Chip, Objective as ChipObjective, Plan, native, nest, search};
use mapper::{Objective, Options, map};
use model::arch::{Arch, Capacity};
use model::area::Area;
use model::tech::ISCA16;
use model::{archs, check};
use nn::problem::Problem;
use nn::{ConvShape, Pad, zoo};
use stationary::library::{self, ARCHS, DATAFLOWS};
use std::fmt::Write;

fn arch(name: &str) -> Arch {
    library::arch(name).unwrap_or_else(|error| panic!("{error}")).arch
}

#[test]
fn the_library_at_a_glance() {
    let problem = Problem::matmul(4, 4, 4).unwrap();
    let mut list = String::new();
    for description in ARCHS {
        let file = library::arch(description.name).unwrap_or_else(|error| panic!("{error}"));
        let units = file.arch.fanouts().map(|(_, fanout)| fanout.size[0] * fanout.size[1]).product::<u64>();
        let summary = file.summary.expect("a summary");
        let _ = writeln!(list, "{:14} {:20} {units:6} MACs  {summary}", description.name, file.arch.name());
    }
    for description in DATAFLOWS {
        let file = library::dataflow(description.name, &problem, &arch("tpu")).unwrap();
        let summary = file.summary.expect("a summary");
        let _ = writeln!(list, "{:14} {:20} {summary}", description.name, file.constraints.name);
        assert!(description.text.starts_with("# "), "{} begins with its definition", description.name);
    }
    insta::assert_snapshot!(list);
}

#[test]
fn the_table_has_every_file_and_every_price_a_source() {
    for (folder, table) in [("archs", ARCHS), ("dataflows", DATAFLOWS)] {
        let files = std::fs::read_dir(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)).unwrap();
        let mut files: Vec<String> =
            files.map(|file| file.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned()).collect();
        let mut names: Vec<&str> = table.iter().map(|description| description.name).collect();
        files.sort();
        names.sort_unstable();
        assert_eq!(files, names, "{folder}");
    }
    for description in ARCHS {
        let arch = arch(description.name);
        for action in arch.actions().filter(|&action| arch.price(action) != Some(0.0)) {
            assert!(arch.source(action).is_some(), "{}: {action:?}", description.name);
        }
    }
}

#[test]
fn files_equal_the_code() {
    assert_eq!(arch("open-eyeriss"), archs::open_eyeriss());
    assert_eq!(arch("Two-Level"), archs::two_levels());
    let chip = nest::arch(&Chip::default()).unwrap();
    let file = arch("eyeriss");
    assert_eq!((file.name(), file.stages(), file.compute()), (chip.name(), chip.stages(), chip.compute()));
}

/// Fig. 7b of the dataflow study at 256 PEs, in kB: the buffer, and all register files.
const FIG_7B: [(&str, f64, f64); 6] = [
    ("isca16-rs", 128.0, 128.0),
    ("isca16-ws", 334.2, 0.5),
    ("isca16-os-a", 243.9, 24.5),
    ("isca16-os-b", 303.8, 2.5),
    ("isca16-os-c", 334.2, 0.5),
    ("isca16-nlr", 338.3, 0.0),
];

#[test]
fn the_designs_of_the_study_have_the_printed_storage_and_area() {
    for (name, glb, rf) in FIG_7B {
        for pes in [256u64, 512, 1024] {
            let arch = arch(&format!("{name}@{pes}"));
            let kilobytes = |stage: &str| match arch.find(stage).and_then(|id| arch.memory(id)).map(|m| m.capacity) {
                Some(Capacity::Pool(words)) => words as f64 * 2.0 / 1024.0,
                _ => 0.0,
            };
            let scale = pes as f64 / 256.0;
            let (buffer, files) = (kilobytes("GLB"), (kilobytes("RF") + kilobytes("neighbours")) * pes as f64);
            assert!((buffer - glb * scale).abs() < 0.01, "{name}: a buffer of {buffer} kB, printed {glb}");
            assert!((files - rf * scale).abs() < 0.01 * scale, "{name}: {files} kB of register files, printed {rf}");
            let copies: u64 = arch.fanouts().map(|(_, fanout)| fanout.size[0] * fanout.size[1]).product();
            assert_eq!(copies, pes, "{name}");
            // Equation 2, with the areas of Fig. 7a: 512 B for each PE, and a buffer of as much for each.
            let baseline = pes as f64 * 512.0 * (1.64 + 1.0);
            let area = Area::of_storage(&arch, &ISCA16, 16).unwrap().total();
            assert!((area / baseline - 1.0).abs() < 0.015, "{name}: area {area}, that of the baseline {baseline}");
        }
    }
}

fn conv() -> ConvShape {
    let (pad, one) = (Pad::default(), [1, 1]);
    ConvShape { n: 2, groups: 1, m: 8, c: 4, h: 8, w: 8, r: 3, s: 3, stride: one, pad, dilation: one }
}

#[test]
fn every_dataflow_reads_against_every_architecture_and_problem() {
    let problems = [
        Problem::conv(&conv()).unwrap(),
        Problem::matmul(8, 8, 8).unwrap(),
        Problem::fully_connected(2, 8, 16).unwrap(),
    ];
    for description in ARCHS {
        let arch = arch(description.name);
        for (problem, dataflow) in problems.iter().flat_map(|p| DATAFLOWS.iter().map(move |d| (p, d))) {
            let rules = library::dataflow(dataflow.name, problem, &arch).map(|file| file.constraints.rules.len());
            let parallel = arch.fanouts().next().is_some();
            assert!(rules.is_ok_and(|rules| rules > 0 || !parallel), "{} on {}", dataflow.name, description.name);
        }
    }
}

#[test]
fn each_dataflow_maps_onto_its_design() {
    let problem = Problem::conv(&conv()).unwrap();
    for dataflow in DATAFLOWS {
        let mut designed = ARCHS.iter().filter(|arch| library::designed_for(arch.name) == Some(dataflow.name));
        let name = designed.next().map_or_else(|| format!("isca16-{}", dataflow.name), |arch| arch.name.into());
        let arch = arch(&name);
        let constraints = library::dataflow(dataflow.name, &problem, &arch).unwrap().constraints;
        let deadline = Some(std::time::Instant::now() + std::time::Duration::from_secs(3));
        let options = Options { constraints: Some(&constraints), deadline, ..Options::default() };
        let answer = map(&problem, &arch, Objective::Energy, &options);
        let best = answer.best.first().unwrap_or_else(|| panic!("{}: {:?}", dataflow.name, answer.obstacles));
        println!("{}: {} MAC\n{}", dataflow.name, best.cost.energy, best.mapping.display(&problem, &arch));
        assert_eq!(check(&problem, &arch, &best.mapping), [], "{}", dataflow.name);
        assert_eq!(constraints.broken(&problem, &best.mapping).len(), 0, "{}", dataflow.name);
    }
}

/// What runs on the chip is row stationary, with the filters again for each strip of rows: the mappings of all convolutions of AlexNet and VGG-16.
#[test]
fn the_chip_is_row_stationary() {
    let (chip, arch) = (Chip::default(), arch("eyeriss"));
    let mut broken = Vec::new();
    for network in ["alexnet", "vgg16"] {
        let network = zoo::by_name(network).unwrap();
        for id in network.ids().filter(|&id| matches!(network.layer(id).op, nn::Op::Conv(_))) {
            let shape = native::native_shape(&chip, &network.conv_shape(id, 1).unwrap()).unwrap();
            let best = search::best(&chip, &shape, ChipObjective::Latency).unwrap();
            let problem = Problem::conv(&shape).unwrap();
            let mapping = nest::nest(&Plan::new(&chip, &shape, best).unwrap());
            for dataflow in DATAFLOWS {
                let constraints = library::dataflow(dataflow.name, &problem, &arch).unwrap().constraints;
                if !constraints.broken(&problem, &mapping).is_empty() {
                    broken.push(dataflow.name);
                }
            }
        }
    }
    let row_stationary = ["rs", "rs-row"];
    assert!(!broken.iter().any(|name| row_stationary.contains(name)), "{broken:?}");
    for other in DATAFLOWS.iter().filter(|dataflow| !row_stationary.contains(&dataflow.name)) {
        assert_eq!(broken.iter().filter(|name| **name == other.name).count(), 18, "no layer is {}", other.name);
    }
}

#[test]
fn names_that_are_none() {
    let refusal = |name: &str| library::arch(name).unwrap_err().to_string();
    let cases = ["isca16-rs@0", "isca16-rs@many", "eyeriss@512", "eyris", "no/such.yaml", "tpu.yam"];
    let mut messages: Vec<String> = cases.iter().map(|name| format!("{name}\n  {}", refusal(name))).collect();
    let problem = Problem::matmul(4, 4, 4).unwrap();
    messages.push(library::dataflow("os", &problem, &arch("tpu")).unwrap_err().to_string());
    insta::assert_snapshot!(messages.join("\n"));
}
