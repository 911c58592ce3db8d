//! Withdrawing, erasing and retention, from outside: afterwards a search over the whole storage finds nothing.

use std::{
    collections::{BTreeMap, BTreeSet},
    process::{Child, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use catalog::encode::json_lines;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::{Value, json};

use crate::harness::{
    Sandbox,
    s3::{S3, When},
};

pub(crate) type Objects = BTreeMap<String, Vec<u8>>;

const DATASET: &str = r#"
profile = "table"
themes = ["GOVE"]
licence = "NLOD_2_0"
frequency = "DAILY"
title = { nb = "Vedtak", nn = "Vedtak", en = "Decisions" }
description = { nb = "Vedtak.", nn = "Vedtak.", en = "Decisions." }
keywords = { nb = ["vedtak"], nn = ["vedtak"], en = ["decisions"] }
source = { kind = "file", path = "data/vedtak.csv" }
format = { kind = "csv", separator = ";" }
key = ["saksnummer"]
distributions = ["csv", "ndjson"]
[[columns]]
name = "saksnummer"
type = { is = "integer" }
title = { nb = "Saksnummer", nn = "Saksnummer", en = "Case" }
required = true
[[columns]]
name = "tittel"
type = { is = "text" }
title = { nb = "Tittel", nn = "Tittel", en = "Title" }
"#;

/// What must be gone: the title and the number of the case.
const NAME: &str = "Ødegårdsvik";
const NUMBER: &str = "918273645";

/// A publisher with one dataset, on any storage.
pub(crate) fn sandbox(storage: Option<&S3>) -> Sandbox {
    sandbox_of(DATASET, storage)
}

/// The same rows in parts by month.
fn in_parts() -> String {
    let day = "[[columns]]\nname = \"dag\"\ntype = \"date\"\ntitle = { nb = \"Dag\" }\n";
    DATASET.replace("key = [", "partition = { column = \"dag\", by = \"month\" }\nkey = [") + day
}

fn sandbox_of(dataset: &str, storage: Option<&S3>) -> Sandbox {
    let mut sandbox = Sandbox::with(&[]);
    sandbox.write("datasets/vedtak.toml", dataset);
    let instance = String::from_utf8(sandbox.read("allmenning.toml")).unwrap();
    let mut own = without(&without(&instance, "storage"), "pipeline") + "\n[pipeline]\nlease_seconds = 5\n";
    if let Some(s3) = storage {
        sandbox = sandbox.stored_at("s3://test/root");
        own += &s3.settings();
    }
    sandbox.write("allmenning.toml", own);
    sandbox
}

fn without(text: &str, name: &str) -> String {
    let mut inside = false;
    let kept = text.lines().filter(|line| {
        if line.starts_with('[') {
            inside = line.starts_with(&format!("[{name}]")) || line.starts_with(&format!("[{name}."));
        }
        !inside
    });
    kept.collect::<Vec<_>>().join("\n")
}

/// The source of a day: the case to be erased is there from the second day on and changes on the third. First it has a
/// month of its own, then the highest number of its month.
fn source(day: usize) -> String {
    let mut lines = vec!["saksnummer;tittel;dag".to_owned()];
    lines.extend(
        (1..40).map(|case| format!("{};Sak {case} dag {};2026-0{}-01", 1000 + case, day.min(case), case % 3 + 1)),
    );
    if day > 1 {
        lines.push(format!("{NUMBER};Klage fra {NAME} {0};2026-0{1}-01", day.min(3), if day == 2 { 9 } else { 2 }));
    }
    lines.join("\n") + "\n"
}

fn publish(sandbox: &Sandbox, days: std::ops::RangeInclusive<usize>) {
    for day in days {
        sandbox.write("data/vedtak.csv", source(day));
        let record = sandbox.run_one("vedtak");
        assert_eq!(record["outcome"], "published", "{record:#}");
    }
}

fn redact(sandbox: &Sandbox) -> crate::harness::Said {
    let key = format!("saksnummer={NUMBER}");
    let words = ["redact", "vedtak", "--key", &key, "--reason", "sletting", "--legal-basis", "GDPR 17", "--hash-key"];
    sandbox.run(&[&words[..], &["--json"]].concat())
}

/// Every object of a storage in a folder.
pub(crate) fn folder(root: &std::path::Path) -> Objects {
    let mut objects = Objects::new();
    let mut open = vec![root.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                let name = format!("root/{}", path.strip_prefix(root).unwrap().display());
                objects.insert(name, std::fs::read(path).unwrap());
            }
        }
    }
    objects
}

/// The objects that hold a value, Parquet decoded.
pub(crate) fn search(objects: &Objects, value: &str) -> BTreeSet<String> {
    let holds = |body: &[u8]| body.windows(value.len()).any(|window| window == value.as_bytes());
    let found =
        objects.iter().filter(|(key, body)| holds(body) || (key.ends_with(".parquet") && holds(&decoded(body))));
    found.map(|(key, _)| key.clone()).collect()
}

fn decoded(parquet: &[u8]) -> Vec<u8> {
    let bytes = bytes::Bytes::copy_from_slice(parquet);
    let reader = ParquetRecordBatchReaderBuilder::try_new(bytes).unwrap().build().unwrap();
    let mut text = Vec::new();
    reader.for_each(|batch| json_lines(&batch.unwrap(), &[], &mut text).unwrap());
    text
}

fn nothing_is_left(objects: &Objects, when: &str) {
    for value in [NAME, NUMBER] {
        let found = search(objects, value);
        assert!(found.is_empty(), "{when}: '{value}' is still in {found:?}");
    }
}

/// The kinds of objects that hold the record before it is erased: the search is not blind to any of them.
fn found_in_every_kind(objects: &Objects) -> BTreeSet<String> {
    let found: BTreeSet<String> = [NAME, NUMBER].iter().flat_map(|value| search(objects, value)).collect();
    for kind in [".csv", ".ndjson", "files/", "changes/", "versions/", "/raw/"] {
        assert!(found.iter().any(|key| key.contains(kind)), "nothing to erase in {kind}: {found:?}");
    }
    assert!(found.iter().any(|key| key.contains("/files/") && key.ends_with(".parquet")));
    found
}

/// Everything that a version names which is not withdrawn is there; the numbers of these versions.
fn whole(objects: &Objects) -> Vec<u64> {
    let mut live = Vec::new();
    for (key, body) in objects.iter().filter(|(key, _)| key.contains("/versions/") && !key.contains(".withdrawn.")) {
        if objects.contains_key(&key.replace(".json", ".withdrawn.json")) {
            continue;
        }
        let manifest: Value = serde_json::from_slice(body).unwrap();
        for file in manifest["files"].as_array().unwrap() {
            let (hash, format) = (file["sha256"].as_str().unwrap(), file["format"].as_str().unwrap());
            let path = format!("root/public/datasets/vedtak/files/{hash}.{format}");
            let size = objects.get(&path).unwrap_or_else(|| panic!("{key} names {path}, which is not there")).len();
            assert_eq!(size as u64, file["bytes"].as_u64().unwrap());
        }
        live.push(manifest["number"].as_u64().unwrap());
    }
    live.sort_unstable();
    live
}

fn current_rows(objects: &Objects) -> u64 {
    let newest = whole(objects).pop().unwrap();
    let key = format!("root/public/datasets/vedtak/versions/{newest:08}.json");
    serde_json::from_slice::<Value>(&objects[&key]).unwrap()["rows"].as_u64().unwrap()
}

#[test]
fn an_erased_record_is_nowhere_and_stays_away() {
    let sandbox = sandbox(None);
    publish(&sandbox, 1..=4);
    let store = sandbox.path("storage");
    let before = folder(&store);
    found_in_every_kind(&before);
    let held = store.join("private/datasets/vedtak/held/1/rows.ndjson");
    std::fs::create_dir_all(held.parent().unwrap()).unwrap();
    std::fs::write(&held, NAME).unwrap();
    let orphan = store.join("public/datasets/vedtak/files/".to_owned() + &"a".repeat(64) + ".csv");
    std::fs::write(&orphan, NAME).unwrap();
    let remains = store.join("public/datasets/vedtak/files/abc.csv#3");
    std::fs::write(&remains, NAME).unwrap();
    let server = sandbox.serve(&["--no-schedule"]);
    let followed = server.get("/d/vedtak/changes?rows=true").text();
    assert!(followed.contains(NAME));

    let said = redact(&sandbox);
    assert_eq!(said.code, 0, "{}{}", said.out, said.err);
    assert!(!said.out.contains(NUMBER) && !said.err.contains(NUMBER), "{}{}", said.out, said.err);
    assert_eq!(said.json()["versions"], json!({"2": 5, "3": 6, "4": 7}));
    assert_eq!(said.json()["rows"], 3);
    let after = folder(&store);
    nothing_is_left(&after, "after redact");
    assert_eq!((whole(&after), current_rows(&after)), (vec![1, 5, 6, 7], 39));

    // The source still has it: runs leave it out, publish nothing new and keep no bytes of it.
    let again = sandbox.run_one("vedtak");
    assert_eq!(again["version"], 7, "{again:#}");
    nothing_is_left(&folder(&store), "after an unchanged run");
    sandbox.write("data/vedtak.csv", source(5));
    assert_eq!(sandbox.run_one("vedtak")["outcome"], "published");
    nothing_is_left(&folder(&store), "after a run with a changed source");
    assert_eq!(current_rows(&folder(&store)), 39);

    server_tells(&server);
}

#[test]
fn an_erased_record_is_in_no_part_and_in_no_range_of_one() {
    let sandbox = sandbox_of(&in_parts(), None);
    publish(&sandbox, 1..=4);
    let store = sandbox.path("storage");
    found_in_every_kind(&folder(&store));
    let said = redact(&sandbox);
    assert_eq!(said.code, 0, "{}{}", said.out, said.err);
    assert_eq!(said.json()["versions"], json!({"2": 5, "3": 6, "4": 7}));
    let after = folder(&store);
    nothing_is_left(&after, "after redact");
    assert_eq!((whole(&after), current_rows(&after)), (vec![1, 5, 6, 7], 39));
    let manifest: Value = serde_json::from_slice(&after["root/public/datasets/vedtak/versions/00000005.json"]).unwrap();
    let names: Vec<&str> =
        manifest["files"].as_array().unwrap().iter().filter_map(|file| file["name"].as_str()).collect();
    assert_eq!(names.len(), 9, "the month of which nothing is left is gone: {names:?}");
    let second = manifest["files"].as_array().unwrap().iter().find(|file| file["name"] == "vedtak-2026-02.parquet");
    assert_eq!(second.unwrap()["part"]["range"]["saksnummer"], json!(["1001", "1037"]));
    sandbox.write("data/vedtak.csv", source(5));
    assert_eq!(sandbox.run_one("vedtak")["outcome"], "published");
    nothing_is_left(&folder(&store), "after a run with a changed source");
    let server = sandbox.serve(&["--no-schedule"]);
    let followed = server.get("/d/vedtak/changes.ndjson?rows=true").text();
    assert!(followed.lines().count() > 39 && !followed.contains(NAME) && !followed.contains(NUMBER));
}

/// What the public sees afterwards.
fn server_tells(server: &crate::harness::Server) {
    crate::harness::wait_until("the server knows", || server.get("/d/vedtak/v/8").status == 200);
    for path in ["/d/vedtak/v/3", "/d/vedtak/v/3/vedtak.csv", "/d/vedtak/rows?version=3", "/nb/d/vedtak/v/3"] {
        let gone = server.ask("GET", path, &[("Accept", "application/json")]);
        assert_eq!(gone.status, 410, "{path}");
    }
    let gone = server.get("/d/vedtak/v/3/vedtak.parquet").json();
    let told = (&gone["code"], &gone["legal_basis"], &gone["replaced_by"], &gone["reason"]);
    assert_eq!(told, (&json!("api-withdrawn"), &json!("GDPR 17"), &json!("/d/vedtak/v/6"), &json!("sletting")));
    let page = server.get("/nb/d/vedtak").text();
    assert!(page.contains("Erstattet etter sletting") && page.contains("GDPR 17"), "{page}");
    assert!(server.get("/d/vedtak.ttl").text().contains("invalidatedAtTime"));
    let feed = server.get("/d/vedtak/changes.ndjson?since=3");
    let first: Value = serde_json::from_str(feed.text().lines().next().unwrap()).unwrap();
    assert_eq!((&first["_op"], &first["saksnummer"]), (&json!("redacted"), &Value::Null));
    assert!(first["_key_sha256"].is_string());
    let all = server.get("/d/vedtak/changes.ndjson?rows=true").text();
    assert!(!all.contains(NAME) && !all.contains(NUMBER));
}

#[test]
fn values_can_be_made_blank_and_the_record_stays() {
    let sandbox = sandbox(None);
    publish(&sandbox, 1..=3);
    let key = format!("saksnummer={NUMBER}");
    let words = ["redact", "vedtak", "--key", &key, "--column", "tittel", "--reason", "navn"];
    assert_eq!(sandbox.run(&words).code, 0);
    let after = folder(&sandbox.path("storage"));
    assert_eq!(search(&after, NAME), BTreeSet::new());
    assert_eq!((whole(&after), current_rows(&after)), (vec![1, 4, 5], 40));
    sandbox.write("data/vedtak.csv", source(4));
    assert_eq!(sandbox.run_one("vedtak")["outcome"], "published");
    let after = folder(&sandbox.path("storage"));
    assert_eq!((search(&after, NAME), current_rows(&after)), (BTreeSet::new(), 40));
}

#[test]
fn what_cannot_be_erased_changes_nothing() {
    let sandbox = sandbox(None);
    publish(&sandbox, 1..=2);
    let before = whole(&folder(&sandbox.path("storage")));
    for (words, code, told) in [
        (vec!["--key", "tittel=x", "--reason", "r"], 1, "catalog-erasure"),
        (vec!["--key", "finnes_ikke=x", "--reason", "r"], 1, "catalog-erasure"),
        (vec!["--key", "saksnummer=1", "--column", "saksnummer", "--reason", "r"], 1, "catalog-erasure"),
        (vec!["--key", "saksnummer", "--reason", "r"], 2, "COLUMN=VALUE"),
        (vec!["--key", "saksnummer=1"], 2, "--reason"),
    ] {
        let said = sandbox.run(&[&["redact", "vedtak"], &words[..]].concat());
        assert_eq!(said.code, code, "{words:?}: {}{}", said.out, said.err);
        assert!(said.err.contains(told), "{words:?}: {}", said.err);
    }
    let nobody = sandbox.run(&["redact", "vedtak", "--key", "saksnummer=5", "--reason", "r", "--json"]);
    assert_eq!((nobody.code, &nobody.json()["rows"]), (0, &json!(0)));
    assert_eq!(whole(&folder(&sandbox.path("storage"))), before);
}

#[test]
fn a_withdrawn_version_leaves_hashes_only() {
    let sandbox = sandbox(None);
    publish(&sandbox, 1..=3);
    let back = sandbox.run(&["rollback", "vedtak", "2", "--json"]);
    assert_eq!(back.json()["number"], 4, "{}", back.err);
    let words = ["withdraw", "vedtak", "3", "--reason", "feil", "--by", "Arkivet", "--replaced-by", "4"];
    let unknown = sandbox.run(&["withdraw", "vedtak", "3", "--reason", "feil", "--replaced-by", "77"]);
    assert_eq!(unknown.code, 1);
    for _ in 0..2 {
        let said = sandbox.run(&words);
        assert_eq!(said.code, 0, "{}", said.err);
    }
    let after = folder(&sandbox.path("storage"));
    assert_eq!(whole(&after), [1, 2, 4]);
    assert_eq!(search(&after, &format!("{NAME} 3")), BTreeSet::new());
    assert!(!search(&after, &format!("{NAME} 2")).is_empty(), "what other versions hold stays");
    let manifest: Value = serde_json::from_slice(&after["root/public/datasets/vedtak/versions/00000003.json"]).unwrap();
    assert_eq!(manifest["files"].as_array().unwrap().len(), 3, "hashes stay");
    assert_eq!(manifest["statistics"], json!({}));
    assert_eq!(sandbox.run(&["withdraw", "vedtak", "9", "--reason", "feil"]).code, 1);
}

#[test]
fn a_version_is_withdrawn_at_once_while_a_run_is_under_way() {
    let sandbox = sandbox(None);
    publish(&sandbox, 1..=2);
    let leases = sandbox.path("storage/private/leases/vedtak");
    let epoch = leases.join("000000009999.json");
    std::fs::write(&epoch, r#"{"holder":"another machine","until":"2999-01-01T00:00:00Z"}"#).unwrap();
    let said = sandbox.run(&["withdraw", "vedtak", "2", "--reason", "feil"]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(said.out.contains("when the run under way has ended"), "{}", said.out);
    let after = folder(&sandbox.path("storage"));
    assert_eq!((whole(&after), search(&after, NAME).len() > 1), (vec![1], true));
    let refused = redact(&sandbox);
    assert_eq!((refused.code, refused.err.contains("run-leased")), (1, true), "{}", refused.err);
    std::fs::write(&epoch, r#"{"holder":"another machine","until":"2020-01-01T00:00:00Z"}"#).unwrap();
    sandbox.write("data/vedtak.csv", source(1));
    assert_eq!(sandbox.run_one("vedtak")["version"], 1);
    assert_eq!(search(&folder(&sandbox.path("storage")), NAME), BTreeSet::new());
}

#[test]
fn retention_keeps_what_it_says_and_nothing_that_is_named_goes() {
    let sandbox = sandbox(None);
    publish(&sandbox, 1..=4);
    assert_eq!(sandbox.run(&["rollback", "vedtak", "1"]).code, 0);
    sandbox.edit("datasets/vedtak.toml", "key = [", "keep = \"last:2\"\nkey = [");
    let store = sandbox.path("storage");
    let orphan = "public/datasets/vedtak/files/".to_owned() + &"a".repeat(64) + ".csv";
    std::fs::write(store.join(&orphan), "left by a crash").unwrap();
    let old = std::time::SystemTime::now() - std::time::Duration::from_hours(49);
    std::fs::File::options().write(true).open(store.join(&orphan)).unwrap().set_modified(old).unwrap();
    let young = "public/datasets/vedtak/files/".to_owned() + &"b".repeat(64) + ".csv";
    std::fs::write(store.join(&young), "perhaps of a commit under way").unwrap();
    let before = folder(&store);
    let plan = sandbox.run(&["gc", "vedtak", "--dry-run", "--json"]).json();
    assert_eq!(plan[0]["versions"], json!([1, 2, 3]));
    assert!(plan[0]["files"].as_array().unwrap().contains(&json!(orphan)));
    assert_eq!(folder(&store), before, "a dry run changes nothing");
    let done = sandbox.run(&["gc", "--json"]).json();
    assert_eq!((&done[0]["files"], &done[0]["bytes"]), (&plan[0]["files"], &plan[0]["bytes"]));
    let after = folder(&store);
    assert_eq!(whole(&after), [4, 5], "version 5 shares the files of version 1, which are still there");
    assert!(!after.contains_key(&format!("root/{orphan}")) && after.contains_key(&format!("root/{young}")));
    assert_eq!(sandbox.run(&["gc", "--json"]).json()[0]["versions"], json!([]));
    let server = sandbox.serve(&["--no-schedule"]);
    assert_eq!(server.get("/d/vedtak/v/2").status, 410);
    assert_eq!(server.get("/d/vedtak/changes?since=2").status, 410);
    assert_eq!(server.get("/d/vedtak/changes?since=4").status, 200);
}

/// Does something on an S3 and kills the program after its `nth` write or deletion; true if it came to an end by itself.
pub(crate) fn killed_at(
    objects: &Arc<Mutex<Objects>>,
    nth: usize,
    (prepare, work): (impl Fn(&S3) -> Sandbox, impl Fn(&Sandbox) -> Child),
) -> bool {
    let child: Arc<Mutex<Option<Child>>> = Arc::default();
    let (victim, count) = (Arc::clone(&child), AtomicUsize::new(0));
    let hook = move |_: &str, now: When| {
        if now == When::After && count.fetch_add(1, Ordering::SeqCst) == nth {
            let mut victim = victim.lock().unwrap();
            let victim = victim.as_mut().unwrap();
            victim.kill().unwrap();
            victim.wait().unwrap();
        }
    };
    let s3 = S3::start(Arc::clone(objects), Arc::new(hook));
    let sandbox = prepare(&s3);
    let mut started = child.lock().unwrap();
    *started = Some(work(&sandbox));
    drop(started);
    loop {
        if let Some(status) = child.lock().unwrap().as_mut().unwrap().try_wait().unwrap() {
            return status.success();
        }
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
}

pub(crate) fn quietly(sandbox: &Sandbox, words: &[&str]) -> Child {
    sandbox.command(words).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// The publisher on its third day.
fn third_day(s3: &S3) -> Sandbox {
    let sandbox = sandbox_of(&in_parts(), Some(s3));
    sandbox.write("data/vedtak.csv", source(3));
    sandbox
}

fn erasing(sandbox: &Sandbox) -> Child {
    let key = format!("saksnummer={NUMBER}");
    quietly(sandbox, &["redact", "vedtak", "--key", &key, "--reason", "r", "--hash-key"])
}

#[test]
fn killed_at_every_write_an_erasure_is_finished_by_whoever_comes_next() {
    let objects: Arc<Mutex<Objects>> = Arc::default();
    let s3 = S3::start(Arc::clone(&objects), Arc::new(|_, _| {}));
    let first = sandbox_of(&in_parts(), Some(&s3));
    publish(&first, 1..=3);
    let base = objects.lock().unwrap().clone();
    found_in_every_kind(&base);
    drop(s3);
    let mut nth = 0;
    loop {
        let objects: Arc<Mutex<Objects>> = Arc::new(Mutex::new(base.clone()));
        let ended = killed_at(&objects, nth, (third_day, erasing));
        let now = objects.lock().unwrap().clone();
        let live = whole(&now);
        assert!(live.is_sorted() && live.len() >= 3, "{live:?}");
        if ended {
            break;
        }
        let begun = now.keys().any(|key| key.contains("/erasures/"));
        // The lease of the dead runs out.
        objects.lock().unwrap().retain(|key, _| !key.contains("/leases/"));
        // In turn: the same command, a run, or the erasure asked for again.
        let next: fn(&Sandbox) -> Child = match nth % 3 {
            _ if !begun => erasing,
            0 => |sandbox| quietly(sandbox, &["redact", "vedtak", "--resume"]),
            1 => |sandbox| quietly(sandbox, &["run", "vedtak"]),
            _ => erasing,
        };
        assert!(killed_at(&objects, usize::MAX, (third_day, next)), "after a kill at write {nth} nobody could go on");
        let after = objects.lock().unwrap().clone();
        nothing_is_left(&after, &format!("killed at write {nth}"));
        assert!(!after.keys().any(|key| key.contains("/erasures/") && !key.ends_with(".done.json")), "write {nth}");
        assert_eq!(current_rows(&after), 39, "write {nth}");
        nth += 1;
    }
    assert!(nth >= 20, "only {nth} writes were interrupted");
}
