//! Keys that are missing or there twice.

use std::collections::HashSet;

use arrow::{
    array::{Array, ArrayRef},
    record_batch::RecordBatch,
    row::{RowConverter, SortField},
};
use config::ColumnName;
use sha2::{Digest, Sha256};

use super::internal;
use crate::{Error, Result};

/// Keys of several rows that are looked at; a source with more of them has another key.
const MOST_KEYS: usize = 100_000;

/// Hashes of the keys of rows.
#[derive(Debug)]
pub(super) struct Keys {
    key: Vec<ColumnName>,
    converter: Option<RowConverter>,
}

impl Keys {
    /// Keys of these columns.
    pub(super) fn new(key: &[ColumnName]) -> Self {
        Self { key: key.to_vec(), converter: None }
    }

    /// The name of the first column.
    pub(super) fn first(&self) -> String {
        self.key.first().map(ToString::to_string).unwrap_or_default()
    }

    /// For each row the hash of its key; `None` where a value is missing.
    pub(super) fn of(&mut self, rows: &RecordBatch) -> Result<Vec<Option<u128>>> {
        let columns = self.key.iter().map(|name| {
            let column = rows.column_by_name(name.as_str()).cloned();
            column.ok_or_else(|| Error::Internal(format!("key column '{name}' was not read")))
        });
        let columns = columns.collect::<Result<Vec<ArrayRef>>>()?;
        let converter = match self.converter.take() {
            Some(converter) => converter,
            None => RowConverter::new(columns.iter().map(|c| SortField::new(c.data_type().clone())).collect())
                .map_err(internal)?,
        };
        let keys = converter.convert_columns(&columns).map_err(internal)?;
        self.converter = Some(converter);
        let whole = |row: usize| columns.iter().all(|column| column.is_valid(row));
        Ok(keys.iter().enumerate().map(|(row, key)| whole(row).then(|| hash(key.as_ref()))).collect())
    }
}

/// Counts rows without a key and rows whose key an earlier row had, with 16 bytes of memory a key.
#[derive(Debug)]
pub struct KeyCheck {
    keys: Keys,
    seen: HashSet<u128>,
    shared: HashSet<u128>,
    duplicates: u64,
    nulls: u64,
}

impl KeyCheck {
    /// A check of these columns; without any nothing is counted.
    pub fn new(key: &[ColumnName]) -> Self {
        Self { keys: Keys::new(key), seen: HashSet::new(), shared: HashSet::new(), duplicates: 0, nulls: 0 }
    }

    /// Takes rows.
    ///
    /// # Errors
    /// `Internal` if a key column is not among the rows' columns.
    pub fn push(&mut self, rows: &RecordBatch) -> Result<()> {
        if self.keys.key.is_empty() || rows.num_rows() == 0 {
            return Ok(());
        }
        for key in self.keys.of(rows)? {
            match key {
                None => self.nulls += 1,
                Some(key) if !self.seen.insert(key) => {
                    self.duplicates += 1;
                    if self.shared.len() <= MOST_KEYS {
                        self.shared.insert(key);
                    }
                }
                Some(_) => {}
            }
        }
        Ok(())
    }

    /// The keys that more than one row has; none where they are too many to be looked at.
    pub(crate) fn shared(&self) -> HashSet<u128> {
        if self.shared.len() > MOST_KEYS { HashSet::new() } else { self.shared.clone() }
    }

    /// Rows whose key an earlier row had.
    pub fn duplicates(&self) -> u64 {
        self.duplicates
    }

    /// Rows in which a key column has no value.
    pub fn nulls(&self) -> u64 {
        self.nulls
    }
}

/// The first 128 bits of the SHA-256: keys come from strangers, who must not be able to make two look the same.
fn hash(key: &[u8]) -> u128 {
    Sha256::digest(key).iter().take(16).fold(0, |hash, byte| hash << 8 | u128::from(*byte))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{Int64Array, StringArray};

    use super::*;

    fn rows(a: Vec<Option<&str>>, b: Vec<Option<i64>>) -> RecordBatch {
        let a: ArrayRef = Arc::new(StringArray::from(a));
        let b: ArrayRef = Arc::new(Int64Array::from(b));
        RecordBatch::try_from_iter_with_nullable([("a", a, true), ("b", b, true)]).unwrap()
    }

    #[test]
    fn duplicates_are_found_across_batches() {
        let mut check = KeyCheck::new(&["a".parse().unwrap(), "b".parse().unwrap()]);
        check.push(&rows(vec![Some("x"), Some("x"), Some("y")], vec![Some(1), Some(2), Some(1)])).unwrap();
        check.push(&rows(vec![Some("x"), None, Some("x1"), None], vec![Some(2), Some(1), Some(1), Some(1)])).unwrap();
        assert_eq!((check.duplicates(), check.nulls()), (1, 2));
    }

    #[test]
    fn no_key_counts_nothing_and_a_missing_column_is_an_error() {
        let batch = rows(vec![None, None], vec![None, None]);
        let mut none = KeyCheck::new(&[]);
        none.push(&batch).unwrap();
        assert_eq!((none.duplicates(), none.nulls()), (0, 0));
        assert!(KeyCheck::new(&["c".parse().unwrap()]).push(&batch).is_err());
    }
}
