//! `/d/{dataset}/v/{version}/datapackage.json`: a version as a Data Package 2.0 (<https://datapackage.org>), each file a
//! resource, those of CSV with a Table Schema.

use actix_web::{HttpResponse, web};
use catalog::version::{ColumnInfo, Manifest, PublishedFile};
use config::{ColumnName, ColumnType, Dataset, FileFormat, Language};
use serde_json::{Map, Value, json};

use super::{pinned, texts};
use crate::{error::Problem, lookup, state::State};

const PROFILE: &str = "https://datapackage.org/profiles/2.0";

/// The version as a Data Package.
pub(crate) async fn package(
    state: web::Data<State>,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, Problem> {
    let (dataset, number) = path.into_inner();
    let snapshot = state.snapshot();
    let entry = lookup::open_entry(&snapshot, &dataset)?;
    let (manifest, files) = lookup::files(entry, &number)?;
    let root = pinned::address(&state, manifest);
    let resources: Vec<Value> = files.iter().map(|file| resource(&root, manifest, file)).collect();
    let mut body = described(&entry.dataset, manifest);
    body.insert("id".to_owned(), Value::String(root));
    body.insert("resources".to_owned(), Value::Array(resources));
    Ok(pinned::document(&state, manifest, "application/json", &Value::Object(body)))
}

/// What is said of the whole.
fn described(dataset: &Dataset, manifest: &Manifest) -> Map<String, Value> {
    let file = &dataset.file;
    let (licence, licence_url) = texts::licence(file.licence);
    let members = [
        ("$schema", json!(format!("{PROFILE}/datapackage.json"))),
        ("name", json!(manifest.dataset)),
        ("title", json!(file.title.get(Language::Nb))),
        ("description", json!(file.description.get(Language::Nb))),
        // Versions have numbers; the profile asks for three parts.
        ("version", json!(format!("{}.0.0", manifest.number))),
        ("created", json!(manifest.published)),
        ("licenses", json!([{ "title": licence, "path": licence_url }])),
    ];
    members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// A file.
fn resource(root: &str, manifest: &Manifest, file: &PublishedFile) -> Value {
    let mut value = json!({
        "name": file.name,
        "path": format!("{root}/{}", file.name),
        "format": file.format.extension(),
        "mediatype": file.format.media_type(),
        "bytes": file.bytes,
        "hash": format!("sha256:{}", file.sha256),
    });
    if let (FileFormat::Csv, Some(members)) = (file.format, value.as_object_mut()) {
        members.insert("$schema".to_owned(), json!(format!("{PROFILE}/dataresource.json")));
        members.insert("type".to_owned(), json!("table"));
        members.insert("encoding".to_owned(), json!("utf-8"));
        members
            .insert("dialect".to_owned(), json!({ "delimiter": ",", "lineTerminator": "\r\n", "doubleQuote": true }));
        members.insert("schema".to_owned(), table_schema(manifest));
    }
    value
}

/// The columns as Table Schema 2.0.
fn table_schema(manifest: &Manifest) -> Value {
    let mut schema = json!({
        "$schema": format!("{PROFILE}/tableschema.json"),
        "fields": manifest.columns.iter().map(|column| field(column, &manifest.key)).collect::<Vec<_>>(),
        "missingValues": [""],
    });
    if let Some(members) = schema.as_object_mut().filter(|_| manifest.has_naming_key()) {
        members.insert("primaryKey".to_owned(), json!(manifest.key));
    }
    schema
}

/// A column.
fn field(column: &ColumnInfo, key: &[ColumnName]) -> Value {
    let mut value = json!({
        "name": column.name,
        "type": kind(&column.kind),
        "title": column.title.get(Language::Nb),
    });
    let mut constraints = Map::new();
    if column.required || key == [column.name.clone()] {
        constraints.insert("required".to_owned(), json!(true));
    }
    if !column.codes.is_empty() {
        constraints.insert("enum".to_owned(), json!(column.codes.keys().collect::<Vec<_>>()));
    }
    let Some(members) = value.as_object_mut() else { return value };
    members.extend(column.description.as_ref().map(|text| ("description".to_owned(), json!(text.get(Language::Nb)))));
    members.extend(column.concept.as_ref().map(|concept| ("rdfType".to_owned(), json!(concept))));
    if !constraints.is_empty() {
        members.insert("constraints".to_owned(), Value::Object(constraints));
    }
    value
}

/// The type of the values as CSV has them: geometries are well-known text there.
fn kind(kind: &ColumnType) -> &'static str {
    match kind {
        ColumnType::Text {} | ColumnType::Code { .. } | ColumnType::Geometry { .. } => "string",
        ColumnType::Integer {} => "integer",
        ColumnType::Number {} | ColumnType::Decimal { .. } => "number",
        ColumnType::Boolean { .. } => "boolean",
        ColumnType::Date { .. } => "date",
        ColumnType::Datetime { .. } => "datetime",
    }
}
