//! Energy reference tables: what they price, what of them has no meaning, what is missing.

use formats::accelergy::parse;
use model::arch::StageId;
use model::{Action, Unit, archs};

const TABLE: &str = "\
ERT:
  version: '0.4'
  tables:
  - name: system.DRAM[1..1]
    actions:
    - {name: read, arguments: {}, energy: 512.0}
    - {name: write, arguments: {}, energy: 510.5}
    - {name: leak, arguments: {}, energy: 0.25}
  - name: system.GLB[1..1]
    actions:
    - {name: read, energy: 12}
    - {name: write, energy: 13}
    - {name: gated_read, energy: 0.5}
  - name: system.chip.MAC[0..167]
    actions:
    - {name: mac_random, energy: 2.2}
  - name: system.chip.tap
    actions:
    - {name: idle, energy: 0.1}
";

#[test]
fn a_table_prices_an_arch() {
    let priced = parse("tables/ERT.yaml", TABLE, &archs::two_levels()).unwrap_or_else(|errors| panic!("{errors}"));
    let (dram, glb) = (StageId(0), StageId(1));
    let prices = [Action::Read(dram), Action::Write(dram), Action::Read(glb), Action::Write(glb), Action::Compute];
    assert_eq!(prices.map(|action| priced.arch.price(action).unwrap()), [512.0, 510.5, 12.0, 13.0, 2.2]);
    assert_eq!(priced.arch.source(Action::Compute), Some("ERT.yaml: mac_random"));
    assert_eq!(priced.arch.provenance().unit, Unit::Picojoule);
    let notes: Vec<String> = priced.notes.iter().map(ToString::to_string).collect();
    assert_eq!(
        notes,
        [
            "tables/ERT.yaml:8:7: ERT.tables.0.actions.2: leakage is not counted: the energy is that of actions alone",
            "tables/ERT.yaml:13:7: ERT.tables.1.actions.2: \"GLB\" gated_read is no action of the architecture",
            "tables/ERT.yaml:19:7: ERT.tables.3.actions.0: \"tap\" idle is no action of the architecture",
        ]
    );
}

#[test]
fn what_is_missing_is_an_error() {
    let errors =
        parse("ERT.yaml", TABLE, &archs::open_eyeriss()).expect_err("no prices of the scratchpads").to_string();
    for spad in ["ifmap", "filter", "psum"] {
        for action in ["read", "write"] {
            let message = format!("found no price of \"{spad} spad\" {action}");
            assert!(errors.contains(&message), "{message}: {errors}");
        }
    }
    let negative = TABLE.replace("12", "-12");
    let errors = parse("ERT.yaml", &negative, &archs::two_levels()).expect_err("a negative price").to_string();
    assert!(errors.contains("ERT.yaml:11:28"), "{errors}");
    assert!(errors.contains("expected an energy in pJ of at least 0"), "{errors}");
    let typo = TABLE.replace("actions:\n    - {name: idle", "action:\n    - {name: idle");
    let errors = parse("ERT.yaml", &typo, &archs::two_levels()).expect_err("a wrong key").to_string();
    assert!(errors.contains("key \"action\""), "{errors}");
}
