//! The disclosure gate: what can be worked out of statistics. It tells counts, never which number.

use catalog::version::{Draft, Finding, GateReport, Severity};
use config::{GateKind, SecondaryRule, Statistics};

use super::finding::{counted, finding, in_column};
use crate::disclosure::{Attack, Disclosed, Failure, Number};

/// Judges statistics by what an attacker can work out of them and of earlier releases.
pub(super) fn judge(draft: &Draft, disclosed: &Disclosed) -> GateReport {
    let cells = disclosed.cube.cells.len();
    let numbers = disclosed.numbers.len();
    let checked = format!(
        "{cells} cells with {numbers} numbers: what can be worked out by subtraction, and from earlier releases"
    );
    let mut findings: Vec<Finding> = releases(disclosed).collect();
    for number in &disclosed.numbers {
        findings.extend(attacked(number));
        findings.extend(hidden(number));
    }
    findings.extend(draft.dataset.file.statistics.as_ref().and_then(unprotected));
    GateReport::new(GateKind::Disclosure, checked, findings)
}

/// Blocks rows of a kind of which only statistics may be published.
pub(super) fn undeclared(draft: &Draft) -> Option<GateReport> {
    let demands = draft.dataset.profile.gates.contains(&GateKind::Disclosure);
    let finding = finding(
        "disclosure-undeclared",
        Severity::Block,
        format!(
            "the profile '{}' publishes statistics only, and the dataset declares none",
            draft.dataset.file.profile
        ),
        "Declare [statistics] with unit and dimensions, or leave the dataset unpublished.",
    );
    (demands && draft.dataset.file.statistics.is_none())
        .then(|| GateReport::new(GateKind::Disclosure, "nothing: there are no statistics".to_owned(), vec![finding]))
}

fn block(code: &str, count: usize, message: String, hint: &str) -> Option<Finding> {
    (count > 0).then(|| counted(finding(code, Severity::Block, message, hint), count as u64))
}

/// Earlier releases that could not be looked at.
fn releases(disclosed: &Disclosed) -> impl Iterator<Item = Finding> {
    let unknown = disclosed.unknown_releases;
    let hint = "Withdraw them, or lower statistics.releases if what they tell may be known.";
    let message = format!("of {unknown} earlier releases it is not known what they hid");
    let unknown = block("disclosure-release-unknown", unknown, message, hint);
    let other = disclosed.other_releases;
    let message = format!("{other} earlier releases tell numbers apart by other columns and cannot be compared");
    let other = block("disclosure-release-other", other, message, hint);
    unknown.into_iter().chain(other)
}

/// What an attacker can do with a number.
fn attacked(number: &Number) -> impl Iterator<Item = Finding> + '_ {
    let Attack { exact, narrow, unproven, opened, small, failure } = number.attack;
    let protect = "Set statistics.secondary to gauss, choose wider codes or fewer tables; if earlier releases tell it, \
                   withdraw them.";
    let findings = [
        block("disclosure-exact", exact, format!("{exact} hidden numbers can be worked out exactly"), protect),
        block(
            "disclosure-narrow",
            narrow,
            format!("{narrow} hidden numbers can be worked out more closely than declared"),
            "Choose wider codes or fewer tables, or lower the least width.",
        ),
        block(
            "disclosure-unproven",
            unproven,
            format!("of {unproven} hidden numbers it could not be shown that they cannot be worked out"),
            "Choose wider codes or fewer tables.",
        ),
        block(
            "disclosure-release-opened",
            opened,
            format!("{opened} numbers that earlier releases hid could be worked out"),
            protect,
        ),
        block("disclosure-small", small, format!("{small} rounded numbers are small"), "Please report this."),
        failure.and_then(failed),
    ];
    findings.into_iter().flatten().map(|finding| in_column(finding, &number.name))
}

fn failed(failure: Failure) -> Option<Finding> {
    match failure {
        Failure::TooLarge => block(
            "disclosure-too-large",
            1,
            "the table is larger than what can be looked at as an attacker would".to_owned(),
            "Leave out a dimension, choose wider codes, or name fewer tables.",
        ),
        // A run that was stopped ends before its gates.
        Failure::Stopped => None,
        Failure::Contradiction => block(
            "disclosure-contradiction",
            1,
            "what is published contradicts what is known of earlier releases".to_owned(),
            "The private records were changed: restore them from a backup, or withdraw the earlier releases.",
        ),
    }
}

/// What is lost to readers; the rules stand in the declaration, and which cell fell under which stays private.
fn hidden(number: &Number) -> Option<Finding> {
    let hidden = number.shown.iter().filter(|value| value.is_none()).count();
    (hidden > 0).then(|| {
        let message = format!("{hidden} of {} numbers are hidden", number.shown.len());
        let hint = "For information; `allmenning plan` shows the loss by level.";
        let found = counted(finding("disclosure-hidden", Severity::Info, message, hint), hidden as u64);
        in_column(found, &number.name)
    })
}

fn unprotected(rules: &Statistics) -> Option<Finding> {
    (rules.secondary == SecondaryRule::None).then(|| {
        let message = "no further numbers are hidden against subtraction; the declaration gives a reason".to_owned();
        finding("disclosure-unprotected", Severity::Warning, message, "Set statistics.secondary to gauss.")
    })
}
