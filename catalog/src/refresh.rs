//! From the storage's folders to the catalogue's entries: only what is new is read, and one broken object hides
//! nothing but itself.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use config::DatasetId;
use futures::{FutureExt, StreamExt, stream};

use crate::{
    Entry, Error, Key, Result, Store,
    version::{self, Manifest, Numbers, VersionNumber, Withdrawal, parse_withdrawal},
};

/// Requests to the storage that are on their way at the same time.
const AT_ONCE: usize = 16;

/// Brings entries up to date. Objects that cannot be read are logged once and kept in `broken`; a dataset whose folder
/// cannot be listed keeps its last entry.
///
/// # Errors
/// The first failure, if every dataset failed.
pub(crate) async fn read(
    store: &Store,
    before: &BTreeMap<DatasetId, Entry>,
    broken: &mut BTreeSet<Key>,
) -> Result<BTreeMap<DatasetId, Entry>> {
    let reads = before.iter().map(|(id, entry)| async move { (id, read_one(store, id, entry).await) }.boxed());
    let reads: Vec<_> = reads.collect();
    let results: Vec<_> = stream::iter(reads).buffer_unordered(AT_ONCE).collect().await;
    let mut entries = before.clone();
    let mut found_broken = BTreeSet::new();
    let mut first_failure = None;
    let mut succeeded = results.is_empty();
    for (id, result) in results {
        match result {
            Ok((entry, failures)) => {
                succeeded = true;
                entries.insert(id.clone(), entry);
                found_broken.extend(failures.into_iter().map(|(key, error)| report(key, &error, broken)));
            }
            Err(error) => {
                tracing::warn!(dataset = %id, code = error.code(), %error, "versions cannot be listed");
                first_failure.get_or_insert(error);
            }
        }
    }
    *broken = found_broken;
    match first_failure {
        Some(error) if !succeeded => Err(error),
        _ => Ok(entries),
    }
}

fn report(key: Key, error: &Error, known: &BTreeSet<Key>) -> Key {
    if !known.contains(&key) {
        tracing::error!(%key, code = error.code(), %error, "a version cannot be read and is left out");
    }
    key
}

/// What one object of a versions folder turned out to be.
enum Found {
    Version(Arc<Manifest>),
    Withdrawn(VersionNumber, Withdrawal),
    Partial(Arc<Manifest>, Withdrawal),
    Broken(Key, Error),
}

async fn read_one(store: &Store, id: &DatasetId, before: &Entry) -> Result<(Entry, Vec<(Key, Error)>)> {
    let numbers = Numbers::list(store, id).await?;
    let new_versions = numbers.manifests.difference(&numbers.withdrawn).filter(|n| !before.versions.contains_key(n));
    // A tombstone of the whole version may take the place of one of some files.
    let whole = numbers.withdrawn.difference(&numbers.partial);
    let new_tombstones = whole.filter(|n| !before.withdrawn.contains_key(n) || before.partial.contains_key(n));
    let new_parts = numbers.partial.iter().filter(|n| !before.partial.contains_key(n));
    let keys = new_versions
        .map(|number| Key::Manifest(id.clone(), *number))
        .chain(new_tombstones.map(|number| Key::Withdrawn(id.clone(), *number)))
        .chain(new_parts.map(|number| Key::Parts(id.clone(), *number)));
    let reads: Vec<_> = keys.map(|key| fetch(store, key).boxed()).collect();
    let found: Vec<Found> = stream::iter(reads).buffer_unordered(AT_ONCE).collect().await;

    let mut entry = before.clone();
    entry.versions.retain(|number, _| numbers.manifests.contains(number) && !numbers.withdrawn.contains(number));
    entry.withdrawn.retain(|number, _| numbers.withdrawn.contains(number));
    entry.partial.retain(|number, _| numbers.partial.contains(number));
    let mut failures = Vec::new();
    for found in found {
        match found {
            Found::Version(manifest) => drop(entry.versions.insert(manifest.number, manifest)),
            Found::Withdrawn(number, withdrawal) => drop(entry.withdrawn.insert(number, withdrawal)),
            Found::Partial(manifest, withdrawal) => {
                entry.withdrawn.insert(manifest.number, withdrawal);
                entry.partial.insert(manifest.number, manifest);
            }
            Found::Broken(key, error) => failures.push((key, error)),
        }
    }
    Ok((entry, failures))
}

async fn fetch(store: &Store, key: Key) -> Found {
    try_fetch(store, &key).await.unwrap_or_else(|error| Found::Broken(key, error))
}

async fn try_fetch(store: &Store, key: &Key) -> Result<Found> {
    match key {
        Key::Withdrawn(_, number) => {
            let bytes = store.get(key).await?;
            Ok(Found::Withdrawn(*number, parse_withdrawal(&key.to_string(), &bytes)?))
        }
        Key::Manifest(id, number) => Ok(Found::Version(Arc::new(version::read(store, id, *number).await?))),
        Key::Parts(id, number) => {
            let manifest = Arc::new(version::read(store, id, *number).await?);
            Ok(Found::Partial(manifest, version::read_parts(store, id, *number).await?))
        }
        _ => Err(Error::Missing(key.clone())),
    }
}
