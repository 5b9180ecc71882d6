//! Every file of the library, and what the writers write, obeys the schemas; what is damaged does not.
//!
//! The validator knows the part of JSON Schema (draft 2020-12) that the schemas use, and fails on any other keyword.

use formats::Limits;
use formats::spec::node::{Kind, Node, Scalar};
use formats::spec::{self, DescriptionKind, schema};
use model::{Mapping, archs};
use nn::problem::Problem;
use nn::{ConvShape, Operand, Pad};
use serde_json::{Map, Value};
use stationary::library::{ARCHS, DATAFLOWS};
use std::path::Path;

/// A tree as JSON: plain scalars are what YAML's core schema makes of them.
fn json(node: &Node) -> Value {
    match &node.kind {
        Kind::Scalar(Scalar { text, plain: true, .. }) => match text.as_str() {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            "" | "~" | "null" => Value::Null,
            text => match (text.parse::<u64>(), text.parse::<f64>()) {
                (Ok(number), _) => Value::from(number),
                (_, Ok(number)) => Value::from(number),
                _ => Value::from(text),
            },
        },
        Kind::Scalar(scalar) => Value::from(scalar.text.as_str()),
        Kind::List(nodes) => nodes.iter().map(json).collect(),
        Kind::Map(entries) => Value::Object(entries.iter().map(|(k, v)| (k.name.clone(), json(v))).collect()),
    }
}

struct Validator {
    root: Value,
}

/// Keywords that say nothing of what is valid.
const REMARKS: [&str; 7] = ["$schema", "title", "description", "$defs", "format", "default", "minimum"];

impl Validator {
    fn new(kind: DescriptionKind) -> Self {
        Validator { root: serde_json::from_str(&schema(kind)).expect("a schema is JSON") }
    }

    fn check(&self, schema: &Value, value: &Value, at: &str) -> Result<(), String> {
        let Value::Object(schema) = schema else {
            return if schema == &Value::Bool(false) { Err(format!("{at}: not allowed")) } else { Ok(()) };
        };
        for (keyword, rule) in schema {
            let obeyed = match keyword.as_str() {
                "$ref" => {
                    let name = rule.as_str().and_then(|path| path.strip_prefix("#/$defs/")).expect("a definition");
                    self.check(&self.root["$defs"][name], value, at)?;
                    true
                }
                "type" => is(rule, value),
                "const" => rule == value,
                "enum" => rule.as_array().is_some_and(|values| values.contains(value)),
                "anyOf" | "oneOf" => {
                    let ways: Vec<Result<(), String>> =
                        rule.as_array().expect("ways").iter().map(|way| self.check(way, value, at)).collect();
                    if ways.iter().all(Result::is_err) {
                        // The way that comes closest fails deepest.
                        let errors = ways.into_iter().filter_map(Result::err);
                        return Err(errors
                            .max_by_key(|error| error.split(':').next().map(str::len))
                            .unwrap_or_default());
                    }
                    true
                }
                "required" => {
                    let names = rule.as_array().expect("names").iter().filter_map(Value::as_str);
                    let missing: Vec<&str> = names.filter(|name| value.get(name).is_none()).collect();
                    missing.is_empty() || !value.is_object()
                }
                "properties" | "additionalProperties" => {
                    self.entries(schema, keyword == "properties", value, at)?;
                    true
                }
                "items" => {
                    for (i, item) in value.as_array().into_iter().flatten().enumerate() {
                        self.check(rule, item, &format!("{at}.{i}"))?;
                    }
                    true
                }
                "minItems" => value.as_array().is_none_or(|items| items.len() as u64 >= rule.as_u64().unwrap_or(0)),
                "maxItems" => value.as_array().is_none_or(|items| items.len() as u64 <= rule.as_u64().unwrap_or(0)),
                "minProperties" => value.as_object().is_none_or(|map| map.len() as u64 >= rule.as_u64().unwrap_or(0)),
                "maxProperties" => value.as_object().is_none_or(|map| map.len() as u64 <= rule.as_u64().unwrap_or(0)),
                keyword if REMARKS.contains(&keyword) => true,
                keyword => panic!("the validator does not know {keyword:?}"),
            };
            if !obeyed {
                return Err(format!("{at}: {value} against {keyword} {rule}"));
            }
        }
        Ok(())
    }

    fn entries(&self, schema: &Map<String, Value>, named: bool, value: &Value, at: &str) -> Result<(), String> {
        for (key, item) in value.as_object().into_iter().flatten() {
            let at = format!("{at}.{key}");
            match schema.get("properties").and_then(|properties| properties.get(key)) {
                Some(property) if named => self.check(property, item, &at)?,
                None if !named => self.check(&schema["additionalProperties"], item, &at)?,
                _ => {}
            }
        }
        Ok(())
    }
}

fn is(types: &Value, value: &Value) -> bool {
    let is = |name: &str| match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "number" => value.is_number(),
        "integer" => value.is_u64() || value.is_i64(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        name => panic!("no type {name}"),
    };
    match types {
        Value::Array(types) => types.iter().filter_map(Value::as_str).any(is),
        one => one.as_str().is_some_and(is),
    }
}

fn validate(kind: DescriptionKind, text: &str) -> Result<(), String> {
    let tree = spec::parse(Path::new("a.yaml"), text, &Limits::default()).map_err(|errors| errors.to_string())?;
    let validator = Validator::new(kind);
    validator.check(&validator.root, &json(&tree), "")
}

#[test]
fn the_library_obeys_the_schemas() {
    for description in ARCHS {
        assert_eq!(validate(DescriptionKind::Arch, description.text), Ok(()), "{}", description.name);
    }
    for description in DATAFLOWS {
        assert_eq!(validate(DescriptionKind::Constraints, description.text), Ok(()), "{}", description.name);
    }
}

#[test]
fn what_is_written_obeys_the_schemas() {
    let one = [1, 1];
    let shape = ConvShape {
        n: 1,
        groups: 1,
        m: 2,
        c: 2,
        h: 5,
        w: 5,
        r: 3,
        s: 3,
        stride: [2, 1],
        pad: Pad::default(),
        dilation: one,
    };
    let conv = Problem::conv(&shape).unwrap();
    let einsum = "einsum: {dims: {P: 4, R: 3}, ifmap: [2*P + R], filter: [R], psum: [P]}";
    let einsum = spec::parse_problem(Path::new("p.yaml"), einsum).unwrap();
    let problems =
        [conv.clone(), Problem::matmul(2, 3, 4).unwrap(), Problem::fully_connected(2, 3, 4).unwrap(), einsum];
    for problem in &problems {
        assert_eq!(validate(DescriptionKind::Problem, &spec::write_problem(problem)), Ok(()));
    }
    let arch = archs::open_eyeriss();
    assert_eq!(validate(DescriptionKind::Arch, &spec::write_arch(&arch)), Ok(()));
    let keeps = Operand::ALL.map(|operand| model::Node::Keep { memory: model::arch::StageId(0), operand });
    let loops = conv.dims().map(|dim| model::Node::Temporal { dim, tile: 1 });
    let mapping = Mapping { nodes: keeps.into_iter().chain(loops).collect() };
    assert_eq!(validate(DescriptionKind::Mapping, &spec::write_mapping(&conv, &arch, &mapping)), Ok(()));
}

#[test]
fn what_is_wrong_does_not() {
    let cases = [
        (DescriptionKind::Arch, "arch: a\nstages: [{memory: M, capcity: 3 words}, {compute: MAC}]"),
        (DescriptionKind::Arch, "arch: a\nstages: [{fanout: F, X: 3, network: [multicst]}, {compute: MAC}]"),
        (DescriptionKind::Arch, "stages: []"),
        (DescriptionKind::Problem, "matmul: {M: 3, N: 4}"),
        (DescriptionKind::Problem, "conv: {M: 3, C: 4, P: 3, Q: 3, R: 3, S: 3, stride: fast, T: 3}"),
        (DescriptionKind::Mapping, "mapping: [{for: {M: 3}, keep: {DRAM: all}}]"),
        (DescriptionKind::Mapping, "mapping: [{for: {M: [3]}}]"),
        (DescriptionKind::Constraints, "constraints: c\nrules: [{stationary: filters}]"),
    ];
    for (kind, text) in cases {
        assert!(validate(kind, text).is_err(), "{text}");
    }
}
