//! Versions: immutable, numbered, published.

mod changelog;
mod changes;
mod clean;
mod clearance;
mod commit;
mod draft;
mod feed;
mod gc;
mod history;
mod manifest;
mod redact;
#[cfg(test)]
mod tests;
mod upgrade;
mod withdraw;
mod withdrawal;

pub use changelog::{between, changelog};
pub use changes::{ChangeSummary, Op};
pub use clean::{Cleaned, clean};
pub use clearance::{Clearance, Finding, GateReport, Severity};
pub(crate) use commit::Numbers;
pub use commit::{Outcome, commit};
pub use draft::{Draft, StagedFile};
pub use feed::{Gap, Step, StepKind, steps};
pub use gc::{Garbage, collect, garbage};
pub use history::rollback;
pub use manifest::{ColumnInfo, ColumnStatistics, Manifest, PublishedFile, SourceProvenance};
pub use redact::{Reissue, Reissued, plan_erasure, reissue};
pub use upgrade::{parse, render};
pub(crate) use withdraw::parse_withdrawal;
pub use withdraw::withdraw;
pub use withdrawal::{ErasedKey, Withdrawal, WithdrawalKind};

pub use crate::number::VersionNumber;
