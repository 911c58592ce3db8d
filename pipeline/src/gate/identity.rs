//! Norwegian national identity numbers in text: fødselsnummer, D-number and the synthetic series, under the control
//! digits of 1964 and of 2032 (Skatteetaten, "Nytt fødselsnummer fra 2032").

use std::ops::Range;

/// Weights of the first control digit and the digit itself.
const FIRST: [u32; 10] = [3, 7, 6, 1, 8, 9, 4, 5, 2, 1];
/// Weights of the second control digit and the digit itself.
const SECOND: [u32; 11] = [5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1];
/// Digits of an identity number.
const DIGITS: usize = 11;
/// Hexadecimal digits in a row from which on they are a hash and no text.
const HASH: usize = 24;
/// Ways to write the first six digits; `s` is any separator, `p` a blank or a dot, `b` a blank, `h` any but a dot.
const DATES: [&str; 4] = ["dddddd", "ddddddh", "ddsddsdd", "ddsddsdds"];
/// Ways to write the last five.
const SERIALS: [&str; 2] = ["ddddd", "dddbdd"];
/// As a bank account: four, two, five.
const ACCOUNT: &str = "ddddpddpddddd";

/// A kind of identity number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum IdentityNumber {
    /// Fødselsnummer.
    Fnr,
    /// D-number: day + 40.
    Dnr,
    /// H-number, or NAV's synthetic series: month + 40.
    HnrOrNavSynthetic,
    /// Tenor's synthetic series: month + 80.
    TenorSynthetic,
    /// NPID: month + 20.
    Npid,
    /// NPID, synthetic: month + 60.
    NpidSynthetic,
    /// FH-number: first digit 8 or 9.
    Fh,
}

impl IdentityNumber {
    /// The kind in words.
    pub fn name(self) -> &'static str {
        match self {
            Self::Fnr => "national identity number",
            Self::Dnr => "D-number",
            Self::HnrOrNavSynthetic => "H-number or synthetic number (month + 40)",
            Self::TenorSynthetic => "synthetic number (month + 80)",
            Self::Npid => "NPID",
            Self::NpidSynthetic => "synthetic NPID",
            Self::Fh => "FH-number",
        }
    }
}

/// A character that counts: white space and signs made uniform, characters without width left out.
#[derive(Debug, Clone, Copy)]
struct Sign {
    /// ASCII digit, ASCII letter, one of ` .-/`, or 0 for anything else.
    byte: u8,
    start: usize,
    end: usize,
}

/// Every identity number in a text: byte ranges and kinds, in order. Takes time in proportion to the text.
///
/// Digits may be glued to letters and split by blanks, dots, hyphens or slashes as people do; digits before or after,
/// UUIDs and long hexadecimal runs are no identity numbers.
pub fn find_identity_numbers(text: &str) -> Vec<(Range<usize>, IdentityNumber)> {
    // Digits of other scripts are not ASCII.
    if text.bytes().filter(|byte| byte.is_ascii_digit() || !byte.is_ascii()).count() < DIGITS {
        return Vec::new();
    }
    let signs = signs(text);
    let hidden = hidden(&signs);
    let mut found = Vec::new();
    let mut after_digit = false;
    for start in 0..signs.len() {
        let digit = is_digit(&signs, start);
        let free = digit && !after_digit && !hidden.get(start).copied().unwrap_or(false);
        after_digit = digit;
        if let Some((end, kind)) = free.then(|| candidate(&signs, start)).flatten() {
            found.extend(range(&signs, start, end).map(|range| (range, kind)));
        }
    }
    found
}

/// The kind of an identity number of exactly eleven digits, by date and control digits; `None` if it is none.
pub(super) fn check(digits: &[u32]) -> Option<IdentityNumber> {
    let kind = plausible(digits)?;
    let first = weigh(digits, &FIRST) % 11;
    let second = weigh(digits, &SECOND) % 11;
    // Remainders 1 to 3 are valid from 2032 on; old numbers stay valid.
    (first <= 3 && second == 0).then_some(kind)
}

/// The kind that eleven digits may be by their date alone.
pub(super) fn plausible(digits: &[u32]) -> Option<IdentityNumber> {
    let &[d1, d2, m1, m2, y1, y2, _, _, _, _, _] = digits else { return None };
    if d1 >= 8 {
        return Some(IdentityNumber::Fh);
    }
    let (day, month) = ((d1 % 4) * 10 + d2, m1 * 10 + m2);
    let kind = match (month / 20, d1 >= 4) {
        (0, false) => IdentityNumber::Fnr,
        (0, true) => IdentityNumber::Dnr,
        (1, _) => IdentityNumber::Npid,
        (2, _) => IdentityNumber::HnrOrNavSynthetic,
        (3, _) => IdentityNumber::NpidSynthetic,
        _ => IdentityNumber::TenorSynthetic,
    };
    is_day(day, month % 20, y1 * 10 + y2).then_some(kind)
}

/// A day that is there in any century: since 2032 the number no longer tells which one.
fn is_day(day: u32, month: u32, year: u32) -> bool {
    let last = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if year.is_multiple_of(4) => 29,
        2 => 28,
        _ => 0,
    };
    (1..=last).contains(&day)
}

fn weigh(digits: &[u32], weights: &[u32]) -> u32 {
    digits.iter().zip(weights).map(|(digit, weight)| digit * weight).sum()
}

fn is_digit(signs: &[Sign], at: usize) -> bool {
    signs.get(at).is_some_and(|sign| sign.byte.is_ascii_digit())
}

/// The identity number that begins at a place, and the place after it.
fn candidate(signs: &[Sign], start: usize) -> Option<(usize, IdentityNumber)> {
    let dated = DATES.iter().flat_map(|date| SERIALS.iter().map(move |serial| [*date, *serial]));
    let mut digits = Vec::with_capacity(DIGITS);
    dated.chain([[ACCOUNT, ""]]).find_map(|[date, serial]| {
        digits.clear();
        let end = follow(signs, start, date, &mut digits)?;
        let end = follow(signs, end, serial, &mut digits)?;
        let kind = check(&digits)?;
        (!is_digit(signs, end)).then_some((end, kind))
    })
}

/// Follows a way of writing; the place after it.
fn follow(signs: &[Sign], start: usize, shape: &str, digits: &mut Vec<u32>) -> Option<usize> {
    let mut at = start;
    for want in shape.bytes() {
        let byte = signs.get(at)?.byte;
        let fits = match want {
            b'd' => byte.is_ascii_digit(),
            b's' => matches!(byte, b' ' | b'.' | b'-' | b'/'),
            b'h' => matches!(byte, b' ' | b'-' | b'/'),
            b'p' => matches!(byte, b' ' | b'.'),
            _ => byte == b' ',
        };
        if !fits {
            return None;
        }
        if want == b'd' {
            digits.push(u32::from(byte - b'0'));
        }
        at += 1;
    }
    Some(at)
}

fn range(signs: &[Sign], start: usize, end: usize) -> Option<Range<usize>> {
    Some(signs.get(start)?.start..signs.get(end.checked_sub(1)?)?.end)
}

fn signs(text: &str) -> Vec<Sign> {
    let sign = |(start, c): (usize, char)| Some(Sign { byte: uniform(c)?, start, end: start + c.len_utf8() });
    text.char_indices().filter_map(sign).collect()
}

/// One ASCII character for all that look or mean the same; `None` for characters without width.
fn uniform(c: char) -> Option<u8> {
    let byte = match c {
        '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{feff}' => {
            return None;
        }
        '\t' | ' ' | '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}' => b' ',
        '-' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe58}' | '\u{fe63}' | '\u{ff0d}' => b'-',
        '.' | '\u{2024}' | '\u{fe52}' | '\u{ff0e}' => b'.',
        '/' | '\u{2044}' | '\u{2215}' | '\u{ff0f}' => b'/',
        c if c.is_ascii_alphanumeric() => u8::try_from(c).unwrap_or(0),
        c => foreign_digit(c).unwrap_or(0),
    };
    Some(byte)
}

/// ASCII digit for a full-width, mathematical, Arabic or Persian one.
fn foreign_digit(c: char) -> Option<u8> {
    let code = u32::from(c);
    let value = match c {
        '\u{ff10}'..='\u{ff19}' => code - 0xff10,
        '\u{1d7ce}'..='\u{1d7ff}' => (code - 0x1d7ce) % 10,
        '\u{660}'..='\u{669}' => code - 0x660,
        '\u{6f0}'..='\u{6f9}' => code - 0x6f0,
        _ => return None,
    };
    u8::try_from(value).ok().map(|value| b'0' + value)
}

/// For each sign whether it is inside a UUID or a long hexadecimal run.
fn hidden(signs: &[Sign]) -> Vec<bool> {
    let mut hidden = vec![false; signs.len()];
    let mut run = 0;
    for at in 0..=signs.len() {
        if signs.get(at).is_some_and(|sign| sign.byte.is_ascii_hexdigit()) {
            run += 1;
            continue;
        }
        if run >= HASH {
            hide(&mut hidden, at - run, at);
        } else if run >= 12 {
            // The last group of a UUID has twelve digits; before it stand `8-4-4-4-`.
            let uuid = (at - run + 12).checked_sub(36).filter(|start| is_uuid(signs, *start));
            if let Some(start) = uuid {
                hide(&mut hidden, start, start + 36);
            }
        }
        run = 0;
    }
    hidden
}

fn hide(hidden: &mut [bool], start: usize, end: usize) {
    if let Some(part) = hidden.get_mut(start..end) {
        part.fill(true);
    }
}

fn is_uuid(signs: &[Sign], start: usize) -> bool {
    let Some(part) = signs.get(start..start + 36) else { return false };
    part.iter().enumerate().all(|(place, sign)| match place {
        8 | 13 | 18 | 23 => sign.byte == b'-',
        _ => sign.byte.is_ascii_hexdigit(),
    })
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    fn vectors() -> Value {
        let text = include_str!("../../../tests/fixtures/privacy/identifier-vectors.json");
        serde_json::from_str::<Value>(text).unwrap()["nationalId"].take()
    }

    fn list(value: &Value) -> &Vec<Value> {
        value.as_array().unwrap()
    }

    #[test]
    fn every_valid_number_is_found_with_its_kind() {
        let vectors = vectors();
        assert_eq!(list(&vectors["valid"]).len(), 38);
        for case in list(&vectors["valid"]) {
            let kind = match case["kind"].as_str().unwrap() {
                "FNR" => IdentityNumber::Fnr,
                "DNR" => IdentityNumber::Dnr,
                "NPID" => IdentityNumber::Npid,
                "HNR_OR_NAV_SYNTH" => IdentityNumber::HnrOrNavSynthetic,
                "NPID_SYNTH" => IdentityNumber::NpidSynthetic,
                "TENOR_SYNTH" => IdentityNumber::TenorSynthetic,
                "FH" => IdentityNumber::Fh,
                other => panic!("{other}"),
            };
            assert_eq!(find_identity_numbers(case["value"].as_str().unwrap()), [(0..11, kind)], "{case}");
        }
    }

    #[test]
    fn no_invalid_number_is_found() {
        let vectors = vectors();
        assert_eq!(list(&vectors["invalid"]).len(), 10);
        for case in list(&vectors["invalid"]) {
            assert_eq!(find_identity_numbers(case["value"].as_str().unwrap()), [], "{case}");
        }
    }

    #[test]
    fn texts_hit_as_the_vectors_say() {
        let vectors = vectors();
        assert_eq!(list(&vectors["text"]).len(), 18);
        for case in list(&vectors["text"]) {
            let hit = !find_identity_numbers(case["text"].as_str().unwrap()).is_empty();
            assert_eq!(hit, case["hit"].as_bool().unwrap(), "{case}");
        }
    }

    #[test]
    fn ranges_are_bytes_of_the_text() {
        let text = "født: 311239\u{200b}70082, og 12 34 31 12 39 70082.";
        let found = find_identity_numbers(text);
        let parts: Vec<&str> = found.iter().map(|(range, _)| &text[range.clone()]).collect();
        assert_eq!(parts, ["311239\u{200b}70082", "31 12 39 70082"]);
    }

    #[test]
    fn time_grows_with_the_text() {
        let mut hostile = vec!["31123970082".repeat(95_000), "3112 ".repeat(200_000), "31-12-39-7".repeat(100_000)];
        hostile.push("a1b2c3d4-".repeat(110_000));
        hostile.push("311239\u{200b}".repeat(110_000));
        for text in hostile {
            let start = Instant::now();
            find_identity_numbers(&text);
            assert!(start.elapsed() < Duration::from_secs(8), "{:?}", start.elapsed());
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_text_is_survived_and_ranges_are_right(text in "[0-9 ./\\-a-fø\u{200b}\u{ff11}]{0,60}") {
            for (range, _) in find_identity_numbers(&text) {
                prop_assert!(text.get(range).is_some());
            }
        }

        #[test]
        fn a_number_is_found_in_any_words(before in "[g-zæøå ,:]{0,20}", after in "[g-zæøå ,:]{0,20}") {
            let text = format!("{before}31923970048{after}");
            prop_assert_eq!(find_identity_numbers(&text).len(), 1);
        }
    }
}
