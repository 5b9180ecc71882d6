//! Reports as files: the page and the figures of `stationary map`, and the ways in which studies print.
//!
//! Snapshots are blessed with `INSTA_UPDATE=always cargo test -p stationary --test reports`.

use assert_cmd::Command;
use std::fs;
use std::path::{Path, PathBuf};

fn folder(test: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("reports").join(test);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

fn run(folder: &Path, arguments: &[&str], threads: &str, status: i32) -> (String, String) {
    let mut command = Command::cargo_bin("stationary").unwrap();
    let command = command.current_dir(folder).args(arguments).env("RAYON_NUM_THREADS", threads);
    let output = command.assert().code(status).get_output().clone();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (text(output.stdout), text(output.stderr))
}

/// What a reader finds on a page, in order: headings, captions, titles of figures, folded parts.
fn skeleton(page: &str) -> String {
    let mut lines = Vec::new();
    for part in page.split('<') {
        let (tag, text) = part.split_once('>').unwrap_or((part, ""));
        let name = tag.split(' ').next().unwrap_or(tag);
        // Bold words of a figure are its title; the titles of its parts are for a pointer.
        let shown = ["h1", "h2", "caption", "summary", "figcaption"].contains(&name) || tag.contains("bold");
        if shown && !text.is_empty() {
            lines.push(format!("{name}: {text}"));
        }
    }
    lines.join("\n")
}

#[test]
fn a_network_as_a_page() {
    let folder = folder("network");
    let arguments = ["map", "alexnet", "--arch", "two-level", "--report", "page.html", "--svg", "figures"];
    let (text, _) = run(&folder, &arguments, "2", 0);
    let page = fs::read_to_string(folder.join("page.html")).unwrap();
    insta::assert_snapshot!("page_of_a_network", skeleton(&page));
    assert_eq!(page.matches("<pre>").count(), 8, "each layer has its nest");
    assert!(page.contains("Chen, Emer, Sze, ISCA 2016") && page.contains("sha256"), "prices have sources");
    let mut names: Vec<String> = fs::read_dir(folder.join("figures"))
        .unwrap()
        .map(|file| file.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    assert_eq!(names, ["energy_by_level.svg", "energy_by_operand.svg", "roofline.svg"]);
    for name in names {
        let figure = fs::read_to_string(folder.join("figures").join(name)).unwrap();
        assert!(page.contains(&figure), "the page has the figure inline");
    }
    // What is printed is the same as without a page, and the page the same on one thread.
    assert_eq!(run(&folder, &arguments[..4], "2", 0).0, text);
    run(&folder, &arguments, "1", 0);
    assert!(fs::read_to_string(folder.join("page.html")).unwrap() == page);
}

#[test]
fn a_front_as_a_page() {
    let folder = folder("front");
    let arguments = ["map", "matmul:8,8,8", "--objective", "pareto", "--report", "page.html"];
    run(&folder, &arguments, "2", 0);
    let page = fs::read_to_string(folder.join("page.html")).unwrap();
    insta::assert_snapshot!("page_of_a_front", skeleton(&page));
}

/// A layer that does not fit has its reason on the page, which is written all the same.
#[test]
fn what_does_not_fit_is_on_the_page() {
    let folder = folder("finding");
    let small = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("archs/two-level.yaml")).unwrap();
    assert!(small.contains("capacity: 108 KiB"), "{small}");
    fs::write(folder.join("small.yaml"), small.replace("capacity: 108 KiB", "capacity: 2 words")).unwrap();
    run(&folder, &["map", "matmul:8,8,8", "--arch", "small.yaml", "--report", "page.html"], "2", 1);
    let page = fs::read_to_string(folder.join("page.html")).unwrap();
    assert!(page.contains("no mapping fits: "), "{page}");
}

/// What cannot be written is refused before anything takes long.
#[test]
fn bad_usage() {
    let folder = folder("refusals");
    fs::write(folder.join("file"), "").unwrap();
    let refused = [
        (&["--report", "nowhere/page.html"][..], "found no folder nowhere"),
        (&["--report", "."], "found a folder, expected a file"),
        (&["--svg", "file"], "found a file, expected a folder"),
        (&["--write", "file"], "found a file, expected a folder"),
        (&["--json", "--csv"], "--json"),
    ];
    for (arguments, expected) in refused {
        let (_, said) = run(&folder, &[&["validate"], arguments].concat(), "2", 2);
        assert!(said.contains(expected), "{arguments:?}: {said}");
    }
    let (_, made) = run(&folder, &["map", "matmul:8,8,8", "--svg", "file/under"], "2", 2);
    assert!(made.contains("file/under"), "{made}");
}

/// A study as programs read it, with a page beside.
#[test]
fn a_study_with_a_page() {
    let folder = folder("study");
    let arguments = ["validate", "platforms", "--csv", "--report", "page.html"];
    let (csv, _) = run(&folder, &arguments, "2", 0);
    assert!(csv.starts_with("what,unit,published,ours,error,tolerance,verdict,source\n"), "{csv}");
    assert!(fs::read_to_string(folder.join("page.html")).unwrap().contains("<svg"));
    let (json, _) = run(&folder, &["validate", "platforms", "--json"], "1", 0);
    let value: serde_json::Value = serde_json::from_str(&json).unwrap();
    let checks = value["tables"]["platform_checks"].as_array().unwrap();
    assert_eq!(checks.len() + 1, csv.lines().count());
}
