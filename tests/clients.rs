//! Real clients against the real server. Installed by `tests/clients/install.sh`; with `ALLMENNING_CLIENTS=required`
//! a missing one is a failure, without it the test says that it was skipped.

pub(crate) mod replay;

use std::{
    fmt::Write as _,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use serde_json::Value;

use crate::harness::{Sandbox, Server, skipped};

fn clients() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients")
}

/// The Python of the clients, if the clients are installed.
pub(crate) fn python() -> Option<PathBuf> {
    let python = clients().join(".venv/bin/python");
    if clients().join(".venv/installed.txt").exists() {
        return Some(python);
    }
    let required = std::env::var("ALLMENNING_CLIENTS").is_ok_and(|value| value == "required");
    assert!(!required, "the clients are required but not installed: run tests/clients/install.sh");
    skipped("the clients are not installed (tests/clients/install.sh)");
    None
}

/// In the output of a child, for only there is to be seen what the test harness lets through.
#[test]
fn a_skipped_test_is_reported() {
    if std::env::var_os(SKIPPING).is_some() {
        skipped("as asked");
        return;
    }
    let own = std::env::current_exe().unwrap();
    let test = "clients::a_skipped_test_is_reported";
    let said = Command::new(own).args([test, "--exact"]).env(SKIPPING, "1").output().unwrap();
    let (out, err) = (String::from_utf8_lossy(&said.stdout), String::from_utf8_lossy(&said.stderr));
    assert!(said.status.success() && out.contains("1 passed"), "{out}{err}");
    assert!(err.contains("skipped: as asked"), "{out}{err}");
}

/// Set for the child of the test above.
const SKIPPING: &str = "ALLMENNING_TEST_SKIPPING";

/// What a driver prints, as JSON.
pub(crate) fn ask(program: &Path, words: &[&str]) -> Value {
    let output = Command::new(program).args(words).output().unwrap();
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{words:?}: {out}{err}");
    serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {out}{err}"))
}

pub(crate) fn driver(name: &str) -> String {
    clients().join(name).to_string_lossy().into_owned()
}

fn published(datasets: &[&str]) -> (Sandbox, Server) {
    let sandbox = Sandbox::with(datasets);
    let run = sandbox.run(&["run", "--all"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    let server = sandbox.serve(&["--no-schedule"]);
    (sandbox, server)
}

/// Requests for files that the server counted, by method and status.
fn file_requests(server: &Server, method: &str, status: u16) -> u64 {
    let metrics = server.get("/metrics").text();
    let labels = format!("{{route=\"/d/{{dataset}}/v/{{version}}/{{file}}\",method=\"{method}\",status=\"{status}\"}}");
    let lines =
        metrics.lines().filter(|line| line.starts_with("allmenning_http_requests_total") && line.contains(&labels));
    lines.map(|line| line.rsplit(' ').next().unwrap().parse::<u64>().unwrap()).sum()
}

/// A table of some megabytes: `DuckDB` reads smaller ones whole.
const WIDE: &str = r#"
profile = "table"
themes = ["GOVE"]
licence = "CC0"
frequency = "NEVER"
title = { nb = "Bred tabell" }
description = { nb = "Mange verdier." }
source = { kind = "file", path = "data/bred.csv" }
format = { kind = "csv", separator = "," }
key = ["nummer"]
distributions = []
columns = [
    { name = "nummer", type = { is = "integer" }, title = { nb = "Nummer" } },
    { name = "a", type = { is = "text" }, title = { nb = "A" } },
    { name = "b", type = { is = "text" }, title = { nb = "B" } },
]
"#;

#[test]
fn duckdb_reads_parquet_over_http_with_few_range_requests() {
    let Some(python) = python() else { return };
    let sandbox = Sandbox::with(&[]);
    let mut table = String::from("nummer,a,b\n");
    let mut state = 1_u64;
    for number in 0..100_000 {
        let mut word = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            // Letters only: among so many random digits the privacy gate finds identity numbers.
            state.to_be_bytes().map(|byte| char::from(b'a' + byte % 26)).iter().collect::<String>()
        };
        writeln!(table, "{number},{},{}", word(), word()).unwrap();
    }
    sandbox.write("data/bred.csv", table);
    sandbox.write("datasets/bred.toml", WIDE);
    let run = sandbox.run(&["run", "--all"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    let server = sandbox.serve(&["--no-schedule"]);
    let file = server.get("/d/bred/v/1/manifest.json").json()["files"][0].clone();
    assert!(file["bytes"].as_u64().unwrap() > 1_500_000, "{file}");
    let url = format!("{}/d/bred/v/1/bred.parquet", server.base);
    let said = ask(&python, &[&driver("duckdb_read.py"), &url, "nummer < 100"]);
    assert_eq!(said["rows"], 100);
    let (ranges, whole) = (file_requests(&server, "GET", 206), file_requests(&server, "GET", 200));
    println!("DuckDB {} found 100 rows of {} bytes in {ranges} ranges", said["duckdb"], file["bytes"]);
    assert!((1..=8).contains(&ranges) && whole == 0, "{ranges} ranges, {whole} whole files");
}

#[test]
fn gdal_reads_the_published_geojson() {
    let Some(python) = python() else { return };
    let (_sandbox, server) = published(&["kommuner"]);
    let url = format!("/vsicurl/{}/d/kommuner/v/1/kommuner.geojson", server.base);
    let said = ask(&python, &[&driver("gdal_read.py"), &url]);
    assert_eq!((said["driver"].as_str(), said["features"].as_u64()), (Some("GeoJSON"), Some(357)), "{said}");
    let extent: Vec<f64> = said["extent"].as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect();
    for (found, known) in extent.iter().zip([4.641_923, 57.974_536, 31.147_007, 71.185_025]) {
        assert!((found - known).abs() < 1e-5, "{extent:?}");
    }
}

#[test]
fn the_catalogue_keeps_the_norwegian_shapes() {
    let Some(python) = python() else { return };
    let sandbox = Sandbox::example();
    assert_eq!(sandbox.run(&["run", "--all"]).code, 0);
    let server = sandbox.serve(&["--no-schedule", "--base-url", "https://data.testvik.example/"]);
    let catalogue = sandbox.path("catalog.ttl");
    std::fs::write(&catalogue, server.get("/catalog.ttl").body).unwrap();
    let shapes = Path::new(env!("CARGO_MANIFEST_DIR")).join("catalog/shapes");
    let mut words = vec![driver("shacl_check.py"), catalogue.to_string_lossy().into_owned()];
    let mut files: Vec<_> = std::fs::read_dir(shapes).unwrap().map(|entry| entry.unwrap().path()).collect();
    // What is shaped for datasets of high value, and what stands on version 2, has checks of its own.
    let others = |name: &str| name.contains("hvd") || name.contains("2.0.0");
    files.retain(|path| {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        path.extension().is_some_and(|extension| extension == "ttl") && !others(&name)
    });
    assert!(files.len() >= 4, "{files:?}");
    words.extend(files.iter().map(|path| path.to_string_lossy().into_owned()));
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let said = ask(&python, &words);
    println!("{said:#}");
    for (name, part) in said["shapes"].as_object().unwrap() {
        assert_eq!(part["violations"], 0, "{name}: {part:#}");
    }
    let whole = server.get("/catalog.nt").text();
    for (property, mark) in [("publisher", "/terms/publisher> "), ("contactPoint", "/dcat#contactPoint> ")] {
        let lacking: Vec<&str> = whole.lines().filter(|line| !line.contains(mark)).collect();
        assert!(lacking.len() < whole.lines().count(), "{property}");
        // N-Triples are Turtle too.
        std::fs::write(&catalogue, lacking.join("\n")).unwrap();
        let output = Command::new(&python).args(&words).output().unwrap();
        let said: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(1), "{property}: {said:#}");
        let parts = said["shapes"].as_object().unwrap().values();
        let mut found = parts.flat_map(|part| part["first"].as_array().unwrap());
        let names = |found: &Value| found["resultPath"].as_str().unwrap().ends_with(property);
        assert!(found.any(names), "{property}: {said:#}");
    }
}

/// data.norge.no takes a single result, a warning too, as "does not comply". It cuts each dataset out of the catalogue.
#[test]
fn the_catalogue_for_data_norge_no_has_no_result_at_all() {
    let Some(python) = python() else { return };
    let sandbox = Sandbox::example();
    assert_eq!(sandbox.run(&["run", "--all"]).code, 0);
    let server = sandbox.serve(&["--no-schedule", "--base-url", "https://data.testvik.example/"]);
    let catalogue = sandbox.path("catalog.ttl");
    std::fs::write(&catalogue, server.get("/fdk/catalog.ttl").body).unwrap();
    let shapes = Path::new(env!("CARGO_MANIFEST_DIR")).join("catalog/shapes/dcat-ap-no-2.0.0.ttl");
    let said = ask(&python, &[&driver("fdk_check.py"), catalogue.to_str().unwrap(), shapes.to_str().unwrap()]);
    println!("{said}");
    assert_eq!((said["results"].as_u64(), said["datasets"].as_u64()), (Some(0), Some(13)), "{said:#}");
    std::fs::write(&catalogue, server.get("/catalog.ttl").body).unwrap();
    let said = ask(&python, &[&driver("fdk_check.py"), catalogue.to_str().unwrap(), shapes.to_str().unwrap()]);
    assert!(said["results"].as_u64() > Some(0), "the shapes find what version 3 has: {said:#}");
}

/// Our validator finds what pySHACL finds, result by result: in two golden catalogues, in the example's, and in a hundred
/// versions of one of its descriptions with a mistake each.
#[test]
fn validation_agrees_with_pyshacl() {
    let Some(python) = python() else { return };
    let sandbox = Sandbox::example();
    assert_eq!(sandbox.run(&["run", "--all"]).code, 0);
    let server = sandbox.serve(&["--no-schedule", "--base-url", "https://data.testvik.example/"]);
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let kept = |name: &str, address: &str| {
        std::fs::write(sandbox.path(name), server.get(address).body).unwrap();
        sandbox.path(name).to_string_lossy().into_owned()
    };
    let (one, whole) = (kept("one.nt", "/d/postjournal.nt"), kept("whole.nt", "/catalog.nt"));
    let fixture = |name: &str| root.join("tests/fixtures/shacl").join(name).to_string_lossy().into_owned();
    let (first, second) = (fixture("golden-allmenning-fdk.ttl"), fixture("golden-allmenning-v3.ttl"));
    let shapes = root.join("catalog/shapes").to_string_lossy().into_owned();
    let program = env!("CARGO_BIN_EXE_allmenning");
    let words = [&driver("shacl_compare.py"), program, &shapes, "100", &one, &whole, &first, &second];
    let said = ask(&python, &words);
    println!("{said}");
    assert_eq!((said["compared"].as_u64(), said["differ"].as_u64()), (Some(112), Some(0)), "{said:#}");
    assert!(said["results"].as_u64() > Some(400), "{said:#}");
}

/// An S3 server from outside, ended with this value.
struct Seaweed(Child);

impl Drop for Seaweed {
    fn drop(&mut self) {
        // The driver ends the server when its input ends; if it were killed, the server would stay.
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}

#[test]
fn an_s3_of_others_keeps_the_storage_contract() {
    let Some(python) = python() else { return };
    let mut child = Command::new(python)
        .args([&driver("s3_server.py"), "test"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let _seaweed = Seaweed(child);
    let ready: Value = serde_json::from_str(&line).unwrap();
    let endpoint = ready["endpoint"].as_str().unwrap();
    let sandbox = Sandbox::with(&["kommuneendringer"]).stored_at("s3://test/root");
    let instance = String::from_utf8(sandbox.read("allmenning.toml")).unwrap();
    let own = instance.split("[storage]").next().unwrap().to_owned();
    let region = ready["region"].as_str().unwrap();
    let settings = format!(
        "[storage]\nurl = \"s3://test/root\"\n[storage.options]\nendpoint = \"{endpoint}\"\nregion = \"{region}\"\n\
         access_key_id = \"test\"\nsecret_access_key = \"test\"\nallow_http = \"true\"\n"
    );
    sandbox.write("allmenning.toml", own + &settings);
    let record = sandbox.run_one("kommuneendringer");
    assert_eq!(record["outcome"], "published", "{record:#}");
    assert_eq!(sandbox.run_one("kommuneendringer")["outcome"], "unchanged");
    crate::storage::contract(endpoint);
}

/// pyjstat, which reads the tables of statistical offices, reads ours.
#[test]
fn pyjstat_reads_statistics() {
    let Some(python) = python() else { return };
    let (_sandbox, server) = published(&["boligstatistikk"]);
    let said =
        ask(&python, &[&driver("jsonstat_read.py"), &format!("{}/d/boligstatistikk/jsonstat?lang=en", server.base)]);
    println!("{said}");
    let rows = server.get("/d/boligstatistikk/rows?limit=1000").json();
    let counts: Vec<f64> = rows["rows"].as_array().unwrap().iter().filter_map(|row| row["antall"].as_f64()).collect();
    assert_eq!(said["columns"], serde_json::json!(["Area", "Kind of dwelling", "Year", "contents", "value"]));
    assert_eq!(
        (said["numbers"].as_u64(), said["sum"].as_f64()),
        (Some(counts.len() as u64), Some(counts.iter().sum()))
    );
}

/// axe-core finds nothing against WCAG 2.2 AA in any kind of page in any language, and no page is wider than the window at
/// 400 % zoom.
#[test]
fn pages_are_accessible() {
    let Some(python) = python() else { return };
    let sandbox = Sandbox::example();
    assert_eq!(sandbox.run(&["run", "--all"]).code, 0);
    let server = sandbox.serve(&["--no-schedule"]);
    let mut paths = Vec::new();
    for language in ["nb", "nn", "en"] {
        paths.push(format!("/{language}"));
        for page in ["?q=bolig", "/d/postjournal", "/d/kommuner", "/d/boligstatistikk/v/1"] {
            paths.push(format!("/{language}{page}"));
        }
        for page in ["/status", "/docs", "/docs/errors", "/sparql"] {
            paths.push(format!("{page}?lang={language}"));
        }
        paths.push(format!("/ogc/collections/kommuner/items?f=html&lang={language}"));
    }
    let mut command = Command::new(&python);
    let output = command.arg(driver("axe_check.py")).arg(&server.base).args(&paths).output().unwrap();
    let said: Value = serde_json::from_slice(&output.stdout).unwrap();
    println!("{said}");
    assert_eq!(said["violations"], Value::Array(vec![]), "{said:#}");
    assert_eq!(said["sideways"], Value::Array(vec![]), "{said:#}");
    assert!(said["passes"].as_u64() > Some(1_500), "{said:#}");
}

#[test]
fn chromium_shows_the_pages_without_javascript() {
    if python().is_none() {
        return;
    }
    let (sandbox, server) = published(&["kommuneendringer"]);
    let pages = [
        ("/", "Testvik"),
        ("/nn/d/kommuneendringer", "Kommuneendringar"),
        ("/en/d/kommuneendringer", "Municipality changes"),
        ("/nn/status", "Ny versjon publisert"),
    ];
    for (page, words) in pages {
        let picture = sandbox.path("page.png");
        let output = Command::new(driver("chromium_shot.sh"))
            .args([&format!("{}{page}", server.base), picture.to_str().unwrap()])
            .output()
            .unwrap();
        let html = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && html.contains(words), "{page}: {}", String::from_utf8_lossy(&output.stderr));
        let data = html.matches("<script type=\"application/ld+json\">").count();
        assert_eq!(html.matches("<script").count(), data, "{page} needs no script that runs");
        assert!(std::fs::metadata(&picture).unwrap().len() > 10_000, "{page}");
    }
}

/// Query and the same in SQL, by group columns in order.
const AGGREGATES: &str = "\
select=journalposttype,n:count()\tSELECT journalposttype, count(*) FROM t GROUP BY 1 ORDER BY 1 NULLS LAST
select=journaldato.month(),n:count()&having=n.gt.3&order=n.desc\tSELECT date_trunc('month', journaldato)::date m, count(*) n FROM t GROUP BY 1 HAVING n > 3 ORDER BY n DESC, m
select=publisert.day(),count()\tSELECT date_trunc('day', publisert)::date d, count(*) FROM t GROUP BY 1 ORDER BY 1 NULLS LAST
select=journaldato.week(),journalposttype,antall_dokumenter.sum(),antall_dokumenter.avg(),antall_dokumenter.p90()\tSELECT date_trunc('week', journaldato)::date w, journalposttype, sum(antall_dokumenter), avg(antall_dokumenter), quantile_cont(antall_dokumenter, 0.9) FROM t GROUP BY 1, 2 ORDER BY 1, 2 NULLS LAST
select=min:offentlig_tittel.min(),max:journaldato.max(),avskrivningsdato.count(),count()&or=(journalposttype.is.null,not.and(antall_dokumenter.lt.3,antall_vedlegg.eq.0))\tSELECT min(offentlig_tittel), max(journaldato), count(avskrivningsdato), count(*) FROM t WHERE journalposttype IS NULL OR NOT (antall_dokumenter < 3 AND antall_vedlegg = 0)
select=journaldato.quarter(),antall_dokumenter.median(),antall_dokumenter.min()&order=journaldato_quarter.desc\tSELECT date_trunc('quarter', journaldato)::date q, median(antall_dokumenter), min(antall_dokumenter) FROM t GROUP BY 1 ORDER BY 1 DESC
";

#[test]
fn aggregates_are_those_of_duckdb() {
    let Some(python) = python() else { return };
    let (sandbox, server) = published(&["postjournal"]);
    sandbox.write("rows.parquet", server.get("/d/postjournal/rows.parquet").body);
    let mut child = Command::new(python)
        .args([&driver("aggregate_check.py"), &server.base, "postjournal"])
        .arg(sandbox.path("rows.parquet"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), AGGREGATES.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let said: Value = serde_json::from_slice(&output.stdout).unwrap();
    println!("{said}");
    assert_eq!((said["agree"].as_u64(), said["differ"].as_array().map(Vec::len)), (Some(6), Some(0)), "{said}");
}

#[test]
fn contracts_and_csv_on_the_web_are_valid() {
    let Some(python) = python() else { return };
    let datasets = ["kommunale-boliger", "postjournal", "postnummer", "saksmapper", "valgresultat", "kommuner"];
    let (_sandbox, server) = published(&datasets);
    let urls = datasets.map(|name| format!("{}/d/{name}/v/1", server.base.trim_end_matches('/')));
    let output = Command::new(python).arg(driver("contract_check.py")).args(&urls).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    println!("{said}");
    let valid: Vec<Value> = said.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(valid.len(), datasets.len(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(valid.iter().all(|one| one["errors"] == serde_json::json!([]) && one["rows"].as_u64() > Some(0)), "{said}");
}

#[test]
fn loaders_and_reference_managers_read_versions() {
    let Some(python) = python() else { return };
    let datasets = ["kommunale-boliger", "postnummer", "saksmapper", "kommuner"];
    let (_sandbox, server) = published(&datasets);
    let urls = datasets.map(|name| format!("{}/d/{name}/v/1", server.base.trim_end_matches('/')));
    let output = Command::new(python).arg(driver("research_check.py")).args(&urls).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    println!("{said}");
    let read: Vec<Value> = said.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(read.len(), datasets.len(), "{}", String::from_utf8_lossy(&output.stderr));
    for one in &read {
        assert_eq!((&one["errors"], &one["described"]), (&serde_json::json!([]), &Value::Bool(true)), "{one}");
        assert!(one["records"].as_u64() > Some(0) && one["parts"].as_u64() > Some(1), "{one}");
    }
}

#[test]
fn clients_of_odata_read_every_row() {
    let Some(python) = python() else { return };
    let (_sandbox, server) = published(&["kommuneendringer", "postnummer"]);
    let service = format!("{}/odata/", server.base.trim_end_matches('/'));
    let said = ask(&python, &[&driver("odata_check.py"), &service, "postnummer", "postnummer", "99"]);
    println!("{said}");
    assert_eq!((&said["sets"], &said["url"]), (&serde_json::json!(["kommuneendringer", "postnummer"]), &said["sets"]));
    assert_eq!(said["all"], 1800);
    let rows = server.get("/d/postnummer/rows?postnummer=like.99*&order=postnummer.desc&limit=3").json();
    let first: Vec<&Value> = rows["rows"].as_array().unwrap().iter().map(|row| &row["postnummer"]).collect();
    assert_eq!(said["first"], serde_json::json!(first), "{said}");
    let others = server.get("/d/postnummer/rows?postnummer=not.like.99*&total=exact&limit=1").json()["total"].clone();
    assert_eq!((&said["count"], &said["version"]), (&others, &serde_json::json!("4.0")), "{said}");
    assert_eq!(said["pages"], serde_json::json!([1, others, others, true]), "{said}");
}

#[test]
fn clients_of_ckan_work_unchanged() {
    let Some(python) = python() else { return };
    let names = ["kommunale-boliger", "kommuner", "postnummer", "saksmapper"];
    let (_sandbox, server) = published(&names);
    let base = server.base.trim_end_matches('/').to_owned();
    let said = ask(&python, &[&driver("ckan_check.py"), &base, "postnummer", "postnummer", "0001"]);
    println!("{said}");
    assert_eq!(said["names"], serde_json::json!(names));
    assert_eq!((&said["search"][0], &said["search"][1]), (&serde_json::json!(1), &serde_json::json!("postnummer")));
    assert_eq!(said["search"][2]["res_format"]["CSV"], 1, "{said}");
    assert_eq!(said["fq"], 3, "{said}");
    assert_eq!(
        (&said["rows"][0], &said["rows"][1]["poststed"]),
        (&serde_json::json!(1), &serde_json::json!("STORTESTBY"))
    );
    assert_eq!(said["rows"][2][0], "_id");
    assert_eq!(said["pages"], serde_json::json!([1, 11]));
    assert_eq!(said["errors"], serde_json::json!(["NotFound", "ValidationError", "SearchQueryError"]));
    assert_eq!(said["write"], "CKANAPIError");
    assert_eq!((&said["dump"], &said["harvest"]), (&said["names"], &said["names"]), "{said}");
    assert_eq!(said["qgis"][1], true, "{said}");
    assert!(said["csv"].as_str().unwrap().starts_with("postnummer,poststed,"), "{said}");
}

/// What a spreadsheet would run, round or cut stays a text, and the workbook is one that our own reader takes again.
#[test]
fn workbooks_are_read_as_they_were_published() {
    let Some(python) = python() else { return };
    let (sandbox, server) = workbook();
    let answer = server.get("/d/t/rows.xlsx");
    assert_eq!(answer.status, 200, "{}", answer.text());
    sandbox.write("rows.xlsx", &answer.body);
    let said = ask(&python, &[&driver("workbook_read.py"), &sandbox.path("rows.xlsx").to_string_lossy()]);
    let cell = |kind: &str, value: &str| serde_json::json!([kind, value]);
    assert_eq!(said["frozen"], "A2");
    assert_eq!(said["rows"].as_array().map(Vec::len), Some(4), "{said}");
    let first = [
        cell("s", "0301"),
        cell("s", "=1+1"),
        cell("n", "10979.46"),
        cell("d", "2026-07-01 00:00:00"),
        cell("b", "True"),
        cell("s", "12345678901234567"),
    ];
    assert_eq!(said["rows"][1], serde_json::json!(first));
    assert_eq!(said["rows"][2][1], cell("s", "@SUM(A1)"));
    assert_eq!(said["rows"][2][3], cell("s", "1850-01-01"), "no day of a workbook's calendar");
    assert_eq!(said["rows"][3][2], Value::Null);
    let page = server.get("/d/t/rows.xlsx?limit=1&select=navn");
    sandbox.write("page.xlsx", &page.body);
    let said = ask(&python, &[&driver("workbook_read.py"), &sandbox.path("page.xlsx").to_string_lossy()]);
    assert_eq!(said["rows"], serde_json::json!([[cell("s", "navn")], [cell("s", "=1+1")]]));
    let norwegian = server.get("/d/t/rows.excel.csv").text();
    assert!(
        norwegian.starts_with("\u{feff}kode;navn;leie;dato;aktiv;stort\r\n0301;'=1+1;10979,46;2026-07-01;true;"),
        "{norwegian}"
    );
    assert_eq!(server.get("/d/t/rows?format=excel.csv").text(), norwegian);
    // The same table, from the workbook.
    let rows = server.get("/d/t/rows.csv").text();
    drop(server);
    sandbox.write("data/t.xlsx", &answer.body);
    sandbox.edit("datasets/t.toml", "data/t.csv", "data/t.xlsx");
    sandbox.edit("datasets/t.toml", "format = { kind = \"csv\", decimal = \",\" }", "format = { kind = \"excel\" }");
    let run = sandbox.run(&["run", "t"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    assert_eq!(sandbox.serve(&["--no-schedule"]).get("/d/t/rows.csv").text(), rows);
}

fn workbook() -> (Sandbox, Server) {
    let sandbox = Sandbox::with(&[]);
    let column = |name: &str, kind: &str| {
        format!("[[columns]]\nname = \"{name}\"\ntype = {kind}\ntitle = {{ nb = \"A\", nn = \"A\", en = \"A\" }}\n")
    };
    let head = "title = { nb = \"T\", nn = \"T\", en = \"T\" }\ndescription = { nb = \"T\", nn = \"T\", en = \"T\" }\n\
        themes = [\"GOVE\"]\nlicence = \"CC0\"\nfrequency = \"DAILY\"\nprofile = \"table\"\n\
        source = { kind = \"file\", path = \"data/t.csv\" }\nformat = { kind = \"csv\", decimal = \",\" }\n";
    let columns = [
        column("kode", "\"code\""),
        column("navn", "\"text\""),
        column("leie", "{ is = \"decimal\", scale = 2 }"),
        column("dato", "\"date\""),
        column("aktiv", "\"boolean\""),
        column("stort", "\"integer\""),
    ];
    sandbox.write("datasets/t.toml", head.to_owned() + &columns.concat());
    let rows = "0301;=1+1;10979,46;2026-07-01;ja;12345678901234567\n4601;@SUM(A1);0,50;1850-01-01;nei;1\n\
        5001;-;;;;\n";
    sandbox.write("data/t.csv", format!("kode;navn;leie;dato;aktiv;stort\n{rows}"));
    let run = sandbox.run(&["run", "t"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    let server = sandbox.serve(&["--no-schedule"]);
    (sandbox, server)
}

#[test]
fn frictionless_validates_the_data_packages() {
    let Some(python) = python() else { return };
    let datasets = ["kommunale-boliger", "postjournal", "postnummer", "saksmapper", "valgresultat", "kommuner"];
    let (_sandbox, server) = published(&datasets);
    let urls = datasets.map(|name| format!("{}/d/{name}/v/1/datapackage.json", server.base.trim_end_matches('/')));
    let output = Command::new(python).arg(driver("package_check.py")).args(&urls).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    println!("{said}");
    let valid: Vec<Value> = said.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(valid.len(), datasets.len(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(valid.iter().all(|one| one["valid"] == true && one["rows"].as_u64() > Some(0)), "{said}");
}
