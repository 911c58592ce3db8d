//! Aggregates: groups, numbers, conditions on them, order, pages and forms.

use actix_web::{http::Method, web::Data};
use serde_json::{Value, json};

use super::{Answer, ask_state};
use crate::{state::State, testing};

/// Version 2 of `boliger`: 250 rows in 5 roads, with `antall` = row modulo 10.
async fn many(folder: &std::path::Path) -> Data<State> {
    let state = testing::state(folder).await;
    let names: Vec<String> = (0..250).map(|row| format!("Vei {}", row % 5)).collect();
    let rows: Vec<(&str, i64)> = names.iter().zip(0..).map(|(name, row)| (name.as_str(), row % 10)).collect();
    testing::publish(&state.catalog, "boliger", &rows).await;
    state
}

async fn get(state: &Data<State>, uri: &str) -> Answer {
    ask_state(state, Method::GET, uri, &[]).await
}

async fn rows(state: &Data<State>, query: &str) -> Vec<Value> {
    let answer = get(state, &format!("/d/boliger/aggregate?{query}")).await;
    assert_eq!(answer.status, 200, "{query}: {}", answer.text());
    answer.json()["rows"].as_array().unwrap().clone()
}

#[actix_web::test]
async fn groups_and_their_numbers() {
    let folder = tempfile::tempdir().unwrap();
    let state = many(folder.path()).await;
    assert_eq!(rows(&state, "").await, [json!({ "count": 250 })]);
    let all = "select=navn,n:count(),antall.sum(),antall.avg(),antall.min(),antall.max(),antall.median(),navn.min()";
    let found = rows(&state, all).await;
    assert_eq!(found.len(), 5);
    let expected = json!({
        "navn": "Vei 1", "n": 50, "antall_sum": 175, "antall_avg": 3.5, "antall_min": 1, "antall_max": 6,
        "antall_median": 3.5, "navn_min": "Vei 1",
    });
    assert_eq!(found[1], expected);
    let both = rows(&state, "select=navn,antall,count()&antall=gte.8").await;
    let expected = [("Vei 3", 8), ("Vei 4", 9)].map(|(n, a)| json!({ "navn": n, "antall": a, "count": 25 }));
    assert_eq!(both, expected);
    assert_eq!(
        rows(&state, "select=count(),antall.sum()&antall=eq.99").await,
        [json!({ "count": 0, "antall_sum": null })]
    );
    assert_eq!(rows(&state, "select=navn,count()&antall=eq.99").await, [] as [Value; 0]);
}

#[actix_web::test]
async fn groups_are_filtered_ordered_and_come_in_pages() {
    let folder = tempfile::tempdir().unwrap();
    let state = many(folder.path()).await;
    let few = rows(&state, "select=antall,n:count(),navn.max()&having=antall.gt.2,or(antall.lt.5,navn_max.eq.%22Vei%204%22)&order=antall.desc").await;
    assert_eq!(few.iter().map(|row| row["antall"].as_i64().unwrap()).collect::<Vec<_>>(), [9, 4, 3]);
    let answer = get(&state, "/d/boliger/aggregate?select=navn,n:count()&limit=2&order=n,navn.desc").await;
    let first = answer.json();
    assert_eq!((first["rows"][0]["navn"].as_str(), first["version"].as_u64()), (Some("Vei 4"), Some(2)));
    let next = first["next"].as_str().unwrap().strip_prefix("https://data.testvik.example").unwrap();
    assert!(answer.header("link").contains("rel=\"next\""));
    let second = get(&state, next).await.json();
    assert_eq!(second["rows"].as_array().unwrap().len(), 2);
    assert_eq!(second["rows"][0]["navn"], "Vei 2");
    let third = second["next"].as_str().unwrap().strip_prefix("https://data.testvik.example").unwrap();
    let third = get(&state, third).await.json();
    assert_eq!((third["rows"].as_array().unwrap().len(), third["next"].is_null()), (1, true));
}

#[actix_web::test]
async fn the_answer_is_cacheable_and_in_every_form() {
    let folder = tempfile::tempdir().unwrap();
    let state = many(folder.path()).await;
    let answer = get(&state, "/d/boliger/aggregate.csv?select=navn,count()&antall=lt.1").await;
    assert_eq!(answer.text(), "navn,count\r\nVei 0,25\r\n");
    assert!(answer.header("content-disposition").contains("boliger-aggregate-v2.csv"));
    let etag = answer.header("etag");
    let again = ask_state(
        &state,
        Method::GET,
        "/d/boliger/aggregate.csv?select=navn,count()&antall=lt.1",
        &[("if-none-match", etag)],
    )
    .await;
    assert_eq!(again.status, 304);
    for form in ["ndjson", "arrow", "parquet"] {
        let answer = get(&state, &format!("/d/boliger/aggregate.{form}?select=navn,count()")).await;
        assert_eq!(answer.status, 200, "{form}");
        assert!(!answer.body.is_empty());
    }
    let old = get(&state, "/d/boliger/aggregate?version=1").await.json();
    assert_eq!((old["version"].as_u64(), old["rows"][0]["count"].as_u64()), (Some(1), Some(2)));
}

#[actix_web::test]
async fn what_is_not_understood_is_refused_with_a_hint() {
    let folder = tempfile::tempdir().unwrap();
    let state = many(folder.path()).await;
    for (query, code) in [
        ("select=navn.sum()", "api-select"),
        ("select=navn.mean()", "api-select"),
        ("select=antall.month()", "api-select"),
        ("select=antall.p0()", "api-select"),
        ("select=antall.p100()", "api-select"),
        ("select=sum()", "api-select"),
        ("select=count(),count()", "api-select"),
        ("select=count()::text", "api-select"),
        ("select=Stor:count()", "api-select"),
        ("select=nope,count()", "api-parameter"),
        ("select=", "api-parameter"),
        ("having=nope.gt.1", "api-parameter"),
        ("having=count.gt", "api-condition"),
        ("having=(count.gt.1", "api-condition"),
        ("order=antall", "api-parameter"),
        ("limit=0", "api-limit"),
        ("cursor=1-1-x", "api-cursor"),
        ("format=geojson", "api-format"),
        ("total=exact", "api-parameter"),
        ("or=(antall.eq.1", "api-condition"),
    ] {
        let answer = get(&state, &format!("/d/boliger/aggregate?{query}")).await;
        assert_eq!((answer.status.as_u16(), answer.json()["code"].as_str()), (400, Some(code)), "{query}");
    }
    let columns: Vec<String> = (0..41).map(|n| format!("a{n}:count()")).collect();
    let answer = get(&state, &format!("/d/boliger/aggregate?select={}", columns.join(","))).await;
    assert_eq!(answer.json()["code"], "api-select");
    assert_eq!(get(&state, "/d/lukket/aggregate").await.status, 403);
    let places = ask_state(&state, Method::GET, "/d/boliger/aggregate", &[("accept", "application/geo+json")]).await;
    assert_eq!(places.status, 406, "{}", places.text());
}
