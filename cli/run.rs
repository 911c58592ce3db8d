//! `allmenning run`: datasets now.

use std::{collections::BTreeSet, sync::Arc};

use catalog::version::Severity;
use config::{
    DatasetId,
    cli::{Cli, Run, exit},
};
use pipeline::{Outcome, Progress, RunRecord, Runner, Stop, Trigger};
use tokio::{sync::Semaphore, task::JoinSet};

use super::{Output, Result, open, plan::finding_line, progress, runner, selected};

/// Runs the datasets, a few at a time; one that fails does not keep the others from running.
pub(crate) async fn run(cli: &Cli, args: &Run, output: Output) -> Result<u8> {
    let catalog = open(cli).await?;
    let runner = Arc::new(runner(catalog));
    let datasets = if args.due { due(&runner).await } else { selected(runner.catalog(), &args.datasets, args.all)? };
    let progress = progress::open(output);
    let stop = Stop::default();
    let asked = stop.clone();
    let interrupt = tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            asked.ask();
        }
    });
    let (records, errors) = run_all(&runner, datasets, &progress, &stop).await;
    interrupt.abort();
    for record in &records {
        show(record, output);
    }
    output.value(&records);
    let no_errors = errors.is_empty();
    for error in errors {
        Output::error(&error.into());
    }
    Ok(exit_code(&records, no_errors))
}

async fn due(runner: &Runner) -> Vec<DatasetId> {
    let now = runner.now();
    let agenda = pipeline::agenda(runner.catalog(), now).await;
    agenda.into_iter().filter(|(_, time)| *time <= now).map(|(id, _)| id).collect()
}

async fn run_all(
    runner: &Arc<Runner>,
    datasets: Vec<DatasetId>,
    progress: &Arc<dyn Progress>,
    stop: &Stop,
) -> (Vec<RunRecord>, Vec<pipeline::Error>) {
    let most = usize::from(runner.catalog().config().pipeline.concurrency.max(1));
    let places = Arc::new(Semaphore::new(most));
    let mut tasks = JoinSet::new();
    for id in datasets.into_iter().collect::<BTreeSet<_>>() {
        let (runner, progress, stop) = (Arc::clone(runner), Arc::clone(progress), stop.clone());
        let places = Arc::clone(&places);
        tasks.spawn(async move {
            let _place = places.acquire_owned().await;
            runner.run(&id, Trigger::Command, stop, progress.as_ref()).await
        });
    }
    let (mut records, mut errors) = (Vec::new(), Vec::new());
    while let Some(ended) = tasks.join_next().await {
        match ended {
            Ok(Ok(record)) => records.push(record),
            Ok(Err(error)) => errors.push(error),
            Err(error) => errors.push(pipeline::Error::Internal(error.to_string())),
        }
    }
    records.sort_by(|a, b| a.dataset.cmp(&b.dataset));
    (records, errors)
}

fn show(record: &RunRecord, output: Output) {
    let version = record.version.map_or_else(String::new, |number| format!(" (version {number})"));
    output.line(&format!("{}: {}{version}, {} rows", record.dataset, record.outcome.name(), record.rows));
    if record.rejects.total + record.rows_withheld > 0 {
        output.line(&format!("    {} rows rejected, {} withheld", record.rejects.total, record.rows_withheld));
    }
    let findings = record.gates.iter().flat_map(|report| &report.findings);
    for finding in findings.filter(|finding| finding.severity > Severity::Info) {
        output.line(&finding_line(finding));
    }
    if let Some(error) = &record.error {
        output.line(&format!("    error[{}]: {}\n    = hint: {}", error.code, error.message, error.hint));
    }
}

fn exit_code(records: &[RunRecord], no_errors: bool) -> u8 {
    let any = |outcome| records.iter().any(|record| record.outcome == outcome);
    if !no_errors || any(Outcome::Failed) {
        exit::FAILURE
    } else if any(Outcome::Blocked) {
        exit::BLOCKED
    } else {
        exit::OK
    }
}
