//! Which versions a dataset has, and what is to be known of all of them.

use std::collections::BTreeSet;

use config::{DatasetId, FileFormat};

use crate::{
    Error, Key, Result, Sha256, Store,
    version::{Draft, Manifest, VersionNumber, WithdrawalKind, parse, parse_withdrawal},
};

/// The numbers of a dataset's versions, as the storage's file names tell them.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Numbers {
    /// Numbers that have a manifest.
    pub(crate) manifests: BTreeSet<VersionNumber>,
    /// Numbers that have a tombstone, be it of the whole version or of some of its files.
    pub(crate) withdrawn: BTreeSet<VersionNumber>,
    /// Those of which some files are left.
    pub(crate) partial: BTreeSet<VersionNumber>,
}

impl Numbers {
    /// Lists the versions of a dataset.
    pub(crate) async fn list(store: &Store, dataset: &DatasetId) -> Result<Self> {
        let names = store.list(&Key::versions(dataset)).await?;
        let mut numbers = Self::default();
        for name in &names {
            let Some(stem) = name.strip_suffix(".json") else { continue };
            let (digits, set) = if let Some(digits) = stem.strip_suffix(".withdrawn") {
                (digits, &mut numbers.withdrawn)
            } else if let Some(digits) = stem.strip_suffix(".parts") {
                (digits, &mut numbers.partial)
            } else {
                (stem, &mut numbers.manifests)
            };
            set.extend(digits.parse().ok().map(VersionNumber));
        }
        numbers.partial.retain(|number| !numbers.withdrawn.contains(number));
        numbers.withdrawn.extend(&numbers.partial);
        Ok(numbers)
    }

    /// The numbers of which everything or something is left.
    pub(crate) fn kept(&self) -> impl Iterator<Item = VersionNumber> {
        let gone = |number: &&VersionNumber| !self.withdrawn.contains(number) || self.partial.contains(number);
        self.manifests.iter().filter(gone).copied()
    }

    /// The highest number that is not withdrawn.
    pub(crate) fn current(&self) -> Option<VersionNumber> {
        self.manifests.difference(&self.withdrawn).max().copied()
    }

    /// The highest number there ever was.
    pub(crate) fn last(&self) -> Option<VersionNumber> {
        self.manifests.last().max(self.withdrawn.last()).copied()
    }

    /// The number after all others, withdrawn ones included.
    pub(crate) fn next(&self) -> VersionNumber {
        self.last().map_or(VersionNumber::FIRST, VersionNumber::next)
    }
}

/// Reads the manifest of a version.
///
/// # Errors
/// `Missing` if there is none, `Manifest` if it cannot be read or is that of another version.
pub(crate) async fn read(store: &Store, dataset: &DatasetId, number: VersionNumber) -> Result<Manifest> {
    let key = Key::Manifest(dataset.clone(), number);
    let name = key.to_string();
    let manifest = parse(&name, &store.get(&key).await?)?;
    if manifest.dataset == *dataset && manifest.number == number {
        return Ok(manifest);
    }
    let reason = format!("it is the manifest of version {} of '{}'", manifest.number, manifest.dataset);
    Err(Error::Manifest { key: name, reason })
}

/// The newest manifest that can be read, be its version withdrawn or not.
///
/// # Errors
/// The storage's.
pub async fn newest(store: &Store, dataset: &DatasetId) -> Result<Option<Manifest>> {
    for number in Numbers::list(store, dataset).await?.manifests.iter().rev() {
        match read(store, dataset, *number).await {
            Ok(manifest) => return Ok(Some(manifest)),
            // The commit says so, if it matters.
            Err(Error::Manifest { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(None)
}

/// A withdrawn version whose content would come back with this draft: all of its tables that the parent does not have.
///
/// # Errors
/// The storage's.
pub async fn withdrawn_twin(store: &Store, draft: &Draft) -> Result<Option<VersionNumber>> {
    let numbers = Numbers::list(store, &draft.dataset.id).await?;
    twin_of(store, draft, &numbers).await
}

/// As [`withdrawn_twin`], where the numbers are known.
pub(super) async fn twin_of(store: &Store, draft: &Draft, numbers: &Numbers) -> Result<Option<VersionNumber>> {
    let parquet = draft.files.iter().filter(|file| file.format == FileFormat::Parquet);
    let new: BTreeSet<&Sha256> = parquet.map(|file| &file.sha256).collect();
    let kept: BTreeSet<&Sha256> =
        draft.parent.iter().flat_map(|parent| parent.tables().map(|file| &file.sha256)).collect();
    for number in numbers.withdrawn.difference(&numbers.partial) {
        // What was only published under another number, or kept for its time, may come back.
        if kind(store, &draft.dataset.id, *number).await? != WithdrawalKind::Withdrawn {
            continue;
        }
        let gone = match read(store, &draft.dataset.id, *number).await {
            Ok(manifest) => manifest,
            Err(error @ (Error::Manifest { .. } | Error::Missing(_))) => {
                tracing::error!(code = error.code(), %error, "a withdrawn version cannot be compared with the draft");
                continue;
            }
            Err(error) => return Err(error),
        };
        let mut own = gone.tables().map(|file| &file.sha256).filter(|hash| !kept.contains(hash)).peekable();
        if own.peek().is_some() && own.all(|hash| new.contains(hash)) {
            return Ok(Some(*number));
        }
    }
    Ok(None)
}

/// On what occasion a version was withdrawn; a tombstone that cannot be read counts as the gravest.
async fn kind(store: &Store, dataset: &DatasetId, number: VersionNumber) -> Result<WithdrawalKind> {
    let key = Key::Withdrawn(dataset.clone(), number);
    let bytes = store.get(&key).await?;
    Ok(parse_withdrawal(&key.to_string(), &bytes).map(|withdrawal| withdrawal.kind).unwrap_or_default())
}
