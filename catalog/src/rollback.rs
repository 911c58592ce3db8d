//! Rolling back: an old version's content as a new version.

use std::{collections::BTreeSet, sync::Arc};

use config::{Column, ColumnName, Dataset, DatasetId, PrivacyClass};
use jiff::{Timestamp, civil::Date};

use crate::{
    Error, Key, Result, Store, changelog,
    version::{self, Manifest, Numbers, VersionNumber},
};

/// What a rollback came to.
#[derive(Debug)]
pub struct RolledBack {
    /// The current version now.
    pub current: Arc<Manifest>,
    /// True if it is a new one; false if the content was current already.
    pub published: bool,
}

/// When a rollback is made.
#[derive(Debug, Clone, Copy)]
pub struct When {
    /// The instant.
    pub now: Timestamp,
    /// The day whose rules hold.
    pub today: Date,
}

/// Publishes a new version that shares the files of an old one, with the changelog from the current version. No gate
/// judges it again: its reports are those of the old version, and what the declaration forbids by now is refused.
///
/// # Errors
/// `Missing` if there is no such version or it is withdrawn, `Rollback` if it may not be published any more, `Conflict`
/// if another run published meanwhile.
pub async fn rollback(store: &Store, declared: &Dataset, to: VersionNumber, when: When) -> Result<RolledBack> {
    let dataset = &declared.id;
    let numbers = Numbers::list(store, dataset).await?;
    if numbers.withdrawn.contains(&to) {
        return Err(Error::Missing(Key::Manifest(dataset.clone(), to)));
    }
    let old = version::read(store, dataset, to).await?;
    let current = current(store, dataset, &numbers).await?;
    if let Some(current) = current.as_ref().filter(|current| is_same(current, &old)) {
        return Ok(RolledBack { current: Arc::new(current.clone()), published: false });
    }
    if let Some(reason) = forbidden(declared, &old, when.today) {
        return Err(Error::Rollback { dataset: dataset.clone(), number: to, reason });
    }
    let folder = tempfile::tempdir()?;
    let changes = match &current {
        Some(current) => changelog::between(store, current, &old, &folder.path().join("changes.parquet")).await?,
        None => None,
    };
    if let Some(changes) = &changes {
        store.adopt(&Key::Changes(dataset.clone(), changes.sha256.clone()), &changes.path).await?;
    }
    let newest = version::newest(store, dataset).await?;
    let manifest = Manifest {
        number: numbers.next(),
        parent: numbers.current(),
        published: when.now,
        program: version::PROGRAM.to_owned(),
        highest_field_id: newest.map_or(0, |newest| newest.highest_field_id()).max(old.highest_field_id()),
        changes: changes.as_ref().map(|changes| changes.summary),
        changes_file: changes.as_ref().map(version::StagedChanges::published),
        note: Some(format!("rollback to {to}; the gates' reports are those of version {to}")),
        replaces: None,
        ..old
    };
    Ok(RolledBack { current: version::publish(store, manifest).await?, published: true })
}

/// Whether a version says and holds what another one does.
fn is_same(one: &Manifest, other: &Manifest) -> bool {
    one.files == other.files && one.columns == other.columns && one.metadata_sha256 == other.metadata_sha256
}

/// Why the declaration of today forbids what a version holds.
fn forbidden(declared: &Dataset, old: &Manifest, today: Date) -> Option<String> {
    let allowed: BTreeSet<&ColumnName> = declared.published_columns().map(|column| &column.name).collect();
    if let Some(column) = old.columns.iter().find(|column| !allowed.contains(&column.name)) {
        let known = declared.columns.iter().any(|other| other.name == column.name);
        let why = if known { "is not published any more" } else { "is not declared any more" };
        return Some(format!("its column '{}' {why}", column.name));
    }
    if let Some(day) = old.names_until().filter(|day| *day <= today) {
        return Some(format!("it holds names of persons that had to go on {day}"));
    }
    // Another threshold, or rows in place of numbers: only the gate could tell.
    if declared.file.statistics.is_some() && old.config_sha256 != declared.config_sha256 {
        return Some("its numbers were protected by another declaration".to_owned());
    }
    let guarded = |column: &&Column| matches!(column.class, PrivacyClass::QuasiIdentifier | PrivacyClass::Sensitive);
    if old.config_sha256 != declared.config_sha256 && declared.published_columns().any(|column| guarded(&column)) {
        return Some("how many rows must look alike was judged by another declaration".to_owned());
    }
    let is_name = |column: &&Column| column.class == PrivacyClass::Names && allowed.contains(&column.name);
    let names =
        declared.columns.iter().filter(is_name).find(|column| old.columns.iter().any(|o| o.name == column.name));
    // Its report does not tell which columns counted as names under another declaration.
    names.filter(|_| old.config_sha256 != declared.config_sha256).map(|column| {
        format!(
            "its column '{}' holds names, and the declaration of how they are masked has changed since",
            column.name
        )
    })
}

/// The current version. One that cannot be read is no reason to refuse: rolling back is the way out.
async fn current(store: &Store, dataset: &DatasetId, numbers: &Numbers) -> Result<Option<Manifest>> {
    let Some(number) = numbers.current() else { return Ok(None) };
    match version::read(store, dataset, number).await {
        Ok(manifest) => Ok(Some(manifest)),
        Err(error @ Error::Manifest { .. }) => {
            tracing::warn!(code = error.code(), %error, "the rollback has no changelog");
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use config::NamesPolicy;

    use super::*;
    use crate::{
        testing,
        version::{NamesFacts, PrivacyFacts},
    };

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    /// A dataset, and a version of it whose names must go on a day.
    fn world(class: PrivacyClass, until: Option<&str>) -> (Dataset, Manifest) {
        let mut dataset = testing::dataset("liste", "Liste", "x");
        dataset.columns[1].class = class;
        let draft = testing::draft(&dataset, None, "a");
        let mut manifest = Manifest { columns: draft.columns, ..testing::manifest(&dataset, 1) };
        manifest.config_sha256.clone_from(&dataset.config_sha256);
        manifest.gates = testing::reports();
        let names = NamesFacts { policy: NamesPolicy::default(), until: until.map(day), ..NamesFacts::default() };
        manifest.gates[0].privacy = Some(PrivacyFacts {
            as_of: day("2026-01-01"),
            rules: Vec::new(),
            found: Vec::new(),
            names,
            not_checked: Vec::new(),
        });
        (dataset, manifest)
    }

    fn told(dataset: &Dataset, manifest: &Manifest) -> String {
        forbidden(dataset, manifest, day("2026-06-01")).unwrap_or_default()
    }

    #[test]
    fn columns_that_are_not_published_any_more_are_forbidden() {
        let (mut dataset, manifest) = world(PrivacyClass::Open, None);
        assert_eq!(told(&dataset, &manifest), "");
        for class in [PrivacyClass::Personal, PrivacyClass::FreeText, PrivacyClass::Secret] {
            dataset.columns[1].class = class;
            assert_eq!(told(&dataset, &manifest), "its column 'navn' is not published any more", "{class:?}");
        }
        dataset.file.gates.privacy.publish_free_text.push("navn".parse().unwrap());
        dataset.columns[1].class = PrivacyClass::FreeText;
        assert_eq!(told(&dataset, &manifest), "", "a free text that is released");
        dataset.columns.pop();
        assert_eq!(told(&dataset, &manifest), "its column 'navn' is not declared any more");
    }

    #[test]
    fn numbers_come_back_only_by_the_declaration_that_protected_them() {
        let (mut dataset, manifest) = world(PrivacyClass::Open, None);
        let statistics = r#"{"unit": "id", "dimensions": [{"column": "navn"}]}"#;
        dataset.file.statistics = Some(serde_json::from_str(statistics).unwrap());
        assert_eq!(told(&dataset, &manifest), "");
        dataset.config_sha256 = "d".repeat(64);
        assert_eq!(told(&dataset, &manifest), "its numbers were protected by another declaration");
    }

    #[test]
    fn names_that_had_to_go_do_not_come_back() {
        let (mut dataset, manifest) = world(PrivacyClass::Names, Some("2026-06-01"));
        assert!(told(&dataset, &manifest).contains("had to go on 2026-06-01"));
        let (_, manifest) = world(PrivacyClass::Names, Some("2026-06-02"));
        assert_eq!(told(&dataset, &manifest), "");
        dataset.config_sha256 = "d".repeat(64);
        assert!(told(&dataset, &manifest).contains("has changed since"));
    }
}
