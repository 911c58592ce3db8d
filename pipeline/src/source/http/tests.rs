//! Tests of the HTTP source against a server on the loopback.

mod hops;
mod server;

use std::{fs, time::Duration};

use serde_json::{Value, json};

use self::server::{Reply, Server};
use super::*;

fn now() -> Timestamp {
    "2026-03-01T12:00:00Z".parse().unwrap()
}

fn spec(url: &str, more: &Value) -> config::HttpSource {
    let mut spec = json!({ "url": url, "allow_private_network": true, "timeout_seconds": 10 });
    for (name, value) in more.as_object().unwrap() {
        spec[name] = value.clone();
    }
    serde_json::from_value(spec).unwrap()
}

fn source(server: &Server, more: &Value) -> HttpSource {
    let url = format!("http://{}/data/fil.csv?token=hemmelig", server.address);
    HttpSource::new(&spec(&url, more), &BTreeMap::new(), Arc::new(Polite::new(|| 0.0))).unwrap()
}

fn code(result: Result<Fetched>) -> (&'static str, bool, String) {
    match result {
        Err(Error::Source { code, transient, reason, location, hint }) => {
            assert!(!location.contains("hemmelig") && !reason.contains("hemmelig"), "{location} {reason}");
            assert!(hint.len() > 20);
            (code, transient, reason)
        }
        other => panic!("{other:?}"),
    }
}

fn raw(result: Result<Fetched>) -> Raw {
    match result {
        Ok(Fetched::Changed(mut raws)) if raws.len() == 1 => raws.remove(0),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_answer_is_kept_with_its_validators() {
    let reply = Reply::ok("a;b\n").with("ETag", "\"1\"").with("Last-Modified", "Sun, 01 Mar 2026 11:00:00 GMT");
    let server = Server::start(vec![reply]).await;
    let raw = raw(source(&server, &json!({})).fetch(&[], now()).await);
    assert_eq!((raw.name.as_str(), raw.bytes, fs::read(&raw.path).unwrap().as_slice()), ("fil.csv", 4, &b"a;b\n"[..]));
    assert_eq!(raw.validators.location, format!("http://{}/data/fil.csv", server.address));
    assert_eq!(raw.validators.etag.as_deref(), Some("\"1\""));
    assert_eq!(raw.validators.last_modified.as_deref(), Some("Sun, 01 Mar 2026 11:00:00 GMT"));
    assert_eq!(raw.validators.sha256, Some(catalog::Sha256::of(b"a;b\n")));
    let request = &server.requests()[0];
    assert!(request.starts_with("GET /data/fil.csv?token=hemmelig "), "{request}");
    assert!(request.contains(concat!("user-agent: allmenning/", env!("CARGO_PKG_VERSION"))), "{request}");
    assert!(request.contains("accept-encoding: identity") && !request.contains("if-none-match"), "{request}");
}

#[tokio::test]
async fn the_second_fetch_is_conditional_and_the_same_bytes_are_no_change() {
    let first = Reply::ok("a;b\n").with("ETag", "W/\"1\"");
    let server =
        Server::start(vec![first, Reply::status("304 Not Modified"), Reply::ok("a;b\n"), Reply::ok("c\n")]).await;
    let source = source(&server, &json!({}));
    let last = [raw(source.fetch(&[], now()).await).validators];
    assert!(matches!(source.fetch(&last, now()).await, Ok(Fetched::Unchanged)));
    assert!(server.requests()[1].contains("if-none-match: W/\"1\""));
    assert!(matches!(source.fetch(&last, now()).await, Ok(Fetched::Unchanged)));
    assert_eq!(raw(source.fetch(&last, now()).await).bytes, 2);
}

#[tokio::test]
async fn waiting_for_a_busy_host_is_not_the_fetchs_own_time() {
    let server = Server::start(vec![Reply::ok("a;b\n")]).await;
    let source = source(&server, &json!({ "timeout_seconds": 1 }));
    let busy = source.host(&source.url).await;
    let release = async {
        tokio::time::sleep(Duration::from_millis(1_500)).await;
        drop(busy);
    };
    let (fetched, ()) = tokio::join!(source.fetch(&[], now()), release);
    assert_eq!(raw(fetched).bytes, 4);
}

#[tokio::test]
async fn transient_errors_are_tried_again_and_others_not() {
    let server = Server::start(vec![Reply::status("503 Service Unavailable"), Reply::close(), Reply::ok("x")]).await;
    assert_eq!(raw(source(&server, &json!({})).fetch(&[], now()).await).bytes, 1);
    assert_eq!(server.requests().len(), 3);

    let server = Server::start(vec![Reply::status("404 Not Found"), Reply::ok("x")]).await;
    let (code_, transient, reason) = code(source(&server, &json!({})).fetch(&[], now()).await);
    assert_eq!((code_, transient, server.requests().len()), ("source-http-status", false, 1));
    assert!(reason.contains("404"), "{reason}");

    let server = Server::start(vec![Reply::status("500 Oops"), Reply::status("500 Oops"), Reply::ok("x")]).await;
    let (code, transient, _) = code(source(&server, &json!({ "attempts": 2 })).fetch(&[], now()).await);
    assert_eq!((code, transient, server.requests().len()), ("source-http-status", true, 2));
}

#[tokio::test]
async fn a_server_may_ask_for_patience() {
    let busy = Reply::status("429 Too Many Requests").with("Retry-After", "1");
    let server = Server::start(vec![busy, Reply::ok("x")]).await;
    let started = Instant::now();
    raw(source(&server, &json!({})).fetch(&[], now()).await);
    assert!(started.elapsed() >= Duration::from_secs(1));

    let closed = Reply::status("503 Service Unavailable").with("Retry-After", "3600");
    let server = Server::start(vec![closed, Reply::ok("x")]).await;
    let started = Instant::now();
    assert_eq!(code(source(&server, &json!({})).fetch(&[], now()).await).0, "source-http-status");
    assert!(started.elapsed() < Duration::from_secs(5) && server.requests().len() == 1);
}

#[tokio::test]
async fn a_broken_body_is_resumed_where_the_server_can() {
    let cut = Reply::ok("0123456789").with("ETag", "\"v1\"").with("Accept-Ranges", "bytes").cut_after(4);
    let rest = Reply::part("456789", "bytes 4-9/10").with("ETag", "\"v1\"");
    let server = Server::start(vec![cut.clone(), rest]).await;
    let raw_ = raw(source(&server, &json!({})).fetch(&[], now()).await);
    assert_eq!(fs::read(&raw_.path).unwrap(), b"0123456789");
    assert_eq!(raw_.validators.sha256, Some(catalog::Sha256::of(b"0123456789")));
    let request = &server.requests()[1];
    assert!(request.contains("range: bytes=4-\r\n") && request.contains("if-range: \"v1\""), "{request}");

    let changed = Reply::ok("new").with("ETag", "\"v2\"");
    let server = Server::start(vec![cut.clone(), changed]).await;
    assert_eq!(fs::read(&raw(source(&server, &json!({})).fetch(&[], now()).await).path).unwrap(), b"new");

    let wrong = Reply::part("56789", "bytes 5-9/10").with("ETag", "\"v1\"");
    let server = Server::start(vec![cut, wrong, Reply::ok("0123456789")]).await;
    assert_eq!(fs::read(&raw(source(&server, &json!({})).fetch(&[], now()).await).path).unwrap(), b"0123456789");
    assert!(!server.requests()[2].contains("range"));
}

#[tokio::test]
async fn a_broken_body_without_a_strong_etag_is_fetched_anew() {
    let cut = Reply::ok("0123456789").with("ETag", "W/\"v1\"").with("Accept-Ranges", "bytes").cut_after(4);
    let server = Server::start(vec![cut.clone(), Reply::ok("0123456789")]).await;
    assert_eq!(raw(source(&server, &json!({})).fetch(&[], now()).await).bytes, 10);
    assert!(!server.requests()[1].contains("range: bytes"));
    let server = Server::start(vec![cut]).await;
    let (code, transient, _) = code(source(&server, &json!({ "attempts": 1 })).fetch(&[], now()).await);
    assert_eq!((code, transient), ("source-io", true));
}

#[tokio::test]
async fn sizes_are_limited_whatever_the_head_says() {
    let limit = json!({ "max_bytes": 8 });
    let server = Server::start(vec![Reply::ok("123456789")]).await;
    assert_eq!(code(source(&server, &limit).fetch(&[], now()).await).0, "source-too-large");
    let server = Server::start(vec![Reply::chunked("123456789")]).await;
    let (code, transient, _) = code(source(&server, &limit).fetch(&[], now()).await);
    assert_eq!((code, transient, server.requests().len()), ("source-too-large", false, 1));
    let server = Server::start(vec![Reply::chunked("12345678")]).await;
    assert_eq!(raw(source(&server, &limit).fetch(&[], now()).await).bytes, 8);
}

#[tokio::test]
async fn the_whole_fetch_has_a_deadline() {
    let started = Instant::now();
    let server = Server::start(vec![Reply::ok("0123456789").hang_after(4)]).await;
    let (code, transient, _) = code(source(&server, &json!({ "timeout_seconds": 1 })).fetch(&[], now()).await);
    assert_eq!((code, transient), ("source-timeout", true));
    assert!(started.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn answers_without_data_are_errors() {
    let server = Server::start(vec![Reply::ok("")]).await;
    assert_eq!(code(source(&server, &json!({})).fetch(&[], now()).await).0, "source-empty");
    let server = Server::start(vec![Reply::status("204 No Content")]).await;
    assert_eq!(code(source(&server, &json!({})).fetch(&[], now()).await).0, "source-http-status");
    let server = Server::start(vec![Reply::status("304 Not Modified")]).await;
    assert_eq!(code(source(&server, &json!({})).fetch(&[], now()).await).0, "source-http-status");
    let server = Server::start(vec![Reply::ok("\x1f\x08").with("Content-Encoding", "gzip")]).await;
    assert_eq!(code(source(&server, &json!({})).fetch(&[], now()).await).0, "source-content-encoding");
}

#[tokio::test]
async fn a_server_may_be_silent_for_as_long_as_is_declared() {
    let late = Reply::ok("a;b").after(Duration::from_millis(1500));
    let server = Server::start(vec![late.clone()]).await;
    assert_eq!(raw(source(&server, &json!({ "silence_seconds": 5 })).fetch(&[], now()).await).bytes, 3);
    let server = Server::start(vec![late]).await;
    let short = source(&server, &json!({ "silence_seconds": 1, "attempts": 1 })).fetch(&[], now()).await;
    let Err(error) = short else { panic!("{short:?}") };
    assert!(error.hint().contains("silence_seconds"), "{}", error.hint());
    assert_eq!(error.code(), "source-silent");
    assert_eq!(spec("http://a.example/", &json!({})).silence_seconds, 120);
}
