//! Cleaning up behind withdrawn versions: what no other version shares is deleted, hashes stay.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use config::DatasetId;

use super::{
    listing::{Numbers, read},
    upgrade::render,
    withdraw::read_parts,
};
use crate::{
    Error, Key, ObjectPath, Result, Sha256, Store,
    version::{Manifest, PublishedFile, VersionNumber},
};

/// The note of a manifest that was cleaned.
const BARE: &str = "withdrawn: only hashes are kept";

/// The note of one of which some files are left.
const BARE_PARTLY: &str = "withdrawn as far as it bears names: of that only hashes are kept";

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
        let bare = if numbers.partial.contains(number) { bare_partly(&manifest) } else { bare(&manifest) };
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

/// Everything that the versions name that are not withdrawn, or only in part.
pub(super) async fn named_by_kept(
    store: &Store,
    dataset: &DatasetId,
    numbers: &Numbers,
) -> Result<BTreeSet<ObjectPath>> {
    let mut kept = BTreeSet::new();
    for number in numbers.manifests.difference(&numbers.withdrawn) {
        kept.extend(named(&read(store, dataset, *number).await?));
    }
    for number in &numbers.partial {
        let left = read_parts(store, dataset, *number).await?.left;
        kept.extend(left.iter().map(|file| path_of(dataset, file)));
        // Its changelog leads from it to what came later, and holds keys and hashes only.
        let manifest = readable(store, dataset, *number).await?;
        kept.extend(manifest.as_ref().and_then(changelog_key).map(|key| key.path()));
    }
    Ok(kept)
}

/// Where a version's changelog is.
pub(crate) fn changelog_key(manifest: &Manifest) -> Option<Key> {
    manifest.changes_file.as_ref().map(|file| Key::Changes(manifest.dataset.clone(), file.sha256.clone()))
}

/// The paths of a version's files and changelog.
pub(super) fn named(manifest: &Manifest) -> Vec<ObjectPath> {
    manifest
        .files
        .iter()
        .map(|file| path_of(&manifest.dataset, file))
        .chain(changelog_key(manifest).map(|key| key.path()))
        .collect()
}

fn path_of(dataset: &DatasetId, file: &PublishedFile) -> ObjectPath {
    Key::File(dataset.clone(), file.sha256.clone(), file.format).path()
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
    Manifest { changes: None, changes_file: None, note: Some(BARE.to_owned()), ..bare_partly(manifest) }
}

/// The same where some files and the changelog are left.
fn bare_partly(manifest: &Manifest) -> Manifest {
    Manifest {
        statistics: BTreeMap::new(),
        bbox: None,
        files: manifest.files.iter().map(PublishedFile::without_values).collect(),
        note: Some(BARE_PARTLY.to_owned()),
        ..manifest.clone()
    }
}
