//! `allmenning rebuild`: graph and search from the manifests.

use config::cli::{Cli, exit};

use super::{Output, Result, open};

/// Rebuilds what is derived and says what was found.
pub(crate) async fn rebuild(cli: &Cli, output: Output) -> Result<u8> {
    let catalog = open(cli).await?;
    let snapshot = catalog.snapshot();
    let versions: usize = snapshot.datasets.values().map(|entry| entry.versions.len()).sum();
    let statements = snapshot.graph.statements();
    let datasets = snapshot.datasets.len();
    output.line(&format!("{datasets} datasets, {versions} versions, {statements} statements"));
    output.value(&serde_json::json!({ "datasets": datasets, "versions": versions, "statements": statements }));
    Ok(exit::OK)
}
