//! `allmenning redact`: a record goes from every version.

use catalog::table::Erasure;
use config::cli::{Cli, Redact, exit};
use pipeline::EraseRequest;

use super::{Output, Result, open, runner};

/// Erases a record, or goes on with an erasure that was left undone.
pub(crate) async fn redact(cli: &Cli, args: &Redact, output: Output) -> Result<u8> {
    let catalog = open(cli).await?;
    let dataset = &args.dataset;
    let publisher = catalog.config().publisher.name.nb.clone();
    let runner = runner(catalog);
    if args.resume {
        let count = runner.resume(dataset).await?;
        output.line(&format!("{dataset}: {count} erasures finished"));
        output.value(&serde_json::json!({ "dataset": dataset, "finished": count }));
        return Ok(exit::OK);
    }
    let key = args.key.iter().map(|(name, value)| (name.clone(), value.reveal().clone())).collect();
    let request = EraseRequest {
        erasure: Erasure { key, columns: args.column.clone() },
        reason: args.reason.clone().unwrap_or_default(),
        by: args.by.clone().unwrap_or(publisher),
        legal_basis: args.legal_basis.clone(),
        hash_key: args.hash_key,
    };
    let record = runner.redact(dataset, &request).await?;
    if record.rows == 0 {
        output.line(&format!("{dataset}: no version holds the record; it is kept out of later runs"));
    }
    for (old, new) in &record.versions {
        output.line(&format!("{dataset}: version {old} withdrawn, version {new} in its place"));
    }
    for number in &record.gone {
        output.line(&format!("{dataset}: what was left of version {number} withdrawn"));
    }
    output.value(&record);
    Ok(exit::OK)
}
