use arrow::{
    array::{BinaryArray, Decimal128Array},
    datatypes::{Date32Type, Decimal128Type, Float64Type, Int64Type, TimestampMillisecondType},
};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::{gate::testing::dataset_of, reader::Mark};

fn csv() -> Value {
    json!({ "kind": "csv", "group": "." })
}

/// Types one column of texts; the typed array of the accepted rows, and the rejects.
fn typed(format: &Value, mut column: Value, texts: &[Option<&str>]) -> (ArrayRef, Vec<Reject>) {
    column["name"] = json!("verdi");
    column["title"] = json!({ "nb": "Verdi" });
    let dataset = dataset_of(&json!([column]), format, &json!({}));
    let array: ArrayRef = Arc::new(StringArray::from(texts.to_vec()));
    let rows = RecordBatch::try_from_iter_with_nullable([("verdi", array, true)]).unwrap();
    let raw = RawBatch { rows, lines: (0..texts.len() as u64).map(|row| row + 2).collect(), marks: Vec::new() };
    let normalised = Normaliser::new(&dataset).unwrap().normalise("a.csv", &raw).unwrap();
    assert_eq!(normalised.rows.num_rows() + normalised.rejects.len(), texts.len());
    (Arc::clone(normalised.rows.column(0)), normalised.rejects)
}

fn texts(array: &ArrayRef) -> Vec<Option<&str>> {
    array.as_string::<i32>().iter().collect()
}

fn all_rejected(column: &Value, code: &str, bad: &[&str]) {
    let (_, rejects) = typed(&csv(), column.clone(), &bad.iter().copied().map(Some).collect::<Vec<_>>());
    let codes: Vec<&str> = rejects.iter().map(|reject| reject.code.as_str()).collect();
    assert_eq!(codes, vec![code; bad.len()], "{bad:?}");
}

#[test]
fn codes_keep_their_zeros() {
    let code = json!({ "type": { "is": "code", "width": 4 } });
    let (array, rejects) = typed(&csv(), code, &[Some("0301"), Some("219"), Some(" 5 "), Some("12345"), Some("3A")]);
    assert_eq!(texts(&array), [Some("0301"), Some("0219"), Some("0005"), Some("12345"), Some("3A")]);
    assert_eq!(rejects, []);
    let (array, _) = typed(&csv(), json!({ "type": { "is": "code" } }), &[Some("007")]);
    assert_eq!(texts(&array), [Some("007")]);
}

#[test]
fn blanks_go_and_null_texts_are_null() {
    let text = json!({ "type": { "is": "text" }, "null": ["-", "Ukjent "] });
    let source = ["\u{a0}Æ  b\u{200b} ", "", " \u{feff}\t", "-", " Ukjent", "--"].map(Some);
    let (array, _) = typed(&csv(), text, &source);
    assert_eq!(texts(&array), [Some("Æ  b"), None, None, None, None, Some("--")]);
}

#[test]
fn integers_are_strict() {
    let integer = json!({ "type": { "is": "integer" } });
    let good =
        ["1 234", "1\u{a0}234", "\u{2212}5", "+7", "0012", "999999999999999999", "-999999999999999999", "1.234.567"];
    let (array, rejects) = typed(&csv(), integer.clone(), &good.map(Some));
    assert_eq!(rejects, []);
    let nines = 999_999_999_999_999_999;
    let expected = [1234, 1234, -5, 7, 12, nines, -nines, 1_234_567];
    assert_eq!(array.as_primitive::<Int64Type>().values(), &expected);
    let bad =
        ["1000000000000000000", "9223372036854775808", "1e5", "5,0", "1.23", "0x1F", "ja", "1 23", "5 m2", "\u{663}"];
    all_rejected(&integer, "reject-integer", &bad);
}

#[test]
fn numbers_have_the_declared_decimal_character() {
    let number = json!({ "type": { "is": "number" } });
    let good = ["1 234,56", "58,2", "\u{2212}5", "1.234,5", "0,1", "-0,25"];
    let (array, rejects) = typed(&csv(), number.clone(), &good.map(Some));
    assert_eq!(rejects, []);
    assert_eq!(array.as_primitive::<Float64Type>().values(), &[1234.56, 58.2, -5.0, 1234.5, 0.1, -0.25]);
    all_rejected(
        &number,
        "reject-number",
        &["inf", "NaN", "1e5", "58.2", "1,2,3", "58,2 m\u{b2}", ",5", "1234567890123456"],
    );
    let (array, rejects) = typed(&json!({ "kind": "json" }), number, &[Some("58.2"), Some("58,2"), Some("1 000")]);
    assert_eq!((array.as_primitive::<Float64Type>().values().to_vec(), rejects.len()), (vec![58.2], 2));
}

#[test]
fn numbers_of_json_may_have_an_exponent_or_a_zero_fraction() {
    let json = json!({ "kind": "json" });
    let (array, rejects) = typed(
        &json,
        json!({ "type": { "is": "integer" } }),
        &["1.0", "12e3", "-5.00", "1.5", "1e18", "1e400"].map(Some),
    );
    assert_eq!((array.as_primitive::<Int64Type>().values().to_vec(), rejects.len()), (vec![1, 12_000, -5], 3));
    let number = json!({ "type": { "is": "number" } });
    let (array, rejects) = typed(&json, number.clone(), &["1e-05", "2.5E2", "1e16", "1e"].map(Some));
    assert_eq!((array.as_primitive::<Float64Type>().values().to_vec(), rejects.len()), (vec![0.00001, 250.0], 2));
    let (array, rejects) =
        typed(&json, json!({ "type": { "is": "decimal", "scale": 2 } }), &["1.230", "5e-2", "1.234", "12e1"].map(Some));
    assert_eq!((array.as_primitive::<Decimal128Type>().values().to_vec(), rejects.len()), (vec![123, 5, 12_000], 1));
    let (array, _) = typed(&json, json!({ "type": { "is": "text" } }), &[Some("1.0")]);
    assert_eq!(texts(&array), [Some("1.0")]);
    all_rejected(&number, "reject-number", &["1e-05"]);
}

#[test]
fn marked_cells_are_rejected_unless_their_text_means_nothing() {
    let title = json!({ "nb": "x" });
    let columns = json!([
        { "name": "a", "title": title, "type": { "is": "text" }, "null": ["#N/A"] },
        { "name": "b", "title": title, "type": { "is": "text" }, "required": true },
    ]);
    let dataset = dataset_of(&columns, &json!({ "kind": "excel" }), &json!({}));
    let text = |values: [Option<&str>; 4]| -> ArrayRef { Arc::new(StringArray::from(values.to_vec())) };
    let rows = RecordBatch::try_from_iter_with_nullable([
        ("a", text([Some("#N/A"), Some("#REF!"), Some("x"), Some("y")]), true),
        ("b", text([Some("1"), Some("2"), None, Some("4")]), true),
    ]);
    let mark = |row, column, kind| Mark { row, column, kind };
    let marks = vec![mark(0, 0, MarkKind::Error), mark(1, 0, MarkKind::Error), mark(2, 1, MarkKind::Nested)];
    let raw = RawBatch { rows: rows.unwrap(), lines: vec![2, 3, 4, 5], marks };
    let typed = Normaliser::new(&dataset).unwrap().normalise("a.xlsx", &raw).unwrap();
    assert_eq!(texts(typed.rows.column(0)), [None, Some("y")]);
    let found: Vec<(u64, &str, &str)> =
        typed.rejects.iter().map(|r| (r.row, r.code.as_str(), r.value_class.as_str())).collect();
    assert_eq!(found, [(3, "reject-cell-error", "mixed"), (4, "reject-nested", "nested")]);
}

#[test]
fn decimals_keep_every_digit() {
    let decimal = json!({ "type": { "is": "decimal", "scale": 2 } });
    let good = ["0,10", "12 345 678 901 234 567 890,12", "-5", "1,5"];
    let (array, rejects) = typed(&csv(), decimal.clone(), &good.map(Some));
    assert_eq!(rejects, []);
    let expected: Decimal128Array = [10, 1_234_567_890_123_456_789_012, -500, 150].map(Some).into_iter().collect();
    assert_eq!(array.as_primitive::<Decimal128Type>().values(), expected.values());
    all_rejected(&decimal, "reject-decimal", &["0,123", "1e2", "ti"]);
}

#[test]
fn booleans_follow_their_lists() {
    let boolean = json!({ "type": { "is": "boolean" } });
    let (array, _) = typed(&csv(), boolean.clone(), &[Some("JA"), Some("nei"), Some("x"), None, Some("True")]);
    let expected = [Some(true), Some(false), Some(true), None, Some(true)];
    assert_eq!(array.as_boolean().iter().collect::<Vec<_>>(), expected);
    all_rejected(&boolean, "reject-boolean", &["kanskje", "2", "jaja"]);
    let own = json!({ "type": { "is": "boolean", "yes": ["Utleid"], "no": ["Ledig"] } });
    let (array, rejects) = typed(&csv(), own, &[Some("utleid"), Some("LEDIG"), Some("ja")]);
    assert_eq!((array.len(), rejects.len()), (2, 1));
}

#[test]
fn days_exist_or_are_rejected() {
    let date = json!({ "type": { "is": "date" } });
    let good = ["2026-12-31", "31.12.2026", "1.2.2026", "29.02.2024", "0001-01-01", "2200-12-31"];
    let (array, rejects) = typed(&csv(), date.clone(), &good.map(Some));
    assert_eq!(rejects, []);
    let days = array.as_primitive::<Date32Type>();
    assert_eq!(days.values(), &[20818, 20818, 20485, 19782, -719_162, 84_370]);
    all_rejected(&date, "reject-date", &["2026-02-31", "31.02.2026", "2026-2-1x", "31/12/2026", "46387", "2026-13-01"]);
    all_rejected(&date, "reject-date-range", &["0000-01-01", "2201-01-01", "31.12.9999"]);
    let own = json!({ "type": { "is": "date", "formats": ["%Y%m%d"] } });
    let (array, rejects) = typed(&csv(), own, &[Some("20261231"), Some("2026-12-31")]);
    assert_eq!((array.as_primitive::<Date32Type>().values().to_vec(), rejects.len()), (vec![20818], 1));
}

#[test]
fn instants_are_read_in_the_zone_of_the_schedule() {
    let columns = json!([{ "name": "tid", "title": { "nb": "Tid" }, "type": { "is": "datetime" } }]);
    let mut dataset = dataset_of(&columns, &csv(), &json!({}));
    let schedule = |zone: &str| serde_json::from_value(json!({ "cron": "0 6 * * *", "time_zone": zone })).unwrap();
    for (zone, hour) in [("Europe/Oslo", 11), ("UTC", 12)] {
        dataset.file.schedule = Some(schedule(zone));
        let array: ArrayRef = Arc::new(StringArray::from(vec!["2026-12-01T12:00:00", "31.02.2026 10:00"]));
        let raw = RawBatch {
            rows: RecordBatch::try_from_iter([("tid", array)]).unwrap(),
            lines: vec![1, 2],
            marks: Vec::new(),
        };
        let normalised = Normaliser::new(&dataset).unwrap().normalise("a", &raw).unwrap();
        let noon = normalised.rows.column(0).as_primitive::<TimestampMillisecondType>().value(0);
        assert_eq!(noon / 3_600_000 % 24, hour, "{zone}");
        assert_eq!(normalised.rejects[0].code, "reject-datetime");
    }
    dataset.file.schedule = Some(schedule("Mars/Olympus"));
    assert_eq!(Normaliser::new(&dataset).unwrap_err().code(), "schedule-invalid");
}

#[test]
fn a_late_bad_value_is_one_reject_without_the_value() {
    let source: Vec<String> = (0..8192).map(|n| if n == 8000 { "tolv".to_owned() } else { n.to_string() }).collect();
    let source: Vec<Option<&str>> = source.iter().map(|text| Some(text.as_str())).collect();
    let (array, rejects) = typed(&csv(), json!({ "type": { "is": "integer" } }), &source);
    assert_eq!(array.len(), 8191);
    let expected = Reject {
        file: "a.csv".to_owned(),
        row: 8002,
        column: "verdi".to_owned(),
        value_class: "letters".to_owned(),
        code: "reject-integer".to_owned(),
    };
    assert_eq!(rejects, [expected]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    /// What is typed at once is what the expressions make of it: an odd value at the end calls for them.
    #[test]
    fn plain_columns_are_typed_as_odd_ones(
        days in prop::collection::vec(prop::option::of("(000[01]|2[0-4][0-9]{2})-[01][0-9]-[0-3][0-9]"), 1..20),
        numbers in prop::collection::vec(prop::option::of("-?[0-9]{1,19}"), 1..20),
    ) {
        let check = |column: Value, texts: &[Option<String>], odd: &str| {
            let mut texts: Vec<Option<&str>> = texts.iter().map(Option::as_deref).collect();
            let (plain, rejects) = typed(&csv(), column.clone(), &texts);
            texts.push(Some(odd));
            let (judged, more) = typed(&csv(), column, &texts);
            assert_eq!(more, rejects);
            assert_eq!(judged.len(), plain.len() + 1);
            assert_eq!(&judged.slice(0, plain.len()), &plain);
        };
        check(json!({ "type": { "is": "date" } }), &days, "1.2.2026");
        check(json!({ "type": { "is": "integer" } }), &numbers, "+7");
    }
}

#[test]
fn required_values_and_code_lists_are_held_to() {
    let list = json!({ "0101": { "nb": "Enebolig" }, "0102": { "nb": "Leilighet" } });
    let column = json!({ "type": { "is": "code", "width": 4 }, "required": true, "codes": list });
    let (array, rejects) = typed(&csv(), column, &[Some("101"), None, Some("0103"), Some(" "), Some("0102")]);
    assert_eq!(texts(&array), [Some("0101"), Some("0102")]);
    let found: Vec<(u64, &str, &str)> =
        rejects.iter().map(|r| (r.row, r.code.as_str(), r.value_class.as_str())).collect();
    let required = |row| (row, "reject-required", "empty");
    assert_eq!(found, [required(3), (4, "reject-code-list", "digits"), required(5)]);
}

#[test]
fn a_row_has_one_reject_and_geometries_pass() {
    let title = json!({ "nb": "x" });
    let columns = json!([
        { "name": "a", "title": title, "type": { "is": "integer" } },
        { "name": "b", "title": title, "type": { "is": "date" } },
        { "name": "geometri", "title": title, "type": { "is": "geometry" } },
        { "name": "hemmelig", "title": title, "type": { "is": "text" }, "class": "secret" },
        { "name": "leietaker", "title": title, "type": { "is": "text" }, "class": "personal" },
    ]);
    let dataset = dataset_of(&columns, &csv(), &json!({}));
    let text = |values: [&str; 3]| -> ArrayRef { Arc::new(StringArray::from(values.to_vec())) };
    let points: ArrayRef = Arc::new(BinaryArray::from_opt_vec(vec![Some(b"p1"), Some(b"p2"), None]));
    let rows = RecordBatch::try_from_iter_with_nullable([
        ("a", text(["x", "2", "3"]), true),
        ("b", text(["y", "z", "2026-01-01"]), true),
        ("geometri", points, true),
        ("leietaker", text(["p", "q", "r"]), true),
    ]);
    let raw = RawBatch { rows: rows.unwrap(), lines: vec![2, 3, 4], marks: Vec::new() };
    let normaliser = Normaliser::new(&dataset).unwrap();
    let typed = normaliser.normalise("a.csv", &raw).unwrap();
    let found: Vec<(u64, &str)> = typed.rejects.iter().map(|r| (r.row, r.column.as_str())).collect();
    assert_eq!(found, [(2, "a"), (3, "b")]);
    assert_eq!(typed.rows.schema(), normaliser.schema());
    assert_eq!(typed.rows.num_columns(), 4);
    assert!(typed.rows.column(2).is_null(0));
    let empty = RawBatch { rows: raw.rows.slice(0, 0), lines: Vec::new(), marks: Vec::new() };
    assert_eq!(normaliser.normalise("a.csv", &empty).unwrap().rows.num_rows(), 0);
}
