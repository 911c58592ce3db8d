//! What the real files do not show.

use std::f64::consts::PI;

use catalog::table::{Geometry, wkb::Position};
use serde_json::json;

use super::{Read, collection, feature, read};
use crate::reader::{MarkKind, shape::ring::doubled_area};

/// A place in UTM zone 32.
const BASE: (f64, f64) = (500_000.0, 6_600_000.0);

fn at(x: f64, y: f64) -> Position {
    Position { x: BASE.0 + x, y: BASE.1 + y, z: None }
}

/// The numbers of positions relative to the base.
fn numbers(points: &[(f64, f64)]) -> String {
    let numbers = points.iter().map(|(x, y)| format!("{} {}", BASE.0 + x, BASE.1 + y));
    numbers.collect::<Vec<_>>().join(" ")
}

fn list(points: &[(f64, f64)]) -> String {
    format!("<gml:posList>{}</gml:posList>", numbers(points))
}

fn geometries(geometries: &[&str]) -> Read {
    let members: String = geometries.iter().enumerate().map(|(at, text)| feature(&format!("f{at}"), text)).collect();
    read(collection(&members).as_bytes(), &json!({ "arc_tolerance": 0.001 }), &["id = @gml:id"], "").unwrap()
}

/// The geometry of a feature with nothing to tell of it.
fn one(text: &str) -> Geometry {
    let mut read = geometries(&[text]);
    assert_eq!(read.codes(), []);
    read.geometries.remove(0).unwrap()
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
    let of = |line: &Vec<Position>| -> f64 {
        line.windows(2).map(|pair| (pair[1].x - pair[0].x).hypot(pair[1].y - pair[0].y)).sum()
    };
    match geometry {
        Geometry::LineString(line) => of(line),
        Geometry::MultiLineString(lines) => lines.iter().map(of).sum(),
        other => panic!("{other:?}"),
    }
}

const SQUARE: [(f64, f64); 5] = [(0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (0.0, 10.0), (0.0, 0.0)];
const HOLE: [(f64, f64); 5] = [(2.0, 2.0), (4.0, 2.0), (4.0, 4.0), (2.0, 4.0), (2.0, 2.0)];

fn polygon(outer: &[(f64, f64)], holes: &[&[(f64, f64)]]) -> String {
    let ring = |points: &[(f64, f64)]| format!("<gml:LinearRing>{}</gml:LinearRing>", list(points));
    let holes: Vec<String> = holes.iter().map(|hole| format!("<gml:interior>{}</gml:interior>", ring(hole))).collect();
    let holes = holes.concat();
    format!("<gml:Polygon><gml:exterior>{}</gml:exterior>{holes}</gml:Polygon>", ring(outer))
}

#[test]
fn points_in_every_form() {
    let (x, y) = (BASE.0 + 1.5, BASE.1 + 2.5);
    for text in [
        format!("<gml:Point><gml:pos>{x} {y}</gml:pos></gml:Point>"),
        format!("<gml:Point><gml:name>x</gml:name><gml:pos srsName='EPSG:25832'>{x}\n {y}</gml:pos></gml:Point>"),
        format!("<gml:Point><gml:coordinates>{x},{y}</gml:coordinates></gml:Point>"),
        format!("<gml:Point><gml:coordinates cs=' ' ts=';' decimal=','>{x:.1} {y:.1};</gml:coordinates></gml:Point>")
            .replace(".5 ", ",5 ")
            .replace(".5;", ",5;"),
    ] {
        assert_eq!(one(&text), Geometry::Point(at(1.5, 2.5)), "{text}");
    }
    let high = format!("<gml:Point srsName='EPSG:5972'><gml:pos>{x} {y} 12.25</gml:pos></gml:Point>");
    assert_eq!(one(&high), Geometry::Point(Position { z: Some(12.25), ..at(1.5, 2.5) }));
    let unknown = format!("<gml:Point><gml:pos>{x} {y} -999.999</gml:pos></gml:Point>");
    assert_eq!(one(&unknown), Geometry::Point(at(1.5, 2.5)));
    let member = |x: f64| {
        let numbers = numbers(&[(x, 0.0)]);
        format!("<gml:pointMember><gml:Point><gml:pos>{numbers}</gml:pos></gml:Point></gml:pointMember>")
    };
    let several = format!("<gml:MultiPoint>{}{}</gml:MultiPoint>", member(1.0), member(2.0));
    assert_eq!(one(&several), Geometry::MultiPoint(vec![at(1.0, 0.0), at(2.0, 0.0)]));
}

#[test]
fn dimensions_are_inherited_and_counted() {
    let three = "<gml:posList count='2'>500000 6600000 1 500001 6600000 2</gml:posList>";
    let line = |attributes: &str, list: &str| format!("<gml:LineString {attributes}>{list}</gml:LineString>");
    let expected = Geometry::LineString(vec![
        Position { z: Some(1.0), ..at(0.0, 0.0) },
        Position { z: Some(2.0), ..at(1.0, 0.0) },
    ]);
    assert_eq!(one(&line("srsDimension='3'", three)), expected);
    let by_system = line("srsName='http://www.opengis.net/def/crs/EPSG/0/5972'", three);
    assert_eq!(one(&by_system), expected, "a system with heights");
    let multi = format!(
        "<gml:MultiCurve srsDimension='3'><gml:curveMember>{}</gml:curveMember></gml:MultiCurve>",
        line("", three)
    );
    assert!(one(&multi).has_z());
    for wrong in [
        line("srsDimension='3'", &three.replace("count='2'", "count='3'")),
        line("srsDimension='4'", three),
        line("srsDimension='x'", three),
        line("srsDimension='2'", "<gml:posList>500000 6600000 1 500001 6600000</gml:posList>"),
        line("srsDimension='3'", "<gml:pos>500000 6600000</gml:pos><gml:pos>500001 6600000</gml:pos>"),
        line("", "<gml:pos>500000</gml:pos><gml:pos>500001 6600000</gml:pos>"),
        line("", "<gml:pos>500000 6600000 1 1</gml:pos><gml:pos>500001 6600000</gml:pos>"),
        line("", "<gml:posList>500000 NaN 500001 6600000</gml:posList>"),
        line("", "<gml:posList>500000 6600000</gml:posList>"),
        line("", "<gml:posList>500000 6600000 500001 inf</gml:posList>"),
        line("", ""),
    ] {
        let read = geometries(&[&wrong, &polygon(&SQUARE, &[])]);
        assert_eq!((read.broken, &read.notes[0].code), (vec![0], &"format-gml-coordinates"), "{wrong}");
        assert!(read.notes[0].message.starts_with("Ting 'f0' on line 3: "), "{}", read.notes[0].message);
        assert!(read.geometries[1].is_some(), "the next one is read");
    }
}

#[test]
fn curves_of_every_kind() {
    let curve = |segments: &str| format!("<gml:Curve><gml:segments>{segments}</gml:segments></gml:Curve>");
    let segment = |name: &str, points: &[(f64, f64)]| format!("<gml:{name}>{}</gml:{name}>", list(points));
    let half = [(0.0, 0.0), (50.0, 50.0), (100.0, 0.0)];
    let close = |text: &str, expected: f64| {
        let found = length(&one(text));
        assert!((found - expected).abs() < 0.02, "{text}: {found}, not {expected}");
    };
    close(&curve(&segment("Arc", &half)), 50.0 * PI);
    close(&curve(&segment("Circle", &half)), 100.0 * PI);
    let string = [(0.0, 0.0), (50.0, 50.0), (100.0, 0.0), (150.0, -50.0), (200.0, 0.0)];
    close(&curve(&segment("ArcString", &string)), 100.0 * PI);
    close(&curve(&segment("Geodesic", &[(0.0, 0.0), (30.0, 40.0)])), 50.0);
    let line = segment("LineStringSegment", &[(100.0, 0.0), (100.0, 70.0)]);
    close(&curve(&(segment("Arc", &half) + &line)), 50.0 * PI + 70.0);
    let around = |name: &str, rest: &str| {
        format!("<gml:{name}><gml:pos>500000 6600000</gml:pos><gml:radius uom='m'>20</gml:radius>{rest}</gml:{name}>")
    };
    close(&curve(&around("CircleByCenterPoint", "")), 40.0 * PI);
    let angles = "<gml:startAngle uom='deg'>0</gml:startAngle><gml:endAngle uom='deg'>90</gml:endAngle>";
    let quarter = curve(&around("ArcByCenterPoint", angles));
    close(&quarter, 10.0 * PI);
    let Geometry::LineString(points) = one(&quarter) else { panic!() };
    assert_eq!((points[0], points[points.len() - 1].x.round()), (at(20.0, 0.0), BASE.0));
    close(&curve(&around("ArcByCenterPoint", &angles.replace("90", "-90"))), 10.0 * PI);
    let inner = "<gml:LineString><gml:pointProperty><gml:Point><gml:pos>500000 6600000</gml:pos></gml:Point>\
        </gml:pointProperty><gml:pos>500000 6600009</gml:pos></gml:LineString>";
    close(inner, 9.0);
    let member = |text: &str| format!("<gml:curveMember>{text}</gml:curveMember>");
    let (first, second) = (curve(&segment("Arc", &half)), curve(&line));
    close(&format!("<gml:CompositeCurve>{}{}</gml:CompositeCurve>", member(&first), member(&second)), 50.0 * PI + 70.0);
    let multi = one(&format!("<gml:MultiCurve>{}{}</gml:MultiCurve>", member(&second), member(&first)));
    assert!(matches!(&multi, Geometry::MultiLineString(lines) if lines.len() == 2), "{multi:?}");
    for (wrong, code) in [
        (segment("Arc", &half[..2]), "format-gml-arc"),
        (segment("Arc", &[(0.0, 0.0), (50.0, 50.0), (0.0, 0.0)]), "format-gml-arc"),
        (segment("Circle", &[(0.0, 0.0), (1.0, 1.0), (2.0, 2.0)]), "format-gml-arc"),
        (segment("ArcString", &string[..4]), "format-gml-arc"),
        (around("CircleByCenterPoint", "").replace("'m'", "'fathom'"), "format-gml-arc"),
        (around("CircleByCenterPoint", "").replace(">20<", ">-1<"), "format-gml-arc"),
        (segment("Clothoid", &half), "format-gml-geometry"),
        (segment("LineStringSegment", &SQUARE) + &segment("LineStringSegment", &HOLE), "format-gml-ring"),
        (String::new(), "format-gml-geometry"),
    ] {
        let read = geometries(&[&curve(&wrong)]);
        assert_eq!((read.broken.len(), read.notes[0].code), (1, code), "{wrong}");
    }
}

#[test]
fn arcs_in_degrees_are_drawn_on_the_ground() {
    // A circle of 100 metres radius; at 60 degrees a degree of longitude is 55 800 metres.
    let circle = "<gml:Curve srsName='urn:ogc:def:crs:EPSG::4258'><gml:segments><gml:CircleByCenterPoint>\
        <gml:pos>60 10</gml:pos><gml:radius uom='m'>100</gml:radius></gml:CircleByCenterPoint></gml:segments></gml:Curve>";
    let read = geometries(&[circle]);
    assert_eq!(read.crs.as_deref(), Some("EPSG:4258"));
    let [west, south, east, north] = read.geometries[0].as_ref().unwrap().bbox().unwrap();
    assert!(((east - west) * 55_800.0 - 200.0).abs() < 0.5, "{}", (east - west) * 55_800.0);
    assert!(((north - south) * 111_412.0 - 200.0).abs() < 0.5, "{}", (north - south) * 111_412.0);
}

#[test]
fn surfaces_of_every_kind() {
    let square = polygon(&SQUARE, &[&HOLE]);
    let close = |text: &str, kind: &str, expected: f64| {
        let geometry = one(text);
        assert_eq!(geometry.type_name(), kind, "{text}");
        assert!((area(&geometry) - expected).abs() < 1e-6, "{text}: {}", area(&geometry));
    };
    close(&square, "Polygon", 96.0);
    let mut turned = SQUARE;
    turned.reverse();
    close(&polygon(&turned, &[&HOLE]), "Polygon", 96.0);
    let patch = square.replace("Polygon", "PolygonPatch");
    let surface = |patches: &str| format!("<gml:Surface><gml:patches>{patches}</gml:patches></gml:Surface>");
    close(&surface(&patch), "Polygon", 96.0);
    close(&surface(&patch.repeat(2)), "MultiPolygon", 192.0);
    let member = |text: &str| format!("<gml:surfaceMember>{text}</gml:surfaceMember>");
    close(&format!("<gml:MultiSurface>{}</gml:MultiSurface>", member(&surface(&patch))), "MultiPolygon", 96.0);
    close(&format!("<gml:CompositeSurface>{}</gml:CompositeSurface>", member(&square)), "Polygon", 96.0);
    let old = square.replace("exterior", "outerBoundaryIs").replace("interior", "innerBoundaryIs");
    let old = format!("<gml:MultiPolygon><gml:polygonMember>{old}</gml:polygonMember></gml:MultiPolygon>");
    close(&old, "MultiPolygon", 96.0);
    let members = format!("<gml:surfaceMembers>{square}{square}</gml:surfaceMembers>");
    close(&format!("<gml:MultiSurface>{members}</gml:MultiSurface>"), "MultiPolygon", 192.0);
    let oriented = format!(
        "<gml:OrientableSurface orientation='-'><gml:baseSurface>{square}</gml:baseSurface></gml:OrientableSurface>"
    );
    close(&oriented, "Polygon", 96.0);
    let triangle = polygon(&[(0.0, 0.0), (10.0, 0.0), (0.0, 10.0), (0.0, 0.0)], &[]).replace("Polygon", "Triangle");
    close(
        &format!("<gml:Tin><gml:trianglePatches>{}</gml:trianglePatches></gml:Tin>", triangle.repeat(2)),
        "MultiPolygon",
        100.0,
    );
    let both = format!(
        "<gml:MultiGeometry><gml:geometryMember>{square}</gml:geometryMember><gml:geometryMember>\
         <gml:Point><gml:pos>500000 6600000</gml:pos></gml:Point></gml:geometryMember></gml:MultiGeometry>"
    );
    assert!(matches!(one(&both), Geometry::GeometryCollection(members) if members.len() == 2));
}

#[test]
fn what_has_one_right_answer_is_mended_and_told() {
    let read = geometries(&[&polygon(&SQUARE[..4], &[]), &polygon(&SQUARE, &[&HOLE[..2]])]);
    assert_eq!((read.broken.len(), read.codes()), (0, vec![("format-gml-repaired", 3)]));
    assert!((area(read.geometries[0].as_ref().unwrap()) - 100.0).abs() < 1e-9);
    assert!((area(read.geometries[1].as_ref().unwrap()) - 100.0).abs() < 1e-9);
    let read = geometries(&[&polygon(&[(0.0, 0.0), (1.0, 1.0), (2.0, 2.0), (0.0, 0.0)], &[]), "<gml:Polygon/>"]);
    assert_eq!(read.codes(), [("format-gml-flat", 1), ("format-gml-ring", 1)]);
}

/// Two areas share a border, which one of them refers to before it is there, and backwards.
#[test]
fn references_forwards_backwards_and_turned() {
    let area = "<gml:Polygon><gml:exterior><gml:Ring><gml:curveMember xlink:href='#rest'/><gml:curveMember>\
        <gml:OrientableCurve orientation='-'><gml:baseCurve xlink:href='#grense'/></gml:OrientableCurve>\
        </gml:curveMember></gml:Ring></gml:exterior></gml:Polygon>";
    let curve = |id: &str, points: &[(f64, f64)]| {
        let segment = format!("<gml:LineStringSegment>{}</gml:LineStringSegment>", list(points));
        format!("<gml:Curve gml:id='{id}'><gml:segments>{segment}</gml:segments></gml:Curve>")
    };
    // The outline is west, south, east; the border runs from west to east in the north.
    let rest = curve("rest", &[(0.0, 10.0), (0.0, 0.0), (10.0, 0.0), (10.0, 10.0)]);
    let border = curve("grense", &[(0.0, 10.0), (5.0, 12.0), (10.0, 10.0)]);
    let read = geometries(&[area, &border, &rest]);
    assert_eq!(read.codes(), []);
    assert!((self::area(read.geometries[0].as_ref().unwrap()) - 110.0).abs() < 1e-9);
    let linked = format!("<gml:MultiSurface>{}</gml:MultiSurface>", "<gml:surfaceMember xlink:href='#flate'/>");
    let named = polygon(&SQUARE, &[]).replacen("<gml:Polygon", "<gml:Polygon gml:id='flate'", 1);
    let read =
        geometries(&[&linked, &named, "<gml:MultiPoint><gml:pointMember xlink:href='#flate'/></gml:MultiPoint>"]);
    assert!((self::area(read.geometries[0].as_ref().unwrap()) - 100.0).abs() < 1e-9);
    assert_eq!((read.broken, read.notes[0].code), (vec![2], "format-gml-geometry"));
    // The property itself refers.
    let members = feature("a", "").replace("<app:sted>", "<app:sted xlink:href='#flate'>") + &feature("b", &named);
    let read = read_with(&members, &[], "sted");
    assert_eq!((read.codes(), read.geometries[0].is_some()), (vec![], true));
}

fn read_with(members: &str, names: &[&str], geometry: &str) -> Read {
    read(collection(members).as_bytes(), &json!({}), names, geometry).unwrap()
}

#[test]
fn references_in_circles_and_to_nothing_are_told_by_their_ids() {
    let ring = |id: &str, to: &str| {
        format!("<gml:CompositeCurve gml:id='{id}'><gml:curveMember xlink:href='#{to}'/></gml:CompositeCurve>")
    };
    let read = geometries(&[&ring("a", "b"), &ring("b", "c"), &ring("c", "a"), &ring("d", "d")]);
    assert_eq!((read.broken.len(), read.codes()), (4, vec![("format-gml-circular", 4)]));
    assert!(read.notes[0].message.contains("lead back to 'b'"), "{}", read.notes[0].message);
    let chain: Vec<String> = (0..12).map(|at| ring(&format!("k{at}"), &format!("k{}", at + 1))).collect();
    let read = geometries(&chain.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(read.broken.len(), 12);
    let twice = format!(
        "<gml:Curve gml:id='x'><gml:segments><gml:LineStringSegment>{}</gml:LineStringSegment></gml:segments></gml:Curve>",
        list(&SQUARE)
    );
    let read = geometries(&[
        &ring("a", "nowhere"),
        &ring("b", "x"),
        &twice,
        &twice,
        &ring("c", "x").replace("'#x'", "'other.gml#x'"),
    ]);
    assert_eq!((read.broken.clone(), read.codes()), (vec![0, 1, 4], vec![("format-gml-reference", 3)]));
    assert!(read.notes[0].message.contains("no geometry 'nowhere'"), "{}", read.notes[0].message);
}

#[test]
fn attributes_by_path_with_and_without_types() {
    let text = "<gml:featureMember><app:Ting gml:id='t1'>\
        <gml:name>Navn</gml:name>\
        <app:identifikasjon><app:Identifikasjon><app:lokalId> 7 &amp; 8 </app:lokalId><app:navnerom>n</app:navnerom>\
        </app:Identifikasjon></app:identifikasjon>\
        <app:kvalitet><app:Kvalitet><app:metode>10</app:metode></app:Kvalitet></app:kvalitet>\
        <app:kvalitet><app:Kvalitet><app:metode>20</app:metode></app:Kvalitet></app:kvalitet>\
        <app:areal uom='m2'>12.5</app:areal><app:tom xsi:nil='true'>x</app:tom>\
        <app:eier xlink:href='#e1'/><app:ukjent>1</app:ukjent><app:kode>1</app:kode><app:kode>2</app:kode>\
        <app:sted><gml:Point><gml:pos>500000 6600000</gml:pos></gml:Point></app:sted>\
        <app:annet><gml:Point><gml:pos>500001 6600000</gml:pos></gml:Point></app:annet>\
        </app:Ting></gml:featureMember>\n";
    let names = [
        "id = gml:id",
        "a = identifikasjon.Identifikasjon.lokalId",
        "b = identifikasjon.lokalId",
        "c = app:identifikasjon.app:navnerom",
        "metode* = kvalitet.metode",
        "kvalitet* = kvalitet",
        "areal = areal",
        "enhet = areal@uom",
        "tom = tom",
        "eier = eier.@xlink:href",
        "eier2 = eier",
        "navn = finnesIkke | gml:name",
        "type = @type",
        "kode = kode",
        "borte = borte",
        "hel* = identifikasjon",
    ];
    let read = read_with(text, &names, "annet");
    let expected = [
        "t1",
        "7 & 8",
        "7 & 8",
        "n",
        r#"["10","20"]"#,
        r#"[{"metode":"10"},{"metode":"20"}]"#,
        "12.5",
        "m2",
        "-",
        "#e1",
        "#e1",
        "Navn",
        "Ting",
        "-",
        "-",
        r#"{"lokalId":"7 & 8","navnerom":"n"}"#,
    ];
    assert_eq!(read.cells(0), expected);
    assert_eq!(read.marked, [(0, 13, MarkKind::Nested)], "two codes are not silently one");
    assert_eq!(
        (read.missing, read.undeclared),
        (vec!["borte".to_owned()], vec!["sted".to_owned(), "ukjent".to_owned()])
    );
    assert_eq!(read.geometries[0], Some(Geometry::Point(at(1.0, 0.0))));
    assert_eq!(read_with(text, &[], "").geometries[0], Some(Geometry::Point(at(0.0, 0.0))), "the first one");
    assert_eq!(read_with(text, &[], "finnesIkke|annet").geometries[0], Some(Geometry::Point(at(1.0, 0.0))));
}

#[test]
fn envelopes_of_every_kind() {
    let point = "<gml:Point><gml:pos>500000 6600000</gml:pos></gml:Point>";
    let thing = |id: &str| format!("<Ting gml:id='{id}'><sted>{point}</sted></Ting>");
    let spaces = "xmlns:gml='http://www.opengis.net/gml/3.2' xmlns:wfs='http://www.opengis.net/wfs/2.0'";
    let format = json!({ "crs": "EPSG:25832" });
    let ids = |text: String| {
        let read = read(text.as_bytes(), &format, &["id = @id"], "").unwrap();
        let ids: Vec<String> = (0..read.rows.len()).map(|row| read.cells(row)[0].to_owned()).collect();
        assert!(read.geometries.iter().all(Option::is_some));
        (ids.join(" "), read.codes())
    };
    let wfs = format!("<wfs:member>{}</wfs:member><wfs:member>{}</wfs:member>", thing("a"), thing("b"));
    let more = format!(
        "<wfs:additionalObjects><wfs:SimpleFeatureCollection><wfs:member>{}</wfs:member></wfs:SimpleFeatureCollection>\
         </wfs:additionalObjects>",
        thing("c")
    );
    let root = |attributes: &str, inner: &str| {
        format!("\u{feff}<wfs:FeatureCollection {spaces} {attributes}>{inner}</wfs:FeatureCollection>")
    };
    let none: Vec<(&str, u64)> = vec![];
    assert_eq!(ids(root("numberReturned='0'", &wfs)), ("a b".to_owned(), none.clone()));
    assert_eq!(
        ids(root("numberMatched='2' numberReturned='2'", &(wfs.clone() + &more))),
        ("a b c".to_owned(), none.clone())
    );
    assert_eq!(ids(root("numberReturned='3'", &wfs)).1, [("format-gml-count", 1)]);
    assert_eq!(ids(root("numberMatched='5' numberReturned='2'", &wfs)).1, [("format-gml-count", 1)]);
    let inner = format!("<wfs:member>{}</wfs:member>", root("", &wfs).trim_start_matches('\u{feff}'));
    assert_eq!(ids(root("", &inner)).0, "a b");
    let members = format!("<gml:featureMembers>{}{}</gml:featureMembers>", thing("a"), thing("b"));
    let gml = format!("<gml:FeatureCollection {spaces}><gml:name>x</gml:name>{members}</gml:FeatureCollection>");
    assert_eq!(ids(gml), ("a b".to_owned(), none));
    let other = thing("a").replace("Ting", "Annet");
    let text = root("", &format!("<wfs:member>{other}</wfs:member>{wfs}"));
    let format = json!({ "crs": "EPSG:25832", "objects": ["Ting", "Borte"] });
    let read = read(text.as_bytes(), &format, &["type = @type"], "").unwrap();
    assert_eq!((read.cells(0), read.rows.len(), read.codes()), (vec!["Ting"], 2, vec![("format-gml-object", 1)]));
}

#[test]
fn systems_are_inherited_judged_and_brought_together() {
    let point = |system: &str, numbers: &str| format!("<gml:Point {system}><gml:pos>{numbers}</gml:pos></gml:Point>");
    let urn = "srsName='urn:ogc:def:crs:EPSG::4258'";
    let degrees = Geometry::Point(Position { x: 10.75, y: 59.9, z: None });
    for (system, numbers, judged) in [
        (urn, "59.9 10.75", false),
        (urn, "10.75 59.9", true),
        ("srsName='EPSG:4258'", "10.75 59.9", false),
        ("srsName='EPSG:4258'", "59.9 10.75", true),
        ("srsName='http://www.opengis.net/def/crs/EPSG/0/4258'", "59.9 10.75", false),
    ] {
        let read = geometries(&[&point(system, numbers)]);
        assert_eq!(read.geometries[0].as_ref(), Some(&degrees), "{system} {numbers}");
        let notes: Vec<_> = if judged { vec![("format-gml-axes", 1)] } else { vec![] };
        assert_eq!((read.codes(), read.crs.as_deref()), (notes, Some("EPSG:4258")), "{system} {numbers}");
    }
    let swapped = geometries(&[&point("", "6600000 500000")]);
    assert_eq!(
        (swapped.geometries[0].clone(), swapped.codes()),
        (Some(Geometry::Point(at(0.0, 0.0))), vec![("format-gml-axes", 1)])
    );
    // 60 degrees north, 10 degrees east in zones 32 and 33, by PROJ.
    let both = geometries(&[
        &point("srsName='EPSG:25833'", "221288.7702 6661953.0404"),
        &point("", "555776.2668 6651832.7354"),
    ]);
    assert_eq!((both.crs.as_deref(), both.codes()), (Some("EPSG:25833"), vec![("format-gml-mixed", 1)]));
    let Some(Geometry::Point(moved)) = both.geometries[1] else { panic!() };
    assert!((moved.x - 221_288.770_2).abs() < 0.001 && (moved.y - 6_661_953.040_4).abs() < 0.001, "{moved:?}");
    let two =
        "<gml:LineString><gml:pos>500000 6600000</gml:pos><gml:pos srsName='EPSG:25833'>1 1</gml:pos></gml:LineString>";
    let read = geometries(&[
        two,
        &point("", "1 1"),
        &point("srsName='EPSG:5972'", "500000 6600000 5"),
        &point("srsName='EPSG:6172'", "500000 6600000 5"),
    ]);
    assert_eq!(read.codes(), [("format-gml-mixed", 1), ("format-outside", 1), ("format-heights", 1)]);
    assert_eq!((read.broken, read.crs.as_deref()), (vec![0, 1, 3], Some("EPSG:5972")));
    // The feature's own envelope.
    let own = "<gml:featureMember><app:Ting><gml:boundedBy><gml:Envelope srsName='urn:ogc:def:crs:EPSG::4258'/>\
        </gml:boundedBy><app:sted><gml:Point><gml:pos>59.9 10.75</gml:pos></gml:Point></app:sted></app:Ting></gml:featureMember>";
    assert_eq!(read_with(own, &[], "").geometries[0], Some(degrees));
}
