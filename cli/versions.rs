//! `allmenning versions`, `rollback` and `withdraw`.

use catalog::version::{self, Manifest, VersionNumber, Withdrawal};
use config::{
    DatasetId,
    cli::{Cli, Rollback, Versions, Withdraw, exit},
};
use jiff::Timestamp;

use super::{Error, Output, Result, is_declared, open};

/// Lists the versions of a dataset, newest first.
pub(crate) async fn versions(cli: &Cli, args: &Versions, output: Output) -> Result<u8> {
    let catalog = open(cli).await?;
    let dataset = &args.dataset;
    let snapshot = catalog.snapshot();
    let entry = snapshot.datasets.get(dataset).ok_or_else(|| match catalog.config().broken(dataset) {
        Some(broken) => pipeline::Error::declaration(dataset.as_str(), &broken.cause).into(),
        None => unknown(dataset),
    })?;
    output.value(&serde_json::json!({ "versions": entry.versions, "withdrawn": entry.withdrawn }));
    for manifest in entry.versions.values().rev() {
        output.line(&line(manifest));
    }
    for (number, withdrawal) in &entry.withdrawn {
        output.line(&format!("v{number}  withdrawn {}  {}", withdrawal.time, withdrawal.reason));
    }
    Ok(exit::OK)
}

fn line(manifest: &Manifest) -> String {
    let changes = manifest
        .changes
        .map_or_else(String::new, |changes| format!("  +{} ~{} -{}", changes.added, changes.changed, changes.removed));
    let note = manifest.note.as_deref().map_or_else(String::new, |note| format!("  ({note})"));
    let bytes: u64 = manifest.files.iter().map(|file| file.bytes).sum();
    let time = manifest.published.strftime("%Y-%m-%d %H:%M:%S UTC");
    format!("v{}  {time}  {} rows  {bytes} bytes{changes}{note}", manifest.number, manifest.rows)
}

/// Publishes an old version's files as a new version.
pub(crate) async fn rollback(cli: &Cli, args: &Rollback, output: Output) -> Result<u8> {
    let catalog = open(cli).await?;
    let (dataset, to) = (&args.dataset, args.version);
    known(&catalog, dataset)?;
    let manifest = catalog::rollback(catalog.store(), dataset, VersionNumber(to), Timestamp::now()).await?;
    output.line(&format!("{dataset}: version {} published with the files of version {to}", manifest.number));
    output.value(manifest.as_ref());
    Ok(exit::OK)
}

/// Takes a version out of publication.
pub(crate) async fn withdraw(cli: &Cli, args: &Withdraw, output: Output) -> Result<u8> {
    let catalog = open(cli).await?;
    let (dataset, number) = (&args.dataset, args.version);
    known(&catalog, dataset)?;
    let by = catalog.config().publisher.name.nb.clone();
    let why = Withdrawal { time: Timestamp::now(), by, reason: args.reason.clone(), replaced_by: None };
    version::withdraw(catalog.store(), dataset, VersionNumber(number), why.clone()).await?;
    output.line(&format!("{dataset}: version {number} withdrawn"));
    output.value(&why);
    Ok(exit::OK)
}

fn known(catalog: &catalog::Catalog, dataset: &DatasetId) -> Result<()> {
    if is_declared(catalog.config(), dataset) { Ok(()) } else { Err(unknown(dataset)) }
}

fn unknown(dataset: &DatasetId) -> Error {
    pipeline::Error::UnknownDataset(dataset.to_string()).into()
}
