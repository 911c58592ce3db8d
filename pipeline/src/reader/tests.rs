//! Tests of the readers on pieces of real files and on broken ones.

mod bombs;
mod broken;
mod fixed;
mod journal;
mod properties;
mod rejects;
mod text;
mod tree;
mod workbooks;

use std::io::Write;

use arrow::array::{Array, AsArray};
use config::{Column, Format};
use serde_json::{Value, json};
use tempfile::NamedTempFile;

use super::{Input, Limits, MarkKind, Note, RawBatch, open};
use crate::{Error, Result};

const LIMITS: Limits = Limits { max_cell_bytes: 1000, max_columns: 50, batch_rows: 2 };

/// What a reader gave.
#[derive(Debug, Default)]
struct Read {
    rows: Vec<Vec<Option<String>>>,
    lines: Vec<u64>,
    batches: usize,
    missing: Vec<String>,
    undeclared: Vec<String>,
    notes: Vec<Note>,
    /// Row over all batches, column and kind.
    marks: Vec<(usize, usize, MarkKind)>,
}

/// Text columns; `name` or `name = source | source`.
fn columns(names: &[&str]) -> Vec<Column> {
    names.iter().map(|name| column(name, "text", "open")).collect()
}

fn column(text: &str, kind: &str, class: &str) -> Column {
    let (name, from) = text.split_once(" = ").unwrap_or((text, ""));
    let from: Vec<&str> = from.split('|').map(str::trim).filter(|name| !name.is_empty()).collect();
    let column = json!({ "name": name, "from": from, "type": { "is": kind }, "title": { "nb": name }, "class": class });
    serde_json::from_value(column).unwrap()
}

fn format(value: Value) -> Format {
    serde_json::from_value(value).unwrap()
}

fn file(bytes: &[u8]) -> NamedTempFile {
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    file
}

fn read(bytes: &[u8], format_value: Value, columns: &[Column]) -> Result<Read> {
    read_within(bytes, format_value, columns, LIMITS)
}

fn read_within(bytes: &[u8], format_value: Value, columns: &[Column], limits: Limits) -> Result<Read> {
    let file = file(bytes);
    let input = Input { name: "fil", path: file.path(), stopped: &|| false };
    let mut reader = open(input, &format(format_value), columns, limits)?;
    let mut read = Read::default();
    while let Some(batch) = reader.next_batch()? {
        read.batches += 1;
        let before = read.rows.len();
        read.marks.extend(batch.marks.iter().map(|mark| (before + mark.row, mark.column, mark.kind)));
        read.lines.extend(&batch.lines);
        read.rows.extend((0..batch.rows.num_rows()).map(|at| row(&batch, at)));
    }
    assert!(reader.next_batch()?.is_none());
    read.missing = reader.missing().to_vec();
    read.notes = reader.notes().to_vec();
    read.undeclared = reader.undeclared().to_vec();
    Ok(read)
}

fn row(batch: &RawBatch, at: usize) -> Vec<Option<String>> {
    let text = |array: &dyn Array| match array.as_string_opt::<i32>() {
        _ if array.is_null(at) => None,
        Some(texts) => Some(texts.value(at).to_owned()),
        None => Some(format!("{} bytes of WKB", array.as_binary::<i32>().value(at).len())),
    };
    batch.rows.columns().iter().map(|array| text(array.as_ref())).collect()
}

/// Code and line of the error that reading gives.
fn fails(bytes: &[u8], format_value: Value, columns: &[Column]) -> (&'static str, Option<u64>, String) {
    fault_of(read(bytes, format_value, columns))
}

fn fault_of(read: Result<Read>) -> (&'static str, Option<u64>, String) {
    match read {
        Err(Error::Format { code, line, reason, hint, .. }) => {
            assert!(hint.len() > 20, "{code} has a hint");
            (code, line, reason)
        }
        other => panic!("{other:?}"),
    }
}

fn cells(row: &[Option<String>]) -> Vec<&str> {
    row.iter().map(|cell| cell.as_deref().unwrap_or("∅")).collect()
}

/// Rows with `∅` for null.
fn table(read: &Read) -> Vec<Vec<&str>> {
    read.rows.iter().map(|row| cells(row)).collect()
}
