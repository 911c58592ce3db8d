//! How every dataset stands: current version, last run, last success, next run, lateness.

use catalog::Catalog;
use config::{Config, Dataset, DatasetId};
use jiff::Timestamp;
use serde::Serialize;

use crate::{
    Error, Outcome, Result, RunRecord,
    record::ErrorRecord,
    schedule::{compiled, next_after},
};

/// How many run records are looked through for the last success.
const LOOK_BACK: usize = 50;

/// How a dataset stands.
#[derive(Debug, Clone, Serialize)]
pub struct Status {
    /// The dataset.
    pub dataset: DatasetId,
    /// The current version.
    pub version: Option<u64>,
    /// When it was published.
    pub published: Option<Timestamp>,
    /// Its rows.
    pub rows: Option<u64>,
    /// How the last run ended.
    pub last_outcome: Option<Outcome>,
    /// When the last run started.
    pub last_run: Option<Timestamp>,
    /// When a run last ended well.
    pub last_success: Option<Timestamp>,
    /// What went wrong in the last run.
    pub error: Option<ErrorRecord>,
    /// Codes of the findings of the last run that block or warn.
    pub findings: Vec<String>,
    /// When it is due next.
    pub next_due: Option<Timestamp>,
    /// True if there was no success for as many scheduled times as `pipeline.late_after_missed` says.
    pub late: bool,
}

/// The status of every declared dataset, by id.
pub async fn status(catalog: &Catalog, now: Timestamp) -> Result<Vec<Status>> {
    let snapshot = catalog.snapshot();
    let mut all = Vec::with_capacity(snapshot.datasets.len());
    for (id, entry) in &snapshot.datasets {
        let records = RunRecord::latest(catalog.store(), id, LOOK_BACK).await?;
        let last = records.first();
        let last_success = records.iter().find(|record| record.outcome.is_success()).map(|record| record.started);
        let current = entry.current();
        all.push(Status {
            dataset: id.clone(),
            version: current.map(|manifest| manifest.number.0),
            published: current.map(|manifest| manifest.published),
            rows: current.map(|manifest| manifest.rows),
            last_outcome: last.map(|record| record.outcome),
            last_run: last.map(|record| record.started),
            last_success,
            error: last.and_then(|record| record.error.clone()),
            findings: last.map(serious_codes).unwrap_or_default(),
            next_due: next_after(&entry.dataset, now),
            late: is_late(&entry.dataset, last_success, now, catalog.config().pipeline.late_after_missed),
        });
    }
    mark_broken(catalog.config(), &mut all);
    Ok(all)
}

/// Says on the status what is wrong with declarations. What was published before keeps its line; the others get one.
fn mark_broken(config: &Config, all: &mut Vec<Status>) {
    for (stem, broken) in &config.broken {
        let Ok(id) = stem.parse::<DatasetId>() else { continue };
        let error = Some(ErrorRecord::from(&Error::declaration(stem, &broken.cause)));
        match all.iter_mut().find(|status| status.dataset == id) {
            Some(status) => (status.error, status.next_due) = (error, None),
            None => all.push(Status {
                dataset: id,
                version: None,
                published: None,
                rows: None,
                last_outcome: None,
                last_run: None,
                last_success: None,
                error,
                findings: Vec::new(),
                next_due: None,
                late: false,
            }),
        }
    }
    all.sort_by(|a, b| a.dataset.cmp(&b.dataset));
}

fn serious_codes(record: &RunRecord) -> Vec<String> {
    let findings = record.gates.iter().flat_map(|report| &report.findings);
    let mut codes: Vec<String> = findings
        .filter(|finding| finding.severity > catalog::version::Severity::Info)
        .map(|finding| finding.code.clone())
        .collect();
    codes.sort();
    codes.dedup();
    codes
}

/// True if `allowed` scheduled times have passed since the last success.
fn is_late(dataset: &Dataset, last_success: Option<Timestamp>, now: Timestamp, allowed: u8) -> bool {
    let (Some(schedule), Some(mut time)) = (compiled(dataset), last_success) else { return false };
    for _ in 0..allowed.max(1) {
        match schedule.next_after(time) {
            Some(next) => time = next,
            None => return false,
        }
    }
    time < now
}
