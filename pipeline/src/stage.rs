//! The stages of a run.

use serde::{Deserialize, Serialize};

/// A stage of a run, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// Bytes are fetched.
    Fetch,
    /// Bytes are landed.
    Land,
    /// Rows are read, typed, sorted and staged as Parquet.
    Normalise,
    /// The other file formats and the changelog are staged.
    Write,
    /// Gates judge.
    Judge,
    /// The version is published.
    Commit,
}

impl Stage {
    /// The word in records and on the terminal.
    pub fn name(self) -> &'static str {
        match self {
            Self::Fetch => "fetch",
            Self::Land => "land",
            Self::Normalise => "normalise",
            Self::Write => "write",
            Self::Judge => "judge",
            Self::Commit => "commit",
        }
    }
}
