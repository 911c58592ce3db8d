//! Literals: whether their text is one of their datatype (XML Schema Part 2), and which of two is less.

use std::{cmp::Ordering, str::FromStr};

use oxigraph::model::{LiteralRef, NamedNodeRef, vocab::xsd};
use oxsdatatypes::{
    Boolean, Date, DateTime, DayTimeDuration, Decimal, Double, Duration, Float, GDay, GMonth, GMonthDay, GYear,
    GYearMonth, Integer, Time, YearMonthDuration,
};

/// Whether the text of a literal is one of its datatype. Of datatypes that are not of XML Schema every text is.
pub(super) fn is_well_formed(literal: LiteralRef<'_>) -> bool {
    let (text, datatype) = (literal.value(), literal.datatype());
    let Some(name) = datatype.as_str().strip_prefix("http://www.w3.org/2001/XMLSchema#") else { return true };
    match name {
        "boolean" => is::<Boolean>(text),
        "decimal" => is::<Decimal>(text),
        "double" => is::<Double>(text),
        "float" => is::<Float>(text),
        "date" => is::<Date>(text),
        "dateTime" => is::<DateTime>(text),
        "dateTimeStamp" => DateTime::from_str(text).is_ok_and(|time| time.timezone_offset().is_some()),
        "time" => is::<Time>(text),
        "gDay" => is::<GDay>(text),
        "gMonth" => is::<GMonth>(text),
        "gMonthDay" => is::<GMonthDay>(text),
        "gYear" => is::<GYear>(text),
        "gYearMonth" => is::<GYearMonth>(text),
        "duration" => is::<Duration>(text),
        "dayTimeDuration" => is::<DayTimeDuration>(text),
        "yearMonthDuration" => is::<YearMonthDuration>(text),
        "hexBinary" => text.len().is_multiple_of(2) && text.bytes().all(|byte| byte.is_ascii_hexdigit()),
        _ => range(name).is_none_or(|(least, most)| {
            Integer::from_str(text).is_ok_and(|number| (least..=most).contains(&i64::from(number)))
        }),
    }
}

fn is<T: FromStr>(text: &str) -> bool {
    T::from_str(text).is_ok()
}

/// The least and the greatest value of `xsd:integer` and what is derived from it.
fn range(name: &str) -> Option<(i64, i64)> {
    Some(match name {
        "integer" | "long" => (i64::MIN, i64::MAX),
        "nonNegativeInteger" | "unsignedLong" => (0, i64::MAX),
        "positiveInteger" => (1, i64::MAX),
        "nonPositiveInteger" => (i64::MIN, 0),
        "negativeInteger" => (i64::MIN, -1),
        "int" => (i64::from(i32::MIN), i64::from(i32::MAX)),
        "short" => (i64::from(i16::MIN), i64::from(i16::MAX)),
        "byte" => (i64::from(i8::MIN), i64::from(i8::MAX)),
        "unsignedInt" => (0, i64::from(u32::MAX)),
        "unsignedShort" => (0, i64::from(u16::MAX)),
        "unsignedByte" => (0, i64::from(u8::MAX)),
        _ => return None,
    })
}

/// Which of two literals is less; `None` where they cannot be compared.
pub(super) fn compare(one: LiteralRef<'_>, other: LiteralRef<'_>) -> Option<Ordering> {
    if let Some((one, other)) = number(one).zip(number(other)) {
        return one.partial_cmp(&other);
    }
    if one.datatype() != other.datatype() {
        return None;
    }
    let (first, second) = (one.value(), other.value());
    match one.datatype() {
        xsd::DATE_TIME => pair::<DateTime>(first, second),
        xsd::DATE => pair::<Date>(first, second),
        xsd::TIME => pair::<Time>(first, second),
        xsd::DURATION => pair::<Duration>(first, second),
        xsd::G_YEAR => pair::<GYear>(first, second),
        xsd::STRING => Some(first.cmp(second)),
        xsd::BOOLEAN => Some(Boolean::from_str(first).ok()?.cmp(&Boolean::from_str(second).ok()?)),
        _ => None,
    }
}

fn pair<T: FromStr + PartialOrd>(one: &str, other: &str) -> Option<Ordering> {
    T::from_str(one).ok()?.partial_cmp(&T::from_str(other).ok()?)
}

/// The value of a numeric literal.
fn number(literal: LiteralRef<'_>) -> Option<Double> {
    let is_numeric = |datatype: NamedNodeRef<'_>| {
        let name = datatype.as_str().strip_prefix("http://www.w3.org/2001/XMLSchema#");
        name.is_some_and(|name| matches!(name, "decimal" | "double" | "float") || range(name).is_some())
    };
    (is_numeric(literal.datatype()) && is_well_formed(literal)).then(|| Double::from_str(literal.value()).ok())?
}
