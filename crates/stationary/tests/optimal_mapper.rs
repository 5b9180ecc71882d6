//! Beside the newest mapper in the field that claims optimality, AccelForge 1.0.467 (PyPI, MIT): every case of its
//! results that the shared folder holds is reached or beaten, with the certificate, and its counts are explained.
//!
//! Its counting rules are ours (see `model::predict`) without operand latch and diagonal sharing. It computes in single
//! precision, so that what it reports carries a noise of 1e-7.

mod case;

use case::{Case, tensor};
use mapper::Factors;
use mapper::{Certificate, Cost, Options, map};
use model::{Action, Arch, Counts, predict};
use nn::Operand;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Relative noise of the peer's single precision.
const NOISE: f64 = 1e-6;

/// How long a case with imperfect factors, whose space is vast, is searched; the others are searched to the end.
const BUDGET: Duration = Duration::from_secs(60);

/// The cases: JSON files of the shared folder. Without it the test is skipped, visibly.
fn cases() -> Vec<PathBuf> {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let shared = std::env::var_os("STATIONARY_SHARED").map_or(workspace.join("../shared"), PathBuf::from);
    let files = std::fs::read_dir(shared.join("cases/optimal-mapper"));
    let mut cases: Vec<PathBuf> = files.into_iter().flatten().flatten().map(|file| file.path()).collect();
    cases.retain(|path| path.extension().is_some_and(|ending| ending == "json"));
    cases.sort();
    if cases.is_empty() {
        let _ = writeln!(std::io::stderr(), "skipped: needs ../shared/cases/optimal-mapper");
    }
    cases
}

#[test]
fn every_case_is_reached_or_beaten() {
    for path in cases() {
        let text = std::fs::read_to_string(&path).expect("the case is readable");
        let case: Case = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        check(&case);
    }
}

fn check(case: &Case) {
    let (problem, arch, objective) = (case.problem(), case.arch(), case.objective());
    let imperfect = case.options().factors == Factors::Imperfect;
    let deadline = imperfect.then(|| Instant::now() + BUDGET);
    let answer = map(&problem, &arch, objective, &Options { deadline, ..case.options() });
    let best = answer.best.first().unwrap_or_else(|| panic!("{}: {:?}", case.id, answer.obstacles));
    let theirs = Cost { energy: case.result.energy, latency: case.result.latency };
    let (ours, peer) = (objective.of(best.cost), objective.of(theirs));
    println!("{}: {objective:?} {ours}, the peer {peer}; {:?}", case.id, answer.certificate);
    println!("{:?}\n{}", answer.statistics, best.mapping.display(&problem, &arch));
    assert!(ours <= peer * (1.0 + NOISE), "{}: {ours}, the peer has {peer}", case.id);
    if !imperfect {
        assert_eq!(answer.certificate, Certificate::Proven, "{}", case.id);
    }
    explain(case, &arch, &predict(&problem, &arch, &best.mapping).counts, best.cost.energy);
}

/// Sets the counts side by side, action by action. The peer's, at our prices, must give the energy that it reports, so
/// that no action of it is missed; where they differ from ours, the differences are printed, and their prices must
/// account for the difference in energy, nothing where the mappings are two optima of equal cost.
fn explain(case: &Case, arch: &Arch, counts: &Counts, energy: f64) {
    let mut actions: BTreeMap<(&str, &str, &str), [f64; 2]> = BTreeMap::new();
    for (action, &words) in &case.result.actions {
        let parts: Vec<&str> = action.split('|').collect();
        let [component, what, verb] = parts[..] else { panic!("{}: unknown action {action}", case.id) };
        let operand = if verb == "compute" { "" } else { tensor(what).name() };
        actions.entry((component, operand, verb)).or_default()[1] += words;
    }
    for level in &counts.levels {
        for operand in Operand::ALL {
            let access = &level.access[operand];
            for (verb, words) in [("read", access.all_reads()), ("write", access.all_writes())] {
                actions.entry((&level.name, operand.name(), verb)).or_default()[0] += words as f64;
            }
        }
    }
    actions.entry((&arch.compute().name, "", "compute")).or_default()[0] += counts.macs.done as f64;
    let (mut theirs, mut apart) = (0.0, 0.0);
    for ((component, operand, verb), [our, their]) in actions {
        let id = arch.find(component);
        let action = match verb {
            "compute" => Action::Compute,
            "read" => Action::Read(id.expect("a memory of the arch")),
            "write" => Action::Write(id.expect("a memory of the arch")),
            other => panic!("{}: unknown action {other}", case.id),
        };
        let price = arch.price(action).expect("the arch prices it");
        theirs += their * price;
        if (our - their).abs() > NOISE * their {
            println!("  {component} {operand} {verb}: {our} words, the peer {their}");
            apart += (our - their) * price;
        }
    }
    let noise = NOISE * case.result.energy;
    assert!((theirs - case.result.energy).abs() <= noise, "{}: its actions cost {theirs}", case.id);
    assert!((energy - case.result.energy - apart).abs() <= noise, "{}: {apart} explained", case.id);
}
