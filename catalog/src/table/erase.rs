//! Erasing rows: the same table without a record, or with some of its values blank.

use std::{collections::BTreeMap, path::Path};

use arrow::{array::BooleanArray, compute, record_batch::RecordBatch};
use config::{ColumnName, OrderBy};
use futures::TryStreamExt;
use serde::{Deserialize, Serialize};

use super::{KeyTexts, Scan, TableFile, TableSummary, TableWriter, broken, keys::key_text};
use crate::{Result, version::ColumnInfo};

/// What is to be erased.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erasure {
    /// The values by which the rows are known, as text.
    pub key: BTreeMap<ColumnName, String>,
    /// The columns that are made blank; the whole row is removed if there is none.
    #[serde(default)]
    pub columns: Vec<ColumnName>,
}

impl std::fmt::Debug for Erasure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<&ColumnName> = self.key.keys().collect();
        f.debug_struct("Erasure").field("key", &names).field("columns", &self.columns).finish()
    }
}

impl Erasure {
    /// The columns of the key, in the byte order of their names.
    pub fn key_columns(&self) -> Vec<ColumnName> {
        self.key.keys().cloned().collect()
    }

    /// The rows concerned; `None` if there is none.
    pub fn matches(&self, batch: &RecordBatch) -> Result<Option<BooleanArray>> {
        let texts = KeyTexts::new(batch, &self.key_columns())?;
        let wanted = key_text(&self.key);
        let mask: BooleanArray = (0..batch.num_rows()).map(|row| Some(texts.text(row) == wanted)).collect();
        Ok((mask.true_count() > 0).then_some(mask))
    }

    /// The batch as it is afterwards, and how many rows of it were concerned.
    pub fn apply(&self, batch: RecordBatch) -> Result<(RecordBatch, u64)> {
        let Some(mask) = self.matches(&batch)? else { return Ok((batch, 0)) };
        let count = mask.true_count() as u64;
        erase(&batch, &mask, &self.columns).map(|batch| (batch, count))
    }

    /// True if the erased rows leave columns blank rather than going away.
    pub fn keeps_rows(&self) -> bool {
        !self.columns.is_empty()
    }
}

/// Removes the marked rows or, where columns are named, makes these blank in them. A column that the batch does not
/// have is blank already.
pub fn erase(batch: &RecordBatch, marked: &BooleanArray, columns: &[ColumnName]) -> Result<RecordBatch> {
    let failed = |error: arrow::error::ArrowError| broken("rows", error);
    if columns.is_empty() {
        let keep = compute::not(marked).map_err(failed)?;
        return compute::filter_record_batch(batch, &keep).map_err(failed);
    }
    let schema = batch.schema();
    let mut arrays = batch.columns().to_vec();
    for (field, array) in schema.fields().iter().zip(&mut arrays) {
        if columns.iter().any(|name| name.as_str() == field.name()) {
            *array = compute::nullif(array, marked).map_err(failed)?;
        }
    }
    RecordBatch::try_new(schema, arrays).map_err(failed)
}

/// How many rows of a table an erasure concerns. A table without one of the key's columns has none.
pub async fn count(table: &TableFile, erasure: &Erasure) -> Result<u64> {
    let columns = erasure.key_columns();
    if columns.iter().any(|name| table.schema().index_of(name.as_str()).is_err()) {
        return Ok(0);
    }
    let mut batches = table.scan(Scan { columns: Some(columns), ..Scan::default() }).await?;
    let mut count = 0;
    while let Some(batch) = batches.try_next().await? {
        count += erasure.matches(&batch)?.map_or(0, |mask| mask.true_count() as u64);
    }
    Ok(count)
}

/// How a table is written.
#[derive(Debug, Clone, Copy)]
pub struct Layout<'a> {
    /// Its columns.
    pub columns: &'a [ColumnInfo],
    /// Its key, which gets bloom filters.
    pub key: &'a [ColumnName],
    /// What it is sorted by, as far as is known.
    pub order: &'a [OrderBy],
}

/// Writes a table anew without what is erased.
pub async fn rewrite(table: &TableFile, layout: Layout<'_>, erasure: &Erasure, to: &Path) -> Result<TableSummary> {
    let names = layout.columns.iter().map(|column| column.name.clone()).collect();
    let mut writer = TableWriter::create(to, layout.columns, layout.key, layout.order)?;
    let mut batches = table.scan(Scan { columns: Some(names), ..Scan::default() }).await?;
    while let Some(batch) = batches.try_next().await? {
        let (batch, _) = erasure.apply(batch)?;
        writer.write(&batch)?;
    }
    writer.finish()
}

#[cfg(test)]
mod tests {
    use arrow::array::Array;

    use super::{super::fixture, *};

    fn erasure(kode: &str, columns: &[&str]) -> Erasure {
        Erasure {
            key: [(fixture::name("kode"), kode.to_owned())].into(),
            columns: columns.iter().map(|name| fixture::name(name)).collect(),
        }
    }

    #[tokio::test]
    async fn a_record_goes_and_the_others_stay() {
        let folder = tempfile::tempdir().unwrap();
        let table = fixture::table(&folder.path().join("a"), 20);
        let erasure = erasure("000007", &[]);
        assert_eq!(count(&table, &erasure).await.unwrap(), 1);
        let (columns, key) = (fixture::columns(), [fixture::name("kode")]);
        let layout = Layout { columns: &columns, key: &key, order: &[] };
        let summary = rewrite(&table, layout, &erasure, &folder.path().join("b")).await.unwrap();
        assert_eq!(summary.rows, 19);
        let after = TableFile::open_local(&folder.path().join("b")).unwrap();
        assert_eq!(count(&after, &erasure).await.unwrap(), 0);
    }

    #[tokio::test]
    async fn values_are_blanked_in_one_record_only() {
        let batch = fixture::batch(0..5);
        let (after, count) = erasure("000003", &["navn"]).apply(batch.clone()).unwrap();
        assert_eq!((count, after.num_rows()), (1, 5));
        let navn = after.column_by_name("navn").unwrap();
        assert!(navn.is_null(3) && !navn.is_null(2));
        assert_eq!(after.column_by_name("kode"), batch.column_by_name("kode"));
    }

    #[test]
    fn what_is_erased_is_never_printed() {
        assert!(!format!("{:?}", erasure("000003", &[])).contains("000003"));
    }
}
