//! Open tables: footers are read once, not for every request.

use std::sync::{Mutex, PoisonError};

use catalog::{Key, Store, table::TableFile, version::Manifest};
use config::FileFormat;

use crate::error::Problem;

/// Tables that stay open.
const OPEN_TABLES: usize = 64;

/// The tables asked for last, newest at the end. Their keys are hashes of their content, so none ever becomes stale.
#[derive(Debug, Default)]
pub(crate) struct Tables {
    open: Mutex<Vec<(Key, TableFile)>>,
}

impl Tables {
    /// The key of a version's table.
    pub(crate) fn key(manifest: &Manifest) -> Result<Key, Problem> {
        let file = manifest.files.iter().find(|file| file.format == FileFormat::Parquet);
        let file = file.ok_or_else(|| Problem::not_found(format!("Version {} has no table.", manifest.number)))?;
        Ok(Key::File(manifest.dataset.clone(), file.sha256.clone(), file.format))
    }

    /// The table of a version.
    pub(crate) async fn get(&self, store: &Store, manifest: &Manifest) -> Result<TableFile, Problem> {
        let key = Self::key(manifest)?;
        if let Some(table) = self.remembered(&key) {
            return Ok(table);
        }
        let table = TableFile::open(store, &key).await?;
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if open.len() >= OPEN_TABLES {
            open.remove(0);
        }
        open.push((key, table.clone()));
        Ok(table)
    }

    fn remembered(&self, key: &Key) -> Option<TableFile> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let at = open.iter().position(|(known, _)| known == key)?;
        let found = open.remove(at);
        let table = found.1.clone();
        open.push(found);
        Some(table)
    }
}
