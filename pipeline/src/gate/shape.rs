//! Columns, keys and rejected rows.

use std::collections::{BTreeMap, BTreeSet};

use catalog::version::{Completeness, Draft, Finding, GateReport, SequenceGaps, Severity, SourceCount, VersionNumber};
use config::{ColumnName, Format, GateKind};
use jiff::civil::Date;

use super::{
    finding::{counted, finding, in_column, share},
    groups::Groups,
};
use crate::{normalise::Mended, quality::Quality, reader::Note};

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
    /// Rows with a value that does not fit, by column whose contract is `freeze`.
    pub misfits: BTreeMap<String, u64>,
    /// Values that did not fit and were left out, by column.
    pub values_discarded: BTreeMap<String, u64>,
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
    /// By which criterion the source says that its rows were chosen.
    pub selection: Option<String>,
    /// How the ids of the sources compare with what they count themselves.
    pub source_counts: Vec<SourceCount>,
    /// What the readers noted about the sources.
    pub notes: Vec<Note>,
    /// What came of the dataset's checks, if it has some.
    pub quality: Option<Quality>,
    /// What was put right in geometries on the way in.
    pub mended: Mended,
    /// Files whose head says that not everybody may have them.
    pub restricted: u64,
    /// What stands in types of objects that came and must not be published.
    pub shielded: BTreeSet<String>,
    /// The rows that look alike, where columns ask for it.
    pub groups: Option<Groups>,
    /// The withdrawn version that would come back.
    pub withdrawn_as: Option<VersionNumber>,
    /// True if there is no changelog because rows of the draft or of the version before share a key or have none.
    pub no_changelog: bool,
}

impl Observed {
    /// Whether rows share a key or have none.
    pub fn has_ambiguous_keys(&self) -> bool {
        self.duplicate_keys + self.null_keys > 0
    }
}

/// Holds what was seen against the declared columns, key and share of rejected rows.
pub(super) fn judge(draft: &Draft, observed: &Observed) -> GateReport {
    let mut findings: Vec<Finding> = missing(draft, observed).collect();
    findings.extend(undeclared(observed));
    findings.extend(rejected(draft, observed));
    findings.extend(frozen(observed));
    findings.extend(discarded(draft, observed));
    findings.extend(keys(draft, observed));
    findings.extend(observed.notes.iter().map(noted));
    findings.extend(observed.source_counts.iter().filter(|count| !count.agrees).map(disagrees));
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
        source_selection: observed.selection.clone(),
        source_counts: observed.source_counts.clone(),
        sequence: observed.sequence.clone(),
    }
}

fn missing<'a>(draft: &'a Draft, observed: &'a Observed) -> impl Iterator<Item = Finding> + 'a {
    let all = draft.dataset.file.gates.shape.all_columns;
    let objects = matches!(
        draft.dataset.file.format,
        Format::Json(_)
            | Format::Ndjson(_)
            | Format::Geojson(_)
            | Format::Gml(_)
            | Format::EsriJson(_)
            | Format::Sosi(_)
    );
    let required =
        |name: &str| draft.dataset.read().columns.iter().any(|c| c.required && ColumnName::as_str(&c.name) == name);
    // An object without a member says that it has no value; only a table must have a column for it.
    let blocks = move |name: &str| all && (!objects || required(name));
    let none = (draft.columns.is_empty()).then(|| {
        let message = "no column is published".to_owned();
        finding("shape-missing-column", Severity::Block, message, "Declare at least one open column.")
    });
    let optional =
        |name: &str| draft.dataset.read().columns.iter().any(|column| column.name.as_str() == name && column.optional);
    let missing = observed
        .missing_columns
        .iter()
        .filter(move |column| !optional(column) || is_relied_on(draft, column))
        .map(move |column| {
            let message = format!("the source has no column for '{column}'");
            let severity = if blocks(column) { Severity::Block } else { Severity::Warning };
            let hint =
                "Add the source's name to the column's `from`, omit the column, or turn gates.shape.all_columns off.";
            // A table without the column that tells what must wait, or who is named, may hold just that.
            let severity = if is_relied_on(draft, column) { Severity::Block } else { severity };
            in_column(finding("shape-missing-column", severity, message, hint), column)
        });
    missing.chain(none)
}

fn disagrees(count: &SourceCount) -> Finding {
    let SourceCount { entity, ids, statistics, .. } = count;
    let counted = statistics.map_or_else(|| "nothing".to_owned(), |counted| counted.to_string());
    let message = format!("the source answers {ids} ids of {entity}, but its statistics count {counted}");
    let hint = "Rows that are no longer answered stay until both agree; ask the source if it goes on.";
    finding("shape-source-count", Severity::Warning, message, hint)
}

fn noted(note: &Note) -> Finding {
    let hint = "Compare with what the sender meant to deliver; ask for the file again if it is not whole.";
    counted(finding(note.code, note.severity, note.message.clone(), hint), note.count)
}

/// Whether the privacy gate relies on a column of a table. Objects leave out members that have no value.
fn is_relied_on(draft: &Draft, column: &str) -> bool {
    let (file, profile) = (&draft.dataset.file, &draft.dataset.profile);
    let limits = &file.gates.privacy;
    // What the profile asks for in case it is there may be missing, unless the dataset says where it stands.
    let mapped = file.mapping.keys().any(|name| name.as_str() == column);
    let inherited = profile.defaults.looks_into(column) && !mapped;
    let named = limits.embargo.iter().chain(&limits.known_names).any(|name| name.as_str() == column);
    matches!(file.format, Format::Csv(_) | Format::Excel(_) | Format::FixedWidth(_)) && named && !inherited
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

/// Columns in which no value may be but as declared.
fn frozen(observed: &Observed) -> impl Iterator<Item = Finding> + '_ {
    observed.misfits.iter().map(|(column, rows)| {
        let message = format!("{rows} rows break the contract of '{column}', which is frozen");
        let hint = "Ask the sender what changed; then change the declaration, or choose another contract.";
        counted(in_column(finding("shape-contract", Severity::Block, message, hint), column), *rows)
    })
}

/// Values that were left out: as many as rows may be rejected.
fn discarded<'a>(draft: &'a Draft, observed: &'a Observed) -> impl Iterator<Item = Finding> + 'a {
    let limit = draft.dataset.file.gates.shape.max_rejected_share;
    observed.values_discarded.iter().map(move |(column, count)| {
        let within = share(*count, observed.rows_read) <= limit;
        // What must wait, or whom a row names, cannot be told of a value that is not there.
        let limits = &draft.dataset.read().file.gates.privacy;
        let tells = limits.embargo.iter().chain(&limits.known_names).any(|name| name.as_str() == column);
        let is_harmless = within && !tells;
        let severity = if is_harmless { Severity::Warning } else { Severity::Block };
        let (read, percent) = (observed.rows_read, limit * 100.0);
        let message =
            format!("{count} of {read} values in '{column}' did not fit and were left out; {percent:.2} % are allowed");
        let hint = "Mend the values in the source, or the column's type.";
        counted(in_column(finding("shape-values-discarded", severity, message, hint), column), *count)
    })
}

fn keys(draft: &Draft, observed: &Observed) -> impl Iterator<Item = Finding> {
    let unique = draft.dataset.file.gates.shape.unique_key;
    let severity = if unique { Severity::Block } else { Severity::Warning };
    let key = draft.dataset.read().key.iter().map(config::ColumnName::as_str).collect::<Vec<_>>().join(", ");
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
    use crate::gate::testing::{dataset_of, draft};

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
    fn a_member_that_no_object_has_blocks_only_where_it_is_required() {
        let title = json!({ "nb": "x" });
        let columns = json!([
            { "name": "navn", "title": title, "type": { "is": "text" } },
            { "name": "nr", "title": title, "type": { "is": "text" }, "required": true },
        ]);
        let observed = Observed { missing_columns: vec!["navn".to_owned(), "nr".to_owned()], ..Observed::default() };
        let severities = |kind: &str| {
            let mut draft = draft(&json!({}), 10);
            draft.dataset = dataset_of(&columns, &json!({ "kind": kind }), &json!({})).into();
            let findings = judge(&draft, &observed).findings;
            findings.into_iter().map(|finding| finding.severity).collect::<Vec<_>>()
        };
        for kind in ["json", "ndjson", "geojson"] {
            assert_eq!(severities(kind), [Severity::Warning, Severity::Block], "{kind}");
        }
        for kind in ["csv", "excel"] {
            assert_eq!(severities(kind), [Severity::Block, Severity::Block], "{kind}");
        }
    }

    #[test]
    fn optional_columns_may_be_missing() {
        let mut draft = draft(&json!({}), 10);
        let observed = Observed { missing_columns: vec!["navn".to_owned()], ..Observed::default() };
        assert_eq!(judge(&draft, &observed).findings.len(), 1);
        let columns = &mut std::sync::Arc::get_mut(&mut draft.dataset).unwrap().columns;
        for column in columns {
            column.optional = true;
        }
        assert_eq!(judge(&draft, &observed).findings, []);
    }

    #[test]
    fn notes_of_readers_become_findings() {
        let all = [Severity::Block, Severity::Warning, Severity::Info];
        let code = "shape-header-count";
        let notes = all.map(|severity| Note { code, message: "head".to_owned(), count: 2, severity });
        let observed = Observed { notes: notes.to_vec(), ..Observed::default() };
        assert_eq!(findings(&json!({}), &observed), all.map(|severity| (code.to_owned(), severity)));
    }

    #[test]
    fn what_the_source_counts_itself_is_told() {
        let count = |agrees| SourceCount { entity: "Journalpost".to_owned(), ids: 9, statistics: Some(12), agrees };
        let observed = |agrees| Observed { source_counts: vec![count(agrees)], ..Observed::default() };
        assert_eq!(findings(&json!({}), &observed(true)), []);
        let warning = ("shape-source-count".to_owned(), Severity::Warning);
        assert_eq!(findings(&json!({}), &observed(false)), [warning]);
        let report = judge(&draft(&json!({}), 9), &observed(true));
        assert_eq!(report.completeness.unwrap().source_counts[0].statistics, Some(12));
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
