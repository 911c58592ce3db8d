//! The gates of a version as the templates show them.

use catalog::version::GateReport;
use config::Language;

use super::page::Page;
use crate::dialect::finding_texts;

/// A gate.
pub(super) struct GateRow<'a> {
    pub(super) name: &'static str,
    pub(super) checked: Told,
    /// Code, text, and where in the source the first rows stand.
    pub(super) findings: Vec<(&'a str, Told, String)>,
}

/// A text in the page's language, or an English one that must say so.
pub(super) struct Told {
    pub(super) text: String,
    pub(super) foreign: bool,
}

impl Told {
    fn new(own: Option<String>, english: &str, page: &Page<'_>) -> Self {
        let foreign = own.is_none() && page.lang != Language::En;
        Self { text: own.unwrap_or_else(|| english.to_owned()), foreign }
    }
}

impl<'a> GateRow<'a> {
    /// A gate of a version.
    pub(super) fn new(report: &'a GateReport, page: &Page<'_>) -> Self {
        let findings = report.findings.iter().map(|finding| {
            let own = finding_texts::finding(finding, page.lang);
            let places = finding.places.iter().map(|place| format!("{}:{}", place.file, place.row));
            let places = places.collect::<Vec<_>>().join(", ");
            (finding.code.as_str(), Told::new(own, &finding.message, page), places)
        });
        Self {
            name: finding_texts::gate(report.gate, page.lang),
            checked: Told::new(finding_texts::checked(report, page.lang), &report.checked, page),
            findings: findings.collect(),
        }
    }
}
