//! Message types as tables: the names, numbers and kinds of their fields.

/// A message type.
#[derive(Debug)]
pub(crate) struct MessageType {
    /// Its name, for messages.
    pub name: &'static str,
    /// Its fields, in no particular order.
    pub fields: &'static [Field],
}

/// A field of a message.
#[derive(Debug)]
pub(crate) struct Field {
    /// Its name in the text form.
    pub name: &'static str,
    /// Its number in the binary form; 0 when it has none that is known, so that only text may hold it.
    pub number: u32,
    /// What it holds.
    pub kind: Kind,
    /// Whether it may occur more than once.
    pub repeated: bool,
}

/// What a field holds.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    /// Any integer sent as a plain varint: int32, int64, uint32, uint64. All are read as i64.
    Int,
    /// true or false.
    Bool,
    /// Four bytes.
    Float,
    /// Eight bytes.
    Double,
    /// UTF-8.
    Text,
    /// Any bytes.
    Bytes,
    /// A named number.
    Enum(&'static EnumType),
    /// A message.
    Message(&'static MessageType),
    /// A message that is read over.
    Skipped,
}

/// An enumeration.
#[derive(Debug)]
pub(crate) struct EnumType {
    /// Names and numbers.
    pub values: &'static [(&'static str, i64)],
}

impl MessageType {
    /// The field of that name.
    pub fn named(&self, name: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// The field of that number.
    pub fn numbered(&self, number: u32) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.number == number && number != 0)
    }
}

impl EnumType {
    /// The number of a name.
    pub fn number(&self, name: &str) -> Option<i64> {
        self.values.iter().find(|value| value.0 == name).map(|value| value.1)
    }

    /// The name of a number.
    pub fn name(&self, number: i64) -> Option<&'static str> {
        self.values.iter().find(|value| value.1 == number).map(|value| value.0)
    }
}

/// A field that occurs at most once.
pub(crate) const fn one(number: u32, name: &'static str, kind: Kind) -> Field {
    Field { name, number, kind, repeated: false }
}

/// A field that may occur more than once.
pub(crate) const fn many(number: u32, name: &'static str, kind: Kind) -> Field {
    Field { name, number, kind, repeated: true }
}
