//! Published geometries as `GeoParquet`, `FlatGeobuf` and `GeoPackage`, read by the clients of others.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::{clients, harness::Sandbox};

/// Points and areas of a SOSI file in UTM zone 33.
const DATASET: &str = r#"
profile = "table"
themes = ["GOVE"]
licence = "CC0"
frequency = "NEVER"
title = { nb = "Kart" }
description = { nb = "Mange steder." }
source = { kind = "file", path = "data/kart.sos" }
key = ["nummer"]
distributions = ["geojson", "flatgeobuf", "geopackage"]
columns = [
    { name = "nummer", from = ["NR"], type = "integer", title = { nb = "Nummer" } },
    { name = "sted", type = "geometry", title = { nb = "Sted" } },
]
"#;
const HEAD: &str = ".HODE\n..TEGNSETT UTF-8\n..TRANSPAR\n...KOORDSYS 23\n...ORIGO-NØ 0 0\n...ENHET 0.01\n";
/// An area of two by two kilometres.
const AREA: [f64; 4] = [260_000.0, 6_650_000.0, 262_000.0, 6_652_000.0];

/// Numbers from 0 to a limit that look drawn at random.
struct Draw(u64);

impl Draw {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

/// So many points in a hundred by a hundred kilometres.
fn points(count: u64) -> String {
    let mut draw = Draw(1);
    let mut text = HEAD.to_owned();
    for number in 1..=count {
        let (north, east) = (660_000_000 + draw.below(10_000_000), 24_000_000 + draw.below(10_000_000));
        write!(text, ".PUNKT {number}:\n..NR {number}\n..NØ\n{north} {east}\n").unwrap();
    }
    text + ".SLUTT\n"
}

/// So many houses of ten by eight metres, each an area with a curve around it that goes clockwise.
fn houses(count: u64) -> String {
    let mut draw = Draw(7);
    let mut text = HEAD.to_owned();
    for number in 1..=count {
        let (north, east) = (660_000_000 + draw.below(10_000_000), 24_000_000 + draw.below(10_000_000));
        let corners = [(0, 0), (800, 0), (800, 1000), (0, 1000), (0, 0)];
        let curve: Vec<String> = corners.iter().map(|(n, e)| format!("{} {}", north + n, east + e)).collect();
        write!(text, ".FLATE {number}:\n..OBJTYPE Bygg\n..NR {number}\n..REF :{}\n", count + number).unwrap();
        write!(text, ".KURVE {}:\n..NØ\n{}\n", count + number, curve.join("\n")).unwrap();
    }
    text + ".SLUTT\n"
}

/// Publishes a file in a coordinate system and hands its table to the clients, who count the rows of an area.
fn read(sosi: &str, (objects, crs): (&str, &str), area: [f64; 4]) -> Option<(Value, Value)> {
    let python = clients::python()?;
    let sandbox = Sandbox::with(&[]);
    sandbox.write("data/kart.sos", sosi);
    let dataset = DATASET.replace("\"geometry\"", &format!("{{ is = \"geometry\", crs = \"{crs}\" }}"));
    sandbox.write("datasets/kart.toml", format!("format = {{ kind = \"sosi\", objects = [{objects}] }}\n{dataset}"));
    let run = sandbox.run(&["run", "--all"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    let server = sandbox.serve(&["--no-schedule"]);
    let manifest = server.get("/d/kart/v/1/manifest.json").json();
    sandbox.write("kart.parquet", server.get("/d/kart/v/1/kart.parquet").body);
    let path = sandbox.path("kart.parquet").to_string_lossy().into_owned();
    let area = area.map(|number| number.to_string());
    let words: Vec<&str> = std::iter::once(path.as_str()).chain(area.iter().map(String::as_str)).collect();
    let driver = clients::driver("geoparquet_read.py");
    Some((clients::ask(&python, &[&[driver.as_str()], words.as_slice()].concat()), manifest))
}

/// The tests of a class that a file of version 1.1 can pass or fail, and that none failed.
fn passed(said: &Value, wanted: &[&str]) {
    let outcomes = said["validator"]["outcomes"].as_object().unwrap();
    let failed: Vec<&String> =
        outcomes.iter().filter(|(_, outcome)| *outcome == "fail").map(|(name, _)| name).collect();
    assert!(failed.is_empty() && said["validator"]["exit"] == 0, "{}", said["validator"]["said"].as_str().unwrap());
    for name in wanted {
        assert_eq!(outcomes[*name], "pass", "{name}: {}", said["validator"]["said"].as_str().unwrap());
    }
}

const CORE: [&str; 5] =
    ["core/geo-metadata", "core/wkb", "core/geometry-types", "core/crs-projjson", "core/bbox-extent"];
const COVERING: [&str; 5] = [
    "covering/keys",
    "covering/bbox-paths",
    "covering/bbox-column-structure",
    "covering/bbox-column-type",
    "covering/bbox-column-repetition",
];
const ORDER: [&str; 2] = ["distribution/geospatial-statistics", "distribution/spatial-order"];

/// As many as the validator wants to judge the order: six groups of rows.
#[test]
fn many_points_pass_the_validator_and_are_read_right() {
    let Some((said, manifest)) = read(&points(130_000), ("", "source"), AREA) else { return };
    passed(&said, &[CORE.as_slice(), &COVERING, &ORDER].concat());
    let pandas = &said["geopandas"];
    assert_eq!((&pandas["rows"], &pandas["epsg"]), (&130_000.into(), &25_833.into()));
    assert_eq!((&pandas["as_proj_has_it"], &pandas["types"]), (&true.into(), &json!(["Point"])), "{pandas}");
    let inside = pandas["inside"].as_u64().unwrap();
    assert!((30..80).contains(&inside), "four of ten thousand square kilometres: {inside}");
    assert_eq!(said["duckdb"]["rows"], 130_000);
    assert_eq!((&said["duckdb"]["inside"], &said["duckdb"]["by_geometry"]), (&inside.into(), &inside.into()));
    assert!(said["duckdb"]["type"].as_str().unwrap().contains("GEOMETRY"));
    // The manifest's extent holds PROJ's, and is hardly larger.
    for (at, outwards) in [-1.0, -1.0, 1.0, 1.0].into_iter().enumerate() {
        let (own, proj) = (manifest["bbox"][at].as_f64().unwrap(), pandas["lon_lat"][at].as_f64().unwrap());
        let beyond = (own - proj) * outwards;
        assert!((0.0..0.1).contains(&beyond), "{manifest} {pandas}");
    }
}

#[test]
fn areas_pass_the_validator_and_their_rings_go_the_right_way() {
    let Some((said, _)) = read(&houses(3_000), ("\"Bygg\"", "source"), AREA) else { return };
    passed(&said, &[CORE.as_slice(), &COVERING, &["core/orientation-value", "core/orientation-rings"]].concat());
    let pandas = &said["geopandas"];
    assert_eq!((&pandas["rows"], &pandas["valid"]), (&3_000.into(), &true.into()), "{pandas}");
    assert_eq!(pandas["types"], json!(["Polygon"]));
    assert_eq!(pandas["columns"], json!(["nummer", "sted"]), "the covering is no column of the data");
}

/// One point of known height and place, in every kind of system: by PROJ it lies where it was.
#[test]
fn every_kind_of_system_is_understood() {
    let point = format!("{HEAD}.PUNKT 1:\n..NR 1\n..NØH\n664230750 26249825 1234\n.SLUTT\n");
    let proj = [10.759_252_461, 59.849_962_104];
    for crs in
        ["source", "CRS84", "EPSG:4258", "EPSG:3857", "EPSG:3035", "EPSG:5110", "EPSG:5973", "EPSG:27393", "EPSG:25832"]
    {
        let world = [-180.0, -90.0, 1e8, 1e8];
        let Some((said, _)) = read(&point, ("", crs), world) else { return };
        passed(&said, &[CORE.as_slice(), &COVERING].concat()[..if crs == "CRS84" { 3 } else { 10 }]);
        let pandas = &said["geopandas"];
        let epsg = match crs {
            "source" => Some(25_833),
            // PROJ knows it by its own name.
            "CRS84" => None,
            code => code.strip_prefix("EPSG:").and_then(|code| code.parse().ok()),
        };
        assert_eq!((&pandas["epsg"], &pandas["inside"]), (&json!(epsg), &1.into()), "{crs}: {said:#}");
        assert_eq!(said["duckdb"]["inside"], 1);
        let off = [0, 1].map(|at| pandas["lon_lat"][at].as_f64().unwrap() - proj[at]);
        // Small angles of the seven parameters are not turned back exactly: a centimetre.
        let most = if crs == "EPSG:27393" { 3e-7 } else { 2e-8 };
        assert!(off.iter().all(|off| off.abs() < most), "{crs}: {off:?} {pandas}");
    }
}

/// Over HTTP, by the GDAL of the operating system and by the one that `GeoPandas` brings.
#[test]
fn flatgeobuf_is_read_over_http_with_its_index() {
    let Some(python) = clients::python() else { return };
    let sandbox = Sandbox::with(&[]);
    sandbox.write("data/kart.sos", houses(2_000));
    sandbox.write("datasets/kart.toml", format!("format = {{ kind = \"sosi\", objects = [\"Bygg\"] }}\n{DATASET}"));
    assert_eq!(sandbox.run_one("kart")["outcome"], "published");
    let server = sandbox.serve(&["--no-schedule"]);
    let answer = server.ask("HEAD", "/d/kart/v/1/kart.fgb", &[]);
    assert_eq!((answer.status, answer.header("content-type")), (200, "application/flatgeobuf"));
    let url = format!("/vsicurl/{}/d/kart/v/1/kart.fgb", server.base);
    let gdal = clients::ask(&python, &[&clients::driver("gdal_read.py"), &url]);
    assert_eq!((&gdal["driver"], &gdal["features"]), (&"FlatGeobuf".into(), &2_000.into()), "{gdal}");
    assert_eq!(gdal["geometry"], "Polygon");
    let area = [260_000, 6_640_000, 290_000, 6_670_000].map(|number: u32| number.to_string());
    let words: Vec<&str> = area.iter().map(String::as_str).collect();
    let driver = clients::driver("flatgeobuf_read.py");
    let (parquet, flat) = ("kart.parquet", url.as_str());
    sandbox.write(parquet, server.get("/d/kart/v/1/kart.parquet").body);
    let table = sandbox.path(parquet).to_string_lossy().into_owned();
    let said = clients::ask(&python, &[&[driver.as_str(), flat, &table], words.as_slice()].concat());
    assert_eq!((&said["rows"], &said["epsg"]), (&2_000.into(), &25_833.into()), "{said}");
    assert_eq!((&said["same"], &said["has_index"]), (&true.into(), &true.into()), "{said}");
    let inside = said["inside"].as_u64().unwrap();
    assert!((120..240).contains(&inside), "nine of a hundred: {inside}");
    assert_eq!(said["inside_by_parquet"], inside);
}

/// By `SQLite`, which checks the file and its R-tree and changes rows, by `GeoPandas` and by GDAL.
#[test]
fn a_geopackage_is_whole_and_holds_the_rows_of_the_parquet_file() {
    let Some(python) = clients::python() else { return };
    let sandbox = Sandbox::with(&[]);
    sandbox.write("data/kart.sos", houses(20_000));
    sandbox.write("datasets/kart.toml", format!("format = {{ kind = \"sosi\", objects = [\"Bygg\"] }}\n{DATASET}"));
    assert_eq!(sandbox.run_one("kart")["outcome"], "published");
    let server = sandbox.serve(&["--no-schedule"]);
    let answer = server.get("/d/kart/v/1/kart.gpkg");
    assert_eq!((answer.status, answer.header("content-type")), (200, "application/geopackage+sqlite3"));
    sandbox.write("kart.gpkg", answer.body);
    sandbox.write("kart.parquet", server.get("/d/kart/v/1/kart.parquet").body);
    let [package, table] = ["kart.gpkg", "kart.parquet"].map(|name| sandbox.path(name).to_string_lossy().into_owned());
    let area = [260_000, 6_640_000, 290_000, 6_670_000].map(|number: u32| number.to_string());
    let words: Vec<&str> = area.iter().map(String::as_str).collect();
    let driver = clients::driver("geopackage_read.py");
    let said = clients::ask(&python, &[&[driver.as_str(), &package, &table], words.as_slice()].concat());
    assert_eq!(
        (&said["integrity"], &said["tree"], &said["foreign"]),
        (&"ok".into(), &"ok".into(), &json!([])),
        "{said}"
    );
    assert_eq!((&said["rows"], &said["in_tree"]), (&20_000.into(), &20_000.into()), "{said}");
    assert_eq!(said["declared"], json!({ "fid": "INTEGER", "nummer": "INTEGER", "sted": "POLYGON" }));
    assert_eq!(said["kinds"], json!(["POLYGON", 0, 0, 25_833]));
    assert_eq!((&said["layer"], &said["epsg"], &said["has_index"]), (&"kart".into(), &25_833.into(), &true.into()));
    assert_eq!((&said["same"], &said["other"]), (&true.into(), &json!([])), "{said}");
    assert_eq!((&said["triggers"], &said["in_tree_after"]), (&7.into(), &19_999.into()), "{said}");
    assert_eq!(said["tree_after"], "ok", "{said}");
    assert_eq!(said["inside"], said["inside_by_parquet"], "{said}");
    // The tree rounds outwards to single precision.
    let (tree, inside) = (said["inside_by_tree"].as_u64().unwrap(), said["inside"].as_u64().unwrap());
    assert!((inside..inside + 5).contains(&tree) && (1_600..2_100).contains(&inside), "{said}");
    let gdal = clients::ask(&python, &[&clients::driver("gdal_read.py"), &package]);
    assert_eq!((&gdal["driver"], &gdal["features"]), (&"GPKG".into(), &20_000.into()), "{gdal}");
}

/// By the reader of the format's authors and by GDAL: an archive of the tiles that the API makes one by one.
#[test]
fn pmtiles_are_read_over_http_and_hold_the_tiles_of_the_api() {
    let Some(python) = clients::python() else { return };
    let sandbox = Sandbox::with(&[]);
    sandbox.write("data/kart.sos", houses(300));
    let tiles =
        "distributions = [\"pmtiles\"]\ntiles = { max_zoom = 11 }\nformat = { kind = \"sosi\", objects = [\"Bygg\"] }";
    sandbox.write(
        "datasets/kart.toml",
        DATASET.replace("distributions = [\"geojson\", \"flatgeobuf\", \"geopackage\"]", tiles),
    );
    assert_eq!(sandbox.run_one("kart")["outcome"], "published");
    let server = sandbox.serve(&["--no-schedule"]);
    let archive = format!("{}/d/kart/v/1/kart.pmtiles", server.base);
    let tiles = format!("{}/ogc/collections/kart/tiles/WebMercatorQuad", server.base);
    let said = clients::ask(&python, &[&clients::driver("pmtiles_read.py"), &archive, &tiles]);
    assert_eq!((&said["type"], &said["version"]), (&"application/vnd.pmtiles".into(), &3.into()), "{said}");
    assert_eq!((&said["clustered"], &said["zooms"]), (&true.into(), &json!([0, 11])), "{said}");
    assert!(said["tiles"].as_u64().unwrap() > 50, "{said}");
    assert_eq!((&said["counted"], &said["same"]), (&said["tiles"], &said["tiles"]), "{said}");
    assert_eq!(said["fields"], json!({ "nummer": "Number" }));
    assert_eq!((&said["driver"], &said["gdal_over_http"]), (&"PMTiles".into(), &"PMTiles".into()), "{said}");
    // GDAL cuts tiles at their borders: what lies around them is seen in the neighbour only.
    let (by_gdal, shown) = (said["gdal_features"].as_u64().unwrap(), said["features"].as_u64().unwrap());
    assert!((200..=shown).contains(&by_gdal), "{said}");
    // DCAT names it with its media type.
    let turtle = server.get("/d/kart.ttl").text();
    assert!(turtle.contains("kart.pmtiles") && turtle.contains("application/vnd.pmtiles"), "{turtle}");
}
