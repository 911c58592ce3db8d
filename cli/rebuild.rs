//! `allmenning rebuild`: graph and search from the manifests.

use catalog::graph::Graph;
use config::cli::{Cli, exit};

use super::{Output, Result, open};

/// Rebuilds what is derived and says what was found. The server shows what it can; here everything must be well.
pub(crate) async fn rebuild(cli: &Cli, output: Output) -> Result<u8> {
    let catalog = open(cli).await?;
    let snapshot = catalog.snapshot();
    let graph = Graph::build(catalog.config(), &snapshot.datasets, None)?;
    let versions: usize = snapshot.datasets.values().map(|entry| entry.versions.len()).sum();
    let statements = graph.statements();
    let datasets = snapshot.datasets.len();
    let unreadable: Vec<String> = catalog.unreadable().await.iter().map(ToString::to_string).collect();
    output.line(&format!("{datasets} datasets, {versions} versions, {statements} statements"));
    for key in &unreadable {
        output.line(&format!("    cannot be read: {key}"));
    }
    let counts = serde_json::json!({
        "datasets": datasets, "versions": versions, "statements": statements, "unreadable": unreadable,
    });
    output.value(&counts);
    Ok(if unreadable.is_empty() { exit::OK } else { exit::FAILURE })
}
