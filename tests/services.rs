//! Services that answer page by page, read by the built program: our own API, and a server with faults on demand.

use std::{
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use serde_json::{Value, json};

use crate::{
    clients::{driver, python},
    gml::{GEOJSON, GML, declaration},
    harness::{Sandbox, Server},
    ogc,
};

/// The server of buildings.
struct Service {
    child: Child,
    say: ChildStdin,
    hear: BufReader<ChildStdout>,
    base: String,
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Service {
    /// Starts one, if Python is there.
    fn start() -> Option<Self> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/geo");
        let mut command = Command::new(python()?);
        command.arg(driver("geo_server.py")).arg(folder).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let (say, mut hear) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        let mut line = String::new();
        hear.read_line(&mut line).unwrap();
        let base = serde_json::from_str::<Value>(&line).unwrap()["base"].as_str().unwrap().to_owned();
        Some(Self { child, say, hear, base })
    }

    /// Behaves otherwise from now on; the requests until now.
    fn told(&mut self, faults: &Value, settings: &Value) -> Vec<String> {
        writeln!(self.say, "{}", json!({ "faults": faults, "settings": settings })).unwrap();
        let mut line = String::new();
        self.hear.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap()
    }

    /// One thing that goes wrong with the so-manieth request of a kind.
    fn fault(&mut self, on: &str, nth: u32, kind: &str) {
        self.told(&json!([{ "on": on, "nth": nth, "kind": kind }]), &json!({}));
    }
}

/// A publisher of the buildings from a service.
fn buildings(source: &str, format: &str, from: [&str; 5]) -> Sandbox {
    let sandbox = Sandbox::with(&[]);
    let file = "source = { kind = \"file\", path = \"data/x\" }";
    sandbox.write("datasets/bygg.toml", declaration("x", format, from).replace(file, source));
    sandbox
}

fn ogc_source(service: &Service, more: &str) -> String {
    let base = &service.base;
    format!(
        "source = {{ kind = \"ogc-features\", url = \"{base}/ogc/collections/bygg\", page_size = 5, attempts = 3, allow_private_network = true{more} }}"
    )
}

/// A run that must publish; then the numbers of its buildings.
fn published(sandbox: &Sandbox) -> Vec<u64> {
    let record = sandbox.run_one("bygg");
    assert_eq!((&record["outcome"], &record["rejects"]["total"]), (&"published".into(), &0.into()), "{record:#}");
    let server = sandbox.serve(&["--no-schedule"]);
    let features = server.get("/d/bygg/v/1/bygg.geojson").json();
    let features = features["features"].as_array().unwrap();
    features.iter().map(|feature| feature["properties"]["nummer"].as_u64().unwrap()).collect()
}

/// A run that must fail with a code; its message.
fn failed(sandbox: &Sandbox, code: &str) -> String {
    let record = sandbox.run(&["run", "bygg", "--json"]).json()[0].clone();
    assert_eq!((&record["outcome"], &record["error"]["code"]), (&"failed".into(), &code.into()), "{record:#}");
    assert!(record["error"]["hint"].as_str().unwrap().len() > 20, "{record:#}");
    record["error"]["message"].as_str().unwrap().to_owned()
}

/// All buildings by their numbers.
fn expected() -> Vec<u64> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/geo/buildings.geojson");
    let all: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let mut numbers: Vec<u64> =
        all["features"].as_array().unwrap().iter().map(|one| one["properties"]["nummer"].as_u64().unwrap()).collect();
    numbers.sort_unstable();
    numbers
}

fn sorted(mut numbers: Vec<u64>) -> Vec<u64> {
    numbers.sort_unstable();
    numbers
}

#[test]
fn what_our_own_api_answers_in_ten_pages_is_published_alike_by_another() {
    let first = Sandbox::with(&[]);
    first.write("data/steder.geojson", ogc::collection(0..ogc::PLACES));
    first.write("datasets/steder.toml", ogc::STEDER);
    assert_eq!(first.run_one("steder")["outcome"], "published");
    let server = first.serve(&["--no-schedule"]);
    let own = server.get("/d/steder/v/1/steder.geojson").json();

    let file = "source = { kind = \"file\", path = \"data/steder.geojson\" }";
    assert!(ogc::STEDER.contains(file));
    for crs in ["", ", crs = \"EPSG:25833\""] {
        let second = Sandbox::with(&[]);
        let source = format!(
            "source = {{ kind = \"ogc-features\", url = \"{}/ogc/collections/steder/items\", page_size = 3, allow_private_network = true{crs} }}",
            server.base
        );
        second.write("datasets/steder.toml", ogc::STEDER.replace(file, &source));
        let before = requests(&server);
        let record = second.run_one("steder");
        assert_eq!((&record["outcome"], &record["rows"]), (&"published".into(), &30.into()), "{record:#}");
        assert_eq!((requests(&server) - before, &record["rejects"]["total"]), (10, &0.into()));
        let other = second.serve(&["--no-schedule"]);
        assert_eq!(other.get("/d/steder/v/1/steder.geojson").json()["features"], own["features"], "{crs}");
        assert_eq!(second.run_one("steder")["outcome"], "unchanged");
    }
}

/// Pages of items that a server answered.
fn requests(server: &Server) -> u64 {
    let metrics = server.get("/metrics").text();
    let lines = metrics.lines().filter(|line| line.starts_with("allmenning_http_requests_total"));
    let pages = lines.filter(|line| line.contains("/items") && line.contains("200"));
    pages.map(|line| line.rsplit(' ').next().unwrap().parse::<u64>().unwrap()).sum()
}

#[test]
fn items_are_read_to_the_end_whatever_the_pages_look_like() {
    let Some(mut service) = Service::start() else { return };
    let format = "{ kind = \"geojson\" }";
    for (faults, settings) in [
        (json!([]), json!({})),
        (json!([]), json!({ "absolute": true })),
        (json!([{ "on": "offset=5", "kind": "short" }, { "on": "offset=12", "kind": "empty" }]), json!({})),
        (json!([{ "on": "offset=10", "kind": "429" }, { "on": "offset=15", "kind": "500" }]), json!({})),
    ] {
        service.told(&faults, &settings);
        let sandbox = buildings(&ogc_source(&service, ", crs = \"EPSG:25832\""), format, GEOJSON);
        assert_eq!(sorted(published(&sandbox)), expected(), "{faults}");
        assert_eq!(sandbox.run_one("bygg")["outcome"], "unchanged");
        let requests = service.told(&json!([]), &json!({}));
        assert!(
            requests.len() >= 10 && requests[0].contains("limit=5") && requests[0].contains("crs="),
            "{requests:?}"
        );
    }
}

#[test]
fn the_filter_and_the_box_are_passed_on_and_a_wrong_count_is_told() {
    let Some(mut service) = Service::start() else { return };
    service.told(&json!([]), &json!({ "miscount": 3 }));
    let more = ", bbox = [9.5, 59.0, 12.5, 61.25], filter = \"type = '111'\"";
    let sandbox = buildings(&ogc_source(&service, more), "{ kind = \"geojson\" }", GEOJSON);
    let record = sandbox.run_one("bygg");
    assert_eq!(record["outcome"], "published", "{record:#}");
    assert!(record.to_string().contains("shape-source-count"), "{record:#}");
    let requests = service.told(&json!([]), &json!({}));
    let first = &requests[0];
    assert!(first.contains("bbox=9.5%2C59%2C12.5%2C61.25") && first.contains("filter-lang=cql2-text"), "{first}");
    assert!(requests.iter().all(|request| request.contains("filter=type")), "{requests:?}");
}

#[test]
fn items_that_cannot_be_trusted_publish_nothing() {
    let Some(mut service) = Service::start() else { return };
    let sandbox = buildings(&ogc_source(&service, ", crs = \"EPSG:25832\""), "{ kind = \"geojson\" }", GEOJSON);
    published(&sandbox);
    for (kind, code, reason) in [
        ("loop", "source-service-circle", "leads back"),
        ("same", "source-service-circle", "features of an earlier one"),
        ("html", "source-service-answer", "web page"),
        ("malformed", "source-service-answer", "line 1"),
        ("elsewhere", "source-service-next", "elsewhere.example"),
        ("crs", "source-service-crs", "EPSG:25833"),
    ] {
        service.told(&json!([{ "on": "/items", "nth": 2, "times": 2, "kind": kind }]), &json!({}));
        let message = failed(&sandbox, code);
        assert!(message.contains(reason), "{message}");
    }
    let requests = service.told(&json!([{ "on": "/items", "times": 9, "kind": "500" }]), &json!({}));
    assert!(!requests.is_empty());
    failed(&sandbox, "source-http-status");
    sandbox.edit("datasets/bygg.toml", "page_size = 5", "page_size = 5, max_pages = 3");
    service.told(&json!([]), &json!({}));
    failed(&sandbox, "source-service-pages");
    sandbox.edit("datasets/bygg.toml", "max_pages = 3", "max_bytes = 4000");
    failed(&sandbox, "source-too-large");
    let server = sandbox.serve(&["--no-schedule"]);
    assert_eq!(server.get("/d/bygg/v/1/bygg.parquet").status, 200, "the last good version stays");
    assert_eq!(server.get("/d/bygg/v/2/bygg.parquet").status, 404);
}

fn arcgis(service: &Service, more: &str) -> Sandbox {
    let base = &service.base;
    let source = format!(
        "source = {{ kind = \"arcgis\", url = \"{base}/arcgis/FeatureServer/0\", attempts = 3, allow_private_network = true{more} }}"
    );
    buildings(&source, "{ kind = \"esri-json\" }", GEOJSON)
}

#[test]
fn a_layer_is_read_by_offsets_and_by_object_ids() {
    let Some(mut service) = Service::start() else { return };
    let limited = json!([{ "on": "resultOffset", "nth": 2, "kind": "short" }, { "on": "query", "kind": "429" }]);
    for (faults, settings, asked) in [
        (json!([]), json!({}), "resultOffset=20"),
        (limited, json!({}), "resultOffset=15"),
        (json!([]), json!({ "pages": false }), "returnIdsOnly"),
        (json!([]), json!({ "pages": false, "really": 4 }), "objectid+%3E%3D+6"),
    ] {
        service.told(&faults, &settings);
        let sandbox = arcgis(&service, ", crs = \"EPSG:25832\"");
        assert_eq!(sorted(published(&sandbox)), expected(), "{settings}");
        let requests = service.told(&faults, &settings);
        assert!(requests.iter().any(|request| request.contains(asked)), "{requests:?}");
        assert!(requests.iter().filter(|request| request.contains("outFields")).all(|one| one.contains("outSR=25832")));
        assert_eq!(sandbox.run_one("bygg")["outcome"], "unchanged");
    }
}

#[test]
fn a_layer_that_cannot_be_trusted_publishes_nothing() {
    let Some(mut service) = Service::start() else { return };
    let sandbox = arcgis(&service, ", crs = \"EPSG:25832\", filter = \"1=1\"");
    published(&sandbox);
    for (on, nth, kind, code, reason) in [
        ("query", 2, "error", "source-service-refused", "error 400: Cannot perform query; bad field"),
        ("FeatureServer", 1, "error", "source-service-refused", "error 400"),
        ("returnCountOnly", 2, "changed", "source-service-changed", "24 features before and 25 after"),
        ("FeatureServer", 1, "html", "source-service-answer", "web page"),
        ("resultOffset", 2, "crs", "source-service-crs", "25833"),
    ] {
        service.fault(on, nth, kind);
        let message = failed(&sandbox, code);
        assert!(message.contains(reason), "{message}");
    }
    // A count that is wrong both times.
    service.told(&json!([{ "on": "returnCountOnly", "times": 2, "kind": "changed" }]), &json!({}));
    failed(&sandbox, "source-service-count");
    let server = sandbox.serve(&["--no-schedule"]);
    assert_eq!(server.get("/d/bygg/v/2/bygg.parquet").status, 404);
}

fn wfs(service: &Service, more: &str) -> String {
    let base = &service.base;
    format!(
        "source = {{ kind = \"wfs\", url = \"{base}/wfs\", types = [\"app:Bygning\"], attempts = 3, allow_private_network = true{more} }}"
    )
}

const GML_FORMAT: &str = "{ kind = \"gml\", objects = [\"Bygning\"] }";

#[test]
fn a_wfs_is_read_as_gml_and_as_json() {
    let Some(mut service) = Service::start() else { return };
    let short = json!([{ "on": "startIndex=10", "kind": "short" }, { "on": "startIndex=5", "kind": "429" }]);
    let json = "{ kind = \"geojson\" }";
    for (more, format, from, faults, asked) in [
        (", page_size = 5", GML_FORMAT, GML, json!([]), 7),
        (", page_size = 5", GML_FORMAT, GML, short, 9),
        // What is not counted ends with an empty page.
        (", page_size = 5", GML_FORMAT, GML, json!([]), 8),
        (", page_size = 0", GML_FORMAT, GML, json!([]), 3),
        (", page_size = 5, sort_by = \"nummer\"", GML_FORMAT, GML, json!([]), 7),
        (", page_size = 5, output = \"json\", crs = \"EPSG:25832\"", json, GEOJSON, json!([]), 7),
    ] {
        service.told(&faults, &json!({ "unknown": asked == 8 }));
        let sandbox = buildings(&wfs(&service, more), format, from);
        assert_eq!(sorted(published(&sandbox)), expected(), "{more}");
        let requests = service.told(&json!([]), &json!({ "unknown": asked == 8 }));
        assert_eq!(requests.len(), asked, "{requests:?}");
        assert!(requests.iter().all(|one| one.contains("version=2.0.0") && one.contains("typeNames=app%3ABygning")));
        let hits = |request: &String| request.contains("resultType=hits");
        assert!(hits(&requests[0]) && hits(&requests[asked - 1]), "{requests:?}");
        assert_eq!(sandbox.run_one("bygg")["outcome"], "unchanged");
    }
}

#[test]
fn a_wfs_that_cannot_be_trusted_publishes_nothing() {
    let Some(mut service) = Service::start() else { return };
    let sandbox = buildings(&wfs(&service, ", page_size = 5"), GML_FORMAT, GML);
    published(&sandbox);
    for (on, nth, kind, code, reason) in [
        ("hits", 1, "exception", "source-service-refused", "InvalidParameterValue: no such type"),
        ("startIndex=10", 1, "exception", "source-service-refused", "InvalidParameterValue: no such type"),
        ("hits", 2, "changed", "source-service-changed", "24 features before and 25 after"),
        ("startIndex=5", 1, "same", "source-service-circle", "features of an earlier one"),
        ("startIndex=5", 1, "html", "source-service-answer", "answer 3"),
        ("startIndex=5", 1, "malformed", "source-service-answer", "JSON"),
    ] {
        service.fault(on, nth, kind);
        let message = failed(&sandbox, code);
        assert!(message.contains(reason), "{message}");
    }
    service.told(&json!([{ "on": "hits", "kind": "exception" }]), &json!({ "exception_status": 400 }));
    let message = failed(&sandbox, "source-http-status");
    assert!(message.contains("InvalidParameterValue: no such type"), "{message}");
    service.told(&json!([{ "on": "hits", "times": 2, "kind": "changed" }]), &json!({}));
    failed(&sandbox, "source-service-count");
    let server = sandbox.serve(&["--no-schedule"]);
    assert_eq!(server.get("/d/bygg/v/2/bygg.parquet").status, 404);
}

fn feeds(dataset: &str) -> Value {
    json!({ "kind": "application/gml+xml", "files": {
        "/atom/service.xml": "atom_service.xml",
        "/atom/dataset.xml": dataset,
        "/atom/testvik_25832.geojson": "buildings.geojson",
        "/atom/omrader.zip": "n50_1417_restriksjonsomrader.zip",
    }})
}

#[test]
fn the_file_of_an_atom_feed_is_fetched_when_its_entry_changed() {
    let Some(mut service) = Service::start() else { return };
    service.told(&json!([{ "on": "dataset.xml", "kind": "429" }]), &feeds("atom_dataset.xml"));
    let base = service.base.clone();
    let source = format!(
        "source = {{ kind = \"atom\", url = \"{base}/atom/service.xml\", dataset = \"testvik-bygg\", format = \"geojson\", area = \"Testvik\", crs = \"EPSG:25832\", allow_private_network = true }}"
    );
    let sandbox = buildings(&source, "{ kind = \"geojson\" }", GEOJSON);
    assert_eq!(sorted(published(&sandbox)), expected());
    let asked = |service: &mut Service, dataset: &str| {
        let requests = service.told(&json!([]), &feeds(dataset));
        requests.iter().filter(|request| request.contains("testvik_25832")).count()
    };
    assert_eq!(asked(&mut service, "atom_dataset.xml"), 1);
    assert_eq!(sandbox.run_one("bygg")["outcome"], "unchanged");
    assert_eq!(asked(&mut service, "atom_later.xml"), 0, "the entry did not change");
    assert_eq!(sandbox.run_one("bygg")["outcome"], "unchanged", "the same bytes");
    assert_eq!(asked(&mut service, "atom_restricted.xml"), 1, "the entry changed");
    let message = failed(&sandbox, "source-atom-restricted");
    assert!(message.contains("norway digital restricted"), "{message}");
    assert_eq!(asked(&mut service, "atom_dataset.xml"), 0);
    sandbox.edit("datasets/bygg.toml", "EPSG:25832", "EPSG:25833");
    failed(&sandbox, "source-service-next");
    sandbox.edit("datasets/bygg.toml", "Testvik\"", "Bortevik\"");
    let message = failed(&sandbox, "source-atom-entry");
    assert!(message.contains("Landsdekkende"), "{message}");
}

#[test]
fn a_zip_of_an_atom_feed_is_read_as_an_archive() {
    let Some(mut service) = Service::start() else { return };
    service.told(&json!([]), &feeds("atom_dataset.xml"));
    let base = &service.base;
    let sandbox = Sandbox::with(&[]);
    let text = "{ nb = \"Kart\", nn = \"Kart\", en = \"Map\" }";
    let column =
        |name: &str, kind: &str| format!("[[columns]]\nname = \"{name}\"\ntype = \"{kind}\"\ntitle = {text}\n");
    sandbox.write(
        "datasets/kart.toml",
        format!(
            "title = {text}\ndescription = {text}\nprofile = \"table\"\nthemes = [\"REGI\"]\nlicence = \"CC_BY_4_0\"\n\
             frequency = \"IRREG\"\nformat = {{ kind = \"shapefile\" }}\ngates = {{ shape = {{ max_rejected_share = 0.1 }} }}\n\
             source = {{ kind = \"atom\", url = \"{base}/atom/dataset.xml\", format = \"shape\", area = \"Testvik\", allow_private_network = true }}\n{}{}",
            column("navn", "text"),
            column("geometri", "geometry").replace("type", "required = true\ntype"),
        ),
    );
    let record = sandbox.run_one("kart");
    assert_eq!((&record["outcome"], &record["rows"]), (&"published".into(), &14.into()), "{record:#}");
}

const RECORD: &str = "041f1e6e-bdbc-4091-b48f-8a5990f3cc5b";

fn nedlasting(service: &Service, more: &str) -> String {
    format!(
        "source = {{ kind = \"geonorge\", url = \"{}/nedlasting/api/\", record = \"{RECORD}\", area = \"9999\", crs = \"EPSG:25832\", format = \"geojson\", allow_private_network = true{more} }}",
        service.base
    )
}

#[test]
fn a_file_of_the_national_download_service_is_ordered_and_fetched() {
    let Some(mut service) = Service::start() else { return };
    // The service is busy, then fails, then works on the order for a while.
    let faults = json!([
        { "on": "capabilities", "kind": "429" },
        { "on": "codelists/area", "kind": "500" },
        { "on": "POST", "kind": "500" },
        { "on": "POST", "kind": "waiting" },
        { "on": "api/order/7", "kind": "waiting" },
    ]);
    service.told(&faults, &json!({}));
    let sandbox = buildings(&nedlasting(&service, ""), "{ kind = \"geojson\" }", GEOJSON);
    assert_eq!(sorted(published(&sandbox)), expected());
    let requests = service.told(&json!([]), &json!({}));
    let count = |part: &str| requests.iter().filter(|request| request.contains(part)).count();
    assert_eq!((count("GET"), count("POST /nedlasting/api/order"), count("api/order/7")), (0, 2, 2), "{requests:?}");
    let order: Value = serde_json::from_str(requests.iter().find(|one| one.starts_with('{')).unwrap()).unwrap();
    let line = &order["orderLines"][0];
    assert_eq!(line["areas"], json!([{ "code": "9999", "name": "Testvik", "type": "kommune" }]), "{order}");
    assert_eq!((&line["metadataUuid"], &line["formats"]), (&RECORD.into(), &json!([{ "name": "GeoJSON" }])), "{order}");
    assert_eq!(line["projections"][0]["code"], "25832", "{order}");
    assert_eq!(sandbox.run_one("bygg")["outcome"], "unchanged", "the same bytes of another order");
}

#[test]
fn an_order_that_comes_to_nothing_publishes_nothing() {
    let Some(mut service) = Service::start() else { return };
    let sandbox = buildings(&nedlasting(&service, ", timeout_seconds = 5"), "{ kind = \"geojson\" }", GEOJSON);
    published(&sandbox);
    for (on, kind, code, reason) in [
        ("api/order", "waiting", "source-geonorge-order", "not ready after 5 seconds"),
        ("POST", "error", "source-geonorge-order", "'Error'"),
        ("POST", "two", "source-geonorge-order", "2 files"),
        ("capabilities", "elsewhere", "source-service-next", "another server"),
        ("capabilities", "html", "source-service-answer", "capabilities"),
        ("download", "gone", "source-http-status", "410"),
    ] {
        service.told(&json!([{ "on": on, "times": 50, "kind": kind }]), &json!({}));
        let message = failed(&sandbox, code);
        assert!(message.contains(reason), "{on} {kind}: {message}");
    }
    service.told(&json!([]), &json!({}));
    for (from, to, named) in [
        ("\"9999\"", "\"0000\"", "no area '0000' among 2: 9999, 99"),
        ("EPSG:25832", "EPSG:25833", "no projection '25833' among 1: 25832"),
        ("format = \"geojson\"", "format = \"GML\"", "no format 'GML' among 2: GeoJSON, SOSI"),
    ] {
        sandbox.edit("datasets/bygg.toml", from, to);
        let message = failed(&sandbox, "source-geonorge-choice");
        assert!(message.contains(named), "{message}");
        sandbox.edit("datasets/bygg.toml", to, from);
    }
    let server = sandbox.serve(&["--no-schedule"]);
    assert_eq!(server.get("/d/bygg/v/2/bygg.parquet").status, 404);
    assert_eq!(server.get("/d/bygg/v/1/bygg.parquet").status, 200, "the last good version stays");
}

#[test]
fn a_zip_of_the_national_download_service_is_read_as_an_archive() {
    let Some(mut service) = Service::start() else { return };
    service.told(&json!([]), &json!({ "file": "n50_1417_restriksjonsomrader.zip" }));
    let sandbox = Sandbox::with(&[]);
    let text = "{ nb = \"Kart\", nn = \"Kart\", en = \"Map\" }";
    sandbox.write(
        "datasets/kart.toml",
        format!(
            "title = {text}\ndescription = {text}\nprofile = \"table\"\nthemes = [\"REGI\"]\nlicence = \"CC_BY_4_0\"\n\
             frequency = \"IRREG\"\nformat = {{ kind = \"shapefile\" }}\ngates = {{ shape = {{ max_rejected_share = 0.1 }} }}\n\
             {}\n[[columns]]\nname = \"geometri\"\nrequired = true\ntype = \"geometry\"\ntitle = {text}\n",
            nedlasting(&service, "")
        ),
    );
    let record = sandbox.run_one("kart");
    assert_eq!((&record["outcome"], &record["rows"]), (&"published".into(), &14.into()), "{record:#}");
}
