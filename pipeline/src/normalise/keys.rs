//! Keys that are missing or there twice, in memory that does not grow with the rows.

use std::{
    collections::HashSet,
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

/// Keys of several rows that are looked at; a source with more of them has another key.
const MOST_KEYS: usize = 100_000;
/// Buckets that keys are spread over by their hash, so that one alone fits into memory.
const BUCKETS: usize = 64;
/// Hashes that are held in memory; more go to disk.
const HELD: usize = 1 << 20;
/// Bytes of a hash.
const WIDTH: usize = 16;

/// Hashes of the keys of rows.
#[derive(Debug)]
pub(crate) struct Keys {
    key: Vec<ColumnName>,
    converter: Option<RowConverter>,
}

impl Keys {
    /// Keys of these columns.
    pub(crate) fn new(key: &[ColumnName]) -> Self {
        Self { key: key.to_vec(), converter: None }
    }

    /// The name of the first column.
    pub(super) fn first(&self) -> String {
        self.key.first().map(ToString::to_string).unwrap_or_default()
    }

    /// For each row the hash of its key; `None` where a value is missing.
    pub(crate) fn of(&mut self, rows: &RecordBatch) -> Result<Vec<Option<u128>>> {
        let all = self.of_all(rows)?;
        let columns: Vec<&ArrayRef> = self.key.iter().filter_map(|name| rows.column_by_name(name.as_str())).collect();
        let whole = |row: usize| columns.iter().all(|column| column.is_valid(row));
        Ok(all.into_iter().enumerate().map(|(row, hash)| whole(row).then_some(hash)).collect())
    }

    /// For each row the hash of its values, of which some may be missing.
    pub(crate) fn of_all(&mut self, rows: &RecordBatch) -> Result<Vec<u128>> {
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
        Ok(keys.iter().map(|key| hash(key.as_ref())).collect())
    }
}

/// Counts rows without a key and rows whose key an earlier row had.
#[derive(Debug)]
pub struct KeyCheck {
    keys: Keys,
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
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeyCounts {
    /// Rows whose key an earlier row had.
    pub duplicates: u64,
    /// Rows in which a key column has no value.
    pub nulls: u64,
    /// Hashes of the keys that more than one row has; none where they are too many to be looked at.
    pub(crate) shared: HashSet<u128>,
}

impl KeyCheck {
    /// A check of these columns; without any nothing is counted.
    pub fn new(key: &[ColumnName]) -> Self {
        Self::holding(key, HELD)
    }

    fn holding(key: &[ColumnName], most: usize) -> Self {
        let buckets = (0..BUCKETS).map(|_| Bucket::default()).collect();
        Self { keys: Keys::new(key), buckets, held: 0, most, nulls: 0 }
    }

    /// Takes rows.
    ///
    /// # Errors
    /// `Internal` if a key column is not among the rows' columns, `Io` if the temporary folder is full.
    pub fn push(&mut self, rows: &RecordBatch) -> Result<()> {
        if self.keys.key.is_empty() || rows.num_rows() == 0 {
            return Ok(());
        }
        for key in self.keys.of(rows)? {
            match key {
                Some(key) => self.hold(key),
                None => self.nulls += 1,
            }
        }
        if self.held >= self.most {
            self.buckets.iter_mut().try_for_each(Bucket::spill)?;
            self.held = 0;
        }
        Ok(())
    }

    fn hold(&mut self, hash: u128) {
        let bytes = hash.to_be_bytes();
        let bucket = bytes.first().and_then(|first| self.buckets.get_mut(usize::from(*first) % BUCKETS));
        if let Some(bucket) = bucket {
            bucket.held.extend_from_slice(&bytes);
            self.held += 1;
        }
    }

    /// What was counted in all rows.
    ///
    /// # Errors
    /// `Io` if what was put on disk cannot be read.
    pub fn finish(self) -> Result<KeyCounts> {
        let mut counts = KeyCounts { nulls: self.nulls, ..KeyCounts::default() };
        for bucket in self.buckets {
            bucket.count(&mut counts)?;
        }
        if counts.shared.len() > MOST_KEYS {
            counts.shared.clear();
        }
        Ok(counts)
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
    fn count(mut self, counts: &mut KeyCounts) -> Result<()> {
        if let Some(file) = &mut self.file {
            file.rewind()?;
            file.read_to_end(&mut self.held)?;
        }
        let (hashes, _) = self.held.as_chunks::<WIDTH>();
        let mut hashes: Vec<u128> = hashes.iter().map(|hash| u128::from_be_bytes(*hash)).collect();
        hashes.sort_unstable();
        for pair in hashes.windows(2) {
            let [one, other] = pair else { continue };
            if one == other {
                counts.duplicates += 1;
                if counts.shared.len() <= MOST_KEYS {
                    counts.shared.insert(*one);
                }
            }
        }
        Ok(())
    }
}

/// The first 128 bits of the SHA-256: keys come from strangers, who must not be able to make two look the same.
fn hash(key: &[u8]) -> u128 {
    Sha256::digest(key).iter().take(WIDTH).fold(0, |hash, byte| hash << 8 | u128::from(*byte))
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
        let counts = check.finish().unwrap();
        assert_eq!((counts.duplicates, counts.nulls, counts.shared.len()), (1, 2, 1));
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
            let counts = check.finish().unwrap();
            assert_eq!((counts.duplicates, counts.nulls, counts.shared.len()), (102, 0, 102), "{most}");
        }
    }

    #[test]
    fn no_key_counts_nothing_and_a_missing_column_is_an_error() {
        let batch = rows(vec![None, None], vec![None, None]);
        let mut none = KeyCheck::new(&[]);
        none.push(&batch).unwrap();
        assert_eq!(none.finish().unwrap(), KeyCounts::default());
        assert!(KeyCheck::new(&["c".parse().unwrap()]).push(&batch).is_err());
    }
}
