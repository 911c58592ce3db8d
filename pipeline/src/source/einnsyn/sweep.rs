//! The sweep: all ids, in parts that outlive a run; what two sweeps in a row miss is taken out.

use std::collections::BTreeSet;

use jiff::ToSpan;
use serde::Deserialize;

use super::{
    progress::Sweep,
    query::Root,
    reading::{MOST_REMEMBERED, Reading},
    state::{Range, State},
    units::today,
};
use crate::{Error, Result, source::fault::fault};

impl Reading<'_> {
    /// Begins a sweep, or goes on with the one under way. False: it is not at its end.
    pub(super) async fn sweep(&mut self, mut state: State, counted: bool) -> Result<(State, bool)> {
        let mut sweep = self.memory.sweep.take().unwrap_or_else(|| Sweep::new(counted));
        for root in self.roots() {
            if sweep.done.contains(root.name()) {
                continue;
            }
            let resumed = sweep.next.is_some();
            let first = if let Some(next) = sweep.next.take() {
                next
            } else {
                sweep.before = self.count(root).await?;
                self.addresses.ids(&self.units.root, root, None)
            };
            let ids = match self.ids(root, first, self.pages).await {
                // The API may no longer know the address that the last part ended at.
                Err(Error::Source { transient: false, reason, .. }) if resumed => {
                    tracing::warn!(entity = root.name(), reason, "the sweep begins anew");
                    self.memory.sweep = Some(Sweep::new(sweep.counted));
                    return Ok((state, false));
                }
                ids => ids?,
            };
            if ids.next.is_some() && ids.last <= sweep.after {
                let reason = "a sweep does not come past the ids of its last part";
                return Err(fault(self.api.location, "source-einnsyn-circle", reason));
            }
            let until = ids.next.is_some().then(|| ids.last.clone());
            let range = Range { prefix: root.prefix(), after: sweep.after.clone(), until };
            let compared = self.compare(&state, ids.answered, range).await?;
            let room = MOST_REMEMBERED.saturating_add(1).saturating_sub(sweep.missing.len());
            sweep.missing.extend(compared.missing.into_iter().take(room));
            sweep.disagrees |= compared.overflow;
            sweep.seen += ids.seen;
            sweep.dated += ids.dated;
            state = self.refresh(state, &compared.wanted, BTreeSet::new()).await?;
            if ids.next.is_some() {
                (sweep.next, sweep.after) = (ids.next, ids.last);
                self.memory.sweep = Some(sweep);
                return Ok((state, false));
            }
            let after = self.count(root).await?;
            sweep.end(root, after);
        }
        self.swept(state, sweep).await.map(|state| (state, true))
    }

    /// Takes out what is missing for the second time, if it can be trusted.
    async fn swept(&mut self, state: State, sweep: Sweep) -> Result<State> {
        self.memory.last_window = self.api.now;
        if !sweep.counted {
            return Ok(state);
        }
        self.memory.last_sweep = self.api.now;
        self.memory.counts = sweep.counts;
        let missing = sweep.missing;
        if sweep.disagrees || missing.len() > MOST_REMEMBERED {
            self.memory.misses.retain(|id| missing.contains(id));
            return Ok(state);
        }
        let (gone, misses) = missing.into_iter().partition(|id| self.memory.misses.contains(id));
        self.memory.misses = misses;
        self.refresh(state, &[], gone).await
    }

    /// How many rows of an entity the statistics know of.
    async fn count(&self, root: Root) -> Result<Option<u64>> {
        let until = today(self.api.now)?.saturating_add(1.day()).to_string();
        let statistics: Statistics = self.api.get(&self.addresses.count(&self.units.root, root, &until)).await?;
        Ok(statistics.summary.and_then(|summary| summary.created_count))
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
