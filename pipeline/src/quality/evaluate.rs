//! Conditions over the columns of a batch, with SQL's three truth values.

use arrow::{
    array::{Array, AsArray},
    datatypes::{DataType, Date32Type, Decimal128Type, Float64Type, Int64Type, TimestampMillisecondType},
    record_batch::RecordBatch,
};
use config::{ColumnName, Kind, Node, Operator, Order, UNIT};
use jiff::civil::Date;

use crate::{Error, Result};

/// The day of the run, as days since 1970-01-01.
#[derive(Debug, Clone, Copy)]
pub(super) struct Today(i64);

impl Today {
    pub(super) fn of(day: Date) -> Self {
        Self(days(day))
    }
}

/// Days since 1970-01-01.
pub(super) fn days(day: Date) -> i64 {
    day.duration_since(Date::constant(1970, 1, 1)).as_hours() / 24
}

/// One value for each row; `None` where it is missing or cannot be told.
#[derive(Debug)]
pub(super) enum Values<'a> {
    /// Numbers in billionths.
    Numbers(Vec<Option<i128>>),
    Texts(Vec<Option<&'a str>>),
    Truths(Vec<Option<bool>>),
    /// Days, or milliseconds.
    Times(Vec<Option<i64>>),
}

/// The truth of a condition for each row.
pub(super) fn truths(node: &Node, rows: &RecordBatch, today: Today) -> Result<Vec<Option<bool>>> {
    match values(node, rows, today)? {
        Values::Truths(truths) => Ok(truths),
        _ => Err(mixed()),
    }
}

fn mixed() -> Error {
    Error::Internal("a check mixes types".to_owned())
}

fn values<'a>(node: &'a Node, rows: &'a RecordBatch, today: Today) -> Result<Values<'a>> {
    let count = rows.num_rows();
    let truth = |node| truths(node, rows, today);
    Ok(match node {
        Node::Column(name, kind) => column(name, *kind, rows)?,
        Node::Number(number) => Values::Numbers(vec![Some(*number); count]),
        Node::Text(text) => Values::Texts(vec![Some(text); count]),
        Node::Truth(truth) => Values::Truths(vec![Some(*truth); count]),
        Node::Day(time) | Node::Instant(time) => Values::Times(vec![Some(*time); count]),
        Node::Today => Values::Times(vec![Some(today.0); count]),
        Node::Not(inner) => Values::Truths(truth(inner)?.into_iter().map(|truth| truth.map(|truth| !truth)).collect()),
        Node::And(left, right) => Values::Truths(pairs(truth(left)?, truth(right)?, and)),
        Node::Or(left, right) => Values::Truths(pairs(truth(left)?, truth(right)?, or)),
        Node::IsNull(inner) => Values::Truths(missing(&values(inner, rows, today)?)),
        Node::Compare(left, order, right) => {
            Values::Truths(compared(values(left, rows, today)?, *order, values(right, rows, today)?)?)
        }
        Node::Calculate(left, operator, right) => {
            calculated(values(left, rows, today)?, *operator, values(right, rows, today)?)?
        }
        Node::Year(inner) => match values(inner, rows, today)? {
            Values::Times(days) => Values::Numbers(days.into_iter().map(|day| year(day?)).collect()),
            _ => return Err(mixed()),
        },
        Node::Length(inner) => match values(inner, rows, today)? {
            Values::Texts(texts) => Values::Numbers(texts.into_iter().map(|text| length(text?)).collect()),
            _ => return Err(mixed()),
        },
    })
}

fn and(one: Option<bool>, other: Option<bool>) -> Option<bool> {
    match (one, other) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (Some(true), Some(true)) => Some(true),
        _ => None,
    }
}

fn or(one: Option<bool>, other: Option<bool>) -> Option<bool> {
    match (one, other) {
        (Some(true), _) | (_, Some(true)) => Some(true),
        (Some(false), Some(false)) => Some(false),
        _ => None,
    }
}

fn pairs<A, B, C>(left: Vec<A>, right: Vec<B>, join: impl Fn(A, B) -> C) -> Vec<C> {
    left.into_iter().zip(right).map(|(one, other)| join(one, other)).collect()
}

fn missing(values: &Values<'_>) -> Vec<Option<bool>> {
    fn of<T>(values: &[Option<T>]) -> Vec<Option<bool>> {
        values.iter().map(|value| Some(value.is_none())).collect()
    }
    match values {
        Values::Numbers(values) => of(values),
        Values::Texts(values) => of(values),
        Values::Truths(values) => of(values),
        Values::Times(values) => of(values),
    }
}

fn compared(left: Values<'_>, order: Order, right: Values<'_>) -> Result<Vec<Option<bool>>> {
    fn each<T: Ord>(left: Vec<Option<T>>, order: Order, right: Vec<Option<T>>) -> Vec<Option<bool>> {
        pairs(left, right, |one, other| {
            let found = one?.cmp(&other?);
            Some(match order {
                Order::Equal => found.is_eq(),
                Order::Unequal => found.is_ne(),
                Order::Less => found.is_lt(),
                Order::LessOrEqual => found.is_le(),
                Order::Greater => found.is_gt(),
                Order::GreaterOrEqual => found.is_ge(),
            })
        })
    }
    Ok(match (left, right) {
        (Values::Numbers(left), Values::Numbers(right)) => each(left, order, right),
        (Values::Texts(left), Values::Texts(right)) => each(left, order, right),
        (Values::Truths(left), Values::Truths(right)) => each(left, order, right),
        (Values::Times(left), Values::Times(right)) => each(left, order, right),
        _ => return Err(mixed()),
    })
}

fn calculated<'a>(left: Values<'a>, operator: Operator, right: Values<'a>) -> Result<Values<'a>> {
    Ok(match (left, operator, right) {
        (Values::Numbers(left), operator, Values::Numbers(right)) => {
            Values::Numbers(pairs(left, right, |one, other| number(one?, operator, other?)))
        }
        (Values::Times(left), Operator::Minus, Values::Times(right)) => {
            let between =
                |one: Option<i64>, other: Option<i64>| i128::from(one?.checked_sub(other?)?).checked_mul(UNIT);
            Values::Numbers(pairs(left, right, between))
        }
        (Values::Times(left), operator, Values::Numbers(right)) => {
            let later = |one: Option<i64>, other: Option<i128>| {
                let days = i64::try_from(other? / UNIT).ok()?;
                if operator == Operator::Minus { one?.checked_sub(days) } else { one?.checked_add(days) }
            };
            Values::Times(pairs(left, right, later))
        }
        _ => return Err(mixed()),
    })
}

/// What is too great counts as the greatest number there is: as a missing one it would pass every check. Of a division
/// by zero nothing is known.
fn number(one: i128, operator: Operator, other: i128) -> Option<i128> {
    Some(match operator {
        Operator::Plus => one.saturating_add(other),
        Operator::Minus => one.saturating_sub(other),
        Operator::Times => match one.checked_mul(other) {
            Some(product) => product / UNIT,
            None => one.saturating_mul(other),
        },
        Operator::Over => one.saturating_mul(UNIT).checked_div(other)?,
    })
}

fn year(day: i64) -> Option<i128> {
    let hours = jiff::SignedDuration::from_hours(day.checked_mul(24)?);
    let date = Date::constant(1970, 1, 1).checked_add(hours).ok()?;
    i128::from(date.year()).checked_mul(UNIT)
}

fn length(text: &str) -> Option<i128> {
    i128::try_from(text.chars().count()).ok()?.checked_mul(UNIT)
}

fn column<'a>(name: &ColumnName, kind: Kind, rows: &'a RecordBatch) -> Result<Values<'a>> {
    let missing = || Error::Internal(format!("column '{name}' was not read for a check"));
    let array = rows.column_by_name(name.as_str()).ok_or_else(missing)?;
    Ok(match kind {
        Kind::Number => Values::Numbers(numbers(array).ok_or_else(missing)?),
        Kind::Text => Values::Texts(array.as_string_opt::<i32>().ok_or_else(missing)?.iter().collect()),
        Kind::Truth => Values::Truths(array.as_boolean_opt().ok_or_else(missing)?.iter().collect()),
        Kind::Day => {
            let days = array.as_primitive_opt::<Date32Type>().ok_or_else(missing)?;
            Values::Times(days.iter().map(|day| day.map(i64::from)).collect())
        }
        Kind::Instant => {
            Values::Times(array.as_primitive_opt::<TimestampMillisecondType>().ok_or_else(missing)?.iter().collect())
        }
    })
}

/// The numbers of an array, in billionths, those that are too great as the greatest there is; `None` if it holds none.
pub(super) fn numbers(array: &dyn Array) -> Option<Vec<Option<i128>>> {
    Some(match array.data_type() {
        DataType::Int64 => {
            let whole = |number: Option<i64>| i128::from(number?).checked_mul(UNIT);
            array.as_primitive::<Int64Type>().iter().map(whole).collect()
        }
        DataType::Decimal128(_, scale) => {
            let power = 10_i128.checked_pow(u32::from(scale.unsigned_abs().abs_diff(9)))?;
            let finer = *scale > 9;
            let decimal = |number: Option<i128>| {
                let number = number?;
                Some(if finer { number / power.max(1) } else { number.saturating_mul(power) })
            };
            array.as_primitive::<Decimal128Type>().iter().map(decimal).collect()
        }
        DataType::Float64 => array.as_primitive::<Float64Type>().iter().map(|number| number.map(fraction)).collect(),
        _ => return None,
    })
}

#[expect(clippy::cast_possible_truncation, reason = "a cast of a number that is too great gives the greatest")]
fn fraction(number: f64) -> i128 {
    (number * 1e9).round() as i128
}
