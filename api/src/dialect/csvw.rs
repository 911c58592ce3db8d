//! `/d/{dataset}/v/{version}/csvw.json`: the CSV files of a version as a table group of CSV on the Web
//! (<https://www.w3.org/TR/tabular-metadata/>).

use actix_web::{HttpResponse, web};
use catalog::version::{ColumnInfo, Manifest};
use config::{ColumnType, FileFormat, Text};
use serde_json::{Value, json};

use super::pinned;
use crate::{error::Problem, lookup, state::State};

/// The CSV files of the version.
pub(crate) async fn metadata(
    state: web::Data<State>,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, Problem> {
    let (dataset, number) = path.into_inner();
    let snapshot = state.snapshot();
    let entry = lookup::open_entry(&snapshot, &dataset)?;
    let (manifest, files) = lookup::files(entry, &number)?;
    let root = pinned::address(&state, manifest);
    let tables: Vec<Value> = files
        .iter()
        .filter(|file| file.format == FileFormat::Csv)
        .map(|file| json!({ "url": format!("{root}/{}", file.name), "tableSchema": schema(manifest) }))
        .collect();
    let file = &entry.dataset.file;
    let body = json!({
        "@context": ["http://www.w3.org/ns/csvw", { "@language": "nb" }],
        "@id": format!("{root}/csvw.json"),
        "dc:title": texts(&file.title),
        "dc:description": texts(&file.description),
        "dc:license": { "@id": file.licence.iri() },
        "dc:source": { "@id": root },
        "dialect": { "encoding": "utf-8", "delimiter": ",", "lineTerminators": ["\r\n"], "header": true },
        "tables": tables,
    });
    Ok(pinned::document(&state, manifest, pinned::CSVW, &body))
}

fn schema(manifest: &Manifest) -> Value {
    let columns: Vec<Value> = manifest.columns.iter().map(column).collect();
    if manifest.has_naming_key() {
        json!({ "columns": columns, "primaryKey": manifest.key })
    } else {
        json!({ "columns": columns })
    }
}

/// A column. Its `titles` is what stands in the header, which validators compare; what readers call it is `dc:title`.
fn column(column: &ColumnInfo) -> Value {
    let mut value = json!({
        "name": column.name,
        "titles": column.name,
        "dc:title": texts(&column.title),
        "datatype": datatype(&column.kind),
        "required": column.required,
    });
    let Some(members) = value.as_object_mut() else { return value };
    members.extend(column.description.as_ref().map(|text| ("dc:description".to_owned(), texts(text))));
    members.extend(column.concept.as_ref().map(|concept| ("propertyUrl".to_owned(), json!(concept))));
    value
}

fn texts(text: &Text) -> Value {
    text.iter().map(|(language, value)| json!({ "@value": value, "@language": language.tag() })).collect()
}

/// The type of the values as CSV has them: geometries are well-known text there.
fn datatype(kind: &ColumnType) -> &'static str {
    match kind {
        ColumnType::Text {} | ColumnType::Code { .. } | ColumnType::Geometry { .. } => "string",
        ColumnType::Integer {} => "long",
        ColumnType::Number {} => "double",
        ColumnType::Decimal { .. } => "decimal",
        ColumnType::Boolean { .. } => "boolean",
        ColumnType::Date { .. } => "date",
        ColumnType::Datetime { .. } => "dateTime",
    }
}
