//! A journal over days by a set clock: names that stay for a year in the newest version, and how they go.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use catalog::{Catalog, Entry, Key, Store, VersionNumber, version::Withdrawal};
use config::{Env, FileFormat, Overrides};
use jiff::{SignedDuration, Timestamp, civil::date};
use tokio::sync::watch;

use super::*;
use crate::{
    NamesEnd, Outcome, Silent, agenda,
    erase::{self, Intent, Name},
    follow,
    names::due_by_day,
    status,
    testing::{INSTANCE, clock, random, set_clock},
};

const DATASET: &str = r#"
title = { nb = "Journal", nn = "Journal", en = "Journal" }
description = { nb = "Journal", nn = "Journal", en = "Journal" }
themes = ["GOVE"]
licence = "CC0"
frequency = "DAILY"
profile = "table"
key = ["id"]
source = { kind = "file", path = "data.csv" }
format = { kind = "csv", separator = "," }
distributions = ["csv"]
partition = { column = "dag", by = "month" }
[gates.drift]
max_row_growth = 1.0
[gates.privacy]
names = "one-year"
names_decision = { nb = "Vedtak 1", nn = "Vedtak 1", en = "Decision 1" }
names_dates = ["dag"]
[[columns]]
name = "id"
type = "code"
title = { nb = "Id" }
[[columns]]
name = "dag"
type = "date"
title = { nb = "Dag" }
[[columns]]
name = "part"
type = "text"
class = "names"
names = { kind = "slag", organisations = ["org"] }
title = { nb = "Part" }
[[columns]]
name = "slag"
type = "code"
class = "personal"
title = { nb = "Slag" }
"#;

const ROWS: [&str; 7] = [
    "1,2024-01-10,Testvik Bygg AS,org",
    "2,2024-02-10,Testvik Maling AS,org",
    "3,2025-09-02,Peder Ås,person",
    "4,2025-09-20,Kari Lind,person",
    "5,2026-03-01,Ola Nyman,person",
    "6,2026-03-02,Testvik Bygg AS,org",
    "7,,Jon Udatert,person",
];
/// An entry of the day before, which comes on the second day.
const LATER: &str = "8,2026-08-29,Nils Vik,person";

/// The midnight in Norway on which the first name goes.
fn midnight() -> Timestamp {
    "2026-09-01T22:00:00Z".parse().unwrap()
}

fn day(text: &str) -> Timestamp {
    format!("{text}T06:00:00Z").parse().unwrap()
}

struct Journal {
    folder: tempfile::TempDir,
    runner: Arc<Runner>,
}

async fn runner(folder: &Path) -> Arc<Runner> {
    let config = Arc::new(config::load(folder, &Overrides::default(), &Env::empty()).unwrap());
    let catalog = Catalog::open(Store::open(&config.storage).unwrap(), config).await.unwrap();
    Arc::new(Runner::new(catalog, RunnerParts { clock, random, holder: "test".to_owned() }))
}

impl Journal {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("datasets")).unwrap();
        fs::write(folder.path().join("allmenning.toml"), format!("{INSTANCE}[storage]\nurl = \"storage\"\n")).unwrap();
        fs::write(folder.path().join("datasets/journal.toml"), DATASET).unwrap();
        let journal = Self { runner: runner(folder.path()).await, folder };
        journal.source(&ROWS);
        journal
    }

    fn id() -> DatasetId {
        "journal".parse().unwrap()
    }

    fn source(&self, rows: &[&str]) {
        let text = format!("id,dag,part,slag\n{}\n", rows.join("\n"));
        fs::write(self.folder.path().join("data.csv"), text).unwrap();
    }

    async fn run(&self, now: Timestamp) -> RunRecord {
        self.run_heard(now, &Silent).await
    }

    async fn run_heard(&self, now: Timestamp, progress: &dyn Progress) -> RunRecord {
        set_clock(now);
        self.runner.run(&Self::id(), Trigger::Schedule, Stop::default(), progress).await.unwrap()
    }

    /// Version 1 and, with a row more, version 2.
    async fn two_days(&self) {
        assert_eq!(self.run(day("2026-08-29")).await.outcome, Outcome::Published);
        self.source(&[&ROWS[..], &[LATER]].concat());
        assert_eq!(self.run(day("2026-08-30")).await.outcome, Outcome::Published);
    }

    fn entry(&self) -> Entry {
        self.runner.catalog().snapshot().datasets[&Self::id()].clone()
    }

    fn current(&self) -> Option<u64> {
        self.entry().current().map(|manifest| manifest.number.0)
    }

    fn objects(&self, under: &str) -> Vec<PathBuf> {
        let mut found = super::tests::files(&self.folder.path().join("storage"));
        found.retain(|path| path.to_string_lossy().contains(under));
        found
    }

    /// The objects that hold a text, apart from landed bytes; tables are compared by their hashes.
    fn holding(&self, text: &str) -> Vec<PathBuf> {
        let mut found = self.objects("");
        found.retain(|path| !path.to_string_lossy().contains("/raw/"));
        found.retain(|path| fs::read(path).unwrap().windows(text.len()).any(|bytes| bytes == text.as_bytes()));
        found
    }

    /// Nothing is stored but the files of the newest version and what is left of the others.
    fn nothing_else_is_stored(&self) {
        let entry = self.entry();
        let left = entry.withdrawn.values().flat_map(|why| &why.left);
        let named = entry.current().into_iter().flat_map(|manifest| &manifest.files).chain(left);
        let named: BTreeSet<String> =
            named.map(|file| Key::File(Self::id(), file.sha256.clone(), file.format).to_string()).collect();
        let storage = self.folder.path().join("storage");
        let stored = self.objects("/files/").into_iter();
        let stored: BTreeSet<String> =
            stored.map(|path| path.strip_prefix(&storage).unwrap().to_string_lossy().into_owned()).collect();
        assert_eq!(stored, named);
    }

    fn text(&self, part: &str) -> String {
        let entry = self.entry();
        let current = entry.current().unwrap();
        let is_csv = |file: &&version::PublishedFile| file.format == FileFormat::Csv && file.name.contains(part);
        let file = current.files.iter().find(is_csv).unwrap();
        let path = self.folder.path().join("storage").join(current.key_of(file).to_string());
        fs::read_to_string(path).unwrap()
    }
}

fn left(entry: &Entry, number: u64) -> Vec<&str> {
    entry.withdrawn[&VersionNumber(number)].left.iter().map(|file| file.name.as_str()).collect()
}

#[tokio::test]
async fn on_its_day_one_month_is_rewritten_and_older_versions_keep_no_name() {
    let journal = Journal::new().await;
    journal.two_days().await;
    let second = Arc::clone(journal.entry().current().unwrap());
    let facts = second.gates.iter().find_map(|gate| gate.privacy.clone()).unwrap().names;
    assert_eq!(facts.parts, ["2025-09", "2026-03", "2026-08"].map(str::to_owned).into());
    assert!(journal.text("undated").contains("***"), "without a day no name stays");
    let unnamed = ["journal-2024-01.parquet", "journal-2024-02.parquet", "journal-undated.parquet"];
    assert_eq!(left(&journal.entry(), 1)[..3], unnamed, "the day's change left version 1 without names");
    assert_eq!(journal.entry().withdrawn[&VersionNumber(1)].replaced_by, Some(VersionNumber(2)));

    assert_eq!(journal.run(midnight() - SignedDuration::from_secs(1)).await.outcome, Outcome::Unchanged);
    assert!(!journal.holding("Peder Ås").is_empty());
    let record = journal.run(midnight()).await;
    assert_eq!((record.outcome, record.version, record.names), (Outcome::Published, Some(3), None), "{record:#?}");
    let third = Arc::clone(journal.entry().current().unwrap());
    let old = second.files.iter().map(|file| (&file.name, &file.sha256)).collect::<BTreeSet<_>>();
    let rewritten = third.files.iter().filter(|file| !old.contains(&(&file.name, &file.sha256)));
    let rewritten: Vec<&str> = rewritten.map(|file| file.name.as_str()).collect();
    assert_eq!(rewritten, ["journal-2025-09.parquet", "journal-2025-09.csv"]);
    assert!(journal.text("2025-09").contains("***") && journal.text("2025-09").contains("Kari Lind"));
    assert_eq!(journal.holding("Peder Ås"), Vec::<PathBuf>::new());
    journal.nothing_else_is_stored();
    let entry = journal.entry();
    assert_eq!((left(&entry, 1).len(), left(&entry, 2).len(), entry.versions.len()), (6, 6, 1));
    assert_eq!(third.names_until(), Some(date(2026, 9, 20)));
    assert!(journal.objects("/changes/").len() == 2, "changelogs stay");
}

/// Puts a file where intents are to be written, as soon as a run begins to commit.
#[derive(Debug)]
struct InTheWay(PathBuf);

impl Progress for InTheWay {
    fn stage(&self, _: &DatasetId, stage: Stage) {
        if stage == Stage::Commit {
            fs::write(&self.0, "in the way").unwrap();
        }
    }
    fn finished(&self, _: &RunRecord) {}
}

#[tokio::test]
async fn what_a_run_left_between_commit_and_withdrawal_is_mended_by_the_next_start() {
    let journal = Journal::new().await;
    journal.run(day("2026-08-29")).await;
    journal.source(&[&ROWS[..], &[LATER]].concat());
    let erasures = journal.folder.path().join("storage").join(Key::erasures(&Journal::id()).to_string());
    let record = journal.run_heard(day("2026-08-30"), &InTheWay(erasures.clone())).await;
    assert_eq!((record.outcome, record.version), (Outcome::Failed, Some(2)), "{record:#?}");
    assert_eq!(journal.entry().with_old_names().count(), 1, "published, and version 1 still has its names");
    let told = status(journal.runner.catalog(), day("2026-08-30")).await.unwrap().remove(0);
    assert!(told.names_overdue);
    assert_eq!(told.next_due, Some(day("2026-08-30") + SignedDuration::from_hours(1)));
    fs::remove_file(&erasures).unwrap();
    // The next start, by another process.
    let next = Journal { runner: runner(journal.folder.path()).await, folder: journal.folder };
    next.runner.resume(&Journal::id()).await.unwrap();
    assert_eq!((next.entry().with_old_names().count(), left(&next.entry(), 1).len()), (0, 6));
    next.nothing_else_is_stored();
    assert!(next.objects("/erasures/").is_empty());
}

#[tokio::test]
async fn what_a_run_left_between_tombstone_and_cleaning_is_mended_by_the_next_run() {
    let journal = Journal::new().await;
    journal.two_days().await;
    let (store, dataset) = (journal.runner.catalog().store(), journal.entry().dataset);
    let second = Arc::clone(journal.entry().current().unwrap());
    let name = journal.runner.name();
    erase::write(store, Name { dataset: &dataset, id: &name }, &Intent::Clean).await.unwrap();
    version::withdraw_names(store, &second, Withdrawal::default()).await.unwrap();
    assert!(!journal.holding("Nils Vik").is_empty());
    journal.source(&ROWS);
    journal.run(day("2026-08-31")).await;
    assert!(journal.holding("Nils Vik").is_empty());
    journal.nothing_else_is_stored();
}

#[tokio::test]
async fn a_rollback_brings_no_name_back() {
    let journal = Journal::new().await;
    journal.two_days().await;
    let (id, runner) = (Journal::id(), &journal.runner);
    assert!(runner.rollback(&id, VersionNumber(1)).await.is_err(), "not all of it is left");
    let rolled = runner.rollback(&id, VersionNumber(2)).await.unwrap();
    assert!(!rolled.published, "it is current already");
    assert_eq!((journal.current(), left(&journal.entry(), 1).is_empty()), (Some(2), false));
    journal.nothing_else_is_stored();
}

#[tokio::test]
async fn without_the_source_the_landed_bytes_are_published_without_the_name() {
    let journal = Journal::new().await;
    journal.two_days().await;
    fs::remove_file(journal.folder.path().join("data.csv")).unwrap();
    let record = journal.run(midnight()).await;
    assert_eq!((record.outcome, record.version), (Outcome::Failed, Some(3)), "{record:#?}");
    assert_eq!((record.error.unwrap().code.as_str(), record.names), ("source-missing", Some(NamesEnd::LandedBytes)));
    assert!(journal.holding("Peder Ås").is_empty() && !journal.holding("Kari Lind").is_empty());
    journal.nothing_else_is_stored();
    assert_eq!(journal.run(midnight() + SignedDuration::from_hours(1)).await.names, None, "once is enough");

    // A source that lost most of its rows is held back by a gate, and the next name goes all the same.
    journal.source(&ROWS[..2]);
    let record = journal.run(day("2026-09-20")).await;
    assert_eq!((record.outcome, record.names, record.version), (Outcome::Held, Some(NamesEnd::LandedBytes), Some(4)));
    assert!(record.gates.iter().flat_map(|gate| &gate.findings).any(|found| found.code == "drift-row-loss"));
    assert!(journal.holding("Kari Lind").is_empty() && !journal.holding("Nils Vik").is_empty());
}

#[tokio::test]
async fn without_source_and_landed_bytes_the_files_with_names_are_withdrawn() {
    let journal = Journal::new().await;
    journal.two_days().await;
    fs::remove_file(journal.folder.path().join("data.csv")).unwrap();
    for raw in journal.objects("/raw/") {
        fs::remove_file(raw).unwrap();
    }
    let record = journal.run(midnight()).await;
    assert_eq!((record.outcome, record.names, record.version), (Outcome::Failed, Some(NamesEnd::Withdrawn), None));
    let error = record.error.unwrap();
    assert_eq!(error.code, "run-names-withdrawn");
    assert!(error.message.contains("source-missing") && error.message.contains("catalog-missing"), "{error:?}");
    for name in ["Peder Ås", "Kari Lind", "Nils Vik", "Ola Nyman"] {
        assert!(journal.holding(name).is_empty(), "{name}");
    }
    assert_eq!(left(&journal.entry(), 2).len(), 6);
    journal.nothing_else_is_stored();
    let told = status(journal.runner.catalog(), midnight()).await.unwrap().remove(0);
    assert_eq!((told.error.unwrap().code.as_str(), told.names_overdue), ("run-names-withdrawn", false));
    assert!(agenda(journal.runner.catalog(), midnight()).await.is_empty(), "it has no schedule");

    journal.source(&ROWS);
    let record = journal.run(midnight() + SignedDuration::from_hours(9)).await;
    assert_eq!((record.outcome, record.version), (Outcome::Published, Some(3)), "{record:#?}");
    assert!(journal.text("2025-09").contains("Kari Lind") && journal.holding("Peder Ås").is_empty());
}

#[tokio::test]
async fn who_asked_to_stop_is_not_answered_by_a_withdrawal() {
    let journal = Journal::new().await;
    journal.two_days().await;
    set_clock(midnight());
    let stop = Stop::default();
    let run = journal.runner.run(&Journal::id(), Trigger::Schedule, stop.clone(), &Asks(stop)).await.unwrap();
    assert_eq!((run.error.unwrap().code.as_str(), run.names, journal.current()), ("run-stopped", None, Some(2)));
    assert_eq!(journal.run(midnight()).await.version, Some(3));
}

#[tokio::test]
async fn a_source_that_never_answers_holds_no_name_back() {
    let journal = Journal::new().await;
    journal.two_days().await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let source = format!(
        "{{ kind = \"http\", url = \"http://{}/data.csv\", allow_private_network = true }}",
        listener.local_addr().unwrap()
    );
    let put = |name: &str, text: String| fs::write(journal.folder.path().join(name), text).unwrap();
    put("datasets/journal.toml", DATASET.replace("{ kind = \"file\", path = \"data.csv\" }", &source));
    let limit = "[storage]\nurl = \"storage\"\n[pipeline]\nrun_timeout_seconds = 5\n";
    put("allmenning.toml", format!("{INSTANCE}{limit}"));
    let slow = Journal { runner: runner(journal.folder.path()).await, folder: journal.folder };
    let record = slow.run(midnight()).await;
    assert_eq!((record.names, record.version), (Some(NamesEnd::LandedBytes), Some(3)), "{record:#?}");
    assert_eq!(record.error.unwrap().code, "run-stopped");
    assert!(slow.holding("Peder Ås").is_empty());
}

/// Asks to stop as soon as rows are read.
#[derive(Debug)]
struct Asks(Stop);

impl Progress for Asks {
    fn stage(&self, _: &DatasetId, stage: Stage) {
        if stage == Stage::Normalise {
            self.0.ask();
        }
    }
    fn finished(&self, _: &RunRecord) {}
}

#[tokio::test]
async fn a_dataset_without_schedule_is_due_on_the_day_and_again_while_names_are_left() {
    let journal = Journal::new().await;
    assert!(agenda(journal.runner.catalog(), day("2026-08-29")).await.is_empty());
    journal.two_days().await;
    let due = agenda(journal.runner.catalog(), day("2026-08-30")).await;
    assert_eq!(due[&Journal::id()], midnight());
    let (entry, hour) = (journal.entry(), SignedDuration::from_hours(1));
    let second = SignedDuration::from_secs(1);
    for (last, next) in [
        (None, midnight()),
        (Some(midnight() - second), midnight()),
        (Some(midnight()), midnight() + hour),
        (Some(midnight() + hour), midnight() + hour + hour),
    ] {
        assert_eq!(due_by_day(&entry, last), Some(next), "{last:?}");
    }
}

#[tokio::test]
async fn the_scheduler_wakes_at_midnight() {
    let journal = Journal::new().await;
    journal.two_days().await;
    set_clock(midnight() - SignedDuration::from_millis(200));
    let (stop, stopping) = watch::channel(false);
    let task = tokio::spawn(follow(Arc::clone(&journal.runner), Arc::new(Silent), stopping));
    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    assert_eq!(journal.current(), Some(2), "not before its time");
    set_clock(midnight());
    let start = std::time::Instant::now();
    while journal.current() != Some(3) {
        assert!(start.elapsed().as_secs() < 15, "it sleeps on");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    stop.send(true).unwrap();
    task.await.unwrap();
    assert!(journal.holding("Peder Ås").is_empty());
}

#[tokio::test]
async fn a_dataset_that_cannot_be_run_any_more_loses_its_names_on_the_day() {
    let journal = Journal::new().await;
    journal.two_days().await;
    let declaration = journal.folder.path().join("datasets/journal.toml");
    fs::write(&declaration, DATASET.replace("key = [\"id\"]", "kay = [\"id\"]")).unwrap();
    let broken = Journal { runner: runner(journal.folder.path()).await, folder: journal.folder };
    assert_eq!(broken.current(), Some(2), "served as before");
    set_clock(midnight() - SignedDuration::from_secs(9));
    assert_eq!(agenda(broken.runner.catalog(), broken.runner.now()).await[&Journal::id()], midnight());
    broken.runner.give_up_names(&Journal::id()).await.unwrap();
    assert_eq!(broken.current(), Some(2), "not before its time");
    set_clock(midnight());
    broken.runner.give_up_names(&Journal::id()).await.unwrap();
    assert_eq!((broken.current(), left(&broken.entry(), 2).len()), (None, 6));
    assert!(broken.holding("Peder Ås").is_empty());
    assert!(agenda(broken.runner.catalog(), midnight()).await.is_empty(), "and that is all");
}
