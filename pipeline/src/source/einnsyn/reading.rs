//! One reading of a body's journal: what the loops and the sweep work with.

use std::{collections::BTreeSet, sync::Arc};

use config::EinnsynObject;
use url::Url;

use super::{api::Api, memory::Memory, query::Addresses, sorted::Sorter, units::Units};

/// Most missing ids and waiting embargoes that the cursor remembers.
pub(super) const MOST_REMEMBERED: usize = 10_000;

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
    /// Pages of ids after which a sweep is interrupted, to be kept.
    pub(super) pages: u64,
}

/// Ids of some pages, with their `oppdatertDato`.
pub(super) struct Ids {
    pub(super) answered: Sorter,
    /// How many.
    pub(super) seen: u64,
    /// Of these, how many say when they were published.
    pub(super) dated: u64,
    /// The last of them.
    pub(super) last: String,
    /// Where it goes on.
    pub(super) next: Option<Url>,
}
