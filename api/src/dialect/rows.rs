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
    Entry, Key, Sha256,
    table::{Cancel, Table},
};
use futures::{StreamExt, TryStreamExt, stream, stream::BoxStream};
use serde_json::{Map, Value, json};
use tokio_util::io::ReaderStream;

use super::table::{Head, asked, version};
use crate::{
    asked::Asked,
    error::Problem,
    lookup,
    query::{Body, Cursor, Form, Page, Params, Plan, Tables, Total, TotalIs, Work, export, page, stream as everything},
    state::State,
};

/// Rows of a JSON page if no limit is given.
const DEFAULT_LIMIT: u64 = 100;

/// Registers the routes of this dialect.
pub(crate) fn configure(cfg: &mut web::ServiceConfig) {
    for path in
        ["/d/{dataset}/rows", "/d/{dataset}/rows.{extension:json|ndjson|csv|excel\\.csv|xlsx|parquet|arrow|geojson}"]
    {
        cfg.service(web::resource(path).route(web::get().to(rows)));
    }
}

async fn rows(state: web::Data<State>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let dataset = request.match_info().get("dataset").unwrap_or_default().to_owned();
    let asked = asked(&request, &Form::ALL)?;
    answer(&state, &request, &dataset, asked).await
}

/// A question that was checked, before it is run.
struct Question<'a> {
    head: Head<'a>,
    params: Params,
    plan: Arc<Plan>,
    /// Where the cursor points to.
    from: Option<u64>,
    /// Rows of the page; `None` for everything.
    page: Option<u64>,
    /// The most rows of an answer that is not a page.
    limit: Option<u64>,
    total: Total,
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
    if let Some(unchanged) = question.head.unchanged(request) {
        return Ok(unchanged);
    }
    let mut response = question.head.begin(request, dataset);
    let whole = question.plan.everything && question.page.is_none() && question.from.is_none();
    if form == Form::Parquet
        && whole
        && let Some(key) = Tables::key(question.head.manifest)
    {
        return stored(state, &mut response, &key).await;
    }
    if request.extensions().get::<Asked>().is_some_and(|asked| asked.method == Method::HEAD) {
        // How long the answer would be is not known before it is made.
        return Ok(response.streaming(stream::empty::<catalog::Result<web::Bytes>>()));
    }
    let table = state.tables.get(state.catalog.store(), question.head.manifest).await?;
    let total = total(state, &question, &table).await?;
    if let Some((rows, is)) = total {
        response.insert_header((HeaderName::from_static("x-total-count"), rows.to_string()));
        response.insert_header((HeaderName::from_static("x-total-is"), is.name()));
    }
    match question.page {
        Some(limit) => {
            let (source, plan, from) = (table.clone(), Arc::clone(&question.plan), question.from);
            let read = |cancel| async move { page(&source, &plan, (from, limit), &cancel).await };
            let page = state.queries.run(Work::Page, read).await?;
            let address = format!("{}{}", state.base(), request.path().trim_start_matches('/'));
            send_page(response, state, &question, &table, (page, total, &address)).await
        }
        None => send_everything(response, state, &question, table).await,
    }
}

fn question(entry: &Entry, params: Params, form: Form, max: u64) -> Result<Question<'_>, Problem> {
    let cursor = params.get("cursor").map(Cursor::parse).transpose()?;
    if params.get("having").is_some() {
        let problem = Problem::bad_request("api-parameter", "'having' is a condition on groups, not on rows.");
        return Err(problem.hint("Ask /aggregate, or write column=operator.value."));
    }
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
    let total = Total::read(params.get("total"))?;
    let from = cursor.map(|(cursor, _)| cursor.position);
    let identity =
        format!("{} {form:?} {from:?} {limit:?} {max} {total:?} {}", plan.question, env!("CARGO_PKG_VERSION"));
    let etag = format!("\"{}\"", Sha256::of(identity.as_bytes()));
    let pinned = params.get("version").is_some_and(|named| named != "latest") || from.is_some();
    let head = Head { manifest, form, etag, pinned };
    Ok(Question { head, params, plan: Arc::new(plan), from, page, limit, total })
}

/// How many rows match, in all pages: known without a look where there is no condition, else counted if asked for.
async fn total(state: &State, question: &Question<'_>, table: &Table) -> Result<Option<(u64, TotalIs)>, Problem> {
    let Some(predicate) = question.plan.predicate.clone() else { return Ok(Some((table.rows(), TotalIs::Exact))) };
    let (total, source) = (question.total, table.clone());
    if total == Total::Free {
        return Ok(None);
    }
    let count = |cancel| async move { total.count(&source, &predicate, &cancel).await };
    state.queries.run(Work::Page, count).await.map(Some)
}

/// The whole table as it was published.
async fn stored(state: &State, response: &mut HttpResponseBuilder, key: &Key) -> Result<HttpResponse, Problem> {
    let store = state.catalog.store();
    let size = store.size(key).await?;
    let chunks = store.get_stream(key, 0..size).await?.inspect_err(log);
    Ok(response.body(SizedStream::new(size, chunks)))
}

async fn send_page(
    mut response: HttpResponseBuilder,
    state: &State,
    question: &Question<'_>,
    table: &Table,
    (page, total, address): (Page, Option<(u64, TotalIs)>, &str),
) -> Result<HttpResponse, Problem> {
    let version = question.head.manifest.number;
    let next = page.next.map(|position| {
        let cursor = Cursor { version, position }.seal(&question.plan.question);
        question.params.with_cursor(address, &cursor)
    });
    if let Some(next) = &next {
        response.insert_header((header::LINK, format!("<{next}>; rel=\"next\"")));
    }
    if question.head.form.is_file() {
        let batches = stream::iter(page.batches.into_iter().map(Ok)).boxed();
        let whole = |_| async { Ok(batches) };
        return send_file(&mut response, state, question, whole).await;
    }
    let mut members = Map::new();
    if let Some((rows, is)) = total {
        members.insert("total".to_owned(), json!(rows));
        members.insert("total_is".to_owned(), Value::from(is.name()));
    }
    let select = &question.plan.select;
    let schema = select.schema(&table.schema()).map_err(Problem::internal)?;
    let body = question.head.page((&schema, &select.columns), &page.batches, members, next.as_deref())?;
    Ok(response.body(body))
}

async fn send_everything(
    mut response: HttpResponseBuilder,
    state: &State,
    question: &Question<'_>,
    table: Table,
) -> Result<HttpResponse, Problem> {
    let (plan, offset, limit) = (Arc::clone(&question.plan), question.from.unwrap_or(0), question.limit);
    if question.head.form.is_file() {
        let all = move |cancel| async move { everything(&table, &plan, (offset, limit), &cancel).await };
        return send_file(&mut response, state, question, all).await;
    }
    let schema = plan.select.schema(&table.schema()).map_err(Problem::internal)?;
    let body = Body::new(question.head.form, &schema, &plan.select.columns)?;
    let chunks = move |cancel| async move {
        Ok(body.stream(everything(&table, &plan, (offset, limit), &cancel).await?).boxed())
    };
    Ok(response.streaming(state.queries.stream(chunks).await?.inspect_err(log)))
}

/// The rows as a file, which is made whole before its first byte is sent.
async fn send_file<F>(
    response: &mut HttpResponseBuilder,
    state: &State,
    question: &Question<'_>,
    batches: impl FnOnce(Cancel) -> F + Send + 'static,
) -> Result<HttpResponse, Problem>
where
    F: Future<Output = Result<BoxStream<'static, catalog::Result<RecordBatch>>, Problem>> + Send + 'static,
{
    let (columns, most) = (question.plan.select.columns.clone(), state.config.server.max_export_bytes);
    let form = question.head.form;
    let write = move |cancel| async move { export(form, columns, batches(cancel).await?, most).await };
    let file = state.queries.run(Work::Stream, write).await?;
    let size = file.metadata().map_err(Problem::internal)?.len();
    let chunks = ReaderStream::new(tokio::fs::File::from_std(file));
    Ok(response.body(SizedStream::new(size, chunks)))
}

fn log(error: &catalog::Error) {
    tracing::error!(code = error.code(), %error, "rows broke off");
}
