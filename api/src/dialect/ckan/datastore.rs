//! `datastore_search`, `datastore_info` and dumps: rows of a dataset's current version, by its name or that of its table.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, http::header, web};
use catalog::version::{ColumnInfo, Manifest};
use config::{ColumnName, ColumnType, FileFormat};
use serde_json::{Map, Value, json};

use super::{Answer, asked::Asked, fault::Fault, package::Shown};
use crate::{
    error::Problem,
    negotiate,
    query::{Body, Form, Page, Params, Plan, Work, page},
    state::State,
};

/// Rows in one answer at the most, as CKAN has it, and by default.
const MOST_ROWS: u64 = 32_000;
const DEFAULT_ROWS: u64 = 100;

/// Rows.
pub(super) async fn search(shown: &Shown<'_>, asked: &Asked) -> Answer {
    let id = asked
        .text("resource_id")
        .or_else(|| asked.text("id"))
        .ok_or_else(|| Fault::wrong("resource_id", "Missing value"))?;
    let (entry, manifest, _) = shown.file(id)?;
    if asked.value("q").is_some_and(|q| q.as_str() != Some("")) {
        return Err(Fault::wrong("q", "Rows are not searched by words here; use filters."));
    }
    if asked.flag("distinct")? {
        return Err(Fault::wrong("distinct", "Not here: /d/{dataset}/aggregate counts different values."));
    }
    let most = u64::from(shown.state.config.server.max_page_rows).min(MOST_ROWS);
    let (limit, offset) = (asked.number("limit", DEFAULT_ROWS, most)?, asked.number("offset", 0, u64::MAX)?);
    let params = question(asked)?;
    let plan = Arc::new(Plan::new(&params, &entry.dataset, manifest)?);
    // A sorted page is found from its beginning.
    let (from, wanted) =
        if plan.order.is_empty() { (Some(offset), limit) } else { (None, offset.saturating_add(limit)) };
    if wanted > most {
        return Err(Fault::wrong("offset", format!("At most {most} rows can be sorted; leave out sort.")));
    }
    let state = shown.state;
    let table = state.tables.get(state.catalog.store(), manifest).await?;
    let (source, asked_plan) = (table.clone(), Arc::clone(&plan));
    let read = move |cancel| async move { page(&source, &asked_plan, (from, wanted.max(1)), &cancel).await };
    let found: Page = state.queries.run(Work::Page, read).await?;
    let schema = plan.select.schema(&table.schema()).map_err(Problem::internal)?;
    let text = Body::new(Form::Json, &schema, &plan.select.columns)?.whole(&found.batches)?;
    let skip = if plan.order.is_empty() { 0 } else { usize::try_from(offset).unwrap_or(usize::MAX) };
    let lines = text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let lines = lines.skip(skip).take(usize::try_from(limit).unwrap_or(usize::MAX));
    let rows =
        lines.map(serde_json::from_slice).collect::<Result<Vec<Map<String, Value>>, _>>().map_err(Problem::internal)?;
    let total = total(state, &plan, &table, asked).await?;
    answer(id, asked, (&plan.select.columns, rows), (offset, limit, total))
}

async fn total(state: &State, plan: &Plan, table: &catalog::table::Table, asked: &Asked) -> Result<Option<u64>, Fault> {
    if !asked.flag_or("include_total", true)? {
        return Ok(None);
    }
    let Some(predicate) = plan.predicate.clone() else { return Ok(Some(table.rows())) };
    let source = table.clone();
    let count = |cancel| async move { crate::query::Total::Exact.count(&source, &predicate, &cancel).await };
    Ok(Some(state.queries.run(Work::Page, count).await?.0))
}

fn answer(
    id: &str,
    asked: &Asked,
    (columns, rows): (&[ColumnInfo], Vec<Map<String, Value>>),
    (offset, limit, total): (u64, u64, Option<u64>),
) -> Answer {
    let numbered = asked.list("fields")?.is_empty();
    let mut fields: Vec<Value> = columns.iter().map(field).collect();
    if numbered {
        fields.insert(0, json!({ "id": "_id", "type": "int" }));
    }
    let numbered_rows = rows.into_iter().zip(offset.saturating_add(1)..).map(|(row, number)| {
        let mut whole = Map::new();
        if numbered {
            whole.insert("_id".to_owned(), json!(number));
        }
        whole.extend(row);
        whole
    });
    let records: Value = match asked.text("records_format").unwrap_or("objects") {
        "objects" => numbered_rows.map(Value::Object).collect(),
        "lists" => numbered_rows.map(|row| Value::Array(row.into_iter().map(|(_, value)| value).collect())).collect(),
        other => return Err(Fault::wrong("records_format", format!("'{other}' is not known here: objects or lists"))),
    };
    let mut result = json!({
        "resource_id": id, "fields": fields, "records": records, "limit": limit, "offset": offset,
        "include_total": total.is_some(), "records_format": asked.text("records_format").unwrap_or("objects"),
        "_links": {
            "start": format!("/api/3/action/datastore_search?resource_id={id}"),
            "next": format!("/api/3/action/datastore_search?resource_id={id}&offset={}", offset.saturating_add(limit)),
        },
    });
    if let (Some(total), Some(members)) = (total, result.as_object_mut()) {
        members.insert("total".to_owned(), json!(total));
        members.insert("total_was_estimated".to_owned(), json!(false));
    }
    Ok(result)
}

/// The question in the grammar of this server's own rows.
fn question(asked: &Asked) -> Result<Params, Fault> {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    let fields = asked.list("fields")?;
    if !fields.is_empty() {
        query.append_pair("select", &fields.join(","));
    }
    if let Some(sort) = asked.text("sort") {
        let by = sort.split(',').map(|part| part.split_whitespace().collect::<Vec<_>>().join(".").to_lowercase());
        query.append_pair("order", &by.collect::<Vec<_>>().join(","));
    }
    let filters = match asked.value("filters") {
        None => Map::new(),
        Some(Value::Object(filters)) => filters.clone(),
        Some(Value::String(text)) => {
            serde_json::from_str(text).map_err(|error| Fault::wrong("filters", error.to_string()))?
        }
        Some(_) => return Err(Fault::wrong("filters", "Must be a JSON object")),
    };
    for (name, wanted) in filters {
        name.parse::<ColumnName>().map_err(|_| Fault::wrong("filters", "there is no such column"))?;
        query.append_pair(&name, &condition(&wanted)?);
    }
    Ok(Params::read(&query.finish())?)
}

fn condition(wanted: &Value) -> Result<String, Fault> {
    let text = |value: &Value| match value {
        Value::String(text) => Ok(text.clone()),
        Value::Number(number) => Ok(number.to_string()),
        Value::Bool(truth) => Ok(truth.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => {
            Err(Fault::wrong("filters", "a value is a text, a number or a truth value"))
        }
    };
    match wanted {
        Value::Null => Ok("is.null".to_owned()),
        Value::Array(values) => {
            let quoted = |value| Ok(format!("\"{}\"", text(value)?.replace('\\', "\\\\").replace('"', "\\\"")));
            Ok(format!("in.({})", values.iter().map(quoted).collect::<Result<Vec<_>, Fault>>()?.join(",")))
        }
        value => Ok(format!("eq.{}", text(value)?)),
    }
}

/// Columns and number of rows.
pub(super) fn info(shown: &Shown<'_>, asked: &Asked) -> Answer {
    let id =
        asked.text("id").or_else(|| asked.text("resource_id")).ok_or_else(|| Fault::wrong("id", "Missing value"))?;
    let (entry, manifest, _) = shown.file(id)?;
    let field = |column: &ColumnInfo| {
        json!({
            "id": column.name, "type": kind(&column.kind),
            "info": { "label": column.title.nb, "notes": column.description.as_ref().map(|text| &text.nb), "type_override": "" },
            "schema": { "notnull": column.required, "native_type": kind(&column.kind), "index_name": null, "is_index": false, "uniquekey": false },
        })
    };
    Ok(json!({
        "meta": { "count": manifest.rows, "id": id, "table_type": "BASE TABLE", "aliases": [entry.dataset.id], "size": size(manifest) },
        "fields": manifest.columns.iter().map(field).collect::<Vec<_>>(),
    }))
}

/// All rows, as the server's own address of them answers.
pub(super) async fn dump(
    request: HttpRequest,
    state: web::Data<State>,
    path: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let snapshot = state.snapshot();
    let shown = Shown { state: &state, snapshot: &snapshot };
    let (entry, ..) = match shown.file(&path) {
        Ok(found) => found,
        Err(Fault::Other(problem)) => return Err(problem),
        Err(_) => return Err(Problem::not_found("There is no such resource.")),
    };
    let extension = match negotiate::query(&request, "format").as_deref() {
        None | Some("csv") => "csv",
        Some("json") => "ndjson",
        Some(other) => {
            let told: String = other.chars().take(40).collect();
            return Err(Problem::bad_request("api-format", format!("There is no dump as '{told}'."))
                .hint("Formats: csv, json."));
        }
    };
    let to = format!("{}d/{}/rows.{extension}", state.base(), entry.dataset.id);
    Ok(HttpResponse::Found()
        .insert_header((header::LOCATION, to))
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .finish())
}

fn field(column: &ColumnInfo) -> Value {
    json!({ "id": column.name, "type": kind(&column.kind) })
}

/// A type by the name that `PostgreSQL`, and thus CKAN, has for it.
fn kind(kind: &ColumnType) -> &'static str {
    match kind {
        ColumnType::Text {} | ColumnType::Code { .. } => "text",
        ColumnType::Integer {} => "int8",
        ColumnType::Number {} => "float8",
        ColumnType::Decimal { .. } => "numeric",
        ColumnType::Boolean { .. } => "bool",
        ColumnType::Date { .. } => "date",
        ColumnType::Datetime { .. } => "timestamptz",
        ColumnType::Geometry { .. } => "json",
    }
}

fn size(manifest: &Manifest) -> u64 {
    manifest.files.iter().filter(|file| file.format == FileFormat::Parquet).map(|file| file.bytes).sum()
}
