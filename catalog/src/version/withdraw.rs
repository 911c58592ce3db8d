//! Withdrawing: a tombstone takes a version out of publication.

use bytes::Bytes;
use config::DatasetId;

use crate::{
    Created, Error, Key, Result, Store,
    version::{Manifest, VersionNumber, Withdrawal, WithdrawalKind},
};

/// Writes the tombstone of a version. A second one changes nothing. What only this version holds is deleted by
/// [`super::clean()`].
///
/// # Errors
/// `Missing` if there is no such version.
pub async fn withdraw(store: &Store, dataset: &DatasetId, number: VersionNumber, why: Withdrawal) -> Result<()> {
    store.size(&Key::Manifest(dataset.clone(), number)).await?;
    bury(store, Key::Withdrawn(dataset.clone(), number), &why).await
}

/// Writes the tombstone of the files of a version that bear names of persons; the others stay. A tombstone of the whole
/// version goes before it.
///
/// # Errors
/// The storage's.
pub async fn withdraw_names(store: &Store, version: &Manifest, why: Withdrawal) -> Result<()> {
    let left = version.files_without_names();
    let why = Withdrawal { kind: WithdrawalKind::Names, left, ..why };
    bury(store, Key::Parts(version.dataset.clone(), version.number), &why).await
}

/// Reads what is left of a version of which some files were withdrawn.
///
/// # Errors
/// `Manifest` if the tombstone is broken.
pub(crate) async fn read_parts(store: &Store, dataset: &DatasetId, number: VersionNumber) -> Result<Withdrawal> {
    let key = Key::Parts(dataset.clone(), number);
    parse_withdrawal(&key.to_string(), &store.get(&key).await?)
}

async fn bury(store: &Store, key: Key, why: &Withdrawal) -> Result<()> {
    let bytes = serde_json::to_vec_pretty(why)
        .map_err(|error| Error::Manifest { key: key.to_string(), reason: error.to_string() })?;
    match store.create(&key, Bytes::from(bytes)).await? {
        Created::Now => tracing::info!(%key, "withdrawn"),
        Created::Before => tracing::info!(%key, "was withdrawn before"),
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
