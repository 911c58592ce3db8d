//! Open tables: footers are read once, not for every request.

use std::sync::{Mutex, PoisonError};

use catalog::{
    Key, Store,
    table::Table,
    version::{Manifest, VersionNumber},
};
use config::DatasetId;

use crate::error::Problem;

/// Files that stay open, beside those of the table asked for last.
const OPEN_FILES: usize = 256;

/// The tables asked for last, newest at the end. Versions never change, so none ever becomes stale.
#[derive(Debug, Default)]
pub(crate) struct Tables {
    open: Mutex<Vec<(Version, Table)>>,
}

type Version = (DatasetId, VersionNumber);

impl Tables {
    /// The key of a version's table, if that is one file.
    pub(crate) fn key(manifest: &Manifest) -> Option<Key> {
        let mut files = manifest.tables();
        let first = files.next()?;
        files.next().is_none().then(|| manifest.key_of(first))
    }

    /// The table of a version.
    pub(crate) async fn get(&self, store: &Store, manifest: &Manifest) -> Result<Table, Problem> {
        let version = (manifest.dataset.clone(), manifest.number);
        if let Some(table) = self.remembered(&version) {
            return Ok(table);
        }
        let table = Table::open(store, manifest).await?;
        let table = table.ok_or_else(|| Problem::not_found(format!("Version {} has no table.", manifest.number)))?;
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.push((version, table.clone()));
        let mut files: usize = open.iter().map(|(_, table)| table.files()).sum();
        while files > OPEN_FILES && open.len() > 1 {
            files -= open.remove(0).1.files();
        }
        Ok(table)
    }

    fn remembered(&self, version: &Version) -> Option<Table> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let at = open.iter().position(|(known, _)| known == version)?;
        let found = open.remove(at);
        let table = found.1.clone();
        open.push(found);
        Some(table)
    }
}
