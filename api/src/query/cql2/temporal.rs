//! Relations between times (OGC 21-065r2 section 7.6), as comparisons of their beginnings and ends.

use catalog::{
    table::{Comparison, Predicate, Scalar},
    version::ColumnInfo,
};
use config::ColumnType;

use super::{
    ast::{At, Edge, Op, Period, Property, Relation},
    bound::{Admitted, comparison},
    refused,
};
use crate::{error::Problem, query::value};

/// Milliseconds of a day without the last one.
const LAST_MS: i64 = 86_399_999;

type Bound<T> = Result<T, Problem>;
type Find<'a> = &'a dyn Fn(&Property) -> Bound<&'a ColumnInfo>;

/// Which end of a day an instant stands for, where the column holds instants and the filter names a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    /// Its first millisecond.
    Start,
    /// Its last one.
    End,
}

/// Binds a relation of what properties say to a time that the filter names.
pub(super) fn bind(relation: Relation, (a, b): (&Period, &Period), find: Find<'_>) -> Bound<Admitted> {
    let held = |edge: &Edge| matches!(edge, Edge::Property(_));
    if !held(&a.start) && !held(&a.end) {
        return Err(refused(&a.at, "a property must stand on the left side"));
    }
    if held(&b.start) || held(&b.end) {
        return Err(refused(&b.at, "properties are compared with days and instants only"));
    }
    let compare = |left: (&Edge, Side), op, right: (&Edge, Side)| edge(left, op, right, (&a.at, find));
    let (start, end) = ((&a.start, Side::Start), (&a.end, Side::End));
    let (first, last) = ((&b.start, Side::Start), (&b.end, Side::End));
    let all = |parts: Vec<Bound<Admitted>>| parts.into_iter().collect::<Bound<Vec<_>>>().map(Admitted::all);
    let any = |parts: Vec<Bound<Admitted>>| parts.into_iter().collect::<Bound<Vec<_>>>().map(Admitted::any);
    match relation {
        Relation::After => compare(start, Op::Gt, last),
        Relation::Before => compare(end, Op::Lt, first),
        Relation::Contains => all(vec![compare(start, Op::Lt, first), compare(end, Op::Gt, last)]),
        Relation::Disjoint => any(vec![compare(end, Op::Lt, first), compare(start, Op::Gt, last)]),
        Relation::During => all(vec![compare(start, Op::Gt, first), compare(end, Op::Lt, last)]),
        Relation::Equals => all(vec![compare(start, Op::Eq, first), compare(end, Op::Eq, last)]),
        Relation::FinishedBy => all(vec![compare(start, Op::Lt, first), compare(end, Op::Eq, last)]),
        Relation::Finishes => all(vec![compare(start, Op::Gt, first), compare(end, Op::Eq, last)]),
        Relation::Intersects => all(vec![compare(start, Op::Lte, last), compare(end, Op::Gte, first)]),
        Relation::Meets => compare(end, Op::Eq, first),
        Relation::MetBy => compare(start, Op::Eq, last),
        Relation::OverlappedBy => {
            all(vec![compare(start, Op::Gt, first), compare(start, Op::Lt, last), compare(end, Op::Gt, last)])
        }
        Relation::Overlaps => {
            all(vec![compare(start, Op::Lt, first), compare(end, Op::Gt, first), compare(end, Op::Lt, last)])
        }
        Relation::StartedBy => all(vec![compare(start, Op::Eq, first), compare(end, Op::Gt, last)]),
        Relation::Starts => all(vec![compare(start, Op::Eq, first), compare(end, Op::Lt, last)]),
    }
}

/// Compares an edge that may be a property's with one that is not. An open beginning lies before everything, an open end
/// behind it.
fn edge(
    (left, side): (&Edge, Side),
    op: Op,
    (right, other): (&Edge, Side),
    (at, find): (&At, Find<'_>),
) -> Bound<Admitted> {
    let fixed = |truth| Ok(if truth { Admitted::Everything } else { Admitted::Nothing });
    match (left, right) {
        (Edge::Property(property), Edge::Time(time)) => {
            let column = find(property)?;
            let scalar = scalar(column, time, other).ok_or_else(|| {
                let what = format!("'{time}' is no time, or '{}' is no date", property.name);
                refused(&property.at, &what)
            })?;
            Ok(Admitted::Rows(Predicate::Column(column.name.clone(), comparison(op, scalar))))
        }
        (Edge::Property(property), _) => {
            let column = find(property)?;
            let holds = holds_beside(op, other == Side::End);
            let known = Predicate::Column(column.name.clone(), Comparison::IsNotNull);
            Ok(if holds { Admitted::Rows(known) } else { Admitted::Nothing })
        }
        (Edge::Open, Edge::Open) => fixed(side == other && matches!(op, Op::Eq | Op::Lte | Op::Gte)),
        (Edge::Open, _) => fixed(holds_beside(op, side == Side::Start)),
        (Edge::Time(time), Edge::Open) => {
            millis(time, side).map_or_else(|| Err(no_time(at, time)), |_| fixed(holds_beside(op, other == Side::End)))
        }
        (Edge::Time(time), Edge::Time(second)) => match (millis(time, side), millis(second, other)) {
            (Some(a), Some(b)) => fixed(holds(op, a, b)),
            _ => Err(no_time(at, time)),
        },
        (Edge::Time(_), Edge::Property(_)) => Err(refused(at, "a property must stand on the left side")),
    }
}

fn no_time(at: &At, time: &str) -> Problem {
    refused(at, &format!("'{time}' is no time"))
}

/// Whether `x op y` holds where `y` lies behind every `x` (`behind`), or before it.
fn holds_beside(op: Op, behind: bool) -> bool {
    match op {
        Op::Eq => false,
        Op::Neq => true,
        Op::Lt | Op::Lte => behind,
        Op::Gt | Op::Gte => !behind,
    }
}

fn holds(op: Op, a: i64, b: i64) -> bool {
    match op {
        Op::Eq => a == b,
        Op::Neq => a != b,
        Op::Lt => a < b,
        Op::Lte => a <= b,
        Op::Gt => a > b,
        Op::Gte => a >= b,
    }
}

/// A day or an instant, as milliseconds since 1970-01-01T00:00:00Z.
fn millis(text: &str, side: Side) -> Option<i64> {
    let millis = value::instant(text)?;
    Some(if text.len() == 10 && side == Side::End { millis.saturating_add(LAST_MS) } else { millis })
}

/// A day or an instant in the type of a column; `None` if it is none, or the column holds no times. An instant stands
/// for its day, in UTC, where the column holds days.
pub(super) fn scalar(column: &ColumnInfo, text: &str, side: Side) -> Option<Scalar> {
    match column.kind {
        ColumnType::Date { .. } => {
            let days = value::instant(text)?.div_euclid(LAST_MS + 1);
            i32::try_from(days).ok().map(Scalar::Date)
        }
        ColumnType::Datetime { .. } => millis(text, side).map(Scalar::Timestamp),
        ColumnType::Text {}
        | ColumnType::Code { .. }
        | ColumnType::Integer {}
        | ColumnType::Number {}
        | ColumnType::Decimal { .. }
        | ColumnType::Boolean { .. }
        | ColumnType::Geometry { .. } => None,
    }
}
