//! The handle to all that is published, and what a reader sees of it at one moment.

use std::{collections::BTreeMap, sync::Arc};

use config::{Config, Dataset, DatasetId};

use crate::{
    Result, Search, Store,
    graph::Graph,
    version::{Manifest, VersionNumber, Withdrawal},
};

/// The handle to all that is published. Cheap to clone; readers take a [`Snapshot`] and keep it for one request.
#[derive(Debug, Clone)]
pub struct Catalog {
    store: Store,
    config: Arc<Config>,
}

impl Catalog {
    /// Reads every manifest of the declared datasets and builds graph and index from them.
    pub async fn open(store: Store, config: Arc<Config>) -> Result<Self> {
        let _ = (&store, &config);
        todo!()
    }

    /// The storage.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// What is declared.
    pub fn config(&self) -> &Arc<Config> {
        &self.config
    }

    /// What is published now.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        todo!()
    }

    /// Looks at the storage for versions that came or went, in any process; true if the snapshot changed.
    pub async fn refresh(&self) -> Result<bool> {
        todo!()
    }
}

/// What is published at one moment; never changes.
#[derive(Debug)]
pub struct Snapshot {
    /// Counts up with every change; the root of catalogue ETags together with `etag`.
    pub generation: u64,
    /// Hash over every dataset's metadata hash and current version: the same on all replicas.
    pub etag: String,
    /// Every declared dataset, published or not.
    pub datasets: BTreeMap<DatasetId, Entry>,
    /// The RDF view.
    pub graph: Graph,
    /// The search index.
    pub search: Search,
}

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
