//! The binary form: tags, varints, lengths. Unknown fields are read over.
//!
//! Reading allocates at most a fixed size for each field; strings, bytes and packed numbers stay in the file's bytes.

use std::borrow::Cow;

use super::message::{Entry, Message, Value};
use super::schema::{Field, Kind, MessageType};
use crate::error::{Error, Place, Position};
use crate::limits::{Limits, check};

/// Reads the message that fills `bytes`.
pub(crate) fn read<'a>(
    kind: &'static MessageType,
    bytes: &'a [u8],
    place: &Place,
    limits: &Limits,
) -> Result<Message<'a>, Error> {
    let mut reader = Reader { bytes, offset: 0, place, limits, fields: 0 };
    reader.message(kind, bytes.len(), 0)
}

/// The values of packed varints that were checked to be whole.
pub(super) fn packed_ints(bytes: &[u8]) -> impl Iterator<Item = i64> + '_ {
    bytes
        .split_inclusive(|byte| byte & 0x80 == 0)
        .map(|varint| varint.iter().rev().fold(0u64, |value, byte| value << 7 | u64::from(byte & 0x7f)) as i64)
}

const VARINT: u64 = 0;
const EIGHT_BYTES: u64 = 1;
const LENGTH: u64 = 2;
const FOUR_BYTES: u64 = 5;

struct Reader<'a, 'c> {
    bytes: &'a [u8],
    offset: usize,
    place: &'c Place,
    limits: &'c Limits,
    fields: u64,
}

impl<'a> Reader<'a, '_> {
    fn message(&mut self, kind: &'static MessageType, end: usize, depth: u64) -> Result<Message<'a>, Error> {
        let place = self.place.at(Position::Byte(self.offset));
        check(&place, "messages within messages", depth, self.limits.depth)?;
        let mut message = Message { kind, position: Position::Byte(self.offset), entries: Vec::new() };
        while self.offset < end {
            self.fields += 1;
            check(&place, "fields", self.fields, self.limits.fields)?;
            let start = self.offset;
            let tag = self.varint(end)?;
            let (number, wire_type) = (tag >> 3, tag & 7);
            if number == 0 || number > 0x1fff_ffff {
                return Err(self.malformed(start, format!("field number {number}"), "1 to 536870911"));
            }
            let field = kind.numbered(number as u32);
            match field {
                Some(field) if !matches!(field.kind, Kind::Skipped) => {
                    let value = self.value(kind, field, wire_type, start, end, depth)?;
                    message.entries.push(Entry { field, value });
                }
                _ => self.skip(wire_type, start, end)?,
            }
        }
        Ok(message)
    }

    fn value(
        &mut self,
        kind: &'static MessageType,
        field: &'static Field,
        wire_type: u64,
        start: usize,
        end: usize,
        depth: u64,
    ) -> Result<Value<'a>, Error> {
        let value = match (field.kind, wire_type) {
            (Kind::Int | Kind::Bool | Kind::Enum(_), VARINT) => Value::Int(self.varint(end)? as i64),
            (Kind::Float, FOUR_BYTES) => Value::Float(f64::from(f32::from_le_bytes(self.array(end)?))),
            (Kind::Double, EIGHT_BYTES) => Value::Float(f64::from_le_bytes(self.array(end)?)),
            (Kind::Bytes, LENGTH) => Value::Bytes(Cow::Borrowed(self.slice(end)?)),
            (Kind::Text, LENGTH) => {
                let bytes = self.slice(end)?;
                if std::str::from_utf8(bytes).is_err() {
                    let found = format!("bytes that are not UTF-8 in {}.{}", kind.name, field.name);
                    return Err(self.malformed(start, found, "text"));
                }
                Value::Bytes(Cow::Borrowed(bytes))
            }
            (Kind::Message(kind), LENGTH) => {
                let length = self.length(end)?;
                Value::Message(self.message(kind, self.offset + length, depth + 1)?)
            }
            (Kind::Int | Kind::Bool | Kind::Enum(_) | Kind::Float | Kind::Double, LENGTH) if field.repeated => {
                Value::Packed(self.packed(field, start, end)?)
            }
            _ => {
                let found = format!("wire type {wire_type} in {}.{}", kind.name, field.name);
                return Err(self.malformed(start, found, wire_type_of(field.kind)));
            }
        };
        Ok(value)
    }

    fn packed(&mut self, field: &Field, start: usize, end: usize) -> Result<&'a [u8], Error> {
        let bytes = self.slice(end)?;
        let whole = match field.kind {
            Kind::Float => bytes.len().is_multiple_of(4),
            Kind::Double => bytes.len().is_multiple_of(8),
            _ => {
                let short = bytes.split_inclusive(|byte| byte & 0x80 == 0).all(|varint| varint.len() <= 10);
                short && bytes.last().is_none_or(|byte| byte & 0x80 == 0)
            }
        };
        if whole {
            Ok(bytes)
        } else {
            Err(self.malformed(start, format!("{} bytes of packed {}", bytes.len(), field.name), "whole numbers"))
        }
    }

    fn skip(&mut self, wire_type: u64, start: usize, end: usize) -> Result<(), Error> {
        match wire_type {
            VARINT => self.varint(end).map(drop),
            EIGHT_BYTES => self.array::<8>(end).map(drop),
            LENGTH => self.slice(end).map(drop),
            FOUR_BYTES => self.array::<4>(end).map(drop),
            _ => Err(self.malformed(start, format!("wire type {wire_type}"), "0, 1, 2 or 5")),
        }
    }

    fn varint(&mut self, end: usize) -> Result<u64, Error> {
        let start = self.offset;
        let mut value = 0u64;
        for shift in (0..70).step_by(7) {
            let [byte] = self.array(end)?;
            value |= u64::from(byte & 0x7f).checked_shl(shift).unwrap_or(0);
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(self.malformed(start, "a varint of more than 10 bytes", "at most 10"))
    }

    fn length(&mut self, end: usize) -> Result<usize, Error> {
        let start = self.offset;
        let length = self.varint(end)?;
        let left = end - self.offset;
        if length > left as u64 {
            let found = format!("a length of {length} bytes where {left} are left");
            return Err(self.malformed(start, found, "a length that fits (is the file cut short?)"));
        }
        Ok(length as usize)
    }

    fn slice(&mut self, end: usize) -> Result<&'a [u8], Error> {
        let length = self.length(end)?;
        let slice = &self.bytes[self.offset..self.offset + length];
        self.offset += length;
        Ok(slice)
    }

    fn array<const N: usize>(&mut self, end: usize) -> Result<[u8; N], Error> {
        match self.bytes[self.offset..end].first_chunk() {
            Some(array) => {
                self.offset += N;
                Ok(*array)
            }
            None => Err(self.malformed(self.offset, "the end of the message", "more bytes (is the file cut short?)")),
        }
    }

    fn malformed(&self, offset: usize, found: impl Into<String>, expected: impl Into<String>) -> Error {
        Error::malformed(self.place.at(Position::Byte(offset)), found, expected)
    }
}

fn wire_type_of(kind: Kind) -> &'static str {
    match kind {
        Kind::Int | Kind::Bool | Kind::Enum(_) => "wire type 0 (varint)",
        Kind::Float => "wire type 5 (four bytes)",
        Kind::Double => "wire type 1 (eight bytes)",
        Kind::Text | Kind::Bytes | Kind::Message(_) | Kind::Skipped => "wire type 2 (length)",
    }
}
