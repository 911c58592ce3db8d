//! The catalogue and its datasets as RDF, JSON and feed, by `Accept` or by extension.

use std::collections::BTreeMap;

use actix_web::{HttpRequest, HttpResponse, http::header, web};
use catalog::{
    EU_MOST, Entry, FDK_MOST, Sha256, Snapshot,
    graph::RdfFormat,
    version::{ColumnInfo, VersionNumber, Withdrawal},
    vocab::{dcat_ap_no, fdk_id, fdk_page},
};
use config::{ColumnType, Language};
use serde_json::{Value, json};

use super::{facets, html};
use crate::{
    error::Problem,
    lookup, negotiate,
    state::{Document, State},
};

/// Part of every tag: another program may write the same state in another way.
const PROGRAM: &str = env!("CARGO_PKG_VERSION");

/// The forms of a description; the page first, so that it is what a client without wishes gets.
const OFFERS: [(&str, Option<RdfFormat>); 6] = [
    ("text/html", None),
    ("text/turtle", Some(RdfFormat::Turtle)),
    ("application/ld+json", Some(RdfFormat::JsonLd)),
    ("application/rdf+xml", Some(RdfFormat::RdfXml)),
    ("application/n-triples", Some(RdfFormat::NTriples)),
    ("application/json", Some(RdfFormat::JsonLd)),
];

/// The whole catalogue, by `Accept`.
pub(crate) async fn catalog(state: web::Data<State>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let snapshot = state.snapshot();
    match wanted(&request)? {
        None => html::list_page(&state, &snapshot, &request, negotiate::language(&request)),
        Some(format) => rdf(&state, &snapshot, &request, &Document::Catalogue, format),
    }
}

/// The whole catalogue, by extension.
pub(crate) async fn catalog_as(
    state: web::Data<State>,
    request: HttpRequest,
    path: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let document = match page(&request)? {
        None => Document::Catalogue,
        Some(page) => Document::Page(page),
    };
    rdf(&state, &state.snapshot(), &request, &document, by_extension(&path)?)
}

/// The page of the catalogue that is asked for; `None` for all of it.
fn page(request: &HttpRequest) -> Result<Option<usize>, Problem> {
    let asked = url::form_urlencoded::parse(request.query_string().as_bytes()).find(|(name, _)| name == "page");
    let Some((_, text)) = asked else { return Ok(None) };
    let number = text.parse::<usize>().ok().filter(|page| *page > 0);
    let wrong = || Problem::bad_request("api-page", format!("'{text}' is no page: pages are counted from 1."));
    number.map(Some).ok_or_else(wrong)
}

/// The whole catalogue as data.norge.no checks it, by extension.
pub(crate) async fn catalog_for_fdk(
    state: web::Data<State>,
    request: HttpRequest,
    path: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    rdf(&state, &state.snapshot(), &request, &Document::ForFdk, by_extension(&path)?)
}

/// One dataset, by `Accept`.
pub(crate) async fn dataset(
    state: web::Data<State>,
    request: HttpRequest,
    path: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let snapshot = state.snapshot();
    let id = &lookup::entry(&snapshot, &path)?.dataset.id;
    match wanted(&request)? {
        None => html::dataset_page(&state, &snapshot, &request, id, negotiate::language(&request)).await,
        Some(format) => rdf(&state, &snapshot, &request, &Document::Dataset(id.clone()), format),
    }
}

/// One dataset, by extension.
pub(crate) async fn dataset_as(
    state: web::Data<State>,
    request: HttpRequest,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, Problem> {
    let (dataset, extension) = path.into_inner();
    let snapshot = state.snapshot();
    let id = &lookup::entry(&snapshot, &dataset)?.dataset.id;
    rdf(&state, &snapshot, &request, &Document::Dataset(id.clone()), by_extension(&extension)?)
}

/// All datasets as a plain list.
pub(crate) async fn datasets(state: web::Data<State>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let snapshot = state.snapshot();
    let language = negotiate::language(&request);
    let query = negotiate::query(&request, "q").unwrap_or_default();
    let found = snapshot.search.ask(&query, &facets::read(&request), language);
    let list: Vec<Value> = found
        .hits
        .iter()
        .filter_map(|hit| snapshot.datasets.get(&hit.dataset))
        .map(|entry| summary(&state, entry, language))
        .collect();
    Ok(json_answer(
        &request,
        &json!({ "datasets": list, "total": list.len(), "facets": facets::document(&found.counts) }),
        &snapshot.etag,
    ))
}

/// The columns of the current version, or the declared ones before there is one.
pub(crate) async fn schema(
    state: web::Data<State>,
    request: HttpRequest,
    path: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let snapshot = state.snapshot();
    let entry = lookup::entry(&snapshot, &path)?;
    let current = entry.current();
    let declared = || catalog::table::columns_of(&entry.dataset, None);
    let columns = current.map_or_else(declared, |manifest| manifest.columns.clone());
    let body = json!({
        "dataset": entry.dataset.id,
        "version": current.map(|manifest| manifest.number),
        "key": current.map_or(&entry.dataset.key, |manifest| &manifest.key),
        "columns": columns.iter().map(|column| described(column, current.is_some())).collect::<Vec<_>>(),
    });
    Ok(json_answer(&request, &body, &snapshot.etag))
}

/// A column; of a published geometry also the coordinate system where the manifest leaves it out.
fn described(column: &ColumnInfo, is_published: bool) -> Value {
    let mut value = json!(column);
    if let (ColumnType::Geometry { .. }, true, Some(members)) = (&column.kind, is_published, value.as_object_mut()) {
        members.insert("crs".to_owned(), json!(column.crs()));
        members.insert("crs_uri".to_owned(), json!(column.crs().uri()));
    }
    value
}

/// How data.norge.no and data.europa.eu rate the metadata, and what would bring more points.
pub(crate) async fn score(
    state: web::Data<State>,
    request: HttpRequest,
    path: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let snapshot = state.snapshot();
    let entry = lookup::open_entry(&snapshot, &path)?;
    lookup::current(entry)?;
    let score = catalog::score(&state.config, entry)?;
    let iri = dcat_ap_no::dataset_iri(&state.config, &entry.dataset.id);
    let body = json!({
        "dataset": entry.dataset.id,
        "score": score,
        "fdk_most": FDK_MOST,
        "eu_most": EU_MOST,
        "fdk_id": fdk_id(&iri),
        "fdk_page": fdk_page(&iri),
    });
    Ok(json_answer(&request, &body, &snapshot.etag))
}

/// Every version there is or was, newest first.
pub(crate) async fn versions(
    state: web::Data<State>,
    request: HttpRequest,
    path: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let snapshot = state.snapshot();
    let entry = lookup::open_entry(&snapshot, &path)?;
    let address = |number| format!("{}d/{}/v/{number}", state.base(), entry.dataset.id);
    let there = entry.versions.iter().map(|(number, manifest)| {
        let version = json!({
            "version": number,
            "url": address(number),
            "published": manifest.published,
            "rows": manifest.rows,
            "changes": manifest.changes,
            "note": manifest.note,
        });
        (*number, version)
    });
    let gone = entry.withdrawn.iter().map(|(number, why)| {
        let mut version = json!({
            "version": number,
            "url": address(number),
            "withdrawn": Withdrawal { left: Vec::new(), ..why.clone() },
        });
        // Their addresses would be many; they have a list of their own.
        if let (Some(map), false) = (version.as_object_mut(), why.left.is_empty()) {
            let urls = format!("{}/urls.txt", address(number));
            map.insert("files_left".to_owned(), json!({ "count": why.left.len(), "urls": urls }));
        }
        (*number, version)
    });
    let all: BTreeMap<VersionNumber, Value> = there.chain(gone).collect();
    let body = json!({ "dataset": entry.dataset.id, "versions": all.into_values().rev().collect::<Vec<_>>() });
    Ok(json_answer(&request, &body, &snapshot.etag))
}

/// What the gates found on the current version.
pub(crate) async fn quality(
    state: web::Data<State>,
    request: HttpRequest,
    path: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let snapshot = state.snapshot();
    let manifest = lookup::current(lookup::open_entry(&snapshot, &path)?)?;
    let body = json!({
        "dataset": manifest.dataset,
        "version": manifest.number,
        "published": manifest.published,
        "rows": manifest.rows,
        "rows_left_out": manifest.rows_left_out,
        "statistics": manifest.statistics,
        "gates": manifest.gates,
    });
    Ok(json_answer(&request, &body, &snapshot.etag))
}

/// The latest versions as an Atom feed (RFC 4287).
pub(crate) async fn feed(state: web::Data<State>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let snapshot = state.snapshot();
    let body = super::feed::render(&state.config, &snapshot, state.started);
    Ok(cached(&request, "application/atom+xml", body.into(), &snapshot.etag))
}

fn wanted(request: &HttpRequest) -> Result<Option<RdfFormat>, Problem> {
    negotiate::media_type(&negotiate::accept(request), &OFFERS)
        .ok_or_else(|| Problem::not_acceptable(&OFFERS.map(|(name, _)| name)))
}

fn by_extension(extension: &str) -> Result<RdfFormat, Problem> {
    RdfFormat::ALL
        .into_iter()
        .find(|format| format.extension() == extension)
        .ok_or_else(|| Problem::not_found(format!("There is no serialisation '{extension}'.")))
}

fn rdf(
    state: &State,
    snapshot: &Snapshot,
    request: &HttpRequest,
    document: &Document,
    format: RdfFormat,
) -> Result<HttpResponse, Problem> {
    // An empty catalogue would tell harvesters that everything is gone.
    let Some(etag) = &snapshot.graph_etag else {
        return Err(Problem::unavailable("api-not-ready", "the metadata graph could not be built"));
    };
    let body = state
        .dump(snapshot, document, format)?
        .ok_or_else(|| Problem::not_found("The catalogue's graph has no such dataset, or no such page."))?;
    Ok(cached(request, format.media_type(), body, etag))
}

fn summary(state: &State, entry: &Entry, language: Language) -> Value {
    let (dataset, file) = (&entry.dataset, &entry.dataset.file);
    let current = entry.current();
    json!({
        "id": dataset.id,
        "url": format!("{}d/{}", state.base(), dataset.id),
        "title": file.title.get(language),
        "description": file.description.get(language),
        "themes": file.themes,
        "keywords": file.keywords.get(language),
        "licence": file.licence.iri(),
        "access": file.access,
        "frequency": file.frequency,
        "version": current.map(|manifest| manifest.number),
        "published": current.map(|manifest| manifest.published),
        "rows": current.map(|manifest| manifest.rows),
    })
}

fn json_answer(request: &HttpRequest, body: &Value, root: &str) -> HttpResponse {
    cached(request, "application/json", body.to_string().into(), root)
}

/// A body that may be kept but must be checked: the tag is made of the catalogue's state and of what was asked.
pub(crate) fn cached(request: &HttpRequest, kind: &str, body: web::Bytes, root: &str) -> HttpResponse {
    let language = negotiate::language(request).tag();
    let asked = format!("{PROGRAM} {root} {kind} {language} {}?{}", request.path(), request.query_string());
    let hash = Sha256::of(asked.as_bytes());
    let etag = format!("\"{}\"", hash.as_str().get(..32).unwrap_or_default());
    let known = request.headers().get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let unchanged = known.is_some_and(|list| negotiate::lists_etag(list, &etag, true));
    let mut builder = if unchanged { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    builder
        .insert_header((header::ETAG, etag))
        .insert_header((header::VARY, "Accept, Accept-Language"))
        .insert_header((header::CACHE_CONTROL, "public, no-cache"));
    if unchanged {
        return builder.finish();
    }
    let text = kind.starts_with("text/");
    builder.content_type(if text { format!("{kind}; charset=utf-8") } else { kind.to_owned() }).body(body)
}
