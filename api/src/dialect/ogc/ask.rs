//! What a request asks for, whatever it is about: its parameters, its form and its language.

use actix_web::{HttpRequest, HttpResponse, web};
use catalog::Snapshot;
use config::Language;
use serde_json::Value;

use super::link::{self, HTML, Link};
use crate::{
    dialect::{
        catalogue,
        html::{self, Document},
        texts::{self, Words},
    },
    error::Problem,
    negotiate,
    query::Params,
    state::State,
};

/// The forms of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// JSON, in the resource's own media type.
    Json,
    /// A page.
    Html,
}

/// A request within this dialect.
pub(super) struct Ask<'a> {
    /// What the server knows.
    pub(super) state: &'a State,
    /// The request.
    pub(super) request: &'a HttpRequest,
    /// Its parameters, all of which are known here.
    pub(super) params: Params,
    /// The form of the answer.
    pub(super) form: Form,
    /// The language of texts.
    pub(super) language: Language,
    /// The media type of the answer as JSON.
    kind: &'static str,
}

impl<'a> Ask<'a> {
    /// Reads a request for a resource with a media type and, beside `f` and `lang`, some parameters.
    ///
    /// # Errors
    /// `api-parameter` for other parameters, `api-format` for an unknown `f`, `api-not-acceptable`.
    pub(super) fn new(
        state: &'a State,
        request: &'a HttpRequest,
        kind: &'static str,
        others: &[&str],
    ) -> Result<Self, Problem> {
        let params = Params::read(request.query_string())?;
        params.only(&[&["f", "lang"], others].concat())?;
        let form = match params.plain("f") {
            Some("json") => Form::Json,
            Some("html") => Form::Html,
            Some(other) => {
                let other: String = other.chars().take(40).collect();
                let detail = format!("There is no format '{other}' here.");
                return Err(Problem::bad_request("api-format", detail).hint("Write f=json or f=html."));
            }
            None => accepted(request, kind)?,
        };
        if let Some(tag) = params.plain("lang")
            && negotiate::tagged(tag).is_none()
        {
            let tag: String = tag.chars().take(20).collect();
            return Err(Problem::bad_request("api-parameter", format!("There are no texts in '{tag}'."))
                .hint("lang is nb, nn or en."));
        }
        Ok(Self { state, request, params, form, language: negotiate::language(request), kind })
    }

    /// The fixed texts in the request's language.
    pub(super) fn words(&self) -> &'static Words {
        texts::words(self.language)
    }

    /// An address below `/ogc`.
    pub(super) fn at(&self, local: &str) -> String {
        format!("{}ogc{local}", self.state.base())
    }

    /// The address that was asked, without parameters.
    pub(super) fn path(&self) -> String {
        let path = self.request.path().trim_end_matches('/');
        format!("{}{}", self.state.base(), path.trim_start_matches('/'))
    }

    /// Links to this document and to the same in the other form.
    pub(super) fn own_links(&self) -> Vec<Link> {
        let words = self.words();
        let own = match self.request.query_string() {
            "" => self.path(),
            query => format!("{}?{query}", self.path()),
        };
        let (this, other, f) = match self.form {
            Form::Json => (self.kind, HTML, "html"),
            Form::Html => (HTML, self.kind, "json"),
        };
        vec![
            Link::new("self", this, own, words.ogc_self),
            Link::new("alternate", other, self.params.with(&self.path(), "f", Some(f)), words.ogc_alternate),
        ]
    }

    /// The answer as JSON, its tag made of the catalogue's state.
    pub(super) fn json(&self, snapshot: &Snapshot, body: &Value) -> HttpResponse {
        let bytes = web::Bytes::from(body.to_string());
        catalogue::cached(self.request, self.kind, bytes, &snapshot.etag)
    }

    /// The answer as a page.
    pub(super) fn page(&self, document: Document) -> Result<HttpResponse, Problem> {
        let local = self.request.path().trim_matches('/').to_owned();
        html::document(
            self.state,
            self.request,
            (self.language, &|tag| self.params.with(&local, "lang", Some(tag))),
            document,
        )
    }
}

/// The links of a document for a page, without those that every page has anyway.
pub(super) fn shown(links: &[Link]) -> Vec<html::Item> {
    let others = links.iter().filter(|link| link.rel != "self");
    others.map(|link| html::Item::link(format!("{} ({})", link.title, link.kind), link.href.clone())).collect()
}

fn accepted(request: &HttpRequest, kind: &str) -> Result<Form, Problem> {
    let offers = [(kind, Form::Json), (link::JSON, Form::Json), (HTML, Form::Html)];
    // A parameter of a media type plays no part in what a client prefers.
    let offers = offers.map(|(name, form)| (name.split(';').next().unwrap_or(name), form));
    negotiate::media_type(&negotiate::accept(request), &offers)
        .ok_or_else(|| Problem::not_acceptable(&offers.map(|(name, _)| name)))
}
