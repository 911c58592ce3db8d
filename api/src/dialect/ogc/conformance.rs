//! `/ogc/conformance`: the classes that are kept; each has tests of its own in `tests/ogc`.

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::json;

use super::{
    ask::{self, Ask, Form},
    link::{self, JSON},
};
use crate::{
    dialect::html::{Body, Document, Item, Section},
    error::Problem,
    state::State,
};

/// Where the names of all classes begin.
const SPEC: &str = "http://www.opengis.net/spec";
/// Every class that is kept.
const CLASSES: [&str; 31] = [
    "ogcapi-features-1/1.0/conf/core",
    "ogcapi-features-1/1.0/conf/oas30",
    "ogcapi-features-1/1.0/conf/html",
    "ogcapi-features-1/1.0/conf/geojson",
    "ogcapi-features-2/1.0/conf/crs",
    "ogcapi-features-3/1.0/conf/queryables",
    "ogcapi-features-3/1.0/conf/queryables-query-parameters",
    "ogcapi-features-3/1.0/conf/filter",
    "ogcapi-features-3/1.0/conf/features-filter",
    "ogcapi-features-5/1.0/conf/schemas",
    "ogcapi-features-5/1.0/conf/core-roles-features",
    "cql2/1.0/conf/basic-cql2",
    "cql2/1.0/conf/advanced-comparison-operators",
    "cql2/1.0/conf/case-insensitive-comparison",
    "cql2/1.0/conf/basic-spatial-functions",
    "cql2/1.0/conf/basic-spatial-functions-plus",
    "cql2/1.0/conf/temporal-functions",
    "cql2/1.0/conf/cql2-text",
    "cql2/1.0/conf/cql2-json",
    "ogcapi-tiles-1/1.0/conf/core",
    "ogcapi-tiles-1/1.0/conf/tileset",
    "ogcapi-tiles-1/1.0/conf/tilesets-list",
    "ogcapi-tiles-1/1.0/conf/geodata-tilesets",
    "ogcapi-tiles-1/1.0/conf/oas30",
    "ogcapi-tiles-1/1.0/conf/mvt",
    "tms/2.0/conf/tilematrixset",
    "tms/2.0/conf/tilesetmetadata",
    "tms/2.0/conf/tilematrixsetlimits",
    "tms/2.0/conf/json-tilematrixset",
    "tms/2.0/conf/json-tilesetmetadata",
    "tms/2.0/conf/json-tilematrixsetlimits",
];

/// The declaration of conformance.
pub(crate) async fn conformance(state: web::Data<State>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let ask = Ask::new(&state, &request, JSON, &[])?;
    let classes = CLASSES.map(|class| format!("{SPEC}/{class}"));
    let links = ask.own_links();
    if ask.form == Form::Json {
        let body = json!({ "links": link::list(&links), "conformsTo": classes });
        return Ok(ask.json(&state.snapshot(), &body));
    }
    let words = ask.words();
    ask.page(Document {
        heading: words.ogc_conformance.to_owned(),
        lead: String::new(),
        sections: vec![
            Section::new(
                words.ogc_conformance,
                Body::List(classes.map(|class| Item::link(class.clone(), class)).into()),
            ),
            Section::new(words.ogc_links, Body::List(ask::shown(&links))),
        ],
    })
}
