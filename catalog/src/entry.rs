//! One declared dataset and its versions.

use std::{collections::BTreeMap, sync::Arc};

use config::Dataset;

use crate::{
    VersionNumber,
    version::{Manifest, Withdrawal},
};

/// One declared dataset and its versions.
#[derive(Debug, Clone)]
pub struct Entry {
    /// What is declared.
    pub dataset: Arc<Dataset>,
    /// All versions that are not withdrawn, by number.
    pub versions: BTreeMap<VersionNumber, Arc<Manifest>>,
    /// Withdrawn versions, by number, those of which some files are left included.
    pub withdrawn: BTreeMap<VersionNumber, Withdrawal>,
    /// Versions of which some files are left, by number. Of their manifests only hashes, columns, key, parent and
    /// changelog are to be relied on.
    pub partial: BTreeMap<VersionNumber, Arc<Manifest>>,
}

impl Entry {
    /// A dataset of which nothing is published yet.
    pub fn unpublished(dataset: Dataset) -> Self {
        Self {
            dataset: Arc::new(dataset),
            versions: BTreeMap::new(),
            withdrawn: BTreeMap::new(),
            partial: BTreeMap::new(),
        }
    }

    /// The current version: the highest number that is not withdrawn.
    pub fn current(&self) -> Option<&Arc<Manifest>> {
        self.versions.values().next_back()
    }

    /// A version that is there, wholly or in part.
    pub fn known(&self, number: VersionNumber) -> Option<&Arc<Manifest>> {
        self.versions.get(&number).or_else(|| self.partial.get(&number))
    }

    /// What answers about the dataset depend on: its description, and which versions there are and were.
    pub(crate) fn stamp(&self) -> String {
        use std::fmt::Write;
        let mut text = self.dataset.metadata_sha256.clone();
        // Writing to a String cannot fail.
        for number in self.versions.keys() {
            let _ = write!(text, " {number}");
        }
        for number in self.withdrawn.keys() {
            let part = if self.partial.contains_key(number) { "~" } else { "" };
            let _ = write!(text, " -{part}{number}");
        }
        text
    }

    /// Versions with names of persons that are not the newest: their names must go.
    pub fn with_old_names(&self) -> impl Iterator<Item = &Arc<Manifest>> {
        self.versions.values().rev().skip(1).filter(|manifest| manifest.names_until().is_some())
    }
}
