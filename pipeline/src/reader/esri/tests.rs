//! Tests of the reader of `ArcGIS` servers' JSON.

use std::{f64::consts::PI, fs, io::Write, path::Path};

use arrow::array::AsArray;
use catalog::table::{Geometry, wkb::Position};
use config::{Column, Format};
use proptest::prelude::*;
use serde_json::{Value, json};
use tempfile::NamedTempFile;

use crate::{
    Error, Result,
    reader::{Input, Limits, open, shape::ring::doubled_area},
};

/// What a reader gave.
#[derive(Debug, Default)]
struct Read {
    rows: Vec<Vec<Option<String>>>,
    geometries: Vec<Option<Geometry>>,
    broken: Vec<usize>,
    notes: Vec<(&'static str, u64)>,
    undeclared: Vec<String>,
    crs: Option<String>,
}

fn read(text: &str, format: &Value) -> Result<Read> {
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    let column = |name: &str, kind: &str| -> Column {
        serde_json::from_value(
            json!({ "name": name, "type": { "is": kind }, "title": { "nb": name }, "class": "open" }),
        )
        .unwrap()
    };
    let columns =
        [column("navn", "text"), column("dag", "date"), column("tid", "datetime"), column("sted", "geometry")];
    let mut settings = json!({ "kind": "esri-json" });
    settings.as_object_mut().unwrap().extend(format.as_object().unwrap().clone());
    let format: Format = serde_json::from_value(settings).unwrap();
    let limits = Limits { max_cell_bytes: 10_000, max_columns: 50, batch_rows: 2 };
    let mut reader = open(Input { name: "fil", path: file.path(), stopped: &|| false }, &format, &columns, limits)?;
    let mut read = Read::default();
    while let Some(batch) = reader.next_batch()? {
        read.broken.extend(batch.marks.iter().map(|mark| read.rows.len() + mark.row));
        let texts: Vec<_> = (0..3).map(|at| batch.rows.column(at).as_string::<i32>()).collect();
        for row in 0..batch.rows.num_rows() {
            read.rows.push(texts.iter().map(|text| text.iter().nth(row).unwrap().map(str::to_owned)).collect());
        }
        let wkb = batch.rows.column(3).as_binary::<i32>();
        read.geometries.extend(wkb.iter().map(|wkb| wkb.map(|wkb| Geometry::from_wkb(wkb).unwrap())));
    }
    read.notes = reader.notes().iter().map(|note| (note.code, note.count)).collect();
    read.undeclared = reader.undeclared().to_vec();
    read.crs = reader.crs().map(|crs| crs.to_string());
    Ok(read)
}

/// A feature set in UTM zone 32.
fn set(head: &str, geometries: &[Value]) -> String {
    let features: Vec<Value> =
        geometries.iter().map(|geometry| json!({ "attributes": { "navn": "x" }, "geometry": geometry })).collect();
    format!(
        "{{\"spatialReference\":{{\"wkid\":25832,\"latestWkid\":25832}},{head}\n\"features\":{}}}",
        Value::Array(features)
    )
}

fn one(geometry: &Value) -> Geometry {
    let mut read = read(&set("", std::slice::from_ref(geometry)), &json!({ "arc_tolerance": 0.001 })).unwrap();
    assert_eq!(read.notes, []);
    read.geometries.remove(0).unwrap()
}

fn fault(text: &str) -> (&'static str, Option<u64>, String) {
    match read(text, &json!({})) {
        Err(Error::Format { code, line, reason, hint, .. }) => {
            assert!(hint.len() > 20 && !hint.contains("format section"), "{code} has a hint");
            (code, line, reason)
        }
        other => panic!("{other:?}"),
    }
}

fn at(x: f64, y: f64) -> [f64; 2] {
    [500_000.0 + x, 6_600_000.0 + y]
}

fn area(geometry: &Geometry) -> f64 {
    let of = |rings: &Vec<Vec<Position>>| rings.iter().map(|ring| doubled_area(ring) / 2.0).sum::<f64>();
    match geometry {
        Geometry::Polygon(rings) => of(rings),
        Geometry::MultiPolygon(polygons) => polygons.iter().map(of).sum(),
        other => panic!("{other:?}"),
    }
}

fn length(geometry: &Geometry) -> f64 {
    let Geometry::LineString(line) = geometry else { panic!("{geometry:?}") };
    line.windows(2).map(|pair| (pair[1].x - pair[0].x).hypot(pair[1].y - pair[0].y)).sum()
}

/// GDAL gives one polygon with a hole and another one: of the hole and of the second polygon the direction is wrong.
#[test]
fn the_sample_of_gdal() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/geo/gdal_autotest_esripolygon.json");
    let text = fs::read_to_string(path).unwrap();
    assert_eq!(fault(&text).0, "format-esri-crs", "it has no system");
    let read = read(&text, &json!({ "crs": "EPSG:4326" })).unwrap();
    let geometry = read.geometries[0].as_ref().unwrap();
    let Geometry::MultiPolygon(polygons) = geometry else { panic!("{geometry:?}") };
    let rings: Vec<usize> = polygons.iter().map(Vec::len).collect();
    assert_eq!((rings, geometry.bbox()), (vec![2, 1], Some([-3.0, 49.0, 3.0, 50.0])));
    assert!((area(geometry) - (2.0 - 0.64)).abs() < 1e-9);
    assert_eq!((read.notes, read.crs.as_deref()), (vec![("format-esri-repaired", 2)], Some("EPSG:4326")));
}

#[test]
fn attributes_and_instants() {
    let text = r#"{"fields":[{"name":"navn","type":"esriFieldTypeString"},{"name":"dag","type":"esriFieldTypeDate"},
        {"name":"tid","type":"esriFieldTypeDate"}],"exceededTransferLimit":true,"features":[
        {"attributes":{"navn":"Å","dag":1609891200000,"tid":1609891200123,"OBJECTID":1},"geometry":{"x":10.5,"y":59.5}},
        {"attributes":{"navn":null,"dag":-86400000,"tid":null,"OBJECTID":2}},
        {"attributes":{"navn":7,"dag":1609891200001,"tid":1e300},"geometry":null}],
        "spatialReference":{"wkid":4326}}"#;
    let read = read(text, &json!({})).unwrap();
    let cells: Vec<Vec<&str>> =
        read.rows.iter().map(|row| row.iter().map(|cell| cell.as_deref().unwrap_or("-")).collect()).collect();
    assert_eq!(cells[0], ["Å", "2021-01-06", "2021-01-06T00:00:00.123Z"]);
    assert_eq!(cells[1], ["-", "1969-12-31", "-"]);
    assert_eq!(cells[2], ["7", "2021-01-06T00:00:00.001Z", "1e300"]);
    assert_eq!((read.undeclared, read.notes), (vec!["OBJECTID".to_owned()], vec![("format-esri-part", 1)]));
    assert_eq!(read.geometries[1..], [None, None]);
}

#[test]
fn geometries_of_every_kind() {
    let (a, b) = (at(0.0, 0.0), at(30.0, 40.0));
    assert_eq!(
        one(&json!({ "x": a[0], "y": a[1], "z": 5 })),
        Geometry::Point(Position { x: a[0], y: a[1], z: Some(5.0) })
    );
    assert!(matches!(one(&json!({ "points": [a, b] })), Geometry::MultiPoint(points) if points.len() == 2));
    assert!((length(&one(&json!({ "paths": [[a, b]] }))) - 50.0).abs() < 1e-9);
    assert!(matches!(one(&json!({ "paths": [[a, b], [b, a]] })), Geometry::MultiLineString(lines) if lines.len() == 2));
    let high = json!({ "hasZ": true, "hasM": true, "paths": [[[a[0], a[1], 1, 9], [b[0], b[1], 2, 9]]] });
    let Geometry::LineString(line) = one(&high) else { panic!() };
    assert_eq!(line.iter().map(|position| position.z).collect::<Vec<_>>(), [Some(1.0), Some(2.0)]);
    let measured = json!({ "hasM": true, "paths": [[[a[0], a[1], 9], [b[0], b[1], 9]]] });
    assert!(!one(&measured).has_z());
    let ring = |points: &[(f64, f64)]| points.iter().map(|(x, y)| at(*x, *y)).collect::<Vec<_>>();
    let outer = ring(&[(0.0, 0.0), (0.0, 10.0), (10.0, 10.0), (10.0, 0.0), (0.0, 0.0)]);
    let hole = ring(&[(2.0, 2.0), (4.0, 2.0), (4.0, 4.0), (2.0, 4.0), (2.0, 2.0)]);
    let other = ring(&[(20.0, 0.0), (20.0, 1.0), (21.0, 1.0), (20.0, 0.0)]);
    let polygon = one(&json!({ "rings": [hole, outer] }));
    assert!((polygon.type_name(), area(&polygon)) == ("Polygon", 96.0), "{polygon:?}");
    assert!((area(&one(&json!({ "rings": [hole, other, outer] }))) - 96.5).abs() < 1e-9);
    let empty =
        [json!({ "x": null }), json!({ "x": "NaN", "y": "NaN" }), json!({ "rings": [] }), json!({ "paths": [] })];
    let read = read(&set("", &empty), &json!({})).unwrap();
    assert_eq!((read.geometries, read.broken.len(), read.notes.len()), (vec![None; 4], 0, 0));
}

#[test]
fn curves_of_every_kind() {
    let half = json!({ "curvePaths": [[at(0.0, 0.0), { "c": [at(100.0, 0.0), at(50.0, 50.0)] }, at(100.0, 10.0)]] });
    assert!((length(&one(&half)) - 50.0 * PI - 10.0).abs() < 0.02);
    let around = |clockwise: u8| json!({ "curvePaths": [[at(20.0, 0.0), { "a": [at(0.0, 20.0), at(0.0, 0.0), 0, clockwise] }]] });
    assert!((length(&one(&around(0))) - 10.0 * PI).abs() < 0.01);
    assert!((length(&one(&around(1))) - 30.0 * PI).abs() < 0.01);
    let circle = json!({ "curveRings": [[at(20.0, 0.0), { "a": [at(20.0, 0.0), at(0.0, 0.0), 0, 1] }]] });
    assert!((area(&one(&circle)) - 400.0 * PI).abs() < 0.5);
    let round = json!({ "curveRings": [[at(-20.0, 0.0), { "c": [at(-20.0, 0.0), at(20.0, 0.0)] }]] });
    let told = read(&set("", &[round]), &json!({})).unwrap();
    assert!((area(told.geometries[0].as_ref().unwrap()) - 400.0 * PI).abs() < 1.0);
    // The longer half axis is 20 metres to the north.
    let ellipse =
        json!({ "curveRings": [[at(0.0, 20.0), { "a": [at(0.0, 20.0), at(0.0, 0.0), 0, 1, PI / 2.0, 20, 0.5] }]] });
    let drawn = one(&ellipse);
    assert!((area(&drawn) - 200.0 * PI).abs() < 0.5, "{}", area(&drawn));
    let [west, south, east, north] = drawn.bbox().unwrap();
    assert!((east - west - 20.0).abs() < 0.01 && (north - south - 40.0).abs() < 0.01, "{drawn:?}");
    let bezier = json!({ "curvePaths": [[at(0.0, 0.0), { "b": [at(30.0, 0.0), at(10.0, 0.0), at(20.0, 0.0)] }]] });
    assert!((length(&one(&bezier)) - 30.0).abs() < 1e-6);
    for (wrong, code) in [
        (json!({ "curvePaths": [[{ "c": [at(1.0, 0.0), at(2.0, 0.0)] }]] }), "format-esri-arc"),
        (json!({ "curvePaths": [[at(0.0, 0.0), { "q": [] }]] }), "format-esri-arc"),
        (json!({ "curvePaths": [[at(0.0, 0.0), { "a": [at(1.0, 0.0), at(0.0, 0.0), 0, 1] }]] }), "format-esri-arc"),
        (
            json!({ "curvePaths": [[at(0.0, 1.0), { "a": [at(1.0, 0.0), at(0.0, 0.0), 0, 1, 0, 1, 0] }]] }),
            "format-esri-arc",
        ),
        (json!({ "paths": [[at(0.0, 0.0)]] }), "format-esri-coordinates"),
        (json!({ "paths": [[[1, 2, 3, 4], [1, 2, 3, 4]]] }), "format-esri-coordinates"),
        (json!({ "paths": [[["a", 2], [1, 2]]] }), "format-esri-coordinates"),
        (json!({ "paths": [7] }), "format-esri-geometry"),
        (json!({ "rings": [[at(0.0, 0.0), at(1.0, 1.0), at(0.0, 0.0)]] }), "format-esri-repaired"),
        (json!({ "xmin": 1 }), "format-esri-geometry"),
        (json!({ "x": 1, "y": 2 }), "format-outside"),
        (json!({ "x": 1, "y": 2, "spatialReference": { "wkid": 9999 } }), "format-esri-crs"),
    ] {
        let read = read(&set("", &[wrong.clone(), json!({ "x": 5e5, "y": 6.6e6 })]), &json!({})).unwrap();
        assert_eq!((read.broken, read.notes[0].0), (vec![0], code), "{wrong}");
        assert!(read.geometries[1].is_some());
    }
}

#[test]
fn a_file_that_is_none_has_a_code() {
    let with = |reference: &str| set("", &[]).replace("{\"wkid\":25832,\"latestWkid\":25832}", reference);
    assert_eq!(fault(&with("{\"wkt\":\"x\"}")).0, "format-esri-crs");
    assert_eq!(fault(&with("null")).0, "format-esri-crs");
    let (code, _, reason) = fault(&with("{\"wkid\":23032}"));
    assert!(code == "format-esri-crs" && reason.contains("23032"), "{reason}");
    let (code, line, reason) = fault("{\"error\":{\"code\":400,\"message\":\"Hemmelig\"}}");
    assert!((code, line) == ("format-esri-error", Some(1)) && reason.contains("400") && !reason.contains("Hemmelig"));
    for bad in [
        "{}",
        "[]",
        "{\"features\":[],\"features\":[]}",
        "{\"spatialReference\":{\"wkid\":4326},\"features\":7}",
        "{\"features\":[]",
    ] {
        assert_eq!(fault(bad).0, "format-json", "{bad}");
    }
    let web =
        r#"{"spatialReference":{"wkid":102100},"features":[{"attributes":{},"geometry":{"x":1196000,"y":8380000}}]}"#;
    assert_eq!(read(web, &json!({})).unwrap().crs.as_deref(), Some("EPSG:3857"));
    let whole =
        set("\"hasZ\":false,", &[json!({ "rings": [[at(0.0, 0.0), at(0.0, 1.0), at(1.0, 0.0), at(0.0, 0.0)]] })]);
    for cut in 1..whole.len() {
        assert!(fault(&whole[..cut]).0.starts_with("format-"), "{cut}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_numbers_are_read_or_put_aside(
        numbers in proptest::collection::vec(prop_oneof![Just(5e5), Just(6.6e6), Just(0.0), any::<f64>()], 0..24),
        clockwise in 0..2,
    ) {
        let points: Vec<Value> = numbers.chunks(2).map(|pair| json!(pair)).collect();
        let curve = json!({ "a": [points.first(), points.last(), 0, clockwise, numbers.first(), 1, numbers.last()] });
        let ring: Vec<Value> = points.iter().cloned().chain([curve]).collect();
        for geometry in [json!({ "curveRings": [ring, points] }), json!({ "curvePaths": [ring] })] {
            if let Err(error) = read(&set("", &[geometry]), &json!({})) {
                prop_assert!(error.code().starts_with("format-"), "{error:?}");
            }
        }
    }
}
