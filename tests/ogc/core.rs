//! Core: landing page, API definition, conformance, parameters and HTTP (OGC 17-069r4 annex A.2.1 to A.2.4).

use super::{
    CRS84, ask, check_links, check_own_links, collections, get, items, links, local, positions, refusal, server,
};

#[test]
fn ats_core_http() {
    // HTTP 1.1 with its methods and status codes; the other tests show the codes of failures.
    for method in ["GET", "HEAD"] {
        let answer = server().ask(method, "/ogc/collections", &[]);
        assert_eq!((answer.status, answer.header("content-type")), (200, "application/json"), "{method}");
        assert_eq!(answer.body.is_empty(), method == "HEAD");
    }
    assert_eq!(server().ask("POST", "/ogc/collections", &[]).status, 405);
    let options = server().ask("OPTIONS", "/ogc/collections", &[]);
    assert_eq!((options.status, options.header("allow")), (204, "GET, HEAD, OPTIONS"));
    let tag = ask("/collections/kommuner/items?limit=1", "*/*").header("etag").to_owned();
    let again = server().ask("GET", "/ogc/collections/kommuner/items?limit=1", &[("if-none-match", &tag)]);
    assert_eq!((again.status, again.header("content-crs")), (304, "<http://www.opengis.net/def/crs/OGC/1.3/CRS84>"));
}

#[test]
fn ats_core_crs84() {
    // Without a parameter, geometries are in WGS 84, longitude first.
    for (id, west, east) in [("kommuner", 4.0, 32.0), ("steder", 9.9, 16.0), ("reguleringsplan", 10.5, 11.0)] {
        let answer = ask(&format!("/collections/{id}/items"), "application/geo+json");
        assert_eq!(answer.header("content-crs"), format!("<{CRS84}>"));
        for feature in answer.json()["features"].as_array().unwrap() {
            for (x, y) in positions(&feature["geometry"]) {
                assert!((west..east).contains(&x) && (57.0..72.0).contains(&y), "{id} {x} {y}");
            }
        }
    }
}

#[test]
fn ats_core_root_op() {
    for address in ["", "/"] {
        let answer = ask(address, "application/json");
        assert_eq!((answer.status, answer.header("content-type")), (200, "application/json"), "{address}");
    }
}

#[test]
fn ats_core_root_success() {
    let landing = get("");
    check_links(&landing);
    check_own_links(&landing, "application/json");
    for (rel, kind) in [
        ("service-desc", "application/vnd.oai.openapi+json;version=3.0"),
        ("service-doc", "text/html"),
        ("conformance", "application/json"),
        ("data", "application/json"),
    ] {
        let found = links(&landing, rel);
        assert!(found.iter().any(|link| link["type"] == kind), "{rel}: {landing:#}");
    }
    assert!(landing["title"].as_str().unwrap().contains("OGC API Features"));
}

#[test]
fn ats_core_api_definition_op() {
    for rel in ["service-desc", "service-doc"] {
        let link = links(&get(""), rel)[0].clone();
        let answer = ask(&local(&link["href"]), link["type"].as_str().unwrap());
        assert_eq!(answer.status, 200, "{link}");
    }
}

#[test]
fn ats_core_api_definition_success() {
    let description = ask("/api", "application/vnd.oai.openapi+json;version=3.0");
    assert_eq!(description.header("content-type"), "application/vnd.oai.openapi+json;version=3.0");
    assert_eq!(description.json()["openapi"], "3.0.3");
    let page = ask("/api", "text/html");
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    assert!(page.text().contains("/collections/kommuner/items"));
}

#[test]
fn ats_core_conformance_op() {
    let link = links(&get(""), "conformance")[0].clone();
    assert_eq!(ask(&local(&link["href"]), "application/json").status, 200);
}

#[test]
fn ats_core_conformance_success() {
    let conformance = get("/conformance");
    let classes = conformance["conformsTo"].as_array().unwrap();
    for class in ["core", "oas30", "html", "geojson"] {
        let name = format!("http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/{class}");
        assert!(classes.iter().any(|known| *known == name.as_str()), "{name}");
    }
    // Nothing is claimed that no test of this folder is about.
    for class in classes {
        let parts: Vec<&str> = class.as_str().unwrap().split('/').collect();
        let features = ["ogcapi-features-1", "ogcapi-features-2", "ogcapi-features-3", "ogcapi-features-5", "cql2"];
        assert!(features.contains(&parts[4]) || ["ogcapi-tiles-1", "tms"].contains(&parts[4]), "{class}");
    }
}

#[test]
fn ats_core_query_param_unknown() {
    for address in [
        "?",
        "/api?",
        "/conformance?",
        "/collections?",
        "/collections/kommuner?",
        "/collections/kommuner/items?",
        "/collections/kommuner/items/0301?",
        "/collections/kommuner/queryables?",
        "/collections/kommuner/schema?",
    ] {
        assert_eq!(refusal(&format!("{address}foo=bar")), (400, "api-parameter".to_owned()), "{address}");
    }
}

#[test]
fn ats_core_query_param_invalid() {
    for (parameter, code) in [
        ("limit=0", "api-limit"),
        ("limit=-1", "api-limit"),
        ("limit=ti", "api-limit"),
        ("limit=1.5", "api-limit"),
        ("limit=1e400", "api-limit"),
        ("limit=", "api-limit"),
        ("limit=1&limit=2", "api-parameter"),
        ("bbox=1,2,3", "api-bbox"),
        ("bbox=1,2,3,a", "api-bbox"),
        ("bbox=", "api-bbox"),
        ("bbox=10,60,11,59", "api-bbox"),
        ("bbox=10,59,11,91", "api-bbox"),
        ("bbox=10,59,1,11,60", "api-bbox"),
        ("bbox=10,59,11,60,12,61,13", "api-bbox"),
        ("bbox=NaN,59,11,60", "api-bbox"),
        ("bbox=10,59,1e400,60", "api-bbox"),
        ("datetime=i+dag", "api-value"),
        ("datetime=2026-01-02/2026-01-01", "api-value"),
        ("f=xml", "api-format"),
        ("lang=xx", "api-parameter"),
        ("nr=mange", "api-value"),
        ("cursor=x", "api-cursor"),
    ] {
        assert_eq!(refusal(&format!("/collections/steder/items?{parameter}")), (400, code.to_owned()), "{parameter}");
    }
}

#[test]
fn ats_core_fc_md_op() {
    let link = links(&get(""), "data")[0].clone();
    let answer = ask(&local(&link["href"]), "application/json");
    assert_eq!((answer.status, answer.header("content-type")), (200, "application/json"));
}

#[test]
fn ats_core_fc_md_success() {
    let list = get("/collections");
    assert!(list["links"].is_array() && list["collections"].is_array(), "{list:#}");
    let mut known = collections();
    known.sort();
    // Neither what has no geometry nor what is not open is a collection.
    assert_eq!(known, ["faa", "kommuner", "reguleringsplan", "steder", "uten"]);
}

#[test]
fn ats_core_fc_md_links() {
    let list = get("/collections");
    check_links(&list);
    check_own_links(&list, "application/json");
}

#[test]
fn ats_core_fc_md_items() {
    let list = get("/collections");
    for one in list["collections"].as_array().unwrap() {
        for member in ["id", "title", "description", "storageCrs"] {
            assert!(one[member].as_str().is_some_and(|text| !text.is_empty()), "{member}: {one:#}");
        }
        assert_eq!(one["itemType"], "feature");
        assert!(one["links"].is_array() && one["crs"].is_array());
    }
}

#[test]
fn ats_core_fc_md_items_links() {
    let list = get("/collections");
    for one in list["collections"].as_array().unwrap() {
        check_links(one);
        let found = links(one, "items");
        let kinds: Vec<&str> = found.iter().map(|link| link["type"].as_str().unwrap()).collect();
        assert_eq!(kinds, ["application/geo+json", "text/html"], "{one:#}");
        for link in &found {
            let answer = ask(&local(&link["href"]), link["type"].as_str().unwrap());
            assert!(answer.header("content-type").starts_with(link["type"].as_str().unwrap()), "{link}");
        }
    }
}

/// Every extent and interval, and every feature in it.
fn check_extent(id: &str) {
    let extent = get(&format!("/collections/{id}"))["extent"].clone();
    let boxes = extent["spatial"]["bbox"].as_array().unwrap_or_else(|| panic!("{id}: {extent:#}"));
    assert_eq!(extent["spatial"]["crs"], CRS84);
    let [west, south, east, north] = [0, 1, 2, 3].map(|at| boxes[0][at].as_f64().unwrap());
    let page = items(id, &[("limit", "10000")]);
    for feature in page["features"].as_array().unwrap() {
        for (x, y) in positions(&feature["geometry"]) {
            // The seven decimals of an answer are rounded.
            let near = 1e-6;
            assert!(
                x >= west - near && x <= east + near && y >= south - near && y <= north + near,
                "{id} {x} {y} {extent}"
            );
        }
        if let (Some(day), Some(interval)) =
            (feature["properties"]["dato"].as_str(), extent["temporal"]["interval"][0].as_array())
        {
            let [from, to] = [0, 1].map(|at| interval[at].as_str().unwrap());
            assert!(from[..10] <= *day && *day <= to[..10], "{day} {extent}");
        }
    }
    // Of several, the first holds all of them: there is never more than one.
    assert_eq!(boxes.len(), 1);
}

#[test]
fn ats_core_fc_md_extent() {
    for id in ["kommuner", "reguleringsplan"] {
        check_extent(id);
    }
}

#[test]
fn ats_core_fc_md_extent_multi() {
    check_extent("steder");
    let extent = get("/collections/steder")["extent"].clone();
    assert_eq!(extent["temporal"]["interval"], serde_json::json!([["2026-01-01T00:00:00Z", "2026-01-30T23:59:59Z"]]));
}

#[test]
fn ats_core_sfc_md_op() {
    for id in collections() {
        let answer = ask(&format!("/collections/{id}"), "application/json");
        assert_eq!((answer.status, answer.header("content-type")), (200, "application/json"), "{id}");
    }
    assert_eq!(refusal("/collections/finnes-ikke"), (404, "api-not-found".to_owned()));
    assert_eq!(refusal("/collections/postnummer"), (404, "api-not-found".to_owned()));
    assert_eq!(refusal("/collections/lukket"), (403, "api-not-public".to_owned()));
}

#[test]
fn ats_core_sfc_md_success() {
    let list = get("/collections");
    for one in list["collections"].as_array().unwrap() {
        let own = get(&format!("/collections/{}", one["id"].as_str().unwrap()));
        assert_eq!(own, *one);
        check_own_links(&own, "application/json");
    }
}
