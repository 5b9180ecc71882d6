//! A message that was read: its fields in file order, messages with their places, bulk data still in the file's bytes.

use std::borrow::Cow;

use super::schema::{Field, Kind, MessageType};
use super::wire;
use crate::error::Position;

/// A message of a known type. Accessors take the names of the schema's table.
#[derive(Clone, Debug)]
pub(crate) struct Message<'a> {
    /// Its type.
    pub kind: &'static MessageType,
    /// Where it begins.
    pub position: Position,
    /// Its fields in file order.
    pub entries: Vec<Entry<'a>>,
}

/// One occurrence of a field.
#[derive(Clone, Debug)]
pub(crate) struct Entry<'a> {
    /// Which field.
    pub field: &'static Field,
    /// Its value.
    pub value: Value<'a>,
}

/// The value of a field.
#[derive(Clone, Debug)]
pub(crate) enum Value<'a> {
    /// Integers, booleans and enumerations.
    Int(i64),
    /// Both floating-point kinds.
    Float(f64),
    /// Text (checked to be UTF-8) and bytes.
    Bytes(Cow<'a, [u8]>),
    /// A message.
    Message(Message<'a>),
    /// Packed numbers of a repeated field, checked to be whole.
    Packed(&'a [u8]),
}

impl<'a> Message<'a> {
    fn entries(&self, name: &'static str) -> impl DoubleEndedIterator<Item = &Entry<'a>> {
        debug_assert!(self.kind.named(name).is_some(), "{} has no field {name}", self.kind.name);
        self.entries.iter().filter(move |entry| entry.field.name == name)
    }

    /// The last occurrence of a field.
    pub fn entry(&self, name: &'static str) -> Option<&Entry<'a>> {
        self.entries(name).next_back()
    }

    /// All messages in a field.
    pub fn messages(&self, name: &'static str) -> impl Iterator<Item = &Message<'a>> {
        self.entries(name).filter_map(|entry| match &entry.value {
            Value::Message(message) => Some(message),
            _ => None,
        })
    }

    /// The message in a field.
    pub fn message(&self, name: &'static str) -> Option<&Message<'a>> {
        self.messages(name).last()
    }

    /// An integer, boolean or enumeration.
    pub fn int(&self, name: &'static str) -> Option<i64> {
        match self.entry(name)?.value {
            Value::Int(value) => Some(value),
            _ => None,
        }
    }

    /// A boolean, or `default`.
    pub fn flag(&self, name: &'static str, default: bool) -> bool {
        self.int(name).map_or(default, |value| value != 0)
    }

    /// A number.
    pub fn float(&self, name: &'static str) -> Option<f64> {
        match self.entry(name)?.value {
            Value::Float(value) => Some(value),
            _ => None,
        }
    }

    /// Bytes.
    pub fn bytes(&self, name: &'static str) -> Option<&[u8]> {
        match &self.entry(name)?.value {
            Value::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// Text; empty when the field is absent, as protobuf has it.
    pub fn text(&self, name: &'static str) -> &str {
        self.bytes(name).map_or("", as_text)
    }

    /// All texts of a field.
    pub fn texts(&self, name: &'static str) -> Vec<&str> {
        let texts = self.entries(name).filter_map(|entry| match &entry.value {
            Value::Bytes(bytes) => Some(as_text(bytes)),
            _ => None,
        });
        texts.collect()
    }

    /// How many numbers a repeated field holds.
    pub fn count(&self, name: &'static str) -> u64 {
        let width = |entry: &Entry| match (&entry.value, entry.field.kind) {
            (Value::Packed(bytes), Kind::Float) => bytes.len() as u64 / 4,
            (Value::Packed(bytes), Kind::Double) => bytes.len() as u64 / 8,
            (Value::Packed(bytes), _) => bytes.iter().filter(|&byte| byte & 0x80 == 0).count() as u64,
            _ => 1,
        };
        self.entries(name).map(width).sum()
    }

    /// All integers of a field. Callers check [`Message::count`] where it could be large.
    pub fn ints(&self, name: &'static str) -> Vec<i64> {
        let mut ints = Vec::new();
        for entry in self.entries(name) {
            match entry.value {
                Value::Int(value) => ints.push(value),
                Value::Packed(bytes) => ints.extend(wire::packed_ints(bytes)),
                _ => {}
            }
        }
        ints
    }

    /// All numbers of a field. Callers check [`Message::count`] where it could be large.
    pub fn floats(&self, name: &'static str) -> Vec<f32> {
        let mut floats = Vec::new();
        for entry in self.entries(name) {
            match (&entry.value, entry.field.kind) {
                (Value::Float(value), _) => floats.push(*value as f32),
                (Value::Packed(bytes), Kind::Double) => {
                    floats.extend(bytes.as_chunks().0.iter().map(|&chunk| f64::from_le_bytes(chunk) as f32));
                }
                (Value::Packed(bytes), _) => {
                    floats.extend(bytes.as_chunks().0.iter().map(|&chunk| f32::from_le_bytes(chunk)));
                }
                _ => {}
            }
        }
        floats
    }
}

/// Text fields were checked when they were read; other bytes are text only where the format says so.
fn as_text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap_or("\u{fffd}")
}
