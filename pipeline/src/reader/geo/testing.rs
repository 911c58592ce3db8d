//! What the tests of the readers of geodata share: samples, reading, and measuring geometries in the plane.

use std::path::Path;

use arrow::array::{Array, AsArray};
use catalog::{
    crs::Crs,
    table::{Geometry, wkb::Position},
};
use config::{Archive, Column, Format};
use serde_json::{Value, json};

use super::super::{Input, Limits, MarkKind, Note, open, unpack};
use crate::{Error, Result};

/// What a reader gave.
#[derive(Debug, Default)]
pub(in super::super) struct Got {
    pub(in super::super) rows: Vec<Vec<Option<String>>>,
    pub(in super::super) geometries: Vec<Option<Geometry>>,
    pub(in super::super) lines: Vec<u64>,
    pub(in super::super) marks: Vec<(usize, MarkKind)>,
    pub(in super::super) notes: Vec<Note>,
    pub(in super::super) crs: Option<Crs>,
    pub(in super::super) missing: Vec<String>,
    pub(in super::super) undeclared: Vec<String>,
}

impl Got {
    /// The cells of a row, `∅` for none.
    pub(in super::super) fn row(&self, at: usize) -> Vec<&str> {
        self.rows[at].iter().map(|cell| cell.as_deref().unwrap_or("∅")).collect()
    }

    /// The codes of the notes with how often each was met.
    pub(in super::super) fn codes(&self) -> Vec<(&str, u64)> {
        self.notes.iter().map(|note| (note.code, note.count)).collect()
    }
}

/// A sample.
pub(in super::super) fn sample(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/geo").join(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A column: `name = source`, of type text, or a geometry where the name is `geometri`; other settings beside it.
#[expect(clippy::needless_pass_by_value, reason = "callers make it on the spot")]
pub(in super::super) fn column(text: &str, settings: Value) -> Column {
    let (name, from) = text.split_once(" = ").unwrap_or((text, ""));
    let from: Vec<&str> = from.split('|').map(str::trim).filter(|name| !name.is_empty()).collect();
    let kind = if name == "geometri" { "geometry" } else { "text" };
    let mut column = json!({ "name": name, "from": from, "type": kind, "title": { "nb": name }, "class": "open" });
    column.as_object_mut().unwrap().extend(settings.as_object().cloned().unwrap_or_default());
    serde_json::from_value(column).unwrap()
}

/// Text columns, and a geometry at the end.
pub(in super::super) fn columns(names: &[&str]) -> Vec<Column> {
    names.iter().chain([&"geometri"]).map(|name| column(name, Value::Null)).collect()
}

/// Reads a file, out of its archive where the format or `member` says so.
pub(in super::super) fn read(bytes: &[u8], format: Value, member: Option<&str>, columns: &[Column]) -> Result<Got> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("fil");
    std::fs::write(&path, bytes).unwrap();
    let input = Input { name: "fil", path: &path, stopped: &|| false };
    let format: Format = serde_json::from_value(format).unwrap();
    let archive = member.map(|member| Archive { max_members: 10, ..Archive::of(member) });
    let unpacked = unpack(input, archive.as_ref(), &format)?;
    let limits = Limits { max_cell_bytes: 100_000, max_columns: 100, batch_rows: 2 };
    let mut got = Got::default();
    for member in &unpacked.members {
        let mut reader = open(Input { path: &member.path, ..input }, &format, columns, limits)?;
        while let Some(batch) = reader.next_batch()? {
            got.marks.extend(batch.marks.iter().map(|mark| (got.rows.len() + mark.row, mark.kind)));
            got.lines.extend(&batch.lines);
            for at in 0..batch.rows.num_rows() {
                let texts = batch.rows.columns().iter().filter_map(|array| array.as_string_opt::<i32>());
                got.rows.push(texts.map(|texts| texts.is_valid(at).then(|| texts.value(at).to_owned())).collect());
                let wkb = batch.rows.columns().iter().find_map(|array| array.as_binary_opt::<i32>());
                let wkb = wkb.filter(|wkb| wkb.is_valid(at)).map(|wkb| wkb.value(at));
                got.geometries.push(wkb.map(|wkb| Geometry::from_wkb(wkb).unwrap()));
            }
        }
        assert!(reader.next_batch()?.is_none());
        got.notes.extend_from_slice(reader.notes());
        got.crs = reader.crs();
        got.missing = reader.missing().to_vec();
        got.undeclared = reader.undeclared().to_vec();
    }
    Ok(got)
}

/// Code, line and reason of the error that reading gives.
pub(in super::super) fn fails(read: Result<Got>) -> (&'static str, Option<u64>, String) {
    match read {
        Err(Error::Format { code, line, reason, hint, .. }) => {
            assert!(hint.len() > 20, "{code} has a hint");
            (code, line, reason)
        }
        other => panic!("{other:?}"),
    }
}

/// Positions, area, length of lines and rings, and extent of geometries, in the unit of their coordinates.
#[derive(Debug, Default, Clone, Copy)]
pub(in super::super) struct Measures {
    pub(in super::super) positions: usize,
    pub(in super::super) rings: usize,
    pub(in super::super) area: f64,
    pub(in super::super) length: f64,
}

/// Measures geometries.
pub(in super::super) fn measured(geometries: &[Option<Geometry>]) -> (Measures, [f64; 4]) {
    let mut all = Measures::default();
    let mut extent = [f64::MAX, f64::MAX, f64::MIN, f64::MIN];
    for geometry in geometries.iter().flatten() {
        let [west, south, east, north] = geometry.bbox().unwrap();
        extent = [extent[0].min(west), extent[1].min(south), extent[2].max(east), extent[3].max(north)];
        match geometry {
            Geometry::LineString(line) => all.line(line),
            Geometry::MultiLineString(lines) => lines.iter().for_each(|line| all.line(line)),
            Geometry::Polygon(rings) => all.polygon(rings),
            Geometry::MultiPolygon(polygons) => polygons.iter().for_each(|rings| all.polygon(rings)),
            Geometry::Point(_) | Geometry::MultiPoint(_) | Geometry::GeometryCollection(_) => {}
        }
    }
    (all, extent)
}

impl Measures {
    fn line(&mut self, line: &[Position]) {
        self.positions += line.len();
        self.length += line.windows(2).map(|pair| (pair[1].x - pair[0].x).hypot(pair[1].y - pair[0].y)).sum::<f64>();
    }

    fn polygon(&mut self, rings: &[Vec<Position>]) {
        for (at, ring) in rings.iter().enumerate() {
            self.line(ring);
            self.rings += 1;
            let (x, y) = (ring[0].x, ring[0].y);
            let cross = |pair: &[Position]| (pair[0].x - x) * (pair[1].y - y) - (pair[1].x - x) * (pair[0].y - y);
            let area = (ring.windows(2).map(cross).sum::<f64>() / 2.0).abs();
            self.area += if at == 0 { area } else { -area };
        }
    }
}

/// Compares with what GDAL 3.6.2 gave.
pub(in super::super) fn same_as_gdal(
    got: &Got,
    [positions, rings]: [usize; 2],
    [area, length]: [f64; 2],
    extent: [f64; 4],
) {
    let (own, own_extent) = measured(&got.geometries);
    assert_eq!((own.positions, own.rings), (positions, rings));
    assert!((own.area - area).abs() <= 1e-9 * area.max(1.0) + 0.001, "{} {area}", own.area);
    assert!((own.length - length).abs() < 0.001, "{} {length}", own.length);
    for (own, extent) in own_extent.into_iter().zip(extent) {
        assert!((own - extent).abs() < 1e-6, "{own_extent:?}");
    }
}
