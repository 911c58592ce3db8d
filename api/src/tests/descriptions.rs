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
async fn the_catalogue_comes_in_pages_too() {
    let page = get("/catalog.ttl?page=1", &[]).await;
    assert!(page.text().contains("https://data.testvik.example/d/boliger"), "{}", page.text());
    assert!(page.text().contains("PartialCollectionView"));
    assert_eq!(get("/catalog.ttl?page=2", &[]).await.status, 404);
    for wrong in ["0", "-1", "to", ""] {
        assert_eq!(get(&format!("/catalog.ttl?page={wrong}"), &[]).await.json()["code"], "api-page");
    }
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
    assert_eq!(quality["gates"].as_array().unwrap().len(), 6);
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

#[actix_web::test]
async fn the_query_service_describes_itself() {
    let form = get("/sparql", &[("accept", "text/html"), ("accept-language", "nn")]).await;
    assert_eq!(form.status, 200);
    assert!(
        form.text().contains("<textarea id=\"query\" name=\"query\"") && form.text().contains("Datasett i kvart tema")
    );
    let turtle = get("/sparql", &[("accept", "text/turtle")]).await;
    let void = get("/.well-known/void", &[]).await;
    assert_eq!(turtle.text(), void.text());
    for part in
        ["a sd:Service", "sd:UnionDefaultGraph", "void:dataDump", "sd:name <https://data.testvik.example/d/boliger>"]
    {
        assert!(void.text().contains(part), "{part}\n{}", void.text());
    }
    assert_eq!(get("/void.jsonld", &[]).await.header("content-type"), "application/ld+json");
    assert_eq!(get("/void.xyz", &[]).await.status, 404);
}

#[actix_web::test]
async fn search_engines_are_told_every_page() {
    let map = get("/sitemap.xml", &[]).await.text().to_owned();
    for part in [
        "<loc>https://data.testvik.example/nb</loc>",
        "<loc>https://data.testvik.example/nn/d/boliger</loc>",
        "<lastmod>",
    ] {
        assert!(map.contains(part), "{part}\n{map}");
    }
    assert!(get("/robots.txt", &[]).await.text().contains("Sitemap: https://data.testvik.example/sitemap.xml"));
}

#[actix_web::test]
async fn lists_are_narrowed_by_facets() {
    let all = get("/datasets.json", &[]).await.json();
    let themes = all["facets"]["theme"].as_object().unwrap();
    let (code, count) = themes.iter().next().unwrap();
    let narrowed = get(&format!("/datasets.json?theme={code}"), &[]).await.json();
    assert_eq!(narrowed["total"], *count, "{narrowed}");
    assert_eq!(get("/datasets.json?theme=NOPE", &[]).await.json()["total"], 0);
    let page = get(&format!("/nb?theme={code}&q=%3Cb%3E"), &[]).await.text().to_owned();
    assert!(page.contains(&format!("<input type=\"hidden\" name=\"theme\" value=\"{code}\">")), "{page}");
    assert!(page.contains("q=%3Cb%3E") && !page.contains("<b>"), "{page}");
}

#[actix_web::test]
async fn versions_are_cited_in_every_form() {
    for (uri, kind, part) in [
        ("/d/boliger/v/1/citation.bib", "application/x-bibtex; charset=utf-8", "@dataset{boliger-v1,"),
        ("/d/boliger/v/1/citation.ris", "application/x-research-info-systems; charset=utf-8", "TY  - DATA\r\n"),
        ("/d/boliger/v/1/citation.json", "application/vnd.citationstyles.csl+json", "\"type\":\"dataset\""),
        ("/d/boliger/v/1/citation.cff", "application/yaml; charset=utf-8", "cff-version: 1.2.0\n"),
        ("/d/boliger/v/1/datacite.json", "application/vnd.datacite.datacite+json", "\"publicationYear\":"),
        ("/d/boliger/v/1/ro-crate-metadata.json", "application/ld+json", "https://w3id.org/ro/crate/1.2/context"),
        ("/d/boliger/v/1/croissant.json", "application/ld+json", "http://mlcommons.org/croissant/1.1"),
    ] {
        let answer = get(uri, &[]).await;
        assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, kind), "{uri}");
        assert!(answer.text().contains(part) && answer.text().contains("/d/boliger/v/1"), "{uri}: {}", answer.text());
    }
    assert_eq!(get("/d/boliger/v/1/citation.doc", &[]).await.status, 404);
    assert_eq!(get("/d/boliger/v/99/croissant.json", &[]).await.status, 404);
}

#[actix_web::test]
async fn what_ckan_cannot_do_is_told_as_ckan_tells_it() {
    for (uri, status, kind) in [
        ("/api/3/action/package_show?id=none", 404, "Not Found Error"),
        ("/api/3/action/package_show", 409, "Validation Error"),
        ("/api/3/action/package_search?rows=x", 409, "Validation Error"),
        ("/api/3/action/package_search?fq=a:(b", 400, "Search Query Error"),
        ("/api/3/action/package_search?sort=x%20sideways", 400, "Search Query Error"),
        ("/api/3/action/datastore_search?resource_id=boliger&filters={", 409, "Validation Error"),
        ("/api/3/action/datastore_search?resource_id=boliger&sort=nope", 409, "Validation Error"),
        ("/api/3/action/datastore_search?resource_id=boliger&q=a", 409, "Validation Error"),
    ] {
        let answer = get(uri, &[]).await;
        assert_eq!(answer.status.as_u16(), status, "{uri}: {}", answer.text());
        let body = answer.json();
        assert_eq!((&body["success"], &body["error"]["__type"]), (&false.into(), &kind.into()), "{uri}");
    }
    let unknown = get("/api/3/action/package_delete?id=a", &[]).await;
    assert_eq!((unknown.status.as_u16(), unknown.text().contains("Action name not known")), (400, true));
    let rows =
        get("/api/action/datastore_search?resource_id=boliger&limit=1&offset=1&records_format=lists", &[]).await.json();
    assert_eq!(rows["result"]["records"][0][0], 2, "{rows}");
    let found = get("/api/3/action/package_search?q=bolig&facet.field=[%22groups%22]", &[]).await.json();
    assert!(found["result"]["count"].as_u64() > Some(0) && found["result"]["facets"]["groups"].is_object(), "{found}");
}

#[actix_web::test]
async fn odata_is_read_page_by_page_and_missing_values_are_unequal() {
    let all = get("/odata/boliger?$count=true", &[]).await;
    assert_eq!((all.status.as_u16(), all.header("odata-version")), (200, "4.0"));
    let all = all.json();
    let rows = all["value"].as_array().unwrap().len();
    assert_eq!(all["@odata.count"], rows, "{all}");
    assert_eq!(all["@odata.context"], "https://data.testvik.example/odata/$metadata#boliger");
    let count = get("/odata/boliger/$count", &[]).await;
    assert_eq!(count.text(), rows.to_string());
    let columns: Vec<String> = all["value"][0].as_object().unwrap().keys().cloned().collect();
    let key = &columns[0];
    let first = &all["value"][0][key];
    let literal = first.as_str().map_or_else(|| first.to_string(), |text| format!("'{text}'"));
    for (filter, expected) in [
        (format!("{key} eq {literal}"), 1),
        (format!("{key} ne {literal}"), rows - 1),
        (format!("not ({key} eq {literal})"), rows - 1),
        (format!("{key} eq {literal} or {key} ne {literal}"), rows),
        (format!("{key} in ({literal})"), 1),
        (format!("{key} eq null"), 0),
    ] {
        let encoded: String = url::form_urlencoded::byte_serialize(filter.as_bytes()).collect();
        let found = get(&format!("/odata/boliger?$filter={encoded}"), &[]).await.json();
        assert_eq!(found["value"].as_array().map(Vec::len), Some(expected), "{filter}: {found}");
    }
    let (mut url, mut seen) =
        (format!("/odata/boliger?$orderby={key} desc&$top={rows}&$skip=1").replace(' ', "%20"), 0);
    while let Some(local) = url
        .strip_prefix("https://data.testvik.example")
        .map(str::to_owned)
        .or(Some(url.clone()).filter(|url| !url.is_empty()))
    {
        let page = get(&local, &[]).await.json();
        seen += page["value"].as_array().unwrap().len();
        url = page["@odata.nextLink"].as_str().unwrap_or_default().to_owned();
    }
    assert_eq!(seen, rows - 1);
    for (uri, status) in [
        ("/odata/none", 404),
        ("/odata/boliger?$filter=nope%20eq%201", 400),
        ("/odata/boliger?$filter=((", 400),
        ("/odata/boliger?$top=-1", 400),
        ("/odata/boliger?$skiptoken=1-1-x", 400),
        ("/odata/boliger?$orderby=a%20b%20c", 400),
        ("/odata/boliger?$expand=x", 501),
        ("/odata/boliger?$format=xml", 400),
    ] {
        let answer = get(uri, &[]).await;
        assert_eq!(answer.status.as_u16(), status, "{uri}: {}", answer.text());
        assert!(answer.json()["error"]["code"].is_string(), "{uri}: {}", answer.text());
    }
    let types = get("/odata/$metadata", &[]).await;
    assert!(
        types.text().contains("<EntitySet Name=\"boliger\" EntityType=\"allmenning.boliger\"/>"),
        "{}",
        types.text()
    );
}

#[actix_web::test]
async fn columns_are_told_in_numbers() {
    let answer = get("/d/boliger/stats", &[]).await;
    assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, "application/json"));
    let body = answer.json();
    let columns = body["columns"].as_array().unwrap();
    assert_eq!(body["version"], 1);
    let number = columns.iter().find(|column| column.get("median").is_some()).expect("a column of numbers");
    assert!(
        number["p5"].as_f64() <= number["median"].as_f64() && number["median"].as_f64() <= number["p95"].as_f64(),
        "{number}"
    );
    assert_eq!(get("/d/boliger/stats", &[("if-none-match", answer.header("etag"))]).await.status, 304);
    assert_eq!(get("/d/boliger/stats?version=99", &[]).await.status, 404);
    assert_eq!(get("/d/boliger/stats?x=1", &[]).await.status, 400);
}
