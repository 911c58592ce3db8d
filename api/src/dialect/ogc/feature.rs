//! `/ogc/collections/{collection}/items/{feature}`: one feature, by its key or its row number.

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{self, HeaderName},
    web,
};
use arrow::record_batch::RecordBatch;
use catalog::{Sha256, encode::Ids, table::Cells};

use super::{
    ask::{self, Ask, Form},
    collection::{self, Collection},
    crs::{self, Offer},
    id::{self, Wanted},
    items,
    link::{self, GEOJSON, Link},
};
use crate::{
    dialect::html::{Body, Document, Item, Section},
    error::Problem,
    negotiate,
    query::{Work, seek},
    state::State,
};

/// One feature.
pub(crate) async fn feature(
    state: web::Data<State>,
    request: HttpRequest,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, Problem> {
    let (name, feature) = path.into_inner();
    let snapshot = state.snapshot();
    let collection = collection::current(&snapshot, &name)?;
    let ask = Ask::new(&state, &request, GEOJSON, &["crs"])?;
    let offers = crs::offers(collection.storage());
    let offer = crs::chosen(&offers, "crs", ask.params.plain("crs"))?;
    let etag = etag(&ask, &collection, offer);
    let batch = read(&state, &collection, &feature).await?;
    let seen = request.headers().get(header::IF_NONE_MATCH).and_then(|list| list.to_str().ok());
    if seen.is_some_and(|list| negotiate::lists_etag(list, &etag, true)) {
        let mut unchanged = HttpResponse::NotModified();
        items::describe(&mut unchanged, offer, &collection, (&etag, false));
        return Ok(unchanged.finish());
    }
    let mut links = ask.own_links();
    let local = format!("/collections/{name}");
    links.push(Link::new("collection", link::JSON, ask.at(&local), ask.words().ogc_collection));
    if ask.form == Form::Html {
        let mut page = ask.page(shown(&ask, &collection, (&feature, &batch), &links))?;
        if let Ok(value) = items::content_crs(offer).parse() {
            page.headers_mut().insert(HeaderName::from_static("content-crs"), value);
        }
        return Ok(page);
    }
    let mut body = Vec::new();
    items::encoder(&collection, offer)?.write(&batch, false, &mut body)?;
    // Links go before the closing brace of the one feature.
    body.pop();
    body.extend(format!(",\"links\":{}}}\n", link::list(&links)).as_bytes());
    let mut response = HttpResponse::Ok();
    items::describe(&mut response, offer, &collection, (&etag, false));
    Ok(response.content_type(GEOJSON).body(body))
}

/// The feature as a batch of one row.
async fn read(state: &State, collection: &Collection<'_>, feature: &str) -> Result<RecordBatch, Problem> {
    let (predicate, from) = match id::wanted(collection, feature)? {
        Wanted::Key(predicate) => (Some(predicate), 0),
        Wanted::Row(row) => (None, row),
    };
    let missing = || id::missing(collection, feature);
    if from >= collection.manifest.rows {
        return Err(missing());
    }
    let table = state.tables.get(state.catalog.store(), collection.manifest).await?;
    let columns = collection.manifest.columns.iter().map(|column| column.name.clone()).collect();
    let job = |cancel| async move { seek(&table, (columns, predicate), (from, 1), &cancel).await };
    let found = state.queries.run(Work::Page, job).await?;
    let batch = found.batches.into_iter().next().ok_or_else(missing)?;
    // A feature has one identifier: 01 is not 1.
    if Ids::new(&collection.feature_id(), &batch)?.text(0) == feature { Ok(batch) } else { Err(missing()) }
}

fn etag(ask: &Ask<'_>, collection: &Collection<'_>, offer: &Offer) -> String {
    let (form, language, program) = (ask.form, ask.language.tag(), env!("CARGO_PKG_VERSION"));
    let (path, query) = (ask.request.path(), ask.request.query_string());
    let version = collection.manifest.number;
    let identity = format!("{path} {version} {query} {form:?} {language} {} {program}", offer.uri);
    format!("\"{}\"", Sha256::of(identity.as_bytes()))
}

fn shown(
    ask: &Ask<'_>,
    collection: &Collection<'_>,
    (feature, batch): (&str, &RecordBatch),
    links: &[Link],
) -> Document {
    let words = ask.words();
    let terms = collection.manifest.columns.iter().map(|column| {
        let mut text = String::new();
        let cells = batch.column_by_name(column.name.as_str()).and_then(Cells::new);
        if let Some(cell) = cells.as_ref().and_then(|cells| cells.get(0)) {
            cell.write_text(&mut text);
        }
        (column.title.get(ask.language).to_owned(), vec![Item::text(text)])
    });
    Document {
        heading: format!("{}: {feature}", collection.entry.dataset.file.title.get(ask.language)),
        lead: String::new(),
        sections: vec![
            Section::new(words.ogc_properties, Body::Terms(terms.collect())),
            Section::new(words.ogc_links, Body::List(ask::shown(links))),
        ],
    }
}
