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

use crate::{Error, Result};

/// Numbers in a block, one bit each.
const BLOCK: i64 = 4096;
/// Words of a block.
const WORDS: usize = 64;
/// Most blocks (512 bytes each); numbers that lie too far apart are not looked at.
const MOST_BLOCKS: usize = 1 << 16;
/// Gaps that are listed.
const LISTED: usize = 100;

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
            self.set(within.as_deref(), number);
            last = Some((row, within));
        }
        Ok(())
    }

    fn set(&mut self, within: Option<&str>, number: i64) {
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
        let (word, place) = (usize::try_from(bit / 64).unwrap_or(0), bit % 64);
        if let Some(word) = self.open.as_mut().and_then(|(_, words)| words.get_mut(word)) {
            *word |= 1 << place;
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
