//! The comparison of platforms: published data, every derived figure beside ours, the document.
//!
//! Snapshots are blessed with `INSTA_UPDATE=always cargo test -p stationary --test platforms`.

use assert_cmd::Command;
use serde_json::Value;
use stationary::platforms::published::{
    Convention, DESIGNS, EYERISS_FPS, EYERISS_MW, Quantity, TABLE, TK1_FPS, VIDEO_CODING_NJ,
};
use stationary::platforms::{Operation, Study, checks, document, published_nj_per_pixel};
use stationary::validation::{Tolerance, Verdict, fails};
use std::sync::LazyLock;

static STUDY: LazyLock<Study> = LazyLock::new(|| Study::run(&|_| ()));

fn near(a: f64, b: f64, rounding: f64) -> bool {
    (a - b).abs() <= rounding
}

/// What the publications say more than once, they say alike.
#[test]
fn published_values_agree_with_each_other() {
    let printed = |quantity| TABLE.iter().find(|row| row.quantity == quantity).unwrap();
    let table = &STUDY.alexnet.published;
    assert_eq!(printed(Quantity::FrameRate).eyeriss, EYERISS_FPS);
    assert_eq!(printed(Quantity::FrameRate).gpu, TK1_FPS);
    assert_eq!((table.frames_per_second, table.total.power_mw), (EYERISS_FPS, EYERISS_MW));
    assert!(DESIGNS.iter().all(|design| design.nj_per_pixel[0] <= design.nj_per_pixel[1] && !design.source.is_empty()));
    assert!(DESIGNS.is_sorted_by(|a, b| a.nj() <= b.nj()), "by rising energy");
    assert!(DESIGNS.iter().any(|design| design.nj() == VIDEO_CODING_NJ));
}

/// Power over rate, under each convention, reckoned by hand from the printed values.
#[test]
fn energies_of_a_frame_keep_their_conventions() {
    let chip = Operation::of_eyeriss();
    assert_eq!(chip.convention, Convention::Chip);
    assert!(near(chip.mj_per_frame().unwrap(), 8.0115, 1e-4));
    let [alone, active, beyond_idle] = Operation::of_gpu();
    assert_eq!((alone.convention, alone.mj_per_frame()), (Convention::Chip, None), "nothing is published");
    assert_eq!(active.convention, Convention::BoardActive);
    assert!(near(active.mj_per_frame().unwrap(), 150.0, 1e-9));
    assert_eq!(beyond_idle.convention, Convention::BoardActiveMinusIdle);
    assert!(near(beyond_idle.mj_per_frame().unwrap(), 95.588, 1e-3));
    let factor = beyond_idle.mj_per_frame().unwrap() / chip.mj_per_frame().unwrap();
    assert!(near(factor, 12.0, 0.5), "the talk's factor of 12 is {factor}");
    let machine = Operation::of_machine(&STUDY.alexnet);
    assert!((machine.mj_per_frame().unwrap() / chip.mj_per_frame().unwrap() - 1.0).abs() < 0.1);
}

#[test]
fn energies_a_pixel_follow_from_the_tables() {
    assert!(near(published_nj_per_pixel(&STUDY.alexnet), 155.5, 0.05));
    assert!(near(published_nj_per_pixel(&STUDY.vgg16), 6757.0, 1.0));
}

/// Every derived figure, printed beside what it follows from and beside the machine.
#[test]
fn every_check_holds_or_is_explained() {
    let all = checks::all(&STUDY);
    for check in &all {
        let verdict = check.verdict().name();
        println!("{:60} {:9.3} {:9.3} {verdict}", check.what, check.published, check.ours);
        assert!(!check.source.is_empty());
    }
    assert!(!fails(&all));
    let explained: Vec<&str> =
        all.iter().filter(|check| check.verdict() == Verdict::Explained).map(|check| check.what.as_str()).collect();
    assert_eq!(explained, ["all scratchpads", "the same, decimal"]);
    // No tolerance of the machine is wider than those that its tables are validated with.
    assert!(all.iter().all(|check| !matches!(check.tolerance, Tolerance::Within(share) if share > 0.15)));
}

/// A machine that takes a fifth more energy breaks the checks: they can fail.
#[test]
fn a_worse_machine_is_noticed() {
    let mut worse = STUDY.clone();
    for layer in &mut worse.alexnet.layers {
        layer.tally.activity += layer.tally.activity;
    }
    assert!(fails(&checks::all(&worse)));
}

#[test]
fn the_documents() {
    let (text, _) = document::document(&STUDY, None).text().split_once("inputs sha256").map(owned).unwrap();
    assert!(text.lines().all(|line| line.chars().count() <= 120), "{text}");
    insta::assert_snapshot!("platforms", text);
    let validation = document::validation(&STUDY, &checks::all(&STUDY)).text();
    insta::assert_snapshot!("validate_platforms", validation.split_once("inputs sha256").map(owned).unwrap().0);
}

fn owned((a, b): (&str, &str)) -> (String, String) {
    (a.into(), b.into())
}

/// What is not measured does not differ from run to run; what is measured is marked, and unknown power is null.
#[test]
fn only_what_is_measured_differs() {
    let says = |arguments: &[&str]| {
        let mut command = Command::cargo_bin("stationary").unwrap();
        let output = command.arg("platforms").args(arguments).assert().code(0).get_output().clone();
        assert_eq!(String::from_utf8_lossy(&output.stderr), "");
        serde_json::from_slice::<Value>(&output.stdout).unwrap()
    };
    let (plain, measured) = (says(&["--json"]), says(&["--json", "--measure"]));
    assert_eq!(plain, says(&["--json"]));
    assert_eq!(plain["tables"]["host"], Value::Null);
    assert_eq!(plain["inputs"], measured["inputs"]);
    assert_eq!(plain["tables"]["pixel_energy"], measured["tables"]["pixel_energy"]);
    let frames = measured["tables"]["frame_energy"].as_array().unwrap();
    let host = frames.last().unwrap();
    assert_eq!((host["origin"].as_str(), host["convention"].as_str()), (Some("measured"), Some("processor package")));
    assert!(host["rate"].as_f64().unwrap() > 0.0);
    assert!(host["power"].is_null() || host["power"].as_f64().unwrap() > 0.0);
    assert_eq!(frames[..frames.len() - 1], plain["tables"]["frame_energy"].as_array().unwrap()[..]);
    assert_eq!(measured["tables"]["host"].as_array().unwrap().len(), 6);
}
