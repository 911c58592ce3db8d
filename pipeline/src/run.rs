//! The run: the whole walk of one dataset, stage by stage.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use catalog::{
    Catalog, RunId,
    version::{self, Clearance, Draft, GateReport, Manifest, SourceProvenance},
};
use config::{Dataset, DatasetId};
use jiff::{SignedDuration, Timestamp};

use crate::{
    Error, ErrorRecord, Outcome, Rejects, Result, RunRecord, Stage, StageRecord, Stop, Trigger,
    build::{self, Built, Job},
    cursor::Cursor,
    erase,
    gate::{self, Observed},
    land::{land, provenance},
    lease::Lease,
    source::{self, Fetched, Polite, Raw, Validators},
    suppress::Suppressions,
};

/// Program and version, as it stands in manifests and records.
pub(crate) const PROGRAM: &str = concat!("allmenning ", env!("CARGO_PKG_VERSION"));

/// Hears how a run goes on.
pub trait Progress: Send + Sync {
    /// A dataset entered a stage.
    fn stage(&self, dataset: &DatasetId, stage: Stage);
    /// A run ended.
    fn finished(&self, record: &RunRecord);
}

/// Hears nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Progress for Silent {
    fn stage(&self, _: &DatasetId, _: Stage) {}
    fn finished(&self, _: &RunRecord) {}
}

/// Runs datasets.
#[derive(Debug)]
pub struct Runner {
    pub(crate) catalog: Catalog,
    parts: RunnerParts,
    polite: Arc<Polite>,
}

/// What a runner needs from outside.
#[derive(Debug, Clone)]
pub struct RunnerParts {
    /// The clock.
    pub clock: fn() -> Timestamp,
    /// Random numbers in 0..1, for jitter and run names.
    pub random: fn() -> f64,
    /// Names this process in leases.
    pub holder: String,
}

/// What a run found out before it ended, well or not.
#[derive(Debug, Default)]
struct Found {
    stages: Vec<StageRecord>,
    sources: Vec<SourceProvenance>,
    observed: Observed,
    rejects: Rejects,
    rows: u64,
    rows_withheld: u64,
    gates: Vec<GateReport>,
    changes: Option<version::ChangeSummary>,
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
pub(crate) struct Judged {
    pub(crate) draft: Draft,
    pub(crate) reports: Vec<GateReport>,
}

/// One run under way.
struct Walk<'a> {
    runner: &'a Runner,
    dataset: Arc<Dataset>,
    progress: &'a dyn Progress,
    stop: Stop,
    found: Found,
}

impl Runner {
    /// A runner over a catalogue.
    pub fn new(catalog: Catalog, parts: RunnerParts) -> Self {
        let polite = Arc::new(Polite::new(parts.random));
        Self { catalog, parts, polite }
    }

    /// The time.
    pub fn now(&self) -> Timestamp {
        (self.parts.clock)()
    }

    /// A random number in 0..1.
    pub(crate) fn random(&self) -> f64 {
        (self.parts.random)()
    }

    /// Names this process in leases.
    pub(crate) fn holder(&self) -> &str {
        &self.parts.holder
    }

    /// The catalogue.
    pub fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// Runs one dataset. What happens, good or bad, is in the record, which is also written to the storage.
    ///
    /// # Errors
    /// `UnknownDataset`, `Leased`, or `Catalog` where the record itself cannot be written.
    pub async fn run(
        &self,
        id: &DatasetId,
        trigger: Trigger,
        stop: Stop,
        progress: &dyn Progress,
    ) -> Result<RunRecord> {
        let dataset = self.declared(id)?;
        let started = self.now();
        let length = SignedDuration::from_secs(i64::from(self.catalog.config().pipeline.lease_seconds));
        let lease = Lease::acquire(self.catalog.store(), id, &self.parts.holder, length, started).await?;
        let mut walk = Walk { runner: self, dataset, progress, stop: stop.child(), found: Found::default() };
        let (ended, lease) = walk.under(lease, length).await;
        let record = walk.record(trigger, started, ended);
        let written = record.write(self.catalog.store()).await;
        if let Some(lease) = lease
            && let Err(error) = lease.release(self.now()).await
        {
            tracing::warn!(dataset = %id, code = error.code(), %error, "lease could not be given back");
        }
        progress.finished(&record);
        written.map(|()| record)
    }

    pub(crate) fn declared(&self, id: &DatasetId) -> Result<Arc<Dataset>> {
        let snapshot = self.catalog.snapshot();
        let entry = snapshot.datasets.get(id).ok_or_else(|| Error::UnknownDataset(id.to_string()))?;
        Ok(Arc::clone(&entry.dataset))
    }

    /// Fetches a dataset's source against what was last seen.
    pub(crate) async fn fetch(&self, dataset: &Dataset, last: &[Validators]) -> Result<Fetched> {
        source::open(self.catalog.config(), dataset, &self.polite)?.fetch(last, self.now()).await
    }

    pub(crate) fn current(&self, id: &DatasetId) -> Option<Arc<Manifest>> {
        self.catalog.snapshot().datasets.get(id)?.current().cloned()
    }

    /// Builds a draft off the async threads.
    pub(crate) async fn build(&self, job: Job) -> Result<Built> {
        let mut guard = StopOnDrop(Some(job.stop.clone()));
        let built = tokio::task::spawn_blocking(move || build::build(job)).await;
        guard.0 = None;
        built.map_err(|error| Error::Internal(format!("the build ended early: {error}")))?
    }
}

/// Stops the blocking build when the future that waits for it is dropped (time is up).
struct StopOnDrop(Option<Stop>);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        if let Some(stop) = &self.0 {
            stop.ask();
        }
    }
}

impl Walk<'_> {
    /// Walks within the time allowed, renewing the lease; the lease is `None` if it was lost.
    async fn under(&mut self, mut lease: Lease, length: SignedDuration) -> (Result<Outcome>, Option<Lease>) {
        let runner = self.runner;
        let seconds = u64::from(runner.catalog.config().pipeline.run_timeout_seconds);
        let renew_every = Duration::from_secs(u64::try_from(length.as_secs()).unwrap_or(60) / 3 + 1);
        let work = tokio::time::timeout(Duration::from_secs(seconds), self.walk());
        tokio::pin!(work);
        loop {
            tokio::select! {
                ended = &mut work => {
                    let late = |_| Err(Error::Stopped(format!("it took longer than {seconds} seconds")));
                    return (ended.unwrap_or_else(late), Some(lease));
                }
                () = tokio::time::sleep(renew_every) => if let Err(error) = lease.extend(runner.now()).await {
                    return (Err(error), None);
                },
            }
        }
    }

    /// The walk of design.md, stage by stage.
    async fn walk(&mut self) -> Result<Outcome> {
        let runner = self.runner;
        let store = runner.catalog.store();
        let id = self.dataset.id.clone();
        let dataset = Arc::clone(&self.dataset);
        erase::resume(store, &dataset).await?;
        let cursor = Cursor::latest(store, &id).await?;
        runner.catalog.refresh().await?;
        let parent = runner.current(&id);
        let last = if parent.is_some() { cursor.usable(&dataset.config_sha256, PROGRAM) } else { &[] };
        let fetched = self.timed(Stage::Fetch, runner.fetch(&dataset, last)).await?;
        let Fetched::Changed(raws) = fetched else { return Ok(Outcome::Unchanged) };
        let validators = raws.iter().map(|raw| raw.validators.clone()).collect();
        let suppressions = Suppressions::load(store, &id).await?;
        self.found.sources = if suppressions.is_empty() {
            self.timed(Stage::Land, land_all(runner, &id, &raws)).await?
        } else {
            raws.iter().map(provenance).collect::<Result<_>>()?
        };
        let judged = self.judge(parent, (raws, suppressions)).await?;
        let outcome = self.publish(judged).await?;
        if outcome.is_success() {
            let next = Cursor {
                seq: 0,
                config_sha256: dataset.config_sha256.clone(),
                program: PROGRAM.to_owned(),
                validators,
            };
            cursor.advance(store, &id, &next).await?;
        }
        Ok(outcome)
    }

    async fn judge(
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
        };
        let mut built = self.timed(Stage::Normalise, runner.build(job)).await?;
        self.found.take(&built);
        // Bytes that hold an erased record, or rows nobody could read, are not kept.
        if later && built.suppressed == 0 && built.rejects.total == 0 {
            let id = self.dataset.id.clone();
            self.timed(Stage::Land, land_all(runner, &id, &built.raws)).await?;
        }
        self.timed(Stage::Write, build::complete(runner.catalog.store(), &mut built.draft)).await?;
        self.found.changes = built.draft.changes.as_ref().map(|(_, summary)| *summary);
        let judging = async { gate::judge_all(&built.draft, &built.observed, built.scan) };
        let reports = self.timed(Stage::Judge, judging).await?;
        self.found.gates.clone_from(&reports);
        Ok(Judged { draft: built.draft, reports })
    }

    async fn publish(&mut self, judged: Judged) -> Result<Outcome> {
        let runner = self.runner;
        if judged.reports.iter().any(GateReport::blocks) {
            return Ok(Outcome::Blocked);
        }
        if self.stop.asked() {
            return Err(Error::Stopped("the program is stopping".to_owned()));
        }
        let demanded = &judged.draft.dataset.profile.gates.clone();
        let clearance = Clearance::grant(&judged.draft, demanded, judged.reports)?;
        let commit = version::commit(runner.catalog.store(), judged.draft, clearance, runner.now());
        let outcome = self.timed(Stage::Commit, async { Ok(commit.await?) }).await?;
        runner.catalog.refresh().await?;
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

    fn record(self, trigger: Trigger, started: Timestamp, ended: Result<Outcome>) -> RunRecord {
        let id = self.dataset.id.clone();
        if let Err(error) = &ended {
            tracing::error!(dataset = %id, code = error.code(), "run failed: {error}");
        }
        let error = ended.as_ref().err().map(ErrorRecord::from);
        let salt = (self.runner.parts.random)() * f64::from(u32::MAX);
        let found = self.found;
        RunRecord {
            // The fraction is cut off on purpose: any number will do.
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a random number in range")]
            id: RunId::new(started, salt as u32),
            trigger,
            started,
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
            version: self.runner.current(&id).map(|manifest| manifest.number.0),
            error,
            dataset: id,
        }
    }
}

async fn land_all(runner: &Runner, id: &DatasetId, raws: &[Raw]) -> Result<Vec<SourceProvenance>> {
    let mut sources = Vec::with_capacity(raws.len());
    for raw in raws {
        sources.push(land(runner.catalog.store(), id, raw).await?);
    }
    Ok(sources)
}
