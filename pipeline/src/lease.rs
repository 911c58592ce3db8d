//! Leases: one run per dataset across machines, with numbered objects and no conditional update.
//!
//! Every epoch is an immutable object; whoever creates the next number holds the lease until the time it names.

use std::time::Duration;

use bytes::Bytes;
use catalog::{Created, Key, Store};
use config::DatasetId;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{Error, Result, cursor::sequence};

/// One epoch as stored.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Epoch {
    holder: String,
    until: Timestamp,
}

/// The right to run one dataset, until released or not renewed.
#[derive(Debug)]
pub struct Lease {
    store: Store,
    dataset: DatasetId,
    holder: String,
    epoch: u64,
    length: SignedDuration,
    until: Timestamp,
}

impl Lease {
    /// Takes the lease of a dataset. No two runs may have the same `holder`: by it a lease is known as one's own.
    ///
    /// # Errors
    /// `Leased` if somebody else holds it or was quicker.
    pub async fn acquire(
        store: &Store,
        dataset: &DatasetId,
        holder: &str,
        length: SignedDuration,
        now: Timestamp,
    ) -> Result<Self> {
        let newest = newest(store, dataset).await?;
        if let Some((_, epoch)) = &newest
            && epoch.until > now
        {
            return Err(Error::Leased { dataset: dataset.clone(), until: epoch.until });
        }
        let mut lease = Self {
            store: store.clone(),
            dataset: dataset.clone(),
            holder: holder.to_owned(),
            epoch: newest.map_or(0, |(number, _)| number),
            length,
            until: now,
        };
        match lease.write(after(now, length)?).await? {
            None => Ok(lease),
            Some(other) => Err(Error::Leased { dataset: dataset.clone(), until: other.until }),
        }
    }

    /// Holds the lease for its length from now.
    ///
    /// # Errors
    /// `LeaseLost` if it ran out or somebody else took it; after any other error it is held as long as before.
    pub async fn extend(&mut self, now: Timestamp) -> Result<()> {
        // Whoever took over may have come and gone, so a lease that ran out is not tried again.
        if now >= self.until {
            return Err(self.lost());
        }
        match self.write(after(now, self.length)?).await? {
            None => Ok(()),
            Some(_) => Err(self.lost()),
        }
    }

    /// Renews the lease in good time, over and over; ends only when it is lost. A renewal that fails is tried again
    /// until the lease has really run out.
    pub(crate) async fn keep(&mut self, clock: fn() -> Timestamp) -> Error {
        let length = Duration::try_from(self.length).unwrap_or_default();
        let mut pause = length / 3;
        loop {
            tokio::time::sleep(pause).await;
            let left = Duration::try_from(self.until.duration_since(clock())).unwrap_or_default();
            pause = match tokio::time::timeout(left, self.extend(clock())).await {
                Ok(Ok(())) => length / 3,
                Ok(Err(lost @ Error::LeaseLost { .. })) => return lost,
                Ok(Err(error)) => {
                    tracing::warn!(dataset = %self.dataset, code = error.code(), %error, "lease not renewed, trying again");
                    length / 12
                }
                Err(_) => Duration::ZERO,
            };
        }
    }

    /// Gives the lease back.
    pub async fn release(mut self, now: Timestamp) -> Result<()> {
        match self.write(now).await? {
            None => Ok(()),
            Some(_) => Err(self.lost()),
        }
    }

    fn lost(&self) -> Error {
        Error::LeaseLost { dataset: self.dataset.clone() }
    }

    /// Creates the next epoch; somebody else's if that number is taken.
    async fn write(&mut self, until: Timestamp) -> Result<Option<Epoch>> {
        let epoch = Epoch { holder: self.holder.clone(), until };
        let body = Bytes::from(serde_json::to_vec(&epoch).map_err(|error| Error::Internal(error.to_string()))?);
        loop {
            let next = self.epoch + 1;
            let created = self.store.create(&key(&self.dataset, next), body.clone()).await?;
            // An answer may have got lost: the number may be taken by an earlier request of our own.
            let there = match created {
                Created::Now => epoch.clone(),
                Created::Before => read(&self.store, &self.dataset, next).await?,
            };
            if there.holder != self.holder {
                return Ok(Some(there));
            }
            self.epoch = next;
            self.until = there.until;
            self.forget(next.saturating_sub(2)).await;
            if there.until == until {
                return Ok(None);
            }
        }
    }

    /// Deletes an old epoch. Only the newest number counts; the one before it is kept for a listing that is a moment
    /// old.
    async fn forget(&self, old: u64) {
        if old > 0
            && let Err(error) = self.store.delete_private(&key(&self.dataset, old)).await
        {
            tracing::warn!(dataset = %self.dataset, epoch = old, code = error.code(), %error, "old lease not deleted");
        }
    }
}

fn after(now: Timestamp, length: SignedDuration) -> Result<Timestamp> {
    now.checked_add(length).map_err(|error| Error::Internal(error.to_string()))
}

fn key(dataset: &DatasetId, epoch: u64) -> Key {
    Key::Lease(dataset.to_string(), epoch)
}

async fn newest(store: &Store, dataset: &DatasetId) -> Result<Option<(u64, Epoch)>> {
    let names = store.list(&Key::leases(dataset.as_str())).await?;
    let Some(number) = names.iter().filter_map(|name| sequence(name)).max() else { return Ok(None) };
    Ok(Some((number, read(store, dataset, number).await?)))
}

async fn read(store: &Store, dataset: &DatasetId, number: u64) -> Result<Epoch> {
    let bytes = store.get(&key(dataset, number)).await?;
    // An unreadable epoch is nobody's: its number is taken, its time is over.
    let nobodys = |_| Epoch { holder: String::new(), until: Timestamp::MIN };
    Ok(serde_json::from_slice(&bytes).unwrap_or_else(nobodys))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{clock, local_store, set_clock};

    const LENGTH: SignedDuration = SignedDuration::from_secs(60);

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    fn dataset() -> DatasetId {
        "a".parse().unwrap()
    }

    async fn taken(store: &Store, holder: &str, second: i64) -> Result<Lease> {
        Lease::acquire(store, &dataset(), holder, LENGTH, at(second)).await
    }

    async fn put(store: &Store, number: u64, holder: &str, second: i64) {
        let epoch = Epoch { holder: holder.to_owned(), until: at(second) };
        store.create(&key(&dataset(), number), serde_json::to_vec(&epoch).unwrap().into()).await.unwrap();
    }

    #[tokio::test]
    async fn one_holds_it_until_it_is_released_or_runs_out() {
        let (_folder, store) = local_store();
        let first = taken(&store, "first", 0).await.unwrap();
        let Err(Error::Leased { until, .. }) = taken(&store, "second", 59).await else { panic!("taken twice") };
        assert_eq!(until, at(60));
        first.release(at(10)).await.unwrap();
        let mut second = taken(&store, "second", 11).await.unwrap();
        second.extend(at(50)).await.unwrap();
        assert_eq!(taken(&store, "third", 109).await.unwrap_err().code(), "run-leased");
        taken(&store, "third", 110).await.unwrap();
        assert_eq!(second.extend(at(109)).await.unwrap_err().code(), "run-lease-lost", "somebody took over");
    }

    #[tokio::test]
    async fn what_ran_out_is_not_renewed_even_if_nobody_took_it() {
        let (_folder, store) = local_store();
        let mut lease = taken(&store, "first", 0).await.unwrap();
        assert_eq!(lease.extend(at(60)).await.unwrap_err().code(), "run-lease-lost");
    }

    #[tokio::test]
    async fn a_number_taken_by_our_own_lost_request_is_ours() {
        let (_folder, store) = local_store();
        let mut lease = taken(&store, "first", 0).await.unwrap();
        put(&store, 2, "first", 80).await;
        lease.extend(at(20)).await.unwrap();
        assert_eq!((lease.epoch, lease.until), (2, at(80)), "the very same request, repeated");
        put(&store, 3, "first", 90).await;
        lease.release(at(40)).await.unwrap();
        taken(&store, "second", 41).await.unwrap();
    }

    #[tokio::test]
    async fn only_the_last_epochs_are_kept_and_a_failed_deletion_does_no_harm() {
        let (folder, store) = local_store();
        let mut lease = taken(&store, "first", 0).await.unwrap();
        lease.extend(at(1)).await.unwrap();
        // A folder in the place of the old epoch cannot be deleted as a file.
        let old = folder.path().join(key(&dataset(), 1).to_string());
        std::fs::remove_file(&old).unwrap();
        std::fs::create_dir_all(old.join("in-the-way")).unwrap();
        lease.extend(at(2)).await.unwrap();
        lease.extend(at(3)).await.unwrap();
        assert_eq!(lease.epoch, 4);
        let names = store.list(&Key::leases("a")).await.unwrap();
        assert_eq!(names, ["000000000003.json", "000000000004.json"]);
    }

    #[tokio::test]
    async fn an_unreadable_epoch_is_nobodys() {
        let (_folder, store) = local_store();
        store.create(&key(&dataset(), 7), Bytes::from_static(b"{")).await.unwrap();
        assert_eq!(taken(&store, "first", 0).await.unwrap().epoch, 8);
    }

    #[tokio::test]
    async fn a_failed_renewal_is_tried_again_until_the_lease_has_run_out() {
        let (folder, store) = local_store();
        set_clock(at(0));
        let length = SignedDuration::from_millis(240);
        let mut lease = Lease::acquire(&store, &dataset(), "first", length, at(0)).await.unwrap();
        let leases = folder.path().join("private/leases");
        std::fs::rename(&leases, folder.path().join("away")).unwrap();
        std::fs::write(&leases, "in the way").unwrap();
        let outage = Duration::from_millis(200);
        assert!(tokio::time::timeout(outage, lease.keep(clock)).await.is_err(), "an outage is not a loss");
        std::fs::remove_file(&leases).unwrap();
        std::fs::rename(folder.path().join("away"), &leases).unwrap();
        for _ in 0..50 {
            assert!(tokio::time::timeout(outage, lease.keep(clock)).await.is_err());
            if lease.epoch > 1 {
                break;
            }
        }
        assert!(lease.epoch > 1, "renewed after the outage");
        set_clock(at(1));
        let lost = tokio::time::timeout(Duration::from_secs(5), lease.keep(clock)).await.unwrap();
        assert_eq!(lost.code(), "run-lease-lost");
    }
}
