//! `/d/{dataset}/v/{version}/datacontract.json`: what a version promises as a contract of the Open Data Contract Standard
//! 3.1 (<https://bitol-io.github.io/open-data-contract-standard/>), as JSON, which is YAML.

use actix_web::{HttpResponse, web};
use catalog::version::{ColumnInfo, Manifest};
use config::{Check, CheckSeverity, ColumnName, ColumnType, Dataset, Language};
use serde_json::{Map, Value, json};

use super::pinned;
use crate::{error::Problem, lookup, state::State};

/// The version as a data contract.
pub(crate) async fn contract(
    state: web::Data<State>,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, Problem> {
    let (dataset, number) = path.into_inner();
    let snapshot = state.snapshot();
    let entry = lookup::open_entry(&snapshot, &dataset)?;
    let (manifest, _) = lookup::files(entry, &number)?;
    let file = &entry.dataset.file;
    let page = format!("{}d/{dataset}", state.base());
    let contact = &entry.dataset.contact;
    let body = json!({
        "apiVersion": "v3.1.0",
        "kind": "DataContract",
        "id": page,
        "version": format!("{}.0.0", manifest.number),
        "status": "active",
        "name": file.title.get(Language::Nb),
        "tenant": state.config.publisher.name.get(Language::Nb),
        "tags": file.keywords.get(Language::Nb),
        "description": {
            "purpose": file.description.get(Language::Nb),
            "usage": file.licence.iri(),
            "authoritativeDefinitions": [{ "url": page, "type": "canonicalUrl" }],
        },
        "servers": [{ "server": "api", "type": "api", "location": format!("{page}/rows") }],
        "schema": [table(&entry.dataset, manifest)],
        "support": [{
            "channel": contact.name.get(Language::Nb), "url": format!("mailto:{}", contact.email), "tool": "email",
        }],
        "slaProperties": [{ "property": "frequency", "value": file.frequency.code() }],
        "contractCreatedTs": manifest.published,
    });
    Ok(pinned::document(&state, manifest, "application/json", &body))
}

/// The table and what holds of its rows.
fn table(dataset: &Dataset, manifest: &Manifest) -> Value {
    let rows = dataset.file.gates.size.min_rows;
    let least = (rows > 0).then(|| json!({ "type": "library", "metric": "rowCount", "mustBeGreaterOrEqualTo": rows }));
    let shown = shown(dataset, manifest);
    let rules = shown.iter().flat_map(|check| of_rows(check));
    json!({
        "name": manifest.dataset,
        "logicalType": "object",
        "physicalType": "file",
        "description": dataset.file.description.get(Language::Nb),
        "properties": manifest.columns.iter().map(|column| property(column, manifest, &shown)).collect::<Vec<_>>(),
        "quality": least.into_iter().chain(rules).collect::<Vec<_>>(),
    })
}

/// The checks that look at published columns only: others would tell of what is not published.
fn shown<'d>(dataset: &'d Dataset, manifest: &Manifest) -> Vec<&'d Check> {
    let is_published = |name: &ColumnName| manifest.columns.iter().any(|column| column.name == *name);
    let checks = dataset.file.checks.iter();
    checks.filter(|check| check.reads(&dataset.read().columns).iter().all(is_published)).collect()
}

/// A column.
fn property(column: &ColumnInfo, manifest: &Manifest, checks: &[&Check]) -> Value {
    let (logical, physical) = types(&column.kind);
    let mut value = json!({
        "name": column.name,
        "businessName": column.title.get(Language::Nb),
        "logicalType": logical,
        "physicalType": physical,
        "required": column.required,
        "classification": "public",
    });
    let Some(members) = value.as_object_mut() else { return value };
    let mut add = |name: &str, value: Value| members.insert(name.to_owned(), value);
    if let Some(text) = &column.description {
        add("description", json!(text.get(Language::Nb)));
    }
    if let Some(concept) = &column.concept {
        add("authoritativeDefinitions", json!([{ "url": concept, "type": "businessDefinition" }]));
    }
    if let Some(at) = manifest.key.iter().position(|name| *name == column.name).filter(|_| manifest.has_naming_key()) {
        add("primaryKey", json!(true));
        add("primaryKeyPosition", json!(at + 1));
    }
    let codes: Vec<&String> = column.codes.keys().collect();
    let listed = (!codes.is_empty()).then(|| invalid(&json!({ "validValues": codes })));
    let own = checks.iter().filter(|check| check.column.as_ref() == Some(&column.name));
    let rules: Vec<Value> = listed.into_iter().chain(own.flat_map(|check| of_column(check, &column.name))).collect();
    if !rules.is_empty() {
        add("quality", json!(rules));
    }
    value
}

fn invalid(arguments: &Value) -> Value {
    json!({ "type": "library", "metric": "invalidValues", "arguments": arguments, "mustBe": 0 })
}

/// Rules of a check about the values of its column.
fn of_column(check: &Check, name: &ColumnName) -> Vec<Value> {
    let mut arguments = Map::new();
    let mut limit = |name: &str, value: Option<Value>| arguments.extend(value.map(|value| (name.to_owned(), value)));
    limit("pattern", check.pattern.as_ref().map(|pattern| json!(pattern)));
    limit("minLength", check.min_length.map(|least| json!(least)));
    limit("maxLength", check.max_length.map(|most| json!(most)));
    limit("validValues", (!check.values.is_empty()).then(|| json!(check.values)));
    let mut rules = Vec::new();
    if !arguments.is_empty() {
        rules.push(counted(check, "invalidValues", Some(Value::Object(arguments))));
    }
    if check.required {
        rules.push(counted(check, "nullValues", None));
    }
    if check.unique {
        rules.push(counted(check, "duplicateValues", None));
    }
    let bounds = [
        ("", ">=", &check.minimum),
        ("", "<=", &check.maximum),
        ("sum of ", ">=", &check.min_sum),
        ("sum of ", "<=", &check.max_sum),
    ];
    let bounds = bounds
        .into_iter()
        .filter_map(|(of, sign, bound)| Some(format!("{of}{name} {sign} {}", bound.as_ref()?.literal())));
    let age = check.max_age_days.map(|days| format!("the newest {name} is at most {days} days old"));
    let there =
        check.references.as_ref().map(|other| format!("{name} is one of {} in {}", other.column, other.dataset));
    rules.extend(bounds.chain(age).chain(there).map(|words| told(check, &words)));
    rules
}

/// Rules of a check about several columns.
fn of_rows(check: &Check) -> Vec<Value> {
    let together = (!check.columns.is_empty())
        .then(|| counted(check, "duplicateValues", Some(json!({ "properties": check.columns }))));
    let expression = check.expression.as_ref().map(|text| told(check, &text.0));
    together.into_iter().chain(expression).collect()
}

/// A rule of the library: how many values may break it.
fn counted(check: &Check, metric: &str, arguments: Option<Value>) -> Value {
    let (unit, most) = if check.tolerated_share > 0.0 {
        ("percent", json!(check.tolerated_share * 100.0))
    } else {
        ("rows", json!(check.tolerated_rows))
    };
    let mut rule = json!({
        "type": "library", "metric": metric, "mustBeLessOrEqualTo": most, "unit": unit, "severity": severity(check),
    });
    if let Some((members, arguments)) = rule.as_object_mut().zip(arguments) {
        members.insert("arguments".to_owned(), arguments);
    }
    rule
}

/// A rule in words.
fn told(check: &Check, words: &str) -> Value {
    json!({ "type": "text", "description": words, "severity": severity(check) })
}

fn severity(check: &Check) -> &'static str {
    match check.severity {
        CheckSeverity::Block => "error",
        CheckSeverity::Warn => "warning",
    }
}

/// The logical type of the standard, and the type as SQL engines name it when they read the Parquet file.
fn types(kind: &ColumnType) -> (&'static str, String) {
    match kind {
        ColumnType::Text {} | ColumnType::Code { .. } => ("string", "VARCHAR".to_owned()),
        ColumnType::Integer {} => ("integer", "BIGINT".to_owned()),
        ColumnType::Number {} => ("number", "DOUBLE".to_owned()),
        ColumnType::Decimal { scale } => ("number", format!("DECIMAL(38,{scale})")),
        ColumnType::Boolean { .. } => ("boolean", "BOOLEAN".to_owned()),
        ColumnType::Date { .. } => ("date", "DATE".to_owned()),
        ColumnType::Datetime { .. } => ("timestamp", "TIMESTAMP WITH TIME ZONE".to_owned()),
        ColumnType::Geometry { .. } => ("object", "GEOMETRY".to_owned()),
    }
}
