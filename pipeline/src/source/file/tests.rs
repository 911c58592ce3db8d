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
    FileSource::new(folder, &config::FileSource { path: path.into(), max_files, max_bytes })
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
    let raws = changed(source.fetch(&[], now()).await);
    assert_eq!((raws[0].name.as_str(), raws[0].bytes, raws[0].fetched), ("boliger.csv", 8, now()));
    assert_eq!(raws[0].validators.location, "data/boliger.csv");
    assert_eq!(raws[0].validators.sha256, Some(catalog::Sha256::of(b"a;b\n1;2\n")));
    fs::write(&path, "a;b\n1;3\n").unwrap();
    assert_eq!(fs::read(&raws[0].path).unwrap(), b"a;b\n1;2\n");
    let last = validators(&raws);
    let second = validators(&changed(source.fetch(&last, now()).await));
    assert!(matches!(source.fetch(&second, now()).await, Ok(Fetched::Unchanged)));
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
    let raws = changed(flat.fetch(&[], now()).await);
    let last = validators(&raws);
    assert_eq!(names(raws), ["in/a.csv", "in/b.csv"]);
    assert!(matches!(flat.fetch(&last, now()).await, Ok(Fetched::Unchanged)));
    fs::remove_file(folder.path().join("in/a.csv")).unwrap();
    assert_eq!(names(changed(flat.fetch(&last, now()).await)), ["in/b.csv"]);
    let deep = source(folder.path(), "in/**/?.csv");
    assert_eq!(names(changed(deep.fetch(&[], now()).await)), ["in/2024/dyp/d.csv", "in/b.csv"]);
}

#[tokio::test]
async fn a_name_with_brackets_is_a_name_where_it_is_there() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("Nye [2024].csv"), "x").unwrap();
    let raws = changed(source(folder.path(), "Nye [2024].csv").fetch(&[], now()).await);
    assert_eq!(raws[0].name, "Nye [2024].csv");
}

#[tokio::test]
async fn what_is_not_there_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    for path in ["borte.csv", "*.csv", ".", "a[.csv"] {
        assert_eq!(code(source(folder.path(), path).fetch(&[], now()).await), "source-missing", "{path}");
    }
}

#[tokio::test]
async fn a_path_outside_the_folder_is_not_published() {
    let (folder, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let path = other.path().join("hemmelig-sti.csv");
    fs::write(&path, "x").unwrap();
    let raws = changed(source(folder.path(), path.to_str().unwrap()).fetch(&[], now()).await);
    assert_eq!(raws[0].validators.location, "hemmelig-sti.csv");
}

#[tokio::test]
async fn files_and_their_bytes_are_limited() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["a.csv", "b.csv", "c.csv"] {
        fs::write(folder.path().join(name), "12345").unwrap();
    }
    let fetch = async |files, bytes| limited(folder.path(), "*.csv", files, bytes).fetch(&[], now()).await;
    assert_eq!(changed(fetch(3, 15).await).len(), 3);
    assert_eq!(code(fetch(2, 15).await), "source-too-many-files");
    assert_eq!(code(fetch(3, 14).await), "source-too-large");
    assert_eq!(code(limited(folder.path(), "a.csv", 1, 4).fetch(&[], now()).await), "source-too-large");
}
