//! Checks of values by the built program: what breaks them is named by line, blocks or warns, and stands on the page.

use crate::harness::Sandbox;

const STREETS: &str = r#"
title = { nb = "Gater", nn = "Gater", en = "Streets" }
description = { nb = "Gater med nummer", nn = "Gater med nummer", en = "Streets and their numbers" }
themes = ["REGI"]
licence = "CC0"
frequency = "MONTHLY"
profile = "table"
key = ["gatenummer"]
source = { kind = "file", path = "data/gater.csv" }
format = { kind = "csv", separator = ";" }

[[columns]]
name = "gatenummer"
type = "code"
required = true
title = { nb = "Gatenummer", nn = "Gatenummer", en = "Number of the street" }
"#;

const LEASES: &str = r#"
title = { nb = "Leie", nn = "Leige", en = "Leases" }
description = { nb = "Leie av lokaler", nn = "Leige av lokale", en = "Leases of premises" }
themes = ["ECON"]
licence = "CC0"
frequency = "MONTHLY"
profile = "table"
key = ["nummer"]
source = { kind = "file", path = "data/leie.csv" }
format = { kind = "csv", separator = ";", decimal = "," }

[[columns]]
name = "nummer"
type = "code"
required = true
title = { nb = "Nummer", nn = "Nummer", en = "Number" }
[[columns]]
name = "gate"
type = "code"
title = { nb = "Gate", nn = "Gate", en = "Street" }
[[columns]]
name = "areal"
type = { is = "decimal", scale = 1 }
title = { nb = "Areal", nn = "Areal", en = "Area" }
[[columns]]
name = "fra"
type = "date"
title = { nb = "Fra", nn = "Frå", en = "From" }
[[columns]]
name = "til"
type = "date"
title = { nb = "Til", nn = "Til", en = "To" }

[[checks]]
column = "areal"
minimum = 5
maximum = 5000
[[checks]]
column = "gate"
references = { dataset = "gater", column = "gatenummer" }
severity = "warn"
[[checks]]
expression = "til is null or til >= fra"
"#;

const GOOD: &str =
    "nummer;gate;areal;fra;til\nA1;0012;58,2;01.02.2020;\nA2;0012;12,0;01.02.2020;31.01.2021\nA3;0013;9,5;;\n";
const BAD: &str =
    "nummer;gate;areal;fra;til\nA1;0012;58,2;01.02.2020;\nA2;0012;2,0;01.02.2020;31.01.2019\nA3;0014;9,5;;\n";

fn sandbox(leases: &str) -> Sandbox {
    let sandbox = Sandbox::with(&[]);
    sandbox.write("datasets/gater.toml", STREETS);
    sandbox.write("datasets/leie.toml", LEASES);
    sandbox.write("data/gater.csv", "gatenummer\n0012\n0013\n");
    sandbox.write("data/leie.csv", leases);
    sandbox
}

#[test]
fn rows_that_break_a_check_are_named_and_the_last_good_version_stays() {
    let sandbox = sandbox(GOOD);
    assert_eq!(sandbox.run(&["run", "gater"]).code, 0);
    let run = sandbox.run(&["run", "leie"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    sandbox.write("data/leie.csv", BAD);
    for command in ["plan", "run"] {
        let said = sandbox.run(&[command, "leie"]);
        assert_eq!(said.code, 4, "{}{}", said.out, said.err);
        for told in [
            "block[check-minimum]: 1 of 3 rows break \"areal >= 5\" (areal)\n    --> leie.csv:3",
            "warning[check-reference]: 1 of 3 rows break \"gate is one of gatenummer in dataset gater\" (gate)\n    --> leie.csv:4",
            "block[check-expression]: 1 of 3 rows break \"til is null or til >= fra\"\n    --> leie.csv:3",
        ] {
            assert!(said.out.contains(told), "{command}: {told}\n{}", said.out);
        }
    }
    let server = sandbox.serve(&["--no-schedule"]);
    assert_eq!(server.get("/d/leie/rows").json()["version"], 1);
    let report = server.get("/d/leie/v/1/gate-report.json").text();
    assert!(report.contains("4 rules held against 3 rows"), "{report}");
}

#[test]
fn a_warning_stands_on_the_page_in_three_languages() {
    let sandbox = sandbox(&GOOD.replace("0013", "0099"));
    assert_eq!(sandbox.run(&["run", "gater"]).code, 0);
    assert_eq!(sandbox.run(&["run", "leie"]).code, 0);
    let server = sandbox.serve(&["--no-schedule"]);
    for (language, told) in [
        ("nb", "1 av 3 rader bryter regelen «gate is one of gatenummer in dataset gater»"),
        ("nn", "1 av 3 rader bryt regelen «"),
        ("en", "1 of 3 rows break"),
    ] {
        let page = server.get(&format!("/{language}/d/leie")).text();
        assert!(page.contains(told), "{language}: {page}");
        assert!(page.contains("leie.csv:4"), "{language}");
    }
}

#[test]
fn a_reference_without_a_version_counts_as_broken() {
    let sandbox = sandbox(GOOD);
    sandbox.edit("datasets/leie.toml", "severity = \"warn\"", "severity = \"block\"");
    let said = sandbox.run(&["plan", "leie"]);
    assert_eq!(said.code, 4, "{}", said.out);
    assert!(said.out.contains("block[check-not-held]"), "{}", said.out);
}

#[test]
fn a_check_that_makes_no_sense_is_told_by_place() {
    let sandbox = sandbox(GOOD);
    sandbox.edit("datasets/leie.toml", "til is null or til >= fra", "til is null or tll >= fra");
    sandbox.edit("datasets/leie.toml", "minimum = 5\n", "minimum = \"mange\"\npattern = \"[\"\n");
    let said = sandbox.run(&["check"]);
    assert_ne!(said.code, 0);
    for told in
        ["there is no column 'tll' at character 16", "Did you mean 'til'?", "areal >= 'mange'", "the rule is for texts"]
    {
        assert!(said.err.contains(told) || said.out.contains(told), "{told}: {}{}", said.out, said.err);
    }
}

#[test]
fn a_steward_is_told_why_nothing_was_published() {
    let sandbox = sandbox(GOOD);
    assert!(sandbox.run(&["explain", "leie"]).out.contains("Datasettet har aldri vært kjørt."));
    assert_eq!(sandbox.run(&["run", "gater"]).code, 0);
    assert_eq!(sandbox.run(&["run", "leie"]).code, 0);
    let good = sandbox.run(&["explain", "leie"]).out;
    assert!(good.contains("publiserte versjon 1 med 3 rader."), "{good}");
    sandbox.write("data/leie.csv", BAD);
    assert_eq!(sandbox.run(&["run", "leie"]).code, 4);
    for (language, told) in [
        (
            "nb",
            [
                "men de ble ikke publisert, av disse grunnene:",
                "1 av 3 rader bryter regelen «areal >= 5» (check-minimum)",
                "Se leie.csv:3",
                "Det som vises for alle nå, er versjon 1",
                "Datasettet har ingen tidsplan",
            ],
        ),
        (
            "nn",
            [
                "av desse grunnane:",
                "1 av 3 rader bryt regelen «areal >= 5»",
                "Sjå leie.csv:3",
                "Det som blir vist for alle no, er versjon 1",
                "blir køyrt for hand",
            ],
        ),
        (
            "en",
            [
                "but they were not published, for these reasons:",
                "1 of 3 rows break \"areal >= 5\"",
                "See leie.csv:3",
                "What everybody sees now is version 1",
                "it is run by hand",
            ],
        ),
    ] {
        let said = sandbox.run(&["explain", "leie", "--language", language]);
        assert_eq!(said.code, 0, "{}", said.err);
        for told in told {
            assert!(said.out.contains(told), "{told}: {}", said.out);
        }
    }
    sandbox.write("data/leie.csv", "nummer;gate;areal;fra;til\nA1;0012\n");
    assert_eq!(sandbox.run(&["run", "leie"]).code, 1);
    let failed = sandbox.run(&["explain", "leie"]).out;
    assert!(failed.contains("stoppet før dataene var lest ferdig") && failed.contains("(format-ragged)"), "{failed}");
    assert_eq!(sandbox.run(&["explain", "finnes-ikke"]).code, 2);
    assert_eq!(sandbox.run(&["explain", "leie", "--language", "se"]).code, 2);
}
