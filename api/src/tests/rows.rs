//! Rows: conditions, order, pages and forms.

use actix_web::{
    http::Method,
    web::{Bytes, Data},
};
use arrow::{ipc::reader::StreamReader, record_batch::RecordBatch};
use catalog::{table::TableFile, version::VersionNumber};
use futures::TryStreamExt;
use serde_json::{Value, json};

use super::{Answer, ask_state};
use crate::{state::State, testing};

/// Version 2 of `boliger`: 250 rows, `Vei 000` … `Vei 249`, with `antall` = row × 7 modulo 100.
async fn many(folder: &std::path::Path) -> Data<State> {
    let state = testing::state(folder).await;
    let names: Vec<String> = (0..250).map(|row| format!("Vei {row:03}")).collect();
    let rows: Vec<(&str, i64)> = names.iter().zip(0..).map(|(name, row)| (name.as_str(), row * 7 % 100)).collect();
    testing::publish(&state.catalog, "boliger", &rows).await;
    state
}

async fn get(state: &Data<State>, uri: &str) -> Answer {
    ask_state(state, Method::GET, uri, &[]).await
}

/// Follows `next` to the end: the rows of every page.
async fn pages(state: &Data<State>, uri: &str) -> Vec<Vec<Value>> {
    let mut pages = Vec::new();
    let mut next = Some(uri.to_owned());
    while let Some(uri) = next {
        let answer = get(state, &uri).await;
        assert_eq!(answer.status, 200, "{uri}: {}", answer.text());
        let body = answer.json();
        pages.push(body["rows"].as_array().unwrap().clone());
        next = body["next"].as_str().map(|next| next.strip_prefix("https://data.testvik.example").unwrap().to_owned());
        let link = body["next"].as_str().map_or(String::new(), |next| format!("<{next}>; rel=\"next\""));
        assert_eq!(answer.header("link"), link);
        assert!(pages.len() < 100);
    }
    pages
}

fn names(rows: &[Value]) -> Vec<&str> {
    rows.iter().map(|row| row["navn"].as_str().unwrap()).collect()
}

#[actix_web::test]
async fn a_page_names_its_version_and_the_next_page() {
    let folder = tempfile::tempdir().unwrap();
    let state = many(folder.path()).await;
    let answer = get(&state, "/d/boliger/rows").await;
    let body = answer.json();
    assert_eq!((body["dataset"].as_str(), body["version"].as_u64()), (Some("boliger"), Some(2)));
    assert_eq!(body["rows"].as_array().unwrap().len(), 100);
    assert_eq!(body["rows"][3], json!({ "navn": "Vei 003", "antall": 21 }));
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.header("x-allmenning-version"), "2");
    let old = get(&state, "/d/boliger/rows?version=1").await.json();
    assert_eq!((old["version"].as_u64(), old["next"].is_null()), (Some(1), true));
    assert_eq!(names(old["rows"].as_array().unwrap()), ["Bakken 1", "Bakken 2"]);
    assert_eq!(get(&state, "/d/boliger/rows?version=9").await.status, 404);
    assert_eq!(get(&state, "/d/lukket/rows").await.status, 403);
    assert_eq!(get(&state, "/d/venter/rows").await.json()["code"], "api-not-published");
}

#[actix_web::test]
async fn pages_in_file_order_give_every_row_once() {
    let folder = tempfile::tempdir().unwrap();
    let state = many(folder.path()).await;
    for uri in ["/d/boliger/rows?limit=99", "/d/boliger/rows.json?limit=99&order=navn"] {
        let pages = pages(&state, uri).await;
        assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [99, 99, 52]);
        let all: Vec<String> = pages.iter().flatten().map(|row| row["navn"].as_str().unwrap().to_owned()).collect();
        assert_eq!(all, (0..250).map(|row| format!("Vei {row:03}")).collect::<Vec<_>>());
    }
}

#[actix_web::test]
async fn pages_in_another_order_give_every_row_once() {
    let folder = tempfile::tempdir().unwrap();
    let state = many(folder.path()).await;
    let mut expected: Vec<(i64, i64)> = (0..250).map(|row| (-(row * 7 % 100), row)).filter(|(n, _)| *n < -10).collect();
    expected.sort_unstable();
    let found = pages(&state, "/d/boliger/rows?order=antall.desc&antall=gt.10&limit=50&select=navn").await.concat();
    let expected: Vec<Value> = expected.iter().map(|(_, row)| json!({ "navn": format!("Vei {row:03}") })).collect();
    assert_eq!(found, expected);
}

#[actix_web::test]
async fn conditions_hold_in_every_row() {
    let folder = tempfile::tempdir().unwrap();
    let state = many(folder.path()).await;
    for (query, expected) in [
        ("antall=eq.21", vec!["Vei 003", "Vei 103", "Vei 203"]),
        ("antall=gte.98&navn=lt.Vei%20100", vec!["Vei 014", "Vei 057"]),
        ("navn=in.(Vei%20001,%22Vei%20002%22)", vec!["Vei 001", "Vei 002"]),
        ("navn=ilike.vei*49", vec!["Vei 049", "Vei 149", "Vei 249"]),
        ("navn=like.vei*49", vec![]),
        ("navn=not.gt.Vei%20001", vec!["Vei 000", "Vei 001"]),
        ("antall=is.null", vec![]),
    ] {
        let body = get(&state, &format!("/d/boliger/rows?{query}")).await.json();
        assert_eq!(names(body["rows"].as_array().unwrap()), expected, "{query}");
        assert!(body["next"].is_null(), "{query}");
    }
}

#[actix_web::test]
async fn what_cannot_be_answered_is_a_problem_with_a_hint() {
    let folder = tempfile::tempdir().unwrap();
    let state = many(folder.path()).await;
    for (query, code) in [
        ("?antal=eq.1", "api-parameter"),
        ("?antall=1", "api-condition"),
        ("?antall=eq.x", "api-value"),
        ("?select=nope", "api-parameter"),
        ("?order=navn.up", "api-order"),
        ("?limit=0", "api-limit"),
        ("?limit=10001", "api-limit"),
        ("?format=xml", "api-format"),
        (".csv?format=json", "api-format"),
        (".geojson", "api-format"),
        (".csv?order=antall", "api-order"),
        ("?cursor=nonsense", "api-cursor"),
        ("?cursor=2-0-0000000000000000", "api-cursor"),
        ("?cursor=9-0-0000000000000000", "api-cursor"),
    ] {
        let answer = get(&state, &format!("/d/boliger/rows{query}")).await;
        assert_eq!((answer.status.as_u16(), answer.json()["code"].as_str()), (400, Some(code)), "{query}");
        assert!(answer.json()["hint"].is_string(), "{query}");
    }
    assert!(get(&state, "/d/boliger/rows?antal=eq.1").await.text().contains("Did you mean 'antall'?"));
    let accept = ask_state(&state, Method::GET, "/d/boliger/rows", &[("accept", "image/png")]).await;
    assert_eq!(accept.status, 406);
}

#[actix_web::test]
async fn a_cursor_is_good_for_its_question_and_version_only() {
    let folder = tempfile::tempdir().unwrap();
    let state = many(folder.path()).await;
    let next = get(&state, "/d/boliger/rows?limit=3").await.json()["next"].as_str().unwrap().to_owned();
    let cursor = next.split_once("cursor=").unwrap().1.to_owned();
    let next = next.strip_prefix("https://data.testvik.example").unwrap();
    for foreign in ["select=navn&", "order=antall&", "antall=eq.1&", "version=1&"] {
        let answer = get(&state, &format!("/d/boliger/rows?{foreign}cursor={cursor}")).await;
        assert_eq!(answer.json()["code"], "api-cursor", "{foreign}");
    }
    testing::publish(&state.catalog, "boliger", &[("Ny", 1)]).await;
    let second = get(&state, next).await;
    assert_eq!(second.json()["version"], 2, "a reader who pages stays on the version of the first page");
    assert_eq!(names(second.json()["rows"].as_array().unwrap()), ["Vei 003", "Vei 004", "Vei 005"]);
    assert_eq!(get(&state, "/d/boliger/rows").await.json()["version"], 3);
    let why = catalog::version::Withdrawal {
        time: jiff::Timestamp::UNIX_EPOCH,
        by: "arkivar".to_owned(),
        reason: "feil".to_owned(),
        ..catalog::version::Withdrawal::default()
    };
    let id = "boliger".parse().unwrap();
    catalog::version::withdraw(state.catalog.store(), &id, VersionNumber(2), why).await.unwrap();
    state.catalog.refresh().await.unwrap();
    assert_eq!(get(&state, next).await.status, 410);
}

#[actix_web::test]
async fn the_entity_tag_changes_with_question_form_and_version() {
    let folder = tempfile::tempdir().unwrap();
    let state = many(folder.path()).await;
    let uris = ["", ".json?limit=5", ".json?limit=6", ".csv", ".arrow", "?antall=gt.1", "?order=antall", "?version=1"];
    let mut tags = std::collections::BTreeSet::new();
    for uri in uris {
        let uri = format!("/d/boliger/rows{uri}");
        let tag = get(&state, &uri).await.header("etag").to_owned();
        assert!(tag.starts_with('"'), "{uri}");
        let again = ask_state(&state, Method::GET, &uri, &[("if-none-match", &tag)]).await;
        assert_eq!((again.status.as_u16(), again.body.len(), again.header("etag")), (304, 0, tag.as_str()), "{uri}");
        tags.insert(tag);
    }
    assert_eq!(tags.len(), uris.len());
    testing::publish(&state.catalog, "boliger", &[("Ny", 1)]).await;
    assert!(!tags.contains(get(&state, "/d/boliger/rows").await.header("etag")));
    let pinned = get(&state, "/d/boliger/rows?version=1").await;
    assert!(tags.contains(pinned.header("etag")));
    assert_eq!(pinned.header("cache-control"), "public, max-age=300");
}

#[actix_web::test]
async fn text_formats_give_everything_without_a_limit() {
    let folder = tempfile::tempdir().unwrap();
    let state = many(folder.path()).await;
    let csv = get(&state, "/d/boliger/rows.csv").await;
    assert_eq!(csv.text().lines().count(), 251);
    assert!(csv.text().starts_with("navn,antall\r\nVei 000,0\r\nVei 001,7\r\n"), "{}", &csv.text()[..60]);
    assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8; header=present");
    assert_eq!(csv.header("content-disposition"), "attachment; filename=\"boliger-v2.csv\"");
    let lines =
        ask_state(&state, Method::GET, "/d/boliger/rows?antall=lt.5", &[("accept", "application/x-ndjson")]).await;
    assert_eq!(lines.header("vary"), "Accept");
    let rows: Vec<Value> = lines.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(rows.len(), 13);
    assert_eq!(rows[0], json!({ "navn": "Vei 000", "antall": 0 }));
    let page = get(&state, "/d/boliger/rows.csv?order=antall&limit=2").await;
    assert_eq!(page.text(), "navn,antall\r\nVei 000,0\r\nVei 100,0\r\n");
    assert!(page.header("link").contains("rel=\"next\""));
    let empty = get(&state, "/d/boliger/rows.csv?antall=gt.100").await;
    assert_eq!(empty.text(), "navn,antall\r\n");
}

async fn read_parquet(body: &Bytes) -> Vec<RecordBatch> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rows.parquet");
    std::fs::write(&path, body).unwrap();
    let table = TableFile::open_local(&path).unwrap();
    table.scan(catalog::table::Scan::default()).await.unwrap().try_collect().await.unwrap()
}

fn rows(batches: &[RecordBatch]) -> usize {
    batches.iter().map(RecordBatch::num_rows).sum()
}

#[actix_web::test]
async fn arrow_and_parquet_hold_the_same_rows() {
    let folder = tempfile::tempdir().unwrap();
    let state = many(folder.path()).await;
    for (query, count, columns) in
        [("", 250, 2), ("?antall=eq.21", 3, 2), ("?select=antall&order=antall&limit=7", 7, 1), ("?antall=gt.100", 0, 2)]
    {
        let arrow = get(&state, &format!("/d/boliger/rows.arrow{query}")).await;
        assert_eq!(arrow.header("content-type"), "application/vnd.apache.arrow.stream");
        let reader = StreamReader::try_new(&arrow.body[..], None).unwrap();
        assert_eq!(reader.schema().fields().len(), columns, "{query}");
        let batches: Vec<RecordBatch> = reader.map(Result::unwrap).collect();
        let parquet = get(&state, &format!("/d/boliger/rows.parquet{query}")).await;
        assert_eq!(parquet.header("content-disposition"), "attachment; filename=\"boliger-v2.parquet\"");
        let same = read_parquet(&parquet.body).await;
        assert_eq!((rows(&batches), rows(&same)), (count, count), "{query}");
        if count > 0 {
            assert_eq!(batches[0].column(0), same[0].column(0), "{query}");
        }
    }
    let whole = get(&state, "/d/boliger/rows.parquet").await;
    assert_eq!(whole.body, get(&state, "/d/boliger/v/2/boliger.parquet").await.body);
}

#[actix_web::test]
async fn head_tells_the_headers_without_running() {
    let folder = tempfile::tempdir().unwrap();
    let state = many(folder.path()).await;
    let head = ask_state(&state, Method::HEAD, "/d/boliger/rows.csv", &[]).await;
    assert_eq!((head.status.as_u16(), head.body.len()), (200, 0));
    assert_eq!(head.header("etag"), get(&state, "/d/boliger/rows.csv").await.header("etag"));
    assert_eq!(ask_state(&state, Method::HEAD, "/d/boliger/rows.csv?x=eq.1", &[]).await.status, 400);
}
