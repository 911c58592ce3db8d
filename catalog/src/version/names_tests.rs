//! Versions from which the parts with names of persons were withdrawn: what goes, what is left, what others make of it.

use std::{collections::BTreeSet, sync::Arc};

use config::{Dataset, GateKind, Keep};
use jiff::{SignedDuration, Timestamp, civil::Date};

use super::*;
use crate::{Catalog, Error, Key, Sha256, Store, testing};

const NOW: Timestamp = Timestamp::constant(1_772_000_000, 0);

struct World {
    dataset: Dataset,
    store: Store,
    _folder: tempfile::TempDir,
}

fn world() -> World {
    let folder = tempfile::tempdir().unwrap();
    World { dataset: testing::dataset("boliger", "Boliger", "x"), store: Store::local(folder.path()), _folder: folder }
}

fn part(key: &str) -> PartInfo {
    let range = [("id".parse().unwrap(), [Some("1".to_owned()), Some("918273".to_owned())])].into();
    PartInfo { key: key.to_owned(), range }
}

impl World {
    /// Publishes the parts `2026-01` and `2026-02`, of which some bear names until a day.
    async fn publish(&self, parent: Option<&Arc<Manifest>>, contents: [&str; 2], named: &[&str]) -> Arc<Manifest> {
        let mut draft = testing::draft(&self.dataset, parent.cloned(), contents[0]);
        let mut second = draft.files[0].clone();
        second.path = draft.folder.path().join("second.parquet");
        std::fs::write(&second.path, contents[1]).unwrap();
        second.sha256 = Sha256::of(contents[1].as_bytes());
        second.name = "boliger-2026-02.parquet".to_owned();
        second.part = Some(part("2026-02"));
        draft.files[0].name = "boliger-2026-01.parquet".to_owned();
        draft.files[0].part = Some(part("2026-01"));
        draft.files.push(second);
        let path = draft.folder.path().join("changes.parquet");
        std::fs::write(&path, format!("to {contents:?}")).unwrap();
        let (sha256, bytes) = Sha256::of_file(&path).unwrap();
        draft.changes = Some(StagedChanges { path, sha256, bytes, summary: ChangeSummary::default() });
        let clearance = Clearance::grant(&draft, &GateKind::all(), reports(named)).unwrap();
        match commit(&self.store, draft, clearance, NOW).await.unwrap() {
            Outcome::Published(manifest) => manifest,
            Outcome::Unchanged => panic!("nothing was published"),
        }
    }

    async fn has(&self, version: &Manifest) -> Vec<bool> {
        let keys = version.files.iter().map(|file| version.key_of(file));
        let keys: Vec<Key> = keys.chain(changelog_key(version)).collect();
        let mut there = Vec::new();
        for key in keys {
            there.push(self.store.size(&key).await.is_ok());
        }
        there
    }
}

fn reports(named: &[&str]) -> Vec<GateReport> {
    let until = (!named.is_empty()).then(|| Date::constant(2027, 1, 1));
    let parts: BTreeSet<String> = named.iter().map(|key| (*key).to_owned()).collect();
    let mut reports = testing::reports();
    for report in reports.iter_mut().filter(|report| report.gate == GateKind::Privacy) {
        report.privacy = Some(PrivacyFacts {
            as_of: Date::constant(2026, 3, 1),
            rules: Vec::new(),
            found: Vec::new(),
            names: NamesFacts { until, parts: parts.clone(), ..NamesFacts::default() },
            not_checked: Vec::new(),
        });
    }
    reports
}

fn why() -> Withdrawal {
    Withdrawal { time: NOW, by: "Testvik".to_owned(), reason: "navn".to_owned(), ..Withdrawal::default() }
}

#[tokio::test]
async fn parts_with_names_go_and_the_others_stay() {
    let world = world();
    let first = world.publish(None, ["a", "Kari"], &["2026-02"]).await;
    let second = world.publish(Some(&first), ["a", "Ola"], &["2026-02"]).await;
    let third = world.publish(Some(&second), ["b", "Ola"], &["2026-02"]).await;
    for version in [&first, &second] {
        withdraw_names(&world.store, version, why()).await.unwrap();
        withdraw_names(&world.store, version, why()).await.unwrap();
    }
    for _ in 0..2 {
        clean(&world.store, &world.dataset.id).await.unwrap();
        assert_eq!(world.has(&first).await, [true, false, true], "its own names are gone, its changelog is not");
        assert_eq!(world.has(&second).await, [true, true, true], "what the newest version has stays");
    }
    let bared = read(&world.store, &world.dataset.id, VersionNumber(1)).await.unwrap();
    assert_eq!(bared.files[1].sha256, first.files[1].sha256, "hashes stay");
    assert!(bared.files.iter().all(|file| file.part.as_ref().unwrap().range.is_empty()));
    let left = read_parts(&world.store, &world.dataset.id, VersionNumber(1)).await.unwrap();
    assert_eq!((left.left.len(), left.left[0].name.as_str()), (1, "boliger-2026-01.parquet"));
    assert!(!serde_json::to_string(&left).unwrap().contains("918273"));

    let numbers = Numbers::list(&world.store, &world.dataset.id).await.unwrap();
    assert_eq!((numbers.current(), numbers.next()), (Some(VersionNumber(3)), VersionNumber(4)));
    let when = crate::When { now: NOW, today: NOW.to_zoned(jiff::tz::TimeZone::UTC).date() };
    let back = crate::rollback(&world.store, &world.dataset, VersionNumber(1), when).await.unwrap_err();
    assert!(matches!(back, Error::Missing(_)), "{back}");
    // The same files may be published again: nothing was wrong with them.
    assert_eq!(world.publish(Some(&third), ["a", "Ola"], &[]).await.number, VersionNumber(4));
}

#[tokio::test]
async fn a_version_that_goes_altogether_leaves_nothing() {
    let world = world();
    let first = world.publish(None, ["a", "Kari"], &["2026-02"]).await;
    let second = world.publish(Some(&first), ["b", "Ola"], &["2026-02"]).await;
    withdraw_names(&world.store, &first, why()).await.unwrap();
    clean(&world.store, &world.dataset.id).await.unwrap();
    withdraw(&world.store, &world.dataset.id, VersionNumber(1), why()).await.unwrap();
    clean(&world.store, &world.dataset.id).await.unwrap();
    assert_eq!(world.has(&first).await, [false, false, false]);
    assert_eq!(world.has(&second).await, [true, true, true]);
    let numbers = Numbers::list(&world.store, &world.dataset.id).await.unwrap();
    assert!(numbers.partial.is_empty() && numbers.withdrawn.contains(&VersionNumber(1)));
}

#[tokio::test]
async fn retention_counts_what_is_left_and_spares_the_current_version() {
    let world = world();
    let mut versions: Vec<Arc<Manifest>> = Vec::new();
    for (at, contents) in [["a", "b"], ["a", "c"], ["a", "d"]].into_iter().enumerate() {
        let named: &[&str] = if at == 0 { &[] } else { &["2026-02"] };
        versions.push(world.publish(versions.last(), contents, named).await);
    }
    let id = &world.dataset.id;
    for version in &versions[1..] {
        withdraw_names(&world.store, version, why()).await.unwrap();
    }
    let last_two = garbage(&world.store, id, Keep::Last(2), NOW).await.unwrap();
    assert!(last_two.versions.is_empty(), "the oldest is the current one: {last_two:?}");
    let later = NOW + SignedDuration::from_hours(48);
    let days = collect(&world.store, id, Keep::Days(1), later).await.unwrap();
    assert_eq!(days.versions, [VersionNumber(2)], "neither the current version nor the newest");
    assert_eq!(world.has(&versions[1]).await, [true, false, false]);
    assert_eq!(world.has(&versions[2]).await, [true, false, true]);
    assert_eq!(world.has(&versions[0]).await, [true, true, true]);
}

#[tokio::test]
async fn what_an_earlier_program_did_not_write_down_bears_names() {
    let world = world();
    let first = world.publish(None, ["a", "b"], &["2026-02"]).await;
    let mut older = Manifest::clone(&first);
    for report in &mut older.gates {
        report.privacy.iter_mut().for_each(|privacy| privacy.names.parts.clear());
    }
    assert!(older.files_without_names().is_empty());
    older.gates.clear();
    assert_eq!(older.files_without_names().len(), 2);
    let mut whole = Manifest::clone(&first);
    whole.files.iter_mut().for_each(|file| file.part = None);
    assert!(whole.files_without_names().is_empty());
}

#[tokio::test]
async fn names_that_have_to_go_make_a_version_though_the_files_are_the_same() {
    let world = world();
    let first = world.publish(None, ["a", "b"], &["2026-02"]).await;
    let second = world.publish(Some(&first), ["a", "b"], &[]).await;
    assert_eq!((second.number, second.names_until()), (VersionNumber(2), None));
}

#[tokio::test]
async fn a_catalogue_sees_parts_go_and_then_the_whole() {
    let folder = tempfile::tempdir().unwrap();
    let world = World { store: Store::local(folder.path()), ..world() };
    let config = testing::config(vec![world.dataset.clone()]);
    let catalog = Catalog::open(world.store.clone(), config).await.unwrap();
    let first = world.publish(None, ["a", "Kari"], &["2026-02"]).await;
    world.publish(Some(&first), ["b", "Ola"], &[]).await;
    catalog.refresh().await.unwrap();
    let entry = |catalog: &Catalog| catalog.snapshot().datasets[&world.dataset.id].clone();
    assert_eq!(entry(&catalog).with_old_names().count(), 1);
    let (mut tags, number) = (BTreeSet::new(), VersionNumber(1));
    tags.insert(catalog.snapshot().etag.clone());

    withdraw_names(&world.store, &first, why()).await.unwrap();
    assert!(catalog.refresh().await.unwrap() && !catalog.refresh().await.unwrap());
    tags.insert(catalog.snapshot().etag.clone());
    let partly = entry(&catalog);
    assert_eq!((partly.with_old_names().count(), partly.versions.len()), (0, 1));
    assert_eq!((partly.withdrawn[&number].left.len(), partly.known(number).unwrap().number), (1, number));

    withdraw(&world.store, &world.dataset.id, number, why()).await.unwrap();
    assert!(catalog.refresh().await.unwrap() && !catalog.refresh().await.unwrap());
    tags.insert(catalog.snapshot().etag.clone());
    let gone = entry(&catalog);
    assert!(gone.partial.is_empty() && gone.withdrawn[&number].left.is_empty());
    assert_eq!(tags.len(), 3);
}
