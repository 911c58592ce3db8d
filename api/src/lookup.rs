//! From the segments of an address to datasets, versions and files.

use std::sync::Arc;

use actix_web::http::{StatusCode, header};
use catalog::{
    Entry, Snapshot,
    version::{Manifest, PublishedFile, VersionNumber, Withdrawal, WithdrawalKind},
};
use config::{Access, DatasetId};
use serde_json::json;

use crate::error::Problem;

/// The declared dataset of a name; 404 if there is none.
pub(crate) fn entry<'a>(snapshot: &'a Snapshot, dataset: &str) -> Result<&'a Entry, Problem> {
    dataset.parse::<DatasetId>().ok().and_then(|id| snapshot.datasets.get(&id)).ok_or_else(|| {
        Problem::not_found(format!("There is no dataset '{dataset}'.")).hint("See /datasets.json for all datasets.")
    })
}

/// The dataset of a name whose data may be served; 404 if there is none, 403 if it is described only.
pub(crate) fn open_entry<'a>(snapshot: &'a Snapshot, dataset: &str) -> Result<&'a Entry, Problem> {
    let entry = entry(snapshot, dataset)?;
    if entry.dataset.file.access == Access::Public {
        Ok(entry)
    } else {
        Err(Problem::new(StatusCode::FORBIDDEN, "api-not-public", format!("'{dataset}' is described but not served."))
            .hint("Ask the contact named on the dataset's page."))
    }
}

/// The current version; 404 if nothing is published yet.
pub(crate) fn current(entry: &Entry) -> Result<&Arc<Manifest>, Problem> {
    entry.current().ok_or_else(|| {
        Problem::new(
            StatusCode::NOT_FOUND,
            "api-not-published",
            format!("'{}' has no published version yet.", entry.dataset.id),
        )
        .hint("Its description is there already; come back after the first run.")
    })
}

/// A version by number, or `latest`; 410 if it was withdrawn, 404 if there is none.
pub(crate) fn version<'a>(entry: &'a Entry, number: &str) -> Result<&'a Arc<Manifest>, Problem> {
    if number == "latest" {
        return current(entry);
    }
    let missing = || {
        Problem::not_found(format!("'{}' has no version '{number}'.", entry.dataset.id))
            .hint(format!("See /d/{} for its versions.", entry.dataset.id))
    };
    let number = VersionNumber(parse_number(number).ok_or_else(missing)?);
    if let Some(withdrawal) = entry.withdrawn.get(&number) {
        return Err(withdrawn(entry, number, withdrawal));
    }
    entry.versions.get(&number).ok_or_else(missing)
}

/// 410: who withdrew the version, when, why, by what right, and what to use instead.
fn withdrawn(entry: &Entry, number: VersionNumber, withdrawal: &Withdrawal) -> Problem {
    let id = &entry.dataset.id;
    let basis = withdrawal.legal_basis.as_ref().map_or_else(String::new, |basis| format!(" ({basis})"));
    let (time, by, reason) = (withdrawal.time, &withdrawal.by, &withdrawal.reason);
    let detail = format!("Version {number} was withdrawn on {time} by {by}: {reason}{basis}");
    let instead = instead(entry, withdrawal).map(|number| format!("/d/{id}/v/{number}"));
    let hint = instead.as_ref().map_or_else(|| "There is no replacement.".to_owned(), |to| format!("Use {to}."));
    let left: Vec<String> = withdrawal.left.iter().map(|file| format!("/d/{id}/v/{number}/{}", file.name)).collect();
    let hint = if left.is_empty() { hint } else { format!("{hint} {} of its files are left.", left.len()) };
    let problem = Problem::new(StatusCode::GONE, "api-withdrawn", detail)
        .hint(hint)
        .member("files_left", json!(left))
        .member("withdrawn", json!(withdrawal.time))
        .member("withdrawn_by", json!(by))
        .member("reason", json!(reason))
        .member("legal_basis", json!(withdrawal.legal_basis))
        .member("replaced_by", json!(instead));
    match instead {
        Some(to) => problem.header(header::LINK, &format!("<{to}>; rel=\"successor-version\"")),
        None => problem,
    }
}

/// The version to use instead of a withdrawn one, as far as the way goes on to one that is still there.
pub(crate) fn instead(entry: &Entry, withdrawal: &Withdrawal) -> Option<VersionNumber> {
    if withdrawal.kind == WithdrawalKind::Names {
        return entry.current().map(|current| current.number);
    }
    let mut number = withdrawal.replaced_by?;
    // As many steps as there are tombstones: never round in a circle.
    for _ in 0..entry.withdrawn.len() {
        match entry.withdrawn.get(&number) {
            Some(next) => number = next.replaced_by?,
            None => break,
        }
    }
    entry.versions.contains_key(&number).then_some(number)
}

/// The files of a version that are served, be it all or some.
pub(crate) fn files<'a>(entry: &'a Entry, number: &str) -> Result<(&'a Manifest, &'a [PublishedFile]), Problem> {
    let left = parse_number(number).map(VersionNumber).and_then(|number| {
        let manifest = entry.partial.get(&number)?;
        Some((manifest.as_ref(), entry.withdrawn.get(&number)?.left.as_slice()))
    });
    if let Some(left) = left.filter(|(_, files)| !files.is_empty()) {
        return Ok(left);
    }
    version(entry, number).map(|manifest| (manifest.as_ref(), manifest.files.as_slice()))
}

/// A file of a version by number; 410 if it was withdrawn, alone or with its version, 404 if there is none.
pub(crate) fn file_of<'a>(
    entry: &'a Entry,
    number: &str,
    name: &str,
) -> Result<(&'a Manifest, &'a PublishedFile), Problem> {
    let (manifest, files) = files(entry, number)?;
    if let Some(file) = files.iter().find(|file| file.name == name) {
        return Ok((manifest, file));
    }
    file(version(entry, number)?, name).map(|file| (manifest, file))
}

/// A file of a version; 404 if there is none of that name.
pub(crate) fn file<'a>(manifest: &'a Manifest, name: &str) -> Result<&'a PublishedFile, Problem> {
    manifest.files.iter().find(|file| file.name == name).ok_or_else(|| {
        let names: Vec<&str> = manifest.files.iter().map(|file| file.name.as_str()).collect();
        Problem::not_found(format!("Version {} has no file '{name}'.", manifest.number))
            .hint(format!("It has: {}.", names.join(", ")))
    })
}

/// A version number in its only spelling: no sign, no leading zero.
fn parse_number(text: &str) -> Option<u64> {
    let plain = text.bytes().all(|b| b.is_ascii_digit()) && !text.starts_with('0');
    if plain { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_spelling_for_each_version() {
        assert_eq!(parse_number("12"), Some(12));
        for bad in ["", "0", "012", "+1", "-1", "1.0", "99999999999999999999"] {
            assert_eq!(parse_number(bad), None, "{bad}");
        }
    }
}
