//! What strangers send: refused with a code and a place, never a failure, never a panic.

use super::{ask, query, refusal, server};

#[test]
fn parameters_that_are_no_text() {
    for address in [
        "/ogc/collections/steder/items?navn=%FF",
        "/ogc/collections/steder/items?%E5=1",
        "/ogc?lang=%C3",
        "/d/kommuner/rows?navn=eq.%FF",
    ] {
        let answer = server().ask("GET", address, &[("accept", "application/json")]);
        assert_eq!((answer.status, &answer.json()["code"]), (400, &"api-parameter".into()), "{address}");
        assert!(answer.json()["detail"].as_str().unwrap().contains("not UTF-8"), "{}", answer.text());
    }
}

#[test]
fn filters_that_are_too_much() {
    let deep = "(".repeat(5000);
    let not = "NOT ".repeat(3000);
    let json = r#"{"op":"not","args":["#.repeat(400);
    let nested = "[".repeat(10_000);
    for (filter, language) in [(&deep, "cql2-text"), (&not, "cql2-text"), (&json, "cql2-json"), (&nested, "cql2-json")]
    {
        let address = query("/collections/steder/items", &[("filter", filter), ("filter-lang", language)]);
        assert_eq!(refusal(&address), (400, "api-filter".to_owned()));
    }
    let long = format!("/collections/steder/items?filter=navn%3D'{}'", "a".repeat(50_000));
    let answer = ask(&long, "application/json");
    assert_eq!((answer.status, &answer.json()["code"]), (400, &"api-filter".into()));
    assert!(answer.json()["detail"].as_str().unwrap().contains("50007 bytes"), "{}", answer.text());
}

#[test]
fn a_filter_of_a_megabyte_does_not_get_in() {
    // The head of a request has a limit of its own, whatever it is about.
    use std::io::{Read, Write};
    let address = server().base.strip_prefix("http://").unwrap();
    let mut stream = std::net::TcpStream::connect(address).unwrap();
    let head = format!("GET /ogc/collections/steder/items?filter={} HTTP/1.1\r\nHost: x\r\n\r\n", "a".repeat(1 << 20));
    // The server may close before everything is sent.
    let _ = stream.write_all(head.as_bytes());
    let mut said = Vec::new();
    let _ = stream.read_to_end(&mut said);
    let said = String::from_utf8_lossy(&said);
    assert!(said.is_empty() || said.starts_with("HTTP/1.1 4"), "{said}");
    assert_eq!(ask("", "application/json").status, 200, "the server goes on");
}

#[test]
fn numbers_that_are_none() {
    for bbox in [
        "inf,0,1,1",
        "-inf,0,1,1",
        "NaN,NaN,NaN,NaN",
        "1e400,0,1,1",
        "0x1,0,1,1",
        "1,,2,3",
        " 1,2,3,4",
        "1;2;3;4",
        "10,59,11,60,",
    ] {
        assert_eq!(
            refusal(&query("/collections/steder/items", &[("bbox", bbox)])),
            (400, "api-bbox".to_owned()),
            "{bbox}"
        );
    }
    // Numbers that are some, however far away, find nothing.
    let utm = "http://www.opengis.net/def/crs/EPSG/0/25833";
    let far = query("/collections/steder/items", &[("bbox", "1e300,1e300,1.1e300,1.1e300"), ("bbox-crs", utm)]);
    assert_eq!(ask(&far, "*/*").json()["features"].as_array().unwrap().len(), 1, "the one without geometry");
    for filter in [
        "nr = 1e999",
        "nr = 99999999999999999999999999999999999999999999",
        "S_INTERSECTS(sted,POINT(1e999 1))",
        "nr = .",
        "nr = 1e",
    ] {
        assert_eq!(
            refusal(&query("/collections/steder/items", &[("filter", filter)])),
            (400, "api-filter".to_owned()),
            "{filter}"
        );
    }
    let huge = query("/collections/steder/items", &[("filter", "nr < 99999999999999999999999999999")]);
    assert_eq!(ask(&huge, "*/*").json()["numberMatched"], 30);
}

#[test]
fn many_at_once_are_answered() {
    let threads: Vec<_> = (0..8)
        .map(|number| {
            std::thread::spawn(move || {
                for step in 0..5 {
                    let limit = (number * 5 + step) % 29 + 1;
                    let answer = ask(&format!("/collections/steder/items?limit={limit}"), "*/*");
                    assert_eq!(answer.json()["numberReturned"], limit);
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
}
