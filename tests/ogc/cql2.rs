//! CQL2 (OGC 21-065r2 annex A): the tests of every class that is claimed, on data that is known.

use std::collections::BTreeSet;

use serde_json::json;

use super::{PLACES, SHARE, collections, filtered, get, ids, items, query, refusal};

const COLLECTION: &str = "steder";

/// The share of a place.
fn share(number: usize) -> f64 {
    f64::from(u32::try_from(number).unwrap()) * SHARE
}

/// The numbers from 1 of the places for which something holds.
fn places(holds: impl Fn(usize) -> bool) -> Vec<String> {
    (0..PLACES).filter(|number| holds(*number)).map(|number| (number + 1).to_string()).collect()
}

fn apart(a: &[String], b: &[String]) -> bool {
    let a: BTreeSet<&String> = a.iter().collect();
    b.iter().all(|id| !a.contains(id))
}

#[test]
fn ats_cql2_basic_cql2_basic_test() {
    for id in collections() {
        let properties = get(&format!("/collections/{id}/queryables"))["properties"].clone();
        let known = |one: &serde_json::Value| one["type"].is_string() || one["format"].is_string();
        assert!(properties.as_object().unwrap().values().all(known), "{id}");
        assert!(properties.as_object().unwrap().values().any(|one| one["type"].is_string()), "{id}");
    }
}

#[test]
fn ats_cql2_basic_cql2_comparison() {
    for (name, value) in [
        ("navn", "'foo'"),
        ("aktiv", "true"),
        ("andel", "3.25"),
        ("leie", "1003.50"),
        ("antall", "1"),
        ("antall", "3.14"),
        ("endret", "TIMESTAMP('2026-01-14T12:00:00Z')"),
        ("dato", "DATE('2026-01-14')"),
    ] {
        let of = |op: &str| filtered(COLLECTION, &format!("{name} {op} {value}"));
        let null = filtered(COLLECTION, &format!("{name} IS NULL")).len();
        for (one, other) in [("=", "<>"), (">", "<="), ("<", ">=")] {
            let (a, b) = (of(one), of(other));
            assert!(apart(&a, &b), "{name} {one} {other}");
            assert_eq!(a.len() + b.len() + null, PLACES, "{name} {one} {other}");
        }
    }
}

#[test]
fn ats_cql2_basic_cql2_is_null() {
    for (name, count) in [("navn", 0), ("antall", 3), ("dato", 1), ("sted", 1)] {
        let (null, there) =
            (filtered(COLLECTION, &format!("{name} IS NULL")), filtered(COLLECTION, &format!("{name} is not null")));
        assert!(apart(&null, &there) && null.len() == count && there.len() == PLACES - count, "{name}");
    }
}

#[test]
fn ats_cql2_basic_cql2_boolean() {
    for id in collections() {
        assert!(!filtered(&id, "true").is_empty() && filtered(&id, "FALSE").is_empty(), "{id}");
    }
}

#[test]
fn ats_cql2_basic_cql2_test_data() {
    let name = |n: usize| format!("{} {n:02}", ["Åsen", "Bakken", "Brekke", "Dalen", "Eng"][n % 5]);
    for (filter, expected) in [
        ("navn='Åsen 05'", places(|n| n == 5)),
        ("navn>='Dalen 13'", places(|n| name(n).as_str() >= "Dalen 13")),
        ("navn<'Brekke'", places(|n| name(n).as_str() < "Brekke")),
        ("antall=7", places(|n| n * 7 % 20 == 7 && n % 10 != 9)),
        ("antall<>7", places(|n| n * 7 % 20 != 7 && n % 10 != 9)),
        ("leie<1010.50", places(|n| n < 10)),
        ("leie<=1010.5", places(|n| n <= 10)),
        ("dato>DATE('2026-01-20')", places(|n| n >= 20 && n != 28)),
        ("endret<=TIMESTAMP('2026-01-03T12:00:00Z')", places(|n| n <= 2)),
        ("aktiv=false", places(|n| n % 3 != 0)),
        (
            "(navn='Åsen 05' OR antall=7) AND NOT aktiv=true",
            places(|n| (n == 5 || n * 7 % 20 == 7 && n % 10 != 9) && n % 3 != 0),
        ),
    ] {
        assert_eq!(filtered(COLLECTION, filter), expected, "{filter}");
    }
}

/// A predicate, and what is known of it: true, false, or unknown where a value is missing.
type Known = (&'static str, fn(usize) -> Option<bool>);

#[test]
fn ats_cql2_basic_cql2_logical() {
    let known: [Known; 8] = [
        ("antall<>7", |n| (n % 10 != 9).then_some(n * 7 % 20 != 7)),
        ("antall>10", |n| (n % 10 != 9).then_some(n * 7 % 20 > 10)),
        ("dato IS NULL", |n| Some(n == 28)),
        ("dato<DATE('2026-01-10')", |n| (n != 28).then_some(n < 9)),
        ("aktiv=true", |n| Some(n % 3 == 0)),
        ("navn LIKE 'B%'", |n| Some(matches!(n % 5, 1 | 2))),
        ("kode IN ('A')", |n| Some(n % 2 == 0)),
        ("leie BETWEEN 1005 AND 1020", |n| Some((5..20).contains(&n))),
    ];
    // SQL's three truth values.
    let not = |a: Option<bool>| a.map(|a| !a);
    let and = |a: Option<bool>, b: Option<bool>| match (a, b) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (Some(true), Some(true)) => Some(true),
        _ => None,
    };
    let or = |a, b| not(and(not(a), not(b)));
    let mut state = 7_usize;
    let mut pick = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        known[(state >> 33) % known.len()]
    };
    for _ in 0..25 {
        let (p1, p2, p3, p4) = (pick(), pick(), pick(), pick());
        let filter =
            format!("(NOT ({}) AND {}) OR ({} and NOT {}) or not ({} AND {})", p1.0, p2.0, p3.0, p4.0, p1.0, p4.0);
        let holds = |n: usize| {
            let [one, two, three, four] = [p1, p2, p3, p4].map(|known| known.1(n));
            or(or(and(not(one), two), and(three, not(four))), not(and(one, four))) == Some(true)
        };
        assert_eq!(filtered(COLLECTION, &filter), places(holds), "{filter}");
    }
}

#[test]
fn ats_cql2_advanced_comparison_operators_like() {
    for id in ["navn", "kode"] {
        let all = filtered(COLLECTION, &format!("{id} LIKE '%'"));
        assert_eq!((all.len(), &all), (PLACES, &filtered(COLLECTION, &format!("{id} like '%%'"))));
        assert!(apart(
            &filtered(COLLECTION, &format!("{id} like '_%'")),
            &filtered(COLLECTION, &format!("{id} like ''"))
        ));
        assert!(filtered(COLLECTION, &format!("{id} like '\\%\\_'")).is_empty());
    }
    assert_eq!(filtered(COLLECTION, "navn LIKE 'Å_en 0%'"), places(|n| n == 0 || n == 5));
    assert_eq!(filtered(COLLECTION, "navn NOT LIKE 'B%'"), places(|n| !matches!(n % 5, 1 | 2)));
}

#[test]
fn ats_cql2_advanced_comparison_operators_between() {
    assert_eq!(filtered(COLLECTION, "antall BETWEEN 0 AND 100"), places(|n| n % 10 != 9));
    assert!(filtered(COLLECTION, "antall between 100.0 and 1.0").is_empty());
    assert_eq!(filtered(COLLECTION, "andel NOT BETWEEN 10 AND 50"), places(|n| !(10.0..=50.0).contains(&share(n))));
}

#[test]
fn ats_cql2_advanced_comparison_operators_in() {
    for (filter, expected) in [
        ("antall IN (1, 2, 3)", places(|n| (1..=3).contains(&(n * 7 % 20)) && n % 10 != 9)),
        ("navn in ('foo', 'Bakken 01')", places(|n| n == 1)),
        ("aktiv in (true)", places(|n| n % 3 == 0)),
        ("endret in ('2026-01-02T12:00:00Z', '2026-04-14T15:52:56Z')", places(|n| n == 1)),
        ("dato in ('2026-01-02', '2022-04-15')", places(|n| n == 1)),
        ("dato not in (DATE('2026-01-02'))", places(|n| n != 1 && n != 28)),
    ] {
        assert_eq!(filtered(COLLECTION, filter), expected, "{filter}");
    }
}

#[test]
fn ats_cql2_case_insensitive_comparison_casei() {
    for (filter, expected) in [
        ("CASEI(navn) = casei('åSEN 05')", places(|n| n == 5)),
        ("CASEI(navn) <> casei('ÅSEN 05')", places(|n| n != 5)),
        ("casei(navn) LIKE casei('ÅS%')", places(|n| n % 5 == 0)),
        ("casei(navn) IN (casei('BAKKEN 01'), casei('x'))", places(|n| n == 1)),
        ("CASEI(navn) < casei('BREKKE')", places(|n| n % 5 == 1)),
    ] {
        assert_eq!(filtered(COLLECTION, filter), expected, "{filter}");
    }
}

#[test]
fn ats_cql2_basic_spatial_functions_s_intersects() {
    for id in collections() {
        let properties = get(&format!("/collections/{id}/queryables"))["properties"].clone();
        let name =
            properties.as_object().unwrap().iter().find(|(_, one)| one["format"] == "geometry-any").unwrap().0.clone();
        let there = filtered(&id, &format!("{name} IS NOT NULL"));
        assert_eq!(filtered(&id, &format!("S_INTERSECTS({name},BBOX(-180,-90,180,90))")), there, "{id}");
        filtered(&id, &format!("S_INTERSECTS({name},POINT(7.02 49.92))"));
        let beyond =
            query(&format!("/collections/{id}/items"), &[("filter", &format!("S_INTERSECTS({name},POINT(90 180))"))]);
        assert_eq!(refusal(&beyond), (400, "api-filter".to_owned()), "{id}");
        let both = format!("S_INTERSECTS({name},BBOX(-180,-90,-90,90)) AND S_INTERSECTS({name},BBOX(90,-90,180,90))");
        assert!(filtered(&id, &both).is_empty(), "{id}");
    }
    assert_eq!(filtered("kommuner", "S_INTERSECTS(geometry,POINT(10.75 59.91))"), ["0301"]);
    assert_eq!(filtered(COLLECTION, "not S_INTERSECTS(sted,BBOX(10,59,13,70))"), places(|n| n > 15 && n != 29));
}

#[test]
fn ats_cql2_basic_spatial_functions_plus() {
    // Place 4 lies at 10.6 59.3, place 5 is an area around 11.0 59.5 and place 6 a line through 11.2 59.6.
    for (place, expected) in [
        ("LINESTRING(10.9 59.5,11.1 59.5)", vec!["6"]),
        ("POLYGON((10.5 59.2,10.7 59.2,10.7 59.4,10.5 59.4,10.5 59.2))", vec!["4"]),
        ("MULTIPOINT((11 59.5),(0 0))", vec!["6"]),
        ("LINESTRING(11.2 59.5,11.2 59.7)", vec!["7"]),
        ("MULTILINESTRING((10.9 59.5,11.1 59.5),(11.2 59.5,11.2 59.7))", vec!["6", "7"]),
        ("MULTIPOLYGON(((10.5 59.2,10.7 59.2,10.7 59.4,10.5 59.4,10.5 59.2)))", vec!["4"]),
        ("GEOMETRYCOLLECTION(POINT(11 59.5),POLYGON((10.5 59.2,10.7 59.2,10.65 59.4,10.5 59.2)))", vec!["4", "6"]),
        // Around the area, with the area in its hole.
        (
            "POLYGON((10.7 59.35,11.14 59.35,11.14 59.65,10.7 59.65,10.7 59.35),(10.9 59.42,11.1 59.42,11.1 59.58,10.9 59.58,10.9 59.42))",
            vec!["5"],
        ),
    ] {
        let filter = format!("S_INTERSECTS(sted,{place})");
        let found = filtered(COLLECTION, &filter);
        assert!(expected.iter().all(|id| found.contains(&(*id).to_owned())), "{filter}: {found:?}");
        if place.starts_with("POLYGON((10.7") {
            assert!(!found.contains(&"6".to_owned()), "{filter}: {found:?}");
        }
    }
    let area = json!({ "type": "Polygon", "coordinates": [[[10.5, 59.2], [10.7, 59.2], [10.7, 59.4], [10.5, 59.4], [10.5, 59.2]]] });
    let filter = json!({ "op": "s_intersects", "args": [{ "property": "sted" }, area] }).to_string();
    assert_eq!(ids(&items(COLLECTION, &[("filter", &filter), ("filter-lang", "cql2-json")])), ["4"]);
}

#[test]
fn ats_cql2_temporal_functions_1() {
    for (filter, expected) in [
        ("T_AFTER(endret,TIMESTAMP('2026-01-20T12:00:00Z'))", places(|n| n > 19)),
        ("T_BEFORE(endret,INTERVAL('2026-01-03T00:00:00Z','2026-01-31T23:59:59Z'))", places(|n| n < 2)),
        ("T_DISJOINT(dato,DATE('2026-01-03'))", places(|n| n != 2 && n != 28)),
        ("T_EQUALS(dato,DATE('2026-01-03'))", places(|n| n == 2)),
        ("T_EQUALS(dato,INTERVAL('2026-01-03','2026-01-03'))", places(|n| n == 2)),
        ("T_EQUALS(dato,INTERVAL('2026-01-03','2026-01-04'))", vec![]),
        ("T_INTERSECTS(dato,INTERVAL('2026-01-03','2026-01-05'))", places(|n| (2..5).contains(&n))),
        ("T_INTERSECTS(endret,INTERVAL('2026-01-03','2026-01-05'))", places(|n| (2..5).contains(&n))),
        ("T_AFTER(dato,INTERVAL('..','2026-01-27'))", places(|n| n > 26 && n != 28)),
    ] {
        assert_eq!(filtered(COLLECTION, filter), expected, "{filter}");
    }
}

#[test]
fn ats_cql2_temporal_functions_2() {
    // Every place from its day in January to its day in February.
    let end = |n: usize| 31 + n % 28;
    for (filter, expected) in [
        (
            "T_AFTER(INTERVAL(endret,slutt),INTERVAL('2026-01-01T00:00:00Z','2026-01-29T00:00:00Z'))",
            places(|n| n >= 28),
        ),
        ("T_BEFORE(INTERVAL(endret,slutt),INTERVAL('2026-02-02T00:00:00Z','..'))", places(|n| end(n) == 31)),
        ("T_DISJOINT(INTERVAL(endret,slutt),INTERVAL('2025-01-01','2026-01-02'))", places(|n| n > 1)),
        (
            "T_EQUALS(INTERVAL(endret,slutt),INTERVAL('2026-01-03T12:00:00Z','2026-02-03T12:00:00Z'))",
            places(|n| n == 2),
        ),
        ("T_INTERSECTS(INTERVAL(endret,slutt),INTERVAL('2025-01-01','2026-01-02'))", places(|n| n <= 1)),
        (
            "T_CONTAINS(INTERVAL(endret,slutt),INTERVAL('2026-01-20T00:00:00Z','2026-02-05T00:00:00Z'))",
            places(|n| n < 19 && end(n) >= 35),
        ),
        (
            "T_DURING(INTERVAL(endret,slutt),INTERVAL('2026-01-20T00:00:00Z','2026-02-25T00:00:00Z'))",
            places(|n| n >= 19 && end(n) < 55),
        ),
        (
            "T_FINISHEDBY(INTERVAL(endret,slutt),INTERVAL('2026-01-20T00:00:00Z','2026-02-03T12:00:00Z'))",
            places(|n| n == 2),
        ),
        (
            "T_FINISHES(INTERVAL(endret,slutt),INTERVAL('2026-01-01T00:00:00Z','2026-02-03T12:00:00Z'))",
            places(|n| n == 2),
        ),
        ("T_MEETS(INTERVAL(endret,slutt),INTERVAL('2026-02-03T12:00:00Z','..'))", places(|n| n == 2)),
        ("T_METBY(INTERVAL(endret,slutt),INTERVAL('..','2026-01-03T12:00:00Z'))", places(|n| n == 2)),
        (
            "T_OVERLAPPEDBY(INTERVAL(endret,slutt),INTERVAL('2026-01-01T00:00:00Z','2026-02-02T00:00:00Z'))",
            places(|n| end(n) > 31),
        ),
        (
            "T_OVERLAPS(INTERVAL(endret,slutt),INTERVAL('2026-01-20T00:00:00Z','2026-02-25T00:00:00Z'))",
            places(|n| n < 19),
        ),
        (
            "T_STARTEDBY(INTERVAL(endret,slutt),INTERVAL('2026-01-03T12:00:00Z','2026-01-04T00:00:00Z'))",
            places(|n| n == 2),
        ),
        (
            "T_STARTS(INTERVAL(endret,slutt),INTERVAL('2026-01-03T12:00:00Z','2026-03-04T00:00:00Z'))",
            places(|n| n == 2),
        ),
    ] {
        assert_eq!(filtered(COLLECTION, filter), expected, "{filter}");
    }
}

#[test]
fn ats_cql2_cql2_text_and_cql2_json() {
    for (text, json) in [
        ("navn = 'Åsen 05'", json!({ "op": "=", "args": [{ "property": "navn" }, "Åsen 05"] })),
        ("NOT (antall > 5)", json!({ "op": "not", "args": [{ "op": ">", "args": [{ "property": "antall" }, 5] }] })),
        ("navn LIKE 'B%'", json!({ "op": "like", "args": [{ "property": "navn" }, "B%"] })),
        ("antall BETWEEN 3 AND 9", json!({ "op": "between", "args": [{ "property": "antall" }, 3, 9] })),
        ("kode IN ('A','C')", json!({ "op": "in", "args": [{ "property": "kode" }, ["A", "C"]] })),
        ("dato IS NULL", json!({ "op": "isNull", "args": [{ "property": "dato" }] })),
        ("true", json!(true)),
        (
            "CASEI(navn) = CASEI('ÅSEN 05')",
            json!({ "op": "=", "args": [{ "op": "casei", "args": [{ "property": "navn" }] }, { "op": "casei", "args": ["ÅSEN 05"] }] }),
        ),
        (
            "T_AFTER(dato,DATE('2026-01-20')) AND S_INTERSECTS(sted,BBOX(10,59,15,61.5))",
            json!({ "op": "and", "args": [
                { "op": "t_after", "args": [{ "property": "dato" }, { "date": "2026-01-20" }] },
                { "op": "s_intersects", "args": [{ "property": "sted" }, { "bbox": [10, 59, 15, 61.5] }] },
            ]}),
        ),
    ] {
        let by_json = ids(&items(COLLECTION, &[("filter", &json.to_string()), ("filter-lang", "cql2-json")]));
        let by_text = filtered(COLLECTION, text);
        assert_eq!(by_json, by_text, "{text}");
        assert!(!by_text.is_empty(), "{text}");
    }
}
