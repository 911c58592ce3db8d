//! Real and written Parquet files, whole and broken.

use catalog::table::Geometry;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::{
    MarkKind,
    geo::testing::{Got, column, columns, fails, measured, read, sample},
};
use crate::Result;

#[expect(clippy::needless_pass_by_value, reason = "callers make it on the spot")]
fn parquet(bytes: &[u8], settings: Value, names: &[&str]) -> Result<Got> {
    let mut format = json!({ "kind": "parquet" });
    format.as_object_mut().unwrap().extend(settings.as_object().cloned().unwrap_or_default());
    read(bytes, format, None, &columns(names))
}

#[test]
fn the_examples_of_the_standard() {
    let got = parquet(
        &sample("geoparquet_main_example.parquet"),
        Value::Null,
        &["name", "gdp = gdp_md_est", "pop = pop_est"],
    )
    .unwrap();
    assert_eq!(got.rows.len(), 5);
    assert_eq!(got.row(0), ["Fiji", "5496", "889953"]);
    assert_eq!(got.crs.unwrap().to_string(), "OGC:CRS84");
    assert_eq!(got.undeclared, ["continent", "iso_a3"]);
    assert!(got.geometries.iter().all(Option::is_some));
    for (name, kind, rows, filled) in [
        ("point", "Point", 4, 2),
        ("linestring", "LineString", 3, 1),
        ("polygon", "Polygon", 4, 2),
        ("multipoint", "MultiPoint", 4, 2),
        ("multilinestring", "MultiLineString", 4, 2),
        ("multipolygon", "MultiPolygon", 5, 3),
    ] {
        let got = parquet(&sample(&format!("data-{name}-encoding_wkb.parquet")), Value::Null, &["col"]).unwrap();
        let geometries: Vec<&Geometry> = got.geometries.iter().flatten().collect();
        assert_eq!((got.rows.len(), geometries.len()), (rows, filled), "{name}");
        assert!(geometries.iter().all(|geometry| geometry.type_name() == kind), "{name}");
        assert_eq!(got.marks, [], "{name}: an empty geometry is none");
    }
}

#[test]
fn geometries_in_lists_and_structs() {
    for (name, kind, area) in [
        ("point", "Point", 0.0),
        ("linestring", "LineString", 0.0),
        ("polygon", "Polygon", 100.0),
        ("multipoint", "MultiPoint", 0.0),
        ("multilinestring", "MultiLineString", 0.0),
        ("multipolygon", "MultiPolygon", 200.0),
    ] {
        let own = [column(&format!("geometri = {name}"), Value::Null)];
        let got = read(&sample("native.parquet"), json!({ "kind": "parquet" }), None, &own).unwrap();
        assert_eq!(got.geometries[0].as_ref().unwrap().type_name(), kind);
        assert_eq!(got.geometries[1], None);
        let (measures, [west, south, ..]) = measured(&got.geometries);
        assert!((measures.area - area).abs() < 1e-9, "{name} {measures:?}");
        assert!(west >= 500_000.0 && south >= 6_600_000.0, "{name}");
        assert_eq!(got.crs.unwrap().to_string(), "EPSG:25832");
    }
    // Without a name it is the primary one.
    let got = parquet(&sample("native.parquet"), Value::Null, &[]).unwrap();
    assert_eq!(got.geometries[0].as_ref().unwrap().type_name(), "Polygon");
}

#[test]
fn values_are_exact() {
    let names = ["helt", "lite", "tall", "kort", "beloep", "ja", "dag", "tid", "tekst", "uuid"];
    let got = parquet(&sample("native.parquet"), Value::Null, &names).unwrap();
    assert_eq!(
        got.row(0),
        [
            "9007199254740993",
            "200",
            "0.1",
            "0.1",
            "1234.50",
            "true",
            "2024-10-04",
            "2023-11-14T22:13:20.123Z",
            "blåbær",
            "00010203-0405-0607-0809-0a0b0c0d0e0f",
        ]
    );
    assert_eq!(got.row(1), ["∅"; 10]);
    let nested = [column("liste", json!({ "nested": true }))];
    let read_list = |columns: &[config::Column]| {
        read(&sample("native.parquet"), json!({ "kind": "parquet" }), None, columns).unwrap()
    };
    assert_eq!(read_list(&nested).row(0), ["[1,2]"]);
    assert_eq!(read_list(&[column("liste", Value::Null)]).marks, [(0, MarkKind::Nested)]);
}

#[test]
fn unknown_systems_are_named_and_mended() {
    let (code, _, reason) = fails(parquet(&sample("crs_null.parquet"), Value::Null, &["navn"]));
    assert_eq!(code, "format-crs-unknown", "{reason}");
    let (code, _, reason) = fails(parquet(&sample("crs_odd.parquet"), Value::Null, &["navn"]));
    assert_eq!(code, "format-crs-unknown");
    assert!(reason.contains("Byens nett"), "{reason}");
    let got = parquet(&sample("crs_odd.parquet"), json!({ "crs": "EPSG:25833" }), &["navn"]).unwrap();
    assert_eq!((got.row(0), got.crs.unwrap().to_string()), (vec!["a"], "EPSG:25833".to_owned()));
}

#[test]
fn systems_of_many_spellings() {
    use super::{System, of_name, of_projjson};
    for (crs, system) in [
        (json!({ "id": { "authority": "EPSG", "code": 25833 } }), System::Epsg(25_833)),
        (json!({ "id": { "authority": "EPSG", "code": "25833" } }), System::Epsg(25_833)),
        (json!({ "id": { "authority": "OGC", "code": "CRS84" } }), System::Crs84),
        (json!({ "components": [{ "id": { "authority": "EPSG", "code": 25832 } }, {}] }), System::Epsg(25_832)),
        (json!({ "source_crs": { "id": { "authority": "EPSG", "code": 25835 } } }), System::Epsg(25_835)),
        (json!({ "name": "Byens nett" }), System::Named("Byens nett".to_owned())),
    ] {
        assert_eq!(of_projjson(&crs), system, "{crs}");
    }
    assert_eq!(of_name("srid:25833"), System::Epsg(25_833));
    assert_eq!(of_name("EPSG:0"), System::Unsaid);
    assert_eq!(of_name("UTM33"), System::Named("UTM33".to_owned()));
}

#[test]
fn what_is_no_parquet_file_is_refused() {
    for bytes in [
        b"PAR1".to_vec(),
        b"navn;nr\na;1\nb;2\n".to_vec(),
        [b"PAR1".as_slice(), &[0xff; 20], b"\xff\xff\xff\x7fPAR1"].concat(),
    ] {
        assert_eq!(fails(parquet(&bytes, Value::Null, &["navn"])).0, "format-parquet");
    }
    let (_, _, reason) =
        fails(parquet(&[b"PAR1".as_slice(), &[0; 20], b"\x05\0\0\0PARE"].concat(), Value::Null, &["navn"]));
    assert!(reason.contains("encrypted"), "{reason}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 80, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn cut_or_changed_files_are_refused_or_read(cut in any::<prop::sample::Index>(), flips in
        proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8), native in any::<bool>()) {
        let mut bytes = sample(if native { "native.parquet" } else { "data-multipolygon-encoding_wkb.parquet" });
        prop_assert!(parquet(&bytes[..cut.index(bytes.len())], Value::Null, &["col"]).is_err());
        for (at, value) in flips {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        let _ = parquet(&bytes, Value::Null, &["col", "helt", "tekst", "beloep"]);
    }
}
