//! Retention: old versions go, and with them what nothing names any more.

use std::collections::BTreeSet;

use config::{DatasetId, Keep};
use jiff::{SignedDuration, Timestamp};

use super::{
    clean::{self, clean},
    listing::{Numbers, read},
    withdraw::withdraw,
};
use crate::{
    Key, ObjectPath, Result, Store,
    version::{VersionNumber, Withdrawal, WithdrawalKind},
};

/// How old a file must be that no version names: younger ones may belong to a commit that is under way.
const ORPHAN_AGE: SignedDuration = SignedDuration::from_hours(24);

/// What goes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Garbage {
    /// Versions that are older than versions are kept.
    pub versions: Vec<VersionNumber>,
    /// Files and changelogs that no kept version names, by path.
    pub files: Vec<String>,
    /// Their size together.
    pub bytes: u64,
}

/// What [`collect`] would delete. Never what a kept version names, never the current version.
///
/// # Errors
/// If a version cannot be read: then nothing may be deleted.
pub async fn garbage(store: &Store, dataset: &DatasetId, keep: Keep, now: Timestamp) -> Result<Garbage> {
    let mut numbers = Numbers::list(store, dataset).await?;
    let versions = expired(store, dataset, &numbers, (keep, now)).await?;
    numbers.withdrawn.extend(&versions);
    numbers.partial.retain(|number| !versions.contains(number));
    let kept = clean::named_by_kept(store, dataset, &numbers).await?;
    let given_up = named_by_withdrawn(store, dataset, &numbers).await?;
    let mut garbage = Garbage { versions, ..Garbage::default() };
    for folder in [Key::files(dataset), Key::changelogs(dataset)] {
        for object in store.tree(&folder).await? {
            let old = object.written.duration_until(now) > ORPHAN_AGE;
            if !kept.contains(&object.path) && (old || given_up.contains(&object.path)) {
                garbage.files.push(object.path.to_string());
                garbage.bytes += object.bytes;
            }
        }
    }
    Ok(garbage)
}

/// Withdraws the versions that are older than versions are kept and deletes what no kept version names. Doing it twice,
/// or again after a crash, is harmless. The caller holds the dataset's lease, so that no commit is under way.
pub async fn collect(store: &Store, dataset: &DatasetId, keep: Keep, now: Timestamp) -> Result<Garbage> {
    let garbage = garbage(store, dataset, keep, now).await?;
    for number in &garbage.versions {
        withdraw(store, dataset, *number, retention(keep, now)).await?;
    }
    clean(store, dataset).await?;
    let day_ago = now.checked_sub(ORPHAN_AGE).unwrap_or(Timestamp::MIN);
    store.sweep(&Key::public(dataset), day_ago).await?;
    store.sweep(&Key::private(dataset), day_ago).await?;
    for path in &garbage.files {
        store.delete_at(&ObjectPath::from(path.as_str())).await?;
    }
    Ok(garbage)
}

/// Deletes every file and changelog that no version names, however young: what a commit that was broken off left may
/// hold what is being erased. The caller holds the dataset's lease, so that no commit is under way.
pub async fn purge(store: &Store, dataset: &DatasetId) -> Result<()> {
    let numbers = Numbers::list(store, dataset).await?;
    let kept = clean::named_by_kept(store, dataset, &numbers).await?;
    for folder in [Key::files(dataset), Key::changelogs(dataset)] {
        for object in store.tree(&folder).await? {
            if !kept.contains(&object.path) {
                store.delete_at(&object.path).await?;
            }
        }
    }
    Ok(())
}

fn retention(keep: Keep, now: Timestamp) -> Withdrawal {
    Withdrawal {
        time: now,
        by: "retention".to_owned(),
        reason: format!("retention: versions are kept by the rule {keep}"),
        kind: WithdrawalKind::Retention,
        ..Withdrawal::default()
    }
}

async fn expired(
    store: &Store,
    dataset: &DatasetId,
    numbers: &Numbers,
    (keep, now): (Keep, Timestamp),
) -> Result<Vec<VersionNumber>> {
    let all: Vec<VersionNumber> = numbers.kept().collect();
    let current = numbers.current();
    let goes = |number: &VersionNumber| current != Some(*number) && all.last() != Some(number);
    let days = match keep {
        Keep::All => return Ok(Vec::new()),
        Keep::Last(count) => {
            let gone = all.len().saturating_sub(usize::try_from(count.max(1)).unwrap_or(usize::MAX));
            return Ok(all.iter().take(gone).copied().filter(goes).collect());
        }
        Keep::Days(days) => SignedDuration::from_hours(i64::from(days) * 24),
    };
    let mut expired = Vec::new();
    for number in all.iter().copied().filter(goes) {
        if read(store, dataset, number).await?.first_published().duration_until(now) > days {
            expired.push(number);
        }
    }
    Ok(expired)
}

async fn named_by_withdrawn(store: &Store, dataset: &DatasetId, numbers: &Numbers) -> Result<BTreeSet<ObjectPath>> {
    let mut named = BTreeSet::new();
    for number in &numbers.withdrawn {
        named.extend(clean::readable(store, dataset, *number).await?.iter().flat_map(clean::named));
    }
    Ok(named)
}
