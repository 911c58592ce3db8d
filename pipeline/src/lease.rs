//! Leases: one run per dataset across machines, with numbered objects and no conditional update.
//!
//! Every epoch is an immutable object; whoever creates the next number holds the lease until the time it names.

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
}

impl Lease {
    /// Takes the lease of a dataset.
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
            return Err(Error::Leased { dataset: dataset.clone() });
        }
        let mut lease = Self {
            store: store.clone(),
            dataset: dataset.clone(),
            holder: holder.to_owned(),
            epoch: newest.map_or(0, |(number, _)| number),
            length,
        };
        lease.extend(now).await?;
        Ok(lease)
    }

    /// Holds the lease for its length from now.
    ///
    /// # Errors
    /// `Leased` if it was lost meanwhile.
    pub async fn extend(&mut self, now: Timestamp) -> Result<()> {
        let until = now.checked_add(self.length).map_err(|error| Error::Internal(error.to_string()))?;
        self.write(until).await
    }

    /// Gives the lease back.
    pub async fn release(mut self, now: Timestamp) -> Result<()> {
        self.write(now).await
    }

    async fn write(&mut self, until: Timestamp) -> Result<()> {
        let epoch = Epoch { holder: self.holder.clone(), until };
        let body = serde_json::to_vec(&epoch).map_err(|error| Error::Internal(error.to_string()))?;
        let next = self.epoch + 1;
        match self.store.create(&key(&self.dataset, next), Bytes::from(body)).await? {
            Created::Now => {}
            Created::Before => return Err(Error::Leased { dataset: self.dataset.clone() }),
        }
        // Only the newest number counts; the one before it is kept for a listing that is a moment old.
        if let Some(old) = next.checked_sub(2).filter(|old| *old > 0) {
            self.store.delete_private(&key(&self.dataset, old)).await?;
        }
        self.epoch = next;
        Ok(())
    }
}

fn key(dataset: &DatasetId, epoch: u64) -> Key {
    Key::Lease(dataset.to_string(), epoch)
}

async fn newest(store: &Store, dataset: &DatasetId) -> Result<Option<(u64, Epoch)>> {
    let names = store.list(&Key::leases(dataset.as_str())).await?;
    let Some(number) = names.iter().filter_map(|name| sequence(name)).max() else { return Ok(None) };
    let bytes = store.get(&key(dataset, number)).await?;
    match serde_json::from_slice(&bytes) {
        Ok(epoch) => Ok(Some((number, epoch))),
        // An unreadable epoch is nobody's: its number is taken, its time is over.
        Err(_) => Ok(Some((number, Epoch { holder: String::new(), until: Timestamp::MIN }))),
    }
}
