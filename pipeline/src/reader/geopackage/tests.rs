//! Real and written `GeoPackage`s, whole and broken.

use std::sync::Arc;

use arrow::{
    array::{ArrayRef, BinaryArray, Int64Array, StringArray},
    record_batch::RecordBatch,
};
use catalog::{
    encode,
    table::{Geometry, TableFile, TableWriter, arrow_schema, wkb::Position},
    version::ColumnInfo,
};
use config::FileFormat;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::{
    MarkKind,
    geo::testing::{Got, columns, fails, measured, read, same_as_gdal, sample},
};
use crate::Result;

#[expect(clippy::needless_pass_by_value, reason = "callers make it on the spot")]
fn package(bytes: &[u8], settings: Value, names: &[&str]) -> Result<Got> {
    let mut format = json!({ "kind": "geopackage" });
    format.as_object_mut().unwrap().extend(settings.as_object().cloned().unwrap_or_default());
    read(bytes, format, None, &columns(names))
}

const N50: &str = "n50_0617_administrativeomrader.gpkg";

#[test]
fn layers_of_n50_are_as_gdal_reads_them() {
    let names = ["nummer = KOMMUNENUMMER", "navn", "dato = oppdateringsdato", "id = fid"];
    let got = package(&sample(N50), json!({ "layer": "polygons" }), &names).unwrap();
    assert_eq!(got.rows.len(), 1);
    assert_eq!(got.row(0), ["0617", "Gol", "2016-03-07T00:00:00.000", "1"]);
    assert_eq!(got.undeclared, ["objekttypenavn"]);
    assert_eq!(got.crs.unwrap().to_string(), "EPSG:25833", "whose code is that of the order north, east");
    let extent = [158_111.5, 6_736_607.13, 191_111.54, 6_764_255.37];
    same_as_gdal(&got, [739, 1], [533_471_358.459, 107_650.226], extent);
    let lines = package(&sample(N50), json!({ "layer": "lines" }), &["metode = målemetode", "savnet"]).unwrap();
    assert_eq!(lines.rows.len(), 5);
    assert_eq!(lines.row(0), ["64", "∅"]);
    assert_eq!(lines.missing, ["savnet"]);
    same_as_gdal(&lines, [739, 0], [0.0, 107_650.226], extent);
}

#[test]
fn a_layer_must_be_chosen_where_there_are_several() {
    let (code, _, reason) = fails(package(&sample(N50), Value::Null, &[]));
    assert_eq!(code, "format-layer");
    assert!(reason.contains("lines") && reason.contains("polygons"), "{reason}");
    let (code, _, reason) = fails(package(&sample(N50), json!({ "layer": "linjer" }), &[]));
    assert_eq!(code, "format-layer");
    assert!(reason.contains("linjer"), "{reason}");
    let (code, _, reason) = fails(package(&sample("register.gpkg"), json!({ "layer": "sett" }), &[]));
    assert_eq!(code, "format-geopackage");
    assert!(reason.contains("view"), "{reason}");
}

#[test]
fn tables_of_many_pages_in_utf16() {
    let names = ["nr = fid", "art = art, på norsk", "hoyde", "eier", "bilde"];
    let got = package(&sample("register.gpkg"), json!({ "layer": "Trær" }), &names).unwrap();
    // 300 rows, of which 51 were deleted, and one more.
    assert_eq!(got.rows.len(), 250);
    assert_eq!(got.row(0), ["3", "art 1 æøå", "0.25", "Testvik kommune", "∅"]);
    assert_eq!(got.row(249), ["9000", "∅", "-1", "∅", "∅"]);
    assert_eq!(got.rows[6][1].as_ref().unwrap().len(), "bjørk ".repeat(200).len(), "on pages of its own");
    assert_eq!(got.marks, [(4, MarkKind::Nested)], "bytes are no value of a table");
    assert_eq!((got.crs, got.missing.as_slice()), (None, ["geometri".to_owned()].as_slice()));
}

#[test]
fn arcs_become_lines() {
    let got = package(&sample("kurver.gpkg"), json!({ "arc_tolerance": 0.001 }), &["id"]).unwrap();
    assert_eq!(got.rows.len(), 3);
    let (string, _) = measured(&got.geometries[..1]);
    assert!((string.length - 10.0 * std::f64::consts::PI).abs() < 0.01, "{string:?}");
    let (half, _) = measured(&got.geometries[1..2]);
    assert!((half.area - 50.0 * std::f64::consts::PI).abs() < 0.05, "{half:?}");
    let (whole, extent) = measured(&got.geometries[2..]);
    assert!((whole.area - 100.0 * std::f64::consts::PI).abs() < 0.1, "{whole:?}");
    assert!((extent[0] - 500_100.0).abs() < 1e-6 && (extent[2] - 500_120.0).abs() < 1e-6, "{extent:?}");
    assert!(matches!(got.geometries[2], Some(Geometry::Polygon(_))));
}

#[test]
fn circles_of_pages_end() {
    let mut bytes = sample("register.gpkg");
    // Every interior page refers to itself from now on.
    let mut found = 0;
    for page in 1..bytes.len() / 512 {
        if bytes[page * 512] == 5 {
            found += 1;
            let own = u32::try_from(page + 1).unwrap().to_be_bytes();
            bytes[page * 512 + 8..page * 512 + 12].copy_from_slice(&own);
        }
    }
    assert!(found > 0);
    let (code, _, reason) = fails(package(&bytes, json!({ "layer": "Trær" }), &["nr = fid"]));
    assert_eq!(code, "format-geopackage", "{reason}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 80, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn cut_or_changed_files_are_refused_or_read(cut in any::<prop::sample::Index>(), flips in
        proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20), curves in any::<bool>()) {
        let (name, layer) = if curves { ("kurver.gpkg", "kurver") } else { ("register.gpkg", "Trær") };
        let mut bytes = sample(name);
        let shorter = &bytes[..cut.index(bytes.len())];
        let refused = package(shorter, json!({ "layer": layer }), &["id"]).is_err();
        prop_assert!(refused);
        for (at, value) in flips {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        let _ = package(&bytes, json!({ "layer": layer }), &["id"]);
    }
}

/// A row: text, number, and the positions of a line in tenths of a metre.
type Row = (Option<String>, Option<i64>, Option<Vec<(i32, i32)>>);

fn row() -> impl Strategy<Value = Row> {
    // Long texts go on in pages of their own; their lengths are those at which a page is just full, and others.
    let text = prop_oneof![
        "[a-zæøå ]{0,30}",
        (3_900_usize..4_200).prop_map(|length| "x".repeat(length)),
        (8_000_usize..13_000).prop_map(|length| "y".repeat(length))
    ];
    let line = proptest::collection::vec((4_000_000..6_000_000, 65_000_000..66_000_000), 2..5);
    let number = prop_oneof![
        any::<i32>().prop_map(i64::from),
        -200_i64..200,
        -999_999_999_999_999_999..999_999_999_999_999_999_i64
    ];
    (proptest::option::of(text), proptest::option::of(number), proptest::option::of(line))
}

/// The rows as a package of a version, written by way of a table.
fn packed(rows: &[Row]) -> Vec<u8> {
    let column = |name: &str, id: i32, kind: &str| -> ColumnInfo {
        let column = json!({ "name": name, "field_id": id, "kind": { "is": kind }, "type": { "is": kind }, "title": { "nb": name },
            "description": null, "unit": null, "concept": null, "required": false, "crs": "EPSG:25833" });
        serde_json::from_value(column).unwrap()
    };
    let columns = [column("navn", 1, "text"), column("tall", 2, "integer"), column("sted", 3, "geometry")];
    let place = |positions: &Vec<(i32, i32)>| {
        let position = |(x, y): &(i32, i32)| Position { x: f64::from(*x) / 10.0, y: f64::from(*y) / 10.0, z: None };
        Geometry::LineString(positions.iter().map(position).collect()).to_wkb()
    };
    let places: Vec<Option<Vec<u8>>> = rows.iter().map(|(_, _, line)| line.as_ref().map(place)).collect();
    let arrays: Vec<ArrayRef> = vec![
        Arc::new(rows.iter().map(|(text, _, _)| text.as_deref()).collect::<StringArray>()),
        Arc::new(rows.iter().map(|(_, number, _)| *number).collect::<Int64Array>()),
        Arc::new(places.iter().map(Option::as_deref).collect::<BinaryArray>()),
    ];
    let folder = tempfile::tempdir().unwrap();
    let (table, to) = (folder.path().join("t.parquet"), folder.path().join("t.gpkg"));
    let mut writer = TableWriter::create(&table, &columns, &[], &[]).unwrap();
    writer.write(&RecordBatch::try_new(arrow_schema(&columns), arrays).unwrap()).unwrap();
    writer.finish().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let table = TableFile::open_local(&table).unwrap();
    let written = encode::write_file(&table, &columns, FileFormat::Geopackage, &to);
    runtime.block_on(written).unwrap();
    std::fs::read(to).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_published_as_a_package_is_read_back(rows in proptest::collection::vec(row(), 0..400)) {
        let got = package(&packed(&rows), Value::Null, &["navn", "tall", "nr = fid"]).unwrap();
        prop_assert_eq!(got.rows.len(), rows.len());
        for (at, (text, number, line)) in rows.iter().enumerate() {
            let own = &got.rows[at];
            prop_assert_eq!(own[0].as_deref().unwrap_or_default(), text.as_deref().unwrap_or_default());
            prop_assert_eq!(&own[1], &number.map(|number| number.to_string()));
            prop_assert_eq!(&own[2], &Some((at + 1).to_string()));
            let positions = match &got.geometries[at] {
                Some(Geometry::LineString(line)) => Some(line.len()),
                _ => None,
            };
            prop_assert_eq!(positions, line.as_ref().map(Vec::len));
        }
        prop_assert!(rows.iter().all(|(_, _, line)| line.is_none()) || got.crs.unwrap().to_string() == "EPSG:25833");
    }
}
