//! Versions: immutable, numbered, published.

mod changes;
mod clearance;
mod commit;
mod draft;
mod history;
mod manifest;
mod upgrade;

pub use changes::{ChangeSummary, Op};
pub use clearance::{Clearance, Finding, GateReport, Severity};
pub use commit::{Outcome, commit};
pub use draft::{Draft, StagedFile};
pub use history::{rollback, withdraw};
pub use manifest::{
    ColumnInfo, ColumnStatistics, Manifest, PublishedFile, SourceProvenance, VersionNumber, Withdrawal,
};
pub use upgrade::{parse, render};
