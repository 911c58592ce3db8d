//! Databases as sources.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{fetch_defaults, secret::shown};

/// The rows that a `PostgreSQL` database answers to one query, in a transaction that may only read. They come as JSON
/// objects, one a line: read them with the format `ndjson`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PostgresqlSource {
    /// The database: `postgresql://user@host:5432/name`, or a socket by `postgresql:///name?user=user&host=/run/postgresql`.
    pub url: url::Url,
    /// The password, `${NAME}`.
    #[serde(default)]
    pub password: Option<String>,
    /// How the connection is encrypted; over a socket of this machine it never is.
    #[serde(default)]
    pub tls: Tls,
    /// One `select`, whose columns become the members of the objects. Values come in by `$1`, `$2` …, each of them a text;
    /// another type is asked for by a cast such as `$1::int`.
    #[schemars(length(min = 1))]
    pub query: String,
    /// The values.
    #[serde(default)]
    pub parameters: Vec<String>,
    /// Largest answer, in bytes.
    #[serde(default = "fetch_defaults::two_gib")]
    #[schemars(range(min = 1))]
    pub max_bytes: u64,
    /// Seconds after which the query is cancelled.
    #[serde(default = "fetch_defaults::ten_minutes")]
    #[schemars(range(min = 1))]
    pub timeout_seconds: u32,
}

/// How a connection to a database is encrypted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Tls {
    /// By TLS, and the server shows a certificate for its name.
    #[default]
    Require,
    /// Not at all: for a server on the same machine.
    Off,
}

/// The address may hold what is secret.
impl fmt::Debug for PostgresqlSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresqlSource")
            .field("url", &shown(&self.url).as_str())
            .field("query", &self.query)
            .finish_non_exhaustive()
    }
}
