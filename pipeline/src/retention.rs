//! Retention: what a dataset's landed bytes and run records come to after each run.

use std::collections::BTreeSet;

use catalog::{
    Key, RunId, Sha256, Store,
    version::{self, Manifest},
};
use config::{DatasetId, Pipeline};
use jiff::{SignedDuration, Timestamp};

use crate::{Result, RunRecord, cursor::Cursor};

/// Newest states that are kept of what a source gathers, beside those that the cursor names.
const STATES: usize = 2;

/// Deletes what is past its time. Only whoever holds the dataset's lease may call it. `record` is that of the run just
/// ended, `current` the current version.
pub(crate) async fn tidy(
    store: &Store,
    limits: &Pipeline,
    (record, current): (&RunRecord, Option<&Manifest>),
    now: Timestamp,
) -> Result<()> {
    let sources = record.sources.iter().chain(current.iter().flat_map(|current| &current.sources));
    let seen = sources.map(|source| source.sha256.clone()).collect();
    tidy_raws(store, limits.keep_raw_days, (&record.dataset, seen), now).await?;
    tidy_runs(store, limits.keep_runs, record).await
}

/// Deletes what was kept of statistics whose tables no version has any more. One of the last day may be of a version that
/// is not seen yet.
pub(crate) async fn tidy_disclosures(
    store: &Store,
    (dataset, tables): (&DatasetId, &BTreeSet<Sha256>),
    now: Timestamp,
) -> Result<()> {
    let Ok(limit) = now.checked_sub(SignedDuration::from_hours(24)) else { return Ok(()) };
    for object in store.list_with_age(&Key::disclosures(dataset)).await? {
        let table = object.name.strip_suffix(".json").and_then(|stem| Sha256::try_from(stem.to_owned()).ok());
        let Some(table) = table.filter(|table| object.modified < limit && !tables.contains(table)) else { continue };
        store.delete_private(&Key::Disclosure(dataset.clone(), table)).await?;
    }
    Ok(())
}

/// Deletes landed bytes older than `days`, except those of this run, those of the current version, of which it may have
/// to be made anew, and those that the newest cursor names. What a source gathers is whole each time, so that of it only
/// the newest states are kept, however young the others are.
async fn tidy_raws(
    store: &Store,
    days: u32,
    (dataset, seen): (&DatasetId, BTreeSet<Sha256>),
    now: Timestamp,
) -> Result<()> {
    let age = SignedDuration::from_hours(24).saturating_mul(i32::try_from(days).unwrap_or(i32::MAX));
    let Ok(limit) = now.checked_sub(age) else { return Ok(()) };
    let mut all: Vec<_> = store.list_with_age(&Key::raws(dataset)).await?;
    let cursor = Cursor::latest(store, dataset).await?;
    let old: Vec<_> = if cursor.kept.is_empty() {
        all.into_iter().filter(|object| object.modified < limit).collect()
    } else {
        all.sort_by_key(|object| std::cmp::Reverse(object.modified));
        all.into_iter().skip(STATES).collect()
    };
    let needed = needed(cursor).chain(seen);
    delete_raws(store, dataset, old.into_iter().map(|object| object.name), &needed.collect()).await
}

/// Deletes the landed bytes that only withdrawn versions were read from. What a source gathers stays: it is the source's
/// memory.
pub(crate) async fn forget_raws(store: &Store, dataset: &DatasetId) -> Result<()> {
    let given_up = version::given_up_sources(store, dataset).await?;
    let cursor = Cursor::latest(store, dataset).await?;
    let gathered: BTreeSet<_> = cursor.kept.into_iter().filter_map(|validators| validators.sha256).collect();
    let names = store.list(&Key::raws(dataset)).await?;
    let given_up: BTreeSet<String> = given_up.iter().map(Sha256::to_string).collect();
    delete_raws(store, dataset, names.into_iter().filter(|name| given_up.contains(name)), &gathered).await
}

/// What the newest cursor names.
fn needed(cursor: Cursor) -> impl Iterator<Item = Sha256> {
    cursor.validators.into_iter().chain(cursor.kept).filter_map(|validators| validators.sha256)
}

async fn delete_raws(
    store: &Store,
    dataset: &DatasetId,
    names: impl Iterator<Item = String>,
    needed: &BTreeSet<Sha256>,
) -> Result<()> {
    for sha256 in names.filter_map(|name| Sha256::try_from(name).ok()) {
        if !needed.contains(&sha256) {
            store.delete_private(&Key::Raw(dataset.clone(), sha256)).await?;
        }
    }
    Ok(())
}

/// Deletes the oldest run records over `most`, except that of the last success.
async fn tidy_runs(store: &Store, most: u32, record: &RunRecord) -> Result<()> {
    let dataset = &record.dataset;
    let names = store.list(&Key::runs(dataset)).await?;
    let surplus = names.len().saturating_sub(usize::try_from(most.max(1)).unwrap_or(usize::MAX));
    let success = record.last_success.as_ref().map(|success| &success.run);
    for run in names.iter().take(surplus).filter_map(|name| RunId::from_file_name(name)) {
        if Some(&run) != success {
            store.delete_private(&Key::Run(dataset.clone(), run)).await?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use bytes::Bytes;

    use super::*;
    use crate::{Outcome, source::Validators, testing::Publisher};

    fn day(days: i64) -> Timestamp {
        let start: Timestamp = "2026-03-01T06:00:00Z".parse().unwrap();
        start + SignedDuration::from_hours(24 * days)
    }

    /// The landed bytes, whose files are given the age that they would have.
    async fn raws(publisher: &Publisher) -> usize {
        publisher.store().list(&Key::raws(&Publisher::id())).await.unwrap().len()
    }

    #[tokio::test]
    async fn records_of_statistics_go_with_their_tables() {
        let publisher = Publisher::new("").await;
        let tables = ["a", "b"].map(|text| Sha256::of(text.as_bytes()));
        for table in &tables {
            let key = Key::Disclosure(Publisher::id(), table.clone());
            publisher.store().create(&key, Bytes::from_static(b"{}")).await.unwrap();
        }
        let kept = [tables[0].clone()].into();
        let names = async || publisher.store().list(&Key::disclosures(&Publisher::id())).await.unwrap();
        let now = Timestamp::try_from(SystemTime::now()).unwrap();
        let id = Publisher::id();
        tidy_disclosures(publisher.store(), (&id, &kept), now).await.unwrap();
        assert_eq!(names().await.len(), 2, "young");
        tidy_disclosures(publisher.store(), (&id, &kept), now + SignedDuration::from_hours(25)).await.unwrap();
        assert_eq!(names().await, [format!("{}.json", tables[0])]);
    }

    fn age_all(publisher: &Publisher, written: Timestamp) {
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(u64::try_from(written.as_second()).unwrap());
        for entry in std::fs::read_dir(publisher.stored(&Key::raws(&Publisher::id()))).unwrap() {
            let file = std::fs::File::options().write(true).open(entry.unwrap().path()).unwrap();
            file.set_modified(time).unwrap();
        }
    }

    #[tokio::test]
    async fn landed_bytes_go_when_their_days_are_over() {
        let publisher = Publisher::new("keep_raw_days = 30").await;
        publisher.run_at(day(0)).await.unwrap();
        publisher.rows("1;A\n2;B\n3;C\n");
        publisher.run_at(day(1)).await.unwrap();
        age_all(&publisher, day(0));
        assert_eq!(publisher.run_at(day(30)).await.unwrap().outcome, Outcome::Unchanged);
        assert_eq!(raws(&publisher).await, 2, "not older than the limit");
        publisher.run_at(day(31)).await.unwrap();
        assert_eq!(raws(&publisher).await, 1, "the first file's bytes are gone");
        let current = publisher.runner.current(&Publisher::id()).unwrap();
        let key = Key::Raw(Publisher::id(), current.sources[0].sha256.clone());
        assert!(publisher.store().get(&key).await.is_ok(), "what the cursor names is kept however old");
    }

    #[tokio::test]
    async fn bytes_that_a_run_has_just_seen_again_are_kept() {
        let publisher = Publisher::new("keep_raw_days = 0").await;
        publisher.run_at(day(0)).await.unwrap();
        publisher.rows("1;A;one too many\n");
        let record = publisher.run_at(day(1)).await.unwrap();
        assert_eq!((record.outcome, record.sources.len()), (Outcome::Failed, 1), "{record:?}");
        age_all(&publisher, day(0));
        publisher.run_at(day(2)).await.unwrap();
        assert_eq!(raws(&publisher).await, 2, "those of the failing source and those of the cursor");
    }

    #[tokio::test]
    async fn gathered_rows_that_the_cursor_names_are_kept() {
        let publisher = Publisher::new("keep_raw_days = 0").await;
        publisher.run_at(day(0)).await.unwrap();
        let (store, id, sha256) = (publisher.store(), Publisher::id(), Sha256::of(b"gathered"));
        let key = Key::Raw(id.clone(), sha256.clone());
        store.create(&key, Bytes::from_static(b"gathered")).await.unwrap();
        let memory = Some(serde_json::json!({}));
        let gathered = [Validators { sha256: Some(sha256), memory, ..Validators::default() }];
        Cursor::latest(store, &id).await.unwrap().keep(store, &id, &gathered).await.unwrap();
        age_all(&publisher, day(0));
        publisher.run_at(day(9)).await.unwrap();
        assert!(store.get(&key).await.is_ok());
    }

    #[tokio::test]
    async fn states_that_newer_ones_replaced_go_however_young_they_are() {
        let publisher = Publisher::new("keep_raw_days = 30").await;
        publisher.run_at(day(0)).await.unwrap();
        let (store, id) = (publisher.store(), Publisher::id());
        let mut keys = Vec::new();
        for state in ["a", "b", "c", "d", "e"] {
            let sha256 = Sha256::of(state.as_bytes());
            let key = Key::Raw(id.clone(), sha256.clone());
            store.create(&key, Bytes::from(state)).await.unwrap();
            keys.push(key);
            let validators = Validators { sha256: Some(sha256), memory: Some(state.into()), ..Validators::default() };
            Cursor::latest(store, &id).await.unwrap().keep(store, &id, &[validators]).await.unwrap();
            std::thread::sleep(Duration::from_millis(20));
        }
        publisher.run_at(day(1)).await.unwrap();
        let mut there = Vec::new();
        for key in &keys {
            there.push(store.get(key).await.is_ok());
        }
        assert_eq!(there, [false, false, false, true, true]);
        assert_eq!(raws(&publisher).await, 3, "and what was published");
    }

    #[tokio::test]
    async fn the_newest_records_and_the_last_success_are_kept() {
        let publisher = Publisher::new("keep_runs = 3").await;
        publisher.run_at(day(0)).await.unwrap();
        let success = publisher.run_at(day(1)).await.unwrap();
        publisher.spoil();
        for at in 2..8 {
            assert_eq!(publisher.run_at(day(at)).await.unwrap().outcome, Outcome::Failed);
        }
        let kept = RunRecord::latest(publisher.store(), &Publisher::id(), 100).await.unwrap();
        let kept: Vec<_> = kept.iter().map(|record| record.started).collect();
        assert_eq!(kept, [day(7), day(6), day(5), success.started]);
    }
}
