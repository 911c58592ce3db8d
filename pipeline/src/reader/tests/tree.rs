//! JSON, JSON lines and `GeoJSON`.

use serde_json::json;

use super::{MarkKind, column, columns, fails, read, table};

const JOURNAL: &str = r#"{"entity": "Journalpost", "id": "jp_01j6rsyt70fk7ted9ap5gyv6dx", "slug": "2024-1-1-0", "offentligTittel": "Tilsyn med skole", "journalaar": 2024, "korrespondansepart": [{"korrespondansepartNavn": "***", "korrespondanseparttype": "avsender"}, {"korrespondansepartNavn": "Testvik kommune", "erBehandlingsansvarlig": true}], "skjerming": null}"#;

#[test]
fn a_journal_line_by_dotted_paths() {
    let text =
        format!("{JOURNAL}\n\n  {{\"id\":\"jp_2\",\"skjerming\":{{\"hjemmel\" : \"Offl. § 13\"}},\"beløp\":1.50}}\r\n");
    let declared = columns(&[
        "id",
        "part = korrespondansepart.1.korrespondansepartNavn",
        "aar = journalaar",
        "hjemmel = skjerming.hjemmel",
        "skjerming",
        "belop = amount | beløp",
        "borte",
    ]);
    let read = read(text.as_bytes(), json!({ "kind": "ndjson" }), &declared).unwrap();
    assert_eq!(
        table(&read),
        [
            ["jp_01j6rsyt70fk7ted9ap5gyv6dx", "Testvik kommune", "2024", "∅", "∅", "∅", "∅"],
            ["jp_2", "∅", "∅", "Offl. § 13", "∅", "1.50", "∅"],
        ]
    );
    assert_eq!((read.lines, read.marks), (vec![1, 3], vec![(1, 4, MarkKind::Nested)]));
    assert_eq!(read.missing, ["borte"]);
    assert_eq!(read.undeclared, ["entity", "slug", "offentligTittel"]);
}

#[test]
fn a_malformed_line_is_named() {
    let (code, line, reason) = fails(b"{\"a\":1}\n{\"a\":}\n", json!({ "kind": "ndjson" }), &columns(&["a"]));
    assert_eq!((code, line), ("format-json", Some(2)));
    assert!(reason.starts_with("column 6"), "{reason}");
    for bad in ["[1]", "3", "{\"a\":1} x", "{\"a\":1", "{\"a\":\"\\ud800\"}", "null"] {
        assert_eq!(fails(bad.as_bytes(), json!({ "kind": "ndjson" }), &columns(&["a"])).0, "format-json", "{bad}");
    }
}

#[test]
fn values_keep_their_text() {
    let text = r#"[{"a": 12345678901234567890.10, "b": true, "c": [1, {"x" : "y  z"}], "d": "", "e": "\u00e5"}]"#;
    let mut declared = columns(&["a", "b", "c", "d", "e"]);
    let closed = read(text.as_bytes(), json!({ "kind": "json" }), &declared).unwrap();
    assert_eq!(table(&closed), [["12345678901234567890.10", "true", "∅", "∅", "å"]]);
    assert_eq!(closed.marks, [(0, 2, MarkKind::Nested)]);
    declared[2].nested = true;
    let read = read(text.as_bytes(), json!({ "kind": "json" }), &declared).unwrap();
    assert_eq!(table(&read), [["12345678901234567890.10", "true", r#"[1,{"x":"y  z"}]"#, "∅", "å"]]);
    assert_eq!(read.marks, []);
}

#[test]
fn rows_of_a_document_are_found_by_a_path() {
    let text = "\u{feff}{\"meta\": {\"data\": []}, \"result\": [1, {\"data\": [ {\"id\": \"0301\"},\n {\"id\": \"1103\"}, {\"id\": \"4601\"} ], \"n\": 3}], \"end\": null} ";
    let declared = columns(&["id"]);
    let format = json!({ "kind": "json", "rows": "result.1.data" });
    let read = read(text.as_bytes(), format.clone(), &declared).unwrap();
    assert_eq!(table(&read), [["0301"], ["1103"], ["4601"]]);
    assert_eq!((read.lines, read.batches), (vec![1, 2, 3], 2));
    for (bad, line) in [
        (text.replace(", \"end\": null} ", ""), 2),
        (text.replace("null} ", "null} x"), 2),
        (text.replace("result", "resultat"), 2),
        (text.replace("{\"id\": \"1103\"}", "7"), 2),
        (text.replace("\"4601\"}", "\"4601\""), 2),
    ] {
        let (code, found, reason) = fails(bad.as_bytes(), format.clone(), &declared);
        assert_eq!((code, found), ("format-json", Some(line)), "{bad}: {reason}");
    }
    assert!(super::read(b"[]", json!({ "kind": "json" }), &declared).unwrap().rows.is_empty());
    assert_eq!(fails(b"{\"a\": 1}", json!({ "kind": "json" }), &declared).0, "format-json");
}

#[test]
fn nesting_is_bounded() {
    let declared = columns(&["a"]);
    for depth in [200, 100_000] {
        let deep = format!("{{\"a\":{}1{}}}", "[".repeat(depth), "]".repeat(depth));
        assert_eq!(fails(deep.as_bytes(), json!({ "kind": "ndjson" }), &declared).0, "format-json");
        assert_eq!(fails(format!("[{deep}]").as_bytes(), json!({ "kind": "json" }), &declared).0, "format-json");
        let collection = format!("{{\"type\":\"FeatureCollection\",\"features\":[{deep}]}}");
        assert_eq!(fails(collection.as_bytes(), json!({ "kind": "geojson" }), &declared).0, "format-json");
    }
}

#[test]
fn too_many_members_are_refused() {
    let members: Vec<String> = (0..100).map(|at| format!("\"k{at}\":1")).collect();
    let text = format!("{{{}}}\n", members.join(","));
    assert_eq!(fails(text.as_bytes(), json!({ "kind": "ndjson" }), &columns(&["a"])).0, "format-too-many-columns");
}

#[test]
fn json_is_utf_8() {
    let (code, line, _) = fails(b"{\"a\":\"x\"}\n{\"a\":\"b\xF8\"}\n", json!({ "kind": "ndjson" }), &columns(&["a"]));
    assert_eq!((code, line), ("format-encoding", Some(2)));
}

const BIRKENES: &str = r#"{"type":"Feature","properties":{"id":"4216","kommunenummer":"4216","kommunenavn":"Birkenes"},"geometry":{"type":"Polygon","coordinates":[[[8.048822129415969,58.372538101369976],[8.040907337976197,58.35154060934998],[8.05886782624337,58.34080341031575],[8.048822129415969,58.372538101369976]]]}}"#;

fn collection(members: &str, features: &[&str]) -> String {
    format!("{{{members}\"features\":[\n{}\n]}}", features.join(",\n"))
}

#[test]
fn features_have_properties_an_id_and_a_geometry() {
    let moss =
        r#"{"type":"Feature","id":7,"properties":{"kommunenummer":"3103","navn":{"nb":"Moss"}},"geometry":null}"#;
    let text = collection("\"type\":\"FeatureCollection\",\"name\":\"K\",", &[BIRKENES, moss]);
    let declared = [
        column("id", "text", "open"),
        column("nummer = kommunenummer", "code", "open"),
        column("navn = kommunenavn | properties.navn.nb", "text", "open"),
        column("omrade", "geometry", "open"),
    ];
    let read = read(text.as_bytes(), json!({ "kind": "geojson" }), &declared).unwrap();
    assert_eq!(table(&read), [["4216", "4216", "Birkenes", "77 bytes of WKB"], ["7", "3103", "Moss", "∅"]]);
    assert_eq!((read.lines, read.missing.len(), read.undeclared.len()), (vec![1, 2], 0, 0));
}

#[test]
fn unknown_reference_systems_are_refused_and_known_ones_after_the_features() {
    let declared = [column("omrade", "geometry", "open")];
    let geojson = json!({ "kind": "geojson" });
    let good =
        r#""type":"FeatureCollection","crs":{"type":"name","properties":{"name":"urn:ogc:def:crs:OGC:1.3:CRS84"}},"#;
    assert_eq!(read(collection(good, &[BIRKENES]).as_bytes(), geojson.clone(), &declared).unwrap().rows.len(), 1);
    let utm = good.replace("OGC:1.3:CRS84", "EPSG::25833");
    let aside = read(collection(&utm, &[BIRKENES]).as_bytes(), geojson.clone(), &declared).unwrap();
    assert_eq!((aside.marks.len(), aside.notes[0].code), (1, "format-outside"), "degrees are no metres");
    let unknown = utm.replace("25833", "23033");
    assert_eq!(fails(collection(&unknown, &[BIRKENES]).as_bytes(), geojson.clone(), &declared).0, "format-crs");
    let late = collection("\"type\":\"FeatureCollection\",", &[BIRKENES]);
    let late = format!("{},{}", &late[..late.len() - 1], &utm[27..].trim_end_matches(',')) + "}";
    assert_eq!(fails(late.as_bytes(), geojson.clone(), &declared).0, "format-crs");
    let metres = BIRKENES.replace("8.05886782624337,58.34080341031575", "85000.5,6490000.1");
    let text = collection("\"type\":\"FeatureCollection\",", &[&metres]);
    assert_eq!(fails(text.as_bytes(), geojson, &declared).0, "format-crs");
}

#[test]
fn what_is_no_collection_or_no_geometry_is_refused() {
    let declared = [column("omrade", "geometry", "open")];
    let geojson = json!({ "kind": "geojson" });
    let cut = collection("\"type\":\"FeatureCollection\",", &[BIRKENES]);
    for bad in [BIRKENES, "{}", "[]", "{\"type\":\"FeatureCollection\"}", &cut[..cut.len() - 1], &cut[..cut.len() - 9]]
    {
        assert_eq!(fails(bad.as_bytes(), geojson.clone(), &declared).0, "format-json", "{bad}");
    }
    for bad in [r#"{"type":"Point"}"#, r#"{"type":"Point","coordinates":["a",1]}"#, r#""POINT(1 2)""#, "7"] {
        let feature = format!("{{\"type\":\"Feature\",\"properties\":{{}},\"geometry\":{bad}}}");
        let text = collection("\"type\":\"FeatureCollection\",", &[&feature]);
        assert_eq!(fails(text.as_bytes(), geojson.clone(), &declared).0, "format-geometry", "{bad}");
    }
}

#[test]
fn a_login_page_is_told_as_such() {
    let page = b"\xEF\xBB\xBF \n<!DOCTYPE html><html><title>Logg inn</title></html>";
    for kind in ["csv", "excel", "json", "ndjson", "geojson"] {
        assert_eq!(fails(page, json!({ "kind": kind }), &columns(&["a"])).0, "format-html", "{kind}");
    }
}
