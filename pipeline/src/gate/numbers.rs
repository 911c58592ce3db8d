//! Numbers of persons by their control digits: identity numbers, DUF numbers, bank accounts.
//!
//! Identity numbers follow the control digits of 1964 and of 2032 (Skatteetaten, "Nytt fødselsnummer fra 2032").

use super::forms::DIGITS;

/// Weights of the first control digit and the digit itself.
const FIRST: [u32; 10] = [3, 7, 6, 1, 8, 9, 4, 5, 2, 1];
/// Weights of the second control digit and the digit itself.
const SECOND: [u32; DIGITS] = [5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1];
/// Weights of a bank account and its control digit.
const ACCOUNT: [u32; DIGITS] = [5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1];
/// Weights of a DUF number.
const DUF: [u32; 10] = [4, 6, 3, 2, 4, 6, 3, 2, 7, 5];

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
    /// Every kind.
    pub(super) const ALL: [Self; 7] = [
        Self::Fnr,
        Self::Dnr,
        Self::HnrOrNavSynthetic,
        Self::TenorSynthetic,
        Self::Npid,
        Self::NpidSynthetic,
        Self::Fh,
    ];

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

/// The control digits that a number fulfils.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Control {
    /// Those of 1964, which stay valid.
    Old,
    /// Those that are given out from 2032 on.
    From2032,
}

/// The kind of an identity number and the rule that it fulfils; `None` if it is none.
pub(super) fn identity(digits: &[u8; DIGITS]) -> Option<(IdentityNumber, Control)> {
    let kind = plausible(digits)?;
    let control = match weigh(digits, &FIRST) % 11 {
        0 => Control::Old,
        1..=3 => Control::From2032,
        _ => return None,
    };
    (weigh(digits, &SECOND).is_multiple_of(11)).then_some((kind, control))
}

/// The kind that eleven digits may be by their date alone.
pub(super) fn plausible(digits: &[u8; DIGITS]) -> Option<IdentityNumber> {
    let &[d1, d2, m1, m2, y1, y2, ..] = digits;
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
fn is_day(day: u8, month: u8, year: u8) -> bool {
    let last = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if year.is_multiple_of(4) => 29,
        2 => 28,
        _ => 0,
    };
    (1..=last).contains(&day)
}

/// Whether eleven digits are a bank account.
pub(super) fn is_account(digits: &[u8]) -> bool {
    digits.len() == DIGITS && weigh(digits, &ACCOUNT).is_multiple_of(11) && digits.iter().any(|digit| *digit != 0)
}

/// Whether twelve digits are a DUF number: year, serial number, control digits.
pub(super) fn is_duf(digits: &[u8]) -> bool {
    let ([1, 9, ..] | [2, 0, ..]) = digits else { return false };
    let [.., tens, ones] = digits else { return false };
    digits.len() == 12 && weigh(digits, &DUF) % 11 == u32::from(tens * 10 + ones)
}

fn weigh(digits: &[u8], weights: &[u32]) -> u32 {
    digits.iter().zip(weights).map(|(digit, weight)| u32::from(*digit) * weight).sum()
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn digits(text: &str) -> Vec<u8> {
        text.bytes().filter(u8::is_ascii_digit).map(|byte| byte - b'0').collect()
    }

    #[test]
    fn the_vectors_of_accounts_and_duf_numbers() {
        type Check = fn(&[u8]) -> bool;
        let text = include_str!("../../../tests/fixtures/privacy/identifier-vectors.json");
        let vectors: Value = serde_json::from_str(text).unwrap();
        for (name, check) in [("kontonummer", is_account as Check), ("duf", is_duf as Check)] {
            for (list, expected) in [("valid", true), ("invalid", false)] {
                for value in vectors[name][list].as_array().unwrap() {
                    assert_eq!(check(&digits(value.as_str().unwrap())), expected, "{name} {value}");
                }
            }
        }
    }
}
