//! The national map catalogue: a dataset's record in it, and its download service.

use std::{collections::BTreeMap, fmt};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Epsg, RecordId, fetch_defaults, secret};

/// A dataset's record in the national map catalogue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GeonorgeRecord {
    /// The UUID of the record.
    pub record: RecordId,
    /// Where the dataset is described.
    #[serde(default)]
    pub home: MetadataHome,
}

impl GeonorgeRecord {
    /// The page of the record, which is also the IRI of the dataset in the map catalogue.
    pub fn page(&self) -> String {
        format!("https://kartkatalog.geonorge.no/Metadata/uuid/{}", self.record)
    }
}

/// Where a dataset is described, so that no portal gets it twice.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum MetadataHome {
    /// Here; the record in the map catalogue is linked.
    #[default]
    Own,
    /// In the map catalogue, from which portals harvest it; it is left out of our catalogue's document.
    Geonorge,
}

/// One file of a download service of the national map catalogue (API version 3), ordered and fetched.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GeonorgeSource {
    /// The address of the API, with a slash at the end. In its query `${NAME}` is replaced by a secret of the environment.
    pub url: url::Url,
    /// Request headers. `${NAME}` is replaced by a secret of the environment.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// The UUID of the dataset's record.
    pub record: RecordId,
    /// The code of the area, such as a municipality's number; `0000` is the whole country.
    #[schemars(length(min = 1))]
    pub area: String,
    /// The coordinate system of the file.
    pub crs: Epsg,
    /// The format of the file, as the service names it, such as `GML`.
    #[schemars(length(min = 1))]
    pub format: String,
    /// Other hosts, as `host` or `host:port`, that a link may lead to. Headers are not sent there.
    #[serde(default)]
    pub hosts: Vec<String>,
    /// Allow the host of the source to lie in a private or loopback network; link-local addresses are never allowed.
    #[serde(default)]
    pub allow_private_network: bool,
    /// Largest file, in bytes.
    #[serde(default = "fetch_defaults::two_gib")]
    #[schemars(range(min = 1))]
    pub max_bytes: u64,
    /// Seconds for everything: order, waiting until the file is ready, and the file.
    #[serde(default = "fetch_defaults::hour")]
    #[schemars(range(min = 1))]
    pub timeout_seconds: u32,
    /// Seconds for which the server may be silent: before its answer begins, and in the midst of it.
    #[serde(default = "fetch_defaults::two_minutes")]
    #[schemars(range(min = 1))]
    pub silence_seconds: u32,
    /// Attempts at each answer and at the file at the most, the first one included.
    #[serde(default = "fetch_defaults::five")]
    #[schemars(range(min = 1, max = 20))]
    pub attempts: u8,
}

/// Query and header values may be secrets that stand in the file.
impl fmt::Debug for GeonorgeSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GeonorgeSource")
            .field("url", &secret::shown(&self.url).as_str())
            .field("headers", &self.headers.keys().collect::<Vec<_>>())
            .field("record", &self.record)
            .field("area", &self.area)
            .field("crs", &self.crs)
            .field("format", &self.format)
            .finish_non_exhaustive()
    }
}
