//! Gates: judge a draft against its declaration and the previous version. Fail closed.

mod column_scan;
mod drift;
mod finding;
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
pub use shape::Observed;

/// Judges a draft by every gate there is. `privacy` looked at each published row while the draft was written.
///
/// # Errors
/// None so far; a gate that cannot judge must return one, so that nothing is published.
pub fn judge_all(draft: &Draft, observed: &Observed, privacy: PrivacyScan) -> Result<Vec<GateReport>> {
    Ok(vec![shape::judge(draft, observed), privacy.judge(draft), size::judge(draft), drift::judge(draft, observed)])
}

/// The rows of a batch that may be published, by the privacy gate's row action.
///
/// # Errors
/// `Internal` if a published column is missing or cannot be looked at.
pub fn withhold(scan: &mut PrivacyScan, dataset: &Dataset, rows: RecordBatch) -> Result<RecordBatch> {
    scan.pass(dataset, rows)
}

#[cfg(test)]
pub(crate) mod testing;
