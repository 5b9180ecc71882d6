//! The text form (prototxt): `name: value` and `name { ... }`, checked against the schema as it is read.
//!
//! A name that the schema lacks is an error with its line and column and the nearest name, not a field to read over.

mod token;

use std::borrow::Cow;

use self::token::{Token, Tokens};
use super::message::{Entry, Message, Value};
use super::schema::{EnumType, Field, Kind, MessageType};
use crate::error::{Error, Place, Position, quoted};
use crate::limits::{Limits, check};

/// Reads `text` as one message.
pub(crate) fn read(
    kind: &'static MessageType,
    text: &str,
    place: &Place,
    limits: &Limits,
) -> Result<Message<'static>, Error> {
    let mut reader = Reader { tokens: Tokens::new(text, place)?, limits, fields: 0 };
    reader.message(Some(kind), Token::End, 0)
}

struct Reader<'t> {
    tokens: Tokens<'t>,
    limits: &'t Limits,
    fields: u64,
}

/// The type of messages that are read over: it has no fields, and none is looked up in it.
static SKIPPED: MessageType = MessageType { name: "a skipped message", fields: &[] };

impl Reader<'_> {
    /// Fields up to `close`; without a type they are read over.
    fn message(
        &mut self,
        kind: Option<&'static MessageType>,
        close: Token,
        depth: u64,
    ) -> Result<Message<'static>, Error> {
        check(&self.tokens.place(), "messages within messages", depth, self.limits.depth)?;
        let position = self.tokens.position();
        let mut message = Message { kind: kind.unwrap_or(&SKIPPED), position, entries: Vec::new() };
        loop {
            if *self.tokens.peek() == close {
                self.tokens.next()?;
                return Ok(message);
            }
            let position = self.tokens.position();
            let name = match self.tokens.next()? {
                Token::Name(name) => name,
                other => {
                    return Err(self.malformed(position, other.show(), format!("a field name or {}", close.show())));
                }
            };
            let field = match kind {
                Some(kind) => Some(kind.named(&name).ok_or_else(|| {
                    let expected = format!("a field of {}", kind.name);
                    let names = kind.fields.iter().map(|field| field.name);
                    self.malformed(position, quoted(&name), expected).near(&name, names)
                })?),
                None => None,
            };
            if let Some(field) = field
                && !field.repeated
                && message.entries.iter().any(|entry| std::ptr::eq(entry.field, field))
            {
                return Err(self.malformed(position, format!("a second {:?}", field.name), "at most one"));
            }
            self.values(field, depth, &mut message)?;
            if matches!(self.tokens.peek(), Token::Symbol(',' | ';')) {
                self.tokens.next()?;
            }
        }
    }

    /// What follows a field's name: one value, or a list of them.
    fn values(&mut self, field: Option<&'static Field>, depth: u64, to: &mut Message<'static>) -> Result<(), Error> {
        let position = self.tokens.position();
        let colon = self.tokens.eat(':')?;
        if colon && field.is_none_or(|field| field.repeated) && self.tokens.eat('[')? {
            if self.tokens.eat(']')? {
                return Ok(());
            }
            loop {
                self.value(field, depth, to)?;
                if self.tokens.eat(']')? {
                    return Ok(());
                }
                let position = self.tokens.position();
                if !self.tokens.eat(',')? {
                    return Err(self.malformed(position, self.tokens.peek().show(), "',' or ']'"));
                }
            }
        }
        if !colon && !matches!(self.tokens.peek(), Token::Symbol('{' | '<')) {
            let is_message = field.is_some_and(|field| matches!(field.kind, Kind::Message(_) | Kind::Skipped));
            return Err(self.malformed(position, self.tokens.peek().show(), if is_message { "'{'" } else { "':'" }));
        }
        self.value(field, depth, to)
    }

    fn value(&mut self, field: Option<&'static Field>, depth: u64, to: &mut Message<'static>) -> Result<(), Error> {
        self.fields += 1;
        check(&self.tokens.place(), "fields", self.fields, self.limits.fields)?;
        let position = self.tokens.position();
        let token = self.tokens.next()?;
        let value = match (field.map(|field| field.kind), token) {
            (Some(Kind::Message(kind)), Token::Symbol(open @ ('{' | '<'))) => {
                Value::Message(self.message(Some(kind), closing(open), depth + 1)?)
            }
            (None | Some(Kind::Skipped), Token::Symbol(open @ ('{' | '<'))) => {
                self.message(None, closing(open), depth + 1)?;
                return Ok(());
            }
            (None, Token::Name(_) | Token::Number(_) | Token::Text(_)) => return Ok(()),
            (Some(Kind::Text | Kind::Bytes), Token::Text(text)) => Value::Bytes(Cow::Owned(text)),
            (Some(Kind::Int), Token::Number(text)) if integer(&text).is_some() => {
                Value::Int(integer(&text).unwrap_or_default())
            }
            (Some(Kind::Bool), Token::Name(text) | Token::Number(text)) if boolean(&text).is_some() => {
                Value::Int(i64::from(boolean(&text).unwrap_or_default()))
            }
            (Some(Kind::Float | Kind::Double), Token::Name(text) | Token::Number(text)) if float(&text).is_some() => {
                Value::Float(float(&text).unwrap_or_default())
            }
            (Some(Kind::Enum(kind)), Token::Name(name)) => match kind.number(&name) {
                Some(number) => Value::Int(number),
                None => {
                    let names = kind.values.iter().map(|value| value.0);
                    return Err(self.malformed(position, quoted(&name), one_of(kind)).near(&name, names));
                }
            },
            (Some(Kind::Enum(_)), Token::Number(text)) if integer(&text).is_some() => {
                Value::Int(integer(&text).unwrap_or_default())
            }
            (kind, token) => {
                let what = kind.map_or("a value".into(), expected);
                let of = field.map_or(String::new(), |field| format!(" for {:?}", field.name));
                return Err(self.malformed(position, token.show(), what + &of));
            }
        };
        if let Some(field) = field {
            to.entries.push(Entry { field, value });
        }
        Ok(())
    }

    fn malformed(&self, position: Position, found: impl Into<String>, expected: impl Into<String>) -> Error {
        Error::malformed(self.tokens.place().at(position), found, expected)
    }
}

fn closing(open: char) -> Token {
    Token::Symbol(if open == '{' { '}' } else { '>' })
}

fn expected(kind: Kind) -> String {
    let what = match kind {
        Kind::Int => "an integer",
        Kind::Bool => "true or false",
        Kind::Float | Kind::Double => "a number",
        Kind::Text | Kind::Bytes => "a quoted text",
        Kind::Enum(kind) => return one_of(kind),
        Kind::Message(_) | Kind::Skipped => "a message in braces",
    };
    what.into()
}

fn one_of(kind: &EnumType) -> String {
    let names: Vec<_> = kind.values.iter().take(6).map(|value| value.0).collect();
    let more = if kind.values.len() > names.len() { ", ..." } else { "" };
    format!("one of {}{more}", names.join(", "))
}

/// Decimal, hexadecimal and octal integers.
fn integer(text: &str) -> Option<i64> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text),
    };
    let magnitude = match digits.as_bytes() {
        [b'0', b'x' | b'X', ..] => i128::from_str_radix(&digits[2..], 16).ok()?,
        [b'0', _, ..] => i128::from_str_radix(&digits[1..], 8).ok()?,
        [b'0'..=b'9', ..] => digits.parse().ok()?,
        _ => return None,
    };
    i64::try_from(sign * magnitude).ok()
}

fn float(text: &str) -> Option<f64> {
    let digits = text.strip_suffix(['f', 'F']).filter(|rest| rest.ends_with(|c: char| c.is_ascii_digit() || c == '.'));
    digits.unwrap_or(text).parse().ok()
}

fn boolean(text: &str) -> Option<bool> {
    match text {
        "true" | "True" | "t" | "1" => Some(true),
        "false" | "False" | "f" | "0" => Some(false),
        _ => None,
    }
}
