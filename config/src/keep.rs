//! How long versions are kept.

use std::{borrow::Cow, fmt, str::FromStr};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use crate::InvalidId;

const RULE: &str = "all, last:N for the newest N versions, or days:N for those of the last N days";

/// How long versions are kept: `all`, `last:N` or `days:N`. The current version always stays.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Keep {
    /// Every version, for ever.
    #[default]
    All,
    /// The newest versions, by number.
    Last(u32),
    /// The versions of the last days.
    Days(u32),
}

impl FromStr for Keep {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let number = |digits: &str| {
            let plain = digits.len() <= 9 && digits.bytes().all(|b| b.is_ascii_digit()) && !digits.starts_with('0');
            if plain { digits.parse().ok() } else { None }
        };
        let keep = match text.split_once(':') {
            None if text == "all" => Some(Self::All),
            Some(("last", digits)) => number(digits).map(Self::Last),
            Some(("days", digits)) => number(digits).map(Self::Days),
            _ => None,
        };
        keep.ok_or_else(|| InvalidId { kind: "retention", rule: RULE, found: text.to_owned() })
    }
}

impl TryFrom<String> for Keep {
    type Error = InvalidId;

    fn try_from(text: String) -> Result<Self, InvalidId> {
        text.parse()
    }
}

impl From<Keep> for String {
    fn from(keep: Keep) -> Self {
        keep.to_string()
    }
}

impl fmt::Display for Keep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("all"),
            Self::Last(number) => write!(f, "last:{number}"),
            Self::Days(number) => write!(f, "days:{number}"),
        }
    }
}

impl JsonSchema for Keep {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Keep".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let pattern = "^(all|(last|days):[1-9][0-9]{0,8})$";
        json_schema!({ "type": "string", "pattern": pattern, "description": RULE, "x-rule": RULE, "x-id": "retention" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retention_is_read_and_written() {
        for (text, keep) in [("all", Keep::All), ("last:30", Keep::Last(30)), ("days:365", Keep::Days(365))] {
            assert_eq!(text.parse::<Keep>().unwrap(), keep);
            assert_eq!(keep.to_string(), text);
        }
        for bad in ["", "last", "last:0", "last:-1", "last:01", "days:+3", "days:9999999999", "ALL", "weeks:2"] {
            assert!(bad.parse::<Keep>().is_err(), "{bad}");
        }
    }
}
