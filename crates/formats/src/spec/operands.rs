//! Operands by name: `ifmap`, `filter`, `psum`, or as other tools call them.

use super::cursor::{Cursor, Report};
use nn::{ByOperand, Operand};

/// Every name of an operand.
pub(crate) const NAMES: [(&str, Operand); 6] = [
    ("ifmap", Operand::Input),
    ("filter", Operand::Weight),
    ("psum", Operand::Output),
    ("input", Operand::Input),
    ("weight", Operand::Weight),
    ("output", Operand::Output),
];

impl Report {
    /// The operand under the cursor.
    pub(crate) fn operand(&mut self, cursor: &Cursor) -> Option<Operand> {
        self.choice(cursor, &NAMES)
    }

    /// The operands under the cursor, in the order of the file: a list of them, one, or `all`.
    pub(crate) fn operands(&mut self, cursor: &Cursor) -> Option<Vec<Operand>> {
        match cursor.node.text() {
            Some("all") => return Some(Operand::ALL.to_vec()),
            Some(text) if !text.is_empty() => return self.operand(cursor).map(|operand| vec![operand]),
            _ => {}
        }
        let mut operands = Vec::new();
        for item in self.list(cursor)? {
            let operand = self.operand(&item)?;
            if operands.contains(&operand) {
                self.wrong_at(item.node.span, &cursor.path, format!("{} again", operand.name()), "each operand once");
            }
            operands.push(operand);
        }
        Some(operands)
    }

    /// The operand that a key names.
    pub(crate) fn operand_key(&mut self, cursor: &Cursor, key: &super::node::Key) -> Option<Operand> {
        let found = NAMES.iter().find(|(name, _)| name.eq_ignore_ascii_case(&key.name)).map(|(_, operand)| *operand);
        if found.is_none() {
            self.unknown(key.span, &cursor.path, "key", &key.name, NAMES.map(|(name, _)| name));
        }
        found
    }
}

/// Whether each operand is in a list.
pub(crate) fn marks(operands: &[Operand]) -> ByOperand<bool> {
    ByOperand(Operand::ALL.map(|operand| operands.contains(&operand)))
}
