//! Datasets in parts: rows of one month or year in files of their own.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ColumnName;

/// How a dataset is divided into parts, so that a change rewrites only the parts it touches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Partition {
    /// The published date or datetime that decides. The published order begins with it.
    pub column: ColumnName,
    /// The length of a part.
    pub by: PartitionBy,
}

/// The length of a part; instants are counted in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum PartitionBy {
    /// A calendar month, `2026-08`.
    Month,
    /// A calendar year, `2026`.
    Year,
}
