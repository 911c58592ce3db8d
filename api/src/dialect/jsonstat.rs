//! `/d/{dataset}/jsonstat`: statistics as JSON-stat 2.0 (<https://json-stat.org/full/>), for tools that read what statistical
//! offices publish.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use actix_web::{HttpRequest, HttpResponse, http::header, web};
use catalog::{
    Entry,
    encode::json_lines,
    version::{ColumnInfo, Manifest},
};
use config::{ColumnType, Language};
use serde_json::{Map, Value, json};

use super::table::{Head, version};
use crate::{
    error::Problem,
    lookup, negotiate,
    query::{Params, Plan, Work, page},
    state::State,
};

/// Rows of a table that is given in one piece.
const MOST: u64 = 200_000;
/// Cells that are written one by one, also where there is none in the table; beyond, only those that are there.
const DENSE: usize = 1_000_000;
/// The dimension of the numbers of a row, as the statistical offices call it.
const CONTENTS: &str = "ContentsCode";
/// The code of everything in a dimension.
const TOTAL: &str = "_T";

/// A table of statistics in one document.
pub(crate) async fn jsonstat(
    state: web::Data<State>,
    request: HttpRequest,
    path: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let snapshot = state.snapshot();
    let entry = lookup::open_entry(&snapshot, &path)?;
    let params = Params::read(request.query_string())?;
    params.only(&["version", "lang"])?;
    if entry.dataset.file.statistics.is_none() {
        let problem = Problem::not_found("The dataset holds rows, and no statistics.");
        return Err(problem.hint("Ask /rows or /aggregate."));
    }
    let manifest = version(entry, params.get("version"), None)?;
    let language = negotiate::language(&request);
    let head = Head::document(manifest, &params, &format!("jsonstat {}", language.tag()));
    if let Some(unchanged) = head.unchanged(&request) {
        return Ok(unchanged);
    }
    let mut response = head.begin(&request, &path);
    response.insert_header((header::VARY, "Accept-Language"));
    let rows = rows(&state, (entry, manifest)).await?;
    let table = Cube::of(manifest, &rows, language);
    Ok(response.body(table.document(&state, (entry, manifest), language).to_string()))
}

/// Every row of the table, as objects.
async fn rows(state: &State, (entry, manifest): (&Entry, &Manifest)) -> Result<Vec<Map<String, Value>>, Problem> {
    if manifest.rows > MOST {
        let detail = format!("The table has {} rows; one document holds at most {MOST}.", manifest.rows);
        return Err(Problem::bad_request("api-jsonstat", detail).hint("Ask /rows.csv or /aggregate."));
    }
    let table = state.tables.get(state.catalog.store(), manifest).await?;
    let plan = Arc::new(Plan::new(&Params::read("")?, &entry.dataset, manifest)?);
    let read = |cancel| async move { page(&table, &plan, (None, MOST), &cancel).await };
    let found = state.queries.run(Work::Page, read).await?;
    let mut rows = Vec::new();
    for batch in &found.batches {
        let mut lines = Vec::new();
        json_lines(batch, &manifest.columns, &mut lines)?;
        for line in lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            rows.push(serde_json::from_slice(line).map_err(Problem::internal)?);
        }
    }
    Ok(rows)
}

/// A dimension of the cube: its name, its label, and its categories with their labels.
struct Dimension {
    name: String,
    label: String,
    categories: Vec<(String, String)>,
    /// Units and decimals of numbers, by category.
    units: Map<String, Value>,
}

/// Statistics as a cube.
struct Cube {
    dimensions: Vec<Dimension>,
    /// Numbers by their place.
    values: BTreeMap<usize, Value>,
    /// Why a number is missing, by its place.
    status: BTreeMap<usize, Value>,
}

impl Cube {
    fn of(manifest: &Manifest, rows: &[Map<String, Value>], language: Language) -> Self {
        let is_key = |column: &&ColumnInfo| manifest.key.contains(&column.name);
        let keys: Vec<&ColumnInfo> = manifest.columns.iter().filter(is_key).collect();
        let numbers: Vec<&ColumnInfo> =
            manifest.columns.iter().filter(|column| !is_key(column) && is_number(&column.kind)).collect();
        let mut dimensions: Vec<Dimension> = keys.iter().map(|column| dimension(column, rows, language)).collect();
        dimensions.push(contents(&numbers, language));
        let mut cube = Self { dimensions, values: BTreeMap::new(), status: BTreeMap::new() };
        let places = cube.places();
        for row in rows {
            let Some(first) = cube.first(&places, &keys, row) else { continue };
            for (at, number) in numbers.iter().enumerate() {
                let value = row.get(number.name.as_str()).filter(|value| !value.is_null());
                if let Some(value) = value {
                    cube.values.insert(first + at, plain(value));
                }
                let status = row.get(&format!("{}_status", number.name)).filter(|status| !status.is_null());
                if let Some(status) = status {
                    cube.status.insert(first + at, status.clone());
                }
            }
        }
        cube
    }

    /// The place of each category in its dimension.
    fn places(&self) -> Vec<BTreeMap<String, usize>> {
        let of = |dimension: &Dimension| {
            dimension.categories.iter().enumerate().map(|(at, (code, _))| (code.clone(), at)).collect()
        };
        self.dimensions.iter().map(of).collect()
    }

    /// The place of a row's first number.
    fn first(
        &self,
        places: &[BTreeMap<String, usize>],
        keys: &[&ColumnInfo],
        row: &Map<String, Value>,
    ) -> Option<usize> {
        let mut place = 0_usize;
        for ((key, places), dimension) in keys.iter().zip(places).zip(&self.dimensions) {
            let at = places.get(&text(row.get(key.name.as_str())?))?;
            place = place.checked_mul(dimension.categories.len())?.checked_add(*at)?;
        }
        place.checked_mul(self.dimensions.last()?.categories.len())
    }

    fn document(&self, state: &State, (entry, manifest): (&Entry, &Manifest), language: Language) -> Value {
        let sizes: Vec<usize> = self.dimensions.iter().map(|dimension| dimension.categories.len()).collect();
        let cells = sizes.iter().try_fold(1_usize, |cells, size| cells.checked_mul(*size));
        let dense = cells.filter(|cells| *cells <= DENSE);
        let value: Value = dense.map_or_else(
            || self.values.iter().map(|(at, value)| (at.to_string(), value.clone())).collect(),
            |cells| (0..cells).map(|at| self.values.get(&at).cloned().unwrap_or_default()).collect(),
        );
        let names: Vec<&str> = self.dimensions.iter().map(|dimension| dimension.name.as_str()).collect();
        let times: Vec<&str> = names.iter().copied().filter(|name| is_time(name)).collect();
        let file = &entry.dataset.file;
        let mut document = json!({
            "version": "2.0",
            "class": "dataset",
            "href": format!("{}d/{}/jsonstat?version={}", state.base(), manifest.dataset, manifest.number),
            "label": file.title.get(language),
            "source": state.config.publisher.name.get(language),
            "updated": manifest.published.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            "note": [file.description.get(language)],
            "id": names,
            "size": sizes,
            "role": { "time": times, "metric": [CONTENTS] },
            "dimension": self.dimensions.iter().map(|own| (own.name.clone(), own.document())).collect::<Map<_, _>>(),
            "value": value,
            "extension": { "dataset": manifest.dataset, "version": manifest.number },
        });
        if let (false, Some(members)) = (self.status.is_empty(), document.as_object_mut()) {
            let status: Map<String, Value> =
                self.status.iter().map(|(at, status)| (at.to_string(), status.clone())).collect();
            members.insert("status".to_owned(), Value::Object(status));
        }
        document
    }
}

impl Dimension {
    fn document(&self) -> Value {
        let index: Vec<&str> = self.categories.iter().map(|(code, _)| code.as_str()).collect();
        let label: Map<String, Value> =
            self.categories.iter().map(|(code, label)| (code.clone(), json!(label))).collect();
        let mut category = json!({ "index": index, "label": label });
        if let (false, Some(members)) = (self.units.is_empty(), category.as_object_mut()) {
            members.insert("unit".to_owned(), Value::Object(self.units.clone()));
        }
        json!({ "label": self.label, "category": category })
    }
}

/// A dimension of the table, with the categories that it has; everything comes last.
fn dimension(column: &ColumnInfo, rows: &[Map<String, Value>], language: Language) -> Dimension {
    let codes: BTreeSet<String> = rows.iter().filter_map(|row| row.get(column.name.as_str())).map(text).collect();
    let label =
        |code: &String| column.codes.get(code).map_or_else(|| code.clone(), |label| label.get(language).to_owned());
    let (total, parts): (Vec<String>, Vec<String>) = codes.into_iter().partition(|code| code == TOTAL);
    let categories = parts.into_iter().chain(total).map(|code| (code.clone(), label(&code))).collect();
    Dimension {
        name: column.name.to_string(),
        label: column.title.get(language).to_owned(),
        categories,
        units: Map::new(),
    }
}

/// The dimension of the numbers of a row.
fn contents(numbers: &[&ColumnInfo], language: Language) -> Dimension {
    let categories = numbers.iter().map(|column| (column.name.to_string(), column.title.get(language).to_owned()));
    let unit = |column: &&ColumnInfo| {
        let decimals = match column.kind {
            ColumnType::Decimal { scale, .. } => Some(scale),
            _ => None,
        };
        json!({ "base": column.unit, "decimals": decimals.unwrap_or_default() })
    };
    Dimension {
        name: CONTENTS.to_owned(),
        label: language.pick(["statistikkvariabel", "statistikkvariabel", "contents"]).to_owned(),
        categories: categories.collect(),
        units: numbers.iter().map(|column| (column.name.to_string(), unit(column))).collect(),
    }
}

fn is_number(kind: &ColumnType) -> bool {
    matches!(kind, ColumnType::Integer {} | ColumnType::Number {} | ColumnType::Decimal { .. })
}

/// Whether a dimension tells the time, by the names that columns of time have.
fn is_time(name: &str) -> bool {
    matches!(name, "aar" | "ar" | "halvaar" | "kvartal" | "maaned" | "uke" | "dag" | "dato" | "tid" | "year")
}

/// A number; decimals are texts in JSON of rows, so that no digit is lost, and numbers here, as JSON-stat has it.
fn plain(value: &Value) -> Value {
    match value {
        Value::String(text) => text.parse::<serde_json::Number>().map_or_else(|_| value.clone(), Value::Number),
        other => other.clone(),
    }
}

/// A key as text.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
