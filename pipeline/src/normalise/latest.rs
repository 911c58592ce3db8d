//! Rows that share a key: the latest one stays.

use std::{
    cmp::Ordering,
    collections::{BTreeMap, HashSet},
};

use arrow::{
    array::{Array, ArrayRef, AsArray, UInt64Array},
    compute::{concat_batches, take_record_batch},
    datatypes::{Date32Type, TimestampMillisecondType},
    record_batch::RecordBatch,
    row::{RowConverter, SortField},
};
use config::ColumnName;

use super::{Reject, internal, keys::Keys};
use crate::{Error, Result};

/// Holds back rows whose key others have too, and gives back the latest of each key. Memory grows with such keys only.
#[derive(Debug)]
pub(crate) struct Latest {
    column: ColumnName,
    keys: Keys,
    shared: HashSet<u128>,
    held: BTreeMap<u128, Held>,
    rejects: Vec<Reject>,
}

/// The latest row of a key so far.
#[derive(Debug)]
struct Held {
    time: Option<i64>,
    /// Decides between rows of the same time, whatever their order.
    values: Vec<u8>,
    row: RecordBatch,
    file: String,
    line: u64,
}

impl Latest {
    /// Of the rows with one of these keys, the latest by a column stays.
    pub(crate) fn new(key: &[ColumnName], column: &ColumnName, shared: HashSet<u128>) -> Self {
        let (keys, held, rejects) = (Keys::new(key), BTreeMap::new(), Vec::new());
        Self { column: column.clone(), keys, shared, held, rejects }
    }

    /// Takes rows of a file with their lines, and gives back those whose key no other row has.
    ///
    /// # Errors
    /// `Internal` if a column is missing.
    pub(crate) fn pass(&mut self, file: &str, rows: RecordBatch, lines: &[u64]) -> Result<RecordBatch> {
        let keys = self.keys.of(&rows)?;
        let shared: Vec<bool> = keys.iter().map(|key| key.is_some_and(|key| self.shared.contains(&key))).collect();
        if !shared.contains(&true) {
            return Ok(rows);
        }
        let times = rows.column_by_name(self.column.as_str()).cloned();
        let times = times.ok_or_else(|| Error::Internal(format!("column '{}' was not read", self.column)))?;
        let values = encoded(&rows)?;
        let mut kept = Vec::with_capacity(rows.num_rows());
        for (at, key) in keys.into_iter().enumerate() {
            let Some(key) = key.filter(|_| shared.get(at) == Some(&true)) else {
                kept.push(at as u64);
                continue;
            };
            let values = values.get(at).cloned().unwrap_or_default();
            let row = take_record_batch(&rows, &UInt64Array::from(vec![at as u64])).map_err(internal)?;
            let line = lines.get(at).copied().unwrap_or_default();
            self.hold(key, Held { time: time(&times, at), values, row, file: file.to_owned(), line });
        }
        take_record_batch(&rows, &UInt64Array::from(kept)).map_err(internal)
    }

    fn hold(&mut self, key: u128, held: Held) {
        let Some(before) = self.held.remove(&key) else {
            self.held.insert(key, held);
            return;
        };
        let (stays, goes) = if held.order(&before) == Ordering::Greater { (held, before) } else { (before, held) };
        self.held.insert(key, stays);
        let (column, code) = (self.keys.first(), "reject-older".to_owned());
        self.rejects.push(Reject { file: goes.file, row: goes.line, column, value_class: "repeated".to_owned(), code });
    }

    /// The latest rows, if there are any, and the others as rejects.
    ///
    /// # Errors
    /// `Internal` if the rows do not fit together.
    pub(crate) fn finish(self) -> Result<(Option<RecordBatch>, Vec<Reject>)> {
        let rows: Vec<RecordBatch> = self.held.into_values().map(|held| held.row).collect();
        let Some(first) = rows.first() else { return Ok((None, self.rejects)) };
        Ok((Some(concat_batches(&first.schema(), &rows).map_err(internal)?), self.rejects))
    }
}

impl Held {
    fn order(&self, other: &Self) -> Ordering {
        (self.time, &self.values).cmp(&(other.time, &other.values))
    }
}

/// A day or an instant; a missing one is before all others.
fn time(times: &ArrayRef, row: usize) -> Option<i64> {
    if times.is_null(row) {
        return None;
    }
    let days = times.as_primitive_opt::<Date32Type>().map(|days| i64::from(days.value(row)));
    days.or_else(|| times.as_primitive_opt::<TimestampMillisecondType>().map(|instants| instants.value(row)))
}

fn encoded(rows: &RecordBatch) -> Result<Vec<Vec<u8>>> {
    let fields = rows.columns().iter().map(|column| SortField::new(column.data_type().clone())).collect();
    let converter = RowConverter::new(fields).map_err(internal)?;
    let encoded = converter.convert_columns(rows.columns()).map_err(internal)?;
    Ok(encoded.iter().map(|row| row.as_ref().to_vec()).collect())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{Date32Array, StringArray};

    use super::{super::KeyCheck, *};

    fn rows(rows: &[(&str, Option<i32>, &str)]) -> RecordBatch {
        let ids: ArrayRef = Arc::new(StringArray::from_iter_values(rows.iter().map(|row| row.0)));
        let days: ArrayRef = Arc::new(rows.iter().map(|row| row.1).collect::<Date32Array>());
        let texts: ArrayRef = Arc::new(StringArray::from_iter_values(rows.iter().map(|row| row.2)));
        RecordBatch::try_from_iter_with_nullable([("id", ids, false), ("dag", days, true), ("t", texts, true)]).unwrap()
    }

    fn kept(batches: &[&[(&str, Option<i32>, &str)]]) -> (Vec<String>, Vec<u64>) {
        let key = ["id".parse().unwrap()];
        let mut check = KeyCheck::new(&key);
        for batch in batches {
            check.push(&rows(batch)).unwrap();
        }
        let mut latest = Latest::new(&key, &"dag".parse().unwrap(), check.finish().unwrap().shared);
        let (mut kept, mut line) = (Vec::new(), 0);
        let texts = |rows: &RecordBatch| -> Vec<String> {
            rows.column(2).as_string::<i32>().iter().flatten().map(str::to_owned).collect()
        };
        for batch in batches {
            let lines: Vec<u64> = batch.iter().map(|_| (line, line += 1).0).collect();
            kept.extend(texts(&latest.pass("a", rows(batch), &lines).unwrap()));
        }
        let (rest, rejects) = latest.finish().unwrap();
        kept.extend(rest.iter().flat_map(texts));
        kept.sort();
        (kept, rejects.iter().map(|reject| reject.row).collect())
    }

    #[test]
    fn the_latest_row_of_a_key_stays_in_whatever_order_they_come() {
        let (a, b, c) = (("x", Some(3), "a"), ("x", Some(5), "b"), ("x", None, "c"));
        let one = ("y", None, "d");
        assert_eq!(kept(&[&[a, one], &[b, c]]), (vec!["b".to_owned(), "d".to_owned()], vec![0, 3]));
        assert_eq!(kept(&[&[c, b, a, one]]).0, ["b", "d"]);
        let same = ("x", Some(5), "b2");
        assert_eq!((kept(&[&[b, same]]).0, kept(&[&[same], &[b]]).0), (vec!["b2".to_owned()], vec!["b2".to_owned()]));
        assert_eq!(kept(&[&[one]]), (vec!["d".to_owned()], vec![]));
    }
}
