//! What the privacy gate tells the public about its work: counts by rule and action, and what it did not look at.

use std::collections::BTreeMap;

use catalog::version::{Finding, NamesFacts, NotChecked, RuleCount, Severity, Unchecked};
use config::{Column, ColumnType, Dataset, PrivacyAction, PrivacyClass, PrivacyRule};

use super::{
    column_scan::ColumnScan,
    finding::{counted, finding},
};

/// What was found in a column, by rule and action.
pub(super) fn counts(column: &ColumnScan) -> impl Iterator<Item = RuleCount> {
    let count = column.found.iter().map(|(what, tally)| (what.rule, what.action, tally.count));
    count.map(|(rule, action, cells)| RuleCount { rule, action, cells })
}

/// The sums of counts by rule and action, in the order of the rules.
pub(super) fn sums(counts: impl Iterator<Item = RuleCount>) -> Vec<RuleCount> {
    let mut sums: BTreeMap<(PrivacyRule, Option<PrivacyAction>), u64> = BTreeMap::new();
    for count in counts {
        *sums.entry((count.rule, count.action)).or_default() += count.cells;
    }
    sums.into_iter().map(|((rule, action), cells)| RuleCount { rule, action, cells }).collect()
}

/// What is not looked at in a dataset.
pub(super) fn not_checked(dataset: &Dataset) -> Vec<NotChecked> {
    let typed = |column: &Column| match column.kind {
        ColumnType::Boolean { .. }
        | ColumnType::Date { .. }
        | ColumnType::Datetime { .. }
        | ColumnType::Geometry { .. } => true,
        ColumnType::Text {}
        | ColumnType::Code { .. }
        | ColumnType::Integer {}
        | ColumnType::Number {}
        | ColumnType::Decimal { .. } => false,
    };
    let system = |column: &Column| dataset.file.gates.privacy.system_numbers.contains(&column.name);
    let free = |column: &Column| column.class == PrivacyClass::FreeText;
    let some = |what: Unchecked, fits: &dyn Fn(&Column) -> bool| {
        let columns: Vec<String> =
            dataset.published_columns().filter(|column| fits(column)).map(|column| column.name.to_string()).collect();
        (!columns.is_empty()).then_some(NotChecked { what, columns })
    };
    let all = [
        some(Unchecked::TypedColumns, &typed),
        some(Unchecked::NamesInFreeText, &free),
        some(Unchecked::SystemNumbers, &system),
    ];
    all.into_iter().flatten().collect()
}

/// What happened to names, as findings.
pub(super) fn names(facts: &NamesFacts) -> impl Iterator<Item = Finding> {
    let masked = (facts.masked > 0).then(|| {
        let message = format!("names of persons in {} cells were masked", facts.masked);
        let hint = "For information; gates.privacy.names can keep them for a year, by a decision.";
        counted(finding("privacy-names-masked", Severity::Info, message, hint), facts.masked)
    });
    let kept = (facts.kept > 0).then(|| {
        let until = facts.until.map(|day| format!("; the first must go on {day}")).unwrap_or_default();
        let message = format!("names of persons in {} cells are published{until}", facts.kept);
        let hint = "Keep a server running, or a timer: the dataset runs on that day, so that the names go in time.";
        counted(finding("privacy-names-kept", Severity::Info, message, hint), facts.kept)
    });
    let leftovers = (facts.leftovers > 0).then(|| {
        let message =
            format!("{} other texts held a name that the row masks; it was masked there too", facts.leftovers);
        let hint = "Have the source mask the name everywhere in the entry.";
        counted(finding("privacy-name-leftover", Severity::Warning, message, hint), facts.leftovers)
    });
    [masked, kept, leftovers].into_iter().flatten()
}
