//! The instance: `allmenning.toml`.

use std::{collections::BTreeMap, net::SocketAddr};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{CatalogTexts, Keep, Notify, Publisher};

/// The file `allmenning.toml`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InstanceFile {
    /// Who publishes.
    pub publisher: Publisher,
    /// What the catalogue is called.
    pub catalog: CatalogTexts,
    /// The HTTP server.
    #[serde(default)]
    pub server: Server,
    /// Where published and private objects are kept.
    #[serde(default)]
    pub storage: Storage,
    /// Runs.
    #[serde(default)]
    pub pipeline: Pipeline,
    /// Whom to tell when a dataset needs somebody.
    #[serde(default)]
    pub notify: Notify,
}

/// `ADDRESS:PORT`, for example `[::]:8080`.
#[derive(JsonSchema)]
#[schemars(inline, extend("format" = "socket-address"))]
#[expect(dead_code, reason = "stands for SocketAddr in the schema only")]
struct SocketAddress(String);

/// The HTTP server.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Server {
    /// Addresses to listen on. `[::]` serves IPv4 too.
    #[schemars(with = "Vec<SocketAddress>")]
    #[schemars(length(min = 1))]
    pub listen: Vec<SocketAddr>,
    /// The address under which the public reaches the server; the root of every IRI. Default: the first listen address.
    pub base_url: Option<url::Url>,
    /// Rows in one answer at the most, for the paged formats.
    #[schemars(range(min = 1))]
    pub max_page_rows: u32,
    /// Questions for a page of rows that are answered at the same time; further ones wait, then get 503.
    #[schemars(range(min = 1))]
    pub max_queries: u16,
    /// Questions for all rows that are answered at the same time; further ones wait, then get 503.
    #[schemars(range(min = 1))]
    pub max_streams: u16,
    /// Bytes of a Parquet file that is made for a question.
    #[schemars(range(min = 1))]
    pub max_export_bytes: u64,
    /// Seconds in which a request must be answered.
    #[schemars(range(min = 1))]
    pub request_timeout_seconds: u32,
    /// Seconds between looks at the storage for versions that another process published.
    #[schemars(range(min = 1))]
    pub refresh_seconds: u32,
    /// Limits of the SPARQL endpoint.
    pub sparql: SparqlLimits,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            listen: vec![SocketAddr::from(([0u16; 8], 8080))],
            base_url: None,
            max_page_rows: 10_000,
            max_queries: 16,
            max_streams: 8,
            max_export_bytes: 1 << 30,
            request_timeout_seconds: 30,
            refresh_seconds: 10,
            sparql: SparqlLimits::default(),
        }
    }
}

/// Limits of the SPARQL endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SparqlLimits {
    /// Serve `/sparql`.
    pub enabled: bool,
    /// Longest query, in bytes.
    #[schemars(range(min = 1))]
    pub max_query_bytes: u32,
    /// Deepest nesting of brackets.
    pub max_nesting: u32,
    /// Most operators (`|`, `/`, `!`, `+`, `UNION`, `OPTIONAL` …).
    pub max_operators: u32,
    /// Most triple patterns, counted by the `.`, `;` and `,` between them, and by inner braces: the time to plan a join
    /// grows with the fourth power of their number.
    pub max_patterns: u32,
    /// Seconds until the worker process is killed.
    #[schemars(range(min = 1))]
    pub timeout_seconds: u32,
    /// Memory of the worker process beside the program itself, in bytes.
    #[schemars(range(min = 1))]
    pub max_memory_bytes: u64,
    /// Largest answer, in bytes.
    #[schemars(range(min = 1))]
    pub max_answer_bytes: u64,
    /// Worker processes at the most.
    #[schemars(range(min = 1))]
    pub workers: u8,
}

impl Default for SparqlLimits {
    fn default() -> Self {
        Self {
            enabled: true,
            max_query_bytes: 10_000,
            max_nesting: 40,
            max_operators: 200,
            max_patterns: 64,
            timeout_seconds: 10,
            max_memory_bytes: 1 << 30,
            max_answer_bytes: 64 << 20,
            workers: 2,
        }
    }
}

/// Where published and private objects are kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Storage {
    /// `file://` path (relative paths are taken from the configuration folder) or `s3://bucket/prefix`.
    pub url: String,
    /// Options of the S3 client (`endpoint`, `region`, `access_key_id`, `secret_access_key` …). `${NAME}` is replaced
    /// by a secret of the environment.
    pub options: BTreeMap<String, String>,
}

impl Default for Storage {
    fn default() -> Self {
        Self { url: "data-store".to_owned(), options: BTreeMap::new() }
    }
}

/// Runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Pipeline {
    /// Datasets that run at the same time.
    #[schemars(range(min = 1))]
    pub concurrency: u8,
    /// Seconds after which a run is stopped.
    #[schemars(range(min = 1))]
    pub run_timeout_seconds: u32,
    /// Seconds for which a lease holds without being renewed.
    #[schemars(range(min = 5))]
    pub lease_seconds: u32,
    /// Days for which landed source bytes are kept. Those that the current state was read from are always kept.
    pub keep_raw_days: u32,
    /// How long versions are kept: `all`, `last:N` or `days:N`; applied by `allmenning gc`.
    pub keep: Keep,
    /// Run records that are kept for each dataset. That of the last success is always kept.
    #[schemars(range(min = 1))]
    pub keep_runs: u32,
    /// Most rejected rows that a run record lists; all are counted.
    pub max_listed_rejects: u32,
    /// Longest value of one cell, in bytes.
    #[schemars(range(min = 1))]
    pub max_cell_bytes: u32,
    /// Most columns that a source may have.
    #[schemars(range(min = 1))]
    pub max_columns: u32,
    /// A dataset that had no success for this many of its scheduled times counts as late.
    #[schemars(range(min = 1))]
    pub late_after_missed: u8,
    /// Let datasets run the programs of sources of the kind `command`. Whoever may change dataset files can then run
    /// anything as the user of this program.
    pub allow_commands: bool,
}

impl Default for Pipeline {
    fn default() -> Self {
        Self {
            concurrency: 2,
            run_timeout_seconds: 3600,
            lease_seconds: 60,
            keep_raw_days: 30,
            keep: Keep::All,
            keep_runs: 1000,
            max_listed_rejects: 1000,
            max_cell_bytes: 1 << 20,
            max_columns: 2000,
            late_after_missed: 2,
            allow_commands: false,
        }
    }
}
