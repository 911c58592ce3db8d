//! Versions: immutable, numbered, published.

mod changes;
mod clearance;
mod commit;
mod draft;
mod history;
mod listing;
mod manifest;
mod report;
#[cfg(test)]
mod tests;
mod upgrade;

pub use changes::{ChangeSummary, ChangesFile, Op, StagedChanges};
pub use clearance::{Clearance, Finding, GateReport, Severity};
pub(crate) use commit::publish;
pub use commit::{Outcome, PROGRAM, commit};
pub use draft::{Draft, StagedFile};
pub(crate) use history::parse_withdrawal;
pub use history::withdraw;
pub(crate) use listing::Numbers;
pub(crate) use listing::read;
pub use listing::{newest, withdrawn_twin};
pub use manifest::{ColumnInfo, ColumnStatistics, Manifest, PartInfo, PublishedFile, SourceProvenance, Withdrawal};
pub use report::{Completeness, NamesFacts, NotChecked, PrivacyFacts, RuleCount, SequenceGap, SequenceGaps, Unchecked};
pub use upgrade::{parse, render};

pub use crate::number::VersionNumber;
