//! `/d/{dataset}/aggregate`: groups of rows and numbers about them. As with rows, one version is read, and the entity
//! tag is compared before anything is.

use std::sync::Arc;

use actix_web::{HttpMessage, HttpRequest, HttpResponse, http::Method, http::header, web};
use catalog::{Entry, Sha256};
use futures::{StreamExt, stream};
use serde_json::Map;

use super::table::{Head, asked, version};
use crate::{
    asked::Asked,
    error::Problem,
    lookup,
    query::{Aggregate, Cursor, Form, Params, Work, aggregate, export},
    state::State,
};

/// The zone in which instants belong to a day where the dataset's schedule names none.
pub(super) const ZONE: &str = "Europe/Oslo";

/// Registers the routes of this dialect.
pub(crate) fn configure(cfg: &mut web::ServiceConfig) {
    for path in
        ["/d/{dataset}/aggregate", "/d/{dataset}/aggregate.{extension:json|ndjson|csv|excel\\.csv|xlsx|parquet|arrow}"]
    {
        cfg.service(web::resource(path).route(web::get().to(groups)));
    }
}

async fn groups(state: web::Data<State>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let dataset = request.match_info().get("dataset").unwrap_or_default().to_owned();
    let asked = asked(&request, &Form::PLAIN)?;
    answer(&state, &request, &dataset, asked).await
}

/// A question that was checked, before it is run.
struct Question<'a> {
    head: Head<'a>,
    params: Params,
    ask: Arc<Aggregate>,
    /// Groups to leave out.
    from: usize,
    /// Groups of the page; `None` for all.
    limit: Option<usize>,
}

fn question(entry: &Entry, params: Params, form: Form, max: u64) -> Result<Question<'_>, Problem> {
    if params.get("total").is_some() {
        let problem = Problem::bad_request("api-parameter", "'total' counts rows, and there are none here.");
        return Err(problem.hint("Select count()."));
    }
    let cursor = params.get("cursor").map(Cursor::parse).transpose()?;
    let manifest = version(entry, params.get("version"), cursor.as_ref().map(|(cursor, _)| cursor.version))?;
    let root = format!("{} {}", manifest.dataset, manifest.number);
    let zone = entry.dataset.file.schedule.as_ref().map_or(ZONE, |schedule| &schedule.time_zone);
    let ask = Aggregate::new(&params, &manifest.columns, &root, zone)?;
    if let Some((cursor, seal)) = &cursor {
        cursor.check(seal, &ask.question)?;
    }
    let paged = form == Form::Json;
    let limit = params.limit(paged.then_some(max))?.or(paged.then_some(max));
    let from = cursor.as_ref().map_or(0, |(cursor, _)| cursor.position);
    let identity = format!("{} {form:?} {from} {limit:?} {}", ask.question, env!("CARGO_PKG_VERSION"));
    let etag = format!("\"{}\"", Sha256::of(identity.as_bytes()));
    let pinned = params.get("version").is_some_and(|named| named != "latest") || cursor.is_some();
    let head = Head { manifest, form, etag, pinned };
    let number = |rows: u64| usize::try_from(rows).unwrap_or(usize::MAX);
    Ok(Question { head, params, ask: Arc::new(ask), from: number(from), limit: limit.map(number) })
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
    let mut response = question.head.begin(request, &format!("{dataset}-aggregate"));
    if request.extensions().get::<Asked>().is_some_and(|asked| asked.method == Method::HEAD) {
        return Ok(response.streaming(stream::empty::<catalog::Result<web::Bytes>>()));
    }
    let table = state.tables.get(state.catalog.store(), question.head.manifest).await?;
    let ask = Arc::clone(&question.ask);
    let read = |cancel| async move { aggregate(&table, &ask, &cancel).await };
    let all = state.queries.run(Work::Page, read).await?;
    let from = question.from.min(all.num_rows());
    let rows = question.limit.unwrap_or(usize::MAX).min(all.num_rows() - from);
    let next = (from + rows < all.num_rows()).then(|| {
        let position = u64::try_from(from + rows).unwrap_or(u64::MAX);
        let cursor = Cursor { version: question.head.manifest.number, position }.seal(&question.ask.question);
        let address = format!("{}{}", state.base(), request.path().trim_start_matches('/'));
        question.params.with_cursor(&address, &cursor)
    });
    if let Some(next) = &next {
        response.insert_header((header::LINK, format!("<{next}>; rel=\"next\"")));
    }
    let (page, columns) = (all.slice(from, rows), &question.ask.columns);
    if form.is_file() {
        let most = state.config.server.max_export_bytes;
        let columns = columns.clone();
        let write = |_| async move { export(form, columns, stream::iter([Ok(page)]).boxed(), most).await };
        let file = state.queries.run(Work::Stream, write).await?;
        let size = file.metadata().map_err(Problem::internal)?.len();
        let chunks = tokio_util::io::ReaderStream::new(tokio::fs::File::from_std(file));
        return Ok(response.body(actix_web::body::SizedStream::new(size, chunks)));
    }
    Ok(response.body(question.head.page(
        (&page.schema(), columns),
        std::slice::from_ref(&page),
        Map::new(),
        next.as_deref(),
    )?))
}
