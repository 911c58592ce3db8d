//! What a version's rows went through, for everybody who asks how complete and how safe it is. Never holds a value.

use std::collections::BTreeSet;

use config::{GateKind, NamesPolicy, PrivacyAction, PrivacyRule, Text};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// How serious a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Good to know.
    Info,
    /// Should be mended.
    Warning,
    /// Nothing is published.
    Block,
}

/// What a gate found. Never carries a value of the data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Stable code, a heading in `docs/errors.md`.
    pub code: String,
    /// How serious.
    pub severity: Severity,
    /// What was found, in English, without values of the data.
    pub message: String,
    /// What to do about it.
    pub hint: String,
    /// The column, if one.
    pub column: Option<String>,
    /// How many cells or rows.
    pub count: u64,
    /// The first rows of the published table concerned, from 0; at most 20.
    pub rows: Vec<u64>,
    /// Where the first of them stand in the source, if that is known; at most 20.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub places: Vec<CellPlace>,
}

/// A row of a source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CellPlace {
    /// The file.
    pub file: String,
    /// Line of a text file, row of a sheet, or position of an object, from 1.
    pub row: u64,
}

/// What one gate reports.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GateReport {
    /// The gate.
    pub gate: GateKind,
    /// What it looked at, in words and counts.
    pub checked: String,
    /// What it found; empty if all is well.
    pub findings: Vec<Finding>,
    /// How complete the version is, from the shape gate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub completeness: Option<Completeness>,
    /// What was looked for and done, from the privacy gate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub privacy: Option<PrivacyFacts>,
}

impl GateReport {
    /// A report without facts of its own.
    pub fn new(gate: GateKind, checked: String, findings: Vec<Finding>) -> Self {
        Self { gate, checked, findings, completeness: None, privacy: None }
    }

    /// The report as the public manifest holds it: where the privacy gate found something stands in the run record
    /// only, since it would lead strangers to what was published with a warning; so does where rows stand that a check
    /// found by columns which are not `published`, or by several.
    pub(super) fn for_everybody(mut self, published: &BTreeSet<&str>) -> Self {
        for finding in &mut self.findings {
            if !finding.column.as_deref().is_some_and(|name| published.contains(name)) {
                finding.places.clear();
            }
        }
        if self.gate == GateKind::Privacy {
            self.findings.iter_mut().for_each(|finding| {
                finding.rows.clear();
                finding.places.clear();
            });
        }
        self
    }

    /// True if something was found that blocks publication.
    pub fn blocks(&self) -> bool {
        self.findings.iter().any(|finding| finding.severity == Severity::Block)
    }
}

/// How much of what the source has is published.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Completeness {
    /// Rows read from the source.
    pub rows_read: u64,
    /// Rows published.
    pub rows_published: u64,
    /// Rows that do not fit the declaration.
    pub rows_rejected: u64,
    /// Rows that the privacy gate withheld.
    pub rows_withheld: u64,
    /// Rows that must not be published yet.
    pub rows_embargoed: u64,
    /// The day on which the first of them may be published.
    #[serde(default)]
    pub embargo_until: Option<Date>,
    /// By which criterion rows were chosen, and what is left out.
    pub selection: Option<Text>,
    /// The same in the words of the source itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_selection: Option<String>,
    /// How the ids of the source compare with what it counts itself; empty where they were not compared.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub source_counts: Vec<SourceCount>,
    /// The gaps of a column that counts; `None` where none is declared.
    pub sequence: Option<SequenceGaps>,
}

/// What a source says about one kind of object, held against the ids that it answers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceCount {
    /// The kind.
    pub entity: String,
    /// Ids that were answered.
    pub ids: u64,
    /// What its statistics count; `None` where they say nothing.
    pub statistics: Option<u64>,
    /// Both agree, but for what came and went meanwhile and what has no date of publication.
    pub agrees: bool,
}

/// Numbers that are missing between the smallest and the largest that were read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SequenceGaps {
    /// The column.
    pub column: String,
    /// The column with the year or series within which the numbers are counted.
    pub within: Option<String>,
    /// Missing numbers.
    pub missing: u64,
    /// The first gaps.
    pub gaps: Vec<SequenceGap>,
    /// False where the numbers lie too far apart to be looked at.
    pub checked: bool,
}

/// Missing numbers in a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SequenceGap {
    /// The year or series.
    pub series: Option<String>,
    /// The first missing number.
    pub first: i64,
    /// The last missing number.
    pub last: i64,
}

/// What the privacy gate looked for, found and did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrivacyFacts {
    /// The day whose rules held.
    pub as_of: Date,
    /// The rules that were applied.
    pub rules: Vec<PrivacyRule>,
    /// What they found.
    pub found: Vec<RuleCount>,
    /// Names of persons.
    pub names: NamesFacts,
    /// What was not looked at, and why not.
    pub not_checked: Vec<NotChecked>,
}

/// How often a rule found something and what was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleCount {
    /// The rule.
    pub rule: PrivacyRule,
    /// What was done; `None` where a column of system numbers was judged as a whole.
    pub action: Option<PrivacyAction>,
    /// Cells.
    pub cells: u64,
}

/// What happened to names of natural persons.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamesFacts {
    /// How long they are published.
    pub policy: NamesPolicy,
    /// The decision behind it.
    pub decision: Option<Text>,
    /// Cells whose names were masked.
    pub masked: u64,
    /// Cells whose names are published.
    pub kept: u64,
    /// Places in other texts of the same row where a masked name stood too.
    pub leftovers: u64,
    /// Rows with names that lack a day, which count as old.
    pub undated: u64,
    /// The day on which the first of the published names must go.
    pub until: Option<Date>,
    /// The parts of the dataset with published names; empty where it is not divided.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub parts: BTreeSet<String>,
}

/// Something that was not looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotChecked {
    /// What, and by that why not.
    pub what: Unchecked,
    /// The columns concerned; empty where it is no matter of columns.
    pub columns: Vec<String>,
}

/// What the privacy gate does not look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unchecked {
    /// Dates, times, truth values and geometries: they hold no text.
    TypedColumns,
    /// Names in free text that no column of the row knows.
    NamesInFreeText,
    /// Single numbers of columns that are judged as a whole.
    SystemNumbers,
}
