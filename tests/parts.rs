//! Datasets in parts: what a change rewrites, and that readers cannot tell parts from one file.

use std::{collections::BTreeMap, fs, time::SystemTime};

use proptest::{prelude::*, test_runner::TestRunner};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::harness::{Sandbox, Server};

const COLUMNS: &str = r#"
[gates.drift]
max_row_loss = 1.0
[[columns]]
name = "nr"
type = "code"
required = true
title = { nb = "Nummer" }
[[columns]]
name = "dag"
type = "date"
title = { nb = "Dag" }
[[columns]]
name = "antall"
type = "integer"
title = { nb = "Antall" }
"#;

/// The same rows twice: `delt` in months, `hel` in one piece.
fn sandbox(rows: &Rows) -> Sandbox {
    let sandbox = Sandbox::with(&[]);
    let datasets = [
        ("delt", "partition = { column = \"dag\", by = \"month\" }"),
        ("hel", "order = [{ column = \"dag\" }, { column = \"nr\" }]"),
    ];
    for (name, settings) in datasets {
        let toml = format!(
            "title = {{ nb = \"{name}\" }}\ndescription = {{ nb = \"Rader\" }}\nthemes = [\"GOVE\"]\nlicence = \"CC0\"\n\
             frequency = \"DAILY\"\nprofile = \"table\"\nkey = [\"nr\"]\n{settings}\n\
             source = {{ kind = \"file\", path = \"data/rader.csv\" }}\nformat = {{ kind = \"csv\" }}\n{COLUMNS}"
        );
        sandbox.write(&format!("datasets/{name}.toml"), toml);
    }
    deliver(&sandbox, rows);
    sandbox
}

/// Day and number by key; the source has them in the order of the keys, not of the days.
type Rows = BTreeMap<String, (String, u32)>;

/// Rows of June, July and August 2026, and some without a day.
fn rows() -> Rows {
    let day = |row: u32| match row % 7 {
        6 => String::new(),
        _ => format!("2026-{:02}-{:02}", 6 + row * 13 % 3, 1 + row * 17 % 30),
    };
    (0..400).map(|row| (format!("{row:04}"), (day(row), row * 7 % 100))).collect()
}

fn deliver(sandbox: &Sandbox, rows: &Rows) {
    let lines: Vec<String> = rows.iter().map(|(nr, (day, count))| format!("{nr};{day};{count}\n")).collect();
    sandbox.write("data/rader.csv", format!("nr;dag;antall\n{}", lines.concat()));
}

fn publish(sandbox: &Sandbox) -> Value {
    let record = sandbox.run_one("delt");
    assert_eq!(record["outcome"], "published", "{record:#}");
    record["changes"].clone()
}

/// The hashes of a version's files by name.
fn files(sandbox: &Sandbox, number: u64) -> BTreeMap<String, String> {
    let versions = sandbox.run(&["versions", "delt", "--json"]).json();
    let files = versions["versions"][number.to_string()]["files"].as_array().unwrap().clone();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    files.iter().map(|file| (text(&file["name"]), text(&file["sha256"]))).collect()
}

/// When each object of the published files was written.
fn objects(sandbox: &Sandbox) -> BTreeMap<String, SystemTime> {
    let folder = fs::read_dir(sandbox.path("storage/public/datasets/delt/files")).unwrap();
    let object = |entry: std::io::Result<fs::DirEntry>| {
        let entry = entry.unwrap();
        (entry.file_name().into_string().unwrap(), entry.metadata().unwrap().modified().unwrap())
    };
    folder.map(object).collect()
}

#[test]
fn a_change_of_a_day_rewrites_one_part() {
    let mut rows = rows();
    let sandbox = sandbox(&rows);
    publish(&sandbox);
    let (first, before) = (files(&sandbox, 1), objects(&sandbox));
    let names = ["2026-06", "2026-07", "2026-08", "undated"]
        .iter()
        .flat_map(|part| ["csv", "parquet"].iter().map(move |format| format!("delt-{part}.{format}")));
    assert_eq!(first.keys().cloned().collect::<Vec<_>>(), names.collect::<Vec<_>>());
    assert_eq!(sandbox.run_one("delt")["outcome"], "unchanged");

    let july = rows.values_mut().find(|(day, _)| day.starts_with("2026-07")).unwrap();
    july.1 += 1;
    deliver(&sandbox, &rows);
    assert_eq!(publish(&sandbox), json!({ "added": 0, "changed": 1, "removed": 0 }));
    let (second, after) = (files(&sandbox, 2), objects(&sandbox));
    let changed: Vec<&String> = second.keys().filter(|name| first.get(*name) != second.get(*name)).collect();
    assert_eq!(changed, ["delt-2026-07.csv", "delt-2026-07.parquet"]);
    assert_eq!(after.len(), before.len() + 2, "only the part's two files are new");
    assert!(before.iter().all(|(name, time)| after.get(name) == Some(time)), "the others are the same objects");
}

#[test]
fn rows_move_from_part_to_part_and_parts_come_and_go() {
    let mut rows = rows();
    let sandbox = sandbox(&rows);
    publish(&sandbox);
    let first = files(&sandbox, 1);
    let rewritten = |number: u64| {
        let (old, new) = (files(&sandbox, number - 1), files(&sandbox, number));
        let tables = new.iter().filter(|(name, hash)| name.ends_with(".parquet") && old.get(*name) != Some(hash));
        let come: Vec<String> =
            tables.map(|(name, _)| name["delt-".len()..name.len() - ".parquet".len()].to_owned()).collect();
        come.join(" ")
    };
    rows.values_mut().find(|(day, _)| day.starts_with("2026-07")).unwrap().0 = "2026-08-15".to_owned();
    deliver(&sandbox, &rows);
    assert_eq!(publish(&sandbox), json!({ "added": 0, "changed": 1, "removed": 0 }), "a row that moved is one change");
    assert_eq!(rewritten(2), "2026-07 2026-08");

    rows.insert("9999".to_owned(), ("2026-09-01".to_owned(), 1));
    rows.retain(|_, (day, _)| !day.starts_with("2026-06"));
    deliver(&sandbox, &rows);
    let changes = publish(&sandbox);
    assert_eq!((&changes["added"], &changes["changed"]), (&json!(1), &json!(0)));
    assert_eq!(rewritten(3), "2026-09");
    assert!(!files(&sandbox, 3).contains_key("delt-2026-06.parquet"));

    let back = sandbox.run(&["rollback", "delt", "1", "--json"]).json();
    assert_eq!((&back["changes"]["removed"], &back["changes"]["changed"]), (&json!(1), &json!(1)), "{back:#}");
    assert_eq!(files(&sandbox, 4), first);
}

#[test]
fn parts_are_served_and_described() {
    let sandbox = sandbox(&rows());
    assert_eq!(sandbox.run(&["run", "--all"]).code, 0);
    let server = sandbox.serve(&["--no-schedule"]);
    let sums = server.get("/d/delt/v/1/SHA256SUMS").text();
    assert_eq!(sums.lines().count(), 8);
    for line in sums.lines() {
        let (sum, name) = line.split_once("  ").unwrap();
        let file = server.get(&format!("/d/delt/v/1/{name}"));
        let digest: Vec<String> = Sha256::digest(&file.body).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!((file.status, digest.concat().as_str()), (200, sum), "{name}");
        let latest = server.get(&format!("/d/delt/latest/{name}"));
        assert_eq!((latest.status, latest.header("location")), (302, format!("/d/delt/v/1/{name}").as_str()));
    }
    assert_eq!(server.get("/d/delt/v/1/delt.parquet").status, 404);
    let manifest = server.get("/d/delt/v/1/manifest.json").json();
    assert_eq!(manifest["partition"], json!({ "column": "dag", "by": "month" }));
    let july = &manifest["files"][1];
    assert_eq!((&july["name"], &july["part"]["key"]), (&json!("delt-2026-07.parquet"), &json!("2026-07")));
    assert_eq!(july["part"]["range"]["dag"], json!(["2026-07-03", "2026-07-30"]));
    let linkset = server.ask("GET", "/d/delt/v/1", &[("Accept", "application/linkset+json")]).json();
    assert_eq!(linkset["linkset"][0]["item"].as_array().unwrap().len(), 8);
    described(&server);
    for page in ["/d/delt", "/d/delt/v/1"] {
        let page = server.ask("GET", page, &[("Accept", "text/html")]);
        assert!(page.status == 200 && page.text().contains("delt-2026-08.csv"), "{}", page.text());
    }
}

/// One distribution for each format, with an address for each part.
fn described(server: &Server) {
    let graph = server.get("/d/delt.nt").text();
    let of = |property: &str| {
        let start = format!("<{}/d/delt#parquet> <{property}> ", server.base);
        graph.lines().filter(|line| line.starts_with(&start)).count()
    };
    assert_eq!(of("http://www.w3.org/ns/dcat#downloadURL"), 4, "{graph}");
    assert_eq!((of("http://www.w3.org/ns/dcat#byteSize"), of("http://spdx.org/rdf/terms#checksum")), (1, 0));
    assert_eq!(
        graph.matches("<http://www.w3.org/ns/dcat#distribution> ").count(),
        6,
        "Parquet and CSV, and rows in four forms"
    );
}

/// What is asked of both datasets.
fn question() -> impl Strategy<Value = String> {
    let day = (5_u32..10, 1_u32..31).prop_map(|(month, day)| format!("2026-{month:02}-{day:02}"));
    let operator = prop::sample::select(vec!["eq", "neq", "gt", "gte", "lt", "lte", "not.gt"]);
    let condition = prop_oneof![
        (operator.clone(), day).prop_map(|(operator, day)| format!("dag={operator}.{day}")),
        (operator, 0_u32..100).prop_map(|(operator, number)| format!("antall={operator}.{number}")),
        (0_u32..450).prop_map(|row| format!("nr=eq.{row:04}")),
        (0_u32..10).prop_map(|digit| format!("nr=like.0{digit}*")),
        prop::sample::select(vec!["dag=is.null", "dag=not.is.null"]).prop_map(str::to_owned),
    ];
    let order =
        prop::sample::select(vec!["", "order=dag", "order=dag,nr", "order=-dag", "order=antall,-nr", "order=nr"]);
    let select = prop::sample::select(vec!["", "select=nr", "select=antall,dag"]);
    (prop::collection::vec(condition, 0..3), order, select, 1_u32..200).prop_map(|(mut all, order, select, limit)| {
        all.extend([order, select].into_iter().filter(|text| !text.is_empty()).map(str::to_owned));
        all.push(format!("limit={limit}"));
        all.join("&")
    })
}

/// The rows of all pages, page by page.
fn pages(server: &Server, dataset: &str, question: &str) -> Vec<Value> {
    let mut pages = Vec::new();
    let mut next = Some(format!("/d/{dataset}/rows?{question}"));
    while let Some(address) = next.filter(|_| pages.len() < 4) {
        let answer = server.get(&address);
        assert_eq!(answer.status, 200, "{address}: {}", answer.text());
        let page = answer.json();
        pages.push(page["rows"].clone());
        next = page["next"].as_str().map(|next| next.strip_prefix(&server.base).unwrap().to_owned());
    }
    pages
}

#[test]
fn rows_over_parts_are_the_rows_of_one_file() {
    let sandbox = sandbox(&rows());
    assert_eq!(sandbox.run(&["run", "--all"]).code, 0);
    let server = sandbox.serve(&["--no-schedule"]);
    for form in ["csv", "ndjson", "arrow", "parquet"] {
        for question in ["", "?dag=gte.2026-07-15&limit=100000", "?dag=is.null"] {
            let body = |dataset: &str| server.get(&format!("/d/{dataset}/rows.{form}{question}"));
            let (parts, whole) = (body("delt"), body("hel"));
            assert_eq!((parts.status, whole.status), (200, 200), "{form}{question}: {}", parts.text());
            if form == "csv" || form == "ndjson" {
                assert_eq!(parts.text(), whole.text(), "{form}{question}");
            }
            assert!(parts.body.len() > 100, "{form}{question}");
        }
    }
    let config = ProptestConfig { cases: 80, failure_persistence: None, ..ProptestConfig::default() };
    TestRunner::new(config)
        .run(&question(), |question| {
            prop_assert_eq!(pages(&server, "delt", &question), pages(&server, "hel", &question), "{}", question);
            Ok(())
        })
        .unwrap();
}

/// A publisher whose dataset `delt` comes in one file for each month, and one for the rows without a day.
fn by_month(rows: &Rows) -> Sandbox {
    let sandbox = sandbox(rows);
    sandbox.edit("datasets/delt.toml", "data/rader.csv", "data/md-*.csv");
    deliver_months(&sandbox, rows);
    sandbox
}

/// Writes the files that are other ones than before, and deletes those without rows.
fn deliver_months(sandbox: &Sandbox, rows: &Rows) {
    let mut files: BTreeMap<String, String> = BTreeMap::new();
    for (nr, (day, count)) in rows {
        let month = day.get(..7).unwrap_or("uten");
        let file = files.entry(format!("data/md-{month}.csv")).or_insert_with(|| "nr;dag;antall\n".to_owned());
        file.extend([nr.as_str(), ";", day, ";", &count.to_string(), "\n"]);
    }
    for entry in fs::read_dir(sandbox.path("data")).unwrap() {
        let name = format!("data/{}", entry.unwrap().file_name().into_string().unwrap());
        if name.starts_with("data/md-") && !files.contains_key(&name) {
            fs::remove_file(sandbox.path(&name)).unwrap();
        }
    }
    for (name, text) in files {
        if fs::read_to_string(sandbox.path(&name)).ok().as_ref() != Some(&text) {
            sandbox.write(&name, text);
        }
    }
}

/// The record of a run that published.
fn published(sandbox: &Sandbox) -> Value {
    let record = sandbox.run_one("delt");
    assert_eq!(record["outcome"], "published", "{record:#}");
    record
}

/// The gate report of the newest version, but for what holds it against the version before and the day.
fn report(record: &Value) -> Value {
    let mut gates = record["gates"].clone();
    gates.as_array_mut().unwrap().retain(|gate| gate["gate"] != "drift");
    gates
}

/// That what was published is what a run over everything publishes where nothing is stored.
fn is_as_from_nothing(sandbox: &Sandbox, record: &Value, rows: &Rows) {
    let anew = by_month(rows);
    let other = published(&anew);
    assert!(other.get("in_parts").is_none());
    assert_eq!(files(sandbox, record["version"].as_u64().unwrap()), files(&anew, 1));
    assert_eq!(report(record), report(&other));
}

#[test]
fn the_next_day_reads_and_writes_one_month() {
    let mut rows = rows();
    let sandbox = by_month(&rows);
    assert!(published(&sandbox).get("in_parts").is_none(), "the first run reads everything");
    let before = objects(&sandbox);
    rows.insert("9000".to_owned(), ("2026-08-30".to_owned(), 5));
    deliver_months(&sandbox, &rows);
    let record = published(&sandbox);
    assert_eq!(record["in_parts"], json!({ "files": 4, "files_read": 1, "parts": 4, "parts_carried": 3 }));
    assert_eq!(record["changes"], json!({ "added": 1, "changed": 0, "removed": 0 }));
    assert_eq!((&record["rows_read"], &record["rows"]), (&json!(401), &json!(401)));
    let after = objects(&sandbox);
    assert_eq!(after.len(), before.len() + 2, "the CSV and Parquet files of August");
    is_as_from_nothing(&sandbox, &record, &rows);

    // A row that moves: the month that it leaves has changed, and the one that it comes to as well.
    rows.values_mut().find(|(day, _)| day.starts_with("2026-06")).unwrap().0 = "2026-07-31".to_owned();
    deliver_months(&sandbox, &rows);
    let record = published(&sandbox);
    assert_eq!(record["in_parts"], json!({ "files": 4, "files_read": 2, "parts": 4, "parts_carried": 2 }));
    assert_eq!(record["changes"], json!({ "added": 0, "changed": 1, "removed": 0 }));
    is_as_from_nothing(&sandbox, &record, &rows);

    // A file that is gone, and one that is new.
    rows.retain(|_, (day, _)| !day.starts_with("2026-06"));
    rows.insert("9001".to_owned(), ("2026-10-01".to_owned(), 5));
    deliver_months(&sandbox, &rows);
    let record = published(&sandbox);
    assert_eq!(record["in_parts"], json!({ "files": 4, "files_read": 1, "parts": 4, "parts_carried": 3 }));
    is_as_from_nothing(&sandbox, &record, &rows);
    rows.insert("9002".to_owned(), ("2026-10-02".to_owned(), 5));
    deliver_months(&sandbox, &rows);
    let said = sandbox.run(&["run", "delt"]);
    assert!(said.out.contains("1 of 4 files read, 3 of 4 parts as before"), "{}{}", said.out, said.err);
    let server = sandbox.serve(&["--no-schedule"]);
    assert_eq!(server.get("/d/delt/rows?nr=eq.9001").json()["rows"].as_array().unwrap().len(), 1);
    assert_eq!(server.get("/d/delt/v/4/manifest.json").json()["sources"].as_array().unwrap().len(), 4);
}

#[test]
fn files_that_only_look_changed_publish_nothing() {
    let rows = rows();
    let sandbox = by_month(&rows);
    published(&sandbox);
    let july = sandbox.read("data/md-2026-07.csv");
    sandbox.write("data/md-2026-07.csv", &july);
    let record = sandbox.run_one("delt");
    assert_eq!((&record["outcome"], record.get("in_parts")), (&json!("unchanged"), None), "{record:#}");
    // The same rows in other bytes.
    sandbox.write("data/md-2026-07.csv", [july.as_slice(), b"\n"].concat());
    assert_eq!(sandbox.run_one("delt")["outcome"], "unchanged");
    let fresh = sandbox.run(&["run", "delt", "--fresh", "--json"]).json()[0].clone();
    assert_eq!((&fresh["outcome"], fresh.get("in_parts")), (&json!("unchanged"), None), "{fresh:#}");
    assert!(
        fresh["stages"].as_array().unwrap().iter().any(|stage| stage["stage"] == "normalise"),
        "everything was read"
    );
    assert_eq!(sandbox.run(&["run", "--fresh"]).code, 2, "of which datasets");
}

#[test]
fn a_key_of_a_month_that_is_not_read_blocks_in_another_month() {
    let mut rows = rows();
    let sandbox = by_month(&rows);
    published(&sandbox);
    let twin = rows.keys().next().unwrap().clone();
    assert!(rows[&twin].0.starts_with("2026-06"));
    let august = String::from_utf8(sandbox.read("data/md-2026-08.csv")).unwrap();
    sandbox.write("data/md-2026-08.csv", format!("{august}{twin};2026-08-02;1\n"));
    let record = sandbox.run_one("delt");
    assert_eq!((&record["outcome"], record.get("in_parts")), (&json!("blocked"), None), "{record:#}");
    let shape = &record["gates"][0]["findings"][0];
    assert_eq!((&shape["code"], &shape["count"]), (&json!("shape-duplicate-key"), &json!(1)));
    // What is mended goes on from what was published.
    rows.insert("9000".to_owned(), ("2026-08-30".to_owned(), 5));
    deliver_months(&sandbox, &rows);
    assert_eq!(published(&sandbox)["in_parts"]["files_read"], 1);
}

#[test]
fn killed_before_a_run_remembers_the_next_one_reads_everything() {
    let mut rows = rows();
    let sandbox = by_month(&rows);
    published(&sandbox);
    let kept = ["memo", "cursor"].map(|folder| {
        let folder = sandbox.path(&format!("storage/private/datasets/delt/{folder}"));
        let names = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
        (folder, names.map(|path| (path.clone(), fs::read(path).unwrap())).collect::<Vec<_>>())
    });
    rows.insert("9000".to_owned(), ("2026-08-30".to_owned(), 5));
    deliver_months(&sandbox, &rows);
    assert_eq!(published(&sandbox)["in_parts"]["files_read"], 1);
    // The version is there; what was written after it is not.
    for (folder, files) in kept {
        fs::remove_dir_all(&folder).unwrap();
        fs::create_dir(&folder).unwrap();
        for (path, bytes) in files {
            fs::write(path, bytes).unwrap();
        }
    }
    let record = sandbox.run_one("delt");
    assert_eq!(
        (&record["outcome"], record.get("in_parts"), &record["version"]),
        (&json!("unchanged"), None, &json!(2))
    );
    rows.insert("9001".to_owned(), ("2026-08-30".to_owned(), 5));
    deliver_months(&sandbox, &rows);
    let record = published(&sandbox);
    assert_eq!(record["in_parts"]["files_read"], 1, "{record:#}");
    is_as_from_nothing(&sandbox, &record, &rows);
}

#[test]
fn after_an_erasure_everything_is_read_and_nothing_is_remembered() {
    let mut rows = rows();
    let sandbox = by_month(&rows);
    published(&sandbox);
    let gone = sandbox.run(&["redact", "delt", "--key", "nr=0007", "--reason", "test", "--by", "test"]);
    assert_eq!(gone.code, 0, "{}{}", gone.out, gone.err);
    let memo = sandbox.path("storage/private/datasets/delt/memo");
    let left = || fs::read_dir(&memo).map_or(0, Iterator::count);
    assert_eq!(left(), 0);
    rows.insert("9000".to_owned(), ("2026-08-30".to_owned(), 5));
    deliver_months(&sandbox, &rows);
    assert!(published(&sandbox).get("in_parts").is_none());
    assert_eq!(left(), 0, "a record is left out of every file");
}
