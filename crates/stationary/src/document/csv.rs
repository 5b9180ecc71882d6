//! A document's first table, which is the tidy one, as comma-separated values: a line of keys, then a line a row.

use super::Document;
use ::csv::WriterBuilder;

impl Document {
    /// The first table, with the rows of all that share its key; empty if there is none.
    pub fn csv(&self) -> String {
        let keyed = self.keyed();
        let Some((_, tables)) = keyed.first() else { return String::new() };
        // A row that is shorter than the head is written as it is: nothing here can fail, since it goes to memory.
        let mut writer = WriterBuilder::new().flexible(true).from_writer(Vec::new());
        let head = tables.first().map(|table| table.columns.iter().map(|column| column.key.to_string()).collect());
        let rows = tables.iter().flat_map(|table| &table.rows);
        let records = rows.map(|row| row.iter().map(super::Cell::field).collect::<Vec<_>>());
        for record in head.into_iter().chain(records) {
            writer.write_record(record).expect("memory takes every record");
        }
        let bytes = writer.into_inner().expect("memory takes what is left");
        String::from_utf8(bytes).expect("cells are text")
    }
}

#[cfg(test)]
mod tests {
    use super::super::example;

    #[test]
    fn the_first_table_is_read_back() {
        let csv = example::document().csv();
        let mut reader = ::csv::Reader::from_reader(csv.as_bytes());
        assert_eq!(reader.headers().expect("a head"), vec!["name", "macs", "energy", "error"]);
        let rows: Vec<_> = reader.records().map(|record| record.expect("a record")).collect();
        assert_eq!(rows.len(), 3);
        assert_eq!(rows[0], vec!["conv1, \"first\"", "1234567", "12345.678", "-0.015"]);
        assert_eq!(rows[1], vec!["conv2", "89", "0.3333333333333333", ""]);
    }
}
