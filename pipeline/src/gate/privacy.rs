//! The first privacy gate: identity numbers in any published cell, and columns that must not be published.

use std::collections::BTreeSet;

use arrow::{array::BooleanArray, compute::filter_record_batch, record_batch::RecordBatch};
use catalog::version::{Draft, Finding, GateReport, Severity};
use config::{Dataset, GateKind, PrivacyAction, PrivacyClass};

use super::{
    column_scan::{ColumnScan, Hit, LISTED_ROWS},
    finding::{counted, finding, in_column},
};
use crate::{Error, Result};

/// Looks at rows on their way into the draft and counts what it finds. Keeps no value of the data.
#[derive(Debug)]
pub struct PrivacyScan {
    columns: Vec<ColumnScan>,
    published: u64,
    withheld: u64,
}

impl PrivacyScan {
    /// A scan of the published columns of a dataset.
    pub fn new(dataset: &Dataset) -> Self {
        let columns = dataset.published_columns().map(|column| ColumnScan::new(column.name.as_str())).collect();
        Self { columns, published: 0, withheld: 0 }
    }

    /// Rows that were withheld so far.
    pub fn rows_withheld(&self) -> u64 {
        self.withheld
    }

    /// Looks at rows, and leaves out those that must not be published where the dataset says so.
    pub(super) fn pass(&mut self, dataset: &Dataset, rows: RecordBatch) -> Result<RecordBatch> {
        let mut found: Vec<Vec<Hit>> = Vec::with_capacity(self.columns.len());
        for column in &mut self.columns {
            let cells = rows.column_by_name(&column.name);
            let cells = cells.ok_or_else(|| Error::Internal(format!("column '{}' was not scanned", column.name)))?;
            found.push(column.look(cells)?);
        }
        let grave: BTreeSet<usize> = found.iter().flatten().filter(|hit| hit.grave).map(|hit| hit.row).collect();
        let action = dataset.file.gates.privacy.on_identity_number;
        let withheld = if action == PrivacyAction::WithholdRow { grave } else { BTreeSet::new() };
        self.note(&found, &withheld);
        self.published += (rows.num_rows() - withheld.len()) as u64;
        self.withheld += withheld.len() as u64;
        if withheld.is_empty() {
            return Ok(rows);
        }
        let keep: BooleanArray = (0..rows.num_rows()).map(|row| Some(!withheld.contains(&row))).collect();
        filter_record_batch(&rows, &keep).map_err(|error| Error::Internal(error.to_string()))
    }

    fn note(&mut self, found: &[Vec<Hit>], withheld: &BTreeSet<usize>) {
        for (column, hits) in self.columns.iter_mut().zip(found) {
            for hit in hits {
                let tally = column.found.entry((hit.kind, hit.grave)).or_default();
                tally.count += 1;
                let listed = tally.rows.len() < LISTED_ROWS && !withheld.contains(&hit.row);
                let row = self.published + (hit.row - withheld.range(..hit.row).count()) as u64;
                if listed && tally.rows.last() != Some(&row) {
                    tally.rows.push(row);
                }
            }
        }
    }

    /// What the scan and the declared classes mean for a draft.
    pub(super) fn judge(self, draft: &Draft) -> GateReport {
        let mut findings: Vec<Finding> = classes(draft).collect();
        findings.extend(self.unseen(draft));
        let action = draft.dataset.file.gates.privacy.on_identity_number;
        findings.extend(self.columns.iter().flat_map(|column| identities(column, action)));
        findings.extend((self.withheld > 0).then(|| {
            let message = format!("{} rows with identity numbers were withheld", self.withheld);
            let hint = "Mend them where they are kept; a column that holds such numbers must not be published.";
            counted(finding("privacy-row-withheld", Severity::Warning, message, hint), self.withheld)
        }));
        let rows = self.published + self.withheld;
        let checked = format!("{rows} rows in {} columns for identity numbers; privacy classes", self.columns.len());
        GateReport { gate: GateKind::Privacy, checked, findings }
    }

    /// Rows or columns of the draft that the scan did not see.
    fn unseen(&self, draft: &Draft) -> Option<Finding> {
        let scanned = |name: &str| self.columns.iter().any(|column| column.name == name);
        let columns = draft.columns.iter().filter(|column| !scanned(column.name.as_str())).count();
        (columns > 0 || draft.rows != self.published).then(|| {
            let message =
                format!("{} of {} rows were looked at, and not {columns} of the columns", self.published, draft.rows);
            finding("privacy-not-scanned", Severity::Block, message, "Please report this with the run record.")
        })
    }
}

/// Published columns whose class forbids it or asks for a look.
fn classes(draft: &Draft) -> impl Iterator<Item = Finding> {
    draft.columns.iter().filter_map(|column| {
        let name = column.name.as_str();
        let declared = draft.dataset.columns.iter().find(|declared| declared.name == column.name);
        let allowed = &draft.dataset.file.gates.privacy.publish_free_text;
        let (severity, why) = match declared.map(|declared| declared.class) {
            Some(PrivacyClass::Open) => return None,
            Some(PrivacyClass::FreeText) if allowed.contains(&column.name) => {
                let message = format!("free text of column '{name}' is published");
                let hint = "Free text may name people in words that no gate finds; read samples from time to time.";
                return Some(in_column(finding("privacy-free-text", Severity::Info, message, hint), name));
            }
            Some(PrivacyClass::FreeText) => (Severity::Block, "is free text that the dataset does not release"),
            Some(PrivacyClass::Personal | PrivacyClass::Secret) => (Severity::Block, "is of a class never published"),
            None => (Severity::Block, "is not declared"),
        };
        let message = format!("column '{name}' {why}");
        let hint = "Change the column's class only if nobody can be recognised by its values.";
        Some(in_column(finding("privacy-class", severity, message, hint), name))
    })
}

fn identities(column: &ColumnScan, action: PrivacyAction) -> impl Iterator<Item = Finding> {
    let chance = column.is_chance();
    column.found.iter().map(move |((kind, grave), tally)| {
        let blocks = *grave && !chance && action == PrivacyAction::Block;
        let severity = if blocks { Severity::Block } else { Severity::Warning };
        let reservation = match (chance, grave) {
            (true, _) => " (no more than chance gives in a column of long numbers)",
            (false, false) => " (it may be another number)",
            (false, true) => "",
        };
        let message = format!("{} cells of column '{}' hold a {}{reservation}", tally.count, column.name, kind.name());
        let hint = "Remove the numbers at the source, leave the column out, or set gates.privacy.on_identity_number.";
        let finding = in_column(finding("privacy-identity-number", severity, message, hint), &column.name);
        Finding { count: tally.count, rows: tally.rows.clone(), ..finding }
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, AsArray, Float64Array, Int64Array, StringArray};
    use serde_json::{Value, json};

    use super::*;
    use crate::gate::{judge_all, testing::draft, withhold};

    const FNR: &str = "31123970082";

    fn rows(names: &[&str], numbers: &[i64], shares: &[f64]) -> RecordBatch {
        let name: ArrayRef = Arc::new(StringArray::from(names.to_vec()));
        let number: ArrayRef = Arc::new(Int64Array::from(numbers.to_vec()));
        let share: ArrayRef = Arc::new(Float64Array::from(shares.to_vec()));
        RecordBatch::try_from_iter([("navn", name), ("antall", number), ("andel", share)]).unwrap()
    }

    fn texts(names: &[&str]) -> RecordBatch {
        rows(names, &vec![1; names.len()], &vec![0.5; names.len()])
    }

    fn judge(gates: &Value, batches: Vec<RecordBatch>) -> (Vec<Finding>, Vec<RecordBatch>, u64) {
        let mut draft = draft(gates, 0);
        let mut scan = PrivacyScan::new(&draft.dataset);
        let dataset = Arc::clone(&draft.dataset);
        let kept: Vec<RecordBatch> =
            batches.into_iter().map(|batch| withhold(&mut scan, &dataset, batch).unwrap()).collect();
        draft.rows = kept.iter().map(|batch| batch.num_rows() as u64).sum();
        let withheld = scan.rows_withheld();
        (scan.judge(&draft).findings, kept, withheld)
    }

    type Brief<'a> = (&'a str, Severity, Option<&'a str>, u64, &'a [u64]);

    fn brief(findings: &[Finding]) -> Vec<Brief<'_>> {
        findings.iter().map(|f| (f.code.as_str(), f.severity, f.column.as_deref(), f.count, &f.rows[..])).collect()
    }

    #[test]
    fn an_identity_number_blocks_and_names_its_place_but_not_itself() {
        let (findings, kept, withheld) =
            judge(&json!({}), vec![texts(&["Ola", "x"]), texts(&["y", "fnr 311239 70082"])]);
        assert_eq!(brief(&findings), [("privacy-identity-number", Severity::Block, Some("navn"), 1, &[3][..])]);
        assert_eq!((kept.len(), withheld), (2, 0));
        assert!(!format!("{findings:?}").contains("70082"));
    }

    #[test]
    fn withheld_rows_are_left_out_and_counted() {
        let (findings, kept, withheld) = judge(
            &json!({ "privacy": { "on_identity_number": "withhold-row" } }),
            vec![texts(&["a", FNR, "b"]), texts(&[FNR, "c"])],
        );
        let identity = ("privacy-identity-number", Severity::Warning, Some("navn"), 2, &[][..]);
        assert_eq!(brief(&findings), [identity, ("privacy-row-withheld", Severity::Warning, None, 2, &[])]);
        let names: Vec<_> = kept.iter().flat_map(|b| b.column(0).as_string::<i32>().iter().flatten()).collect();
        assert_eq!((names, withheld), (vec!["a", "b", "c"], 2));
    }

    #[test]
    fn numbers_are_looked_at_and_fractions_are_not() {
        let fnr: i64 = FNR.parse().unwrap();
        let lost_zero = 2_013_299_997;
        let decimal = 31_123_970_082.5;
        let (findings, ..) = judge(&json!({}), vec![rows(&["a"; 3], &[fnr, 5, lost_zero], &[0.1, decimal, 2.0])]);
        assert_eq!(brief(&findings), [("privacy-identity-number", Severity::Block, Some("antall"), 2, &[0, 2][..])]);
        let (findings, ..) = judge(&json!({}), vec![rows(&["a"], &[1], &[31_123_970_082.0])]);
        assert_eq!(brief(&findings)[0].2, Some("andel"));
    }

    #[test]
    fn an_fh_number_needs_words_around_it() {
        let (findings, ..) = judge(&json!({}), vec![texts(&["konto 90000000220"])]);
        assert_eq!(findings[0].severity, Severity::Warning);
        let (findings, ..) = judge(&json!({}), vec![texts(&["Hjelpenummer 90000000220"])]);
        assert_eq!(findings[0].severity, Severity::Block);
    }

    #[test]
    fn a_column_of_long_system_numbers_is_no_column_of_persons() {
        // Every eleventh number has the right second control digit, a third of those the first.
        let ids: Vec<String> = (0..3000_u64).map(|n| (10_100_000_000 + n * 7).to_string()).collect();
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        let (findings, ..) = judge(&json!({}), vec![texts(&ids)]);
        assert!(findings.iter().all(|f| f.severity == Severity::Warning) && !findings.is_empty(), "{findings:?}");
        let persons = vec![FNR; 300];
        let (findings, ..) = judge(&json!({}), vec![texts(&persons)]);
        assert_eq!(findings[0].severity, Severity::Block);
        assert_eq!(findings[0].rows.len(), LISTED_ROWS);
    }

    #[test]
    fn classes_are_held_to_and_unseen_rows_block() {
        let mut draft = draft(&json!({ "privacy": { "publish_free_text": ["merknad"] } }), 0);
        let scan = PrivacyScan::new(&draft.dataset);
        let info = scan.judge(&draft).findings;
        assert_eq!(brief(&info), [("privacy-free-text", Severity::Info, Some("merknad"), 1, &[][..])]);
        let mut leak = draft.columns[0].clone();
        leak.name = "leietaker".parse().unwrap();
        draft.columns.push(leak);
        draft.rows = 1;
        let findings = PrivacyScan::new(&draft.dataset).judge(&draft).findings;
        let codes: Vec<&str> = findings.iter().map(|f| f.code.as_str()).collect();
        assert_eq!(codes, ["privacy-free-text", "privacy-class", "privacy-not-scanned"]);
    }

    #[test]
    fn every_gate_reports() {
        let draft = draft(&json!({}), 0);
        let scan = PrivacyScan::new(&draft.dataset);
        let reports = judge_all(&draft, &crate::gate::Observed::default(), scan).unwrap();
        let gates: BTreeSet<GateKind> = reports.iter().map(|report| report.gate).collect();
        assert_eq!(gates, GateKind::all());
        let missing = PrivacyScan::new(&draft.dataset).pass(&draft.dataset, texts(&["a"]).project(&[0]).unwrap());
        assert!(missing.is_err());
    }
}
