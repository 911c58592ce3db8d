//! Numbers as JSON writes them (RFC 8259 section 6): with exponents, and with a fraction of zeros for whole numbers.
//! The digits are moved, not computed with, so that nothing is rounded.

use std::{borrow::Cow, sync::Arc};

use arrow::array::{ArrayRef, AsArray, StringArray};

/// Places that an exponent moves the decimal point at the most; no number that can be kept needs more.
const MAX_PLACES: i64 = 400;

/// A column of texts with its numbers in plain form; other texts stay as they are.
pub(super) fn plain_numbers(array: ArrayRef) -> ArrayRef {
    let Some(texts) = array.as_string_opt::<i32>() else { return array };
    let needed = texts.iter().flatten().any(|text| text.contains(['.', 'e', 'E']));
    if !needed {
        return array;
    }
    let plain: StringArray =
        texts.iter().map(|text| text.map(|text| plain(text).unwrap_or(Cow::Borrowed(text)))).collect();
    Arc::new(plain)
}

/// A JSON number without exponent and without zeros at the end of its fraction; `None` where the text is none.
fn plain(text: &str) -> Option<Cow<'_, str>> {
    let text = text.trim();
    let (sign, rest) = text.strip_prefix('-').map_or(("", text), |rest| ("-", rest));
    let (mantissa, exponent) = match rest.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, places(exponent)?),
        None => (rest, 0),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((_, "")) => return None,
        Some((whole, fraction)) => (whole, fraction),
        None => (mantissa, ""),
    };
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !is_digits(whole) || !is_digits(fraction) {
        return None;
    }
    let digits = format!("{whole}{fraction}");
    let point = i64::try_from(whole.len()).ok()? + exponent;
    let before = usize::try_from(point.max(0)).ok()?;
    let zeros = usize::try_from((-point).max(0)).ok()?;
    let digits = format!("{}{digits}{}", "0".repeat(zeros), "0".repeat(before.saturating_sub(digits.len())));
    let (whole, fraction) = digits.split_at_checked(before)?;
    let whole = whole.trim_start_matches('0');
    let whole = if whole.is_empty() { "0" } else { whole };
    let fraction = fraction.trim_end_matches('0');
    let point = if fraction.is_empty() { "" } else { "." };
    Some(Cow::Owned(format!("{sign}{whole}{point}{fraction}")))
}

/// An exponent.
fn places(exponent: &str) -> Option<i64> {
    let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    exponent.parse::<i64>().ok().filter(|places| places.abs() <= MAX_PLACES)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn digits_are_moved_exactly() {
        for (json, expected) in [
            ("1e-05", "0.00001"),
            ("1.0", "1"),
            ("-1.50", "-1.5"),
            ("1.5E+3", "1500"),
            ("12.34e1", "123.4"),
            ("0.1e1", "1"),
            ("0e9", "0"),
            ("-0.0", "-0"),
            ("12345678901234567890.10", "12345678901234567890.1"),
            ("1.23456789012345678901234567890e20", "123456789012345678901.23456789"),
            ("0.000e-3", "0"),
            (" 2.0 ", "2"),
        ] {
            assert_eq!(plain(json).as_deref(), Some(expected), "{json}");
        }
        for other in
            ["", "-", ".5", "5.", "1e", "1e+", "e5", "1e1.5", "+1", "1e401", "1e99999999999999999999", "ja", "1,5"]
        {
            assert_eq!(plain(other), None, "{other}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn the_value_stays_the_same(json in "-?(0|[1-9][0-9]{0,20})([.][0-9]{1,20})?([eE][+-]?[0-9]{1,2})?") {
            let plain = plain(&json).unwrap().into_owned();
            prop_assert!(!plain.contains(['e', 'E']), "{plain}");
            prop_assert_eq!(plain.parse::<f64>().unwrap().to_bits(), json.parse::<f64>().unwrap().to_bits(), "{}", plain);
        }

        #[test]
        fn any_text_is_taken(text in ".{0,30}") {
            let _ = plain(&text);
        }
    }
}
