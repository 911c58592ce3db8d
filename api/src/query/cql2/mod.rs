//! CQL2 (OGC 21-065r2): conditions on features, as text and as JSON, read within limits and bound to the columns of a
//! version.
//!
//! Understood are the classes Basic CQL2, advanced comparison operators, case-insensitive comparison, basic spatial
//! functions with all literals, and temporal functions. A property stands on the left side, a value on the right.

mod ast;
mod bind;
mod bound;
mod cursor;
mod json;
mod lex;
mod shape;
mod temporal;
#[cfg(test)]
mod tests;
mod text;

pub(crate) use ast::Place;
use ast::{At, Edge, Expr, Period, Property, Relation};
pub(crate) use bind::bind;
pub(crate) use bound::Admitted;

use crate::error::Problem;

/// Bytes of a filter at the most.
const MAX_BYTES: usize = 16 << 10;
/// Nesting of a filter at the most; the engine takes twice as much.
const MAX_DEPTH: usize = 24;
/// Predicates of a filter at the most.
const MAX_PREDICATES: usize = 200;
/// Values in a list, and positions of a geometry, at the most.
const MAX_ITEMS: usize = 1000;

/// The languages of a filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// `cql2-text`, the default.
    Text,
    /// `cql2-json`.
    Json,
}

impl Language {
    /// Every language, the default first.
    pub(crate) const ALL: [Self; 2] = [Self::Text, Self::Json];

    /// The value of `filter-lang`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Text => "cql2-text",
            Self::Json => "cql2-json",
        }
    }
}

/// Reads a filter.
///
/// # Errors
/// `api-filter` with the column of the text, or the JSON pointer, where it is not understood.
pub(crate) fn parse(filter: &str, language: Language) -> Result<Expr, Problem> {
    if filter.len() > MAX_BYTES {
        let (bytes, start) = (filter.len(), At::Column(1));
        return Err(refused(&start, &format!("the filter has {bytes} bytes; {MAX_BYTES} are the most")));
    }
    let (expression, predicates) = match language {
        Language::Text => text::parse(filter)?,
        Language::Json => json::parse(filter)?,
    };
    if predicates > MAX_PREDICATES {
        let detail = format!("it has {predicates} predicates; {MAX_PREDICATES} are the most");
        return Err(refused(&At::Column(1), &detail));
    }
    Ok(expression)
}

/// The condition that a property's time lies between two, each a day or an instant; `None` stands for no bound.
pub(crate) fn during(property: &str, start: Option<&str>, end: Option<&str>) -> Expr {
    let at = At::Column(1);
    let edge = |time: Option<&str>| time.map_or(Edge::Open, |time| Edge::Time(time.to_owned()));
    let held = || Edge::Property(Property { name: property.to_owned(), at: At::Column(1) });
    let left = Period { start: held(), end: held(), at: at.clone() };
    Expr::Temporal(Relation::Intersects, left, Period { start: edge(start), end: edge(end), at })
}

/// A filter that is not understood, with the place in it.
fn refused(at: &At, what: &str) -> Problem {
    Problem::bad_request("api-filter", format!("filter, {at}: {what}."))
        .hint("Filters are CQL2; the queryables of the collection say which properties there are.")
}
