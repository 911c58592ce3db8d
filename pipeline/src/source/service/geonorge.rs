//! Download services of the national map catalogue (`Nedlasting` API, version 3): what a dataset comes in, an order, its
//! state until the file is ready, and the file.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use config::{GeonorgeSource, Secret};
use jiff::Timestamp;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};
use url::Url;

use super::asker::is_own;
use crate::{
    Error, Result,
    source::{
        Fetched, Polite, Raw, Validators,
        change::compare,
        fault::{fault, transient},
        http::{HttpSource, location},
    },
};

/// Largest list or receipt, in bytes.
const ANSWER_BYTES: u64 = 16 << 20;
/// First and longest wait until an order is looked at again.
const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_mins(1);
/// Choices that a message names.
const NAMED: usize = 20;
/// What link relations begin with.
const RELATION: &str = "http://rel.geonorge.no/download/";

/// One file of a dataset.
#[derive(Debug)]
pub struct Geonorge {
    spec: GeonorgeSource,
    answers: HttpSource,
    files: HttpSource,
    /// Shown in provenance and messages; the same for every order.
    location: String,
}

/// What a dataset can be asked for.
#[derive(Debug, Deserialize)]
struct Capabilities {
    #[serde(rename = "_links", default)]
    links: Vec<Link>,
}

#[derive(Debug, Deserialize)]
struct Link {
    #[serde(default)]
    rel: String,
    #[serde(default)]
    href: String,
}

/// An entry of a code list.
#[derive(Debug, Deserialize)]
struct Choice {
    #[serde(default)]
    code: String,
    #[serde(default)]
    name: String,
    /// Of an area: what kind it is.
    #[serde(rename = "type", default)]
    kind: String,
}

/// What is known of an order.
#[derive(Debug, Deserialize)]
struct Receipt {
    #[serde(rename = "referenceNumber", default)]
    reference: String,
    #[serde(default)]
    files: Vec<Ordered>,
}

/// A file of an order.
#[derive(Debug, Deserialize)]
struct Ordered {
    #[serde(default)]
    name: Option<String>,
    #[serde(rename = "downloadUrl", default)]
    address: Option<String>,
    #[serde(default)]
    status: String,
}

impl Geonorge {
    pub(in crate::source) fn new(
        spec: GeonorgeSource,
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
        let mut own = headers.clone();
        own.entry("accept".to_owned()).or_insert_with(|| Secret::new("application/json".to_owned()));
        let answers = HttpSource::new(&rules(ANSWER_BYTES), &own, Arc::clone(polite))?;
        let files = HttpSource::new(&rules(spec.max_bytes), headers, Arc::clone(polite))?;
        let chosen = format!("{}/{}/{}/{}", spec.record, spec.area, spec.crs.code(), spec.format);
        Ok(Self { location: format!("{}#{chosen}", location(&spec.url)), spec, answers, files })
    }

    /// Orders the file and fetches it. Services do not say when data changed, so the bytes show it.
    pub(in crate::source) async fn fetch(&self, last: &[Validators], now: Timestamp) -> Result<Fetched> {
        let time = Duration::from_secs(self.spec.timeout_seconds.into());
        let deadline = Instant::now() + time;
        let fetched = tokio::time::timeout(time, self.order(now, deadline)).await;
        let raws = fetched.map_err(|_| {
            transient(&self.location, "source-timeout", format!("not fetched within {} seconds", time.as_secs()))
        })??;
        Ok(compare(raws, last))
    }

    async fn order(&self, now: Timestamp, deadline: Instant) -> Result<Vec<Raw>> {
        let capabilities = self.address(&format!("capabilities/{}", self.spec.record))?;
        let links: Capabilities = self.get(&capabilities, now, deadline).await?;
        let link = |relation: &str| self.link(&capabilities, &links, relation);
        let areas: Vec<Choice> = self.get(&link("area")?, now, deadline).await?;
        let area = self.choose("area", &self.spec.area, &areas, |choice| choice.code == self.spec.area)?;
        let projections: Vec<Choice> = self.get(&link("projection")?, now, deadline).await?;
        let code = self.spec.crs.code().to_string();
        let projection = self.choose("projection", &code, &projections, |choice| choice.code == code)?;
        let formats: Vec<Choice> = self.get(&link("format")?, now, deadline).await?;
        let is_meant = |choice: &Choice| choice.name.eq_ignore_ascii_case(&self.spec.format);
        let format = self.choose("format", &self.spec.format, &formats, is_meant)?;
        let wanted = json!({
            "metadataUuid": self.spec.record,
            "areas": [{ "code": area.code, "name": area.name, "type": area.kind }],
            "projections": [{ "code": projection.code, "name": projection.name }],
            "formats": [{ "name": format.name }],
        });
        let orders = link("order")?;
        let placed = self.asking(&orders).posting(&json!({ "orderLines": [wanted] }));
        let receipt = self.read(&orders, &placed.body(now, deadline).await?)?;
        let file = self.ready(&orders, receipt, now, deadline).await?;
        self.file(&orders, &file, now).await
    }

    /// Looks at an order until its file is ready.
    async fn ready(&self, orders: &Url, mut receipt: Receipt, now: Timestamp, deadline: Instant) -> Result<Ordered> {
        let mut wait = FIRST_WAIT;
        loop {
            let count = receipt.files.len();
            let (Some(file), 1) = (receipt.files.pop(), count) else {
                return Err(self.failed(format!("the order has {count} files, not one")));
            };
            match file.status.as_str() {
                "ReadyForDownload" => return Ok(file),
                "WaitingForProcessing" => {}
                other => return Err(self.failed(format!("the state of the file is '{}'", short(other)))),
            }
            if deadline.saturating_duration_since(Instant::now()) <= wait {
                let reason = format!("the file is not ready after {} seconds", self.spec.timeout_seconds);
                return Err(transient(&self.location, "source-geonorge-order", reason));
            }
            tokio::time::sleep(wait).await;
            wait = (wait * 2).min(LONGEST_WAIT);
            let place = Url::parse(&format!("{}/{}", orders.as_str().trim_end_matches('/'), receipt.reference));
            let place = place.map_err(|error| self.failed(format!("its number is no part of an address: {error}")))?;
            receipt = self.get(&place, now, deadline).await?;
        }
    }

    async fn file(&self, orders: &Url, file: &Ordered, now: Timestamp) -> Result<Vec<Raw>> {
        let address = file.address.as_deref().ok_or_else(|| self.failed("a file that is ready has no address"))?;
        let url = self.follow(orders, address)?;
        let rules = if url.origin() == self.spec.url.origin() { self.files.at(url) } else { self.files.bare(url) };
        let Fetched::Changed(raws) = rules.fetch(&[], now).await? else { return Ok(Vec::new()) };
        let named = |raw: Raw| {
            let (etag, last_modified) = (None, None);
            let validators = Validators { location: self.location.clone(), etag, last_modified, ..raw.validators };
            Raw { name: file.name.as_deref().map_or(raw.name, short), validators, ..raw }
        };
        Ok(raws.into_iter().map(named).collect())
    }

    fn failed(&self, reason: impl Into<String>) -> Error {
        fault(&self.location, "source-geonorge-order", reason)
    }

    /// The only entry of a code list that is wanted.
    fn choose<'a>(
        &self,
        what: &str,
        wanted: &str,
        choices: &'a [Choice],
        is_wanted: impl Fn(&Choice) -> bool,
    ) -> Result<&'a Choice> {
        choices.iter().find(|choice| is_wanted(choice)).ok_or_else(|| {
            let name = |choice: &Choice| if choice.code.is_empty() { short(&choice.name) } else { short(&choice.code) };
            let names: Vec<String> = choices.iter().take(NAMED).map(name).collect();
            let reason = format!("there is no {what} '{wanted}' among {}: {}", choices.len(), names.join(", "));
            fault(&self.location, "source-geonorge-choice", reason)
        })
    }

    fn address(&self, path: &str) -> Result<Url> {
        let wrong = |error: url::ParseError| fault(&self.location, "source-service-next", error.to_string());
        self.spec.url.join(path).map_err(wrong)
    }

    fn link(&self, from: &Url, capabilities: &Capabilities, relation: &str) -> Result<Url> {
        let found = capabilities.links.iter().find(|link| link.rel.strip_prefix(RELATION) == Some(relation));
        let none = || fault(&self.location, "source-service-answer", format!("there is no link '{relation}'"));
        self.follow(from, &found.ok_or_else(none)?.href)
    }

    /// Where a link leads: to a host of the service, and from https never to http.
    fn follow(&self, from: &Url, link: &str) -> Result<Url> {
        let wrong = |reason: String| fault(&self.location, "source-service-next", reason);
        let url = from.join(link).map_err(|error| wrong(format!("a link leads to no address: {error}")))?;
        if is_own(&self.spec.url, &self.spec.hosts, from, &url) {
            return Ok(url);
        }
        Err(wrong(format!("a link leads to another server, {}", url.origin().ascii_serialization())))
    }

    /// Our headers go to our own host only.
    fn asking(&self, url: &Url) -> HttpSource {
        let own = url.origin() == self.spec.url.origin();
        if own { self.answers.at(url.clone()) } else { self.answers.bare(url.clone()) }
    }

    async fn get<T: DeserializeOwned>(&self, url: &Url, now: Timestamp, deadline: Instant) -> Result<T> {
        let body = self.asking(url).body(now, deadline).await?;
        self.read(url, &body)
    }

    fn read<T: DeserializeOwned>(&self, url: &Url, body: &[u8]) -> Result<T> {
        let read = serde_json::from_slice::<Value>(body).and_then(serde_json::from_value);
        read.map_err(|error| fault(&self.location, "source-service-answer", format!("{}: {error}", location(url))))
    }
}

fn short(text: &str) -> String {
    text.chars().take(120).collect()
}
