//! The row changelog between a version and its parent.

use serde::{Deserialize, Serialize};

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
