//! What holds for any text: what was written is read, however its bytes fall into chunks and its rows into batches.

use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{LIMITS, Limits, MarkKind, Read, columns, read_within};
use crate::{Error, Result};

/// What is read from a file at a time; paddings move texts across this border.
const CHUNK: usize = 64 << 10;

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

fn in_batches(bytes: &[u8], format: &Value, batch_rows: usize) -> Result<Read> {
    let limits = Limits { batch_rows, max_cell_bytes: 1 << 20, ..LIMITS };
    read_within(bytes, format.clone(), &columns(&["nr", "a", "b"]), limits)
}

type Outcome = std::result::Result<(Vec<Vec<Option<String>>>, Vec<u64>, usize), &'static str>;

/// Rows, lines and marks, or the code of the error.
fn outcome(read: Result<Read>) -> Outcome {
    match read {
        Ok(read) => Ok((read.rows, read.lines, read.marks.len())),
        Err(error) => Err(error.code()),
    }
}

fn written(rows: &[(String, String)], separator: u8) -> Vec<u8> {
    let mut writer = csv::WriterBuilder::new().delimiter(separator).from_writer(Vec::new());
    writer.write_record(["nr", "a", "b"]).unwrap();
    for (nr, (a, b)) in rows.iter().enumerate() {
        writer.write_record([&nr.to_string(), a, b]).unwrap();
    }
    writer.into_inner().unwrap()
}

fn expected(rows: &[(String, String)]) -> Vec<Vec<Option<String>>> {
    let cell = |text: &String| (!text.is_empty()).then(|| text.clone());
    rows.iter().enumerate().map(|(nr, (a, b))| vec![Some(nr.to_string()), cell(a), cell(b)]).collect()
}

fn csv_rows() -> impl Strategy<Value = Vec<(String, String)>> {
    let cell = "[a-cæøÅ–ŋ;\t\"\n\r ,'#€]{0,6}";
    proptest::collection::vec((cell, cell), 1..12)
}

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "[a-cæ\\\\\"{}\\[\\]:,\n😀 ]{0,8}".prop_map(Value::from),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    scalar().prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            proptest::collection::vec(("[x-z\"]{1,2}", inner), 0..3)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

fn cell(value: &Value) -> Option<String> {
    match value {
        Value::Null | Value::Array(_) | Value::Object(_) => None,
        Value::String(text) => (!text.is_empty()).then(|| text.clone()),
        other => Some(other.to_string()),
    }
}

proptest! {
    #![proptest_config(config(150))]

    #[test]
    fn written_csv_is_read_whatever_the_chunks(
        rows in csv_rows(),
        separator in prop_oneof![Just(b';'), Just(b','), Just(b'\t')],
        padding in CHUNK - 120..CHUNK + 10,
        batch_rows in 1_usize..5,
    ) {
        let format = json!({ "kind": "csv", "separator": char::from(separator), "encoding": "utf-8" });
        let text = written(&rows, separator);
        let read = in_batches(&text, &format, 1000).unwrap();
        prop_assert_eq!(&read.rows, &expected(&rows));
        prop_assert_eq!(outcome(in_batches(&text, &format, batch_rows)), outcome(Ok(read)));
        // A first line that is skipped moves everything across the border of two chunks.
        let moved = [vec![b'x'; padding], b"\n".to_vec(), text].concat();
        let format = json!({ "kind": "csv", "separator": char::from(separator), "encoding": "utf-8", "skip_lines": 1 });
        let moved = in_batches(&moved, &format, 1000).unwrap();
        prop_assert_eq!(&moved.rows, &expected(&rows));
    }

    #[test]
    fn any_csv_gives_the_same_in_any_batches(
        text in "[ab;\"\n\r#é ]{0,60}",
        padding in CHUNK - 40..CHUNK + 10,
        batch_rows in 1_usize..4,
    ) {
        let format = |skip: u32| json!({ "kind": "csv", "header": false, "columns": 3, "comment": "#", "skip_lines": skip });
        let whole = outcome(in_batches(text.as_bytes(), &format(0), 1000));
        prop_assert_eq!(&outcome(in_batches(text.as_bytes(), &format(0), batch_rows)), &whole);
        let moved = outcome(in_batches(format!("{}\n{text}", "x".repeat(padding)).as_bytes(), &format(1), 1000));
        let shifted = whole.map(|(rows, lines, marks)| (rows, lines.iter().map(|line| line + 1).collect::<Vec<u64>>(), marks));
        if !text.is_empty() {
            prop_assert_eq!(moved, shifted);
        }
    }

    #[test]
    fn a_text_is_read_in_the_encoding_it_was_written_in(
        cells in proptest::collection::vec("[a-dæøåÆØÅéü§–€ ]{1,20}", 1..20),
        label in prop_oneof![
            Just("utf-8"), Just("windows-1252"), Just("macintosh"), Just("utf-16le"), Just("utf-16be"),
        ],
        padding in CHUNK - 60..CHUNK + 10,
        mark: bool,
    ) {
        let text = format!("a\n{}\n{}\n", "x".repeat(padding), cells.iter().map(|cell| format!("-{cell}")).collect::<Vec<_>>().join("\n"));
        let bytes = encoded(&text, label, mark);
        let wanted: Vec<Option<String>> = text.lines().skip(1).map(|line| Some(line.to_owned())).collect();
        let limits = Limits { max_cell_bytes: 1 << 20, ..LIMITS };
        let read = read_within(&bytes, json!({ "kind": "csv", "encoding": label }), &columns(&["a"]), limits);
        let single = !label.starts_with("utf");
        match read {
            Ok(read) => prop_assert_eq!(read.rows.concat(), wanted),
            // By chance the bytes may be UTF-8 too.
            Err(error) if single && std::str::from_utf8(&bytes).is_ok() => {
                prop_assert_eq!(error.code(), "format-encoding");
            }
            Err(error) => prop_assert!(false, "{error}"),
        }
        if mark || label == "utf-8" {
            let found = read_within(&bytes, json!({ "kind": "csv" }), &columns(&["a"]), limits);
            if !single {
                prop_assert_eq!(found.unwrap().rows.len(), cells.len() + 1);
            }
        }
    }

    #[test]
    fn any_bytes_are_a_text_or_an_error_in_any_encoding(
        bytes in proptest::collection::vec(any::<u8>(), 1..300),
        label in prop_oneof![
            Just(None), Just(Some("utf-8")), Just(Some("windows-1252")), Just(Some("utf-16le")), Just(Some("gb18030")),
            Just(Some("iso-2022-jp")), Just(Some("shift_jis")), Just(Some("x-user-defined")), Just(Some("replacement")),
        ],
    ) {
        let format = json!({ "kind": "csv", "encoding": label, "header": false, "columns": 1 });
        if let Err(error) = in_batches(&bytes, &format, 3) {
            prop_assert!(matches!(error, Error::Format { .. }), "{error}");
        }
    }

    #[test]
    fn any_json_is_found_where_it_stands(
        rows in proptest::collection::vec((value(), value()), 0..8),
        other in value(),
        padding in CHUNK - 200..CHUNK + 10,
        batch_rows in 1_usize..4,
    ) {
        let objects: Vec<Value> = rows.iter().enumerate()
            .map(|(nr, (a, b))| json!({ "nr": nr, "b": b, "a": a })).collect();
        let wanted: Vec<Vec<Option<String>>> = rows.iter().enumerate()
            .map(|(nr, (a, b))| vec![Some(nr.to_string()), cell(a), cell(b)]).collect();
        let nested = rows.iter().flat_map(|(a, b)| [a, b]).filter(|value| value.is_array() || value.is_object()).count();
        let document = json!({ "før": other, "rader": objects, "etter": other });
        let format = json!({ "kind": "json", "rows": "rader" });
        let pretty = serde_json::to_string_pretty(&document).unwrap();
        for text in [document.to_string(), format!("{}{pretty}", " ".repeat(padding)), format!("{}{document}", "\n".repeat(padding))] {
            let read = in_batches(text.as_bytes(), &format, batch_rows).unwrap();
            prop_assert_eq!(&read.rows, &wanted);
            prop_assert_eq!(read.marks.len(), nested);
            prop_assert!(read.marks.iter().all(|(_, _, kind)| *kind == MarkKind::Nested));
            // A document that breaks off anywhere is an error.
            let cut = (padding * 7) % text.trim().len();
            let start = text.len() - text.trim_start().len();
            let broken = &text.as_bytes()[..start + cut];
            prop_assert!(in_batches(broken, &format, batch_rows).is_err());
        }
        let lines = objects.iter().map(Value::to_string).collect::<Vec<_>>().join("\n");
        if !rows.is_empty() {
            let read = in_batches(lines.as_bytes(), &json!({ "kind": "ndjson" }), batch_rows).unwrap();
            prop_assert_eq!((&read.rows, read.marks.len()), (&wanted, nested));
        }
    }
}

/// A text in an encoding; `mark` puts a byte order mark before Unicode ones.
fn encoded(text: &str, label: &str, mark: bool) -> Vec<u8> {
    let marked = if mark { format!("\u{feff}{text}") } else { text.to_owned() };
    match label {
        "utf-16le" => marked.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        "utf-16be" => marked.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        "utf-8" => UTF_8.encode(&marked).0.into_owned(),
        other => Encoding::for_label(other.as_bytes()).unwrap_or(WINDOWS_1252).encode(text).0.into_owned(),
    }
}
