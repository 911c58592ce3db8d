//! The changelogs of published versions, open for reading.

use std::path::Path;

use crate::{
    Error, Result, Store, changelog,
    table::TableFile,
    version::{self, Manifest},
};

/// The changelog from a version's parent; `None` if it has none, or if it is lost.
pub async fn changelog(store: &Store, manifest: &Manifest) -> Result<Option<TableFile>> {
    let Some(key) = version::changelog_key(manifest) else { return Ok(None) };
    match TableFile::open(store, &key).await {
        Ok(table) => Ok(Some(table)),
        Err(Error::Missing(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Writes the changelog between two versions to a local file; false if they hold the same tables.
///
/// # Errors
/// `Table` if they cannot be compared: their keys differ or do not name rows.
pub async fn between(store: &Store, old: &Manifest, new: &Manifest, to: &Path) -> Result<bool> {
    if same_tables(old, new) {
        return Ok(false);
    }
    if changelog::between(store, old, new, to).await?.is_some() {
        return Ok(true);
    }
    let reason = format!("versions {} and {} cannot be compared: their keys do not name rows", old.number, new.number);
    Err(Error::Table { name: new.dataset.to_string(), reason })
}

fn same_tables(old: &Manifest, new: &Manifest) -> bool {
    old.tables().map(|file| &file.sha256).eq(new.tables().map(|file| &file.sha256))
}
