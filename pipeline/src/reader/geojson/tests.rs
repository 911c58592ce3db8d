//! Tests of the `GeoJSON` reader beyond RFC 7946.

use std::{collections::BTreeMap, fs, io::Write, path::Path};

use arrow::array::{Array, AsArray};
use catalog::{
    crs::union,
    table::{Geometry, wkb::Position},
};
use config::{Column, Format};
use serde_json::json;
use tempfile::NamedTempFile;

use crate::{
    Error, Result,
    reader::{Input, Limits, open, shape::ring::doubled_area},
};

/// What a reader gave.
#[derive(Debug, Default)]
struct Read {
    names: Vec<Option<String>>,
    geometries: Vec<Option<Geometry>>,
    marked: usize,
    notes: Vec<(&'static str, String)>,
    crs: Option<String>,
}

fn read_path(path: &Path, collection: Option<&str>, name: &str) -> Result<Read> {
    let column = |name: &str, from: &[&str], kind: &str| -> Column {
        serde_json::from_value(json!({ "name": name, "from": from, "type": { "is": kind }, "title": { "nb": name },
            "class": "open" }))
        .unwrap()
    };
    let columns = [column("navn", &[name], "text"), column("geometri", &[], "geometry")];
    let mut format = json!({ "kind": "geojson" });
    if let Some(collection) = collection {
        format["collection"] = collection.into();
    }
    let format: Format = serde_json::from_value(format).unwrap();
    let limits = Limits { max_cell_bytes: 10_000, max_columns: 50, batch_rows: 100 };
    let mut reader = open(Input { name: "fil", path, stopped: &|| false }, &format, &columns, limits)?;
    let mut read = Read::default();
    while let Some(batch) = reader.next_batch()? {
        read.marked += batch.marks.len();
        let names = batch.rows.column(0).as_string::<i32>();
        read.names.extend(names.iter().map(|name| name.map(str::to_owned)));
        let wkb = batch.rows.column(1).as_binary::<i32>();
        assert_eq!(wkb.len(), names.len());
        read.geometries.extend(wkb.iter().map(|wkb| wkb.map(|wkb| Geometry::from_wkb(wkb).unwrap())));
    }
    read.notes = reader.notes().iter().map(|note| (note.code, note.message.clone())).collect();
    read.crs = reader.crs().map(|crs| crs.to_string());
    Ok(read)
}

fn read(text: &str, collection: Option<&str>) -> Result<Read> {
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    read_path(file.path(), collection, "navn")
}

fn fault(read: Result<Read>) -> (&'static str, Option<u64>, String) {
    match read {
        Err(Error::Format { code, line, reason, hint, .. }) => {
            assert!(hint.len() > 20 && !hint.contains("format section"), "{code} has a hint");
            (code, line, reason)
        }
        other => panic!("{other:?}"),
    }
}

fn excerpt() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/geo/geonorge_fylker_excerpt.geojson")
}

fn area(geometry: &Geometry) -> f64 {
    let of = |rings: &Vec<Vec<Position>>| rings.iter().map(|ring| doubled_area(ring)).sum::<f64>().abs() / 2.0;
    match geometry {
        Geometry::Polygon(rings) => of(rings),
        Geometry::MultiPolygon(polygons) => polygons.iter().map(of).sum(),
        _ => 0.0,
    }
}

fn extent(read: &Read) -> [f64; 4] {
    read.geometries.iter().flatten().filter_map(Geometry::bbox).reduce(union).unwrap()
}

fn same(own: [f64; 4], other: [f64; 4]) {
    assert!(own.iter().zip(other).all(|(own, other)| (own - other).abs() < 1e-6), "{own:?}, not {other:?}");
}

#[test]
fn one_of_several_named_collections_is_read_in_its_system() {
    let (code, _, reason) = fault(read_path(&excerpt(), None, "fylkesnavn"));
    assert_eq!((code, reason.as_str()), ("format-geojson-collection", "there are several collections: Fylke, Grense"));
    let read = read_path(&excerpt(), Some("Fylke"), "fylkesnavn").unwrap();
    let names: Vec<&str> = read.names.iter().flatten().map(String::as_str).collect();
    assert_eq!((names, read.crs.as_deref()), (vec!["Buskerud", "Agder", "Akershus"], Some("EPSG:25833")));
    // Measured on the numbers of the file.
    let sum: f64 = read.geometries.iter().flatten().map(area).sum();
    assert!((sum - 30_539_125_613.371_88).abs() < 1.0, "{sum}");
    same(extent(&read), [3911.51, 6_440_301.5, 322_270.8, 6_775_261.84]);
    let read = read_path(&excerpt(), Some("Grense"), "identifikasjon.Identifikasjon.lokalId").unwrap();
    assert!(read.names.len() == 5 && read.names.iter().all(Option::is_some), "{:?}", read.names);
    let (code, _, reason) = fault(read_path(&excerpt(), Some("Kommune"), "x"));
    assert!(code == "format-geojson-collection" && reason.contains("Fylke, Grense"), "{reason}");
}

const POINT: &str =
    r#"{"type":"Feature","properties":{"navn":"a"},"geometry":{"type":"Point","coordinates":[500000,6600000.25]}}"#;

fn collection(before: &str, features: &str) -> String {
    format!("{{\"type\":\"FeatureCollection\",{before}\"features\":[\n{features}\n]}}")
}

fn named(name: &str) -> String {
    format!("\"crs\":{{\"type\":\"name\",\"properties\":{{\"name\":\"{name}\"}}}},")
}

#[test]
fn a_named_system_is_kept() {
    for name in ["EPSG:25832", "urn:ogc:def:crs:EPSG::25832", "http://www.opengis.net/def/crs/EPSG/0/25832"] {
        let read = read(&collection(&named(name), POINT), None).unwrap();
        let point = Geometry::Point(Position { x: 500_000.0, y: 6_600_000.25, z: None });
        assert_eq!((read.crs.as_deref(), read.geometries), (Some("EPSG:25832"), vec![Some(point)]), "{name}");
    }
    let code = "\"crs\":{\"type\":\"EPSG\",\"properties\":{\"code\":25832}},";
    assert_eq!(read(&collection(code, POINT), None).unwrap().crs.as_deref(), Some("EPSG:25832"));
    let (code, line, reason) = fault(read(&collection(&named("EPSG:23032"), POINT), None));
    assert!((code, line) == ("format-crs", Some(1)) && reason.contains("'EPSG:23032'"), "{reason}");
    assert_eq!(fault(read(&collection("\"crs\":{},", POINT), None)).0, "format-crs");
    assert_eq!(fault(read(&collection("\"crs\":null,", POINT), None)).0, "format-crs", "metres without a system");
    let degrees = POINT.replace("500000,6600000.25", "10.5,59.5");
    for name in ["urn:ogc:def:crs:OGC:1.3:CRS84", "urn:ogc:def:crs:EPSG::4326"] {
        let read = read(&collection(&named(name), &degrees), None).unwrap();
        assert_eq!((read.crs, read.geometries.len()), (None, 1), "longitude first, whatever the name says");
    }
}

#[test]
fn features_that_do_not_fit_are_put_aside_or_refused() {
    let with = |geometry: &str| {
        let feature = format!("{{\"type\":\"Feature\",\"properties\":{{}},\"geometry\":{geometry}}}");
        read(&collection("", &feature), None)
    };
    let four = with(r#"{"type":"LineString","coordinates":[[10,60,1,2],[11,60,1,2]]}"#).unwrap();
    assert_eq!((four.marked, four.notes[0].0), (1, "format-dimensions"));
    assert!(four.notes[0].1.contains("row 1"), "{:?}", four.notes);
    let three = with(r#"{"type":"Point","coordinates":[10,60,1]}"#).unwrap();
    assert_eq!(three.geometries[0], Some(Geometry::Point(Position { x: 10.0, y: 60.0, z: Some(1.0) })));
    let none = with("null").unwrap();
    assert_eq!((none.geometries, none.marked, none.notes.len()), (vec![None], 0, 0));
    for bad in ["[NaN,60]", "[10,Infinity]", "[1e999,60]"] {
        let (code, line, _) = fault(with(&format!("{{\"type\":\"Point\",\"coordinates\":{bad}}}")));
        assert_eq!((code, line), ("format-json", Some(2)), "{bad}");
    }
}

#[test]
fn the_only_collection_needs_no_name() {
    let inner = collection(&named("EPSG:25832"), POINT);
    let only = format!("{{\"metadata\":{{\"type\":\"x\"}},\"tall\":7,\"Bygg\":{inner},\"mer\":[1]}}");
    assert_eq!(read(&only, None).unwrap().names, [Some("a".to_owned())]);
    assert_eq!(read(&only, Some("Bygg")).unwrap().names.len(), 1);
    assert_eq!(fault(read(&only, Some("metadata"))).0, "format-geojson-collection");
    assert_eq!(fault(read(&inner, Some("Bygg"))).0, "format-geojson-collection", "it has no name");
    assert_eq!(fault(read("{\"a\":{}}", None)).0, "format-json");
    for end in ["", "}", ",\"x\":}", "}x"] {
        let broken = format!("{{\"Bygg\":{inner}{end}");
        let outcome = read(&broken, None);
        assert_eq!(outcome.is_ok(), end == "}", "{end}");
    }
}

#[test]
fn cut_off_anywhere_a_file_is_an_error() {
    let whole = fs::read_to_string(excerpt()).unwrap();
    let whole = whole.trim_end();
    for cut in (1..whole.len()).step_by(97).filter(|cut| whole.is_char_boundary(*cut)) {
        let (code, ..) = fault(read(&whole[..cut], Some("Grense")));
        assert!(code.starts_with("format-"), "{cut}");
    }
}

#[test]
#[ignore = "needs GEO_SAMPLES, a folder with Kommuner-S.geojson and the unpacked Basisdata_0000_Norge_25833_Fylker_GeoJSON.geojson"]
fn whole_files_give_what_others_measured() {
    let folder = std::env::var("GEO_SAMPLES").unwrap();
    let folder = Path::new(&folder);
    let kinds = |read: &Read| {
        let mut kinds: BTreeMap<&str, u64> = BTreeMap::new();
        read.geometries.iter().flatten().for_each(|geometry| *kinds.entry(geometry.type_name()).or_default() += 1);
        kinds
    };
    let read = read_path(&folder.join("Kommuner-S.geojson"), None, "kommunenummer").unwrap();
    assert_eq!(kinds(&read), BTreeMap::from([("MultiPolygon", 206), ("Polygon", 151)]));
    let expected = [4.641_923, 57.974_536, 31.147_007, 71.185_025];
    same(extent(&read), expected);
    let counties = folder.join("Basisdata_0000_Norge_25833_Fylker_GeoJSON.geojson");
    let read = read_path(&counties, Some("Fylke"), "fylkesnummer").unwrap();
    let sum: f64 = read.geometries.iter().flatten().map(area).sum();
    assert_eq!((read.names.len(), read.crs.as_deref()), (15, Some("EPSG:25833")));
    assert!((sum - 470_107_278_119.38).abs() < 1.0, "{sum}");
    same(extent(&read), [-99_551.21, 6_426_048.44, 1_121_940.59, 7_962_743.58]);
    let read = read_path(&counties, Some("Grense"), "objtype").unwrap();
    assert_eq!((read.names.len(), kinds(&read)), (4636, BTreeMap::from([("LineString", 4636)])));
}
