//! `stationary validate eyeriss` on the command line: exit status, the document, what is refused.

use assert_cmd::Command;
use std::path::{Path, PathBuf};

fn validate(arguments: &[&str]) -> Command {
    let mut command = Command::cargo_bin("stationary").unwrap();
    command.args(["validate", "eyeriss"]).args(arguments);
    command
}

/// Standard error of a command that must refuse.
fn refuses(arguments: &[&str]) -> String {
    let output = validate(arguments).assert().code(2).get_output().clone();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "");
    String::from_utf8(output.stderr).unwrap()
}

/// A fresh folder with an image of noise and a file that is none.
fn folder(test: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(test);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("broken.safetensors"), b"\xff\xff\xff\xff\xff\xff\xff\x7f{}").unwrap();
    std::fs::write(folder.join("notes.txt"), "no photograph").unwrap();
    folder
}

#[test]
fn the_document_says_what_holds() {
    let output = validate(&["--network", "alexnet", "--json"]).assert().code(0).get_output().clone();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(document["holds"], true);
    let alexnet = &document["networks"][0];
    assert_eq!((alexnet["network"].as_str(), alexnet["batch"].as_u64()), (Some("alexnet"), Some(4)));
    assert_eq!(alexnet["layers"].as_array().unwrap().len(), 5);
    let conv1 = &alexnet["layers"][0]["columns"]["total_ms"];
    assert_eq!(conv1["published"], 20.9);
    let error = conv1["ours"].as_f64().unwrap() / 20.9 - 1.0;
    assert!(error.abs() < 0.05, "{conv1}");
    let explained = alexnet["bars"].as_array().unwrap().iter().filter(|bar| bar["verdict"] == "explained");
    for bar in explained.clone() {
        assert!(bar["value"].as_f64() <= bar["bound"].as_f64() && bar["reason"].is_string(), "{bar}");
    }
    assert_eq!(explained.count(), 2);
}

#[test]
fn bad_usage_and_bad_input_are_refused() {
    let folder = folder("validate-refuses");
    let (images, broken) = (folder.to_str().unwrap(), folder.join("broken.safetensors"));
    let unknown = refuses(&["--network", "alexnt"]);
    assert!(unknown.contains("alexnt") && unknown.contains("vgg16"), "{unknown}");
    let lonely = refuses(&["--images", images]);
    assert_eq!(lonely, "error: --images are for trained weights: give --vgg16 or --alexnet as well\n");
    let missing = refuses(&["--vgg16", "nowhere.safetensors", "--images", images]);
    assert!(missing.starts_with("error: nowhere.safetensors: "), "{missing}");
    let corrupt = refuses(&["--alexnet", broken.to_str().unwrap(), "--images", images]);
    assert!(
        corrupt.contains("broken.safetensors: found ") && corrupt.contains("expected a safetensors header"),
        "{corrupt}"
    );
    let imageless = refuses(&["--vgg16", broken.to_str().unwrap()]);
    assert!(imageless.contains("--images"), "{imageless}");
}
