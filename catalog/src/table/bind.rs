//! Conditions bound to the columns of one table: types checked, values converted once.

use std::{collections::HashSet, sync::Arc};

use arrow::{
    array::{
        ArrayRef, BooleanArray, Date32Array, Decimal128Array, Float64Array, Int64Array, StringArray,
        TimestampMillisecondArray,
    },
    datatypes::{DataType, Schema, TimeUnit},
};

use super::{Comparison, Predicate, Scalar, schema::DECIMAL_PRECISION, wkb::Region};

/// Conditions may be nested this deep.
const MAX_DEPTH: usize = 64;

/// A condition whose columns exist and whose values have the columns' types.
#[derive(Debug, Clone)]
pub(super) enum Bound {
    /// A condition on the column of this index.
    Column(usize, Test),
    And(Vec<Bound>),
    Or(Vec<Bound>),
    Not(Box<Bound>),
}

/// A condition on one column.
#[derive(Debug, Clone)]
pub(super) enum Test {
    Compare(Op, Value),
    In(Vec<Value>, HashSet<String>),
    Like(Pattern),
    /// The inner test on texts in lower case, its own values being so already.
    Folded(Box<Test>),
    Intersects(Arc<Region>),
    IsNull,
    IsNotNull,
}

/// How two values are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Op {
    Eq,
    Neq,
    Gt,
    Gte,
    Lt,
    Lte,
}

/// A value, also as an Arrow array of one row.
#[derive(Debug, Clone)]
pub(super) struct Value {
    pub(super) scalar: Scalar,
    pub(super) array: ArrayRef,
}

/// A text pattern.
#[derive(Debug, Clone)]
pub(super) struct Pattern {
    /// In the language of SQL's `LIKE`.
    pub(super) like: String,
    pub(super) ignore_case: bool,
    /// What every match begins with, case included; empty if `ignore_case`.
    pub(super) prefix: String,
}

/// Binds a condition; the reason if it does not fit the table.
pub(super) fn bind(predicate: &Predicate, schema: &Schema) -> Result<Bound, String> {
    at_depth(predicate, schema, 0)
}

fn at_depth(predicate: &Predicate, schema: &Schema, depth: usize) -> Result<Bound, String> {
    if depth > MAX_DEPTH {
        return Err(format!("a condition is nested more than {MAX_DEPTH} deep"));
    }
    let all =
        |parts: &[Predicate]| parts.iter().map(|part| at_depth(part, schema, depth + 1)).collect::<Result<Vec<_>, _>>();
    Ok(match predicate {
        Predicate::And(parts) => Bound::And(all(parts)?),
        Predicate::Or(parts) => Bound::Or(all(parts)?),
        Predicate::Not(inner) => Bound::Not(Box::new(at_depth(inner, schema, depth + 1)?)),
        Predicate::Column(name, comparison) => {
            let (index, field) =
                schema.column_with_name(name.as_str()).ok_or_else(|| format!("there is no column '{name}'"))?;
            test(index, comparison, field.data_type()).map_err(|reason| format!("column '{name}': {reason}"))?
        }
    })
}

fn test(index: usize, comparison: &Comparison, kind: &DataType) -> Result<Bound, String> {
    let compare = |op, scalar| compare(index, op, scalar, kind);
    Ok(match comparison {
        Comparison::Eq(scalar) => compare(Op::Eq, scalar)?,
        Comparison::Neq(scalar) => compare(Op::Neq, scalar)?,
        Comparison::Gt(scalar) => compare(Op::Gt, scalar)?,
        Comparison::Gte(scalar) => compare(Op::Gte, scalar)?,
        Comparison::Lt(scalar) => compare(Op::Lt, scalar)?,
        Comparison::Lte(scalar) => compare(Op::Lte, scalar)?,
        Comparison::In(scalars) => Bound::Column(index, any_of(scalars, kind)?),
        Comparison::Like { pattern, ignore_case } if *kind == DataType::Utf8 => {
            Bound::Column(index, Test::Like(Pattern::new(pattern, *ignore_case)))
        }
        Comparison::Matches(pattern) if *kind == DataType::Utf8 => {
            Bound::Column(index, Test::Like(Pattern::sql(pattern)))
        }
        Comparison::IgnoringCase(inner) if *kind == DataType::Utf8 => folded(index, inner, kind)?,
        Comparison::Like { .. } | Comparison::Matches(_) | Comparison::IgnoringCase(_) => {
            return Err(format!("{kind} has no text to match"));
        }
        Comparison::Intersects(region) if *kind == DataType::Binary => {
            Bound::Column(index, Test::Intersects(Arc::clone(region)))
        }
        Comparison::Intersects(_) => return Err(format!("{kind} is no geometry")),
        Comparison::IsNull => Bound::Column(index, Test::IsNull),
        Comparison::IsNotNull => Bound::Column(index, Test::IsNotNull),
    })
}

/// A comparison of texts in lower case.
fn folded(index: usize, inner: &Comparison, kind: &DataType) -> Result<Bound, String> {
    let lower = |scalar: &Scalar| match scalar {
        Scalar::Text(text) => Scalar::Text(text.to_lowercase()),
        other => other.clone(),
    };
    let inner = match inner {
        Comparison::Eq(scalar) => Comparison::Eq(lower(scalar)),
        Comparison::Neq(scalar) => Comparison::Neq(lower(scalar)),
        Comparison::Gt(scalar) => Comparison::Gt(lower(scalar)),
        Comparison::Gte(scalar) => Comparison::Gte(lower(scalar)),
        Comparison::Lt(scalar) => Comparison::Lt(lower(scalar)),
        Comparison::Lte(scalar) => Comparison::Lte(lower(scalar)),
        Comparison::In(scalars) => Comparison::In(scalars.iter().map(lower).collect()),
        Comparison::Matches(pattern) => Comparison::Matches(pattern.to_lowercase()),
        Comparison::Like { .. }
        | Comparison::IgnoringCase(_)
        | Comparison::Intersects(_)
        | Comparison::IsNull
        | Comparison::IsNotNull => return Err("this has no case to ignore".to_owned()),
    };
    match test(index, &inner, kind)? {
        Bound::Column(index, test) => Ok(Bound::Column(index, Test::Folded(Box::new(test)))),
        other => Ok(other),
    }
}

fn compare(index: usize, op: Op, scalar: &Scalar, kind: &DataType) -> Result<Bound, String> {
    let (scalar, exact) = convert(scalar, kind);
    if exact {
        return Ok(Bound::Column(index, Test::Compare(op, value(scalar, kind)?)));
    }
    // The value lies between two neighbours that the column can hold; `scalar` is the lower one.
    let nothing = Bound::Column(index, Test::In(Vec::new(), HashSet::new()));
    Ok(match op {
        Op::Eq => nothing,
        Op::Neq => Bound::Not(Box::new(nothing)),
        Op::Gt | Op::Gte => Bound::Column(index, Test::Compare(Op::Gt, value(scalar, kind)?)),
        Op::Lt | Op::Lte => Bound::Column(index, Test::Compare(Op::Lte, value(scalar, kind)?)),
    })
}

fn any_of(scalars: &[Scalar], kind: &DataType) -> Result<Test, String> {
    let mut values = Vec::with_capacity(scalars.len());
    let mut texts = HashSet::new();
    for scalar in scalars {
        let (scalar, exact) = convert(scalar, kind);
        if let Scalar::Text(text) = &scalar {
            texts.insert(text.clone());
        }
        if exact {
            values.push(value(scalar, kind)?);
        }
    }
    Ok(Test::In(values, texts))
}

/// The value in the column's type; false where the column cannot hold it and it was rounded down.
#[expect(clippy::cast_precision_loss, reason = "a column of numbers holds no more digits either")]
fn convert(scalar: &Scalar, kind: &DataType) -> (Scalar, bool) {
    let scalar = match (scalar, kind) {
        (Scalar::Integer(integer), DataType::Float64) => Scalar::Number(*integer as f64),
        (Scalar::Integer(integer), DataType::Decimal128(_, to)) => return rescale(i128::from(*integer), 0, *to),
        (Scalar::Decimal(unscaled, from), DataType::Decimal128(_, to)) => return rescale(*unscaled, *from, *to),
        (Scalar::Decimal(unscaled, from), DataType::Int64) => return whole(*unscaled, *from),
        (Scalar::Decimal(unscaled, from), DataType::Float64) => {
            Scalar::Number(*unscaled as f64 / 10f64.powi(i32::from(*from)))
        }
        _ => scalar.clone(),
    };
    (scalar, true)
}

/// A decimal as a whole number, rounded down where it is none, and the last one there is where it is beyond all.
fn whole(unscaled: i128, from: i8) -> (Scalar, bool) {
    let (Scalar::Decimal(scaled, _), exact) = rescale(unscaled, from, 0) else { return (Scalar::Integer(0), false) };
    match i64::try_from(scaled) {
        Ok(integer) => (Scalar::Integer(integer), exact),
        Err(_) if scaled < 0 => (Scalar::Integer(i64::MIN), false),
        Err(_) => (Scalar::Integer(i64::MAX), false),
    }
}

fn rescale(unscaled: i128, from: i8, to: i8) -> (Scalar, bool) {
    let steps = i32::from(to) - i32::from(from);
    let power = 10i128.checked_pow(steps.unsigned_abs());
    let (scaled, exact) = match (power, steps >= 0) {
        (Some(power), true) => match unscaled.checked_mul(power) {
            Some(scaled) => (scaled, true),
            None => (if unscaled < 0 { i128::MIN } else { i128::MAX }, false),
        },
        (Some(power), false) => (unscaled.div_euclid(power), unscaled.rem_euclid(power) == 0),
        (None, true) if unscaled != 0 => (if unscaled < 0 { i128::MIN } else { i128::MAX }, false),
        (None, false) if unscaled != 0 => (if unscaled < 0 { -1 } else { 0 }, false),
        (None, _) => (0, true),
    };
    (Scalar::Decimal(scaled, to), exact)
}

fn value(scalar: Scalar, kind: &DataType) -> Result<Value, String> {
    let array: ArrayRef = match (&scalar, kind) {
        (Scalar::Text(text), DataType::Utf8) => Arc::new(StringArray::from(vec![text.as_str()])),
        (Scalar::Integer(integer), DataType::Int64) => Arc::new(Int64Array::from(vec![*integer])),
        // No minus zero: as in `evaluate::comparable`.
        (Scalar::Number(number), DataType::Float64) if !number.is_nan() => {
            Arc::new(Float64Array::from(vec![*number + 0.0]))
        }
        (Scalar::Decimal(unscaled, _), DataType::Decimal128(_, scale)) => {
            let array = Decimal128Array::from(vec![*unscaled]).with_precision_and_scale(DECIMAL_PRECISION, *scale);
            Arc::new(array.map_err(|error| error.to_string())?)
        }
        (Scalar::Boolean(truth), DataType::Boolean) => Arc::new(BooleanArray::from(vec![*truth])),
        (Scalar::Date(days), DataType::Date32) => Arc::new(Date32Array::from(vec![*days])),
        (Scalar::Timestamp(millis), DataType::Timestamp(TimeUnit::Millisecond, zone)) => {
            Arc::new(TimestampMillisecondArray::from(vec![*millis]).with_timezone_opt(zone.clone()))
        }
        _ => return Err(format!("'{scalar}' cannot be compared with {kind}")),
    };
    Ok(Value { scalar, array })
}

impl Pattern {
    fn new(pattern: &str, ignore_case: bool) -> Self {
        let mut like = String::with_capacity(pattern.len() + 4);
        let mut after_star = false;
        for c in pattern.chars() {
            match c {
                '*' if after_star => {}
                '*' => like.push('%'),
                '%' | '_' | '\\' => like.extend(['\\', c]),
                _ => like.push(c),
            }
            after_star = c == '*';
        }
        let prefix = pattern.split('*').next().filter(|_| !ignore_case).unwrap_or_default();
        Self { like, ignore_case, prefix: prefix.to_owned() }
    }

    fn sql(pattern: &str) -> Self {
        let mut prefix = String::new();
        let mut escaped = false;
        for c in pattern.chars() {
            match c {
                _ if escaped => {
                    prefix.push(c);
                    escaped = false;
                }
                '\\' => escaped = true,
                '%' | '_' => break,
                c => prefix.push(c),
            }
        }
        Self { like: pattern.to_owned(), ignore_case: false, prefix }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_rescaled_without_loss() {
        let cases = [
            ((5, 0, 2), (500, true)),
            ((1250, 3, 2), (125, true)),
            ((1255, 3, 2), (125, false)),
            ((-1255, 3, 2), (-126, false)),
            ((i128::MAX, 0, 2), (i128::MAX, false)),
            ((1, 100, 2), (0, false)),
            ((-1, 100, 2), (-1, false)),
            ((0, 100, 2), (0, true)),
        ];
        for ((unscaled, from, to), (expected, exact)) in cases {
            assert_eq!(rescale(unscaled, from, to), (Scalar::Decimal(expected, to), exact), "{unscaled} {from} {to}");
        }
    }

    #[test]
    fn decimals_beside_whole_numbers_are_rounded_down() {
        for ((unscaled, scale), (expected, exact)) in [
            ((500, 2), (5, true)),
            ((314, 2), (3, false)),
            ((-314, 2), (-4, false)),
            ((i128::MAX, 0), (i64::MAX, false)),
            ((i128::MIN, 0), (i64::MIN, false)),
        ] {
            assert_eq!(
                convert(&Scalar::Decimal(unscaled, scale), &DataType::Int64),
                (Scalar::Integer(expected), exact)
            );
        }
        assert_eq!(convert(&Scalar::Decimal(325, 2), &DataType::Float64), (Scalar::Number(3.25), true));
    }

    #[test]
    fn the_prefix_of_a_pattern_ends_at_the_first_sign_that_stands_for_others() {
        for (pattern, prefix) in [("B_r%", "B"), ("%a", ""), ("a\\%b%", "a%b"), ("a\\", "a"), ("", "")] {
            assert_eq!(Pattern::sql(pattern).prefix, prefix, "{pattern}");
        }
    }

    #[test]
    fn patterns_are_escaped() {
        let pattern = Pattern::new("100%_*\\**x", false);
        assert_eq!((pattern.like.as_str(), pattern.prefix.as_str()), ("100\\%\\_%\\\\%x", "100%_"));
        assert_eq!(Pattern::new("%*", false).like, "\\%%");
        assert_eq!(Pattern::new("a*", true).prefix, "");
    }
}
