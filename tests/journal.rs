//! Journals and meetings from source to published file: whichever door the entries came through.

use std::{fs, path::Path};

use serde_json::Value;

use crate::harness::Sandbox;

/// The doors: format, file, and what only this door needs.
const DOORS: [(&str, &str, &str); 5] = [
    ("noark5", "journal-noark5.xml", ""),
    ("oep", "journal-oep.xml", ""),
    ("einnsyn-jsonld", "journal.jsonld", ""),
    ("einnsyn", "journal-v3.ndjson", ""),
    ("csv", "journal.csv", MAPPING),
];

const MAPPING: &str = r#"
[mapping]
id = ["Løpenummer"]
orgnr = ["Organ"]
saksaar = ["Saksår"]
sakssekvensnummer = ["Saksnr"]
sakstittel = ["Sakstittel"]
journalaar = ["Journalår"]
journalsekvensnummer = ["Sekvensnr"]
journalpostnummer = ["Dokumentnr"]
journalposttype = ["Type"]
journaldato = ["Journaldato"]
dokumentetsdato = ["Dokumentdato"]
administrativ_enhet = ["Enhet"]
tilgangsrestriksjon = ["Tilgangskode"]
skjermingshjemmel = ["Hjemmel"]
antall_parter = ["Parter"]
hovedpart_rolle = ["Rolle"]
hovedpart_type = ["Art"]
hovedpart_navn = ["Part"]
antall_dokumenter = ["Dokumenter"]
antall_vedlegg = ["Vedlegg"]
hoveddokument_url = ["Adresse"]
offentlig_tittel = ["Innhold"]
"#;

/// A dataset of the fixture's entries through one door, without the columns that tell the source.
fn declare(sandbox: &Sandbox, kind: &str, file: &str, more: &str) {
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/journal").join(file);
    sandbox.write(&format!("data/{file}"), fs::read(fixture).unwrap());
    let text = "{ nb = \"Journal\", nn = \"Journal\", en = \"Journal\" }";
    let toml = format!(
        r#"
profile = "journal"
themes = ["GOVE"]
licence = "CC0"
frequency = "DAILY"
source = {{ kind = "file", path = "data/{file}" }}
format = {{ kind = "{kind}" }}
omit = ["kilde_id", "saksmappe", "publisert", "oppdatert"]
title = {text}
description = {text}
{more}
[gates.privacy]
publish_free_text = ["offentlig_tittel", "sakstittel", "hoveddokument_url"]
"#
    );
    sandbox.write(&format!("datasets/{kind}.toml"), toml);
}

#[test]
fn the_same_entries_give_the_same_file_through_every_door() {
    let sandbox = Sandbox::with(&[]);
    for (kind, file, more) in DOORS {
        declare(&sandbox, kind, file, more);
    }
    let run = sandbox.run(&["run", "--all", "--json"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    let published = |kind: &str| {
        let versions = sandbox.run(&["versions", kind, "--json"]).json();
        versions["versions"]["1"]["files"][0]["sha256"].as_str().unwrap().to_owned()
    };
    let hashes: Vec<String> = DOORS.iter().map(|(kind, ..)| published(kind)).collect();
    let server = sandbox.serve(&["--no-schedule"]);
    let rows: Vec<Value> =
        DOORS.iter().map(|(kind, ..)| server.get(&format!("/d/{kind}/rows")).json()["rows"].clone()).collect();
    for ((kind, ..), other) in DOORS.iter().zip(&rows) {
        assert_eq!(*other, rows[0], "{kind}");
    }
    assert!(hashes.iter().all(|hash| *hash == hashes[0]), "{hashes:?}");
    let first = &rows[0][2];
    assert_eq!(first["id"], "310529915-2025-3401");
    assert_eq!(first["journalposttype"], "inngaaende_dokument");
    assert_eq!((&first["hovedpart_rolle"], &first["hovedpart_type"]), (&"avsender".into(), &"skjermet".into()));
    assert_eq!(first["offentlig_tittel"], "Søknad fra *****");
    assert_eq!(rows[0][1]["hovedpart_rolle"], "mottaker");
    assert_eq!(rows[0][0]["hovedpart_rolle"], "intern_avsender");
    assert_eq!(rows[0][0]["journalposttype"], "organinternt_dokument_for_oppfoelging");
    for column in ["hovedpart_navn", "parter_navn", "offentlig_tittel_med_navn", "hovedpart_med_navn"] {
        assert!(first.get(column).is_none(), "{first:#}");
    }
}

#[test]
fn dates_that_stand_for_none_and_wrong_heads_are_found() {
    let sandbox = Sandbox::with(&["postjournal-noark"]);
    let data = "data/postjournal-noark.xml";
    let good = String::from_utf8(sandbox.read(data)).unwrap();
    let record = sandbox.run_one("postjournal-noark");
    assert_eq!(
        (&record["outcome"], &record["rows"], &record["rows_withheld"]),
        (&"published".into(), &23.into(), &1.into())
    );
    sandbox.write(data, good.replacen("<journaldato>2025-08-05", "<journaldato>0001-01-01", 1));
    let record = sandbox.run_one("postjournal-noark");
    assert_eq!(record["outcome"], "blocked", "one of 24 rows is more than a hundredth: {record:#}");
    assert!(record.to_string().contains("reject-required"), "{record:#}");
    sandbox.write(data, good.replacen("<dokumentetsDato>2025-08-02", "<dokumentetsDato>9999-12-31", 1));
    assert_eq!(sandbox.run_one("postjournal-noark")["outcome"], "published");
    sandbox.write(data, good.replacen("<antallJournalposter>24", "<antallJournalposter>25", 1));
    let record = sandbox.run_one("postjournal-noark");
    assert_eq!(record["outcome"], "blocked", "{record:#}");
    assert!(record.to_string().contains("shape-header-count"), "{record:#}");
    let cut = &good[..good.len() / 2];
    sandbox.write(data, cut);
    let record = sandbox.run_one("postjournal-noark");
    assert_eq!(
        (&record["outcome"], &record["error"]["code"], &record["version"]),
        (&"failed".into(), &"format-xml".into(), &2.into())
    );
    assert!(!record["error"]["message"].as_str().unwrap().contains("Blåbær"), "{record:#}");
}

/// A name that a party has must not be left in a title, whether the title marks it or not.
#[test]
fn the_names_of_parties_are_masked_in_titles_that_do_not_mark_them() {
    let mark = |name: &str| format!("&lt;personnavn&gt;{name}&lt;/personnavn&gt;");
    let noark = mark("Fornuftig Blåbær");
    let cases = [
        ("noark5", "journal-noark5.xml", format!("Søknad fra {noark}"), "Søknad fra FORNUFTIG Blåbær"),
        ("einnsyn", "journal-v3.ndjson", "\"Søknad fra ***\"".to_owned(), "\"Søknad fra Blåbær, Fornuftig\""),
    ];
    let sandbox = Sandbox::with(&[]);
    for (kind, file, from, to) in &cases {
        declare(&sandbox, kind, file, "");
        sandbox.edit(&format!("data/{file}"), from, to);
    }
    assert_eq!(sandbox.run(&["run", "--all"]).code, 0);
    let server = sandbox.serve(&["--no-schedule"]);
    for (kind, ..) in &cases {
        let rows = server.get(&format!("/d/{kind}/rows")).json()["rows"].to_string();
        assert!(rows.contains("Søknad fra ***"), "{kind}: {rows}");
        assert!(!rows.to_lowercase().contains("blåbær") && !rows.contains("parter_navn"), "{kind}: {rows}");
    }
}

/// Names stay where a decision keeps them and the entry is young; else nothing tells them.
#[test]
fn names_stay_for_a_year_through_the_doors_where_a_decision_keeps_them() {
    let today = jiff::Zoned::now().date().to_string();
    for (day, title, party) in
        [(today.as_str(), "Søknad fra Fornuftig Blåbær", "Fornuftig Blåbær"), ("2020-08-18", "Søknad fra *****", "***")]
    {
        let sandbox = Sandbox::with(&[]);
        for (kind, file) in [("noark5", "journal-noark5.xml"), ("einnsyn", "journal-v3.ndjson")] {
            declare(&sandbox, kind, file, "");
            let decided = "names = \"one-year\"\nnames_decision = { nb = \"V\", nn = \"V\", en = \"D\" }\n";
            let privacy = "[gates.privacy]\n";
            sandbox.edit(&format!("datasets/{kind}.toml"), privacy, &format!("{privacy}{decided}"));
            let data = format!("data/{file}");
            let text = String::from_utf8(sandbox.read(&data)).unwrap();
            sandbox.write(&data, text.replace("2025-08-18", day));
        }
        let run = sandbox.run(&["run", "--all"]);
        assert_eq!(run.code, 0, "{}{}", run.out, run.err);
        let server = sandbox.serve(&["--no-schedule"]);
        for kind in ["noark5", "einnsyn"] {
            let rows = server.get(&format!("/d/{kind}/rows")).json()["rows"].clone();
            let rows = rows.as_array().unwrap();
            let row = rows.iter().find(|row| row["id"] == "310529915-2025-3401").unwrap();
            assert_eq!(row["offentlig_tittel"], "Søknad fra *****", "{kind}");
            assert_eq!(row["offentlig_tittel_med_navn"], title, "{kind} {day}");
            assert_eq!(row["hovedpart_med_navn"], party, "{kind} {day}");
            assert_eq!(row["sakstittel_med_navn"].as_str().unwrap().contains("Blåbær"), day == today, "{kind}");
            let kept = row.to_string().contains("Blåbær");
            assert_eq!(kept, day == today, "{kind} {row:#}");
        }
    }
}

/// A number that stands in the journal twice must not keep the journal back.
#[test]
fn of_entries_with_the_same_number_the_latest_stays() {
    let sandbox = Sandbox::with(&["postjournal"]);
    let data = "data/postjournal.ndjson";
    let text = String::from_utf8(sandbox.read(data)).unwrap();
    let first = text.lines().next().unwrap();
    let newer = first
        .replace("\"oppdatertDato\": \"2024-09-05", "\"oppdatertDato\": \"2024-09-06")
        .replace("\"offentligTittel\": \"Tilsyn med skole\"", "\"offentligTittel\": \"Nyere tittel\"");
    assert_ne!(first, newer);
    sandbox.write(data, format!("{newer}\n{text}"));
    let record = sandbox.run_one("postjournal");
    assert_eq!(record["outcome"], "published", "{record:#}");
    assert_eq!(record["rejects"]["by_code"]["reject-older"], 1, "{record:#}");
    assert_eq!(record["rejects"]["listed"][0]["row"], 2, "{record:#}");
    let server = sandbox.serve(&["--no-schedule"]);
    let csv = server.get("/d/postjournal/v/1/postjournal-2024-09.csv").text();
    let id = first.split('"').nth(7).unwrap();
    let lines: Vec<&str> = csv.lines().filter(|line| line.starts_with(id)).collect();
    assert!(lines.len() == 1 && lines[0].contains("Nyere tittel"), "{lines:?}");
}

/// One part is written anew, and the other months are the same objects.
#[test]
fn a_days_change_of_the_journal_rewrites_one_month() {
    let sandbox = Sandbox::with(&["postjournal"]);
    let data = "data/postjournal.ndjson";
    let files = |number: &str| -> std::collections::BTreeMap<String, String> {
        let versions = sandbox.run(&["versions", "postjournal", "--json"]).json();
        let files = versions["versions"][number]["files"].as_array().unwrap().clone();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        files.iter().map(|file| (text(&file["name"]), text(&file["sha256"]))).collect()
    };
    assert_eq!(sandbox.run_one("postjournal")["outcome"], "published");
    let day = "\"journaldato\": \"2025-03-";
    let text = String::from_utf8(sandbox.read(data)).unwrap();
    let line = text.lines().find(|line| line.contains(day) && line.contains("\"administrativEnhet\": \"")).unwrap();
    let changed = line.replacen("\"administrativEnhet\": \"", "\"administrativEnhet\": \"NY", 9);
    sandbox.write(data, text.replacen(line, &changed, 1));
    let record = sandbox.run_one("postjournal");
    assert_eq!(record["changes"]["changed"], 1, "{record:#}");
    let (first, second) = (files("1"), files("2"));
    assert!(first.len() >= 40, "{first:?}");
    let changed: Vec<&String> = second.keys().filter(|name| first.get(*name) != second.get(*name)).collect();
    assert_eq!(changed, ["postjournal-2025-03.csv", "postjournal-2025-03.parquet"]);
}

/// What the head of a Noark 5 delivery says about its selection stands in the report.
#[test]
fn the_heads_selection_is_told_and_numbers_before_the_first_are_missing() {
    let sandbox = Sandbox::with(&[]);
    declare(&sandbox, "noark5", "journal-noark5.xml", "");
    let end = "</journalSluttDato>";
    sandbox.edit("data/journal-noark5.xml", end, &format!("{end}<seleksjon>Uten saker om elever</seleksjon>"));
    assert_eq!(sandbox.run(&["run", "noark5"]).code, 0);
    let server = sandbox.serve(&["--no-schedule"]);
    let complete = server.get("/d/noark5/v/1/gate-report.json").json()["completeness"].clone();
    assert_eq!(complete["source_selection"], "Uten saker om elever", "{complete:#}");
    assert_eq!(complete["sequence"]["within"], "orgnr, journalaar");
    let gap = serde_json::json!({ "series": "310529915/2025", "first": 1, "last": 3400 });
    assert_eq!(complete["sequence"]["gaps"][0], gap, "{complete:#}");
    assert!(server.get("/nb/d/noark5").text().contains("Uten saker om elever"));
}

/// A member that is an id in one source and an object in another must not bring the object's texts into a column of ids.
#[test]
fn a_column_of_ids_never_holds_what_belongs_to_the_case() {
    let sandbox = Sandbox::with(&[]);
    for (kind, file, more) in DOORS {
        declare(&sandbox, kind, file, more);
        let path = format!("datasets/{kind}.toml");
        sandbox.edit(&path, "omit = [\"kilde_id\", \"saksmappe\", ", "omit = [");
        // CSV has neither, and may lack both.
    }
    assert_eq!(sandbox.run(&["run", "--all"]).code, 0);
    let server = sandbox.serve(&["--no-schedule"]);
    for (kind, ..) in DOORS {
        for row in server.get(&format!("/d/{kind}/rows")).json()["rows"].as_array().unwrap() {
            let ids = format!("{} {}", row["saksmappe"], row["kilde_id"]);
            assert!(!ids.contains(['{', '*']) && !ids.contains("gnr"), "{kind}: {ids}");
        }
    }
}

/// Full titles and names stand in members of their own; nothing may name those (a publisher's own file aside).
#[test]
fn nothing_reads_the_members_with_full_titles_and_names() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut looked = 0;
    for folder in ["config/profiles", "config/example/datasets", "pipeline/src/reader", "pipeline/src/reader/journal"] {
        for entry in fs::read_dir(root.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() || path.ends_with("tests.rs") {
                continue;
            }
            // The one place that reads them, for checks of what is published.
            let text = fs::read_to_string(&path).unwrap().replace("format!(\"{name}Sensitiv\")", "");
            // A class of columns has the same word.
            let text = text.replace("class = \"sensitive\"", "");
            let code = text.lines().filter(|line| !line.trim_start().starts_with(['#', '/']));
            assert!(!code.collect::<String>().to_lowercase().contains("sensitiv"), "{}", path.display());
            looked += 1;
        }
    }
    assert!(looked > 40, "{looked}");
}
