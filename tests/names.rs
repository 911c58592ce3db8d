//! Names that stay for a year in the newest version only, from outside: what older versions still serve, what is stored,
//! who can go on following, and what a process leaves that was killed.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
};

use jiff::{ToSpan, Zoned};
use serde_json::{Value, json};

use crate::{
    erase::{Objects, folder, killed_at, quietly, search},
    harness::{Sandbox, s3::S3, wait_until},
};

const DATASET: &str = r#"
title = { nb = "Journal", nn = "Journal", en = "Journal" }
description = { nb = "Journal.", nn = "Journal.", en = "Journal." }
themes = ["GOVE"]
licence = "CC0"
frequency = "DAILY"
profile = "table"
key = ["id"]
source = { kind = "file", path = "data/journal.csv" }
format = { kind = "csv", separator = "," }
distributions = ["csv"]
partition = { column = "dag", by = "month" }
[gates.drift]
max_row_growth = 1.0
max_row_loss = 1.0
[gates.privacy]
names = "one-year"
names_decision = { nb = "Vedtak 1", nn = "Vedtak 1", en = "Decision 1" }
names_dates = ["dag"]
[[columns]]
name = "id"
type = "code"
title = { nb = "Id" }
[[columns]]
name = "dag"
type = "date"
title = { nb = "Dag" }
[[columns]]
name = "part"
type = "text"
class = "names"
names = { kind = "slag", organisations = ["org"] }
title = { nb = "Part" }
[[columns]]
name = "slag"
type = "code"
class = "personal"
title = { nb = "Slag" }
"#;

/// Stands in version 1 only.
const PLANTED: &str = "Planteås";
const FIRM: &str = "Testvik Bygg AS";

fn ago(days: i64) -> String {
    Zoned::now().date().checked_sub(days.days()).unwrap().to_string()
}

/// The journal of a day: an old entry of a firm, and names of this year, of which one goes after the first day.
fn journal(day: usize) -> String {
    let mut lines = vec!["id,dag,part,slag".to_owned(), format!("1,{},{FIRM},org", ago(1100))];
    if day == 1 {
        lines.push(format!("2,{},Peder {PLANTED},person", ago(100)));
    }
    lines.push(format!("3,{},Kari Lind,person", ago(100)));
    lines.extend((1..day).map(|later| format!("{},{},Nils Vik {later},person", 10 + later, ago(40))));
    lines.join("\n") + "\n"
}

fn sandbox(storage: Option<&S3>, day: usize) -> Sandbox {
    let sandbox = crate::erase::sandbox(storage);
    sandbox.write("datasets/journal.toml", DATASET);
    sandbox.write("data/journal.csv", journal(day));
    sandbox
}

fn publish(sandbox: &Sandbox, day: usize) {
    sandbox.write("data/journal.csv", journal(day));
    let record = sandbox.run_one("journal");
    assert_eq!(record["outcome"], "published", "{record:#}");
}

/// The part of the firm's entry, and that of the names.
fn parts() -> [String; 2] {
    [1100, 100].map(|days| format!("journal-{}.csv", &ago(days)[..7]))
}

fn only_landed(objects: &Objects, value: &str) {
    let found = search(objects, value);
    assert!(found.iter().all(|key| key.contains("/raw/")), "{value}: {found:?}");
}

#[test]
fn older_versions_serve_what_bears_no_names_and_nothing_else() {
    let sandbox = sandbox(None, 1);
    publish(&sandbox, 1);
    let server = sandbox.serve(&["--no-schedule"]);
    let [free, named] = parts();
    let first = server.get(&format!("/d/journal/v/1/{named}"));
    assert!(first.status == 200 && first.text().contains(PLANTED));
    publish(&sandbox, 2);
    wait_until("the server knows", || server.get("/d/journal/v/2/manifest.json").status == 200);

    only_landed(&folder(&sandbox.path("storage")), PLANTED);
    assert_eq!(server.get(&format!("/d/journal/v/1/{free}")).status, 200);
    let gone = server.get(&format!("/d/journal/v/1/{named}"));
    let body = gone.json();
    assert_eq!(
        (gone.status, &body["code"], &body["replaced_by"]),
        (410, &json!("api-withdrawn"), &json!("/d/journal/v/2"))
    );
    assert_eq!(body["files_left"].as_array().unwrap().len(), 2);
    assert_eq!(body["files_left"][1], format!("/d/journal/v/1/{free}"));
    for path in [
        "/d/journal/v/1/manifest.json",
        "/d/journal/rows?version=1",
        "/d/journal/v/1",
        "/d/journal/v/1/gate-report.json",
    ] {
        assert_eq!(server.get(path).status, 410, "{path}");
    }
    let urls = server.get("/d/journal/v/1/urls.txt").text();
    assert!(urls.lines().count() == 2 && urls.contains(&free), "{urls}");
    assert_eq!(server.get("/d/journal/v/1/SHA256SUMS").text().lines().count(), 2);
    told(&sandbox, &server);
    follows(&sandbox, &server);
}

/// Lists of versions for people and programs.
fn told(sandbox: &Sandbox, server: &crate::harness::Server) {
    for (page, words) in [
        ("/nb/d/journal", ["Filer med personnavn er trukket tilbake", "2 filer er igjen"]),
        ("/nn/d/journal", ["Filer med personnamn er trekte tilbake", "2 filer er att"]),
        ("/en/d/journal", ["Files with names of persons were withdrawn", "2 files are left"]),
    ] {
        let text = server.get(page).text();
        assert!(words.iter().all(|words| text.contains(words)) && text.contains("/v/1/urls.txt"), "{page}: {text}");
    }
    let versions = server.get("/d/journal/versions").json();
    assert_eq!(
        (&versions["versions"][1]["files_left"]["count"], &versions["versions"][1]["withdrawn"]["kind"]),
        (&json!(2), &json!("names"))
    );
    let said = sandbox.run(&["versions", "journal"]);
    assert!(said.out.contains("2 of 4 files left"), "{}", said.out);
    assert_eq!(
        sandbox.run(&["versions", "journal", "--json"]).json()["withdrawn"]["1"]["left"].as_array().unwrap().len(),
        2
    );
}

/// Who has version 1 goes on; a record that stands in what is left is erased with that.
fn follows(sandbox: &Sandbox, server: &crate::harness::Server) {
    publish(sandbox, 3);
    wait_until("the server knows", || server.get("/d/journal/v/3/manifest.json").status == 200);
    let feed = server.get("/d/journal/changes.ndjson?since=1&rows=true");
    let entries: Vec<Value> = feed.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let told: Vec<(&str, &str, u64)> = entries
        .iter()
        .map(|entry| {
            (entry["id"].as_str().unwrap(), entry["_op"].as_str().unwrap(), entry["_version"].as_u64().unwrap())
        })
        .collect();
    assert_eq!(told, [("11", "added", 2), ("2", "removed", 2), ("12", "added", 3)], "{}", feed.text());
    assert_eq!(entries[0]["part"], "Nils Vik 1", "as version 3 has it");

    let said = sandbox.run(&["redact", "journal", "--key", "id=1", "--reason", "sletting", "--json"]);
    assert_eq!((said.code, &said.json()["gone"], &said.json()["versions"]), (0, &json!([1, 2]), &json!({ "3": 4 })));
    let objects = folder(&sandbox.path("storage"));
    assert_eq!(search(&objects, FIRM), BTreeSet::new());
    assert_eq!(search(&objects, PLANTED), BTreeSet::new(), "landed bytes went too");
    wait_until("the server knows", || server.get("/d/journal/v/4/manifest.json").status == 200);
    assert_eq!(server.get(&format!("/d/journal/v/1/{}", parts()[0])).status, 410);
}

/// No version but the newest bears names, and nothing is stored that no version serves.
fn in_order(objects: &Objects, when: &str) {
    let read = |key: &String| serde_json::from_slice::<Value>(&objects[key]).unwrap();
    let versions = objects.keys().filter(|key| key.contains("/journal/versions/"));
    let (tombstones, manifests): (Vec<&String>, Vec<&String>) = versions.partition(|key| key.contains(".parts."));
    let live = manifests.iter().filter(|key| !objects.contains_key(&key.replace(".json", ".parts.json")));
    let live: Vec<Value> = live.map(|key| read(key)).collect();
    assert_eq!(live.len(), 1, "{when}: {:?}", objects.keys());
    let left = tombstones.iter().map(|key| read(key)["left"].clone());
    let files = left.chain([live[0]["files"].clone()]).flat_map(|files| files.as_array().unwrap().clone());
    let served: BTreeSet<String> = files.map(|file| file["sha256"].as_str().unwrap().to_owned()).collect();
    let stored = objects.keys().filter(|key| key.contains("/journal/files/"));
    let stored: BTreeSet<String> =
        stored.map(|key| key.rsplit('/').next().unwrap().split('.').next().unwrap().to_owned()).collect();
    assert_eq!(stored, served, "{when}");
    assert!(!objects.keys().any(|key| key.contains("/erasures/")), "{when}");
    only_landed(objects, PLANTED);
}

#[test]
fn killed_at_every_write_a_run_leaves_no_name_that_the_next_one_does_not_withdraw() {
    let objects: Arc<Mutex<Objects>> = Arc::default();
    let s3 = S3::start(Arc::clone(&objects), Arc::new(|_, _| {}));
    publish(&sandbox(Some(&s3), 1), 1);
    drop(s3);
    let base = objects.lock().unwrap().clone();
    assert!(search(&base, PLANTED).iter().any(|key| key.ends_with(".parquet")), "the search is not blind");
    let run = |sandbox: &Sandbox| quietly(sandbox, &["run", "journal"]);
    let second = |s3: &S3| sandbox(Some(s3), 2);
    let mut nth = 0;
    loop {
        let objects: Arc<Mutex<Objects>> = Arc::new(Mutex::new(base.clone()));
        let ended = killed_at(&objects, nth, (second, run));
        if ended {
            in_order(&objects.lock().unwrap(), "not killed");
            break;
        }
        // The lease of the dead runs out.
        objects.lock().unwrap().retain(|key, _| !key.contains("/leases/"));
        assert!(killed_at(&objects, usize::MAX, (second, run)), "after a kill at write {nth} no run could go on");
        in_order(&objects.lock().unwrap(), &format!("killed at write {nth}"));
        nth += 1;
    }
    assert!(nth >= 12, "only {nth} writes were interrupted");
}
