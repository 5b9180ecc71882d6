//! A document as programs read it: the tables, each a list of rows that are objects by column. Figures add nothing to
//! them. Equal documents give equal bytes.

use super::{Document, Table};
use crate::report::{VERSION, print};
use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Serialize, Serializer};

impl Document {
    /// The document as JSON: version, title, hash of the inputs, and under `tables` the rows of each table by its key.
    pub fn json(&self) -> Result<String, serde_json::Error> {
        print(&Written { stationary: VERSION, title: &self.title, inputs_sha256: &self.inputs, tables: Tables(self) })
    }

    /// The tables of each key, in the order in which the keys first occur.
    pub(super) fn keyed(&self) -> Vec<(&'static str, Vec<&Table>)> {
        let mut keyed: Vec<(&'static str, Vec<&Table>)> = Vec::new();
        for table in self.tables() {
            match keyed.iter_mut().find(|(key, _)| *key == table.key) {
                Some((_, tables)) => tables.push(table),
                None => keyed.push((table.key, vec![table])),
            }
        }
        keyed
    }
}

#[derive(Serialize)]
struct Written<'a> {
    stationary: &'static str,
    title: &'a str,
    inputs_sha256: &'a str,
    tables: Tables<'a>,
}

struct Tables<'a>(&'a Document);

impl Serialize for Tables<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let keyed = self.0.keyed();
        let mut map = serializer.serialize_map(Some(keyed.len()))?;
        for (key, tables) in keyed {
            map.serialize_entry(key, &Rows(tables))?;
        }
        map.end()
    }
}

struct Rows<'a>(Vec<&'a Table>);

impl Serialize for Rows<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut rows = serializer.serialize_seq(Some(self.0.iter().map(|table| table.rows.len()).sum()))?;
        for table in &self.0 {
            for row in &table.rows {
                rows.serialize_element(&Row(table, row))?;
            }
        }
        rows.end()
    }
}

struct Row<'a>(&'a Table, &'a [super::Cell]);

impl Serialize for Row<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut cells = serializer.serialize_map(Some(self.1.len()))?;
        for (column, cell) in self.0.columns.iter().zip(self.1) {
            cells.serialize_entry(column.key, cell)?;
        }
        cells.end()
    }
}

#[cfg(test)]
mod tests {
    use super::super::example;

    #[test]
    fn programs_read_every_row_of_every_table() {
        let json = example::document().json().expect("a document is JSON");
        let value: serde_json::Value = serde_json::from_str(&json).expect("what is written is JSON");
        assert_eq!(value["inputs_sha256"], "00ff");
        assert_eq!(value["tables"]["layers"][1]["energy"], 1.0 / 3.0);
        assert_eq!(value["tables"]["layers"][1]["error"], serde_json::Value::Null);
        // The second table of the same key goes on with its rows.
        assert_eq!(value["tables"]["layers"].as_array().map(Vec::len), Some(3));
        assert_eq!(value["tables"]["tidy"].as_array().map(Vec::len), Some(1));
        let order = ["name", "macs", "energy", "error"].map(|key| json.find(&format!("\"{key}\"")));
        assert!(order.is_sorted(), "columns keep their order: {order:?}");
    }
}
