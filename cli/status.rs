//! `allmenning status`: how every dataset stands.

use config::cli::{Cli, exit};
use jiff::Timestamp;
use pipeline::Status;

use super::{Output, Result, open};

/// Prints one line a dataset, and what is wrong with it.
pub(crate) async fn status(cli: &Cli, output: Output) -> Result<u8> {
    let catalog = open(cli).await?;
    let all = pipeline::status(&catalog, Timestamp::now()).await?;
    output.value(&all);
    for status in &all {
        output.line(&line(status));
        if let Some(error) = &status.error {
            output.line(&format!("    error[{}]: {}\n    = hint: {}", error.code, error.message, error.hint));
        }
        if !status.findings.is_empty() {
            output.line(&format!("    findings: {}", status.findings.join(", ")));
        }
    }
    Ok(exit::OK)
}

fn line(status: &Status) -> String {
    let version = status.version.map_or_else(|| "no version".to_owned(), |number| format!("v{number}"));
    let outcome = status.last_outcome.map_or("never run", pipeline::Outcome::name);
    let success =
        status.last_success.map_or_else(|| "no success yet".to_owned(), |time| format!("success {}", short(time)));
    let next = status.next_due.map_or_else(|| "by hand".to_owned(), |time| format!("next {}", short(time)));
    let late = if status.late { "  LATE" } else { "" };
    format!("{:<24} {version:<10} {outcome:<10} {success:<28} {next}{late}", status.dataset.as_str())
}

fn short(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%M UTC").to_string()
}
