//! The privacy gate's findings in words. They carry counts and row numbers, never a value.

use catalog::version::{Draft, Finding, Severity};
use config::{PrivacyAction, PrivacyClass, PrivacyRule};

use super::{
    column_scan::{ColumnScan, Tally, What},
    finding::{counted, finding, in_column},
};

/// The stable code of a rule's findings.
fn code(rule: PrivacyRule) -> &'static str {
    match rule {
        PrivacyRule::IdentityNumber => "privacy-identity-number",
        PrivacyRule::IdentityNumber2032 => "privacy-identity-number-2032",
        PrivacyRule::SyntheticNumber => "privacy-synthetic-number",
        PrivacyRule::HelpNumber => "privacy-help-number",
        PrivacyRule::DufNumber => "privacy-duf-number",
        PrivacyRule::BankAccount => "privacy-bank-account",
        PrivacyRule::Phone => "privacy-phone",
        PrivacyRule::Email => "privacy-email",
        PrivacyRule::SpecialCategory => "privacy-special-category",
        PrivacyRule::Pay => "privacy-pay",
    }
}

/// Published columns whose class forbids it or asks for a look.
pub(super) fn classes(draft: &Draft) -> impl Iterator<Item = Finding> {
    draft.columns.iter().filter_map(|column| {
        let name = column.name.as_str();
        let declared = draft.dataset.columns.iter().find(|declared| declared.name == column.name);
        let limits = &draft.dataset.file.gates.privacy;
        let allowed = declared.is_some_and(|column| config::is_published(column, &draft.dataset.columns, limits));
        let (severity, why) = match declared.map(|declared| declared.class) {
            Some(PrivacyClass::Open | PrivacyClass::QuasiIdentifier) => return None,
            Some(PrivacyClass::Names | PrivacyClass::Sensitive) if allowed => return None,
            Some(PrivacyClass::FreeText) if allowed => {
                let message = format!("free text of column '{name}' is published");
                let hint = "Free text may name people in words that no gate finds; read samples from time to time.";
                return Some(in_column(finding("privacy-free-text", Severity::Info, message, hint), name));
            }
            Some(PrivacyClass::Sensitive) => (Severity::Block, "is sensitive, and the dataset does not release it"),
            Some(PrivacyClass::FreeText) => (Severity::Block, "is free text that the dataset does not release"),
            Some(PrivacyClass::Names) => (Severity::Block, "holds names in a text that the dataset does not release"),
            Some(PrivacyClass::Personal | PrivacyClass::Identifier | PrivacyClass::Secret) => {
                (Severity::Block, "is of a class never published")
            }
            None => (Severity::Block, "is not declared"),
        };
        let message = format!("column '{name}' {why}");
        let hint = "Change the column's class only if nobody can be recognised by its values.";
        Some(in_column(finding("privacy-class", severity, message, hint), name))
    })
}

/// Names of source files with identity numbers: the provenance would publish them.
pub(super) fn source_name(count: u64) -> Option<Finding> {
    (count > 0).then(|| {
        let message = format!("{count} names of source files hold an identity number");
        let hint = "Give the files another name: it is published with each version.";
        counted(finding("privacy-source-name", Severity::Block, message, hint), count)
    })
}

/// What was found in a column.
pub(super) fn found(column: &ColumnScan) -> Vec<Finding> {
    let chance = column.is_chance();
    column.found.iter().map(|(what, tally)| one(&column.name, *what, tally, chance)).collect()
}

fn one(column: &str, what: What, tally: &Tally, chance: bool) -> Finding {
    let Tally { count, rows, .. } = tally;
    let kind = what.kind;
    let (severity, done, hint) = match what.action {
        None if chance => (
            Severity::Warning,
            " (no more than chance gives in a column of system numbers)",
            "Look at some rows; declare the column `personal` if it may hold persons, and never name it in \
             gates.privacy.system_numbers.",
        ),
        None => (
            Severity::Block,
            " (more than chance gives in a column of system numbers)",
            "Take the column out of the publication, and of gates.privacy.system_numbers: it holds persons.",
        ),
        Some(PrivacyAction::Block) => (
            Severity::Block,
            "",
            "Remove it at the source, leave the column out, set gates.privacy.rules, or declare a column of long case \
             or register numbers in gates.privacy.system_numbers.",
        ),
        Some(PrivacyAction::WithholdRow) => (Severity::Warning, "; the rows are withheld", "Remove it at the source."),
        Some(PrivacyAction::Redact) => (Severity::Warning, "; it is masked", "Remove it at the source."),
        Some(PrivacyAction::DropColumn) => (Severity::Warning, "; the column is left out", "Remove it at the source."),
        Some(PrivacyAction::Warn) => (
            Severity::Warning,
            "",
            "It may be something else; look at the rows, and set gates.privacy.rules if it is not.",
        ),
    };
    let message = format!("{count} cells of column '{column}' hold a {kind}{done}");
    let finding = in_column(finding(code(what.rule), severity, message, hint), column);
    Finding { count: *count, rows: rows.clone(), ..finding }
}
