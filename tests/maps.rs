//! Maps on the pages of datasets: drawn by the server, complete without scripts, and moved with one.

use std::process::Command;

use crate::{
    clients,
    harness::{Answer, Sandbox, Server},
};

fn served() -> (Sandbox, Server) {
    let sandbox = Sandbox::with(&["kommuner", "reguleringsplan", "kommuneendringer"]);
    let run = sandbox.run(&["run", "--all"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    let server = sandbox.serve(&["--no-schedule"]);
    (sandbox, server)
}

/// The areas that are drawn.
fn areas(answer: &Answer) -> usize {
    assert_eq!((answer.status, answer.header("content-type")), (200, "image/svg+xml"), "{}", answer.text());
    answer.text().matches("Z\"/>").count()
}

#[test]
fn a_map_shows_the_features_in_the_system_of_the_data() {
    let (_sandbox, server) = served();
    let plan = server.get("/d/reguleringsplan/map.svg?lang=en");
    let text = plan.text();
    assert_eq!(areas(&plan), 6, "{text}");
    for words in ["Map: Zoning plan", "600,200 E", "6,640,200 N", "100 m", "EPSG:25832", ">N<"] {
        assert!(text.contains(words), "{words}: {text}");
    }
    assert!(areas(&server.get("/d/kommuner/map.svg")) > 340);
    // A part is asked by a box: only what meets it is drawn, larger.
    let part = server.get("/d/reguleringsplan/map.svg?bbox=600000,6640000,600060,6640040");
    assert!((1..6).contains(&areas(&part)) && part.text().contains(" m</text>"), "{}", part.text());
    let etag = part.header("etag").to_owned();
    let path = "/d/reguleringsplan/map.svg?bbox=600000,6640000,600060,6640040";
    assert_eq!(server.ask("GET", path, &[("if-none-match", &etag)]).status, 304);
    for bad in ["1,2,3", "3,0,1,1", "0,0,NaN,1", "0,0,1e300,1", "a,b,c,d", "0,0,1,1,2"] {
        let answer = server.ask("GET", &format!("/d/reguleringsplan/map.svg?bbox={bad}"), &[]);
        assert_eq!((answer.status, answer.json()["code"].as_str()), (400, Some("api-bbox")), "{bad}");
    }
    assert_eq!(server.ask("GET", "/d/kommuner/map.svg?width=9", &[]).status, 400);
    assert_eq!(server.ask("GET", "/d/kommuneendringer/map.svg", &[]).status, 404, "nothing has a place");
}

#[test]
fn a_page_has_the_map_with_a_table_as_its_alternative() {
    let (_sandbox, server) = served();
    for (tag, heading, features) in
        [("nb", "Kart", "357 objekter."), ("nn", "Kart", "357 objekt."), ("en", "Map", "357 features.")]
    {
        let page = server.get(&format!("/{tag}/d/kommuner")).text();
        assert!(page.contains(&format!("<h2 id=\"map\">{heading}</h2>")) && page.contains(features), "{tag}");
        for part in ["aria-describedby=\"map-note map-table\"", "id=\"map-note\"", "id=\"map-table\"", "role=\"img\""] {
            assert_eq!(page.matches(part).count(), 1, "{tag} {part}");
        }
        // Without the script nothing can be pressed that would do nothing.
        assert!(page.contains("<div class=\"moves\" hidden>"));
        assert!(!page.contains("http://") || !page.contains("src=\"http"), "nothing is loaded from others");
    }
    let page = server.get("/nb/d/kommuneendringer");
    assert!(!page.text().contains("id=\"map\"") && !page.text().contains("<script src"));
    let policy = page.header("content-security-policy");
    assert!(
        policy.starts_with("default-src 'none'") && policy.contains("script-src 'self'") && !policy.contains("unsafe")
    );
    let script = server.get("/assets/map.js");
    assert_eq!(script.header("content-type"), "text/javascript; charset=utf-8");
}

/// The whole picture, as it was looked at once.
#[test]
fn the_map_of_a_plan_looks_like_this() {
    let (_sandbox, server) = served();
    insta::assert_snapshot!(server.get("/d/reguleringsplan/map.svg?lang=nn").text());
}

/// Chromium runs the script under the page's own policy, and without scripts shows the picture all the same.
#[test]
fn chromium_moves_the_map() {
    if clients::python().is_none() {
        return;
    }
    let (sandbox, server) = served();
    let picture = sandbox.path("map.png");
    let output = Command::new(clients::driver("chromium_shot.sh"))
        .args([&format!("{}/nb/d/reguleringsplan", server.base), picture.to_str().unwrap()])
        .output()
        .unwrap();
    let html = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(html.contains("<div class=\"moves\">") && html.contains("class=\"areas\""), "the script ran");
    assert!(std::fs::metadata(&picture).unwrap().len() > 30_000);
}
