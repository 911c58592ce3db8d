//! Schedules: which datasets are due, and when they are next.

use std::collections::BTreeMap;

use catalog::Catalog;
use config::{CompiledSchedule, Dataset, DatasetId};
use jiff::Timestamp;

use crate::{Result, RunRecord};

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

/// The time at which every scheduled dataset is due. What never ran is due at once; however many times were missed,
/// one run makes up for them.
pub async fn agenda(catalog: &Catalog, now: Timestamp) -> Result<BTreeMap<DatasetId, Timestamp>> {
    let mut due = BTreeMap::new();
    for (id, dataset) in &catalog.config().datasets {
        if dataset.file.schedule.is_none() {
            continue;
        }
        let last = RunRecord::latest(catalog.store(), id, 1).await?.first().map(|record| record.started);
        if let Some(time) = last.map_or(Some(now), |last| next_after(dataset, last)) {
            due.insert(id.clone(), time);
        }
    }
    Ok(due)
}
