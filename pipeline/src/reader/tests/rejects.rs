//! Rows that no reader may give on, though the others go on.

use serde_json::{Value, json};

use super::{LIMITS, Read, cells, columns, fails, read};
use crate::reader::MarkKind;

const NOARK5: &[u8] = include_bytes!("../../../../tests/fixtures/journal/journal-noark5.xml");
const OEP: &[u8] = include_bytes!("../../../../tests/fixtures/journal/journal-oep.xml");
const JSONLD: &[u8] = include_bytes!("../../../../tests/fixtures/journal/journal.jsonld");
const V3: &[u8] = include_bytes!("../../../../tests/fixtures/journal/journal-v3.ndjson");

/// A file with the first place of one text replaced.
fn changed(bytes: &[u8], from: &str, to: &str) -> Vec<u8> {
    let at = bytes.windows(from.len()).position(|part| part == from.as_bytes()).unwrap();
    [&bytes[..at], to.as_bytes(), &bytes[at + from.len()..]].concat()
}

fn of(bytes: &[u8], kind: &str) -> Read {
    read(bytes, json!({ "kind": kind }), &columns(&["t = offentligTittel", "enhet = administrativEnhet"])).unwrap()
}

/// Rows that are marked, with their column.
fn marks(read: &Read) -> Vec<(usize, usize, MarkKind)> {
    assert_eq!(read.rows.len(), 3, "{:?}", read.rows);
    read.marks.clone()
}

#[test]
fn control_characters_of_json_are_rejected_with_their_row() {
    for (kind, bytes) in [("ndjson", V3), ("einnsyn", V3), ("einnsyn-jsonld", JSONLD)] {
        for escape in ["\\u0000", "\\u001b", "\\u0085", "\\b"] {
            let read = of(&changed(bytes, "KDIR", &format!("K{escape}DIR")), kind);
            assert_eq!(marks(&read), [(1, 1, MarkKind::Control)], "{kind} {escape}");
            assert!(!format!("{:?}", read.rows).contains('\u{0}'));
        }
        for fine in ["\\n", "\\t", "\\u00e5", "\\\\u0000"] {
            assert_eq!(marks(&of(&changed(bytes, "KDIR", &format!("K{fine}DIR")), kind)), [], "{kind} {fine}");
        }
    }
}

#[test]
fn a_value_that_is_too_long_costs_its_row_only() {
    let doors: [(&str, &[u8]); 5] =
        [("ndjson", V3), ("einnsyn", V3), ("einnsyn-jsonld", JSONLD), ("noark5", NOARK5), ("oep", OEP)];
    for (kind, bytes) in doors {
        for length in [LIMITS.max_cell_bytes + 1, 20_000] {
            let read = of(&changed(bytes, "KDIR", &"x".repeat(length)), kind);
            let marks = marks(&read);
            assert!(matches!(marks[..], [(1, _, MarkKind::TooLong)]), "{kind} {length}: {marks:?}");
            assert_eq!(read.rows[0][1].as_deref(), Some("PBY"), "{kind}");
        }
    }
    let blanks = of(&changed(NOARK5, "KDIR", &format!("K{}DIR", " ".repeat(5000))), "noark5");
    assert_eq!(marks(&blanks).len(), 1, "what is cut is not read as if it were whole");
}

#[test]
fn an_entry_without_an_authority_costs_its_row_only() {
    let read = of(&changed(V3, "310529915", "ukjent"), "einnsyn");
    assert_eq!(marks(&read), [(0, 0, MarkKind::Unowned)]);
    let all = String::from_utf8(V3.to_vec()).unwrap().replace("310529915", "ukjent");
    let (code, line, _) = fails(all.as_bytes(), json!({ "kind": "einnsyn" }), &columns(&["t = offentligTittel"]));
    assert_eq!((code, line), ("format-authority", Some(1)));
}

#[test]
fn a_line_that_breaks_off_is_named_by_its_own_place() {
    let first = V3.iter().position(|byte| *byte == b'\n').unwrap() + 1;
    let cut = [&V3[..first + 100], b"\n", &V3[first..]].concat();
    for kind in ["einnsyn", "ndjson"] {
        let (code, line, reason) = fails(&cut, json!({ "kind": kind }), &columns(&["t = offentligTittel"]));
        assert_eq!((code, line), ("format-json", Some(2)), "{kind}: {reason}");
        assert!(reason.contains("column 100"), "{kind}: {reason}");
    }
}

#[test]
fn names_of_parties_are_known_for_checks() {
    let known = ["navn = parterNavn"];
    let names = |bytes: &[u8], format: Value| -> Vec<String> {
        let read = read(bytes, format, &columns(&known)).unwrap();
        read.rows.iter().map(|row| cells(row)[0].to_owned()).collect()
    };
    for (kind, bytes) in [("noark5", NOARK5), ("oep", OEP), ("einnsyn-jsonld", JSONLD), ("einnsyn", V3)] {
        let names = names(bytes, json!({ "kind": kind }));
        assert_eq!(names[..2], ["[\"Fornuftig Blåbær\"]", "∅"], "{kind}: no organisation, no mask");
    }
}
