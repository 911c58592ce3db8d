//! Masks places in texts.

use std::{ops::Range, sync::Arc};

use arrow::{
    array::{Array, ArrayRef, AsArray, StringArray},
    record_batch::RecordBatch,
};
use config::PrivacyAction;

use super::{
    column_scan::Hit,
    scanner::{find_identity_numbers, surely_persons},
};
use crate::{Error, Result};

/// Stands for what was taken out.
pub(super) const MASK: &str = "***";

/// A text with the mask in place of some of its parts, which may overlap.
pub(super) fn masked(text: &str, places: &mut [Range<usize>]) -> String {
    places.sort_by_key(|place| (place.start, place.end));
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    let mut open = false;
    for place in places.iter() {
        if place.start > done || !open {
            out.push_str(text.get(done..place.start.max(done)).unwrap_or_default());
            out.push_str(MASK);
        }
        open = true;
        done = done.max(place.end);
    }
    out.push_str(text.get(done..).unwrap_or_default());
    out
}

/// A text with its places masked and no identity number left: a number that was taken for encoded bytes because of what
/// stood around it may be seen only when that is masked.
pub(super) fn masked_until_none(text: &str, places: &mut [Range<usize>]) -> String {
    let mut text = masked(text, places);
    loop {
        // Each turn takes digits away, so there is a last one.
        let mut left: Vec<Range<usize>> = find_identity_numbers(&text).into_iter().map(|(place, _)| place).collect();
        if left.is_empty() {
            return text;
        }
        text = masked(&text, &mut left);
    }
}

/// A file name or address without identity numbers; `None` if it has none anyhow.
pub(crate) fn masked_name(name: &str) -> Option<String> {
    // As addresses write a blank. A date and a serial number look like a number of any kind too often.
    let name = name.replace("%20", " ");
    let mut places = surely_persons(&name);
    (!places.is_empty()).then(|| masked(&name, &mut places))
}

/// Masks the places of one text column that are to be redacted.
pub(super) fn redact(rows: RecordBatch, column: &str, hits: &[Hit]) -> Result<RecordBatch> {
    let redacted: Vec<&Hit> = hits.iter().filter(|hit| hit.what.action == Some(PrivacyAction::Redact)).collect();
    if redacted.is_empty() {
        return Ok(rows);
    }
    let internal = |error: arrow::error::ArrowError| Error::Internal(error.to_string());
    let at = rows.schema().index_of(column).map_err(internal)?;
    let texts = rows.column(at).as_string_opt::<i32>();
    let texts = texts.ok_or_else(|| Error::Internal(format!("column '{column}' is no text")))?;
    let mut rest = redacted.as_slice();
    let cells = texts.iter().enumerate().map(|(row, text)| {
        let count = rest.iter().take_while(|hit| hit.row == row).count();
        let (own, others) = rest.split_at(count);
        rest = others;
        let mut places: Vec<Range<usize>> = own.iter().map(|hit| hit.place.clone()).collect();
        text.map(|text| if places.is_empty() { text.to_owned() } else { masked_until_none(text, &mut places) })
    });
    let array: ArrayRef = Arc::new(cells.collect::<StringArray>());
    replace(&rows, at, array)
}

/// The same rows with another array in one place.
pub(super) fn replace(rows: &RecordBatch, at: usize, array: ArrayRef) -> Result<RecordBatch> {
    let mut arrays = rows.columns().to_vec();
    if let Some(place) = arrays.get_mut(at).filter(|place| place.len() == array.len()) {
        *place = array;
    }
    RecordBatch::try_new(rows.schema(), arrays).map_err(|error| Error::Internal(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_mask_lays_open_is_masked_too() {
        let text = "31123970082,a31123970082a/a311239/70082aa71123970076";
        let mut places: Vec<_> = find_identity_numbers(text).into_iter().map(|(place, _)| place).collect();
        assert_eq!(masked(text, &mut places.clone()), "***,a***a/a311239/70082aa***", "as if in encoded bytes");
        assert_eq!(masked_until_none(text, &mut places), "***,a***a/a***aa***");
    }

    #[test]
    fn places_may_overlap_and_touch() {
        assert_eq!(masked("abcdef", &mut [1..2, 4..6]), "a***cd***");
        assert_eq!(masked("abcdef", &mut [2..5, 1..3]), "a***f");
        assert_eq!(masked("abcdef", &mut [0..3, 1..2, 3..6]), "***");
        assert_eq!(masked_name("data/311239-70082.csv"), Some("data/***.csv".to_owned()));
        assert_eq!(masked_name("https://x.no/311239%2070082").as_deref(), Some("https://x.no/***"));
        assert_eq!(masked_name("data/2026.csv"), None);
    }
}
