//! One run under way: the stages, in order, under a lease.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use catalog::{
    RunId,
    version::{self, Clearance, Draft, GateReport, Manifest, SourceProvenance},
};
use config::{Dataset, DatasetId};
use jiff::Timestamp;

use super::{PROGRAM, Progress, Runner};
use crate::{
    Error, ErrorRecord, NamesEnd, Outcome, Rejects, Result, RunRecord, Stage, StageRecord, Stop, Trigger,
    build::{self, Built, Job},
    cursor::Cursor,
    erase,
    gate::{self, Observed},
    land::{land, provenance},
    lease::Lease,
    source::{Fetched, Raw},
    suppress::Suppressions,
};

/// What a run found out before it ended, well or not.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) stages: Vec<StageRecord>,
    pub(super) sources: Vec<SourceProvenance>,
    observed: Observed,
    rejects: Rejects,
    rows: u64,
    rows_withheld: u64,
    gates: Vec<GateReport>,
    changes: Option<version::ChangeSummary>,
    pub(super) names: Option<NamesEnd>,
}

impl Found {
    fn take(&mut self, built: &Built) {
        self.observed = built.observed.clone();
        self.rejects = built.rejects.clone();
        self.rows = built.draft.rows;
        self.rows_withheld = built.scan.rows_withheld();
    }
}

/// A judged draft.
pub(super) struct Judged {
    draft: Draft,
    reports: Vec<GateReport>,
}

/// Which run it is.
pub(super) struct Begun {
    pub(super) run: RunId,
    pub(super) trigger: Trigger,
    pub(super) started: Timestamp,
}

/// One run under way.
pub(super) struct Walk<'a> {
    pub(super) runner: &'a Runner,
    pub(super) dataset: Arc<Dataset>,
    progress: &'a dyn Progress,
    /// The wish of others to stop; what is tried within the run has one of its own.
    asked: Stop,
    stop: Stop,
    pub(super) found: Found,
}

impl<'a> Walk<'a> {
    pub(super) fn new(runner: &'a Runner, dataset: Arc<Dataset>, progress: &'a dyn Progress, stop: Stop) -> Self {
        Self { runner, dataset, progress, stop: stop.child(), asked: stop, found: Found::default() }
    }

    /// Walks within the time allowed, renewing the lease; the lease is `None` if it was lost.
    pub(super) async fn under(&mut self, mut lease: Lease) -> (Result<Outcome>, Option<Lease>) {
        let runner = self.runner;
        let work = async {
            let ended = Box::pin(in_time(self.seconds(), self.walk())).await;
            Box::pin(self.mind_names(ended)).await
        };
        let ended = tokio::select! {
            ended = work => Ok(ended),
            lost = lease.keep(runner.parts.clock) => Err(lost),
        };
        match ended {
            Ok(outcome) => (outcome, Some(lease)),
            Err(lost) => (Err(lost), None),
        }
    }

    /// The time allowed, in seconds.
    pub(super) fn seconds(&self) -> u64 {
        u64::from(self.runner.catalog.config().pipeline.run_timeout_seconds)
    }

    /// True if somebody asked to stop.
    pub(super) fn is_stopping(&self) -> bool {
        self.asked.asked()
    }

    /// Begins anew within the same run; what was found out so far is handed back.
    pub(super) fn begin_anew(&mut self) -> Found {
        // What was under way may have been stopped because its time was up.
        self.stop = self.asked.child();
        std::mem::take(&mut self.found)
    }

    /// The walk of design.md, stage by stage.
    async fn walk(&mut self) -> Result<Outcome> {
        let runner = self.runner;
        let store = runner.catalog.store();
        let id = self.dataset.id.clone();
        let dataset = Arc::clone(&self.dataset);
        Box::pin(erase::resume(store, &dataset)).await?;
        let cursor = Cursor::latest(store, &id).await?;
        runner.withdraw_old_names(&id).await?;
        let parent = runner.current(&id);
        let suppressions = Suppressions::load(store, &id).await?;
        // On that day the same bytes give another version.
        let due =
            parent.as_deref().and_then(Manifest::due_again).is_some_and(|day| day <= gate::day_in_norway(runner.now()));
        let (cursor, Some(raws)) = self.gather(cursor, (parent.is_none() || due, suppressions.is_empty())).await?
        else {
            return Ok(Outcome::Unchanged);
        };
        let validators = raws.iter().map(|raw| raw.validators.clone()).collect();
        let judged = self.judge(parent, (raws, suppressions)).await?;
        let outcome = self.publish(judged).await?;
        if outcome.is_success() {
            let next = Cursor {
                seq: 0,
                config_sha256: dataset.config_sha256.clone(),
                program: PROGRAM.to_owned(),
                validators,
                kept: cursor.kept.clone(),
            };
            cursor.advance(store, &id, &next).await?;
        }
        Ok(outcome)
    }

    /// Fetches until everything is there, and keeps what comes in parts. `None`: nothing changed.
    async fn gather(
        &mut self,
        mut cursor: Cursor,
        (fresh, land_now): (bool, bool),
    ) -> Result<(Cursor, Option<Vec<Raw>>)> {
        let (runner, dataset, stop) = (self.runner, Arc::clone(&self.dataset), self.stop.clone());
        let (store, id) = (runner.catalog.store(), &dataset.id);
        loop {
            let last = if fresh { &[] } else { cursor.usable(&dataset.config_sha256, PROGRAM) };
            let fetch = stop.or(runner.fetch(&dataset, last, &cursor.kept));
            let (raws, whole) = match self.timed(Stage::Fetch, fetch).await? {
                Fetched::Unchanged => return Ok((cursor, None)),
                Fetched::Same(gathered) => return Ok((cursor.keep(store, id, &gathered).await?, None)),
                Fetched::Partial(raws) => (raws, false),
                Fetched::Changed(raws) => (raws, true),
            };
            let gathered: Vec<_> = raws.iter().map(|raw| raw.validators.clone()).collect();
            let gathers = gathered.iter().any(|validators| validators.memory.is_some());
            self.found.sources = if land_now || gathers {
                self.timed(Stage::Land, stop.or(land_all(runner, id, &raws))).await?
            } else {
                raws.iter().map(provenance).collect::<Result<_>>()?
            };
            cursor = cursor.keep(store, id, &gathered).await?;
            if whole {
                return Ok((cursor, Some(raws)));
            }
        }
    }

    pub(super) async fn judge(
        &mut self,
        parent: Option<Arc<Manifest>>,
        (raws, suppressions): (Vec<Raw>, Suppressions),
    ) -> Result<Judged> {
        let runner = self.runner;
        let later = !suppressions.is_empty();
        let job = Job {
            dataset: Arc::clone(&self.dataset),
            parent,
            raws,
            sources: self.found.sources.clone(),
            suppressions,
            limits: runner.catalog.config().pipeline.clone(),
            stop: self.stop.clone(),
            today: gate::day_in_norway(runner.now()),
        };
        let mut built = self.timed(Stage::Normalise, runner.build(job)).await?;
        self.found.take(&built);
        let (stop, store) = (self.stop.clone(), runner.catalog.store());
        // Bytes that hold an erased record, or rows nobody could read, are not kept.
        if later && built.suppressed == 0 && built.rejects.total == 0 {
            let id = self.dataset.id.clone();
            self.timed(Stage::Land, stop.or(land_all(runner, &id, &built.raws))).await?;
        }
        self.timed(Stage::Write, stop.or(build::complete(store, &mut built))).await?;
        self.found.changes = built.draft.changes.as_ref().map(|changes| changes.summary);
        let judging = async { gate::judge_all(&built.draft, &built.observed, (built.scan, built.geometry)) };
        let reports = self.timed(Stage::Judge, judging).await?;
        self.found.gates.clone_from(&reports);
        Ok(Judged { draft: built.draft, reports })
    }

    pub(super) async fn publish(&mut self, judged: Judged) -> Result<Outcome> {
        let runner = self.runner;
        if judged.reports.iter().any(GateReport::blocks) {
            return Ok(Outcome::Blocked);
        }
        self.stop.check()?;
        let demanded = &judged.draft.dataset.profile.gates.clone();
        let clearance = Clearance::grant(&judged.draft, demanded, judged.reports)?;
        let commit = version::commit(runner.catalog.store(), judged.draft, clearance, runner.now());
        let outcome = self.timed(Stage::Commit, async { Ok(commit.await?) }).await?;
        runner.withdraw_old_names(&self.dataset.id).await?;
        Ok(match outcome {
            version::Outcome::Published(_) => Outcome::Published,
            version::Outcome::Unchanged => Outcome::Unchanged,
        })
    }

    /// Does one stage and notes how long it took, well or not.
    async fn timed<T>(&mut self, stage: Stage, work: impl Future<Output = Result<T>>) -> Result<T> {
        self.progress.stage(&self.dataset.id, stage);
        let start = Instant::now();
        let done = work.await;
        let milliseconds = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.found.stages.push(StageRecord { stage, milliseconds });
        done
    }

    /// The record of the run that has ended, or that could not begin.
    pub(super) fn record(self, begun: Begun, ended: std::result::Result<Outcome, &Error>) -> RunRecord {
        let id = self.dataset.id.clone();
        if let Err(error) = ended {
            tracing::error!(dataset = %id, code = error.code(), "run failed: {error}");
        }
        let found = self.found;
        RunRecord {
            id: begun.run,
            trigger: begun.trigger,
            started: begun.started,
            finished: self.runner.now(),
            outcome: ended.unwrap_or(Outcome::Failed),
            program: PROGRAM.to_owned(),
            config_sha256: self.dataset.config_sha256.clone(),
            stages: found.stages,
            sources: found.sources,
            rows_read: found.observed.rows_read,
            rows: found.rows,
            rows_withheld: found.rows_withheld,
            rejects: found.rejects,
            gates: found.gates,
            changes: found.changes,
            names: found.names,
            version: self.runner.current(&id).map(|manifest| manifest.number.0),
            error: ended.err().map(ErrorRecord::from),
            last_success: None,
            first_run: None,
            dataset: id,
        }
    }
}

/// Does something within the time allowed.
pub(super) async fn in_time(seconds: u64, work: impl Future<Output = Result<Outcome>>) -> Result<Outcome> {
    let ended = tokio::time::timeout(Duration::from_secs(seconds), work).await;
    ended.unwrap_or_else(|_| Err(Error::Stopped(format!("it took longer than {seconds} seconds"))))
}

async fn land_all(runner: &Runner, id: &DatasetId, raws: &[Raw]) -> Result<Vec<SourceProvenance>> {
    let mut sources = Vec::with_capacity(raws.len());
    for raw in raws {
        sources.push(land(runner.catalog.store(), id, raw).await?);
    }
    Ok(sources)
}
