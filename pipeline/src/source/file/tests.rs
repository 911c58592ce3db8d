//! Tests of the file source.

use std::fs;

use super::*;

fn now() -> Timestamp {
    "2026-03-01T12:00:00Z".parse().unwrap()
}

fn source(folder: &Path, path: &str) -> FileSource {
    limited(folder, path, 100, 1000)
}

fn limited(folder: &Path, path: &str, max_files: u32, max_bytes: u64) -> FileSource {
    FileSource::new(
        folder,
        &config::FileSource { path: path.into(), max_files, max_bytes, compare: config::Compare::default() },
    )
}

fn code(result: Result<Fetched>) -> &'static str {
    match result {
        Err(error @ Error::Source { .. }) => error.code(),
        other => panic!("{other:?}"),
    }
}

fn changed(result: Result<Fetched>) -> Vec<Raw> {
    match result {
        Ok(Fetched::Changed(raws)) => raws,
        other => panic!("{other:?}"),
    }
}

fn validators(raws: &[Raw]) -> Vec<Validators> {
    raws.iter().map(|raw| raw.validators.clone()).collect()
}

#[tokio::test]
async fn a_file_is_copied_and_then_unchanged_until_its_bytes_change() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("data")).unwrap();
    let path = folder.path().join("data/boliger.csv");
    fs::write(&path, "a;b\n1;2\n").unwrap();
    let source = source(folder.path(), "./data/boliger.csv");
    let raws = changed(source.fetch((&[], false), now()).await);
    assert_eq!((raws[0].name.as_str(), raws[0].bytes, raws[0].fetched), ("boliger.csv", 8, now()));
    assert_eq!(raws[0].validators.location, "data/boliger.csv");
    assert_eq!(raws[0].validators.sha256, Some(catalog::Sha256::of(b"a;b\n1;2\n")));
    fs::write(&path, "a;b\n1;3\n").unwrap();
    assert_eq!(fs::read(&raws[0].path).unwrap(), b"a;b\n1;2\n");
    let last = validators(&raws);
    let second = validators(&changed(source.fetch((&last, false), now()).await));
    assert!(matches!(source.fetch((&second, false), now()).await, Ok(Fetched::Unchanged)));
    let copy = raws[0].path.clone();
    drop(raws);
    assert!(!copy.exists());
}

#[tokio::test]
async fn a_pattern_gives_files_in_order_and_sees_that_one_came_or_went() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("in/2024/dyp")).unwrap();
    for name in ["in/b.csv", "in/a.csv", "in/.c.csv", "in/c.txt", "in/2024/dyp/d.csv"] {
        fs::write(folder.path().join(name), name).unwrap();
    }
    let names = |raws: Vec<Raw>| raws.into_iter().map(|raw| raw.validators.location).collect::<Vec<_>>();
    let flat = source(folder.path(), "in/*.csv");
    let raws = changed(flat.fetch((&[], false), now()).await);
    let last = validators(&raws);
    assert_eq!(names(raws), ["in/a.csv", "in/b.csv"]);
    assert!(matches!(flat.fetch((&last, false), now()).await, Ok(Fetched::Unchanged)));
    fs::remove_file(folder.path().join("in/a.csv")).unwrap();
    assert_eq!(names(changed(flat.fetch((&last, false), now()).await)), ["in/b.csv"]);
    let deep = source(folder.path(), "in/**/?.csv");
    assert_eq!(names(changed(deep.fetch((&[], false), now()).await)), ["in/2024/dyp/d.csv", "in/b.csv"]);
}

#[tokio::test]
async fn a_name_with_brackets_is_a_name_where_it_is_there() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("Nye [2024].csv"), "x").unwrap();
    let raws = changed(source(folder.path(), "Nye [2024].csv").fetch((&[], false), now()).await);
    assert_eq!(raws[0].name, "Nye [2024].csv");
}

#[tokio::test]
async fn what_is_not_there_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    for path in ["borte.csv", "*.csv", ".", "a[.csv"] {
        assert_eq!(code(source(folder.path(), path).fetch((&[], false), now()).await), "source-missing", "{path}");
    }
}

#[tokio::test]
async fn a_path_outside_the_folder_is_not_published() {
    let (folder, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let path = other.path().join("hemmelig-sti.csv");
    fs::write(&path, "x").unwrap();
    let raws = changed(source(folder.path(), path.to_str().unwrap()).fetch((&[], false), now()).await);
    assert_eq!(raws[0].validators.location, "hemmelig-sti.csv");
}

#[tokio::test]
async fn files_and_their_bytes_are_limited() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["a.csv", "b.csv", "c.csv"] {
        fs::write(folder.path().join(name), "12345").unwrap();
    }
    let fetch = async |files, bytes| limited(folder.path(), "*.csv", files, bytes).fetch((&[], false), now()).await;
    assert_eq!(changed(fetch(3, 15).await).len(), 3);
    assert_eq!(code(fetch(2, 15).await), "source-too-many-files");
    assert_eq!(code(fetch(3, 14).await), "source-too-large");
    assert_eq!(code(limited(folder.path(), "a.csv", 1, 4).fetch((&[], false), now()).await), "source-too-large");
}

/// The instant of the test, some seconds on: file systems know only the real one.
fn later(seconds: i64) -> Timestamp {
    Timestamp::now() + jiff::SignedDuration::from_secs(seconds)
}

fn two_files() -> (tempfile::TempDir, FileSource) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.csv"), "a1").unwrap();
    fs::write(folder.path().join("b.csv"), "b1").unwrap();
    let source = source(folder.path(), "*.csv");
    (folder, source)
}

#[tokio::test]
async fn a_file_that_looks_as_it_did_is_not_read() {
    let (folder, source) = two_files();
    let last = validators(&changed(source.fetch((&[], false), later(10)).await));
    assert!(last.iter().all(|seen| seen.stamp.is_some()));
    assert!(matches!(source.fetch((&last, true), later(20)).await, Ok(Fetched::Unchanged)));
    fs::write(folder.path().join("b.csv"), "b2").unwrap();
    let Ok(Fetched::Pieces(pieces)) = source.fetch((&last, true), later(30)).await else { panic!() };
    let read: Vec<bool> = pieces.iter().map(|piece| matches!(piece, Piece::Read(_))).collect();
    assert_eq!(read, [false, true]);
    assert_eq!((pieces[0].name(), pieces[0].validators()), ("a.csv", &last[0]));
    assert!(pieces[0].fetched() < pieces[1].fetched());
    assert_eq!(pieces[1].validators().sha256, Some(catalog::Sha256::of(b"b2")));
    let raws: Vec<Raw> = pieces.into_iter().map(|piece| piece.read(later(30)).unwrap()).collect();
    assert_eq!(fs::read(&raws[0].path).unwrap(), b"a1");
    let raws = changed(source.fetch((&last, false), later(30)).await);
    assert_eq!(raws.len(), 2, "all of them where all are wanted");
}

#[tokio::test]
async fn touched_files_are_compared_and_remembered_anew() {
    let (folder, source) = two_files();
    let last = validators(&changed(source.fetch((&[], false), later(10)).await));
    fs::write(folder.path().join("a.csv"), "a1").unwrap();
    let Ok(Fetched::Looked(seen)) = source.fetch((&last, true), later(20)).await else { panic!() };
    assert_eq!((&seen[1], &seen[0].sha256), (&last[1], &last[0].sha256));
    assert_ne!(seen[0].stamp, last[0].stamp);
    assert!(matches!(source.fetch((&seen, true), later(30)).await, Ok(Fetched::Unchanged)));
    let week = 8 * 24 * 3600;
    assert!(
        matches!(source.fetch((&seen, true), later(week)).await, Ok(Fetched::Looked(_))),
        "once a week all the same"
    );
}

#[tokio::test]
async fn bytes_are_always_compared_where_that_is_set() {
    let (folder, _) = two_files();
    let spec = config::FileSource { path: "*.csv".into(), max_files: 9, max_bytes: 99, compare: config::Compare::Hash };
    let source = FileSource::new(folder.path(), &spec);
    let last = validators(&changed(source.fetch((&[], false), later(10)).await));
    assert!(last.iter().all(|seen| seen.stamp.is_none()));
    assert!(matches!(source.fetch((&last, true), later(20)).await, Ok(Fetched::Unchanged)));
    fs::write(folder.path().join("b.csv"), "b2").unwrap();
    let Ok(Fetched::Pieces(pieces)) = source.fetch((&last, true), later(30)).await else { panic!() };
    assert!(pieces.iter().all(|piece| matches!(piece, Piece::Read(_))));
}
