//! Runs that read only what changed, held against runs that read everything: whatever happens to the files, both publish
//! the same.

use std::collections::BTreeMap;

use catalog::{
    Key,
    version::{Manifest, VersionNumber},
};
use jiff::SignedDuration;
use proptest::{prelude::*, test_runner::TestRunner};

use super::*;
use crate::{InParts, Outcome, testing::Publisher};

const DATASET: &str = r#"
title = { nb = "Liste", nn = "Liste", en = "List" }
description = { nb = "En liste", nn = "Ei liste", en = "A list" }
themes = ["GOVE"]
licence = "CC0"
frequency = "DAILY"
profile = "table"
source = { kind = "file", path = "data/*.csv" }
format = { kind = "csv", separator = ";" }
key = ["nr"]
order = [{ column = "dag", descending = true }]
partition = { column = "dag", by = "month" }
distributions = ["csv"]
columns = [
    { name = "nr", type = "code", required = true, title = { nb = "N", nn = "N", en = "N" } },
    { name = "dag", type = "date", title = { nb = "D", nn = "D", en = "D" } },
    { name = "aar", type = "integer", title = { nb = "A", nn = "A", en = "A" } },
    { name = "lopenr", type = "integer", title = { nb = "L", nn = "L", en = "L" } },
    { name = "vekt", type = "number", title = { nb = "V", nn = "V", en = "V" } },
    { name = "tekst", type = "text", class = "free-text", optional = true, title = { nb = "T", nn = "T", en = "T" } },
    { name = "part", type = "text", class = "names", optional = true, title = { nb = "P", nn = "P", en = "P" } },
    { name = "fri", type = "date", class = "personal", optional = true, title = { nb = "F", nn = "F", en = "F" } },
]
[gates.shape]
max_rejected_share = 1.0
sequence = { column = "lopenr", within = ["aar"] }
keep_latest = "dag"
[gates.drift]
max_row_loss = 1.0
max_row_growth = 1e9
max_null_rise = 1.0
[gates.privacy]
publish_free_text = ["tekst"]
on_identity_number = "withhold-row"
embargo = "fri"
[gates.privacy.withhold]
max_share = 1.0
max_rows = 1000
"#;

/// A row of a file.
#[derive(Debug, Clone)]
struct Row {
    nr: u32,
    /// Month and day, of 2026; none where it is 0.
    day: (u32, u32),
    text: usize,
}

const TEXTS: [&str; 8] = [
    "",
    "Vanlig brev",
    "Skriv til kari.testnes@eksempel.example om saken",
    "Fødselsnummer 31123970082 i teksten",
    "Ring 412 34 567",
    "ikke en dag",
    "under embargo",
    "Nabovarsel; 7,25",
];

impl Row {
    fn line(&self) -> String {
        let Self { nr, day: (month, day), text } = self;
        let date = match (month, *text) {
            (0, _) => String::new(),
            (_, 5) => "2026-13-45".to_owned(),
            _ => format!("2026-{month:02}-{day:02}"),
        };
        let free = if *text == 6 { format!("2027-0{}-01", 1 + nr % 5) } else { String::new() };
        let weight = format!("{},{:02}", nr / 4, nr % 4 * 25);
        let party = ["Tålmodig Rognebær", "Prøvedal Elektro AS", ""][*nr as usize % 3];
        let text = TEXTS[*text].replace(';', ",");
        format!("{nr:05};{date};{};{nr};{weight};{text};{party};{free}\n", 2024 + nr % 2)
    }
}

type Files = BTreeMap<String, Vec<Row>>;

/// What happens between two runs.
#[derive(Debug, Clone)]
enum Change {
    /// A row comes to a file.
    Add(u8, Row),
    /// A row of a file goes.
    Remove(u8, u8),
    /// A row of a file gets another day or text.
    Edit(u8, u8, Row),
    /// A file vanishes.
    Vanish(u8),
    /// A file gets another name.
    Rename(u8, u8),
    /// A file gets another column.
    Widen(u8),
}

fn row() -> impl Strategy<Value = Row> {
    let month = prop_oneof![8 => 1_u32..10, 1 => Just(0)];
    let text = prop_oneof![6 => 0_usize..2, 4 => 0_usize..TEXTS.len()];
    (0_u32..100_000, month, 1_u32..29, text).prop_map(|(nr, month, day, text)| Row { nr, day: (month, day), text })
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        4 => (any::<u8>(), row()).prop_map(|(file, row)| Change::Add(file, row)),
        2 => (any::<u8>(), any::<u8>()).prop_map(|(file, at)| Change::Remove(file, at)),
        4 => (any::<u8>(), any::<u8>(), row()).prop_map(|(file, at, row)| Change::Edit(file, at, row)),
        1 => any::<u8>().prop_map(Change::Vanish),
        1 => (any::<u8>(), any::<u8>()).prop_map(|(file, name)| Change::Rename(file, name)),
        1 => any::<u8>().prop_map(Change::Widen),
    ]
}

fn named(files: &Files, at: u8) -> Option<String> {
    files.keys().nth(usize::from(at) % files.len().max(1)).cloned()
}

fn apply(files: &mut Files, wide: &mut Vec<String>, change: Change) {
    let at = |rows: &Vec<Row>, at: u8| usize::from(at) % rows.len().max(1);
    match change {
        Change::Add(file, row) => {
            let name = named(files, file).unwrap_or_else(|| "a.csv".to_owned());
            files.entry(name).or_default().push(row);
        }
        Change::Remove(file, place) => {
            let Some(rows) = named(files, file).and_then(|name| files.get_mut(&name)) else { return };
            if rows.len() > 1 {
                rows.remove(at(rows, place));
            }
        }
        Change::Edit(file, place, row) => {
            let Some(rows) = named(files, file).and_then(|name| files.get_mut(&name)) else { return };
            let place = at(rows, place);
            // Most edits keep the key.
            let nr = if row.nr.is_multiple_of(4) { row.nr } else { rows[place].nr };
            rows[place] = Row { nr, ..row };
        }
        Change::Vanish(file) if files.len() > 1 => drop(named(files, file).and_then(|name| files.remove(&name))),
        Change::Rename(file, name) => {
            let Some(rows) = named(files, file).and_then(|name| files.remove(&name)) else { return };
            files.insert(format!("{name:03}.csv"), rows);
        }
        Change::Vanish(_) => {}
        Change::Widen(file) => wide.extend(named(files, file)),
    }
}

fn deliver(publisher: &Publisher, files: &Files, wide: &[String]) {
    let folder = publisher.folder.path().join("data");
    std::fs::create_dir_all(&folder).unwrap();
    for entry in std::fs::read_dir(&folder).unwrap() {
        let entry = entry.unwrap();
        if !files.contains_key(entry.file_name().to_str().unwrap()) {
            std::fs::remove_file(entry.path()).unwrap();
        }
    }
    for (name, rows) in files {
        let more = if wide.contains(name) { ";ekstra" } else { "" };
        let lines: Vec<String> =
            rows.iter().map(|row| row.line().replace('\n', if more.is_empty() { "\n" } else { ";x\n" })).collect();
        let text = format!("nr;dag;aar;lopenr;vekt;tekst;part;fri{more}\n{}", lines.concat());
        let path = folder.join(name);
        // A file that is the same is not written again.
        if std::fs::read_to_string(&path).ok().as_ref() != Some(&text) {
            std::fs::write(&path, text).unwrap();
        }
    }
}

/// The hour of a run: real, since the file system's clock is, and so late that files count as settled.
fn hour(hour: i64) -> Timestamp {
    Timestamp::now() + SignedDuration::from_secs(100 + 3600 * hour)
}

async fn manifest(publisher: &Publisher) -> Option<Manifest> {
    publisher.runner.catalog().refresh().await.unwrap();
    publisher.runner.current(&Publisher::id()).map(|manifest| Manifest::clone(&manifest))
}

/// What of a version cannot be the same: when it was published and when its sources were read.
fn timeless(manifest: Option<Manifest>) -> serde_json::Value {
    let mut value = serde_json::to_value(manifest).unwrap();
    if let Some(manifest) = value.as_object_mut() {
        manifest.remove("published");
        let sources = manifest.get_mut("sources").and_then(|sources| sources.as_array_mut());
        sources.into_iter().flatten().for_each(|source| drop(source.as_object_mut().unwrap().remove("fetched")));
    }
    value
}

/// What both records must tell alike.
fn told(record: &RunRecord) -> serde_json::Value {
    let RunRecord { outcome, rows_read, rows, rows_withheld, rejects, gates, changes, version, error, .. } = record;
    serde_json::json!([outcome, rows_read, rows, rows_withheld, rejects, gates, changes, version, error])
}

#[derive(Debug, Default)]
struct Tally {
    in_parts: usize,
    whole: usize,
    carried: u64,
}

async fn both(start: Files, changes: Vec<Vec<Change>>, tally: &mut Tally) {
    let (some, whole) = (Publisher::of(DATASET, "").await, Publisher::of(DATASET, "").await);
    let (mut files, mut wide) = (start, Vec::new());
    for (at, changes) in (0..).zip(std::iter::once(Vec::new()).chain(changes)) {
        for change in changes {
            apply(&mut files, &mut wide, change);
        }
        for publisher in [&some, &whole] {
            deliver(publisher, &files, &wide);
        }
        let now = hour(at);
        crate::testing::set_clock(now);
        whole.runner.forget_seen(&Publisher::id()).await.unwrap();
        let (one, other) = (some.run_at(now).await.unwrap(), whole.run_at(now).await.unwrap());
        assert_eq!(other.in_parts, None);
        match one.in_parts {
            Some(InParts { parts_carried, .. }) => {
                tally.in_parts += 1;
                tally.carried += parts_carried;
            }
            None => tally.whole += 1,
        }
        // Files that are as they were end a run before anything is read.
        if one.outcome != Outcome::Unchanged || other.outcome != Outcome::Unchanged {
            assert_eq!(told(&one), told(&other), "{:?}", one.in_parts);
        }
        let (one, other) = (manifest(&some).await, manifest(&whole).await);
        assert_eq!(timeless(one), timeless(other));
    }
}

/// A file for each of some months; a few of its rows are of another one.
fn starts() -> impl Strategy<Value = Files> {
    prop::collection::vec(prop::collection::vec(row(), 1..15), 4..9).prop_map(|files| {
        let months = (0_u32..).zip(files).map(|(at, rows)| {
            let own = |row: Row| if row.nr.is_multiple_of(40) { row } else { Row { day: (at + 1, row.day.1), ..row } };
            let rows = rows.into_iter().map(own).map(|row| Row { nr: row.nr / 8 * 8 + at % 8, ..row });
            (format!("m{at}.csv"), rows.collect())
        });
        months.collect()
    })
}

#[test]
fn a_run_over_some_files_publishes_what_one_over_all_does() {
    let config =
        ProptestConfig { cases: 8, failure_persistence: None, max_shrink_iters: 20, ..ProptestConfig::default() };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let steps = prop::collection::vec(prop::collection::vec(change(), 1..3), 1..6);
    let tally = std::cell::RefCell::new(Tally::default());
    TestRunner::new(config)
        .run(&(starts(), steps), |(files, changes)| {
            runtime.block_on(both(files, changes, &mut tally.borrow_mut()));
            Ok(())
        })
        .unwrap();
    let tally = tally.into_inner();
    assert!(tally.in_parts > 2 && tally.carried > 6, "{tally:?}");
}

fn months() -> Files {
    let row = |month: u32, at: u32| Row { nr: 100 * month + at, day: (month, 1 + at), text: 1 };
    (5..10).map(|month| (format!("m{month}.csv"), (0..20).map(|at| row(month, at)).collect())).collect()
}

/// A publisher whose first version is of five month files.
async fn published() -> (Publisher, Files) {
    let (publisher, files) = (Publisher::of(DATASET, "").await, months());
    deliver(&publisher, &files, &[]);
    assert_eq!(publisher.run_at(hour(0)).await.unwrap().outcome, Outcome::Published);
    (publisher, files)
}

fn of_five(files_read: u64, parts_carried: u64) -> InParts {
    InParts { files: 5, files_read, parts: 5, parts_carried }
}

#[tokio::test]
async fn only_the_file_that_changed_is_read_and_landed() {
    let (publisher, mut files) = published().await;
    files.get_mut("m7.csv").unwrap()[3].text = 0;
    deliver(&publisher, &files, &[]);
    let record = publisher.run_at(hour(1)).await.unwrap();
    assert_eq!((record.outcome, record.in_parts), (Outcome::Published, Some(of_five(1, 4))), "{record:#?}");
    assert_eq!((record.rows_read, record.rows), (100, 100));
    // A row that moves: its file and that of the month it comes to are read.
    files.get_mut("m7.csv").unwrap()[3].day = (8, 9);
    deliver(&publisher, &files, &[]);
    let record = publisher.run_at(hour(2)).await.unwrap();
    assert_eq!((record.outcome, record.in_parts), (Outcome::Published, Some(of_five(2, 3))));
    assert_eq!(record.changes.unwrap().changed, 1);
    // The same bytes in a file that was written anew.
    let path = publisher.folder.path().join("data/m5.csv");
    std::fs::write(&path, std::fs::read(&path).unwrap()).unwrap();
    let record = publisher.run_at(hour(3)).await.unwrap();
    assert_eq!((record.outcome, record.in_parts), (Outcome::Unchanged, None));
    // Another form of the same rows: the part is the same.
    std::fs::write(&path, [std::fs::read(&path).unwrap().as_slice(), b"\n"].concat()).unwrap();
    let record = publisher.run_at(hour(4)).await.unwrap();
    assert_eq!(record.outcome, Outcome::Unchanged);
}

#[tokio::test]
async fn a_key_that_another_part_has_is_found() {
    let (publisher, mut files) = published().await;
    let twin = Row { day: (9, 28), ..files["m5.csv"][0].clone() };
    files.get_mut("m9.csv").unwrap().push(twin);
    deliver(&publisher, &files, &[]);
    let record = publisher.run_at(hour(1)).await.unwrap();
    assert_eq!(
        (record.outcome, record.in_parts, record.rejects.total),
        (Outcome::Published, None, 1),
        "the latest is kept"
    );
    assert_eq!(record.rejects.listed[0].code, "reject-older");
}

#[tokio::test]
async fn what_is_remembered_goes_with_what_is_withdrawn_and_is_not_needed() {
    let (publisher, mut files) = published().await;
    let (store, id) = (publisher.store(), Publisher::id());
    let memos = async || store.list(&Key::memos(&id)).await.unwrap();
    let first = memos().await;
    assert_eq!(first.len(), 1);
    files.get_mut("m7.csv").unwrap()[3].text = 0;
    deliver(&publisher, &files, &[]);
    assert!(publisher.run_at(hour(1)).await.unwrap().in_parts.is_some());
    let second = memos().await;
    assert!(second.len() == 1 && second != first);
    // One that is of another version, or cannot be read, counts as none.
    let run = RunId::from_file_name(&second[0]).unwrap();
    store.delete_private(&Key::Memo(id.clone(), run.clone())).await.unwrap();
    store.create(&Key::Memo(id.clone(), run), bytes::Bytes::from_static(b"{")).await.unwrap();
    files.get_mut("m7.csv").unwrap()[3].text = 1;
    deliver(&publisher, &files, &[]);
    assert_eq!(publisher.run_at(hour(2)).await.unwrap().in_parts, None);
    let why = version::Withdrawal {
        time: hour(3),
        by: "test".to_owned(),
        reason: "test".to_owned(),
        legal_basis: None,
        kind: version::WithdrawalKind::Withdrawn,
        erased: Vec::new(),
        replaced_by: None,
        left: Vec::new(),
    };
    assert!(publisher.runner.withdraw(&id, VersionNumber(3), why).await.unwrap());
    assert_eq!(memos().await, Vec::<String>::new());
}

#[tokio::test]
async fn a_file_that_changed_after_the_fetch_is_read_by_a_whole_run() {
    let (publisher, mut files) = published().await;
    files.get_mut("m7.csv").unwrap()[3].day = (8, 9);
    deliver(&publisher, &files, &[]);
    // The file of August is counted as it was, though other bytes are there: put back to the second by hand.
    let runner = &publisher.runner;
    let cursor = crate::cursor::Cursor::latest(publisher.store(), &Publisher::id()).await.unwrap();
    let dataset = runner.declared(&Publisher::id()).unwrap();
    crate::testing::set_clock(hour(1));
    let fetched = runner.fetch(&dataset, (&cursor.validators, true), &[]).await.unwrap();
    let Fetched::Pieces(pieces) = fetched else { panic!("{fetched:?}") };
    files.get_mut("m8.csv").unwrap()[0].text = 0;
    deliver(&publisher, &files, &[]);
    let current = runner.current(&Publisher::id()).unwrap();
    let mut walk = walk::Walk::new(runner, dataset, &Silent, Stop::default());
    let memo = walk.recall(&current).await.unwrap().unwrap();
    assert!(walk.judge_some((current, memo), pieces).await.unwrap().is_none());
}
