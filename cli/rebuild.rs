//! `allmenning rebuild`: graph and search from the manifests.

use config::GlobalArgs;

use super::{Exit, Output, Result, open};

/// Rebuilds what is derived and says what was found.
pub(crate) async fn rebuild(global: &GlobalArgs, output: &Output) -> Result<Exit> {
    let catalog = open(global).await?;
    let snapshot = catalog.snapshot();
    let versions: usize = snapshot.datasets.values().map(|entry| entry.versions.len()).sum();
    let statements = snapshot.graph.len();
    let datasets = snapshot.datasets.len();
    output.line(&format!("{datasets} datasets, {versions} versions, {statements} statements"));
    output.value(&serde_json::json!({ "datasets": datasets, "versions": versions, "statements": statements }));
    Ok(Exit::Done)
}
