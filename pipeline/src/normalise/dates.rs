//! Calendar days and instants.

use std::{borrow::Cow, sync::Arc};

use arrow::array::{ArrayRef, AsArray, Date32Array, StringArray, TimestampMillisecondArray};
use arrow::datatypes::Date32Type;
use jiff::{
    Timestamp,
    civil::{Date, DateTime},
    fmt::strtime::BrokenDownTime,
    tz::{AmbiguousOffset, TimeZone},
};
use polars::prelude::{DataType, Expr, NULL, StrptimeOptions, coalesce, col, lit, when};
use regex::Regex;

use super::Failure;
use crate::{Error, Result, month_words};

/// Days since 1970-01-01 of 0001-01-01.
const FIRST_DAY: i32 = -719_162;
/// Days since 1970-01-01 of 2201-01-01, the first one that is not taken.
const END_DAY: i32 = 84_371;
const DAY_SECONDS: i64 = 86_400;
const DAY_MS: i64 = 1000 * DAY_SECONDS;
const DATE_FORMATS: [&str; 2] = ["%Y-%m-%d", "%d.%m.%Y"];
/// Dates of a workbook, as readers write them: at midnight without a time.
const SHEET_FORMATS: [&str; 2] = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d"];
const DATETIME_FORMATS: [&str; 2] = ["%Y-%m-%dT%H:%M:%S%.f", "%d.%m.%Y %H:%M"];

/// Text → calendar day by the first format that fits; null where none does. `sheet`: readers write a workbook's dates
/// in ISO 8601, whatever the formats are.
pub(super) fn date(name: &str, formats: &[String], sheet: bool) -> Expr {
    let iso = sheet.then(|| "%Y-%m-%d".to_owned());
    let parsed = or_default(formats, &DATE_FORMATS).into_iter().chain(iso).map(|format| {
        let words = month_words::in_numbers(&format);
        let texts = if words.is_some() { in_numbers(col(name)) } else { col(name) };
        let format = words.unwrap_or(format);
        let fits = texts.clone().str().contains(lit(guard(&format)), true);
        let options = StrptimeOptions { format: Some(format.into()), strict: false, exact: true, cache: true };
        when(fits).then(texts).otherwise(lit(NULL)).cast(DataType::String).str().to_date(options)
    });
    coalesce(&parsed.collect::<Vec<_>>())
}

/// As [`month_words::numbered`], for a column of texts.
fn in_numbers(texts: Expr) -> Expr {
    let word = |texts: Expr, (pattern, number): &(&str, &str)| {
        texts.str().replace_all(lit(pattern.to_string()), lit(number.to_string()), false)
    };
    month_words::WORDS.iter().fold(texts, word)
}

/// A column in which every value is a day in ISO 8601, where that is the first format; `None` where the expressions
/// must judge.
pub(super) fn iso_days(texts: &StringArray, formats: &[String]) -> Option<ArrayRef> {
    let first = formats.first().map_or(DATE_FORMATS.first().copied(), |format| Some(format.as_str()));
    if first != Some("%Y-%m-%d") {
        return None;
    }
    let days = texts.iter().map(|text| text.map_or(Some(None), |text| iso_day(text).map(Some)));
    Some(Arc::new(days.collect::<Option<Date32Array>>()?))
}

fn iso_day(text: &str) -> Option<i32> {
    let &[y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = text.as_bytes() else { return None };
    let (month, day) = (i8::try_from(number(&[m1, m2])?).ok()?, i8::try_from(number(&[d1, d2])?).ok()?);
    let date = Date::new(number(&[y1, y2, y3, y4])?, month, day).ok()?;
    i32::try_from(date.duration_since(Date::constant(1970, 1, 1)).as_secs() / DAY_SECONDS).ok()
}

/// A few digits as a number.
fn number(digits: &[u8]) -> Option<i16> {
    let digit = |digit: &u8| digit.is_ascii_digit().then(|| i16::from(digit - b'0'));
    digits.iter().try_fold(0, |number: i16, byte| Some(number * 10 + digit(byte)?))
}

/// Milliseconds since 1970 of an instant as most sources write it: `2026-07-01T12:00:00Z`, perhaps with milliseconds.
fn plain_instant(text: &str) -> Option<i64> {
    let (day, time) = text.split_at_checked(10)?;
    let &[b'T', h1, h2, b':', m1, m2, b':', s1, s2, ref rest @ ..] = time.as_bytes() else { return None };
    let milliseconds = match *rest {
        [b'Z'] => 0,
        [b'.', a, b, c, b'Z'] => number(&[a, b, c])?,
        _ => return None,
    };
    let (hour, minute, second) = (number(&[h1, h2])?, number(&[m1, m2])?, number(&[s1, s2])?);
    // A leap second is left to the parser.
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let seconds = i64::from(hour) * 3600 + i64::from(minute) * 60 + i64::from(second);
    Some(i64::from(iso_day(day)?) * DAY_MS + seconds * 1000 + i64::from(milliseconds))
}

/// Days outside the years 1 to 2200 become failures.
pub(super) fn check_range(days: &ArrayRef) -> (ArrayRef, Vec<Failure>) {
    let Some(days) = days.as_primitive_opt::<Date32Type>() else { return (Arc::clone(days), Vec::new()) };
    let bad = days.iter().enumerate().filter(|(_, day)| day.is_some_and(|day| !(FIRST_DAY..END_DAY).contains(&day)));
    let failures: Vec<Failure> = bad.map(|(row, _)| (row, "reject-date-range")).collect();
    let kept = days.iter().map(|day| day.filter(|day| (FIRST_DAY..END_DAY).contains(day)));
    (Arc::new(kept.collect::<Date32Array>()), failures)
}

fn or_default(formats: &[String], default: &[&str]) -> Vec<String> {
    if formats.is_empty() { default.iter().map(|f| (*f).to_owned()).collect() } else { formats.to_vec() }
}

/// What a text of a strptime format looks like, as a regular expression: parsers take signs, blanks and any number of
/// digits where we do not.
fn guard(format: &str) -> String {
    let mut pattern = "^".to_owned();
    let mut chars = format.chars();
    while let Some(c) = chars.next() {
        if c == '%' {
            let flags = |c: &char| matches!(c, '-' | '_' | '^' | '#' | ':' | '.' | '0'..='9');
            let dot = chars.clone().take_while(flags).any(|c| c == '.');
            let directive = chars.find(|c| !flags(c)).map_or("$^", directive_pattern);
            let (open, close) = if dot { (r"(?:\.", ")?") } else { ("", "") };
            pattern.extend([open, directive, close]);
        } else {
            pattern.push_str(&regex::escape(&c.to_string()));
        }
    }
    pattern.push('$');
    pattern
}

fn directive_pattern(directive: char) -> &'static str {
    match directive {
        'Y' => "[0-9]{4}",
        'y' | 'C' => "[0-9]{2}",
        'm' | 'd' | 'e' | 'H' | 'k' | 'I' | 'l' | 'M' | 'S' | 'W' | 'U' | 'V' => "[0-9]{1,2}",
        'j' => "[0-9]{1,3}",
        'f' | 'N' => "[0-9]{1,9}",
        'F' => "[0-9]{4}-[0-9]{2}-[0-9]{2}",
        'T' => "[0-9]{2}:[0-9]{2}:[0-9]{2}",
        'R' => "[0-9]{2}:[0-9]{2}",
        'D' => "[0-9]{2}/[0-9]{2}/[0-9]{2}",
        's' => "[0-9]{1,12}",
        'z' => "(?:Z|[+-][0-9]{2}:?[0-9]{2})",
        '%' => "%",
        _ => ".+",
    }
}

/// How an instant may be written.
#[derive(Debug)]
struct InstantFormat {
    guard: Regex,
    format: String,
    /// True if it has names of months or days.
    words: bool,
}

/// How the instants of a column are written.
#[derive(Debug)]
pub(super) struct Instants {
    rfc3339: bool,
    formats: Vec<InstantFormat>,
    zone: TimeZone,
}

impl Instants {
    /// Formats in strptime form; `zone` is where local times are, `sheet` as for [`date`].
    pub(super) fn new(formats: &[String], zone: TimeZone, sheet: bool) -> Result<Self> {
        let own = SHEET_FORMATS.iter().filter(|_| sheet).map(|format| (*format).to_owned());
        let compiled = or_default(formats, &DATETIME_FORMATS).into_iter().chain(own).map(|format| {
            let plain = month_words::in_numbers(&format);
            let words = plain.is_some();
            let format = plain.unwrap_or(format);
            let guard = Regex::new(&guard(&format)).map_err(|error| Error::Internal(error.to_string()))?;
            Ok(InstantFormat { guard, format, words })
        });
        Ok(Self { rfc3339: formats.is_empty(), formats: compiled.collect::<Result<_>>()?, zone })
    }

    /// Texts → milliseconds since 1970 (finer fractions are cut off), and the rows where there is no such instant.
    pub(super) fn parse(&self, texts: &StringArray) -> (ArrayRef, Vec<Failure>) {
        let mut failures = Vec::new();
        let parsed = texts.iter().enumerate().map(|(row, text)| match self.instant(text?) {
            Ok(instant) => Some(instant),
            Err(code) => {
                failures.push((row, code));
                None
            }
        });
        let values: TimestampMillisecondArray = parsed.collect();
        (Arc::new(values.with_timezone("UTC")), failures)
    }

    fn instant(&self, text: &str) -> std::result::Result<i64, &'static str> {
        let plain = self.rfc3339.then(|| plain_instant(text)).flatten();
        let milliseconds = plain.or_else(|| self.judged(text)).ok_or("reject-datetime")?;
        let range = i64::from(FIRST_DAY) * DAY_MS..i64::from(END_DAY) * DAY_MS;
        if range.contains(&milliseconds) { Ok(milliseconds) } else { Err("reject-date-range") }
    }

    /// What the declared formats make of a text.
    fn judged(&self, text: &str) -> Option<i64> {
        let instant = self.rfc3339.then(|| rfc3339(text)).flatten();
        let instant = instant.or_else(|| self.formats.iter().find_map(|format| self.by(format, text)));
        instant.map(Timestamp::as_millisecond)
    }

    /// A local time that the clock shows twice is the first of the two; one that it skips does not exist.
    fn by(&self, InstantFormat { guard, format, words }: &InstantFormat, text: &str) -> Option<Timestamp> {
        let text = if *words { Cow::Owned(month_words::numbered(text)) } else { Cow::Borrowed(text) };
        if !guard.is_match(&text) {
            return None;
        }
        let parsed = BrokenDownTime::parse(format, &*text).ok()?;
        if parsed.offset().is_some() {
            return parsed.to_timestamp().ok();
        }
        self.local(parsed.to_datetime().ok()?)
    }

    fn local(&self, time: DateTime) -> Option<Timestamp> {
        let offset = match self.zone.to_ambiguous_timestamp(time).offset() {
            AmbiguousOffset::Unambiguous { offset } => offset,
            AmbiguousOffset::Fold { before, .. } => before,
            AmbiguousOffset::Gap { .. } => return None,
        };
        offset.to_timestamp(time).ok()
    }
}

/// RFC 3339 section 5.6 and nothing wider.
fn rfc3339(text: &str) -> Option<Timestamp> {
    let shape = b"dddd-dd-ddTdd:dd:dd";
    let (head, tail) = text.split_at_checked(shape.len())?;
    let fits = head.bytes().zip(shape).all(|(byte, want)| match want {
        b'd' => byte.is_ascii_digit(),
        b'T' => matches!(byte, b'T' | b't' | b' '),
        other => byte == *other,
    });
    let zone =
        tail.strip_prefix('.').map_or(tail, |fraction| fraction.trim_start_matches(|c: char| c.is_ascii_digit()));
    let offset = match zone.as_bytes() {
        [b'Z' | b'z'] => true,
        [b'+' | b'-', a, b, b':', c, d] => [a, b, c, d].iter().all(|byte| byte.is_ascii_digit()),
        _ => false,
    };
    if fits && offset { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn instants(formats: &[&str]) -> Instants {
        let formats: Vec<String> = formats.iter().map(|f| (*f).to_owned()).collect();
        Instants::new(&formats, TimeZone::get("Europe/Oslo").unwrap(), false).unwrap()
    }

    fn millis(text: &str) -> i64 {
        text.parse::<Timestamp>().unwrap().as_millisecond()
    }

    #[test]
    fn instants_are_rfc_3339_or_local_time() {
        let instants = instants(&[]);
        for (text, utc) in [
            ("2026-07-01T12:00:00Z", "2026-07-01T12:00:00Z"),
            ("2026-07-01T12:00:00.1239+02:00", "2026-07-01T10:00:00.123Z"),
            ("2026-07-01T12:00:00", "2026-07-01T10:00:00Z"),
            ("1.12.2026 08:05", "2026-12-01T07:05:00Z"),
        ] {
            assert_eq!(instants.instant(text), Ok(millis(utc)), "{text}");
        }
        for bad in [
            "2026-02-30T00:00:00Z",
            "2026-07-01",
            "2026-07-01T25:00:00Z",
            "20260701T120000Z",
            "i dag",
            "+02026-07-01T12:00:00Z",
        ] {
            assert_eq!(instants.instant(bad), Err("reject-datetime"), "{bad}");
        }
        assert_eq!(instants.instant("2201-01-01T00:00:00Z"), Err("reject-date-range"));
    }

    #[test]
    fn plain_instants_are_what_the_parser_makes_of_them() {
        let parser = instants(&[]);
        for text in [
            "2026-07-01T12:00:00Z",
            "1969-12-31T23:59:59.999Z",
            "0001-01-01T00:00:00.001Z",
            "2024-02-29T00:00:00Z",
            "2200-12-31T23:59:59Z",
        ] {
            assert_eq!((plain_instant(text), parser.judged(text)), (Some(millis(text)), Some(millis(text))), "{text}");
        }
        for text in [
            "2023-02-29T00:00:00Z",
            "2026-07-01T24:00:00Z",
            "2026-07-01T12:60:00Z",
            "2026-13-01T12:00:00Z",
            "2026-07-01T1a:00:00Z",
            "2026-07-01T12:00:00.1aZ",
            "åååååT12:00:00Z",
        ] {
            assert_eq!((plain_instant(text), parser.judged(text)), (None, None), "{text}");
        }
        assert_eq!(plain_instant("2026-07-01T12:00:60Z"), None);
    }

    #[test]
    fn clock_changes_follow_the_rule() {
        let instants = instants(&[]);
        // 2026-03-29 02:00–03:00 does not exist in Oslo, 2026-10-25 02:00–03:00 is there twice.
        assert_eq!(instants.instant("2026-03-29T02:30:00"), Err("reject-datetime"));
        assert_eq!(instants.instant("2026-10-25T02:30:00"), Ok(millis("2026-10-25T00:30:00Z")));
    }

    #[test]
    fn own_formats_replace_the_default() {
        let instants = instants(&["%Y%m%d%H%M%S"]);
        assert_eq!(instants.instant("20260701120000"), Ok(millis("2026-07-01T10:00:00Z")));
        assert!(instants.instant("2026-07-01T12:00:00Z").is_err());
    }

    #[test]
    fn workbooks_have_iso_dates_whatever_the_formats() {
        let formats = ["%d/%m/%Y %H:%M".to_owned()];
        let instants = Instants::new(&formats, TimeZone::get("Europe/Oslo").unwrap(), true).unwrap();
        for (text, utc) in [
            ("2026-07-01", "2026-06-30T22:00:00Z"),
            ("2026-07-01T12:00:00", "2026-07-01T10:00:00Z"),
            ("2026-07-01T12:00:00.250", "2026-07-01T10:00:00.25Z"),
            ("1/7/2026 12:00", "2026-07-01T10:00:00Z"),
        ] {
            assert_eq!(instants.instant(text), Ok(millis(utc)), "{text}");
        }
    }

    #[test]
    fn words_are_read_in_three_languages() {
        use polars::prelude::{Column, DataFrame, IntoLazy};
        let formats = ["%A %d. %B %Y".to_owned(), "%d. %b %Y".to_owned(), "%d.%m.%Y".to_owned()];
        let texts = ["1. januar 2024", "1. jan. 2024", "01.01.2024", "måndag 1. januar 2024", "Monday 1. January 2024"];
        let bad = ["1. etasje 2024", "32. mai 2024", "1 januar 2024"];
        let frame = DataFrame::new(8, vec![Column::new("a".into(), [&texts[..], &bad].concat())]).unwrap();
        let read = frame.lazy().select([date("a", &formats, false)]).collect().unwrap();
        let days = read.column("a").unwrap().cast(&DataType::Int32).unwrap();
        let days: Vec<Option<i32>> = days.i32().unwrap().iter().collect();
        assert_eq!(days[..5], [Some(19_723); 5]);
        assert_eq!(days[5..], [None; 3]);
        let instants = instants(&["%d. %B %Y kl. %H.%M"]);
        assert_eq!(instants.instant("1. juli 2026 kl. 12.00"), Ok(millis("2026-07-01T10:00:00Z")));
    }

    #[test]
    fn guards_are_narrower_than_parsers() {
        let guard = Regex::new(&guard("%d.%m.%Y")).unwrap();
        assert!(guard.is_match("1.2.2026") && guard.is_match("31.12.2026"));
        for bad in ["31.12.+2026", " 31.12.2026", "31.12.26", "31x12x2026", "31.12.20261"] {
            assert!(!guard.is_match(bad), "{bad}");
        }
    }

    /// Every pattern that the check of the configuration lets through reads here what it wrote.
    #[test]
    fn patterns_that_pass_the_check_read_what_they_say() {
        use polars::prelude::{Column, DataFrame, IntoLazy};
        let sample = "2026-11-30T22:45:59[UTC]".parse::<jiff::Zoned>().unwrap();
        let letters: Vec<char> = ('a'..='z').chain('A'..='Z').chain(['%']).collect();
        let (mut days, mut times) = (0, 0);
        for flags in ["", "-", "0", "_", "^", "#", ":", "::", ".", "3", ".3"] {
            for letter in &letters {
                let day = format!("%Y-%m-%d|%{flags}{letter}");
                if config::reads_day(&day) {
                    let text = jiff::fmt::strtime::format(&day, &sample).unwrap();
                    let frame = DataFrame::new(1, vec![Column::new("a".into(), [text.as_str()])]).unwrap();
                    let read = frame.lazy().select([date("a", std::slice::from_ref(&day), false)]).collect().unwrap();
                    let read = read.column("a").unwrap().cast(&DataType::Int32).unwrap();
                    // Days from 1970-01-01 to 2026-11-30.
                    assert_eq!(read.i32().unwrap().get(0), Some(20_787), "{day}: {text}");
                    days += 1;
                }
                let time = format!("%Y-%m-%d|%H:%M:%S|%{flags}{letter}");
                if config::reads_instant(&time) {
                    let text = jiff::fmt::strtime::format(&time, &sample).unwrap();
                    let instants = Instants::new(std::slice::from_ref(&time), TimeZone::UTC, false).unwrap();
                    assert_eq!(instants.instant(&text), Ok(millis("2026-11-30T22:45:59Z")), "{time}: {text}");
                    times += 1;
                }
            }
        }
        assert!(days > 20 && times > 30, "{days} {times}");
    }
}
