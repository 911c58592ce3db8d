//! `allmenning run`: datasets now.

use std::sync::Arc;

use catalog::version::Severity;
use config::{
    DatasetId,
    cli::{Cli, Run, exit},
};
use pipeline::{ErrorRecord, InParts, Outcome, Progress, RunRecord, Runner, Stop, Trigger};
use serde_json::{Value, json};
use tokio::{sync::Semaphore, task::JoinSet};

use super::{Output, Result, Selected, open, plan::finding_line, progress, runner, selected, stop};

/// Runs the datasets, a few at a time; one that fails does not keep the others from running.
pub(crate) async fn run(cli: &Cli, args: &Run, output: Output) -> Result<u8> {
    let catalog = open(cli).await?;
    let runner = Arc::new(runner(catalog));
    let Selected { datasets, broken } =
        if args.due { due(&runner).await } else { selected(runner.catalog(), &args.datasets, args.all)? };
    let stop = Stop::default();
    let asked = stop.clone();
    stop::when_asked(move || asked.ask())?;
    let mut code = exit::OK;
    for (stem, error) in broken {
        code = worse(code, failed(&stem, error, output));
    }
    let progress = progress::open(output);
    let mut tasks = start(&runner, (datasets, args.fresh), &progress, &stop);
    while let Some(ended) = tasks.join_next().await {
        code = worse(
            code,
            match ended {
                Ok((_, Ok(record))) => show(&record, output),
                Ok((id, Err(error))) => failed(id.as_str(), error, output),
                Err(error) => failed("", pipeline::Error::Internal(error.to_string()), output),
            },
        );
    }
    Ok(code)
}

async fn due(runner: &Runner) -> Selected {
    let now = runner.now();
    let agenda = pipeline::agenda(runner.catalog(), now).await;
    let datasets = agenda.into_iter().filter(|(_, time)| *time <= now).map(|(id, _)| id).collect();
    Selected { datasets, broken: Vec::new() }
}

type Ended = (DatasetId, pipeline::Result<RunRecord>);

fn start(
    runner: &Arc<Runner>,
    (datasets, fresh): (Vec<DatasetId>, bool),
    progress: &Arc<dyn Progress>,
    stop: &Stop,
) -> JoinSet<Ended> {
    let most = usize::from(runner.catalog().config().pipeline.concurrency.max(1));
    let places = Arc::new(Semaphore::new(most));
    let mut tasks = JoinSet::new();
    for id in datasets {
        let (runner, progress, stop) = (Arc::clone(runner), Arc::clone(progress), stop.clone());
        let places = Arc::clone(&places);
        tasks.spawn(async move {
            let _place = places.acquire_owned().await;
            if fresh && let Err(error) = runner.forget_seen(&id).await {
                return (id, Err(error));
            }
            let ended = runner.run(&id, Trigger::Command, stop, progress.as_ref()).await;
            (id, ended)
        });
    }
    tasks
}

/// Tells a run that left no record, and gives its exit code.
fn failed(dataset: &str, error: pipeline::Error, output: Output) -> u8 {
    output.event(&failure(dataset, &error));
    output.line(&format!("{dataset}: {}", Outcome::Failed.name()));
    Output::error(&error.into());
    exit::FAILURE
}

/// A dataset that failed without a record, as JSON.
pub(crate) fn failure(dataset: &str, error: &pipeline::Error) -> Value {
    json!({ "dataset": dataset, "outcome": Outcome::Failed, "error": ErrorRecord::from(error) })
}

/// Tells a run, and gives its exit code.
pub(crate) fn show(record: &RunRecord, output: Output) -> u8 {
    output.event(record);
    let version = record.version.map_or_else(String::new, |number| format!(" (version {number})"));
    output.line(&format!("{}: {}{version}{}", record.dataset, record.outcome.name(), progress::rows(record)));
    if record.rejects.total + record.rows_withheld > 0 {
        output.line(&format!("    {} rows rejected, {} withheld", record.rejects.total, record.rows_withheld));
    }
    if let Some(InParts { files, files_read, parts, parts_carried }) = record.in_parts {
        output.line(&format!("    {files_read} of {files} files read, {parts_carried} of {parts} parts as before"));
    }
    let findings = record.gates.iter().flat_map(|report| &report.findings);
    for finding in findings.filter(|finding| finding.severity > Severity::Info) {
        output.line(&finding_line(finding));
    }
    if let Some(error) = &record.error {
        output.line(&format!("    error[{}]: {}\n    = hint: {}", error.code, error.message, error.hint));
    }
    match record.outcome {
        Outcome::Failed => exit::FAILURE,
        Outcome::Held => {
            output.line(&format!(
                "    = hint: allmenning approve {0}, if it is right, or allmenning reject {0}",
                record.dataset
            ));
            exit::BLOCKED
        }
        Outcome::Blocked => exit::BLOCKED,
        Outcome::Published | Outcome::Unchanged => exit::OK,
    }
}

/// The exit code of two runs: a failure weighs more than a draft held back.
pub(crate) fn worse(one: u8, other: u8) -> u8 {
    let weight = |code: &u8| match *code {
        exit::OK => 0,
        exit::BLOCKED => 1,
        _ => 2,
    };
    std::cmp::max_by_key(other, one, weight)
}
