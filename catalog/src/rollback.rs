//! Rolling back: an old version's content as a new version.

use std::sync::Arc;

use config::DatasetId;
use jiff::Timestamp;

use crate::{
    Error, Key, Result, Store, changelog,
    version::{self, Manifest, Numbers, VersionNumber},
};

/// Publishes a new version that shares the files of an old one, with the changelog from the current version.
///
/// # Errors
/// `Missing` if there is no such version or it is withdrawn, `Conflict` if another run published meanwhile.
pub async fn rollback(store: &Store, dataset: &DatasetId, to: VersionNumber, now: Timestamp) -> Result<Arc<Manifest>> {
    let numbers = Numbers::list(store, dataset).await?;
    if numbers.withdrawn.contains(&to) {
        return Err(Error::Missing(Key::Manifest(dataset.clone(), to)));
    }
    let old = version::read(store, dataset, to).await?;
    let folder = tempfile::tempdir()?;
    let changes = match current(store, dataset, &numbers).await? {
        Some(current) => changelog::between(store, &current, &old, &folder.path().join("changes.parquet")).await?,
        None => None,
    };
    if let Some(changes) = &changes {
        store.upload(&Key::Changes(dataset.clone(), changes.sha256.clone()), &changes.path).await?;
    }
    let newest = version::newest(store, dataset).await?;
    let manifest = Manifest {
        number: numbers.next(),
        parent: numbers.current(),
        published: now,
        program: version::PROGRAM.to_owned(),
        highest_field_id: newest.map_or(0, |newest| newest.highest_field_id()).max(old.highest_field_id()),
        changes: changes.as_ref().map(|changes| changes.summary),
        changes_file: changes.as_ref().map(version::StagedChanges::published),
        note: Some(format!("rollback to {to}")),
        replaces: None,
        ..old
    };
    version::publish(store, manifest).await
}

/// The current version. One that cannot be read is no reason to refuse: rolling back is the way out.
async fn current(store: &Store, dataset: &DatasetId, numbers: &Numbers) -> Result<Option<Manifest>> {
    let Some(number) = numbers.current() else { return Ok(None) };
    match version::read(store, dataset, number).await {
        Ok(manifest) => Ok(Some(manifest)),
        Err(error @ Error::Manifest { .. }) => {
            tracing::warn!(code = error.code(), %error, "the rollback has no changelog");
            Ok(None)
        }
        Err(error) => Err(error),
    }
}
