//! The changelog between two versions: which tables to compare, and the file that comes of it.

use std::path::Path;

use config::ColumnName;

use crate::{
    Result, Sha256, Store,
    table::{TableFile, diff},
    version::{ColumnInfo, Manifest, PublishedFile, StagedChanges},
};

/// Writes the changelog from old tables to new ones, which have these columns, to a local file.
///
/// # Errors
/// `Table` if a table cannot be read, `Io` if the file cannot be written.
pub async fn stage_changes(
    old: &[TableFile],
    new: &[TableFile],
    columns: &[ColumnInfo],
    key: &[ColumnName],
    to: &Path,
) -> Result<StagedChanges> {
    let summary = diff(old, new, columns, key, to).await?;
    let (sha256, bytes) = Sha256::of_file(to)?;
    Ok(StagedChanges { path: to.to_owned(), sha256, bytes, summary })
}

/// The changelog from one published version to another; `None` where it needs none or has no key for it.
///
/// # Errors
/// As [`stage_changes`].
pub(crate) async fn between(store: &Store, old: &Manifest, new: &Manifest, to: &Path) -> Result<Option<StagedChanges>> {
    let (gone, come) = (only_in(old, new), only_in(new, old));
    let comparable = !new.key.is_empty() && old.key == new.key;
    if !comparable || old.has_ambiguous_keys() || new.has_ambiguous_keys() || gone.len() + come.len() == 0 {
        return Ok(None);
    }
    let (gone, come) = (open(store, old, &gone).await?, open(store, new, &come).await?);
    stage_changes(&gone, &come, &new.columns, &new.key, to).await.map(Some)
}

/// The tables that only the first of two versions has.
fn only_in<'a>(first: &'a Manifest, second: &Manifest) -> Vec<&'a PublishedFile> {
    first.tables().filter(|file| second.tables().all(|other| other.sha256 != file.sha256)).collect()
}

async fn open(store: &Store, manifest: &Manifest, files: &[&PublishedFile]) -> Result<Vec<TableFile>> {
    let mut tables = Vec::with_capacity(files.len());
    for file in files {
        tables.push(TableFile::open(store, &manifest.key_of(file)).await?);
    }
    Ok(tables)
}
