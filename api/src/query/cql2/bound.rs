//! What a filter lets through, put together from its parts.

use catalog::table::{Comparison, Predicate, Scalar};

use super::ast::Op;

/// What a filter lets through.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Admitted {
    /// Every row.
    Everything,
    /// None.
    Nothing,
    /// The rows of a condition.
    Rows(Predicate),
}

impl Admitted {
    /// What all of these let through.
    pub(crate) fn all(parts: Vec<Self>) -> Self {
        let mut kept = Vec::new();
        for part in parts {
            match part {
                Self::Everything => {}
                Self::Nothing => return Self::Nothing,
                Self::Rows(predicate) => kept.push(predicate),
            }
        }
        match kept.len() {
            0 => Self::Everything,
            1 => kept.pop().map_or(Self::Everything, Self::Rows),
            _ => Self::Rows(Predicate::And(kept)),
        }
    }

    /// What any of these lets through.
    pub(crate) fn any(parts: Vec<Self>) -> Self {
        let mut kept = Vec::new();
        for part in parts {
            match part {
                Self::Nothing => {}
                Self::Everything => return Self::Everything,
                Self::Rows(predicate) => kept.push(predicate),
            }
        }
        match kept.len() {
            0 => Self::Nothing,
            1 => kept.pop().map_or(Self::Nothing, Self::Rows),
            _ => Self::Rows(Predicate::Or(kept)),
        }
    }

    /// What this does not let through.
    pub(super) fn not(self) -> Self {
        match self {
            Self::Everything => Self::Nothing,
            Self::Nothing => Self::Everything,
            Self::Rows(predicate) => Self::Rows(Predicate::Not(Box::new(predicate))),
        }
    }
}

/// A comparison with a value.
pub(super) fn comparison(op: Op, scalar: Scalar) -> Comparison {
    match op {
        Op::Eq => Comparison::Eq(scalar),
        Op::Neq => Comparison::Neq(scalar),
        Op::Lt => Comparison::Lt(scalar),
        Op::Lte => Comparison::Lte(scalar),
        Op::Gt => Comparison::Gt(scalar),
        Op::Gte => Comparison::Gte(scalar),
    }
}
