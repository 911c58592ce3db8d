//! Version numbers.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The number of a version: 1, 2, 3 …; never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct VersionNumber(pub u64);

impl VersionNumber {
    /// The first version.
    pub const FIRST: Self = Self(1);

    /// The number after this one.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl fmt::Display for VersionNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Through the number's own formatter, so that width and fill apply.
        fmt::Display::fmt(&self.0, f)
    }
}
