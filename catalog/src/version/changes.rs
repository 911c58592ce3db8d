//! The row changelog between a version and its parent.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::Sha256;

/// What happened to a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Op {
    /// The key is new.
    Added,
    /// The key was there with other values.
    Changed,
    /// The key is gone.
    Removed,
    /// Values of the row were erased.
    Redacted,
}

/// How many rows changed since the parent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeSummary {
    /// Rows with a new key.
    pub added: u64,
    /// Rows with other values.
    pub changed: u64,
    /// Rows whose key is gone.
    pub removed: u64,
}

/// The stored changelog of a version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangesFile {
    /// The last segment of its address.
    pub name: String,
    /// Its content hash, which is its name in the storage.
    pub sha256: Sha256,
    /// Its size.
    pub bytes: u64,
}

/// A staged changelog.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StagedChanges {
    /// Where it is staged.
    pub path: PathBuf,
    /// Its content hash.
    pub sha256: Sha256,
    /// Its size.
    pub bytes: u64,
    /// What it holds.
    pub summary: ChangeSummary,
}

impl StagedChanges {
    /// How a manifest names it.
    pub(crate) fn published(&self) -> ChangesFile {
        ChangesFile { name: "changes.parquet".to_owned(), sha256: self.sha256.clone(), bytes: self.bytes }
    }
}
