//! `/ogc/collections/{collection}/tiles` and `…/tiles/WebMercatorQuad`: what tiles there are and how they are asked for
//! (OGC 20-057 sections 8 and 9; tile set metadata of OGC 17-083r4; `TileJSON` 3.0.0).

use actix_web::{HttpRequest, HttpResponse, web};
use catalog::{crs::Crs, tile::MAX_FEATURES};
use serde_json::{Map, Value, json};

use super::{
    ask::{self, Ask, Form},
    collection::{self, Collection},
    link::{self, GEOJSON, HTML, JSON, Link},
    matrix_sets::crs,
    parameters::plain_schema,
    tiling::{MATRIX_SET, MATRIX_SET_URI, MVT, Tiling},
};
use crate::{
    dialect::{
        catalogue,
        html::{Body, Document, Item, Section},
    },
    error::Problem,
    query::Params,
    state::State,
};

/// The media type of `TileJSON`.
const TILEJSON: &str = "application/vnd.mapbox.tile+json";
/// What the features of tiles come from (OGC 20-057 section 8.2.2).
const GEODATA: &str = "http://www.opengis.net/def/rel/ogc/1.0/geodata";
/// The tile matrix set of a tile set.
const TILING_SCHEME: &str = "http://www.opengis.net/def/rel/ogc/1.0/tiling-scheme";

/// The tile sets of a collection: one.
pub(crate) async fn tilesets(
    state: web::Data<State>,
    request: HttpRequest,
    path: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let snapshot = state.snapshot();
    let collection = collection::current(&snapshot, &path)?;
    let ask = Ask::new(&state, &request, JSON, &[])?;
    let own = address(&ask, &collection);
    let mut links = ask.own_links();
    links.push(Link::new(GEODATA, JSON, ask.at(&format!("/collections/{path}")), ask.words().ogc_collection));
    if ask.form == Form::Json {
        let one = json!({
            "title": collection.entry.dataset.file.title.get(ask.language), "dataType": "vector", "crs": crs(),
            "tileMatrixSetURI": MATRIX_SET_URI, "links": link::list(&[Link::new("self", JSON, own, MATRIX_SET)]),
        });
        return Ok(ask.json(&snapshot, &json!({ "links": link::list(&links), "tilesets": [one] })));
    }
    links.push(Link::new("item", HTML, format!("{own}?f=html"), MATRIX_SET));
    ask.page(Document {
        heading: format!("{}: {}", ask.words().ogc_tiles, collection.entry.dataset.file.title.get(ask.language)),
        lead: String::new(),
        sections: vec![Section::new(ask.words().ogc_links, Body::List(ask::shown(&links)))],
    })
}

/// The tile set of a collection: limits, layer and links; as `TileJSON` with `f=tilejson`.
pub(crate) async fn tileset(
    state: web::Data<State>,
    request: HttpRequest,
    path: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let snapshot = state.snapshot();
    let collection = collection::current(&snapshot, &path)?;
    let params = Params::read(request.query_string())?;
    if params.plain("f") == Some("tilejson") {
        params.only(&["f", "lang"])?;
        let body = tilejson(&state, &collection).to_string();
        return Ok(catalogue::cached(&request, TILEJSON, body.into(), &snapshot.etag));
    }
    let ask = Ask::new(&state, &request, JSON, &[])?;
    let (tiling, links) = (Tiling::of(&collection), links(&ask, &collection));
    if ask.form == Form::Json {
        return Ok(ask.json(&snapshot, &metadata(&ask, &collection, tiling, &links)));
    }
    ask.page(shown(&ask, &collection, tiling, &links))
}

fn address(ask: &Ask<'_>, collection: &Collection<'_>) -> String {
    ask.at(&format!("/collections/{}/tiles/{MATRIX_SET}", collection.id()))
}

fn links(ask: &Ask<'_>, collection: &Collection<'_>) -> Vec<Link> {
    let (words, own) = (ask.words(), address(ask, collection));
    let of_collection = ask.at(&format!("/collections/{}", collection.id()));
    let mut links = ask.own_links();
    links.extend([
        Link::new("alternate", TILEJSON, format!("{own}?f=tilejson"), "TileJSON"),
        Link::new("item", MVT, format!("{own}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}"), words.ogc_tile),
        Link::new(TILING_SCHEME, JSON, ask.at(&format!("/tileMatrixSets/{MATRIX_SET}")), words.ogc_matrix_set),
        Link::new(GEODATA, JSON, of_collection.clone(), words.ogc_collection),
        Link::new(GEODATA, GEOJSON, format!("{of_collection}/items"), words.ogc_items),
    ]);
    links
}

/// The metadata of a tile set (OGC 17-083r4 section 8, JSON encoding).
fn metadata(ask: &Ask<'_>, collection: &Collection<'_>, tiling: Tiling, links: &[Link]) -> Value {
    let file = &collection.entry.dataset.file;
    let limits = tiling.zooms().filter_map(|zoom| {
        let [west, north, east, south] = tiling.limits(zoom)?;
        Some(json!({ "tileMatrix": zoom.to_string(), "minTileRow": north, "maxTileRow": south,
            "minTileCol": west, "maxTileCol": east }))
    });
    let (least, deepest) = (tiling.zooms().start().to_string(), tiling.zooms().end().to_string());
    let mut body = json!({
        "title": file.title.get(ask.language),
        "description": format!("{} {}", file.description.get(ask.language), ask.words().ogc_tiles_thinned
            .replace("{}", &MAX_FEATURES.to_string())),
        "dataType": "vector",
        "crs": crs(),
        "tileMatrixSetURI": MATRIX_SET_URI,
        "links": link::list(links),
        "tileMatrixSetLimits": limits.collect::<Vec<Value>>(),
        "layers": [{
            "id": collection.id(), "title": file.title.get(ask.language), "dataType": "vector",
            "minTileMatrix": least, "maxTileMatrix": deepest, "propertiesSchema": schema(ask, collection),
        }],
    });
    if let (Some([west, south, east, north]), Some(members)) = (collection.manifest.bbox, body.as_object_mut()) {
        let crs84 = Crs::CRS84.uri();
        members.insert(
            "boundingBox".to_owned(),
            json!({ "lowerLeft": [west, south], "upperRight": [east, north], "crs": crs84 }),
        );
        let middle = [f64::midpoint(west, east), f64::midpoint(south, north)];
        let view = tiling.first_view().to_string();
        members.insert("centerPoint".to_owned(), json!({ "coordinates": middle, "tileMatrix": view, "crs": crs84 }));
    }
    body
}

fn schema(ask: &Ask<'_>, collection: &Collection<'_>) -> Value {
    let mut properties = Map::new();
    for column in &collection.manifest.columns {
        let mut schema = plain_schema(&column.kind);
        if let Some(members) = schema.as_object_mut() {
            members.insert("title".to_owned(), json!(column.title.get(ask.language)));
        }
        properties.insert(column.name.to_string(), schema);
    }
    json!({ "type": "object", "properties": properties })
}

/// The same for web maps (`TileJSON` 3.0.0): `x` is the column, `y` the row.
fn tilejson(state: &State, collection: &Collection<'_>) -> Value {
    let (tiling, id) = (Tiling::of(collection), collection.id());
    let language = config::Language::Nb;
    let file = &collection.entry.dataset.file;
    let others = collection.manifest.columns.iter().filter(|column| column.name != collection.geometry.name);
    let fields: Map<String, Value> =
        others.map(|column| (column.name.to_string(), json!(column.title.get(language)))).collect();
    let (least, deepest) = (tiling.zooms().start().to_owned(), tiling.zooms().end().to_owned());
    let mut body = json!({
        "tilejson": "3.0.0",
        "name": file.title.get(language),
        "description": file.description.get(language),
        "version": format!("{}.0.0", collection.manifest.number),
        "attribution": state.config.publisher.name.get(language),
        "scheme": "xyz",
        "tiles": [format!("{}ogc/collections/{id}/tiles/{MATRIX_SET}/{{z}}/{{y}}/{{x}}", state.base())],
        "minzoom": least,
        "maxzoom": deepest,
        "vector_layers": [{ "id": id, "fields": fields, "minzoom": least, "maxzoom": deepest }],
    });
    if let (Some([west, south, east, north]), Some(members)) = (collection.manifest.bbox, body.as_object_mut()) {
        members.insert("bounds".to_owned(), json!([west, south, east, north]));
        let middle = json!([f64::midpoint(west, east), f64::midpoint(south, north), tiling.first_view()]);
        members.insert("center".to_owned(), middle);
    }
    body
}

fn shown(ask: &Ask<'_>, collection: &Collection<'_>, tiling: Tiling, links: &[Link]) -> Document {
    let words = ask.words();
    let rows = tiling.zooms().filter_map(|zoom| {
        let [west, north, east, south] = tiling.limits(zoom)?;
        let cells = [zoom.to_string(), format!("{north} – {south}"), format!("{west} – {east}")];
        Some(cells.map(Item::text).into())
    });
    let head = ["tileMatrix", "tileRow", "tileCol"].map(str::to_owned).into();
    Document {
        heading: format!("{}: {}", words.ogc_tiles, collection.entry.dataset.file.title.get(ask.language)),
        lead: words.ogc_tiles_thinned.replace("{}", &MAX_FEATURES.to_string()),
        sections: vec![
            Section::new(MATRIX_SET, Body::Table { head, rows: rows.collect() }),
            Section::new(words.ogc_links, Body::List(ask::shown(links))),
        ],
    }
}
