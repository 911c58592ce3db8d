//! Values as text, the same in statistics and text formats: decimal point, ISO 8601 days, RFC 3339 instants in UTC.

use std::fmt::Write;

const DAY_MS: i64 = 86_400_000;

/// Days since 1970-01-01 as `YYYY-MM-DD`; years outside 0000 to 9999 with sign and six digits (ISO 8601-1 section 4.3.1).
pub fn write_date(days: i32, out: &mut String) {
    civil(i64::from(days), out);
}

/// Milliseconds since 1970-01-01T00:00:00Z as RFC 3339 with `Z`; milliseconds only where they are not zero.
pub fn write_timestamp(millis: i64, out: &mut String) {
    civil(millis.div_euclid(DAY_MS), out);
    let of_day = millis.rem_euclid(DAY_MS);
    let (seconds, millis) = (of_day / 1000, of_day % 1000);
    // Writing to a String cannot fail.
    let _ = write!(out, "T{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
    if millis > 0 {
        let _ = write!(out, ".{millis:03}");
    }
    out.push('Z');
}

/// A decimal of `scale` digits after the point, without exponent.
pub fn write_decimal(unscaled: i128, scale: i8, out: &mut String) {
    let Some(places) = usize::try_from(scale).ok().filter(|&places| places > 0) else {
        let zeros = usize::from(scale.unsigned_abs());
        let _ = write!(out, "{unscaled}{:0<zeros$}", "");
        return;
    };
    let digits = format!("{:0>width$}", unscaled.unsigned_abs(), width = places + 1);
    let (whole, fraction) = digits.split_at(digits.len() - places);
    let sign = if unscaled < 0 { "-" } else { "" };
    let _ = write!(out, "{sign}{whole}.{fraction}");
}

/// The shortest text that reads back as the same number; an exponent only for very large and very small ones.
/// False, and nothing written, for what is not a number.
pub fn write_number(number: f64, out: &mut String) -> bool {
    if !number.is_finite() {
        return false;
    }
    let size = number.abs();
    let _ = if size == 0.0 {
        out.write_char('0')
    } else if (1e-7..1e17).contains(&size) {
        write!(out, "{number}")
    } else {
        write!(out, "{number:e}")
    };
    true
}

/// Howard Hinnant's days-to-civil: <https://howardhinnant.github.io/date_algorithms.html#civil_from_days>.
fn civil(days: i64, out: &mut String) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    let _ = if (0..=9999).contains(&year) {
        write!(out, "{year:04}-{month:02}-{day:02}")
    } else {
        write!(out, "{year:+07}-{month:02}-{day:02}")
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(write: impl Fn(&mut String)) -> String {
        let mut out = String::new();
        write(&mut out);
        out
    }

    #[test]
    fn days_agree_with_a_calendar_library() {
        let epoch = jiff::civil::date(1970, 1, 1);
        for days in (-719_528..=2_932_896).step_by(997).chain([-719_528, -1, 0, 59, 11_016, 2_932_896]) {
            let expected = epoch.checked_add(jiff::Span::new().days(i64::from(days))).unwrap().to_string();
            assert_eq!(with(|out| write_date(days, out)), expected);
        }
        assert_eq!(with(|out| write_date(2_932_897, out)), "+010000-01-01");
        assert_eq!(with(|out| write_date(i32::MIN, out)).len(), "-5877641-06-23".len());
    }

    #[test]
    fn instants_have_milliseconds_only_where_needed() {
        assert_eq!(with(|out| write_timestamp(1_700_000_000_000, out)), "2023-11-14T22:13:20Z");
        assert_eq!(with(|out| write_timestamp(1_700_000_000_007, out)), "2023-11-14T22:13:20.007Z");
        assert_eq!(with(|out| write_timestamp(-1, out)), "1969-12-31T23:59:59.999Z");
        write_timestamp(i64::MIN, &mut String::new());
        write_timestamp(i64::MAX, &mut String::new());
    }

    #[test]
    fn decimals_are_plain() {
        for (unscaled, scale, text) in [
            (123_456, 2, "1234.56"),
            (-5, 2, "-0.05"),
            (0, 3, "0.000"),
            (42, 0, "42"),
            (-42, -2, "-4200"),
            (i128::MIN, 38, "-1.70141183460469231731687303715884105728"),
        ] {
            assert_eq!(with(|out| write_decimal(unscaled, scale, out)), text);
        }
    }

    #[test]
    fn numbers_read_back() {
        for number in [0.0, -0.0, 1.0, 0.1, -2.5e-9, 1e300, f64::MAX, f64::MIN_POSITIVE, 59.911_491] {
            let text = with(|out| assert!(write_number(number, out)));
            assert!(text.parse::<f64>().unwrap().total_cmp(&(number + 0.0)).is_eq(), "{text}");
        }
        assert_eq!(with(|out| assert!(!write_number(f64::NAN, out))), "");
        assert_eq!(with(|out| assert!(write_number(1.0, out))), "1");
    }
}
