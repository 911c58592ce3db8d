//! Gaps in a column that counts, in memory that does not grow with the rows.

use std::collections::BTreeMap;

use arrow::{
    array::{Array, ArrayRef, AsArray},
    datatypes::Int64Type,
    record_batch::RecordBatch,
    util::display::array_value_to_string,
};
use catalog::version::{SequenceGap, SequenceGaps};
use config::{ColumnName, Sequence};
use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// Numbers in a block, one bit each.
const BLOCK: i64 = 4096;
/// Words of a block.
const WORDS: usize = 64;
/// Most blocks (512 bytes each); numbers that lie too far apart are not looked at.
const MOST_BLOCKS: usize = 1 << 16;
/// Gaps that are listed.
const LISTED: usize = 100;
/// Most ranges that are told apart; numbers that lie more scattered are not remembered.
const MOST_RANGES: usize = 20_000;

/// The numbers that were seen in one file: for each series the first and last of those in a row.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Numbers {
    too_sparse: bool,
    series: Vec<(Option<String>, Ranges)>,
}

/// The first and last of numbers in a row.
type Ranges = Vec<(i64, i64)>;

/// The numbers that were seen.
#[derive(Debug)]
pub(crate) struct SequenceCheck {
    declared: Sequence,
    blocks: BTreeMap<Place, Block>,
    /// The block of the last number: the next one is most often in it too.
    open: Option<(Place, Block)>,
    too_sparse: bool,
}

/// A series and a block of its numbers.
type Place = (Option<String>, i64);
type Block = [u64; WORDS];

impl SequenceCheck {
    /// Nothing seen yet.
    pub(crate) fn new(declared: &Sequence) -> Self {
        Self { declared: declared.clone(), blocks: BTreeMap::new(), open: None, too_sparse: false }
    }

    /// Takes the numbers of a batch.
    ///
    /// # Errors
    /// `Internal` if a declared column is missing.
    pub(crate) fn push(&mut self, rows: &RecordBatch) -> Result<()> {
        let column = |name: &ColumnName| {
            let array = rows.column_by_name(name.as_str());
            array.ok_or_else(|| Error::Internal(format!("column '{name}' was not normalised")))
        };
        let numbers = column(&self.declared.column)?;
        let series = self.declared.within.iter().map(column).collect::<Result<Vec<_>>>()?;
        let mut last: Option<(usize, Option<String>)> = None;
        for row in 0..rows.num_rows() {
            let Some(number) = whole(numbers, row) else { continue };
            // Most rows are of the series of the row before.
            let same = |before: usize| series.iter().all(|series| are_same(*series, before, row));
            let known = last.take().filter(|(before, _)| same(*before));
            let within = known.map_or_else(|| series_of(&series, row), |(_, known)| known);
            self.set(within.as_deref(), number, 1 << number.rem_euclid(64));
            last = Some((row, within));
        }
        Ok(())
    }

    /// Notes some of the 64 numbers that lie in a row with this one, by the bits of a word.
    fn set(&mut self, within: Option<&str>, number: i64, bits: u64) {
        let (block, bit) = (number.div_euclid(BLOCK), number.rem_euclid(BLOCK));
        if self.open.as_ref().is_none_or(|((series, open), _)| *open != block || series.as_deref() != within) {
            self.close();
            let place = (within.map(str::to_owned), block);
            let words = self.blocks.remove(&place);
            if words.is_none() && self.blocks.len() >= MOST_BLOCKS {
                self.too_sparse = true;
                return;
            }
            self.open = Some((place, words.unwrap_or([0; WORDS])));
        }
        let word = usize::try_from(bit / 64).unwrap_or(0);
        if let Some(word) = self.open.as_mut().and_then(|(_, words)| words.get_mut(word)) {
            *word |= bits;
        }
    }

    /// The numbers that were seen; `None` where they lie too scattered.
    pub(crate) fn numbers(&mut self) -> Option<Numbers> {
        self.close();
        let mut numbers = Numbers { too_sparse: self.too_sparse, series: Vec::new() };
        let mut count = 0;
        for ((series, block), words) in &self.blocks {
            if numbers.series.last().is_none_or(|(known, _)| known != series) {
                numbers.series.push((series.clone(), Vec::new()));
            }
            let Some((_, ranges)) = numbers.series.last_mut() else { continue };
            let before = ranges.len();
            for bit in (0..BLOCK).filter(|bit| is_set(words, *bit)) {
                extend(ranges, block * BLOCK + bit);
            }
            count += ranges.len() - before;
            if count > MOST_RANGES {
                return None;
            }
        }
        Some(numbers)
    }

    /// Takes numbers that were seen before.
    pub(crate) fn add(&mut self, numbers: &Numbers) {
        self.too_sparse |= numbers.too_sparse;
        for (series, ranges) in &numbers.series {
            for (first, last) in ranges {
                self.add_range(series.as_deref(), *first, *last);
            }
        }
    }

    fn add_range(&mut self, within: Option<&str>, mut first: i64, last: i64) {
        while first <= last {
            let bit = first.rem_euclid(64);
            // How many more of the same word.
            let more = last.abs_diff(first).min(63_u64.saturating_sub(bit.unsigned_abs()));
            self.set(within, first, (u64::MAX >> (63 - more)) << bit);
            let Some(next) = first.checked_add_unsigned(more + 1) else { break };
            first = next;
        }
    }

    /// Takes what another check saw.
    pub(crate) fn add_all(&mut self, other: &mut Self) {
        self.close();
        other.close();
        self.too_sparse |= other.too_sparse;
        for (place, words) in std::mem::take(&mut other.blocks) {
            if let Some(known) = self.blocks.get_mut(&place) {
                known.iter_mut().zip(words).for_each(|(known, word)| *known |= word);
            } else if self.blocks.len() < MOST_BLOCKS {
                self.blocks.insert(place, words);
            } else {
                self.too_sparse = true;
            }
        }
    }

    fn close(&mut self) {
        self.blocks.extend(self.open.take());
    }

    /// The gaps of each series: between 1 and the largest number; where a table has numbers below 1, between the
    /// smallest and the largest.
    pub(crate) fn finish(mut self) -> SequenceGaps {
        self.close();
        let mut gaps = SequenceGaps {
            column: self.declared.column.to_string(),
            within: within(&self.declared.within),
            checked: !self.too_sparse,
            ..SequenceGaps::default()
        };
        if self.too_sparse {
            return gaps;
        }
        let mut last: Option<(&Option<String>, i64)> = None;
        for ((series, block), words) in &self.blocks {
            for bit in (0..BLOCK).filter(|bit| is_set(words, *bit)) {
                let number = block * BLOCK + bit;
                let before = last.filter(|(known, _)| *known == series).map(|(_, before)| before);
                // Numbers are counted from 1: those before the first one seen are missing as well.
                let before = before.or((number > 0).then_some(0));
                if let Some(first) = before.map(|before| before + 1).filter(|first| *first < number) {
                    note(&mut gaps, series.as_ref(), first, number - 1);
                }
                last = Some((series, number));
            }
        }
        gaps
    }
}

/// Adds the next number in order.
fn extend(ranges: &mut Ranges, number: i64) {
    match ranges.last_mut() {
        Some((_, last)) if last.checked_add(1) == Some(number) => *last = number,
        _ => ranges.push((number, number)),
    }
}

/// The columns of the series in words.
fn within(columns: &[ColumnName]) -> Option<String> {
    let names: Vec<&str> = columns.iter().map(ColumnName::as_str).collect();
    (!names.is_empty()).then(|| names.join(", "))
}

fn is_set(words: &[u64; WORDS], bit: i64) -> bool {
    let word = usize::try_from(bit / 64).ok().and_then(|at| words.get(at)).copied().unwrap_or(0);
    (word >> (bit % 64)) & 1 == 1
}

fn note(gaps: &mut SequenceGaps, series: Option<&String>, first: i64, last: i64) {
    gaps.missing = gaps.missing.saturating_add(last.abs_diff(first).saturating_add(1));
    if gaps.gaps.len() < LISTED {
        gaps.gaps.push(SequenceGap { series: series.cloned(), first, last });
    }
}

/// Whether two rows are of one series.
/// The series of a row: the values of its columns, as far as there are any.
fn series_of(series: &[&ArrayRef], row: usize) -> Option<String> {
    let values = series.iter().filter(|series| series.is_valid(row));
    let values: Vec<String> = values.filter_map(|series| array_value_to_string(series, row).ok()).collect();
    (!values.is_empty()).then(|| values.join("/"))
}

fn are_same(series: &dyn Array, one: usize, other: usize) -> bool {
    if series.is_null(one) || series.is_null(other) {
        return series.is_null(one) && series.is_null(other);
    }
    if let Some(numbers) = series.as_primitive_opt::<Int64Type>() {
        return numbers.value(one) == numbers.value(other);
    }
    series.as_string_opt::<i32>().is_some_and(|texts| texts.value(one) == texts.value(other))
}

/// A whole number of an integer column, or of a text or code that is one.
fn whole(array: &dyn Array, row: usize) -> Option<i64> {
    if array.is_null(row) {
        return None;
    }
    if let Some(numbers) = array.as_primitive_opt::<Int64Type>() {
        return Some(numbers.value(row));
    }
    array.as_string_opt::<i32>()?.value(row).parse().ok()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, Int64Array, StringArray};
    use serde_json::json;

    use super::*;

    fn check(declared: serde_json::Value, years: &[i64], numbers: ArrayRef) -> SequenceGaps {
        let mut check = SequenceCheck::new(&serde_json::from_value(declared).unwrap());
        let years: ArrayRef = Arc::new(Int64Array::from(years.to_vec()));
        let organs: ArrayRef = Arc::new(StringArray::from(vec!["x"; years.len()]));
        let rows = RecordBatch::try_from_iter([("aar", years), ("nr", numbers), ("organ", organs)]);
        check.push(&rows.unwrap()).unwrap();
        check.finish()
    }

    #[test]
    fn gaps_are_counted_within_their_series() {
        let numbers: ArrayRef = Arc::new(Int64Array::from(vec![3, 1, 4099, 5, 2, 5]));
        let years = [2024, 2024, 2024, 2025, 2025, 2025];
        let gaps = check(json!({ "column": "nr", "within": ["aar"] }), &years, Arc::clone(&numbers));
        let brief: Vec<_> = gaps.gaps.iter().map(|gap| (gap.series.as_deref(), gap.first, gap.last)).collect();
        let expected = [(Some("2024"), 2, 2), (Some("2024"), 4, 4098), (Some("2025"), 1, 1), (Some("2025"), 3, 4)];
        assert_eq!(brief, expected, "numbers before the first one seen are missing too");
        assert_eq!((gaps.missing, gaps.checked), (1 + 4095 + 1 + 2, true));
        let gaps = check(json!({ "column": "nr", "within": ["aar", "organ"] }), &years, numbers);
        assert_eq!(gaps.within.as_deref(), Some("aar, organ"));
        assert_eq!(gaps.gaps[0].series.as_deref(), Some("2024/x"));
    }

    #[test]
    fn what_each_file_has_is_what_all_have_together() {
        let declared = json!({ "column": "nr", "within": ["aar"] });
        let new = || SequenceCheck::new(&serde_json::from_value(declared.clone()).unwrap());
        let rows = |numbers: &[i64]| {
            let years: ArrayRef = Arc::new(numbers.iter().map(|number| 2024 + number % 2).collect::<Int64Array>());
            let numbers: ArrayRef = Arc::new(Int64Array::from(numbers.to_vec()));
            RecordBatch::try_from_iter([("aar", years), ("nr", numbers)]).unwrap()
        };
        let files: [Vec<i64>; 4] = [
            (1..9_000).filter(|number| number % 7 != 3).collect(),
            vec![9_001, -3, 4096, 4095, 63, 64, 127, 128],
            (8_990..9_100).rev().collect(),
            vec![i64::MAX, i64::MAX - 1, i64::MIN, i64::MIN + 1],
        ];
        let (mut whole, mut known, mut read) = (new(), new(), new());
        for file in &files {
            whole.push(&rows(file)).unwrap();
            let mut one = new();
            one.push(&rows(file)).unwrap();
            let numbers = one.numbers().unwrap();
            let text = serde_json::to_string(&numbers).unwrap();
            assert_eq!(serde_json::from_str::<Numbers>(&text).unwrap(), numbers);
            known.add(&numbers);
            read.add_all(&mut one);
        }
        assert_eq!(known.numbers(), whole.numbers());
        assert_eq!(read.numbers(), whole.numbers());
        let whole = whole.finish();
        assert_eq!((known.finish(), read.finish()), (whole.clone(), whole));
        let scattered: Vec<i64> = (0..=2 * 100_001).filter(|number| number % 4 < 2).collect();
        let mut check = SequenceCheck::new(&serde_json::from_value(json!({ "column": "nr" })).unwrap());
        check.push(&rows(&scattered.iter().map(|number| 2 * number).collect::<Vec<_>>())).unwrap();
        assert_eq!(check.numbers(), None, "every number is a range of its own");
    }

    #[test]
    fn series_and_blocks_may_alternate() {
        let years: Vec<i64> = (0..20_000).map(|row| 2024 + row % 2).collect();
        // Every series goes through its blocks backwards and forwards; one number of each is never used.
        let number = |row: i64| if row % 4 < 2 { row / 4 } else { 9_999 - row / 4 };
        let numbers: Vec<i64> = (0..20_000).map(number).map(|number| number + i64::from(number >= 5_000)).collect();
        let gaps = check(json!({ "column": "nr", "within": ["aar"] }), &years, Arc::new(Int64Array::from(numbers)));
        let brief: Vec<_> = gaps.gaps.iter().map(|gap| (gap.series.as_deref(), gap.first, gap.last)).collect();
        assert_eq!(brief, [(Some("2024"), 5_000, 5_000), (Some("2025"), 5_000, 5_000)]);
    }

    #[test]
    fn texts_are_read_and_numbers_far_apart_are_not_looked_at() {
        let numbers: ArrayRef = Arc::new(StringArray::from(vec!["007", "x", "9"]));
        let gaps = check(json!({ "column": "nr" }), &[1, 1, 1], numbers);
        assert_eq!((gaps.missing, gaps.gaps[0].last, gaps.gaps[1].first), (7, 6, 8));
        let far: Vec<i64> = (0..=1_i64 << 16).map(|n| n * BLOCK).chain([i64::MIN, i64::MAX]).collect();
        let gaps = check(json!({ "column": "nr" }), &vec![1; far.len()], Arc::new(Int64Array::from(far)));
        assert!(!gaps.checked && gaps.gaps.is_empty());
        let extremes: ArrayRef = Arc::new(Int64Array::from(vec![i64::MIN, i64::MAX]));
        assert_eq!(check(json!({ "column": "nr" }), &[1, 1], extremes).missing, u64::MAX - 1);
    }
}
