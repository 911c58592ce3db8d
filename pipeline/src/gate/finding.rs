//! Building findings.

use catalog::version::{Finding, Severity};

/// A finding about the whole draft.
pub(super) fn finding(code: &str, severity: Severity, message: String, hint: &str) -> Finding {
    let (code, hint) = (code.to_owned(), hint.to_owned());
    Finding { code, severity, message, hint, column: None, count: 1, rows: Vec::new(), places: Vec::new() }
}

/// A finding about one column.
pub(super) fn in_column(finding: Finding, column: &str) -> Finding {
    Finding { column: Some(column.to_owned()), ..finding }
}

/// A finding about a number of cells or rows.
pub(super) fn counted(finding: Finding, count: u64) -> Finding {
    Finding { count, ..finding }
}

/// A part of a whole, 0 to 1; 0 of nothing is 0.
#[expect(clippy::cast_precision_loss, reason = "counts of rows are far below 2^52")]
pub(super) fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}
