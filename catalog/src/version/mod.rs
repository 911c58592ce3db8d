//! Versions: immutable, numbered, published.

pub(crate) mod changelog;
mod changes;
mod clean;
mod clearance;
mod commit;
mod draft;
mod gc;
mod manifest;
#[cfg(test)]
mod tests;
mod upgrade;
mod withdraw;
mod withdrawal;

pub use changes::{ChangeSummary, Op};
pub(crate) use clean::manifest;
pub use clean::{Cleaned, clean};
pub use clearance::{Clearance, Finding, GateReport, Severity};
pub(crate) use commit::{Numbers, PROGRAM, publish};
pub use commit::{Outcome, commit};
pub use draft::{Draft, StagedFile};
pub use gc::{Garbage, collect, garbage, purge};
pub use manifest::{ColumnInfo, ColumnStatistics, Manifest, PublishedFile, Replaced, SourceProvenance};
pub use upgrade::{parse, render};
pub(crate) use withdraw::parse_withdrawal;
pub use withdraw::withdraw;
pub use withdrawal::{ErasedKey, Withdrawal, WithdrawalKind};

pub use crate::number::VersionNumber;
