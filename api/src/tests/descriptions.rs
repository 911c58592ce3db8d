//! Descriptions for machines: RDF, JSON, linkset and feed.

use actix_web::http::Method;

use super::{ask_state, get};
use crate::testing;

#[actix_web::test]
async fn a_dataset_speaks_the_language_it_is_asked_in() {
    for (accept, kind) in [
        ("", "text/html; charset=utf-8"),
        ("text/turtle", "text/turtle; charset=utf-8"),
        ("application/ld+json", "application/ld+json"),
        ("application/rdf+xml;q=0.9, text/turtle;q=0.1", "application/rdf+xml"),
        ("application/n-triples", "application/n-triples"),
    ] {
        for uri in ["/d/boliger", "/catalog"] {
            let answer = get(uri, &[("accept", accept)]).await;
            assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, kind), "{uri} {accept}");
            assert!(answer.header("vary").contains("Accept"));
        }
    }
    let refused = get("/d/boliger", &[("accept", "image/png")]).await;
    assert_eq!((refused.status.as_u16(), refused.header("vary")), (406, "Accept"));
    assert!(refused.json()["hint"].as_str().unwrap().contains("text/turtle"));
}

#[actix_web::test]
async fn the_catalogue_names_every_published_dataset() {
    let turtle = get("/catalog.ttl", &[]).await;
    assert!(turtle.text().contains("https://data.testvik.example/d/boliger"), "{}", turtle.text());
    let unchanged = get("/catalog.ttl", &[("if-none-match", turtle.header("etag"))]).await;
    assert_eq!(unchanged.status, 304, "the same state has the same tag on every replica");
    assert_ne!(turtle.header("etag"), get("/catalog.nt", &[]).await.header("etag"));
}

#[actix_web::test]
async fn the_list_of_datasets_can_be_searched() {
    let all = get("/datasets.json", &[]).await.json();
    assert_eq!(all["total"], 3);
    let none = get("/datasets.json?q=xyzzy", &[]).await.json();
    assert_eq!((&none["total"], &none["datasets"]), (&0.into(), &serde_json::json!([])));
    let found = get("/datasets.json?q=dwellings&lang=en", &[]).await.json();
    assert_eq!(found["datasets"][0]["title"], "Dwellings in Testvik");
}

#[actix_web::test]
async fn schema_and_quality_follow_the_current_version() {
    let schema = get("/d/boliger/schema", &[]).await.json();
    assert_eq!((&schema["version"], &schema["key"][0]), (&1.into(), &"navn".into()));
    assert_eq!((&schema["columns"][1]["name"], &schema["columns"][1]["unit"]), (&"antall".into(), &"m2".into()));
    let declared = get("/d/venter/schema", &[]).await.json();
    assert_eq!((&declared["version"], &declared["columns"][0]["name"]), (&serde_json::Value::Null, &"navn".into()));
    let quality = get("/d/boliger/quality", &[]).await.json();
    assert_eq!(quality["gates"].as_array().unwrap().len(), 5);
    assert_eq!(get("/d/venter/quality", &[]).await.json()["code"], "api-not-published");
}

#[actix_web::test]
async fn every_version_is_listed_with_its_fate() {
    let folder = tempfile::tempdir().unwrap();
    let state = testing::state(folder.path()).await;
    let list = ask_state(&state, Method::GET, "/d/boliger/versions", &[]).await.json();
    assert_eq!(list["versions"][0]["version"], 1);
    assert_eq!(list["versions"][0]["url"], "https://data.testvik.example/d/boliger/v/1");
    let time = jiff::Timestamp::UNIX_EPOCH;
    let why = catalog::version::Withdrawal {
        time,
        by: "Arkivet".into(),
        reason: "Feil".into(),
        ..catalog::version::Withdrawal::default()
    };
    let (id, one) = ("boliger".parse().unwrap(), catalog::version::VersionNumber(1));
    catalog::version::withdraw(state.catalog.store(), &id, one, why).await.unwrap();
    state.catalog.refresh().await.unwrap();
    let list = ask_state(&state, Method::GET, "/d/boliger/versions", &[]).await.json();
    assert_eq!(list["versions"][0]["withdrawn"]["reason"], "Feil");
    assert_eq!(ask_state(&state, Method::GET, "/d/lukket/versions", &[]).await.status, 403);
}

#[actix_web::test]
async fn a_version_has_manifest_linkset_and_checksums() {
    let manifest = get("/d/boliger/v/1", &[("accept", "application/json")]).await.json();
    assert_eq!(manifest, get("/d/boliger/v/1/manifest.json", &[]).await.json());
    let file = &manifest["files"][0];
    assert_eq!(file["url"], "https://data.testvik.example/d/boliger/v/1/boliger.parquet");
    let linkset = get("/d/boliger/v/1", &[("accept", "application/linkset+json")]).await.json();
    assert_eq!(linkset["linkset"][0]["item"][0]["href"], file["url"]);
    assert_eq!(manifest["gate_report"], "https://data.testvik.example/d/boliger/v/1/gate-report.json");
    let report = get("/d/boliger/v/1/gate-report.json", &[]).await.json();
    assert_eq!((&report["url"], &report["version"]), (&manifest["gate_report"], &1.into()));
    assert_eq!(report["completeness"]["rows_published"], 2);
    assert_eq!(report["privacy"]["as_of"], "2026-01-02");
    let linked = linkset["linkset"][0]["describedby"].as_array().unwrap();
    assert!(linked.iter().any(|link| link["href"] == manifest["gate_report"]));
    let package = get("/d/boliger/v/1/datapackage.json", &[]).await.json();
    let csv = package["resources"].as_array().unwrap().iter().find(|resource| resource["format"] == "csv").unwrap();
    assert_eq!(csv["path"], "https://data.testvik.example/d/boliger/v/1/boliger.csv");
    let names = |fields: &serde_json::Value| -> Vec<String> {
        fields.as_array().unwrap().iter().map(|field| field["name"].to_string()).collect()
    };
    assert_eq!(names(&csv["schema"]["fields"]), names(&manifest["columns"]));
    assert_eq!(csv["schema"]["primaryKey"], manifest["key"]);
    assert!(linked.iter().any(|link| link["href"] == "https://data.testvik.example/d/boliger/v/1/datapackage.json"));
    let sums = get("/d/boliger/v/1/SHA256SUMS", &[]).await;
    assert!(sums.text().starts_with(&format!("{}  boliger.parquet\n", file["sha256"].as_str().unwrap())));
}

#[actix_web::test]
async fn the_feed_escapes_and_dates_its_entries() {
    let feed = get("/feed.atom", &[]).await;
    assert!(feed.text().contains("<title>Boliger &lt;i&gt;i&lt;/i&gt; Testvik (versjon 1)</title>"), "{}", feed.text());
    assert!(feed.text().contains("<updated>2026-01-02T03:04:05Z</updated>"));
}
