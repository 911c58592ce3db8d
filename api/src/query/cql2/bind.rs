//! From a filter to a condition on the columns of a version: names found, values read by the column's type.

use std::sync::Arc;

use catalog::{
    table::{Comparison, Predicate, Region, Scalar},
    version::ColumnInfo,
};
use config::ColumnType;

use super::{
    ast::{At, Expr, Literal, Place, Property, Subject},
    bound::{Admitted, comparison},
    refused, temporal,
};
use crate::{error::Problem, query::value};

/// Characters of a text pattern at the most.
const MAX_PATTERN: usize = 200;

type Bound<T> = Result<T, Problem>;

/// From a place of a filter, in its coordinate system, to one in that of the table; else the reason.
pub(crate) type Locate<'a> = &'a dyn Fn(&Place) -> Result<Region, String>;

/// Binds a filter to columns.
///
/// # Errors
/// `api-filter` for unknown properties, values that do not fit their column, and places that are none.
pub(crate) fn bind(expression: &Expr, columns: &[ColumnInfo], locate: Locate<'_>) -> Bound<Admitted> {
    Binder { columns, locate }.bind(expression)
}

struct Binder<'a> {
    columns: &'a [ColumnInfo],
    locate: Locate<'a>,
}

impl Binder<'_> {
    fn bind(&self, expression: &Expr) -> Bound<Admitted> {
        let each = |parts: &[Expr]| parts.iter().map(|part| self.bind(part)).collect::<Bound<Vec<_>>>();
        let rows = match expression {
            Expr::Literal(truth) => return Ok(if *truth { Admitted::Everything } else { Admitted::Nothing }),
            Expr::And(parts) => return each(parts).map(Admitted::all),
            Expr::Or(parts) => return each(parts).map(Admitted::any),
            Expr::Not(inner) => return self.bind(inner).map(Admitted::not),
            Expr::Temporal(relation, left, right) => {
                return temporal::bind(*relation, (left, right), &|property| self.column(property));
            }
            Expr::Compare(subject, op, value) => {
                let column = self.comparable(&subject.property)?;
                self.on(subject, comparison(*op, scalar(column, value, &subject.property.at)?))
            }
            Expr::Like(subject, pattern) => self.like(subject, pattern),
            Expr::Between(property, low, high) => self.between(property, low, high),
            Expr::In(subject, values) => {
                let column = self.comparable(&subject.property)?;
                let read = |value| scalar(column, value, &subject.property.at);
                self.on(subject, Comparison::In(values.iter().map(read).collect::<Bound<_>>()?))
            }
            Expr::IsNull(property) => Ok(Predicate::Column(self.column(property)?.name.clone(), Comparison::IsNull)),
            Expr::Intersects(property, place) => self.intersects(property, place),
        };
        rows.map(Admitted::Rows)
    }

    fn like(&self, subject: &Subject, pattern: &str) -> Bound<Predicate> {
        if pattern.chars().count() > MAX_PATTERN {
            return Err(refused(&subject.property.at, &format!("a pattern has at most {MAX_PATTERN} characters")));
        }
        self.text(&subject.property)?;
        self.on(subject, Comparison::Matches(pattern.to_owned()))
    }

    fn between(&self, property: &Property, low: &Literal, high: &Literal) -> Bound<Predicate> {
        let column = self.comparable(property)?;
        let side = |value, comparison: fn(Scalar) -> Comparison| -> Bound<Predicate> {
            Ok(Predicate::Column(column.name.clone(), comparison(scalar(column, value, &property.at)?)))
        };
        Ok(Predicate::And(vec![side(low, Comparison::Gte)?, side(high, Comparison::Lte)?]))
    }

    fn intersects(&self, property: &Property, place: &Place) -> Bound<Predicate> {
        let column = self.column(property)?;
        if !matches!(column.kind, ColumnType::Geometry { .. }) {
            return Err(refused(&property.at, &format!("'{}' is no geometry", property.name)));
        }
        let region = (self.locate)(place).map_err(|reason| refused(&property.at, &reason))?;
        Ok(Predicate::Column(column.name.clone(), Comparison::Intersects(Arc::new(region))))
    }

    fn on(&self, subject: &Subject, comparison: Comparison) -> Bound<Predicate> {
        let column = self.column(&subject.property)?;
        if !subject.folded {
            return Ok(Predicate::Column(column.name.clone(), comparison));
        }
        self.text(&subject.property)?;
        Ok(Predicate::Column(column.name.clone(), Comparison::IgnoringCase(Box::new(comparison))))
    }

    fn column(&self, property: &Property) -> Bound<&ColumnInfo> {
        self.columns.iter().find(|column| column.name.as_str() == property.name).ok_or_else(|| {
            let name: String = property.name.chars().take(40).collect();
            let names: Vec<&str> = self.columns.iter().map(|column| column.name.as_str()).collect();
            refused(&property.at, &format!("there is no property '{name}'"))
                .hint(format!("Properties: {}.", names.join(", ")))
        })
    }

    fn comparable(&self, property: &Property) -> Bound<&ColumnInfo> {
        let column = self.column(property)?;
        if matches!(column.kind, ColumnType::Geometry { .. }) {
            let what = format!("'{}' is a geometry; use S_INTERSECTS or IS NULL", property.name);
            return Err(refused(&property.at, &what));
        }
        Ok(column)
    }

    fn text(&self, property: &Property) -> Bound<()> {
        let column = self.column(property)?;
        if matches!(column.kind, ColumnType::Text {} | ColumnType::Code { .. }) {
            return Ok(());
        }
        Err(refused(&property.at, &format!("'{}' is no text", property.name)))
    }
}

/// A value in the type of a column. A text stands for a day or an instant where the column holds such.
fn scalar(column: &ColumnInfo, literal: &Literal, at: &At) -> Bound<Scalar> {
    let temporal = matches!(column.kind, ColumnType::Date { .. } | ColumnType::Datetime { .. });
    let wrong = |wanted: &str| Err(refused(at, &format!("'{}' is compared with {wanted}", column.name)));
    match (literal, &column.kind) {
        (Literal::Text(text), ColumnType::Text {} | ColumnType::Code { .. }) => Ok(Scalar::Text(text.clone())),
        (Literal::Boolean(truth), ColumnType::Boolean { .. }) => Ok(Scalar::Boolean(*truth)),
        (Literal::Text(text) | Literal::Time(text), _) if temporal => {
            temporal::scalar(column, text, temporal::Side::Start).ok_or_else(|| {
                refused(
                    at,
                    &format!("'{text}' is no day such as 2026-03-29 and no instant such as 2026-03-29T12:00:00Z"),
                )
            })
        }
        (Literal::Number(text), ColumnType::Integer {} | ColumnType::Number {} | ColumnType::Decimal { .. }) => {
            number(text).ok_or_else(|| refused(at, &format!("'{text}' has too many digits")))
        }
        (_, ColumnType::Text {} | ColumnType::Code { .. }) => wrong("a text in single quotes"),
        (_, ColumnType::Boolean { .. }) => wrong("true or false"),
        (_, ColumnType::Date { .. }) => wrong("a day: DATE('2026-03-29')"),
        (_, ColumnType::Datetime { .. }) => wrong("an instant: TIMESTAMP('2026-03-29T12:00:00Z')"),
        (_, ColumnType::Integer {} | ColumnType::Number {} | ColumnType::Decimal { .. }) => wrong("a number"),
        (_, ColumnType::Geometry { .. }) => wrong("a place"),
    }
}

/// A number: exact where its digits allow.
fn number(text: &str) -> Option<Scalar> {
    let plain = text.strip_prefix('+').unwrap_or(text).trim_end_matches('.');
    let plain = match plain.strip_prefix('-') {
        Some(rest) if rest.starts_with('.') => format!("-0{rest}"),
        None if plain.starts_with('.') => format!("0{plain}"),
        _ => plain.to_owned(),
    };
    value::decimal(&plain).or_else(|| {
        let number: f64 = text.parse().ok().filter(|number: &f64| number.is_finite())?;
        // Rust writes numbers out without exponent.
        value::decimal(&number.to_string())
    })
}
