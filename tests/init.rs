//! From a file that nobody has declared to a published dataset: `init`, `check`, `plan`, `run`.

use std::fmt::Write;

use serde_json::Value;

use crate::harness::Sandbox;

/// 60 playgrounds as a municipality might export them, in windows-1252.
fn playgrounds() -> Vec<u8> {
    let vectors: Value = serde_json::from_str(include_str!("fixtures/privacy/identifier-vectors.json")).unwrap();
    let number = vectors["nationalId"]["valid"][0]["value"].as_str().unwrap();
    let mut text =
        "Løpenr;Områdekode;Anlegg;Areal (m²);Åpnet;Belyst;Kontaktperson;Merknad;Innmeldt av;Type\r\n".to_owned();
    for n in 0..60 {
        let by = if n == 7 { number } else { "" };
        let kind = ["Nærmiljø", "Skole"][n % 2];
        let remark = format!("Husk å se til gjerdet ved innkjørselen før sesongen, {n}");
        writeln!(
            text,
            "{n};0{:02};Anlegg {n};{},5;{:02}.06.2019;{};Person {n};{remark};{by};{kind}\r",
            n % 9 + 1,
            100 + n,
            n % 28 + 1,
            if n % 3 == 0 { "ja" } else { "nei" },
        )
        .unwrap();
    }
    text.chars().map(|character| u8::try_from(u32::from(character)).unwrap()).collect()
}

#[test]
fn a_file_nobody_declared_is_looked_at_planned_and_published() {
    let sandbox = Sandbox::with(&[]);
    sandbox.write("data/Lekeplasser 2026.csv", playgrounds());
    let file = sandbox.path("data/Lekeplasser 2026.csv").to_string_lossy().into_owned();
    let init = sandbox.run(&["init", &file]);
    assert_eq!(init.code, 0, "{}{}", init.out, init.err);
    let written = String::from_utf8(sandbox.read("datasets/lekeplasser-2026.toml")).unwrap();
    insta::assert_snapshot!("init_lekeplasser", written);
    assert_ne!(sandbox.run(&["init", &file]).code, 0, "nothing is overwritten");
    assert_eq!(String::from_utf8(sandbox.read("datasets/lekeplasser-2026.toml")).unwrap(), written);
    let check = sandbox.run(&["check"]);
    assert_eq!(check.code, 0, "{}{}", check.out, check.err);
    let plan = sandbox.run(&["plan", "lekeplasser-2026"]);
    assert_eq!(plan.code, 0, "{}{}", plan.out, plan.err);
    let run = sandbox.run(&["run", "lekeplasser-2026"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    let rows = sandbox.serve(&["--no-schedule"]).get("/d/lekeplasser-2026/rows.csv").text();
    let mut lines = rows.lines();
    assert_eq!(lines.next(), Some("lopenr,omraadekode,anlegg,areal_m2,aapnet,belyst,type"));
    assert!(rows.contains("\n7,008,Anlegg 7,107.5,2019-06-08,false,Skole\r\n"), "{rows}");
    assert!(!rows.contains("Person") && !rows.contains("gjerdet"), "{rows}");
}

#[test]
fn what_cannot_be_looked_at_is_told() {
    let sandbox = Sandbox::with(&[]);
    sandbox.write("data/tom.csv", "");
    sandbox.write("data/bok.xlsx", include_bytes!("fixtures/tabular/boligregister.xlsx"));
    sandbox.write("data/passord.xlsx", include_bytes!("fixtures/tabular/med-passord.xlsx"));
    let at = |name: &str| sandbox.path(name).to_string_lossy().into_owned();
    let empty = sandbox.run(&["init", &at("data/tom.csv")]);
    assert!(empty.code == 1 && empty.err.contains("format-empty"), "{}", empty.err);
    let outside = sandbox.run(&["init", "/etc/hostname"]);
    assert!(outside.code == 1 && outside.err.contains("below the configuration folder"), "{}", outside.err);
    sandbox.write("data/svar.json", "{ \"feil\": \"ingen tilgang\" }");
    let json = sandbox.run(&["init", &at("data/svar.json")]);
    assert!(json.code == 1 && json.err.contains("holds no list of objects"), "{}{}", json.out, json.err);
    sandbox.write("data/svar.xml", "<svar><rad/></svar>");
    let xml = sandbox.run(&["init", &at("data/svar.xml")]);
    assert!(xml.code == 1 && xml.err.contains("format-not-looked-at"), "{}{}", xml.out, xml.err);
    let locked = sandbox.run(&["init", &at("data/passord.xlsx")]);
    assert!(locked.code == 1 && locked.err.contains("the workbook has a password"), "{}{}", locked.out, locked.err);
    let sheet = sandbox.run(&["init", &at("data/bok.xlsx"), "--sheet", "Ark9"]);
    assert!(sheet.code == 1 && sheet.err.contains("format-sheet") && sheet.err.contains("Kodeliste"), "{}", sheet.err);
    let cover = sandbox.run(&["init", &at("data/bok.xlsx"), "--sheet", "Forside"]);
    assert!(cover.code == 1 && cover.err.contains("format-no-header"), "{}{}", cover.out, cover.err);
    let nowhere = sandbox.run(&["init", "http://127.0.0.1:9/a.csv"]);
    assert!(nowhere.code == 1 && nowhere.err.contains("source-"), "{}", nowhere.err);
}

/// Objects in objects become columns, persons stay out, days in words are read, and map features keep their places.
#[test]
fn json_is_looked_at_where_its_rows_are() {
    let sandbox = Sandbox::with(&[]);
    let row = |at: u32| {
        serde_json::json!({
            "id": at, "sted": { "krets": format!("{at:04}"), "navn": format!("Sted nr. {at}") }, "apnet": format!("{at}. mai 2024"),
            "kontaktperson": format!("Kari Nordmann{at}"), "areal": f64::from(at) + 0.5,
        })
    };
    let rows: Vec<_> = (1..=20).map(row).collect();
    sandbox.write("data/svar.json", serde_json::json!({ "side": 1, "data": { "rader": rows } }).to_string());
    let init = sandbox.run(&["init", "data/svar.json"]);
    assert_eq!(init.code, 0, "{}{}", init.out, init.err);
    let written = String::from_utf8(sandbox.read("datasets/svar.toml")).unwrap();
    assert!(written.contains("format = { kind = \"json\", rows = \"data.rader\" }"), "{written}");
    let run = sandbox.run(&["run", "svar"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    let feature = |at: u32| {
        serde_json::json!({
            "type": "Feature", "geometry": { "type": "Point", "coordinates": [10.0 + f64::from(at) / 100.0, 59.5] },
            "properties": { "navn": format!("Benk {at}"), "nr": at },
        })
    };
    let features: Vec<_> = (1..=20).map(feature).collect();
    let document = serde_json::json!({ "type": "FeatureCollection", "features": features });
    sandbox.write("data/benker.geojson", document.to_string());
    let init = sandbox.run(&["init", "data/benker.geojson", "--language", "en"]);
    assert_eq!(init.code, 0, "{}{}", init.out, init.err);
    let run = sandbox.run(&["run", "benker"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    let server = sandbox.serve(&["--no-schedule"]);
    let rows = server.get("/d/svar/rows.csv").text();
    assert!(rows.starts_with("id,sted_krets,sted_navn,apnet,areal\r\n1,0001,Sted nr. 1,2024-05-01,1.5\r\n"), "{rows}");
    let rows = server.get("/d/benker/rows.csv").text();
    assert!(rows.starts_with("geometri,navn,nr\r\nPOINT (10.01 59.5),Benk 1,1\r\n"), "{rows}");
}

/// The workbook has a cover sheet, title rows, a header of two rows, a total and a note below the table.
#[test]
fn a_workbook_is_looked_at_where_its_table_stands_and_where_people_live_is_kept_back() {
    let sandbox = Sandbox::with(&[]);
    sandbox.write("data/Boligregister.xlsx", include_bytes!("fixtures/tabular/boligregister.xlsx"));
    let init = sandbox.run(&["init", "data/Boligregister.xlsx"]);
    assert_eq!(init.code, 0, "{}{}", init.out, init.err);
    insta::assert_snapshot!(
        "init_boligregister",
        String::from_utf8(sandbox.read("datasets/boligregister.toml")).unwrap()
    );
    let run = sandbox.run(&["run", "boligregister"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    let rows = sandbox.serve(&["--no-schedule"]).get("/d/boligregister/rows.csv").text();
    assert_eq!(rows.lines().count(), 26, "25 dwellings, neither total nor note: {rows}");
    assert!(!rows.contains("Eksempelvegen") && !rows.contains("H0202"), "{rows}");
}

#[test]
fn a_register_that_a_profile_knows_is_held_back_by_it() {
    let sandbox = Sandbox::with(&[]);
    sandbox.write("data/kobo.csv", include_bytes!("fixtures/tabular/kobo-boligimport.csv"));
    assert_eq!(sandbox.run(&["init", "data/kobo.csv", "--language", "nn"]).code, 0);
    let written = String::from_utf8(sandbox.read("datasets/kobo.toml")).unwrap();
    assert!(written.contains("profile = \"dwelling-register\"") && written.contains("35 av 35"), "{written}");
    assert!(!written.contains("[[columns]]"), "{written}");
    let run = sandbox.run(&["run", "kobo"]);
    assert!(run.code != 0 && run.out.contains("shape-rejects"), "the planted defects are found: {}", run.out);
    // With every defect let through the rows are still no statistics.
    let lax = "\n[gates.shape]\nmax_rejected_share = 1.0\n";
    sandbox.write("datasets/kobo.toml", written + lax);
    let run = sandbox.run(&["run", "kobo"]);
    assert!(run.code != 0 && run.out.contains("disclosure-undeclared"), "{}", run.out);
}

#[test]
fn a_table_at_an_address_is_looked_at_and_read_from_there() {
    let sandbox = Sandbox::with(&["kommuneendringer"]);
    assert_eq!(sandbox.run(&["run", "kommuneendringer"]).code, 0);
    let server = sandbox.serve(&["--no-schedule"]);
    let address = format!("{}/d/kommuneendringer/rows.csv", server.base);
    let refused = sandbox.run(&["init", &address, "--dataset", "hentet"]);
    assert!(refused.code == 1 && refused.err.contains("source-"), "a private network: {}", refused.err);
    let init = sandbox.run(&["init", &address, "--dataset", "hentet", "--allow-private-network"]);
    assert_eq!(init.code, 0, "{}{}", init.out, init.err);
    let run = sandbox.run(&["run", "hentet"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    let count = |dataset: &str| server.get(&format!("/d/{dataset}/rows.csv")).text().lines().count();
    assert!(count("kommuneendringer") > 1);
    let fetched = sandbox.serve(&["--no-schedule"]).get("/d/hentet/rows.csv").text();
    assert_eq!(fetched.lines().count(), count("kommuneendringer"));
}

#[test]
fn what_may_be_the_name_of_a_person_is_not_published_until_somebody_says_so() {
    let sandbox = Sandbox::with(&[]);
    let rows = |start: &str| {
        ["Kari Prøve", "Ola-Jan Test", "Nordmann, Per"]
            .iter()
            .fold(start.to_owned(), |all, name| all + "1;" + name + "\n")
    };
    sandbox.write("data/a.csv", rows("nr;utført\n"));
    sandbox.write("data/b.csv", rows(""));
    sandbox.write("data/c.csv", "antall ansatte;elevtall\n3;4\n5;6\n");
    for (file, id, class) in [("a", "ta", "class = \"personal\""), ("b", "tb", "class = \"personal\""), ("c", "tc", "")]
    {
        let path = sandbox.path(&format!("data/{file}.csv")).to_string_lossy().into_owned();
        assert_eq!(sandbox.run(&["init", &path, "--dataset", id]).code, 0);
        let written = String::from_utf8(sandbox.read(&format!("datasets/{id}.toml"))).unwrap();
        assert_eq!(written.contains("class ="), !class.is_empty(), "{written}");
        assert!(written.contains(class), "{written}");
    }
}
