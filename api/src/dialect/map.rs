//! `/d/{dataset}/map.svg`: where the features of the current version are, for readers; and the same on the dataset's page.

mod svg;

use std::sync::Arc;

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{self, HeaderName},
    web,
};
use catalog::{
    Entry, Sha256,
    crs::{Crs, Transform},
    version::{ColumnInfo, Manifest},
};
use config::{ColumnType, Language};

use super::texts;
use crate::{
    error::Problem,
    lookup,
    map::{Drawing, View, draw},
    negotiate,
    query::{Params, Work},
    state::State,
};

/// An answer about the current version must be asked for again; mostly that is a 304.
const CURRENT: &str = "public, no-cache";
/// A picture that is opened alone loads nothing and runs nothing.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; frame-ancestors 'none'";

/// A map on a dataset's page.
pub(crate) struct MapView {
    /// The picture.
    pub(crate) svg: String,
    /// The system and extent in words.
    pub(crate) extent: String,
    /// How many features are drawn, in words.
    pub(crate) shown: String,
    /// Where the picture can be had alone.
    pub(crate) href: String,
}

/// The map of the current version, or of a part of it.
pub(crate) async fn map(
    state: web::Data<State>,
    request: HttpRequest,
    path: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let snapshot = state.snapshot();
    let entry = lookup::open_entry(&snapshot, &path)?;
    let manifest = lookup::current(entry)?;
    let params = Params::read(request.query_string())?;
    params.only(&["bbox", "lang"])?;
    let language = negotiate::language(&request);
    let geometry = geometry(manifest).ok_or_else(|| {
        Problem::not_found(format!("'{path}' has no places to draw.")).hint(format!("See /d/{path} for what it has."))
    })?;
    let part = params.plain("bbox").map(|text| part(geometry.crs(), text)).transpose()?;
    let identity =
        format!("{path} {} {} {language:?} {}", manifest.number, request.query_string(), env!("CARGO_PKG_VERSION"));
    let etag = format!("\"{}\"", Sha256::of(identity.as_bytes()));
    let seen = request.headers().get(header::IF_NONE_MATCH).and_then(|list| list.to_str().ok());
    let unchanged = seen.is_some_and(|list| negotiate::lists_etag(list, &etag, true));
    let mut response = if unchanged { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    response
        .insert_header((header::ETAG, etag))
        .insert_header((header::VARY, "Accept-Language"))
        .insert_header((header::CACHE_CONTROL, CURRENT))
        .insert_header((header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY))
        .insert_header((HeaderName::from_static("x-allmenning-version"), manifest.number.to_string()));
    if unchanged {
        return Ok(response.finish());
    }
    let drawing = drawing(&state, manifest, geometry, part).await?;
    Ok(response.content_type("image/svg+xml").body(render(&state, entry, &drawing, language)))
}

/// The map for a dataset's page; `None` where nothing has a place.
///
/// # Errors
/// If the table cannot be read, or too many others are.
pub(crate) async fn on_page(
    state: &State,
    (entry, manifest): (&Entry, &Manifest),
    language: Language,
) -> Result<Option<MapView>, Problem> {
    let Some(geometry) = geometry(manifest) else { return Ok(None) };
    let drawing = drawing(state, manifest, geometry, None).await?;
    let words = texts::words(language);
    // Of all features, where all were looked at; else as far as degrees tell it, which is a little more.
    let seen = drawing.extent.filter(|_| !drawing.is_sample);
    let known = seen.unwrap_or_else(|| extent(manifest, geometry.crs()));
    let decimals = if geometry.crs().is_projected() { 0 } else { 4 };
    let [west, south, east, north] = known.map(|bound| svg::decimal(bound, decimals, language));
    let features = texts::number(drawing.paths.features, language);
    Ok(Some(MapView {
        svg: render(state, entry, &drawing, language),
        extent: format!(
            "{}: {}. {}: {west} – {east}, {south} – {north}.",
            words.map_system,
            geometry.crs(),
            words.map_extent
        ),
        shown: if drawing.is_sample {
            format!("{features} {} {} {}.", words.map_of, texts::number(manifest.rows, language), words.map_features)
        } else {
            format!("{features} {}.", words.map_features)
        },
        href: source(state, entry, language),
    }))
}

fn geometry(manifest: &Manifest) -> Option<&ColumnInfo> {
    let known = manifest.bbox.is_some() && manifest.tables().next().is_some();
    manifest.columns.iter().find(|column| known && matches!(column.kind, ColumnType::Geometry { .. }))
}

/// The extent of all features in the system of their geometry.
fn extent(manifest: &Manifest, crs: Crs) -> [f64; 4] {
    let degrees = manifest.bbox.unwrap_or([4.0, 57.0, 32.0, 72.0]);
    Transform::new(Crs::CRS84, crs).extent(degrees).unwrap_or(degrees)
}

/// The view of a box, in the system of the geometry and east before north.
fn part(crs: Crs, text: &str) -> Result<View, Problem> {
    let wrong = || {
        Problem::bad_request("api-bbox", "bbox: these are not four numbers that make a box.")
            .hint("Write west,south,east,north in the coordinate system of the geometry.")
    };
    let numbers: Vec<f64> = text.split(',').take(5).filter_map(|number| number.parse().ok()).collect();
    let [west, south, east, north] = numbers.as_slice() else { return Err(wrong()) };
    let reach = if crs.is_projected() { 1e8 } else { 720.0 };
    let sound = numbers.iter().all(|number| number.is_finite() && number.abs() <= reach);
    if sound && west < east && south < north {
        Ok(View::new(crs, [*west, *south, *east, *north]))
    } else {
        Err(wrong())
    }
}

async fn drawing(
    state: &State,
    manifest: &Manifest,
    geometry: &ColumnInfo,
    part: Option<View>,
) -> Result<Arc<Drawing>, Problem> {
    let version = (manifest.dataset.clone(), manifest.number);
    if let (None, Some(known)) = (part, state.maps.get(&version)) {
        return Ok(known);
    }
    let whole = || View::around(geometry.crs(), extent(manifest, geometry.crs()));
    let (view, is_part) = (part.unwrap_or_else(whole), part.is_some());
    let table = state.tables.get(state.catalog.store(), manifest).await?;
    let column = geometry.clone();
    let job = |cancel| async move { draw(&table, &column, (view, is_part), &cancel).await };
    let drawing = Arc::new(state.queries.run(Work::Page, job).await?);
    if !is_part {
        state.maps.put(version, &drawing);
    }
    Ok(drawing)
}

fn render(state: &State, entry: &Entry, drawing: &Drawing, language: Language) -> String {
    let source = source(state, entry, language);
    svg::render(drawing, &svg::Labels { title: entry.dataset.file.title.get(language), source: &source, language })
}

fn source(state: &State, entry: &Entry, language: Language) -> String {
    format!("{}d/{}/map.svg?lang={}", state.config.base_url.path(), entry.dataset.id, language.tag())
}
