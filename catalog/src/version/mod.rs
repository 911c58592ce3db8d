//! Versions: immutable, numbered, published.

mod changes;
mod clean;
mod clearance;
mod commit;
mod draft;
mod gc;
mod listing;
mod manifest;
#[cfg(test)]
mod names_tests;
mod report;
#[cfg(test)]
mod tests;
mod upgrade;
mod withdraw;
mod withdrawal;

pub use changes::{ChangeSummary, ChangesFile, Op, StagedChanges};
pub(crate) use clean::changelog_key;
pub use clean::{Cleaned, clean, given_up_sources};
pub use clearance::Clearance;
pub(crate) use commit::publish;
pub use commit::{Outcome, PROGRAM, commit, prospective};
pub use draft::{Draft, StagedFile};
pub use gc::{Garbage, collect, garbage, purge};
pub(crate) use listing::Numbers;
pub(crate) use listing::read;
pub use listing::{newest, withdrawn_twin};
pub use manifest::{ColumnInfo, ColumnStatistics, Manifest, PartInfo, PublishedFile, Replaced, SourceProvenance};
pub use report::{
    CellPlace, Completeness, Finding, GateReport, NamesFacts, NotChecked, PrivacyFacts, RuleCount, SequenceGap,
    SequenceGaps, Severity, SourceCount, Unchecked,
};
pub use upgrade::{parse, render};
pub(crate) use withdraw::{parse_withdrawal, read_parts};
pub use withdraw::{withdraw, withdraw_names};
pub use withdrawal::{ErasedKey, Withdrawal, WithdrawalKind};

pub use crate::number::VersionNumber;
