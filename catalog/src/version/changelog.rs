//! Changelogs in the storage: where they are. They are read in [`crate::history`].

use std::path::Path;

use config::DatasetId;

use crate::{
    Key, Result, Store,
    version::{Manifest, VersionNumber},
};

/// Where a version's changelog is.
pub(crate) fn key(manifest: &Manifest) -> Option<Key> {
    manifest.changes.map(|_| Key::Changes(manifest.dataset.clone(), manifest.number))
}

/// Stores a changelog, before its version's manifest.
pub(crate) async fn keep(store: &Store, dataset: &DatasetId, number: VersionNumber, path: &Path) -> Result<()> {
    store.upload(&Key::Changes(dataset.clone(), number), path).await.map(drop)
}

/// Gives a version's changelog to another version too.
pub(crate) async fn copy(store: &Store, from: &Manifest, to: VersionNumber) -> Result<()> {
    match key(from) {
        Some(key) => store.copy(&key, &Key::Changes(from.dataset.clone(), to)).await,
        None => Ok(()),
    }
}
