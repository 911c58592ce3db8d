//! The gate report as the templates show it.

use catalog::version::{Completeness, Manifest, NamesFacts, PrivacyFacts, SequenceGaps};

use super::page::Page;
use crate::dialect::{report_texts, texts};

/// The gate report of a version.
pub(super) struct ReportView<'a> {
    pub(super) href: String,
    /// The day whose rules held.
    pub(super) as_of: Option<String>,
    /// Label and count of rows.
    pub(super) rows: Vec<(&'static str, String)>,
    pub(super) selection: Option<&'a str>,
    /// Label and value.
    pub(super) names: Vec<(&'static str, String)>,
    /// What each rule found: rule, action, cells. A rule without finds has none of the last two.
    pub(super) found: Vec<(&'static str, &'static str, String)>,
    /// What was not looked at, and the columns concerned.
    pub(super) not_checked: Vec<(&'static str, String)>,
    pub(super) sequence: Option<SequenceView>,
}

/// The gaps of a column that counts.
pub(super) struct SequenceView {
    pub(super) column: String,
    pub(super) missing: String,
    pub(super) checked: bool,
    pub(super) gaps: Vec<String>,
}

impl<'a> ReportView<'a> {
    /// The report of a version; `None` for versions that were made before there was one.
    pub(super) fn new(manifest: &'a Manifest, page: &Page<'_>) -> Option<Self> {
        let completeness = manifest.gates.iter().find_map(|report| report.completeness.as_ref());
        let privacy = manifest.gates.iter().find_map(|report| report.privacy.as_ref());
        (completeness.is_some() || privacy.is_some()).then(|| Self {
            href: format!("{}d/{}/v/{}/gate-report.json", page.root, manifest.dataset, manifest.number),
            as_of: privacy.map(|facts| facts.as_of.to_string()),
            rows: completeness.map(|facts| rows(facts, page)).unwrap_or_default(),
            selection: completeness.and_then(|facts| {
                let declared = facts.selection.as_ref().map(|text| text.get(page.lang));
                declared.or(facts.source_selection.as_deref())
            }),
            names: privacy.map(|facts| names(&facts.names, page)).unwrap_or_default(),
            found: privacy.map(|facts| found(facts, page)).unwrap_or_default(),
            not_checked: privacy.map(|facts| not_checked(facts, page)).unwrap_or_default(),
            sequence: completeness.and_then(|facts| facts.sequence.as_ref()).map(|gaps| sequence(gaps, page)),
        })
    }
}

fn rows(facts: &Completeness, page: &Page<'_>) -> Vec<(&'static str, String)> {
    let number = |count| texts::number(count, page.lang);
    let mut rows = vec![
        (page.w.rows_read, number(facts.rows_read)),
        (page.w.rows_published, number(facts.rows_published)),
        (page.w.rows_rejected, number(facts.rows_rejected)),
        (page.w.rows_withheld, number(facts.rows_withheld)),
        (page.w.rows_embargoed, number(facts.rows_embargoed)),
    ];
    rows.extend(facts.source_counts.iter().map(|count| {
        let counted = count.statistics.map_or_else(|| "–".to_owned(), number);
        (page.w.source_counts, format!("{}: {} / {counted}", count.entity, number(count.ids)))
    }));
    rows
}

fn names(facts: &NamesFacts, page: &Page<'_>) -> Vec<(&'static str, String)> {
    let number = |count| texts::number(count, page.lang);
    let mut lines = vec![
        (page.w.names_of_persons, report_texts::names(facts.policy, page.lang).to_owned()),
        (page.w.names_masked, number(facts.masked + facts.leftovers)),
    ];
    lines.extend(facts.decision.as_ref().map(|text| (page.w.names_decision, text.get(page.lang).to_owned())));
    lines.extend(facts.until.map(|day| (page.w.names_until, day.to_string())));
    lines
}

fn found(facts: &PrivacyFacts, page: &Page<'_>) -> Vec<(&'static str, &'static str, String)> {
    let lines = facts.rules.iter().flat_map(|rule| {
        let label = report_texts::rule(*rule, page.lang);
        let own = facts.found.iter().filter(move |count| count.rule == *rule);
        let mut lines: Vec<_> = own
            .map(|count| (label, report_texts::action(count.action, page.lang), texts::number(count.cells, page.lang)))
            .collect();
        if lines.is_empty() {
            lines.push((label, page.w.no_findings, texts::number(0, page.lang)));
        }
        lines
    });
    lines.collect()
}

fn not_checked(facts: &PrivacyFacts, page: &Page<'_>) -> Vec<(&'static str, String)> {
    let lines = facts.not_checked.iter();
    lines.map(|part| (report_texts::unchecked(part.what, page.lang), part.columns.join(", "))).collect()
}

fn sequence(gaps: &SequenceGaps, page: &Page<'_>) -> SequenceView {
    let gap = |gap: &catalog::version::SequenceGap| {
        let series = gap.series.as_ref().map(|series| format!("{series}: ")).unwrap_or_default();
        if gap.first == gap.last {
            format!("{series}{}", gap.first)
        } else {
            format!("{series}{}–{}", gap.first, gap.last)
        }
    };
    SequenceView {
        column: gaps.column.clone(),
        missing: texts::number(gaps.missing, page.lang),
        checked: gaps.checked,
        gaps: gaps.gaps.iter().map(gap).collect(),
    }
}
