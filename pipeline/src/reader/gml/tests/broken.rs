//! Broken and hostile files: a code and a line, never a panic, never a hang.

use std::{fs, path::Path};

use proptest::prelude::*;
use serde_json::json;

use super::{collection, feature, read};
use crate::Error;

fn error(text: &[u8]) -> (&'static str, Option<u64>, String) {
    match read(text, &json!({}), &["id = @id"], "") {
        Err(Error::Format { code, line, reason, hint, .. }) => {
            assert!(hint.len() > 20 && !hint.contains("format section"), "{code} has a hint");
            (code, line, reason)
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_file_that_is_none_has_a_code_and_a_line() {
    let (code, line, reason) = error(b"<app:Ting xmlns:app='x'/>");
    assert_eq!((code, line), ("format-xml-root", Some(1)));
    assert!(reason.contains("'Ting'"), "{reason}");
    let (code, _, reason) = error(b"<?xml version='1.0'?>\n<ows:ExceptionReport xmlns:ows='x'/>");
    assert!(code == "format-xml-root" && reason.contains("exception"), "{reason}");
    let point = |system: &str| format!("<gml:Point{system}><gml:pos>500000 6600000</gml:pos></gml:Point>");
    let text = collection(&feature("f1", &point(" srsName='urn:ogc:def:crs:EPSG::23032'")));
    let (code, line, reason) = error(text.as_bytes());
    assert_eq!((code, line), ("format-gml-crs", Some(3)));
    assert!(reason.contains("'f1'") && reason.contains("'urn:ogc:def:crs:EPSG::23032'"), "{reason}");
    let text = collection(&feature("f1", &point(""))).replace(" srsName='EPSG:25832'", "");
    assert_eq!((error(text.as_bytes()).0, error(text.as_bytes()).1), ("format-gml-crs", Some(3)));
    let mut latin = collection(&feature("f1", &point(""))).into_bytes();
    latin.extend(b"<!-- \xe5 -->");
    assert_eq!(error(&latin).0, "format-encoding");
    let entity = collection(&feature("f1", &point(""))).replace("'f1'", "'&stranger;'");
    assert_eq!(error(entity.as_bytes()).0, "format-xml-entity");
}

#[test]
fn geometries_and_features_without_end_are_bounded() {
    let many = "500000 6600000 ".repeat(150_000);
    let lists = format!("<gml:posList>{many}</gml:posList>").repeat(14);
    let text = collection(&(feature("f1", &format!("<gml:LineString>{lists}</gml:LineString>")) + &feature("f2", "")));
    let found = read(text.as_bytes(), &json!({}), &[], "").unwrap();
    assert_eq!((found.broken, found.notes[0].code), (vec![0], "format-gml-limit"));
    let long = format!("<gml:LineString><gml:posList>{}", "500000 6600000 ".repeat(500_000));
    assert_eq!(error(collection(&feature("f1", &long)).as_bytes()).0, "format-xml-limit");
    let deep = "<gml:MultiGeometry><gml:geometryMember>".repeat(40);
    assert_eq!(error(collection(&feature("f1", &deep)).as_bytes()).0, "format-xml-limit");
    let link = "<gml:curveMember xlink:href='#a'/>";
    let links = format!("<gml:CompositeCurve gml:id='a'>{}</gml:CompositeCurve>", link.repeat(300_000));
    let found = read(collection(&feature("f1", &links)).as_bytes(), &json!({}), &[], "").unwrap();
    assert_eq!((found.broken, found.notes[0].code), (vec![0], "format-gml-limit"));
    // Each level doubles the work of the one below.
    let level = |at: u32| {
        let member = format!("<gml:curveMember xlink:href='#n{}'/>", at + 1).repeat(40);
        feature(&format!("f{at}"), &format!("<gml:MultiCurve gml:id='n{at}'>{member}</gml:MultiCurve>"))
    };
    let last = "<gml:LineString gml:id='n6'><gml:posList>500000 6600000 500000 6600001</gml:posList></gml:LineString>";
    let text = collection(&((0..6).map(level).collect::<String>() + &feature("end", last)));
    let found = read(text.as_bytes(), &json!({}), &[], "").unwrap();
    assert!(found.broken.contains(&0) && found.notes.iter().any(|note| note.code == "format-gml-limit"), "{found:?}");
}

#[test]
fn a_value_that_is_too_long_puts_its_row_aside() {
    let long = format!("<app:navn>{}</app:navn>", "x".repeat(200_000));
    let text = collection(&(feature("a", "").replace("<app:sted>", &format!("{long}<app:sted>")) + &feature("b", "")));
    let found = read(text.as_bytes(), &json!({}), &["navn = navn"], "").unwrap();
    assert_eq!((found.rows.len(), found.marked.len()), (2, 1));
}

#[test]
fn cut_off_anywhere_a_file_is_an_error() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/geo");
    for name in ["gml.gmlid.1-2D-pass.gml", "gml.gmlid.1-3D-pass.gml", "gml.flate.1-fail.gml"] {
        let whole = fs::read(folder.join(name)).unwrap();
        let end = whole.iter().rposition(|byte| *byte == b'>').unwrap();
        for cut in (1..end).step_by(97) {
            match read(&whole[..cut], &json!({}), &["id = @id"], "") {
                Err(error) => assert!(error.code().starts_with("format-"), "{name} {cut}: {error:?}"),
                Ok(read) => panic!("{name} {cut}: {read:?}"),
            }
        }
    }
}

/// Pieces of documents in any order.
fn soup() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("<gml:Polygon><gml:exterior><gml:Ring><gml:curveMember xlink:href='#a'/></gml:Ring></gml:exterior></gml:Polygon>".to_owned()),
        Just("<gml:Curve gml:id='a'><gml:segments>".to_owned()),
        Just("</gml:segments></gml:Curve>".to_owned()),
        Just("<gml:LineString gml:id='a' srsDimension='3'>".to_owned()),
        Just("</gml:LineString>".to_owned()),
        Just("<gml:Arc><gml:pos>500000 6600000</gml:pos></gml:Arc>".to_owned()),
        Just("<gml:posList>500000 6600000 500001 6600000 500000 6600001 500000 6600000</gml:posList>".to_owned()),
        Just("<gml:MultiSurface><gml:surfaceMember>".to_owned()),
        Just("</gml:surfaceMember></gml:MultiSurface>".to_owned()),
        Just("<gml:OrientableCurve orientation='-'><gml:baseCurve xlink:href='#a'/></gml:OrientableCurve>".to_owned()),
        Just("<gml:Point srsName='EPSG:4258'><gml:pos>60 10</gml:pos></gml:Point>".to_owned()),
        Just("</app:sted><app:sted>".to_owned()),
        "<app:[a-zA-Z]{1,5} xlink:href='#a'/>",
        "[-0-9. eN]{0,12}",
    ];
    proptest::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_pieces_are_read_or_refused(pieces in soup(), other in soup()) {
        let text = collection(&(feature("x", &pieces) + &feature("y", &other)));
        if let Err(error) = read(text.as_bytes(), &json!({}), &["id = @id", "navn* = sted"], "") {
            prop_assert!(error.code().starts_with("format-"), "{error:?}");
        }
    }

    #[test]
    fn any_change_of_a_byte_is_read_or_refused(at in 0_usize..16_000, byte in any::<u8>()) {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/geo/gml.gmlid.1-2D-pass.gml");
        let mut bytes = fs::read(path).unwrap();
        bytes[at] = byte;
        if let Err(error) = read(&bytes, &json!({}), &["id = @id", "omr* = område"], "") {
            prop_assert!(error.code().starts_with("format-"), "{error:?}");
        }
    }
}
