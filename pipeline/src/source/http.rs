//! One address over HTTP or HTTPS: conditional, resumed, bounded, polite.

mod download;
mod exchange;

use std::{
    collections::BTreeMap,
    fmt,
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use config::Secret;
use jiff::{SignedDuration, Timestamp};
use reqwest::{
    Client, ClientBuilder,
    header::{HeaderMap, HeaderName, HeaderValue},
    redirect::Policy,
};
use tokio::sync::OwnedMutexGuard;
use url::Url;

use self::download::{Download, Taken};
use super::{
    Fetched, Polite, Raw, Validators,
    change::compare,
    fault::{fault, transient},
    network::Reach,
    polite::retry_after,
};
use crate::{Error, Result};

/// Longest time to set up a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// One address.
#[derive(Clone)]
pub struct HttpSource {
    url: Url,
    /// The address without query and user information.
    location: String,
    headers: HeaderMap,
    client: Client,
    reach: Reach,
    max_redirects: u8,
    max_bytes: u64,
    timeout: Duration,
    attempts: u8,
    /// What is posted; `None` where the address is only asked.
    posted: Option<Bytes>,
    /// What the body of a refusal says.
    says: Option<Says>,
    polite: Arc<Polite>,
}

/// Reads what the body of a refusal says; `None` where it says nothing.
type Says = fn(&[u8]) -> Option<String>;

impl fmt::Debug for HttpSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpSource").field("location", &self.location).finish_non_exhaustive()
    }
}

/// A host that nobody else talks to.
type Host = OwnedMutexGuard<()>;

/// What came of a part of an attempt.
type Attempt<T> = std::result::Result<T, Failure>;

/// Why an attempt failed.
struct Failure {
    error: Error,
    /// What the server said in `Retry-After`.
    retry_after: Option<String>,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self { error, retry_after: None }
    }
}

impl Failure {
    fn is_transient(&self) -> bool {
        matches!(self.error, Error::Source { transient: true, .. })
    }
}

impl HttpSource {
    pub(super) fn new(
        spec: &config::HttpSource,
        headers: &BTreeMap<String, Secret<String>>,
        polite: Arc<Polite>,
    ) -> Result<Self> {
        Self::with_client(spec, headers, polite, client(spec))
    }

    fn with_client(
        spec: &config::HttpSource,
        headers: &BTreeMap<String, Secret<String>>,
        polite: Arc<Polite>,
        client: ClientBuilder,
    ) -> Result<Self> {
        let location = location(&spec.url);
        let client = client
            .build()
            .map_err(|error| fault(&location, "source-io", format!("no HTTP client: {}", exchange::chain(&error))))?;
        Ok(Self {
            url: spec.url.clone(),
            headers: secret_headers(&location, headers)?,
            location,
            client,
            reach: Reach::new(&spec.url, spec.allow_private_network),
            max_redirects: spec.max_redirects,
            max_bytes: spec.max_bytes,
            timeout: Duration::from_secs(spec.timeout_seconds.into()),
            attempts: spec.attempts.max(1),
            posted: None,
            says: None,
            polite,
        })
    }

    pub(super) async fn fetch(&self, last: &[Validators], now: Timestamp) -> Result<Fetched> {
        let known = last.iter().find(|validators| validators.location == self.location);
        // The wait for others who talk to the host is not this fetch's own time.
        let host = self.host(&self.url).await;
        let deadline = Instant::now() + self.timeout;
        let download = tokio::time::timeout(self.timeout, self.try_often(known, now, deadline, host));
        let download = download.await.map_err(|_| {
            let reason = format!("not fetched within {} seconds", self.timeout.as_secs());
            transient(&self.location, "source-timeout", reason)
        })??;
        match download {
            None => Ok(Fetched::Unchanged),
            Some(download) => Ok(compare(vec![self.raw(download, now)?], last)),
        }
    }

    /// Tells what the body of a refusal says.
    pub(super) fn saying(self, says: Says) -> Self {
        Self { says: Some(says), ..self }
    }

    /// Posts a JSON document. It is sent anew where an attempt failed, and never on to where a redirect leads.
    pub(super) fn posting(self, document: &serde_json::Value) -> Self {
        Self { posted: Some(document.to_string().into()), max_redirects: 0, ..self }
    }

    /// The same rules for another address.
    pub(super) fn at(&self, url: Url) -> Self {
        Self { location: location(&url), url, ..self.clone() }
    }

    /// The same rules for another address, without our headers.
    pub(super) fn bare(&self, url: Url) -> Self {
        Self { headers: HeaderMap::new(), ..self.at(url) }
    }

    /// The whole answer, in memory.
    pub(super) async fn body(&self, now: Timestamp, deadline: Instant) -> Result<Vec<u8>> {
        Ok(self.answer(now, deadline).await?.0)
    }

    /// The whole answer, in memory, and its `Content-Crs`.
    pub(super) async fn answer(&self, now: Timestamp, deadline: Instant) -> Result<(Vec<u8>, Option<String>)> {
        let host = self.host(&self.url).await;
        let Some(download) = self.try_often(None, now, deadline, host).await? else { return Ok((Vec::new(), None)) };
        let crs = download.content_crs();
        let (file, _, _) = download.finish()?;
        Ok((tokio::fs::read(&file).await?, crs))
    }

    /// Tries until it works, an error is not transient, attempts or time run out. `None`: not modified.
    async fn try_often(
        &self,
        known: Option<&Validators>,
        now: Timestamp,
        deadline: Instant,
        host: Host,
    ) -> Result<Option<Download>> {
        let mut host = Some(host);
        let started = Instant::now();
        let mut download = Download::new()?;
        let mut attempt = 1;
        loop {
            let failure = match self.attempt(known, &mut download, host.take()).await {
                Ok(Taken::Whole) => return Ok(Some(download)),
                Ok(Taken::NotModified) => return Ok(None),
                Err(failure) => failure,
            };
            let clock = now.saturating_add(SignedDuration::try_from(started.elapsed()).unwrap_or_default());
            let asked = failure.retry_after.as_deref().and_then(|value| retry_after(value, clock.unwrap_or(now)));
            let wait = self.polite.wait(attempt, asked);
            let late = deadline.saturating_duration_since(Instant::now()) <= wait;
            if !failure.is_transient() || attempt >= self.attempts || late {
                return Err(failure.error);
            }
            tracing::debug!(location = self.location, attempt, ?wait, error = %failure.error, "fetching again");
            tokio::time::sleep(wait).await;
            attempt += 1;
        }
    }

    /// One attempt: a request, its redirects and the body.
    async fn attempt(&self, known: Option<&Validators>, download: &mut Download, host: Option<Host>) -> Attempt<Taken> {
        let (response, _host) = self.exchange(download.request_headers(known), host).await?;
        download.take(self, known, response).await
    }

    fn raw(&self, download: Download, now: Timestamp) -> Result<Raw> {
        let (etag, last_modified) = download.validators();
        let (temporary, bytes, sha256) = download.finish()?;
        if bytes == 0 {
            return Err(fault(&self.location, "source-empty", "the answer has no bytes"));
        }
        let segment = self.url.path_segments().and_then(|segments| segments.rev().find(|segment| !segment.is_empty()));
        let name = segment.or(self.url.host_str()).unwrap_or_default().to_owned();
        let (location, sha256) = (self.location.clone(), Some(sha256));
        let validators = Validators { location, etag, last_modified, sha256, ..Validators::default() };
        Ok(Raw { name, path: temporary.to_path_buf(), temporary, bytes, fetched: now, validators })
    }
}

/// The client's rules: no redirects of its own, no proxy that would connect for us, no decompression.
fn client(spec: &config::HttpSource) -> ClientBuilder {
    Client::builder()
        .user_agent(concat!("allmenning/", env!("CARGO_PKG_VERSION")))
        .redirect(Policy::none())
        .referer(false)
        .no_proxy()
        .connect_timeout(CONNECT_TIMEOUT)
        .read_timeout(Duration::from_secs(spec.silence_seconds.into()))
        .dns_resolver(Reach::new(&spec.url, spec.allow_private_network))
}

/// An address without query, fragment and user information.
pub(super) fn location(url: &Url) -> String {
    let mut url = url.clone();
    url.set_query(None);
    url.set_fragment(None);
    // Fails only for addresses that cannot have user information.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.into()
}

fn secret_headers(location: &str, headers: &BTreeMap<String, Secret<String>>) -> Result<HeaderMap> {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        let wrong = || fault(location, "source-headers", format!("the header '{name}' cannot be sent"));
        let name: HeaderName = name.parse().map_err(|_| wrong())?;
        let mut value = HeaderValue::from_str(value.reveal()).map_err(|_| wrong())?;
        value.set_sensitive(true);
        map.insert(name, value);
    }
    Ok(map)
}

#[cfg(test)]
mod tests;
