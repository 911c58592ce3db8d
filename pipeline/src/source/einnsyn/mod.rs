//! eInnsyn: a body's journal and meetings over version 3 of the national API.
//!
//! The API has no dump, no list of changes and no trace of what was deleted. So the rows are gathered in a private
//! state that every run brings up to date and hands over as a whole: what changed at every run, a window of days every
//! night, all ids every week.

mod api;
mod loops;
mod memory;
mod progress;
mod query;
mod reading;
mod row;
mod sorted;
mod state;
mod sweep;
mod units;

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use catalog::version::SourceCount;
use config::Secret;
use jiff::Timestamp;
use url::Url;

use self::{api::Api, memory::Memory, query::Addresses, reading::Reading, state::State, units::Units};
use super::{
    Fetched, Past, Polite, Raw, Validators,
    change::compare,
    fault::{fault, transient},
    http::HttpSource,
};
use crate::Result;

/// Where the API is.
const BASE: &str = "https://api.einnsyn.no/";
/// Largest answer, in bytes: a page of rows, some of them with a very long text.
const PAGE_BYTES: u64 = 256 << 20;
/// Longest silence of the API, in seconds.
const SILENCE_SECONDS: u32 = 60;
/// Bytes of rows after which what is gathered is kept, so that a crash does not lose it. Where more is known already,
/// as many again, so that the rows are written anew a few times only.
const PART_BYTES: u64 = 64 << 20;
/// Pages of ids after which a sweep is kept.
const PART_PAGES: u64 = 2000;

/// A body's journal and meetings.
#[derive(Debug)]
pub struct EinnsynSource {
    spec: config::EinnsynSource,
    addresses: Addresses,
    http: HttpSource,
    /// Shown in provenance and messages.
    location: String,
    /// What is asked for; rows gathered for something else are not used.
    scope: String,
    /// Bytes of a part.
    part: u64,
    /// Pages of ids of a part.
    pages: u64,
}

/// What the last sweep of all ids was held against; empty before the first one.
pub(super) fn counts(memory: &serde_json::Value) -> Vec<SourceCount> {
    let counts = memory.get("counts").cloned().map(serde_json::from_value);
    counts.and_then(std::result::Result::ok).unwrap_or_default()
}

impl EinnsynSource {
    pub(super) fn new(
        spec: &config::EinnsynSource,
        headers: &BTreeMap<String, Secret<String>>,
        polite: Arc<Polite>,
    ) -> Result<Self> {
        let base = match &spec.base_url {
            Some(base) => base.clone(),
            None => Url::parse(BASE).map_err(|error| fault(BASE, "source-io", error.to_string()))?,
        };
        let addresses = Addresses::new(&base, spec.page_limit, spec.since_year);
        let url = addresses.at(&format!("/enhet/{}", spec.organisation_number), &[]);
        let location = super::http::location(&url);
        let rules = config::HttpSource {
            url,
            headers: BTreeMap::new(),
            allow_private_network: spec.allow_private_network,
            max_redirects: 0,
            max_bytes: PAGE_BYTES,
            timeout_seconds: spec.timeout_seconds,
            silence_seconds: SILENCE_SECONDS,
            attempts: spec.attempts,
        };
        let http = HttpSource::new(&rules, headers, polite)?;
        let key = if headers.is_empty() { "anonymous" } else { "key" };
        let entities = serde_json::to_string(&spec.entities).unwrap_or_default();
        let (since, closed) = (spec.since_year.unwrap_or_default(), spec.closed_units);
        // Where names are kept other bytes are gathered; where they no longer are, the old bytes must not be gone on with.
        let names = if spec.names { " names" } else { "" };
        let scope = format!("{location} {key} {entities} {since} {closed}{names}");
        Ok(Self { spec: spec.clone(), addresses, http, location, scope, part: PART_BYTES, pages: PART_PAGES })
    }

    /// Brings the gathered rows up to date.
    pub(super) async fn fetch(&self, past: &Past<'_>, now: Timestamp) -> Result<Fetched> {
        let time = Duration::from_secs(self.spec.timeout_seconds.into());
        let read = tokio::time::timeout(time, self.read(past, now, Instant::now() + time));
        read.await.map_err(|_| {
            transient(&self.location, "source-timeout", format!("not read within {} seconds", time.as_secs()))
        })?
    }

    async fn read(&self, past: &Past<'_>, now: Timestamp, deadline: Instant) -> Result<Fetched> {
        let (memory, old) = self.remembered(past, now).await?;
        let fresh = old.is_none();
        let api = Api { http: &self.http, location: &self.location, now, deadline };
        let units = Units::read(&api, &self.addresses, &self.spec, &memory.units).await?;
        let known = units.known();
        let grew = !known.is_subset(&memory.units);
        let (spec, addresses, units) = (&self.spec, &self.addresses, Arc::new(units));
        let (entities, budget, pages) = (&spec.entities, self.part, self.pages);
        let mut reading = Reading { spec, api, addresses, units, memory, entities, budget, pages };
        reading.memory.units = known;
        let (mut state, mut whole) = reading.changed(old).await?;
        if whole && !fresh {
            (state, whole) = reading.look(state, grew).await?;
        }
        if !whole {
            let (raw, _) = self.raw(reading.memory, state, now)?;
            return Ok(Fetched::Partial(vec![raw]));
        }
        reading.memory.loading = false;
        if state.bytes == 0 {
            return Err(fault(&self.location, "source-empty", "eInnsyn has no rows for everybody to see"));
        }
        let (raw, validators) = self.raw(reading.memory, state, now)?;
        Ok(match compare(vec![raw], past.last) {
            Fetched::Unchanged => Fetched::Same(vec![validators]),
            other => other,
        })
    }

    /// What the cursor knows, with its rows; nothing if either is lost or was gathered for something else.
    async fn remembered(&self, past: &Past<'_>, now: Timestamp) -> Result<(Memory, Option<State>)> {
        if let Some((memory, sha256)) = Memory::find(past.kept, &self.scope) {
            if let Some(state) = State::load(past.store, past.dataset, &sha256).await? {
                return Ok((memory, Some(state)));
            }
            tracing::warn!(dataset = %past.dataset, "the gathered rows are lost: all is read anew");
        }
        Ok((Memory::new(&self.scope, now), None))
    }

    fn raw(&self, memory: Memory, state: State, now: Timestamp) -> Result<(Raw, Validators)> {
        let memory = serde_json::to_value(memory).map_err(|error| crate::Error::Internal(error.to_string()))?;
        let validators = Validators {
            location: self.location.clone(),
            sha256: Some(state.sha256),
            memory: Some(memory),
            ..Validators::default()
        };
        let raw = Raw {
            name: "einnsyn.ndjson".to_owned(),
            path: state.path.to_path_buf(),
            temporary: state.path,
            bytes: state.bytes,
            fetched: now,
            validators: validators.clone(),
        };
        Ok((raw, validators))
    }
}

#[cfg(test)]
mod tests;
