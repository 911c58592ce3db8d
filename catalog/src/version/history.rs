//! What happens to versions after publication: rolling back and withdrawing.

use std::sync::Arc;

use bytes::Bytes;
use config::DatasetId;
use jiff::Timestamp;

use super::commit::{Numbers, PROGRAM, publish};
use crate::{
    Created, Error, Key, Result, Store,
    version::{Manifest, VersionNumber, Withdrawal, parse},
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
    let manifest = Manifest {
        number: numbers.next(),
        parent: numbers.current(),
        published: now,
        program: PROGRAM.to_owned(),
        changes: None,
        note: Some(format!("rollback to {to}")),
        ..old
    };
    publish(store, manifest).await
}

/// Writes the tombstone of a version. A second one changes nothing.
///
/// # Errors
/// `Missing` if there is no such version.
pub async fn withdraw(store: &Store, dataset: &DatasetId, number: VersionNumber, why: Withdrawal) -> Result<()> {
    store.size(&Key::Manifest(dataset.clone(), number)).await?;
    let key = Key::Withdrawn(dataset.clone(), number);
    let bytes = serde_json::to_vec_pretty(&why)
        .map_err(|error| Error::Manifest { key: key.to_string(), reason: error.to_string() })?;
    match store.create(&key, Bytes::from(bytes)).await? {
        Created::Now => tracing::info!(%dataset, %number, "version withdrawn"),
        Created::Before => tracing::info!(%dataset, %number, "version was withdrawn before"),
    }
    Ok(())
}

/// A tombstone from its stored form.
///
/// # Errors
/// `Manifest` if it is broken; `key` is only for the message.
pub(crate) fn parse_withdrawal(key: &str, bytes: &[u8]) -> Result<Withdrawal> {
    serde_json::from_slice(bytes).map_err(|error| Error::Manifest { key: key.to_owned(), reason: error.to_string() })
}
