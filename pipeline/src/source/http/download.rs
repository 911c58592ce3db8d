//! Bodies: streamed to a file, bounded, and resumed where the server can.

use std::io::Write;

use catalog::Sha256;
use reqwest::{
    Response, StatusCode,
    header::{
        ACCEPT_RANGES, CONTENT_ENCODING, CONTENT_RANGE, ETAG, HeaderMap, HeaderName, HeaderValue, IF_MODIFIED_SINCE,
        IF_NONE_MATCH, IF_RANGE, LAST_MODIFIED, RANGE, RETRY_AFTER,
    },
};
use tempfile::TempPath;

use super::{Attempt, Failure, HttpSource};
use crate::{
    Error, Result,
    source::{
        Validators,
        change::Copy,
        fault::{fault, transient},
    },
};

/// Longest body of a refusal that is looked at, in bytes.
const REFUSAL_BYTES: usize = 64 << 10;

/// How an attempt ended.
pub(super) enum Taken {
    /// All bytes are there.
    Whole,
    /// The server says that nothing changed.
    NotModified,
}

/// Bytes of one answer, perhaps of several attempts.
pub(super) struct Download {
    copy: Copy,
    etag: Option<String>,
    last_modified: Option<String>,
    /// `Content-Crs` of the answer (OGC 18-058r1, requirement 16).
    content_crs: Option<String>,
    /// The server can send the rest.
    ranges: bool,
}

impl Download {
    pub(super) fn new() -> Result<Self> {
        Ok(Self { copy: Copy::create()?, etag: None, last_modified: None, content_crs: None, ranges: false })
    }

    /// Headers of the next request: for the rest of what is there, or for what changed since last time.
    pub(super) fn request_headers(&self, known: Option<&Validators>) -> HeaderMap {
        let mut headers = HeaderMap::new();
        let mut set = |name: HeaderName, value: Option<&str>| {
            if let Some(value) = value.and_then(|value| HeaderValue::from_str(value).ok()) {
                headers.insert(name, value);
            }
        };
        if let Some(etag) = self.resumable() {
            set(RANGE, Some(&format!("bytes={}-", self.copy.bytes())));
            set(IF_RANGE, Some(etag));
        } else if let Some(known) = known {
            set(IF_NONE_MATCH, known.etag.as_deref());
            set(IF_MODIFIED_SINCE, known.last_modified.as_deref());
        }
        headers
    }

    /// `ETag` and `Last-Modified` of the answer.
    pub(super) fn validators(&self) -> (Option<String>, Option<String>) {
        (self.etag.clone(), self.last_modified.clone())
    }

    /// `Content-Crs` of the answer.
    pub(super) fn content_crs(&self) -> Option<String> {
        self.content_crs.clone()
    }

    /// The file, its size and hash.
    pub(super) fn finish(self) -> Result<(TempPath, u64, Sha256)> {
        Ok(self.copy.finish()?)
    }

    /// The strong `ETag` under which the rest can be asked for (RFC 9110 sections 13.1.5 and 14.2).
    fn resumable(&self) -> Option<&str> {
        let etag = self.etag.as_deref().filter(|etag| etag.starts_with('"'))?;
        (self.ranges && self.copy.bytes() > 0).then_some(etag)
    }

    /// Takes an answer with its body.
    pub(super) async fn take(
        &mut self,
        source: &HttpSource,
        known: Option<&Validators>,
        response: Response,
    ) -> Attempt<Taken> {
        let status = response.status();
        let asked = known.is_some_and(|known| known.etag.is_some() || known.last_modified.is_some());
        match status {
            StatusCode::NOT_MODIFIED if asked && self.resumable().is_none() => return Ok(Taken::NotModified),
            StatusCode::PARTIAL_CONTENT if self.continues(&response) => {}
            StatusCode::OK => self.restart(&response)?,
            // Who takes what is posted may have nothing to say.
            StatusCode::CREATED | StatusCode::ACCEPTED | StatusCode::NO_CONTENT if source.posted.is_some() => {
                self.restart(&response)?;
            }
            _ => {
                let failure = self.refuse(source, &response);
                return Err(explained(failure, source, response).await);
            }
        }
        if let Some(encoding) = header(&response, &CONTENT_ENCODING).filter(|encoding| encoding != "identity") {
            let reason = format!("the answer is encoded as '{encoding}' though that was not asked for");
            return Err(fault(&source.location, "source-content-encoding", reason).into());
        }
        self.body(source, response).await?;
        Ok(Taken::Whole)
    }

    /// True if a partial answer begins where the bytes broke off, of the same representation.
    fn continues(&self, response: &Response) -> bool {
        let start = header(response, &CONTENT_RANGE)
            .and_then(|range| range.strip_prefix("bytes ")?.split_once('-')?.0.trim().parse::<u64>().ok());
        let etag = header(response, &ETAG);
        self.resumable().is_some() && start == Some(self.copy.bytes()) && (etag.is_none() || etag == self.etag)
    }

    fn restart(&mut self, response: &Response) -> Result<()> {
        *self = Self::new()?;
        self.etag = header(response, &ETAG);
        self.last_modified = header(response, &LAST_MODIFIED);
        self.content_crs = header(response, &HeaderName::from_static("content-crs"));
        self.ranges = header(response, &ACCEPT_RANGES).is_some_and(|unit| unit.eq_ignore_ascii_case("bytes"));
        Ok(())
    }

    async fn body(&mut self, source: &HttpSource, mut response: Response) -> Attempt<()> {
        let expected = response.content_length().map(|length| length.saturating_add(self.copy.bytes()));
        if expected.is_some_and(|expected| expected > source.max_bytes) {
            return Err(too_large(source).into());
        }
        while let Some(chunk) = response.chunk().await.map_err(|error| source.interrupted(&error))? {
            if self.copy.bytes().saturating_add(chunk.len() as u64) > source.max_bytes {
                return Err(too_large(source).into());
            }
            self.copy.write_all(&chunk).map_err(Error::Io)?;
        }
        if expected.is_some_and(|expected| expected != self.copy.bytes()) {
            return Err(transient(&source.location, "source-io", "the answer breaks off").into());
        }
        Ok(())
    }

    /// An answer that brings nothing.
    fn refuse(&mut self, source: &HttpSource, response: &Response) -> Failure {
        let status = response.status();
        let resumed = self.resumable().is_some();
        // A server that cannot go on where it broke off is asked for everything.
        self.ranges = false;
        let reason = format!("the server answered {status}");
        let again = matches!(status.as_u16(), 408 | 425 | 429 | 500..=599);
        let misfit = resumed && matches!(status.as_u16(), 206 | 304 | 416);
        let make = if again || misfit { transient } else { fault };
        Failure {
            error: make(&source.location, "source-http-status", reason),
            retry_after: header(response, &RETRY_AFTER),
        }
    }
}

/// A refusal with what its body says.
async fn explained(mut failure: Failure, source: &HttpSource, mut response: Response) -> Failure {
    let Some(says) = source.says else { return failure };
    let mut body = Vec::new();
    while let Ok(Some(chunk)) = response.chunk().await {
        body.extend_from_slice(&chunk);
        if body.len() > REFUSAL_BYTES {
            return failure;
        }
    }
    if let (Error::Source { reason, .. }, Some(said)) = (&mut failure.error, says(&body)) {
        *reason = format!("{reason}: {said}");
    }
    failure
}

fn too_large(source: &HttpSource) -> Error {
    fault(&source.location, "source-too-large", format!("more than {} bytes", source.max_bytes))
}

fn header(response: &Response, name: &HeaderName) -> Option<String> {
    response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
}
