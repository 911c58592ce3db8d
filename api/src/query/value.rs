//! Values of a condition, as text of an address → as the column's type.

use catalog::{table::Scalar, version::ColumnInfo};
use config::ColumnType;
use jiff::{Timestamp, civil::Date, tz::TimeZone};

use crate::error::Problem;

/// Digits of a decimal at the most.
const MAX_DIGITS: usize = 38;

/// Reads a value of a column.
pub(crate) fn scalar(column: &ColumnInfo, text: &str) -> Result<Scalar, Problem> {
    let (parsed, example) = match &column.kind {
        ColumnType::Text {} | ColumnType::Code { .. } => (Some(Scalar::Text(text.to_owned())), "text"),
        ColumnType::Integer {} => (text.parse().ok().map(Scalar::Integer), "a whole number such as 42"),
        ColumnType::Number {} => (number(text).map(Scalar::Number), "a number such as 4.2"),
        ColumnType::Decimal { .. } => (decimal(text), "a number such as 4.25"),
        ColumnType::Boolean { .. } => (boolean(text).map(Scalar::Boolean), "true or false"),
        ColumnType::Date { .. } => (date(text).and_then(days).map(Scalar::Date), "a date such as 2026-03-29"),
        ColumnType::Datetime { .. } => {
            (instant(text).map(Scalar::Timestamp), "a time with offset such as 2026-03-29T12:00:00Z, or a date")
        }
        ColumnType::Geometry { .. } => (None, "nothing: geometries cannot be compared, only is.null and is.notnull"),
    };
    parsed.ok_or_else(|| {
        let name = &column.name;
        Problem::bad_request("api-value", format!("'{text}' is not a value of column '{name}'."))
            .hint(format!("'{name}' takes {example}."))
    })
}

/// A truth value.
pub(crate) fn boolean(text: &str) -> Option<bool> {
    match text {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}

fn number(text: &str) -> Option<f64> {
    let plain = text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-' | b'+' | b'e' | b'E'));
    text.parse().ok().filter(|number: &f64| plain && number.is_finite())
}

/// A decimal with all its digits; `None` for more than 38 of them.
pub(crate) fn decimal(text: &str) -> Option<Scalar> {
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |digits| (-1, digits));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let plain = [whole, fraction].iter().all(|part| part.bytes().all(|b| b.is_ascii_digit()));
    if whole.is_empty() || !plain || whole.len() + fraction.len() > MAX_DIGITS {
        return None;
    }
    let unscaled: i128 = format!("{whole}{fraction}").parse().ok()?;
    Some(Scalar::Decimal(sign * unscaled, i8::try_from(fraction.len()).ok()?))
}

fn date(text: &str) -> Option<Date> {
    if text.len() == 10 { text.parse().ok() } else { None }
}

fn days(date: Date) -> Option<i32> {
    let midnight = date.to_zoned(TimeZone::UTC).ok()?.timestamp();
    i32::try_from(midnight.as_second().div_euclid(86_400)).ok()
}

/// An instant, or the midnight in UTC that a day begins with, as milliseconds since 1970-01-01T00:00:00Z.
pub(crate) fn instant(text: &str) -> Option<i64> {
    if let Some(date) = date(text) {
        return date.to_zoned(TimeZone::UTC).ok().map(|midnight| midnight.timestamp().as_millisecond());
    }
    // In an address a plus stands for a blank, and hardly anybody escapes the one of an offset.
    text.replace(' ', "+").parse().ok().map(|instant: Timestamp| instant.as_millisecond())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(kind: ColumnType, text: &str) -> Option<Scalar> {
        scalar(&super::super::names::tests::column("a", kind), text).ok()
    }

    #[test]
    fn values_are_read_by_type() {
        let date = || ColumnType::Date { formats: vec![] };
        let datetime = || ColumnType::Datetime { formats: vec![] };
        let decimal = || ColumnType::Decimal { scale: 2 };
        for (kind, text, expected) in [
            (ColumnType::Code { width: Some(4) }, "0301", Some(Scalar::Text("0301".to_owned()))),
            (ColumnType::Text {}, "", Some(Scalar::Text(String::new()))),
            (ColumnType::Integer {}, "-42", Some(Scalar::Integer(-42))),
            (ColumnType::Integer {}, "4.2", None),
            (ColumnType::Number {}, "4.2e3", Some(Scalar::Number(4200.0))),
            (ColumnType::Number {}, "NaN", None),
            (ColumnType::Number {}, "inf", None),
            (ColumnType::Number {}, "4,2", None),
            (decimal(), "-0.125", Some(Scalar::Decimal(-125, 3))),
            (decimal(), "12", Some(Scalar::Decimal(12, 0))),
            (decimal(), ".5", None),
            (decimal(), "1e3", None),
            (decimal(), &"9".repeat(39), None),
            (ColumnType::Boolean { yes: vec![], no: vec![] }, "true", Some(Scalar::Boolean(true))),
            (ColumnType::Boolean { yes: vec![], no: vec![] }, "ja", None),
            (date(), "1970-01-02", Some(Scalar::Date(1))),
            (date(), "1969-12-31", Some(Scalar::Date(-1))),
            (date(), "2026-02-30", None),
            (date(), "29.03.2026", None),
            (datetime(), "1970-01-01T01:00:01 01:00", Some(Scalar::Timestamp(1000))),
            (datetime(), "1970-01-01T00:00:00.250Z", Some(Scalar::Timestamp(250))),
            (datetime(), "1970-01-02", Some(Scalar::Timestamp(86_400_000))),
            (datetime(), "1970-01-01T01:00:01", None),
            (ColumnType::Geometry { crs: config::GeometryCrs::Source }, "POINT(1 2)", None),
        ] {
            assert_eq!(read(kind.clone(), text), expected, "{kind:?} {text}");
        }
    }
}
