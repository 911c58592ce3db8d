//! What a filter says, whatever it was written in.

use std::fmt;

use catalog::table::Geometry;

/// A condition.
#[derive(Debug, Clone)]
pub(crate) enum Expr {
    /// Always, or never.
    Literal(bool),
    /// All of these.
    And(Vec<Expr>),
    /// Any of these.
    Or(Vec<Expr>),
    /// Not this.
    Not(Box<Expr>),
    /// A property compared with a value.
    Compare(Subject, Op, Literal),
    /// A text of a pattern: `%` for any characters, `_` for one, a backslash before those that stand for themselves.
    Like(Subject, String),
    /// A number from one to another, both included.
    Between(Property, Literal, Literal),
    /// One of a list.
    In(Subject, Vec<Literal>),
    /// No value.
    IsNull(Property),
    /// A geometry that has a point in common with a place.
    Intersects(Property, Place),
    /// A relation between two times.
    Temporal(Relation, Period, Period),
}

/// A property, and where the filter names it.
#[derive(Debug, Clone)]
pub(crate) struct Property {
    /// Its name.
    pub(super) name: String,
    /// Where it stands.
    pub(super) at: At,
}

/// A property that is compared.
#[derive(Debug, Clone)]
pub(crate) struct Subject {
    /// The property.
    pub(super) property: Property,
    /// Whether it is compared without telling upper from lower case (`CASEI`).
    pub(super) folded: bool,
}

/// Where in a filter something stands.
#[derive(Debug, Clone)]
pub(crate) enum At {
    /// In a text: the character, from 1.
    Column(usize),
    /// In JSON: a JSON pointer (RFC 6901).
    Pointer(String),
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Column(column) => write!(f, "column {column}"),
            Self::Pointer(pointer) => write!(f, "at '{pointer}'"),
        }
    }
}

/// How two values are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Op {
    /// `=`
    Eq,
    /// `<>`
    Neq,
    /// `<`
    Lt,
    /// `<=`
    Lte,
    /// `>`
    Gt,
    /// `>=`
    Gte,
}

impl Op {
    /// The sign, in text and in JSON.
    pub(super) const SIGNS: [(&'static str, Self); 6] =
        [("=", Self::Eq), ("<>", Self::Neq), ("<=", Self::Lte), (">=", Self::Gte), ("<", Self::Lt), (">", Self::Gt)];

    /// The operator of a sign.
    pub(super) fn of(sign: &str) -> Option<Self> {
        Self::SIGNS.into_iter().find(|(known, _)| *known == sign).map(|(_, op)| op)
    }
}

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Literal {
    /// A text.
    Text(String),
    /// A number, as it was written.
    Number(String),
    /// A truth value.
    Boolean(bool),
    /// A day or an instant, as it was written.
    Time(String),
}

/// A place to compare geometries with, in the coordinate system of the filter.
#[derive(Debug, Clone)]
pub(crate) enum Place {
    /// Four numbers, or six with heights: lower corner, upper corner.
    Bbox(Vec<f64>),
    /// A geometry.
    Geometry(Geometry),
}

/// A relation between two times (OGC 21-065r2, table 12).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Relation {
    /// `T_AFTER`
    After,
    /// `T_BEFORE`
    Before,
    /// `T_CONTAINS`
    Contains,
    /// `T_DISJOINT`
    Disjoint,
    /// `T_DURING`
    During,
    /// `T_EQUALS`
    Equals,
    /// `T_FINISHEDBY`
    FinishedBy,
    /// `T_FINISHES`
    Finishes,
    /// `T_INTERSECTS`
    Intersects,
    /// `T_MEETS`
    Meets,
    /// `T_METBY`
    MetBy,
    /// `T_OVERLAPPEDBY`
    OverlappedBy,
    /// `T_OVERLAPS`
    Overlaps,
    /// `T_STARTEDBY`
    StartedBy,
    /// `T_STARTS`
    Starts,
}

impl Relation {
    /// Every relation by its name in JSON; in text the case does not count.
    pub(super) const NAMES: [(&'static str, Self); 15] = [
        ("t_after", Self::After),
        ("t_before", Self::Before),
        ("t_contains", Self::Contains),
        ("t_disjoint", Self::Disjoint),
        ("t_during", Self::During),
        ("t_equals", Self::Equals),
        ("t_finishedBy", Self::FinishedBy),
        ("t_finishes", Self::Finishes),
        ("t_intersects", Self::Intersects),
        ("t_meets", Self::Meets),
        ("t_metBy", Self::MetBy),
        ("t_overlappedBy", Self::OverlappedBy),
        ("t_overlaps", Self::Overlaps),
        ("t_startedBy", Self::StartedBy),
        ("t_starts", Self::Starts),
    ];

    /// The relation of a name.
    pub(super) fn of(name: &str) -> Option<Self> {
        Self::NAMES.into_iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, relation)| relation)
    }
}

/// A time: an instant, or from one to another.
#[derive(Debug, Clone)]
pub(crate) struct Period {
    /// Its beginning.
    pub(super) start: Edge,
    /// Its end; the beginning of an instant once more.
    pub(super) end: Edge,
    /// Where it stands.
    pub(super) at: At,
}

/// The beginning or end of a time.
#[derive(Debug, Clone)]
pub(crate) enum Edge {
    /// There is none: `..`.
    Open,
    /// A day or an instant, as it was written.
    Time(String),
    /// What a property says.
    Property(Property),
}
