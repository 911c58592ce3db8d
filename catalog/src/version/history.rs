//! What happens to versions after publication: rolling back and withdrawing.

use std::sync::Arc;

use jiff::Timestamp;

use crate::{
    Result, Store,
    version::{Manifest, VersionNumber, Withdrawal},
};

use config::DatasetId;

/// Publishes a new version that shares the files of an old one.
pub async fn rollback(store: &Store, dataset: &DatasetId, to: VersionNumber, now: Timestamp) -> Result<Arc<Manifest>> {
    let _ = (store, dataset, to, now);
    todo!()
}

/// Writes the tombstone of a version.
pub async fn withdraw(store: &Store, dataset: &DatasetId, number: VersionNumber, why: Withdrawal) -> Result<()> {
    let _ = (store, dataset, number, why);
    todo!()
}
