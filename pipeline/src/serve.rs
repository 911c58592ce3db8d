//! The scheduler: runs what is due, a few at a time, one dataset never twice at once, until told to stop.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use config::DatasetId;
use jiff::Timestamp;
use tokio::{sync::watch, task::JoinSet};

use crate::{
    Error, Progress, Result, RunRecord, Runner, Stop, Trigger,
    schedule::{agenda, next_after},
};

/// Longest sleep between looks at the clock, so that a clock that is set or a machine that wakes is noticed.
const LONGEST_SLEEP: Duration = Duration::from_secs(20);

/// Follows the schedules until `stopping` turns true; then waits for the runs under way, which stop at their next
/// batch and publish nothing half.
pub async fn follow(
    runner: Arc<Runner>,
    progress: Arc<dyn Progress>,
    mut stopping: watch::Receiver<bool>,
) -> Result<()> {
    for id in runner.catalog().config().datasets.keys() {
        match runner.resume(id).await {
            Ok(_) | Err(Error::Leased { .. }) => {}
            Err(error) => tracing::error!(dataset = %id, code = error.code(), "erasure not finished: {error}"),
        }
    }
    let stop = Stop::default();
    let mut due = agenda(runner.catalog(), runner.now()).await?;
    let mut running = Running::default();
    let most = usize::from(runner.catalog().config().pipeline.concurrency.max(1));
    while !*stopping.borrow() {
        let now = runner.now();
        for id in ready(&due, &running.names, now).into_iter().take(most.saturating_sub(running.names.len())) {
            due.remove(&id);
            running.start(&runner, &progress, id, &stop);
        }
        let full = running.names.len() >= most;
        tokio::select! {
            ended = running.next(), if !running.names.is_empty() => reschedule(&runner, &mut due, ended),
            () = tokio::time::sleep(pause(&due, now, full)) => {}
            _ = stopping.changed() => {}
        }
    }
    stop.ask();
    while !running.names.is_empty() {
        running.next().await;
    }
    Ok(())
}

/// Runs under way.
#[derive(Debug, Default)]
struct Running {
    names: BTreeSet<DatasetId>,
    tasks: JoinSet<(DatasetId, Result<RunRecord>)>,
    by_task: BTreeMap<String, DatasetId>,
}

impl Running {
    fn start(&mut self, runner: &Arc<Runner>, progress: &Arc<dyn Progress>, id: DatasetId, stop: &Stop) {
        let (runner, progress, stop, name) = (Arc::clone(runner), Arc::clone(progress), stop.clone(), id.clone());
        let task = self.tasks.spawn(async move {
            let ended = runner.run(&name, Trigger::Schedule, stop, progress.as_ref()).await;
            (name, ended)
        });
        self.by_task.insert(task.id().to_string(), id.clone());
        self.names.insert(id);
    }

    /// Waits for the next run to end; a run that panicked counts as ended, the others go on.
    async fn next(&mut self) -> Option<DatasetId> {
        let (task, ended) = match self.tasks.join_next_with_id().await? {
            Ok((task, (_, ended))) => (task, Some(ended)),
            Err(error) => (error.id(), None),
        };
        let id = self.by_task.remove(&task.to_string())?;
        self.names.remove(&id);
        match ended {
            Some(Ok(_)) => {}
            Some(Err(Error::Leased { .. })) => tracing::info!(dataset = %id, "another process runs it"),
            Some(Err(error)) => tracing::error!(dataset = %id, code = error.code(), "run not recorded: {error}"),
            None => tracing::error!(dataset = %id, code = "internal", "the run ended abnormally"),
        }
        Some(id)
    }
}

/// The datasets that are due and not running, the longest overdue first.
fn ready(due: &BTreeMap<DatasetId, Timestamp>, running: &BTreeSet<DatasetId>, now: Timestamp) -> Vec<DatasetId> {
    let mut ready: Vec<_> = due.iter().filter(|(id, time)| **time <= now && !running.contains(*id)).collect();
    ready.sort_by_key(|(_, time)| **time);
    ready.into_iter().map(|(id, _)| id.clone()).collect()
}

/// Puts a dataset whose run ended back on the agenda: its next time counts from now, so missed ones collapse.
fn reschedule(runner: &Runner, due: &mut BTreeMap<DatasetId, Timestamp>, ended: Option<DatasetId>) {
    let Some(id) = ended else { return };
    let Some(dataset) = runner.catalog().config().datasets.get(&id) else { return };
    if let Some(next) = next_after(dataset, runner.now()) {
        due.insert(id, next);
    }
}

/// How long to sleep: until the next dataset is due, or until a run ends where no more may start.
fn pause(due: &BTreeMap<DatasetId, Timestamp>, now: Timestamp, full: bool) -> Duration {
    if full {
        return LONGEST_SLEEP;
    }
    let next = due.values().map(|time| Duration::try_from(time.duration_since(now)).unwrap_or_default()).min();
    next.unwrap_or(LONGEST_SLEEP).clamp(Duration::from_millis(10), LONGEST_SLEEP)
}
