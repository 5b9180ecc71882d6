//! The README's example is what the program prints: each line of its block, in order, `...` for what is left out.

use assert_cmd::Command;

#[test]
fn the_front_page_example_is_true() {
    let readme = include_str!("../../../README.md");
    let (_, rest) = readme.split_once("<!-- output of: stationary -->\n```text\n").expect("the README has the block");
    let (block, _) = rest.split_once("```").expect("the block ends");
    let output = Command::cargo_bin("stationary").expect("the program is built").output().expect("it runs");
    let output = String::from_utf8(output.stdout).expect("it prints text");
    let mut lines = output.lines();
    for expected in block.lines().filter(|line| *line != "...") {
        assert!(lines.any(|line| line == expected), "not printed, or not in this order: {expected}\n{output}");
    }
}
