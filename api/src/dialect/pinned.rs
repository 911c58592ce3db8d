//! What all descriptions of a version share: its address, and the headers of the answer.

use actix_web::{HttpResponse, http::header};
use catalog::version::Manifest;
use serde_json::Value;

use crate::state::State;

/// The media type of metadata of CSV on the Web.
pub(super) const CSVW: &str = "application/csvm+json";
/// The media type of sets of links (RFC 9264).
pub(super) const LINKSET: &str = "application/linkset+json";
/// A description may be kept for a while, but a version can be withdrawn.
pub(super) const SHORT: &str = "public, max-age=300";

/// The address of a version.
pub(super) fn address(state: &State, manifest: &Manifest) -> String {
    format!("{}d/{}/v/{}", state.base(), manifest.dataset, manifest.number)
}

/// A description of a version.
pub(super) fn document(state: &State, manifest: &Manifest, kind: &str, body: &Value) -> HttpResponse {
    let root = address(state, manifest);
    let link = format!("<{root}>; rel=\"cite-as\", <{root}>; rel=\"linkset\"; type=\"{LINKSET}\"");
    HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, SHORT))
        .insert_header((header::VARY, "Accept"))
        .insert_header((header::LINK, link))
        .content_type(kind.to_owned())
        .body(body.to_string())
}
