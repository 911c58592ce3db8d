//! Rules on all rows together: values that are there once, values of another dataset, sums, age.

use std::{collections::HashSet, sync::Arc};

use arrow::{
    array::{Array, AsArray},
    compute::{cast, max},
    datatypes::{DataType, Date32Type, TimestampMillisecondType},
    record_batch::RecordBatch,
};
use config::{Bound, Check, ColumnName, UNIT};
use jiff::civil::Date;

use super::{
    Broken, Quality, References,
    evaluate::{days, numbers},
    references::Known,
    row::{not_read, note},
};
use crate::{Result, normalise::Keys};

/// Values that are held against each other; of more, the first.
const MOST_VALUES: usize = 8_000_000;
const DAY_MILLIS: i64 = 86_400_000;

/// A rule on all rows.
#[derive(Debug)]
pub(super) struct WholeRule {
    broken: Broken,
    state: State,
}

#[derive(Debug)]
enum State {
    Unique { keys: Keys, seen: HashSet<u128>, full: bool },
    References { column: ColumnName, known: Arc<Known> },
    Sum { column: ColumnName, sum: Option<i128>, least: Option<i128>, most: Option<i128> },
    Age { column: ColumnName, newest: Option<i64>, oldest_allowed: i64 },
}

impl WholeRule {
    /// The rules of one check that are about all rows.
    pub(super) fn of((index, check): (usize, &Check), references: &References, today: Date) -> Vec<Self> {
        let mut rules = Vec::new();
        let rule = |code, column: Option<&ColumnName>, words: String, state| {
            let column = column.map(ToString::to_string);
            Self { broken: Broken { code, check: index, column, rule: words, rows: 0, places: Vec::new() }, state }
        };
        let names: Vec<ColumnName> = check.named().cloned().collect();
        if check.unique {
            let words = names.iter().map(ColumnName::as_str).collect::<Vec<_>>().join(", ");
            let state = State::Unique { keys: Keys::new(&names), seen: HashSet::new(), full: false };
            rules.push(rule("check-unique", names.first(), format!("{words} is there once"), state));
        }
        let Some(column) = &check.column else { return rules };
        if let Some(reference) = &check.references {
            let words = format!("{column} is one of {} in dataset {}", reference.column, reference.dataset);
            let state = State::References { column: column.clone(), known: references.known(reference) };
            rules.push(rule("check-reference", Some(column), words, state));
        }
        if check.min_sum.is_some() || check.max_sum.is_some() {
            let (least, most) = (check.min_sum.as_ref(), check.max_sum.as_ref());
            let words = format!("the sum of {column} lies {}", between(least, most));
            let (least, most) = (least.and_then(amount), most.and_then(amount));
            rules.push(rule(
                "check-sum",
                Some(column),
                words,
                State::Sum { column: column.clone(), sum: Some(0), least, most },
            ));
        }
        if let Some(age) = check.max_age_days {
            let words = format!("the newest {column} is at most {age} days old");
            let oldest_allowed = days(today).saturating_sub(age.into());
            let state = State::Age { column: column.clone(), newest: None, oldest_allowed };
            rules.push(rule("check-age", Some(column), words, state));
        }
        rules
    }

    pub(super) fn push(&mut self, at: (&str, &[u64]), rows: &RecordBatch) -> Result<()> {
        let column = |name: &ColumnName| rows.column_by_name(name.as_str()).ok_or_else(|| not_read(name));
        match &mut self.state {
            State::Unique { keys, seen, full } => {
                let mut repeats = Vec::with_capacity(rows.num_rows());
                for key in keys.of(rows)? {
                    *full |= seen.len() >= MOST_VALUES;
                    repeats.push(match key {
                        Some(key) if *full => seen.contains(&key),
                        Some(key) => !seen.insert(key),
                        None => false,
                    });
                }
                note(&mut self.broken, at, repeats.into_iter());
            }
            State::References { column: name, known } => {
                if let Known::Values(values) = &**known {
                    let texts = cast(column(name)?, &DataType::Utf8).map_err(super::super::normalise::internal)?;
                    let texts = texts.as_string::<i32>();
                    note(
                        &mut self.broken,
                        at,
                        texts.iter().map(|text| text.is_some_and(|text| !values.contains(text))),
                    );
                }
            }
            State::Sum { column: name, sum, .. } => {
                for number in numbers(column(name)?).ok_or_else(|| not_read(name))?.into_iter().flatten() {
                    *sum = sum.and_then(|sum| sum.checked_add(number));
                }
            }
            State::Age { column: name, newest, .. } => *newest = (*newest).max(newest_day(column(name)?)),
        }
        Ok(())
    }

    /// Adds what it found.
    pub(super) fn finish(mut self, quality: &mut Quality) {
        let check = self.broken.check;
        let fails = match &self.state {
            State::Unique { full, .. } => {
                if *full {
                    let reason = format!("only the first {MOST_VALUES} values were held against each other");
                    quality.not_checked.push((check, reason));
                }
                false
            }
            State::References { known, .. } => {
                if let Known::Nothing(reason) = &**known {
                    quality.not_checked.push((check, reason.clone()));
                }
                false
            }
            State::Sum { sum, least, most, .. } => {
                sum.is_none_or(|sum| least.is_some_and(|least| sum < least) || most.is_some_and(|most| sum > most))
            }
            State::Age { newest, oldest_allowed, .. } => newest.is_none_or(|newest| newest < *oldest_allowed),
        };
        self.broken.rows += u64::from(fails);
        if self.broken.rows > 0 {
            quality.broken.push(self.broken);
        }
    }
}

/// The newest day in an array of days or instants, as days since 1970-01-01.
fn newest_day(array: &dyn Array) -> Option<i64> {
    if let Some(days) = array.as_primitive_opt::<Date32Type>() {
        return max(days).map(i64::from);
    }
    max(array.as_primitive_opt::<TimestampMillisecondType>()?).map(|millis| millis.div_euclid(DAY_MILLIS))
}

#[expect(clippy::cast_possible_truncation, reason = "a cast of a number that is too great gives the greatest")]
fn amount(bound: &Bound) -> Option<i128> {
    match bound {
        Bound::Integer(number) => i128::from(*number).checked_mul(UNIT),
        Bound::Number(number) => Some((number * 1e9).round() as i128),
        Bound::Text(_) => None,
    }
}

fn between(least: Option<&Bound>, most: Option<&Bound>) -> String {
    match (least, most) {
        (Some(least), Some(most)) => format!("between {} and {}", least.literal(), most.literal()),
        (Some(least), None) => format!("at {} or above", least.literal()),
        (None, Some(most)) => format!("at {} or below", most.literal()),
        (None, None) => String::new(),
    }
}
