//! The walk from source to served byte, on the whole example and on every kind of bad input.

use std::io::Write;

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::harness::{
    DATASETS, Sandbox, Server,
    site::{Reply, Site},
    skipped, wait_until,
};

/// Every metric that the portals grant at all, for every open dataset of the example.
#[test]
fn the_example_has_the_best_metadata_score_there_is() {
    let sandbox = Sandbox::example();
    assert_eq!(sandbox.run(&["run", "--all"]).code, 0);
    let server = sandbox.serve(&["--no-schedule"]);
    for dataset in DATASETS {
        let said = server.get(&format!("/d/{dataset}/score")).json();
        assert_eq!((said["score"]["fdk"].as_u64(), said["score"]["eu"].as_u64()), (Some(365), Some(405)), "{said:#}");
    }
    drop(server);
    sandbox.edit("datasets/kommuner.toml", "period = ", "# period = ");
    let plan = sandbox.run(&["plan", "kommuner"]);
    assert!(plan.out.contains("metadata: 345 of 365 points at data.norge.no, 385 of 405"), "{}", plan.out);
    assert!(plan.out.contains("lacks temporalAvailability: 20 and 20 points"), "{}", plan.out);
    sandbox.edit(
        "datasets/kommuner.toml",
        "# period = ",
        "period = { start = \"2024-01-02\", end = \"2024-01-01\" } # ",
    );
    let check = sandbox.run(&["check"]);
    let all = format!("{}{}", check.out, check.err);
    assert!(check.code == 3 && all.contains("the period ends before it begins"), "{all}");
}

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
        tells_its_gates_in_norwegian(&server, dataset);
    }
    let turtle = server.get("/catalog.ttl");
    assert_eq!((turtle.status, turtle.header("content-type")), (200, "text/turtle; charset=utf-8"));
    let parser = oxigraph::io::RdfParser::from_format(oxigraph::io::RdfFormat::Turtle);
    let quads: Vec<_> = parser.for_slice(&turtle.body).collect::<Result<_, _>>().unwrap();
    let datasets = quads.iter().filter(|quad| quad.object.to_string() == "<http://www.w3.org/ns/dcat#Dataset>");
    assert_eq!(datasets.count(), DATASETS.len());
}

/// No text of a gate is in English on a Norwegian page, and no gate has its English name.
fn tells_its_gates_in_norwegian(server: &Server, dataset: &str) {
    let reports = server.get(&format!("/d/{dataset}/v/1/gate-report.json")).json();
    for page in ["nb", "nn"].map(|language| format!("/{language}/d/{dataset}")) {
        for page in [page.clone(), page + "/v/1"] {
            let text = server.get(&page).text();
            let section = text.split("<h2 id=\"quality\">").nth(1).unwrap().split("</table>").next().unwrap();
            assert!(!section.contains("lang=\"en\""), "{page}: {section}");
            for report in reports["gates"].as_array().unwrap() {
                let findings = report["findings"].as_array().unwrap().iter().map(|finding| &finding["message"]);
                let name = serde_json::json!(format!(">{}<", report["gate"].as_str().unwrap()));
                for english in findings.chain([&report["checked"], &name]) {
                    assert!(!section.contains(english.as_str().unwrap()), "{page}: {english} in {section}");
                }
            }
        }
    }
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
    let part = server.ask("HEAD", path, &[("Range", "bytes=0-9")]);
    assert_eq!((part.status, part.header("content-length")), (200, length.to_string().as_str()), "HEAD has no ranges");
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
fn the_most_frequent_values_are_those_of_the_groups() {
    let sandbox = Sandbox::with(&["postnummer"]);
    assert_eq!(sandbox.run(&["run", "postnummer"]).code, 0);
    let server = sandbox.serve(&["--no-schedule"]);
    let stats = server.get("/d/postnummer/stats").json();
    let column = stats["columns"].as_array().unwrap().iter().find(|column| column["name"] == "kategori").unwrap();
    let groups = server.get("/d/postnummer/aggregate?select=value:kategori,rows:count()&order=rows.desc").json();
    let groups = groups["rows"].as_array().unwrap();
    assert_eq!(column["different"].as_u64(), Some(groups.len() as u64));
    assert_eq!(column["frequent"], Value::from(groups.iter().take(10).cloned().collect::<Vec<_>>()));
    assert_eq!((&column["missing"], &stats["rows"]), (&Value::from(0), &Value::from(1800)));
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
    bad_input_in(&sandbox, dataset, spoil, outcome, code)
}

/// The same in a folder that is set up already.
fn bad_input_in(sandbox: &Sandbox, dataset: &str, spoil: impl FnOnce(&Sandbox), outcome: &str, code: &str) -> Value {
    assert_eq!(sandbox.run(&["run", "--all"]).code, 0);
    spoil(sandbox);
    let all = sandbox.run(&["run", "--all", "--json"]);
    let records = all.json();
    let of = |name: &str| records.as_array().unwrap().iter().find(|record| record["dataset"] == name).unwrap().clone();
    let record = of(dataset);
    assert_eq!(record["outcome"], outcome, "{record:#}");
    assert!(record.to_string().contains(&format!("\"{code}\"")), "{code}: {record:#}");
    assert_eq!(of("postnummer")["outcome"], "unchanged", "other datasets are not affected");
    assert_eq!(record["version"], 1, "the last good version stays");
    assert_eq!(all.code, if outcome == "failed" { 1 } else { 4 });
    let status = sandbox.run(&["status", "--json"]);
    assert!(status.out.contains(code), "{}", status.out);
    still_serves_the_first_version(sandbox, dataset);
    record
}

/// The last good version answers at its own address, as the latest one, and in rows.
fn still_serves_the_first_version(sandbox: &Sandbox, dataset: &str) {
    let server = sandbox.serve(&["--no-schedule"]);
    let file = format!("/d/{dataset}/v/1/{dataset}.parquet");
    assert_eq!(server.get(&file).status, 200);
    let latest = server.get(&format!("/d/{dataset}/latest/{dataset}.parquet"));
    assert_eq!(latest.status, 302);
    assert!(latest.header("location").ends_with(&file), "{}", latest.header("location"));
    let rows = server.get(&format!("/d/{dataset}/rows?limit=2"));
    assert_eq!((rows.status, rows.json()["rows"].as_array().unwrap().len()), (200, 2), "{}", rows.text());
    assert_eq!(rows.json()["version"], 1, "{}", rows.text());
}

const CHANGES: &str = "data/kommuneendringer.csv";

fn changes(sandbox: &Sandbox) -> String {
    String::from_utf8(sandbox.read(CHANGES)).unwrap()
}

/// A dataset whose source is a web site, and what its first good run is answered with.
fn on_a_site(timeout_seconds: u32) -> (Sandbox, Site, Vec<u8>) {
    let sandbox = Sandbox::with(&["kommuneendringer", "postnummer"]);
    let file = sandbox.read(CHANGES);
    let site = Site::start(Reply::File(file.clone()));
    let before = "source = { kind = \"file\", path = \"data/kommuneendringer.csv\" }";
    sandbox.edit("datasets/kommuneendringer.toml", before, &site.source(timeout_seconds));
    (sandbox, site, file)
}

fn bad_answer(reply: Reply, code: &str, requests: usize) {
    let (sandbox, site, _) = on_a_site(20);
    bad_input_in(&sandbox, "kommuneendringer", |_| site.set(reply), "failed", code);
    assert_eq!(site.requests(), 1 + requests);
}

#[test]
fn an_address_that_is_not_there_fails_the_run() {
    bad_answer(Reply::Status(404), "source-http-status", 1);
}

#[test]
fn a_server_that_fails_is_asked_again_and_then_fails_the_run() {
    bad_answer(Reply::Status(500), "source-http-status", 2);
}

#[test]
fn an_answer_that_breaks_off_fails_the_run() {
    let (sandbox, site, file) = on_a_site(20);
    let spoil = |_: &Sandbox| site.set(Reply::Half(file));
    bad_input_in(&sandbox, "kommuneendringer", spoil, "failed", "source-io");
    assert_eq!(site.requests(), 3);
}

#[test]
fn a_server_that_never_answers_fails_the_run_in_time() {
    let (sandbox, site, _) = on_a_site(6);
    bad_input_in(&sandbox, "kommuneendringer", |_| site.set(Reply::Silence), "failed", "source-timeout");
}

#[test]
fn a_server_that_never_answers_does_not_hold_up_who_stops() {
    let (sandbox, site, file) = on_a_site(600);
    site.set(Reply::Silence);
    let server = sandbox.serve(&[]);
    wait_until("the source is asked", || site.requests() == 1);
    let start = std::time::Instant::now();
    assert!(std::process::Command::new("kill").arg(server.id().to_string()).status().unwrap().success());
    assert_eq!(server.ended(), 0);
    assert!(start.elapsed().as_secs() < 30, "{:?}", start.elapsed());
    let status = sandbox.run(&["status", "--json"]).json();
    let status = status.as_array().unwrap().iter().find(|status| status["dataset"] == "kommuneendringer").unwrap();
    assert_eq!((&status["error"]["code"], &status["version"]), (&"run-stopped".into(), &Value::Null), "{status:#}");
    site.set(Reply::File(file));
    assert_eq!(sandbox.run_one("kommuneendringer")["outcome"], "published", "the lease was given back");
}

/// A full temporary folder, by a limit on the size of files: the source fits, the Parquet file does not.
#[test]
fn a_full_disk_fails_the_run_and_says_so() {
    let sandbox = Sandbox::with(&["valgresultat", "postnummer"]);
    assert_eq!(sandbox.run(&["run", "--all"]).code, 0);
    let data = "data/valgresultat.csv";
    let text = String::from_utf8(sandbox.read(data)).unwrap();
    assert!(text.len() < 4096);
    sandbox.write(data, text.replace('7', "8"));
    let limited = "trap '' XFSZ; ulimit -f 8; exec \"$0\" \"$@\"";
    let run = sandbox.run_by(&["sh", "-c", limited], &["run", "valgresultat", "--json"]);
    let record = run.json()[0].clone();
    assert_eq!((run.code, &record["outcome"]), (1, &"failed".into()), "{record:#}{}", run.err);
    assert_eq!(record["error"]["code"], "disk-full", "{record:#}");
    assert!(record["error"]["hint"].as_str().unwrap().contains("room"), "{record:#}");
    assert!(sandbox.run(&["status", "--json"]).out.contains("disk-full"));
    still_serves_the_first_version(&sandbox, "valgresultat");
}

/// A full storage: needs a small file system, which only root can mount.
#[test]
fn a_full_storage_keeps_the_last_good_version_and_heals() {
    let may = std::process::Command::new("unshare").args(["-m", "true"]).status();
    if !may.is_ok_and(|status| status.success()) {
        skipped("only root can mount a small file system");
        return;
    }
    let sandbox = Sandbox::with(&["kommuneendringer"]);
    let changed = changes(&sandbox) + "9998;NY;9999;Ny;unchanged\n";
    sandbox.write("changed.csv", changed);
    std::fs::create_dir_all(sandbox.path("storage")).unwrap();
    let script = r#"
        mount -t tmpfs -o size=512k none storage
        "$0" run --all "$@" > first
        cp changed.csv data/kommuneendringer.csv
        head -c 1M /dev/zero > storage/filler || true
        code=0
        "$0" run --all "$@" > full.out 2> full.err || code=$?
        echo $code > full.code
        "$0" status --json "$@" > status
        rm storage/filler
        "$0" status --json "$@" > room
        "$0" run --all --json "$@" > healed
        "$0" status --json "$@" > after"#;
    let mut command = sandbox.command_by(&["unshare", "-m", "sh", "-ec", script], &[]);
    let said = command.current_dir(sandbox.path("")).output().unwrap();
    let text = |name: &str| String::from_utf8(sandbox.read(name)).unwrap();
    assert!(said.status.success(), "{said:?} {}", text("full.err"));
    assert!(text("full.err").contains("storage-full") && text("full.err").contains("room"), "{}", text("full.err"));
    let json = |name: &str| serde_json::from_str::<Value>(&text(name)).unwrap();
    assert_eq!(text("full.code").trim(), "1");
    assert!(text("full.out").contains("kommuneendringer: failed"), "{}", text("full.out"));
    assert_eq!((&json("status")[0]["version"], &json("healed")["version"]), (&1.into(), &2.into()));
    // No room for a record, and no process that would remember: the run before is the last one known.
    for name in ["status", "room"] {
        assert_eq!((&json(name)[0]["last_outcome"], &json(name)[0]["error"]), (&"published".into(), &Value::Null));
    }
    let after = json("after")[0].clone();
    assert_eq!((&after["version"], &after["last_outcome"]), (&2.into(), &"published".into()), "{after:#}");
    assert!(after["last_success"] == after["last_run"] && after["error"].is_null(), "{after:#}");
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
fn a_file_that_shrinks_by_half_is_held_back() {
    let spoil = |sandbox: &Sandbox| {
        let text = changes(sandbox);
        let half: String =
            text.lines().take(text.lines().count() / 2).fold(String::new(), |all, line| all + line + "\n");
        sandbox.write(CHANGES, half);
    };
    bad_input("kommuneendringer", spoil, "held", "drift-row-loss");
}

#[test]
fn what_was_held_back_is_published_when_approved_and_blocked_when_rejected() {
    let sandbox = Sandbox::with(&["kommuneendringer"]);
    assert_eq!(sandbox.run(&["run", "kommuneendringer"]).code, 0);
    assert_eq!(sandbox.run(&["approve", "kommuneendringer"]).code, 1, "nothing waits");
    let text = changes(&sandbox);
    let cut = |lines: usize| text.lines().take(lines).fold(String::new(), |all, line| all + line + "\n");
    let half = cut(text.lines().count() / 2);
    sandbox.write(CHANGES, &half);
    let plan = sandbox.run(&["plan", "kommuneendringer"]);
    assert!(plan.code == 4 && plan.out.contains("would be held until it is approved"), "{}", plan.out);
    let held = sandbox.run(&["run", "kommuneendringer"]);
    assert_eq!(held.code, 4, "{}{}", held.out, held.err);
    assert!(held.out.contains("held") && held.out.contains("allmenning approve kommuneendringer"), "{}", held.out);
    let told = sandbox.run(&["explain", "kommuneendringer", "--language", "nb"]);
    assert!(told.out.contains("godkjenne") && told.out.contains("drift-row-loss"), "{}", told.out);
    // The source goes on meanwhile: what is approved is what was seen.
    sandbox.write(CHANGES, cut(110));
    let approved = sandbox.run(&["approve", "kommuneendringer", "--reason", "merged"]);
    assert_eq!(approved.code, 0, "{}{}", approved.out, approved.err);
    assert!(approved.out.contains("published (version 2)"), "{}", approved.out);
    assert_eq!(sandbox.run(&["approve", "kommuneendringer"]).code, 1, "decided once");
    let server = sandbox.serve(&["--no-schedule"]);
    assert_eq!(server.get("/d/kommuneendringer/rows.csv?limit=1000").text().lines().count(), half.lines().count());
    let report = server.get("/d/kommuneendringer/v/2/gate-report.json").text();
    assert!(report.contains("approved") && !report.contains("merged"), "{report}");
    drop(server);
    assert_eq!(sandbox.run(&["run", "kommuneendringer"]).code, 4);
    assert_eq!(sandbox.run(&["reject", "kommuneendringer"]).code, 0);
    let told = sandbox.run(&["explain", "kommuneendringer", "--language", "nb"]);
    assert!(told.out.contains("avvist") && !told.out.contains("allmenning approve"), "{}", told.out);
    let again = sandbox.run(&["run", "kommuneendringer"]);
    assert!(again.code == 4 && again.out.contains("blocked"), "{}", again.out);
    // The approved bytes are what is published: no decision is needed to go back to them.
    sandbox.write(CHANGES, &half);
    let back = sandbox.run(&["run", "kommuneendringer"]);
    assert!(back.code == 0 && back.out.contains("unchanged"), "{}", back.out);
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

/// A declaration that is wrong now, after a first publication: what it leads to, and that nothing else is affected.
fn bad_declaration(from: &str, to: &str, code: &str) -> (Sandbox, Server) {
    let sandbox = Sandbox::with(&["kommuneendringer", "postnummer"]);
    assert_eq!(sandbox.run(&["run", "--all"]).code, 0);
    sandbox.edit("datasets/kommuneendringer.toml", from, to);
    let all = sandbox.run(&["run", "--all", "--json"]);
    assert_eq!(all.code, 1, "{}{}", all.out, all.err);
    let records = all.json();
    let of = |name: &str| records.as_array().unwrap().iter().find(|record| record["dataset"] == name).unwrap().clone();
    let failed = of("kommuneendringer");
    assert_eq!((&failed["outcome"], &failed["error"]["code"]), (&"failed".into(), &code.into()), "{failed:#}");
    assert_eq!(of("postnummer")["outcome"], "unchanged", "{records:#}");
    assert_eq!(sandbox.run(&["run", "kommuneendringer"]).code, 1);
    assert_eq!(sandbox.run(&["run", "postnummer"]).code, 0);
    assert_eq!(sandbox.run(&["check"]).code, 3);
    let plans = sandbox.run(&["plan", "--all", "--json"]);
    assert_eq!((plans.code, &plans.json()[0]["error"]["code"]), (1, &code.into()), "{}", plans.out);
    let status = sandbox.run(&["status", "--json"]);
    assert_eq!(status.code, 5, "{}", status.err);
    let line = status.json()[0].clone();
    assert_eq!((&line["dataset"], &line["error"]["code"]), (&"kommuneendringer".into(), &code.into()), "{line:#}");
    assert!(!line["error"]["hint"].as_str().unwrap().is_empty(), "{line:#}");
    assert!(line["error"]["message"].as_str().unwrap().contains("datasets/kommuneendringer.toml:"), "{line:#}");
    let text = sandbox.run(&["status"]);
    assert!(text.out.contains(code) && text.out.contains("hint"), "{}", text.out);
    assert_eq!(text.err.matches(code).count(), 1, "logged once: {}", text.err);
    let server = sandbox.serve(&[]);
    serves_dataset(&server, "postnummer");
    (sandbox, server)
}

#[test]
fn a_misspelt_key_stops_its_dataset_which_is_served_as_before() {
    let (_sandbox, server) = bad_declaration("licence = ", "lisence = ", "config-unknown-key");
    serves_dataset(&server, "kommuneendringer");
    assert!(server.get("/catalog.ttl").text().contains("d/kommuneendringer>"));
}

#[test]
fn an_unset_variable_stops_its_dataset_which_is_served_as_before() {
    let secret =
        "kind = \"http\", url = \"https://kilde.invalid/x\", headers = { authorization = \"${TESTVIK_UNSET}\" }";
    let source = "kind = \"file\", path = \"data/kommuneendringer.csv\"";
    let (_sandbox, server) = bad_declaration(source, secret, "config-secret");
    serves_dataset(&server, "kommuneendringer");
}

/// Who may see it cannot be told for certain, so nobody does.
#[test]
fn a_file_that_is_no_toml_hides_its_dataset_and_no_other() {
    let (sandbox, server) = bad_declaration("licence = ", "licence ", "config-syntax");
    assert_eq!(server.get("/d/kommuneendringer/v/1").status, 404);
    assert_eq!(sandbox.run(&["withdraw", "kommuneendringer", "1", "--reason", "feil"]).code, 0, "this still works");
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
