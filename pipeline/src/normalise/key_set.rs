//! Keys that are looked for in other rows.

use std::collections::HashSet;

use arrow::record_batch::RecordBatch;
use config::ColumnName;

use super::keys::Keys;
use crate::Result;

/// Keys that are held at the most.
const MOST: usize = 1 << 22;

/// Hashes of keys, in memory.
#[derive(Debug)]
pub(crate) struct KeySet {
    key: Vec<ColumnName>,
    keys: Keys,
    hashes: HashSet<u128>,
    /// True if there were too many to hold.
    overfull: bool,
}

impl KeySet {
    /// No key of these columns.
    pub(crate) fn new(key: &[ColumnName]) -> Self {
        Self { key: key.to_vec(), keys: Keys::new(key), hashes: HashSet::new(), overfull: false }
    }

    /// Adds the keys of rows.
    pub(crate) fn add(&mut self, rows: &RecordBatch) -> Result<()> {
        if self.key.is_empty() || rows.num_rows() == 0 {
            return Ok(());
        }
        self.hashes.extend(self.keys.of(rows)?.into_iter().flatten());
        if self.hashes.len() > MOST {
            self.overfull = true;
            self.hashes.clear();
        }
        Ok(())
    }

    /// Takes the keys of rows out.
    pub(crate) fn remove(&mut self, rows: &RecordBatch) -> Result<()> {
        if rows.num_rows() > 0 {
            for key in self.keys.of(rows)?.into_iter().flatten() {
                self.hashes.remove(&key);
            }
        }
        Ok(())
    }

    /// Takes a key out that is known by its hash.
    pub(crate) fn remove_named(&mut self, name: &str) {
        if let Ok(hash) = u128::from_str_radix(name, 16) {
            self.hashes.remove(&hash);
        }
    }

    /// Whether a key is there that is known by its hash; a hash that cannot be read may be any.
    pub(crate) fn has_named(&self, name: &str) -> bool {
        u128::from_str_radix(name, 16).map_or(true, |hash| self.hashes.contains(&hash))
    }

    /// The rows that have one of the keys, with its hash.
    pub(crate) fn places(&self, looker: &mut Keys, rows: &RecordBatch) -> Result<Vec<(usize, u128)>> {
        if rows.num_rows() == 0 {
            return Ok(Vec::new());
        }
        let keys = looker.of(rows)?.into_iter().enumerate();
        Ok(keys.filter_map(|(row, key)| Some((row, key.filter(|key| self.hashes.contains(key))?))).collect())
    }

    /// How many keys there are.
    pub(crate) fn len(&self) -> usize {
        self.hashes.len()
    }

    /// Whatever is needed to look at other rows.
    pub(crate) fn looker(&self) -> Keys {
        Keys::new(&self.key)
    }

    /// The columns.
    pub(crate) fn key(&self) -> &[ColumnName] {
        &self.key
    }

    /// The hashes as text.
    pub(crate) fn names(self) -> impl Iterator<Item = String> {
        self.hashes.into_iter().map(|hash| format!("{hash:032x}"))
    }

    /// True if no key is there.
    pub(crate) fn is_empty(&self) -> bool {
        self.hashes.is_empty() && !self.overfull
    }

    /// True if there were too many to hold.
    pub(crate) fn is_overfull(&self) -> bool {
        self.overfull
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, Int64Array};

    use super::*;

    fn rows(keys: &[Option<i64>]) -> RecordBatch {
        let keys: ArrayRef = Arc::new(Int64Array::from(keys.to_vec()));
        RecordBatch::try_from_iter_with_nullable([("nr", keys, true)]).unwrap()
    }

    #[test]
    fn keys_come_and_go_and_are_found() {
        let key = ["nr".parse().unwrap()];
        let mut set = KeySet::new(&key);
        set.add(&rows(&[Some(1), Some(2), None, Some(3)])).unwrap();
        set.remove(&rows(&[Some(1), None, Some(9)])).unwrap();
        let mut looker = set.looker();
        let found = set.places(&mut looker, &rows(&[Some(7), Some(2)])).unwrap();
        assert_eq!((found.len(), found[0].0, set.len()), (1, 1, 2));
        assert!(set.places(&mut looker, &rows(&[Some(1), None])).unwrap().is_empty());
        let mut three = KeySet::new(&key);
        three.add(&rows(&[Some(3)])).unwrap();
        let name = three.names().next().unwrap();
        assert!(set.has_named(&name) && set.has_named("no hash"));
        set.remove_named(&name);
        assert!(!set.has_named(&name) && !set.is_empty());
        set.remove(&rows(&[Some(2)])).unwrap();
        assert!(set.is_empty() && !set.is_overfull());
    }
}
