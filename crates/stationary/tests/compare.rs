//! `stationary compare`: what it prints, what programs read, what it refuses, and what must hold of any comparison.

use assert_cmd::Command;
use stationary::compare::{self, Bar, Baseline, CONTENDERS, Case, Contender, PriceTable, Terms};
use stationary::subject::Aspects;
use stationary::{Document, Subject};

fn run(arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = Command::cargo_bin("stationary").expect("the program").args(arguments).output().expect("it runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    (output.status.code(), text(output.stdout), text(output.stderr))
}

/// One layer of AlexNet on few PEs.
fn compared(pes: u64, batch: usize, terms: Terms) -> compare::Comparison {
    let aspects = Aspects { layers: Some("conv5"), batch: Some(batch), ..Aspects::default() };
    let subject = Subject::open("alexnet", &aspects).expect("a layer");
    let contenders: Vec<&'static Contender> = CONTENDERS.iter().collect();
    let case = Case { pes, batch, tasks: subject.tasks() };
    compare::compare("CONV5", &[case], &contenders, terms, &|_| ()).expect("a comparison")
}

fn energy(bar: &Bar) -> f64 {
    let sum = bar.sum().expect("a mapping of each layer");
    sum.per_mac(sum.energy())
}

#[test]
fn what_people_read() {
    let (status, text, _) = run(&["compare", "alexnet", "--layer", "conv3..conv5", "--pes", "64", "--batch", "1,4"]);
    assert_eq!(status, Some(0));
    insta::assert_snapshot!(text);
}

#[test]
fn what_programs_read() {
    let arguments = ["compare", "alexnet", "--layer", "conv1,conv5", "--dataflows", "rs,nlr"];
    let (_, csv, _) = run(&[&arguments[..], &["--csv"]].concat());
    let mut reader = csv.lines().map(|line| line.split(',').count());
    let columns = reader.next().expect("a head");
    assert!(reader.all(|fields| fields == columns), "{csv}");
    assert_eq!(csv.lines().count(), 1 + 2 * 2);
    let (_, json, _) = run(&[&arguments[..], &["--json"]].concat());
    let document: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(document["tables"]["bars"].as_array().map(Vec::len), Some(4));
    assert_eq!(document["tables"]["totals"][0]["proof"], "proven");
}

#[test]
fn refusals() {
    let cases: &[&[&str]] = &[
        &["compare", "--dataflows", "rs,osd"],
        &["compare", "--storage", "512"],
        &["compare", "--storage", "1,512"],
        &["compare", "--storage", "512,513"],
        &["compare", "--prices", "dram=200,sram=6"],
        &["compare", "--prices", "dram=-1"],
        &["compare", "--pes", "0"],
        &["compare", "alexnet", "--layer", "conv9"],
        &["compare", "matmul:8,8,8", "--batch", "2"],
    ];
    let refused: String = cases
        .iter()
        .map(|arguments| {
            let (status, text, error) = run(arguments);
            assert_eq!((status, text.as_str()), (Some(2), ""), "{arguments:?}: {error}");
            format!("{}\n{error}\n", arguments.join(" "))
        })
        .collect();
    insta::assert_snapshot!(refused);
}

#[test]
fn no_label_is_better_than_none() {
    for (pes, batch) in [(64, 1), (256, 4)] {
        let comparison = compared(pes, batch, Terms::STUDY);
        let named = |name: &str| comparison.bars.iter().find(|bar| bar.contender.name == name).expect("a bar");
        assert!(comparison.bars.iter().all(Bar::proven));
        // The same storage, without the dataflow.
        assert!(energy(named("free")) <= energy(named("RS")), "{pes} PEs, batch {batch}");
        for bar in &comparison.bars {
            let sum = bar.sum().expect("a mapping");
            let by_operand: f64 = sum.operands.0.iter().sum::<f64>() + sum.levels[0];
            assert!((by_operand / sum.energy() - 1.0).abs() < 1e-12, "{}", bar.contender.name);
            assert!(sum.active_pes() <= pes as f64 * (1.0 + 1e-12), "{}", bar.contender.name);
        }
    }
}

/// Designs of other sizes have equal storage area, and what the study prints comes out of its own baseline.
#[test]
fn storage_of_equal_area() {
    let capacity = |bar: &Bar| {
        let glb = bar.arch.find("GLB").and_then(|id| bar.arch.memory(id)).expect("a buffer");
        match glb.capacity {
            model::arch::Capacity::Pool(words) => words as f64,
            _ => panic!("a pool"),
        }
    };
    let printed = compared(256, 1, Terms::STUDY);
    let near = Baseline { register_file: 512, buffer: 514 };
    let computed = compared(256, 1, Terms { baseline: near, ..Terms::STUDY });
    for (a, b) in printed.bars.iter().zip(&computed.bars) {
        assert!(
            (capacity(a) / capacity(b) - 1.0).abs() < 0.02,
            "{}: {} {}",
            a.contender.name,
            capacity(a),
            capacity(b)
        );
    }
    let large = compared(256, 1, Terms { baseline: Baseline { register_file: 1024, buffer: 2048 }, ..Terms::STUDY });
    for (small, large) in printed.bars.iter().zip(&large.bars) {
        assert!(capacity(large) > 2.0 * capacity(small) && energy(large) <= energy(small), "{}", small.contender.name);
    }
}

#[test]
fn prices_are_those_given() {
    let twice = PriceTable { dram: 400.0, buffer: 12.0, array: 4.0, register_file: 2.0, mac: 2.0 };
    let (once, twice) = (compared(64, 1, Terms::STUDY), compared(64, 1, Terms { prices: twice, ..Terms::STUDY }));
    for (a, b) in once.bars.iter().zip(&twice.bars) {
        assert!((2.0 * energy(a) / energy(b) - 1.0).abs() < 1e-12, "{}", a.contender.name);
    }
}

#[test]
fn the_same_bytes_again() {
    let document = |_: usize| -> Document { compare::document(&compared(64, 1, Terms::STUDY)) };
    assert_eq!(document(0).html(), document(1).html());
}
