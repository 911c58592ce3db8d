//! Real and written Shapefiles, whole and broken.

use std::io::{Cursor, Read, Write};

use catalog::table::Geometry;
use proptest::prelude::*;
use serde_json::{Value, json};
use zip::{ZipArchive, ZipWriter, write::SimpleFileOptions};

use super::super::{
    MarkKind,
    geo::testing::{Got, columns, fails, read, same_as_gdal, sample},
};
use crate::Result;

#[expect(clippy::needless_pass_by_value, reason = "callers make it on the spot")]
fn shapefile(bytes: &[u8], member: &str, settings: Value, names: &[&str]) -> Result<Got> {
    let mut format = json!({ "kind": "shapefile" });
    format.as_object_mut().unwrap().extend(settings.as_object().cloned().unwrap_or_default());
    read(bytes, format, Some(member), &columns(names))
}

#[test]
fn an_export_of_n50_is_as_gdal_reads_it() {
    let names = ["navn", "vern = verneform", "dato = vernedato", "type = objekttype", "savnet"];
    let got = read(&sample("n50_1417_restriksjonsomrader.zip"), json!({ "kind": "shapefile" }), None, &columns(&names))
        .unwrap();
    assert_eq!(got.rows.len(), 15);
    assert_eq!(got.lines, (1..=15).collect::<Vec<u64>>());
    assert_eq!(got.row(0), ["Nærøyfjorden", "LVO", "2002-11-08", "Naturvernområde", "∅"]);
    assert_eq!(got.missing, ["savnet"]);
    assert_eq!(got.undeclared, ["allmenning", "oppdaterin"]);
    assert_eq!(got.crs.unwrap().to_string(), "EPSG:25833", "by the parameters of the .prj");
    // GDAL gives one of them a ring of two positions, which bounds nothing.
    assert_eq!(got.marks, [(3, MarkKind::Geometry)]);
    assert_eq!(got.notes[0].message, "record 4: a ring has fewer than four positions");
    let extent = [21_072.24, 6_780_823.92, 70_496.66, 6_807_482.28];
    same_as_gdal(&got, [469, 14], [293_823_813.965, 160_497.571], extent);
}

#[test]
fn types_of_shapes_and_values() {
    let zip = sample("typer.zip");
    let got = shapefile(&zip, "flater.shp", Value::Null, &["navn", "tall", "antall", "dag", "ja"]).unwrap();
    assert_eq!(got.row(0), ["Blåbærstien", "1.500000000000000", "7", "2026-02-03", "1"], "guessed to be windows-1252");
    assert_eq!(got.row(1), ["∅"; 5]);
    assert_eq!(got.row(2), ["Østre Ås", "-0.250000000000000", "-3", "2025-12-31", "0"]);
    let Some(Geometry::MultiPolygon(polygons)) = &got.geometries[0] else { panic!("{:?}", got.geometries) };
    assert_eq!(polygons.iter().map(Vec::len).collect::<Vec<_>>(), [2, 1], "the hole is in the large one");
    assert_eq!(polygons[0][0][0].z, Some(1.5));
    assert_eq!(got.geometries[1], None);
    assert!(matches!(&got.geometries[2], Some(Geometry::Polygon(rings)) if rings.len() == 1));
    assert_eq!(got.crs.unwrap().to_string(), "EPSG:25832");
    let lines = shapefile(&zip, "typer/linjer.shp", Value::Null, &["navn"]).unwrap();
    assert!(matches!(&lines.geometries[..], [Some(Geometry::LineString(_)), Some(Geometry::MultiLineString(_))]));
    assert_eq!(lines.crs.unwrap().to_string(), "OGC:CRS84");
    let points = shapefile(&zip, "PUNKTER.shp", Value::Null, &["navn"]).unwrap();
    assert!(matches!(&points.geometries[..], [Some(Geometry::MultiPoint(points))] if points.len() == 2));
    let (code, _, reason) = fails(shapefile(&zip, "flat*.shp", json!({ "encoding": "klingonsk" }), &["navn"]));
    assert_eq!(code, "format-encoding");
    assert!(reason.contains("klingonsk"));
}

#[test]
fn a_declared_system_takes_the_place_of_the_prj() {
    let zip = without(&sample("n50_1417_restriksjonsomrader.zip"), "PRJ");
    let (code, _, reason) = fails(shapefile(&zip, "*.shp", Value::Null, &["navn"]));
    assert_eq!(code, "format-crs-unknown", "{reason}");
    let got = shapefile(&zip, "*.shp", json!({ "crs": "EPSG:25833" }), &["navn"]).unwrap();
    assert_eq!(got.crs.unwrap().to_string(), "EPSG:25833");
    let odd = replaced(&sample("n50_1417_restriksjonsomrader.zip"), "PRJ", |_| b"LOCAL_CS[\"Byens nett\"]".to_vec());
    assert!(fails(shapefile(&odd, "*.shp", Value::Null, &["navn"])).2.contains("Byens nett"));
    // Without a column of geometries nobody needs a system.
    let format = json!({ "kind": "shapefile" });
    let names: Vec<_> = columns(&["navn"]).into_iter().take(1).collect();
    assert_eq!(read(&zip, format, None, &names).unwrap().rows.len(), 15);
}

/// The members of an archive, changed or left out.
fn packed(zip: &[u8], change: impl Fn(&str, Vec<u8>) -> Option<Vec<u8>>) -> Vec<u8> {
    let mut archive = ZipArchive::new(Cursor::new(zip)).unwrap();
    let mut out = ZipWriter::new(Cursor::new(Vec::new()));
    for at in 0..archive.len() {
        let mut member = archive.by_index(at).unwrap();
        let name = member.name().unwrap().into_owned();
        let mut bytes = Vec::new();
        member.read_to_end(&mut bytes).unwrap();
        if let Some(bytes) = change(&name, bytes) {
            out.start_file(name.as_str(), SimpleFileOptions::default()).unwrap();
            out.write_all(&bytes).unwrap();
        }
    }
    out.finish().unwrap().into_inner()
}

fn without(zip: &[u8], extension: &str) -> Vec<u8> {
    packed(zip, |name, bytes| (!name.ends_with(extension)).then_some(bytes))
}

fn replaced(zip: &[u8], extension: &str, change: impl Fn(Vec<u8>) -> Vec<u8>) -> Vec<u8> {
    packed(zip, |name, bytes| Some(if name.ends_with(extension) { change(bytes) } else { bytes }))
}

#[test]
fn what_does_not_belong_together_is_refused() {
    let zip = sample("n50_1417_restriksjonsomrader.zip");
    let code = |zip: &[u8]| fails(shapefile(zip, "*.shp", Value::Null, &["navn"]));
    assert_eq!(code(&without(&zip, "DBF")).0, "format-shapefile");
    // One record more in the table, of which it has the bytes of the one before.
    let longer = replaced(&zip, "DBF", |mut bytes| {
        bytes[4] += 1;
        let last = bytes[bytes.len() - 338..bytes.len() - 1].to_vec();
        bytes.truncate(bytes.len() - 1);
        bytes.extend(last);
        bytes
    });
    let (own, line, reason) = code(&longer);
    assert_eq!((own, line), ("format-shapefile", Some(16)), "{reason}");
    let (own, line, _) = code(&without(&longer, "SHX"));
    assert_eq!((own, line), ("format-shapefile", Some(16)), "known at the end without an index");
    // The same rows without an index.
    let got = shapefile(&without(&zip, "SHX"), "*.shp", Value::Null, &["navn"]).unwrap();
    assert_eq!(got.rows.len(), 15);
    // A declared character set that the bytes contradict.
    let utf8 = replaced(&zip, "CPG", |_| b"UTF-8".to_vec());
    let (own, line, _) = code(&utf8);
    assert_eq!((own, line), ("format-encoding", Some(1)));
}

#[test]
fn broken_shapes_are_put_aside_and_deleted_records_passed_over() {
    let zip = sample("n50_1417_restriksjonsomrader.zip");
    // The first record's first coordinate becomes no number, the second record an unknown type.
    let broken = replaced(&zip, "shp", |mut bytes| {
        let parts = u32::from_le_bytes(bytes[144..148].try_into().unwrap()) as usize;
        let first = 152 + 4 * parts;
        bytes[first..first + 8].copy_from_slice(&f64::NAN.to_le_bytes());
        let second = 108 + 2 * u32::from_be_bytes(bytes[104..108].try_into().unwrap()) as usize;
        bytes[second + 8] = 99;
        bytes
    });
    let got = shapefile(&broken, "*.shp", Value::Null, &["navn"]).unwrap();
    let bad = [0, 1, 3].map(|row| (row, MarkKind::Geometry));
    assert_eq!((got.marks.as_slice(), got.codes()), (bad.as_slice(), vec![("format-broken-geometry", 3)]));
    assert!(got.notes[0].message.starts_with("record 1: "), "{:?}", got.notes);
    let deleted = replaced(&zip, "DBF", |mut bytes| {
        let start = usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
        bytes[start] = b'*';
        bytes
    });
    let got = shapefile(&deleted, "*.shp", Value::Null, &["navn"]).unwrap();
    assert_eq!((got.rows.len(), got.lines[0]), (14, 2));
    assert_eq!(got.codes(), [("format-broken-geometry", 1), ("format-deleted-records", 1)]);
}

#[test]
fn records_on_top_of_each_other_are_no_more_than_the_file() {
    let zip = sample("n50_1417_restriksjonsomrader.zip");
    let piled = replaced(&zip, "SHX", |mut bytes| {
        let entries = bytes[100..].as_chunks_mut::<8>().0;
        let largest =
            *entries.iter().max_by_key(|entry| u32::from_be_bytes([entry[4], entry[5], entry[6], entry[7]])).unwrap();
        entries.fill(largest);
        bytes
    });
    let (code, _, reason) = fails(shapefile(&piled, "*.shp", Value::Null, &["navn"]));
    assert_eq!(code, "format-shapefile", "{reason}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 50, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn cut_or_changed_files_are_refused_or_read(cut in any::<prop::sample::Index>(), flip in any::<prop::sample::Index>(),
        value in any::<u8>(), part in 0..3usize) {
        let zip = sample("typer.zip");
        let part = ["shp", "shx", "dbf"][part];
        let shorter = replaced(&zip, part, |bytes| bytes[..cut.index(bytes.len())].to_vec());
        let read = shapefile(&shorter, "flater.shp", Value::Null, &["navn", "tall"]);
        // Only the table's mark of its end may be missing.
        prop_assert!(read.is_err() || part == "dbf");
        let changed = replaced(&zip, part, |mut bytes| {
            let at = flip.index(bytes.len());
            bytes[at] = value;
            bytes
        });
        let _ = shapefile(&changed, "flater.shp", Value::Null, &["navn", "tall"]);
    }
}
