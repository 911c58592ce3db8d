//! Files as range readers want them.

use actix_web::http::Method;

use super::{ask, ask_state, get};
use crate::testing;

const CSV: &str = "/d/boliger/v/1/boliger.csv";
const CONTENT: &str = "navn,antall\r\nBakken 1,3\r\nBakken 2,4\r\n";

#[actix_web::test]
async fn a_file_comes_whole_with_every_validator() {
    let answer = get(CSV, &[("accept-encoding", "gzip")]).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.text(), CONTENT);
    assert_eq!(answer.header("content-type"), "text/csv; charset=utf-8");
    assert_eq!(answer.header("accept-ranges"), "bytes");
    assert_eq!(answer.header("etag"), format!("\"{}\"", catalog::Sha256::of(CONTENT.as_bytes())));
    assert_eq!(answer.header("last-modified"), "Fri, 02 Jan 2026 03:04:05 GMT");
    assert_eq!(answer.header("cache-control"), "public, max-age=31536000, immutable, no-transform");
    assert_eq!(answer.header("content-disposition"), "attachment; filename=\"boliger.csv\"");
    assert_eq!(answer.header("cross-origin-resource-policy"), "cross-origin");
    assert_eq!(answer.header("access-control-allow-origin"), "*");
    assert_eq!(answer.header("content-encoding"), "");
    assert_eq!(answer.header("content-range"), "");
}

#[actix_web::test]
async fn parquet_has_its_own_media_type_and_is_parquet() {
    let answer = get("/d/boliger/v/1/boliger.parquet", &[]).await;
    assert_eq!(answer.header("content-type"), "application/vnd.apache.parquet");
    assert!(answer.body.starts_with(b"PAR1") && answer.body.ends_with(b"PAR1"));
}

#[actix_web::test]
async fn ranges_single_open_and_suffix() {
    for (range, expected, content_range) in [
        ("bytes=0-3", "navn", "bytes 0-3/37"),
        ("bytes=25-", "Bakken 2,4\r\n", "bytes 25-36/37"),
        ("bytes=-4", ",4\r\n", "bytes 33-36/37"),
        ("bytes=-500", CONTENT, "bytes 0-36/37"),
    ] {
        let answer = get(CSV, &[("range", range)]).await;
        assert_eq!(answer.status, 206, "{range}");
        assert_eq!((answer.text(), answer.header("content-range")), (expected, content_range), "{range}");
    }
    let many = get(CSV, &[("range", "bytes=0-1,5-6")]).await;
    assert_eq!((many.status.as_u16(), many.text()), (200, CONTENT));
}

#[actix_web::test]
async fn a_range_beyond_the_end_is_416_with_the_size() {
    let answer = get(CSV, &[("range", "bytes=37-")]).await;
    assert_eq!(answer.status, 416);
    assert_eq!(answer.header("content-range"), "bytes */37");
    assert_eq!(answer.json()["code"], "api-range");
}

#[actix_web::test]
async fn preconditions() {
    let etag = format!("\"{}\"", catalog::Sha256::of(CONTENT.as_bytes()));
    let date = "Fri, 02 Jan 2026 03:04:05 GMT";
    let cases: [(&[(&str, &str)], u16); 10] = [
        (&[("if-none-match", &etag)], 304),
        (&[("if-none-match", "\"other\"")], 200),
        (&[("if-modified-since", date)], 304),
        (&[("if-modified-since", "Thu, 01 Jan 2026 00:00:00 GMT")], 200),
        (&[("if-match", &etag)], 200),
        (&[("if-match", "\"other\"")], 412),
        (&[("if-unmodified-since", "Thu, 01 Jan 2026 00:00:00 GMT")], 412),
        (&[("range", "bytes=0-3"), ("if-range", &etag)], 206),
        (&[("range", "bytes=0-3"), ("if-range", "\"other\"")], 200),
        (&[("range", "bytes=0-3"), ("if-range", date)], 206),
    ];
    for (headers, status) in cases {
        let answer = get(CSV, headers).await;
        assert_eq!(answer.status, status, "{headers:?}");
        assert!(status != 304 || answer.body.is_empty() && answer.header("etag") == etag);
    }
}

#[actix_web::test]
async fn head_is_get_without_body() {
    let head = ask(Method::HEAD, CSV, &[]).await;
    assert_eq!((head.status.as_u16(), head.body.len()), (200, 0));
    assert_eq!(head.header("accept-ranges"), "bytes");
    for range in ["bytes=-4", "bytes=37-"] {
        let part = ask(Method::HEAD, CSV, &[("range", range)]).await;
        assert_eq!((part.status.as_u16(), part.header("content-range")), (200, ""), "only GET has ranges: {range}");
    }
}

#[actix_web::test]
async fn latest_redirects_to_the_immutable_address() {
    let folder = tempfile::tempdir().unwrap();
    let state = testing::state(folder.path()).await;
    testing::publish(&state.catalog, "boliger", &[("Bakken 9", 1)]).await;
    let latest = ask_state(&state, Method::GET, "/d/boliger/latest/boliger.csv", &[]).await;
    assert_eq!(latest.status, 302);
    assert_eq!(latest.header("location"), "/d/boliger/v/2/boliger.csv");
    assert_eq!(latest.header("cache-control"), "no-cache");
    let old = ask_state(&state, Method::GET, CSV, &[]).await;
    assert_eq!(old.text(), CONTENT, "an old version stays");
}

#[actix_web::test]
async fn what_is_not_there_or_not_open() {
    for (uri, status, code) in [
        ("/d/boliger/v/2/boliger.csv", 404, "api-not-found"),
        ("/d/boliger/v/01/boliger.csv", 404, "api-not-found"),
        ("/d/boliger/v/1/boliger.xlsx", 404, "api-not-found"),
        ("/d/ukjent/v/1/ukjent.csv", 404, "api-not-found"),
        ("/d/venter/latest/venter.csv", 404, "api-not-published"),
        ("/d/lukket/v/1/lukket.csv", 403, "api-not-public"),
        ("/d/lukket/v/1/SHA256SUMS", 403, "api-not-public"),
        ("/d/lukket/v/1/urls.txt", 403, "api-not-public"),
        ("/d/lukket/v/1/manifest.json", 403, "api-not-public"),
        ("/d/lukket/quality", 403, "api-not-public"),
        ("/d/boliger/v/latest/nothing", 404, "api-not-found"),
        ("/d/boliger/v/latest/%0d%0aSet-Cookie:%20a=b", 404, "api-not-found"),
        ("/d/boliger/v/1/..%2f..%2fprivate", 404, "api-not-found"),
    ] {
        let answer = get(uri, &[]).await;
        assert_eq!(answer.status, status, "{uri}");
        assert_eq!(answer.json()["code"], code, "{uri}");
    }
    for form in ["application/json", "application/linkset+json"] {
        assert_eq!(get("/d/lukket/v/1", &[("accept", form)]).await.status, 403, "{form}");
    }
}

#[actix_web::test]
async fn a_withdrawn_version_is_gone_with_its_reason() {
    let folder = tempfile::tempdir().unwrap();
    let state = testing::state(folder.path()).await;
    let why = catalog::version::Withdrawal {
        time: jiff::Timestamp::from_second(testing::PUBLISHED).unwrap(),
        by: "Arkivet".to_owned(),
        reason: "Feil kolonne".to_owned(),
        ..catalog::version::Withdrawal::default()
    };
    let (id, number) = ("boliger".parse().unwrap(), catalog::version::VersionNumber::FIRST);
    catalog::version::withdraw(state.catalog.store(), &id, number, why).await.unwrap();
    assert!(state.catalog.refresh().await.unwrap());
    for uri in [CSV, "/d/boliger/v/1", "/d/boliger/v/1/manifest.json"] {
        let answer = ask_state(&state, Method::GET, uri, &[]).await;
        assert_eq!(answer.status, 410, "{uri}");
        assert!(answer.json()["detail"].as_str().unwrap().contains("Feil kolonne"));
    }
}
