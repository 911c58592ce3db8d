//! The first privacy gate: identity numbers in any published cell, and columns that must not be published.

/// Looks at rows on their way into the draft and counts what it finds.
#[derive(Debug)]
pub struct PrivacyScan {}
