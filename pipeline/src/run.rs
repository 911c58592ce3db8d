//! The run: the whole walk of one dataset, from lease to record.

mod in_parts;
mod overdue;
mod walk;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use catalog::{
    Catalog, RunId, Sha256,
    validation::{OutputProfile, Validator},
    version::{self, Draft, GateReport, Manifest},
};
use config::{Dataset, DatasetId};
use jiff::{SignedDuration, Timestamp};

use self::walk::{Begun, Walk};
use crate::{
    Decision, Error, Result, RunRecord, Stage, Stop, Trigger, Verdict,
    build::{self, Built, Job},
    decision,
    disclosure::Earlier,
    gate,
    lease::Lease,
    retention::{tidy, tidy_disclosures},
    source::{self, Fetched, Past, Polite, Validators},
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
    /// The last record of each dataset that the storage did not take; written before the next one.
    unwritten: Mutex<BTreeMap<DatasetId, RunRecord>>,
    /// The shapes that descriptions are held against, read when the first is.
    validator: OnceLock<Validator>,
}

/// What a runner needs from outside.
#[derive(Debug, Clone)]
pub struct RunnerParts {
    /// The clock.
    pub clock: fn() -> Timestamp,
    /// Random numbers in 0..1, for jitter and run names. They differ from call to call and process to process, for by
    /// its name a run knows its lease.
    pub random: fn() -> f64,
    /// Names this process in leases.
    pub holder: String,
}

impl Runner {
    /// A runner over a catalogue.
    pub fn new(catalog: Catalog, parts: RunnerParts) -> Self {
        let polite = Arc::new(Polite::new(parts.random));
        Self { catalog, parts, polite, unwritten: Mutex::default(), validator: OnceLock::new() }
    }

    /// What the metadata gate finds in a draft that the other gates have judged.
    pub(crate) fn judge_metadata(&self, draft: &Draft, reports: &[GateReport]) -> Result<GateReport> {
        let validator = if let Some(compiled) = self.validator.get() {
            compiled
        } else {
            let compiled = Validator::of(&OutputProfile::ALL)?;
            self.validator.get_or_init(|| compiled)
        };
        let snapshot = self.catalog.snapshot();
        let entry = snapshot.datasets.get(&draft.dataset.id);
        let entry = entry.ok_or_else(|| Error::UnknownDataset(draft.dataset.id.to_string()))?;
        gate::judge_metadata(self.catalog.config(), validator, (draft, entry), (reports, self.now()))
    }

    /// The time.
    pub fn now(&self) -> Timestamp {
        (self.parts.clock)()
    }

    /// A random number in 0..1.
    pub(crate) fn random(&self) -> f64 {
        (self.parts.random)()
    }

    /// The clock.
    pub(crate) fn clock(&self) -> fn() -> Timestamp {
        self.parts.clock
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
    /// `UnknownDataset`; `Leased`; `Stopped` where it had not begun; or `Catalog` where the lease cannot be taken or the
    /// record not be written: then the record is kept and written before the dataset's next one.
    pub async fn run(
        &self,
        id: &DatasetId,
        trigger: Trigger,
        stop: Stop,
        progress: &dyn Progress,
    ) -> Result<RunRecord> {
        self.run_or_publish((id, None), trigger, stop, progress).await
    }

    /// Decides on the draft that the newest run held back. An approved one is published from the bytes that the run
    /// landed, by the rules of today; the record of that is given.
    ///
    /// # Errors
    /// `NotHeld` where no draft waits; those of [`Self::run`].
    pub async fn decide(
        &self,
        id: &DatasetId,
        (verdict, by, reason): (Verdict, String, Option<String>),
        stop: Stop,
        progress: &dyn Progress,
    ) -> Result<Option<RunRecord>> {
        self.declared(id)?;
        let store = self.catalog.store();
        let held = decision::held(store, id, verdict).await?;
        let fingerprint = decision::fingerprint(&held.config_sha256, &held.sources);
        let run = held.id.clone();
        Decision { run, fingerprint, verdict, by, reason, time: self.now() }.write(store, id).await?;
        match verdict {
            Verdict::Approved => {
                self.run_or_publish((id, Some(held)), Trigger::Approval, stop, progress).await.map(Some)
            }
            Verdict::Rejected => Ok(None),
        }
    }

    async fn run_or_publish(
        &self,
        (id, approved): (&DatasetId, Option<RunRecord>),
        trigger: Trigger,
        stop: Stop,
        progress: &dyn Progress,
    ) -> Result<RunRecord> {
        let dataset = self.declared(id)?;
        let begun = self.begin(trigger);
        let length = SignedDuration::from_secs(i64::from(self.catalog.config().pipeline.lease_seconds));
        // The name of the run makes the holder another one for every lease.
        let holder = format!("{}, run {}", self.parts.holder, begun.run.as_str());
        let taken = stop.or(Lease::acquire(self.catalog.store(), id, &holder, length, begun.started)).await;
        let mut walk = Walk::new(self, dataset, progress, stop.child()).approved(approved);
        let lease = match taken {
            Ok(lease) => lease,
            Err(error @ (Error::Leased { .. } | Error::Stopped(_))) => return Err(error),
            Err(error) => {
                self.keep_for_later(walk.record(begun, Err(&error)));
                return Err(error);
            }
        };
        let (ended, lease) = Box::pin(walk.under(lease)).await;
        let mut record = walk.record(begun, ended.as_ref().copied());
        let written = self.put_down(&mut record).await;
        if let Some(lease) = lease {
            self.close(lease, &record, &stop).await;
        }
        progress.finished(&record);
        written.map(|()| record)
    }

    fn begin(&self, trigger: Trigger) -> Begun {
        let started = self.now();
        let salt = (self.parts.random)() * f64::from(u32::MAX);
        // The fraction is cut off on purpose: any number will do.
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a random number in range")]
        let run = RunId::new(started, salt as u32);
        Begun { run, trigger, started }
    }

    /// Writes a record, and before it one that could not be written earlier.
    async fn put_down(&self, record: &mut RunRecord) -> Result<()> {
        let store = self.catalog.store();
        let earlier = self.unwritten.lock().unwrap_or_else(PoisonError::into_inner).remove(&record.dataset);
        if let Some(mut earlier) = earlier
            && let Err(error) = earlier.write(store).await
        {
            tracing::warn!(dataset = %record.dataset, code = error.code(), %error, "an earlier run is not recorded");
        }
        let written = record.write(store).await;
        if written.is_err() {
            self.keep_for_later(record.clone());
        }
        written
    }

    fn keep_for_later(&self, record: RunRecord) {
        self.unwritten.lock().unwrap_or_else(PoisonError::into_inner).insert(record.dataset.clone(), record);
    }

    /// Deletes what is past its time, for as long as nobody asks to stop, and gives the lease back.
    async fn close(&self, mut lease: Lease, record: &RunRecord, stop: &Stop) {
        let (dataset, store) = (&record.dataset, self.catalog.store());
        let current = self.current(dataset);
        let what = (record, current.as_deref());
        let tables = self.tables(dataset);
        let tidying = async {
            tidy(store, &self.catalog.config().pipeline, what, self.now()).await?;
            tidy_disclosures(store, (dataset, &tables), self.now()).await
        };
        let tidied = tokio::select! {
            tidied = stop.or(tidying) => tidied,
            lost = lease.keep(self.parts.clock) => Err(lost),
        };
        if let Err(error) = tidied {
            tracing::warn!(%dataset, code = error.code(), %error, "what is past its time was not deleted");
        }
        if let Err(error) = lease.release(self.now()).await {
            tracing::warn!(%dataset, code = error.code(), %error, "lease could not be given back");
        }
    }

    /// The tables of all versions.
    fn tables(&self, id: &DatasetId) -> BTreeSet<Sha256> {
        let snapshot = self.catalog.snapshot();
        let versions = snapshot.datasets.get(id).into_iter().flat_map(|entry| entry.versions.values());
        versions.flat_map(|version| version.tables()).map(|table| table.sha256.clone()).collect()
    }

    pub(crate) fn declared(&self, id: &DatasetId) -> Result<Arc<Dataset>> {
        if let Some(broken) = self.catalog.config().broken(id) {
            return Err(Error::declaration(id.as_str(), &broken.cause));
        }
        let snapshot = self.catalog.snapshot();
        let entry = snapshot.datasets.get(id).ok_or_else(|| Error::UnknownDataset(id.to_string()))?;
        Ok(Arc::clone(&entry.dataset))
    }

    /// Fetches a dataset's source against what was last seen; without the files that are as they were, where that is asked
    /// for.
    pub(crate) async fn fetch(
        &self,
        dataset: &Dataset,
        (last, pieces): (&[Validators], bool),
        kept: &[Validators],
    ) -> Result<Fetched> {
        let past = Past { last, kept, pieces, store: self.catalog.store(), dataset: &dataset.id };
        source::open(self.catalog.config(), dataset, &self.polite)?.fetch(&past, self.now()).await
    }

    pub(crate) fn current(&self, id: &DatasetId) -> Option<Arc<Manifest>> {
        self.catalog.snapshot().datasets.get(id)?.current().cloned()
    }

    /// The releases that new statistics are held against: the newest versions that are not withdrawn.
    pub(crate) async fn earlier(&self, id: &DatasetId) -> Result<Earlier> {
        let snapshot = self.catalog.snapshot();
        let Some(entry) = snapshot.datasets.get(id) else { return Ok(Earlier::default()) };
        let Some(rules) = &entry.dataset.file.statistics else { return Ok(Earlier::default()) };
        let most = usize::try_from(rules.releases).unwrap_or(usize::MAX);
        let versions = entry.versions.values().rev().take(most).map(|version| &**version);
        Earlier::load(self.catalog.store(), id, versions).await
    }

    /// Builds a draft off the async threads.
    pub(crate) async fn build(&self, job: Job) -> Result<Built> {
        let stop = job.stop.clone();
        self.building(&job.dataset.id.clone(), stop, move |newest| build::build(job, newest)).await
    }

    /// Builds off the async threads, with the newest version, withdrawn or not.
    pub(super) async fn building<T: Send + 'static>(
        &self,
        id: &DatasetId,
        stop: Stop,
        work: impl FnOnce(Option<&Manifest>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let newest = version::newest(self.catalog.store(), id).await?;
        let mut guard = StopOnDrop(Some(stop));
        let built = tokio::task::spawn_blocking(move || work(newest.as_ref())).await;
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

#[cfg(test)]
mod in_parts_tests;
#[cfg(test)]
mod names_tests;
#[cfg(test)]
mod tests;
