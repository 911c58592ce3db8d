//! For operators and machines: health, metrics, the API's own description, robots and the style of the pages.

use actix_web::{HttpRequest, HttpResponse, http::header, web};
use serde_json::json;

use super::{catalogue, html, openapi};
use crate::{error::Problem, negotiate, state::State};

/// The style of the pages.
const STYLE: &str = include_str!("../../templates/style.css");
/// The script of pages with a map.
const MAP_SCRIPT: &str = include_str!("../../templates/map.js");

/// 200 while the process runs.
pub(crate) async fn live() -> HttpResponse {
    no_store().json(json!({ "status": "live" }))
}

/// 200 while requests are welcome.
pub(crate) async fn ready(state: web::Data<State>) -> Result<HttpResponse, Problem> {
    if !state.is_ready() {
        return Err(Problem::unavailable("api-not-ready", "starting or stopping"));
    }
    let snapshot = state.snapshot();
    let published = snapshot.datasets.values().filter(|entry| entry.current().is_some()).count();
    Ok(no_store().json(json!({
        "status": "ready",
        "generation": snapshot.generation,
        "datasets": snapshot.datasets.len(),
        "published": published,
        "schedule": state.schedule(),
    })))
}

/// How the last run of every dataset went, as a page.
pub(crate) async fn status(state: web::Data<State>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    html::status(&state, &state.snapshot(), &request, negotiate::language(&request))
}

/// How the last run of every dataset went: words, codes and times, nothing of the data.
pub(crate) async fn status_json(state: web::Data<State>) -> HttpResponse {
    let standings = state.standings();
    let snapshot = state.snapshot();
    let datasets: Vec<_> = snapshot
        .datasets
        .iter()
        .map(|(id, entry)| {
            let standing = standings.get(id).cloned().unwrap_or_default();
            json!({
                "dataset": id,
                "outcome": standing.last_run.map(|(_, outcome)| outcome),
                "codes": standing.codes,
                "last_run": standing.last_run.map(|(time, _)| time),
                "last_success": standing.last_success,
                "next_due": standing.next_due,
                "late": standing.late,
                "version": entry.current().map(|current| current.number),
            })
        })
        .collect();
    no_store().json(json!({ "schedule": state.schedule(), "datasets": datasets }))
}

/// Counters and gauges (`OpenMetrics` 1.0).
pub(crate) async fn metrics(state: web::Data<State>) -> Result<HttpResponse, Problem> {
    let uptime = (state.clock)().as_second().saturating_sub(state.started.as_second());
    let text = state.metrics.render(&state.snapshot(), &state.standings(), uptime).map_err(Problem::internal)?;
    Ok(no_store().content_type("application/openmetrics-text; version=1.0.0; charset=utf-8").body(text))
}

/// This API as `OpenAPI` 3.1.
pub(crate) async fn openapi(state: web::Data<State>, request: HttpRequest) -> HttpResponse {
    let title = state.config.catalog.title.get(negotiate::language(&request)).to_owned();
    let body = openapi::document(&title, state.base(), state.routes).to_string();
    let root = catalog::Sha256::of(body.as_bytes());
    catalogue::cached(&request, "application/json", body.into(), root.as_str())
}

/// The routes, for readers.
pub(crate) async fn docs(state: web::Data<State>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    html::docs(&state, &request, negotiate::language(&request))
}

/// What the codes of problems mean.
pub(crate) async fn errors(state: web::Data<State>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    html::errors(&state, &request, negotiate::language(&request))
}

/// What crawlers may fetch: everything but the expensive questions.
pub(crate) async fn robots(state: web::Data<State>) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "public, max-age=86400"))
        .content_type("text/plain; charset=utf-8")
        .body(format!(
            "User-agent: *\nDisallow: /sparql\nDisallow: /metrics\nDisallow: /api/\nDisallow: /*/rows\nDisallow: /*/items\n\
             Disallow: /*/tiles\n\nSitemap: {}sitemap.xml\n",
            state.base()
        ))
}

/// The style of the pages.
pub(crate) async fn style(request: HttpRequest) -> HttpResponse {
    catalogue::cached(&request, "text/css", web::Bytes::from_static(STYLE.as_bytes()), &style_hash())
}

/// The script of pages with a map.
pub(crate) async fn map_script(request: HttpRequest) -> HttpResponse {
    let hash = catalog::Sha256::of(MAP_SCRIPT.as_bytes());
    catalogue::cached(&request, "text/javascript", web::Bytes::from_static(MAP_SCRIPT.as_bytes()), hash.as_str())
}

fn style_hash() -> String {
    catalog::Sha256::of(STYLE.as_bytes()).to_string()
}

fn no_store() -> actix_web::HttpResponseBuilder {
    let mut builder = HttpResponse::Ok();
    builder.insert_header((header::CACHE_CONTROL, "no-store"));
    builder
}
