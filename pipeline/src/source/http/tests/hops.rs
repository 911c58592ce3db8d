//! Redirects and networks.

use super::*;

fn secret_headers() -> BTreeMap<String, Secret<String>> {
    [("Authorization", "Bearer hemmelig"), ("X-Key", "hemmelig")]
        .map(|(name, value)| (name.to_owned(), Secret::new(value.to_owned())))
        .into()
}

/// A source whose name `public.test` stands for the server, as if it were a public one.
fn from_outside(server: &Server, path: &str) -> HttpSource {
    let url = format!("http://public.test:{}{path}", server.address.port());
    let spec = spec(&url, &json!({ "allow_private_network": false, "max_redirects": 2 }));
    let builder = client(&spec).resolve("public.test", server.address);
    HttpSource::with_client(&spec, &BTreeMap::new(), Arc::new(Polite::new(|| 0.0)), builder).unwrap()
}

#[tokio::test]
async fn redirects_are_followed_up_to_the_limit() {
    for status in [301, 302, 303, 307, 308] {
        let server = Server::start(vec![Reply::redirect(status, "../annen.csv"), Reply::ok("x")]).await;
        assert_eq!(raw(source(&server, &json!({})).fetch(&[], now()).await).name, "fil.csv");
        assert!(server.requests()[1].starts_with("GET /annen.csv "));
    }
    let circle = vec![Reply::redirect(302, "/data/fil.csv"); 5];
    let server = Server::start(circle).await;
    let limit = json!({ "max_redirects": 2 });
    let (code, transient, _) = code(source(&server, &limit).fetch(&[], now()).await);
    assert_eq!((code, transient, server.requests().len()), ("source-redirects", false, 3));
}

#[tokio::test]
async fn secrets_stay_with_their_host() {
    let other = Server::start(vec![Reply::ok("x")]).await;
    let away = Reply::redirect(302, &format!("http://{}/x", other.address));
    let server = Server::start(vec![Reply::redirect(302, "/same"), away]).await;
    let url = format!("http://{}/a", server.address);
    let polite = Arc::new(Polite::new(|| 0.0));
    let source = HttpSource::new(&spec(&url, &json!({})), &secret_headers(), polite).unwrap();
    raw(source.fetch(&[], now()).await);
    for request in server.requests() {
        assert!(request.contains("authorization: Bearer hemmelig") && request.contains("x-key: hemmelig"), "{request}");
    }
    assert!(!other.requests()[0].contains("hemmelig"));
    assert!(!format!("{source:?}").contains("hemmelig"));
}

#[tokio::test]
async fn private_networks_are_refused_before_a_connection() {
    let server = Server::start(vec![Reply::ok("x")]).await;
    for host in ["127.0.0.1", "localhost", "[::1]", "2130706433"] {
        let url = format!("http://{host}:{}/", server.address.port());
        let spec = spec(&url, &json!({ "allow_private_network": false }));
        let source = HttpSource::new(&spec, &BTreeMap::new(), Arc::new(Polite::new(|| 0.0))).unwrap();
        let (code, transient, reason) = code(source.fetch(&[], now()).await);
        assert_eq!((code, transient), ("source-network-refused", false), "{host}: {reason}");
    }
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn a_redirect_into_a_private_network_is_refused() {
    for host in ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "169.254.169.254"] {
        let server = Server::start(vec![Reply::redirect(302, &format!("http://{host}:1/latest/meta-data"))]).await;
        let (code, _, reason) = code(from_outside(&server, "/").fetch(&[], now()).await);
        assert_eq!(code, "source-network-refused", "{host}: {reason}");
    }
    let server = Server::start(vec![Reply::redirect(302, "/b"), Reply::ok("x")]).await;
    assert_eq!(raw(from_outside(&server, "/a").fetch(&[], now()).await).name, "a");
}

#[tokio::test]
async fn a_permission_for_one_private_host_leads_to_no_other() {
    for host in ["localhost", "[::1]", "10.0.0.1", "169.254.169.254"] {
        let away = Reply::redirect(302, &format!("http://{host}:1/latest/meta-data"));
        let server = Server::start(vec![away, Reply::ok("x")]).await;
        let (code, _, reason) = code(source(&server, &json!({})).fetch(&[], now()).await);
        assert_eq!((code, server.requests().len()), ("source-network-refused", 1), "{host}: {reason}");
    }
    let server = Server::start(vec![Reply::ok("x")]).await;
    let named = spec(&format!("http://LocalHost:{}/a", server.address.port()), &json!({}));
    let source = HttpSource::new(&named, &BTreeMap::new(), Arc::new(Polite::new(|| 0.0))).unwrap();
    assert_eq!(raw(source.fetch(&[], now()).await).bytes, 1, "a name that points inside");
}

#[tokio::test]
async fn other_schemes_are_refused() {
    let polite = Arc::new(Polite::new(|| 0.0));
    for url in ["ftp://example.com/a", "file:///etc/passwd"] {
        let source = HttpSource::new(&spec(url, &json!({})), &BTreeMap::new(), Arc::clone(&polite)).unwrap();
        assert_eq!(code(source.fetch(&[], now()).await).0, "source-scheme");
    }
    let server = Server::start(vec![Reply::redirect(302, "file:///etc/passwd")]).await;
    assert_eq!(code(from_outside(&server, "/").fetch(&[], now()).await).0, "source-scheme");
    let server = Server::start(vec![Reply::status("302 Found")]).await;
    assert_eq!(code(from_outside(&server, "/").fetch(&[], now()).await).0, "source-redirects");
}

#[tokio::test]
async fn nobody_there_is_an_error() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    drop(listener);
    let polite = Arc::new(Polite::new(|| 0.0));
    let source = HttpSource::new(&spec(&url, &json!({ "attempts": 2 })), &BTreeMap::new(), polite).unwrap();
    let (code, transient, reason) = code(source.fetch(&[], now()).await);
    assert_eq!((code, transient), ("source-io", true));
    assert!(reason.starts_with("no connection"), "{reason}");
}

#[test]
fn headers_that_cannot_be_sent_are_told_without_their_value() {
    let headers = [("X-Key".to_owned(), Secret::new("hemme\nlig".to_owned()))].into();
    let polite = Arc::new(Polite::new(|| 0.0));
    let error = HttpSource::new(&spec("https://example.com/", &json!({})), &headers, polite).unwrap_err();
    assert_eq!(error.code(), "source-headers");
    assert!(!error.to_string().contains("lig'"), "{error}");
}
