//! Conditions over the columns of one row, such as `slutt is null or slutt >= start`: comparisons, arithmetic, `and`,
//! `or`, `not`. They are bound to the columns and their types when a file is loaded.

mod parse;
mod token;

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Column, ColumnName, ColumnType};

/// Characters of an expression at the most.
pub(crate) const LONGEST: usize = 2000;

/// Numbers are held as whole numbers of billionths, so that decimals of nine digits are exact.
pub const UNIT: i128 = 1_000_000_000;

/// The text of a condition, as it stands in a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Expression(pub String);

/// A bound condition or a part of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node {
    /// A column of this kind.
    Column(ColumnName, Kind),
    /// A number in billionths ([`UNIT`]).
    Number(i128),
    /// A text.
    Text(String),
    /// A truth value.
    Truth(bool),
    /// Days since 1970-01-01.
    Day(i64),
    /// Milliseconds since 1970-01-01T00:00:00Z.
    Instant(i64),
    /// The day of the run.
    Today,
    /// Not this.
    Not(Box<Node>),
    /// Both.
    And(Box<Node>, Box<Node>),
    /// One of them, or both.
    Or(Box<Node>, Box<Node>),
    /// A comparison of two of one kind.
    Compare(Box<Node>, Order, Box<Node>),
    /// A calculation.
    Calculate(Box<Node>, Operator, Box<Node>),
    /// Whether there is no value.
    IsNull(Box<Node>),
    /// The year of a day.
    Year(Box<Node>),
    /// The characters of a text.
    Length(Box<Node>),
}

/// What a part of an expression is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A number.
    Number,
    /// A text or code.
    Text,
    /// A truth value.
    Truth,
    /// A calendar day.
    Day,
    /// An instant.
    Instant,
}

/// How two values are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// The same.
    Equal,
    /// Not the same.
    Unequal,
    /// Smaller.
    Less,
    /// Smaller or the same.
    LessOrEqual,
    /// Greater.
    Greater,
    /// Greater or the same.
    GreaterOrEqual,
}

/// How two values make a third.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// A sum; of a day and a number, so many days later.
    Plus,
    /// A difference; of two days, the days between.
    Minus,
    /// A product.
    Times,
    /// A quotient; of a division by zero nothing is known.
    Over,
}

/// What is wrong with an expression, and at which byte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Where it begins.
    pub at: usize,
    /// What is wrong.
    pub reason: String,
    /// A way out.
    pub hint: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at character {}", self.reason, self.at + 1)
    }
}

impl Expression {
    /// Binds the text to columns.
    ///
    /// # Errors
    /// The first thing that is wrong, with its place.
    pub fn bind(&self, columns: &[Column]) -> Result<Node, Fault> {
        parse::condition(&self.0, columns)
    }
}

impl Node {
    /// What it is.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Column(_, kind) => *kind,
            Self::Number(_) | Self::Year(_) | Self::Length(_) => Kind::Number,
            Self::Text(_) => Kind::Text,
            Self::Truth(_) | Self::Not(_) | Self::And(..) | Self::Or(..) | Self::Compare(..) | Self::IsNull(_) => {
                Kind::Truth
            }
            Self::Day(_) | Self::Today => Kind::Day,
            Self::Instant(_) => Kind::Instant,
            Self::Calculate(left, _, right) => match (left.kind(), right.kind()) {
                (Kind::Day, Kind::Number) => Kind::Day,
                _ => Kind::Number,
            },
        }
    }

    /// Every column it looks at.
    pub fn columns(&self) -> Vec<&ColumnName> {
        match self {
            Self::Column(name, _) => vec![name],
            Self::Not(inner) | Self::IsNull(inner) | Self::Year(inner) | Self::Length(inner) => inner.columns(),
            Self::And(left, right)
            | Self::Or(left, right)
            | Self::Compare(left, _, right)
            | Self::Calculate(left, _, right) => [left.columns(), right.columns()].concat(),
            Self::Number(_) | Self::Text(_) | Self::Truth(_) | Self::Day(_) | Self::Instant(_) | Self::Today => {
                Vec::new()
            }
        }
    }
}

/// What the values of a column are; geometries take no part.
pub(crate) fn kind_of(kind: &ColumnType) -> Option<Kind> {
    Some(match kind {
        ColumnType::Text {} | ColumnType::Code { .. } => Kind::Text,
        ColumnType::Integer {} | ColumnType::Number {} | ColumnType::Decimal { .. } => Kind::Number,
        ColumnType::Boolean { .. } => Kind::Truth,
        ColumnType::Date { .. } => Kind::Day,
        ColumnType::Datetime { .. } => Kind::Instant,
        ColumnType::Geometry { .. } => return None,
    })
}

#[cfg(test)]
mod tests;
