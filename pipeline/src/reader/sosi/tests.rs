//! Tests of the SOSI reader: real files against what others measured, written ones for what real files do not show.

mod broken;
mod samples;
mod table;
mod written;

use std::{io::Write, path::Path};

use arrow::array::{Array, AsArray};
use catalog::table::Geometry;
use config::{Column, Format};
use serde_json::{Value, json};
use tempfile::NamedTempFile;

use super::feature::{Feature, Features};
use crate::{
    Result,
    reader::{Input, Limits, MarkKind, Note, open},
};

/// A head in UTM zone 32 with a unit of a centimetre.
const HEAD: &str = ".HODE\n..TEGNSETT UTF-8\n..TRANSPAR\n...KOORDSYS 22\n...ORIGO-NØ 0 0\n...ENHET 0.01\n";

fn file(bytes: &[u8]) -> NamedTempFile {
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    file
}

/// Features in the file's own coordinates, and the notes.
fn features(path: &Path) -> Result<(Vec<Feature>, Vec<Note>)> {
    let input = Input { name: "fil", path, stopped: &|| false };
    let mut features = Features::open(input, None, 0.001)?;
    let mut all = Vec::new();
    while let Some(feature) = features.next(&|_| true)? {
        all.push(feature);
    }
    Ok((all, features.notes.0))
}

/// What a reader gave: line and cells of each row, marked rows, and notes.
#[derive(Debug)]
struct Read {
    rows: Vec<(u64, Vec<Option<String>>)>,
    geometries: Vec<Option<Geometry>>,
    broken: Vec<usize>,
    nested: Vec<usize>,
    notes: Vec<(&'static str, u64)>,
    missing: Vec<String>,
    undeclared: Vec<String>,
    crs: String,
}

/// Columns of text, `name = source | source`; `name*` takes nested values. A geometry comes last.
fn columns(names: &[&str]) -> Vec<Column> {
    let one = |text: &str, kind: &str| -> Column {
        let (name, from) = text.split_once(" = ").unwrap_or((text, text));
        let from: Vec<&str> = from.split('|').map(str::trim).filter(|name| !name.is_empty()).collect();
        let (name, nested) = (name.trim_end_matches('*'), name.ends_with('*'));
        let value = json!({ "name": name, "from": from, "type": { "is": kind }, "title": { "nb": name },
            "class": "open", "nested": nested });
        serde_json::from_value(value).unwrap()
    };
    names.iter().map(|name| one(name, "text")).chain([one("geometri = ", "geometry")]).collect()
}

fn read(bytes: &[u8], format: &Value, names: &[&str]) -> Result<Read> {
    let file = file(bytes);
    let input = Input { name: "fil", path: file.path(), stopped: &|| false };
    let mut settings = json!({ "kind": "sosi" });
    settings.as_object_mut().unwrap().extend(format.as_object().unwrap().clone());
    let format: Format = serde_json::from_value(settings).unwrap();
    let limits = Limits { max_cell_bytes: 10_000, max_columns: 50, batch_rows: 2 };
    let mut reader = open(input, &format, &columns(names), limits)?;
    let mut read = Read {
        rows: vec![],
        geometries: vec![],
        broken: vec![],
        nested: vec![],
        notes: vec![],
        missing: vec![],
        undeclared: vec![],
        crs: reader.crs().unwrap().to_string(),
    };
    while let Some(batch) = reader.next_batch()? {
        let before = read.rows.len();
        for mark in &batch.marks {
            let marked = if mark.kind == MarkKind::Geometry { &mut read.broken } else { &mut read.nested };
            marked.push(before + mark.row);
        }
        let wkb = batch.rows.column(names.len()).as_binary::<i32>();
        read.geometries.extend(wkb.iter().map(|wkb| wkb.map(|wkb| Geometry::from_wkb(wkb).unwrap())));
        for (at, line) in batch.lines.iter().enumerate() {
            let cell = |column: usize| {
                let text = batch.rows.column(column).as_string::<i32>();
                text.is_valid(at).then(|| text.value(at).to_owned())
            };
            read.rows.push((*line, (0..names.len()).map(cell).collect()));
        }
    }
    assert!(reader.next_batch().unwrap().is_none());
    read.notes = reader.notes().iter().map(|note| (note.code, note.count)).collect();
    read.missing = reader.missing().to_vec();
    read.undeclared = reader.undeclared().to_vec();
    Ok(read)
}

/// The cells of one column.
fn column(read: &Read, at: usize) -> Vec<Option<&str>> {
    read.rows.iter().map(|(_, cells)| cells[at].as_deref()).collect()
}
