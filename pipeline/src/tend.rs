//! Tending what is published: withdrawing, erasing, retention, names whose time is over. Each holds the dataset's
//! lease, so that no run is under way, and first finishes what an earlier process left undone.

use std::sync::Arc;

use catalog::{
    Key, RolledBack, RunId, When,
    version::{self, Garbage, Manifest, VersionNumber, Withdrawal, WithdrawalKind},
};
use config::{Dataset, DatasetId};
use futures::{FutureExt, future::BoxFuture};
use jiff::SignedDuration;

use crate::{
    Error, Result, Runner,
    cursor::Cursor,
    erase::{self, EraseRequest, ErasureRecord, Intent, Name},
    gate,
    lease::Lease,
    memo,
    names::overdue,
};

impl Runner {
    /// Withdraws a version at once, also while a run is under way, and deletes what no other version shares; false if
    /// that has to wait for the run.
    ///
    /// # Errors
    /// `UnknownDataset`, or the catalogue's; a version that is not there is `Missing`.
    pub async fn withdraw(&self, id: &DatasetId, number: VersionNumber, why: Withdrawal) -> Result<bool> {
        let store = self.catalog.store();
        for version in [Some(number), why.replaced_by].into_iter().flatten() {
            store.size(&Key::Manifest(id.clone(), version)).await?;
        }
        let Ok(dataset) = self.declared(id) else {
            // A declaration with errors keeps no version from being withdrawn.
            version::withdraw(store, id, number, why).await?;
            let clean = async {
                memo::forget(store, id).await?;
                Ok(version::clean(store, id).await?)
            };
            return self.holding(id, clean.boxed()).await.map(|_| true);
        };
        let name = self.name();
        erase::write(store, Name { dataset: &dataset, id: &name }, &Intent::Clean).await?;
        version::withdraw(store, id, number, why).await?;
        match self.holding(id, erase::resume(store, &dataset).boxed()).await {
            Ok(_) => Ok(true),
            Err(Error::Leased { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Erases a record from every version, every changelog and everything private, and keeps it out of later runs.
    ///
    /// # Errors
    /// `UnknownDataset`, `Leased`, `Erasure` where it cannot be done, or the storage's; then the next run, or
    /// [`Runner::resume`], goes on with it.
    pub async fn redact(&self, id: &DatasetId, request: &EraseRequest) -> Result<ErasureRecord> {
        let dataset = self.declared(id)?;
        let store = self.catalog.store();
        let run = self.name();
        let name = Name { dataset: &dataset, id: &run };
        let work = async {
            erase::resume(store, &dataset).await?;
            let intent = erase::begin(store, name, request, (&self.salt(), self.now())).await?;
            erase::carry_out(store, name, &intent).await?;
            erase::record(name, &intent).ok_or_else(|| Error::Internal("an erasure without record".to_owned()))
        };
        self.holding(id, work.boxed()).await
    }

    /// Goes on with the erasures of a dataset that a process left undone, and withdraws names of old versions; how many
    /// erasures there were.
    pub async fn resume(&self, id: &DatasetId) -> Result<usize> {
        let dataset = self.declared(id)?;
        let store = self.catalog.store();
        let snapshot = self.catalog.snapshot();
        let old_names = snapshot.datasets.get(id).is_some_and(|entry| entry.with_old_names().next().is_some());
        if !old_names && !erase::pending(store, id).await? {
            return Ok(0);
        }
        self.holding(id, erase::resume(store, &dataset).boxed()).await
    }

    /// Publishes the content of an old version as a new version, unless it is current already.
    ///
    /// # Errors
    /// `UnknownDataset`, `Leased`, or the catalogue's; a version that is not there is `Missing`, one that may not be
    /// published any more is `Rollback`.
    pub async fn rollback(&self, id: &DatasetId, to: VersionNumber) -> Result<RolledBack> {
        let dataset = self.declared(id)?;
        let store = self.catalog.store();
        let work = async {
            erase::resume(store, &dataset).await?;
            let now = self.now();
            Ok(catalog::rollback(store, &dataset, to, When { now, today: gate::day_in_norway(now) }).await?)
        };
        self.holding(id, work.boxed()).await
    }

    /// Forgets what was seen of a source and what came of it, so that the next run reads all of it.
    ///
    /// # Errors
    /// `UnknownDataset`, `Leased`, or the storage's.
    pub async fn forget_seen(&self, id: &DatasetId) -> Result<()> {
        self.declared(id)?;
        let store = self.catalog.store();
        let work = async {
            memo::forget(store, id).await?;
            let cursor = Cursor::latest(store, id).await?;
            if !cursor.validators.is_empty() {
                cursor.looked(store, id, Vec::new()).await?;
            }
            Ok(())
        };
        self.holding(id, work.boxed()).await
    }

    /// What [`Runner::collect`] would delete.
    pub async fn garbage(&self, id: &DatasetId) -> Result<Garbage> {
        let dataset = self.declared(id)?;
        let keep = self.catalog.config().keep(&dataset);
        Ok(version::garbage(self.catalog.store(), id, keep, self.now()).await?)
    }

    /// Withdraws the versions that are older than versions are kept, and deletes what no kept version names.
    pub async fn collect(&self, id: &DatasetId) -> Result<Garbage> {
        let dataset = self.declared(id)?;
        let keep = self.catalog.config().keep(&dataset);
        let store = self.catalog.store();
        let work = async {
            erase::resume(store, &dataset).await?;
            memo::forget_other(store, id, self.current(id).map(|current| current.number)).await?;
            Ok(version::collect(store, id, keep, self.now()).await?)
        };
        self.holding(id, work.boxed()).await
    }

    /// Does something while holding the dataset's lease, which is renewed as long as it takes; then names of versions
    /// that are no longer the newest go.
    pub(crate) async fn holding<T: Send>(&self, id: &DatasetId, work: BoxFuture<'_, Result<T>>) -> Result<T> {
        let length = SignedDuration::from_secs(i64::from(self.catalog.config().pipeline.lease_seconds));
        let mut lease = Lease::acquire(self.catalog.store(), id, self.holder(), length, self.now()).await?;
        let mut work = async {
            let done = work.await;
            let names = self.withdraw_old_names(id).await;
            done.and_then(|done| names.map(|_| done))
        }
        .boxed();
        let done = tokio::select! {
            done = &mut work => done,
            lost = lease.keep(self.clock()) => return Err(lost),
        };
        if let Err(error) = lease.release(self.now()).await {
            tracing::warn!(dataset = %id, code = error.code(), %error, "lease could not be given back");
        }
        self.catalog.refresh().await?;
        done
    }
}

impl Runner {
    /// A name for an erasure.
    pub(crate) fn name(&self) -> RunId {
        // The fraction is cut off on purpose: any number will do.
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a random number in range")]
        let salt = (self.random() * f64::from(u32::MAX)) as u32;
        RunId::new(self.now(), salt)
    }

    /// A salt that differs from list to list; it stands beside the hashes and is no secret.
    fn salt(&self) -> String {
        (0..4).map(|_| self.random().to_bits().to_string()).collect::<Vec<_>>().join("-")
    }
}

/// Why names are withdrawn, for the public.
const NAMES_REASON: &str = "names of persons are published for one year, and in the newest version only";
/// What gives the duty.
const NAMES_BASIS: &str = "offentlegforskrifta § 6";

impl Runner {
    /// Withdraws the files with names of every version but the newest; how many versions that were. The caller holds
    /// the dataset's lease.
    pub(crate) async fn withdraw_old_names(&self, id: &DatasetId) -> Result<usize> {
        self.catalog.refresh().await?;
        let snapshot = self.catalog.snapshot();
        let Some(entry) = snapshot.datasets.get(id) else { return Ok(0) };
        let old: Vec<Arc<Manifest>> = entry.with_old_names().cloned().collect();
        let newest = entry.current().map(|current| current.number);
        self.withdraw_names(&entry.dataset, &old, newest).await?;
        Ok(old.len())
    }

    /// Withdraws the files with names of the current version, if their day has come; then an older version without
    /// names is current, or none. The caller holds the dataset's lease.
    pub(crate) async fn withdraw_current_names(&self, id: &DatasetId) -> Result<Option<VersionNumber>> {
        self.withdraw_old_names(id).await?;
        let snapshot = self.catalog.snapshot();
        let Some(entry) = snapshot.datasets.get(id) else { return Ok(None) };
        let Some(current) = entry.current().filter(|current| overdue(current, self.now())) else { return Ok(None) };
        self.withdraw_names(&entry.dataset, &[Arc::clone(current)], None).await?;
        tracing::error!(dataset = %id, version = %current.number, "names of persons were withdrawn with their files");
        Ok(Some(current.number))
    }

    /// The same for a dataset that cannot be run, since its declaration has errors.
    pub(crate) async fn give_up_names(&self, id: &DatasetId) -> Result<()> {
        self.holding(id, self.withdraw_current_names(id).boxed()).await.map(drop)
    }

    async fn withdraw_names(
        &self,
        dataset: &Dataset,
        versions: &[Arc<Manifest>],
        replaced_by: Option<VersionNumber>,
    ) -> Result<()> {
        if versions.is_empty() {
            return Ok(());
        }
        let store = self.catalog.store();
        let why = Withdrawal {
            time: self.now(),
            by: self.catalog.config().publisher.name.nb.clone(),
            reason: NAMES_REASON.to_owned(),
            legal_basis: Some(NAMES_BASIS.to_owned()),
            kind: WithdrawalKind::Names,
            replaced_by,
            ..Withdrawal::default()
        };
        // First of all, so that whoever comes after a crash cleans up.
        let id = self.name();
        let name = Name { dataset, id: &id };
        erase::write(store, name, &Intent::Clean).await?;
        for version in versions {
            version::withdraw_names(store, version, why.clone()).await?;
        }
        self.catalog.refresh().await?;
        erase::carry_out(store, name, &Intent::Clean).await
    }
}
