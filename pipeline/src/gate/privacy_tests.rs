//! What the privacy gate does with what it finds.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Float64Array, Int64Array, StringArray};
use arrow::record_batch::RecordBatch;
use catalog::version::{Finding, Severity};
use config::GateKind;
use jiff::civil::{Date, date};
use serde_json::{Value, json};
use std::collections::BTreeSet;

use super::column_scan::LISTED_ROWS;
use super::{PrivacyScan, judge_all, testing::draft, withhold};

const FNR: &str = "31123970082";
const TODAY: Date = date(2026, 9, 1);

fn rows(names: &[&str], numbers: &[i64], shares: &[f64]) -> RecordBatch {
    let name: ArrayRef = Arc::new(StringArray::from(names.to_vec()));
    let number: ArrayRef = Arc::new(Int64Array::from(numbers.to_vec()));
    let share: ArrayRef = Arc::new(Float64Array::from(shares.to_vec()));
    RecordBatch::try_from_iter([("navn", name), ("antall", number), ("andel", share)]).unwrap()
}

fn texts(names: &[&str]) -> RecordBatch {
    rows(names, &vec![1; names.len()], &vec![0.5; names.len()])
}

fn judge(gates: &Value, batches: Vec<RecordBatch>) -> (Vec<Finding>, Vec<RecordBatch>, u64) {
    let mut draft = draft(gates, 0);
    let mut scan = PrivacyScan::new(&draft.dataset, TODAY);
    let kept: Vec<RecordBatch> = batches.into_iter().map(|batch| withhold(&mut scan, batch).unwrap()).collect();
    draft.rows = kept.iter().map(|batch| batch.num_rows() as u64).sum();
    let withheld = scan.rows_withheld();
    (scan.judge(&draft, None).findings, kept, withheld)
}

type Brief<'a> = (&'a str, Severity, Option<&'a str>, u64, &'a [u64]);

fn brief(findings: &[Finding]) -> Vec<Brief<'_>> {
    findings.iter().map(|f| (f.code.as_str(), f.severity, f.column.as_deref(), f.count, &f.rows[..])).collect()
}

#[test]
fn an_identity_number_blocks_and_names_its_place_but_not_itself() {
    let (findings, kept, withheld) = judge(&json!({}), vec![texts(&["Ola", "x"]), texts(&["y", "fnr 311239 70082"])]);
    assert_eq!(brief(&findings), [("privacy-identity-number", Severity::Block, Some("navn"), 1, &[3][..])]);
    assert_eq!((kept.len(), withheld), (2, 0));
    assert!(!format!("{findings:?}").contains("70082"));
}

#[test]
fn withheld_rows_are_left_out_and_counted() {
    let (findings, kept, withheld) = judge(
        &json!({ "privacy": { "on_identity_number": "withhold-row" } }),
        vec![texts(&["a", FNR, "b"]), texts(&[FNR, "c"])],
    );
    let identity = ("privacy-identity-number", Severity::Warning, Some("navn"), 2, &[][..]);
    assert_eq!(brief(&findings), [identity, ("privacy-row-withheld", Severity::Warning, None, 2, &[])]);
    let names: Vec<_> = kept.iter().flat_map(|b| b.column(0).as_string::<i32>().iter().flatten()).collect();
    assert_eq!((names, withheld), (vec!["a", "b", "c"], 2));
}

#[test]
fn numbers_are_looked_at_and_fractions_are_not() {
    let fnr: i64 = FNR.parse().unwrap();
    let lost_zero = 2_013_299_997;
    let decimal = 31_123_970_082.5;
    let (findings, ..) = judge(&json!({}), vec![rows(&["a"; 3], &[fnr, 5, lost_zero], &[0.1, decimal, 2.0])]);
    assert_eq!(brief(&findings), [("privacy-identity-number", Severity::Block, Some("antall"), 2, &[0, 2][..])]);
    let (findings, ..) = judge(&json!({}), vec![rows(&["a"], &[1], &[31_123_970_082.0])]);
    assert_eq!(brief(&findings)[0].2, Some("andel"));
}

#[test]
fn an_fh_number_blocks_unless_the_dataset_says_otherwise() {
    let (findings, ..) = judge(&json!({}), vec![texts(&["ref 90000000220"])]);
    assert_eq!(brief(&findings), [("privacy-help-number", Severity::Block, Some("navn"), 1, &[0][..])]);
    let rules = json!({ "privacy": { "rules": [{ "rule": "help-number", "action": "warn", "columns": ["navn"] }] } });
    let (findings, ..) = judge(&rules, vec![texts(&["ref 90000000220"])]);
    assert_eq!(findings[0].severity, Severity::Warning);
}

/// Different valid numbers with dates of birth in 2039.
fn persons(count: usize) -> Vec<String> {
    let numbers = (0..1000_u64).flat_map(|serial| (0..100_u64).map(move |control| (serial, control)));
    let numbers = (1..29_u64).flat_map(move |day| numbers.clone().map(move |(serial, control)| (day, serial, control)));
    let numbers = numbers.map(|(day, serial, control)| format!("{day:02}1139{serial:03}{control:02}"));
    let old = |text: &String| {
        let digits: Vec<u8> = text.bytes().map(|byte| byte - b'0').collect();
        super::numbers::identity(&digits.try_into().unwrap()).is_some_and(|(_, c)| c == super::numbers::Control::Old)
    };
    numbers.filter(old).take(count).collect()
}

#[test]
fn one_hit_blocks_and_only_a_declared_column_of_system_numbers_is_judged_as_a_whole() {
    // Every eleventh number has the right second control digit, of those every eleventh the first.
    let mut ids: Vec<String> = (0..3000_u64).map(|n| (10_100_000_000 + n * 7).to_string()).collect();
    let texts_of = |ids: &[String]| vec![texts(&ids.iter().map(String::as_str).collect::<Vec<_>>())];
    let declared = json!({ "privacy": { "system_numbers": ["navn"] } });
    let (findings, ..) = judge(&json!({}), texts_of(&ids));
    assert_eq!(findings[0].severity, Severity::Block, "undeclared");
    let (findings, ..) = judge(&declared, texts_of(&ids));
    assert!(findings.iter().all(|f| f.severity == Severity::Warning) && !findings.is_empty(), "{findings:?}");
    let short: Vec<String> = persons(300).iter().map(|number| number[1..].to_owned()).collect();
    let (findings, ..) = judge(&declared, texts_of(&short));
    assert_eq!(findings[0].severity, Severity::Block, "all lost their leading zero");
    for count in [1, 3, 300] {
        let (findings, ..) = judge(&declared, texts_of(&persons(count)));
        assert_eq!(findings[0].severity, Severity::Block, "{count} persons");
        assert!(findings[0].rows.len() <= LISTED_ROWS);
    }
    ids.push(format!("fnr {FNR}"));
    let (findings, ..) = judge(&declared, texts_of(&ids));
    assert!(findings.iter().any(|f| f.severity == Severity::Block && f.count == 1), "{findings:?}");
    ids.extend(persons(200));
    let (findings, ..) = judge(&declared, texts_of(&ids));
    assert!(findings.iter().any(|f| f.severity == Severity::Block && f.count > 200), "{findings:?}");
}

/// What is found in one column, and whether it blocks.
fn in_column(kind: &str, cells: ArrayRef) -> Vec<(u64, Severity)> {
    let columns = json!([{ "name": "nr", "type": kind, "title": { "nb": "Nr" } }]);
    let dataset = super::testing::dataset_of(&columns, &json!({ "kind": "csv" }), &json!({}));
    let mut scan = PrivacyScan::new(&dataset, TODAY);
    scan.pass(RecordBatch::try_from_iter([("nr", cells)]).unwrap()).unwrap();
    let found = scan.columns().iter().flat_map(super::privacy_findings::found);
    found.map(|finding| (finding.count, finding.severity)).collect()
}

#[test]
fn codes_and_whole_numbers_of_one_system_are_judged_as_a_whole_without_a_setting() {
    let codes = |cells: Vec<String>| in_column("code", Arc::new(StringArray::from(cells)));
    let blocks = |found: &[(u64, Severity)]| found.iter().any(|(_, severity)| *severity == Severity::Block);
    let dated = |n: u64| format!("2024-{:02}-{:02}-{n:05}", n % 12 + 1, n % 28 + 1);
    let found = codes((0..20_000).map(dated).collect());
    assert!(found.iter().map(|(count, _)| count).sum::<u64>() > 100 && !blocks(&found), "{found:?}");
    let serial = |n: u64| 10_100_000_000 + n * 7;
    let found = codes((0..3000).map(|n| serial(n).to_string()).collect());
    assert!(!found.is_empty() && !blocks(&found), "{found:?}");
    let integers = (0..3000).map(|n| i64::try_from(serial(n)).unwrap()).collect::<Vec<_>>();
    let found = in_column("integer", Arc::new(Int64Array::from(integers)));
    assert!(!found.is_empty() && !blocks(&found), "{found:?}");
    let few = (0..400).map(|n| serial(n).to_string()).chain(persons(1)).collect();
    assert!(blocks(&codes(few)), "too few numbers to tell");

    let with_year =
        |number: &String| format!("{}.{}.20{} {}", &number[..2], &number[2..4], &number[4..6], &number[6..]);
    for count in [1, 3, 300, 3000] {
        assert!(blocks(&codes(persons(count))), "{count}");
        assert!(blocks(&codes(persons(count).iter().map(with_year).collect())), "{count} with a year");
        let numbers = persons(count).iter().map(|number| number.parse().unwrap()).collect::<Vec<i64>>();
        assert!(blocks(&in_column("integer", Arc::new(Int64Array::from(numbers)))), "{count}");
    }
    for stray in [FNR.to_owned(), "311239 70082".to_owned(), format!("fnr {FNR}"), "31.12.2039 70082".to_owned()] {
        let cells = (0..3000).map(dated).chain([stray.clone()]).collect();
        assert!(blocks(&codes(cells)), "{stray} is written otherwise than the others");
    }
}

#[test]
fn each_action_does_what_it_says() {
    let set = |action: &str| json!({ "privacy": { "on_identity_number": action } });
    let (findings, kept, _) = judge(&set("redact"), vec![texts(&["a", "fnr 311239 70082 og 31123970082, x"])]);
    assert_eq!(kept[0].column(0).as_string::<i32>().value(1), "fnr *** og ***, x");
    assert_eq!(brief(&findings), [("privacy-identity-number", Severity::Warning, Some("navn"), 1, &[1][..])]);
    let fnr: i64 = FNR.parse().unwrap();
    let (_, kept, withheld) = judge(&set("redact"), vec![rows(&["a", "b"], &[1, fnr], &[0.5, 0.5])]);
    assert_eq!((kept[0].num_rows(), withheld), (1, 1), "a number cannot be masked in part");
    let (findings, ..) = judge(&set("warn"), vec![texts(&[FNR])]);
    assert_eq!(findings[0].severity, Severity::Block, "the setting is refused");
    let dropping = draft(&set("drop-column"), 0).dataset;
    let mut scan = PrivacyScan::new(&dropping, TODAY);
    withhold(&mut scan, texts(&["a", FNR])).unwrap();
    let dropped = scan.dropped(&dropping);
    assert_eq!(dropped.keys().map(config::ColumnName::as_str).collect::<Vec<_>>(), ["navn"]);
    let mut draft = draft(&set("drop-column"), 0);
    draft.columns.retain(|column| column.name.as_str() != "navn");
    let findings = PrivacyScan::without(&draft.dataset, TODAY, dropped).judge(&draft, None).findings;
    let codes: Vec<&str> = findings.iter().map(|f| f.code.as_str()).collect();
    assert_eq!(codes, ["privacy-column-dropped", "privacy-identity-number"]);
}

#[test]
fn too_many_withheld_rows_block() {
    let numbers = persons(11);
    let names: Vec<&str> = numbers.iter().map(String::as_str).collect();
    let withhold = json!({ "privacy": { "on_identity_number": "withhold-row" } });
    let codes = |names: &[&str]| -> Vec<String> {
        judge(&withhold, vec![texts(names)]).0.into_iter().map(|finding| finding.code).collect()
    };
    assert_eq!(codes(&names), ["privacy-identity-number", "privacy-withheld-too-many"]);
    assert_eq!(codes(&names[1..]), ["privacy-identity-number", "privacy-row-withheld"]);
    let many: Vec<&str> = names.iter().copied().chain(std::iter::repeat_n("a", 11_000)).collect();
    assert_eq!(codes(&many), ["privacy-identity-number", "privacy-row-withheld"], "one in a thousand");
}

#[test]
fn a_source_whose_name_holds_a_number_blocks() {
    let draft = draft(&json!({}), 0);
    let mut scan = PrivacyScan::new(&draft.dataset, TODAY);
    assert_eq!(scan.source_name("31123970082.csv", "inn/31123970082.csv"), "***.csv");
    let findings = scan.judge(&draft, None).findings;
    assert_eq!(brief(&findings), [("privacy-source-name", Severity::Block, None, 1, &[][..])]);
}

#[test]
fn classes_are_held_to_and_unseen_rows_block() {
    let mut draft = draft(&json!({ "privacy": { "publish_free_text": ["merknad"] } }), 0);
    let scan = PrivacyScan::new(&draft.dataset, TODAY);
    let info = scan.judge(&draft, None).findings;
    assert_eq!(brief(&info), [("privacy-free-text", Severity::Info, Some("merknad"), 1, &[][..])]);
    let mut leak = draft.columns[0].clone();
    leak.name = "leietaker".parse().unwrap();
    draft.columns.push(leak);
    draft.rows = 1;
    let findings = PrivacyScan::new(&draft.dataset, TODAY).judge(&draft, None).findings;
    let codes: Vec<&str> = findings.iter().map(|f| f.code.as_str()).collect();
    assert_eq!(codes, ["privacy-free-text", "privacy-class", "privacy-not-scanned"]);
}

#[test]
fn every_gate_reports() {
    let draft = draft(&json!({}), 0);
    let scan = PrivacyScan::new(&draft.dataset, TODAY);
    let geometry = super::GeometryScan::new(&draft.dataset, &draft.columns, false);
    let reports = judge_all(&draft, &crate::gate::Observed::default(), (scan, geometry), None);
    let gates: BTreeSet<GateKind> = reports.iter().map(|report| report.gate).collect();
    // The metadata gate looks at the draft together with what these have reported.
    let first: BTreeSet<GateKind> = GateKind::all().into_iter().filter(|gate| *gate != GateKind::Metadata).collect();
    assert_eq!(gates, first);
    let missing = PrivacyScan::new(&draft.dataset, TODAY).pass(texts(&["a"]).project(&[0]).unwrap());
    assert!(missing.is_err());
}
