//! Schedules: when a dataset is due.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// When a dataset is due.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Schedule {
    /// Five cron fields: minute, hour, day of month, month, day of week (0 and 7 are Sunday; both day fields set mean
    /// either). `@daily` and its like, `L`, `W` and `#` are understood.
    pub cron: String,
    /// IANA time zone of the fields.
    #[serde(default = "oslo")]
    pub time_zone: String,
    /// Width in seconds of the window over which starts are spread; a dataset's place in it never changes.
    #[serde(default = "one_minute")]
    pub jitter_seconds: u32,
}

fn oslo() -> String {
    "Europe/Oslo".to_owned()
}

fn one_minute() -> u32 {
    60
}
