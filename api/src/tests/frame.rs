//! What surrounds every answer: methods, errors, headers, compression, operation.

use actix_web::http::Method;

use super::{ask, get};
use crate::{route::Route, routes::ROUTES};

#[actix_web::test]
async fn every_route_answers_head_as_it_answers_get() {
    // The small catalogue has no places and no statistics: those are asked in tests/ogc, geodata.rs and statistics.rs.
    let needs_places =
        |path: &str| path.contains("{collection}") || path.ends_with("map.svg") || path.ends_with("jsonstat");
    let asked = |route: &&Route| route.tag != "rows" && route.tag != "sparql" && !needs_places(route.path);
    for route in ROUTES.iter().filter(asked) {
        let uri = route
            .template()
            .replace("{dataset}", "boliger")
            .replace("{version}", "1")
            .replace("{file}", "boliger.csv")
            .replace("{format}", "ttl")
            .replace("{extension}", "bib")
            .replace("{action}", "package_list")
            .replace("{set}", "boliger")
            .replace("{resource}", "boliger")
            .replace("{lang}", "nn");
        let (get, head) = (get(&uri, &[]).await, ask(Method::HEAD, &uri, &[]).await);
        assert!(get.status.is_success() || get.status == 302, "{uri}: {} {}", get.status, get.text());
        assert_eq!((get.status, get.header("content-type")), (head.status, head.header("content-type")), "{uri}");
        assert_eq!(get.header("etag"), head.header("etag"), "{uri}");
        assert!(head.body.is_empty(), "{uri}");
    }
}

#[actix_web::test]
async fn unknown_addresses_and_methods_are_problems() {
    let missing = get("/nothing/here", &[]).await;
    assert_eq!((missing.status.as_u16(), missing.header("content-type")), (404, "application/problem+json"));
    assert_eq!(missing.json()["type"], "https://data.testvik.example/docs/errors#api-not-found");
    let method = ask(Method::DELETE, "/d/boliger", &[]).await;
    assert_eq!((method.status.as_u16(), method.header("allow")), (405, "GET, HEAD, OPTIONS"));
    assert_eq!(method.json()["code"], "api-method");
    assert_eq!(method.header("access-control-allow-origin"), "*");
}

#[actix_web::test]
async fn browsers_get_problems_as_pages() {
    let answer = get("/nn/d/ukjent", &[("accept", "text/html,*/*;q=0.8")]).await;
    assert_eq!((answer.status.as_u16(), answer.header("content-type")), (404, "text/html; charset=utf-8"));
    assert!(answer.text().contains("<html lang=\"nn\">") && answer.text().contains("api-not-found"));
}

#[actix_web::test]
async fn preflight_questions_are_answered_for_a_day() {
    let answer = ask(Method::OPTIONS, "/d/boliger/v/1/boliger.parquet", &[("origin", "https://a.example")]).await;
    assert_eq!(answer.status, 204);
    assert_eq!(answer.header("access-control-allow-methods"), "GET, HEAD, OPTIONS");
    assert!(answer.header("access-control-allow-headers").contains("Range, If-Match"));
    assert_eq!(answer.header("access-control-max-age"), "86400");
    assert!(ask(Method::OPTIONS, "/sparql", &[]).await.header("allow").contains("POST"));
}

#[actix_web::test]
async fn text_is_compressed_when_asked_and_the_catalogue_never() {
    let page = get("/d/boliger", &[("accept-encoding", "gzip"), ("accept", "text/html")]).await;
    assert_eq!(page.header("content-encoding"), "gzip");
    assert!(page.header("etag").starts_with("W/"));
    let again = get("/d/boliger", &[("if-none-match", page.header("etag")), ("accept", "text/html")]).await;
    assert_eq!(again.status, 304);
    for (uri, encoding) in [("/d/boliger", "identity"), ("/catalog.ttl", "gzip")] {
        assert_eq!(get(uri, &[("accept-encoding", encoding)]).await.header("content-encoding"), "", "{uri}");
    }
}

#[actix_web::test]
async fn pages_carry_a_strict_policy_and_every_answer_an_id() {
    let answer = get("/", &[]).await;
    assert!(answer.header("content-security-policy").starts_with("default-src 'none'"));
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
    assert_eq!(answer.header("x-request-id").len(), 36);
}

#[actix_web::test]
async fn operators_see_readiness_and_counts() {
    let ready = get("/health/ready", &[]).await.json();
    assert_eq!((&ready["datasets"], &ready["published"]), (&3.into(), &2.into()));
    let metrics = get("/metrics", &[]).await;
    assert!(metrics.text().contains("allmenning_dataset_version{dataset=\"boliger\"} 1"), "{}", metrics.text());
    assert!(metrics.text().contains("allmenning_uptime_seconds"));
}
