//! Sources: where bytes come from. The only place that opens outbound connections.

mod change;
mod command;
mod einnsyn;
mod fault;
mod file;
mod http;
mod network;
mod polite;
mod postgresql;
mod service;
mod stamp;

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use catalog::{Sha256, Store, version::SourceCount};
use config::{Config, Dataset, DatasetId, Secret};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use self::service::{Protocol, Question};
use crate::Result;

pub use file::{Piece, Seen};
pub use polite::Polite;
pub use stamp::Stamp;

/// What was seen at the last successful fetch of one location; kept in the dataset's cursor.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Validators {
    /// Address without query and user information, or path relative to the configuration folder.
    pub location: String,
    /// `ETag` of the answer.
    pub etag: Option<String>,
    /// `Last-Modified` of the answer.
    pub last_modified: Option<String>,
    /// Hash of the bytes.
    pub sha256: Option<Sha256>,
    /// What the file system said of a file when its bytes were read; `None` where that proves nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stamp: Option<Stamp>,
    /// What a source that gathers rows remembers beside them; only the source itself can read it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory: Option<serde_json::Value>,
    /// What the source counts itself, held against what it answered.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub counts: Vec<SourceCount>,
}

/// What is known when a source is fetched again.
#[derive(Debug, Clone, Copy)]
pub struct Past<'a> {
    /// What to compare with; empty where everything is to be read and judged anew.
    pub last: &'a [Validators],
    /// What was gathered so far, whether it could be published or not.
    pub kept: &'a [Validators],
    /// True if files that are as they were need not be read, since it is known what came of them.
    pub pieces: bool,
    /// Where gathered bytes are.
    pub store: &'a Store,
    /// Whose they are.
    pub dataset: &'a DatasetId,
}

/// What a fetch brought.
#[derive(Debug)]
pub enum Fetched {
    /// The source says, or its bytes show, that nothing changed.
    Unchanged,
    /// The bytes are the same, but there is something new to remember.
    Same(Vec<Validators>),
    /// The bytes are the same, but the files were looked at anew: what to compare with from now on.
    Looked(Vec<Validators>),
    /// Several files, of which some are as they were and were not read; only where that was asked for.
    Pieces(Vec<Piece>),
    /// A part of the new bytes, to be kept but not published; the next fetch goes on from there.
    Partial(Vec<Raw>),
    /// New bytes, in local files that are deleted with this value.
    Changed(Vec<Raw>),
}

/// Bytes of one location in a local file.
#[derive(Debug)]
pub struct Raw {
    /// The name shown in messages: the file's name or the last segment of the address.
    pub name: String,
    /// Where the bytes are.
    pub path: PathBuf,
    /// Keeps the file alive; it is deleted with this value.
    pub temporary: tempfile::TempPath,
    /// Their size.
    pub bytes: u64,
    /// When they were fetched.
    pub fetched: Timestamp,
    /// What to remember for the next fetch. `sha256` is always set.
    pub validators: Validators,
}

/// A place bytes come from: a closed set, matched in [`open`].
#[derive(Debug)]
pub enum Source {
    /// Files on this machine.
    File(file::FileSource),
    /// One address fetched over HTTP or HTTPS.
    Http(Box<http::HttpSource>),
    /// What a program on this machine writes.
    Command(Box<command::CommandSource>),
    /// The rows that a database answers to a query.
    Postgresql(Box<postgresql::PostgresqlSource>),
    /// A body's journal and meetings in eInnsyn.
    Einnsyn(Box<einnsyn::EinnsynSource>),
    /// A collection or layer of a service that answers page by page.
    Service(Box<service::Service>),
    /// One file of an Atom download service.
    Atom(Box<service::Atom>),
    /// One file of a download service of the national map catalogue.
    Geonorge(Box<service::Geonorge>),
}

impl Source {
    /// Fetches what is new. Deadlines and sizes are limited by the source's own declaration.
    pub async fn fetch(&self, past: &Past<'_>, now: Timestamp) -> Result<Fetched> {
        match self {
            Self::File(source) => source.fetch((past.last, past.pieces), now).await,
            Self::Http(source) => source.fetch(past.last, now).await,
            Self::Command(source) => source.fetch(past.last, now).await,
            Self::Postgresql(source) => Box::pin(source.fetch(past.last, now)).await,
            Self::Einnsyn(source) => Box::pin(source.fetch(past, now)).await,
            Self::Service(source) => Box::pin(source.fetch(past.last, now)).await,
            Self::Atom(source) => Box::pin(source.fetch(past.last, now)).await,
            Self::Geonorge(source) => Box::pin(source.fetch(past.last, now)).await,
        }
    }
}

fn address(dataset: &Dataset, declared: &url::Url) -> url::Url {
    dataset.address.as_ref().map_or_else(|| declared.clone(), |url| url.reveal().clone())
}

fn paged(protocol: Protocol, spec: &config::ServiceSource, dataset: &Dataset, polite: &Arc<Polite>) -> Result<Source> {
    let spec = config::ServiceSource { url: address(dataset, &spec.url), ..spec.clone() };
    Ok(Source::Service(Box::new(service::Service::new(protocol, spec, &dataset.headers, Arc::clone(polite))?)))
}

/// How the ids of a gathered source compare with what it counts itself, if they were compared.
pub(crate) fn counts(seen: &Validators) -> Vec<SourceCount> {
    let gathered = seen.memory.as_ref().map(einnsyn::counts).unwrap_or_default();
    seen.counts.iter().cloned().chain(gathered).collect()
}

/// Fetches an address that no dataset names yet.
pub(crate) async fn fetch_once(spec: &config::HttpSource, polite: Polite, now: Timestamp) -> Result<Raw> {
    let source = http::HttpSource::new(spec, &BTreeMap::new(), Arc::new(polite))?;
    match source.fetch(&[], now).await? {
        Fetched::Changed(raw) => raw.into_iter().next(),
        _ => None,
    }
    .ok_or_else(|| crate::Error::Internal("nothing was fetched".to_owned()))
}

/// Posts a JSON document under the rules that hold for sources, and looks at nothing of the answer but its status.
pub(crate) async fn post(
    spec: &config::HttpSource,
    headers: &BTreeMap<String, Secret<String>>,
    document: &serde_json::Value,
    (polite, now): (&Arc<Polite>, Timestamp),
) -> Result<()> {
    let source = http::HttpSource::new(spec, headers, Arc::clone(polite))?.posting(document);
    source.body(now, Instant::now() + Duration::from_secs(spec.timeout_seconds.into())).await.map(drop)
}

/// Opens a dataset's source.
pub fn open(config: &Config, dataset: &Dataset, polite: &Arc<Polite>) -> Result<Source> {
    Ok(match &dataset.file.source {
        config::Source::File(spec) => Source::File(file::FileSource::new(&config.folder, spec)),
        config::Source::Command(spec) => {
            Source::Command(Box::new(command::CommandSource::new(config, spec, &dataset.headers)?))
        }
        config::Source::Http(spec) => {
            let spec = config::HttpSource { url: address(dataset, &spec.url), ..spec.clone() };
            Source::Http(Box::new(http::HttpSource::new(&spec, &dataset.headers, Arc::clone(polite))?))
        }
        config::Source::Postgresql(spec) => {
            let password = dataset.headers.get("password");
            Source::Postgresql(Box::new(postgresql::PostgresqlSource::new(spec, password)?))
        }
        config::Source::Einnsyn(spec) => {
            Source::Einnsyn(Box::new(einnsyn::EinnsynSource::new(spec, &dataset.headers, Arc::clone(polite))?))
        }
        config::Source::OgcFeatures(spec) => paged(Protocol::OgcFeatures, spec, dataset, polite)?,
        config::Source::Arcgis(spec) => paged(Protocol::Arcgis, spec, dataset, polite)?,
        config::Source::Wfs(spec) => paged(Protocol::Wfs(Question::new(spec)), &spec.service(), dataset, polite)?,
        config::Source::Atom(spec) => {
            let spec = config::AtomSource { url: address(dataset, &spec.url), ..spec.clone() };
            Source::Atom(Box::new(service::Atom::new(spec, &dataset.headers, polite)?))
        }
        config::Source::Geonorge(spec) => {
            let spec = config::GeonorgeSource { url: address(dataset, &spec.url), ..spec.clone() };
            Source::Geonorge(Box::new(service::Geonorge::new(spec, &dataset.headers, polite)?))
        }
    })
}
