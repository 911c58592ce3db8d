//! Change against the previous version.

use catalog::version::{ColumnInfo, Draft, Finding, GateReport, Manifest, Severity};
use config::{ColumnName, GateKind};

use super::{
    finding::{counted, finding, in_column, share},
    shape::Observed,
};

/// Holds a draft against the version it follows.
pub(super) fn judge(draft: &Draft, observed: &Observed) -> GateReport {
    let mut findings: Vec<Finding> = withdrawn(observed).into_iter().collect();
    let Some(parent) = draft.parent.as_deref() else {
        let checked = "nothing: there is no previous version".to_owned();
        return GateReport { gate: GateKind::Drift, checked, findings };
    };
    findings.extend(rows(draft, parent));
    findings.extend(changelog(observed, parent));
    findings.extend(parent.columns.iter().filter_map(|old| column(draft, parent, old)));
    let checked = format!("{} rows against {} of version {}", draft.rows, parent.rows, parent.number);
    GateReport { gate: GateKind::Drift, checked, findings }
}

fn withdrawn(observed: &Observed) -> Option<Finding> {
    let number = observed.withdrawn_as?;
    let message = format!("this is what was withdrawn as version {number}");
    let hint = "Mend the source: what was withdrawn is not published again.";
    Some(finding("withdrawn-content", Severity::Block, message, hint))
}

fn changelog(observed: &Observed, parent: &Manifest) -> Option<Finding> {
    let whose =
        if observed.has_ambiguous_keys() { "rows".to_owned() } else { format!("rows of version {}", parent.number) };
    let message = format!("there is no changelog: {whose} share a key or have none");
    let hint = "Choose key columns that name each row.";
    observed.no_changelog.then(|| finding("drift-no-changelog", Severity::Warning, message, hint))
}

fn rows(draft: &Draft, parent: &Manifest) -> Option<Finding> {
    let limits = &draft.dataset.file.gates.drift;
    let (now, before) = (draft.rows, parent.rows);
    let change = share(now.abs_diff(before), before);
    let block = |code, message, hint| counted(finding(code, Severity::Block, message, hint), now.abs_diff(before));
    if now < before && change > limits.max_row_loss {
        let message = format!("{now} rows, {before} in version {}: {:.0} % are gone", parent.number, change * 100.0);
        Some(block(
            "drift-row-loss",
            message,
            "Look whether the source is whole; raise gates.drift.max_row_loss if so.",
        ))
    } else if now > before && before > 0 && change > limits.max_row_growth {
        let message = format!("{now} rows, {before} in version {}: {:.0} % more", parent.number, change * 100.0);
        Some(block(
            "drift-row-growth",
            message,
            "Look for repeated rows; raise gates.drift.max_row_growth if all is right.",
        ))
    } else {
        None
    }
}

fn column(draft: &Draft, parent: &Manifest, old: &ColumnInfo) -> Option<Finding> {
    let name = old.name.as_str();
    let Some(new) = draft.columns.iter().find(|new| new.name == old.name) else {
        // Somebody took it out of the declaration: on purpose, but readers will miss it.
        let message = format!("column '{name}' of version {} is no longer published", parent.number);
        let hint = "Tell the readers; add the column again if it was left out by mistake.";
        return Some(in_column(finding("drift-column-removed", Severity::Warning, message, hint), name));
    };
    if std::mem::discriminant(&new.kind) != std::mem::discriminant(&old.kind) {
        let message = format!("column '{name}' has another type than in version {}", parent.number);
        let hint = "Tell the readers; a new column beside the old one breaks no program.";
        return Some(in_column(finding("drift-column-retyped", Severity::Warning, message, hint), name));
    }
    nulls(draft, parent, &old.name)
}

fn nulls(draft: &Draft, parent: &Manifest, name: &ColumnName) -> Option<Finding> {
    let (new, old) = (draft.statistics.get(name)?, parent.statistics.get(name)?);
    let (now, before) = (share(new.nulls, draft.rows), share(old.nulls, parent.rows));
    (parent.rows > 0 && now - before > draft.dataset.file.gates.drift.max_null_rise).then(|| {
        let (now, before) = (now * 100.0, before * 100.0);
        let message = format!("{now:.0} % of column '{name}' are missing, {before:.0} % in version {}", parent.number);
        let hint = "Look whether the source renamed or dropped the column; raise gates.drift.max_null_rise if not.";
        counted(in_column(finding("drift-null-rise", Severity::Block, message, hint), name.as_str()), new.nulls)
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use catalog::version::ColumnStatistics;
    use config::ColumnType;
    use serde_json::json;

    use super::*;
    use crate::gate::testing::{draft, parent_of};

    fn codes(draft: &Draft) -> Vec<(String, Severity)> {
        judge(draft, &Observed::default())
            .findings
            .into_iter()
            .map(|finding| (finding.code, finding.severity))
            .collect()
    }

    #[test]
    fn the_first_version_has_nothing_to_drift_from() {
        assert_eq!(codes(&draft(&json!({}), 10)), []);
    }

    #[test]
    fn rows_may_change_within_limits() {
        for (now, code) in [
            (71, None),
            (70, None),
            (69, Some("drift-row-loss")),
            (1100, None),
            (1101, Some("drift-row-growth")),
            (0, Some("drift-row-loss")),
        ] {
            let mut draft = draft(&json!({}), now);
            draft.parent = Some(Arc::new(parent_of(&draft, 100)));
            let expected: Vec<_> = code.map(|code| (code.to_owned(), Severity::Block)).into_iter().collect();
            assert_eq!(codes(&draft), expected, "{now}");
        }
    }

    #[test]
    fn a_column_that_empties_blocks() {
        let mut draft = draft(&json!({}), 100);
        draft.parent = Some(Arc::new(parent_of(&draft, 100)));
        let statistics = |nulls| ColumnStatistics { nulls, ..ColumnStatistics::default() };
        draft.statistics.insert("navn".parse().unwrap(), statistics(20));
        assert_eq!(codes(&draft), []);
        draft.statistics.insert("navn".parse().unwrap(), statistics(21));
        assert_eq!(codes(&draft), [("drift-null-rise".to_owned(), Severity::Block)]);
    }

    #[test]
    fn removed_and_retyped_columns_are_told() {
        let mut draft = draft(&json!({}), 100);
        draft.parent = Some(Arc::new(parent_of(&draft, 100)));
        draft.columns.remove(0);
        draft.columns[0].kind = ColumnType::Boolean { yes: Vec::new(), no: Vec::new() };
        let warning = |code: &str| (code.to_owned(), Severity::Warning);
        assert_eq!(codes(&draft), [warning("drift-column-removed"), warning("drift-column-retyped")]);
    }
}
