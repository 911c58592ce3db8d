//! Sources: where bytes come from. The only place that opens outbound connections.

mod change;
mod fault;
mod file;
mod http;
mod network;
mod polite;

use std::{path::PathBuf, sync::Arc};

use catalog::Sha256;
use config::{Config, Dataset};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::Result;

pub use polite::Polite;

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
}

/// What a fetch brought.
#[derive(Debug)]
pub enum Fetched {
    /// The source says, or its bytes show, that nothing changed.
    Unchanged,
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
    /// Keeps a temporary file alive; `None` where `path` is the source's own file.
    pub temporary: Option<tempfile::TempPath>,
    /// Their size.
    pub bytes: u64,
    /// When they were fetched.
    pub fetched: Timestamp,
    /// What to remember for the next fetch. `sha256` is always set.
    pub validators: Validators,
}

/// A place bytes come from: a closed set of two, matched in [`open`].
#[derive(Debug)]
pub enum Source {
    /// Files on this machine.
    File(file::FileSource),
    /// One address fetched over HTTP or HTTPS.
    Http(Box<http::HttpSource>),
}

impl Source {
    /// Fetches what is new since `last`. Deadlines and sizes are limited by the source's own declaration.
    pub async fn fetch(&self, last: &[Validators], now: Timestamp) -> Result<Fetched> {
        match self {
            Self::File(source) => source.fetch(last, now).await,
            Self::Http(source) => source.fetch(last, now).await,
        }
    }
}

/// Opens a dataset's source.
pub fn open(config: &Config, dataset: &Dataset, polite: &Arc<Polite>) -> Result<Source> {
    Ok(match &dataset.file.source {
        config::Source::File(spec) => Source::File(file::FileSource::new(&config.folder, spec)),
        config::Source::Http(spec) => {
            let url = dataset.address.as_ref().map_or_else(|| spec.url.clone(), |url| url.reveal().clone());
            let spec = config::HttpSource { url, ..spec.clone() };
            Source::Http(Box::new(http::HttpSource::new(&spec, &dataset.headers, Arc::clone(polite))?))
        }
    })
}
