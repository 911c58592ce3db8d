//! How runs are shown while they go on: a bar each on a terminal, plain lines otherwise.

use std::{
    collections::HashMap,
    io::{IsTerminal, Write},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use config::DatasetId;
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use pipeline::{Progress, RunRecord, Silent, Stage};

use super::Output;

/// Bars on a terminal, lines otherwise, nothing where a script listens or quiet is wanted.
pub(crate) fn open(output: Output) -> Arc<dyn Progress> {
    if output.json() || output.quiet() {
        Arc::new(Silent)
    } else if std::io::stderr().is_terminal() {
        Arc::new(Bars::default())
    } else {
        Arc::new(Lines)
    }
}

/// One spinner a dataset.
#[derive(Debug, Default)]
struct Bars {
    all: MultiProgress,
    bars: Mutex<HashMap<DatasetId, ProgressBar>>,
}

impl Progress for Bars {
    fn stage(&self, dataset: &DatasetId, stage: Stage) {
        let mut bars = self.bars.lock().unwrap_or_else(PoisonError::into_inner);
        let bar = bars.entry(dataset.clone()).or_insert_with(|| {
            let bar = self.all.add(ProgressBar::new(6));
            if let Ok(style) = ProgressStyle::with_template("{spinner} {prefix:<24} {bar:12} {msg}") {
                bar.set_style(style);
            }
            bar.set_prefix(dataset.to_string());
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        });
        bar.set_message(stage.name());
        bar.inc(1);
    }

    fn finished(&self, record: &RunRecord) {
        let mut bars = self.bars.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bar) = bars.remove(&record.dataset) {
            bar.finish_and_clear();
        }
    }
}

/// One line a run.
#[derive(Debug, Clone, Copy)]
struct Lines;

impl Progress for Lines {
    fn stage(&self, _: &DatasetId, _: Stage) {}

    fn finished(&self, record: &RunRecord) {
        let milliseconds = record.finished.as_millisecond() - record.started.as_millisecond();
        let (dataset, outcome) = (&record.dataset, record.outcome.name());
        let version = record.version.map_or_else(String::new, |number| format!(", version {number}"));
        // A reader that went away is no error.
        let rows = rows(record);
        let _ = writeln!(std::io::stderr(), "{dataset}: {outcome}{version}{rows}, {milliseconds} ms");
    }
}

/// The rows of a run's draft; nothing where none was built.
pub(crate) fn rows(record: &RunRecord) -> String {
    if record.gates.is_empty() { String::new() } else { format!(", {} rows", record.rows) }
}
