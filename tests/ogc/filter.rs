//! Filtering (OGC 19-079r2 annex A): queryables, query parameters, filters.

use super::{PLACES, collections, get, ids, items, links, local, query, refusal};

#[test]
fn ats_filter_get_conformance() {
    let conformance = get("/conformance");
    for class in ["queryables", "queryables-query-parameters", "filter", "features-filter"] {
        let name = format!("http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/{class}");
        assert!(conformance["conformsTo"].as_array().unwrap().contains(&name.as_str().into()), "{name}");
    }
}

#[test]
fn ats_filter_get_queryables() {
    for id in collections() {
        let address = format!("/collections/{id}/queryables");
        let answer = super::ask(&address, "application/schema+json");
        assert_eq!((answer.status, answer.header("content-type")), (200, "application/schema+json"));
        let schema = answer.json();
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
        assert_eq!(local(&schema["$id"]), address);
        assert_eq!((&schema["type"], &schema["additionalProperties"]), (&"object".into(), &false.into()));
        assert!(!schema["properties"].as_object().unwrap().is_empty());
    }
    let properties = get("/collections/steder/queryables")["properties"].clone();
    for (name, kind, format) in [
        ("navn", Some("string"), None),
        ("antall", Some("integer"), None),
        ("andel", Some("number"), None),
        ("leie", Some("number"), None),
        ("aktiv", Some("boolean"), None),
        ("dato", Some("string"), Some("date")),
        ("endret", Some("string"), Some("date-time")),
        ("sted", None, Some("geometry-any")),
    ] {
        let property = &properties[name];
        assert_eq!((property["type"].as_str(), property["format"].as_str()), (kind, format), "{name}");
    }
}

#[test]
fn ats_filter_get_collection() {
    for id in collections() {
        let found = links(&get(&format!("/collections/{id}")), "http://www.opengis.net/def/rel/ogc/1.0/queryables");
        assert_eq!(local(&found[0]["href"]), format!("/collections/{id}/queryables"));
        assert_eq!(found[0]["type"], "application/schema+json");
    }
}

#[test]
fn ats_filter_queryables_query_parameters() {
    for (name, value, expected) in [
        ("nr", "3", vec!["3"]),
        ("navn", "Åsen 05", vec!["6"]),
        ("dato", "2026-01-04", vec!["4"]),
        ("endret", "2026-01-04T13:00:00+01:00", vec!["4"]),
        ("leie", "1004.5", vec!["5"]),
        ("leie", "1004.51", vec![]),
    ] {
        assert_eq!(ids(&items("steder", &[(name, value)])), expected, "{name}={value}");
    }
    assert_eq!(ids(&items("steder", &[("aktiv", "true"), ("kode", "A")])).len(), 5);
    assert_eq!(refusal("/collections/steder/items?sted=POINT(1%202)"), (400, "api-parameter".to_owned()));
}

#[test]
fn ats_filter_filter_param() {
    for id in collections() {
        let queryables = get(&format!("/collections/{id}/queryables"))["properties"].clone();
        for name in queryables.as_object().unwrap().keys() {
            let filter = format!("{name} IS NULL");
            let page = items(&id, &[("filter-lang", "cql2-text"), ("filter", &filter), ("limit", "400")]);
            for feature in page["features"].as_array().unwrap() {
                let value = if feature["properties"].get(name).is_some() {
                    &feature["properties"][name]
                } else {
                    &feature["geometry"]
                };
                assert!(value.is_null(), "{name}: {feature}");
            }
        }
        let bad = query(
            &format!("/collections/{id}/items"),
            &[("filter-lang", "cql2-text"), ("filter", "THIS IS NOT A FILTER")],
        );
        assert_eq!(refusal(&bad), (400, "api-filter".to_owned()));
    }
    assert_eq!(ids(&items("steder", &[("filter", "sted IS NULL")])), ["30"]);
}

#[test]
fn ats_filter_filter_lang_default() {
    for filter in ["nr = 3", "kode = 'A' AND antall > 10"] {
        let text = items("steder", &[("filter", filter), ("filter-lang", "cql2-text")]);
        assert_eq!(ids(&items("steder", &[("filter", filter)])), ids(&text));
    }
    let json = r#"{"op":"=","args":[{"property":"nr"},3]}"#;
    assert_eq!(ids(&items("steder", &[("filter", json), ("filter-lang", "cql2-json")])), ["3"]);
    assert_eq!(refusal(&query("/collections/steder/items", &[("filter", json)])), (400, "api-filter".to_owned()));
    for bad in ["cql-text", "", "CQL2-TEXT"] {
        assert_eq!(
            refusal(&query("/collections/steder/items", &[("filter", "true"), ("filter-lang", bad)])).0,
            400,
            "{bad}"
        );
    }
}

#[test]
fn ats_filter_expression_construction() {
    for id in collections() {
        let bad = query(&format!("/collections/{id}/items"), &[("filter", "this_is_not_a_queryable IS NULL")]);
        assert_eq!(refusal(&bad), (400, "api-filter".to_owned()), "{id}");
    }
}

/// Name of the geometry and extent of a collection.
fn spatial(id: &str) -> (String, Vec<f64>) {
    let properties = get(&format!("/collections/{id}/queryables"))["properties"].clone();
    let geometry =
        properties.as_object().unwrap().iter().find(|(_, one)| one["format"] == "geometry-any").unwrap().0.clone();
    let bbox = get(&format!("/collections/{id}"))["extent"]["spatial"]["bbox"][0].clone();
    (geometry, bbox.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect())
}

#[test]
fn ats_filter_filter_crs_wgs84() {
    for id in collections() {
        let (geometry, bbox) = spatial(&id);
        let numbers: Vec<String> = bbox.iter().map(f64::to_string).collect();
        let all = items(&id, &[("filter", &format!("S_INTERSECTS({geometry},BBOX({}))", numbers.join(",")))]);
        let count = items(&id, &[("filter", &format!("{geometry} IS NOT NULL"))])["numberMatched"].clone();
        assert_eq!(all["numberMatched"], count, "{id}");
        let beyond = format!("S_INTERSECTS({geometry},BBOX(1000000,1000000,2000000,2000000))");
        assert_eq!(
            refusal(&query(&format!("/collections/{id}/items"), &[("filter", &beyond)])),
            (400, "api-filter".to_owned())
        );
    }
}

#[test]
fn ats_filter_filter_crs_param() {
    let (west, south, east, north) = (10.55, 59.25, 12.05, 60.05);
    let plain = format!("S_INTERSECTS(sted,BBOX({west},{south},{east},{north}))");
    let wanted = ids(&items("steder", &[("filter", &plain)]));
    assert!((4..12).contains(&wanted.len()), "{wanted:?}");
    let turned = format!("S_INTERSECTS(sted,BBOX({south},{west},{north},{east}))");
    let area = format!(
        "S_INTERSECTS(sted,POLYGON(({south} {west},{south} {east},{north} {east},{north} {west},{south} {west})))"
    );
    for code in [4258, 4326] {
        let crs = format!("http://www.opengis.net/def/crs/EPSG/0/{code}");
        assert_eq!(ids(&items("steder", &[("filter", &turned), ("filter-crs", &crs)])), wanted, "{code}");
        // The sides of the area are straight in the table's plane, so that only its corners are the same.
        assert_eq!(ids(&items("steder", &[("filter", &area), ("filter-crs", &crs)])).len(), wanted.len(), "{code}");
    }
    let everything = "S_INTERSECTS(sted,BBOX(-1000000,6000000,2000000,8000000))";
    let crs = "http://www.opengis.net/def/crs/EPSG/0/25833";
    assert_eq!(ids(&items("steder", &[("filter", everything), ("filter-crs", crs)])).len(), PLACES - 1);
}

#[test]
fn ats_filter_mixing_expressions() {
    // A filter and the other parameters all hold.
    let found = ids(&items(
        "steder",
        &[("filter", "antall > 3"), ("kode", "A"), ("datetime", "2026-01-01/2026-01-10"), ("bbox", "10,59,11.5,61")],
    ));
    let expected: Vec<String> =
        (0..8usize).filter(|n| n % 2 == 0 && n * 7 % 20 > 3).map(|n| (n + 1).to_string()).collect();
    assert_eq!(found, expected);
}
