//! What a schema cannot say of the privacy gate: which columns may be named where, and what must not be set.

use crate::{
    Column, ColumnName, ColumnType, Dataset, NamesPolicy, PrivacyAction, PrivacyClass,
    column_checks::known,
    document::Document,
    problem::{self, Problem, Problems},
};

/// Checks the privacy gate's settings and the rules of names.
pub(crate) fn dataset(document: &Document, joined: &Dataset, problems: &mut Problems) {
    free_text(document, joined, problems);
    sensitive(document, joined, problems);
    actions(document, joined, problems);
    lists(document, joined, problems);
    names(document, joined, problems);
    for (at, column) in joined.file.columns.iter().enumerate() {
        name_rule(document, joined, (at, column), problems);
    }
}

fn find<'a>(joined: &'a Dataset, name: &ColumnName) -> Option<&'a Column> {
    joined.columns.iter().find(|column| column.name == *name)
}

/// The column at a path; a problem where there is none.
fn there<'a>(
    document: &Document,
    joined: &'a Dataset,
    path: &[&str],
    name: &ColumnName,
    problems: &mut Problems,
) -> Option<&'a Column> {
    let names: Vec<&str> = joined.columns.iter().map(|column| column.name.as_str()).collect();
    known(document, path, name, &names, problems);
    find(joined, name)
}

fn free_text(document: &Document, joined: &Dataset, problems: &mut Problems) {
    for (at, name) in joined.file.gates.privacy.publish_free_text.iter().enumerate() {
        let path = ["gates", "privacy", "publish_free_text", &at.to_string()];
        let problem = |text: &str| document.problem_at(problem::COLUMN, &path, format!("column `{name}` {text}"));
        match there(document, joined, &path, name, problems).map(|column| column.class) {
            None | Some(PrivacyClass::FreeText) => {}
            Some(PrivacyClass::Open | PrivacyClass::QuasiIdentifier) => {
                problems.push(problem("is open, and published anyhow").warning());
            }
            Some(PrivacyClass::Names) => problems.push(problem("holds names, and is published with them masked")),
            Some(PrivacyClass::Sensitive) => {
                problems.push(problem("is sensitive").hint("name it in gates.privacy.publish_sensitive"));
            }
            Some(PrivacyClass::Personal | PrivacyClass::Identifier | PrivacyClass::Secret) => {
                problems.push(problem("points to persons and is never published"));
            }
        }
    }
}

/// A column that is released as sensitive must be, and something must tell which rows look alike.
fn sensitive(document: &Document, joined: &Dataset, problems: &mut Problems) {
    for (at, name) in joined.file.gates.privacy.publish_sensitive.iter().enumerate() {
        let path = ["gates", "privacy", "publish_sensitive", &at.to_string()];
        let Some(column) = there(document, joined, &path, name, problems) else { continue };
        if column.class != PrivacyClass::Sensitive {
            let message = format!("column `{name}` is not of the class `sensitive`");
            problems.push(document.problem_at(problem::COLUMN, &path, message));
        } else if !joined.columns.iter().any(|column| column.class == PrivacyClass::QuasiIdentifier) {
            let message = format!("no column tells which rows look alike, so `{name}` cannot be released");
            let hint = "declare the columns by which somebody could be recognised as `quasi-identifier`";
            problems.push(document.problem_at(problem::COLUMN, &path, message).hint(hint));
        }
    }
}

fn actions(document: &Document, joined: &Dataset, problems: &mut Problems) {
    let limits = &joined.file.gates.privacy;
    let hint =
        "name columns of system numbers in `system_numbers`; else choose block, withhold-row, redact or drop-column";
    let mut refuse = |path: &[&str]| {
        let message = "identity numbers are never published, so `warn` is not enough";
        problems.push(document.problem_at(problem::VALUE, path, message).hint(hint));
    };
    if limits.on_identity_number == PrivacyAction::Warn {
        refuse(&["gates", "privacy", "on_identity_number"]);
    }
    for (at, entry) in limits.rules.iter().enumerate() {
        if entry.action == PrivacyAction::Warn && entry.rule.is_never_published() {
            refuse(&["gates", "privacy", "rules", &at.to_string(), "action"]);
        }
    }
}

fn lists(document: &Document, joined: &Dataset, problems: &mut Problems) {
    let limits = &joined.file.gates.privacy;
    for (at, entry) in limits.rules.iter().enumerate() {
        for (place, name) in entry.columns.iter().enumerate() {
            let path = ["gates", "privacy", "rules", &at.to_string(), "columns", &place.to_string()];
            there(document, joined, &path, name, problems);
        }
    }
    for (at, name) in limits.system_numbers.iter().enumerate() {
        let path = ["gates", "privacy", "system_numbers", &at.to_string()];
        if there(document, joined, &path, name, problems).is_some_and(|column| !column.class.is_open()) {
            let message = format!("column `{name}` is not open, so it is no column of system numbers");
            problems.push(document.problem_at(problem::COLUMN, &path, message));
        }
    }
    for (at, name) in limits.known_names.iter().enumerate() {
        let path = ["gates", "privacy", "known_names", &at.to_string()];
        if there(document, joined, &path, name, problems).is_some_and(|column| column.class == PrivacyClass::Secret) {
            let message = format!("column `{name}` is secret and not read");
            problems.push(document.problem_at(problem::COLUMN, &path, message));
        }
    }
    if let Some(name) = &limits.embargo {
        days(document, joined, &["gates", "privacy", "embargo"], name, problems);
    }
    if let Some(name) = &joined.file.gates.shape.keep_latest {
        days(document, joined, &["gates", "shape", "keep_latest"], name, problems);
    }
    if let Some(sequence) = &joined.file.gates.shape.sequence {
        there(document, joined, &["gates", "shape", "sequence", "column"], &sequence.column, problems);
        for (at, within) in sequence.within.iter().enumerate() {
            there(document, joined, &["gates", "shape", "sequence", "within", &at.to_string()], within, problems);
        }
    }
}

/// A column that must hold days or times.
fn days(document: &Document, joined: &Dataset, path: &[&str], name: &ColumnName, problems: &mut Problems) {
    let Some(column) = there(document, joined, path, name, problems) else { return };
    if !matches!(column.kind, ColumnType::Date { .. } | ColumnType::Datetime { .. })
        || column.class == PrivacyClass::Secret
    {
        let message = format!("column `{name}` must be a date or datetime that is read");
        problems.push(document.problem_at(problem::COLUMN, path, message));
    }
}

fn names(document: &Document, joined: &Dataset, problems: &mut Problems) {
    let limits = &joined.file.gates.privacy;
    for (at, name) in limits.names_dates.iter().enumerate() {
        days(document, joined, &["gates", "privacy", "names_dates", &at.to_string()], name, problems);
    }
    if limits.names == NamesPolicy::Off {
        return;
    }
    let path = ["gates", "privacy", "names"];
    if !joined.published_columns().any(|column| column.class == PrivacyClass::Names) {
        let message = "no published column is of the class `names`, so no name is kept";
        let hint = "release the free text whose full form the names stand in, or declare columns of the class `names`";
        problems.push(document.problem_at(problem::VALUE, &path, message).hint(hint).warning());
    }
    let mut missing = |what: &str, hint: &str| {
        let problem: Problem = document.problem_at(problem::VALUE, &path, format!("`names` needs `{what}`"));
        problems.push(problem.hint(hint));
    };
    if limits.names_decision.as_ref().is_none_or(|text| text.nb.trim().is_empty()) {
        missing("names_decision", "write who decided, when, and where the decision is kept");
    }
    if limits.names_dates.is_empty() {
        missing("names_dates", "name the columns with the day of the journal and of publication");
    }
}

fn name_rule(document: &Document, joined: &Dataset, (at, column): (usize, &Column), problems: &mut Problems) {
    let own = at.to_string();
    let problem = |key: &str, message: String| document.problem_at(problem::COLUMN, &["columns", &own, key], message);
    if column.class == PrivacyClass::Names && !matches!(column.kind, ColumnType::Text {}) {
        problems.push(problem("type", format!("column `{}` holds names, so it must be a text", column.name)));
    }
    let Some(rule) = &column.names else { return };
    if column.class != PrivacyClass::Names {
        problems.push(problem("names", format!("column `{}` is not of the class `names`", column.name)));
    }
    for (key, name) in
        [("kind", &rule.kind), ("organisation_number", &rule.organisation_number), ("public", &rule.public)]
    {
        let Some(name) = name else { continue };
        let path = ["columns", &own, "names", key];
        let usable = there(document, joined, &path, name, problems).is_none_or(|column| {
            !matches!(column.class, PrivacyClass::Secret | PrivacyClass::Sensitive)
                && (key != "public" || column.class != PrivacyClass::Names)
        });
        if !usable {
            problems.push(document.problem_at(problem::COLUMN, &path, format!("column `{name}` cannot be used here")));
        }
    }
}
