//! The tree that descriptions are read into: places, aliases, merges, and what is refused before any meaning.

use std::fmt::Write;
use std::path::Path;

use formats::Limits;
use formats::spec::node::{Kind, Node, Span};
use formats::spec::parse;

fn tree(text: &str) -> Node {
    parse(Path::new("a.yaml"), text, &Limits::default()).expect("a tree")
}

fn refusal(text: &str) -> String {
    parse(Path::new("a.yaml"), text, &Limits::default()).expect_err("a refusal").to_string()
}

fn span(line: u32, column: u32) -> Span {
    Span { line, column }
}

#[test]
fn every_node_and_key_knows_its_place() {
    let root = tree("# a comment\na:\n  b: [1, \"two\", ü]\n  c: {d: x}\n");
    assert_eq!(root.span, span(2, 1));
    let a = root.get("a").expect("a");
    let (key, b) = &a.map().expect("a map")[0];
    assert_eq!((key.name.as_str(), key.span), ("b", span(3, 3)));
    let items = b.list().expect("a list");
    let places: Vec<_> = items.iter().map(|node| (node.text().expect("text"), node.span)).collect();
    assert_eq!(places, [("1", span(3, 7)), ("two", span(3, 10)), ("ü", span(3, 17))]);
    // Inside a text: quotes are counted, escapes are not guessed.
    assert_eq!(items[1].at(2), span(3, 13));
    assert_eq!(tree("\"a\\tb\"").at(2), span(1, 1));
    assert_eq!(a.get("c").and_then(|c| c.get("d")).map(|d| d.span), Some(span(4, 10)));
}

#[test]
fn json_is_read_by_the_same_reader() {
    let json = "{\n\t\"a\": {\"b\": [1, \"two\"]},\n\t\"c\": null, \"d\": \"\\u00fc\"\n}";
    let root = tree(json);
    assert_eq!(root.get("a").and_then(|a| a.get("b")).and_then(Node::list).map(<[Node]>::len), Some(2));
    assert!(root.get("c").is_some_and(Node::is_null));
    assert_eq!(root.get("d").and_then(Node::text), Some("ü"));
    assert_eq!(root.get("d").map(|d| d.span), Some(span(3, 18)));
}

#[test]
fn aliases_are_expanded_and_merged() {
    let root = tree("base: &b {x: 1, y: 2}\none: *b\ntwo: {<<: *b, x: 3}\nthree:\n  <<: [*b, {z: 4}]\n");
    let text = |map: &str, key: &str| root.get(map).and_then(|m| m.get(key)).and_then(Node::text);
    assert_eq!([text("one", "x"), text("one", "y")], [Some("1"), Some("2")]);
    assert_eq!([text("two", "x"), text("two", "y")], [Some("3"), Some("2")]);
    assert_eq!([text("three", "x"), text("three", "z")], [Some("1"), Some("4")]);
    assert_eq!(root.get("two").and_then(Node::map).map(<[_]>::len), Some(2));
    let Kind::Map(entries) = &tree("!Component {a: !!str 1}").kind else { panic!("no map") };
    assert_eq!(entries[0].1.tag, None);
    assert_eq!(tree("!Component {a: 1}").tag.as_deref(), Some("!Component"));
}

/// Each level names the one before ten times.
fn bomb() -> String {
    let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for i in 1..12 {
        let alias = format!("*a{}", i - 1);
        let _ = writeln!(text, "a{i}: &a{i} [{}]", [alias.as_str(); 10].join(", "));
    }
    text
}

#[test]
fn refused_trees() {
    let long = format!("{}: 1", "k".repeat(2000));
    let cases = [
        ("empty", String::new()),
        ("only a comment", "# nothing\n".into()),
        ("a bomb of aliases", bomb()),
        ("an alias of itself", "a: &a [*a]".into()),
        ("an alias of nothing", "a: *b".into()),
        ("nested too deeply", format!("a: {}", "[".repeat(40))),
        ("nested too deeply in blocks", (0..40).map(|i| format!("{}a:\n", " ".repeat(i))).collect()),
        (
            "nested too deeply by aliases",
            (0..40)
                .fold("a0: &b0 [x]\n".into(), |text: String, i| text + &format!("a{}: &b{} [*b{i}]\n", i + 1, i + 1)),
        ),
        ("not closed", "a: {b: 1".into()),
        ("keys twice", "a: 1\nb: {c: 1, c: 2}\na: 3\n".into()),
        ("a key that is a list", "[1, 2]: 3".into()),
        ("a merge of a number", "a: {<<: 1}".into()),
        ("two documents", "a: 1\n---\nb: 2\n".into()),
        ("a long key", long),
        ("tabs", "a:\n\tb: 1".into()),
        ("a null byte", "a: \0".into()),
    ];
    let mut messages = String::new();
    for (case, text) in cases {
        let _ = writeln!(messages, "{case}\n  {}", refusal(&text).replace('\n', "\n  "));
    }
    let small = Limits { file_bytes: 10, ..Limits::default() };
    let large = parse(Path::new("a.yaml"), "a: [1, 2, 3, 4]", &small).expect_err("a refusal");
    let _ = writeln!(messages, "too large\n  {large}");
    insta::assert_snapshot!(messages);
}
