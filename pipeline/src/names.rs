//! Names of persons stay for a year and in the newest version only: what has to go when, and how it goes.

use std::sync::Arc;

use catalog::{
    Entry,
    version::{self, Manifest, VersionNumber, Withdrawal, WithdrawalKind},
};
use config::{Dataset, DatasetId};
use futures::FutureExt;
use jiff::{SignedDuration, Timestamp};

use crate::{
    Result, Runner,
    erase::{self, Intent, Name},
    gate,
};

/// Why, for the public.
const REASON: &str = "names of persons are published for one year, and in the newest version only";
/// What gives the duty.
const BASIS: &str = "offentlegforskrifta § 6";
/// How long to wait after a run that could not do away with the names.
const AGAIN: SignedDuration = SignedDuration::from_hours(1);

/// Whether the day has come on which the first names of a version must go.
pub(crate) fn overdue(version: &Manifest, now: Timestamp) -> bool {
    version.names_until().is_some_and(|day| day <= gate::day_in_norway(now))
}

/// When a dataset must run whatever its schedule says, as its last run tells: on the day on which names must go, and
/// again an hour after a run that could not do it; and once on the day on which rows come out of embargo.
pub(crate) fn due_by_day(entry: &Entry, last: Option<Timestamp>) -> Option<Timestamp> {
    let current = entry.current()?;
    let old = entry.with_old_names().next().map(|_| Timestamp::MIN);
    let names = old.or_else(|| gate::start_of(current.names_until()?));
    let names = names.map(|day| match last {
        Some(last) if last >= day => last.checked_add(AGAIN).unwrap_or(last),
        _ => day,
    });
    let embargo = current.embargo_until().and_then(gate::start_of).filter(|day| last.is_none_or(|last| last < *day));
    names.into_iter().chain(embargo).min()
}

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
            reason: REASON.to_owned(),
            legal_basis: Some(BASIS.to_owned()),
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
