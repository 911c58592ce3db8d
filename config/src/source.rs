//! Sources: where bytes may come from.

use std::{collections::BTreeMap, fmt, path::PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    AtomSource, EinnsynSource, GeonorgeSource, PostgresqlSource, ServiceSource, WfsSource, fetch_defaults,
    secret::shown,
};

/// Where a dataset's bytes come from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Source {
    /// Files on this machine.
    File(FileSource),
    /// One address fetched over HTTP or HTTPS.
    Http(HttpSource),
    /// What a program on this machine writes.
    Command(CommandSource),
    /// The rows that a `PostgreSQL` database answers to a query.
    Postgresql(PostgresqlSource),
    /// A public body's journal and meetings in eInnsyn.
    Einnsyn(EinnsynSource),
    /// The items of a collection of an OGC API Features.
    OgcFeatures(ServiceSource),
    /// The features of a layer of an `ArcGIS` server.
    Arcgis(ServiceSource),
    /// Features of a WFS 2.0.
    Wfs(WfsSource),
    /// A file of an Atom download service.
    Atom(AtomSource),
    /// A file of a download service of the national map catalogue.
    Geonorge(GeonorgeSource),
}

impl Source {
    /// Address and headers, in which secrets may stand; `None` for sources that have none.
    pub(crate) fn web(&self) -> Option<(&url::Url, &BTreeMap<String, String>)> {
        match self {
            Self::File(_) | Self::Command(_) | Self::Postgresql(_) | Self::Einnsyn(_) => None,
            Self::Http(http) => Some((&http.url, &http.headers)),
            Self::OgcFeatures(service) | Self::Arcgis(service) => Some((&service.url, &service.headers)),
            Self::Wfs(wfs) => Some((&wfs.url, &wfs.headers)),
            Self::Atom(atom) => Some((&atom.url, &atom.headers)),
            Self::Geonorge(geonorge) => Some((&geonorge.url, &geonorge.headers)),
        }
    }
}

/// Files on this machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FileSource {
    /// A path or a pattern with `*`, `?` and `**`, relative to the configuration folder. Several files are read in
    /// the order of their names, as one table.
    #[schemars(length(min = 1))]
    pub path: PathBuf,
    /// Most files that a pattern may match.
    #[serde(default = "fetch_defaults::thousand")]
    #[schemars(range(min = 1))]
    pub max_files: u32,
    /// Largest size of all files together, in bytes.
    #[serde(default = "fetch_defaults::two_gib")]
    #[schemars(range(min = 1))]
    pub max_bytes: u64,
    /// How a changed file is known.
    #[serde(default)]
    pub compare: Compare,
}

/// What a program writes on its standard output. It runs in the configuration folder, without a shell and with nothing
/// but what `environment` names and a `PATH` of the system's folders; what it writes on standard error goes to the log.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CommandSource {
    /// The program and its arguments. A program with a slash in its name is looked for below the configuration folder.
    #[schemars(length(min = 1))]
    pub program: Vec<String>,
    /// The environment that the program gets. `${NAME}` is replaced by a secret of the environment.
    #[serde(default)]
    pub environment: BTreeMap<String, String>,
    /// Largest output, in bytes.
    #[serde(default = "fetch_defaults::two_gib")]
    #[schemars(range(min = 1))]
    pub max_bytes: u64,
    /// Seconds after which the program is stopped.
    #[serde(default = "fetch_defaults::ten_minutes")]
    #[schemars(range(min = 1))]
    pub timeout_seconds: u32,
}

/// How a changed file is known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Compare {
    /// A file with the size and times that it had when it was last read counts as unchanged; once a week its bytes are
    /// compared all the same.
    #[default]
    Time,
    /// The bytes of every file are compared in every run.
    Hash,
}

/// One address fetched over HTTP or HTTPS.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HttpSource {
    /// The address. In its query `${NAME}` is replaced by a secret of the environment.
    pub url: url::Url,
    /// Request headers. `${NAME}` is replaced by a secret of the environment.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// Allow the host of the source to lie in a private or loopback network; link-local addresses are never allowed.
    #[serde(default)]
    pub allow_private_network: bool,
    /// Redirects followed at most.
    #[serde(default = "fetch_defaults::five")]
    pub max_redirects: u8,
    /// Largest body, in bytes; bodies are asked for without compression.
    #[serde(default = "fetch_defaults::two_gib")]
    #[schemars(range(min = 1))]
    pub max_bytes: u64,
    /// Seconds for the whole fetch, retries included.
    #[serde(default = "fetch_defaults::ten_minutes")]
    #[schemars(range(min = 1))]
    pub timeout_seconds: u32,
    /// Seconds for which the server may be silent: before its answer begins, and in the midst of it.
    #[serde(default = "fetch_defaults::two_minutes")]
    #[schemars(range(min = 1))]
    pub silence_seconds: u32,
    /// Attempts at the most, the first one included.
    #[serde(default = "fetch_defaults::five")]
    #[schemars(range(min = 1, max = 20))]
    pub attempts: u8,
}

impl HttpSource {
    /// An address as somebody types it; `None` where it is none of HTTP or HTTPS.
    pub fn typed(address: &str) -> Option<Self> {
        url::Url::parse(address).ok().filter(|url| ["http", "https"].contains(&url.scheme())).map(Self::of)
    }

    /// An address with the defaults of everything else.
    pub fn of(url: url::Url) -> Self {
        Self {
            url,
            headers: BTreeMap::new(),
            allow_private_network: false,
            max_redirects: fetch_defaults::five(),
            max_bytes: fetch_defaults::two_gib(),
            timeout_seconds: fetch_defaults::ten_minutes(),
            silence_seconds: fetch_defaults::two_minutes(),
            attempts: fetch_defaults::five(),
        }
    }
}

/// Values of the environment may be secrets that stand in the file.
impl fmt::Debug for CommandSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CommandSource")
            .field("program", &self.program)
            .field("environment", &self.environment.keys().collect::<Vec<_>>())
            .field("max_bytes", &self.max_bytes)
            .field("timeout_seconds", &self.timeout_seconds)
            .finish()
    }
}

/// Query and header values may be secrets that stand in the file.
impl fmt::Debug for HttpSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpSource")
            .field("url", &shown(&self.url).as_str())
            .field("headers", &self.headers.keys().collect::<Vec<_>>())
            .field("allow_private_network", &self.allow_private_network)
            .field("max_redirects", &self.max_redirects)
            .field("max_bytes", &self.max_bytes)
            .field("timeout_seconds", &self.timeout_seconds)
            .field("silence_seconds", &self.silence_seconds)
            .field("attempts", &self.attempts)
            .finish()
    }
}
