//! The pages: server-rendered, complete without scripts, in bokmål, nynorsk and English.

mod document;
mod gates;
mod page;
mod report;
mod sparql;
mod status;
mod view;

use actix_web::{
    HttpRequest, HttpResponse, ResponseError,
    http::{StatusCode, header},
    web,
};
use askama::Template;
use catalog::{Sha256, Snapshot, version::VersionNumber};
use config::{DatasetId, Language};
pub(crate) use document::{Body, Document, Item, Section, document};
use page::Page;
pub(crate) use sparql::sparql_form;
pub(crate) use status::status;
use view::{ColumnView, DatasetView, Item as Card, VersionView};

use super::{
    facets::{self, FacetView},
    map::{self, MapView},
    preview::{self, Preview},
    texts,
};
use crate::{codes::CODES, error::Problem, lookup, negotiate, route::Route, state::State};

/// Longest search text, in characters.
const MAX_SEARCH: usize = 200;

#[derive(Template)]
#[template(path = "list.html")]
struct ListPage<'a> {
    page: Page<'a>,
    lead: &'a str,
    query: String,
    facets: Vec<FacetView>,
    /// Filters that a new search keeps: names and values.
    kept: Vec<(&'static str, String)>,
    items: Vec<Card<'a>>,
}

#[derive(Template)]
#[template(path = "dataset.html")]
struct DatasetPage<'a> {
    page: Page<'a>,
    d: DatasetView<'a>,
    columns: Vec<ColumnView>,
    preview: Option<Preview>,
    map: Option<MapView>,
    /// The dataset as search engines read it.
    schema_org: String,
}

#[derive(Template)]
#[template(path = "version.html")]
struct VersionPage<'a> {
    page: Page<'a>,
    v: VersionView<'a>,
    open: bool,
    dataset_href: String,
    newer: Option<(VersionNumber, String)>,
    columns: Vec<ColumnView>,
}

#[derive(Template)]
#[template(path = "docs.html")]
struct DocsPage<'a> {
    page: Page<'a>,
    routes: &'static [Route],
}

#[derive(Template)]
#[template(path = "errors.html")]
struct ErrorsPage<'a> {
    page: Page<'a>,
    codes: &'static [(&'static str, &'static str)],
}

#[derive(Template)]
#[template(path = "problem.html")]
struct ProblemPage<'a> {
    page: Page<'a>,
    detail: &'a str,
    hint: Option<&'a str>,
    code: &'a str,
    id: Option<&'a str>,
}

/// The datasets, with search, in the language that the client prefers.
pub(crate) async fn list(state: web::Data<State>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    list_page(&state, &state.snapshot(), &request, negotiate::language(&request))
}

/// The datasets in one language.
pub(crate) async fn list_in(
    state: web::Data<State>,
    request: HttpRequest,
    path: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    list_page(&state, &state.snapshot(), &request, tagged(&path)?)
}

/// A dataset's page in one language.
pub(crate) async fn dataset_in(
    state: web::Data<State>,
    request: HttpRequest,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, Problem> {
    let (tag, dataset) = path.into_inner();
    let snapshot = state.snapshot();
    let id = &lookup::entry(&snapshot, &dataset)?.dataset.id;
    dataset_page(&state, &snapshot, &request, id, tagged(&tag)?).await
}

/// How the runs stand, in one language.
pub(crate) async fn status_in(
    state: web::Data<State>,
    request: HttpRequest,
    path: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    status(&state, &state.snapshot(), &request, tagged(&path)?)
}

/// A version's page in one language.
pub(crate) async fn version_in(
    state: web::Data<State>,
    request: HttpRequest,
    path: web::Path<(String, String, String)>,
) -> Result<HttpResponse, Problem> {
    let (tag, dataset, number) = path.into_inner();
    version(&state, &state.snapshot(), &request, (&dataset, &number), tagged(&tag)?)
}

/// The list of datasets; `?q=` searches.
pub(crate) fn list_page(
    state: &State,
    snapshot: &Snapshot,
    request: &HttpRequest,
    language: Language,
) -> Result<HttpResponse, Problem> {
    let query: String = negotiate::query(request, "q").unwrap_or_default().chars().take(MAX_SEARCH).collect();
    let config = &state.config;
    let page = Page::new(config, language, config.catalog.title.get(language).to_owned(), "");
    let filters = facets::read(request);
    let found = snapshot.search.ask(&query, &filters, language);
    let entries = found.hits.iter().filter_map(|hit| snapshot.datasets.get(&hit.dataset));
    let items = entries.map(|entry| Card::new(entry, &page)).collect();
    let facets = facets::views(&page.home(), &query, (&filters, &found.counts), language);
    let kept = filters.iter().map(|(facet, value)| (facet.name(), value.to_owned())).collect();
    answer(request, &ListPage { lead: config.catalog.description.get(language), query, facets, kept, items, page })
}

/// A dataset's page.
pub(crate) async fn dataset_page(
    state: &State,
    snapshot: &Snapshot,
    request: &HttpRequest,
    id: &DatasetId,
    language: Language,
) -> Result<HttpResponse, Problem> {
    let entry = lookup::entry(snapshot, id.as_str())?;
    let title = entry.dataset.file.title.get(language).to_owned();
    let page = Page::new(&state.config, language, title, &format!("d/{id}"));
    let mut d = DatasetView::new(entry, &page);
    d.late = state.standings().get(id).filter(|standing| standing.late).map(|standing| view::late(standing, &page));
    let columns = match entry.current() {
        Some(manifest) => view::columns(&manifest.columns, &manifest.key, language),
        None => view::columns(&catalog::table::columns_of(&entry.dataset, None), &entry.dataset.key, language),
    };
    let preview = match entry.current().filter(|_| d.open) {
        Some(manifest) => match preview::read(state, (entry, manifest), request.query_string(), language).await {
            Err(problem) if problem.status_code().is_client_error() => return Err(problem),
            read => read.unwrap_or_else(|error| {
                tracing::warn!(code = error.code(), %error, dataset = %id, "no preview");
                None
            }),
        },
        None => None,
    };
    let map = match entry.current().filter(|_| d.open) {
        Some(manifest) => map::on_page(state, (entry, manifest), language).await.unwrap_or_else(|error| {
            tracing::warn!(code = error.code(), %error, dataset = %id, "no map");
            None
        }),
        None => None,
    };
    let schema_org = super::research::schema_org(state, entry, language);
    answer(request, &DatasetPage { page, d, columns, preview, map, schema_org })
}

/// A version's page.
pub(crate) fn version(
    state: &State,
    snapshot: &Snapshot,
    request: &HttpRequest,
    (dataset, number): (&str, &str),
    language: Language,
) -> Result<HttpResponse, Problem> {
    let entry = lookup::entry(snapshot, dataset)?;
    let manifest = lookup::version(entry, number)?;
    let heading = format!(
        "{}, {} {}",
        entry.dataset.file.title.get(language),
        texts::words(language).version.to_lowercase(),
        manifest.number
    );
    let page = Page::new(&state.config, language, heading, &format!("d/{dataset}/v/{}", manifest.number));
    let newest = entry.current().map(|current| current.number).filter(|newest| *newest > manifest.number);
    let view = VersionPage {
        v: VersionView::new(&entry.dataset, manifest, &page),
        open: view::is_open(&entry.dataset),
        dataset_href: page.link(&format!("d/{dataset}")),
        newer: newest.map(|newest| (newest, page.link(&format!("d/{dataset}/v/{newest}")))),
        columns: view::columns(&manifest.columns, &manifest.key, language),
        page,
    };
    answer(request, &view)
}

/// The routes, for readers.
pub(crate) fn docs(state: &State, request: &HttpRequest, language: Language) -> Result<HttpResponse, Problem> {
    let page = Page::plain(&state.config, language, texts::words(language).docs.to_owned(), "docs");
    answer(request, &DocsPage { page, routes: state.routes })
}

/// What the codes of problems mean.
pub(crate) fn errors(state: &State, request: &HttpRequest, language: Language) -> Result<HttpResponse, Problem> {
    let page = Page::plain(&state.config, language, texts::words(language).errors.to_owned(), "docs/errors");
    answer(request, &ErrorsPage { page, codes: CODES })
}

/// A problem as a page for browsers; `None` if it cannot be rendered.
pub(crate) fn problem(state: &State, request: &HttpRequest, problem: &Problem, id: &str) -> Option<HttpResponse> {
    let first = request.path().split('/').nth(1).and_then(negotiate::tagged);
    let language = first.unwrap_or_else(|| negotiate::language(request));
    let words = texts::words(language);
    let status = problem.status_code();
    let heading = if status == StatusCode::NOT_FOUND { words.problem_not_found } else { words.problem };
    let page = ProblemPage {
        page: Page::new(&state.config, language, heading.to_owned(), ""),
        detail: problem.public_detail(),
        hint: problem.public_hint(),
        code: problem.code(),
        id: status.is_server_error().then_some(id),
    };
    Some(problem.answer("text/html; charset=utf-8", page.render().ok()?))
}

fn tagged(tag: &str) -> Result<Language, Problem> {
    negotiate::tagged(tag).ok_or_else(|| Problem::not_found(format!("There are no pages in '{tag}'.")))
}

/// A page that may be kept but must be checked; its tag is its hash.
fn answer(request: &HttpRequest, page: &impl Template) -> Result<HttpResponse, Problem> {
    let body = page.render().map_err(Problem::internal)?;
    let hash = Sha256::of(body.as_bytes());
    let etag = format!("\"{}\"", hash.as_str().get(..32).unwrap_or_default());
    let known = request.headers().get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let unchanged = known.is_some_and(|list| negotiate::lists_etag(list, &etag, true));
    let mut builder = if unchanged { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    builder
        .insert_header((header::ETAG, etag))
        .insert_header((header::VARY, "Accept, Accept-Language"))
        .insert_header((header::CACHE_CONTROL, "public, no-cache"));
    if unchanged {
        return Ok(builder.finish());
    }
    Ok(builder.content_type("text/html; charset=utf-8").body(body))
}
