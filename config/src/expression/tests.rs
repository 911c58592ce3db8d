use proptest::prelude::*;

use super::*;
use crate::Text;

fn column(name: &str, kind: &ColumnType) -> Column {
    let title = Text { nb: name.to_owned(), nn: None, en: None };
    let text = serde_json::json!({ "name": name, "title": title, "type": kind });
    serde_json::from_value(text).unwrap()
}

fn columns() -> Vec<Column> {
    vec![
        column("areal", &ColumnType::Decimal { scale: 2 }),
        column("rom", &ColumnType::Integer {}),
        column("navn", &ColumnType::Text {}),
        column("aktiv", &ColumnType::Boolean { yes: vec![], no: vec![] }),
        column("start", &ColumnType::Date { formats: vec![] }),
        column("slutt", &ColumnType::Date { formats: vec![] }),
        column("endret", &ColumnType::Datetime { formats: vec![] }),
    ]
}

fn bind(text: &str) -> Result<Node, Fault> {
    Expression(text.to_owned()).bind(&columns())
}

#[test]
fn conditions_bind_as_in_sql() {
    for (one, other) in [
        ("not aktiv and rom > 1 or areal < 5", "((not (aktiv)) and (rom > 1)) or (areal < 5)"),
        ("rom + 2 * 3 = 7", "(rom + (2 * 3)) = 7"),
        ("rom - 1 - 1 > 0", "((rom - 1) - 1) > 0"),
        ("navn in ('a', 'b')", "navn = 'a' or navn = 'b'"),
        ("navn NOT IN ('a')", "not (navn = 'a')"),
        ("slutt is not null", "not (slutt is null)"),
        ("rom <> 1", "rom != 1"),
        ("not not aktiv", "aktiv"),
    ] {
        assert_eq!(bind(one).unwrap(), bind(other).unwrap(), "{one}");
    }
    let start = Box::new(Node::Column("start".parse().unwrap(), Kind::Day));
    let day = Node::Compare(start, Order::GreaterOrEqual, Box::new(Node::Day(20_454)));
    assert_eq!(bind("start >= '2026-01-01'").unwrap(), day);
    for good in [
        "slutt is null or slutt >= start",
        "slutt - start < 365",
        "start + 30 <= today()",
        "year(start) >= 1900",
        "length(navn) <= 40",
        "endret > '2026-01-01T00:00:00Z'",
        "areal / rom > 0.5",
    ] {
        assert!(bind(good).is_ok(), "{good}: {:?}", bind(good));
    }
    assert_eq!(bind("navn = 'it''s'").unwrap(), bind("navn in ('it''s')").unwrap());
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    for (text, at, told) in [
        ("", 0, "ends too early"),
        ("areal", 0, "no condition"),
        ("areal > ", 8, "ends too early"),
        ("areall > 1", 0, "no column 'areall'"),
        ("navn > 1", 5, "different types"),
        ("areal > 1 navn = 'a'", 10, "behind the end"),
        ("(areal > 1", 10, "')' is missing"),
        ("areal > 'mange'", 6, "different types"),
        ("start > '2026-02-30'", 6, "different types"),
        ("navn = 'a", 7, "without its end"),
        ("areal > 1; drop", 9, "means nothing"),
        ("navn + 1 = 2", 5, "calculated"),
        ("rom and aktiv", 0, "between conditions"),
        ("mean(rom) > 1", 0, "no function 'mean'"),
        ("year(navn) > 1", 0, "another type"),
        ("rom > 0.1234567890", 6, "no number"),
        ("rom is 1", 7, "'null' is missing"),
        ("aktiv > true", 6, "no order"),
    ] {
        let fault = bind(text).unwrap_err();
        assert!(fault.at == at && fault.reason.contains(told), "{text}: {fault:?}");
    }
    assert!(bind("areall > 1").unwrap_err().hint.contains("'areal'"));
    assert!(bind(&format!("{}rom > 1{}", "(".repeat(1000), ")".repeat(1000))).is_err());
    assert!(bind(&format!("rom > {}1", "-".repeat(1000))).is_err());
    assert!(bind(&format!("rom > 1{}", " or rom > 1".repeat(300))).is_err(), "too long");
}

proptest! {
    #[test]
    fn no_text_breaks_the_parser(text in "[ a-z0-9'()<>=+*/.,_-]{0,60}|(areal|rom|navn|start|not|and|or|is|null|in|[(]|[)]|'a'|1|>|=|[+]|-| ){0,30}") {
        if let Ok(node) = bind(&text) {
            prop_assert_eq!(node.kind(), Kind::Truth);
        }
    }
}
