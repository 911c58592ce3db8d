//! `allmenning status`: how every dataset stands.

use config::{
    Broken, DatasetId,
    cli::{Cli, exit},
};
use jiff::Timestamp;
use pipeline::{ErrorRecord, Status};
use serde_json::json;

use super::{Output, Result, now, open};

/// Prints one line a dataset, and what is wrong with it. The exit code tells whether one is late or cannot run.
pub(crate) async fn status(cli: &Cli, output: Output) -> Result<u8> {
    let catalog = open(cli).await?;
    let config = catalog.config();
    let all = pipeline::status(&catalog, now()).await?;
    // A file whose name is no id belongs to no dataset.
    let nameless = config.broken.iter().filter(|(stem, _)| stem.parse::<DatasetId>().is_err());
    let nameless: Vec<(&String, ErrorRecord)> = nameless.map(|(stem, broken)| (stem, record(stem, broken))).collect();
    let values = all.iter().map(|status| serde_json::to_value(status).unwrap_or_default());
    let others = nameless.iter().map(|(stem, error)| json!({ "dataset": stem, "error": error }));
    output.value(&values.chain(others).collect::<Vec<_>>());
    for status in &all {
        output.line(&line(status));
        if let Some(error) = &status.error {
            output.line(&error_line(error));
        }
        if !status.findings.is_empty() {
            output.line(&format!("    findings: {}", status.findings.join(", ")));
        }
    }
    for (stem, error) in &nameless {
        output.line(&format!("{stem:<24} no dataset\n{}", error_line(error)));
    }
    let behind = !config.broken.is_empty() || all.iter().any(|status| status.late || status.names_overdue);
    Ok(if behind { exit::LATE } else { exit::OK })
}

fn record(stem: &str, broken: &Broken) -> ErrorRecord {
    ErrorRecord::from(&pipeline::Error::declaration(stem, &broken.cause))
}

fn error_line(error: &ErrorRecord) -> String {
    format!("    error[{}]: {}\n    = hint: {}", error.code, error.message, error.hint)
}

fn line(status: &Status) -> String {
    let version = status.version.map_or_else(|| "no version".to_owned(), |number| format!("v{number}"));
    let outcome = status.last_outcome.map_or("never run", pipeline::Outcome::name);
    let success =
        status.last_success.map_or_else(|| "no success yet".to_owned(), |time| format!("success {}", short(time)));
    let next = status.next_due.map_or_else(|| "by hand".to_owned(), |time| format!("next {}", short(time)));
    let late = if status.late { "  LATE" } else { "" };
    let names = if status.names_overdue { "  NAMES OVERDUE" } else { "" };
    format!("{:<24} {version:<10} {outcome:<10} {success:<28} {next}{late}{names}", status.dataset.as_str())
}

fn short(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%M UTC").to_string()
}
