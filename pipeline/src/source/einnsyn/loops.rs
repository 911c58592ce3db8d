//! The three loops: what changed, a window of days, all ids.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use config::EinnsynObject;
use jiff::{SignedDuration, Timestamp, ToSpan};
use serde::Deserialize;
use url::Url;

use super::{
    api::Api,
    memory::Memory,
    query::{Addresses, IDS_AT_ONCE, Root},
    row::{Row, Rules},
    sorted::Sorter,
    state::{Compared, State, WITHHELD, compare, merge},
    units::{Units, today},
};
use crate::{Error, Result};

/// Most ids that one comparison fetches or finds missing; the rest waits for the next one.
const MOST_IDS: usize = 100_000;
/// Most missing ids and waiting embargoes that the cursor remembers.
const MOST_REMEMBERED: usize = 10_000;

/// One reading of a body's journal.
#[derive(Debug)]
pub(super) struct Reading<'a> {
    pub(super) spec: &'a config::EinnsynSource,
    pub(super) api: Api<'a>,
    pub(super) addresses: &'a Addresses,
    pub(super) units: Arc<Units>,
    pub(super) memory: Memory,
    pub(super) entities: &'a BTreeSet<EinnsynObject>,
    /// Bytes of changes after which what is gathered is handed over, to be kept.
    pub(super) budget: u64,
}

/// What was taken of a list.
#[derive(Debug, Clone, Copy, Default)]
struct Taken {
    /// Latest `oppdatertDato`.
    newest: Option<Timestamp>,
    bytes: u64,
    /// There is more.
    more: bool,
}

/// When a list is left before its end: enough bytes, and later dates than the last time, so that it goes forward.
#[derive(Debug, Clone, Copy)]
struct Enough {
    bytes: u64,
    after: Option<Timestamp>,
}

/// What the ids of one entity are held against.
#[derive(Debug, Clone, Copy)]
struct Counted {
    before: Option<u64>,
    seen: u64,
    after: Option<u64>,
}

impl Counted {
    /// True if as many ids were seen as are counted, though some may have come or gone meanwhile.
    fn agrees(self) -> bool {
        let (Some(before), Some(after)) = (self.before, self.after) else { return false };
        (before.min(after)..=before.max(after)).contains(&self.seen)
    }
}

#[derive(Debug, Deserialize)]
struct Statistics {
    #[serde(default)]
    summary: Option<Summary>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Summary {
    #[serde(default)]
    created_count: Option<u64>,
}

impl Reading<'_> {
    fn roots(&self) -> BTreeSet<Root> {
        Root::of(self.entities)
    }

    /// Rows that changed since the last time, those whose embargo passed, or all where nothing is known. False: there
    /// is more. Rows come by their date, so what is missing is all later than what is there.
    pub(super) async fn changed(&mut self, old: Option<State>) -> Result<(State, bool)> {
        let mut changes = Sorter::new();
        let mut left = self.budget.max(old.as_ref().map_or(0, |old| old.bytes));
        let overlap = SignedDuration::from_mins(i64::from(self.spec.overlap_minutes));
        let mut whole = true;
        for root in self.roots() {
            let last = self.memory.high_water.get(root.name()).copied();
            let since = last.map(|last| last.saturating_sub(overlap).unwrap_or(last).to_string());
            let first = self.addresses.changed(&self.units.root, root, since.as_deref());
            let taken = self.take(first, root, &mut changes, Some(Enough { bytes: left, after: last })).await?;
            // A date in the future would hide what changes until then.
            if let Some(newest) = taken.newest.map(|newest| newest.min(self.api.now)).max(last) {
                self.memory.high_water.insert(root.name().to_owned(), newest);
            }
            left = left.saturating_sub(taken.bytes);
            if taken.more {
                whole = false;
                break;
            }
        }
        let now = self.api.now;
        let passed: Vec<String> =
            self.memory.due.iter().filter(|(_, due)| **due <= now).map(|(id, _)| id.clone()).collect();
        self.named(&passed, &mut changes).await?;
        // What was not answered is gone.
        self.memory.due.retain(|_, due| *due > now);
        Ok((self.merge(old, changes).await?, whole))
    }

    /// Compares the rows of the last days with what is known, and fetches what differs.
    pub(super) async fn window(&mut self, state: State) -> Result<State> {
        let from = today(self.api.now)?.saturating_sub(i64::from(self.spec.window_days).days()).to_string();
        let mut answered = Sorter::new();
        for root in self.roots() {
            self.ids(root, Some(&from), &mut answered).await?;
        }
        let compared = self.compare(&state, answered).await?;
        self.memory.last_window = self.api.now;
        self.refresh(state, &compared.wanted, BTreeSet::new()).await
    }

    /// Compares all ids with what is known. What is `counted` as missing twice in a row is taken out, unless the
    /// statistics know of another number of rows than were answered.
    pub(super) async fn sweep(&mut self, state: State, counted: bool) -> Result<State> {
        let mut answered = Sorter::new();
        let mut agrees = true;
        for root in self.roots() {
            let before = self.count(root).await?;
            let seen = self.ids(root, None, &mut answered).await?;
            let after = self.count(root).await?;
            let counts = Counted { before, seen, after };
            if !counts.agrees() {
                agrees = false;
                tracing::warn!(
                    entity = root.name(),
                    ?counts,
                    "statistics and ids of eInnsyn disagree: nothing is taken out"
                );
            }
        }
        let compared = self.compare(&state, answered).await?;
        self.memory.last_window = self.api.now;
        if !counted {
            return self.refresh(state, &compared.wanted, BTreeSet::new()).await;
        }
        self.memory.last_sweep = self.api.now;
        let gone = self.missed(compared.missing, agrees && !compared.overflow);
        if !gone.is_empty() {
            tracing::info!(rows = gone.len(), "rows that eInnsyn no longer has are taken out");
        }
        self.refresh(state, &compared.wanted, gone).await
    }

    /// Remembers missing ids and gives those that are missing for the second time.
    fn missed(&mut self, missing: Vec<String>, reliable: bool) -> BTreeSet<String> {
        let missing: BTreeSet<String> = missing.into_iter().collect();
        if !reliable || missing.len() > MOST_REMEMBERED {
            self.memory.misses.retain(|id| missing.contains(id));
            return BTreeSet::new();
        }
        let (gone, misses) = missing.into_iter().partition(|id| self.memory.misses.contains(id));
        self.memory.misses = misses;
        gone
    }

    /// Fetches some rows, takes out others unless they are still answered when asked for by name.
    async fn refresh(&mut self, state: State, wanted: &[String], gone: BTreeSet<String>) -> Result<State> {
        if wanted.is_empty() && gone.is_empty() {
            return Ok(state);
        }
        let mut changes = Sorter::new();
        for id in &gone {
            changes.push(id.clone(), String::new())?;
            self.memory.due.remove(id);
        }
        self.named(&gone.into_iter().collect::<Vec<_>>(), &mut changes).await?;
        self.named(wanted, &mut changes).await?;
        self.merge(Some(state), changes).await
    }

    /// Fetches rows by their ids.
    async fn named(&mut self, ids: &[String], changes: &mut Sorter) -> Result<()> {
        let mut by_root: BTreeMap<Root, Vec<String>> = BTreeMap::new();
        for id in ids {
            if let Some(root) = self.roots().into_iter().find(|root| root.has_prefix_of(id)) {
                by_root.entry(root).or_default().push(id.clone());
            }
        }
        for (root, ids) in by_root {
            for some in ids.chunks(IDS_AT_ONCE) {
                let first = self.addresses.named(&self.units.root, root, some);
                self.take(first, root, changes, None).await?;
            }
        }
        Ok(())
    }

    /// Takes the rows of a list.
    async fn take(&mut self, first: Url, root: Root, changes: &mut Sorter, enough: Option<Enough>) -> Result<Taken> {
        let units = Arc::clone(&self.units);
        let rules = Rules { units: &units, entities: self.entities, now: self.api.now };
        let (api, memory) = (&self.api, &mut self.memory);
        let mut pages = api.pages(first);
        let mut taken = Taken::default();
        while let Some(items) = pages.next().await? {
            for (at, item) in items.into_iter().enumerate() {
                let row =
                    Row::read(item, root, rules).map_err(|reason| wrong(api, root, (pages.number, at), &reason))?;
                taken.newest = taken.newest.max(row.updated_at());
                taken.bytes += row.lines.len() as u64;
                remember(memory, &row);
                changes.push(row.id, row.lines)?;
            }
            let forward = |enough: Enough| taken.newest.map(|newest| newest.min(api.now)) > enough.after;
            if pages.has_more() && enough.is_some_and(|enough| taken.bytes > enough.bytes && forward(enough)) {
                taken.more = true;
                break;
            }
        }
        Ok(taken)
    }

    /// Notes the ids of a list with their `oppdatertDato`; gives how many ids there were.
    async fn ids(&self, root: Root, from: Option<&str>, answered: &mut Sorter) -> Result<u64> {
        let rules = Rules { units: &self.units, entities: &BTreeSet::new(), now: self.api.now };
        let mut pages = self.api.pages(self.addresses.ids(&self.units.root, root, from));
        let mut distinct = Sorter::new();
        while let Some(items) = pages.next().await? {
            for (at, item) in items.into_iter().enumerate() {
                let row = Row::read(item, root, rules)
                    .map_err(|reason| wrong(&self.api, root, (pages.number, at), &reason))?;
                distinct.push(row.id.clone(), String::new())?;
                answered.push(row.id, if row.public { row.updated } else { WITHHELD.to_owned() })?;
            }
        }
        let mut distinct = distinct.finish()?;
        let mut seen = 0;
        while distinct.next()?.is_some() {
            seen += 1;
        }
        Ok(seen)
    }

    /// How many rows of an entity the statistics know of.
    async fn count(&self, root: Root) -> Result<Option<u64>> {
        let until = today(self.api.now)?.saturating_add(1.day()).to_string();
        let statistics: Statistics = self.api.get(&self.addresses.count(&self.units.root, root, &until)).await?;
        Ok(statistics.summary.and_then(|summary| summary.created_count))
    }

    async fn merge(&self, old: Option<State>, changes: Sorter) -> Result<State> {
        let units = Arc::clone(&self.units);
        blocking(move || merge(old.as_ref().map(|old| &*old.path), changes.finish()?, &units)).await
    }

    async fn compare(&self, state: &State, answered: Sorter) -> Result<Compared> {
        let units = Arc::clone(&self.units);
        let path = state.path.to_path_buf();
        let compared = blocking(move || compare(&path, answered.finish()?, &units, MOST_IDS)).await?;
        if compared.overflow {
            tracing::warn!("more than {MOST_IDS} rows differ from eInnsyn: the rest is compared next time");
        }
        Ok(compared)
    }
}

/// Notes when a row comes due, and that it is not missing.
fn remember(memory: &mut Memory, row: &Row) {
    match row.due {
        Some(due) if memory.due.len() < MOST_REMEMBERED => {
            memory.due.insert(row.id.clone(), due);
        }
        Some(_) => {}
        None => {
            memory.due.remove(&row.id);
        }
    }
    memory.misses.remove(&row.id);
}

fn wrong(api: &Api<'_>, root: Root, (page, at): (u64, usize), reason: &str) -> Error {
    api.wrong(format!("{} {} on page {page} {reason}", root.name(), at + 1))
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(|error| Error::Internal(error.to_string()))?
}
