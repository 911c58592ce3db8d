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
    let at = |name: &str| sandbox.path(name).to_string_lossy().into_owned();
    let empty = sandbox.run(&["init", &at("data/tom.csv")]);
    assert!(empty.code == 1 && empty.err.contains("format-empty"), "{}", empty.err);
    let outside = sandbox.run(&["init", "/etc/hostname"]);
    assert!(outside.code == 1 && outside.err.contains("below the configuration folder"), "{}", outside.err);
    let book = sandbox.run(&["init", &at("data/bok.xlsx")]);
    assert!(book.code == 1 && book.err.contains("format-"), "{}{}", book.out, book.err);
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
