//! What changed, and a window of days; all ids are in `sweep`.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use jiff::{SignedDuration, Timestamp, ToSpan};
use url::Url;

use super::{
    api::Api,
    memory::{Look, Memory},
    progress::Sweep,
    query::{IDS_AT_ONCE, Root},
    reading::{Ids, MOST_REMEMBERED, Reading},
    row::{Row, Rules},
    sorted::Sorter,
    state::{Compared, Range, State, WITHHELD, compare, merge},
    units::today,
};
use crate::{Error, Result};

/// Most ids that one comparison fetches or finds missing; the rest waits for the next one.
const MOST_IDS: usize = 100_000;

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

impl Reading<'_> {
    pub(super) fn roots(&self) -> BTreeSet<Root> {
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

    /// Looks at what is due beside the changes. False: there is more. `grew`: rows of more units than before are read.
    pub(super) async fn look(&mut self, state: State, grew: bool) -> Result<(State, bool)> {
        if grew && let Some(sweep) = self.memory.sweep.take() {
            self.memory.sweep = Some(Sweep::new(sweep.counted));
        }
        match self.memory.due(self.spec, self.api.now) {
            // It goes on as it began.
            _ if self.memory.sweep.is_some() => self.sweep(state, false).await,
            // Rows without a date come after all others, but not after those of a part.
            _ if self.memory.loading => self.sweep(state, false).await,
            Look::Sweep => self.sweep(state, true).await,
            // Rows of units that were hidden until now keep their dates.
            _ if grew => self.sweep(state, false).await,
            Look::Window => Ok((self.window(state).await?, true)),
            Look::Changes => Ok((state, true)),
        }
    }

    /// Compares the rows of the last days with what is known, and fetches what differs.
    pub(super) async fn window(&mut self, mut state: State) -> Result<State> {
        let from = today(self.api.now)?.saturating_sub(i64::from(self.spec.window_days).days()).to_string();
        self.memory.last_window = self.api.now;
        for root in self.roots() {
            let first = self.addresses.ids(&self.units.root, root, Some(&from));
            let ids = self.ids(root, first, u64::MAX).await?;
            // What is missing from a window may only have left it.
            let range = Range { prefix: root.prefix(), after: String::new(), until: None };
            let compared = self.compare(&state, ids.answered, range).await?;
            state = self.refresh(state, &compared.wanted, BTreeSet::new()).await?;
        }
        Ok(state)
    }

    /// Fetches some rows, takes out others unless they are still answered when asked for by name.
    pub(super) async fn refresh(&mut self, state: State, wanted: &[String], gone: BTreeSet<String>) -> Result<State> {
        if wanted.is_empty() && gone.is_empty() {
            return Ok(state);
        }
        if !gone.is_empty() {
            tracing::info!(rows = gone.len(), "rows that eInnsyn no longer has are taken out");
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
            if let Some(root) = self.roots().into_iter().find(|root| id.starts_with(root.prefix())) {
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
        let rules = Rules { units: &units, entities: self.entities, now: self.api.now, names: self.spec.names };
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

    /// Notes the ids of some pages with their `oppdatertDato`.
    pub(super) async fn ids(&self, root: Root, first: Url, most: u64) -> Result<Ids> {
        let rules = Rules { units: &self.units, entities: &BTreeSet::new(), now: self.api.now, names: self.spec.names };
        let mut pages = self.api.pages(first);
        let mut ids = Ids { answered: Sorter::new(), seen: 0, dated: 0, last: String::new(), next: None };
        let mut distinct = Sorter::new();
        while let Some(items) = pages.next().await? {
            for (at, item) in items.into_iter().enumerate() {
                let row = Row::read(item, root, rules)
                    .map_err(|reason| wrong(&self.api, root, (pages.number, at), &reason))?;
                ids.last = ids.last.max(row.id.clone());
                distinct.push(row.id.clone(), if row.dated { "dated".to_owned() } else { String::new() })?;
                ids.answered.push(row.id, if row.public { row.updated } else { WITHHELD.to_owned() })?;
            }
            // A part must end at an id.
            if pages.number >= most && !ids.last.is_empty() {
                ids.next = pages.rest();
                break;
            }
        }
        let mut distinct = distinct.finish()?;
        while let Some((_, dated)) = distinct.next()? {
            ids.seen += 1;
            ids.dated += u64::from(!dated.is_empty());
        }
        Ok(ids)
    }

    async fn merge(&self, old: Option<State>, changes: Sorter) -> Result<State> {
        let units = Arc::clone(&self.units);
        blocking(move || merge(old.as_ref().map(|old| &*old.path), changes.finish()?, &units)).await
    }

    pub(super) async fn compare(&self, state: &State, answered: Sorter, range: Range) -> Result<Compared> {
        let units = Arc::clone(&self.units);
        let path = state.path.to_path_buf();
        let compared = blocking(move || compare((&path, &units), answered.finish()?, &range, MOST_IDS)).await?;
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
    if let Some(sweep) = &mut memory.sweep {
        sweep.missing.remove(&row.id);
    }
}

fn wrong(api: &Api<'_>, root: Root, (page, at): (u64, usize), reason: &str) -> Error {
    api.wrong(format!("{} {} on page {page} {reason}", root.name(), at + 1))
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(|error| Error::Internal(error.to_string()))?
}
