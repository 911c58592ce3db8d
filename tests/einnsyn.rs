//! The built program against a small eInnsyn: a municipality's journal from the API to what is published.

use std::{collections::BTreeSet, fs, path::Path, process::Stdio, time::Duration};

use serde_json::{Value, json};

use crate::{
    clients::replay::{Fault, Kind, Replay, World},
    harness::{Sandbox, wait_until},
};

const HIDDEN: &str = "enh_01hm65m9wfe000000000000001";
const SOURCE: &str = r#"source = { kind = "file", path = "data/postjournal.ndjson" }"#;

fn lines(path: &str) -> Vec<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(path).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// A municipality with the journal of the example, and a sandbox that reads it.
fn municipality(settings: &str) -> (Replay, Sandbox) {
    let units = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/einnsyn/units.json");
    let units = serde_json::from_slice(&fs::read(units).unwrap()).unwrap();
    let mut rows = lines("config/example/data/postjournal.ndjson");
    rows.extend(lines("config/example/data/saksmapper.ndjson"));
    let replay = Replay::start(World::new(units, rows));
    let sandbox = Sandbox::with(&["postjournal"]);
    let source = format!(
        "source = {{ kind = \"einnsyn\", base_url = \"{}\", \
         organisation_number = \"310529915\", allow_private_network = true{settings} }}",
        replay.base
    );
    sandbox.edit("datasets/postjournal.toml", SOURCE, &source);
    sandbox.edit("datasets/postjournal.toml", "kind = \"ndjson\"", "kind = \"einnsyn\"");
    let instance = String::from_utf8(sandbox.read("allmenning.toml")).unwrap();
    assert!(!instance.contains("[pipeline]"));
    sandbox.write("allmenning.toml", format!("{instance}\n[pipeline]\nlease_seconds = 5\n"));
    (replay, sandbox)
}

/// The ids in the files of the newest version, of which none may be there twice.
fn published(sandbox: &Sandbox) -> BTreeSet<String> {
    let versions = sandbox.run(&["versions", "postjournal", "--json"]).json();
    let versions = versions["versions"].as_object().unwrap();
    let newest = versions.iter().max_by_key(|(number, _)| number.parse::<u64>().unwrap()).unwrap().1;
    let mut ids = Vec::new();
    for file in newest["files"].as_array().unwrap().iter().filter(|file| file["format"] == "csv") {
        let sha256 = file["sha256"].as_str().unwrap();
        let text = sandbox.read(&format!("storage/public/datasets/postjournal/files/{sha256}.csv"));
        let text = String::from_utf8(text).unwrap();
        let id = |line: &str| line.split(',').find(|cell| cell.starts_with("jp_")).map(str::to_owned);
        ids.extend(text.lines().filter_map(id));
    }
    let distinct: BTreeSet<String> = ids.iter().cloned().collect();
    assert_eq!(distinct.len(), ids.len());
    distinct
}

/// What is published is what everybody may see, but for rows that the privacy gate withheld.
fn is_whole(replay: &Replay, sandbox: &Sandbox, record: &Value) {
    let visible = replay.world().visible("Journalpost");
    let published = published(sandbox);
    assert!(published.is_subset(&visible));
    let withheld = usize::try_from(record["rows_withheld"].as_u64().unwrap()).unwrap();
    assert_eq!(published.len() + withheld, visible.len(), "{record:#}");
}

/// Every file below a folder.
fn files(folder: &Path, found: &mut Vec<(String, Vec<u8>)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else {
            found.push((path.to_string_lossy().into_owned(), fs::read(&path).unwrap()));
        }
    }
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

/// The requests since the last look, with what went wrong with them, and what came of the run.
fn told(replay: &Replay, what: &str, record: &Value) -> String {
    let mut world = replay.world();
    let struck = std::mem::take(&mut world.struck);
    let requests = std::mem::take(&mut world.requests);
    let mut log = format!("## {what}\n\n");
    for (place, request) in requests.iter().enumerate() {
        log += &["GET ", request].concat();
        for (_, kind) in struck.iter().filter(|(at, _)| *at == place) {
            log += &["  <- ", kind].concat();
        }
        log += "\n";
    }
    let changes = &record["changes"];
    log + &format!(
        "\n{}: version {}, {} rows read, {} published, {} withheld; changes: {changes}\n\n",
        record["outcome"], record["version"], record["rows_read"], record["rows"], record["rows_withheld"]
    )
}

/// Keeps the log where somebody asked for it: see docs/evidence.md.
fn keep(log: &str) {
    if let Some(folder) = std::env::var_os("ALLMENNING_EVIDENCE") {
        fs::write(Path::new(&folder).join("einnsyn-loops.txt"), log).unwrap();
    }
}

#[test]
fn a_journal_is_published_and_followed() {
    let (replay, sandbox) = municipality(", sweep_days = 0");
    {
        let mut world = replay.world();
        let ids: Vec<String> = world.visible("Journalpost").into_iter().collect();
        world.row(&ids[10])["administrativEnhetObjekt"] = HIDDEN.into();
        let name = &world.row(&ids[0])["korrespondansepart"][0]["korrespondansepartNavnSensitiv"];
        assert_eq!(name, "Tålmodig Rognebær");
    }
    let first = sandbox.run_one("postjournal");
    let mut log = vec![told(&replay, "the first run: everything", &first)];
    assert_eq!((&first["outcome"], &first["version"]), (&json!("published"), &json!(1)), "{first:#}");
    is_whole(&replay, &sandbox, &first);
    // From here on every loop of every run meets faults on its way.
    let run = || {
        replay.world().forget_faults();
        for (nth, kind) in
            [(2, Kind::TooMany(1)), (3, Kind::Cut), (5, Kind::Status(503)), (6, Kind::Slow(Duration::from_millis(200)))]
        {
            replay.world().fault(Fault { on: "/", nth, times: 1, kind });
        }
        let record = sandbox.run_one("postjournal");
        assert!(replay.world().faults_are_spent(), "{record:#}");
        record
    };
    let second = run();
    log.push(told(&replay, "nothing happened meanwhile", &second));
    assert_eq!(second["outcome"], "unchanged", "{second:#}");

    let published = published(&sandbox);
    let (changed, gone) = (published.first().unwrap().clone(), published.last().unwrap().clone());
    {
        let mut world = replay.world();
        let row = world.row(&changed);
        row["administrativEnhet"] = "NY".into();
        row["oppdatertDato"] = jiff::Timestamp::now().to_string().into();
        world.remove(&gone);
    }
    let third = run();
    log.push(told(&replay, "one row changed, one row vanished", &third));
    assert_eq!((&third["outcome"], &third["version"]), (&json!("published"), &json!(2)), "{third:#}");
    let count = |record: &Value, what: &str| {
        record["changes"][what].as_u64().unwrap_or_else(|| panic!("{record:#} {:?}", replay.world().requests))
    };
    assert_eq!((count(&third, "changed"), count(&third, "removed")), (1, 0), "missed once, kept");
    let fourth = run();
    log.push(told(&replay, "missed for the second time, the vanished row goes", &fourth));
    keep(&log.concat());
    assert_eq!((count(&fourth, "changed"), count(&fourth, "removed")), (0, 1), "{fourth:#}");
    is_whole(&replay, &sandbox, &fourth);

    let mut stored = Vec::new();
    files(&sandbox.path("storage"), &mut stored);
    assert!(stored.iter().any(|(_, bytes)| contains(bytes, "korrespondansepartNavn")), "the raw bytes are looked at");
    for (path, bytes) in stored {
        assert!(!contains(&bytes, "Sensitiv") && !contains(&bytes, "Tålmodig Rognebær"), "{path}");
    }
}

#[test]
fn faults_on_the_way_lose_and_double_nothing() {
    let (replay, sandbox) = municipality(", page_limit = 50");
    for (nth, kind) in [
        (1, Kind::TooMany(1)),
        (4, Kind::Status(502)),
        (7, Kind::Cut),
        (9, Kind::Empty),
        (11, Kind::Short(7)),
        (13, Kind::SameRows),
        (15, Kind::Slow(Duration::from_millis(500))),
    ] {
        replay.world().fault(Fault::on_search(nth, kind));
    }
    replay.world().absolute = true;
    let record = sandbox.run_one("postjournal");
    assert_eq!(record["outcome"], "published", "{record:#}");
    assert!(replay.world().faults_are_spent());
    is_whole(&replay, &sandbox, &record);
}

#[test]
fn a_run_that_is_killed_is_made_good_by_the_next() {
    let (replay, sandbox) = municipality("");
    replay.world().fault(Fault::on_search(5, Kind::Slow(Duration::from_mins(1))));
    let mut command = sandbox.command(&["run", "postjournal", "--quiet"]);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    wait_until("five pages are asked for", || replay.world().faults_are_spent());
    child.kill().unwrap();
    child.wait().unwrap();
    replay.world().forget_faults();
    // The lease of the dead process runs out.
    std::thread::sleep(Duration::from_secs(6));
    let record = sandbox.run_one("postjournal");
    assert_eq!((&record["outcome"], &record["version"]), (&json!("published"), &json!(1)), "{record:#}");
    is_whole(&replay, &sandbox, &record);
}

#[test]
fn an_api_that_answers_web_pages_leaves_cursor_and_version_as_they_are() {
    let (replay, sandbox) = municipality("");
    assert_eq!(sandbox.run_one("postjournal")["outcome"], "published");
    let cursors = || {
        let mut found = Vec::new();
        files(&sandbox.path("storage/private/datasets/postjournal/cursor"), &mut found);
        found
    };
    let before = cursors();
    for (kind, code) in [(Kind::Html, "source-einnsyn-answer"), (Kind::WrongId, "source-einnsyn-answer")] {
        // The newest rows are within the overlap, so that there is always one to read.
        replay.world().forget_faults();
        replay.world().fault(Fault { on: "/search", nth: 1, times: usize::MAX, kind });
        let said = sandbox.run(&["run", "postjournal", "--json"]);
        let record = &said.json()[0];
        assert_ne!(said.code, 0);
        assert_eq!((&record["outcome"], &record["error"]["code"]), (&json!("failed"), &json!(code)), "{record:#}");
        assert_eq!(record["version"], 1);
    }
    assert_eq!(cursors(), before);
    replay.world().forget_faults();
    let record = sandbox.run_one("postjournal");
    assert_eq!(record["outcome"], "unchanged", "{record:#}");
}

/// The meetings of the example as rows of the API: a case of a meeting is an object of its own there.
fn meetings() -> Vec<Value> {
    let mut rows = Vec::new();
    for mut meeting in lines("config/example/data/moetesaker.ndjson") {
        meeting["oppdatertDato"] = json!("2026-06-20T10:00:00Z");
        meeting["moetedokument"] = json!([{
            "entity": "Moetedokument", "id": meeting["id"].as_str().unwrap().replace("mm_", "mdok_"),
            "offentligTittel": "Protokoll", "dokumentbeskrivelse": [],
        }]);
        meeting["utvalgObjekt"]["id"] = meeting["journalenhet"]["id"].clone();
        let cases = meeting["moetesak"].take();
        meeting["moetesak"] = cases.as_array().unwrap().iter().map(|case| case["id"].clone()).collect();
        for mut case in cases.as_array().unwrap().clone() {
            for (name, from) in
                [("moetemappe", "id"), ("utvalgObjekt", "utvalgObjekt"), ("journalenhet", "journalenhet")]
            {
                case[name] = meeting[from].clone();
            }
            case["oppdatertDato"] = meeting["oppdatertDato"].clone();
            if case["vedtak"].is_object() {
                case["vedtak"]["id"] = case["id"].as_str().unwrap().replace("ms_", "ved_").into();
            }
            rows.push(case);
        }
        rows.push(meeting);
    }
    rows
}

/// The cells of the newest CSV of a dataset, by the columns that are named.
fn cells(sandbox: &Sandbox, dataset: &str, columns: &[&str]) -> BTreeSet<Vec<String>> {
    let versions = sandbox.run(&["versions", dataset, "--json"]).json();
    let newest = versions["versions"].as_object().unwrap().values().next_back().unwrap().clone();
    let mut rows = BTreeSet::new();
    for file in newest["files"].as_array().unwrap().iter().filter(|file| file["format"] == "ndjson") {
        let sha256 = file["sha256"].as_str().unwrap();
        let text = sandbox.read(&format!("storage/public/datasets/{dataset}/files/{sha256}.ndjson"));
        for line in String::from_utf8(text).unwrap().lines() {
            let row: Value = serde_json::from_str(line).unwrap();
            rows.insert(columns.iter().map(|name| row[name].to_string()).collect());
        }
    }
    rows
}

#[test]
fn cases_of_meetings_are_the_same_from_the_api_and_from_a_file() {
    let (replay, sandbox) = municipality("");
    replay.world().rows.extend(meetings());
    let example =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("config/example/datasets/moetesaker.toml"));
    let example = example.unwrap().replace("\n[title]", "\ndistributions = [\"ndjson\"]\n\n[title]");
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/example/data/moetesaker.ndjson");
    sandbox.write("data/moetesaker.ndjson", fs::read(data).unwrap());
    sandbox.write("datasets/fil.toml", &example);
    let file = "source = { kind = \"file\", path = \"data/moetesaker.ndjson\" }";
    let source = |entities: &str| {
        format!(
            "source = {{ kind = \"einnsyn\", base_url = \"{}\", organisation_number = \"310529915\", \
             allow_private_network = true, entities = [{entities}] }}",
            replay.base
        )
    };
    assert!(example.contains(file));
    sandbox.write("datasets/api.toml", example.replace(file, &source("\"moetesak\"")));
    let columns = ["id", "moetenummer", "moetedato", "utvalg", "sakstype", "vedtaksdato", "stemmer_ja", "stemmer_nei"];
    for dataset in ["fil", "api"] {
        assert_eq!(sandbox.run_one(dataset)["outcome"], "published");
    }
    let from_api = cells(&sandbox, "api", &columns);
    assert_eq!((&from_api, from_api.len()), (&cells(&sandbox, "fil", &columns), 8));

    let objects = "profile = \"table\"\nthemes = [\"GOVE\"]\nlicence = \"CC0\"\nfrequency = \"DAILY\"\nkey = [\"id\"]\n\
        title = { nb = \"Objekter\" }\ndescription = { nb = \"Alle objekter.\" }\nformat = { kind = \"ndjson\" }\n\
        distributions = [\"ndjson\"]\n[[columns]]\nname = \"id\"\ntype = \"code\"\ntitle = { nb = \"Id\" }\n\
        [[columns]]\nname = \"entity\"\ntype = \"code\"\ntitle = { nb = \"Slag\" }\n";
    let all = "\"saksmappe\", \"moetemappe\", \"moetesak\", \"moetedokument\", \"vedtak\"";
    sandbox.write("datasets/objekter.toml", format!("{}\n{objects}", source(all)));
    let record = sandbox.run_one("objekter");
    assert_eq!(record["outcome"], "published", "{record:#}");
    let kinds = cells(&sandbox, "objekter", &["entity", "id"]);
    let count = |kind: &str| kinds.iter().filter(|row| row[0] == format!("\"{kind}\"")).count();
    let decided = meetings().iter().filter(|row| row["vedtak"].is_object()).count();
    let counted = ["Saksmappe", "Moetemappe", "Moetesak", "Moetedokument", "Vedtak"].map(count);
    assert_eq!(counted, [replay.world().visible("Saksmappe").len(), 2, 8, 2, decided]);
}

#[test]
fn the_declarations_of_the_docs_are_sound() {
    let docs = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/einnsyn.md")).unwrap();
    let blocks: Vec<&str> = docs.split("```toml\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    let [block, meetings] = blocks.as_slice() else { panic!("{blocks:?}") };
    let sandbox = Sandbox::with(&["postjournal"]);
    // The second block shows only what differs.
    let texts = "themes = [\"GOVE\"]\nlicence = \"CC0\"\nfrequency = \"DAILY\"\ntitle = { nb = \"Møter\" }\n\
        description = { nb = \"Møter.\" }\n";
    sandbox.write("datasets/moeter.toml", format!("{texts}{meetings}"));
    sandbox.write("datasets/postjournal.toml", block);
    let said = sandbox.run(&["check"]);
    assert_eq!(said.code, 0, "{}{}", said.out, said.err);
}
