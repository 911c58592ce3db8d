//! Real and written `GeoPackage`s, whole and broken.

use catalog::table::Geometry;
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
