//! Gates: what a draft is held against before it is published, and with which limits.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{ColumnName, GeometryLimits, PrivacyLimits};

/// The gates there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum GateKind {
    /// Columns, types, keys, rejected rows.
    Shape,
    /// National identity numbers and columns that must not be published.
    Privacy,
    /// Where geometries lie and whether they are valid; who may see them.
    Geometry,
    /// What the dataset's own checks say of its values.
    Quality,
    /// What can be worked out of statistics.
    Disclosure,
    /// Rows and bytes.
    Size,
    /// Change against the previous version.
    Drift,
    /// Whether the description keeps the profiles that portals check.
    Metadata,
}

impl GateKind {
    /// Every gate that looks at all datasets, of which the metadata gate always does; the quality gate looks at those
    /// with checks and the disclosure gate at statistics, and always at them.
    pub fn all() -> BTreeSet<Self> {
        [Self::Shape, Self::Privacy, Self::Geometry, Self::Size, Self::Drift, Self::Metadata].into()
    }

    /// The name in records and pages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Shape => "shape",
            Self::Privacy => "privacy",
            Self::Geometry => "geometry",
            Self::Quality => "quality",
            Self::Disclosure => "disclosure",
            Self::Size => "size",
            Self::Drift => "drift",
            Self::Metadata => "metadata",
        }
    }
}

/// Limits of the gates of one dataset.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Gates {
    /// Limits of the shape gate.
    pub shape: ShapeLimits,
    /// Limits of the privacy gate.
    pub privacy: PrivacyLimits,
    /// Limits of the geometry gate.
    pub geometry: GeometryLimits,
    /// Limits of the size gate.
    pub size: SizeLimits,
    /// Limits of the drift gate.
    pub drift: DriftLimits,
}

/// Limits of the shape gate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ShapeLimits {
    /// Greatest share of rows that may be rejected, 0 to 1.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub max_rejected_share: f64,
    /// Block when the source lacks a declared column (of JSON formats: a required one). Off: such a column is
    /// published empty, with a warning.
    pub all_columns: bool,
    /// Block when two rows have the same key.
    pub unique_key: bool,
    /// Of rows with the same key keep the one with the latest day or time in this column, and reject the others. Rows
    /// without one are the oldest; of rows of the same time the values decide, so that the order does not.
    pub keep_latest: Option<ColumnName>,
    /// A column that counts without gaps; the gaps are published with the gate report.
    pub sequence: Option<Sequence>,
}

/// A column whose whole numbers should follow each other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Sequence {
    /// The column.
    pub column: ColumnName,
    /// The columns with the body, year or series within which the numbers are counted.
    #[serde(default)]
    pub within: Vec<ColumnName>,
}

impl Default for ShapeLimits {
    fn default() -> Self {
        Self { max_rejected_share: 0.01, all_columns: true, unique_key: true, keep_latest: None, sequence: None }
    }
}

/// Limits of the size gate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SizeLimits {
    /// Fewest rows that may be published.
    pub min_rows: u64,
    /// Most rows that may be published.
    pub max_rows: u64,
    /// Largest Parquet file, in bytes.
    pub max_bytes: u64,
}

impl Default for SizeLimits {
    fn default() -> Self {
        Self { min_rows: 1, max_rows: 100_000_000, max_bytes: 8 << 30 }
    }
}

/// Limits of the drift gate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DriftLimits {
    /// Greatest share of rows that may disappear since the previous version, 0 to 1.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub max_row_loss: f64,
    /// Greatest growth in rows since the previous version, as a share of it (1 is a doubling).
    #[schemars(range(min = 0.0))]
    pub max_row_growth: f64,
    /// Greatest rise of a column's share of missing values, 0 to 1.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub max_null_rise: f64,
}

impl Default for DriftLimits {
    fn default() -> Self {
        Self { max_row_loss: 0.3, max_row_growth: 10.0, max_null_rise: 0.2 }
    }
}
