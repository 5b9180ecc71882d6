//! JSON schemas of the descriptions, with which editors complete and check them.
//!
//! The types here are what is typed; their comments are what an editor shows. They only describe: the readers walk the
//! tree themselves, to find all that is wrong at once. A test holds the two together, key by key.

mod arch;
mod constraints;
mod mapping;
mod problem;

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;

/// A kind of description.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DescriptionKind {
    /// An architecture.
    Arch,
    /// A problem.
    Problem,
    /// A mapping.
    Mapping,
    /// Constraints.
    Constraints,
}

impl DescriptionKind {
    /// All of them.
    pub const ALL: [DescriptionKind; 4] =
        [DescriptionKind::Arch, DescriptionKind::Problem, DescriptionKind::Mapping, DescriptionKind::Constraints];

    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            DescriptionKind::Arch => "arch",
            DescriptionKind::Problem => "problem",
            DescriptionKind::Mapping => "mapping",
            DescriptionKind::Constraints => "constraints",
        }
    }
}

/// The schema of a kind of description, as a JSON document (JSON Schema, draft 2020-12).
pub fn schema(kind: DescriptionKind) -> String {
    let generator = SchemaSettings::draft2020_12().into_generator();
    let schema = match kind {
        DescriptionKind::Arch => generator.into_root_schema_for::<arch::Arch>(),
        DescriptionKind::Problem => generator.into_root_schema_for::<problem::Problem>(),
        DescriptionKind::Mapping => generator.into_root_schema_for::<mapping::Mapping>(),
        DescriptionKind::Constraints => generator.into_root_schema_for::<constraints::Constraints>(),
    };
    format!("{:#}\n", schema.as_value())
}

/// A number, or an expression with units over the description's variables, such as `108 KiB` or `pes / 2`.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[expect(dead_code, reason = "the type only describes")]
enum Quantity {
    Number(f64),
    Expression(String),
}

/// An operand; `input`, `weight` and `output` are other words for them.
#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
#[expect(dead_code, reason = "the type only describes")]
enum Operand {
    Ifmap,
    Filter,
    Psum,
    Input,
    Weight,
    Output,
}

/// All operands.
#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
#[expect(dead_code, reason = "the type only describes")]
enum Every {
    All,
}

/// Operands: a list, one, or `all`.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[expect(dead_code, reason = "the type only describes")]
enum Operands {
    All(Every),
    One(Operand),
    List(Vec<Operand>),
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use super::*;
    use crate::spec::{arch, constraints, layers, mapping, problem};

    /// The keys that a type of a schema has; the root's without a name.
    fn keys(kind: DescriptionKind, name: &str) -> BTreeSet<String> {
        let schema: Value = serde_json::from_str(&schema(kind)).expect("JSON");
        let of = if name.is_empty() { &schema } else { &schema["$defs"][name] };
        assert_eq!(of["additionalProperties"], Value::Bool(false), "{name}");
        of["properties"].as_object().expect("properties").keys().cloned().collect()
    }

    /// The readers and the schemas know the same keys.
    #[test]
    fn schemas_have_the_keys_that_are_read() {
        use DescriptionKind::{Arch, Constraints, Mapping, Problem};
        let cases: [(DescriptionKind, &str, &[&str]); 10] = [
            (Arch, "", &arch::KEYS),
            (Arch, "Memory", &arch::MEMORY_KEYS),
            (Arch, "Fanout", &arch::FANOUT_KEYS),
            (Arch, "Compute", &arch::COMPUTE_KEYS),
            (Problem, "", &problem::KEYS),
            (Problem, "Conv", &problem::CONV_KEYS),
            (Mapping, "", &layers::KEYS),
            (Mapping, "Layer", &layers::LAYER_KEYS),
            (Mapping, "Item", &mapping::ITEM_KEYS),
            (Constraints, "", &constraints::KEYS),
        ];
        for (kind, name, read) in cases {
            assert_eq!(keys(kind, name), read.iter().map(|key| key.to_string()).collect(), "{kind:?} {name}");
        }
        for (rule, read) in constraints::KINDS {
            let name = format!("{}{}", rule[..1].to_uppercase(), &rule[1..]);
            assert_eq!(keys(Constraints, &name), read.iter().map(|key| key.to_string()).collect(), "{rule}");
        }
    }
}
