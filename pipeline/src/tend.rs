//! Tending what is published: withdrawing, erasing, retention. Each holds the dataset's lease, so that no run is under
//! way, and first finishes what an earlier process left undone.

use std::{sync::Arc, time::Duration};

use catalog::{
    RunId, history,
    version::{self, Garbage, Manifest, VersionNumber, Withdrawal},
};
use config::{Dataset, DatasetId};
use jiff::SignedDuration;

use crate::{
    Error, Result, Runner,
    erase::{self, EraseRequest, ErasureRecord, Intent, Name},
    lease::Lease,
};

impl Runner {
    /// Withdraws a version and deletes what no other version shares.
    ///
    /// # Errors
    /// `UnknownDataset`, `Leased`, or the catalogue's; a version that is not there is `Missing`.
    pub async fn withdraw(&self, id: &DatasetId, number: VersionNumber, why: Withdrawal) -> Result<()> {
        let dataset = self.declared(id)?;
        let store = self.catalog.store();
        let name = self.name();
        let work = async {
            erase::resume(store, &dataset).await?;
            if let Some(instead) = why.replaced_by
                && !self.current_versions(id).await?.contains(&instead)
            {
                let key = catalog::Key::Manifest(id.clone(), instead);
                return Err(catalog::Error::Missing(key).into());
            }
            let name = Name { dataset: &dataset, id: &name };
            erase::write(store, name, &Intent::Clean).await?;
            let withdrawn = version::withdraw(store, id, number, why).await;
            erase::carry_out(store, name, &Intent::Clean).await?;
            Ok(withdrawn?)
        };
        self.holding(id, work).await
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
        self.holding(id, work).await
    }

    /// Goes on with the erasures of a dataset that a process left undone; how many there were.
    pub async fn resume(&self, id: &DatasetId) -> Result<usize> {
        let dataset = self.declared(id)?;
        let store = self.catalog.store();
        if !erase::pending(store, id).await? {
            return Ok(0);
        }
        self.holding(id, erase::resume(store, &dataset)).await
    }

    /// Publishes the content of an old version as a new version.
    ///
    /// # Errors
    /// `UnknownDataset`, `Leased`, or the catalogue's; a version that is not there is `Missing`.
    pub async fn rollback(&self, id: &DatasetId, to: VersionNumber) -> Result<Arc<Manifest>> {
        let dataset = self.declared(id)?;
        let store = self.catalog.store();
        let work = async {
            erase::resume(store, &dataset).await?;
            Ok(history::rollback(store, id, to, self.now()).await?)
        };
        self.holding(id, work).await
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
            Ok(version::collect(store, id, keep, self.now()).await?)
        };
        self.holding(id, work).await
    }

    async fn current_versions(&self, id: &DatasetId) -> Result<Vec<VersionNumber>> {
        self.catalog.refresh().await?;
        let snapshot = self.catalog.snapshot();
        Ok(snapshot.datasets.get(id).map(|entry| entry.versions.keys().copied().collect()).unwrap_or_default())
    }

    /// Does something while holding the dataset's lease, which is renewed as long as it takes.
    async fn holding<T>(&self, id: &DatasetId, work: impl Future<Output = Result<T>>) -> Result<T> {
        let length = SignedDuration::from_secs(i64::from(self.catalog.config().pipeline.lease_seconds));
        let mut lease = Lease::acquire(self.catalog.store(), id, self.holder(), length, self.now()).await?;
        let renew_every = Duration::from_secs(u64::try_from(length.as_secs()).unwrap_or(60) / 3 + 1);
        tokio::pin!(work);
        let done = loop {
            tokio::select! {
                done = &mut work => break done,
                () = tokio::time::sleep(renew_every) => lease.extend(self.now()).await?,
            }
        };
        if let Err(error) = lease.release(self.now()).await {
            tracing::warn!(dataset = %id, code = error.code(), %error, "lease could not be given back");
        }
        self.catalog.refresh().await?;
        done
    }
}

/// Finishes, under a lease that the caller holds, what an earlier process left undone.
pub(crate) async fn finish(runner: &Runner, dataset: &Dataset) -> Result<()> {
    erase::resume(runner.catalog.store(), dataset).await.map(drop)
}

impl Runner {
    /// A name for an erasure.
    fn name(&self) -> RunId {
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
