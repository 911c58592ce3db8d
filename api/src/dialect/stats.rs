//! `/d/{dataset}/stats`: each column of a version in numbers: missing and different values, extremes, mean and percentiles,
//! and the values that most rows have.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web};
use catalog::{
    Entry,
    encode::json_lines,
    table::Table,
    version::{ColumnInfo, Manifest},
};
use config::ColumnType;
use serde_json::{Map, Value, json};

use super::table::{Head, version};
use crate::{
    error::Problem,
    lookup,
    query::{Aggregate, Params, Work, aggregate},
    state::State,
};

/// Values of a column that are listed.
const LISTED: usize = 10;
/// The numbers about a column of numbers, by their names in the answer.
const NUMBERS: &str = "mean:{c}.avg(),p5:{c}.p5(),p25:{c}.p25(),median:{c}.median(),p75:{c}.p75(),p95:{c}.p95()";

/// The columns in numbers.
pub(crate) async fn stats(
    state: web::Data<State>,
    request: HttpRequest,
    path: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let snapshot = state.snapshot();
    let entry = lookup::open_entry(&snapshot, &path)?;
    let params = Params::read(request.query_string())?;
    params.only(&["version"])?;
    let manifest = version(entry, params.get("version"), None)?;
    let head = Head::document(manifest, &params, "stats");
    if let Some(unchanged) = head.unchanged(&request) {
        return Ok(unchanged);
    }
    let mut response = head.begin(&request, &path);
    let table = state.tables.get(state.catalog.store(), manifest).await?;
    let mut columns = Vec::with_capacity(manifest.columns.len());
    for column in &manifest.columns {
        columns.push(described(&state, (entry, manifest), &table, column).await?);
    }
    let body =
        json!({ "dataset": manifest.dataset, "version": manifest.number, "rows": manifest.rows, "columns": columns });
    Ok(response.body(body.to_string()))
}

async fn described(
    state: &State,
    (entry, manifest): (&Entry, &Manifest),
    table: &Table,
    column: &ColumnInfo,
) -> Result<Value, Problem> {
    let known = manifest.statistics.get(&column.name);
    let mut members = Map::new();
    members.insert("name".to_owned(), json!(column.name));
    members.insert("title".to_owned(), json!(column.title));
    members.insert("missing".to_owned(), json!(known.map(|known| known.nulls)));
    members.insert("min".to_owned(), json!(known.and_then(|known| known.min.as_ref())));
    members.insert("max".to_owned(), json!(known.and_then(|known| known.max.as_ref())));
    let name = &column.name;
    match column.kind {
        ColumnType::Integer {} | ColumnType::Number {} | ColumnType::Decimal { .. } => {
            let select = NUMBERS.replace("{c}", name.as_str());
            let rows = asked(state, (entry, manifest), table, &[("select", &select)]).await?;
            members.extend(rows.into_iter().next().unwrap_or_default());
        }
        ColumnType::Code { .. } | ColumnType::Boolean { .. } => {
            let select = format!("value:{name},rows:count()");
            let condition = "is.notnull";
            let question = [("select", select.as_str()), ("order", "rows.desc"), (name.as_str(), condition)];
            match asked(state, (entry, manifest), table, &question).await {
                Ok(rows) => {
                    members.insert("different".to_owned(), json!(rows.len()));
                    members.insert("frequent".to_owned(), rows.into_iter().take(LISTED).map(Value::Object).collect());
                }
                // More values than one answer has groups: none of them is frequent.
                Err(problem) if problem.status().is_client_error() => {}
                Err(problem) => return Err(problem),
            }
        }
        ColumnType::Text {} | ColumnType::Date { .. } | ColumnType::Datetime { .. } | ColumnType::Geometry { .. } => {}
    }
    Ok(Value::Object(members))
}

/// The answer to a question about groups, as objects.
async fn asked(
    state: &State,
    (entry, manifest): (&Entry, &Manifest),
    table: &Table,
    question: &[(&str, &str)],
) -> Result<Vec<Map<String, Value>>, Problem> {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(question);
    let root = format!("{} {}", manifest.dataset, manifest.number);
    let zone = entry.dataset.file.schedule.as_ref().map_or(super::aggregate::ZONE, |schedule| &schedule.time_zone);
    let ask = Arc::new(Aggregate::new(&Params::read(&query.finish())?, &manifest.columns, &root, zone)?);
    let (source, asked) = (table.clone(), Arc::clone(&ask));
    let read = move |cancel| async move { aggregate(&source, &asked, &cancel).await };
    let batch = state.queries.run(Work::Page, read).await?;
    let mut text = Vec::new();
    json_lines(&batch, &ask.columns, &mut text)?;
    let lines = text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    lines.map(|line| serde_json::from_slice(line).map_err(Problem::internal)).collect()
}
