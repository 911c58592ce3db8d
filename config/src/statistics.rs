//! Statistics: tables made of rows that are themselves never published.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{ColumnName, Text};

/// What is published of rows about dwellings, persons or firms: counts and sums by some columns, protected so that no small
/// number can be worked out. Nothing else leaves.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Statistics {
    /// The column that names the unit that is counted; no two rows may have the same.
    pub unit: ColumnName,
    /// What the numbers are told apart by.
    #[schemars(length(min = 1))]
    pub dimensions: Vec<StatisticsDimension>,
    /// The tables, each as the narrowest column of every dimension that it has. Default: one with the narrowest of all.
    #[serde(default)]
    pub tables: Vec<Vec<ColumnName>>,
    /// The name of the count.
    #[serde(default = "count_name")]
    pub count: ColumnName,
    /// Sums of columns beside the count.
    #[serde(default)]
    pub sums: Vec<StatisticsSum>,
    /// Shares of the count, of everything in a dimension.
    #[serde(default)]
    pub shares: Vec<StatisticsShare>,
    /// The least count that may be published.
    #[serde(default = "threshold")]
    #[schemars(range(min = 1, max = 1000))]
    pub threshold: u32,
    /// What becomes of counts of zero.
    #[serde(default)]
    pub zeros: ZeroRule,
    /// How small numbers are kept from being worked out by subtraction.
    #[serde(default)]
    pub secondary: SecondaryRule,
    /// Why there is no protection against subtraction. Must be there with `secondary = "none"`.
    #[serde(default)]
    pub reason: Option<Text>,
    /// How far apart the least and the greatest value must be that can be worked out for a small count.
    #[serde(default = "least_width")]
    #[schemars(range(min = 1))]
    pub least_width: u32,
    /// How many earlier versions are compared, as an attacker would.
    #[serde(default = "releases")]
    #[schemars(range(max = 24))]
    pub releases: u32,
}

/// One dimension.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StatisticsDimension {
    /// The column with the narrowest codes.
    pub column: ColumnName,
    /// Columns with wider codes, the narrower ones first; every narrow code belongs to one of each.
    #[serde(default)]
    pub wider: Vec<ColumnName>,
}

/// One sum.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StatisticsSum {
    /// The column that is summed: of type integer or decimal, never negative.
    pub column: ColumnName,
    /// The name of the sum.
    pub name: ColumnName,
    /// A title for readers.
    pub title: Text,
    /// The column that names who contributes. Default: every row is a contributor of its own.
    #[serde(default)]
    pub contributor: Option<ColumnName>,
    /// Contributors whose part is no secret, for example the publisher itself.
    #[serde(default)]
    pub exempt: Vec<String>,
    /// The fewest contributors whose sum may be published.
    #[serde(default = "least_contributors")]
    #[schemars(range(min = 1, max = 1000))]
    pub least_contributors: u32,
    /// Shares of a sum that its largest contributors may have.
    #[serde(default)]
    pub dominance: Vec<Dominance>,
    /// How many percent of the largest contribution the second largest contributor must be away from telling it.
    #[serde(default = "p_percent")]
    #[schemars(range(min = 1, max = 100))]
    pub p_percent: u32,
    /// How far apart the least and the greatest value must be that can be worked out for a hidden sum, in percent of it.
    #[serde(default)]
    #[schemars(range(max = 100))]
    pub least_width_percent: u32,
}

/// The share that a count is of the count of everything in a dimension, all else being equal, in percent with two
/// decimals. It is made of what is published: where either count is hidden, there is none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StatisticsShare {
    /// The dimension, by its column with the narrowest codes.
    pub of: ColumnName,
    /// The name of the share.
    pub name: ColumnName,
    /// A title for readers.
    pub title: Text,
}

/// A share of a sum that may not be passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Dominance {
    /// So many of the largest contributors together.
    #[schemars(range(min = 1, max = 10))]
    pub largest: u8,
    /// Percent of the sum.
    #[schemars(range(min = 1, max = 100))]
    pub share: u8,
}

/// What becomes of counts of zero.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ZeroRule {
    /// They are published.
    #[default]
    Publish,
    /// They are hidden as small counts are.
    Protect,
}

/// How small numbers are kept from being worked out by subtraction.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SecondaryRule {
    /// Further numbers are hidden (the Gauss method).
    #[default]
    Gauss,
    /// Nothing is hidden; small counts are rounded to 0 or 3, and all sums are sums of the rounded ones.
    #[serde(rename = "round-3")]
    Round3,
    /// The same with 0 or 5.
    #[serde(rename = "round-5")]
    Round5,
    /// No further number is hidden. Needs a `reason`, and blocks where a number can be worked out.
    None,
}

impl SecondaryRule {
    /// The base of the rounding, where numbers are rounded.
    pub fn base(self) -> Option<i128> {
        match self {
            Self::Round3 => Some(3),
            Self::Round5 => Some(5),
            Self::Gauss | Self::None => None,
        }
    }

    /// The name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Gauss => "gauss",
            Self::Round3 => "round-3",
            Self::Round5 => "round-5",
            Self::None => "none",
        }
    }
}

fn count_name() -> ColumnName {
    ColumnName::count()
}

fn threshold() -> u32 {
    5
}

fn least_width() -> u32 {
    1
}

fn releases() -> u32 {
    3
}

fn least_contributors() -> u32 {
    3
}

fn p_percent() -> u32 {
    10
}

impl StatisticsDimension {
    /// The columns of all levels, the narrowest first.
    pub fn levels(&self) -> impl Iterator<Item = &ColumnName> {
        std::iter::once(&self.column).chain(&self.wider)
    }

    /// The name of the published column that tells the level, where there are several.
    pub fn level_column(&self) -> Option<ColumnName> {
        (!self.wider.is_empty()).then(|| self.column.with("_nivaa"))
    }
}

/// The name of the published column that tells why a number is not there.
pub fn status_column(number: &ColumnName) -> ColumnName {
    number.with("_status")
}

impl Statistics {
    /// The tables: by dimension the position of the narrowest level, the total's where a table does not have the dimension.
    pub fn shapes(&self) -> Vec<Vec<usize>> {
        if self.tables.is_empty() {
            return vec![vec![0; self.dimensions.len()]];
        }
        let narrowest = |table: &Vec<ColumnName>, dimension: &StatisticsDimension| {
            let total = dimension.wider.len() + 1;
            dimension.levels().position(|level| table.contains(level)).unwrap_or(total)
        };
        self.tables.iter().map(|table| self.dimensions.iter().map(|d| narrowest(table, d)).collect()).collect()
    }

    /// Columns whose values together name a published row.
    pub fn key(&self) -> Vec<ColumnName> {
        self.dimensions.iter().flat_map(|d| std::iter::once(d.column.clone()).chain(d.level_column())).collect()
    }

    /// The numbers, each with the name of its status column.
    pub fn numbers(&self) -> impl Iterator<Item = (&ColumnName, ColumnName)> {
        let names = std::iter::once(&self.count).chain(self.sums.iter().map(|sum| &sum.name));
        names.map(|name| (name, status_column(name)))
    }
}
