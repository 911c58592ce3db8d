//! The synthetic journal of 900 entries against its list of expected hits, rule by rule; and open data without persons,
//! in which the gate must find next to nothing.

#![expect(clippy::print_stdout, reason = "the table of expected and found is what one wants to see")]

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use arrow::{
    array::{Array, AsArray},
    compute::concat_batches,
    record_batch::RecordBatch,
};
use catalog::version::{Finding, NamesFacts, Severity};
use config::Dataset;
use jiff::civil::{Date, date};
use serde_json::{Value, json};

use super::{PrivacyScan, find_identity_numbers, names::NamesStage, privacy_findings::found, testing::dataset_of};
use crate::{
    normalise::Normaliser,
    reader::{self, Limits},
};

const DAY: Date = date(2026, 9, 1);
const LIMITS: Limits = Limits { max_cell_bytes: 1 << 20, max_columns: 100, batch_rows: 8192 };

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../config/example/data").join(name)
}

fn expected() -> BTreeMap<String, BTreeSet<u64>> {
    let oracle: Value =
        serde_json::from_str(include_str!("../../../tests/fixtures/privacy/journal-expected.json")).unwrap();
    let mut rules: BTreeMap<String, BTreeSet<u64>> = BTreeMap::new();
    for entry in oracle["flagged"].as_array().unwrap() {
        for rule in entry["rules"].as_array().unwrap() {
            rules.entry(rule.as_str().unwrap().to_owned()).or_default().insert(entry["index"].as_u64().unwrap());
        }
    }
    rules
}

fn column(name: &str, from: &str, kind: &str, class: &str) -> Value {
    json!({ "name": name, "from": [from], "type": kind, "class": class, "title": { "nb": name } })
}

/// A text with names and the form of it that everybody sees.
fn pair(name: &str, public: &str, full: &str, class: &str) -> [Value; 2] {
    let mut with_names = column(&format!("{name}_full"), full, "text", "names");
    with_names["names"] = json!({ "public": name });
    [column(name, public, "text", class), with_names]
}

fn journal(gates: &Value) -> Dataset {
    let mut columns = vec![
        column("id", "id", "code", "open"),
        column("journaldato", "journaldato", "date", "open"),
        column("publisert", "publisertDato", "datetime", "open"),
        column("tilgjengelig", "accessibleAfter", "datetime", "open"),
    ];
    let mut free = vec!["tittel".to_owned()];
    columns.extend(pair("tittel", "offentligTittel", "offentligTittelSensitiv", "free-text"));
    for at in 0..3 {
        let path = format!("dokumentbeskrivelse.{at}.tittel");
        columns.extend(pair(&format!("dok{at}"), &path, &format!("{path}Sensitiv"), "free-text"));
        free.push(format!("dok{at}"));
        let path = format!("korrespondansepart.{at}.korrespondansepartNavn");
        columns.extend(pair(&format!("part{at}"), &path, &format!("{path}Sensitiv"), "open"));
    }
    let mut gates = gates.clone();
    gates["publish_free_text"] = json!(free);
    dataset_of(&json!(columns), &json!({ "kind": "ndjson" }), &json!({ "privacy": gates }))
}

/// The typed rows of a file.
fn typed(dataset: &Dataset, path: &Path) -> RecordBatch {
    let input = reader::Input { name: "fil", path, stopped: &|| false };
    let mut reader = reader::open(input, &dataset.file.format, &dataset.columns, LIMITS).unwrap();
    let normaliser = Normaliser::new(dataset).unwrap();
    let mut batches = Vec::new();
    while let Some(batch) = reader.next_batch().unwrap() {
        let typed = normaliser.normalise("fil", &batch).unwrap();
        assert_eq!(typed.rejects, []);
        batches.push(typed.rows);
    }
    concat_batches(&normaliser.schema(), &batches).unwrap()
}

fn findings(dataset: &Dataset, rows: RecordBatch, as_of: Date) -> Vec<Finding> {
    let mut scan = PrivacyScan::new(dataset, as_of);
    scan.pass(rows).unwrap();
    scan.columns().iter().flat_map(found).collect()
}

/// The oracle's name of a finding.
fn rule(finding: &Finding) -> &'static str {
    match (finding.code.as_str(), finding.message.as_str()) {
        (_, text) if text.contains("control digits of 2032") => "FNR_2032",
        ("privacy-identity-number", text) if text.contains("national identity number") => "FNR",
        ("privacy-identity-number", text) if text.contains("D-number") => "DNR",
        ("privacy-identity-number", text) if text.contains("NPID") => "NPID",
        ("privacy-synthetic-number", _) => "SYNT_TENOR",
        ("privacy-bank-account", _) => "KONTONUMMER",
        ("privacy-duf-number", _) => "DUF",
        ("privacy-phone", _) => "PHONE",
        ("privacy-email", _) => "EMAIL",
        ("privacy-pay", _) => "SALARY_TERM",
        ("privacy-special-category", _) => "ART9_TERM",
        other => panic!("{other:?}"),
    }
}

/// Names after the stage: which rows lost some, and which kept some.
fn names(policy: &str) -> (BTreeSet<u64>, BTreeSet<u64>, NamesFacts) {
    let dataset = journal(&json!({
        "names": policy, "names_decision": { "nb": "Prøve" }, "names_dates": ["journaldato", "publisert"],
    }));
    let rows = typed(&dataset, &data("postjournal.ndjson"));
    let mut stage = NamesStage::new(&dataset, DAY);
    let edited = stage.pass(rows.clone()).unwrap();
    let (mut masked, mut kept) = (BTreeSet::new(), BTreeSet::new());
    for name in dataset.columns.iter().map(|column| column.name.as_str()).filter(|name| name.ends_with("_full")) {
        let texts = |rows: &RecordBatch, name: &str| -> Vec<Option<String>> {
            let column = rows.column_by_name(name).unwrap();
            column.as_string::<i32>().iter().map(|text| text.map(str::to_owned)).collect()
        };
        let (before, after) = (texts(&rows, name), texts(&edited, name));
        let public = texts(&rows, name.strip_suffix("_full").unwrap());
        for (row, ((before, after), public)) in before.iter().zip(&after).zip(&public).enumerate() {
            if before != after {
                assert_eq!(after, public);
                masked.insert(row as u64);
            } else if before != public {
                kept.insert(row as u64);
            }
        }
    }
    (masked, kept, stage.facts().clone())
}

#[test]
fn the_journal_matches_its_oracle_rule_by_rule() {
    let dataset = journal(&json!({ "own_domains": ["testvik.kommune.no"] }));
    let rows = typed(&dataset, &data("postjournal.ndjson"));
    let mut found: BTreeMap<&str, BTreeSet<u64>> = BTreeMap::new();
    for finding in findings(&dataset, rows.clone(), DAY) {
        assert!(finding.rows.len() as u64 == finding.count, "{finding:?}");
        found.entry(rule(&finding)).or_default().extend(finding.rows);
    }
    let (masked, kept, facts) = names("one-year");
    let undated = rows.column_by_name("publisert").unwrap();
    let undated: BTreeSet<u64> = (0..900).filter(|row| undated.is_null(*row)).map(|row| row as u64).collect();
    assert_eq!(facts.undated, undated.len() as u64);
    found.insert("NAME_MUST_BE_REDACTED", masked);
    found.insert("NAME_ALLOWED_UNTIL_ONE_YEAR", kept);
    found.insert("PUBLISERTDATO_MISSING", undated);
    found.insert("ACCESSIBLE_AFTER_FUTURE", embargoed(&rows));
    let expected = expected();
    println!("{:<30} {:>8} {:>5} {:>5}", "rule", "expected", "found", "false");
    for (rule, rows) in &expected {
        let hits = found.get(rule.as_str()).cloned().unwrap_or_default();
        let wrong = hits.difference(rows).count();
        println!("{rule:<30} {:>8} {:>5} {wrong:>5}", rows.len(), hits.intersection(rows).count());
        assert_eq!(&hits, rows, "{rule}");
    }
    assert!(found.keys().all(|rule| expected.contains_key(*rule)), "{:?}", found.keys());
}

/// The rows that the embargo leaves out.
fn embargoed(rows: &RecordBatch) -> BTreeSet<u64> {
    let dataset = journal(&json!({ "embargo": "tilgjengelig" }));
    let mut stage = NamesStage::new(&dataset, DAY);
    let left = stage.pass(rows.clone()).unwrap();
    assert_eq!(stage.rows_embargoed(), 900 - left.num_rows() as u64);
    assert_eq!(stage.embargo_until(), Some(date(2027, 1, 1)));
    let ids = |rows: &RecordBatch| -> Vec<String> {
        rows.column_by_name("id").unwrap().as_string::<i32>().iter().flatten().map(str::to_owned).collect()
    };
    let left: BTreeSet<String> = ids(&left).into_iter().collect();
    ids(rows).iter().enumerate().filter(|(_, id)| !left.contains(*id)).map(|(row, _)| row as u64).collect()
}

#[test]
fn without_a_decision_no_name_stays() {
    let expected = expected();
    let all: BTreeSet<u64> =
        expected["NAME_MUST_BE_REDACTED"].union(&expected["NAME_ALLOWED_UNTIL_ONE_YEAR"]).copied().collect();
    let (masked, kept, facts) = names("off");
    assert_eq!((masked, kept.len(), facts.kept, facts.until), (all, 0, 0, None));
    let (.., facts) = names("one-year");
    assert_eq!(facts.until, Some(date(2026, 9, 2)), "the first entry after 2025-09-01");
}

#[test]
fn from_2032_on_the_new_control_digits_block() {
    let dataset = journal(&json!({}));
    let rows = typed(&dataset, &data("postjournal.ndjson"));
    let new = |as_of| findings(&dataset, rows.clone(), as_of).iter().filter(|f| rule(f) == "FNR_2032").count();
    assert_eq!(new(DAY), new(date(2032, 1, 1)), "the rule changes what happens, not what is found");
}

/// The tables of open data that the example and the fixtures hold, every column read as text.
fn open_samples() -> Vec<(PathBuf, Value, Value)> {
    let of = |names: &[&str]| -> Value {
        names
            .iter()
            .map(|name| column(&name.to_lowercase().replace(['.', ' ', '%'], "_"), name, "text", "open"))
            .collect()
    };
    let csv = |separator: &str| json!({ "kind": "csv", "separator": separator, "trailing_separator": true });
    let from = |name: &str, names: &[&str], format: Value| (data(name), of(names), format);
    let postal = (1..=5).map(|at| column(&format!("c{at}"), &at.to_string(), "text", "open")).collect();
    let latin = json!({ "kind": "csv", "encoding": "iso-8859-1", "separator": "\t", "header": false });
    vec![
        from(
            "kommuneendringer.csv",
            &["kommunenummer_2020", "kommunenavn_2020", "kommunenummer_2024", "kommunenavn_2024", "endringstype"],
            csv(";"),
        ),
        from(
            "valgresultat.csv",
            &["Fylkenummer", "Partikode", "Partinavn", "Oppslutning prosentvis", "Antall stemmer totalt"],
            csv(";"),
        ),
        from(
            "kommuner.geojson",
            &["properties.id", "properties.kommunenummer", "properties.name", "properties.kommunenavn"],
            json!({ "kind": "geojson" }),
        ),
        (data("postnummer.txt"), postal, latin),
    ]
}

/// Cells of open data that hold nobody's number: none may be blocked.
#[test]
fn open_data_is_not_blocked() {
    let (mut cells, mut blocked) = (0, 0);
    for (path, columns, format) in open_samples() {
        let dataset = dataset_of(&columns, &format, &json!({}));
        let rows = typed(&dataset, &path);
        cells += rows.num_rows() * rows.num_columns();
        let found = findings(&dataset, rows, DAY);
        let grave = found.iter().filter(|finding| finding.severity == Severity::Block);
        blocked += grave.map(|finding| finding.count).sum::<u64>();
        assert!(found.is_empty(), "{}: {found:?}", path.display());
    }
    println!("{blocked} of {cells} cells of open data are blocked");
    assert!(cells > 10_000, "{cells}");
    assert_eq!(blocked, 0);
}

/// Road and statistics data as text: long ids, coordinates and numbers, of which none may block.
#[test]
fn road_and_statistics_data_are_not_blocked() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/privacy/open");
    let (mut cells, mut numbers) = (0, Vec::new());
    for entry in std::fs::read_dir(folder).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        let value: Value = serde_json::from_str(&text).unwrap();
        leaves(&value, &mut |leaf| {
            cells += 1;
            numbers.extend(find_identity_numbers(leaf).into_iter().map(|(_, kind)| kind));
        });
    }
    println!("{} of {cells} cells of road and statistics data are blocked", numbers.len());
    assert!(cells > 300, "{cells}");
    assert_eq!(numbers, []);
}

/// Every text and number of a JSON document.
fn leaves(value: &Value, each: &mut impl FnMut(&str)) {
    match value {
        Value::String(text) => each(text),
        Value::Number(number) => each(&number.to_string()),
        Value::Array(items) => items.iter().for_each(|item| leaves(item, each)),
        Value::Object(members) => members.values().for_each(|item| leaves(item, each)),
        Value::Null | Value::Bool(_) => {}
    }
}
