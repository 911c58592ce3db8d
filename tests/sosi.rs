//! A SOSI file from the source to areas in its own system, in longitude and latitude and in a declared one, and what
//! becomes of broken ones.

use serde_json::Value;

use crate::harness::Sandbox;

const PLAN: &str = "data/reguleringsplan.sos";

/// The synthetic plan: six areas of 400 by 300 metres in all, of which a roundabout takes its share from its neighbours.
#[test]
fn a_sosi_file_becomes_areas_in_degrees() {
    let sandbox = Sandbox::with(&["reguleringsplan"]);
    let record = sandbox.run_one("reguleringsplan");
    assert_eq!((&record["outcome"], &record["rejects"]["total"]), (&"published".into(), &0.into()), "{record:#}");
    let server = sandbox.serve(&["--no-schedule"]);
    let document = server.get("/d/reguleringsplan/v/1/reguleringsplan.geojson").json();
    let features = document["features"].as_array().unwrap();
    assert_eq!(features.len(), 6);
    let rings = |name: &str| {
        let feature = features.iter().find(|feature| feature["properties"]["feltnavn"] == name).unwrap();
        feature["geometry"]["coordinates"].as_array().unwrap().clone()
    };
    let square_metres = |name: &str| rings(name).iter().map(area).sum::<f64>();
    let total: f64 = ["B1", "GF1", "SKV1", "SVG1", "BU1", "BS1"].map(square_metres).iter().sum();
    // The plane is 0.9997 times the ground here.
    assert!((total - 120_000.0 / 0.9997_f64.powi(2)).abs() < 60.0, "{total}");
    // The circle of six metres is the road's island and an area of its own.
    assert_eq!(rings("SKV1").len(), 2);
    let circle = std::f64::consts::PI * 36.0;
    assert!((square_metres("SVG1") - circle).abs() < 0.5, "{}", square_metres("SVG1"));
    // A road of 20 metres with a roundabout of 20 metres radius and without its middle.
    let segment = 400.0 * (std::f64::consts::PI / 3.0 - 0.75_f64.sqrt() / 2.0);
    let road = 8000.0 + 2.0 * segment - circle;
    assert!((square_metres("SKV1") - road).abs() < 10.0, "{} {road}", square_metres("SKV1"));
    let manifest = server.get("/d/reguleringsplan/v/1/manifest.json").json();
    let west = manifest["bbox"][0].as_f64().unwrap();
    assert!((10.7..10.9).contains(&west), "{manifest:#}");
}

/// What is said of the geometry column of a published version, and the first number of its first well-known text.
fn published(sandbox: &Sandbox, version: u64) -> (Value, f64) {
    let server = sandbox.serve(&["--no-schedule"]);
    let schema = server.get("/d/reguleringsplan/schema").json();
    assert_eq!(schema["version"], version, "{schema:#}");
    let columns = schema["columns"].as_array().unwrap();
    let column = columns.iter().find(|column| column["name"] == "geometri").unwrap().clone();
    let csv = server.get(&format!("/d/reguleringsplan/v/{version}/reguleringsplan.csv")).text();
    let (_, numbers) = csv.split_once("POLYGON ((").unwrap();
    let west = server.get(&format!("/d/reguleringsplan/v/{version}/manifest.json")).json()["bbox"][0].as_f64().unwrap();
    assert!((10.7..10.9).contains(&west), "the extent is always in WGS 84");
    let rows = server.get("/d/reguleringsplan/rows.geojson").json();
    let longitude = rows["features"][0]["geometry"]["coordinates"][0][0][0].as_f64().unwrap();
    assert!((10.7..10.9).contains(&longitude), "GeoJSON is always in WGS 84");
    (column, numbers.split(' ').next().unwrap().parse().unwrap())
}

#[test]
fn geometries_are_published_in_the_sources_system_or_the_declared_one() {
    let sandbox = Sandbox::with(&["reguleringsplan"]);
    assert_eq!(sandbox.run_one("reguleringsplan")["outcome"], "published");
    let (column, x) = published(&sandbox, 1);
    assert_eq!(column["crs"], "EPSG:25832");
    assert_eq!(column["crs_uri"], "http://www.opengis.net/def/crs/EPSG/0/25832");
    assert!((600_000.0..610_000.0).contains(&x), "{x}");
    let declaration = "datasets/reguleringsplan.toml";
    let text = String::from_utf8(sandbox.read(declaration)).unwrap();
    for (version, crs, west, east) in [(2, "EPSG:25833", 260_000.0, 280_000.0), (3, "CRS84", 10.7, 10.9)] {
        let declared = format!("type = {{ is = \"geometry\", crs = \"{crs}\" }}");
        sandbox.write(declaration, text.replace("type = \"geometry\"", &declared));
        let record = sandbox.run(&["run", "--all", "--json"]).json()[0].clone();
        assert_eq!(record["outcome"], "published", "another system is another version: {record:#}");
        let (column, x) = published(&sandbox, version);
        assert_eq!(column["crs"], if crs == "CRS84" { "OGC:CRS84" } else { crs });
        assert!((west..=east).contains(&x), "{x}");
    }
    // A follower gets every version's rows in the system of the newest, whatever theirs was.
    let server = sandbox.serve(&["--no-schedule"]);
    let feed = server.get("/d/reguleringsplan/changes.ndjson?rows=true").text();
    let entries: Vec<Value> = feed.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(entries.iter().any(|entry| entry["_version"] == 1) && entries.iter().any(|entry| entry["_version"] == 3));
    for entry in entries.iter().filter(|entry| entry["_op"] != "removed") {
        let longitude = entry["geometri"]["coordinates"][0][0][0].as_f64().unwrap();
        assert!((10.7..10.9).contains(&longitude), "{entry}");
    }
    drop(server);
    let unknown = text.replace("type = \"geometry\"", "type = { is = \"geometry\", crs = \"EPSG:23032\" }");
    sandbox.write(declaration, unknown);
    let check = sandbox.run(&["check"]);
    let told = format!("{}{}", check.out, check.err);
    assert!(told.contains("`EPSG:23032` is no known coordinate system"), "{told}");
    assert!(told.contains("^^^^"), "{told}");
}

/// Signed area of a ring in square metres: positive counter-clockwise.
fn area(ring: &Value) -> f64 {
    let points: Vec<(f64, f64)> =
        ring.as_array().unwrap().iter().map(|point| (point[0].as_f64().unwrap(), point[1].as_f64().unwrap())).collect();
    let (origin_x, origin_y) = points[0];
    // Length of a degree on the ellipsoid at 59.887 degrees north.
    let flat = |(x, y): (f64, f64)| ((x - origin_x) * 55_991.9, (y - origin_y) * 111_410.3);
    let pairs = points.iter().zip(points.iter().skip(1)).map(|(a, b)| (flat(*a), flat(*b)));
    pairs.map(|((ax, ay), (bx, by))| (ax * by - ay * bx) / 2.0).sum()
}

/// The plan with some of its bytes replaced, run again after a first version.
fn spoilt(from: &[u8], to: &[u8]) -> Value {
    let sandbox = Sandbox::with(&["reguleringsplan"]);
    assert_eq!(sandbox.run_one("reguleringsplan")["outcome"], "published");
    let mut bytes = sandbox.read(PLAN);
    let at = bytes.windows(from.len()).position(|window| window == from).unwrap();
    bytes.splice(at..at + from.len(), to.iter().copied());
    sandbox.write(PLAN, bytes);
    let record = sandbox.run(&["run", "--all", "--json"]).json()[0].clone();
    let server = sandbox.serve(&["--no-schedule"]);
    assert_eq!(server.get("/d/reguleringsplan/v/1/reguleringsplan.parquet").status, 200, "the last good version stays");
    record
}

#[test]
fn areas_without_a_curve_are_put_aside_and_block() {
    let record = spoilt(b".SIRKEL 21:", b".SIRKEL 22:");
    assert_eq!(record["outcome"], "blocked", "{record:#}");
    assert_eq!(record["rejects"]["by_code"]["reject-geometry"], 2, "{record:#}");
    let lines: Vec<_> = record["rejects"]["listed"].as_array().unwrap().iter().map(|reject| &reject["row"]).collect();
    assert_eq!(lines, [41, 54], "the lines of both areas");
    let told = record.to_string();
    assert!(told.contains("format-sosi-reference") && told.contains("FLATE 103 on line 41"), "{record:#}");
}

#[test]
fn a_plan_in_an_unknown_system_fails_and_names_the_line() {
    let record = spoilt(b"KOORDSYS 22", b"KOORDSYS 9");
    assert_eq!((&record["outcome"], &record["error"]["code"]), (&"failed".into(), &"format-sosi-crs".into()));
    assert!(record["error"]["message"].as_str().unwrap().contains("reguleringsplan.sos:1"), "{record:#}");
    assert!(record["error"]["hint"].as_str().unwrap().contains("format.koordsys"), "{record:#}");
}

#[test]
fn a_plan_cut_off_within_is_not_published() {
    // The last curve is the island of the road.
    let record = spoilt(b".SIRKEL 21:", b"\x1a");
    assert_eq!(record["outcome"], "blocked", "{record:#}");
    assert!(record.to_string().contains("format-sosi-end"), "{record:#}");
}
