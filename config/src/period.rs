//! Periods of time.

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The days that a dataset is about (`dct:temporal`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Period {
    /// The first day, `YYYY-MM-DD`.
    pub start: Option<Date>,
    /// The last day. Default: none, the data go on.
    pub end: Option<Date>,
}
