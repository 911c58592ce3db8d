//! `allmenning versions` and `rollback`.

use catalog::version::{Manifest, VersionNumber};
use config::{
    DatasetId,
    cli::{Cli, Rollback, Versions, exit},
};

use super::{Error, Output, Result, open, runner};

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
        let left = entry.partial.get(number).map_or_else(String::new, |manifest| {
            format!("  {} of {} files left", withdrawal.left.len(), manifest.files.len())
        });
        output.line(&format!("v{number}  withdrawn {}{left}  {}", withdrawal.time, withdrawal.reason));
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
    let back = runner(catalog).rollback(dataset, VersionNumber(to)).await?;
    let number = back.current.number;
    output.line(&if back.published {
        format!("{dataset}: version {number} published with the files of version {to}")
    } else {
        format!("{dataset}: unchanged, version {number} is current and has the content of version {to}")
    });
    output.value(back.current.as_ref());
    Ok(exit::OK)
}

pub(crate) fn unknown(dataset: &DatasetId) -> Error {
    pipeline::Error::UnknownDataset(dataset.to_string()).into()
}
