//! Tests of the GML reader: real files against what GDAL makes of them, written ones for what real files do not show.

mod broken;
mod samples;
mod written;

use std::{io::Write, path::Path};

use arrow::array::{Array, AsArray};
use catalog::table::Geometry;
use config::{Column, Format, GmlFormat};
use serde_json::{Value, json};
use tempfile::NamedTempFile;

use super::{
    cursor::Source,
    features::{Features, Outcome},
    wanted::Wanted,
};
use crate::{
    Result,
    reader::{Input, Limits, MarkKind, Note, open},
};

const LIMITS: Limits = Limits { max_cell_bytes: 100_000, max_columns: 50, batch_rows: 2 };

fn file(bytes: &[u8]) -> NamedTempFile {
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    file
}

/// Type, id, and geometry of each feature as it is in the file, and the notes.
type Raw = (Vec<(String, Option<String>, Outcome)>, Vec<Note>);

fn features(path: &Path, format: &GmlFormat) -> Result<Raw> {
    let source = Source { file: "fil".to_owned(), path: path.to_owned(), limits: LIMITS };
    let mut wanted = Wanted::new(&columns(&[], ""));
    let mut features = Features::open(&source, format, wanted.properties())?;
    let mut all = Vec::new();
    while let Some(mut feature) = features.next(&mut wanted, &|_| true)? {
        let label = feature.label();
        let geometry = features.geometry(feature.taken[0].take(), &label)?;
        all.push((feature.name, feature.id, geometry));
    }
    Ok((all, features.notes.0))
}

/// What a reader gave.
#[derive(Debug, Default)]
struct Read {
    rows: Vec<(u64, Vec<Option<String>>)>,
    geometries: Vec<Option<Geometry>>,
    broken: Vec<usize>,
    marked: Vec<(usize, usize, MarkKind)>,
    notes: Vec<Note>,
    missing: Vec<String>,
    undeclared: Vec<String>,
    crs: Option<String>,
}

impl Read {
    fn codes(&self) -> Vec<(&'static str, u64)> {
        self.notes.iter().map(|note| (note.code, note.count)).collect()
    }

    fn cells(&self, row: usize) -> Vec<&str> {
        self.rows[row].1.iter().map(|cell| cell.as_deref().unwrap_or("-")).collect()
    }
}

/// Columns of text, `name = source | source`; `name*` takes nested values. A geometry comes last.
fn columns(names: &[&str], geometry: &str) -> Vec<Column> {
    let one = |text: &str, kind: &str| -> Column {
        let (name, from) = text.split_once(" = ").unwrap_or((text, text));
        let from: Vec<&str> = from.split('|').map(str::trim).filter(|name| !name.is_empty()).collect();
        let (name, nested) = (name.trim_end_matches('*'), name.ends_with('*'));
        let value = json!({ "name": name, "from": from, "type": { "is": kind }, "title": { "nb": name },
            "class": "open", "nested": nested });
        serde_json::from_value(value).unwrap()
    };
    let geometry = one(&format!("geometri = {geometry}"), "geometry");
    names.iter().map(|name| one(name, "text")).chain([geometry]).collect()
}

fn read(bytes: &[u8], format: &Value, names: &[&str], geometry: &str) -> Result<Read> {
    let file = file(bytes);
    let input = Input { name: "fil", path: file.path(), stopped: &|| false };
    let mut settings = json!({ "kind": "gml" });
    settings.as_object_mut().unwrap().extend(format.as_object().unwrap().clone());
    let format: Format = serde_json::from_value(settings).unwrap();
    let mut reader = open(input, &format, &columns(names, geometry), LIMITS)?;
    let mut read = Read::default();
    while let Some(batch) = reader.next_batch()? {
        let before = read.rows.len();
        for mark in &batch.marks {
            if mark.kind == MarkKind::Geometry {
                read.broken.push(before + mark.row);
            } else {
                read.marked.push((before + mark.row, mark.column, mark.kind));
            }
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
    read.notes = reader.notes().to_vec();
    read.missing = reader.missing().to_vec();
    read.undeclared = reader.undeclared().to_vec();
    read.crs = reader.crs().map(|crs| crs.to_string());
    Ok(read)
}

/// A collection in UTM zone 32 with these members.
fn collection(members: &str) -> String {
    format!(
        "<gml:FeatureCollection xmlns:gml='http://www.opengis.net/gml/3.2' xmlns:app='http://example.org/app' \
         xmlns:xlink='http://www.w3.org/1999/xlink' xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance'>\n\
         <gml:boundedBy><gml:Envelope srsName='EPSG:25832'><gml:lowerCorner>0 0</gml:lowerCorner>\
         </gml:Envelope></gml:boundedBy>\n{members}</gml:FeatureCollection>\n"
    )
}

/// A feature with a geometry, on a line of its own.
fn feature(id: &str, geometry: &str) -> String {
    format!(
        "<gml:featureMember><app:Ting gml:id='{id}'><app:sted>{geometry}</app:sted></app:Ting></gml:featureMember>\n"
    )
}
