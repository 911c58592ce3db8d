//! How every dataset stands: current version, last run, last success, next run, lateness.

use catalog::{Catalog, Entry, Standing, Standings};
use config::{Config, Dataset, DatasetId};
use jiff::Timestamp;
use serde::Serialize;

use crate::{
    Error, Outcome, Result, RunRecord,
    names::{due_by_day, overdue},
    record::ErrorRecord,
    schedule::{compiled, next_after},
};

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
    /// True if there was no success for as many scheduled times as `pipeline.late_after_missed` says, counted from the
    /// last success, else from the first run, else from the last change of the dataset's file.
    pub late: bool,
    /// True if names of persons are published that should be gone.
    pub names_overdue: bool,
}

/// How the runs of every dataset stand; a run that is the newest one for the first time is counted.
pub fn standings(all: &[Status], before: &Standings) -> Standings {
    all.iter().map(|status| (status.dataset.clone(), standing(status, before.get(&status.dataset)))).collect()
}

fn standing(status: &Status, before: Option<&Standing>) -> Standing {
    let last_run = status.last_run.zip(status.last_outcome.map(Outcome::name));
    let mut runs = before.map(|before| before.runs.clone()).unwrap_or_default();
    // What had run before anybody looked is no run seen.
    if let (Some(before), Some((_, outcome))) = (before, last_run)
        && before.last_run != last_run
    {
        *runs.entry(outcome).or_default() += 1;
    }
    Standing {
        last_run,
        last_success: status.last_success,
        codes: public_codes(status),
        next_due: status.next_due,
        late: status.late,
        runs,
    }
}

/// Codes of what stopped the last run. What the privacy gate found is told in the run record only.
fn public_codes(status: &Status) -> Vec<String> {
    let is_private = |code: &str| code.starts_with("privacy-") || code.starts_with("disclosure-");
    let ended_well = status.last_outcome.is_none_or(Outcome::is_success);
    let findings = status.findings.iter().filter(|_| !ended_well);
    let codes = status.error.iter().map(|error| &error.code).chain(findings);
    let mut told: Vec<String> = Vec::new();
    for code in codes.filter(|code| !is_private(code)) {
        if !told.contains(code) {
            told.push(code.clone());
        }
    }
    told
}

/// When a dataset's file was last changed: the best that is known of what never ran.
fn declared(config: &Config, id: &DatasetId) -> Option<Timestamp> {
    let modified = std::fs::metadata(config.file_of(id)).and_then(|file| file.modified());
    modified.ok().and_then(|time| Timestamp::try_from(time).ok())
}

/// The status of every declared dataset, by id.
pub async fn status(catalog: &Catalog, now: Timestamp) -> Result<Vec<Status>> {
    let snapshot = catalog.snapshot();
    let mut all = Vec::with_capacity(snapshot.datasets.len());
    for (id, entry) in &snapshot.datasets {
        let last = RunRecord::newest(catalog.store(), id).await?;
        let last = last.as_ref();
        let last_success = last.and_then(|record| record.last_success.as_ref()).map(|success| success.started);
        // What never succeeded is late from its first run on, and what never ran from its declaration on.
        let first = || last.and_then(|record| record.first_run);
        let since = last_success.or_else(first).or_else(|| declared(catalog.config(), id));
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
            next_due: next_due(entry, last.map(|record| record.started), now),
            names_overdue: current.is_some_and(|current| overdue(current, now))
                || entry.with_old_names().next().is_some(),
            late: is_late(&entry.dataset, since, now, catalog.config().pipeline.late_after_missed),
        });
    }
    mark_broken(catalog.config(), &mut all);
    Ok(all)
}

/// When a dataset is due next, by its schedule or because of names and embargoes.
fn next_due(entry: &Entry, last: Option<Timestamp>, now: Timestamp) -> Option<Timestamp> {
    next_after(&entry.dataset, now).into_iter().chain(due_by_day(entry, last)).min()
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
                names_overdue: false,
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

/// True if `allowed` scheduled times have passed since an instant.
fn is_late(dataset: &Dataset, since: Option<Timestamp>, now: Timestamp, allowed: u8) -> bool {
    let (Some(schedule), Some(mut time)) = (compiled(dataset), since) else { return false };
    for _ in 0..allowed.max(1) {
        match schedule.next_after(time) {
            Some(next) => time = next,
            None => return false,
        }
    }
    time < now
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Publisher;

    fn day(days: i64) -> Timestamp {
        let start: Timestamp = "2026-03-01T06:00:00Z".parse().unwrap();
        start + jiff::SignedDuration::from_hours(24 * days)
    }

    async fn at(publisher: &Publisher, now: Timestamp) -> Status {
        status(publisher.runner.catalog(), now).await.unwrap().remove(0)
    }

    #[tokio::test]
    async fn the_last_success_is_known_after_any_number_of_failures() {
        let publisher = Publisher::new("").await;
        publisher.run_at(day(0)).await.unwrap();
        publisher.spoil();
        for run in 1..=60 {
            publisher.run_at(day(run)).await.unwrap();
        }
        let failing = at(&publisher, day(60)).await;
        assert_eq!(failing.last_outcome, Some(Outcome::Failed));
        assert_eq!((failing.last_success, failing.late, failing.version), (Some(day(0)), true, Some(1)));
        assert_eq!(failing.error.unwrap().code, "format-empty");
        publisher.rows("1;A\n2;C\n");
        publisher.run_at(day(61)).await.unwrap();
        let well = at(&publisher, day(62)).await;
        assert_eq!((well.last_success, well.late, well.error), (Some(day(61)), false, None));
    }

    #[tokio::test]
    async fn what_never_succeeded_is_late_too() {
        let publisher = Publisher::new("late_after_missed = 2").await;
        let never = at(&publisher, day(0)).await;
        assert_eq!((never.last_outcome, never.late, never.next_due), (None, false, Some(day(1))));
        publisher.spoil();
        publisher.run_at(day(0)).await.unwrap();
        assert!(!at(&publisher, day(2)).await.late, "two times missed, the second only just");
        publisher.run_at(day(2)).await.unwrap();
        let late = at(&publisher, day(2) + jiff::SignedDuration::from_secs(1)).await;
        assert_eq!((late.last_success, late.late), (None, true));
    }

    #[tokio::test]
    async fn what_never_ran_is_late_from_its_declaration_on() {
        let publisher = Publisher::new("late_after_missed = 2").await;
        let file =
            std::fs::File::options().write(true).open(publisher.folder.path().join("datasets/liste.toml")).unwrap();
        file.set_modified(day(0).into()).unwrap();
        assert!(!at(&publisher, day(2)).await.late);
        let late = at(&publisher, day(2) + jiff::SignedDuration::from_secs(1)).await;
        assert_eq!((late.last_run, late.late), (None, true));
    }

    #[tokio::test]
    async fn standings_count_the_runs_that_come() {
        let publisher = Publisher::new("").await;
        let catalog = publisher.runner.catalog();
        publisher.run_at(day(0)).await.unwrap();
        let first = standings(&status(catalog, day(0)).await.unwrap(), &Standings::new());
        let of = |all: &Standings| all[&Publisher::id()].clone();
        assert_eq!((of(&first).last_run, of(&first).runs.len()), (Some((day(0), "published")), 0));
        let same = standings(&status(catalog, day(0)).await.unwrap(), &first);
        assert_eq!(same, first);
        publisher.spoil();
        publisher.run_at(day(1)).await.unwrap();
        let failed = of(&standings(&status(catalog, day(9)).await.unwrap(), &same));
        let expected = Standing {
            last_run: Some((day(1), "failed")),
            last_success: Some(day(0)),
            codes: vec!["format-empty".to_owned()],
            next_due: failed.next_due,
            late: true,
            runs: [("failed", 1)].into(),
        };
        assert_eq!(failed, expected);
        assert!(failed.next_due.is_some_and(|due| due > day(9)));
    }

    #[tokio::test]
    async fn what_the_privacy_gate_found_is_no_ones_business() {
        let publisher = Publisher::new("").await;
        publisher.run_at(day(0)).await.unwrap();
        let mut status = at(&publisher, day(0)).await;
        status.findings = ["drift-row-loss", "privacy-national-id", "shape-rejects"].map(str::to_owned).into();
        assert!(public_codes(&status).is_empty(), "it ended well");
        status.last_outcome = Some(Outcome::Blocked);
        assert_eq!(public_codes(&status), ["drift-row-loss", "shape-rejects"]);
    }

    #[tokio::test]
    async fn records_that_carry_nothing_or_cannot_be_read_are_passed_over() {
        let publisher = Publisher::new("").await;
        let (id, store) = (Publisher::id(), publisher.store());
        publisher.run_at(day(0)).await.unwrap();
        publisher.spoil();
        publisher.run_at(day(1)).await.unwrap();
        for record in RunRecord::latest(store, &id, 10).await.unwrap() {
            let path = publisher.stored(&catalog::Key::Run(id.clone(), record.id.clone()));
            let mut old = serde_json::to_value(&record).unwrap();
            old.as_object_mut().unwrap().retain(|name, _| name != "last_success" && name != "first_run");
            std::fs::write(path, old.to_string()).unwrap();
        }
        let torn = catalog::Key::Run(id, catalog::RunId::new(day(2), 0));
        store.create(&torn, bytes::Bytes::from_static(b"{")).await.unwrap();
        let found = at(&publisher, day(2)).await;
        assert_eq!((found.last_outcome, found.last_success), (Some(Outcome::Failed), Some(day(0))));
    }
}
