//! Rows by their key: the text that names a row, and rows as entries of a changelog.

use std::{collections::BTreeMap, sync::Arc};

use arrow::{
    array::{ArrayRef, StringArray},
    datatypes::{DataType, Field, Schema},
    record_batch::RecordBatch,
};
use config::ColumnName;

use super::{
    Cells, broken,
    diff::{HASH_COLUMN, OP_COLUMN, Rows},
};
use crate::{Result, Sha256};

/// The values of some columns of a batch as one text for each row.
///
/// The text is that of [`super::row_text`], of these columns alone: a line `name:length:value` for every column with a
/// value, in the byte order of the names.
#[derive(Debug)]
pub struct KeyTexts(Rows);

impl KeyTexts {
    /// The texts of some columns; a column that the batch does not have counts as without value.
    pub fn new(batch: &RecordBatch, columns: &[ColumnName]) -> Result<Self> {
        let mut sorted = columns.to_vec();
        sorted.sort();
        Rows::of_key(batch, &sorted).map(Self).map_err(|reason| broken("rows", reason))
    }

    /// The text of a row.
    pub fn text(&self, row: usize) -> String {
        self.0.key_text(row)
    }

    /// The value of each column of a row, in the byte order of the names.
    pub fn cells(&self, row: usize) -> impl Iterator<Item = (&str, super::Cell<'_>)> {
        self.0.key_cells(row)
    }
}

/// The text of a key whose values are given as text, as [`KeyTexts`] writes it.
pub fn key_text(values: &BTreeMap<ColumnName, String>) -> String {
    let mut text = String::new();
    for (name, value) in values {
        // Writing to a String cannot fail.
        let _ = std::fmt::Write::write_fmt(&mut text, format_args!("{name}:{}:{value}\n", value.len()));
    }
    text
}

/// Rows of a table as `added` entries of a changelog: key columns, `_op`, `_row_sha256`. The batch has all columns.
pub fn added(batch: &RecordBatch, key: &[ColumnName]) -> Result<RecordBatch> {
    let failed = |reason: &dyn std::fmt::Display| broken("changelog", reason);
    let hashes = hashes(batch)?;
    let mut fields = Vec::with_capacity(key.len() + 2);
    let mut arrays: Vec<ArrayRef> = Vec::with_capacity(key.len() + 2);
    let schema = batch.schema();
    for name in key {
        let index = schema.index_of(name.as_str()).map_err(|error| failed(&error))?;
        fields.push(Arc::new(Field::clone(schema.field(index)).with_nullable(true)));
        arrays.push(Arc::clone(batch.column(index)));
    }
    fields.push(Arc::new(Field::new(OP_COLUMN, DataType::Utf8, false)));
    arrays.push(Arc::new(StringArray::from(vec!["added"; batch.num_rows()])));
    fields.push(Arc::new(Field::new(HASH_COLUMN, DataType::Utf8, true)));
    arrays.push(Arc::new(hashes));
    RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).map_err(|error| failed(&error))
}

/// `_row_sha256` of every row of a batch that has all columns.
pub fn hashes(batch: &RecordBatch) -> Result<StringArray> {
    let rows = Rows::of(batch, &[]).map_err(|reason| broken("changelog", reason))?;
    Ok((0..batch.num_rows()).map(|row| Some(Sha256::from_digest(&rows.digest(row)).to_string())).collect())
}

/// The cells of a column by name.
pub fn column_cells(batch: &RecordBatch, name: &str) -> Option<Cells> {
    batch.column_by_name(name).and_then(Cells::new)
}

#[cfg(test)]
mod tests {
    use super::{super::fixture, *};

    #[test]
    fn a_key_has_the_same_text_from_rows_and_from_values() {
        let batch = fixture::batch(1..3);
        let columns = [fixture::name("kode"), fixture::name("dato"), fixture::name("antall")];
        let texts = KeyTexts::new(&batch, &columns).unwrap();
        let values = [("kode", "000001"), ("dato", "2022-01-09"), ("antall", "1")];
        let values = values.into_iter().map(|(name, value)| (fixture::name(name), value.to_owned())).collect();
        assert_eq!(texts.text(0), key_text(&values));
        assert_ne!(texts.text(1), key_text(&values));
        assert_eq!(texts.cells(0).count(), 3);
    }

    #[test]
    fn added_entries_carry_the_hash_of_the_row() {
        let batch = fixture::batch(0..3);
        let entries = added(&batch, &[fixture::name("kode")]).unwrap();
        let hash = Sha256::of(super::super::row_text(&batch, 2).unwrap().as_bytes());
        let cells = column_cells(&entries, HASH_COLUMN).unwrap();
        assert_eq!(cells.get(2), Some(super::super::Cell::Text(hash.as_str())));
        assert!(added(&batch, &[fixture::name("finnes_ikke")]).is_err());
    }
}
