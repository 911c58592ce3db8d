//! What the checks of a dataset found, and what follows of it.

use catalog::version::{CellPlace, Draft, Finding, GateReport, Severity};
use config::{Check, CheckSeverity, GateKind};

use super::finding::{counted, finding, share};
use crate::quality::{Broken, Quality};

/// Holds what was found against what each check tolerates.
pub(super) fn judge(draft: &Draft, quality: &Quality) -> GateReport {
    let checks = &draft.dataset.file.checks;
    let found = quality.broken.iter().filter_map(|broken| Some(told(quality, broken, checks.get(broken.check)?)));
    let not_checked = quality.not_checked.iter().filter_map(|(check, reason)| {
        let message = format!("check {} could not be held against all rows: {reason}", check + 1);
        let hint = "Publish the other dataset first, or choose a check that can be held here.";
        Some(finding("check-not-held", severity(checks.get(*check)?), message, hint))
    });
    let checked = format!("{} rules held against {} rows", quality.rules, quality.rows);
    GateReport::new(GateKind::Quality, checked, found.chain(not_checked).collect())
}

fn told(quality: &Quality, broken: &Broken, check: &Check) -> Finding {
    let about_all = matches!(broken.code, "check-sum" | "check-age");
    let tolerated = !about_all
        && (broken.rows <= check.tolerated_rows || share(broken.rows, quality.rows) <= check.tolerated_share);
    let severity = if tolerated { Severity::Info } else { severity(check) };
    let message = if about_all {
        format!("it does not hold of {} rows that {}", quality.rows, quoted(broken))
    } else {
        format!("{} of {} rows break {}", broken.rows, quality.rows, quoted(broken))
    };
    let hint = "Mend the cells in the source; if they are right, change the check, or set tolerated_rows or severity.";
    let places = broken.places.iter().map(|place| CellPlace { file: place.file.clone(), row: place.row }).collect();
    let finding = counted(finding(broken.code, severity, message, hint), broken.rows);
    Finding { column: broken.column.clone(), places, ..finding }
}

fn quoted(broken: &Broken) -> String {
    format!("\"{}\"", broken.rule.replace('"', "'"))
}

fn severity(check: &Check) -> Severity {
    match check.severity {
        CheckSeverity::Block => Severity::Block,
        CheckSeverity::Warn => Severity::Warning,
    }
}
