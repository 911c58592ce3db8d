//! The parameters of items: what they are called and what they mean, for requests and for the description of the API.

use catalog::version::ColumnInfo;
use config::ColumnType;
use serde_json::{Value, json};

use super::collection::Collection;
use crate::query::cql2;

/// Features of a JSON page if no limit is given.
pub(super) const DEFAULT_LIMIT: u64 = 1000;
/// Features of a page for readers if no limit is given.
pub(super) const DEFAULT_SHOWN: u64 = 100;

/// Parameters of items that are no properties.
pub(super) const ITEMS: [&str; 9] =
    ["limit", "bbox", "bbox-crs", "crs", "datetime", "filter", "filter-lang", "filter-crs", "cursor"];
/// Parameters of everything.
pub(super) const COMMON: [&str; 2] = ["f", "lang"];

/// The columns that are parameters too: all but geometries and those that are called like another parameter.
pub(super) fn properties<'a>(collection: &Collection<'a>) -> impl Iterator<Item = &'a ColumnInfo> {
    collection.manifest.columns.iter().filter(|column| {
        let name = column.name.as_str();
        !matches!(column.kind, ColumnType::Geometry { .. }) && !ITEMS.contains(&name) && !COMMON.contains(&name)
    })
}

/// `f` and `lang`, in the form of `OpenAPI` 3.0.
pub(super) fn common() -> Vec<Value> {
    vec![
        choice("f", "The form of the answer. Default: by Accept.", &["json", "html"], "json"),
        choice("lang", "The language of texts. Default: by Accept-Language, else nb.", &["nb", "nn", "en"], "nb"),
    ]
}

fn choice(name: &str, meaning: &str, values: &[&str], example: &str) -> Value {
    parameter(name, meaning, &json!({ "type": "string", "enum": values }), Some(example))
}

/// The form of tiles: there is one.
pub(super) fn tile_format() -> Value {
    choice("f", "The form of the tile.", &["mvt"], "mvt")
}

fn parameter(name: &str, meaning: &str, schema: &Value, example: Option<&str>) -> Value {
    let mut parameter = json!({
        "name": name, "in": "query", "required": false, "description": meaning, "schema": schema,
        "style": "form", "explode": false,
    });
    if let (Some(example), Some(parameter)) = (example, parameter.as_object_mut()) {
        parameter.insert("example".to_owned(), json!(example));
    }
    parameter
}

/// The parameter `crs` of a collection.
pub(super) fn crs(uris: &[String]) -> Value {
    uri_choice("crs", "The coordinate reference system of geometries in the answer.", uris)
}

fn uri_choice(name: &str, meaning: &str, uris: &[String]) -> Value {
    let default = uris.first();
    parameter(name, meaning, &json!({ "type": "string", "format": "uri", "enum": uris, "default": default }), None)
}

/// Every parameter of a collection's items.
pub(super) fn items(collection: &Collection<'_>, uris: &[String], most: u64) -> Vec<Value> {
    let limit = format!(
        "Features of a page at the most; of pages for readers {DEFAULT_SHOWN} if it is not given. More than the maximum is taken for the maximum."
    );
    let numbers = |count: u64| json!({ "minItems": count, "maxItems": count });
    let bbox = json!({ "type": "array", "oneOf": [numbers(4), numbers(6)], "items": { "type": "number" } });
    let languages: Vec<&str> = cql2::Language::ALL.map(cql2::Language::name).into();
    let mut parameters = vec![
        parameter(
            "limit",
            &limit,
            &json!({ "type": "integer", "minimum": 1, "maximum": most, "default": DEFAULT_LIMIT.min(most) }),
            None,
        ),
        parameter(
            "bbox",
            "Lower corner and upper corner in the order of the axes; features that meet the box, and those without geometry.",
            &bbox,
            None,
        ),
        uri_choice("bbox-crs", "The coordinate reference system of bbox.", uris),
        crs(uris),
        parameter("datetime", &datetime(collection), &json!({ "type": "string" }), Some("2026-01-01T00:00:00Z/..")),
        parameter("filter", "A condition in CQL2 on the queryables.", &json!({ "type": "string" }), None),
        parameter(
            "filter-lang",
            "The language of filter.",
            &json!({ "type": "string", "enum": languages, "default": languages.first() }),
            None,
        ),
        uri_choice("filter-crs", "The coordinate reference system of geometries in filter.", uris),
        parameter(
            "cursor",
            "Where the page before ended; from its link with rel=next.",
            &json!({ "type": "string" }),
            None,
        ),
    ];
    parameters.extend(properties(collection).map(property));
    parameters
}

fn datetime(collection: &Collection<'_>) -> String {
    match collection.time() {
        Some(column) => format!(
            "An instant, or an interval with '/', open where it has '..'; features whose {} lies in it, and those without.",
            column.name
        ),
        None => "An instant or an interval; these features have no time, so that all of them match.".to_owned(),
    }
}

fn property(column: &ColumnInfo) -> Value {
    let meaning = format!("Features whose {} is this.", column.name);
    parameter(column.name.as_str(), &meaning, &plain_schema(&column.kind), None)
}

/// The type of a column as JSON Schema, as far as both `OpenAPI` 3.0 and newer drafts agree.
pub(super) fn plain_schema(kind: &ColumnType) -> Value {
    match kind {
        ColumnType::Text {} | ColumnType::Code { .. } => json!({ "type": "string" }),
        ColumnType::Integer {} => json!({ "type": "integer" }),
        ColumnType::Number {} | ColumnType::Decimal { .. } => json!({ "type": "number" }),
        ColumnType::Boolean { .. } => json!({ "type": "boolean" }),
        ColumnType::Date { .. } => json!({ "type": "string", "format": "date" }),
        ColumnType::Datetime { .. } => json!({ "type": "string", "format": "date-time" }),
        ColumnType::Geometry { .. } => json!({ "format": "geometry-any" }),
    }
}
