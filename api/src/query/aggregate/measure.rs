//! Numbers about the rows of each group, gathered batch by batch.

use std::sync::Arc;

use arrow::{
    array::{Array, StringArray},
    buffer::NullBuffer,
    error::ArrowError,
};

use super::{
    ask::Function,
    typed::{Typed, Value},
};

/// What is known of every group so far.
#[derive(Debug)]
pub(super) enum Measure {
    Rows(Vec<i64>),
    Values(Vec<i64>),
    /// Sums and numbers of whole numbers and unscaled decimals; `None` once a sum is beyond 128 bits.
    Sums(Vec<(Option<i128>, i64)>, Answer),
    /// Sums of fractions with their lost digits (Neumaier), and numbers.
    Fractions(Vec<([f64; 2], i64)>, Answer),
    /// The least or the greatest.
    Extremes(Vec<Option<Value>>, Extreme),
    /// Every value, and the percent.
    Percentiles(Vec<Vec<f64>>, u8, i32),
}

/// What is told of a sum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    Sum,
    /// The mean; of unscaled decimals, with so many digits behind the point.
    Mean(i32),
}

/// Which end of the values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Extreme {
    Least,
    Greatest,
}

/// A sum that does not fit.
#[derive(Debug)]
pub(super) struct Overflow;

impl Measure {
    /// A measure of a column whose decimals have `scale` digits; `fraction` if its values are floating point numbers.
    pub(super) fn new(function: Function, column: bool, (fraction, scale): (bool, i32)) -> Self {
        let answer = if function == Function::Sum { Answer::Sum } else { Answer::Mean(scale) };
        match function {
            Function::Count if column => Self::Values(Vec::new()),
            Function::Count => Self::Rows(Vec::new()),
            Function::Sum | Function::Avg if fraction => Self::Fractions(Vec::new(), answer),
            Function::Sum | Function::Avg => Self::Sums(Vec::new(), answer),
            Function::Min => Self::Extremes(Vec::new(), Extreme::Least),
            Function::Max => Self::Extremes(Vec::new(), Extreme::Greatest),
            Function::Percentile(percent) => Self::Percentiles(Vec::new(), percent, scale),
        }
    }

    /// Bytes held, about.
    pub(super) fn bytes(&self) -> usize {
        match self {
            Self::Rows(counts) | Self::Values(counts) => counts.len() * 8,
            Self::Sums(sums, _) => sums.len() * 48,
            Self::Fractions(sums, _) => sums.len() * 24,
            Self::Extremes(values, _) => values.len() * 48,
            Self::Percentiles(values, ..) => values.iter().map(|values| 24 + 8 * values.capacity()).sum(),
        }
    }

    /// Looks at the rows of a batch: the column's values and the group of each row, of which there are `count` by now.
    pub(super) fn push(&mut self, array: Option<&dyn Array>, groups: &[u32], count: usize) -> Result<(), ArrowError> {
        self.widen(count);
        let Some(array) = array else {
            if let Self::Rows(counts) = self {
                each(counts, groups, None, |count, _| *count += 1);
            }
            return Ok(());
        };
        let (typed, nulls) = match self {
            // Of geometries, too, no value is looked at.
            Self::Values(counts) => {
                each(counts, groups, array.nulls(), |count, _| *count += 1);
                return Ok(());
            }
            _ => Typed::of(array)?,
        };
        match self {
            Self::Rows(_) | Self::Values(_) => {}
            Self::Sums(sums, _) => add(sums, groups, nulls, &typed),
            Self::Fractions(sums, _) => {
                if let Typed::Fraction(values) = typed {
                    each(sums, groups, nulls, |(sum, count), row| {
                        neumaier(sum, values.get(row).copied().unwrap_or_default());
                        *count += 1;
                    });
                }
            }
            Self::Extremes(extremes, end) => extreme(extremes, groups, nulls, (&typed, *end)),
            Self::Percentiles(all, _, scale) => {
                let unit = 10f64.powi(*scale);
                each(all, groups, nulls, |values, row| values.extend(number(&typed, row, unit)));
            }
        }
        Ok(())
    }

    fn widen(&mut self, count: usize) {
        match self {
            Self::Rows(counts) | Self::Values(counts) => counts.resize(count, 0),
            Self::Sums(sums, _) => sums.resize(count, (Some(0), 0)),
            Self::Fractions(sums, _) => sums.resize(count, ([0.0; 2], 0)),
            Self::Extremes(values, _) => values.resize(count, None),
            Self::Percentiles(values, ..) => values.resize(count, Vec::new()),
        }
    }

    /// The number of each of `count` groups; `decimal` where sums are unscaled decimals.
    pub(super) fn finish(mut self, count: usize, decimal: bool) -> Result<Vec<Option<Value>>, Overflow> {
        self.widen(count);
        Ok(match self {
            Self::Rows(counts) | Self::Values(counts) => counts.into_iter().map(|n| Some(Value::Whole(n))).collect(),
            Self::Sums(sums, answer) => {
                sums.into_iter().map(|sum| summed(sum, answer, decimal)).collect::<Result<_, _>>()?
            }
            Self::Fractions(sums, answer) => sums.into_iter().map(|sum| fraction(sum, answer)).collect(),
            Self::Extremes(values, _) => values,
            Self::Percentiles(all, percent, _) => {
                all.into_iter().map(|values| percentile(values, percent).map(Value::Fraction)).collect()
            }
        })
    }
}

/// Calls for every row with a value: the state of its group, the row.
fn each<S>(states: &mut [S], groups: &[u32], nulls: Option<&NullBuffer>, mut call: impl FnMut(&mut S, usize)) {
    for (row, group) in groups.iter().enumerate() {
        if nulls.is_some_and(|nulls| nulls.is_null(row)) {
            continue;
        }
        if let Some(state) = states.get_mut(*group as usize) {
            call(state, row);
        }
    }
}

fn add(sums: &mut [(Option<i128>, i64)], groups: &[u32], nulls: Option<&NullBuffer>, typed: &Typed<'_>) {
    let one = |(sum, count): &mut (Option<i128>, i64), value: i128| {
        *sum = sum.and_then(|sum| sum.checked_add(value));
        *count += 1;
    };
    match typed {
        Typed::Whole(values) => {
            each(sums, groups, nulls, |state, row| one(state, values.get(row).copied().unwrap_or_default().into()));
        }
        Typed::Decimal(values) => {
            each(sums, groups, nulls, |state, row| one(state, values.get(row).copied().unwrap_or_default()));
        }
        Typed::Fraction(_) | Typed::Text(_) => {}
    }
}

/// Adds, keeping what rounding loses (Neumaier 1974), so that the order of rows hardly shows.
fn neumaier([sum, lost]: &mut [f64; 2], value: f64) {
    let next = *sum + value;
    *lost += if sum.abs() >= value.abs() { (*sum - next) + value } else { (value - next) + *sum };
    *sum = next;
}

fn extreme(
    extremes: &mut [Option<Value>],
    groups: &[u32],
    nulls: Option<&NullBuffer>,
    (typed, end): (&Typed<'_>, Extreme),
) {
    if let Typed::Text(texts) = typed {
        each(extremes, groups, nulls, |known, row| text_extreme(known, texts, row, end));
        return;
    }
    each(extremes, groups, nulls, |known, row| {
        let value = match typed {
            Typed::Whole(values) => values.get(row).map(|value| Value::Whole(*value)),
            Typed::Decimal(values) => values.get(row).map(|value| Value::Decimal(*value)),
            Typed::Fraction(values) => values.get(row).map(|value| Value::Fraction(*value)),
            Typed::Text(_) => None,
        };
        let Some(value) = value else { return };
        let further = known.as_ref().is_none_or(|known| match end {
            Extreme::Least => value < *known,
            Extreme::Greatest => value > *known,
        });
        if further {
            *known = Some(value);
        }
    });
}

/// Texts are compared before they are kept.
fn text_extreme(known: &mut Option<Value>, texts: &StringArray, row: usize, end: Extreme) {
    let text = texts.value(row);
    let further = match known {
        Some(Value::Text(known)) => match end {
            Extreme::Least => text < &**known,
            Extreme::Greatest => text > &**known,
        },
        _ => true,
    };
    if further {
        *known = Some(Value::Text(Arc::from(text)));
    }
}

#[expect(clippy::cast_precision_loss, reason = "percentiles are told as floating point numbers")]
fn number(typed: &Typed<'_>, row: usize, unit: f64) -> Option<f64> {
    match typed {
        Typed::Whole(values) => values.get(row).map(|value| *value as f64),
        Typed::Decimal(values) => values.get(row).map(|value| *value as f64 / unit),
        Typed::Fraction(values) => values.get(row).copied(),
        Typed::Text(_) => None,
    }
}

#[expect(clippy::cast_precision_loss, reason = "means are told as floating point numbers")]
fn summed((sum, count): (Option<i128>, i64), answer: Answer, decimal: bool) -> Result<Option<Value>, Overflow> {
    if count == 0 {
        return Ok(None);
    }
    let sum = sum.ok_or(Overflow)?;
    Ok(Some(match answer {
        Answer::Mean(scale) => Value::Fraction(sum as f64 / count as f64 / 10f64.powi(scale)),
        Answer::Sum if decimal => Value::Decimal(sum),
        Answer::Sum => Value::Whole(i64::try_from(sum).map_err(|_| Overflow)?),
    }))
}

/// `None` where there is nothing, or the sum is beyond all numbers.
#[expect(clippy::cast_precision_loss, reason = "means are told as floating point numbers")]
fn fraction(([sum, lost], count): ([f64; 2], i64), answer: Answer) -> Option<Value> {
    let sum = sum + lost;
    let number = match answer {
        Answer::Sum => sum,
        Answer::Mean(_) => sum / count as f64,
    };
    (count > 0 && number.is_finite()).then_some(Value::Fraction(number))
}

/// Interpolated between neighbours (Hyndman and Fan, type 7), as most programs do.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "places in a list that is in memory"
)]
fn percentile(mut values: Vec<f64>, percent: u8) -> Option<f64> {
    let place = values.len().checked_sub(1)? as f64 * f64::from(percent) / 100.0;
    let below = place.floor() as usize;
    let (_, low, above) = values.select_nth_unstable_by(below, f64::total_cmp);
    let low = *low;
    let high = above.iter().copied().min_by(f64::total_cmp).unwrap_or(low);
    Some(low + (high - low) * place.fract())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_lie_between_neighbours() {
        let values = vec![4.0, 1.0, 3.0, 2.0];
        for (percent, expected) in [(50, 2.5), (25, 1.75), (1, 1.03), (99, 3.97)] {
            let found = percentile(values.clone(), percent).unwrap();
            assert!((found - expected).abs() < 1e-12, "{percent}: {found}");
        }
        assert_eq!(percentile(vec![], 50), None);
        assert_eq!(percentile(vec![7.0], 90), Some(7.0));
    }

    #[test]
    fn sums_of_fractions_lose_nothing() {
        let mut sum = [0.0; 2];
        for value in [1e100, 1.0, -1e100] {
            neumaier(&mut sum, value);
        }
        assert_eq!(fraction((sum, 3), Answer::Sum), Some(Value::Fraction(1.0)));
        assert_eq!(fraction(([f64::INFINITY, 0.0], 3), Answer::Sum), None);
    }

    #[test]
    fn sums_that_do_not_fit_are_no_numbers() {
        assert!(summed((None, 2), Answer::Sum, true).is_err());
        assert!(summed((Some(i128::from(i64::MAX) + 1), 2), Answer::Sum, false).is_err());
        assert_eq!(summed((Some(150), 2), Answer::Mean(2), true).unwrap(), Some(Value::Fraction(0.75)));
        assert_eq!(summed((Some(0), 0), Answer::Sum, true).unwrap(), None);
    }
}
