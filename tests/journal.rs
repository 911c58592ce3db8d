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
    assert!(first.get("hovedpart_navn").is_none(), "{first:#}");
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
            let text = fs::read_to_string(&path).unwrap();
            let code = text.lines().filter(|line| !line.trim_start().starts_with(['#', '/']));
            assert!(!code.collect::<String>().to_lowercase().contains("sensitiv"), "{}", path.display());
            looked += 1;
        }
    }
    assert!(looked > 40, "{looked}");
}
