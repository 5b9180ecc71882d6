//! The README's examples are what the program prints: each line of a block, in order, `...` for what is left out.

use assert_cmd::Command;

/// The block below `<!-- output of: stationary ARGUMENTS -->`, beside what the program says.
fn check(arguments: &[&str]) {
    let readme = include_str!("../../../README.md");
    let command: String = ["stationary"].iter().chain(arguments).copied().collect::<Vec<_>>().join(" ");
    let (_, rest) = readme
        .split_once(&format!("<!-- output of: {command} -->\n```text\n"))
        .unwrap_or_else(|| panic!("the README has no block of {command}"));
    let (block, _) = rest.split_once("```").expect("the block ends");
    let output = Command::cargo_bin("stationary").expect("the program is built").args(arguments).output();
    let output = String::from_utf8(output.expect("it runs").stdout).expect("it prints text");
    let mut lines = output.lines();
    for expected in block.lines().filter(|line| *line != "...") {
        assert!(lines.any(|line| line == expected), "not printed, or not in this order: {expected}\n{output}");
    }
}

#[test]
fn the_front_page_example_is_true() {
    check(&[]);
}

#[test]
fn the_example_of_a_mapping_is_true() {
    check(&["map", "alexnet", "--layer", "conv5"]);
}
