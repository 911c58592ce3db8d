//! The real server on a real socket: what only the wire shows.

use std::{
    net::{Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use catalog::{Catalog, Store};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::{oneshot, watch},
};

use crate::{Schedule, ServeOptions, serve, testing};

/// Sends bytes and reads until the server closes or nothing comes for a while.
async fn talk(address: SocketAddr, request: &str) -> String {
    talk_to((Ipv4Addr::LOCALHOST, address.port()).into(), request).await
}

async fn talk_to(address: SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let read = stream.read_to_end(&mut answer);
    tokio::time::timeout(Duration::from_secs(20), read).await.unwrap().unwrap();
    String::from_utf8_lossy(&answer).to_lowercase()
}

#[actix_web::test]
async fn a_server_binds_answers_and_stops() {
    let folder = tempfile::tempdir().unwrap();
    drop(testing::state(folder.path()).await);
    let config = testing::config_listening(folder.path());
    let catalog = Catalog::open(Store::open(&config.storage).unwrap(), Arc::clone(&config)).await.unwrap();
    let (stop, stopping) = watch::channel(false);
    let (scheduler, schedule) = watch::channel(Schedule::Followed);
    let (_, standings) = watch::channel(catalog::Standings::new());
    let (bound, wait) = oneshot::channel();
    let on_bound = Box::new(move |addresses: &[SocketAddr]| bound.send(addresses[0]).unwrap());
    let clock = jiff::Timestamp::now;
    let server =
        serve(catalog, ServeOptions { exe: "/nowhere".into(), clock, stopping, schedule, standings, on_bound });
    let client = async {
        let address = wait.await.unwrap();
        assert_ne!(address.port(), 0);
        let ready = "GET /health/ready HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
        assert!(talk(address, ready).await.contains("\"schedule\":\"followed\""));
        let port = address.port();
        assert!(talk_to((Ipv4Addr::LOCALHOST, port).into(), ready).await.starts_with("http/1.1 200"));
        if std::net::TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).is_ok() {
            assert!(address.is_ipv6());
            assert!(talk_to((Ipv6Addr::LOCALHOST, port).into(), ready).await.starts_with("http/1.1 200"));
        }
        scheduler.send_replace(Schedule::Stopped);
        assert!(talk(address, ready).await.contains("\"schedule\":\"stopped\""));
        let head =
            talk(address, "HEAD /d/boliger/v/1/boliger.csv HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").await;
        assert!(head.starts_with("http/1.1 200"), "{head}");
        assert!(head.contains("\r\ncontent-length: 37\r\n") && head.ends_with("\r\n\r\n"), "{head}");
        assert!(!head.contains("transfer-encoding"), "{head}");
        let get =
            talk(address, "GET /d/boliger/v/1/boliger.csv HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").await;
        assert!(get.contains("\r\ncontent-length: 37\r\n") && get.ends_with("bakken 2,4\r\n"), "{get}");
        let page = talk(address, "HEAD /nb HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").await;
        assert!(page.contains("\r\ncontent-length: ") && page.ends_with("\r\n\r\n"), "{page}");
        // A length that is not known is not told as 0: readers would take the table for empty.
        for rows in ["rows.csv", "rows.ndjson", "rows.arrow", "rows", "rows.parquet?select=navn"] {
            let ask =
                |method: &str| format!("{method} /d/boliger/{rows} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
            let head = talk(address, &ask("HEAD")).await;
            assert!(head.starts_with("http/1.1 200") && head.ends_with("\r\n\r\n"), "{rows}: {head}");
            assert!(!head.contains("\r\ncontent-length: "), "{rows}: {head}");
            assert!(talk(address, &ask("GET")).await.starts_with("http/1.1 200"), "{rows}");
        }
        let whole = "HEAD /d/boliger/rows.parquet HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
        let whole = talk(address, whole).await;
        assert!(whole.contains("\r\ncontent-length: ") && !whole.contains("content-length: 0"), "{whole}");
        let slow = talk(address, "GET / HTTP/1.1\r\nHost").await;
        assert!(slow.starts_with("http/1.1 408"), "{slow}");
        stop.send(true).unwrap();
    };
    let (served, ()) =
        tokio::time::timeout(Duration::from_mins(1), async { tokio::join!(server, client) }).await.unwrap();
    served.unwrap();
}
