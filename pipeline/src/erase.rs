//! Withdrawing versions and erasing records, in steps that survive a crash.
//!
//! What is to be done is written down first (the intent) and deleted last. Every step may be done again; a run, a start
//! of the server or the same command goes on where a process that died left off.

use std::collections::BTreeMap;

use bytes::Bytes;
use catalog::{
    Key, ObjectPath, RunId, Sha256, Store,
    history::{self, Reissued},
    table::{Erasure, key_text},
    version::{self, ErasedKey, VersionNumber, Withdrawal, WithdrawalKind},
};
use config::{ColumnName, Dataset, DatasetId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Error, Result, memo, mention, retention, suppress::suppress};

/// What a person asked to be erased.
#[derive(Debug, Clone)]
pub struct EraseRequest {
    /// The record, and the columns that are made blank.
    pub erasure: Erasure,
    /// Why, for everybody to read.
    pub reason: String,
    /// By whom.
    pub by: String,
    /// What gives the right or the duty.
    pub legal_basis: Option<String>,
    /// True if the key is itself personal: the public then sees a hash of it.
    pub hash_key: bool,
}

/// What an erasure did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErasureRecord {
    /// Its name.
    pub id: RunId,
    /// The dataset.
    pub dataset: DatasetId,
    /// When it was asked for.
    pub time: Timestamp,
    /// By whom.
    pub by: String,
    /// Why.
    pub reason: String,
    /// What gives the right or the duty.
    pub legal_basis: Option<String>,
    /// The columns of the key; the values are not kept.
    pub key: Vec<ColumnName>,
    /// The columns that were made blank; the whole record was removed if there is none.
    pub columns: Vec<ColumnName>,
    /// Versions that were withdrawn and the ones in their place.
    pub versions: BTreeMap<VersionNumber, VersionNumber>,
    /// Versions of which only a part was left, which held the record: they were withdrawn altogether.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gone: Vec<VersionNumber>,
    /// Rows that held the record, over all versions.
    pub rows: u64,
}

/// What is still to be done.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub(crate) enum Intent {
    /// Clean up behind withdrawn versions.
    Clean,
    /// Erase a record.
    Redact(Box<Redaction>),
}

/// A record to be erased.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Redaction {
    erasure: Erasure,
    tombstone: Withdrawal,
    salt: String,
    plan: Reissued,
}

/// Which erasure of which dataset.
#[derive(Clone, Copy)]
pub(crate) struct Name<'a> {
    pub(crate) dataset: &'a Dataset,
    pub(crate) id: &'a RunId,
}

/// Finds out what an erasure is about and writes the intent down.
pub(crate) async fn begin(
    store: &Store,
    name: Name<'_>,
    request: &EraseRequest,
    (salt, now): (&str, Timestamp),
) -> Result<Intent> {
    allowed(name.dataset, request)?;
    let erasure = request.erasure.clone();
    let plan = history::plan_erasure(store, &name.dataset.id, &erasure).await?;
    let erased = if request.hash_key {
        ErasedKey::KeySha256(Sha256::of(key_text(&erasure.key).as_bytes()))
    } else {
        ErasedKey::Key(erasure.key.clone())
    };
    let tombstone = Withdrawal {
        time: now,
        by: request.by.clone(),
        reason: request.reason.clone(),
        legal_basis: request.legal_basis.clone(),
        kind: WithdrawalKind::Erased,
        erased: vec![erased],
        replaced_by: None,
        left: Vec::new(),
    };
    let intent = Intent::Redact(Box::new(Redaction { erasure, tombstone, salt: salt.to_owned(), plan }));
    write(store, name, &intent).await?;
    Ok(intent)
}

/// Refuses what would erase other rows than meant, or could not be kept out of the next run.
fn allowed(dataset: &Dataset, request: &EraseRequest) -> Result<()> {
    let erasure = &request.erasure;
    let refused = |reason: String| Err(catalog::Error::Erasure { dataset: dataset.id.clone(), reason }.into());
    let published = |name: &&ColumnName| dataset.published_columns().any(|column| column.name == **name);
    if let Some(name) = erasure.key.keys().chain(&erasure.columns).find(|name| !published(name)) {
        return refused(format!("there is no published column '{name}'"));
    }
    let mut key = dataset.key.clone();
    key.sort();
    if erasure.key.is_empty() || (!key.is_empty() && key != erasure.key_columns()) {
        let names: Vec<&str> = key.iter().map(ColumnName::as_str).collect();
        return refused(format!("a record is known by the whole key: {}", names.join(", ")));
    }
    if let Some(name) = erasure.columns.iter().find(|name| erasure.key.contains_key(*name)) {
        return refused(format!("column '{name}' is part of the key; remove the whole record"));
    }
    if request.hash_key && erasure.keeps_rows() {
        return refused("a record with a personal key cannot stay; remove the whole record".to_owned());
    }
    Ok(())
}

/// Writes an intent down.
pub(crate) async fn write(store: &Store, name: Name<'_>, intent: &Intent) -> Result<()> {
    let body = serde_json::to_vec(intent).map_err(|error| Error::Internal(error.to_string()))?;
    let key = Key::Erasure(name.dataset.id.clone(), name.id.clone());
    store.create(&key, Bytes::from(body)).await.map(drop).map_err(Error::from)
}

/// Carries an intent out, from wherever it was left. The caller holds the dataset's lease.
pub(crate) async fn carry_out(store: &Store, name: Name<'_>, intent: &Intent) -> Result<()> {
    let dataset = &name.dataset.id;
    if let Intent::Redact(redaction) = intent {
        let Redaction { erasure, tombstone, salt, plan } = redaction.as_ref();
        // First of all, so that no run in between publishes the record again.
        suppress(store, (dataset, name.id), erasure, salt).await?;
        history::reissue(store, name.dataset, plan, (erasure, tombstone)).await?;
    }
    // The least and largest values of a part may be what is erased, or of a version that is withdrawn.
    memo::forget(store, dataset).await?;
    version::clean(store, dataset).await?;
    retention::forget_raws(store, dataset).await?;
    if let Intent::Redact(redaction) = intent {
        version::purge(store, dataset).await?;
        forget_private(store, dataset, &redaction.erasure).await?;
        let record = record(name, intent);
        let body = serde_json::to_vec_pretty(&record).map_err(|error| Error::Internal(error.to_string()))?;
        store.create(&Key::Erased(dataset.clone(), name.id.clone()), Bytes::from(body)).await?;
    }
    store.delete_private(&Key::Erasure(dataset.clone(), name.id.clone())).await?;
    Ok(())
}

/// Goes on with every intent of a dataset that is left; how many there were. The caller holds the dataset's lease.
pub(crate) async fn resume(store: &Store, dataset: &Dataset) -> Result<usize> {
    let mut count = 0;
    for file in store.list(&Key::erasures(&dataset.id)).await? {
        let Some(id) = RunId::from_file_name(&file) else { continue };
        let bytes = store.get(&Key::Erasure(dataset.id.clone(), id.clone())).await?;
        let intent: Intent = serde_json::from_slice(&bytes).map_err(|_| Error::Erasure {
            reason: format!("'{file}' cannot be read, so what is to be erased is not known"),
        })?;
        tracing::info!(dataset = %dataset.id, erasure = id.as_str(), "going on with an erasure");
        Box::pin(carry_out(store, Name { dataset, id: &id }, &intent)).await?;
        count += 1;
    }
    Ok(count)
}

/// True if something was left undone.
pub(crate) async fn pending(store: &Store, dataset: &DatasetId) -> Result<bool> {
    let names = store.list(&Key::erasures(dataset)).await?;
    Ok(names.iter().any(|name| RunId::from_file_name(name).is_some()))
}

/// What an erasure did, without what was erased.
pub(crate) fn record(name: Name<'_>, intent: &Intent) -> Option<ErasureRecord> {
    let Intent::Redact(redaction) = intent else { return None };
    let Redaction { erasure, tombstone, plan, .. } = redaction.as_ref();
    Some(ErasureRecord {
        id: name.id.clone(),
        dataset: name.dataset.id.clone(),
        time: tombstone.time,
        by: tombstone.by.clone(),
        reason: tombstone.reason.clone(),
        legal_basis: tombstone.legal_basis.clone(),
        key: erasure.key_columns(),
        columns: erasure.columns.clone(),
        versions: plan.versions.iter().map(|pair| (pair.old, pair.new)).collect(),
        gone: plan.gone.clone(),
        rows: plan.rows,
    })
}

/// Deletes what is private and may hold the record. Landed source bytes, held drafts and what a source was seen as go
/// altogether: a record may stand in them in any spelling, in rows that were rejected, and in columns that are not
/// published; the source is fetched anew. Of the run records those go that name the record's key.
async fn forget_private(store: &Store, dataset: &DatasetId, erasure: &Erasure) -> Result<()> {
    let root = Key::private(dataset);
    // Nobody uploads while the lease is held.
    store.sweep(&Key::public(dataset), Timestamp::MAX).await?;
    store.sweep(&root, Timestamp::MAX).await?;
    for object in store.tree(&root).await? {
        let inner: Vec<String> = object
            .path
            .prefix_match(&root)
            .map(|parts| parts.map(|part| part.as_ref().to_owned()).collect())
            .unwrap_or_default();
        let goes = match inner.first().map(String::as_str) {
            Some("erasures" | "suppressions") => false,
            Some("runs") => names_key(store, &object.path, erasure).await?,
            _ => true,
        };
        if goes {
            store.delete_private_at(&object.path).await?;
        }
    }
    Ok(())
}

async fn names_key(store: &Store, path: &ObjectPath, erasure: &Erasure) -> Result<bool> {
    let bytes = store.get_at(path).await?;
    Ok(mention::mentions(&bytes, erasure.key.values()))
}
