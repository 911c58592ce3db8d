//! `/ogc/collections/{collection}/items`: a page of features, as `GeoJSON` or for readers.

use actix_web::{
    HttpRequest, HttpResponse, HttpResponseBuilder,
    http::header::{self, HeaderName},
    web,
};
use catalog::{
    Sha256,
    encode::{FeatureEncoder, FeatureId, Ids, Wire},
    table::{Cells, Predicate, Table},
    version::ColumnInfo,
};
use config::ColumnType;
use serde_json::json;

use super::{
    ask::{self, Ask, Form},
    collection::Collection,
    crs::Offer,
    cursor::Cursor,
    link::{self, GEOJSON, HTML, Link},
    question::{self, Question},
};
use crate::{
    dialect::html::{Body, Document, Item, Section},
    error::Problem,
    negotiate,
    query::{Params, Sought, Work, count, cql2::Admitted, seek},
    state::State,
};

/// Rows of a table in which features of a condition are counted beyond the page.
const COUNTED_ROWS: u64 = 100_000;
/// Characters of a cell shown.
const CELL: usize = 120;
/// How long a page of a named version may be kept: versions never change, but can be withdrawn.
const PINNED: &str = "public, max-age=300";
/// A page of the current version must be asked for again; mostly that is a 304.
const CURRENT: &str = "public, no-cache";

/// Features of a collection.
pub(crate) async fn items(
    state: web::Data<State>,
    request: HttpRequest,
    path: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let snapshot = state.snapshot();
    let collection = question::asked(&snapshot, &path, &Params::read(request.query_string())?)?;
    let ask = Ask::new(&state, &request, GEOJSON, &question::allowed(&collection))?;
    let question = question::read(&ask, collection)?;
    let etag = etag(&ask, &question);
    let seen = request.headers().get(header::IF_NONE_MATCH).and_then(|list| list.to_str().ok());
    if seen.is_some_and(|list| negotiate::lists_etag(list, etag.trim_start_matches("W/"), true)) {
        let mut unchanged = HttpResponse::NotModified();
        describe(&mut unchanged, &question.offer, &question.collection, (&etag, question.pinned));
        return Ok(unchanged.finish());
    }
    let page = read(&state, &question, ask.form).await?;
    let links = links(&ask, &question, &page);
    let mut response = HttpResponse::Ok();
    match ask.form {
        Form::Json => {
            describe(&mut response, &question.offer, &question.collection, (&etag, question.pinned));
            if let Some(next) = links.iter().find(|link| link.rel == "next") {
                response.insert_header((header::LINK, format!("<{}>; rel=\"next\"; type=\"{GEOJSON}\"", next.href)));
            }
            Ok(response.content_type(GEOJSON).body(document(&ask, &page, &links)))
        }
        Form::Html => {
            let mut shown = ask.page(shown(&ask, &question, &page, &links)?)?;
            let headers = shown.headers_mut();
            if let Ok(value) = content_crs(&question.offer).parse() {
                headers.insert(HeaderName::from_static("content-crs"), value);
            }
            Ok(shown)
        }
    }
}

/// A page that was read.
struct Page {
    sought: Sought,
    matched: Option<u64>,
    /// The features as JSON, where they are wanted so.
    features: Vec<u8>,
}

/// What the pool's threads need to know.
struct Job {
    table: Table,
    columns: Vec<ColumnInfo>,
    predicate: Option<Predicate>,
    encoder: Option<FeatureEncoder>,
    cursor: Cursor,
    limit: u64,
    /// Rows of the table.
    rows: u64,
}

async fn read(state: &State, question: &Question<'_>, form: Form) -> Result<Page, Problem> {
    let collection = &question.collection;
    let predicate = match &question.admitted {
        Admitted::Nothing => {
            let sought = Sought { batches: Vec::new(), rows: 0, next: None };
            return Ok(Page { sought, matched: Some(0), features: Vec::new() });
        }
        Admitted::Everything => None,
        Admitted::Rows(predicate) => Some(predicate.clone()),
    };
    let columns = collection.manifest.columns.clone();
    let encoder = match form {
        Form::Json => Some(encoder(collection, &question.offer)?),
        Form::Html => None,
    };
    let table = state.tables.get(state.catalog.store(), collection.manifest).await?;
    let (cursor, limit, rows) = (question.cursor, question.limit, collection.manifest.rows);
    let job = Job { table, columns, predicate, encoder, cursor, limit, rows };
    state.queries.run(Work::Page, |cancel| async move { job.run(&cancel).await }).await
}

impl Job {
    async fn run(self, cancel: &catalog::table::Cancel) -> Result<Page, Problem> {
        let names = self.columns.iter().map(|column| column.name.clone()).collect();
        let (from, asked) = (self.cursor.row, (names, self.predicate.clone()));
        let sought = seek(&self.table, asked, (from, self.limit), cancel).await?;
        let matched = match (&self.predicate, self.cursor.matched, sought.next) {
            (None, ..) => Some(self.rows),
            (Some(_), Some(known), _) => Some(known),
            (Some(_), None, None) if from == 0 => Some(sought.rows),
            (Some(predicate), None, Some(next)) if from == 0 && self.rows <= COUNTED_ROWS => {
                Some(sought.rows + count(&self.table, predicate, (next, None), cancel).await?)
            }
            (Some(_), None, _) => None,
        };
        let mut features = Vec::new();
        for (index, batch) in sought.batches.iter().enumerate() {
            if let Some(encoder) = &self.encoder {
                encoder.write(batch, index > 0, &mut features)?;
            }
        }
        Ok(Page { sought, matched, features })
    }
}

/// Writes features of a collection in a system that it is offered in.
///
/// # Errors
/// If the collection has no geometry, which never is so.
pub(super) fn encoder(collection: &Collection<'_>, offer: &Offer) -> Result<FeatureEncoder, Problem> {
    let wire = Wire { crs: offer.crs, heights: offer.heights };
    FeatureEncoder::new(&collection.manifest.columns, collection.feature_id(), wire)
        .ok_or_else(|| Problem::internal("a collection without geometry"))
}

/// The tag of an answer: weak, since every answer says when it was made.
fn etag(ask: &Ask<'_>, question: &Question<'_>) -> String {
    let (form, language) = (ask.form, ask.language.tag());
    let identity = format!(
        "{} {form:?} {language} {:?} {} {} {}",
        question.text,
        question.cursor,
        question.limit,
        ask.request.query_string(),
        env!("CARGO_PKG_VERSION")
    );
    format!("W/\"{}\"", Sha256::of(identity.as_bytes()))
}

/// The value of `Content-Crs` (OGC 18-058r1 section 6.5).
pub(super) fn content_crs(offer: &Offer) -> String {
    format!("<{}>", offer.uri)
}

/// The headers that 200 and 304 share.
pub(super) fn describe(
    response: &mut HttpResponseBuilder,
    offer: &Offer,
    collection: &Collection<'_>,
    (etag, pinned): (&str, bool),
) {
    response
        .insert_header((header::ETAG, etag.to_owned()))
        .insert_header((header::VARY, "Accept, Accept-Language"))
        .insert_header((header::CACHE_CONTROL, if pinned { PINNED } else { CURRENT }))
        .insert_header((HeaderName::from_static("content-crs"), content_crs(offer)))
        .insert_header((HeaderName::from_static("x-allmenning-version"), collection.manifest.number.to_string()));
}

fn links(ask: &Ask<'_>, question: &Question<'_>, page: &Page) -> Vec<Link> {
    let words = ask.words();
    let mut links = ask.own_links();
    if let Some(row) = page.sought.next {
        let cursor = Cursor { row, matched: page.matched, ..question.cursor }.seal(&question.text);
        let kind = if ask.form == Form::Json { GEOJSON } else { HTML };
        links.push(Link::new("next", kind, ask.params.with(&ask.path(), "cursor", Some(&cursor)), words.ogc_next));
    }
    let local = format!("/collections/{}", question.collection.id());
    links.push(Link::new("collection", link::JSON, ask.at(&local), words.ogc_collection));
    links
}

fn document(ask: &Ask<'_>, page: &Page, links: &[Link]) -> Vec<u8> {
    let now = (ask.state.clock)().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let matched = page.matched.map_or_else(String::new, |matched| format!("\"numberMatched\":{matched},"));
    let mut document = format!(
        "{{\"type\":\"FeatureCollection\",{matched}\"numberReturned\":{},\"timeStamp\":{},\"links\":{},\"features\":[\n",
        page.sought.rows,
        json!(now),
        link::list(links),
    )
    .into_bytes();
    document.extend_from_slice(&page.features);
    document.extend_from_slice(b"\n]}\n");
    document
}

/// The features as a table, each with a link to itself.
fn shown(ask: &Ask<'_>, question: &Question<'_>, page: &Page, links: &[Link]) -> Result<Document, Problem> {
    let (words, collection) = (ask.words(), &question.collection);
    let columns: Vec<&ColumnInfo> = collection.manifest.columns.iter().collect();
    let mut rows = Vec::new();
    for batch in &page.sought.batches {
        let ids = Ids::new(&collection.feature_id(), batch)?;
        for row in 0..batch.num_rows() {
            let id = ids.text(row);
            let local = format!("/collections/{}/items/{}", collection.id(), segment(&id));
            let shown_id = match collection.feature_id() {
                FeatureId::Row => format!("{id} ({} {})", words.version.to_lowercase(), collection.manifest.number),
                FeatureId::Key(_) => id,
            };
            let mut cells = vec![Item::link(shown_id, ask.at(&local))];
            cells.extend(columns.iter().map(|column| Item::text(cell(batch, column, row))));
            rows.push(cells);
        }
    }
    let of = page.matched.map_or_else(String::new, |matched| format!(" / {matched}"));
    let heading = format!("{}: {}", words.ogc_items, collection.entry.dataset.file.title.get(ask.language));
    let head = columns.iter().map(|column| column.title.get(ask.language).to_owned());
    let table = Body::Table { head: std::iter::once("id".to_owned()).chain(head).collect(), rows };
    let lead = format!("{}{of} · {}", page.sought.rows, content_crs(&question.offer));
    let sections =
        vec![Section::new(words.ogc_items, table), Section::new(words.ogc_links, Body::List(ask::shown(links)))];
    Ok(Document { heading, lead, sections })
}

/// The text of a cell: of geometries only what they are.
fn cell(batch: &arrow::record_batch::RecordBatch, column: &ColumnInfo, row: usize) -> String {
    let mut text = String::new();
    let cells = batch.column_by_name(column.name.as_str()).and_then(Cells::new);
    if let Some(cell) = cells.as_ref().and_then(|cells| cells.get(row)) {
        cell.write_text(&mut text);
    }
    if matches!(column.kind, ColumnType::Geometry { .. }) {
        return text.split('(').next().unwrap_or_default().trim().to_owned();
    }
    if text.chars().count() > CELL { text.chars().take(CELL - 1).chain(['…']).collect() } else { text }
}

/// An identifier as one segment of a path.
pub(super) fn segment(id: &str) -> String {
    percent_encoding::utf8_percent_encode(id, percent_encoding::NON_ALPHANUMERIC).to_string()
}
