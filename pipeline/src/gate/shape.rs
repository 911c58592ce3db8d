//! Columns, keys and rejected rows.

use catalog::version::{Completeness, Draft, Finding, GateReport, SequenceGaps, Severity};
use config::{Format, GateKind};
use jiff::civil::Date;

use super::finding::{counted, finding, in_column, share};

/// What the stages before the gates saw.
#[derive(Debug, Clone, Default)]
pub struct Observed {
    /// Rows read.
    pub rows_read: u64,
    /// Rows rejected by the normaliser.
    pub rows_rejected: u64,
    /// Declared columns that the source does not have.
    pub missing_columns: Vec<String>,
    /// Columns of the source that are not declared.
    pub undeclared_columns: Vec<String>,
    /// Rows whose key an earlier row had.
    pub duplicate_keys: u64,
    /// Rows with a missing key value.
    pub null_keys: u64,
    /// Rows that must not be published yet.
    pub rows_embargoed: u64,
    /// The day on which the first of them may be published.
    pub embargo_until: Option<Date>,
    /// Gaps of the column that counts, if one is declared.
    pub sequence: Option<SequenceGaps>,
}

/// Holds what was seen against the declared columns, key and share of rejected rows.
pub(super) fn judge(draft: &Draft, observed: &Observed) -> GateReport {
    let mut findings: Vec<Finding> = missing(draft, observed).collect();
    findings.extend(undeclared(observed));
    findings.extend(rejected(draft, observed));
    findings.extend(keys(draft, observed));
    let checked = format!("{} rows read, {} columns published", observed.rows_read, draft.columns.len());
    GateReport {
        completeness: Some(completeness(draft, observed)),
        ..GateReport::new(GateKind::Shape, checked, findings)
    }
}

fn completeness(draft: &Draft, observed: &Observed) -> Completeness {
    let aside = observed.rows_rejected + observed.rows_embargoed;
    Completeness {
        rows_read: observed.rows_read,
        rows_published: draft.rows,
        rows_rejected: observed.rows_rejected,
        rows_withheld: draft.rows_left_out.saturating_sub(aside),
        rows_embargoed: observed.rows_embargoed,
        embargo_until: observed.embargo_until,
        selection: draft.dataset.file.selection.clone(),
        sequence: observed.sequence.clone(),
    }
}

fn missing<'a>(draft: &'a Draft, observed: &'a Observed) -> impl Iterator<Item = Finding> + 'a {
    let all = draft.dataset.file.gates.shape.all_columns;
    let severity = if all { Severity::Block } else { Severity::Warning };
    let none = (draft.columns.is_empty()).then(|| {
        let message = "no column is published".to_owned();
        finding("shape-missing-column", Severity::Block, message, "Declare at least one open column.")
    });
    let missing = observed.missing_columns.iter().map(move |column| {
        let message = format!("the source has no column for '{column}'");
        let hint =
            "Add the source's name to the column's `from`, omit the column, or turn gates.shape.all_columns off.";
        // A table without the column that tells what must wait, or who is named, may hold just that.
        let severity = if is_relied_on(draft, column) { Severity::Block } else { severity };
        in_column(finding("shape-missing-column", severity, message, hint), column)
    });
    missing.chain(none)
}

/// Whether the privacy gate relies on a column of a table. Objects leave out members that have no value.
fn is_relied_on(draft: &Draft, column: &str) -> bool {
    let file = &draft.dataset.file;
    let limits = &file.gates.privacy;
    let table = !matches!(file.format, Format::Json(_) | Format::Ndjson(_) | Format::Geojson(_));
    table && limits.embargo.iter().chain(&limits.known_names).any(|name| name.as_str() == column)
}

fn undeclared(observed: &Observed) -> Option<Finding> {
    let count = observed.undeclared_columns.len() as u64;
    (count > 0).then(|| {
        let message = format!("{count} columns of the source are not declared and not published");
        let hint = "Declare those that should be published; the run record does not list others.";
        counted(finding("shape-undeclared-column", Severity::Info, message, hint), count)
    })
}

fn rejected(draft: &Draft, observed: &Observed) -> Option<Finding> {
    let (rejected, read) = (observed.rows_rejected, observed.rows_read);
    let limit = draft.dataset.file.gates.shape.max_rejected_share;
    let share = share(rejected, read);
    // A share that cannot be compared (a limit that is no number) blocks.
    let within = share <= limit;
    (rejected > 0).then(|| {
        let severity = if within { Severity::Warning } else { Severity::Block };
        let message = format!("{rejected} of {read} rows were rejected; {:.2} % are allowed", limit * 100.0);
        let hint = "The run record lists rejected rows with column and reason; mend the source or the column's type.";
        counted(finding("shape-rejects", severity, message, hint), rejected)
    })
}

fn keys(draft: &Draft, observed: &Observed) -> impl Iterator<Item = Finding> {
    let unique = draft.dataset.file.gates.shape.unique_key;
    let severity = if unique { Severity::Block } else { Severity::Warning };
    let key = draft.dataset.key.iter().map(config::ColumnName::as_str).collect::<Vec<_>>().join(", ");
    let duplicates = (observed.duplicate_keys > 0).then(|| {
        let message = format!("{} rows have the key ({key}) of an earlier row", observed.duplicate_keys);
        let hint = "Choose key columns that name each row, or turn gates.shape.unique_key off.";
        counted(finding("shape-duplicate-key", severity, message, hint), observed.duplicate_keys)
    });
    let nulls = (observed.null_keys > 0).then(|| {
        let message = format!("{} rows have no value in a key column ({key})", observed.null_keys);
        let hint = "Mark the key columns as required, so that such rows are rejected, or choose another key.";
        counted(finding("shape-null-key", severity, message, hint), observed.null_keys)
    });
    duplicates.into_iter().chain(nulls)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::gate::testing::draft;

    fn findings(gates: &Value, observed: &Observed) -> Vec<(String, Severity)> {
        let report = judge(&draft(gates, 10), observed);
        report.findings.into_iter().map(|finding| (finding.code, finding.severity)).collect()
    }

    #[test]
    fn all_is_well() {
        assert_eq!(findings(&json!({}), &Observed { rows_read: 10, ..Observed::default() }), []);
    }

    #[test]
    fn missing_columns_block_unless_allowed() {
        let observed = Observed {
            missing_columns: vec!["navn".to_owned()],
            undeclared_columns: vec!["Leietaker".to_owned()],
            ..Observed::default()
        };
        let info = ("shape-undeclared-column".to_owned(), Severity::Info);
        let missing = |severity| ("shape-missing-column".to_owned(), severity);
        assert_eq!(findings(&json!({}), &observed), [missing(Severity::Block), info.clone()]);
        assert_eq!(
            findings(&json!({ "shape": { "all_columns": false } }), &observed),
            [missing(Severity::Warning), info]
        );
    }

    #[test]
    fn a_table_must_have_the_columns_that_the_privacy_gate_relies_on() {
        let observed = Observed { missing_columns: vec!["leietaker".to_owned()], ..Observed::default() };
        for key in ["known_names", "embargo"] {
            let value = if key == "embargo" { json!("leietaker") } else { json!(["leietaker"]) };
            let gates = json!({ "shape": { "all_columns": false }, "privacy": { key: value } });
            assert_eq!(findings(&gates, &observed), [("shape-missing-column".to_owned(), Severity::Block)]);
        }
    }

    #[test]
    fn rejects_block_above_their_share() {
        let observed = |rows_rejected| Observed { rows_read: 1000, rows_rejected, ..Observed::default() };
        assert_eq!(findings(&json!({}), &observed(10)), [("shape-rejects".to_owned(), Severity::Warning)]);
        assert_eq!(findings(&json!({}), &observed(11)), [("shape-rejects".to_owned(), Severity::Block)]);
        assert_eq!(
            findings(&json!({ "shape": { "max_rejected_share": 1.0 } }), &observed(1000))[0].1,
            Severity::Warning
        );
    }

    #[test]
    fn keys_must_name_rows() {
        let observed = Observed { duplicate_keys: 2, null_keys: 1, ..Observed::default() };
        let off = json!({ "shape": { "unique_key": false } });
        for (gates, severity) in [(json!({}), Severity::Block), (off, Severity::Warning)] {
            let expected = [("shape-duplicate-key".to_owned(), severity), ("shape-null-key".to_owned(), severity)];
            assert_eq!(findings(&gates, &observed), expected);
        }
    }
}
