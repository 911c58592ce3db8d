//! Schedules: which datasets are due, and when they are next.

use std::collections::BTreeMap;

use catalog::Catalog;
use config::{CompiledSchedule, Dataset, DatasetId};
use jiff::Timestamp;

use crate::{
    Result, RunRecord,
    names::{due_by_day, names_due},
};

/// The compiled schedule of a dataset; `None` if it runs by hand only. A broken one was refused at loading.
pub(crate) fn compiled(dataset: &Dataset) -> Option<CompiledSchedule> {
    dataset.file.schedule.as_ref().and_then(|schedule| schedule.parse().ok())
}

/// When a dataset is due after an instant, its place in the jitter window included.
pub fn next_after(dataset: &Dataset, after: Timestamp) -> Option<Timestamp> {
    let schedule = compiled(dataset)?;
    let jitter = schedule.offset(&dataset.id);
    let nominal = schedule.next_after(after.checked_sub(jitter).ok()?)?;
    nominal.checked_add(jitter).ok()
}

/// The next times of a dataset's schedule, without jitter.
pub fn next_times(dataset: &Dataset, after: Timestamp, count: usize) -> Vec<Timestamp> {
    let Some(schedule) = compiled(dataset) else { return Vec::new() };
    std::iter::successors(schedule.next_after(after), |time| schedule.next_after(*time)).take(count).collect()
}

/// When a dataset is due, as its last recorded run tells. What never ran is due at once; however many times were
/// missed, one run makes up for them. `None`: never.
pub(crate) async fn due_at(catalog: &Catalog, dataset: &Dataset, now: Timestamp) -> Result<Option<Timestamp>> {
    if dataset.file.schedule.is_none() && by_day(catalog, &dataset.id, None).is_none() {
        return Ok(None);
    }
    let last = RunRecord::latest(catalog.store(), &dataset.id, 1).await?;
    // A run of the future comes of a clock that was wrong.
    let last = last.first().map(|record| record.started.min(now));
    Ok(due_after(catalog, dataset, last, now))
}

/// When a dataset is due whose last run is known.
pub(crate) fn due_after(
    catalog: &Catalog,
    dataset: &Dataset,
    last: Option<Timestamp>,
    now: Timestamp,
) -> Option<Timestamp> {
    let scheduled = match last {
        Some(last) => next_after(dataset, last),
        None => dataset.file.schedule.as_ref().map(|_| now),
    };
    scheduled.into_iter().chain(by_day(catalog, &dataset.id, last)).min()
}

/// When names must go or rows come out of embargo.
pub(crate) fn by_day(catalog: &Catalog, dataset: &DatasetId, last: Option<Timestamp>) -> Option<Timestamp> {
    due_by_day(catalog.snapshot().datasets.get(dataset)?, last)
}

/// When names of a dataset must go that cannot be run.
pub(crate) fn names_due_of(catalog: &Catalog, dataset: &DatasetId) -> Option<Timestamp> {
    names_due(catalog.snapshot().datasets.get(dataset)?)
}

/// The time at which every dataset is due that has a schedule, names that must go or rows under embargo. One whose records cannot be read is taken to be due now.
pub async fn agenda(catalog: &Catalog, now: Timestamp) -> BTreeMap<DatasetId, Timestamp> {
    let mut due = BTreeMap::new();
    for (id, dataset) in &catalog.config().datasets {
        let time = due_at(catalog, dataset, now).await.unwrap_or_else(|error| {
            tracing::warn!(dataset = %id, code = error.code(), %error, "its last run is not known, so it is due");
            Some(now)
        });
        due.extend(time.map(|time| (id.clone(), time)));
    }
    // What cannot be run any more is served as before; names must go all the same.
    for id in catalog.config().broken.keys().filter_map(|stem| stem.parse::<DatasetId>().ok()) {
        due.extend(names_due_of(catalog, &id).map(|time| (id, time)));
    }
    due
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Publisher, set_clock};

    fn time(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn scheduled(publisher: &Publisher, cron: &str, jitter: u32) -> Dataset {
        let mut dataset = publisher.runner.catalog().config().datasets[&Publisher::id()].clone();
        let schedule = dataset.file.schedule.as_mut().unwrap();
        (schedule.cron, schedule.jitter_seconds) = (cron.to_owned(), jitter);
        dataset
    }

    #[tokio::test]
    async fn missed_times_collapse_into_one() {
        let publisher = Publisher::new("").await;
        let catalog = publisher.runner.catalog();
        let now = time("2026-03-01T06:00:01Z");
        assert_eq!(agenda(catalog, now).await[&Publisher::id()], now, "what never ran is due at once");
        publisher.run_at(now).await.unwrap();
        let later = time("2026-03-09T12:00:00Z");
        assert_eq!(agenda(catalog, later).await[&Publisher::id()], time("2026-03-02T06:00:00Z"), "long overdue");
        publisher.run_at(later).await.unwrap();
        assert_eq!(agenda(catalog, later).await[&Publisher::id()], time("2026-03-10T06:00:00Z"), "once for all");
    }

    #[tokio::test]
    async fn a_record_of_the_future_does_not_hold_a_dataset_up() {
        let publisher = Publisher::new("").await;
        publisher.run_at(time("2036-03-01T06:00:00Z")).await.unwrap();
        let due = agenda(publisher.runner.catalog(), time("2026-03-01T12:00:00Z")).await;
        assert_eq!(due[&Publisher::id()], time("2026-03-02T06:00:00Z"));
    }

    #[tokio::test]
    async fn what_cannot_be_asked_is_due() {
        let publisher = Publisher::new("").await;
        let now = time("2026-03-01T12:00:00Z");
        publisher.run_at(now).await.unwrap();
        let runs = publisher.stored(&catalog::Key::runs(&Publisher::id()));
        std::fs::remove_dir_all(&runs).unwrap();
        std::fs::write(&runs, "in the way").unwrap();
        assert_eq!(agenda(publisher.runner.catalog(), now).await[&Publisher::id()], now);
    }

    #[tokio::test]
    async fn jitter_is_the_same_every_time_and_within_its_window() {
        let publisher = Publisher::new("").await;
        set_clock(time("2026-03-01T00:00:00Z"));
        let dataset = scheduled(&publisher, "0 6 * * *", 3600);
        let first = next_after(&dataset, time("2026-03-01T00:00:00Z")).unwrap();
        let offset = first.duration_since(time("2026-03-01T06:00:00Z"));
        assert!((0..3600).contains(&offset.as_secs()) && offset.as_secs() > 0, "{offset:?}");
        assert_eq!(next_after(&dataset, time("2026-03-01T06:00:00Z")), Some(first), "still within the window");
        let second = next_after(&dataset, first).unwrap();
        assert_eq!(second.duration_since(time("2026-03-02T06:00:00Z")), offset);
        assert_eq!(next_times(&dataset, first, 1), [time("2026-03-02T06:00:00Z")], "shown without it");
        assert_eq!(next_after(&scheduled(&publisher, "0 6 * * *", 0), first), Some(time("2026-03-02T06:00:00Z")));
    }
}
