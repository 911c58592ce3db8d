//! The reading part of CKAN's Action API (version 3, as of CKAN 2.11), so that its clients and harvesters work unchanged.
//!
//! A dataset is a package, a file of its current version a resource, a theme a group, and the publisher the one
//! organisation. Answers are `{ help, success, result }`; errors have the `__type` that clients look for.

mod asked;
mod datastore;
mod fault;
mod package;
mod search;

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web,
};
use catalog::Snapshot;
use serde_json::{Value, json};

use self::{asked::Asked, fault::Fault};
use crate::{error::Problem, state::State};

/// The version of CKAN whose answers these are like.
const LIKE: &str = "2.11.0";
/// Where the actions are.
const PATHS: [&str; 2] = ["/api/3/action/{action}", "/api/action/{action}"];

/// What came of an action.
type Answer = Result<Value, Fault>;

/// What an action is called, and what it does.
const ACTIONS: [(&str, &str); 21] = [
    ("status_show", "Version and name of this catalogue."),
    ("site_read", "Whether this catalogue may be read: it may."),
    ("help_show", "What an action does. Parameter: name."),
    ("package_list", "Names of all datasets. Parameters: limit, offset."),
    ("current_package_list_with_resources", "All datasets. Parameters: limit, offset."),
    (
        "package_search",
        "Datasets by words and filters. Parameters: q, fq, fq_list, sort, rows, start, facet, facet.field, facet.limit.",
    ),
    ("package_show", "A dataset. Parameter: id."),
    ("resource_show", "A file. Parameter: id."),
    (
        "resource_search",
        "Files by a term `field:text` of name, format, url or description. Parameters: query, limit, offset.",
    ),
    ("organization_list", "The publisher. Parameter: all_fields."),
    ("organization_show", "The publisher. Parameters: id, include_datasets."),
    ("organization_list_for_user", "None: nobody signs in."),
    ("group_list", "The themes. Parameter: all_fields."),
    ("group_show", "A theme. Parameters: id, include_datasets."),
    ("tag_list", "The keywords. Parameter: query."),
    ("tag_show", "A keyword. Parameter: id."),
    ("license_list", "The licences in use."),
    ("vocabulary_list", "None."),
    (
        "datastore_search",
        "Rows. Parameters: resource_id, filters, fields, sort, limit, offset, records_format, include_total.",
    ),
    ("datastore_info", "Columns and number of rows. Parameter: id."),
    ("user_list", "None: nobody signs in."),
];

/// Registers the routes of this dialect.
pub(crate) fn configure(cfg: &mut web::ServiceConfig) {
    for path in PATHS {
        cfg.service(web::resource(path).route(web::get().to(get)).route(web::post().to(post)));
    }
    cfg.service(web::resource("/datastore/dump/{resource}").route(web::get().to(datastore::dump)));
}

async fn get(request: HttpRequest, state: web::Data<State>) -> Result<HttpResponse, Problem> {
    answer(&request, &state, Ok(Asked::in_address(&request))).await
}

async fn post(request: HttpRequest, state: web::Data<State>, payload: web::Payload) -> Result<HttpResponse, Problem> {
    let asked = Asked::in_body(&request, payload).await;
    answer(&request, &state, asked).await
}

async fn answer(request: &HttpRequest, state: &State, asked: Result<Asked, Fault>) -> Result<HttpResponse, Problem> {
    let name = request.match_info().get("action").unwrap_or_default();
    let Some((action, _)) = ACTIONS.iter().find(|(action, _)| *action == name) else {
        let told: String = name.chars().filter(char::is_ascii_alphanumeric).take(40).collect();
        let told = json!(format!("Bad request - Action name not known: {told}"));
        return Ok(fault::in_own_words(StatusCode::BAD_REQUEST, &told));
    };
    let help = format!("{}api/3/action/help_show?name={action}", state.base());
    let snapshot = state.snapshot();
    let result = match asked {
        Ok(asked) => run(state, &snapshot, action, &asked).await,
        Err(fault) => Err(fault),
    };
    match result {
        Ok(result) => Ok(HttpResponse::Ok()
            .insert_header((header::CACHE_CONTROL, "public, no-cache"))
            .json(json!({ "help": help, "success": true, "result": result }))),
        Err(fault) => fault.answer(&help),
    }
}

async fn run(state: &State, snapshot: &Snapshot, action: &str, asked: &Asked) -> Answer {
    let shown = package::Shown { state, snapshot };
    match action {
        "status_show" => Ok(json!({
            "ckan_version": LIKE, "site_url": state.base().trim_end_matches('/'), "error_emails_to": null, "extensions": ["datastore"],
            "site_title": state.config.catalog.title.nb, "site_description": state.config.catalog.description.nb, "locale_default": "nb",
        })),
        "site_read" => Ok(json!(true)),
        "help_show" => {
            let name = asked.needed("name")?;
            let known = ACTIONS.iter().find(|(action, _)| *action == name);
            known.map(|(_, help)| json!(help)).ok_or(Fault::NotFound("Action name not found"))
        }
        "package_list" => {
            let names = snapshot.datasets.keys().map(|id| json!(id));
            Ok(asked.page(names.collect())?)
        }
        "current_package_list_with_resources" => {
            let all = snapshot.datasets.values().map(|entry| shown.package(entry));
            Ok(asked.page(all.collect())?)
        }
        "package_search" => search::packages(&shown, asked),
        "package_show" => Ok(shown.package(shown.entry(asked.needed("id")?)?)),
        "resource_show" => shown.resource(asked.needed("id")?),
        "resource_search" => search::resources(&shown, asked),
        "organization_list" | "group_list" => {
            Ok(shown.groups(action == "organization_list", asked.flag("all_fields")?))
        }
        "organization_show" | "group_show" => {
            shown.group(action == "organization_show", asked.needed("id")?, asked.flag("include_datasets")?)
        }
        "tag_list" => Ok(shown.tags(asked.text("query"))),
        "tag_show" => shown.tag(asked.needed("id")?),
        "license_list" => Ok(shown.licences()),
        "datastore_search" => datastore::search(&shown, asked).await,
        "datastore_info" => datastore::info(&shown, asked),
        _ => Ok(json!([])),
    }
}
