//! Versions from draft to tombstone, on a folder.

use std::sync::Arc;

use config::{Dataset, GateKind};
use jiff::Timestamp;

use super::*;
use crate::{Error, Key, Result, Sha256, Store, testing};

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

impl World {
    async fn publish(&self, parent: Option<Arc<Manifest>>, content: &str) -> Result<Outcome> {
        let draft = testing::draft(&self.dataset, parent, content);
        let clearance = Clearance::grant(&draft, &GateKind::all(), testing::reports())?;
        commit(&self.store, draft, clearance, NOW).await
    }

    async fn published(&self, parent: Option<&Arc<Manifest>>, content: &str) -> Arc<Manifest> {
        match self.publish(parent.cloned(), content).await.unwrap() {
            Outcome::Published(manifest) => manifest,
            Outcome::Unchanged => panic!("nothing was published"),
        }
    }

    async fn names(&self) -> Vec<String> {
        self.store.list(&Key::versions(&self.dataset.id)).await.unwrap()
    }

    async fn withdraw(&self, number: u64) -> Result<()> {
        let why =
            Withdrawal { time: NOW, by: "arkivar".to_owned(), reason: "feil".to_owned(), ..Withdrawal::default() };
        withdraw(&self.store, &self.dataset.id, VersionNumber(number), why).await
    }
}

#[tokio::test]
async fn a_commit_publishes_files_and_manifest() {
    let world = world();
    let manifest = world.published(None, "id,navn\n1,Ås\n").await;
    assert_eq!((manifest.number, manifest.parent, manifest.published), (VersionNumber(1), None, NOW));
    assert_eq!(manifest.key, world.dataset.key);
    assert_eq!(manifest.gates.len(), 6);
    let file = &manifest.files[0];
    let bytes = world.store.get(&Key::File(manifest.dataset.clone(), file.sha256.clone(), file.format)).await.unwrap();
    assert_eq!(Sha256::of(&bytes), file.sha256);
    let stored = world.store.get(&Key::Manifest(manifest.dataset.clone(), manifest.number)).await.unwrap();
    assert_eq!(parse("stored", &stored).unwrap(), *manifest);
}

#[tokio::test]
async fn the_same_content_publishes_nothing_and_new_texts_a_version_that_shares_the_files() {
    let mut world = world();
    let first = world.published(None, "a").await;
    assert!(matches!(world.publish(Some(Arc::clone(&first)), "a").await.unwrap(), Outcome::Unchanged));
    assert_eq!(world.names().await, ["00000001.json"]);
    world.dataset.metadata_sha256 = "e".repeat(64);
    let second = world.published(Some(&first), "a").await;
    assert_eq!(second.number, VersionNumber(2));
    assert_eq!(second.files, first.files);
}

#[tokio::test]
async fn a_clearance_is_good_for_one_draft_only() {
    let world = world();
    let cleared = testing::draft(&world.dataset, None, "harmless");
    let clearance = Clearance::grant(&cleared, &GateKind::all(), testing::reports()).unwrap();
    let other = testing::draft(&world.dataset, None, "something else");
    let error = commit(&world.store, other, clearance, NOW).await.unwrap_err();
    assert_eq!(error.code(), "catalog-not-cleared");
    assert!(world.names().await.is_empty());
}

#[tokio::test]
async fn a_gate_that_did_not_run_or_blocks_gives_no_clearance() {
    let world = world();
    let draft = testing::draft(&world.dataset, None, "a");
    let mut reports = testing::reports();
    reports.retain(|report| report.gate != GateKind::Privacy);
    let error = Clearance::grant(&draft, &GateKind::all(), reports).unwrap_err();
    assert!(error.to_string().contains("'privacy' did not run"), "{error}");

    let mut reports = testing::reports();
    reports[0].findings.push(Finding {
        code: "shape-key".to_owned(),
        severity: Severity::Block,
        message: "two rows have the same key".to_owned(),
        hint: "Look at the source.".to_owned(),
        column: None,
        count: 2,
        rows: vec![0, 1],
        places: Vec::new(),
    });
    let error = Clearance::grant(&draft, &GateKind::all(), reports).unwrap_err();
    assert!(error.to_string().contains("blocks (shape-key)"), "{error}");
}

#[tokio::test]
async fn the_manifest_does_not_tell_where_the_privacy_gate_found_something() {
    let world = world();
    let draft = testing::draft(&world.dataset, None, "a");
    let mut reports = testing::reports();
    for report in &mut reports {
        report.findings.push(Finding {
            code: "privacy-phone".to_owned(),
            severity: Severity::Warning,
            message: "1 cell".to_owned(),
            hint: "Look at it.".to_owned(),
            column: None,
            count: 1,
            rows: vec![7],
            places: Vec::new(),
        });
    }
    let clearance = Clearance::grant(&draft, &GateKind::all(), reports).unwrap();
    for report in &clearance.reports {
        assert_eq!(report.findings[0].rows.is_empty(), report.gate == GateKind::Privacy, "{report:?}");
    }
}

#[tokio::test]
async fn of_two_runs_from_one_parent_one_publishes() {
    let world = world();
    let first = world.published(None, "a").await;
    world.published(Some(&first), "b").await;
    let error = world.publish(Some(first), "c").await.unwrap_err();
    assert!(matches!(error, Error::Conflict { number: VersionNumber(2), .. }), "{error}");
    assert!(matches!(world.publish(None, "d").await.unwrap_err(), Error::Conflict { .. }));
    assert_eq!(world.names().await, ["00000001.json", "00000002.json"]);
}

#[tokio::test]
async fn of_many_first_versions_at_once_one_is_published_and_its_files_are_whole() {
    let world = world();
    let contents: Vec<String> = (0..8).map(|run| format!("run {run}")).collect();
    let runs = contents.iter().map(|content| world.publish(None, content));
    let results = futures::future::join_all(runs).await;
    let winners: Vec<_> = results.iter().filter(|result| matches!(result, Ok(Outcome::Published(_)))).collect();
    assert_eq!(winners.len(), 1);
    assert!(results.iter().all(|r| r.as_ref().map_or_else(|e| e.code() == "catalog-conflict", |_| true)));
    assert_eq!(world.names().await, ["00000001.json"]);
}

#[tokio::test]
async fn withdrawn_numbers_are_not_used_again() {
    let world = world();
    let first = world.published(None, "a").await;
    world.published(Some(&first), "b").await;
    world.withdraw(2).await.unwrap();
    world.withdraw(2).await.unwrap();
    assert_eq!(world.withdraw(9).await.unwrap_err().code(), "catalog-missing");
    let third = world.published(Some(&first), "c").await;
    assert_eq!((third.number, third.parent), (VersionNumber(3), Some(VersionNumber(1))));
}

/// A draft with a changelog that only this run can have written.
fn with_changes(world: &World, parent: Option<Arc<Manifest>>, content: &str) -> Draft {
    let mut draft = testing::draft(&world.dataset, parent, content);
    let path = draft.folder.path().join("changes.parquet");
    std::fs::write(&path, format!("the changes to {content}")).unwrap();
    let (sha256, bytes) = Sha256::of_file(&path).unwrap();
    let summary = ChangeSummary { added: 1, ..ChangeSummary::default() };
    draft.changes = Some(StagedChanges { path, sha256, bytes, summary });
    draft
}

#[tokio::test]
async fn the_changelog_of_the_winner_is_never_overwritten() {
    let world = world();
    let first = world.published(None, "a").await;
    let contents: Vec<String> = (0..8).map(|run| format!("run {run}")).collect();
    let runs = contents.iter().map(|content| {
        let draft = with_changes(&world, Some(Arc::clone(&first)), content);
        let clearance = Clearance::grant(&draft, &GateKind::all(), testing::reports()).unwrap();
        commit(&world.store, draft, clearance, NOW)
    });
    let results = futures::future::join_all(runs).await;
    let lost = results.iter().filter(|result| matches!(result, Err(Error::Conflict { .. }))).count();
    assert_eq!(lost, 7, "all runs were past the first look at the storage");
    let winner = results.iter().position(Result::is_ok).unwrap();
    let stored = read(&world.store, &world.dataset.id, VersionNumber(2)).await.unwrap();
    let file = stored.changes_file.unwrap();
    let bytes = world.store.get(&Key::Changes(world.dataset.id.clone(), file.sha256.clone())).await.unwrap();
    assert_eq!(bytes, format!("the changes to run {winner}"));
    assert_eq!(
        (Sha256::of(&bytes), bytes.len() as u64, file.name.as_str()),
        (file.sha256, file.bytes, "changes.parquet")
    );
}

#[tokio::test]
async fn a_newest_manifest_that_cannot_be_read_is_called_that() {
    let world = world();
    let first = world.published(None, "a").await;
    let broken = Key::Manifest(world.dataset.id.clone(), VersionNumber(2));
    world.store.create(&broken, "{ not json".into()).await.unwrap();
    let error = world.publish(Some(Arc::clone(&first)), "b").await.unwrap_err();
    assert_eq!(error.code(), "catalog-manifest");
    assert!(error.to_string().contains("00000002.json"), "{error}");
    assert_eq!(world.publish(None, "b").await.unwrap_err().code(), "catalog-manifest");
    world.withdraw(2).await.unwrap();
    assert_eq!(world.published(Some(&first), "b").await.number, VersionNumber(3));
}

#[tokio::test]
async fn withdrawn_content_does_not_come_back() {
    let world = world();
    let first = world.published(None, "a").await;
    world.withdraw(1).await.unwrap();
    let error = world.publish(None, "a").await.unwrap_err();
    assert!(matches!(error, Error::WithdrawnContent { number: VersionNumber(1), .. }), "{error}");
    let second = world.published(None, "b").await;
    assert_eq!(world.publish(Some(Arc::clone(&second)), "a").await.unwrap_err().code(), "withdrawn-content");
    // A withdrawn change of texts says nothing about the table, which is still published.
    let mut texts = World { dataset: world.dataset.clone(), ..world };
    texts.dataset.metadata_sha256 = "e".repeat(64);
    texts.published(Some(&second), "b").await;
    texts.withdraw(3).await.unwrap();
    texts.dataset.metadata_sha256 = "f".repeat(64);
    assert_eq!(texts.published(Some(&second), "b").await.number, VersionNumber(4));
    assert_eq!(first.number, VersionNumber(1));
}

#[tokio::test]
async fn the_highest_field_id_outlives_its_column_and_its_version() {
    let world = world();
    let first = world.published(None, "a").await;
    assert_eq!(first.highest_field_id, 2);
    let mut draft = testing::draft(&world.dataset, Some(Arc::clone(&first)), "b");
    draft.highest_field_id = 7;
    let clearance = Clearance::grant(&draft, &GateKind::all(), testing::reports()).unwrap();
    commit(&world.store, draft, clearance, NOW).await.unwrap();
    world.withdraw(2).await.unwrap();
    let newest = newest(&world.store, &world.dataset.id).await.unwrap().unwrap();
    assert_eq!((newest.number, newest.highest_field_id()), (VersionNumber(2), 7));
}

#[tokio::test]
async fn a_storage_that_fails_before_the_manifest_publishes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let world = World { store: Store::local(folder.path()), ..world() };
    let dataset = folder.path().join("public/datasets/boliger");
    std::fs::create_dir_all(&dataset).unwrap();
    std::fs::write(dataset.join("files"), "in the way").unwrap();
    assert_eq!(world.publish(None, "a").await.unwrap_err().code(), "catalog-storage");
    assert!(world.names().await.is_empty());
}
