//! No bytes whatever bring a reader down.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{column, columns, read};

fn formats() -> Vec<Value> {
    vec![
        json!({ "kind": "csv" }),
        json!({ "kind": "csv", "separator": "\t", "header": false, "comment": "#", "skip_lines": 1 }),
        json!({ "kind": "csv", "encoding": "utf-16le", "trailing_separator": true }),
        json!({ "kind": "csv", "encoding": "shift_jis" }),
        json!({ "kind": "excel" }),
        json!({ "kind": "json" }),
        json!({ "kind": "json", "rows": "a.0.b" }),
        json!({ "kind": "ndjson" }),
        json!({ "kind": "geojson" }),
    ]
}

fn read_all(bytes: &[u8]) {
    let mut declared = columns(&["a = a | 1", "b = a.0.b | 2"]);
    declared.push(column("c = geometry", "geometry", "open"));
    for format in formats() {
        // Only a panic is a failure here; an error is an answer.
        let _ = read(bytes, format, &declared);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn random_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        read_all(&bytes);
    }

    #[test]
    fn random_pieces_of_formats(pieces in proptest::collection::vec(prop_oneof![
        Just("{"), Just("}"), Just("["), Just("]"), Just("\"a\":"), Just("\"features\":["), Just("\"type\":"),
        Just("\"FeatureCollection\""), Just("\"geometry\":"), Just("\"coordinates\":"), Just(","), Just("1e9"),
        Just("\""), Just("\\"), Just(";"), Just("\n"), Just("\r"), Just("a;b"), Just("#"), Just("null"), Just("Ã¥"),
    ], 0..60)) {
        read_all(pieces.concat().as_bytes());
    }

    #[test]
    fn changed_workbooks(at in 0_usize..4000, byte: u8) {
        let mut book = super::workbooks::sample();
        let length = book.len();
        book[at % length] = byte;
        read_all(&book);
    }
}
