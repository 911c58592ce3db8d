//! `/d/{dataset}/v/{version}/{file}`: immutable bytes, as range readers want them (RFC 9110 sections 13 and 14).

use std::time::SystemTime;

use actix_web::{
    HttpMessage, HttpRequest, HttpResponse, HttpResponseBuilder,
    body::SizedStream,
    http::{
        Method, StatusCode,
        header::{self, HeaderName, HttpDate},
    },
    web,
};
use catalog::{
    Key,
    version::{Manifest, PublishedFile},
};
use config::FileFormat;
use futures::TryStreamExt;

use super::{
    pinned,
    range::{Wanted, wanted},
};
use crate::{asked::Asked, error::Problem, lookup, negotiate, state::State};

/// What never changes may be kept for a year, and must not be transformed on the way.
pub(crate) const IMMUTABLE: &str = "public, max-age=31536000, immutable, no-transform";

/// What a version has beside its files.
const DESCRIPTIONS: [&str; 7] = [
    "SHA256SUMS",
    "csvw.json",
    "datacontract.json",
    "datapackage.json",
    "gate-report.json",
    "manifest.json",
    "urls.txt",
];

/// A file of a version.
pub(crate) async fn file(
    state: web::Data<State>,
    request: HttpRequest,
    path: web::Path<(String, String, String)>,
) -> Result<HttpResponse, Problem> {
    let (dataset, number, name) = path.into_inner();
    let snapshot = state.snapshot();
    let entry = lookup::open_entry(&snapshot, &dataset)?;
    if number == "latest" {
        return redirect(&state, lookup::current(entry)?, &name);
    }
    let (manifest, file) = lookup::file_of(entry, &number, &name)?;
    let etag = format!("\"{}\"", file.sha256);
    if let Some(answer) = precondition(&request, manifest, file, &etag) {
        return answer;
    }
    match asked_range(&request, manifest, file, &etag) {
        Wanted::Nothing => Err(unsatisfiable(file)),
        Wanted::Whole => send(&state, &request, (manifest, file), StatusCode::OK, (0, file.bytes)).await,
        Wanted::Part(from, to) => {
            send(&state, &request, (manifest, file), StatusCode::PARTIAL_CONTENT, (from, to)).await
        }
    }
}

/// The file of the current version: a redirect to its immutable address.
pub(crate) async fn latest(
    state: web::Data<State>,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, Problem> {
    let (dataset, name) = path.into_inner();
    let snapshot = state.snapshot();
    let manifest = lookup::current(lookup::open_entry(&snapshot, &dataset)?)?;
    redirect(&state, manifest, &name)
}

/// To a file or description that the version has: nothing that a stranger wrote gets into the header.
fn redirect(state: &State, manifest: &Manifest, name: &str) -> Result<HttpResponse, Problem> {
    if !DESCRIPTIONS.contains(&name) {
        lookup::file(manifest, name)?;
    }
    let to = format!("{}d/{}/v/{}/{name}", state.config.base_url.path(), manifest.dataset, manifest.number);
    Ok(HttpResponse::Found()
        .insert_header((header::LOCATION, to))
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .insert_header((HeaderName::from_static("x-allmenning-version"), manifest.number.to_string()))
        .finish())
}

fn field(request: &HttpRequest, name: HeaderName) -> Option<&str> {
    request.headers().get(name)?.to_str().ok()
}

/// 412 or 304, in the order of RFC 9110 section 13.2.2.
fn precondition(
    request: &HttpRequest,
    manifest: &Manifest,
    file: &PublishedFile,
    etag: &str,
) -> Option<Result<HttpResponse, Problem>> {
    let modified = seconds(manifest);
    let failed = || Problem::new(StatusCode::PRECONDITION_FAILED, "api-precondition", "The file is another one.");
    let since = |name| field(request, name).and_then(parse_date);
    if let Some(list) = field(request, header::IF_MATCH) {
        if !negotiate::lists_etag(list, etag, false) {
            return Some(Err(failed()));
        }
    } else if since(header::IF_UNMODIFIED_SINCE).is_some_and(|date| modified > date) {
        return Some(Err(failed()));
    }
    let unchanged = match field(request, header::IF_NONE_MATCH) {
        Some(list) => negotiate::lists_etag(list, etag, true),
        None => since(header::IF_MODIFIED_SINCE).is_some_and(|date| modified <= date),
    };
    unchanged.then(|| Ok(describe(&mut HttpResponse::NotModified(), manifest, file).finish()))
}

/// The range asked for, unless `If-Range` names another state of the file (section 13.1.5). Only GET has ranges
/// (section 14.2).
fn asked_range(request: &HttpRequest, manifest: &Manifest, file: &PublishedFile, etag: &str) -> Wanted {
    if is_head(request) {
        return Wanted::Whole;
    }
    let same = match field(request, header::IF_RANGE) {
        None => true,
        Some(validator) if validator.contains('"') => validator.trim() == etag,
        Some(date) => parse_date(date) == Some(seconds(manifest)),
    };
    if same { wanted(field(request, header::RANGE), file.bytes) } else { Wanted::Whole }
}

/// HEAD is routed as GET; what was asked stands beside it.
fn is_head(request: &HttpRequest) -> bool {
    request.extensions().get::<Asked>().is_some_and(|asked| asked.method == Method::HEAD)
}

async fn send(
    state: &State,
    request: &HttpRequest,
    (manifest, file): (&Manifest, &PublishedFile),
    status: StatusCode,
    (from, to): (u64, u64),
) -> Result<HttpResponse, Problem> {
    let mut builder = HttpResponse::build(status);
    describe(&mut builder, manifest, file).content_type(content_type(file));
    if file.format == FileFormat::Csv {
        // Where readers of CSV on the Web look for the schema (Tabular Data Model, section 5.2).
        builder.insert_header((header::LINK, format!("<csvw.json>; rel=\"describedby\"; type=\"{}\"", pinned::CSVW)));
    }
    builder.insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename=\"{}\"", file.name)));
    if status == StatusCode::PARTIAL_CONTENT {
        let last = to.saturating_sub(1);
        builder.insert_header((header::CONTENT_RANGE, format!("bytes {from}-{last}/{}", file.bytes)));
    }
    let length = to.saturating_sub(from);
    if is_head(request) || length == 0 {
        let nothing = futures::stream::empty::<Result<web::Bytes, catalog::Error>>();
        return Ok(builder.body(SizedStream::new(length, nothing)));
    }
    let key = Key::File(manifest.dataset.clone(), file.sha256.clone(), file.format);
    let chunks = state.catalog.store().get_stream(&key, from..to).await?;
    let chunks = chunks.inspect_err(|error| tracing::error!(code = error.code(), %error, "file broke off"));
    Ok(builder.body(SizedStream::new(length, chunks)))
}

/// The validators and cache rules that 200, 206 and 304 share.
fn describe<'a>(
    builder: &'a mut HttpResponseBuilder,
    manifest: &Manifest,
    file: &PublishedFile,
) -> &'a mut HttpResponseBuilder {
    builder
        .insert_header((header::ETAG, format!("\"{}\"", file.sha256)))
        .insert_header((header::LAST_MODIFIED, HttpDate::from(SystemTime::from(manifest.published)).to_string()))
        .insert_header((header::ACCEPT_RANGES, "bytes"))
        .insert_header((header::CACHE_CONTROL, IMMUTABLE))
        .insert_header((HeaderName::from_static("x-allmenning-version"), manifest.number.to_string()))
}

fn unsatisfiable(file: &PublishedFile) -> Problem {
    Problem::new(StatusCode::RANGE_NOT_SATISFIABLE, "api-range", format!("The file has {} bytes.", file.bytes))
        .header(header::CONTENT_RANGE, &format!("bytes */{}", file.bytes))
        .header(header::ACCEPT_RANGES, "bytes")
}

fn content_type(file: &PublishedFile) -> String {
    let kind = file.format.media_type();
    if kind.starts_with("text/") { format!("{kind}; charset=utf-8") } else { kind.to_owned() }
}

fn seconds(manifest: &Manifest) -> i64 {
    manifest.published.as_second()
}

/// A date of HTTP (section 5.6.7) in seconds since 1970.
fn parse_date(text: &str) -> Option<i64> {
    let date: HttpDate = text.parse().ok()?;
    let since = SystemTime::from(date).duration_since(SystemTime::UNIX_EPOCH).ok()?;
    i64::try_from(since.as_secs()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_to_the_second() {
        assert_eq!(parse_date("Sun, 06 Nov 1994 08:49:37 GMT"), Some(784_111_777));
        assert_eq!(parse_date("1994-11-06"), None);
    }
}
