//! Plans: what a run would change, without publishing anything.

use catalog::version::{ChangeSummary, GateReport};
use config::DatasetId;
use serde::Serialize;

/// What a run would change.
#[derive(Debug, Clone, Serialize)]
pub struct Plan {
    /// The dataset.
    pub dataset: DatasetId,
    /// The current version.
    pub current: Option<u64>,
    /// True if the source has not changed.
    pub unchanged: bool,
    /// Rows of the draft.
    pub rows: u64,
    /// Rows of the current version.
    pub rows_before: Option<u64>,
    /// Rows added, changed and removed; `None` without a key.
    pub changes: Option<ChangeSummary>,
    /// Columns that come.
    pub columns_added: Vec<String>,
    /// Columns that go.
    pub columns_removed: Vec<String>,
    /// Columns that get another type.
    pub columns_retyped: Vec<String>,
    /// Rows rejected or withheld.
    pub rows_left_out: u64,
    /// What the gates found.
    pub gates: Vec<GateReport>,
    /// True if a run would publish.
    pub would_publish: bool,
}
