use serde_json::{Value, json};

use super::*;
use crate::{gate::testing::dataset_of, normalise::Normaliser, reader};

const TODAY: Date = Date::constant(2026, 11, 26);

/// What checks find in a CSV file.
fn found(checks: &Value, text: &str) -> Quality {
    let title = json!({ "nb": "x" });
    let column = |name: &str, kind: Value| json!({ "name": name, "title": title, "type": kind });
    let columns = json!([
        column("nr", json!("code")),
        column("areal", json!({ "is": "decimal", "scale": 2 })),
        column("rom", json!("integer")),
        column("start", json!("date")),
        column("slutt", json!("date")),
    ]);
    let mut dataset = dataset_of(&columns, &json!({ "kind": "csv", "separator": ",", "decimal": "." }), &json!({}));
    dataset.file.checks = serde_json::from_value(checks.clone()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.csv");
    std::fs::write(&path, format!("nr,areal,rom,start,slutt\n{text}")).unwrap();
    let input = reader::Input { name: "a.csv", path: &path, stopped: &|| false };
    let limits = reader::Limits { max_cell_bytes: 1000, max_columns: 10, batch_rows: 2 };
    let mut reader = reader::open(input, &dataset.file.format, &dataset.columns, limits).unwrap();
    let normaliser = Normaliser::new(&dataset).unwrap();
    let mut all = Checks::of(&dataset, &References::default(), TODAY).unwrap().unwrap();
    while let Some(batch) = reader.next_batch().unwrap() {
        let typed = normaliser.normalise("a.csv", &batch).unwrap();
        assert_eq!(typed.rejects, []);
        all.push("a.csv", &typed.rows, &batch.lines).unwrap();
    }
    all.finish()
}

/// Code and lines of what one check finds.
fn lines(check: &Value, text: &str) -> Vec<(&'static str, Vec<u64>)> {
    let quality = found(&json!([check]), text);
    quality.broken.into_iter().map(|one| (one.code, one.places.iter().map(|place| place.row).collect())).collect()
}

const ROWS: &str = "1,58.20,2,2020-01-01,\n2,,3,2021-06-30,2021-06-29\n1,0.30,,2026-11-01,2027-01-01\nå-4,12.00,0,,\n";

#[test]
fn every_rule_names_the_lines_that_break_it() {
    for (check, code, expected) in [
        (json!({ "column": "areal", "required": true }), "check-required", vec![3]),
        (json!({ "column": "areal", "minimum": 0.31 }), "check-minimum", vec![4]),
        (json!({ "column": "areal", "maximum": 12 }), "check-maximum", vec![2]),
        (json!({ "column": "start", "minimum": "2021-01-01" }), "check-minimum", vec![2]),
        (json!({ "column": "nr", "max_length": 2 }), "check-max-length", vec![5]),
        (json!({ "column": "nr", "min_length": 2 }), "check-min-length", vec![2, 3, 4]),
        (json!({ "column": "nr", "pattern": "[0-9]" }), "check-pattern", vec![5]),
        (json!({ "column": "nr", "enum": ["1", "2"] }), "check-enum", vec![5]),
        (json!({ "column": "nr", "unique": true }), "check-unique", vec![4]),
        (json!({ "columns": ["nr", "rom"], "unique": true }), "", vec![]),
        (json!({ "expression": "slutt is null or slutt >= start" }), "check-expression", vec![3]),
        (json!({ "expression": "slutt - start <= 60" }), "check-expression", vec![4]),
        (json!({ "expression": "start + 30 > today()" }), "check-expression", vec![2, 3]),
        (json!({ "expression": "areal / rom > 20" }), "check-expression", vec![]),
        (json!({ "expression": "not (rom = 0 and areal = 12)" }), "check-expression", vec![5]),
        (json!({ "expression": "year(start) in (2020, 2026) and length(nr) = 1" }), "check-expression", vec![3, 5]),
        (json!({ "expression": "areal * 3 - 0.9 <> 0" }), "check-expression", vec![4]),
        (json!({ "column": "areal", "min_sum": 70.5, "max_sum": 70.5 }), "", vec![]),
        (json!({ "column": "areal", "min_sum": 70.51 }), "check-sum", vec![]),
        (json!({ "column": "start", "max_age_days": 25 }), "", vec![]),
        (json!({ "column": "start", "max_age_days": 24 }), "check-age", vec![]),
    ] {
        let found = lines(&check, ROWS);
        let nothing = code.is_empty() || (expected.is_empty() && code == "check-expression");
        let wanted = if nothing { Vec::new() } else { vec![(code, expected)] };
        assert_eq!(found, wanted, "{check}");
    }
}

#[test]
fn numbers_that_are_too_great_pass_no_check() {
    let greatest = "9".repeat(36);
    let row = format!("1,{greatest},3,,\n2,-{greatest},1,,\n");
    for (check, code, expected) in [
        (json!({ "column": "areal", "maximum": 500 }), "check-maximum", vec![2]),
        (json!({ "column": "areal", "minimum": 5 }), "check-minimum", vec![3]),
        (json!({ "expression": "areal * areal * rom < 100" }), "check-expression", vec![2, 3]),
        (json!({ "expression": "areal + areal <= 0" }), "check-expression", vec![2]),
    ] {
        assert_eq!(lines(&check, &row), [(code, expected)], "{check}");
    }
    let twice = format!("1,{greatest},3,,\n2,{greatest},1,,\n");
    let sum = json!({ "column": "areal", "max_sum": 1e30 });
    assert_eq!(lines(&sum, &twice), [("check-sum", vec![])]);
}

#[test]
fn first_cells_are_named_and_all_are_counted() {
    let text = (0..50).map(|row| format!("{row},-1,,,")).collect::<Vec<_>>().join("\n");
    let quality = found(&json!([{ "column": "areal", "minimum": 0 }]), &text);
    let [broken] = quality.broken.as_slice() else { panic!("{quality:?}") };
    assert_eq!((broken.rows, broken.places.len(), quality.rows, quality.rules), (50, NAMED, 50, 1));
    assert_eq!((broken.column.as_deref(), broken.rule.as_str()), (Some("areal"), "areal >= 0"));
}

#[test]
fn a_reference_that_cannot_be_looked_up_is_told() {
    let quality = found(&json!([{ "column": "nr", "references": { "dataset": "b", "column": "c" } }]), ROWS);
    assert_eq!((quality.broken.len(), quality.not_checked.len()), (0, 1));
}
