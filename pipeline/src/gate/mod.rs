//! Gates: judge a draft against its declaration and the previous version. Fail closed.

mod drift;
mod identity;
mod privacy;
mod shape;
mod size;

use arrow::record_batch::RecordBatch;
use catalog::version::{Draft, GateReport};
use config::Dataset;

use crate::Result;

pub use identity::{IdentityNumber, find_identity_numbers};
pub use privacy::PrivacyScan;

/// What the stages before the gates saw.
#[derive(Debug, Clone, Default)]
pub struct Observed {
    /// Rows read.
    pub rows_read: u64,
    /// Rows rejected by the normaliser.
    pub rows_rejected: u64,
    /// Declared columns that the source does not have.
    pub missing_columns: Vec<String>,
    /// Columns of the source that are not declared.
    pub undeclared_columns: Vec<String>,
    /// Rows whose key an earlier row had.
    pub duplicate_keys: u64,
    /// Rows with a missing key value.
    pub null_keys: u64,
}

/// Judges a draft by every gate there is. `privacy` looked at each published row while the draft was written.
pub fn judge_all(draft: &Draft, observed: &Observed, privacy: PrivacyScan) -> Result<Vec<GateReport>> {
    let _ = (draft, observed, privacy);
    todo!()
}

/// The rows of a batch that may be published, by the privacy gate's row action.
pub fn withhold(scan: &mut PrivacyScan, dataset: &Dataset, rows: RecordBatch) -> Result<RecordBatch> {
    let _ = (scan, dataset, rows);
    todo!()
}
