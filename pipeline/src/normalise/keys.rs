//! Keys that are missing or there twice, in memory that does not grow with the rows.

use std::{
    fs::File,
    io::{Read, Seek, Write},
};

use arrow::{
    array::{Array, ArrayRef},
    record_batch::RecordBatch,
    row::{RowConverter, SortField},
};
use config::ColumnName;
use sha2::{Digest, Sha256};

use super::internal;
use crate::{Error, Result};

/// Buckets that keys are spread over by their hash, so that one alone fits into memory.
const BUCKETS: usize = 64;
/// Hashes that are held in memory; more go to disk.
const HELD: usize = 1 << 20;
/// Bytes of a hash.
const WIDTH: usize = 16;

/// Counts rows without a key and rows whose key an earlier row had.
#[derive(Debug)]
pub struct KeyCheck {
    key: Vec<ColumnName>,
    converter: Option<RowConverter>,
    buckets: Vec<Bucket>,
    held: usize,
    most: usize,
    nulls: u64,
}

/// Hashes that belong together: the newest in memory, the others on disk.
#[derive(Debug, Default)]
struct Bucket {
    held: Vec<u8>,
    file: Option<File>,
}

/// What was counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyCounts {
    /// Rows whose key an earlier row had.
    pub duplicates: u64,
    /// Rows in which a key column has no value.
    pub nulls: u64,
}

impl KeyCheck {
    /// A check of these columns; without any nothing is counted.
    pub fn new(key: &[ColumnName]) -> Self {
        Self::holding(key, HELD)
    }

    fn holding(key: &[ColumnName], most: usize) -> Self {
        let buckets = (0..BUCKETS).map(|_| Bucket::default()).collect();
        Self { key: key.to_vec(), converter: None, buckets, held: 0, most, nulls: 0 }
    }

    /// Takes rows.
    ///
    /// # Errors
    /// `Internal` if a key column is not among the rows' columns, `Io` if the temporary folder is full.
    pub fn push(&mut self, rows: &RecordBatch) -> Result<()> {
        if self.key.is_empty() || rows.num_rows() == 0 {
            return Ok(());
        }
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
        for (row, key) in keys.iter().enumerate() {
            if columns.iter().any(|column| column.is_null(row)) {
                self.nulls += 1;
            } else {
                self.hold(key.as_ref());
            }
        }
        if self.held >= self.most {
            self.buckets.iter_mut().try_for_each(Bucket::spill)?;
            self.held = 0;
        }
        Ok(())
    }

    /// Keys come from strangers, who must not be able to make two look the same: the first 128 bits of the SHA-256.
    fn hold(&mut self, key: &[u8]) {
        let hash = Sha256::digest(key);
        let bucket = hash.first().and_then(|first| self.buckets.get_mut(usize::from(*first) % BUCKETS));
        if let Some(bucket) = bucket {
            bucket.held.extend_from_slice(hash.get(..WIDTH).unwrap_or_default());
            self.held += 1;
        }
    }

    /// What was counted in all rows.
    ///
    /// # Errors
    /// `Io` if what was put on disk cannot be read.
    pub fn finish(self) -> Result<KeyCounts> {
        let duplicates = self.buckets.into_iter().map(Bucket::duplicates).sum::<Result<u64>>()?;
        Ok(KeyCounts { duplicates, nulls: self.nulls })
    }
}

impl Bucket {
    fn spill(&mut self) -> Result<()> {
        let file = match self.file.take() {
            Some(file) => file,
            None => tempfile::tempfile()?,
        };
        self.file.insert(file).write_all(&self.held)?;
        self.held.clear();
        Ok(())
    }

    /// Hashes that are there more than once, each counted once less.
    fn duplicates(mut self) -> Result<u64> {
        if let Some(file) = &mut self.file {
            file.rewind()?;
            file.read_to_end(&mut self.held)?;
        }
        let (hashes, _) = self.held.as_chunks::<WIDTH>();
        let mut hashes: Vec<u128> = hashes.iter().map(|hash| u128::from_be_bytes(*hash)).collect();
        hashes.sort_unstable();
        Ok(hashes.windows(2).filter(|pair| matches!(pair, [one, other] if one == other)).count() as u64)
    }
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
        assert_eq!(check.finish().unwrap(), KeyCounts { duplicates: 1, nulls: 2 });
    }

    #[test]
    fn keys_on_disk_count_as_those_in_memory() {
        let key = ["b".parse().unwrap()];
        let batch = |from: i64, to: i64| {
            rows(vec![Some("x"); usize::try_from(to - from).unwrap()], (from..to).map(Some).collect())
        };
        for most in [1, 1000, usize::MAX] {
            let mut check = KeyCheck::holding(&key, most);
            for (from, to) in [(0, 700), (700, 1400), (650, 750), (1399, 1401), (0, 1)] {
                check.push(&batch(from, to)).unwrap();
            }
            assert_eq!(check.finish().unwrap(), KeyCounts { duplicates: 102, nulls: 0 }, "{most}");
        }
    }

    #[test]
    fn no_key_counts_nothing_and_a_missing_column_is_an_error() {
        let batch = rows(vec![None, None], vec![None, None]);
        let mut none = KeyCheck::new(&[]);
        none.push(&batch).unwrap();
        assert_eq!(none.finish().unwrap(), KeyCounts { duplicates: 0, nulls: 0 });
        assert!(KeyCheck::new(&["c".parse().unwrap()]).push(&batch).is_err());
    }
}
