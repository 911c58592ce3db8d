//! Statistics by the built program: made of rows, protected, and held against earlier releases.

use std::{collections::BTreeMap, fs};

use serde_json::Value;

use crate::harness::Sandbox;

const HEAD: &str = r#"
title = { nb = "Boliger", nn = "Bustader", en = "Dwellings" }
description = { nb = "Boliger etter område og type", nn = "Bustader etter område og type", en = "Dwellings by area and kind" }
themes = ["GOVE"]
licence = "CC0"
frequency = "MONTHLY"
profile = "table"
format = { kind = "csv", separator = ";" }
source = { kind = "file", path = "data/boliger.csv" }

[[columns]]
name = "bolig_id"
type = "code"
class = "personal"
required = true
title = { nb = "Bolig", nn = "Bustad", en = "Dwelling" }
[[columns]]
name = "grunnkrets"
type = { is = "code", width = 8 }
required = true
title = { nb = "Grunnkrets", nn = "Grunnkrins", en = "Basic statistical unit" }
[[columns]]
name = "delomrade"
type = { is = "code", width = 6 }
required = true
title = { nb = "Delområde", nn = "Delområde", en = "Part area" }
[[columns]]
name = "boligtype"
type = "code"
required = true
title = { nb = "Boligtype", nn = "Bustadtype", en = "Kind" }
[[columns]]
name = "eier"
type = "code"
class = "personal"
title = { nb = "Eier", nn = "Eigar", en = "Owner" }
[[columns]]
name = "manedsleie"
type = { is = "decimal", scale = 2 }
class = "personal"
title = { nb = "Månedsleie", nn = "Månadsleige", en = "Monthly rent" }

[statistics]
unit = "bolig_id"
dimensions = [{ column = "grunnkrets", wider = ["delomrade"] }, { column = "boligtype" }]
"#;

const SUM: &str = r#"
[[statistics.sums]]
column = "manedsleie"
name = "sum_leie"
title = { nb = "Sum leie", nn = "Sum leige", en = "Sum of rents" }
contributor = "eier"
exempt = ["000000000"]
"#;

const DATASET: &str = "datasets/boliger.toml";

fn sandbox(settings: &str, rows: &str) -> Sandbox {
    let sandbox = Sandbox::with(&[]);
    sandbox.write(DATASET, format!("{HEAD}{settings}"));
    sandbox.write("data/boliger.csv", rows);
    sandbox
}

fn dwellings() -> &'static str {
    include_str!("fixtures/disclosure/boliger-syntetisk-mikrodata.csv")
}

type Row = BTreeMap<String, String>;

/// The published rows of the newest version, from its CSV file.
fn published(sandbox: &Sandbox) -> Vec<Row> {
    let versions = sandbox.path("storage/public/datasets/boliger/versions");
    let newest = fs::read_dir(versions).unwrap().map(|entry| entry.unwrap().path()).max().unwrap();
    let manifest: Value = serde_json::from_slice(&fs::read(newest).unwrap()).unwrap();
    let files = manifest["files"].as_array().unwrap();
    let csv = files.iter().find(|file| file["format"] == "csv").unwrap()["sha256"].as_str().unwrap();
    let text = fs::read_to_string(sandbox.path(&format!("storage/public/datasets/boliger/files/{csv}.csv"))).unwrap();
    let mut lines = text.lines().map(|line| line.split(',').map(|cell| cell.trim_matches('"').to_owned()));
    let head: Vec<String> = lines.next().unwrap().collect();
    lines.map(|line| head.iter().cloned().zip(line).collect()).collect()
}

fn codes(record: &Value) -> Vec<&str> {
    let findings = record["gates"].as_array().unwrap().iter().flat_map(|gate| gate["findings"].as_array().unwrap());
    findings.filter_map(|finding| finding["code"].as_str()).collect()
}

/// Shares are made of what is published, so that they tell nothing that the counts do not.
#[test]
fn shares_are_of_published_counts_only() {
    let shares = "shares = [{ of = \"boligtype\", name = \"andel\", title = { nb = \"Andel\", nn = \"Del\", en = \"Share\" } }]\n";
    let sandbox = sandbox(shares, dwellings());
    assert_eq!(sandbox.run_one("boliger")["outcome"], "published");
    let rows = published(&sandbox);
    let mut told = 0;
    for row in &rows {
        let is_whole = |other: &&Row| {
            other["boligtype"] == "_T"
                && ["grunnkrets", "grunnkrets_nivaa"].iter().all(|name| other[*name] == row[*name])
        };
        let whole = rows.iter().find(is_whole).unwrap();
        let (Ok(count), Ok(whole)) = (row["antall"].parse::<f64>(), whole["antall"].parse::<f64>()) else {
            assert_eq!(row["andel"], "", "{row:?}");
            continue;
        };
        let share: f64 = row["andel"].parse().unwrap();
        assert!((share - 100.0 * count / whole).abs() <= 0.005 + 1e-9, "{row:?}");
        told += 1;
    }
    assert!(told > 20 && told < rows.len(), "{told}");
    let bad = sandbox.run(&["check"]);
    assert_eq!(bad.code, 0);
    sandbox.edit(DATASET, "of = \"boligtype\"", "of = \"eier\"");
    let bad = sandbox.run(&["check"]);
    assert!(
        bad.out.contains("`eier` is no dimension") || bad.err.contains("`eier` is no dimension"),
        "{}{}",
        bad.out,
        bad.err
    );
}

#[test]
fn dwellings_leave_as_protected_numbers_only() {
    let sandbox = sandbox(SUM, dwellings());
    let check = sandbox.run(&["check"]);
    assert_eq!(check.code, 0, "{}{}", check.out, check.err);
    let plan = sandbox.run(&["plan", "boliger", "--json"]).json()[0].clone();
    let losses = plan["losses"].as_array().unwrap();
    let lost = |number: &str, level: &str| {
        losses
            .iter()
            .find(|loss| loss["number"] == number && loss["level"] == level)
            .unwrap_or_else(|| panic!("{plan:#}"))
    };
    assert_eq!(lost("antall", "grunnkrets")["hidden"], 0, "{losses:#?}");
    assert_eq!(lost("antall", "grunnkrets x boligtype")["cells"], 24);
    let shown = sandbox.run(&["plan", "boliger"]).out;
    assert!(shown.contains("antall, delomrade x boligtype: "), "{shown}");
    let record = sandbox.run_one("boliger");
    assert_eq!(record["outcome"], "published", "{record:#}");
    assert!(codes(&record).contains(&"disclosure-hidden"), "{record:#}");
    let rows = published(&sandbox);
    assert_eq!(rows.len(), 45);
    let primary = include_str!("fixtures/disclosure/h2_freq_max4_zeros_published.csv");
    for line in primary.lines().skip(1).map(|line| line.split(';').collect::<Vec<_>>()) {
        let [area, kind, count, primary, _] = line[..] else { panic!("{line:?}") };
        let code = |code: &str| if code == "Total" { "_T".to_owned() } else { code.to_owned() };
        let row = rows.iter().find(|row| row["grunnkrets"] == code(area) && row["boligtype"] == code(kind)).unwrap();
        let hidden = row["antall_status"] == ":";
        assert!(hidden || primary == "FALSE", "{row:?}");
        assert_eq!(row["antall"], if hidden { "" } else { count }, "{row:?}");
        assert_eq!(row["antall_status"] == "-", count == "0", "{row:?}");
        assert!(row["sum_leie_status"] == ":" || primary == "FALSE", "a sum of few dwellings: {row:?}");
    }
    let all = rows.iter().find(|row| row["grunnkrets"] == "_T" && row["boligtype"] == "_T").unwrap();
    assert_eq!((all["grunnkrets_nivaa"].as_str(), all["sum_leie"].as_str()), ("_T", "2303320.00"), "{all:?}");
    let public = public_bytes(&sandbox);
    for secret in ["B0001", "900000012", "P04", "secondary", "threshold"] {
        assert!(!public.contains(secret), "{secret} is public");
    }
    let private = fs::read_dir(sandbox.path("storage/private/datasets/boliger/disclosures")).unwrap().count();
    assert_eq!(private, 1);
    assert_eq!(sandbox.run_one("boliger")["outcome"], "unchanged");
}

/// Everything public, as text as far as it is some.
fn public_bytes(sandbox: &Sandbox) -> String {
    let folders = ["versions", "files"].map(|name| sandbox.path(&format!("storage/public/datasets/boliger/{name}")));
    let files = folders.iter().flat_map(|folder| fs::read_dir(folder).unwrap());
    files.map(|file| String::from_utf8_lossy(&fs::read(file.unwrap().path()).unwrap()).into_owned()).collect()
}

/// Dwellings of four kinds in one area.
fn of_kinds(counts: &[(&str, usize)]) -> String {
    let head = "bolig_id;grunnkrets;delomrade;boligtype;eier;manedsleie\n".to_owned();
    let all = counts.iter().flat_map(|(kind, count)| (0..*count).map(move |number| (kind, number)));
    all.fold(head, |text, (kind, number)| text + &format!("{kind}{number};99990101;999901;{kind};E{number};1000\n"))
}

const ONE_DIMENSION: &str = "tables = [[\"boligtype\"]]\n";
const UNPROTECTED: &str = "tables = [[\"boligtype\"]]\nsecondary = \"none\"\nreason = { nb = \"Summene er kjent\" }\n";

/// Levels, totals and sums have a place of their own each, and none takes that of another.
#[test]
fn a_cube_of_several_levels_holds_every_number() {
    let sandbox = sandbox(SUM, dwellings());
    sandbox.run_one("boliger");
    let rows = published(&sandbox);
    let server = sandbox.serve(&["--no-schedule"]);
    let cube = server.get("/d/boliger/jsonstat").json();
    assert!(cube["id"].as_array().unwrap().len() >= 4, "{}", cube["id"]);
    let there = |value: &&Value| !value.is_null();
    // Many empty places are left out, and the numbers have their places as names.
    let values: Vec<&Value> = match &cube["value"] {
        Value::Array(values) => values.iter().filter(there).collect(),
        Value::Object(values) => values.values().filter(there).collect(),
        other => panic!("{other}"),
    };
    let numbers = rows.iter().flat_map(|row| [&row["antall"], &row["sum_leie"]]).filter(|text| !text.is_empty());
    assert_eq!(values.len(), numbers.count(), "of {} rows", rows.len());
}

/// The cube says what the rows say, number by number, also where one is missing.
#[test]
fn statistics_come_as_json_stat() {
    let sandbox = Sandbox::with(&["boligstatistikk", "kommuner"]);
    sandbox.run_one("boligstatistikk");
    sandbox.run_one("kommuner");
    let server = sandbox.serve(&["--no-schedule"]);
    let cube = server.get("/d/boligstatistikk/jsonstat?lang=nn").json();
    assert_eq!((cube["class"].as_str(), cube["version"].as_str()), (Some("dataset"), Some("2.0")));
    let ids: Vec<&str> = cube["id"].as_array().unwrap().iter().map(|id| id.as_str().unwrap()).collect();
    assert_eq!(ids, ["omraade", "boligtype", "aar", "ContentsCode"]);
    let sizes: Vec<usize> =
        cube["size"].as_array().unwrap().iter().map(|size| usize::try_from(size.as_u64().unwrap()).unwrap()).collect();
    assert_eq!(cube["value"].as_array().unwrap().len(), sizes.iter().product::<usize>());
    assert_eq!(cube["role"], serde_json::json!({ "time": ["aar"], "metric": ["ContentsCode"] }));
    assert_eq!(cube["dimension"]["boligtype"]["label"], "Bustadtype");
    let place = |at: usize, code: &str| {
        let index = cube["dimension"][ids[at]]["category"]["index"].as_array().unwrap();
        index.iter().position(|known| known == code).unwrap_or_else(|| panic!("{code}"))
    };
    let rows = server.get("/d/boligstatistikk/rows?limit=1000").json();
    let (mut numbers, mut hidden) = (0, 0);
    for row in rows["rows"].as_array().unwrap() {
        let keys = (0..3).map(|at| place(at, row[ids[at]].as_str().unwrap()));
        let first = keys.zip(&sizes).fold(0, |place, (at, size)| place * size + at) * sizes[3];
        let count = &cube["value"][first + place(3, "antall")];
        assert_eq!(count, &row["antall"], "{row}");
        let share = &cube["value"][first + place(3, "andel")];
        assert_eq!(share.as_f64(), row["andel"].as_str().map(|text| text.parse().unwrap()).or(row["andel"].as_f64()));
        let status = &cube["status"][(first + place(3, "antall")).to_string()];
        assert_eq!(status, &row["antall_status"], "{row}");
        numbers += usize::from(!count.is_null());
        hidden += usize::from(!status.is_null());
    }
    assert!(numbers > 5 && hidden > 5, "{numbers} numbers, {hidden} hidden");
    assert_eq!(server.get("/d/kommuner/jsonstat").status, 404);
    assert_eq!(server.get("/d/boligstatistikk/jsonstat?antall=eq.3").status, 400);
}

#[test]
fn what_two_releases_tell_together_is_blocked_or_hidden() {
    let before = of_kinds(&[("A", 5), ("B", 3), ("C", 2), ("D", 20)]);
    let after = of_kinds(&[("A", 4), ("B", 3), ("C", 2), ("D", 20)]);
    // By itself the second release tells that A, B and C are nine together, and no more.
    let alone = sandbox(UNPROTECTED, &after);
    let record = alone.run_one("boliger");
    assert_eq!(record["outcome"], "published", "{record:#}");
    // The first one tells that B and C are five.
    let sandbox = sandbox(&format!("{ONE_DIMENSION}[gates.drift]\nmax_null_rise = 1.0\n"), &before);
    assert_eq!(sandbox.run_one("boliger")["outcome"], "published");
    let hidden = |rows: &[Row]| -> Vec<String> {
        rows.iter().filter(|row| row["antall_status"] == ":").map(|row| row["boligtype"].clone()).collect()
    };
    assert_eq!(hidden(&published(&sandbox)), ["B", "C"]);
    sandbox.write("data/boliger.csv", &after);
    sandbox.edit(DATASET, ONE_DIMENSION, UNPROTECTED);
    let record = sandbox.run_one("boliger");
    assert_eq!(record["outcome"], "blocked", "{record:#}");
    assert!(codes(&record).contains(&"disclosure-exact"), "{record:#}");
    assert!(!record["gates"].to_string().contains("\"A\""), "findings name no cell");
    // Protected against it the release hides more instead.
    sandbox.edit(DATASET, UNPROTECTED, ONE_DIMENSION);
    assert_eq!(sandbox.run_one("boliger")["outcome"], "published");
    let rows = published(&sandbox);
    let hidden = hidden(&rows);
    assert!(["A", "B", "C"].iter().all(|kind| hidden.contains(&(*kind).to_owned())) && hidden.len() > 3, "{rows:?}");
}

#[test]
fn a_release_that_told_what_is_hidden_now_blocks() {
    let rows = of_kinds(&[("A", 4), ("B", 30), ("C", 20)]);
    let sandbox = sandbox("tables = [[\"boligtype\"]]\nthreshold = 3\n", &rows);
    assert_eq!(sandbox.run_one("boliger")["outcome"], "published");
    sandbox.edit(DATASET, "threshold = 3", "threshold = 5");
    let record = sandbox.run_one("boliger");
    assert_eq!((record["outcome"].as_str(), codes(&record).contains(&"disclosure-exact")), (Some("blocked"), true));
    let withdrawn = sandbox.run(&["withdraw", "boliger", "1", "--reason", "Terskelen er hevet"]);
    assert_eq!(withdrawn.code, 0, "{}{}", withdrawn.out, withdrawn.err);
    assert_eq!(sandbox.run_one("boliger")["outcome"], "published");
}

#[test]
fn a_table_that_was_published_row_by_row_does_not_turn_into_statistics_unseen() {
    let sandbox = sandbox("", &of_kinds(&[("A", 10)]));
    let statistics = HEAD.split_once("[statistics]").unwrap().1;
    sandbox.edit(DATASET, &format!("[statistics]{statistics}"), "");
    assert_eq!(sandbox.run_one("boliger")["outcome"], "published");
    sandbox.write(DATASET, HEAD);
    let record = sandbox.run_one("boliger");
    assert!(record["outcome"] == "blocked" && codes(&record).contains(&"disclosure-release-unknown"), "{record:#}");
}

#[test]
fn rounded_counts_have_no_small_number() {
    let sandbox = sandbox("secondary = \"round-3\"\n", dwellings());
    let record = sandbox.run_one("boliger");
    assert_eq!(record["outcome"], "published", "{record:#}");
    let rows = published(&sandbox);
    let count = |row: &Row| row["antall"].parse::<u32>().unwrap();
    assert!(rows.iter().all(|row| ![1, 2].contains(&count(row))), "{rows:?}");
    let of = |area: &str| {
        rows.iter().filter(|row| row["grunnkrets"] == area && row["boligtype"] != "_T").map(count).sum::<u32>()
    };
    let total = rows.iter().find(|row| row["grunnkrets"] == "_T" && row["boligtype"] == "_T").map(count);
    assert_eq!(Some(of("_T")), total, "sums are consistent");
}

#[test]
fn rows_that_do_not_make_statistics_are_refused() {
    let good = of_kinds(&[("A", 10), ("B", 10)]);
    let torn = good.replacen("99990101;999901", "99990101;999902", 1);
    let total = good.replacen(";A;", ";_T;", 1);
    let negative = good.replacen(";1000", ";-1000", 1);
    for (rows, code) in [(torn, "statistics-hierarchy"), (total, "statistics-code"), (negative, "statistics-negative")]
    {
        let record = sandbox(SUM, &rows).run_one("boliger");
        assert_eq!(
            (record["outcome"].as_str(), record["error"]["code"].as_str()),
            (Some("failed"), Some(code)),
            "{record:#}"
        );
    }
    let twice = good.clone() + "A1;99990101;999901;A;E1;1000\n";
    let record = sandbox("", &twice).run_one("boliger");
    assert!(record["outcome"] == "blocked" && codes(&record).contains(&"shape-duplicate-key"), "{record:#}");
}

#[test]
fn declarations_that_cannot_be_are_shown_in_their_place() {
    let cases = [
        ("unit = \"bolig_id\"", "unit = \"bolig\"", "there is no column `bolig`"),
        ("dimensions = [{ column = \"grunnkrets\"", "dimensions = [{ column = \"eier\"", "is not of class `open`"),
        ("{ column = \"boligtype\" }", "{ column = \"manedsleie\" }", "is neither a code nor a text"),
        (
            "unit = \"bolig_id\"",
            "unit = \"bolig_id\"\ntables = [[\"kommune\"]]",
            "`kommune` is no level of a dimension",
        ),
        ("unit = \"bolig_id\"", "unit = \"bolig_id\"\nsecondary = \"none\"", "a reason must be given"),
        ("unit = \"bolig_id\"", "unit = \"bolig_id\"\ncount = \"grunnkrets\"", "would be called `grunnkrets`"),
        ("profile = \"table\"", "profile = \"table\"\nkey = [\"grunnkrets\"]", "`key` is not for statistics"),
        ("unit = \"bolig_id\"", "unit = \"bolig_id\"\nsecondary = \"round-3\"", "sums cannot be rounded"),
        (
            "unit = \"bolig_id\"",
            "unit = \"bolig_id\"\ntables = [[\"grunnkrets\", \"delomrade\"]]",
            "two levels of the dimension `grunnkrets`",
        ),
    ];
    for (from, to, message) in cases {
        let sandbox = sandbox(SUM, dwellings());
        sandbox.edit(DATASET, from, to);
        let said = sandbox.run(&["check"]);
        assert_eq!(said.code, 3, "{to}: {}{}", said.out, said.err);
        let text = said.out + &said.err;
        assert!(text.contains(message) && text.contains('^'), "{to}: {text}");
    }
}
