//! `allmenning approve` and `allmenning reject`: what becomes of a draft that a run held back.

use config::cli::{Cli, Decide, exit};
use pipeline::{Stop, Verdict};
use serde_json::json;

use super::{Output, Result, open, progress, run::show, runner, stop};

/// Publishes the draft, or leaves it at what is published.
pub(crate) async fn decide(cli: &Cli, args: &Decide, verdict: Verdict, output: Output) -> Result<u8> {
    let catalog = open(cli).await?;
    let by = args.by.clone().unwrap_or_else(|| catalog.config().publisher.name.nb.clone());
    let stop = Stop::default();
    let asked = stop.clone();
    stop::when_asked(move || asked.ask())?;
    let progress = progress::open(output);
    let decision = (verdict, by, args.reason.clone());
    let published = runner(catalog).decide(&args.dataset, decision, stop, progress.as_ref()).await?;
    if let Some(record) = published {
        return Ok(show(&record, output));
    }
    output.line(&format!("{}: rejected; what is published stays", args.dataset));
    output.value(&json!({ "dataset": args.dataset, "verdict": verdict }));
    Ok(exit::OK)
}
