//! What answers that are tables have in common: their form, their headers, a page as one JSON document.

use actix_web::{
    HttpRequest, HttpResponse, HttpResponseBuilder,
    http::header::{self, HeaderName},
};
use arrow::{datatypes::SchemaRef, record_batch::RecordBatch};
use catalog::{
    Entry, Sha256,
    version::{ColumnInfo, Manifest, VersionNumber},
};
use serde_json::{Map, Value, json};

use crate::{
    error::Problem,
    lookup, negotiate,
    query::{Body, Form, Params},
};

/// How long an answer about a named version may be kept: versions never change, but can be withdrawn.
const PINNED: &str = "public, max-age=300";
/// An answer about the current version must be asked for again; mostly that is a 304.
const CURRENT: &str = "public, no-cache";

/// What is known of an answer before anything is read.
pub(super) struct Head<'a> {
    /// The version that is read.
    pub(super) manifest: &'a Manifest,
    pub(super) form: Form,
    /// The entity tag, with its quotation marks.
    pub(super) etag: String,
    /// True if the address names the version.
    pub(super) pinned: bool,
}

impl<'m> Head<'m> {
    /// The head of one JSON document about a version as a whole; `about` tells it from other documents about the version.
    pub(super) fn document(manifest: &'m Manifest, params: &Params, about: &str) -> Self {
        let identity = format!("{about} {} {} {}", manifest.dataset, manifest.number, env!("CARGO_PKG_VERSION"));
        let etag = format!("\"{}\"", Sha256::of(identity.as_bytes()));
        let pinned = params.get("version").is_some_and(|named| named != "latest");
        Self { manifest, form: Form::Json, etag, pinned }
    }
}

impl Head<'_> {
    /// 304 where the client has the answer.
    pub(super) fn unchanged(&self, request: &HttpRequest) -> Option<HttpResponse> {
        let seen = request.headers().get(header::IF_NONE_MATCH).and_then(|list| list.to_str().ok());
        seen.filter(|list| negotiate::lists_etag(list, &self.etag, true))?;
        let mut unchanged = HttpResponse::NotModified();
        self.describe(&mut unchanged, request);
        Some(unchanged.finish())
    }

    /// 200 with all headers; `name` begins the name under which browsers keep the file.
    pub(super) fn begin(&self, request: &HttpRequest, name: &str) -> HttpResponseBuilder {
        let mut response = HttpResponse::Ok();
        self.describe(&mut response, request);
        response.content_type(content_type(self.form));
        if self.form.is_download() {
            let name = format!("{name}-v{}.{}", self.manifest.number, self.form.extension());
            response.insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")));
        }
        response
    }

    /// The headers that 200 and 304 share.
    fn describe(&self, response: &mut HttpResponseBuilder, request: &HttpRequest) {
        // A proxy that repacks a binary file would make its checksum wrong.
        let binary = if self.form.is_packed() { ", no-transform" } else { "" };
        response
            .insert_header((header::ETAG, self.etag.clone()))
            .insert_header((header::CACHE_CONTROL, format!("{}{binary}", if self.pinned { PINNED } else { CURRENT })))
            .insert_header((HeaderName::from_static("x-allmenning-version"), self.manifest.number.to_string()));
        if request.match_info().get("extension").is_none() {
            response.insert_header((header::VARY, "Accept"));
        }
    }

    /// A page in every form but Parquet. `members` stand before the rows of a JSON document, `next` behind them.
    pub(super) fn page(
        &self,
        (schema, columns): (&SchemaRef, &[ColumnInfo]),
        batches: &[RecordBatch],
        members: Map<String, Value>,
        next: Option<&str>,
    ) -> Result<Vec<u8>, Problem> {
        let body = Body::new(self.form, schema, columns)?.whole(batches)?;
        if self.form != Form::Json {
            return Ok(body);
        }
        let mut before = Map::new();
        before.insert("dataset".to_owned(), json!(self.manifest.dataset));
        before.insert("version".to_owned(), json!(self.manifest.number));
        before.extend(members);
        let mut document = Value::Object(before).to_string().into_bytes();
        document.pop();
        document.extend(b",\"rows\":[\n");
        // One object a line becomes a list: JSON texts hold no line feeds.
        let lines: Vec<&[u8]> = body.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).collect();
        document.extend(lines.join(&b",\n"[..]));
        document.extend(format!("\n],\"next\":{}}}\n", json!(next)).into_bytes());
        Ok(document)
    }
}

/// What a request asks, and in which of some forms: by the extension of its address, else by `format`, else by `Accept`.
pub(super) fn asked(request: &HttpRequest, forms: &[Form]) -> Result<(Params, Form), Problem> {
    let params = Params::read(request.query_string())?;
    let format = params.get("format");
    let form = match (request.match_info().get("extension"), format) {
        (Some(extension), Some(format)) if extension != format => {
            let problem = Problem::bad_request("api-format", "The address names two formats.");
            return Err(problem.hint("Leave out 'format'."));
        }
        (Some(name), _) | (None, Some(name)) => named(name, forms)?,
        (None, None) => accepted(request, forms)?,
    };
    Ok((params, form))
}

fn accepted(request: &HttpRequest, forms: &[Form]) -> Result<Form, Problem> {
    let offers: Vec<(&str, Form)> = forms.iter().map(|form| (form.media_type(), *form)).collect();
    let names = || offers.iter().map(|(name, _)| *name).collect::<Vec<_>>();
    negotiate::media_type(&negotiate::accept(request), &offers).ok_or_else(|| Problem::not_acceptable(&names()))
}

fn named(name: &str, forms: &[Form]) -> Result<Form, Problem> {
    forms.iter().copied().find(|form| form.extension() == name).ok_or_else(|| {
        let names = forms.iter().map(|form| form.extension()).collect::<Vec<_>>().join(", ");
        Problem::bad_request("api-format", format!("There is no format '{name}'.")).hint(format!("Formats: {names}."))
    })
}

/// The one version that a request reads: the cursor's, the one named, or the current one.
pub(super) fn version<'a>(
    entry: &'a Entry,
    named: Option<&str>,
    cursor: Option<VersionNumber>,
) -> Result<&'a Manifest, Problem> {
    let foreign = |detail: &str| Problem::bad_request("api-cursor", detail).hint("Begin without a cursor.");
    let Some(number) = cursor else {
        return Ok(match named {
            Some(named) => lookup::version(entry, named)?,
            None => lookup::current(entry)?,
        });
    };
    if named.is_some_and(|named| named != "latest" && named != number.to_string()) {
        return Err(foreign("The cursor belongs to another version."));
    }
    if !entry.versions.contains_key(&number) && !entry.withdrawn.contains_key(&number) {
        return Err(foreign("The cursor does not belong to this dataset."));
    }
    Ok(lookup::version(entry, &number.to_string())?)
}

fn content_type(form: Form) -> String {
    match form.media_type() {
        "text/csv" => "text/csv; charset=utf-8; header=present".to_owned(),
        kind => kind.to_owned(),
    }
}
