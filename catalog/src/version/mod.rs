//! Versions: immutable, numbered, published.

mod changes;
mod clearance;
mod commit;
mod draft;
mod history;
mod manifest;
mod report;
#[cfg(test)]
mod tests;
mod upgrade;

pub use changes::{ChangeSummary, Op};
pub use clearance::{Clearance, Finding, GateReport, Severity};
pub(crate) use commit::Numbers;
pub use commit::{Outcome, commit};
pub use draft::{Draft, StagedFile};
pub(crate) use history::parse_withdrawal;
pub use history::{rollback, withdraw};
pub use manifest::{ColumnInfo, ColumnStatistics, Manifest, PublishedFile, SourceProvenance, Withdrawal};
pub use report::{Completeness, NamesFacts, NotChecked, PrivacyFacts, RuleCount, SequenceGap, SequenceGaps, Unchecked};
pub use upgrade::{parse, render};

pub use crate::number::VersionNumber;
