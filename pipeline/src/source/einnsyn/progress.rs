//! How far a sweep has come: kept in the cursor, so that it outlives a run.

use std::collections::BTreeSet;

use catalog::version::SourceCount;
use serde::{Deserialize, Serialize};
use url::Url;

use super::query::Root;

/// How far a sweep has come.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Sweep {
    /// What is missing is counted.
    pub(super) counted: bool,
    /// Entities that are done.
    pub(super) done: BTreeSet<String>,
    /// Where the entity under way goes on.
    pub(super) next: Option<Url>,
    /// Last id that was looked at.
    pub(super) after: String,
    /// Ids of the entity under way.
    pub(super) seen: u64,
    /// Those of them that say when they were published; the statistics may know of no others.
    pub(super) dated: u64,
    /// How many the statistics knew of at its beginning.
    pub(super) before: Option<u64>,
    /// The statistics knew of another number of rows than there were ids.
    pub(super) disagrees: bool,
    /// Known ids that were not answered.
    pub(super) missing: BTreeSet<String>,
    /// What the entities that are done were held against.
    #[serde(default)]
    pub(super) counts: Vec<SourceCount>,
}

impl Sweep {
    pub(super) fn new(counted: bool) -> Self {
        Self { counted, ..Self::default() }
    }

    /// Ends an entity: as many ids should have been seen as are counted, though some may come or go meanwhile.
    pub(super) fn end(&mut self, root: Root, after: Option<u64>) {
        let agrees = self.before.zip(after).is_some_and(|(before, after)| {
            let counted = before.min(after)..=before.max(after);
            counted.contains(&self.seen) || counted.contains(&self.dated)
        });
        let (entity, ids) = (root.name().to_owned(), self.seen);
        self.counts.push(SourceCount { entity, ids, statistics: after.or(self.before), agrees });
        if !agrees {
            let (entity, seen, dated, before) = (root.name(), self.seen, self.dated, self.before);
            tracing::warn!(
                entity,
                seen,
                dated,
                ?before,
                ?after,
                "eInnsyn's statistics and ids disagree: all rows stay"
            );
            self.disagrees = true;
        }
        self.done.insert(root.name().to_owned());
        (self.next, self.after, self.before) = (None, String::new(), None);
        (self.seen, self.dated) = (0, 0);
    }
}
