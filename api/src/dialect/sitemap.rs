//! `/sitemap.xml`: the pages that search engines should know, each in its three languages (sitemaps.org 0.9).

use std::fmt::Write;

use actix_web::{HttpRequest, HttpResponse, web};
use catalog::Snapshot;
use config::{Config, Language};

use super::catalogue;
use crate::state::State;

/// Addresses in one file at the most, as the protocol has it.
const MOST: usize = 50_000;

/// The pages.
pub(crate) async fn sitemap(state: web::Data<State>, request: HttpRequest) -> HttpResponse {
    let snapshot = state.snapshot();
    let body = render(&state.config, &snapshot);
    catalogue::cached(&request, "application/xml", body.into(), &snapshot.etag)
}

fn render(config: &Config, snapshot: &Snapshot) -> String {
    let base = config.base_url.as_str();
    let mut out =
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\" \
                   xmlns:xhtml=\"http://www.w3.org/1999/xhtml\">\n"
            .to_owned();
    let datasets = snapshot.datasets.values().map(|entry| {
        let changed = entry.current().map(|manifest| manifest.published.to_string());
        (format!("/d/{}", entry.dataset.id), changed)
    });
    let pages = std::iter::once((String::new(), None)).chain(datasets);
    for (local, changed) in pages.take(MOST / Language::ALL.len()) {
        for language in Language::ALL {
            // Writing to a String cannot fail. No address has a character that XML must escape.
            let _ = write!(out, "<url><loc>{base}{}{local}</loc>", language.tag());
            for other in Language::ALL {
                let tag = other.tag();
                let _ = write!(out, "<xhtml:link rel=\"alternate\" hreflang=\"{tag}\" href=\"{base}{tag}{local}\"/>");
            }
            if let Some(changed) = &changed {
                let _ = write!(out, "<lastmod>{changed}</lastmod>");
            }
            out.push_str("</url>\n");
        }
    }
    out.push_str("</urlset>\n");
    out
}
