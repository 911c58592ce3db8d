//! Archives: which member of a zip file is read.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The source's bytes are a zip archive of which one member, or a few of a kind, are read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Archive {
    /// The member's name, or a pattern with `*`, `?` and `**`; upper and lower case are the same.
    #[schemars(length(min = 1))]
    pub member: String,
    /// Most members that the pattern may match. Several are read in the order of their names, as one table.
    #[serde(default = "one")]
    #[schemars(range(min = 1, max = 10_000))]
    pub max_members: u32,
    /// Largest size of what is unpacked, in bytes.
    #[serde(default = "four_gib")]
    #[schemars(range(min = 1))]
    pub max_bytes: u64,
}

impl Archive {
    /// One member of a name or pattern, within the usual limits.
    pub fn of(member: &str) -> Self {
        Self { member: member.to_owned(), max_members: one(), max_bytes: four_gib() }
    }
}

fn one() -> u32 {
    1
}

fn four_gib() -> u64 {
    4 << 30
}
