//! Clearance: the proof of which gates ran on a draft and what they found. Fails closed.

use std::collections::BTreeSet;

use config::{ColumnType, GateKind};

use crate::{
    Error, Result,
    version::{ColumnInfo, Draft, GateReport, Severity},
};

/// The proof that one draft may be published. Can only be had from [`Clearance::grant`].
#[derive(Debug, Clone)]
pub struct Clearance {
    pub(super) content: String,
    pub(super) reports: Vec<GateReport>,
}

impl Clearance {
    /// Grants clearance if every demanded gate reported and none blocks. The geometry gate is
    /// demanded wherever a geometry is published, the disclosure gate of all statistics, the quality gate where there
    /// are checks, the metadata gate always.
    ///
    /// # Errors
    /// `NotCleared` names the gates that did not run or that block.
    pub fn grant(draft: &Draft, demanded: &BTreeSet<GateKind>, reports: Vec<GateReport>) -> Result<Self> {
        let ran: BTreeSet<GateKind> = reports.iter().map(|report| report.gate).collect();
        // Where geometries are published, no profile spares them their gate.
        let geometry = |column: &ColumnInfo| matches!(column.kind, ColumnType::Geometry { .. });
        let always = draft.columns.iter().any(geometry).then_some(GateKind::Geometry);
        let numbers = draft.dataset.file.statistics.is_some().then_some(GateKind::Disclosure);
        let checks = (!draft.dataset.file.checks.is_empty()).then_some(GateKind::Quality);
        let demanded: BTreeSet<GateKind> =
            demanded.iter().copied().chain(always).chain(numbers).chain(checks).chain([GateKind::Metadata]).collect();
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
            let published = draft.columns.iter().map(|column| column.name.as_str()).collect();
            let reports = reports.into_iter().map(|report| report.for_everybody(&published)).collect();
            Ok(Self { content: draft.content_sha256(), reports })
        } else {
            Err(Error::NotCleared { dataset: draft.dataset.id.clone(), reason: reasons.join("; ") })
        }
    }
}
