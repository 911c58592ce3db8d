//! The handle to all that is published, and what a reader sees of it at one moment.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, PoisonError, RwLock},
};

use config::{Config, DatasetId};
use tokio::sync::Mutex;

use crate::{Entry, Error, Key, Result, Search, Sha256, Store, graph::Graph, refresh};

/// The handle to all that is published. Cheap to clone; readers take a [`Snapshot`] and keep it for one request.
#[derive(Debug, Clone)]
pub struct Catalog {
    store: Store,
    config: Arc<Config>,
    current: Arc<RwLock<Arc<Snapshot>>>,
    /// Held by the one refresh at a time; objects that could not be read, so that each is logged once.
    broken: Arc<Mutex<BTreeSet<Key>>>,
}

impl Catalog {
    /// Reads every manifest of the declared datasets and builds graph and index from them.
    ///
    /// # Errors
    /// The storage's, if it can be read for no dataset; a single unreadable version is logged and left out.
    pub async fn open(store: Store, config: Arc<Config>) -> Result<Self> {
        let mut broken = BTreeSet::new();
        let entries = refresh::read(&store, &empty(&config), &mut broken).await?;
        let snapshot = Snapshot::build(&config, entries, None).await?;
        let current = Arc::new(RwLock::new(Arc::new(snapshot)));
        Ok(Self { store, config, current, broken: Arc::new(Mutex::new(broken)) })
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
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The manifests and tombstones that could not be read and are left out of the snapshot.
    pub async fn unreadable(&self) -> BTreeSet<Key> {
        self.broken.lock().await.clone()
    }

    /// Looks at the storage for versions that came or went, in any process; true if the snapshot changed.
    ///
    /// # Errors
    /// The storage's, if it can be read for no dataset; the last snapshot stays.
    pub async fn refresh(&self) -> Result<bool> {
        let mut broken = self.broken.lock().await;
        let before = self.snapshot();
        let entries = refresh::read(&self.store, &before.datasets, &mut broken).await?;
        let same = |(old, new): (&Entry, &Entry)| {
            old.versions.keys().eq(new.versions.keys())
                && old.withdrawn.keys().eq(new.withdrawn.keys())
                && old.partial.keys().eq(new.partial.keys())
        };
        if before.datasets.values().zip(entries.values()).all(same) {
            return Ok(false);
        }
        let after = Snapshot::build(&self.config, entries, Some(&before)).await?;
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(after);
        Ok(true)
    }
}

fn empty(config: &Config) -> BTreeMap<DatasetId, Entry> {
    // What was published of a dataset whose declaration is broken now stays published.
    let broken = config.broken.values().filter_map(|broken| broken.declared.as_ref());
    config
        .datasets
        .values()
        .chain(broken)
        .map(|dataset| (dataset.id.clone(), Entry::unpublished(dataset.clone())))
        .collect()
}

/// What is published at one moment; never changes.
#[derive(Debug)]
pub struct Snapshot {
    /// Counts up with every change; the root of catalogue `ETag`s together with `etag`.
    pub generation: u64,
    /// Hash over every dataset's metadata hash and current version: the same on all replicas.
    pub etag: String,
    /// Every declared dataset, published or not.
    pub datasets: BTreeMap<DatasetId, Entry>,
    /// The RDF view.
    pub graph: Graph,
    /// The `etag` of the state that the graph shows; an older one where the graph of this state cannot be built, `None`
    /// if there never was a graph.
    pub graph_etag: Option<String>,
    /// The search index.
    pub search: Search,
}

impl Snapshot {
    async fn build(
        config: &Arc<Config>,
        datasets: BTreeMap<DatasetId, Entry>,
        before: Option<&Snapshot>,
    ) -> Result<Self> {
        let etag = etag(config, &datasets);
        let search = Search::build(datasets.values());
        let (built, datasets) = build_graph(config, datasets, before.map(|before| before.graph.clone())).await?;
        // A graph that cannot be built must not hide data that is fine: the last one stands in.
        let (graph, graph_etag) = match (built, before) {
            (Some(graph), _) => (graph, Some(etag.clone())),
            (None, Some(before)) => (before.graph.clone(), before.graph_etag.clone()),
            (None, None) => (Graph::from_nquads(b"")?, None),
        };
        let generation = before.map_or(1, |before| before.generation + 1);
        Ok(Self { generation, etag, datasets, graph, graph_etag, search })
    }
}

/// Builds the graph on a thread of its own; `None` if it cannot be built.
async fn build_graph(
    config: &Arc<Config>,
    datasets: BTreeMap<DatasetId, Entry>,
    before: Option<Graph>,
) -> Result<(Option<Graph>, BTreeMap<DatasetId, Entry>)> {
    let shared = Arc::new(datasets);
    let (job_config, job_datasets) = (Arc::clone(config), Arc::clone(&shared));
    let built = tokio::task::spawn_blocking(move || Graph::build(&job_config, &job_datasets, before.as_ref())).await;
    let built = built.map_err(|error| Error::Graph(error.to_string())).and_then(|graph| graph);
    let failed = |error: &Error| tracing::error!(code = error.code(), %error, "the metadata graph cannot be built");
    let graph = built.inspect_err(failed).ok();
    Ok((graph, Arc::unwrap_or_clone(shared)))
}

/// Hash over everything that answers about the catalogue depend on; knows neither machine nor time.
fn etag(config: &Config, datasets: &BTreeMap<DatasetId, Entry>) -> String {
    use std::fmt::Write;
    let mut text = format!("{} {}\n", env!("CARGO_PKG_VERSION"), config.base_url);
    for texts in [serde_json::to_string(&config.publisher), serde_json::to_string(&config.catalog)] {
        text.push_str(&texts.unwrap_or_default());
    }
    for (id, entry) in datasets {
        // Writing to a String cannot fail.
        let _ = write!(text, "\n{id} {}", entry.stamp());
    }
    Sha256::of(text.as_bytes()).to_string()
}

#[cfg(test)]
mod tests {
    use config::GateKind;
    use jiff::Timestamp;

    use super::*;
    use crate::{
        testing,
        version::{Clearance, Outcome, VersionNumber, Withdrawal, commit, withdraw},
    };

    async fn publish(catalog: &Catalog, id: &str, content: &str) {
        let snapshot = catalog.snapshot();
        let entry = &snapshot.datasets[&id.parse().unwrap()];
        let draft = testing::draft(&entry.dataset, entry.current().cloned(), content);
        let clearance = Clearance::grant(&draft, &GateKind::all(), testing::reports()).unwrap();
        let outcome = commit(catalog.store(), draft, clearance, Timestamp::UNIX_EPOCH).await.unwrap();
        assert!(matches!(outcome, Outcome::Published(_)));
    }

    async fn open(folder: &std::path::Path) -> Catalog {
        let datasets = vec![testing::dataset("a", "Boliger", "x"), testing::dataset("b", "Postnummer", "y")];
        Catalog::open(Store::local(folder), testing::config(datasets)).await.unwrap()
    }

    fn current(catalog: &Catalog, id: &str) -> Option<u64> {
        catalog.snapshot().datasets[&id.parse().unwrap()].current().map(|manifest| manifest.number.0)
    }

    #[tokio::test]
    async fn a_catalogue_follows_what_other_processes_publish() {
        let folder = tempfile::tempdir().unwrap();
        let (writer, reader) = (open(folder.path()).await, open(folder.path()).await);
        let before = reader.snapshot();
        assert!(!reader.refresh().await.unwrap());
        publish(&writer, "a", "one").await;
        assert!(reader.refresh().await.unwrap());
        assert!(!reader.refresh().await.unwrap());
        assert_eq!((current(&reader, "a"), current(&reader, "b")), (Some(1), None));
        assert_eq!(reader.snapshot().generation, before.generation + 1);
        assert!(before.datasets.values().all(|entry| entry.current().is_none()), "a snapshot never changes");
        assert_ne!(reader.snapshot().etag, before.etag);
        assert_eq!(reader.snapshot().etag, open(folder.path()).await.snapshot().etag);
    }

    #[tokio::test]
    async fn a_withdrawn_version_gives_way_to_the_one_before() {
        let folder = tempfile::tempdir().unwrap();
        let catalog = open(folder.path()).await;
        for content in ["one", "two"] {
            publish(&catalog, "a", content).await;
            catalog.refresh().await.unwrap();
        }
        assert_eq!(current(&catalog, "a"), Some(2));
        let time = Timestamp::UNIX_EPOCH;
        let why = Withdrawal { time, by: "arkivar".to_owned(), reason: "feil".to_owned(), ..Withdrawal::default() };
        withdraw(catalog.store(), &"a".parse().unwrap(), VersionNumber(2), why).await.unwrap();
        assert!(catalog.refresh().await.unwrap());
        assert_eq!(current(&catalog, "a"), Some(1));
        assert_eq!(catalog.snapshot().datasets[&"a".parse().unwrap()].withdrawn[&VersionNumber(2)].by, "arkivar");
    }

    #[tokio::test]
    async fn a_broken_manifest_hides_only_itself() {
        let folder = tempfile::tempdir().unwrap();
        let catalog = open(folder.path()).await;
        publish(&catalog, "a", "one").await;
        publish(&catalog, "b", "one").await;
        let versions = folder.path().join("public/datasets/a/versions");
        std::fs::write(versions.join("00000002.json"), "{ not json").unwrap();
        // A manifest that was copied to another number.
        std::fs::copy(versions.join("00000001.json"), versions.join("00000003.json")).unwrap();
        assert!(catalog.refresh().await.unwrap());
        assert_eq!((current(&catalog, "a"), current(&catalog, "b")), (Some(1), Some(1)));
        assert!(!catalog.refresh().await.unwrap());
        assert_eq!(current(&open(folder.path()).await, "a"), Some(1));
    }

    #[tokio::test]
    async fn a_storage_that_cannot_be_listed_keeps_the_last_snapshot() {
        let folder = tempfile::tempdir().unwrap();
        let catalog = open(folder.path()).await;
        publish(&catalog, "a", "one").await;
        catalog.refresh().await.unwrap();
        let before = catalog.snapshot();
        let (public, away) = (folder.path().join("public"), folder.path().join("away"));
        std::fs::rename(&public, &away).unwrap();
        std::fs::write(&public, "a file in the place of the folder").unwrap();
        let outcome = catalog.refresh().await;
        assert!(outcome.is_err(), "{outcome:?}");
        assert!(Arc::ptr_eq(&before, &catalog.snapshot()));
    }
}
