//! The walk from source to served byte, on the whole example and on every kind of bad input.

use std::io::Write;

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::harness::{DATASETS, Sandbox, wait_until};

#[test]
fn the_example_is_published_once_and_served() {
    let sandbox = Sandbox::example();
    let first = sandbox.run(&["run", "--all", "--json"]);
    assert_eq!(first.code, 0, "{}{}", first.out, first.err);
    let records = first.json();
    assert_eq!(records.as_array().unwrap().len(), DATASETS.len());
    for record in records.as_array().unwrap() {
        assert_eq!(record["outcome"], "published", "{record:#}");
        assert_eq!(record["version"], 1);
    }
    for record in sandbox.run(&["run", "--all", "--json"]).json().as_array().unwrap() {
        assert_eq!(record["outcome"], "unchanged", "{record:#}");
    }
    let server = sandbox.serve(&["--no-schedule"]);
    for language in ["/", "/nn", "/en"] {
        let page = server.get(language);
        assert_eq!(page.status, 200, "{language}");
        assert!(page.text().contains("Testvik"), "{language}");
    }
    for dataset in DATASETS {
        serves_dataset(&server, dataset);
    }
    let turtle = server.get("/catalog.ttl");
    assert_eq!((turtle.status, turtle.header("content-type")), (200, "text/turtle; charset=utf-8"));
    let parser = oxigraph::io::RdfParser::from_format(oxigraph::io::RdfFormat::Turtle);
    let quads: Vec<_> = parser.for_slice(&turtle.body).collect::<Result<_, _>>().unwrap();
    let datasets = quads.iter().filter(|quad| quad.object.to_string() == "<http://www.w3.org/ns/dcat#Dataset>");
    assert_eq!(datasets.count(), DATASETS.len());
}

fn serves_dataset(server: &crate::harness::Server, dataset: &str) {
    for page in [format!("/d/{dataset}"), format!("/d/{dataset}/v/1")] {
        let answer = server.ask("GET", &page, &[("Accept", "text/html")]);
        assert_eq!(answer.status, 200, "{page}");
        assert!(answer.header("content-type").starts_with("text/html"), "{page}");
    }
    let rows = server.get(&format!("/d/{dataset}/rows?limit=3"));
    assert_eq!(rows.status, 200, "{dataset}: {}", rows.text());
    assert_eq!(rows.json()["rows"].as_array().unwrap().len(), 3, "{dataset}");
    let manifest = server.get(&format!("/d/{dataset}/v/1/manifest.json")).json();
    let name = manifest["files"][0]["name"].as_str().unwrap();
    assert_eq!(name == format!("{dataset}.parquet"), manifest["partition"].is_null(), "{name}");
    let file = server.get(&format!("/d/{dataset}/v/1/{name}"));
    assert_eq!((file.status, &file.body[..4]), (200, &b"PAR1"[..]), "{dataset}");
    let latest = server.get(&format!("/d/{dataset}/latest/{name}"));
    assert_eq!(latest.status, 302);
    assert!(latest.header("location").ends_with(&format!("/d/{dataset}/v/1/{name}")));
}

#[test]
fn files_answer_ranges_and_conditions() {
    let sandbox = Sandbox::with(&["kommuneendringer"]);
    assert_eq!(sandbox.run(&["run", "--all"]).code, 0);
    let server = sandbox.serve(&["--no-schedule"]);
    let path = "/d/kommuneendringer/v/1/kommuneendringer.csv";
    let whole = server.get(path);
    let length = whole.body.len();
    let etag = whole.header("etag").to_owned();
    let digest: String =
        Sha256::digest(&whole.body).iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat();
    assert_eq!(etag, format!("\"{digest}\""));
    let head = server.ask("HEAD", path, &[]);
    assert_eq!((head.status, head.header("content-length")), (200, length.to_string().as_str()));
    assert_eq!(head.header("accept-ranges"), "bytes");
    assert_eq!(head.header("access-control-allow-origin"), "*");
    let ranges = [("bytes=0-9", 0..10), ("bytes=10-", 10..length), ("bytes=-7", length - 7..length)];
    for (range, expected) in ranges {
        let part = server.ask("GET", path, &[("Range", range)]);
        assert_eq!(part.status, 206, "{range}");
        assert_eq!(part.body, whole.body[expected.clone()], "{range}");
        let content = format!("bytes {}-{}/{length}", expected.start, expected.end - 1);
        assert_eq!(part.header("content-range"), content);
    }
    let outside = server.ask("GET", path, &[("Range", &format!("bytes={length}-"))]);
    assert_eq!((outside.status, outside.header("content-range")), (416, format!("bytes */{length}").as_str()));
    assert_eq!(server.ask("GET", path, &[("If-None-Match", &etag)]).status, 304);
    assert_eq!(server.ask("GET", path, &[("If-Match", "\"other\"")]).status, 412);
    let stale = server.ask("GET", path, &[("Range", "bytes=0-1"), ("If-Range", "\"other\"")]);
    assert_eq!((stale.status, stale.body.len()), (200, length));
}

#[test]
fn a_changed_source_makes_a_version_that_tells_what_changed() {
    let sandbox = Sandbox::with(&["kommuneendringer"]);
    assert_eq!(sandbox.run_one("kommuneendringer")["outcome"], "published");
    let data = "data/kommuneendringer.csv";
    let text = String::from_utf8(sandbox.read(data)).unwrap();
    let changed =
        text.replace("1101;EIGERSUND;1101;Eigersund;", "1101;EIGERSUND;1101;Egersund;") + "9998;NY;9999;Ny;unchanged\n";
    let gone = changed.lines().filter(|line| !line.starts_with("0301;")).collect::<Vec<_>>().join("\n");
    sandbox.write(data, gone + "\n");
    let plan = sandbox.run(&["plan", "kommuneendringer", "--json"]).json()[0].clone();
    assert_eq!(plan["changes"], serde_json::json!({"added": 1, "changed": 1, "removed": 1}), "{plan:#}");
    let record = sandbox.run_one("kommuneendringer");
    assert_eq!(record["version"], 2, "{record:#}");
    assert_eq!(record["changes"], plan["changes"]);
    let versions = sandbox.run(&["versions", "kommuneendringer", "--json"]).json();
    assert_eq!(versions["versions"].as_object().unwrap().len(), 2);
    let back = sandbox.run(&["rollback", "kommuneendringer", "1", "--json"]).json();
    assert_eq!(back["number"], 3);
    assert_eq!(back["files"], versions["versions"]["1"]["files"]);
}

/// What each kind of bad input must lead to.
fn bad_input(dataset: &str, spoil: impl FnOnce(&Sandbox), outcome: &str, code: &str) -> Value {
    let sandbox = Sandbox::with(&[dataset, "postnummer"]);
    assert_eq!(sandbox.run(&["run", "--all"]).code, 0);
    spoil(&sandbox);
    let all = sandbox.run(&["run", "--all", "--json"]);
    let records = all.json();
    let of = |name: &str| records.as_array().unwrap().iter().find(|record| record["dataset"] == name).unwrap().clone();
    let record = of(dataset);
    assert_eq!(record["outcome"], outcome, "{record:#}");
    assert!(record.to_string().contains(&format!("\"{code}\"")), "{code}: {record:#}");
    assert_eq!(of("postnummer")["outcome"], "unchanged", "other datasets are not affected");
    assert_eq!(record["version"], 1, "the last good version stays");
    assert_eq!(all.code, if outcome == "blocked" { 4 } else { 1 });
    let status = sandbox.run(&["status", "--json"]);
    assert!(status.out.contains(code), "{}", status.out);
    let server = sandbox.serve(&["--no-schedule"]);
    assert_eq!(server.get(&format!("/d/{dataset}/v/1/{dataset}.parquet")).status, 200);
    record
}

const CHANGES: &str = "data/kommuneendringer.csv";

fn changes(sandbox: &Sandbox) -> String {
    String::from_utf8(sandbox.read(CHANGES)).unwrap()
}

#[test]
fn a_missing_file_fails_the_run() {
    let gone = |sandbox: &Sandbox| std::fs::remove_file(sandbox.path(CHANGES)).unwrap();
    bad_input("kommuneendringer", gone, "failed", "source-missing");
}

#[test]
fn an_empty_file_fails_the_run() {
    bad_input("kommuneendringer", |sandbox| sandbox.write(CHANGES, ""), "failed", "format-empty");
}

#[test]
fn ragged_rows_fail_the_run_and_name_the_line() {
    let spoil = |sandbox: &Sandbox| {
        let text = changes(sandbox).replacen("EIGERSUND;", "EIGERSUND;;", 1);
        sandbox.write(CHANGES, text);
    };
    let record = bad_input("kommuneendringer", spoil, "failed", "format-ragged");
    assert!(record["error"]["message"].as_str().unwrap().contains(":3"), "{record:#}");
}

#[test]
fn a_wrong_encoding_fails_the_run() {
    let spoil = |sandbox: &Sandbox| {
        sandbox.edit("datasets/kommuneendringer.toml", "separator = \";\"", "separator = \";\", encoding = \"utf-8\"");
        let mut bytes = sandbox.read(CHANGES);
        bytes.extend_from_slice(b"9998;\xC5NEBY;9999;\xC5neby;unchanged\n");
        sandbox.write(CHANGES, bytes);
    };
    bad_input("kommuneendringer", spoil, "failed", "format-encoding");
}

#[test]
fn a_file_that_shrinks_by_half_is_blocked() {
    let spoil = |sandbox: &Sandbox| {
        let text = changes(sandbox);
        let half: String =
            text.lines().take(text.lines().count() / 2).fold(String::new(), |all, line| all + line + "\n");
        sandbox.write(CHANGES, half);
    };
    bad_input("kommuneendringer", spoil, "blocked", "drift-row-loss");
}

#[test]
fn an_identity_number_in_a_free_text_cell_is_blocked() {
    // A synthetic number of the vectors: nobody can have it.
    let vectors: Value = serde_json::from_str(include_str!("fixtures/privacy/identifier-vectors.json")).unwrap();
    let number = vectors["nationalId"]["valid"][0]["value"].as_str().unwrap().to_owned();
    let spoil = |sandbox: &Sandbox| {
        let text = changes(sandbox).replacen("Eigersund;", &format!("Eigersund {number};"), 1);
        sandbox.write(CHANGES, text);
    };
    let record = bad_input("kommuneendringer", spoil, "blocked", "privacy-identity-number");
    assert!(!record.to_string().contains(&number), "findings never carry the value");
}

#[test]
fn one_late_bad_value_is_put_aside_and_named() {
    let sandbox = Sandbox::with(&["postnummer"]);
    let mut file = std::fs::OpenOptions::new().append(true).open(sandbox.path("data/postnummer.txt")).unwrap();
    file.write_all(b"ABCD\tTESTVIK\t03x1\tTESTVIK\tQ\r\n").unwrap();
    drop(file);
    let record = sandbox.run_one("postnummer");
    assert_eq!(record["outcome"], "published", "{record:#}");
    assert_eq!(record["rejects"]["total"], 1, "{record:#}");
    let reject = &record["rejects"]["listed"][0];
    let lines = sandbox.read("data/postnummer.txt").split(|byte| *byte == b'\n').count() - 1;
    assert_eq!(reject["row"], lines, "{reject}");
    assert!(!record["rejects"].to_string().contains("TESTVIK"), "rejects never carry the value");
}

#[test]
fn serve_runs_what_is_due_and_stops_when_asked() {
    let sandbox = Sandbox::with(&["kommuneendringer", "postnummer"]);
    let server = sandbox.serve(&[]);
    for dataset in ["kommuneendringer", "postnummer"] {
        server.wait_for(&format!("/d/{dataset}/v/1"));
    }
    let killed = std::process::Command::new("kill").arg(server.id().to_string()).status().unwrap();
    assert!(killed.success());
    assert_eq!(server.ended(), 0);
    let records = sandbox.run(&["status", "--json"]).json();
    assert!(records.as_array().unwrap().iter().all(|status| status["last_outcome"] == "published"), "{records:#}");
}

#[test]
fn a_version_published_by_another_process_is_soon_served() {
    let sandbox = Sandbox::with(&["kommuneendringer"]);
    sandbox.write("allmenning.toml", {
        let text = String::from_utf8(sandbox.read("allmenning.toml")).unwrap();
        assert!(!text.contains("refresh_seconds"));
        text.replace("[server]", "[server]\nrefresh_seconds = 1")
    });
    let server = sandbox.serve(&["--no-schedule"]);
    assert_eq!(server.get("/d/kommuneendringer/v/1").status, 404);
    assert_eq!(sandbox.run(&["run", "--all"]).code, 0);
    wait_until("version 1 is served", || server.get("/d/kommuneendringer/v/1").status == 200);
}
