//! Conditions on rows that the scan can push down.

use std::{collections::BTreeSet, sync::Arc};

use config::ColumnName;

use super::wkb::Region;

/// A value to compare with, in the column's own type.
#[derive(Debug, Clone, PartialEq)]
pub enum Scalar {
    /// Text and code.
    Text(String),
    /// Integer.
    Integer(i64),
    /// Number.
    Number(f64),
    /// Decimal: unscaled value and scale.
    Decimal(i128, i8),
    /// Boolean.
    Boolean(bool),
    /// Days since 1970-01-01.
    Date(i32),
    /// Milliseconds since 1970-01-01T00:00:00Z.
    Timestamp(i64),
}

/// How a column is compared.
#[derive(Debug, Clone, PartialEq)]
pub enum Comparison {
    /// Equal.
    Eq(Scalar),
    /// Not equal; rows without a value do not match.
    Neq(Scalar),
    /// Greater than.
    Gt(Scalar),
    /// Greater than or equal.
    Gte(Scalar),
    /// Less than.
    Lt(Scalar),
    /// Less than or equal.
    Lte(Scalar),
    /// One of a list.
    In(Vec<Scalar>),
    /// Text pattern: `*` stands for any characters; case counts unless `ignore_case`.
    Like {
        /// The pattern.
        pattern: String,
        /// Whether case is ignored.
        ignore_case: bool,
    },
    /// A text pattern as in SQL: `%` stands for any characters, `_` for one, and a backslash takes the next one as it is.
    Matches(String),
    /// A comparison of texts that does not tell upper from lower case.
    IgnoringCase(Box<Comparison>),
    /// A geometry that has a point in common with a place, in the coordinates of the column.
    Intersects(Arc<Region>),
    /// No value.
    IsNull,
    /// A value.
    IsNotNull,
}

/// A condition on rows.
#[derive(Debug, Clone, PartialEq)]
pub enum Predicate {
    /// A condition on one column.
    Column(ColumnName, Comparison),
    /// All of these.
    And(Vec<Predicate>),
    /// Any of these.
    Or(Vec<Predicate>),
    /// Not this; rows for which it is unknown do not match.
    Not(Box<Predicate>),
}

impl Predicate {
    /// Every column that is looked at.
    pub(super) fn columns(&self) -> BTreeSet<&str> {
        match self {
            Self::Column(name, _) => BTreeSet::from([name.as_str()]),
            Self::And(parts) | Self::Or(parts) => parts.iter().flat_map(Self::columns).collect(),
            Self::Not(inner) => inner.columns(),
        }
    }
}
