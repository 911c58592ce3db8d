//! Every object path. No other file builds one.

use std::fmt;

use config::{DatasetId, FileFormat};
use serde::{Deserialize, Serialize};

use crate::version::VersionNumber;

/// A SHA-256 digest in lower-case hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sha256(pub(crate) String);

impl Sha256 {
    /// The digest of some bytes.
    pub fn of(bytes: &[u8]) -> Self {
        use sha2::Digest;
        Self::from_digest(sha2::Sha256::digest(bytes).as_slice())
    }

    /// The hexadecimal form of a finished digest.
    pub fn from_digest(digest: &[u8]) -> Self {
        use fmt::Write;
        let mut text = String::with_capacity(64);
        for byte in digest {
            // Writing to a String cannot fail.
            let _ = write!(text, "{byte:02x}");
        }
        Self(text)
    }

    /// The digest as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The name of a run: its start in UTC to the millisecond and a random part; sorts by time.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RunId(String);

impl RunId {
    /// A run that started at an instant, told apart from others of that instant by `salt`.
    pub fn new(started: jiff::Timestamp, salt: u32) -> Self {
        Self(format!("{}-{salt:08x}", started.strftime("%Y%m%dT%H%M%S%3fZ")))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// An object of the storage.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// The manifest of a version; creating it is the commit.
    Manifest(DatasetId, VersionNumber),
    /// The tombstone of a version.
    Withdrawn(DatasetId, VersionNumber),
    /// A published file, by content.
    File(DatasetId, Sha256, FileFormat),
    /// The row changelog of a version from its parent.
    Changes(DatasetId, VersionNumber),
    /// Landed source bytes, by content.
    Raw(DatasetId, Sha256),
    /// A run record.
    Run(DatasetId, RunId),
    /// What a source has seen: validators and cursors, numbered.
    Cursor(DatasetId, u64),
    /// One epoch of a lease.
    Lease(String, u64),
}

impl Key {
    /// The path of the object in the storage.
    pub fn path(&self) -> object_store::path::Path {
        self.to_string().into()
    }

    /// The folder that holds every dataset.
    pub fn datasets() -> object_store::path::Path {
        "public/datasets".into()
    }

    /// The folder that holds the manifests of a dataset.
    pub fn versions(dataset: &DatasetId) -> object_store::path::Path {
        format!("public/datasets/{dataset}/versions").into()
    }

    /// The folder that holds the run records of a dataset.
    pub fn runs(dataset: &DatasetId) -> object_store::path::Path {
        format!("private/datasets/{dataset}/runs").into()
    }

    /// The folder that holds the cursors of a dataset.
    pub fn cursors(dataset: &DatasetId) -> object_store::path::Path {
        format!("private/datasets/{dataset}/cursor").into()
    }

    /// The folder that holds the landed source bytes of a dataset.
    pub fn raws(dataset: &DatasetId) -> object_store::path::Path {
        format!("private/datasets/{dataset}/raw").into()
    }

    /// The folder that holds the epochs of a lease.
    pub fn leases(name: &str) -> object_store::path::Path {
        format!("private/leases/{name}").into()
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Manifest(dataset, number) => write!(f, "public/datasets/{dataset}/versions/{number:08}.json"),
            Self::Withdrawn(dataset, number) => {
                write!(f, "public/datasets/{dataset}/versions/{number:08}.withdrawn.json")
            }
            Self::File(dataset, sha256, format) => {
                write!(f, "public/datasets/{dataset}/files/{sha256}.{}", format.extension())
            }
            Self::Changes(dataset, number) => write!(f, "public/datasets/{dataset}/changes/{number:08}.parquet"),
            Self::Raw(dataset, sha256) => write!(f, "private/datasets/{dataset}/raw/{sha256}"),
            Self::Run(dataset, run) => write!(f, "private/datasets/{dataset}/runs/{}.json", run.as_str()),
            Self::Cursor(dataset, seq) => write!(f, "private/datasets/{dataset}/cursor/{seq:08}.json"),
            Self::Lease(name, epoch) => write!(f, "private/leases/{name}/{epoch:012}.json"),
        }
    }
}
