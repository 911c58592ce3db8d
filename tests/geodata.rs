//! Files of geodata from the source to published tables, and what becomes of what nobody reads.

use std::{fs, path::Path};

use serde_json::Value;

use crate::harness::Sandbox;

fn fixture(name: &str) -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/geo").join(name)).unwrap()
}

/// A publisher of one dataset, `kart`, whose source is a sample; `rest` are its format and columns.
fn publisher(sample: &str, rest: &str) -> Sandbox {
    let sandbox = Sandbox::with(&[]);
    sandbox.write(&format!("data/{sample}"), fixture(sample));
    let text = "{ nb = \"Kart\", nn = \"Kart\", en = \"Map\" }";
    sandbox.write(
        "datasets/kart.toml",
        format!(
            "title = {text}\ndescription = {text}\nprofile = \"table\"\nthemes = [\"REGI\"]\nlicence = \"CC_BY_4_0\"\n\
             frequency = \"IRREG\"\nsource = {{ kind = \"file\", path = \"data/{sample}\" }}\n{rest}"
        ),
    );
    sandbox
}

fn columns(named: &[(&str, &str, &str)]) -> String {
    let column = |(name, kind, more): &(&str, &str, &str)| {
        format!(
            "[[columns]]\nname = \"{name}\"\ntype = {kind}\ntitle = {{ nb = \"{name}\", nn = \"{name}\", en = \"{name}\" }}\n{more}\n"
        )
    };
    named.iter().map(column).collect()
}

/// For a sample of which one of fifteen rows is broken.
const LENIENT: &str = "gates = { shape = { max_rejected_share = 0.1 } }\n";
const PLACE: (&str, &str, &str) = ("geometri", "\"geometry\"", "required = true");

/// Rows, features and the published system of a dataset that was run.
fn published(sandbox: &Sandbox, rejects: u64) -> (u64, Vec<Value>, Value) {
    let record = sandbox.run_one("kart");
    let expected = (&"published".into(), &rejects.into());
    assert_eq!((&record["outcome"], &record["rejects"]["total"]), expected, "{record:#}");
    let server = sandbox.serve(&["--no-schedule"]);
    let manifest = server.get("/d/kart/v/1/manifest.json").json();
    let features = server.get("/d/kart/v/1/kart.geojson").json()["features"].as_array().unwrap().clone();
    let geometry = manifest["columns"].as_array().unwrap().iter().find(|column| column["name"] == "geometri").unwrap();
    (record["rows"].as_u64().unwrap(), features, geometry["crs"].clone())
}

#[test]
fn a_shapefile_out_of_its_archive() {
    let own = [
        ("navn", "\"text\"", ""),
        ("vernet", "\"date\"", "from = [\"vernedato\"]"),
        ("verneform", "\"code\"", ""),
        PLACE,
    ];
    let rest = format!("{LENIENT}format = {{ kind = \"shapefile\" }}\n{}", columns(&own));
    // One of the areas has a ring of two positions, and is put aside.
    let (rows, features, crs) = published(&publisher("n50_1417_restriksjonsomrader.zip", &rest), 1);
    assert_eq!((rows, features.len(), crs), (14, 14, "EPSG:25833".into()));
    let fjord = features.iter().find(|feature| feature["properties"]["navn"] == "Nærøyfjorden").unwrap();
    assert_eq!(fjord["properties"]["vernet"], "2002-11-08");
    let longitude = fjord["geometry"]["coordinates"][0][0][0].as_f64().unwrap();
    assert!((6.0..7.5).contains(&longitude), "{longitude}");
}

#[test]
fn a_layer_of_a_geopackage() {
    let own = [
        ("nummer", "{ is = \"code\", width = 4 }", "from = [\"KOMMUNENUMMER\"]"),
        ("oppdatert", "\"datetime\"", "from = [\"oppdateringsdato\"]"),
        PLACE,
    ];
    let rest =
        format!("format = {{ kind = \"geopackage\", layer = \"polygons\" }}\nkey = [\"nummer\"]\n{}", columns(&own));
    let (rows, features, crs) = published(&publisher("n50_0617_administrativeomrader.gpkg", &rest), 0);
    assert_eq!((rows, crs), (1, "EPSG:25833".into()));
    assert_eq!(features[0]["properties"]["nummer"], "0617");
    assert_eq!(features[0]["properties"]["oppdatert"], "2016-03-06T23:00:00Z");
}

#[test]
fn flatgeobuf_and_parquet() {
    let own = [("grad", "\"code\"", "from = [\"AKTSOMHETGRAD\"]"), PLACE];
    let rest = format!("format = {{ kind = \"flatgeobuf\" }}\n{}", columns(&own));
    let (rows, _, crs) = published(&publisher("radon.fgb", &rest), 0);
    assert_eq!((rows, crs), (80, "EPSG:25833".into()));
    let own = [("name", "\"text\"", ""), ("folk", "\"integer\"", "from = [\"pop_est\"]"), PLACE];
    let rest = format!("format = {{ kind = \"parquet\" }}\nkey = [\"name\"]\n{}", columns(&own));
    let (rows, features, _) = published(&publisher("geoparquet_main_example.parquet", &rest), 0);
    let fiji = features.iter().find(|feature| feature["properties"]["name"] == "Fiji").unwrap();
    assert_eq!((rows, &fiji["properties"]["folk"]), (5, &889_953.into()));
}

#[test]
fn addresses_with_their_system_in_a_column() {
    let point = "point = { x = \"OST\", y = \"NORD\", crs_from = \"KOORDINATSYSTEMKODE\" }\nrequired = true";
    let own = [
        ("id", "\"code\"", "from = [\"ADRESSEID\"]"),
        ("kommune", "{ is = \"code\", width = 4 }", "from = [\"KOMMUNENR\"]"),
        ("geometri", "\"geometry\"", point),
    ];
    let rest = format!("format = {{ kind = \"csv\", trailing_separator = true }}\nkey = [\"id\"]\n{}", columns(&own));
    let (rows, features, crs) = published(&publisher("matrikkel_adresse_2018_layout.csv", &rest), 0);
    assert_eq!((rows, crs), (28, "EPSG:25833".into()));
    let first = features.iter().find(|feature| feature["properties"]["id"] == "87033136").unwrap();
    let place = first["geometry"]["coordinates"].as_array().unwrap();
    // Askim and Mysen lie here.
    assert!((11.0..11.6).contains(&place[0].as_f64().unwrap()) && (59.4..59.7).contains(&place[1].as_f64().unwrap()));
}

#[test]
fn what_nobody_reads_is_refused_with_advice_and_the_last_version_stays() {
    let own = [("navn", "\"text\"", ""), PLACE];
    let rest = format!("archive = {{ member = \"*.sql\" }}\nformat = {{ kind = \"csv\" }}\n{}", columns(&own));
    let sandbox = publisher("postgis.zip", &rest);
    let record = sandbox.run(&["run", "--all", "--json"]).json()[0].clone();
    assert_eq!(
        (&record["outcome"], &record["error"]["code"]),
        (&"failed".into(), &"format-unsupported".into()),
        "{record:#}"
    );
    assert!(record["error"]["hint"].as_str().unwrap().contains("GeoPackage"), "{record:#}");

    let rest = format!("{LENIENT}format = {{ kind = \"shapefile\" }}\nkey = [\"navn\"]\n{}", columns(&own));
    let rest = rest
        .replace("name = \"navn\"", "name = \"navn\"\nfrom = [\"objekttype\", \"navn\"]")
        .replace("key = [\"navn\"]\n", "");
    let sandbox = publisher("n50_1417_restriksjonsomrader.zip", &rest);
    assert_eq!(sandbox.run_one("kart")["outcome"], "published");
    let whole = sandbox.read("data/n50_1417_restriksjonsomrader.zip");
    sandbox.write("data/n50_1417_restriksjonsomrader.zip", &whole[..whole.len() / 2]);
    let record = sandbox.run(&["run", "--all", "--json"]).json()[0].clone();
    assert_eq!(
        (&record["outcome"], &record["error"]["code"]),
        (&"failed".into(), &"format-archive".into()),
        "{record:#}"
    );
    let server = sandbox.serve(&["--no-schedule"]);
    assert_eq!(server.get("/d/kart/v/1/kart.parquet").status, 200, "the last good version stays");
}
