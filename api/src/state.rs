//! What every handler shares: the catalogue, the settings, the clock and a few caches.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use bytes::Bytes;
use catalog::{Catalog, Snapshot, Standings, graph::RdfFormat};
use config::{Config, DatasetId};
use jiff::Timestamp;
use serde::Serialize;
use tokio::sync::watch;

use crate::{
    asked::Ids,
    error::Problem,
    map::Kept,
    metrics::Metrics,
    query::{QueryPool, Tables},
    route::Route,
    sparql::WorkerPool,
};

/// What the scheduler of this process does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Schedule {
    /// There is none: another process runs the datasets.
    Off,
    /// It follows the schedules.
    Followed,
    /// It ended with an error and has not begun anew yet.
    Stopped,
}

/// Shared as `web::Data<State>`.
pub(crate) struct State {
    /// What is published.
    pub(crate) catalog: Catalog,
    /// What is declared.
    pub(crate) config: Arc<Config>,
    /// Counters and gauges of `/metrics`.
    pub(crate) metrics: Metrics,
    /// The present.
    pub(crate) clock: fn() -> Timestamp,
    /// When the server started.
    pub(crate) started: Timestamp,
    /// The processes that answer SPARQL queries.
    pub(crate) sparql: WorkerPool,
    /// Tables that are open.
    pub(crate) tables: Tables,
    /// Maps that were drawn.
    pub(crate) maps: Kept,
    /// Where tables are read.
    pub(crate) queries: QueryPool,
    /// The route table.
    pub(crate) routes: &'static [Route],
    /// Names requests.
    pub(crate) ids: Ids,
    ready: AtomicBool,
    schedule: Option<watch::Receiver<Schedule>>,
    standings: Option<watch::Receiver<Standings>>,
    dumps: Mutex<Dumps>,
}

/// What is described in an RDF document.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Document {
    /// The catalogue.
    Catalogue,
    /// A page of it, from 1.
    Page(usize),
    /// The catalogue as data.norge.no checks it.
    ForFdk,
    /// A dataset.
    Dataset(DatasetId),
}

/// Rendered RDF documents of one generation of the catalogue.
#[derive(Default)]
struct Dumps {
    generation: u64,
    documents: BTreeMap<(Document, &'static str), Bytes>,
}

impl State {
    /// The state of a server that has not begun to answer yet.
    ///
    /// # Errors
    /// What the operating system says if no threads can be started.
    pub(crate) fn new(
        catalog: Catalog,
        routes: &'static [Route],
        exe: PathBuf,
        clock: fn() -> Timestamp,
    ) -> std::io::Result<Self> {
        let config = Arc::clone(catalog.config());
        let queries = QueryPool::new(&config.server)?;
        Ok(Self {
            catalog,
            routes,
            sparql: WorkerPool::new(exe, config.server.sparql.clone()),
            config,
            metrics: Metrics::new(),
            clock,
            started: clock(),
            ids: Ids::default(),
            ready: AtomicBool::new(false),
            schedule: None,
            standings: None,
            dumps: Mutex::default(),
            tables: Tables::default(),
            maps: Kept::default(),
            queries,
        })
    }

    /// The state that also tells what the scheduler does and how runs stand.
    pub(crate) fn watching(self, schedule: watch::Receiver<Schedule>, standings: watch::Receiver<Standings>) -> Self {
        Self { schedule: Some(schedule), standings: Some(standings), ..self }
    }

    /// How the runs of the datasets stand, as far as somebody told.
    pub(crate) fn standings(&self) -> Standings {
        self.standings.as_ref().map(|standings| standings.borrow().clone()).unwrap_or_default()
    }

    /// What the scheduler of this process does.
    pub(crate) fn schedule(&self) -> Schedule {
        self.schedule.as_ref().map_or(Schedule::Off, |schedule| *schedule.borrow())
    }

    /// What is published now; take it once per request.
    pub(crate) fn snapshot(&self) -> Arc<Snapshot> {
        self.catalog.snapshot()
    }

    /// The root of every public address, with a slash at the end.
    pub(crate) fn base(&self) -> &str {
        self.config.base_url.as_str()
    }

    /// Whether requests should be sent here (`/health/ready`).
    pub(crate) fn is_ready(&self) -> bool {
        self.ready.load(Ordering::Acquire)
    }

    /// Says whether requests should be sent here.
    pub(crate) fn set_ready(&self, ready: bool) {
        self.ready.store(ready, Ordering::Release);
    }

    /// An RDF document, rendered once for each generation; `None` where a dataset is not in the graph.
    pub(crate) fn dump(
        &self,
        snapshot: &Snapshot,
        document: &Document,
        format: RdfFormat,
    ) -> Result<Option<Bytes>, Problem> {
        let key = (document.clone(), format.extension());
        if let Some(bytes) = self.remembered(snapshot.generation, &key) {
            return Ok(Some(bytes));
        }
        let rendered = match document {
            Document::Catalogue => Some(snapshot.graph.catalogue(format)?),
            Document::Page(page) => snapshot.graph.catalogue_page(*page, format)?,
            Document::ForFdk => Some(snapshot.graph.catalogue_for_fdk(format)?),
            Document::Dataset(dataset) => snapshot.graph.dataset(dataset, format)?,
        };
        let Some(bytes) = rendered.map(Bytes::from) else { return Ok(None) };
        let mut dumps = self.dumps.lock().unwrap_or_else(PoisonError::into_inner);
        if dumps.generation < snapshot.generation {
            *dumps = Dumps { generation: snapshot.generation, ..Dumps::default() };
        }
        if dumps.generation == snapshot.generation {
            dumps.documents.insert(key, bytes.clone());
        }
        Ok(Some(bytes))
    }

    fn remembered(&self, generation: u64, key: &(Document, &'static str)) -> Option<Bytes> {
        let dumps = self.dumps.lock().unwrap_or_else(PoisonError::into_inner);
        if dumps.generation == generation { dumps.documents.get(key).cloned() } else { None }
    }
}
