//! All studies of published figures, and the page about them: `docs/validation.md` and its figures hold what the code
//! gives today. `INSTA_UPDATE=always cargo test -p stationary --test validation` writes them anew, and so does
//! `stationary validate --write docs`.

use stationary::validation::{STUDIES, Validated, page, whole};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::LazyLock;

static WHOLE: LazyLock<Validated> = LazyLock::new(|| whole(&|_| ()).expect("every study runs"));

#[test]
fn no_bar_is_broken() {
    assert!(!WHOLE.verdicts.is_empty() && !WHOLE.fails(), "{}", WHOLE.document.text());
}

/// Programs find every study in the JSON document, and a table for each number of the overview.
#[test]
fn programs_read_all_of_it() {
    let json = WHOLE.document.json().expect("a document is JSON");
    let value: serde_json::Value = serde_json::from_str(&json).expect("what is written is JSON");
    assert_eq!(value["tables"]["overview"].as_array().map(Vec::len), Some(STUDIES.len()));
    assert!(value["tables"]["eyeriss"].as_array().is_some_and(|rows| rows.len() == 6 * (5 + 13)));
    let csv = WHOLE.document.csv();
    assert_eq!(csv.lines().count(), 1 + STUDIES.len(), "{csv}");
}

#[test]
fn the_page_is_up_to_date() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs");
    let files = page(&WHOLE.document);
    if std::env::var_os("INSTA_UPDATE").is_some_and(|how| how == "always") {
        for (name, content) in &files {
            std::fs::create_dir_all(docs.join(name).parent().expect("a folder")).expect("the folder can be made");
            std::fs::write(docs.join(name), content).expect("the page can be written");
        }
    }
    for (name, content) in &files {
        let kept = std::fs::read_to_string(docs.join(name)).unwrap_or_default();
        assert!(kept == *content, "docs/{name} is not what the code gives today");
    }
    let figures = std::fs::read_dir(docs.join("validation")).expect("the page has figures");
    let kept: BTreeSet<String> =
        figures.map(|file| format!("validation/{}", file.expect("a file").file_name().to_string_lossy())).collect();
    let given: BTreeSet<String> = files.into_iter().map(|(name, _)| name).filter(|name| name.contains('/')).collect();
    assert_eq!(kept, given, "docs/validation holds the figures of the page and nothing else");
}
