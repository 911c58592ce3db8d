//! Tests of whole runs over a local storage: who may run, what ends a run early, what is recorded of it.

use std::time::{Duration, Instant};

use catalog::Key;
use tokio::net::TcpListener;

use super::*;
use crate::{
    Outcome, Silent,
    testing::{Publisher, set_clock},
};

fn at(second: i64) -> Timestamp {
    let start: Timestamp = "2026-03-01T06:00:00Z".parse().unwrap();
    start + SignedDuration::from_secs(second)
}

/// A publisher whose source takes the request and never answers.
async fn silent_source(pipeline: &str) -> (TcpListener, Publisher) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/liste.csv", listener.local_addr().unwrap());
    let source = format!("{{ kind = \"http\", url = \"{url}\", allow_private_network = true }}");
    (listener, Publisher::with(&source, pipeline).await)
}

fn failed_with(record: &RunRecord) -> &str {
    assert_eq!((record.outcome, record.version), (Outcome::Failed, None));
    &record.error.as_ref().unwrap().code
}

/// Whatever ended a run, the next one can begin at once and the record is there.
async fn nothing_is_left_behind(publisher: &Publisher, record: &RunRecord) {
    let (id, store) = (Publisher::id(), publisher.store());
    let length = SignedDuration::from_secs(60);
    Lease::acquire(store, &id, "next", length, publisher.runner.now()).await.unwrap();
    assert_eq!(RunRecord::latest(store, &id, 10).await.unwrap()[0].id, record.id);
    assert!(store.list(&Key::versions(&id)).await.unwrap().is_empty(), "nothing is published");
}

#[tokio::test]
async fn who_asks_to_stop_does_not_wait_for_a_silent_source() {
    let (_listener, publisher) = silent_source("").await;
    set_clock(at(0));
    let (stop, start, id) = (Stop::default(), Instant::now(), Publisher::id());
    let run = publisher.runner.run(&id, Trigger::Schedule, stop.clone(), &Silent);
    let ask = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        stop.ask();
    };
    let (record, ()) = tokio::join!(run, ask);
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
    let record = record.unwrap();
    assert_eq!(failed_with(&record), "run-stopped");
    nothing_is_left_behind(&publisher, &record).await;
}

#[tokio::test]
async fn a_run_that_takes_too_long_is_stopped() {
    let (_listener, publisher) = silent_source("run_timeout_seconds = 1").await;
    let record = publisher.run_at(at(0)).await.unwrap();
    assert_eq!(failed_with(&record), "run-stopped");
    assert!(record.error.as_ref().unwrap().message.contains("longer than 1 seconds"));
    nothing_is_left_behind(&publisher, &record).await;
}

#[tokio::test]
async fn a_run_whose_lease_ran_out_ends_and_publishes_nothing() {
    let (_listener, publisher) = silent_source("lease_seconds = 5").await;
    let suspend = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        set_clock(at(10));
    };
    let (record, ()) = tokio::join!(publisher.run_at(at(0)), suspend);
    let record = record.unwrap();
    assert_eq!(failed_with(&record), "run-lease-lost");
    nothing_is_left_behind(&publisher, &record).await;
}

#[tokio::test]
async fn a_dataset_runs_once_at_a_time_and_the_lease_is_given_back() {
    let publisher = Publisher::new("").await;
    set_clock(at(0));
    let (id, runner) = (Publisher::id(), &publisher.runner);
    let run = || runner.run(&id, Trigger::Command, Stop::default(), &Silent);
    let (first, second) = tokio::join!(run(), run());
    let (won, lost) = if first.is_ok() { (first, second) } else { (second, first) };
    assert_eq!((won.unwrap().outcome, lost.unwrap_err().code()), (Outcome::Published, "run-leased"));
    assert_eq!(publisher.run_at(at(1)).await.unwrap().outcome, Outcome::Unchanged);
}

#[tokio::test]
async fn a_record_that_the_storage_did_not_take_is_written_later() {
    let publisher = Publisher::new("").await;
    let runs = publisher.stored(&Key::runs(&Publisher::id()));
    std::fs::create_dir_all(runs.parent().unwrap()).unwrap();
    std::fs::write(&runs, "in the way").unwrap();
    assert_eq!(publisher.run_at(at(0)).await.unwrap_err().code(), "catalog-storage");
    std::fs::remove_file(&runs).unwrap();
    assert_eq!(publisher.run_at(at(1)).await.unwrap().outcome, Outcome::Unchanged);
    let records = RunRecord::latest(publisher.store(), &Publisher::id(), 10).await.unwrap();
    let told: Vec<_> = records.iter().map(|record| (record.started, record.outcome)).collect();
    assert_eq!(told, [(at(1), Outcome::Unchanged), (at(0), Outcome::Published)]);
    assert_eq!(records[0].first_run, Some(at(0)));
}

#[tokio::test]
async fn an_undeclared_dataset_is_not_run() {
    let publisher = Publisher::new("").await;
    let other = "annen".parse().unwrap();
    let ended = publisher.runner.run(&other, Trigger::Command, Stop::default(), &Silent).await;
    assert_eq!(ended.unwrap_err().code(), "dataset-unknown");
}

#[tokio::test]
async fn a_plan_tells_what_a_run_would_do_and_stores_nothing() {
    let publisher = Publisher::new("").await;
    publisher.run_at(at(0)).await.unwrap();
    publisher.rows("1;Å\n2;C\n3;D\n");
    let storage = publisher.folder.path().join("storage");
    let before = files(&storage);
    let plan = publisher.runner.plan(&Publisher::id(), Stop::default()).await.unwrap();
    assert_eq!(
        (plan.current, plan.rows_before, plan.rows, plan.differs, plan.blocked),
        (Some(1), Some(2), 3, true, false)
    );
    let changes = plan.changes.unwrap();
    assert_eq!((changes.added, changes.changed, changes.removed), (1, 1, 0));
    assert_eq!(files(&storage), before);
    let record = publisher.run_at(at(1)).await.unwrap();
    assert_eq!((record.version, record.changes), (Some(2), plan.changes), "and the run does as planned");
}

pub(super) fn files(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    found
}
