//! `/ogc/tileMatrixSets` and `/ogc/tileMatrixSets/WebMercatorQuad` (OGC 20-057 section 9, OGC 17-083r4 annex D.1).

use actix_web::{HttpRequest, HttpResponse, web};
use catalog::tile::{WORLD, cell_size};
use serde_json::{Value, json};

use super::{
    ask::{self, Ask, Form},
    link::{self, HTML, JSON, Link},
    tiling::{MATRIX_SET, MATRIX_SET_URI, mercator},
};
use crate::{
    dialect::html::{Body, Document, Item, Section},
    error::Problem,
    state::State,
};

/// The last tile matrix of the registered set.
const LAST: u8 = 24;
/// The side of a pixel that scales are counted with, in metres (OGC 17-083r4 section 6.1).
const PIXEL: f64 = 0.000_28;

/// The tile matrix sets: one.
pub(crate) async fn matrix_sets(state: web::Data<State>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let ask = Ask::new(&state, &request, JSON, &[])?;
    let own = ask.at(&format!("/tileMatrixSets/{MATRIX_SET}"));
    let mut links = ask.own_links();
    if ask.form == Form::Json {
        let to = Link::new("self", JSON, own, MATRIX_SET);
        let one = json!({ "id": MATRIX_SET, "title": MATRIX_SET, "uri": MATRIX_SET_URI, "crs": crs(),
            "links": link::list(&[to]) });
        return Ok(ask.json(&state.snapshot(), &json!({ "links": link::list(&links), "tileMatrixSets": [one] })));
    }
    links.push(Link::new("item", HTML, format!("{own}?f=html"), MATRIX_SET));
    let words = ask.words();
    ask.page(Document {
        heading: words.ogc_matrix_sets.to_owned(),
        lead: String::new(),
        sections: vec![Section::new(words.ogc_links, Body::List(ask::shown(&links)))],
    })
}

/// `WebMercatorQuad`.
pub(crate) async fn matrix_set(state: web::Data<State>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let ask = Ask::new(&state, &request, JSON, &[])?;
    let links = ask.own_links();
    if ask.form == Form::Json {
        let body = json!({
            "id": MATRIX_SET, "title": MATRIX_SET, "uri": MATRIX_SET_URI, "crs": crs(), "orderedAxes": ["X", "Y"],
            "wellKnownScaleSet": "http://www.opengis.net/def/wkss/OGC/1.0/GoogleMapsCompatible",
            "tileMatrices": (0..=LAST).map(matrix).collect::<Vec<Value>>(),
            "links": link::list(&links),
        });
        return Ok(ask.json(&state.snapshot(), &body));
    }
    let words = ask.words();
    let rows = (0..=LAST).map(|zoom| {
        [zoom.to_string(), format!("1 : {:.0}", scale(zoom)), cell_size(zoom).to_string()].map(Item::text).into()
    });
    let head = ["id", "scaleDenominator", "cellSize"].map(str::to_owned).into();
    ask.page(Document {
        heading: MATRIX_SET.to_owned(),
        lead: MATRIX_SET_URI.to_owned(),
        sections: vec![
            Section::new(words.ogc_matrix_set, Body::Table { head, rows: rows.collect() }),
            Section::new(words.ogc_links, Body::List(ask::shown(&links))),
        ],
    })
}

/// The name of the set's system.
pub(super) fn crs() -> Option<String> {
    mercator().map(catalog::crs::Crs::uri)
}

fn scale(zoom: u8) -> f64 {
    cell_size(zoom) / PIXEL
}

fn matrix(zoom: u8) -> Value {
    let [west, _, _, north] = WORLD;
    let count = 1_u32 << zoom;
    json!({
        "id": zoom.to_string(), "scaleDenominator": scale(zoom), "cellSize": cell_size(zoom),
        "cornerOfOrigin": "topLeft", "pointOfOrigin": [west, north], "tileWidth": 256, "tileHeight": 256,
        "matrixWidth": count, "matrixHeight": count,
    })
}
