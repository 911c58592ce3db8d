//! The privacy gate: numbers of persons, contact data and sensitive words in any published cell, names of persons, and
//! columns that must not be published. The day whose rules hold comes from outside.

use std::collections::{BTreeMap, BTreeSet};

use arrow::{array::BooleanArray, compute::filter_record_batch, record_batch::RecordBatch};
use catalog::version::{Draft, Finding, GateReport, NamesFacts, PrivacyFacts, RuleCount, Severity};
use config::{ColumnName, Dataset, GateKind, PrivacyAction, PrivacyRule};
use jiff::civil::Date;

use super::{
    column_scan::{ColumnScan, Hit, What},
    facts::{counts, names, not_checked, sums},
    finding::{counted, finding, in_column, share},
    groups::{self, Groups},
    names::NamesStage,
    privacy_findings::{classes, found, source_name},
    redact::{masked_name, redact},
};
use crate::{Error, Result};

/// Looks at rows on their way into the draft, acts and counts. Keeps no value of the data.
#[derive(Debug)]
pub struct PrivacyScan {
    as_of: Date,
    pub(super) columns: Vec<ColumnScan>,
    names: NamesStage,
    dropped: BTreeMap<ColumnName, Dropped>,
    pub(super) published: u64,
    pub(super) withheld: u64,
    bad_names: u64,
}

/// What was found in a column that is left out.
#[derive(Debug, Clone)]
pub(crate) struct Dropped {
    findings: Vec<Finding>,
    counts: Vec<RuleCount>,
}

impl PrivacyScan {
    /// A scan of the published columns of a dataset by the rules of a day.
    pub fn new(dataset: &Dataset, as_of: Date) -> Self {
        Self::without(dataset, as_of, BTreeMap::new())
    }

    /// The same without the columns that an earlier pass dropped.
    pub(crate) fn without(dataset: &Dataset, as_of: Date, dropped: BTreeMap<ColumnName, Dropped>) -> Self {
        let columns = dataset.published_columns().filter(|column| !dropped.contains_key(&column.name));
        let columns = columns.map(|column| ColumnScan::new(column, dataset, as_of)).collect();
        let names = NamesStage::new(dataset, as_of);
        Self { as_of, columns, names, dropped, published: 0, withheld: 0, bad_names: 0 }
    }

    /// The columns that an earlier pass dropped.
    pub(crate) fn left_out(&self) -> &BTreeMap<ColumnName, Dropped> {
        &self.dropped
    }

    /// What was seen in each column.
    #[cfg(test)]
    pub(super) fn columns(&self) -> &[ColumnScan] {
        &self.columns
    }

    /// Rows that were withheld so far.
    pub fn rows_withheld(&self) -> u64 {
        self.withheld
    }

    /// Rows under embargo so far.
    pub(crate) fn rows_embargoed(&self) -> u64 {
        self.names.rows_embargoed()
    }

    /// The day on which the first of them may be published.
    pub(crate) fn embargo_until(&self) -> Option<Date> {
        self.names.embargo_until()
    }

    /// What happened to names since the last time, and how many rows are under embargo until when.
    pub(crate) fn take_names(&mut self) -> (NamesFacts, u64, Option<Date>) {
        self.names.take_facts()
    }

    /// Counts what happened to other names too, and other rows under embargo.
    pub(crate) fn add_names(&mut self, facts: (&NamesFacts, u64, Option<Date>)) {
        self.names.add_facts(facts);
    }

    /// Masks names in typed rows and leaves out those under embargo, before the published columns are chosen.
    pub(crate) fn mask_names(&mut self, rows: RecordBatch) -> Result<RecordBatch> {
        self.names.pass(rows)
    }

    /// A source's name without identity numbers; one in name or location blocks.
    pub(crate) fn source_name(&mut self, name: &str, location: &str) -> String {
        let masked = masked_name(name);
        self.bad_names += u64::from(masked.is_some() || masked_name(location).is_some());
        masked.unwrap_or_else(|| name.to_owned())
    }

    /// The columns that the rules drop, with what was found in them; earlier ones included.
    pub(crate) fn dropped(&self, dataset: &Dataset) -> BTreeMap<ColumnName, Dropped> {
        let mut dropped = self.dropped.clone();
        for column in &self.columns {
            let drops = |what: &What| what.action == Some(PrivacyAction::DropColumn);
            let name = dataset.columns.iter().map(|declared| &declared.name).find(|name| name.as_str() == column.name);
            if let Some(name) = name.filter(|_| column.found.keys().any(drops)) {
                let (findings, counts) = (found(column), counts(column).collect());
                dropped.insert(name.clone(), Dropped { findings, counts });
            }
        }
        dropped
    }

    /// Looks at rows; masks and leaves out what must not be published where the dataset says so.
    pub(super) fn pass(&mut self, mut rows: RecordBatch) -> Result<RecordBatch> {
        let mut found: Vec<Vec<Hit>> = Vec::with_capacity(self.columns.len());
        for column in &mut self.columns {
            let cells = rows.column_by_name(&column.name);
            let cells = cells.ok_or_else(|| Error::Internal(format!("column '{}' was not scanned", column.name)))?;
            found.push(column.look(cells)?);
        }
        let all = found.iter().flatten();
        let withheld = all.filter(|hit| hit.what.action == Some(PrivacyAction::WithholdRow)).map(|hit| hit.row);
        let withheld: BTreeSet<usize> = withheld.collect();
        self.note(&found, &withheld);
        for (column, hits) in self.columns.iter().zip(&found) {
            rows = redact(rows, &column.name, hits)?;
        }
        self.published += (rows.num_rows() - withheld.len()) as u64;
        self.withheld += withheld.len() as u64;
        if withheld.is_empty() {
            return Ok(rows);
        }
        let keep: BooleanArray = (0..rows.num_rows()).map(|row| Some(!withheld.contains(&row))).collect();
        filter_record_batch(&rows, &keep).map_err(|error| Error::Internal(error.to_string()))
    }

    fn note(&mut self, found: &[Vec<Hit>], withheld: &BTreeSet<usize>) {
        let seen = self.published + self.withheld;
        for (column, hits) in self.columns.iter_mut().zip(found) {
            for hit in hits {
                let published = self.published + (hit.row - withheld.range(..hit.row).count()) as u64;
                let listed = (!withheld.contains(&hit.row)).then_some(published);
                column.found.entry(hit.what).or_default().count(seen + hit.row as u64, listed);
            }
        }
    }

    /// What the scan and the declared classes mean for a draft.
    pub(super) fn judge(self, draft: &Draft, groups: Option<&Groups>) -> GateReport {
        let mut findings: Vec<Finding> = classes(draft).collect();
        findings.extend(self.unseen(draft));
        findings.extend(source_name(self.bad_names));
        findings.extend(self.columns.iter().flat_map(found));
        findings.extend(self.dropped.iter().flat_map(|(name, found)| dropped(name, &found.findings)));
        findings.extend(names(self.names.facts()));
        findings.extend(self.withheld_rows(&draft.dataset));
        findings.extend(groups::findings(draft, groups));
        let rows = self.published + self.withheld;
        let rules: Vec<&str> = PrivacyRule::ALL.into_iter().map(PrivacyRule::name).collect();
        let checked = format!(
            "{rows} rows in {} columns by the rules of {} ({}); privacy classes",
            self.columns.len(),
            self.as_of,
            rules.join(", ")
        );
        let of_dropped = self.dropped.values().flat_map(|dropped| dropped.counts.iter().cloned());
        let privacy = PrivacyFacts {
            as_of: self.as_of,
            rules: PrivacyRule::ALL.to_vec(),
            found: sums(self.columns.iter().flat_map(counts).chain(of_dropped)),
            names: self.names.facts().clone(),
            not_checked: not_checked(&draft.dataset),
        };
        GateReport { privacy: Some(privacy), ..GateReport::new(GateKind::Privacy, checked, findings) }
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

    /// Withheld rows; more than the limits allow block.
    fn withheld_rows(&self, dataset: &Dataset) -> Option<Finding> {
        let limits = &dataset.file.gates.privacy.withhold;
        let rows = self.published + self.withheld;
        // A share that cannot be compared (a limit that is no number) blocks.
        let within = self.withheld <= limits.max_rows || share(self.withheld, rows) <= limits.max_share;
        (self.withheld > 0).then(|| {
            let message = format!("{} of {rows} rows were withheld", self.withheld);
            let hint = "Mend them where they are kept; a column that holds such numbers must not be published.";
            let finding = if within {
                finding("privacy-row-withheld", Severity::Warning, message, hint)
            } else {
                let (most, share) = (limits.max_rows, limits.max_share * 100.0);
                let message = format!("{message}; {most} rows or {share} % are allowed");
                finding("privacy-withheld-too-many", Severity::Block, message, hint)
            };
            counted(finding, self.withheld)
        })
    }
}

/// A column that was left out, with what was found in it.
fn dropped(name: &ColumnName, found: &[Finding]) -> impl Iterator<Item = Finding> {
    let message = format!("column '{name}' was left out");
    let hint = "Mend the column at the source, or declare it `personal` so that it is never published.";
    let count = found.iter().map(|finding| finding.count).sum();
    let own =
        counted(in_column(finding("privacy-column-dropped", Severity::Warning, message, hint), name.as_str()), count);
    // Rows of the earlier pass are not those of the published table.
    let found = found.iter().map(|finding| Finding { rows: Vec::new(), ..finding.clone() }).collect::<Vec<_>>();
    std::iter::once(own).chain(found)
}
