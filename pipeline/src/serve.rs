//! The scheduler: runs what is due, a few at a time, one dataset never twice at once, until told to stop.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use config::DatasetId;
use jiff::{SignedDuration, Timestamp};
use tokio::{sync::watch, task::JoinSet};

use crate::{
    Error, Progress, Runner, Stop, Trigger,
    schedule::{agenda, by_day, due_after, due_at, names_due_of},
};

/// Longest sleep between looks at the clock, so that a clock that is set or a machine that wakes is noticed.
const LONGEST_SLEEP: Duration = Duration::from_secs(20);
/// Wait after a run that left no record; it doubles from failure to failure.
const FIRST_WAIT: SignedDuration = SignedDuration::from_secs(5);
/// Longest wait after such a run, and for a lease of somebody else.
const LONGEST_WAIT: SignedDuration = SignedDuration::from_mins(10);

/// Follows the schedules until `stopping` turns true; then waits for the runs under way, which stop where they are and
/// publish nothing half. No failure of a run or of the storage ends it.
pub async fn follow(runner: Arc<Runner>, progress: Arc<dyn Progress>, mut stopping: watch::Receiver<bool>) {
    resume(&runner).await;
    let stop = Stop::default();
    let mut due = agenda(runner.catalog(), runner.now()).await;
    let mut failures = BTreeMap::new();
    let mut running = Running::default();
    let mut seen = runner.catalog().snapshot().generation;
    let most = usize::from(runner.catalog().config().pipeline.concurrency.max(1));
    while !*stopping.borrow() {
        let now = runner.now();
        let generation = runner.catalog().snapshot().generation;
        if seen != generation {
            // Another process may have published what has to change on a day.
            seen = generation;
            look_again(&runner, &mut due, &running.names).await;
        }
        for id in ready(&due, &running.names, now).into_iter().take(most.saturating_sub(running.names.len())) {
            due.remove(&id);
            running.start(&runner, &progress, id, &stop);
        }
        let full = running.names.len() >= most;
        tokio::select! {
            ended = running.next(), if !running.names.is_empty() => {
                if let Some((id, turn)) = ended
                    && let Some(time) = next_turn(&runner, &mut failures, &id, turn)
                {
                    due.insert(id, time);
                }
            }
            () = tokio::time::sleep(pause(&due, now, full)) => {}
            changed = stopping.changed() => if changed.is_err() { break },
        }
    }
    stop.ask();
    while !running.names.is_empty() {
        running.next().await;
    }
}

/// Puts what has become due earlier on the agenda.
async fn look_again(runner: &Runner, due: &mut BTreeMap<DatasetId, Timestamp>, running: &BTreeSet<DatasetId>) {
    let catalog = runner.catalog();
    let snapshot = catalog.snapshot();
    for id in snapshot.datasets.keys().filter(|id| !running.contains(*id)) {
        let earlier = |time: Timestamp| due.get(id).is_none_or(|known| time < *known);
        if !by_day(catalog, id, None).is_some_and(earlier) {
            continue;
        }
        let time = match catalog.config().datasets.get(id) {
            Some(dataset) => due_at(catalog, dataset, runner.now()).await.ok().flatten(),
            None => names_due_of(catalog, id),
        };
        if let Some(time) = time {
            due.insert(id.clone(), time);
        }
    }
}

/// How a dataset's turn ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Turn {
    /// It ran, and that is recorded under this start.
    Ran(Timestamp),
    /// Another process ran it meanwhile; it is due at this time, or never.
    NotDue(Option<Timestamp>),
    /// Another process runs it; its lease runs out at this time.
    Leased(Timestamp),
    /// Nothing is recorded of it, so it is still due.
    Unrecorded,
}

/// Runs a dataset if it is still due: another process may have run it since it was put on the agenda.
async fn take_turn(runner: &Runner, progress: &dyn Progress, id: &DatasetId, stop: Stop) -> Turn {
    let now = runner.now();
    if runner.catalog().config().broken(id).is_some() {
        return give_up_names(runner, id).await;
    }
    if let Some(dataset) = runner.catalog().config().datasets.get(id) {
        match stop.or(due_at(runner.catalog(), dataset, now)).await {
            Ok(time) if time.is_none_or(|time| time > now) => return Turn::NotDue(time),
            Ok(_) => {}
            Err(error) => tracing::warn!(dataset = %id, code = error.code(), %error, "its last run is not known"),
        }
    }
    match runner.run(id, Trigger::Schedule, stop, progress).await {
        Ok(record) => Turn::Ran(record.started),
        Err(Error::Leased { until, .. }) => {
            tracing::info!(dataset = %id, %until, "another process runs it");
            Turn::Leased(until)
        }
        Err(error) => {
            tracing::error!(dataset = %id, code = error.code(), "run not recorded: {error}");
            Turn::Unrecorded
        }
    }
}

/// Withdraws names whose day has come of a dataset that cannot be run, since its declaration has errors.
async fn give_up_names(runner: &Runner, id: &DatasetId) -> Turn {
    match runner.give_up_names(id).await {
        Ok(()) => Turn::NotDue(names_due_of(runner.catalog(), id)),
        Err(Error::Leased { until, .. }) => Turn::Leased(until),
        Err(error) => {
            tracing::error!(dataset = %id, code = error.code(), "names not withdrawn: {error}");
            Turn::Unrecorded
        }
    }
}

/// When a dataset whose turn ended has its next one. Missed times collapse: however many passed, the next turn makes
/// up for them. `None`: never.
fn next_turn(
    runner: &Runner,
    failures: &mut BTreeMap<DatasetId, u32>,
    id: &DatasetId,
    turn: Turn,
) -> Option<Timestamp> {
    let now = runner.now();
    let failed = failures.remove(id).unwrap_or(0);
    match turn {
        Turn::Ran(started) => {
            due_after(runner.catalog(), runner.catalog().config().datasets.get(id)?, Some(started), now)
        }
        Turn::NotDue(time) => time,
        Turn::Leased(until) => {
            let wait = until.duration_since(now).clamp(SignedDuration::from_secs(1), LONGEST_WAIT);
            now.checked_add(wait).ok()
        }
        Turn::Unrecorded => {
            failures.insert(id.clone(), failed.saturating_add(1));
            let wait = FIRST_WAIT.saturating_mul(1 << failed.min(16)).min(LONGEST_WAIT);
            now.checked_add(wait).ok()
        }
    }
}

/// Goes on with the erasures that a process left undone.
async fn resume(runner: &Runner) {
    for id in runner.catalog().config().datasets.keys() {
        match runner.resume(id).await {
            Ok(_) | Err(Error::Leased { .. }) => {}
            Err(error) => tracing::error!(dataset = %id, code = error.code(), "erasure not finished: {error}"),
        }
    }
}

/// Runs under way.
#[derive(Debug, Default)]
struct Running {
    names: BTreeSet<DatasetId>,
    tasks: JoinSet<Turn>,
    by_task: BTreeMap<String, DatasetId>,
}

impl Running {
    fn start(&mut self, runner: &Arc<Runner>, progress: &Arc<dyn Progress>, id: DatasetId, stop: &Stop) {
        let (runner, progress, stop, name) = (Arc::clone(runner), Arc::clone(progress), stop.clone(), id.clone());
        let task = self.tasks.spawn(async move { take_turn(&runner, progress.as_ref(), &name, stop).await });
        self.by_task.insert(task.id().to_string(), id.clone());
        self.names.insert(id);
    }

    /// Waits for the next turn to end; one that panicked counts as ended, the others go on.
    async fn next(&mut self) -> Option<(DatasetId, Turn)> {
        let (task, turn) = match self.tasks.join_next_with_id().await? {
            Ok((task, turn)) => (task, turn),
            Err(error) => (error.id(), Turn::Unrecorded),
        };
        let id = self.by_task.remove(&task.to_string())?;
        self.names.remove(&id);
        Some((id, turn))
    }
}

/// The datasets that are due and not running, the longest overdue first.
fn ready(due: &BTreeMap<DatasetId, Timestamp>, running: &BTreeSet<DatasetId>, now: Timestamp) -> Vec<DatasetId> {
    let mut ready: Vec<_> = due.iter().filter(|(id, time)| **time <= now && !running.contains(*id)).collect();
    ready.sort_by_key(|(_, time)| **time);
    ready.into_iter().map(|(id, _)| id.clone()).collect()
}

/// How long to sleep: until the next dataset is due, or until a run ends where no more may start.
fn pause(due: &BTreeMap<DatasetId, Timestamp>, now: Timestamp, full: bool) -> Duration {
    if full {
        return LONGEST_SLEEP;
    }
    let next = due.values().map(|time| Duration::try_from(time.duration_since(now)).unwrap_or_default()).min();
    next.unwrap_or(LONGEST_SLEEP).clamp(Duration::from_millis(10), LONGEST_SLEEP)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Lease, Outcome, RunRecord, Silent,
        testing::{Publisher, set_clock},
    };

    fn at(second: i64) -> Timestamp {
        let start: Timestamp = "2026-03-01T06:00:00Z".parse().unwrap();
        start + SignedDuration::from_secs(second)
    }

    async fn turn(publisher: &Publisher, second: i64) -> Turn {
        set_clock(at(second));
        take_turn(&publisher.runner, &Silent, &Publisher::id(), Stop::default()).await
    }

    fn next(publisher: &Publisher, turn: Turn, failures: &mut BTreeMap<DatasetId, u32>) -> i64 {
        let time = next_turn(&publisher.runner, failures, &Publisher::id(), turn).unwrap();
        time.duration_since(publisher.runner.now()).as_secs()
    }

    #[tokio::test]
    async fn a_turn_that_another_process_holds_is_taken_up_when_its_lease_runs_out() {
        let publisher = Publisher::new("").await;
        let (id, length) = (Publisher::id(), SignedDuration::from_secs(60));
        let other = Lease::acquire(publisher.store(), &id, "other", length, at(0)).await.unwrap();
        let leased = turn(&publisher, 10).await;
        assert_eq!(leased, Turn::Leased(at(60)));
        assert_eq!(next(&publisher, leased, &mut BTreeMap::new()), 50);
        drop(other);
        assert_eq!(turn(&publisher, 60).await, Turn::Ran(at(60)), "the other process died, and the tick is not lost");
        let tomorrow = Turn::NotDue(Some(at(24 * 3600)));
        assert_eq!(turn(&publisher, 61).await, tomorrow, "somebody ran it meanwhile, so it is no longer due");
        assert_eq!(next(&publisher, tomorrow, &mut BTreeMap::new()), 24 * 3600 - 61);
        let skewed = Turn::Leased(at(1_000_000));
        assert_eq!(next(&publisher, skewed, &mut BTreeMap::new()), 600, "a clock that is wrong elsewhere");
    }

    #[tokio::test]
    async fn a_turn_of_which_nothing_is_recorded_comes_again_ever_later() {
        let publisher = Publisher::new("").await;
        let mut failures = BTreeMap::new();
        let private = publisher.folder.path().join("storage/private");
        std::fs::write(&private, "in the way").unwrap();
        let mut waits = Vec::new();
        for second in 0..9 {
            let turn = turn(&publisher, second).await;
            assert_eq!(turn, Turn::Unrecorded);
            waits.push(next(&publisher, turn, &mut failures));
        }
        assert_eq!(waits, [5, 10, 20, 40, 80, 160, 320, 600, 600]);
        std::fs::remove_file(&private).unwrap();
        let ran = turn(&publisher, 100).await;
        assert_eq!(next(&publisher, ran, &mut failures), 24 * 3600 - 100);
        assert!(failures.is_empty());
        let records = RunRecord::latest(publisher.store(), &Publisher::id(), 10).await.unwrap();
        let told: Vec<_> = records.iter().map(|record| (record.started, record.outcome)).collect();
        assert_eq!(told, [(at(100), Outcome::Published), (at(8), Outcome::Failed)], "the last failure is told late");
        assert_eq!(records[1].error.as_ref().unwrap().code, "catalog-storage");
    }

    #[tokio::test]
    async fn times_missed_during_a_long_run_make_one_turn() {
        let publisher = Publisher::new("").await;
        set_clock(at(3 * 24 * 3600));
        assert_eq!(next(&publisher, Turn::Ran(at(0)), &mut BTreeMap::new()), -2 * 24 * 3600, "due at once");
    }

    #[tokio::test]
    async fn a_version_is_made_when_the_clock_says_so_and_not_before() {
        let publisher = Publisher::new("").await;
        set_clock(at(-1));
        let (stop, stopping) = watch::channel(false);
        let task = tokio::spawn(follow(Arc::clone(&publisher.runner), Arc::new(Silent), stopping));
        let version = || publisher.runner.current(&Publisher::id()).map(|manifest| manifest.number.0);
        let until = async |number| {
            while version() != Some(number) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        let minute = Duration::from_mins(1);
        tokio::time::timeout(minute, until(1)).await.unwrap();
        publisher.rows("1;A\n2;C\n");
        tokio::time::sleep(Duration::from_millis(1500)).await;
        assert_eq!(version(), Some(1), "a second is left");
        set_clock(at(0));
        tokio::time::timeout(minute, until(2)).await.unwrap();
        stop.send(true).unwrap();
        tokio::time::timeout(minute, task).await.unwrap().unwrap();
        let records = RunRecord::latest(publisher.store(), &Publisher::id(), 10).await.unwrap();
        let told: Vec<_> = records.iter().map(|record| (record.started, record.trigger)).collect();
        assert_eq!(told, [(at(0), Trigger::Schedule), (at(-1), Trigger::Schedule)]);
    }

    #[test]
    fn the_longest_overdue_goes_first_and_nothing_runs_twice_at_once() {
        let id = |name: &str| name.parse::<DatasetId>().unwrap();
        let due = BTreeMap::from([(id("a"), at(3)), (id("b"), at(1)), (id("c"), at(2)), (id("d"), at(9))]);
        let running = BTreeSet::from([id("c")]);
        assert_eq!(ready(&due, &running, at(5)), [id("b"), id("a")]);
        assert_eq!(pause(&due, at(8), true), LONGEST_SLEEP);
        assert_eq!(pause(&BTreeMap::from([(id("d"), at(9))]), at(8), false), Duration::from_secs(1));
        assert_eq!(pause(&due, at(8), false), Duration::from_millis(10));
        assert_eq!(pause(&BTreeMap::new(), at(8), false), LONGEST_SLEEP);
    }

    #[tokio::test]
    async fn the_scheduler_survives_an_unreadable_storage_and_stops_when_asked() {
        let publisher = Publisher::new("").await;
        set_clock(at(0));
        let runs = publisher.stored(&catalog::Key::runs(&Publisher::id()));
        std::fs::create_dir_all(runs.parent().unwrap()).unwrap();
        std::fs::write(&runs, "in the way").unwrap();
        let (stop, stopping) = watch::channel(false);
        let task = tokio::spawn(follow(Arc::clone(&publisher.runner), Arc::new(Silent), stopping));
        while publisher.runner.current(&Publisher::id()).is_none() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        assert!(!task.is_finished(), "published, though neither agenda nor record could be read or written");
        stop.send(true).unwrap();
        tokio::time::timeout(Duration::from_secs(10), task).await.unwrap().unwrap();
        assert_eq!(RunRecord::latest(publisher.store(), &Publisher::id(), 1).await.unwrap_or_default().len(), 0);
    }
}
