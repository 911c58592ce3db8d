//! Checks: what a steward knows of the values, held against every row before anything is published.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Column, ColumnName, DatasetId, Expression, Text};

/// One check: rules on one column or several, or an expression over a row. Rows that the shape gate rejected are not
/// looked at.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// The column that the rules are about.
    #[serde(default)]
    pub column: Option<ColumnName>,
    /// The columns that are unique together.
    #[serde(default)]
    pub columns: Vec<ColumnName>,
    /// What the check is about, for readers of the report.
    #[serde(default)]
    pub title: Option<Text>,
    /// What becomes of the version where more rows break a rule than are tolerated.
    #[serde(default)]
    pub severity: CheckSeverity,
    /// Rows that may break a rule.
    #[serde(default)]
    pub tolerated_rows: u64,
    /// Share of the rows that may break a rule, 0 to 1.
    #[serde(default)]
    #[schemars(range(min = 0.0, max = 1.0))]
    pub tolerated_share: f64,
    /// Every row has a value.
    #[serde(default)]
    pub required: bool,
    /// No two rows have the same value, or the same values of `columns`; rows without one do not count.
    #[serde(default)]
    pub unique: bool,
    /// The least value: a number, a day or time, or a text.
    #[serde(default)]
    pub minimum: Option<Bound>,
    /// The greatest value.
    #[serde(default)]
    pub maximum: Option<Bound>,
    /// The fewest characters of a text.
    #[serde(default)]
    pub min_length: Option<u32>,
    /// The most characters of a text.
    #[serde(default)]
    pub max_length: Option<u32>,
    /// A regular expression that matches the whole text.
    #[serde(default)]
    pub pattern: Option<String>,
    /// The values allowed, as texts.
    #[serde(default, rename = "enum")]
    pub values: Vec<String>,
    /// Every value is one of a column of another dataset, in its current version.
    #[serde(default)]
    pub references: Option<Reference>,
    /// Days that the newest day or time may be ago.
    #[serde(default)]
    pub max_age_days: Option<u32>,
    /// The least sum of the numbers of all rows.
    #[serde(default)]
    pub min_sum: Option<Bound>,
    /// The greatest sum of the numbers of all rows.
    #[serde(default)]
    pub max_sum: Option<Bound>,
    /// A condition that holds for every row, such as `slutt is null or slutt >= start`. A row for which it cannot be
    /// told, because a value is missing, does not break it.
    #[serde(default)]
    pub expression: Option<Expression>,
}

/// What becomes of a version whose rows break a rule.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum CheckSeverity {
    /// It is not published.
    #[default]
    Block,
    /// It is published with a warning.
    Warn,
}

/// A column of another dataset.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Reference {
    /// The dataset.
    pub dataset: DatasetId,
    /// Its column.
    pub column: ColumnName,
}

/// A value to compare with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Bound {
    /// A whole number.
    Integer(i64),
    /// A number.
    Number(f64),
    /// A text, a day (`2026-08-31`) or a time (RFC 3339).
    Text(String),
}

impl Bound {
    /// The value as it stands in an expression.
    pub fn literal(&self) -> String {
        match self {
            Self::Integer(number) => number.to_string(),
            Self::Number(number) => number.to_string(),
            Self::Text(text) => format!("'{}'", text.replace('\'', "''")),
        }
    }
}

impl Check {
    /// The columns that the check names beside those of its expression.
    pub fn named(&self) -> impl Iterator<Item = &ColumnName> {
        self.column.iter().chain(&self.columns)
    }

    /// All columns that the check looks at, out of those there are.
    pub fn reads(&self, columns: &[Column]) -> Vec<ColumnName> {
        let bound = self.expression.as_ref().and_then(|text| text.bind(columns).ok());
        let looked_at = bound.iter().flat_map(|node| node.columns()).cloned();
        self.named().cloned().chain(looked_at).collect()
    }

    /// Whether a rule looks at the values of `column`.
    pub fn has_column_rule(&self) -> bool {
        self.required
            || self.minimum.is_some()
            || self.maximum.is_some()
            || self.min_length.is_some()
            || self.max_length.is_some()
            || self.pattern.is_some()
            || !self.values.is_empty()
            || self.references.is_some()
            || self.max_age_days.is_some()
            || self.min_sum.is_some()
            || self.max_sum.is_some()
    }
}
