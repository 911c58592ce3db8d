//! `/ogc/collections/{collection}/tiles/WebMercatorQuad/{tileMatrix}/{tileRow}/{tileCol}`: a vector tile, made of the
//! current version when it is asked for.

use actix_web::{
    HttpRequest, HttpResponse, HttpResponseBuilder,
    http::header::{self, HeaderName},
    web,
};
use catalog::{
    Sha256,
    table::{Comparison, Predicate, Scan, Table},
    tile::{BUFFER, Draft, Layer, Made, TileId},
};
use futures::TryStreamExt;

use super::{
    collection::{self, Collection},
    place::Way,
    tiling::{MVT, Tiling, mercator},
};
use crate::{
    error::Problem,
    negotiate,
    query::{Params, Work},
    state::State,
};

/// What a simplified shape may lie away from the real one, in units of a tile, and more.
const SLACK: u16 = 16;
/// Degrees that the known extent of all features is widened by, for what rounding took.
const MARGIN: f64 = 0.01;
/// An answer about the current version must be asked for again; mostly that is a 304.
const CURRENT: &str = "public, no-cache";

/// A tile: 204 where it is empty, 404 where the collection has none.
pub(crate) async fn tile(
    state: web::Data<State>,
    request: HttpRequest,
    path: web::Path<(String, String, String, String)>,
) -> Result<HttpResponse, Problem> {
    let (id, zoom, row, column) = path.into_inner();
    let snapshot = state.snapshot();
    let collection = collection::current(&snapshot, &id)?;
    let params = Params::read(request.query_string())?;
    params.only(&["f"])?;
    let tile = number(&zoom)
        .and_then(|zoom| u8::try_from(zoom).ok())
        .and_then(|zoom| TileId::new(zoom, number(&column)?, number(&row)?))
        .filter(|tile| Tiling::of(&collection).has(*tile))
        .ok_or_else(|| missing(&id))?;
    accepted(&request, &params)?;
    let etag = etag(&collection, tile);
    let seen = request.headers().get(header::IF_NONE_MATCH).and_then(|list| list.to_str().ok());
    if seen.is_some_and(|list| negotiate::lists_etag(list, &etag, true)) {
        let mut unchanged = HttpResponse::NotModified();
        describe(&mut unchanged, &collection, &etag);
        return Ok(unchanged.finish());
    }
    let made = make(&state, &collection, tile).await?;
    let mut response = if made.bytes.is_empty() { HttpResponse::NoContent() } else { HttpResponse::Ok() };
    describe(&mut response, &collection, &etag);
    if made.bytes.is_empty() {
        return Ok(response.finish());
    }
    if made.left_out > 0 {
        let left_out = HeaderName::from_static("x-allmenning-features-left-out");
        response.insert_header((left_out, made.left_out.to_string()));
    }
    Ok(response.content_type(MVT).body(made.bytes))
}

/// Checks what form is asked for: there is one.
fn accepted(request: &HttpRequest, params: &Params) -> Result<(), Problem> {
    match params.plain("f") {
        Some("mvt") => Ok(()),
        Some(_) => Err(Problem::bad_request("api-format", "Tiles come in one format.").hint("Write f=mvt.")),
        None => negotiate::media_type(&negotiate::accept(request), &[(MVT, ())])
            .ok_or_else(|| Problem::not_acceptable(&[MVT])),
    }
}

fn number(text: &str) -> Option<u32> {
    // One spelling for each tile, so that caches hold it once.
    text.parse().ok().filter(|number: &u32| number.to_string() == text)
}

fn missing(id: &str) -> Problem {
    Problem::not_found(format!("'{id}' has no such tile."))
        .hint(format!("See tileMatrixSetLimits in /ogc/collections/{id}/tiles/WebMercatorQuad for all there are."))
}

fn etag(collection: &Collection<'_>, tile: TileId) -> String {
    let (version, program) = (collection.manifest.number, env!("CARGO_PKG_VERSION"));
    let identity = format!("{} {version} {tile:?} {program}", collection.id());
    format!("\"{}\"", Sha256::of(identity.as_bytes()))
}

/// The headers that all answers share.
fn describe(response: &mut HttpResponseBuilder, collection: &Collection<'_>, etag: &str) {
    response
        .insert_header((header::ETAG, etag.to_owned()))
        .insert_header((header::VARY, "Accept"))
        .insert_header((header::CACHE_CONTROL, CURRENT))
        .insert_header((HeaderName::from_static("x-allmenning-version"), collection.manifest.number.to_string()));
}

async fn make(state: &State, collection: &Collection<'_>, tile: TileId) -> Result<Made, Problem> {
    let layer = Layer::new(collection.id(), &collection.manifest.columns)
        .ok_or_else(|| Problem::internal("a collection without geometry"))?;
    let predicate = around(collection, tile)?;
    let table = state.tables.get(state.catalog.store(), collection.manifest).await?;
    state.queries.run(Work::Page, |cancel| async move { read(&table, layer, tile, (predicate, cancel)).await }).await
}

async fn read(
    table: &Table,
    layer: Layer,
    tile: TileId,
    (predicate, cancel): (Predicate, catalog::table::Cancel),
) -> Result<Made, Problem> {
    let columns = Some(layer.columns());
    let scan = Scan { columns, predicate: Some(predicate), row_numbers: true, cancel, ..Scan::default() };
    let mut found = table.scan(scan).await?;
    let mut draft = Draft::default();
    while let Some(batch) = found.try_next().await? {
        draft.take(&layer, tile, &batch)?;
    }
    Ok(draft.finish(&layer))
}

/// The features that may be seen in a tile.
fn around(collection: &Collection<'_>, tile: TileId) -> Result<Predicate, Problem> {
    let from = mercator().ok_or_else(|| Problem::internal("Web Mercator is not known"))?;
    let widened = |[west, south, east, north]: [f64; 4]| [west - MARGIN, south - MARGIN, east + MARGIN, north + MARGIN];
    let way = Way { from, to: collection.storage(), extent: collection.manifest.bbox.map(widened) };
    let region = way.bbox(&tile.extent(BUFFER + SLACK)).map_err(Problem::internal)?;
    Ok(Predicate::Column(collection.geometry.name.clone(), Comparison::Intersects(std::sync::Arc::new(region))))
}
