//! Links of documents: relation and media type are always told.

use serde_json::{Value, json};

/// Queryables of a collection (OGC 19-079r2).
pub(super) const QUERYABLES: &str = "http://www.opengis.net/def/rel/ogc/1.0/queryables";
/// Schema of a collection's features (OGC 23-058r2).
pub(super) const SCHEMA: &str = "http://www.opengis.net/def/rel/ogc/1.0/schema";

/// The lists of a collection's sets of vector tiles (OGC 20-057).
pub(super) const TILESETS: &str = "http://www.opengis.net/def/rel/ogc/1.0/tilesets-vector";
/// The tile matrix sets (OGC 20-057).
pub(super) const TILING_SCHEMES: &str = "http://www.opengis.net/def/rel/ogc/1.0/tiling-schemes";

/// A JSON document.
pub(super) const JSON: &str = "application/json";
/// A JSON Schema.
pub(super) const JSON_SCHEMA: &str = "application/schema+json";
/// Features.
pub(super) const GEOJSON: &str = "application/geo+json";
/// A page.
pub(super) const HTML: &str = "text/html";
/// The description of the API.
pub(super) const OPENAPI: &str = "application/vnd.oai.openapi+json;version=3.0";

/// A link.
#[derive(Debug, Clone)]
pub(super) struct Link {
    /// The relation: a registered name or an address.
    pub(super) rel: &'static str,
    /// The media type of what is there.
    pub(super) kind: String,
    /// What is there, for readers.
    pub(super) title: String,
    /// Where it is.
    pub(super) href: String,
    /// Its size in bytes, of files.
    pub(super) length: Option<u64>,
}

impl Link {
    /// A link to something of a media type.
    pub(super) fn new(rel: &'static str, kind: &str, href: String, title: impl Into<String>) -> Self {
        Self { rel, kind: kind.to_owned(), title: title.into(), href, length: None }
    }

    fn json(&self) -> Value {
        let mut link = json!({ "href": self.href, "rel": self.rel, "type": self.kind, "title": self.title });
        let Some(members) = link.as_object_mut() else { return link };
        if let Some(length) = self.length {
            members.insert("length".to_owned(), json!(length));
        }
        if self.href.contains('{') {
            members.insert("templated".to_owned(), json!(true));
        }
        link
    }
}

/// Links as a document has them.
pub(super) fn list(links: &[Link]) -> Value {
    links.iter().map(Link::json).collect()
}
