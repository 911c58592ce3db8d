//! Clearance: the proof of which gates ran on a draft and what they found. Fails closed.

use std::collections::BTreeSet;

use config::GateKind;
use serde::{Deserialize, Serialize};

use crate::{
    Error, Result,
    version::{Completeness, Draft, PrivacyFacts},
};

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
    /// only, since it would lead strangers to what was published with a warning.
    fn for_everybody(mut self) -> Self {
        if self.gate == GateKind::Privacy {
            self.findings.iter_mut().for_each(|finding| finding.rows.clear());
        }
        self
    }

    /// True if something was found that blocks publication.
    pub fn blocks(&self) -> bool {
        self.findings.iter().any(|finding| finding.severity == Severity::Block)
    }
}

/// The proof that one draft may be published. Can only be had from [`Clearance::grant`].
#[derive(Debug, Clone)]
pub struct Clearance {
    pub(super) content: String,
    pub(super) reports: Vec<GateReport>,
}

impl Clearance {
    /// Grants clearance if every demanded gate reported and none blocks.
    ///
    /// # Errors
    /// `NotCleared` names the gates that did not run or that block.
    pub fn grant(draft: &Draft, demanded: &BTreeSet<GateKind>, reports: Vec<GateReport>) -> Result<Self> {
        let ran: BTreeSet<GateKind> = reports.iter().map(|report| report.gate).collect();
        let missing = demanded.difference(&ran).map(|gate| format!("gate '{}' did not run", gate.name()));
        let blocking = reports.iter().filter(|report| report.blocks()).map(|report| {
            let codes: BTreeSet<&str> = report
                .findings
                .iter()
                .filter(|finding| finding.severity == Severity::Block)
                .map(|finding| finding.code.as_str())
                .collect();
            format!("gate '{}' blocks ({})", report.gate.name(), codes.into_iter().collect::<Vec<_>>().join(", "))
        });
        let reasons: Vec<String> = missing.chain(blocking).collect();
        if reasons.is_empty() {
            let reports = reports.into_iter().map(GateReport::for_everybody).collect();
            Ok(Self { content: draft.content_sha256(), reports })
        } else {
            Err(Error::NotCleared { dataset: draft.dataset.id.clone(), reason: reasons.join("; ") })
        }
    }
}
