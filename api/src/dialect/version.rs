//! `/d/{dataset}/v/{version}`: one immutable version as page, manifest, linkset (RFC 9264) and checksums.

use std::fmt::Write;

use actix_web::{HttpRequest, HttpResponse, http::header, web};
use catalog::version::Manifest;
use serde_json::{Value, json};

use super::{
    html,
    pinned::{CSVW, LINKSET, SHORT, address, document},
};
use crate::{error::Problem, lookup, negotiate, state::State};

#[derive(Clone, Copy)]
enum Form {
    Page,
    Manifest,
    Linkset,
}

/// The version's page, manifest or linkset, by `Accept`.
pub(crate) async fn landing(
    state: web::Data<State>,
    request: HttpRequest,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, Problem> {
    const OFFERS: [(&str, Form); 3] =
        [("text/html", Form::Page), ("application/json", Form::Manifest), (LINKSET, Form::Linkset)];
    let (dataset, number) = path.into_inner();
    let snapshot = state.snapshot();
    let manifest = lookup::version(lookup::entry(&snapshot, &dataset)?, &number)?;
    let form = negotiate::media_type(&negotiate::accept(&request), &OFFERS)
        .ok_or_else(|| Problem::not_acceptable(&OFFERS.map(|(name, _)| name)))?;
    if !matches!(form, Form::Page) {
        lookup::open_entry(&snapshot, &dataset)?;
    }
    match form {
        Form::Page => html::version(&state, &snapshot, &request, (&dataset, &number), negotiate::language(&request)),
        Form::Manifest => Ok(document(&state, manifest, "application/json", &public(&state, manifest))),
        Form::Linkset => Ok(document(&state, manifest, LINKSET, &linkset(&state, manifest))),
    }
}

/// Everything about a version.
pub(crate) async fn manifest(
    state: web::Data<State>,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, Problem> {
    let (dataset, number) = path.into_inner();
    let snapshot = state.snapshot();
    let manifest = lookup::version(lookup::open_entry(&snapshot, &dataset)?, &number)?;
    Ok(document(&state, manifest, "application/json", &public(&state, manifest)))
}

/// What the gates looked for, found and did.
pub(crate) async fn gate_report(
    state: web::Data<State>,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, Problem> {
    let (dataset, number) = path.into_inner();
    let snapshot = state.snapshot();
    let manifest = lookup::version(lookup::entry(&snapshot, &dataset)?, &number)?;
    let mut report = manifest.gate_report();
    if let Some(map) = report.as_object_mut() {
        map.insert("url".to_owned(), Value::String(format!("{}/gate-report.json", address(&state, manifest))));
    }
    Ok(document(&state, manifest, "application/json", &report))
}

/// Checksums of a version's files, or of those that are left, as `sha256sum -c` reads them.
pub(crate) async fn checksums(
    state: web::Data<State>,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, Problem> {
    let (dataset, number) = path.into_inner();
    let snapshot = state.snapshot();
    let (_, files) = lookup::files(lookup::open_entry(&snapshot, &dataset)?, &number)?;
    let mut lines = String::new();
    for file in files {
        // Writing to a String cannot fail.
        let _ = writeln!(lines, "{}  {}", file.sha256, file.name);
    }
    Ok(plain(lines))
}

/// The addresses of a version's files, or of those that are left, one a line, as `wget -i` and `aria2c -i` read them.
pub(crate) async fn urls(state: web::Data<State>, path: web::Path<(String, String)>) -> Result<HttpResponse, Problem> {
    let (dataset, number) = path.into_inner();
    let snapshot = state.snapshot();
    let (manifest, files) = lookup::files(lookup::open_entry(&snapshot, &dataset)?, &number)?;
    let root = address(&state, manifest);
    let mut lines = String::new();
    for file in files {
        // Writing to a String cannot fail.
        let _ = writeln!(lines, "{root}/{}", file.name);
    }
    Ok(plain(lines))
}

fn plain(lines: String) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, SHORT))
        .content_type("text/plain; charset=utf-8")
        .body(lines)
}

/// The manifest as the public sees it: as stored, with the addresses of the files.
pub(crate) fn public(state: &State, manifest: &Manifest) -> Value {
    let root = address(state, manifest);
    let mut value = serde_json::to_value(manifest).unwrap_or_default();
    let files: Vec<Value> = manifest
        .files
        .iter()
        .map(|file| {
            json!({
                "name": file.name,
                "url": format!("{root}/{}", file.name),
                "media_type": file.format.media_type(),
                "bytes": file.bytes,
                "rows": file.rows,
                "sha256": file.sha256,
                "part": file.part,
            })
        })
        .collect();
    if let Some(map) = value.as_object_mut() {
        map.insert("files".to_owned(), Value::Array(files));
        map.insert("gate_report".to_owned(), Value::String(format!("{root}/gate-report.json")));
        map.insert("url".to_owned(), Value::String(root));
    }
    value
}

/// Signposting, <https://signposting.org/FAIR/>, level 2.
fn linkset(state: &State, manifest: &Manifest) -> Value {
    let root = address(state, manifest);
    let items: Vec<Value> = manifest
        .files
        .iter()
        .map(|file| json!({ "href": format!("{root}/{}", file.name), "type": file.format.media_type() }))
        .collect();
    let dataset = format!("{}d/{}", state.base(), manifest.dataset);
    let declared = state.config.datasets.get(&manifest.dataset);
    let licence: Vec<Value> = declared.map(|d| json!({ "href": d.file.licence.iri() })).into_iter().collect();
    json!({ "linkset": [{
        "anchor": root,
        "cite-as": [{ "href": root }],
        "type": [{ "href": "https://schema.org/Dataset" }],
        "license": licence,
        "item": items,
        "collection": [{ "href": dataset }],
        "describedby": [
            { "href": format!("{root}/manifest.json"), "type": "application/json" },
            { "href": format!("{root}/gate-report.json"), "type": "application/json" },
            { "href": format!("{root}/datapackage.json"), "type": "application/json" },
            { "href": format!("{root}/datacontract.json"), "type": "application/json" },
            { "href": format!("{root}/csvw.json"), "type": CSVW },
            { "href": format!("{root}/croissant.json"), "type": "application/ld+json", "profile": "http://mlcommons.org/croissant/1.1" },
            { "href": format!("{root}/ro-crate-metadata.json"), "type": "application/ld+json", "profile": "https://w3id.org/ro/crate" },
            { "href": format!("{root}/datacite.json"), "type": "application/vnd.datacite.datacite+json" },
            { "href": format!("{root}/citation.bib"), "type": "application/x-bibtex" },
            { "href": format!("{root}/citation.json"), "type": "application/vnd.citationstyles.csl+json" },
            { "href": format!("{dataset}.ttl"), "type": "text/turtle" },
        ],
        "latest-version": [{ "href": dataset }],
    }]})
}
