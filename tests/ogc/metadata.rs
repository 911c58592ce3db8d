//! Schemas (OGC 23-058r2 annex A), and what the catalogue says of this API.

use super::{collections, get, items, links, local, server};

#[test]
fn ats_schemas_schema() {
    for id in collections() {
        let own = get(&format!("/collections/{id}"));
        for rel in ["http://www.opengis.net/def/rel/ogc/1.0/schema", "describedby"] {
            assert!(links(&own, rel).iter().any(|link| link["type"] == "application/schema+json"), "{id} {rel}");
        }
        let schema = get(&format!("/collections/{id}/schema"));
        assert_eq!(local(&schema["$id"]), format!("/collections/{id}/schema"));
        let properties = schema["properties"].as_object().unwrap();
        for feature in items(&id, &[("limit", "5")])["features"].as_array().unwrap() {
            for (name, value) in feature["properties"].as_object().unwrap() {
                let kind = properties[name]["type"].as_str().unwrap();
                let fits = match kind {
                    "string" => value.is_string(),
                    "integer" => value.is_i64(),
                    "number" => value.is_number(),
                    "boolean" => value.is_boolean(),
                    other => panic!("{other}"),
                };
                assert!(fits || value.is_null(), "{id} {name} {value}");
                let codes = properties[name]["oneOf"].as_array();
                assert!(
                    codes.is_none_or(|codes| codes.iter().any(|code| code["const"] == *value)),
                    "{id} {name} {value}"
                );
            }
        }
    }
}

#[test]
fn ats_schemas_core_roles_features() {
    let roles = |id: &str| {
        let schema = get(&format!("/collections/{id}/schema"));
        let properties = schema["properties"].as_object().unwrap();
        let role =
            |(name, one): (&String, &serde_json::Value)| Some((name.clone(), one["x-ogc-role"].as_str()?.to_owned()));
        let mut roles: Vec<(String, String)> = properties.iter().filter_map(role).collect();
        roles.sort();
        roles
    };
    let pair = |name: &str, role: &str| (name.to_owned(), role.to_owned());
    let known = [pair("dato", "primary-instant"), pair("nr", "id"), pair("sted", "primary-geometry")];
    assert_eq!(roles("steder"), known);
    assert_eq!(roles("faa"), [pair("sted", "primary-geometry")], "no single property is the identifier");
    let schema = get("/collections/steder/schema");
    assert_eq!(
        (&schema["properties"]["andel"]["x-ogc-unit"], &schema["required"]),
        (&"%".into(), &serde_json::json!(["nr"]))
    );
}

#[test]
fn a_dataset_and_its_collection_know_each_other() {
    let own = get("/collections/kommuner");
    let about: Vec<String> =
        links(&own, "describedby").iter().map(|link| link["href"].as_str().unwrap().to_owned()).collect();
    assert!(about.contains(&format!("{}/d/kommuner", server().base)), "{about:?}");
    let licence = links(&own, "license");
    assert_eq!(licence[0]["href"], "https://creativecommons.org/licenses/by/4.0/");
    for file in links(&own, "enclosure") {
        let path = file["href"].as_str().unwrap().strip_prefix(&server().base).unwrap().to_owned();
        let answer = server().ask("HEAD", &path, &[]);
        assert_eq!(answer.header("content-length"), file["length"].to_string(), "{file}");
    }
    let page = server().ask("GET", "/d/kommuner", &[("accept", "text/html")]).text();
    assert!(page.contains("/ogc/collections/kommuner?f=html"), "{page}");
    let turtle = server().get("/d/kommuner.nt").text();
    let service = format!("{}/#ogc", server().base);
    for needed in [
        format!("<{service}> <http://www.w3.org/ns/dcat#endpointURL> <{}/ogc>", server().base),
        format!("<http://www.w3.org/ns/dcat#accessService> <{service}>"),
    ] {
        assert!(turtle.contains(&needed), "{needed}: {turtle}");
    }
    assert!(!server().get("/d/postnummer.nt").text().contains("#ogc"));
}
