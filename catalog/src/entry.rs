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
    /// Withdrawn versions, by number.
    pub withdrawn: BTreeMap<VersionNumber, Withdrawal>,
}

impl Entry {
    /// The current version: the highest number that is not withdrawn.
    pub fn current(&self) -> Option<&Arc<Manifest>> {
        self.versions.values().next_back()
    }
}
