//! Rows with the key and the geometry of the row before: what is there twice lies side by side, since rows are sorted by
//! place and key.

use arrow::{
    record_batch::RecordBatch,
    row::{OwnedRow, RowConverter, SortField},
};
use config::ColumnName;

use crate::{Error, Result};

/// Compares each row with the one before.
#[derive(Debug)]
pub(super) struct Pairs {
    key: Vec<ColumnName>,
    /// For a column of geometries its converter and the row before.
    before: Vec<(String, RowConverter, Option<OwnedRow>)>,
}

impl Pairs {
    /// Rows with this key; without one nothing is compared.
    pub(super) fn new(key: &[ColumnName]) -> Self {
        Self { key: key.to_vec(), before: Vec::new() }
    }

    /// The rows of a batch that have the key and the geometry of the row before, which may be of the batch before.
    pub(super) fn twice(&mut self, rows: &RecordBatch, geometry: &str) -> Result<Vec<u64>> {
        let internal = |error: arrow::error::ArrowError| Error::Internal(error.to_string());
        let names = self.key.iter().map(ColumnName::as_str).chain([geometry]);
        let Some(arrays) = names.map(|name| rows.column_by_name(name).cloned()).collect::<Option<Vec<_>>>() else {
            return Ok(Vec::new());
        };
        if self.key.is_empty() {
            return Ok(Vec::new());
        }
        let known = self.before.iter().position(|(name, ..)| name == geometry);
        if known.is_none() {
            let fields = arrays.iter().map(|array| SortField::new(array.data_type().clone())).collect();
            self.before.push((geometry.to_owned(), RowConverter::new(fields).map_err(internal)?, None));
        }
        let place = known.unwrap_or(self.before.len() - 1);
        let Some((_, converter, before)) = self.before.get_mut(place) else { return Ok(Vec::new()) };
        let values = converter.convert_columns(&arrays).map_err(internal)?;
        let mut twice = Vec::new();
        let mut last = before.take();
        for (row, own) in values.iter().enumerate() {
            if last.as_ref().is_some_and(|last| last.row() == own) {
                twice.push(row as u64);
            } else {
                last = Some(own.owned());
            }
        }
        *before = last;
        Ok(twice)
    }
}
