//! `GeoJSON` and HTML (OGC 17-069r4 annex A.3 and A.4).

use serde_json::Value;

use super::{ask, collections, get, items, query};

#[test]
fn ats_geojson_definition() {
    // Every answer of features can be had as GeoJSON, by the media type and by the parameter.
    for id in collections() {
        for accept in ["application/geo+json", "application/json", "*/*", ""] {
            let answer = ask(&format!("/collections/{id}/items?limit=1"), accept);
            assert_eq!((answer.status, answer.header("content-type")), (200, "application/geo+json"), "{id} {accept}");
        }
        let answer = ask(&format!("/collections/{id}/items?limit=1&f=json"), "text/html");
        assert_eq!(answer.header("content-type"), "application/geo+json");
    }
    assert_eq!(ask("/collections/kommuner/items", "application/gml+xml").status, 406);
}

/// RFC 7946: members, positions, closed rings that run the right way.
fn check_geojson(feature: &Value) {
    assert_eq!(feature["type"], "Feature");
    assert!(feature["properties"].is_object() && feature.get("geometry").is_some(), "{feature:#}");
    assert!(feature["id"].is_string() || feature["id"].is_u64(), "{feature:#}");
    let geometry = &feature["geometry"];
    let areas = match geometry["type"].as_str() {
        None => {
            assert!(geometry.is_null());
            vec![]
        }
        Some("Polygon") => vec![geometry["coordinates"].clone()],
        Some("MultiPolygon") => geometry["coordinates"].as_array().unwrap().clone(),
        Some(other) => {
            assert!(["Point", "LineString", "MultiPoint", "MultiLineString"].contains(&other), "{other}");
            vec![]
        }
    };
    for area in areas {
        for (index, ring) in area.as_array().unwrap().iter().enumerate() {
            let at = |point: &Value| (point[0].as_f64().unwrap(), point[1].as_f64().unwrap());
            let ring: Vec<(f64, f64)> = ring.as_array().unwrap().iter().map(at).collect();
            assert!(ring.len() >= 4 && ring.first() == ring.last());
            let doubled: f64 = ring.windows(2).map(|pair| pair[0].0 * pair[1].1 - pair[1].0 * pair[0].1).sum();
            assert_eq!(doubled > 0.0, index == 0, "outer rings run counter-clockwise");
        }
    }
}

#[test]
fn ats_geojson_content() {
    for id in collections() {
        let page = items(&id, &[("limit", "400")]);
        assert_eq!(page["type"], "FeatureCollection");
        page["features"].as_array().unwrap().iter().for_each(check_geojson);
    }
    check_geojson(&get("/collections/kommuner/items/0301"));
}

#[test]
fn ats_html_definition() {
    let all = ["", "/api", "/conformance", "/collections"].map(str::to_owned).into_iter();
    let each = collections()
        .into_iter()
        .flat_map(|id| ["", "/items", "/queryables", "/schema"].map(|rest| format!("/collections/{id}{rest}")));
    for address in all.chain(each).chain(["/collections/steder/items/1".to_owned()]) {
        for (accept, suffix) in
            [("text/html", ""), ("text/html,application/xhtml+xml,*/*;q=0.8", ""), ("*/*", "?f=html")]
        {
            let answer = ask(&format!("{address}{suffix}"), accept);
            assert_eq!((answer.status, answer.header("content-type")), (200, "text/html; charset=utf-8"), "{address}");
        }
    }
}

#[test]
fn ats_html_content() {
    // What JSON says is on the page: links, titles, properties; and the page is in the language asked for.
    let landing = ask("", "text/html").text();
    for link in get("")["links"].as_array().unwrap().iter().filter(|link| link["rel"] != "self") {
        let href = link["href"].as_str().unwrap();
        assert!(link["rel"] == "alternate" || landing.contains(&href.replace('&', "&#38;")), "{href}");
    }
    let list = ask("/collections?lang=nn", "text/html").text();
    assert!(list.contains("<html lang=\"nn\">") && list.contains("Stader") && list.contains("Kommunar"));
    let one = ask("/collections/steder?lang=en", "text/html").text();
    for text in [
        "<h1>Places</h1>",
        "Places that do not exist.",
        "http://www.opengis.net/def/crs/EPSG/0/25833",
        "2026-01-01T00:00:00Z",
    ] {
        assert!(one.contains(text), "{text}: {one}");
    }
    let page = ask("/collections/steder/items?limit=2&lang=nb", "text/html").text();
    for text in ["Åsen 00", "Bakken 01", "1000.50", "/ogc/collections/steder/items/1\"", "cursor="] {
        assert!(page.contains(text), "{text}: {page}");
    }
    assert!(!page.contains("Brekke 02"));
    let feature = ask("/collections/steder/items/3", "text/html").text();
    for text in ["Brekke 02", "2026-01-03", "POINT"] {
        assert!(feature.contains(text), "{text}");
    }
    // The other languages of a page ask the same.
    let english = query("/collections/steder/items", &[("filter", "navn='Åsen 00'")]);
    let page = ask(&english, "text/html").text();
    assert!(page.contains("hreflang=\"en\"") && page.contains("filter=navn%3D%27%C3%85sen"), "{page}");
    assert!(!page.contains("<script"));
}
