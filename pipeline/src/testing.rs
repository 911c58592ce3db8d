//! A clock that tests set, and a small publisher with its storage.

use std::{
    cell::Cell,
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use catalog::{Catalog, Store};
use config::{DatasetId, StorageSpec};
use jiff::Timestamp;
use tempfile::TempDir;

use crate::{Result, RunRecord, Runner, RunnerParts, Silent, Stop, Trigger};

thread_local! {
    static NOW: Cell<Timestamp> = const { Cell::new(Timestamp::UNIX_EPOCH) };
}

/// The time that this thread's test has set.
pub(crate) fn clock() -> Timestamp {
    NOW.get()
}

/// Sets the time of this thread.
pub(crate) fn set_clock(now: Timestamp) {
    NOW.set(now);
}

/// Another number every time, as runs need it for their names.
pub(crate) fn random() -> f64 {
    static CALLS: AtomicU32 = AtomicU32::new(1);
    f64::from(CALLS.fetch_add(1, Ordering::Relaxed)) / f64::from(u32::MAX)
}

/// A storage in a new folder.
pub(crate) fn local_store() -> (TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let url = url::Url::from_directory_path(folder.path()).unwrap();
    let store = Store::open(&StorageSpec { url, options: BTreeMap::new() }).unwrap();
    (folder, store)
}

/// A publisher with the dataset `liste`, a CSV file of a number and a name.
pub(crate) struct Publisher {
    pub(crate) folder: TempDir,
    pub(crate) runner: Arc<Runner>,
}

pub(crate) const INSTANCE: &str = r#"
[publisher]
name = { nb = "Testvik", nn = "Testvik", en = "Testvik" }
organisation_number = "310529915"
[publisher.contact]
name = { nb = "Arkivet", nn = "Arkivet", en = "Archive" }
email = "arkiv@testvik.example"
[catalog]
title = { nb = "Data", nn = "Data", en = "Data" }
description = { nb = "Data", nn = "Data", en = "Data" }
"#;

const DATASET: &str = r#"
title = { nb = "Liste", nn = "Liste", en = "List" }
description = { nb = "En liste", nn = "Ei liste", en = "A list" }
themes = ["GOVE"]
licence = "CC0"
frequency = "DAILY"
profile = "table"
schedule = { cron = "0 6 * * *", time_zone = "UTC", jitter_seconds = 0 }
format = { kind = "csv", separator = ";" }
key = ["nummer"]
columns = [
    { name = "nummer", type = { is = "integer" }, title = { nb = "Nummer", nn = "Nummer", en = "Number" } },
    { name = "navn", type = { is = "text" }, title = { nb = "Navn", nn = "Namn", en = "Name" } },
]
"#;

impl Publisher {
    /// With a file as source and some lines of the section `pipeline`.
    pub(crate) async fn new(pipeline: &str) -> Self {
        Self::with(r#"{ kind = "file", path = "liste.csv" }"#, pipeline).await
    }

    /// With any source and some lines of the section `pipeline`.
    pub(crate) async fn with(source: &str, pipeline: &str) -> Self {
        Self::of(&format!("source = {source}\n{DATASET}"), pipeline).await
    }

    /// With any declaration and some lines of the section `pipeline`.
    pub(crate) async fn of(dataset: &str, pipeline: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let put = |name: &str, text: String| std::fs::write(folder.path().join(name), text).unwrap();
        std::fs::create_dir(folder.path().join("datasets")).unwrap();
        put("allmenning.toml", format!("{INSTANCE}[storage]\nurl = \"storage\"\n[pipeline]\n{pipeline}\n"));
        put("datasets/liste.toml", dataset.to_owned());
        put("liste.csv", "nummer;navn\n1;Å\n2;B\n".to_owned());
        let config = config::load(folder.path(), &config::Overrides::default(), &config::Env::empty());
        let config = Arc::new(config.unwrap_or_else(|problems| panic!("{problems}")));
        let store = Store::open(&config.storage).unwrap();
        let catalog = Catalog::open(store, config).await.unwrap();
        let parts = RunnerParts { clock, random, holder: "test".to_owned() };
        Self { folder, runner: Arc::new(Runner::new(catalog, parts)) }
    }

    pub(crate) fn id() -> DatasetId {
        "liste".parse().unwrap()
    }

    pub(crate) fn store(&self) -> &Store {
        self.runner.catalog().store()
    }

    /// Gives the source other rows.
    pub(crate) fn rows(&self, rows: &str) {
        std::fs::write(self.folder.path().join("liste.csv"), format!("nummer;navn\n{rows}")).unwrap();
    }

    /// Leaves nothing in the source, so that runs fail with `format-empty`.
    pub(crate) fn spoil(&self) {
        std::fs::write(self.folder.path().join("liste.csv"), "").unwrap();
    }

    /// Runs the dataset at a time.
    pub(crate) async fn run_at(&self, now: Timestamp) -> Result<RunRecord> {
        set_clock(now);
        self.runner.run(&Self::id(), Trigger::Schedule, Stop::default(), &Silent).await
    }

    /// The file or folder of an object or prefix in the storage.
    pub(crate) fn stored(&self, key: &impl ToString) -> std::path::PathBuf {
        self.folder.path().join("storage").join(key.to_string())
    }
}
