//! Pages of the API: asked for politely, read strictly, followed to the end and never in a circle.

use std::{collections::HashSet, time::Instant};

use catalog::Sha256;
use jiff::Timestamp;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;
use url::Url;

use crate::{
    Error, Result,
    source::{fault::fault, http::HttpSource},
};

/// The same rows on so many pages in a row are taken for a circle.
const SAME_PAGES: usize = 3;

/// The API.
#[derive(Debug)]
pub(super) struct Api<'a> {
    pub(super) http: &'a HttpSource,
    pub(super) location: &'a str,
    pub(super) now: Timestamp,
    pub(super) deadline: Instant,
}

#[derive(Debug, Deserialize)]
struct Answer {
    items: Vec<Value>,
    #[serde(default)]
    next: Option<String>,
}

impl Api<'_> {
    /// An error of an answer that is not what the API promises.
    pub(super) fn wrong(&self, reason: impl Into<String>) -> Error {
        fault(self.location, "source-einnsyn-answer", reason)
    }

    /// The answer of an address.
    pub(super) async fn get<T: DeserializeOwned>(&self, url: &Url) -> Result<T> {
        let body = self.http.at(url.clone()).body(self.now, self.deadline).await?;
        if body.trim_ascii_start().starts_with(b"<") {
            return Err(self.wrong(format!("{} answers a web page, not data", url.path())));
        }
        serde_json::from_slice(&body).map_err(|error| {
            let reason = error.to_string();
            let reason = reason.split(" at line ").next().unwrap_or_default();
            let (line, column) = (error.line(), error.column());
            self.wrong(format!("{}, line {line}, column {column} of the answer: {reason}", url.path()))
        })
    }

    /// A list from its first page on.
    pub(super) fn pages(&self, first: Url) -> Pages<'_> {
        Pages { api: self, next: Some(first), number: 0, asked: HashSet::new(), last: None, same: 0 }
    }
}

/// A list, page by page. A short or empty page is not the end; the end is where no next page is named.
#[derive(Debug)]
pub(super) struct Pages<'a> {
    api: &'a Api<'a>,
    next: Option<Url>,
    /// Number of the last page, from 1.
    pub(super) number: u64,
    asked: HashSet<Sha256>,
    /// Hash of the last rows.
    last: Option<Sha256>,
    same: usize,
}

impl Pages<'_> {
    /// The rows of the next page.
    pub(super) async fn next(&mut self) -> Result<Option<Vec<Value>>> {
        let Some(url) = self.next.take() else { return Ok(None) };
        self.number += 1;
        if !self.asked.insert(Sha256::of(url.as_str().as_bytes())) {
            return Err(self.circle("leads back to an earlier one"));
        }
        let answer: Answer = self.api.get(&url).await?;
        self.refuse_repeats(&answer.items)?;
        self.next = answer.next.map(|next| self.follow(&url, &next)).transpose()?;
        Ok(Some(answer.items))
    }

    /// True if a next page is named.
    pub(super) fn has_more(&self) -> bool {
        self.next.is_some()
    }

    /// Where the list goes on.
    pub(super) fn rest(self) -> Option<Url> {
        self.next
    }

    /// The address of the next page, absolute or relative, which must be on the same server.
    fn follow(&self, url: &Url, next: &str) -> Result<Url> {
        let wrong = |reason: &str| fault(self.api.location, "source-einnsyn-next", reason);
        let page = self.number;
        let next = url.join(next).map_err(|error| wrong(&format!("page {page} leads to no address: {error}")))?;
        if next.origin() != url.origin() {
            return Err(wrong(&format!(
                "page {page} leads to another server, {}",
                next.origin().ascii_serialization()
            )));
        }
        Ok(next)
    }

    fn refuse_repeats(&mut self, items: &[Value]) -> Result<()> {
        let ids: Vec<String> = items.iter().map(|item| item.get("id").unwrap_or(&Value::Null).to_string()).collect();
        let rows = (!ids.is_empty()).then(|| Sha256::of(ids.join("\n").as_bytes()));
        self.same = if rows.is_some() && rows == self.last { self.same + 1 } else { 1 };
        self.last = rows;
        if self.same >= SAME_PAGES { Err(self.circle("has the rows of the pages before it")) } else { Ok(()) }
    }

    fn circle(&self, how: &str) -> Error {
        fault(self.api.location, "source-einnsyn-circle", format!("page {} {how}", self.number))
    }
}
