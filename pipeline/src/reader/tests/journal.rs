//! Journals through every door, and what doors refuse.

use config::Format;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{LIMITS, Read, cells, column, columns, fails, file, read, row, table};
use crate::reader::{Limits, Note, open};

const NOARK5: &[u8] = include_bytes!("../../../../tests/fixtures/journal/journal-noark5.xml");
const OEP: &[u8] = include_bytes!("../../../../tests/fixtures/journal/journal-oep.xml");
const JSONLD: &[u8] = include_bytes!("../../../../tests/fixtures/journal/journal.jsonld");
const V3: &[u8] = include_bytes!("../../../../tests/fixtures/journal/journal-v3.ndjson");
const MEETINGS: &[u8] = include_bytes!("../../../../config/example/data/moetesaker.ndjson");

/// The doors with their files.
fn doors() -> [(Value, &'static [u8]); 4] {
    [
        (json!({ "kind": "noark5" }), NOARK5),
        (json!({ "kind": "oep" }), OEP),
        (json!({ "kind": "einnsyn-jsonld" }), JSONLD),
        (json!({ "kind": "einnsyn" }), V3),
    ]
}

/// The members that do not depend on the door.
const SHARED: [&str; 16] = [
    "id = journalpostId",
    "orgnr",
    "saksaar = sak.saksaar",
    "saksnummer = sak.sakssekvensnummer",
    "sakstittel = sak.offentligTittel",
    "aar = journalaar",
    "nummer = journalsekvensnummer",
    "post = journalpostnummer",
    "enhet = administrativEnhet",
    "kode = skjerming.tilgangsrestriksjon",
    "hjemmel = skjerming.skjermingshjemmel",
    "parter = antallParter",
    "art = hovedpart.type",
    "navn = hovedpart.navn",
    "dokumenter = antallDokumenter | antallDokumenter",
    "adresse = hoveddokument.url",
];

#[test]
fn every_door_gives_the_same_rows() {
    let expected = [
        "310529915-2025-3401",
        "310529915",
        "2025",
        "117",
        "Søknad om tilbygg - gnr 12 bnr 34 - *****",
        "2025",
        "3401",
        "1",
        "PBY",
        "∅",
        "∅",
        "2",
        "skjermet",
        "*****",
        "2",
        "https://innsyn.testvik.example/dok/3401-1.pdf",
    ];
    for (format, bytes) in doors() {
        let read = read(bytes, format.clone(), &columns(&SHARED)).unwrap();
        assert_eq!(read.rows.len(), 3, "{format}");
        assert_eq!(cells(&read.rows[0]), expected, "{format}");
        assert_eq!(cells(&read.rows[1])[8..13], ["KDIR", "P", "Offl. § 25 første ledd", "1", "skjermet"], "{format}");
        assert_eq!(cells(&read.rows[2])[11..15], ["2", "ukjent", "Økonomi", "1"], "{format}");
        assert_eq!(read.missing, Vec::<String>::new(), "{format}");
    }
}

#[test]
fn names_and_case_workers_never_come_through() {
    let all = ["t = offentligTittel", "k = korrespondansepart", "s = saksbehandler", "f = offentligTittelSensitiv"];
    for (format, bytes) in doors() {
        let read = read(bytes, format.clone(), &columns(&all)).unwrap();
        let text = format!("{:?}", read.rows);
        assert!(text.contains("Søknad fra *****"), "{format}: {text}");
        for secret in ["Blåbær", "Fornuftig", "Saksbehandler A"] {
            assert!(!text.contains(secret), "{format}: {secret}");
        }
        assert_eq!(read.missing, ["k", "s", "f"], "{format}");
    }
}

#[test]
fn rows_have_their_lines_and_batches() {
    for (format, bytes) in doors() {
        let read = read(bytes, format.clone(), &columns(&["id = journalpostId"])).unwrap();
        assert_eq!((read.lines, read.batches), (vec![1, 2, 3], 2), "{format}");
    }
}

/// Notes and rows of a file.
fn noted(bytes: &[u8], format: Value) -> (Vec<Note>, usize) {
    let file = file(bytes);
    let columns = columns(&["id = journalpostId"]);
    let format: Format = serde_json::from_value(format).unwrap();
    let mut reader =
        open(crate::reader::Input { name: "fil", path: file.path(), stopped: &|| false }, &format, &columns, LIMITS)
            .unwrap();
    let mut rows = 0;
    while let Some(batch) = reader.next_batch().unwrap() {
        rows += batch.rows.num_rows();
    }
    (reader.notes().to_vec(), rows)
}

fn codes(notes: &[Note]) -> Vec<(&'static str, u64, bool)> {
    notes.iter().map(|note| (note.code, note.count, note.severity == catalog::version::Severity::Block)).collect()
}

fn changed(bytes: &[u8], from: &str, to: &str) -> Vec<u8> {
    let text = std::str::from_utf8(bytes).unwrap();
    assert!(text.contains(from), "{from}");
    text.replacen(from, to, 1).into_bytes()
}

#[test]
fn heads_are_checked() {
    assert_eq!(noted(NOARK5, json!({ "kind": "noark5" })), (vec![], 3));
    let more = changed(NOARK5, "<antallJournalposter>3<", "<antallJournalposter>5<");
    assert_eq!(codes(&noted(&more, json!({ "kind": "noark5" })).0), [("shape-header-count", 2, true)]);
    let late = changed(NOARK5, "<journalSluttDato>2025-08-22<", "<journalSluttDato>2025-08-18<");
    assert_eq!(codes(&noted(&late, json!({ "kind": "noark5" })).0), [("shape-header-period", 2, false)]);
    let (text, _) = encoding_rs::WINDOWS_1252.decode_without_bom_handling(OEP);
    let late = changed(text.as_bytes(), "20250822", "20250818");
    let notes = noted(&late, json!({ "kind": "oep" })).0;
    assert_eq!(codes(&notes), [("format-encoding", 1, false), ("shape-header-period", 2, false)]);
}

#[test]
fn a_file_that_was_encoded_twice_gives_the_same_rows() {
    let once = read(OEP, json!({ "kind": "oep" }), &columns(&SHARED)).unwrap();
    let (text, _) = encoding_rs::WINDOWS_1252.decode_without_bom_handling(OEP);
    let twice: String = text.bytes().map(char::from).collect();
    let twice = twice.into_bytes();
    assert_eq!(read(&twice, json!({ "kind": "oep" }), &columns(&SHARED)).unwrap().rows, once.rows);
    assert_eq!(noted(&twice, json!({ "kind": "oep" })).0[0].code, "format-double-encoded");
}

#[test]
fn a_case_holds_many_entries_and_parties_tell_the_type() {
    let post = |number: u32, kind: &str| {
        format!("<JOURNPOST.OJ><JP.JAAR>2025</JP.JAAR><JP.SEKNR>{number}</JP.SEKNR>{kind}</JOURNPOST.OJ>")
    };
    let text = format!(
        "<OFFJOURNAL><PRODINFO><PI.ORGNR>310529915</PI.ORGNR></PRODINFO><RAPPORT><NOARKSAK.OJ><SA.SEKNR>7</SA.SEKNR>{}{}\
        </NOARKSAK.OJ><NOARKSAK.OJ><SA.SEKNR>8</SA.SEKNR>{}</NOARKSAK.OJ></RAPPORT></OFFJOURNAL>",
        post(1, "<JP.NDOKTYPE>I</JP.NDOKTYPE>"),
        post(2, "<JP.NDOKTYPE>N</JP.NDOKTYPE><AVSMOT.OJ><AM.IHTYPE>1</AM.IHTYPE></AVSMOT.OJ>"),
        post(3, "<AVSMOT.OJ><AM.IHTYPE>1</AM.IHTYPE></AVSMOT.OJ>")
    );
    let wanted =
        columns(&["id = journalpostId", "sak = sak.sakssekvensnummer", "journalposttype", "r = hovedpart.rolle"]);
    let read = read(text.as_bytes(), json!({ "kind": "oep" }), &wanted).unwrap();
    assert_eq!(
        table(&read),
        [
            ["310529915-2025-1", "7", "I", "∅"],
            ["310529915-2025-2", "7", "N", "IM"],
            ["310529915-2025-3", "8", "utgaaende_dokument", "1"],
        ]
    );
}

#[test]
fn the_authority_is_set_or_said() {
    let unnamed = changed(NOARK5, "310529915", "TESTVIK");
    let id = columns(&["id = journalpostId"]);
    assert_eq!(fails(&unnamed, json!({ "kind": "noark5" }), &id).0, "format-authority");
    let set = json!({ "kind": "noark5", "orgnr": "310529915" });
    assert_eq!(cells(&read(&unnamed, set, &id).unwrap().rows[0]), ["310529915-2025-3401"]);
    let other = json!({ "kind": "einnsyn", "orgnr": "974760673" });
    assert_eq!(cells(&read(V3, other, &id).unwrap().rows[0]), ["974760673-2025-3401"]);
}

#[test]
fn doors_refuse_what_is_not_theirs() {
    let id = columns(&["id = journalpostId"]);
    assert_eq!(fails(OEP, json!({ "kind": "noark5" }), &id).0, "format-xml-root");
    assert_eq!(fails(NOARK5, json!({ "kind": "oep" }), &id).0, "format-xml-root");
    for text in [
        r#"{"@context": "https://example.org/", "@id": "x"}"#,
        r#"[{"@context": "https://example.org/"}]"#,
        r#"[{"@graph": []}]"#,
        r#"[{"@id": "x", "journaldato": "2025-01-01"}]"#,
    ] {
        let (code, line, _) = fails(text.as_bytes(), json!({ "kind": "einnsyn-jsonld" }), &id);
        assert_eq!((code, line), ("format-jsonld", Some(1)), "{text}");
    }
    assert_eq!(fails(b"[{]", json!({ "kind": "einnsyn-jsonld" }), &id).0, "format-json");
    assert_eq!(fails(b"{\"entity\":", json!({ "kind": "einnsyn" }), &id).0, "format-json");
    let cut = V3.iter().position(|byte| *byte == b'\n').unwrap() + 200;
    assert_eq!(fails(&V3[..cut], json!({ "kind": "einnsyn" }), &id).1, Some(2));
    let long = changed(NOARK5, "KDIR", &"x".repeat(20 << 20));
    assert_eq!(fails(&long, json!({ "kind": "noark5" }), &id).0, "format-xml-limit");
    let cut = NOARK5.len() * 2 / 3;
    let (code, line, reason) = fails(&NOARK5[..cut], json!({ "kind": "noark5" }), &id);
    assert!(code == "format-xml" && line > Some(50) && reason.contains("column"), "{line:?} {reason}");
}

#[test]
fn lists_of_parts_mark_names() {
    let vocabulary = "http://www.arkivverket.no/standarder/noark5/arkivstruktur/";
    let post = |title: &Value| {
        let mut node = json!({ "@id": "http://data.einnsyn.no/noark4/Journalpost--310529915--1", "@type": [format!("{vocabulary}Journalpost")] });
        for (name, value) in title.as_object().unwrap() {
            node[format!("{vocabulary}offentligTittel{name}")] = value.clone();
        }
        json!([node]).to_string()
    };
    let list = json!([{ "@list": [{ "@value": "Brev til " }, { "@id": "_:n", "urn:navn://": [{ "@value": "Ola Nordmann" }] }, { "@value": " m.fl." }] }]);
    let title = columns(&["t = offentligTittel"]);
    for (parts, expected) in [
        (json!({ "_LIST": list }), "Brev til ***** m.fl."),
        (json!({ "": [{ "@value": "Brev til *** m.fl." }], "_LIST": list }), "Brev til ***** m.fl."),
        (json!({ "": [{ "@value": "Brev til Ola Nordmann m.fl." }], "_LIST": list }), "Brev til ***** m.fl."),
        (json!({ "_SENSITIV": [{ "@value": "Brev til Ola Nordmann" }] }), "∅"),
    ] {
        let read = read(post(&parts).as_bytes(), json!({ "kind": "einnsyn-jsonld" }), &title).unwrap();
        assert_eq!(table(&read), [[expected]], "{parts}");
    }
}

#[test]
fn letters_are_composed_and_marks_masked_in_every_door() {
    let decomposed = changed(NOARK5, "ØKO", "A\u{30a}S");
    let unit = columns(&["e = administrativEnhet"]);
    assert_eq!(read(&decomposed, json!({ "kind": "noark5" }), &unit).unwrap().rows[2][0].as_deref(), Some("ÅS"));
    let nested = changed(
        NOARK5,
        "&lt;personnavn&gt;Fornuftig Blåbær&lt;/personnavn&gt;",
        "<personavn>Fornuftig <b>Blåbær</b></personavn>",
    );
    let title = columns(&["s = sak.offentligTittel"]);
    let read = read(&nested, json!({ "kind": "noark5" }), &title).unwrap();
    assert_eq!(read.rows[0][0].as_deref(), Some("Søknad om tilbygg - gnr 12 bnr 34 - *****"));
}

#[test]
fn meetings_become_cases() {
    let wanted = columns(&[
        "id",
        "orgnr",
        "utvalg",
        "utvalgnavn = utvalgNavn",
        "dato = moetemappe.moetedato",
        "moetesakstype",
        "vedtak = vedtak.dato",
        "ja = stemmer.ja",
        "nei = stemmer.nei",
        "blankt = stemmer.blankt",
        "dok = antallDokumenter",
    ]);
    let format = json!({ "kind": "einnsyn", "entity": "moetesak" });
    let read = read(MEETINGS, format.clone(), &wanted).unwrap();
    assert_eq!(read.rows.len(), 8);
    let first =
        "ms_01kvdqchs0emwvraf8qmve8d00 310529915 KST Kommunestyret 2026-06-18T16:00:00Z politisk 2026-06-18 5 3 1 1";
    assert_eq!(cells(&read.rows[0]), first.split(' ').collect::<Vec<_>>());
    assert_eq!(cells(&read.rows[3])[5..10], ["referat", "∅", "∅", "∅", "∅"]);
    // The same case with its meeting in it; journal entries in the same stream are passed over.
    let own = json!({ "entity": "Moetesak", "id": "ms_1", "journalenhet": { "orgnummer": "310529915" },
        "moetemappe": { "id": "mm_1", "utvalg": "KST", "moetedato": "2026-06-18T16:00:00Z" } });
    let both = [V3, own.to_string().as_bytes()].concat();
    let read = super::read(&both, format, &wanted).unwrap();
    assert_eq!(
        (cells(&read.rows[0])[..5].to_vec(), read.rows.len()),
        (vec!["ms_1", "310529915", "KST", "∅", "2026-06-18T16:00:00Z"], 1)
    );
}

/// Everything that a reader says about a file.
fn said(bytes: &[u8], format: &Value, batch_rows: usize) -> Result<Vec<Vec<Option<String>>>, String> {
    let file = file(bytes);
    let format: Format = serde_json::from_value(format.clone()).unwrap();
    let limits = Limits { batch_rows, ..LIMITS };
    let mut columns = columns(&SHARED);
    columns.push(column("tittel = offentligTittel", "text", "open"));
    let mut reader =
        open(crate::reader::Input { name: "fil", path: file.path(), stopped: &|| false }, &format, &columns, limits)
            .map_err(|error| error.to_string())?;
    let mut rows = Vec::new();
    while let Some(batch) = reader.next_batch().map_err(|error| error.to_string())? {
        rows.extend((0..batch.rows.num_rows()).map(|at| row(&batch, at)));
    }
    Ok(rows)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn cut_and_changed_files_never_panic(door in 0..4_usize, cut in 0..1200_usize, edits in prop::collection::vec((0..1000_usize, any::<u8>()), 0..6)) {
        let (format, bytes) = &doors()[door];
        let length = bytes.len();
        let mut bytes = bytes.to_vec();
        for (at, byte) in edits {
            bytes[length * at / 1000] = byte;
        }
        bytes.truncate(length * cut / 1000);
        let one = said(&bytes, format, 1);
        prop_assert_eq!(one, said(&bytes, format, 1000), "the size of batches does not matter");
    }
}

#[test]
fn a_whole_file_is_read_to_its_end() {
    // The reader's own test helper asks once more after the end.
    let Read { undeclared, .. } = read(V3, json!({ "kind": "einnsyn" }), &columns(&["id = journalpostId"])).unwrap();
    assert!(
        undeclared.contains(&"journaldato".to_owned()) && !undeclared.iter().any(|name| name.contains("ensitiv")),
        "{undeclared:?}"
    );
}

#[test]
fn the_samples_are_read_as_their_authors_meant() {
    let wanted = columns(&[
        "id = journalpostId",
        "type = journalposttype",
        "tittel = offentligTittel",
        "sak = sak.offentligTittel",
        "dato = journaldato",
        "enhet = administrativEnhet",
        "avskrevet = avskrivning.dato",
        "maate = avskrivning.maate",
        "hjemmel = skjerming.skjermingshjemmel",
        "rolle = hovedpart.rolle",
        "navn = hovedpart.navn",
    ]);
    let noark5 = include_bytes!("../../../../tests/fixtures/journal/sample-noark5.xml");
    let read5 = read(noark5, json!({ "kind": "noark5" }), &wanted).unwrap();
    let basis = "Offl. § 25 første ledd";
    let case = "Søknad om tilbygg - gnr 12 bnr 34";
    let agreement = "Anskaffelse - rammeavtale kontorrekvisita";
    #[rustfmt::skip]
    let expected = [
        ["310529915-2025-3401", "inngaaende_dokument", "Søknad fra *****", case, "2025-08-18", "PBY", "2025-08-22", "BU", "∅", "Avsender", "*****"],
        ["310529915-2025-3402", "utgaaende_dokument", "*****", "Personalsak - *****", "2025-08-19", "∅", "∅", "∅", basis, "Mottaker", "*****"],
        ["310529915-2025-3403", "inngaaende_dokument", "Tilbud, ref. 31923970048", agreement, "2025-08-20", "∅", "∅", "∅", "∅", "Avsender", "Testvik Bygg AS"],
    ];
    assert_eq!(table(&read5), expected);
    let oep = include_bytes!("../../../../tests/fixtures/journal/sample-oep.xml");
    let read4 = read(oep, json!({ "kind": "oep" }), &wanted).unwrap();
    #[rustfmt::skip]
    let expected = [
        ["310529915-2025-3401", "I", "Søknad fra *****", "Søknad om tilbygg - gnr 12 bnr 34 - *****", "20250818", "PBY", "20250822", "BU", "∅", "0", "*****"],
        ["310529915-2025-3402", "U", "*****", "Personalsak - *****", "20250819", "KDIR", "∅", "∅", basis, "1", "*****"],
    ];
    assert_eq!(table(&read4), expected);
}

#[test]
fn the_large_sample_comes_through_whole() {
    let sample = include_bytes!("../../../../config/example/data/postjournal.ndjson");
    let wanted =
        columns(&["id = journalpostId", "type = journalposttype", "parter = antallParter", "art = hovedpart.type"]);
    let format = json!({ "kind": "einnsyn", "orgnr": "310529915" });
    let read = read(sample, format, &wanted).unwrap();
    let count = |at: usize, value: &str| read.rows.iter().filter(|row| row[at].as_deref() == Some(value)).count();
    let ids: std::collections::BTreeSet<_> = read.rows.iter().map(|row| row[0].clone()).collect();
    assert_eq!((read.rows.len(), ids.len()), (900, 900));
    let types = ["inngaaende_dokument", "utgaaende_dokument", "saksframlegg"].map(|kind| count(1, kind));
    assert_eq!(types, [352, 329, 83]);
    let parties: u32 = read.rows.iter().filter_map(|row| row[2].as_ref()?.parse::<u32>().ok()).sum();
    assert_eq!(parties, 681 + 681 + 219);
    assert_eq!(count(3, "virksomhet") + count(3, "skjermet") + count(3, "ukjent"), 900);
    assert!(
        count(3, "virksomhet") > 200 && count(3, "skjermet") > 200,
        "{} {}",
        count(3, "virksomhet"),
        count(3, "skjermet")
    );
}
