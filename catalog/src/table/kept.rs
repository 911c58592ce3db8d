//! The form in which what was gathered about a column is kept from one run to the next: exact, and never published.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::Scalar;
use crate::crs::Crs;

/// What was gathered as it is written: numbers by their bits, since decimal text need not come back as it was.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Kept {
    pub(super) crs: Crs,
    pub(super) nulls: u64,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) turned: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) range: Option<(Value, Value)>,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(super) types: BTreeSet<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) bbox: Option<[u64; 4]>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) heights: Option<[u64; 2]>,
}

/// A value of a column.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Value {
    Text(String),
    Integer(i64),
    Number(u64),
    Decimal(String, i8),
    Boolean(bool),
    Date(i32),
    Timestamp(i64),
}

impl From<Scalar> for Value {
    fn from(value: Scalar) -> Self {
        match value {
            Scalar::Text(text) => Self::Text(text),
            Scalar::Integer(integer) => Self::Integer(integer),
            Scalar::Number(number) => Self::Number(number.to_bits()),
            Scalar::Decimal(unscaled, scale) => Self::Decimal(unscaled.to_string(), scale),
            Scalar::Boolean(truth) => Self::Boolean(truth),
            Scalar::Date(days) => Self::Date(days),
            Scalar::Timestamp(millis) => Self::Timestamp(millis),
        }
    }
}

impl TryFrom<Value> for Scalar {
    type Error = String;

    fn try_from(value: Value) -> Result<Self, String> {
        Ok(match value {
            Value::Text(text) => Self::Text(text),
            Value::Integer(integer) => Self::Integer(integer),
            Value::Number(bits) => Self::Number(f64::from_bits(bits)),
            Value::Decimal(unscaled, scale) => {
                Self::Decimal(unscaled.parse().map_err(|_| "not a decimal".to_owned())?, scale)
            }
            Value::Boolean(truth) => Self::Boolean(truth),
            Value::Date(days) => Self::Date(days),
            Value::Timestamp(millis) => Self::Timestamp(millis),
        })
    }
}
