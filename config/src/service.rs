//! Services that answer map data page by page.

use std::{collections::BTreeMap, fmt};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{GeometryCrs, fetch_defaults, secret};

/// One collection of an OGC API Features, or one layer of an `ArcGIS` server, read page by page.
#[derive(Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ServiceSource {
    /// The address of the collection or layer. In its query `${NAME}` is replaced by a secret of the environment.
    pub url: url::Url,
    /// Request headers. `${NAME}` is replaced by a secret of the environment.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// Features that one page asks for.
    #[serde(default = "fetch_defaults::thousand")]
    #[schemars(range(min = 1, max = 100_000))]
    pub page_size: u32,
    /// West, south, east and north in degrees of WGS 84; only features that touch it are asked for. Default: all.
    #[serde(default)]
    pub bbox: Option<[f64; 4]>,
    /// A filter in the service's language. Default: none.
    #[serde(default)]
    pub filter: Option<String>,
    /// The coordinate system that is asked for. Default: the one that the service answers in by itself.
    #[serde(default)]
    pub crs: GeometryCrs,
    /// Other hosts, as `host` or `host:port`, that a page may lead to. Headers are not sent there.
    #[serde(default)]
    pub hosts: Vec<String>,
    /// Allow the host of the source to lie in a private or loopback network; link-local addresses are never allowed.
    #[serde(default)]
    pub allow_private_network: bool,
    /// Pages at the most.
    #[serde(default = "fetch_defaults::ten_thousand")]
    #[schemars(range(min = 1))]
    pub max_pages: u32,
    /// Largest size of all pages together, in bytes.
    #[serde(default = "fetch_defaults::two_gib")]
    #[schemars(range(min = 1))]
    pub max_bytes: u64,
    /// Seconds for the whole fetch, retries included.
    #[serde(default = "fetch_defaults::hour")]
    #[schemars(range(min = 1))]
    pub timeout_seconds: u32,
    /// Seconds for which the server may be silent: before its answer begins, and in the midst of it.
    #[serde(default = "fetch_defaults::two_minutes")]
    #[schemars(range(min = 1))]
    pub silence_seconds: u32,
    /// Attempts at one page at the most, the first one included.
    #[serde(default = "fetch_defaults::five")]
    #[schemars(range(min = 1, max = 20))]
    pub attempts: u8,
}

/// Query and header values may be secrets that stand in the file.
impl fmt::Debug for ServiceSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServiceSource")
            .field("url", &secret::shown(&self.url).as_str())
            .field("headers", &self.headers.keys().collect::<Vec<_>>())
            .field("page_size", &self.page_size)
            .field("bbox", &self.bbox)
            .field("filter", &self.filter)
            .field("crs", &self.crs)
            .field("hosts", &self.hosts)
            .finish_non_exhaustive()
    }
}

/// Features of one or more types of a WFS 2.0, read page by page.
#[derive(Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WfsSource {
    /// The address of the service, without what is asked. In its query `${NAME}` is replaced by a secret of the environment.
    pub url: url::Url,
    /// Request headers. `${NAME}` is replaced by a secret of the environment.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// Names of the feature types, with their prefixes.
    #[schemars(length(min = 1))]
    pub types: Vec<String>,
    /// The form of the answers.
    #[serde(default)]
    pub output: WfsOutput,
    /// Property by which the pages are sorted. Default: the order is the service's own.
    #[serde(default)]
    pub sort_by: Option<String>,
    /// Features that one page asks for. 0: all at once, for services that do not page.
    #[serde(default = "fetch_defaults::thousand")]
    #[schemars(range(max = 100_000))]
    pub page_size: u32,
    /// West, south, east and north in degrees of WGS 84; only features that touch it are asked for. Default: all.
    #[serde(default)]
    pub bbox: Option<[f64; 4]>,
    /// A filter as Filter Encoding 2.0, XML. Default: none.
    #[serde(default)]
    pub filter: Option<String>,
    /// The coordinate system that is asked for. Default: the one that the service answers in by itself.
    #[serde(default)]
    pub crs: GeometryCrs,
    /// Other hosts, as `host` or `host:port`, that a page may lead to. Headers are not sent there.
    #[serde(default)]
    pub hosts: Vec<String>,
    /// Allow the host of the source to lie in a private or loopback network; link-local addresses are never allowed.
    #[serde(default)]
    pub allow_private_network: bool,
    /// Pages at the most.
    #[serde(default = "fetch_defaults::ten_thousand")]
    #[schemars(range(min = 1))]
    pub max_pages: u32,
    /// Largest size of all pages together, in bytes.
    #[serde(default = "fetch_defaults::two_gib")]
    #[schemars(range(min = 1))]
    pub max_bytes: u64,
    /// Seconds for the whole fetch, retries included.
    #[serde(default = "fetch_defaults::hour")]
    #[schemars(range(min = 1))]
    pub timeout_seconds: u32,
    /// Seconds for which the server may be silent: before its answer begins, and in the midst of it.
    #[serde(default = "fetch_defaults::two_minutes")]
    #[schemars(range(min = 1))]
    pub silence_seconds: u32,
    /// Attempts at one page at the most, the first one included.
    #[serde(default = "fetch_defaults::five")]
    #[schemars(range(min = 1, max = 20))]
    pub attempts: u8,
}

/// One file of an Atom download service, found by what the feeds say of it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AtomSource {
    /// The feed of the service if `dataset` is given, else the feed of a dataset. In its query `${NAME}` is replaced by
    /// a secret of the environment.
    pub url: url::Url,
    /// Request headers. `${NAME}` is replaced by a secret of the environment.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// Identifier or title of the dataset in the feed of the service. Default: the feed is the dataset's own.
    #[serde(default)]
    pub dataset: Option<String>,
    /// A word in the titles of the entries, such as `GML`. Default: any.
    #[serde(default)]
    pub format: Option<String>,
    /// The area of the file, as its category is labelled. Default: the file without an area, for all of it.
    #[serde(default)]
    pub area: Option<String>,
    /// The coordinate system of the file. Default: any.
    #[serde(default)]
    pub crs: GeometryCrs,
    /// Other hosts, as `host` or `host:port`, that an entry may lead to. Headers are not sent there.
    #[serde(default)]
    pub hosts: Vec<String>,
    /// Allow the host of the source to lie in a private or loopback network; link-local addresses are never allowed.
    #[serde(default)]
    pub allow_private_network: bool,
    /// Largest file, in bytes.
    #[serde(default = "fetch_defaults::two_gib")]
    #[schemars(range(min = 1))]
    pub max_bytes: u64,
    /// Seconds for each feed and for the file, retries included.
    #[serde(default = "fetch_defaults::hour")]
    #[schemars(range(min = 1))]
    pub timeout_seconds: u32,
    /// Seconds for which the server may be silent: before its answer begins, and in the midst of it.
    #[serde(default = "fetch_defaults::two_minutes")]
    #[schemars(range(min = 1))]
    pub silence_seconds: u32,
    /// Attempts at each feed and at the file at the most, the first one included.
    #[serde(default = "fetch_defaults::five")]
    #[schemars(range(min = 1, max = 20))]
    pub attempts: u8,
}

/// Query and header values may be secrets that stand in the file.
impl fmt::Debug for AtomSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AtomSource")
            .field("url", &secret::shown(&self.url).as_str())
            .field("headers", &self.headers.keys().collect::<Vec<_>>())
            .field("dataset", &self.dataset)
            .field("format", &self.format)
            .field("area", &self.area)
            .field("crs", &self.crs)
            .finish_non_exhaustive()
    }
}

/// The form in which a WFS answers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum WfsOutput {
    /// GML 3.2, for the format `gml`; each page is landed as its own document.
    #[default]
    Gml,
    /// `GeoJSON`, for the format `geojson`; all pages are landed as one document.
    Json,
}

impl WfsSource {
    /// What a WFS has in common with other services.
    pub fn service(&self) -> ServiceSource {
        ServiceSource {
            url: self.url.clone(),
            headers: self.headers.clone(),
            page_size: self.page_size,
            bbox: self.bbox,
            filter: self.filter.clone(),
            crs: self.crs,
            hosts: self.hosts.clone(),
            allow_private_network: self.allow_private_network,
            max_pages: self.max_pages,
            max_bytes: self.max_bytes,
            timeout_seconds: self.timeout_seconds,
            silence_seconds: self.silence_seconds,
            attempts: self.attempts,
        }
    }
}

/// As that of other services.
impl fmt::Debug for WfsSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WfsSource")
            .field("service", &self.service())
            .field("types", &self.types)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_enough_and_nothing_secret_is_shown() {
        let text = r#"{"url": "https://example.org/collections/a/items?key=hemmelig", "headers": {"X": "hemmelig"}}"#;
        let source: ServiceSource = serde_json::from_str(text).unwrap();
        assert_eq!((source.page_size, source.max_pages, source.attempts), (1000, 10_000, 5));
        assert_eq!((source.crs, source.bbox), (GeometryCrs::Source, None));
        let shown = format!("{source:?}");
        let text = r#"{"url": "https://example.org/wfs?key=hemmelig", "types": ["app:a"]}"#;
        let wfs: WfsSource = serde_json::from_str(text).unwrap();
        assert_eq!((wfs.output, wfs.service().page_size), (WfsOutput::Gml, 1000));
        assert!(!format!("{wfs:?}").contains("hemmelig"));
        assert!(shown.contains("example.org") && !shown.contains("hemmelig"), "{shown}");
    }
}
