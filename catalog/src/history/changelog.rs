//! Changelogs: every one is read here.

use std::path::Path;

use config::FileFormat;

use crate::{
    Error, Key, Result, Store,
    table::{TableFile, diff},
    version::{self, ChangeSummary, Manifest, PublishedFile},
};

/// The changelog from a version's parent; `None` if it has none, or if it is lost.
pub async fn changelog(store: &Store, manifest: &Manifest) -> Result<Option<TableFile>> {
    let Some(key) = version::changelog::key(manifest) else { return Ok(None) };
    match TableFile::open(store, &key).await {
        Ok(table) => Ok(Some(table)),
        Err(Error::Missing(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Writes the changelog between two versions to a local file; `None` if they have no key in common or hold the same.
///
/// Memory: about 50 bytes for each row of `old`.
pub async fn between(store: &Store, old: &Manifest, new: &Manifest, to: &Path) -> Result<Option<ChangeSummary>> {
    if new.key.is_empty() || old.key != new.key || same_rows(old, new) {
        return Ok(None);
    }
    let (Some(before), Some(after)) = (table(store, old).await?, table(store, new).await?) else { return Ok(None) };
    diff(&before, &after, &new.key, to).await.map(Some)
}

/// True if two versions have the same tables.
pub(super) fn same_rows(old: &Manifest, new: &Manifest) -> bool {
    tables(old).map(|file| &file.sha256).eq(tables(new).map(|file| &file.sha256))
}

/// The files that hold a version's rows.
pub(super) fn tables(manifest: &Manifest) -> impl Iterator<Item = &PublishedFile> {
    manifest.files.iter().filter(|file| file.format == FileFormat::Parquet)
}

/// The table of a version, open for reading.
async fn table(store: &Store, manifest: &Manifest) -> Result<Option<TableFile>> {
    let mut tables = tables(manifest);
    let (Some(file), None) = (tables.next(), tables.next()) else { return Ok(None) };
    let key = Key::File(manifest.dataset.clone(), file.sha256.clone(), file.format);
    TableFile::open(store, &key).await.map(Some)
}
