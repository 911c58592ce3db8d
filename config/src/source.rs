//! Sources: where bytes may come from.

use std::{collections::BTreeMap, path::PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::EinnsynSource;

/// Where a dataset's bytes come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Source {
    /// Files on this machine.
    File(FileSource),
    /// One address fetched over HTTP or HTTPS.
    Http(HttpSource),
    /// A public body's journal and meetings in eInnsyn.
    Einnsyn(EinnsynSource),
}

/// Files on this machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FileSource {
    /// A path or a pattern with `*`, `?` and `**`, relative to the configuration folder. Several files are read in
    /// the order of their names, as one table.
    #[schemars(length(min = 1))]
    pub path: PathBuf,
}

/// One address fetched over HTTP or HTTPS.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HttpSource {
    /// The address.
    pub url: url::Url,
    /// Request headers. `${NAME}` is replaced by a secret of the environment.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// Allow addresses in private, loopback and link-local networks.
    #[serde(default)]
    pub allow_private_network: bool,
    /// Redirects followed at most.
    #[serde(default = "five")]
    pub max_redirects: u8,
    /// Largest body, in bytes, after decompression.
    #[serde(default = "two_gib")]
    #[schemars(range(min = 1))]
    pub max_bytes: u64,
    /// Seconds for the whole fetch, retries included.
    #[serde(default = "ten_minutes")]
    #[schemars(range(min = 1))]
    pub timeout_seconds: u32,
    /// Attempts at the most, the first one included.
    #[serde(default = "five")]
    #[schemars(range(min = 1, max = 20))]
    pub attempts: u8,
}

fn five() -> u8 {
    5
}

fn two_gib() -> u64 {
    2 << 30
}

fn ten_minutes() -> u32 {
    600
}
