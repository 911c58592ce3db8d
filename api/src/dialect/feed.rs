//! `/feed.atom`: the latest versions as an Atom feed (RFC 4287).

use std::{fmt::Write, sync::Arc};

use catalog::{Snapshot, version::Manifest};
use config::{Config, Language};
use jiff::Timestamp;

/// Entries in the feed at the most.
const ENTRIES: usize = 50;

/// The feed; `started` is its date while nothing is published.
pub(crate) fn render(config: &Config, snapshot: &Snapshot, started: Timestamp) -> String {
    let mut versions: Vec<&Manifest> = snapshot
        .datasets
        .values()
        .flat_map(|entry| entry.versions.values().rev().enumerate().filter(is_news).map(|(_, v)| v).take(ENTRIES))
        .map(AsRef::as_ref)
        .collect();
    versions.sort_by(|a, b| b.published.cmp(&a.published).then_with(|| a.dataset.cmp(&b.dataset)));
    versions.truncate(ENTRIES);
    let base = config.base_url.as_str();
    let updated = versions.first().map_or(started, |manifest| manifest.published);
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\" xml:lang=\"nb\">\n\
         <id>{base}feed.atom</id>\n<title>{}</title>\n<updated>{updated}</updated>\n\
         <link rel=\"self\" href=\"{base}feed.atom\"/>\n<link href=\"{base}\"/>\n<author><name>{}</name></author>\n",
        escape(config.catalog.title.get(Language::Nb)),
        escape(config.publisher.name.get(Language::Nb)),
    );
    for manifest in versions {
        entry(&mut out, config, manifest);
    }
    out.push_str("</feed>\n");
    out
}

/// The current version is news, and every other one that is not an old one after an erasure.
fn is_news((age, manifest): &(usize, &Arc<Manifest>)) -> bool {
    *age == 0 || manifest.replaces.is_none()
}

fn entry(out: &mut String, config: &Config, manifest: &Manifest) {
    let title =
        config.datasets.get(&manifest.dataset).map_or(manifest.dataset.as_str(), |d| d.file.title.get(Language::Nb));
    let address = format!("{}d/{}/v/{}", config.base_url, manifest.dataset, manifest.number);
    let summary = manifest.changes.map_or_else(
        || format!("{} rader", manifest.rows),
        |c| format!("{} rader: {} nye, {} endret, {} fjernet", manifest.rows, c.added, c.changed, c.removed),
    );
    // Writing to a String cannot fail.
    let _ = write!(
        out,
        "<entry>\n<id>{address}</id>\n<title>{} (versjon {})</title>\n<updated>{}</updated>\n\
         <link href=\"{address}\"/>\n<summary>{summary}</summary>\n</entry>\n",
        escape(title),
        manifest.number,
        manifest.published,
    );
}

/// Text for XML content and attributes (XML 1.0 section 2.4).
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
