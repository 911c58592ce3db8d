//! One exchange: the request and its redirects, each hop judged on its own.

use std::error::Error as _;

use reqwest::{
    Response, StatusCode,
    header::{ACCEPT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderValue, LOCATION},
};
use url::Url;

use super::{Attempt, Failure, Host, HttpSource, location};
use crate::{
    Error,
    source::{
        fault::{fault, transient},
        network::Refused,
    },
};

impl HttpSource {
    /// Waits until nobody else talks to the host of an address.
    pub(super) async fn host(&self, url: &Url) -> Host {
        self.polite.host(&origin(url)).await
    }

    /// Sends the request and follows redirects. The host is ours until the guard is dropped; `first` is that of the
    /// first request where it is ours already.
    pub(super) async fn exchange(&self, extra: HeaderMap, mut first: Option<Host>) -> Attempt<(Response, Host)> {
        let mut url = self.url.clone();
        let mut own_headers = true;
        for _ in 0..=self.max_redirects {
            self.check(&url)?;
            let host = match first.take() {
                Some(host) => host,
                None => self.host(&url).await,
            };
            let mut headers = if own_headers { self.headers.clone() } else { HeaderMap::new() };
            headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
            headers.extend(extra.clone());
            let request = match &self.posted {
                None => self.client.get(url.clone()).headers(headers),
                Some(document) => {
                    headers.entry(CONTENT_TYPE).or_insert(HeaderValue::from_static("application/json"));
                    self.client.post(url.clone()).headers(headers).body(document.clone())
                }
            };
            let response = request.send().await.map_err(|error| self.sending(&error))?;
            if !is_redirect(response.status()) {
                return Ok((response, host));
            }
            let next = self.target(&url, &response)?;
            own_headers &= origin(&next) == origin(&url);
            url = next;
        }
        let reason = format!("more than {} redirects", self.max_redirects);
        Err(fault(&self.location, "source-redirects", reason).into())
    }

    /// Judges an address before anything is sent there.
    fn check(&self, url: &Url) -> Result<(), Error> {
        if !matches!(url.scheme(), "http" | "https") {
            let reason = format!("the scheme '{}' is not allowed", url.scheme());
            return Err(fault(&self.location, "source-scheme", reason));
        }
        self.reach.check_literal(url).map_err(|refused| self.refused(refused))
    }

    /// Where a redirect leads.
    fn target(&self, url: &Url, response: &Response) -> Result<Url, Error> {
        let wrong = |reason: String| fault(&self.location, "source-redirects", reason);
        let value = response.headers().get(LOCATION).and_then(|value| value.to_str().ok());
        let value = value.ok_or_else(|| wrong(format!("{} without an address", response.status())))?;
        let next = url.join(value).map_err(|error| wrong(format!("to no address: {error}")))?;
        if url.scheme() == "https" && next.scheme() == "http" {
            return Err(wrong(format!("from https to {}", location(&next))));
        }
        Ok(next)
    }

    fn refused(&self, refused: Refused) -> Error {
        fault(&self.location, "source-network-refused", refused.to_string())
    }

    /// An error before an answer came.
    fn sending(&self, error: &reqwest::Error) -> Failure {
        let mut cause = error.source();
        while let Some(inner) = cause {
            if let Some(refused) = inner.downcast_ref::<Refused>() {
                return self.refused(*refused).into();
            }
            cause = inner.source();
        }
        self.interrupted(error)
    }

    /// An error of the connection, at any time.
    pub(super) fn interrupted(&self, error: &reqwest::Error) -> Failure {
        if error.is_builder() {
            return fault(&self.location, "source-io", chain(error)).into();
        }
        let code = match error.is_timeout() {
            true if error.is_connect() => "source-timeout",
            true => "source-silent",
            false => "source-io",
        };
        transient(&self.location, code, chain(error)).into()
    }
}

/// What went wrong, without the address, whose query may be secret.
pub(super) fn chain(error: &reqwest::Error) -> String {
    let mut text = match error {
        _ if error.is_timeout() => "no answer in time".to_owned(),
        _ if error.is_connect() => "no connection".to_owned(),
        _ => "the connection failed".to_owned(),
    };
    let mut cause = error.source();
    while let Some(inner) = cause {
        if inner.downcast_ref::<reqwest::Error>().is_none() {
            text = format!("{text}: {inner}");
        }
        cause = inner.source();
    }
    text
}

fn is_redirect(status: StatusCode) -> bool {
    matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308)
}

fn origin(url: &Url) -> String {
    url.origin().ascii_serialization()
}
