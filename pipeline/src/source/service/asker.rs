//! Requests to a service: so many and no more, never the same one twice, to its own hosts only.

use std::{collections::HashSet, time::Instant};

use catalog::Sha256;
use config::ServiceSource;
use jiff::Timestamp;
use serde_json::value::RawValue;
use url::Url;

use super::page::Page;
use crate::{
    Error, Result,
    source::{fault::fault, http::HttpSource},
};

/// An answer.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) body: Vec<u8>,
    /// `Content-Crs` as it was sent.
    pub(super) crs: Option<String>,
}

/// Asks a service.
#[derive(Debug)]
pub(super) struct Asker<'a> {
    http: &'a HttpSource,
    pub(super) location: &'a str,
    spec: &'a ServiceSource,
    now: Timestamp,
    deadline: Instant,
    /// Requests so far.
    pub(super) number: u32,
    asked: HashSet<Sha256>,
    /// Hashes of the features of each page.
    seen: HashSet<Sha256>,
}

impl<'a> Asker<'a> {
    pub(super) fn new(
        http: &'a HttpSource,
        location: &'a str,
        spec: &'a ServiceSource,
        (now, deadline): (Timestamp, Instant),
    ) -> Self {
        Self { http, location, spec, now, deadline, number: 0, asked: HashSet::new(), seen: HashSet::new() }
    }

    /// An error of an answer that is not what the protocol promises.
    pub(super) fn wrong(&self, reason: impl AsRef<str>) -> Error {
        let reason = format!("answer {}: {}", self.number, reason.as_ref());
        fault(self.location, "source-service-answer", reason)
    }

    /// The answer of an address that was not asked before.
    pub(super) async fn page(&mut self, url: &Url) -> Result<Answer> {
        if !self.asked.insert(Sha256::of(url.as_str().as_bytes())) {
            return Err(self.circle("leads back to an earlier one"));
        }
        self.again(url).await
    }

    /// The answer of an address.
    pub(super) async fn again(&mut self, url: &Url) -> Result<Answer> {
        if self.number >= self.spec.max_pages {
            let reason = format!("there are more than {} pages", self.spec.max_pages);
            return Err(fault(self.location, "source-service-pages", reason));
        }
        self.number += 1;
        let own = url.origin() == self.spec.url.origin();
        let http = if own { self.http.at(url.clone()) } else { self.http.bare(url.clone()) };
        let (body, crs) = http.answer(self.now, self.deadline).await?;
        Ok(Answer { body, crs })
    }

    /// The address that a page leads to, absolute or relative, which must be on a host of the service.
    pub(super) fn follow(&self, from: &Url, next: &str) -> Result<Url> {
        let wrong = |reason: String| fault(self.location, "source-service-next", reason);
        let page = self.number;
        let next = from.join(next).map_err(|error| wrong(format!("page {page} leads to no address: {error}")))?;
        if is_own(&self.spec.url, &self.spec.hosts, from, &next) {
            return Ok(next);
        }
        Err(wrong(format!("page {page} leads to another server, {}", next.origin().ascii_serialization())))
    }

    /// Refuses a page whose features all came before, in the same order.
    pub(super) fn refuse_repeats(&mut self, page: &Page<'_>) -> Result<()> {
        let texts: Vec<&str> = page.features.iter().map(|feature| RawValue::get(feature)).collect();
        let hash = (!texts.is_empty()).then(|| Sha256::of(texts.join("\n").as_bytes()));
        self.refuse_repeated(hash.as_ref())
    }

    /// Refuses a page whose features, told by a hash of them or their ids, all came before.
    pub(super) fn refuse_repeated(&mut self, hash: Option<&Sha256>) -> Result<()> {
        let fresh = hash.is_none_or(|hash| self.seen.insert(hash.clone()));
        if fresh { Ok(()) } else { Err(self.circle("has the features of an earlier one")) }
    }

    fn circle(&self, how: &str) -> Error {
        fault(self.location, "source-service-circle", format!("page {} {how}", self.number))
    }
}

/// Whether an address that another one leads to is on a host of the service: its own or a declared one, and not in the
/// open where the other was not.
pub(super) fn is_own(service: &Url, hosts: &[String], from: &Url, next: &Url) -> bool {
    let host = next.host_str().unwrap_or_default();
    let full = next.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
    let declared = hosts.iter().any(|declared| declared.eq_ignore_ascii_case(&full));
    let weaker = from.scheme() == "https" && next.scheme() == "http";
    (next.origin() == service.origin() || declared) && !weaker
}
