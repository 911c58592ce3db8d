//! What was told of each dataset, kept in the storage so that a new start tells nothing twice.

use std::collections::BTreeMap;

use bytes::Bytes;
use catalog::{Key, RunId, Store};
use config::DatasetId;
use jiff::Timestamp;

use super::news::Told;
use crate::{Error, Result};

/// What was told last over each channel.
pub(super) type Channels = BTreeMap<String, Told>;

/// Reads what was told of a dataset; what cannot be read counts as nothing.
///
/// # Errors
/// The storage's.
pub(super) async fn read(store: &Store, dataset: &DatasetId) -> Result<Channels> {
    let names = store.list(&Key::notices(dataset)).await?;
    let Some(id) = names.last().and_then(|name| RunId::from_file_name(name)) else { return Ok(Channels::new()) };
    let bytes = store.get(&Key::Notice(dataset.clone(), id)).await?;
    let read = serde_json::from_slice(&bytes);
    Ok(read.inspect_err(|error| tracing::warn!(%dataset, %error, "what was told cannot be read")).unwrap_or_default())
}

/// Keeps what was told of a dataset from now on; what was kept before goes.
///
/// # Errors
/// The storage's.
pub(super) async fn write(store: &Store, dataset: &DatasetId, told: &Channels, id: RunId) -> Result<()> {
    let before = store.list(&Key::notices(dataset)).await?;
    let body = serde_json::to_vec_pretty(told).map_err(|error| Error::Internal(error.to_string()))?;
    let key = Key::Notice(dataset.clone(), id);
    store.create(&key, Bytes::from(body)).await?;
    for old in before.iter().filter_map(|name| RunId::from_file_name(name)) {
        let old = Key::Notice(dataset.clone(), old);
        if old != key {
            store.delete_private(&old).await?;
        }
    }
    Ok(())
}

/// A name for what is kept now, which sorts behind what was kept before.
pub(super) fn name(now: Timestamp, random: f64) -> RunId {
    // The fraction is cut off on purpose: any number will do.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a random number in range")]
    let salt = (random * f64::from(u32::MAX)) as u32;
    RunId::new(now, salt)
}
