//! Core: features (OGC 17-069r4 annex A.2.7 and A.2.8).

use super::{
    PLACES, ask, check_links, check_own_links, collections, get, ids, items, links, local, pages, place, positions,
    query, refusal,
};

/// The parameter of a collection's items in the API definition.
fn parameter(id: &str, name: &str) -> serde_json::Value {
    let document = get("/api");
    let parameters =
        document["paths"][format!("/collections/{id}/items")]["get"]["parameters"].as_array().unwrap().clone();
    parameters.into_iter().find(|one| one["name"] == name).unwrap_or_else(|| panic!("{id} has no parameter {name}"))
}

fn numbers(range: impl Iterator<Item = usize>) -> Vec<String> {
    range.map(|number| (number + 1).to_string()).collect()
}

#[test]
fn ats_core_fc_op() {
    for id in collections() {
        let answer = ask(&format!("/collections/{id}/items"), "application/geo+json");
        assert_eq!((answer.status, answer.header("content-type")), (200, "application/geo+json"), "{id}");
    }
    assert_eq!(refusal("/collections/finnes-ikke/items").0, 404);
}

#[test]
fn ats_core_fc_response() {
    for id in collections() {
        let page = items(&id, &[("limit", "3")]);
        assert_eq!(page["type"], "FeatureCollection", "{id}");
        assert_eq!(page["features"].as_array().unwrap().len(), 3, "{id}");
        for member in ["links", "timeStamp", "numberMatched", "numberReturned"] {
            assert!(!page[member].is_null(), "{id}: {member}");
        }
    }
}

#[test]
fn ats_core_fc_bbox_definition() {
    let bbox = parameter("kommuner", "bbox");
    assert_eq!((&bbox["in"], &bbox["style"], &bbox["explode"]), (&"query".into(), &"form".into(), &false.into()));
    let schema = &bbox["schema"];
    assert_eq!((&schema["type"], &schema["items"]["type"]), (&"array".into(), &"number".into()));
    let lengths =
        schema["oneOf"].as_array().unwrap().iter().map(|one| (one["minItems"].as_u64(), one["maxItems"].as_u64()));
    assert_eq!(lengths.collect::<Vec<_>>(), [(Some(4), Some(4)), (Some(6), Some(6))]);
}

#[test]
fn ats_core_fc_bbox_response() {
    // Three places in a row and the one without geometry, which always matches.
    let (west, south) = place(3);
    let (east, north) = place(5);
    let wanted = format!("{},{},{},{}", west - 0.01, south - 0.01, east - 0.049, north + 0.01);
    assert_eq!(ids(&items("steder", &[("bbox", &wanted)])), ["4", "5", "6", "30"]);
    // The corner of an area is enough, what lies beside it is not.
    let corner = format!("{},{},{},{}", east + 0.049, north + 0.049, east + 0.08, north + 0.08);
    assert_eq!(ids(&items("steder", &[("bbox", &corner)])), ["6", "30"]);
    let beside = format!("{},{},{},{}", east + 0.051, north + 0.051, east + 0.08, north + 0.08);
    assert_eq!(ids(&items("steder", &[("bbox", &beside)])), ["30"]);
    // Six numbers: heights count where there are any.
    let six = format!("{},{},0,{},{},10", west - 0.01, south - 0.01, west + 0.01, south + 0.01);
    assert_eq!(ids(&items("steder", &[("bbox", &six)])), ["4", "30"]);
    // Across the antimeridian: everything but Norway, and everything.
    assert_eq!(ids(&items("steder", &[("bbox", "170,-90,-170,90")])), ["30"]);
    assert_eq!(ids(&items("steder", &[("bbox", "170,-90,160,90")])).len(), PLACES);
    assert_eq!(ids(&items("steder", &[("bbox", "-180,-90,180,90")])).len(), PLACES);
    // Every extent that is told holds every feature.
    for id in collections() {
        let bbox = get(&format!("/collections/{id}"))["extent"]["spatial"]["bbox"][0].clone();
        let text: Vec<String> = bbox.as_array().unwrap().iter().map(ToString::to_string).collect();
        let page = items(&id, &[("bbox", &text.join(",")), ("limit", "10000")]);
        assert_eq!(page["numberMatched"], items(&id, &[])["numberMatched"], "{id}");
    }
    // Against an independent look at every municipality's positions.
    let (west, south, east, north) = (10.0, 59.5, 11.0, 60.2);
    let found = ids(&items("kommuner", &[("bbox", "10,59.5,11,60.2"), ("limit", "400")]));
    for feature in items("kommuner", &[("limit", "400")])["features"].as_array().unwrap() {
        let inside = |(x, y): &(f64, f64)| (west..=east).contains(x) && (south..=north).contains(y);
        if positions(&feature["geometry"]).iter().any(inside) {
            assert!(found.contains(&feature["id"].as_str().unwrap().to_owned()), "{}", feature["id"]);
        }
    }
    assert!(found.contains(&"0301".to_owned()) && found.len() < 60, "{found:?}");
}

#[test]
fn ats_core_fc_limit_definition() {
    let limit = parameter("kommuner", "limit");
    assert_eq!((&limit["in"], &limit["style"], &limit["explode"]), (&"query".into(), &"form".into(), &false.into()));
    assert_eq!(
        limit["schema"],
        serde_json::json!({ "type": "integer", "minimum": 1, "maximum": 10_000, "default": 1000 })
    );
}

#[test]
fn ats_core_fc_limit_response() {
    for limit in [1, 7, PLACES, 1000] {
        let page = items("steder", &[("limit", &limit.to_string())]);
        assert_eq!(ids(&page).len(), limit.min(PLACES));
        assert_eq!(links(&page, "next").is_empty(), limit >= PLACES, "{limit}");
    }
    // More than the maximum is taken for the maximum.
    for limit in ["10001", "99999999999999999999999999"] {
        assert_eq!(ids(&items("kommuner", &[("limit", limit)])).len(), 357);
    }
}

#[test]
fn ats_core_fc_time_definition() {
    for id in collections() {
        let time = parameter(&id, "datetime");
        assert_eq!((&time["in"], &time["style"], &time["explode"]), (&"query".into(), &"form".into(), &false.into()));
        assert_eq!(time["schema"], serde_json::json!({ "type": "string" }));
    }
}

#[test]
fn ats_core_fc_time_response() {
    // The place without a day always matches.
    let at = |range: std::ops::Range<usize>| {
        numbers(range.chain([28]).collect::<std::collections::BTreeSet<_>>().into_iter())
    };
    for (time, expected) in [
        ("2026-01-03", at(2..3)),
        ("2026-01-03T00:00:00Z", at(2..3)),
        ("2026-01-03/2026-01-05", at(2..5)),
        ("2026-01-03T00:00:00Z/2026-01-05T23:59:59Z", at(2..5)),
        ("2026-01-28/..", at(27..PLACES)),
        ("2026-01-28/", at(27..PLACES)),
        ("../2026-01-02", at(0..2)),
        ("/2026-01-02", at(0..2)),
        ("1999-01-01", at(0..0)),
    ] {
        assert_eq!(ids(&items("steder", &[("datetime", time)])), expected, "{time}");
    }
    // Features that have no time match always.
    assert_eq!(items("kommuner", &[("datetime", "1999-01-01/.."), ("limit", "1")])["numberMatched"], 357);
}

#[test]
fn ats_core_fc_links() {
    for id in collections() {
        let page = items(&id, &[("limit", "2")]);
        check_links(&page);
        check_own_links(&page, "application/geo+json");
        assert_eq!(links(&page, "next").len(), 1, "{id}");
    }
    // The next page asks the same: every parameter is in the link.
    let asked = [
        ("limit", "2"),
        ("crs", "http://www.opengis.net/def/crs/EPSG/0/25833"),
        ("bbox", "59,10,62,15"),
        ("bbox-crs", "http://www.opengis.net/def/crs/EPSG/0/4326"),
        ("datetime", "2026-01-02/.."),
        ("filter", "kode='A' AND navn<>'å & ø'"),
        ("filter-lang", "cql2-text"),
        ("filter-crs", "http://www.opengis.net/def/crs/EPSG/0/4258"),
        ("aktiv", "true"),
        ("f", "json"),
    ];
    let first = items("steder", &asked);
    let next = links(&first, "next")[0]["href"].as_str().unwrap().to_owned();
    for (name, value) in asked {
        let pair = query("", &[(name, value)]);
        let plain = |text: &str| {
            url::form_urlencoded::parse(text.trim_start_matches('?').as_bytes()).into_owned().collect::<Vec<_>>()
        };
        let wanted = plain(&pair);
        assert!(plain(next.split_once('?').unwrap().1).contains(&wanted[0]), "{name} is not in {next}");
    }
    let answer = ask(&local(&next.as_str().into()), "*/*");
    assert_eq!(answer.header("content-crs"), "<http://www.opengis.net/def/crs/EPSG/0/25833>");
    // Page by page, everything comes once and in order.
    for limit in [1, 4, 7, 30] {
        let walked = pages(&format!("/collections/steder/items?limit={limit}"));
        assert_eq!(walked.concat(), numbers(0..PLACES), "{limit}");
        assert_eq!(walked.len(), PLACES.div_ceil(limit));
    }
    let walked = pages(&query(
        "/collections/steder/items",
        &[("limit", "2"), ("filter", "kode='A'"), ("bbox", "10,59,12,60.5")],
    ));
    let expected = numbers((0..15).filter(|number| number % 2 == 0 && place(*number).0 <= 12.0));
    assert_eq!(walked.concat(), expected);
    // A cursor is good for its own question only.
    let cursor = next.split("cursor=").nth(1).unwrap().to_owned();
    assert_eq!(refusal(&format!("/collections/steder/items?limit=2&cursor={cursor}")), (400, "api-cursor".to_owned()));
    assert_eq!(refusal(&format!("/collections/kommuner/items?cursor={cursor}")).0, 400);
}

#[test]
fn ats_core_fc_timestamp() {
    let stamp = items("kommuner", &[("limit", "1")])["timeStamp"].as_str().unwrap().to_owned();
    let time: jiff::Timestamp = stamp.parse().unwrap();
    let age = jiff::Timestamp::now().as_second() - time.as_second();
    assert!((0..30).contains(&age), "{stamp}");
}

#[test]
fn ats_core_fc_number_matched() {
    for (id, count) in [("kommuner", 357), ("steder", PLACES), ("faa", 10), ("uten", 10), ("reguleringsplan", 6)] {
        assert_eq!(items(id, &[("limit", "2")])["numberMatched"], count, "{id}");
    }
    // With a condition, on every page.
    let first = items("steder", &[("limit", "4"), ("kode", "A")]);
    assert_eq!(first["numberMatched"], 15);
    let second = get(&local(&links(&first, "next")[0]["href"]));
    assert_eq!((&second["numberMatched"], second["features"].as_array().unwrap().len()), (&15.into(), 4));
    assert_eq!(items("steder", &[("filter", "false")])["numberMatched"], 0);
}

#[test]
fn ats_core_fc_number_returned() {
    for limit in ["1", "29", "30", "31"] {
        let page = items("steder", &[("limit", limit)]);
        assert_eq!(page["numberReturned"], page["features"].as_array().unwrap().len(), "{limit}");
    }
    assert_eq!(items("steder", &[("filter", "false")])["numberReturned"], 0);
}

#[test]
fn ats_core_f_op() {
    for id in collections() {
        let page = items(&id, &[]);
        for feature in page["features"].as_array().unwrap().iter().take(5) {
            let name = feature["id"].as_str().map_or_else(|| feature["id"].to_string(), str::to_owned);
            let address = query(&format!("/collections/{id}/items/"), &[("", &name)]).replacen("?=", "", 1);
            let answer = ask(&address, "application/geo+json");
            assert_eq!((answer.status, answer.header("content-type")), (200, "application/geo+json"), "{address}");
            let mut one = answer.json();
            one.as_object_mut().unwrap().remove("links");
            assert_eq!(one, *feature);
        }
    }
    for missing in ["0", "31", "x", "1,2", "01"] {
        let (status, code) = refusal(&format!("/collections/steder/items/{missing}"));
        assert_eq!((status, code.as_str()), (404, "api-not-found"), "{missing}");
    }
    for missing in ["A", "A,Åsen", "A,Åsen%2000,x", "~"] {
        assert_eq!(refusal(&format!("/collections/faa/items/{missing}")).0, 404, "{missing}");
    }
    for missing in ["0", "11", "99999999999999999999", "-1", "1.0"] {
        assert_eq!(refusal(&format!("/collections/uten/items/{missing}")).0, 404, "{missing}");
    }
}

#[test]
fn ats_core_f_success() {
    let one = get("/collections/steder/items/3");
    assert_eq!((&one["type"], &one["id"]), (&"Feature".into(), &3.into()));
    assert_eq!(one["properties"]["navn"], "Brekke 02");
    assert_eq!(one["properties"]["leie"], serde_json::json!(1002.50));
    assert_eq!(one["properties"]["dato"], "2026-01-03");
    let (x, y) = positions(&one["geometry"])[0];
    let (longitude, latitude) = place(2);
    assert!((x - longitude).abs() < 1e-6 && (y - latitude).abs() < 1e-6, "{x} {y}");
    assert!(get("/collections/steder/items/30")["geometry"].is_null());
}

#[test]
fn ats_core_f_links() {
    let one = get("/collections/steder/items/3");
    check_links(&one);
    check_own_links(&one, "application/geo+json");
    assert_eq!(local(&links(&one, "collection")[0]["href"]), "/collections/steder");
}
