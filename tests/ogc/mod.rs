//! OGC API Features from outside: one test for each abstract test of the standards, named after it, and real clients.
//!
//! `ats_core_…`, `ats_geojson_…`, `ats_html_…`, `ats_oas30_…`: OGC 17-069r4 annex A; `ats_crs_…`: OGC 18-058r1 annex A;
//! `ats_tiles_…`: OGC 20-057 annex A; `ats_tms_…`: OGC 17-083r4 annex A; `ats_filter_…`: OGC 19-079r2 annex A; `ats_cql2_…`: OGC 21-065r2 annex A; `ats_schemas_…`: OGC 23-058r2 annex A.

mod bad;
mod clients;
mod core;
mod cql2;
mod crs;
mod features;
mod filter;
mod forms;
mod metadata;
mod oas30;
mod tiles;

use std::{fmt::Write as _, sync::OnceLock};

use serde_json::{Value, json};

use crate::harness::{Answer, Sandbox, Server};

/// Longitude and latitude in WGS 84.
const CRS84: &str = "http://www.opengis.net/def/crs/OGC/1.3/CRS84";
/// What the share grows by from place to place.
const SHARE: f64 = 3.25;
/// Places of `steder`.
pub(crate) const PLACES: usize = 30;

/// Points and areas with a property of every type, kept in UTM zone 33; one has no geometry, one no day.
pub(crate) const STEDER: &str = r#"
profile = "table"
themes = ["REGI"]
licence = "CC0"
frequency = "NEVER"
title = { nb = "Steder", nn = "Stader", en = "Places" }
description = { nb = "Steder som ikke finnes.", en = "Places that do not exist." }
source = { kind = "file", path = "data/steder.geojson" }
format = { kind = "geojson" }
key = ["nr"]
order = [{ column = "nr" }]
columns = [
    { name = "nr", from = ["properties.nr"], type = { is = "integer" }, required = true, title = { nb = "Nummer" } },
    { name = "navn", from = ["properties.navn"], type = { is = "text" }, title = { nb = "Navn" } },
    { name = "kode", from = ["properties.kode"], type = { is = "code" }, title = { nb = "Kode" }, codes = { A = { nb = "Tettsted" }, B = { nb = "Gard" } } },
    { name = "antall", from = ["properties.antall"], type = { is = "integer" }, title = { nb = "Antall" } },
    { name = "andel", from = ["properties.andel"], type = { is = "number" }, unit = "%", title = { nb = "Andel" } },
    { name = "leie", from = ["properties.leie"], type = { is = "decimal", scale = 2 }, title = { nb = "Leie" } },
    { name = "aktiv", from = ["properties.aktiv"], type = { is = "boolean" }, title = { nb = "Aktiv" } },
    { name = "dato", from = ["properties.dato"], type = { is = "date" }, title = { nb = "Dato" } },
    { name = "endret", from = ["properties.endret"], type = { is = "datetime" }, title = { nb = "Endret" } },
    { name = "slutt", from = ["properties.slutt"], type = { is = "datetime" }, title = { nb = "Slutt" } },
    { name = "sted", from = ["geometry"], type = { is = "geometry", crs = "EPSG:25833" }, title = { nb = "Sted" } },
]
"#;

/// The first ten places once more: by two columns, and by none.
const BY_TWO: &str = r#"
profile = "table"
themes = ["REGI"]
licence = "CC0"
frequency = "NEVER"
title = { nb = "Steder med sammensatt nøkkel" }
description = { nb = "Steder som ikke finnes." }
source = { kind = "file", path = "data/faa.geojson" }
format = { kind = "geojson" }
key = ["kode", "navn"]
columns = [
    { name = "kode", from = ["properties.kode"], type = { is = "code" }, required = true, title = { nb = "Kode" } },
    { name = "navn", from = ["properties.navn"], type = { is = "text" }, required = true, title = { nb = "Navn" } },
    { name = "sted", from = ["geometry"], type = { is = "geometry" }, title = { nb = "Sted" } },
]
"#;

/// A place: longitude and latitude of its middle, and of what it is made.
fn place(number: usize) -> (f64, f64) {
    #[expect(clippy::cast_precision_loss, reason = "small numbers")]
    let step = number as f64;
    (10.0 + 0.2 * step, 59.0 + 0.1 * step)
}

fn feature(number: usize) -> Value {
    let (x, y) = place(number);
    let geometry = match number {
        29 => Value::Null,
        area if area % 10 == 5 => {
            let (west, south, east, north) = (x - 0.05, y - 0.05, x + 0.05, y + 0.05);
            let ring = [[west, south], [east, south], [east, north], [west, north], [west, south]];
            json!({ "type": "Polygon", "coordinates": [ring] })
        }
        line if line % 10 == 6 => json!({ "type": "LineString", "coordinates": [[x - 0.05, y], [x + 0.05, y]] }),
        _ => json!({ "type": "Point", "coordinates": [x, y] }),
    };
    let name = ["Åsen", "Bakken", "Brekke", "Dalen", "Eng"][number % 5];
    json!({ "type": "Feature", "geometry": geometry, "properties": {
        "nr": number + 1,
        "navn": format!("{name} {number:02}"),
        "kode": if number.is_multiple_of(2) { "A" } else { "B" },
        "antall": if number % 10 == 9 { Value::Null } else { json!(number * 7 % 20) },
        "andel": json!(f64::from(u32::try_from(number).unwrap()) * SHARE),
        "leie": json!(format!("{}.50", 1000 + number)),
        "aktiv": number.is_multiple_of(3),
        "dato": if number == 28 { Value::Null } else { json!(format!("2026-01-{:02}", number + 1)) },
        "endret": format!("2026-01-{:02}T12:00:00Z", number + 1),
        "slutt": format!("2026-02-{:02}T12:00:00Z", number % 28 + 1),
    }})
}

pub(crate) fn collection(numbers: std::ops::Range<usize>) -> String {
    let features: Vec<Value> = numbers.map(feature).collect();
    json!({ "type": "FeatureCollection", "features": features }).to_string()
}

/// A sandbox with everything that these tests ask for, published.
fn sandbox() -> Sandbox {
    let sandbox = Sandbox::with(&["kommuner", "reguleringsplan", "postnummer"]);
    sandbox.write("data/steder.geojson", collection(0..PLACES));
    sandbox.write("data/faa.geojson", collection(0..10));
    sandbox.write("datasets/steder.toml", STEDER);
    sandbox.write("datasets/faa.toml", BY_TWO);
    sandbox.write("datasets/uten.toml", BY_TWO.replace("key = [\"kode\", \"navn\"]", "key = []"));
    sandbox.write("datasets/lukket.toml", BY_TWO);
    let run = sandbox.run(&["run", "--all"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    // It was open once: the geometry gate lets nothing else be published.
    sandbox.write("datasets/lukket.toml", format!("access = \"RESTRICTED\"\n{BY_TWO}"));
    sandbox
}

/// The server that all of these tests ask.
fn server() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| sandbox().serve_for_all(&["--no-schedule"]))
}

/// An answer to a GET below `/ogc`, whatever it is.
fn ask(local: &str, accept: &str) -> Answer {
    server().ask("GET", &format!("/ogc{local}"), &[("accept", accept)])
}

/// A JSON document, which must be there.
fn get(local: &str) -> Value {
    let answer = ask(local, "application/geo+json, application/schema+json;q=0.9, application/json;q=0.8, */*;q=0.1");
    assert_eq!(answer.status, 200, "{local}: {}", answer.text());
    answer.json()
}

/// A question with its values percent-encoded.
fn query(local: &str, pairs: &[(&str, &str)]) -> String {
    let mut out = local.to_owned();
    for (index, (name, value)) in pairs.iter().enumerate() {
        write!(out, "{}{name}=", if index == 0 { '?' } else { '&' }).unwrap();
        for byte in value.bytes() {
            write!(out, "%{byte:02X}").unwrap();
        }
    }
    out
}

/// Items of a collection for some parameters.
fn items(id: &str, pairs: &[(&str, &str)]) -> Value {
    get(&query(&format!("/collections/{id}/items"), pairs))
}

/// The identifiers of a page's features.
fn ids(page: &Value) -> Vec<String> {
    let id = |feature: &Value| feature["id"].as_str().map_or_else(|| feature["id"].to_string(), str::to_owned);
    page["features"].as_array().unwrap().iter().map(id).collect()
}

/// The identifiers of every feature of a collection that a filter lets through.
fn filtered(id: &str, filter: &str) -> Vec<String> {
    ids(&items(id, &[("filter", filter)]))
}

/// Status and code of an answer that must be a refusal.
fn refusal(local: &str) -> (u16, String) {
    let answer = ask(local, "application/json");
    assert!(answer.status >= 400, "{local}: {} {}", answer.status, answer.text());
    (answer.status, answer.json()["code"].as_str().unwrap().to_owned())
}

/// The identifiers of all collections.
pub(crate) fn collections() -> Vec<String> {
    let list = get("/collections");
    let id = |one: &Value| one["id"].as_str().unwrap().to_owned();
    list["collections"].as_array().unwrap().iter().map(id).collect()
}

/// The links of a document with a relation.
fn links(document: &Value, rel: &str) -> Vec<Value> {
    let links = document["links"].as_array().unwrap_or_else(|| panic!("no links: {document:#}"));
    links.iter().filter(|link| link["rel"] == rel).cloned().collect()
}

/// The part of an address below `/ogc`.
fn local(href: &Value) -> String {
    let href = href.as_str().unwrap();
    href.strip_prefix(&format!("{}/ogc", server().base)).unwrap_or_else(|| panic!("{href}")).to_owned()
}

/// Every link has an address, a relation and a media type.
fn check_links(document: &Value) {
    for link in document["links"].as_array().unwrap() {
        for member in ["href", "rel", "type"] {
            assert!(link[member].as_str().is_some_and(|text| !text.is_empty()), "{link}");
        }
    }
}

/// `self` and `alternate` are there, and lead to the media types that they name.
fn check_own_links(document: &Value, kind: &str) {
    for (rel, kind) in [("self", kind), ("alternate", "text/html")] {
        let found = links(document, rel);
        assert!(found.iter().any(|link| link["type"] == kind), "{rel} {kind}: {document:#}");
        let answer = ask(&local(&found[0]["href"]), kind);
        assert_eq!(answer.status, 200, "{}", found[0]);
        assert!(answer.header("content-type").starts_with(kind), "{} {}", found[0], answer.header("content-type"));
    }
}

/// Every position of a geometry.
fn positions(geometry: &Value) -> Vec<(f64, f64)> {
    fn walk(value: &Value, found: &mut Vec<(f64, f64)>) {
        let list = value.as_array().unwrap();
        match list.first() {
            Some(Value::Number(_)) => found.push((list[0].as_f64().unwrap(), list[1].as_f64().unwrap())),
            _ => list.iter().for_each(|inner| walk(inner, found)),
        }
    }
    let mut found = Vec::new();
    if !geometry.is_null() {
        walk(&geometry["coordinates"], &mut found);
    }
    found
}

/// Follows `next` to the end: the identifiers of every page.
fn pages(first: &str) -> Vec<Vec<String>> {
    let mut pages = Vec::new();
    let mut next = Some(first.to_owned());
    while let Some(address) = next {
        let page = get(&address);
        pages.push(ids(&page));
        next = links(&page, "next").first().map(|link| local(&link["href"]));
        assert!(pages.len() < 200);
    }
    pages
}
