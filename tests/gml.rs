//! GML, `GeoJSON` and SOSI of the same objects from the source to published versions.

use serde_json::Value;

use crate::harness::Sandbox;

/// A dataset of made-up buildings in one of three formats; the columns are found where each format has them.
pub(crate) fn declaration(file: &str, format: &str, from: [&str; 5]) -> String {
    let [id, date, number, kind, address] = from;
    let column = |name: &str, from: &str, kind: &str| {
        format!(
            "[[columns]]\nname = \"{name}\"\nfrom = [\"{from}\"]\ntype = {kind}\ntitle = {{ nb = \"{name}\", nn = \"{name}\", en = \"{name}\" }}\n"
        )
    };
    let columns = [
        column("id", id, "\"text\""),
        column("dato", date, "\"date\""),
        column("nummer", number, "\"integer\""),
        column("type", kind, "\"code\""),
        column("adresse", address, "\"text\""),
    ];
    format!(
        "profile = \"table\"\nthemes = [\"REGI\"]\nlicence = \"CC_BY_4_0\"\nfrequency = \"IRREG\"\n\
         source = {{ kind = \"file\", path = \"data/{file}\" }}\nformat = {format}\nkey = [\"id\"]\n\
         title = {{ nb = \"Bygg\", nn = \"Bygg\", en = \"Buildings\" }}\n\
         description = {{ nb = \"Oppdiktede bygg.\", nn = \"Oppdikta bygg.\", en = \"Made-up buildings.\" }}\n\
         keywords = {{ nb = [\"bygg\"], nn = [\"bygg\"], en = [\"buildings\"] }}\n\
         {}[[columns]]\nname = \"omrade\"\ntype = \"geometry\"\nrequired = true\n\
         title = {{ nb = \"Område\", nn = \"Område\", en = \"Area\" }}\n",
        columns.concat()
    )
}

pub(crate) const GML: [&str; 5] = ["identifikasjon.lokalId", "oppdateringsdato", "nummer", "type", "adresse"];
pub(crate) const GEOJSON: [&str; 5] = ["lokalId", "dato", "nummer", "type", "adresse"];
const SOSI: [&str; 5] = ["IDENT.LOKALID", "OPPDATERINGSDATO", "NUMMER", "TYPE", "ADRESSE"];

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::with(&[]);
    for (end, format, from) in [
        ("gml", "{ kind = \"gml\", objects = [\"Bygning\"] }", GML),
        ("geojson", "{ kind = \"geojson\" }", GEOJSON),
        ("sos", "{ kind = \"sosi\", objects = [\"Bygning\"] }", SOSI),
    ] {
        let file = format!("buildings.{end}");
        let fixture = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/geo").join(&file);
        sandbox.write(&format!("data/{file}"), std::fs::read(fixture).unwrap());
        sandbox.write(&format!("datasets/bygg-{end}.toml"), declaration(&file, format, from));
    }
    sandbox
}

#[test]
fn the_same_buildings_in_three_formats_are_published_alike() {
    let sandbox = sandbox();
    let records = sandbox.run(&["run", "--all", "--json"]).json();
    for record in records.as_array().unwrap() {
        assert_eq!((&record["outcome"], &record["rejects"]["total"]), (&"published".into(), &0.into()), "{record:#}");
    }
    let server = sandbox.serve(&["--no-schedule"]);
    let published = |end: &str| -> Vec<Value> {
        let path = format!("/d/bygg-{end}/v/1/bygg-{end}.geojson");
        let mut features = server.get(&path).json()["features"].as_array().unwrap().clone();
        for feature in &mut features {
            feature["geometry"] = corners(&feature["geometry"]);
        }
        features
    };
    let gml = published("gml");
    assert_eq!(gml.len(), 24);
    // Where a ring begins is no matter.
    assert_eq!(gml, published("geojson"));
    assert_eq!(gml, published("sos"));
    let manifest = server.get("/d/bygg-gml/v/1/manifest.json").json();
    assert!(manifest.to_string().contains("EPSG:25832"), "the source's system is kept: {manifest:#}");
}

/// The corners of a polygon, sorted.
fn corners(geometry: &Value) -> Value {
    assert_eq!(geometry["type"], "Polygon", "{geometry}");
    let mut corners: Vec<Value> = geometry["coordinates"][0].as_array().unwrap().iter().skip(1).cloned().collect();
    corners.sort_by_key(ToString::to_string);
    corners.into()
}

/// The buildings with some of the bytes replaced, run again after a first version.
fn spoilt(change: impl Fn(&str) -> String) -> Value {
    let sandbox = sandbox();
    assert_eq!(sandbox.run_one("bygg-gml")["outcome"], "published");
    let text = String::from_utf8(sandbox.read("data/buildings.gml")).unwrap();
    sandbox.write("data/buildings.gml", change(&text));
    let record = sandbox.run(&["run", "bygg-gml", "--json"]).json()[0].clone();
    let server = sandbox.serve(&["--no-schedule"]);
    assert_eq!(server.get("/d/bygg-gml/v/1/bygg-gml.parquet").status, 200, "the last good version stays");
    record
}

#[test]
fn a_broken_building_is_put_aside_by_line_and_id() {
    let record = spoilt(|text| text.replacen("<gml:posList>", "<gml:posList>1 ", 1));
    assert_eq!(record["rejects"]["by_code"]["reject-geometry"], 1, "{record:#}");
    assert_eq!(record["rejects"]["listed"][0]["row"], 4, "its line");
    assert!(record.to_string().contains("format-gml-coordinates"), "{record:#}");
}

#[test]
fn a_cut_file_and_one_without_a_system_fail_with_a_hint() {
    let record = spoilt(|text| text[..text.len() / 2].to_owned());
    assert_eq!((&record["outcome"], &record["error"]["code"]), (&"failed".into(), &"format-xml".into()), "{record:#}");
    let record = spoilt(|text| text.replace(" srsName=\"http://www.opengis.net/def/crs/EPSG/0/25832\"", ""));
    assert_eq!((&record["outcome"], &record["error"]["code"]), (&"failed".into(), &"format-gml-crs".into()));
    assert!(record["error"]["message"].as_str().unwrap().contains("buildings.gml:4"), "{record:#}");
    assert!(record["error"]["hint"].as_str().unwrap().contains("format.crs"), "{record:#}");
}
