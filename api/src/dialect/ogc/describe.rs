//! What is known of a collection: texts, extent, systems and links.

use catalog::version::ColumnStatistics;
use serde_json::{Value, json};

use super::{
    ask::Ask,
    collection::Collection,
    crs,
    link::{self, GEOJSON, HTML, JSON, JSON_SCHEMA, Link, QUERYABLES, SCHEMA, TILESETS},
};
use crate::dialect::texts;

/// Files that a collection links to at the most: a dataset in parts has many.
const FILES: usize = 50;

/// The description of a collection (OGC 17-069r4 section 7.14).
pub(super) fn json(ask: &Ask<'_>, collection: &Collection<'_>) -> Value {
    let file = &collection.entry.dataset.file;
    let offers = crs::offers(collection.storage());
    json!({
        "id": collection.id(),
        "title": file.title.get(ask.language),
        "description": file.description.get(ask.language),
        "links": link::list(&links(ask, collection)),
        "extent": extent(collection),
        "itemType": "feature",
        "crs": offers.iter().map(|offer| &offer.uri).collect::<Vec<_>>(),
        "storageCrs": collection.storage().uri(),
    })
}

/// The links of a collection, the same in the list and in its own document.
pub(super) fn links(ask: &Ask<'_>, collection: &Collection<'_>) -> Vec<Link> {
    let (words, id, base) = (ask.words(), collection.id(), ask.state.base());
    let own = ask.at(&format!("/collections/{id}"));
    let (licence, licence_url) = texts::licence(collection.entry.dataset.file.licence);
    let mut links = vec![
        Link::new("self", JSON, own.clone(), words.ogc_collection),
        Link::new("alternate", HTML, format!("{own}?f=html"), words.ogc_collection),
        Link::new("items", GEOJSON, format!("{own}/items"), words.ogc_items),
        Link::new("items", HTML, format!("{own}/items?f=html"), words.ogc_items),
        Link::new(QUERYABLES, JSON_SCHEMA, format!("{own}/queryables"), words.ogc_queryables),
        Link::new(SCHEMA, JSON_SCHEMA, format!("{own}/schema"), words.schema),
        Link::new(TILESETS, JSON, format!("{own}/tiles"), words.ogc_tiles),
        Link::new("describedby", JSON_SCHEMA, format!("{own}/schema"), words.schema),
        Link::new("describedby", JSON, format!("{base}d/{id}/schema"), words.schema),
        Link::new("describedby", HTML, format!("{base}d/{id}"), words.dataset_page),
        Link::new("license", HTML, licence_url.to_owned(), licence),
    ];
    let version = collection.manifest.number;
    links.extend(collection.manifest.files.iter().take(FILES).map(|file| Link {
        length: Some(file.bytes),
        ..Link::new(
            "enclosure",
            file.format.media_type(),
            format!("{base}d/{id}/v/{version}/{}", file.name),
            &file.name,
        )
    }));
    links
}

fn extent(collection: &Collection<'_>) -> Value {
    let mut extent = json!({});
    let Some(members) = extent.as_object_mut() else { return extent };
    if let Some(bbox) = collection.manifest.bbox {
        let crs = catalog::crs::Crs::CRS84.uri();
        members.insert("spatial".to_owned(), json!({ "bbox": [bbox], "crs": crs }));
    }
    if let Some(known) = collection.time().and_then(|column| collection.manifest.statistics.get(&column.name)) {
        let trs = "http://www.opengis.net/def/uom/ISO-8601/0/Gregorian";
        members.insert("temporal".to_owned(), json!({ "interval": [interval(known)], "trs": trs }));
    }
    extent
}

/// The first and last instant, of days their own first and last.
pub(super) fn interval(known: &ColumnStatistics) -> [Option<String>; 2] {
    let instant = |text: &Option<String>, time: &str| {
        text.as_ref().map(|text| if text.contains('T') { text.clone() } else { format!("{text}T{time}Z") })
    };
    [instant(&known.min, "00:00:00"), instant(&known.max, "23:59:59")]
}
