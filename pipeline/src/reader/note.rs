//! Notes: what a reader found out about a source beyond its rows.

use catalog::version::Severity;

/// One thing that people must be told; it becomes a finding of the shape gate. Carries no value of the data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// Stable code, a heading in `docs/errors.md`.
    pub code: &'static str,
    /// What is the matter.
    pub message: String,
    /// How many there are of it.
    pub count: u64,
    /// How much it weighs.
    pub severity: Severity,
}

impl Note {
    /// A note that warns.
    pub(super) fn new(code: &'static str, message: String, count: u64) -> Self {
        Self { code, message, count, severity: Severity::Warning }
    }

    /// A note that only tells.
    pub(super) fn info(code: &'static str, message: String, count: u64) -> Self {
        Self { severity: Severity::Info, ..Self::new(code, message, count) }
    }

    /// A note that blocks.
    pub(super) fn grave(code: &'static str, message: String, count: u64) -> Self {
        Self { severity: Severity::Block, ..Self::new(code, message, count) }
    }
}
