//! Cleaning up behind withdrawn versions: what no other version shares is deleted, hashes stay.

use std::collections::BTreeSet;

use bytes::Bytes;
use config::DatasetId;

use super::{
    listing::{Numbers, read},
    upgrade::render,
};
use crate::{
    Error, Key, ObjectPath, Result, Sha256, Store,
    version::{Manifest, VersionNumber},
};

/// The note of a manifest that was cleaned.
const BARE: &str = "withdrawn: only hashes are kept";

/// What was deleted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cleaned {
    /// Files and changelogs, by path.
    pub deleted: Vec<String>,
}

/// Deletes the files and changelogs that only withdrawn versions name, and leaves of their manifests what holds no
/// value of the data: hashes stay. Doing it twice, or again after a crash, is harmless. The caller holds the dataset's
/// lease, so that no commit is under way.
///
/// # Errors
/// If a version that is not withdrawn cannot be read: then nothing is deleted.
pub async fn clean(store: &Store, dataset: &DatasetId) -> Result<Cleaned> {
    let numbers = Numbers::list(store, dataset).await?;
    let kept = named_by_kept(store, dataset, &numbers).await?;
    let mut cleaned = Cleaned::default();
    for number in &numbers.withdrawn {
        let Some(manifest) = readable(store, dataset, *number).await? else { continue };
        let bare = bare(&manifest);
        if bare == manifest {
            continue;
        }
        for path in named(&manifest) {
            if !kept.contains(&path) {
                store.delete_at(&path).await?;
                cleaned.deleted.push(path.to_string());
            }
        }
        // Last, so that a crash before it does all of this again.
        let key = Key::Manifest(dataset.clone(), *number);
        store.overwrite(&key, Bytes::from(render(&bare))).await?;
    }
    Ok(cleaned)
}

/// The sources that only withdrawn versions were read from.
///
/// # Errors
/// If a version that is not withdrawn cannot be read.
pub async fn given_up_sources(store: &Store, dataset: &DatasetId) -> Result<BTreeSet<Sha256>> {
    let numbers = Numbers::list(store, dataset).await?;
    let sources = |manifest: Manifest| manifest.sources.into_iter().map(|source| source.sha256);
    let mut given_up = BTreeSet::new();
    for number in &numbers.withdrawn {
        given_up.extend(readable(store, dataset, *number).await?.into_iter().flat_map(sources));
    }
    for number in numbers.manifests.difference(&numbers.withdrawn) {
        for sha256 in sources(read(store, dataset, *number).await?) {
            given_up.remove(&sha256);
        }
    }
    Ok(given_up)
}

/// Everything that the versions that are not withdrawn name.
pub(super) async fn named_by_kept(
    store: &Store,
    dataset: &DatasetId,
    numbers: &Numbers,
) -> Result<BTreeSet<ObjectPath>> {
    let mut kept = BTreeSet::new();
    for number in numbers.manifests.difference(&numbers.withdrawn) {
        kept.extend(named(&read(store, dataset, *number).await?));
    }
    Ok(kept)
}

/// Where a version's changelog is.
pub(crate) fn changelog_key(manifest: &Manifest) -> Option<Key> {
    manifest.changes_file.as_ref().map(|file| Key::Changes(manifest.dataset.clone(), file.sha256.clone()))
}

/// The paths of a version's files and changelog.
pub(super) fn named(manifest: &Manifest) -> Vec<ObjectPath> {
    let file = |file: &crate::version::PublishedFile| {
        Key::File(manifest.dataset.clone(), file.sha256.clone(), file.format).path()
    };
    manifest.files.iter().map(file).chain(changelog_key(manifest).map(|key| key.path())).collect()
}

/// The manifest of a withdrawn version; one that is lost or broken names nothing.
pub(super) async fn readable(store: &Store, dataset: &DatasetId, number: VersionNumber) -> Result<Option<Manifest>> {
    match read(store, dataset, number).await {
        Ok(manifest) => Ok(Some(manifest)),
        Err(Error::Missing(_) | Error::Manifest { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// A manifest without values of the data: the least and largest of a column, in the whole or in a part, may be what was
/// to be erased.
fn bare(manifest: &Manifest) -> Manifest {
    let mut files = manifest.files.clone();
    for part in files.iter_mut().filter_map(|file| file.part.as_mut()) {
        part.range.clear();
    }
    Manifest {
        files,
        statistics: std::collections::BTreeMap::new(),
        bbox: None,
        changes: None,
        changes_file: None,
        note: Some(BARE.to_owned()),
        ..manifest.clone()
    }
}
