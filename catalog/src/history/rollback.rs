//! Rolling back: an old version published anew.

use std::sync::Arc;

use config::DatasetId;
use jiff::Timestamp;

use super::changelog;
use crate::{
    Error, Key, Result, Store,
    version::{self, ChangeSummary, Manifest, Numbers, PROGRAM, VersionNumber, parse, publish},
};

/// Publishes a new version that shares the files of an old one.
///
/// # Errors
/// `Missing` if there is no such version or it is withdrawn, `Conflict` if another run published meanwhile.
pub async fn rollback(store: &Store, dataset: &DatasetId, to: VersionNumber, now: Timestamp) -> Result<Arc<Manifest>> {
    let key = Key::Manifest(dataset.clone(), to);
    let numbers = Numbers::list(store, dataset).await?;
    if numbers.withdrawn.contains(&to) {
        return Err(Error::Missing(key));
    }
    let old = parse(&key.to_string(), &store.get(&key).await?)?;
    let changes = changes_back(store, &old, &numbers).await?;
    let manifest = Manifest {
        number: numbers.next(),
        parent: numbers.current(),
        published: now,
        program: PROGRAM.to_owned(),
        changes,
        note: Some(format!("rollback to {to}")),
        replaces: None,
        ..old
    };
    publish(store, manifest).await
}

/// The changelog from the current version back to an old one, for those who follow the changes.
async fn changes_back(store: &Store, old: &Manifest, numbers: &Numbers) -> Result<Option<ChangeSummary>> {
    let Some(current) = numbers.current().filter(|current| *current != old.number) else { return Ok(None) };
    let key = Key::Manifest(old.dataset.clone(), current);
    let current = parse(&key.to_string(), &store.get(&key).await?)?;
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("changes.parquet");
    let Some(summary) = changelog::between(store, &current, old, &path).await? else { return Ok(None) };
    version::changelog::keep(store, &old.dataset, numbers.next(), &path).await?;
    Ok(Some(summary))
}
