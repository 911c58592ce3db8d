//! `/odata/`: OData 4.0, minimal conformance for reading, so that Excel and Power BI load a dataset by its address.
//!
//! `$filter`, `$select`, `$orderby`, `$top`, `$skip` and `$count` become a question to the rows; pages carry on by
//! `@odata.nextLink`, in the version in which they began.

mod filter;
mod metadata;

use std::sync::Arc;

use actix_web::{
    HttpRequest, HttpResponse, HttpResponseBuilder,
    http::{StatusCode, header},
    web,
};
use catalog::{Entry, version::Manifest};
use serde_json::{Value, json};

use crate::{
    error::{InOwnWords, Problem},
    lookup, negotiate,
    query::{Body, Cursor, Form, Params, Plan, Total, Work, page},
    state::State,
};

/// Rows of a page; clients follow the links.
const PAGE: u64 = 5000;
/// What is understood in addresses.
const OPTIONS: [&str; 8] = ["$filter", "$select", "$orderby", "$top", "$skip", "$count", "$skiptoken", "$format"];

/// Registers the routes of this dialect.
pub(crate) fn configure(cfg: &mut web::ServiceConfig) {
    for path in ["/odata", "/odata/"] {
        cfg.service(web::resource(path).route(web::get().to(service)));
    }
    cfg.service(web::resource("/odata/$metadata").route(web::get().to(types)));
    cfg.service(web::resource("/odata/{set}").route(web::get().to(rows)));
    cfg.service(web::resource("/odata/{set}/$count").route(web::get().to(count)));
}

fn root(state: &State) -> String {
    format!("{}odata/", state.base())
}

fn begin(kind: &str) -> HttpResponseBuilder {
    let mut builder = HttpResponse::Ok();
    builder
        .insert_header(("OData-Version", "4.0"))
        .insert_header((header::CACHE_CONTROL, "public, no-cache"))
        .content_type(kind.to_owned());
    builder
}

const JSON: &str = "application/json;odata.metadata=minimal";

async fn service(state: web::Data<State>) -> HttpResponse {
    begin(JSON).body(metadata::service(&root(&state), &state.snapshot()).to_string())
}

async fn types(state: web::Data<State>) -> HttpResponse {
    begin("application/xml").body(metadata::metadata(&state.snapshot()))
}

async fn rows(state: web::Data<State>, request: HttpRequest, path: web::Path<String>) -> Result<HttpResponse, Problem> {
    told(answer(&state, &request, &path).await)
}

async fn count(
    state: web::Data<State>,
    request: HttpRequest,
    path: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    told(counted(&state, &request, &path).await)
}

/// Errors in the form of OData; what is no fault of the request stays as it is.
fn told(result: Result<HttpResponse, Problem>) -> Result<HttpResponse, Problem> {
    let problem = match result {
        Err(problem) if problem.status().is_client_error() || problem.status() == StatusCode::NOT_IMPLEMENTED => {
            problem
        }
        other => return other,
    };
    let hint = problem.public_hint().map(|hint| format!(" {hint}")).unwrap_or_default();
    let error = json!({ "error": { "code": problem.code(), "message": format!("{}{hint}", problem.public_detail()) } });
    let mut response = HttpResponse::build(problem.status())
        .insert_header(("OData-Version", "4.0"))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .content_type(JSON)
        .body(error.to_string());
    response.extensions_mut().insert(InOwnWords);
    Ok(response)
}

/// A question that was read.
struct Asked<'a> {
    entry: &'a Entry,
    manifest: &'a Manifest,
    plan: Arc<Plan>,
    top: Option<u64>,
    skip: u64,
    count: bool,
    from: Option<u64>,
}

fn option(request: &HttpRequest, name: &str) -> Option<String> {
    negotiate::query(request, name).or_else(|| negotiate::query(request, name.trim_start_matches('$')))
}

fn refuse_others(request: &HttpRequest) -> Result<(), Problem> {
    for (name, _) in url::form_urlencoded::parse(request.query_string().as_bytes()) {
        if name.starts_with('$') && !OPTIONS.contains(&&*name) {
            let name: String = name.chars().take(40).collect();
            return Err(Problem::new(
                StatusCode::NOT_IMPLEMENTED,
                "api-odata",
                format!("'{name}' is not understood here."),
            )
            .told()
            .hint(format!("Options: {}.", OPTIONS.join(", "))));
        }
    }
    match option(request, "$format").as_deref() {
        None | Some("json" | "application/json") => Ok(()),
        Some(other) if other.starts_with("application/json;") => Ok(()),
        Some(_) => Err(Problem::bad_request("api-odata", "Answers are JSON.").hint("Leave out $format.")),
    }
}

fn number(request: &HttpRequest, name: &str) -> Result<Option<u64>, Problem> {
    let Some(text) = option(request, name) else { return Ok(None) };
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse()
        .ok()
        .filter(|_| digits)
        .map(Some)
        .ok_or_else(|| Problem::bad_request("api-odata", format!("{name} must be a natural number.")))
}

fn asked<'a>(snapshot: &'a catalog::Snapshot, request: &HttpRequest, set: &str) -> Result<Asked<'a>, Problem> {
    refuse_others(request)?;
    let found = metadata::sets(snapshot).find(|(name, ..)| name == set);
    let (_, entry, current) = found.ok_or_else(|| {
        let set: String = set.chars().take(60).collect();
        Problem::not_found(format!("There is no entity set '{set}'.")).hint("See /odata/ for all of them.")
    })?;
    let cursor = option(request, "$skiptoken").map(|token| Cursor::parse(&token)).transpose()?;
    let manifest = match &cursor {
        Some((cursor, _)) => lookup::version(entry, &cursor.version.to_string())?,
        None => current,
    };
    let plan = Plan::new(&params(request, manifest)?, &entry.dataset, manifest)?;
    if let Some((cursor, seal)) = &cursor {
        cursor.check(seal, &plan.question)?;
    }
    Ok(Asked {
        entry,
        manifest,
        plan: Arc::new(plan),
        top: number(request, "$top")?,
        skip: if cursor.is_some() { 0 } else { number(request, "$skip")?.unwrap_or(0) },
        count: matches!(option(request, "$count").as_deref(), Some("true")),
        from: cursor.map(|(cursor, _)| cursor.position),
    })
}

/// The question in the grammar of this server's own rows.
fn params(request: &HttpRequest, manifest: &Manifest) -> Result<Params, Problem> {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    let all: Vec<&str> = metadata::shown(manifest).map(|column| column.name.as_str()).collect();
    let select = option(request, "$select").filter(|select| select.trim() != "*");
    let select =
        select.map_or_else(|| all.join(","), |select| select.split(',').map(str::trim).collect::<Vec<_>>().join(","));
    query.append_pair("select", &select);
    if let Some(filter) = option(request, "$filter") {
        query.append_pair("and", &format!("({})", filter::condition(&filter, &|name| all.contains(&name))?));
    }
    if let Some(order) = option(request, "$orderby") {
        // Missing values come first, and last in the other direction (section 5.1.3 of the URL conventions).
        let by =
            order.split(',').map(|part| {
                let mut words = part.split_whitespace();
                match (words.next(), words.next(), words.next()) {
                    (Some(column), None | Some("asc"), None) => Ok(format!("{column}.asc.nullsfirst")),
                    (Some(column), Some("desc"), None) => Ok(format!("{column}.desc")),
                    _ => Err(Problem::bad_request("api-odata", "$orderby cannot be read.")
                        .hint("Write: column, other desc.")),
                }
            });
        query.append_pair("order", &by.collect::<Result<Vec<_>, _>>()?.join(","));
    }
    Params::read(&query.finish())
}

async fn total(state: &State, asked: &Asked<'_>) -> Result<u64, Problem> {
    let table = state.tables.get(state.catalog.store(), asked.manifest).await?;
    let Some(predicate) = asked.plan.predicate.clone() else { return Ok(table.rows()) };
    let count = |cancel| async move { Total::Exact.count(&table, &predicate, &cancel).await };
    Ok(state.queries.run(Work::Page, count).await?.0)
}

async fn counted(state: &State, request: &HttpRequest, set: &str) -> Result<HttpResponse, Problem> {
    let snapshot = state.snapshot();
    let asked = asked(&snapshot, request, set)?;
    Ok(begin("text/plain").body(total(state, &asked).await?.to_string()))
}

async fn answer(state: &State, request: &HttpRequest, set: &str) -> Result<HttpResponse, Problem> {
    let snapshot = state.snapshot();
    let asked = asked(&snapshot, request, set)?;
    let most = PAGE.min(u64::from(state.config.server.max_page_rows));
    let sorted = !asked.plan.order.is_empty();
    let wanted = asked.top.unwrap_or(most).min(most);
    // A sorted answer is found from its beginning, so that what is skipped is read too.
    let (from, read) = match asked.from {
        Some(position) => (Some(position), wanted),
        None if sorted => (None, asked.skip.saturating_add(wanted)),
        None => (Some(asked.skip), wanted),
    };
    if sorted && read > u64::from(state.config.server.max_page_rows) {
        return Err(Problem::bad_request("api-odata", format!("At most {most} sorted rows can be skipped and shown."))
            .hint("Follow @odata.nextLink, or leave out $orderby."));
    }
    let table = state.tables.get(state.catalog.store(), asked.manifest).await?;
    let (source, plan) = (table.clone(), Arc::clone(&asked.plan));
    let work = move |cancel| async move { page(&source, &plan, (from, read.max(1)), &cancel).await };
    let found = state.queries.run(Work::Page, work).await?;
    let schema = asked.plan.select.schema(&table.schema()).map_err(Problem::internal)?;
    let text = Body::new(Form::Json, &schema, &asked.plan.select.columns)?.whole(&found.batches)?;
    let place = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    let skipped = if sorted && asked.from.is_none() { place(asked.skip) } else { 0 };
    let lines: Vec<&[u8]> =
        text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).skip(skipped).take(place(wanted)).collect();
    let left = asked.top.map(|top| top - wanted);
    let next = found.next.filter(|_| left != Some(0)).map(|position| next(state, request, &asked, (position, left)));
    let mut head = serde_json::Map::new();
    head.insert("@odata.context".to_owned(), json!(context(state, &asked, request, set)));
    if asked.count {
        head.insert("@odata.count".to_owned(), json!(total(state, &asked).await?));
    }
    let mut document = Value::Object(head).to_string().into_bytes();
    document.pop();
    document.extend(b",\"value\":[\n");
    document.extend(lines.join(&b",\n"[..]));
    document.extend(b"\n]");
    if let Some(next) = next {
        document.extend(format!(",\"@odata.nextLink\":{}", Value::String(next)).into_bytes());
    }
    document.extend(b"}\n");
    let version = asked.manifest.number.to_string();
    Ok(begin(JSON).insert_header(("X-Allmenning-Version", version)).body(document))
}

fn context(state: &State, asked: &Asked<'_>, request: &HttpRequest, set: &str) -> String {
    let chosen = option(request, "$select").filter(|select| select.trim() != "*");
    let names = asked.plan.select.columns.iter().map(|column| column.name.as_str()).collect::<Vec<_>>().join(",");
    let names = chosen.map_or_else(String::new, |_| format!("({names})"));
    format!("{}$metadata#{set}{names}", root(state))
}

/// The same question, carried on.
fn next(state: &State, request: &HttpRequest, asked: &Asked<'_>, (position, left): (u64, Option<u64>)) -> String {
    let cursor = Cursor { version: asked.manifest.number, position }.seal(&asked.plan.question);
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in url::form_urlencoded::parse(request.query_string().as_bytes()) {
        if !matches!(&*name, "$skip" | "$top" | "$skiptoken" | "skip" | "top" | "skiptoken") {
            query.append_pair(&name, &value);
        }
    }
    if let Some(left) = left {
        query.append_pair("$top", &left.to_string());
    }
    query.append_pair("$skiptoken", &cursor);
    format!("{}{}?{}", root(state), metadata::set_name(asked.entry.dataset.id.as_str()), query.finish())
}
