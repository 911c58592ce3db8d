//! Atom download services (INSPIRE), as the national map catalogue has them: from the feed of a service to that of a
//! dataset, to the one file that was meant. A file is fetched when its entry says that it changed.

use std::{
    collections::BTreeMap,
    io::Write,
    sync::Arc,
    time::{Duration, Instant},
};

use config::{AtomSource, GeometryCrs, Secret};
use jiff::Timestamp;
use url::Url;

use super::{
    asker::is_own,
    feed::{self, Entry},
};
use crate::{
    Error, Result,
    source::{
        Fetched, Polite, Raw, Validators,
        change::{Copy, compare},
        fault::fault,
        http::{HttpSource, location},
    },
};

/// Largest feed, in bytes.
const FEED_BYTES: u64 = 64 << 20;
/// Entries that a message names.
const NAMED: usize = 10;

/// One file of an Atom download service.
#[derive(Debug)]
pub struct Atom {
    spec: AtomSource,
    feeds: HttpSource,
    files: HttpSource,
    /// Shown in provenance and messages.
    location: String,
}

impl Atom {
    pub(in crate::source) fn new(
        spec: AtomSource,
        headers: &BTreeMap<String, Secret<String>>,
        polite: &Arc<Polite>,
    ) -> Result<Self> {
        let rules = |max_bytes: u64| config::HttpSource {
            url: spec.url.clone(),
            headers: BTreeMap::new(),
            allow_private_network: spec.allow_private_network,
            max_redirects: super::MAX_REDIRECTS,
            max_bytes,
            timeout_seconds: spec.timeout_seconds,
            silence_seconds: spec.silence_seconds,
            attempts: spec.attempts,
        };
        let feeds = HttpSource::new(&rules(FEED_BYTES), headers, Arc::clone(polite))?;
        let files = HttpSource::new(&rules(spec.max_bytes), headers, Arc::clone(polite))?;
        Ok(Self { location: location(&spec.url), spec, feeds, files })
    }

    /// Fetches the file, unless its entry says that it is the one that is known.
    pub(in crate::source) async fn fetch(&self, last: &[Validators], now: Timestamp) -> Result<Fetched> {
        let mut feed = self.spec.url.clone();
        if self.spec.dataset.is_some() {
            let entries = self.feed(&feed, now).await?;
            feed = self.target(&feed, dataset(&self.spec, &entries).map_err(|reason| self.not_one(reason))?)?;
        }
        let entries = self.feed(&feed, now).await?;
        refuse_restricted(&entries).map_err(|reason| fault(&self.location, "source-atom-restricted", reason))?;
        let entry = file(&self.spec, &entries).map_err(|reason| self.not_one(reason))?;
        let url = self.target(&feed, entry)?;
        let (place, updated) = (location(&url), Some(&entry.updated).filter(|updated| !updated.is_empty()));
        let known = last.iter().find(|validators| validators.location == place);
        if updated.is_some() && known.is_some_and(|known| known.last_modified.as_ref() == updated) {
            return Ok(Fetched::Unchanged);
        }
        let fetched = self.asking(&self.files, url).fetch(&[], now).await?;
        let Fetched::Changed(raws) = fetched else { return Ok(fetched) };
        let dated = |raw: Raw| {
            let validators = Validators { etag: None, last_modified: updated.cloned(), ..raw.validators };
            Raw { validators, ..raw }
        };
        Ok(compare(raws.into_iter().map(dated).collect(), last))
    }

    fn not_one(&self, reason: String) -> Error {
        fault(&self.location, "source-atom-entry", reason)
    }

    /// Our headers go to our own host only.
    fn asking(&self, rules: &HttpSource, url: Url) -> HttpSource {
        if url.origin() == self.spec.url.origin() { rules.at(url) } else { rules.bare(url) }
    }

    async fn feed(&self, url: &Url, now: Timestamp) -> Result<Vec<Entry>> {
        let deadline = Instant::now() + Duration::from_secs(self.spec.timeout_seconds.into());
        let body = self.asking(&self.feeds, url.clone()).body(now, deadline).await?;
        let work = move || -> Result<Vec<Entry>> {
            let mut copy = Copy::create()?;
            copy.write_all(&body)?;
            let (path, _, _) = copy.finish()?;
            feed::read(&path)
        };
        let done = tokio::task::spawn_blocking(work).await.map_err(|error| Error::Internal(error.to_string()))?;
        done.map_err(|error| match error {
            Error::Io(_) | Error::Internal(_) => error,
            other => fault(&self.location, "source-service-answer", format!("{}: {other}", location(url))),
        })
    }

    /// Where an entry leads: to a host of the service, and from https never to http.
    fn target(&self, from: &Url, entry: &Entry) -> Result<Url> {
        let wrong = |reason: String| fault(&self.location, "source-service-next", reason);
        let title = short(&entry.title);
        let link = entry.target().ok_or_else(|| wrong(format!("the entry '{title}' has no link")))?;
        let mut url = from.join(link).map_err(|error| wrong(format!("'{title}' leads to no address: {error}")))?;
        if from.scheme() == "https" && url.scheme() == "http" && url.port().is_none() {
            let _ = url.set_scheme("https");
        }
        if is_own(&self.spec.url, &self.spec.hosts, from, &url) {
            return Ok(url);
        }
        Err(wrong(format!("'{title}' leads to another server, {}", url.origin().ascii_serialization())))
    }
}

/// The dataset's entry in the feed of a service.
pub(super) fn dataset<'a>(spec: &AtomSource, entries: &'a [Entry]) -> std::result::Result<&'a Entry, String> {
    let wanted = spec.dataset.as_deref().unwrap_or_default();
    one(entries, "datasets of the service feed", |entry| {
        (entry.code.eq_ignore_ascii_case(wanted) || entry.title == wanted) && has_format(spec, entry)
    })
}

/// The file's entry in the feed of a dataset.
pub(super) fn file<'a>(spec: &AtomSource, entries: &'a [Entry]) -> std::result::Result<&'a Entry, String> {
    let system = match spec.crs {
        GeometryCrs::Source => None,
        GeometryCrs::Crs84 => Some("EPSG:4326".to_owned()),
        GeometryCrs::Epsg(code) => Some(format!("EPSG:{code}")),
    };
    one(entries, "files of the dataset feed", |entry| {
        let area = match &spec.area {
            Some(area) => entry.areas().any(|own| own.label == *area || own.term == *area),
            None => entry.areas().next().is_none(),
        };
        let system = system.as_deref().is_none_or(|system| entry.systems().any(|own| own == system));
        area && system && has_format(spec, entry)
    })
}

fn has_format(spec: &AtomSource, entry: &Entry) -> bool {
    spec.format.as_deref().is_none_or(|format| entry.title.to_lowercase().contains(&format.to_lowercase()))
}

/// The only entry that is wanted.
fn one<'a>(
    entries: &'a [Entry],
    what: &str,
    wanted: impl Fn(&Entry) -> bool,
) -> std::result::Result<&'a Entry, String> {
    let found: Vec<&Entry> = entries.iter().filter(|entry| wanted(entry)).collect();
    if let [only] = found.as_slice() {
        return Ok(only);
    }
    let shown: Vec<&Entry> = if found.is_empty() { entries.iter().collect() } else { found.clone() };
    let names: Vec<String> = shown.into_iter().take(NAMED).map(name).collect();
    Err(format!("{} of {} {what} fit; among them are {}", found.len(), entries.len(), names.join("; ")))
}

fn name(entry: &Entry) -> String {
    let areas = entry.areas().map(|area| area.label.as_str());
    let parts: Vec<&str> = std::iter::once(entry.title.as_str()).chain(areas).chain(entry.systems()).collect();
    short(&parts.join(", "))
}

fn short(text: &str) -> String {
    text.chars().take(120).collect()
}

/// Refuses a feed of which any entry is not for everybody: entries of the same data often lack the mark.
pub(super) fn refuse_restricted(entries: &[Entry]) -> std::result::Result<(), String> {
    let barred = |entry: &&Entry| entry.categories.iter().any(|own| own.is_access() && !own.is_open());
    let count = entries.iter().filter(barred).count();
    let Some(first) = entries.iter().find(barred) else { return Ok(()) };
    let terms = first.categories.iter().filter(|own| own.is_access()).map(|own| own.term.as_str());
    let terms = short(&terms.collect::<Vec<_>>().join(", "));
    Err(format!("{count} of {} files are marked '{terms}', '{}' the first of them", entries.len(), short(&first.title)))
}
