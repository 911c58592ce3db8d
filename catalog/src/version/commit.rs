//! The commit: files, changelog, then the manifest, whose creation is the publication.

use std::sync::Arc;

use bytes::Bytes;
use config::DatasetId;
use jiff::Timestamp;

use crate::{
    Created, Error, Key, Result, Store,
    version::{
        Clearance, Draft, GateReport, Manifest, PublishedFile, StagedChanges, StagedFile, VersionNumber,
        listing::{Numbers, read, twin_of},
        upgrade::{parse, render},
    },
};

/// Program and version, as manifests name them.
pub const PROGRAM: &str = concat!("allmenning ", env!("CARGO_PKG_VERSION"));

/// What a commit did.
#[derive(Debug, Clone)]
pub enum Outcome {
    /// A version was published.
    Published(Arc<Manifest>),
    /// Content and metadata equal the parent's: nothing was published.
    Unchanged,
}

/// Publishes a cleared draft as the next version.
///
/// # Errors
/// `NotCleared` if the clearance was granted to another draft, `Conflict` if another run published the number first,
/// `Manifest` if the current version cannot be read, `WithdrawnContent` if a withdrawn version would come back; in every
/// case nothing half-published is visible.
pub async fn commit(store: &Store, draft: Draft, clearance: Clearance, now: Timestamp) -> Result<Outcome> {
    let dataset = &draft.dataset.id;
    if clearance.content != draft.content_sha256() {
        let reason = "the clearance was granted to another draft".to_owned();
        return Err(Error::NotCleared { dataset: dataset.clone(), reason });
    }
    let numbers = Numbers::list(store, dataset).await?;
    let parent = draft.parent.as_deref();
    if numbers.current() != parent.map(|parent| parent.number) {
        return Err(overtaken(store, dataset, &numbers, parent).await);
    }
    if parent.is_some_and(|parent| is_unchanged(&draft, parent) && !is_overdue(parent, &clearance)) {
        return Ok(Outcome::Unchanged);
    }
    if let Some(number) = twin_of(store, &draft, &numbers).await? {
        return Err(Error::WithdrawnContent { dataset: dataset.clone(), number });
    }
    let manifest = prospective(&draft, clearance.reports, (numbers.next(), now));
    for file in draft.files.iter().filter(|file| !file.stored) {
        store.adopt(&Key::File(dataset.clone(), file.sha256.clone(), file.format), &file.path).await?;
    }
    if let Some(changes) = &draft.changes {
        store.adopt(&Key::Changes(dataset.clone(), changes.sha256.clone()), &changes.path).await?;
    }
    publish(store, manifest).await.map(Outcome::Published)
}

/// Creates the manifest: the moment in which the version becomes visible.
pub(crate) async fn publish(store: &Store, manifest: Manifest) -> Result<Arc<Manifest>> {
    let key = Key::Manifest(manifest.dataset.clone(), manifest.number);
    let bytes = Bytes::from(render(&manifest));
    // What could not be read back must not be published.
    parse(&key.to_string(), &bytes)?;
    let created = store.create(&key, bytes.clone()).await?;
    // An answer may get lost and the request be repeated by the client of the storage: then it is ours all the same.
    if created == Created::Before && store.get(&key).await? != bytes {
        return Err(Error::Conflict { dataset: manifest.dataset, number: manifest.number });
    }
    Ok(Arc::new(manifest))
}

/// Why the parent is not the current version: another run was faster, or the newest manifest cannot be read by anybody.
async fn overtaken(store: &Store, dataset: &DatasetId, numbers: &Numbers, parent: Option<&Manifest>) -> Error {
    let newer = numbers.current().filter(|current| parent.is_none_or(|parent| *current > parent.number));
    if let Some(number) = newer
        && let Err(error @ Error::Manifest { .. }) = read(store, dataset, number).await
    {
        return error;
    }
    Error::Conflict { dataset: dataset.clone(), number: numbers.last().unwrap_or(numbers.next()) }
}

fn is_unchanged(draft: &Draft, parent: &Manifest) -> bool {
    let same = |(old, new): (&PublishedFile, &StagedFile)| old.name == new.name && old.sha256 == new.sha256;
    draft.files.len() == parent.files.len()
        && parent.files.iter().zip(&draft.files).all(same)
        && parent.metadata_sha256 == draft.dataset.metadata_sha256
        && parent.columns == draft.columns
}

/// Whether the day on which the parent's names go is not that of the draft's: a version that tells of names that are not
/// there would be made again and again.
fn is_overdue(parent: &Manifest, clearance: &Clearance) -> bool {
    let until = clearance.reports.iter().find_map(|report| report.privacy.as_ref()?.names.until);
    parent.names_until() != until
}

/// The manifest that a draft would be published with: for what must be known of a version before there is one.
pub fn prospective(draft: &Draft, gates: Vec<GateReport>, (number, now): (VersionNumber, Timestamp)) -> Manifest {
    let published = |name: &config::ColumnName| draft.columns.iter().any(|column| column.name == *name);
    let files = draft.files.iter().map(|file| PublishedFile {
        name: file.name.clone(),
        format: file.format,
        sha256: file.sha256.clone(),
        bytes: file.bytes,
        rows: file.rows,
        part: file.part.clone(),
    });
    Manifest {
        dataset: draft.dataset.id.clone(),
        number,
        parent: draft.parent.as_ref().map(|parent| parent.number),
        published: now,
        program: PROGRAM.to_owned(),
        config_sha256: draft.dataset.config_sha256.clone(),
        metadata_sha256: draft.dataset.metadata_sha256.clone(),
        rows: draft.rows,
        columns: draft.columns.clone(),
        highest_field_id: draft.highest_field_id,
        // Not every key column is published: some are personal.
        key: if draft.dataset.key.iter().all(published) { draft.dataset.key.clone() } else { Vec::new() },
        statistics: draft.statistics.clone(),
        bbox: draft.bbox,
        partition: draft.dataset.partition.clone(),
        files: files.collect(),
        gates,
        sources: draft.sources.clone(),
        changes: draft.changes.as_ref().map(|changes| changes.summary),
        changes_file: draft.changes.as_ref().map(StagedChanges::published),
        rows_left_out: draft.rows_left_out,
        note: None,
        replaces: None,
    }
}
