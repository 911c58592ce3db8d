//! `/d/{dataset}/rows`: rows of the current or a named version. A request reads one version, whose number is in the
//! answer; the entity tag is known, and compared, before anything is read.

use std::{future::Future, sync::Arc};

use actix_web::{
    HttpMessage, HttpRequest, HttpResponse, HttpResponseBuilder,
    body::SizedStream,
    http::{
        Method,
        header::{self, HeaderName},
    },
    web,
};
use arrow::record_batch::RecordBatch;
use catalog::{
    Entry, Sha256,
    table::{Cancel, TableFile},
    version::{Manifest, VersionNumber},
};
use futures::{StreamExt, TryStreamExt, stream, stream::BoxStream};
use serde_json::json;
use tokio_util::io::ReaderStream;

use crate::{
    asked::Asked,
    error::Problem,
    lookup, negotiate,
    query::{Body, Cursor, Form, Page, Params, Plan, Tables, Work, page, parquet, stream as everything},
    state::State,
};

/// Rows of a JSON page if no limit is given.
const DEFAULT_LIMIT: u64 = 100;
/// How long an answer about a named version may be kept: versions never change, but can be withdrawn.
const PINNED: &str = "public, max-age=300";
/// An answer about the current version must be asked for again; mostly that is a 304.
const CURRENT: &str = "public, no-cache";

/// Registers the routes of this dialect.
pub(crate) fn configure(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/d/{dataset}/rows").route(web::get().to(rows))).service(
        web::resource("/d/{dataset}/rows.{extension:json|ndjson|csv|parquet|arrow|geojson}")
            .route(web::get().to(rows_as)),
    );
}

async fn rows(
    state: web::Data<State>,
    request: HttpRequest,
    dataset: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let params = Params::read(request.query_string())?;
    let form = params.get("format").map_or_else(|| accepted(&request), named)?;
    answer(&state, &request, &dataset, (params, form)).await
}

async fn rows_as(
    state: web::Data<State>,
    request: HttpRequest,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, Problem> {
    let (dataset, extension) = path.into_inner();
    let params = Params::read(request.query_string())?;
    let form = named(&extension)?;
    if params.get("format").is_some_and(|format| format != extension) {
        return Err(Problem::bad_request("api-format", "The address names two formats.").hint("Leave out 'format'."));
    }
    answer(&state, &request, &dataset, (params, form)).await
}

fn accepted(request: &HttpRequest) -> Result<Form, Problem> {
    let offers = Form::ALL.map(|form| (form.media_type(), form));
    negotiate::media_type(&negotiate::accept(request), &offers)
        .ok_or_else(|| Problem::not_acceptable(&offers.map(|(name, _)| name)))
}

fn named(name: &str) -> Result<Form, Problem> {
    Form::ALL.into_iter().find(|form| form.extension() == name).ok_or_else(|| {
        let names = Form::ALL.map(Form::extension).join(", ");
        Problem::bad_request("api-format", format!("There is no format '{name}'.")).hint(format!("Formats: {names}."))
    })
}

/// A question that was checked, before it is run.
struct Question<'a> {
    manifest: &'a Manifest,
    params: Params,
    form: Form,
    plan: Arc<Plan>,
    /// Where the cursor points to.
    from: Option<u64>,
    /// Rows of the page; `None` for everything.
    page: Option<u64>,
    /// The most rows of an answer that is not a page.
    limit: Option<u64>,
    etag: String,
}

async fn answer(
    state: &State,
    request: &HttpRequest,
    dataset: &str,
    (params, form): (Params, Form),
) -> Result<HttpResponse, Problem> {
    let snapshot = state.snapshot();
    let entry = lookup::open_entry(&snapshot, dataset)?;
    let question = question(entry, params, form, u64::from(state.config.server.max_page_rows))?;
    let mut response = HttpResponse::Ok();
    describe(&mut response, request, &question);
    let seen = request.headers().get(header::IF_NONE_MATCH).and_then(|list| list.to_str().ok());
    if seen.is_some_and(|list| negotiate::lists_etag(list, &question.etag, true)) {
        let mut unchanged = HttpResponse::NotModified();
        describe(&mut unchanged, request, &question);
        return Ok(unchanged.finish());
    }
    response.content_type(content_type(form));
    if matches!(form, Form::Parquet | Form::Arrow | Form::Text(config::FileFormat::Csv)) {
        let name = format!("{dataset}-v{}.{}", question.manifest.number, form.extension());
        response.insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")));
    }
    if form == Form::Parquet && question.plan.everything && question.page.is_none() && question.from.is_none() {
        return stored(state, &mut response, question.manifest).await;
    }
    if request.extensions().get::<Asked>().is_some_and(|asked| asked.method == Method::HEAD) {
        // How long the answer would be is not known before it is made.
        return Ok(response.streaming(stream::empty::<catalog::Result<web::Bytes>>()));
    }
    let table = state.tables.get(state.catalog.store(), question.manifest).await?;
    match question.page {
        Some(limit) => {
            let (source, plan, from) = (table.clone(), Arc::clone(&question.plan), question.from);
            let read = |cancel| async move { page(&source, &plan, (from, limit), &cancel).await };
            let page = state.queries.run(Work::Page, read).await?;
            let address = format!("{}{}", state.base(), request.path().trim_start_matches('/'));
            send_page(response, state, &question, &table, (page, &address)).await
        }
        None => send_everything(response, state, &question, table).await,
    }
}

fn question(entry: &Entry, params: Params, form: Form, max: u64) -> Result<Question<'_>, Problem> {
    let cursor = params.get("cursor").map(Cursor::parse).transpose()?;
    let manifest = version(entry, params.get("version"), cursor.as_ref().map(|(cursor, _)| cursor.version))?;
    let plan = Plan::new(&params, &entry.dataset, manifest)?;
    if let Some((cursor, seal)) = &cursor {
        cursor.check(seal, &plan.question)?;
    }
    let limit = params.limit((form == Form::Json).then_some(max))?;
    let page = match limit {
        None if form == Form::Json => Some(DEFAULT_LIMIT.min(max)),
        limit => limit.filter(|limit| *limit <= max),
    };
    if page.is_none() && !plan.order.is_empty() {
        return Err(Problem::bad_request("api-order", format!("At most {max} rows can be sorted in one answer."))
            .hint(format!("Add limit={max} and follow the Link header, or leave out 'order'.")));
    }
    let from = cursor.map(|(cursor, _)| cursor.position);
    let identity = format!("{} {form:?} {from:?} {limit:?} {max} {}", plan.question, env!("CARGO_PKG_VERSION"));
    let etag = format!("\"{}\"", Sha256::of(identity.as_bytes()));
    Ok(Question { manifest, params, form, plan: Arc::new(plan), from, page, limit, etag })
}

/// The one version that the request reads: the cursor's, the one named, or the current one.
fn version<'a>(entry: &'a Entry, named: Option<&str>, cursor: Option<VersionNumber>) -> Result<&'a Manifest, Problem> {
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

/// The headers that 200 and 304 share.
fn describe(response: &mut HttpResponseBuilder, request: &HttpRequest, question: &Question<'_>) {
    let pinned = question.params.get("version").is_some_and(|named| named != "latest") || question.from.is_some();
    // A proxy that repacks a binary file would make its checksum wrong.
    let binary = if matches!(question.form, Form::Parquet | Form::Arrow) { ", no-transform" } else { "" };
    response
        .insert_header((header::ETAG, question.etag.clone()))
        .insert_header((header::CACHE_CONTROL, format!("{}{binary}", if pinned { PINNED } else { CURRENT })))
        .insert_header((HeaderName::from_static("x-allmenning-version"), question.manifest.number.to_string()));
    if request.match_info().get("extension").is_none() {
        response.insert_header((header::VARY, "Accept"));
    }
}

fn content_type(form: Form) -> String {
    match form.media_type() {
        "text/csv" => "text/csv; charset=utf-8; header=present".to_owned(),
        kind => kind.to_owned(),
    }
}

/// The whole table as it was published.
async fn stored(
    state: &State,
    response: &mut HttpResponseBuilder,
    manifest: &Manifest,
) -> Result<HttpResponse, Problem> {
    let store = state.catalog.store();
    let key = Tables::key(manifest)?;
    let size = store.size(&key).await?;
    let chunks = store.get_stream(&key, 0..size).await?.inspect_err(log);
    Ok(response.body(SizedStream::new(size, chunks)))
}

async fn send_page(
    mut response: HttpResponseBuilder,
    state: &State,
    question: &Question<'_>,
    table: &TableFile,
    (page, address): (Page, &str),
) -> Result<HttpResponse, Problem> {
    let version = question.manifest.number;
    let next = page.next.map(|position| {
        let cursor = Cursor { version, position }.seal(&question.plan.question);
        question.params.with_cursor(address, &cursor)
    });
    if let Some(next) = &next {
        response.insert_header((header::LINK, format!("<{next}>; rel=\"next\"")));
    }
    if question.form == Form::Parquet {
        let batches = stream::iter(page.batches.into_iter().map(Ok)).boxed();
        let whole = |_| async { Ok(batches) };
        return send_parquet(&mut response, state, question, whole).await;
    }
    let body = Body::new(question.form, table, &question.plan)?.whole(&page.batches)?;
    if question.form != Form::Json {
        return Ok(response.body(body));
    }
    let mut document =
        format!("{{\"dataset\":\"{}\",\"version\":{version},\"rows\":[\n", question.manifest.dataset).into_bytes();
    // One object a line becomes a list: JSON texts hold no line feeds.
    let lines: Vec<&[u8]> = body.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).collect();
    document.extend(lines.join(&b",\n"[..]));
    document.extend(format!("\n],\"next\":{}}}\n", json!(next)).into_bytes());
    Ok(response.body(document))
}

async fn send_everything(
    mut response: HttpResponseBuilder,
    state: &State,
    question: &Question<'_>,
    table: TableFile,
) -> Result<HttpResponse, Problem> {
    let (plan, offset, limit) = (Arc::clone(&question.plan), question.from.unwrap_or(0), question.limit);
    if question.form == Form::Parquet {
        let all = move |cancel| async move { everything(&table, &plan, (offset, limit), &cancel).await };
        return send_parquet(&mut response, state, question, all).await;
    }
    let body = Body::new(question.form, &table, &plan)?;
    let chunks = move |cancel| async move {
        Ok(body.stream(everything(&table, &plan, (offset, limit), &cancel).await?).boxed())
    };
    Ok(response.streaming(state.queries.stream(chunks).await?.inspect_err(log)))
}

/// The rows as a Parquet file, which is made whole before its first byte is sent.
async fn send_parquet<F>(
    response: &mut HttpResponseBuilder,
    state: &State,
    question: &Question<'_>,
    batches: impl FnOnce(Cancel) -> F + Send + 'static,
) -> Result<HttpResponse, Problem>
where
    F: Future<Output = Result<BoxStream<'static, catalog::Result<RecordBatch>>, Problem>> + Send + 'static,
{
    let (columns, most) = (question.plan.columns.clone(), state.config.server.max_export_bytes);
    let write = |cancel| async move { parquet(columns, batches(cancel).await?, most).await };
    let file = state.queries.run(Work::Stream, write).await?;
    let size = file.metadata().map_err(Problem::internal)?.len();
    let chunks = ReaderStream::new(tokio::fs::File::from_std(file));
    Ok(response.body(SizedStream::new(size, chunks)))
}

fn log(error: &catalog::Error) {
    tracing::error!(code = error.code(), %error, "rows broke off");
}
