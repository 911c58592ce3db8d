//! Withdrawing: a tombstone takes a version out of publication.

use bytes::Bytes;
use config::DatasetId;

use crate::{
    Created, Error, Key, Result, Store,
    version::{VersionNumber, Withdrawal},
};

/// Writes the tombstone of a version. A second one changes nothing. What only this version holds is deleted by
/// [`super::clean()`].
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
