//! `allmenning versions`, `rollback` and `withdraw`.

use catalog::version::{self, Manifest, VersionNumber, Withdrawal};
use config::{DatasetId, GlobalArgs};
use jiff::Timestamp;

use super::{Error, Exit, Output, Result, open};

/// Lists the versions of a dataset, newest first.
pub(crate) async fn versions(global: &GlobalArgs, dataset: &DatasetId, output: &Output) -> Result<Exit> {
    let catalog = open(global).await?;
    let snapshot = catalog.snapshot();
    let entry = snapshot.datasets.get(dataset).ok_or_else(|| unknown(dataset))?;
    output.value(&serde_json::json!({ "versions": entry.versions, "withdrawn": entry.withdrawn }));
    for manifest in entry.versions.values().rev() {
        output.line(&line(manifest));
    }
    for (number, withdrawal) in &entry.withdrawn {
        output.line(&format!("v{number}  withdrawn {}  {}", withdrawal.time, withdrawal.reason));
    }
    Ok(Exit::Done)
}

fn line(manifest: &Manifest) -> String {
    let changes = manifest.changes.map_or_else(String::new, |changes| {
        format!("  +{} ~{} -{}", changes.added, changes.changed, changes.removed)
    });
    let note = manifest.note.as_deref().map_or_else(String::new, |note| format!("  ({note})"));
    let bytes: u64 = manifest.files.iter().map(|file| file.bytes).sum();
    let time = manifest.published.strftime("%Y-%m-%d %H:%M:%S UTC");
    format!("v{}  {time}  {} rows  {bytes} bytes{changes}{note}", manifest.number, manifest.rows)
}

/// Publishes an old version's files as a new version.
pub(crate) async fn rollback(global: &GlobalArgs, dataset: &DatasetId, to: u64, output: &Output) -> Result<Exit> {
    let catalog = open(global).await?;
    known(&catalog, dataset)?;
    let manifest = version::rollback(catalog.store(), dataset, VersionNumber(to), Timestamp::now()).await?;
    output.line(&format!("{dataset}: version {} published with the files of version {to}", manifest.number));
    output.value(manifest.as_ref());
    Ok(Exit::Done)
}

/// Takes a version out of publication.
pub(crate) async fn withdraw(
    global: &GlobalArgs,
    dataset: &DatasetId,
    number: u64,
    (by, reason): (&str, &str),
    output: &Output,
) -> Result<Exit> {
    let catalog = open(global).await?;
    known(&catalog, dataset)?;
    let why = Withdrawal { time: Timestamp::now(), by: by.to_owned(), reason: reason.to_owned(), replaced_by: None };
    version::withdraw(catalog.store(), dataset, VersionNumber(number), why.clone()).await?;
    output.line(&format!("{dataset}: version {number} withdrawn"));
    output.value(&why);
    Ok(Exit::Done)
}

fn known(catalog: &catalog::Catalog, dataset: &DatasetId) -> Result<()> {
    if catalog.config().datasets.contains_key(dataset) { Ok(()) } else { Err(unknown(dataset)) }
}

fn unknown(dataset: &DatasetId) -> Error {
    pipeline::Error::UnknownDataset(dataset.to_string()).into()
}
