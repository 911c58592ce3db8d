//! `OpenAPI` 3.0 (OGC 17-069r4 annex A.7).

use std::collections::BTreeSet;

use serde_json::Value;

use super::{ask, collections, get};
use crate::clients;

fn document() -> Value {
    get("/api")
}

/// Every path with its GET.
fn operations(document: &Value) -> Vec<(String, Value)> {
    document["paths"].as_object().unwrap().iter().map(|(path, item)| (path.clone(), item["get"].clone())).collect()
}

#[test]
fn ats_oas30_completeness() {
    // Every operation that the API has is described, with everything it answers with.
    let document = document();
    let described: BTreeSet<String> = operations(&document).into_iter().map(|(path, _)| path).collect();
    let mut wanted: BTreeSet<String> = ["/", "/api", "/conformance", "/collections"].map(str::to_owned).into();
    wanted.extend(["/tileMatrixSets", "/tileMatrixSets/WebMercatorQuad"].map(str::to_owned));
    let set = "/tiles/WebMercatorQuad";
    let tile = format!("{set}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}");
    for id in collections() {
        wanted.extend(
            ["", "/items", "/items/{featureId}", "/queryables", "/schema", "/tiles", set, &tile]
                .map(|rest| format!("/collections/{id}{rest}")),
        );
    }
    assert_eq!(described, wanted);
    for (path, operation) in operations(&document) {
        for status in ["200", "400", "404", "406", "500"] {
            assert!(operation["responses"][status].is_object(), "{path} {status}");
        }
        assert!(operation["operationId"].is_string() && operation["parameters"].is_array());
    }
}

#[test]
fn ats_oas30_exception_codes() {
    // What an operation refuses with is described as such.
    let document = document();
    for (address, path, status) in [
        ("/collections/kommuner/items?limit=0", "/collections/kommuner/items", 400),
        ("/collections/kommuner/items/9999", "/collections/kommuner/items/{featureId}", 404),
        ("/conformance?x=1", "/conformance", 400),
    ] {
        let answer = ask(address, "application/json");
        assert_eq!(answer.status, status, "{address}");
        let reference =
            document["paths"][path]["get"]["responses"][status.to_string()]["$ref"].as_str().unwrap().to_owned();
        let response = document.pointer(reference.trim_start_matches('#')).unwrap();
        assert!(response["content"][answer.header("content-type")].is_object(), "{response:#}");
    }
}

#[test]
fn ats_oas30_oas_definition_1() {
    let answer = ask("/api", "application/vnd.oai.openapi+json;version=3.0");
    assert_eq!((answer.status, answer.header("content-type")), (200, "application/vnd.oai.openapi+json;version=3.0"));
    assert_eq!(ask("/api", "application/vnd.oai.openapi+json").header("content-type"), answer.header("content-type"));
    let page = ask("/api", "text/html");
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
}

#[test]
fn ats_oas30_oas_definition_2() {
    // A validator of others, where it is installed; and what it does not look at: no reference leads nowhere.
    let document = document();
    let text = document.to_string();
    for reference in text.split("\"$ref\":\"").skip(1).map(|rest| rest.split('"').next().unwrap()) {
        assert!(document.pointer(reference.trim_start_matches('#')).is_some(), "{reference}");
    }
    let ids: Vec<Value> =
        operations(&document).into_iter().map(|(_, operation)| operation["operationId"].clone()).collect();
    assert_eq!(ids.iter().map(Value::to_string).collect::<BTreeSet<_>>().len(), ids.len());
    let Some(python) = clients::python() else { return };
    let file = tempfile::NamedTempFile::with_suffix(".json").unwrap();
    std::fs::write(file.path(), &text).unwrap();
    let said = clients::ask(&python, &[&clients::driver("openapi_check.py"), file.path().to_str().unwrap()]);
    assert_eq!(said["errors"], serde_json::json!([]), "{said:#}");
    let broken = text.replace("\"responses\":", "\"respond\":");
    std::fs::write(file.path(), broken).unwrap();
    let said = clients::ask(&python, &[&clients::driver("openapi_check.py"), file.path().to_str().unwrap()]);
    assert!(!said["errors"].as_array().unwrap().is_empty(), "the validator finds what is wrong");
}

#[test]
fn ats_oas30_oas_impl() {
    // Every described operation answers, with a described media type, and takes every described parameter.
    let document = document();
    let server = document["servers"][0]["url"].as_str().unwrap().to_owned();
    assert!(server.ends_with("/ogc"), "{server}");
    let content = |response: &Value| response["content"].as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    for (path, operation) in operations(&document) {
        let feature = match path.split('/').nth(2) {
            Some("kommuner") => "0301",
            Some("reguleringsplan") => continue,
            Some("faa") => "A,%C3%85sen%2000",
            _ => "1",
        };
        let path = path.replace("{featureId}", feature).replace("{tileMatrix}/{tileRow}/{tileCol}", "0/0/0");
        for kind in content(&operation["responses"]["200"]) {
            let answer = ask(&path, &kind);
            assert_eq!(answer.status, 200, "{path}");
            assert!(
                answer.header("content-type").starts_with(&kind),
                "{path} {kind} {}",
                answer.header("content-type")
            );
        }
        for parameter in operation["parameters"].as_array().unwrap().iter().filter(|one| one["in"] == "query") {
            let name = parameter["name"].as_str().unwrap();
            let schema = &parameter["schema"];
            let value = match (&schema["enum"][0], schema["type"].as_str(), schema["format"].as_str()) {
                (Value::String(first), ..) => first.clone(),
                (_, Some("integer" | "number"), _) => "1".to_owned(),
                (_, Some("boolean"), _) => "true".to_owned(),
                (_, Some("array"), _) => "10,59,11,60".to_owned(),
                (_, _, Some("date")) => "2026-01-01".to_owned(),
                (_, _, Some("date-time")) => "2026-01-01T00:00:00Z".to_owned(),
                _ if name == "datetime" => "2026-01-01".to_owned(),
                _ if name == "filter" => "true".to_owned(),
                _ if name == "cursor" => continue,
                _ => "x".to_owned(),
            };
            assert_eq!(ask(&format!("{path}?{name}={value}"), "*/*").status, 200, "{path}?{name}={value}");
        }
    }
}

#[test]
fn ats_oas30_security() {
    // Nothing is asked of anybody, and nothing is described as if it were.
    let document = document();
    assert!(document.get("security").is_none() && document["components"].get("securitySchemes").is_none());
    for (path, operation) in operations(&document) {
        assert!(operation.get("security").is_none(), "{path}");
        assert!(operation["responses"].get("401").is_none() && operation["responses"].get("403").is_none());
    }
}
