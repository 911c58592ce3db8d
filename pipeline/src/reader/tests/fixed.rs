//! Lines whose columns stand at fixed places.

use serde_json::json;

use super::{MarkKind, cells, columns, fails, read};

fn format(more: &serde_json::Value) -> serde_json::Value {
    let fields = json!([
        { "name": "nr", "start": 1, "length": 4 },
        { "name": "navn", "start": 5, "length": 6 },
        { "name": "tall", "start": 12, "length": 3 },
    ]);
    let mut format = json!({ "kind": "fixed-width", "fields": fields });
    format.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    format
}

#[test]
fn characters_count_and_not_bytes() {
    let text = "# hode\n0301Ålesun 123 mer\n4601Bærum\n\n0219ørskog   7\n";
    let read = read(
        text.as_bytes(),
        format(&json!({ "comment": "#", "line_length": 18 })),
        &columns(&["tall", "nr", "navn", "annet"]),
    );
    let read = read.unwrap();
    assert_eq!(
        read.rows.iter().map(|row| cells(row)).collect::<Vec<_>>(),
        [["123", "0301", "Ålesun", "∅"], ["∅", "4601", "Bærum", "∅"], ["7", "0219", "ørskog", "∅"]]
    );
    assert_eq!(read.lines, [2, 3, 5]);
    assert_eq!(read.missing, ["annet"]);
    assert_eq!(read.notes[0].code, "shape-blank-rows");
}

#[test]
fn encodings_skipped_lines_and_skipped_rows() {
    let more = json!({ "skip_lines": 2, "skip_rows": { "column": "navn", "pattern": "Sum" } });
    let read = read(b"a\nb\n0301\xC5lesun 123\nx   Sum    999\n", format(&more), &columns(&["nr", "navn"])).unwrap();
    assert_eq!(read.rows.iter().map(|row| cells(row)).collect::<Vec<_>>(), [["0301", "Ålesun"]]);
    assert_eq!(read.notes[0].code, "shape-rows-skipped");
}

#[test]
fn a_longer_line_has_shifted_values() {
    let text = "0301Oslo   1 23\n0301Oslo   123  \n";
    let read = read(text.as_bytes(), format(&json!({})), &columns(&["nr"])).unwrap();
    assert_eq!(read.marks, [(0, 0, MarkKind::Ragged)]);
    assert_eq!(read.rows.len(), 2);
}

#[test]
fn nothing_is_told() {
    assert_eq!(fails(b"a\n", format(&json!({ "skip_lines": 2 })), &columns(&["nr"])).0, "format-empty");
    assert_eq!(fails(b"", format(&json!({})), &columns(&["nr"])).0, "format-empty");
}
