//! Files written for what the standard allows and the samples do not show.

use std::f64::consts::PI;

use catalog::table::{Geometry, wkb::Position};
use serde_json::json;

use super::{HEAD, column, features, file, read};
use crate::reader::shape::ring::doubled_area;

/// Geometries in the file's own coordinates.
fn shapes(body: &str) -> Vec<Geometry> {
    let file = file(format!("{HEAD}{body}.SLUTT\n").as_bytes());
    let (features, notes) = features(file.path()).unwrap();
    let told = |code: &str| !matches!(code, "format-sosi-approximated" | "format-sosi-repaired");
    assert!(notes.iter().all(|note| !told(note.code)), "{notes:?}");
    features.into_iter().map(|feature| feature.geometry.unwrap().unwrap()).collect()
}

/// A curve from centimetres north and east of a place.
fn curve(kind: &str, serial: u32, points: &[(i64, i64)]) -> String {
    let at = |(north, east): &(i64, i64)| format!("{} {}\n", 660_000_000 + north, 50_000_000 + east);
    format!(".{kind} {serial}:\n..NØ\n{}", points.iter().map(at).collect::<String>())
}

fn at(north: f64, east: f64) -> Position {
    Position { x: 500_000.0 + east, y: 6_600_000.0 + north, z: None }
}

fn rings(geometry: &Geometry) -> &[Vec<Position>] {
    let Geometry::Polygon(rings) = geometry else { panic!("{geometry:?}") };
    rings
}

fn area(geometry: &Geometry) -> f64 {
    rings(geometry).iter().map(|ring| doubled_area(ring) / 2.0).sum()
}

#[test]
fn every_character_set_gives_the_same_text_whatever_is_declared() {
    let text = HEAD.to_owned() + ".PUNKT 1:\n..OBJTYPE Sjø\n..NAVN Ærøya på Åsen\n..NØ\n660000000 50000000\n.SLUTT\n";
    let swap = |pairs: &[(char, u8)]| -> Vec<u8> {
        let one = |character: char| match pairs.iter().find(|(from, _)| *from == character) {
            Some((_, byte)) => *byte,
            None => u8::try_from(character).unwrap(),
        };
        text.chars().map(one).collect()
    };
    let latin = swap(&[]);
    let dos = swap(&[('Ø', 0x9D), ('ø', 0x9B), ('Æ', 0x92), ('å', 0x86), ('Å', 0x8F)]);
    let seven = swap(&[('Ø', b'\\'), ('ø', b'|'), ('Æ', b'['), ('å', b'}'), ('Å', b']')]);
    let marked = [b"\xef\xbb\xbf".as_slice(), text.as_bytes()].concat();
    for bytes in [text.clone().into_bytes(), marked, latin, dos, seven] {
        for (declared, same) in [("UTF-8", 0xC3), ("ISO8859-10", 0xD8), ("ANSI", 0xD8), ("DOSN8", 0x9D), ("ND7", b'\\')]
        {
            let origin = bytes.windows(7).position(|window| window == b"ORIGO-N").unwrap();
            let honest = bytes[origin + 7] == same;
            let at = bytes.windows(5).position(|window| window == b"UTF-8").unwrap();
            let bytes = [&bytes[..at], declared.as_bytes(), &bytes[at + 5..]].concat();
            let read = read(&bytes, &json!({ "objects": ["SJØ"] }), &["navn = NAVN"]).unwrap();
            assert_eq!(column(&read, 0), [Some("Ærøya på Åsen")], "{declared}");
            let told = read.notes.iter().any(|(code, _)| *code == "format-sosi-charset");
            assert_eq!(told, !honest, "{declared}");
        }
    }
}

#[test]
fn lines_end_in_three_ways() {
    let text = HEAD.to_owned()
        + "!!!!\n.TEKST 7: ! her\n..STRENG Nord & Sør ! navn\n..NØ\n660000000 50000000 ...KP 1\n\
        660000100 50000000\n.SLUTT\n";
    for ends in ["\n", "\r", "\r\n"] {
        let read = read(text.replace('\n', ends).as_bytes(), &json!({}), &["tekst = STRENG", "nr = @nummer"]).unwrap();
        assert_eq!(read.rows, [(8, vec![Some("Nord & Sør".to_owned()), Some("7".to_owned())])]);
        assert_eq!(read.notes, []);
    }
}

#[test]
fn areas_come_before_their_curves_with_islands_and_reversed_parts() {
    // A square of 100 m, with a square and a circle as islands.
    let body = [
        ".FLATE 1:\n..OBJTYPE A\n..REF :2 :-3\n:4 (:5) ( :6 )\n..NØ\n660000001 50000001\n".to_owned(),
        curve("KURVE", 2, &[(0, 0), (0, 10_000), (10_000, 10_000)]),
        curve("KURVE", 3, &[(10_000, 0), (10_000, 10_000)]),
        curve("KURVE", 4, &[(10_000, 0), (0, 0)]),
        curve("KURVE", 5, &[(1000, 1000), (1000, 2000), (2000, 2000), (2000, 1000), (1000, 1000)]),
        curve("SIRKEL", 6, &[(5000, 5000)]).replace("..NØ", "..RADIUS 10\n..NØ"),
    ]
    .concat();
    let shapes = shapes(&body);
    assert!((area(&shapes[0]) - (10_000.0 - 100.0 - PI * 100.0)).abs() < 0.1, "{}", area(&shapes[0]));
    let rings = rings(&shapes[0]);
    assert_eq!((rings.len(), rings[0].len()), (3, 5));
    assert!(doubled_area(&rings[0]) > 0.0 && doubled_area(&rings[1]) < 0.0 && doubled_area(&rings[2]) < 0.0);
}

#[test]
fn neighbours_share_an_arc_to_the_last_digit() {
    let body = [
        curve("BUEP", 1, &[(0, 0), (5000, 5000), (0, 10_000)]),
        curve("KURVE", 2, &[(0, 10_000), (20_000, 10_000), (20_000, 0), (0, 0)]),
        curve("KURVE", 3, &[(0, 0), (0, 10_000)]),
        ".FLATE 4:\n..REF :1 :2\n.FLATE 5:\n..REF :3 :-1\n".to_owned(),
    ]
    .concat();
    let shapes = shapes(&body);
    let Geometry::LineString(arc) = &shapes[0] else { panic!() };
    let half = PI * 2500.0 / 2.0;
    assert!((area(&shapes[4]) - half).abs() < 0.2 && (area(&shapes[3]) - (20_000.0 - half)).abs() < 0.2);
    for area in &shapes[3..] {
        assert!(arc.iter().all(|position| rings(area)[0].contains(position)));
    }
}

#[test]
fn every_type_of_group() {
    let radius = |text: &str| format!("..RADIUS {text}\n..NØ");
    let body = [
        curve("LINJE", 1, &[(0, 0), (0, 100)]),
        curve("BUE", 2, &[(0, 0), (0, 1000)]).replace("..NØ", &radius("-10\n..STORBUE 1")),
        curve("SIRKELP", 3, &[(0, 1000), (1000, 0), (0, -1000)]),
        curve("KLOTOIDE", 4, &[(0, 100), (100, 200), (300, 300)]),
        curve("SVERM", 5, &[(0, 0), (1, 1), (2, 2)]),
        curve("SYMBOL", 6, &[(0, 0), (100, 100)]),
        ".TRASE 7:\n..REF :1 :4 :2\n".to_owned(),
        // References as they were written before SOSI 2.2.
        ".TRASE 8:\n.. :1 :4\n".to_owned(),
        ".OBJEKT 9:\n..REF :6 :1 :7\n".to_owned(),
    ]
    .concat();
    let shapes = shapes(&body);
    let names: Vec<&str> = shapes.iter().map(Geometry::type_name).collect();
    assert_eq!(
        names,
        [
            "LineString",
            "LineString",
            "LineString",
            "LineString",
            "MultiPoint",
            "Point",
            "MultiLineString",
            "LineString",
            "GeometryCollection"
        ]
    );
    let Geometry::LineString(arc) = &shapes[1] else { panic!() };
    let middle = arc[arc.len() / 2];
    let expected = at(-10.0 - 75_f64.sqrt(), 5.0);
    assert!((middle.x - expected.x).hypot(middle.y - expected.y) < 0.3, "{middle:?}");
    let Geometry::MultiLineString(path) = &shapes[6] else { panic!() };
    assert_eq!((path.len(), path[0].len()), (2, 4));
    let Geometry::GeometryCollection(members) = &shapes[8] else { panic!() };
    assert_eq!(members.iter().map(Geometry::type_name).collect::<Vec<_>>(), ["Point", "LineString", "MultiLineString"]);
}

#[test]
fn heights_of_every_kind() {
    let z = |body: &str| match shapes(body).remove(0) {
        Geometry::LineString(line) => line.iter().map(|position| position.z).collect::<Vec<_>>(),
        Geometry::Point(position) => vec![position.z],
        other => panic!("{other:?}"),
    };
    let flat = "660000000 50000000";
    assert_eq!(z(&format!(".KURVE 1:\n..NØH\n{flat} 12345 ...KP 1\n..NØ\n{flat}\n")), [Some(123.45), None]);
    assert_eq!(z(&format!(".KURVE 1:\n..HØYDE 20.5\n..NØ\n{flat}\n{flat}\n")), [Some(20.5), Some(20.5)]);
    assert_eq!(z(&format!(".PUNKT 1:\n..ENHET-H 0.1\n..NØH {flat} -15\n")), [Some(-1.5)]);
    assert_eq!(z(&format!(".PUNKT 1:\n..NØD\n{flat} 15\n")), [Some(-0.15)]);
    assert_eq!(z(&format!(".PUNKT 1:\n..NØH\n{flat} -99999900\n")), [None], "the sign for no height");
}

#[test]
fn units_and_origins() {
    let text = HEAD.replace("ORIGO-NØ 0 0", "ORIGO-NØ 6600000.5 -100")
        + ".PUNKT 1:\n..ENHET 1\n..NØ\n-10 500\n\
        .PUNKT 2:\n..NØ\n-1000 3D2\n.SLUTT\n";
    let file = file(text.as_bytes());
    let points: Vec<Geometry> =
        features(file.path()).unwrap().0.into_iter().map(|feature| feature.geometry.unwrap().unwrap()).collect();
    let point = |x: f64, y: f64| Geometry::Point(Position { x, y, z: None });
    assert_eq!(points, [point(400.0, 6_599_990.5), point(-97.0, 6_599_990.5)]);
}

#[test]
fn attributes_by_path_place_and_number() {
    let text = HEAD.to_owned()
        + "..KVALITET 11 300\n..EIER 'Testvik kommune'\n.PUNKT 3:\n..OBJTYPE Sted\n..KVALITET 82 * 3\n\
        ..STEDSNAVN\n...SPRÅK nor\n...SKRIVEMÅTE\n....LANGNAVN \"Vik\n...SPRÅK sme\n..LTEMA 1\n..LTEMA 2\n..TOM *\n\
        ..LINK \"http://a!b\" & \"/c\"\n..NØ\n660000000 50000000\n..HREF 9\n.PUNKT 4:\n..OBJTYPE Sted\n..LTEMA 1\n\
        ..NØ\n660000000 50000000\n.SLUTT\n";
    let columns = [
        "k = KVALITET",
        "metode = Kvalitet.1",
        "synbarhet = KVALITET.2",
        "navn = FINNES.IKKE|stedsnavn.skrivemåte.langnavn",
        "tema* = LTEMA",
        "stedsnavn* = STEDSNAVN",
        "tom = TOM",
        "link = LINK",
        "href = HREF",
        "eier = @hode.EIER",
        "type = @gruppe",
        "nr = @nummer",
        "borte = BORTE",
    ];
    let read = read(text.as_bytes(), &json!({}), &columns).unwrap();
    let cells = |row: usize| read.rows[row].1.iter().map(|cell| cell.as_deref().unwrap_or("-")).collect::<Vec<_>>();
    let nested = r#"{"SPRÅK":["nor","sme"],"SKRIVEMÅTE":{"LANGNAVN":"Vik"}}"#;
    let link = "http://a!b/c";
    assert_eq!(cells(0)[..7], ["82 * 3", "82", "-", "Vik", r#"["1","2"]"#, nested, "-"]);
    assert_eq!(cells(0)[7..], [link, "9", "Testvik kommune", "PUNKT", "3", "-"]);
    assert_eq!(cells(1)[..5], ["11 300", "11", "300", "-", "1"], "the head's quality holds where there is no other");
    assert_eq!((read.missing, read.undeclared), (vec!["borte".to_owned()], vec![]));
}

#[test]
fn several_values_are_not_silently_one() {
    let text =
        HEAD.to_owned() + ".PUNKT 3:\n..LTEMA 1\n..LTEMA 2\n..NAVN\n...A 1\n..B 1\n..NØ\n660000000 50000000\n.SLUTT\n";
    let read = read(text.as_bytes(), &json!({}), &["tema = LTEMA", "navn = NAVN"]).unwrap();
    assert_eq!(read.nested, [0, 0]);
    assert_eq!(read.undeclared, ["B"]);
}

#[test]
fn wanted_types_become_rows_and_others_do_not() {
    let point = |serial: u32, attribute: &str| format!(".PUNKT {serial}:\n..{attribute}\n..NØ\n660000000 50000000\n");
    let text = [HEAD, &point(1, "OBJTYPE Bygning"), &point(2, "OBJTYPE Tre"), &point(3, "PTEMA 5001"), ".RASTER 4:\n"]
        .concat();
    let numbers = |objects: &[&str]| {
        let read = read(text.as_bytes(), &json!({ "objects": objects }), &["nr = @nummer"]).unwrap();
        let notes: Vec<_> = read.notes.iter().map(|(code, _)| *code).collect();
        (column(&read, 0).into_iter().map(|cell| cell.unwrap().to_owned()).collect::<Vec<_>>(), notes)
    };
    let file = ["format-sosi-group", "format-sosi-end"];
    assert_eq!(numbers(&[]), (vec!["1".to_owned(), "2".to_owned(), "3".to_owned()], file.to_vec()));
    assert_eq!(numbers(&["bygning", "5001"]).0, ["1", "3"]);
    assert_eq!(numbers(&["Bygnig"]), (vec![], vec!["format-sosi-group", "format-sosi-end", "format-sosi-object"]));
}

#[test]
fn positions_stay_in_the_system_of_the_file() {
    let text = |koordsys: &str, unit: &str, place: &str| {
        let head = HEAD.replace("KOORDSYS 22", &format!("KOORDSYS {koordsys}")).replace("0.01", unit);
        format!("{head}.PUNKT 1:\n..NØ\n{place}\n.SLUTT\n")
    };
    let point = |text: String, format: serde_json::Value| {
        let read = read(text.as_bytes(), &format, &[]).unwrap();
        match read.geometries.into_iter().next().unwrap() {
            Some(Geometry::Point(position)) => Some((read.crs, position.x, position.y)),
            other => {
                assert_eq!((other, read.broken, read.notes), (None, vec![0], vec![("format-sosi-coordinates", 1)]));
                None
            }
        }
    };
    // 60 degrees north, 10 degrees east in zone 33, by PROJ.
    let (north, east) = ("6661953.0404", "221288.7702");
    let expected = Some(("EPSG:25833".to_owned(), 221_288.770_2, 6_661_953.040_4));
    assert_eq!(point(text("23", "1", &format!("{north} {east}")), json!({})), expected);
    assert_eq!(point(text("23 EUREF89 UTM33", "0.0001", "66619530404 2212887702"), json!({})), expected);
    assert_eq!(point(text("99", "1", &format!("{north} {east}")), json!({ "koordsys": 23 })), expected);
    let degrees = Some(("EPSG:4258".to_owned(), 10.0, 60.0));
    assert_eq!(point(text("84", "0.0000001", "600000000 100000000"), json!({})), degrees);
    assert_eq!(point(text("3", "1", "212000.5 1000"), json!({})), Some(("EPSG:27393".to_owned(), 1000.0, 212_000.5)));
    assert_eq!(point(text("84", "1", "216000 36000"), json!({})), None, "seconds are no degrees");
    assert_eq!(point(text("23", "0.01", &format!("{north} {east}")), json!({})), None, "a wrong unit");
}
