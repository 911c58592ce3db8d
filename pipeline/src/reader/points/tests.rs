//! Points of columns: the three layouts of Matrikkelen's addresses, and what goes wrong in such files.

use catalog::table::Geometry;
use serde_json::{Value, json};

use super::{
    super::{
        MarkKind,
        geo::testing::{Got, column, fails, read, sample},
    },
    number,
};
use crate::Result;

#[expect(clippy::needless_pass_by_value, reason = "callers make it on the spot")]
fn point(settings: Value) -> Vec<config::Column> {
    vec![column("navn", Value::Null), column("geometri", json!({ "point": settings }))]
}

fn csv(text: &str, settings: Value) -> Result<Got> {
    read(text.as_bytes(), json!({ "kind": "csv" }), None, &point(settings))
}

fn places(got: &Got) -> Vec<Option<(f64, f64)>> {
    let place = |geometry: &Option<Geometry>| match geometry {
        Some(Geometry::Point(position)) => Some((position.x, position.y)),
        None => None,
        Some(other) => panic!("{other:?}"),
    };
    got.geometries.iter().map(place).collect()
}

#[test]
fn coordinates_as_people_write_them() {
    for (text, expected) in [
        ("6602969.4", Some(6_602_969.4)),
        ("6602969,4", Some(6_602_969.4)),
        ("6 602 969,4", Some(6_602_969.4)),
        ("6\u{a0}602\u{a0}969", Some(6_602_969.0)),
        ("-12.5", Some(-12.5)),
        ("\u{2212}12,5", Some(-12.5)),
        ("6.602.969", None),
        ("6.602.969,4", None),
        ("NaN", None),
        ("inf", None),
        ("", None),
        ("60°", None),
        ("1e999", None),
    ] {
        assert_eq!(number(text), expected, "{text}");
    }
}

#[test]
fn addresses_of_2018_name_the_system_of_sosi() {
    let columns = [
        column("nr = KOMMUNENR", Value::Null),
        column("geometri", json!({ "point": { "x": "OST", "y": "NORD", "crs_from": "KOORDINATSYSTEMKODE" } })),
    ];
    let got = read(
        &sample("matrikkel_adresse_2018_layout.csv"),
        json!({ "kind": "csv", "trailing_separator": true }),
        None,
        &columns,
    )
    .unwrap();
    assert_eq!((got.rows.len(), got.row(0)), (28, vec!["0125"]));
    assert_eq!(got.crs.unwrap().to_string(), "EPSG:25833");
    assert_eq!(places(&got)[0], Some((291_016.5, 6_602_969.4)));
    assert!(places(&got).iter().all(Option::is_some));
    assert!(!got.undeclared.iter().any(|name| name == "OST" || name == "KOORDINATSYSTEMKODE"));
    assert_eq!(got.missing, [""; 0]);
}

#[test]
fn addresses_of_2019_name_the_code_of_epsg() {
    let text = "kommunenummer;navn;EPSG-kode;Nord;Øst\n0301;Storgata;25833;6649000,5;262000,25\n0301;Lillegata;25833;6649001;262001\n";
    let got = csv(text, json!({ "x": "Øst", "y": "Nord", "crs_from": "EPSG-kode" })).unwrap();
    assert_eq!(got.crs.unwrap().to_string(), "EPSG:25833");
    assert_eq!(places(&got), [Some((262_000.25, 6_649_000.5)), Some((262_001.0, 6_649_001.0))]);
}

#[test]
fn addresses_of_2025_are_in_degrees() {
    let columns = [
        column("id = adresseId", Value::Null),
        column("geometri", json!({ "point": { "x": "Øst", "y": "Nord", "crs_from": "EPSG-kode" } })),
    ];
    let got = read(&sample("matrikkel_vegadresse_2025_layout_excerpt.csv"), json!({ "kind": "csv" }), None, &columns)
        .unwrap();
    assert_eq!(
        (got.crs.unwrap().to_string(), places(&got)),
        ("EPSG:4258".to_owned(), vec![Some((9.686_519, 63.621_611))])
    );
}

#[test]
fn rows_of_several_systems_come_into_one() {
    let text =
        "navn;e;n;s\na;262000;6649000;25833\nb;10,75;59,91;4258\nc;598000;6643000;22\nd;598000;6643000;EPSG:25832\n";
    let settings = json!({ "x": "e", "y": "n", "crs_from": "s" });
    let got = csv(text, settings.clone()).unwrap();
    assert_eq!(got.crs.unwrap().to_string(), "EPSG:25833", "that of the first row");
    let own = places(&got);
    assert_eq!(own[2], own[3]);
    // cs2cs of PROJ 9.1 gives 262243.16 6648906.94 for b.
    let (x, y) = own[1].unwrap();
    assert!((x - 262_000.0).abs() < 5000.0 && (y - 6_649_000.0).abs() < 5000.0, "{x} {y}");
    let declared = [column("geometri", json!({ "type": { "is": "geometry", "crs": "CRS84" }, "point": settings }))];
    let got = read(text.as_bytes(), json!({ "kind": "csv" }), None, &declared).unwrap();
    assert_eq!((got.crs.unwrap().to_string(), places(&got)[1]), ("OGC:CRS84".to_owned(), Some((10.75, 59.91))));
}

#[test]
fn bad_coordinates_put_the_row_aside_and_are_told() {
    let text = "navn;e;n;s\na;262000;;25833\nb;x;6649000;25833\nc;262000;6649000;9999\nd;262000;6649000;\ne;0;0;25833\nf;;;\ng;262000;6649000;25833\n";
    let got = csv(text, json!({ "x": "e", "y": "n", "crs_from": "s" })).unwrap();
    let bad: Vec<usize> =
        got.marks.iter().map(|(row, kind)| (*kind == MarkKind::Geometry).then_some(*row).unwrap()).collect();
    assert_eq!(bad, [0, 1, 2, 3, 4]);
    assert_eq!(got.codes(), [("format-point", 2), ("format-point-crs", 2), ("format-outside", 1)]);
    assert!(got.notes[1].message.contains("row 4") && got.notes[1].message.contains("'9999'"), "{:?}", got.notes);
    assert_eq!(places(&got)[5..], [None, Some((262_000.0, 6_649_000.0))], "no coordinates are no error");
    let (code, _, _) = fails(csv(text, json!({ "x": "e", "y": "n", "crs": "EPSG:23032" })));
    assert_eq!(code, "format-crs-unknown");
    assert_eq!(csv(text, json!({ "x": "øst", "y": "n" })).unwrap().missing, ["geometri"]);
}

#[test]
fn heights_and_a_system_for_all_rows() {
    let got = csv(
        "navn;e;n;h\na;262000;6649000;12,5\nb;262000;6649000;\n",
        json!({ "x": "e", "y": "n", "z": "h", "crs": "EPSG:5973" }),
    )
    .unwrap();
    assert_eq!(got.crs.unwrap().to_string(), "EPSG:5973");
    let heights: Vec<Option<f64>> = got
        .geometries
        .iter()
        .map(|geometry| match geometry {
            Some(Geometry::Point(position)) => position.z,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(heights, [Some(12.5), None]);
}

#[test]
fn json_has_points_of_members() {
    let text = br#"{"navn":"a","pos":{"e":262000.5,"n":"6649000"},"s":25833}
        {"navn":"b","pos":null}
        {"navn":"c","pos":{"e":[1],"n":2},"s":25833}"#;
    let text = String::from_utf8_lossy(text).replace("\n        ", "\n");
    let got = read(
        text.as_bytes(),
        json!({ "kind": "ndjson" }),
        None,
        &point(json!({ "x": "pos.e", "y": "pos.n", "crs_from": "s" })),
    )
    .unwrap();
    assert_eq!(places(&got), [Some((262_000.5, 6_649_000.0)), None, None]);
    assert_eq!((got.marks.len(), got.codes()), (1, vec![("format-point", 1)]));
    assert_eq!((got.crs.unwrap().to_string(), got.missing, got.undeclared), ("EPSG:25833".to_owned(), vec![], vec![]));
}

#[test]
fn well_known_text_in_a_column() {
    let text = "navn;geometri\na;POINT (262000 6649000)\nb;SRID=4258;x\n";
    let columns = [column("navn", Value::Null), column("geometri", json!({ "wkt": { "crs": "EPSG:25833" } }))];
    let quoted = text.replace("SRID=4258;x", "\"SRID=4258;LINESTRING (10.7 59.9, 10.8 59.9)\"")
        + "c;SIRKEL\nd;POINT EMPTY\ne;\n";
    let got = read(quoted.as_bytes(), json!({ "kind": "csv" }), None, &columns).unwrap();
    assert_eq!(got.crs.unwrap().to_string(), "EPSG:25833");
    assert!(matches!(&got.geometries[0], Some(Geometry::Point(position)) if (position.x - 262_000.0).abs() < 1e-6));
    assert!(
        matches!(&got.geometries[1], Some(Geometry::LineString(line)) if (250_000.0..270_000.0).contains(&line[0].x))
    );
    assert_eq!(got.marks, [(2, MarkKind::Geometry)]);
    assert_eq!(got.geometries[3..], [None, None]);
}
