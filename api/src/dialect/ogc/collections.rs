//! `/ogc/collections` and `/ogc/collections/{collection}`.

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Value, json};

use super::{
    ask::{self, Ask, Form},
    collection::{self, Collection},
    crs, describe,
    link::{self, JSON},
};
use crate::{
    dialect::html::{Body, Document, Item, Section},
    error::Problem,
    state::State,
};

/// Every collection.
pub(crate) async fn collections(state: web::Data<State>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let ask = Ask::new(&state, &request, JSON, &[])?;
    let snapshot = state.snapshot();
    let links = ask.own_links();
    if ask.form == Form::Json {
        let collections: Vec<Value> = collection::all(&snapshot).map(|one| describe::json(&ask, &one)).collect();
        return Ok(ask.json(&snapshot, &json!({ "links": link::list(&links), "collections": collections })));
    }
    let words = ask.words();
    let rows = collection::all(&snapshot).map(|one| {
        let file = &one.entry.dataset.file;
        let title =
            Item::link(file.title.get(ask.language).to_owned(), ask.at(&format!("/collections/{}?f=html", one.id())));
        vec![
            title,
            Item::text(file.description.get(ask.language).to_owned()),
            Item::text(one.manifest.rows.to_string()),
        ]
    });
    let head = [words.title, words.description, words.rows_head].map(str::to_owned).into();
    ask.page(Document {
        heading: words.ogc_collections.to_owned(),
        lead: words.ogc_lead.to_owned(),
        sections: vec![
            Section::new(words.ogc_collections, Body::Table { head, rows: rows.collect() }),
            Section::new(words.ogc_links, Body::List(ask::shown(&links))),
        ],
    })
}

/// One collection.
pub(crate) async fn collection(
    state: web::Data<State>,
    request: HttpRequest,
    path: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let snapshot = state.snapshot();
    let collection = collection::current(&snapshot, &path)?;
    let ask = Ask::new(&state, &request, JSON, &[])?;
    if ask.form == Form::Json {
        return Ok(ask.json(&snapshot, &describe::json(&ask, &collection)));
    }
    ask.page(shown(&ask, &collection))
}

fn shown(ask: &Ask<'_>, collection: &Collection<'_>) -> Document {
    let (words, file) = (ask.words(), &collection.entry.dataset.file);
    let mut terms = vec![(words.rows_head.to_owned(), vec![Item::text(collection.manifest.rows.to_string())])];
    if let Some(bbox) = collection.manifest.bbox {
        terms.push((words.ogc_extent.to_owned(), vec![Item::text(bbox.map(|degrees| degrees.to_string()).join(", "))]));
    }
    if let Some(known) = collection.time().and_then(|column| collection.manifest.statistics.get(&column.name)) {
        let ends = describe::interval(known).map(|end| end.unwrap_or_else(|| "..".to_owned()));
        terms.push((words.ogc_period.to_owned(), vec![Item::text(ends.join(" / "))]));
    }
    let systems = crs::offers(collection.storage()).into_iter().map(|offer| Item::text(offer.uri)).collect();
    terms.push((words.ogc_storage.to_owned(), vec![Item::text(collection.storage().uri())]));
    terms.push((words.ogc_systems.to_owned(), systems));
    Document {
        heading: file.title.get(ask.language).to_owned(),
        lead: file.description.get(ask.language).to_owned(),
        sections: vec![
            Section::new(words.about, Body::Terms(terms)),
            Section::new(words.ogc_links, Body::List(ask::shown(&describe::links(ask, collection)))),
        ],
    }
}
