//! `/ogc/collections/{collection}/queryables` and `/schema`: the properties of features as JSON Schema.

use actix_web::{HttpRequest, HttpResponse, web};
use catalog::version::ColumnInfo;
use config::{ColumnType, Language};
use serde_json::{Map, Value, json};

use super::{
    ask::{self, Ask, Form},
    collection::{self, Collection},
    link::JSON_SCHEMA,
    parameters::plain_schema,
};
use crate::{
    dialect::{
        html::{Body, Document, Item, Section},
        texts,
    },
    error::Problem,
    state::State,
};

/// What filters can be about.
pub(crate) async fn queryables(
    state: web::Data<State>,
    request: HttpRequest,
    path: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    answer(&state, &request, &path, false)
}

/// What features have.
pub(crate) async fn schema(
    state: web::Data<State>,
    request: HttpRequest,
    path: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    answer(&state, &request, &path, true)
}

fn answer(state: &State, request: &HttpRequest, id: &str, schema: bool) -> Result<HttpResponse, Problem> {
    let snapshot = state.snapshot();
    let collection = collection::current(&snapshot, id)?;
    let ask = Ask::new(state, request, JSON_SCHEMA, &[])?;
    if ask.form == Form::Json {
        return Ok(ask.json(&snapshot, &document(&ask, &collection, schema)));
    }
    let words = ask.words();
    let name = if schema { words.schema } else { words.ogc_queryables };
    let rows = collection.manifest.columns.iter().map(|column| {
        let described = column.description.as_ref().map(|text| text.get(ask.language).to_owned());
        let kind = texts::column_type(&column.kind, ask.language).to_owned();
        let title = column.title.get(ask.language).to_owned();
        [column.name.to_string(), title, kind, described.unwrap_or_default()].map(Item::text).into()
    });
    let head = [words.column, words.title, words.kind, words.description].map(str::to_owned).into();
    ask.page(Document {
        heading: format!("{name}: {}", collection.entry.dataset.file.title.get(ask.language)),
        lead: String::new(),
        sections: vec![
            Section::new(name, Body::Table { head, rows: rows.collect() }),
            Section::new(words.ogc_links, Body::List(ask::shown(&ask.own_links()))),
        ],
    })
}

/// The properties as JSON Schema; of a feature's schema with the order, the unit and the part that each one plays.
fn document(ask: &Ask<'_>, collection: &Collection<'_>, schema: bool) -> Value {
    let mut properties = Map::new();
    for (index, column) in collection.manifest.columns.iter().enumerate() {
        let mut property = property(column, ask.language);
        if let (true, Some(members)) = (schema, property.as_object_mut()) {
            members.insert("x-ogc-propertySeq".to_owned(), json!(index + 1));
            if let Some(role) = role(collection, column) {
                members.insert("x-ogc-role".to_owned(), json!(role));
            }
            if let Some(unit) = &column.unit {
                members.insert("x-ogc-unit".to_owned(), json!(unit));
                members.insert("x-ogc-unitLang".to_owned(), json!("UCUM"));
            }
        }
        properties.insert(column.name.to_string(), property);
    }
    let local = if schema { "schema" } else { "queryables" };
    let required: Vec<&str> = collection
        .manifest
        .columns
        .iter()
        .filter(|column| schema && column.required)
        .map(|column| column.name.as_str())
        .collect();
    let mut document = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": ask.at(&format!("/collections/{}/{local}", collection.id())),
        "type": "object",
        "title": collection.entry.dataset.file.title.get(ask.language),
        "properties": properties,
        "additionalProperties": false,
    });
    if let (false, Some(members)) = (required.is_empty(), document.as_object_mut()) {
        members.insert("required".to_owned(), json!(required));
    }
    document
}

/// The part that a property plays (OGC 23-058r2 section 8).
fn role(collection: &Collection<'_>, column: &ColumnInfo) -> Option<&'static str> {
    if column.name == collection.geometry.name {
        return Some("primary-geometry");
    }
    if collection.time().is_some_and(|time| time.name == column.name) {
        return Some("primary-instant");
    }
    // Only one property can be the identifier.
    let only_key = matches!(collection.manifest.key.as_slice(), [key] if *key == column.name);
    (only_key && !collection.manifest.has_ambiguous_keys()).then_some("id")
}

fn property(column: &ColumnInfo, language: Language) -> Value {
    let mut property = plain_schema(&column.kind);
    let Some(members) = property.as_object_mut() else { return property };
    members.insert("title".to_owned(), json!(column.title.get(language)));
    if let Some(text) = &column.description {
        members.insert("description".to_owned(), json!(text.get(language)));
    }
    if !column.codes.is_empty() && !matches!(column.kind, ColumnType::Geometry { .. }) {
        let codes = column.codes.iter().map(|(code, meaning)| json!({ "const": code, "title": meaning.get(language) }));
        members.insert("oneOf".to_owned(), codes.collect());
    }
    property
}
