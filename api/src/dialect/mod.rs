//! Dialects: each speaks one protocol or shows one view, all over the same catalogue.

pub(crate) mod aggregate;
pub(crate) mod catalogue;
pub(crate) mod changes;
pub(crate) mod citation;
pub(crate) mod ckan;
pub(crate) mod contract;
pub(crate) mod croissant;
pub(crate) mod csvw;
mod facets;
mod feed;
pub(crate) mod files;
mod finding_texts;
pub(crate) mod html;
pub(crate) mod jsonstat;
pub(crate) mod map;
pub(crate) mod odata;
pub(crate) mod ogc;
mod openapi;
pub(crate) mod operate;
pub(crate) mod package;
mod pinned;
mod preview;
mod range;
mod report_texts;
pub(crate) mod research;
pub(crate) mod rows;
pub(crate) mod sitemap;
pub(crate) mod sparql;
pub(crate) mod stats;
mod table;
mod texts;
pub(crate) mod version;

/// A finding in words: in the language asked for where it has them, else in English.
pub fn finding_text(finding: &catalog::version::Finding, language: config::Language) -> String {
    finding_texts::finding(finding, language).unwrap_or_else(|| finding.message.clone())
}
