//! Run records: what happened, per stage, readable by a person.

use serde::{Deserialize, Serialize};

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// A version was published.
    Published,
    /// Nothing changed.
    Unchanged,
    /// A gate blocked.
    Blocked,
    /// An error stopped it.
    Failed,
}

/// One stage of a run.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct StageRecord {}

/// What happened in a run.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RunRecord {}

/// How a dataset stands.
#[derive(Debug, Clone, Serialize)]
pub struct Status {}
