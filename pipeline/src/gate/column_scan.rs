//! What the privacy gate counts in one column.

use std::collections::BTreeMap;

use arrow::{
    array::{Array, AsArray},
    datatypes::{DataType, Decimal128Type, Float64Type, Int64Type},
};

use super::identity::{IdentityNumber, check, find_identity_numbers, plausible};
use crate::{Error, Result};

/// Row numbers that a finding lists at the most.
pub(super) const LISTED_ROWS: usize = 20;
/// Bytes before a number in which a word may tell what it is.
const CONTEXT: usize = 40;
/// Words that tell that a number is a person's.
const WORDS: [&str; 10] =
    ["fnr", "f.nr", "pnr", "dnr", "fødsels", "fodsels", "personn", "d-nummer", "hjelpenummer", "fh-nummer"];
/// Dates that a column of system numbers must show before chance is a better explanation than persons.
const ENOUGH_DATES: u64 = 100;
/// Share of numbers with a right date whose control digits are right by chance: 4/11 · 1/11.
const CHANCE: f64 = 4.0 / 121.0;
/// Probability below which a count is no chance.
const IMPROBABLE: f64 = 1e-6;

/// A number that was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Hit {
    /// Row of the batch.
    pub(super) row: usize,
    /// Its kind.
    pub(super) kind: IdentityNumber,
    /// Whether the row must not be published.
    pub(super) grave: bool,
}

/// How often a kind was found, and where first.
#[derive(Debug, Default)]
pub(super) struct Tally {
    /// Cells.
    pub(super) count: u64,
    /// First rows of the published table.
    pub(super) rows: Vec<u64>,
}

/// What was seen in one column. Keeps no value.
#[derive(Debug)]
pub(super) struct ColumnScan {
    /// The published name.
    pub(super) name: String,
    /// Findings by kind and gravity.
    pub(super) found: BTreeMap<(IdentityNumber, bool), Tally>,
    values: u64,
    bare: u64,
    dated: u64,
    grave: u64,
}

impl ColumnScan {
    /// A column that was not looked at yet.
    pub(super) fn new(name: &str) -> Self {
        Self { name: name.to_owned(), found: BTreeMap::new(), values: 0, bare: 0, dated: 0, grave: 0 }
    }

    /// Looks at every cell of a batch.
    pub(super) fn look(&mut self, cells: &dyn Array) -> Result<Vec<Hit>> {
        self.values += (cells.len() - cells.null_count()) as u64;
        let mut hits = Vec::new();
        match cells.data_type() {
            DataType::Utf8 => {
                for (row, text) in cells.as_string::<i32>().iter().enumerate() {
                    self.text(row, text.unwrap_or_default(), &mut hits);
                }
            }
            DataType::Int64 => {
                for (row, value) in cells.as_primitive::<Int64Type>().iter().enumerate() {
                    hits.extend(self.number(row, value.and_then(|value| u64::try_from(value).ok())));
                }
            }
            DataType::Float64 => {
                for (row, value) in cells.as_primitive::<Float64Type>().iter().enumerate() {
                    hits.extend(self.number(row, value.and_then(whole)));
                }
            }
            DataType::Decimal128(_, scale) => {
                for (row, value) in cells.as_primitive::<Decimal128Type>().iter().enumerate() {
                    hits.extend(self.number(row, value.and_then(|value| whole_decimal(value, *scale))));
                }
            }
            DataType::Boolean | DataType::Date32 | DataType::Timestamp(..) | DataType::Binary => {}
            other => return Err(Error::Internal(format!("the privacy gate cannot look into {other}"))),
        }
        self.grave += hits.iter().filter(|hit| hit.grave).count() as u64;
        Ok(hits)
    }

    fn text(&mut self, row: usize, text: &str, hits: &mut Vec<Hit>) {
        if text.len() == 11 && text.bytes().all(|byte| byte.is_ascii_digit()) {
            self.count_bare(&text.bytes().map(|byte| u32::from(byte - b'0')).collect::<Vec<_>>());
        }
        for (range, kind) in find_identity_numbers(text) {
            // An FH-number has no date: a third of all bank accounts that begin with 8 or 9 look like one.
            let grave = kind != IdentityNumber::Fh || speaks_of_persons(&self.name) || context(text, range.start);
            hits.push(Hit { row, kind, grave });
        }
    }

    /// A number of eleven digits, or of ten where a leading zero was lost.
    fn number(&mut self, row: usize, value: Option<u64>) -> Option<Hit> {
        let value = value.filter(|value| (1_000_000_000..100_000_000_000).contains(value))?;
        let digits: Vec<u32> = format!("{value:011}").chars().filter_map(|c| c.to_digit(10)).collect();
        self.count_bare(&digits);
        let kind = check(&digits)?;
        let lost_zero = value < 10_000_000_000;
        let grave = kind != IdentityNumber::Fh || speaks_of_persons(&self.name);
        (!lost_zero || kind == IdentityNumber::Fnr).then_some(Hit { row, kind, grave })
    }

    fn count_bare(&mut self, digits: &[u32]) {
        self.bare += 1;
        self.dated += u64::from(plausible(digits).is_some_and(|kind| kind != IdentityNumber::Fh));
    }

    /// True for a column of long system numbers of which no more have right control digits than chance gives.
    pub(super) fn is_chance(&self) -> bool {
        let of_numbers = self.bare.saturating_mul(20) >= self.values.saturating_mul(19);
        let numbers_only = self.grave <= self.dated;
        let persons = speaks_of_persons(&self.name);
        of_numbers && numbers_only && !persons && self.dated >= ENOUGH_DATES && likely(self.grave, self.dated)
    }
}

/// Whether `hits` or more of `dated` numbers by chance is not improbable (Poisson).
#[expect(clippy::cast_precision_loss, reason = "counts of rows are far below 2^52")]
fn likely(hits: u64, dated: u64) -> bool {
    let mean = dated as f64 * CHANCE;
    if mean > 500.0 {
        // Normal approximation; 4.75 standard deviations have the same tail.
        return (hits as f64) < mean + 4.75 * mean.sqrt();
    }
    let mut term = (-mean).exp();
    let mut below = 0.0;
    for k in 0..hits {
        below += term;
        term *= mean / (k as f64 + 1.0);
    }
    1.0 - below >= IMPROBABLE
}

fn speaks_of_persons(text: &str) -> bool {
    WORDS.iter().any(|word| text.contains(word))
}

/// Whether a word shortly before a place tells that a person's number follows.
fn context(text: &str, place: usize) -> bool {
    let mut from = place.saturating_sub(CONTEXT);
    while !text.is_char_boundary(from) {
        from += 1;
    }
    text.get(from..place).is_some_and(|before| speaks_of_persons(&before.to_lowercase()))
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole and below 10^11 by the test before")]
fn whole(value: f64) -> Option<u64> {
    ((1e9..1e11).contains(&value) && value.fract() == 0.0).then_some(value as u64)
}

fn whole_decimal(value: i128, scale: i8) -> Option<u64> {
    let unit = 10_i128.checked_pow(u32::try_from(scale).ok()?)?;
    (value % unit == 0).then(|| u64::try_from(value / unit).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chance_explains_few_hits_only() {
        for (hits, dated, expected) in [(3, 100, true), (15, 100, true), (16, 100, false), (100, 100, false)] {
            assert_eq!(likely(hits, dated), expected, "{hits} of {dated}");
        }
        assert!(likely(3300, 100_000) && !likely(3700, 100_000));
    }

    #[test]
    fn words_before_a_number_count() {
        assert!(context("Felles hjelpenummer: 9", 21));
        assert!(!context("konto 9, fnr", 6));
        assert!(!context(&format!("fnr {} 9", "ø".repeat(40)), 85));
    }
}
