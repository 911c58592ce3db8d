//! Registers of dwellings by the built program: every planted defect is found at its line and column, and nothing but
//! statistics leaves.

use crate::harness::Sandbox;

const KOBO: &str = r#"
title = { nb = "Kommunale boliger", nn = "Kommunale bustader", en = "Municipal dwellings" }
description = { nb = "Boliger som kommunen disponerer", nn = "Bustader som kommunen disponerer", en = "Dwellings of the municipality" }
themes = ["SOCI"]
licence = "CC0"
frequency = "MONTHLY"
profile = "dwelling-register"
source = { kind = "file", path = "data/kobo.csv" }
format = { kind = "csv", separator = ";", encoding = "utf-8" }
gates.shape.max_rejected_share = 0.2
"#;

fn register(text: &[u8]) -> Sandbox {
    let sandbox = Sandbox::with(&[]);
    sandbox.write("datasets/kobo.toml", KOBO);
    sandbox.write("data/kobo.csv", text);
    sandbox
}

#[test]
fn every_planted_defect_is_found_at_its_line_and_column() {
    let sandbox = register(include_bytes!("fixtures/tabular/kobo-boligimport.csv"));
    let said = sandbox.run(&["plan", "kobo"]);
    assert_eq!(said.code, 4, "{}{}", said.out, said.err);
    for told in [
        "kobo.csv:5 koboboligtype: reject-required",
        "kobo.csv:9 kobodisposisjonsform: reject-code-list",
        "kobo.csv:13 bruksenhetsnummer: reject-code-form",
        "kobo.csv:17 bruksenhetsnummer: reject-code-form",
        "kobo.csv:21 manedsleie: reject-integer",
        "(hovedsoker)\n    --> kobo.csv:25\n",
        "kobo.csv:29 kommunenummer: reject-code-expired",
        "kobo.csv:33 postnummer: reject-leading-zero",
        "kobo.csv:37 statusdato: reject-date",
        "gnrbnr, bruksenhetsnummer, gatenavn, husnummer is there once\" (gnrbnr)\n    --> kobo.csv:41\n",
        "ovriginformasjon is null\" (ovriginformasjon)\n    --> kobo.csv:45\n",
        "kobo.csv:49 boligstatus: reject-code-list",
    ] {
        assert!(said.out.contains(told), "{told}\n{}", said.out);
    }
    assert!(said.out.contains("9 rows rejected"), "{}", said.out);
    for value in ["1234", "Prøvegata", "08919076414", "12877312021"] {
        assert!(!said.out.contains(value), "{value} is told");
    }
}

/// The rows of the register without its defects.
fn clean() -> Vec<u8> {
    let text = include_str!("fixtures/tabular/kobo-boligimport.csv");
    let bad = [5, 9, 13, 17, 21, 25, 29, 33, 37, 41, 45, 49];
    let kept = text.lines().enumerate().filter(|(line, _)| !bad.contains(&(line + 1)));
    kept.map(|(_, line)| line).collect::<Vec<_>>().join("\n").into_bytes()
}

#[test]
fn the_rows_of_a_register_are_never_published() {
    let sandbox = register(&clean());
    let run = sandbox.run(&["run", "kobo"]);
    assert_ne!(run.code, 0, "{}", run.out);
    assert!(run.out.contains("disclosure") || run.err.contains("disclosure"), "{}{}", run.out, run.err);
    let server = sandbox.serve(&["--no-schedule"]);
    assert_eq!(server.get("/d/kobo/rows").json()["code"], "api-not-published");
}

#[test]
fn statistics_of_a_register_are() {
    // A note on a tenant: told by line to the steward, to nobody else.
    let text = String::from_utf8(clean()).unwrap().replacen(";;1;;;;", ";Nøkkelboks;1;;;;", 1);
    let sandbox = register(text.as_bytes());
    let mut file = KOBO.to_owned();
    file.push_str(
        "\n[statistics]\nunit = \"gnrbnr\"\ndimensions = [{ column = \"koboboligtype\" }, { column = \"boligstatus\" }]\n",
    );
    sandbox.write("datasets/kobo.toml", file);
    let run = sandbox.run(&["run", "kobo"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    let server = sandbox.serve(&["--no-schedule"]);
    assert!(run.out.contains("(ovriginformasjon)\n    --> kobo.csv:"), "{}", run.out);
    for path in ["/d/kobo/v/1/gate-report.json", "/d/kobo/v/1/manifest.json", "/nb/d/kobo"] {
        let told = server.get(path).text();
        assert!(
            told.contains("check-expression") && !told.contains("kobo.csv:") && !told.contains("\"places\""),
            "{path}"
        );
    }
    let rows = server.get("/d/kobo/rows.csv").text();
    assert!(rows.contains("ORDINAR_BOLIG") && !rows.contains("Prøvegata"), "{rows}");
    // Small counts are hidden.
    for row in rows.lines().skip(1) {
        let cells: Vec<&str> = row.split(',').collect();
        assert!(!cells.iter().any(|cell| ["1", "2", "3", "4"].contains(cell)), "{row}");
    }
}

const SECTIONS: &str = r#"
title = { nb = "Boliger etter område", nn = "Bustader etter område", en = "Dwellings by area" }
description = { nb = "Boliger i eiendomssystemet", nn = "Bustader i eigedomssystemet", en = "Dwellings of the property system" }
themes = ["SOCI"]
licence = "CC0"
frequency = "MONTHLY"
profile = "dwelling-section"
source = { kind = "file", path = "data/seksjoner.csv" }

[statistics]
unit = "enhet"
dimensions = [{ column = "omraade" }, { column = "boligtype" }]
"#;

/// The columns of Facilit's list and of BOEI's table come under the same names; the figures are those of a count by hand.
#[test]
fn property_systems_are_counted_alike() {
    let facilit = include_bytes!("fixtures/tabular/facilit.cp1252.csv");
    // ISO 8859-1 is enough to count by.
    let text: String = facilit.iter().map(|byte| char::from(*byte)).collect();
    let format = "format = { kind = \"csv\", separator = \";\", decimal = \",\", group = \" \", \
                  skip_rows = { column = \"Nummer\", pattern = \"Sum|\" } }\n";
    let sandbox = Sandbox::with(&[]);
    sandbox.write("datasets/seksjoner.toml", format.to_owned() + SECTIONS);
    sandbox.write("data/seksjoner.csv", facilit);
    let run = sandbox.run(&["run", "seksjoner"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    let rows = sandbox.serve(&["--no-schedule"]).get("/d/seksjoner/rows.json?limit=100").json();
    let rows = rows["rows"].as_array().unwrap();
    let sections: Vec<Vec<&str>> = text.lines().skip(1).map(|line| line.split(';').collect()).collect();
    let counted = |area: Option<&str>, kind: Option<&str>| {
        // A remark may hold a separator, so columns are counted from the end.
        let is = |section: &&Vec<&str>| {
            let at = |column: usize| section.get((section.len() + column).checked_sub(27)?).copied();
            let place = at(11).filter(|place| !place.is_empty());
            place.is_some_and(|place| area.is_none_or(|area| ascii(area) == ascii(place)))
                && kind.is_none_or(|kind| at(14).is_some_and(|found| ascii(found) == ascii(kind)))
        };
        sections.iter().filter(is).count() as u64
    };
    let shown: Vec<_> = rows.iter().filter(|row| !row["antall"].is_null()).collect();
    assert!(shown.len() >= 3, "{rows:?}");
    for row in shown {
        let one = |column: &str| row[column].as_str().filter(|code| *code != "_T");
        let number = counted(one("omraade"), one("boligtype"));
        assert_eq!(row["antall"].as_u64(), Some(number), "{row}");
    }
    let boei = "Objekt_ID;Bygg_ID;Seksjons_ID;Leie_ID;Formaal_ID;Bydel_ID;Etasje;AntallRom;Boareal;Livslopsstd;Heis;Driftsstatus_ID;Leietaker_ID\n";
    let line = |at: u32| format!("{at};7;1;1;{};0{};2;3;58,2;1;0;D;{}\n", 10 + at % 2, 1 + at % 3, 9000 + at);
    sandbox.write("data/leieobjekt.csv", boei.to_owned() + &(0..60).map(line).collect::<String>());
    let format = "format = { kind = \"csv\", separator = \";\", decimal = \",\" }\n";
    let file = format.to_owned() + &SECTIONS.replace("data/seksjoner.csv", "data/leieobjekt.csv");
    sandbox.write("datasets/leieobjekt.toml", file);
    let run = sandbox.run(&["run", "leieobjekt"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    let rows = sandbox.serve(&["--no-schedule"]).get("/d/leieobjekt/rows.csv").text();
    assert!(rows.contains("01,10,10,"), "{rows}");
    assert!(!rows.contains("9001") && !rows.contains("58"), "{rows}");
}

fn ascii(text: &str) -> String {
    text.chars().filter(char::is_ascii).collect()
}
