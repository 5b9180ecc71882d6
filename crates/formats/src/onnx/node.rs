//! One node of an ONNX graph, and its attributes.

use super::tensor::{self, Budget, Constant};
use super::{describe, full_name};
use crate::error::{Error, Place, quoted};
use crate::limits::{check, show};
use crate::proto::Message;

/// Most numbers in one attribute.
const MOST_NUMBERS: u64 = 1 << 16;

/// A node as the file has it.
pub(super) struct Node<'m> {
    message: &'m Message<'m>,
    /// Where it is, for errors.
    pub place: Place,
    /// Its operator, with the domain when that is not the standard one.
    pub operator: String,
    /// Its name, or when it has none that of its first output.
    pub name: &'m str,
    /// Names of the values it reads; empty where an optional one is left out.
    pub inputs: Vec<&'m str>,
    /// Names of the values it gives; empty where an optional one is left out.
    pub outputs: Vec<&'m str>,
}

impl<'m> Node<'m> {
    /// The node that `message` describes, the `index`th of the graph in `file`.
    pub fn new(message: &'m Message<'m>, index: usize, file: &Place) -> Self {
        let outputs = message.texts("output");
        let operator = full_name(message.text("domain"), message.text("op_type"));
        let name = match message.text("name") {
            "" => outputs.first().copied().unwrap_or(""),
            name => name,
        };
        let place = file.at(message.position).item(describe(index, name, &operator));
        Node { message, place, operator, name, inputs: message.texts("input"), outputs }
    }

    /// The name of an input; `None` when it is left out.
    pub fn input(&self, index: usize) -> Option<&'m str> {
        self.inputs.get(index).copied().filter(|name| !name.is_empty())
    }

    /// Refuses attributes other than `known`, which would change the meaning in a way nobody here knows.
    pub fn check_attributes(&self, known: &[&'static str]) -> Result<(), Error> {
        for attribute in self.message.messages("attribute") {
            let name = attribute.text("name");
            if !known.contains(&name) {
                let expected = if known.is_empty() { "none".into() } else { known.join(", ") };
                let error = self.unusable(format!("attribute {}", quoted(name)), expected);
                return Err(error.near(name, known.iter().copied()));
            }
        }
        Ok(())
    }

    /// Whether the attribute is there.
    pub fn has(&self, name: &str) -> bool {
        self.attribute(name).is_some()
    }

    fn attribute(&self, name: &str) -> Option<&'m Message<'m>> {
        self.message.messages("attribute").find(|attribute| attribute.text("name") == name)
    }

    /// An integer attribute.
    pub fn int(&self, name: &str) -> Option<i64> {
        self.attribute(name).map(|attribute| attribute.int("i").unwrap_or(0))
    }

    /// A number attribute.
    pub fn float(&self, name: &str) -> Option<f32> {
        self.attribute(name).map(|attribute| attribute.float("f").unwrap_or(0.0) as f32)
    }

    /// A text attribute.
    pub fn text(&self, name: &str) -> Option<&'m str> {
        let bytes = self.attribute(name)?.bytes("s").unwrap_or_default();
        Some(std::str::from_utf8(bytes).unwrap_or("\u{fffd}"))
    }

    /// A list of integers.
    pub fn ints(&self, name: &str) -> Result<Option<Vec<i64>>, Error> {
        let Some(attribute) = self.attribute(name) else {
            return Ok(None);
        };
        check(&self.place, "numbers in an attribute", attribute.count("ints"), MOST_NUMBERS)?;
        Ok(Some(attribute.ints("ints")))
    }

    /// A list of numbers.
    pub fn floats(&self, name: &str) -> Result<Option<Vec<f32>>, Error> {
        let Some(attribute) = self.attribute(name) else {
            return Ok(None);
        };
        check(&self.place, "numbers in an attribute", attribute.count("floats"), MOST_NUMBERS)?;
        Ok(Some(attribute.floats("floats")))
    }

    /// A tensor.
    pub fn tensor(&self, name: &str, budget: &mut Budget) -> Result<Option<Constant>, Error> {
        let tensor = self.attribute(name).and_then(|attribute| attribute.message("t"));
        tensor.map(|tensor| tensor::read(tensor, &self.place, budget, None)).transpose()
    }

    /// A list of `N` sizes of at least `least`, or `default`.
    pub fn sizes<const N: usize>(&self, name: &str, least: i64, default: Option<usize>) -> Result<[usize; N], Error> {
        let expected = || format!("{N} sizes of at least {least}");
        match (self.ints(name)?, default) {
            (None, Some(default)) => Ok([default; N]),
            (None, None) => Err(self.unusable(format!("no {name}"), expected())),
            (Some(values), _) => {
                let sizes: Option<Vec<usize>> =
                    values.iter().map(|&value| usize::try_from(value).ok().filter(|_| value >= least)).collect();
                let sizes = sizes.and_then(|sizes| <[usize; N]>::try_from(sizes).ok());
                sizes.ok_or_else(|| self.unusable(format!("{name} {}", show(&values)), expected()))
            }
        }
    }

    /// A refusal of this node.
    pub fn unusable(&self, found: impl Into<String>, expected: impl Into<String>) -> Error {
        Error::unusable(self.place.clone(), found, expected)
    }
}
