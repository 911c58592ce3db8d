//! `/ogc`: where everything begins.

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::json;

use super::{
    ask::{self, Ask, Form},
    link::{self, HTML, JSON, Link, OPENAPI, TILING_SCHEMES},
};
use crate::{
    dialect::html::{Body, Document, Section},
    error::Problem,
    state::State,
};

/// The landing page.
pub(crate) async fn landing(state: web::Data<State>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let ask = Ask::new(&state, &request, JSON, &[])?;
    let (words, config) = (ask.words(), &state.config);
    let mut links = ask.own_links();
    links.extend([
        Link::new("service-desc", OPENAPI, ask.at("/api?f=json"), words.ogc_api),
        Link::new("service-doc", HTML, ask.at("/api?f=html"), words.ogc_api),
        Link::new("conformance", JSON, ask.at("/conformance"), words.ogc_conformance),
        Link::new("data", JSON, ask.at("/collections"), words.ogc_collections),
        Link::new(TILING_SCHEMES, JSON, ask.at("/tileMatrixSets"), words.ogc_matrix_sets),
    ]);
    let title = format!("{} – OGC API Features", config.catalog.title.get(ask.language));
    let description = config.catalog.description.get(ask.language);
    if ask.form == Form::Json {
        let body = json!({ "title": title, "description": description, "links": link::list(&links) });
        return Ok(ask.json(&state.snapshot(), &body));
    }
    links.push(Link::new("data", HTML, ask.at("/collections?f=html"), words.ogc_collections));
    ask.page(Document {
        heading: title,
        lead: words.ogc_lead.to_owned(),
        sections: vec![Section::new(words.ogc_links, Body::List(ask::shown(&links)))],
    })
}
