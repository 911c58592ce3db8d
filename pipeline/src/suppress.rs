//! Suppression: records that were erased stay out when the source still has them.
//!
//! A record is known by a salted hash of its key, so that the list itself does not keep what was erased.

use std::collections::{BTreeMap, BTreeSet};

use arrow::{array::BooleanArray, record_batch::RecordBatch};
use bytes::Bytes;
use catalog::{
    Key, RunId, Sha256, Store,
    table::{Erasure, KeyTexts, erase, key_text},
};
use config::{ColumnName, DatasetId};
use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// One suppressed record as stored.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Entry {
    /// The columns of the key.
    key: Vec<ColumnName>,
    /// The columns that are left blank; the whole row is left out if there is none.
    columns: Vec<ColumnName>,
    salt: String,
    /// SHA-256 of the salt and the key's text.
    sha256: Sha256,
}

/// How many rows a list was about.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Suppressed {
    /// Rows that were left out or made blank.
    pub(crate) touched: u64,
    /// Rows that were left out.
    pub(crate) left_out: u64,
}

/// What the runs of a dataset leave out.
#[derive(Debug, Clone, Default)]
pub(crate) struct Suppressions {
    /// Hashes by key columns, blank columns and salt.
    lists: BTreeMap<(Vec<ColumnName>, Vec<ColumnName>, String), BTreeSet<Sha256>>,
}

impl Suppressions {
    /// Everything that is suppressed in a dataset.
    ///
    /// # Errors
    /// If an entry cannot be read: a run without it would publish what was erased.
    pub(crate) async fn load(store: &Store, dataset: &DatasetId) -> Result<Self> {
        let mut all = Self::default();
        for name in store.list(&Key::suppressions(dataset)).await? {
            let Some(id) = RunId::from_file_name(&name) else { continue };
            let bytes = store.get(&Key::Suppression(dataset.clone(), id)).await?;
            let entry: Entry = serde_json::from_slice(&bytes)
                .map_err(|error| Error::Suppression { reason: format!("'{name}' cannot be read: {error}") })?;
            all.lists.entry((entry.key, entry.columns, entry.salt)).or_default().insert(entry.sha256);
        }
        Ok(all)
    }

    /// True if nothing is suppressed.
    pub(crate) fn is_empty(&self) -> bool {
        self.lists.is_empty()
    }

    /// Leaves out or blanks what is suppressed, and counts it.
    ///
    /// # Errors
    /// If the rows lack a column by which a record is known.
    pub(crate) fn apply(&self, mut rows: RecordBatch, counts: &mut Suppressed) -> Result<RecordBatch> {
        let before = rows.num_rows();
        for ((key, columns, salt), hashes) in &self.lists {
            if let Some(name) = key.iter().find(|name| rows.column_by_name(name.as_str()).is_none()) {
                let reason = format!("there is no column '{name}' any more, by which erased records are known");
                return Err(Error::Suppression { reason });
            }
            let texts = KeyTexts::new(&rows, key)?;
            let marked: BooleanArray =
                (0..rows.num_rows()).map(|row| Some(hashes.contains(&digest(salt, &texts.text(row))))).collect();
            counts.touched += marked.true_count() as u64;
            if marked.true_count() > 0 {
                rows = erase(&rows, &marked, columns)?;
            }
        }
        counts.left_out += before.saturating_sub(rows.num_rows()) as u64;
        Ok(rows)
    }

    /// A salt in use, so that one hash for each row does for all records.
    fn salt(&self) -> Option<String> {
        self.lists.keys().next().map(|(_, _, salt)| salt.clone())
    }
}

/// Adds a record to the list. `salt` is taken only if the list has none yet.
pub(crate) async fn suppress(
    store: &Store,
    (dataset, id): (&DatasetId, &RunId),
    erasure: &Erasure,
    salt: &str,
) -> Result<()> {
    let salt = Suppressions::load(store, dataset).await?.salt().unwrap_or_else(|| salt.to_owned());
    let sha256 = digest(&salt, &key_text(&erasure.key));
    let entry = Entry { key: erasure.key_columns(), columns: erasure.columns.clone(), salt, sha256 };
    let body = serde_json::to_vec(&entry).map_err(|error| Error::Internal(error.to_string()))?;
    store.create(&Key::Suppression(dataset.clone(), id.clone()), Bytes::from(body)).await?;
    Ok(())
}

fn digest(salt: &str, text: &str) -> Sha256 {
    Sha256::of(format!("{salt}\n{text}").as_bytes())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::{
        array::{Array, ArrayRef, Int64Array, StringArray},
        datatypes::{DataType, Field, Schema},
    };

    use super::*;

    fn rows() -> RecordBatch {
        let schema =
            Schema::new(vec![Field::new("nr", DataType::Int64, false), Field::new("navn", DataType::Utf8, true)]);
        let nr: ArrayRef = Arc::new(Int64Array::from(vec![1, 2, 3]));
        let navn: ArrayRef = Arc::new(StringArray::from(vec!["a", "b", "c"]));
        RecordBatch::try_new(Arc::new(schema), vec![nr, navn]).unwrap()
    }

    fn erasure(nr: &str, columns: &[&str]) -> Erasure {
        let columns = columns.iter().map(|name| name.parse().unwrap()).collect();
        Erasure { key: [("nr".parse().unwrap(), nr.to_owned())].into(), columns }
    }

    async fn list(erasures: &[Erasure]) -> (Suppressions, Vec<u8>) {
        let folder = tempfile::tempdir().unwrap();
        let url = url::Url::from_directory_path(folder.path()).unwrap();
        let store = Store::open(&config::StorageSpec { url, options: BTreeMap::new() }).unwrap();
        let dataset: DatasetId = "a".parse().unwrap();
        let mut bytes = Vec::new();
        for (at, erasure) in erasures.iter().enumerate() {
            let id = RunId::new(jiff::Timestamp::UNIX_EPOCH, u32::try_from(at).unwrap());
            suppress(&store, (&dataset, &id), erasure, &format!("salt {at}")).await.unwrap();
            bytes.extend(store.get(&Key::Suppression(dataset.clone(), id)).await.unwrap());
        }
        (Suppressions::load(&store, &dataset).await.unwrap(), bytes)
    }

    #[tokio::test]
    async fn suppressed_records_stay_out_and_blank_values_blank() {
        let (list, bytes) = list(&[erasure("2", &[]), erasure("3", &["navn"])]).await;
        assert!(!String::from_utf8(bytes).unwrap().contains("\"2\""));
        let mut counts = Suppressed::default();
        let after = list.apply(rows(), &mut counts).unwrap();
        assert_eq!((after.num_rows(), counts.left_out, counts.touched), (2, 1, 2));
        assert!(after.column(1).is_valid(0) && after.column(1).is_null(1));
        assert_eq!(Suppressions::default().apply(rows(), &mut counts).unwrap(), rows());
    }

    #[tokio::test]
    async fn a_lost_column_stops_the_run() {
        let (list, _) = list(&[erasure("2", &[])]).await;
        let other = rows().project(&[1]).unwrap();
        assert_eq!(list.apply(other, &mut Suppressed::default()).unwrap_err().code(), "run-suppression");
    }
}
