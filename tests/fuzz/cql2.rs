//! Fuzz target: filters in CQL2, as text and as JSON.
#![no_main]

use std::sync::LazyLock;

use catalog::version::ColumnInfo;
use libfuzzer_sys::fuzz_target;
use serde_json::json;

static COLUMNS: LazyLock<Vec<ColumnInfo>> = LazyLock::new(|| {
    let kinds = [
        ("navn", json!({ "is": "text" })),
        ("kode", json!({ "is": "code" })),
        ("antall", json!({ "is": "integer" })),
        ("andel", json!({ "is": "number" })),
        ("leie", json!({ "is": "decimal", "scale": 2 })),
        ("aktiv", json!({ "is": "boolean" })),
        ("dato", json!({ "is": "date" })),
        ("endret", json!({ "is": "datetime" })),
        ("geometri", json!({ "is": "geometry" })),
    ];
    let one = |(name, kind)| {
        let value = json!({ "name": name, "field_id": 1, "kind": kind, "title": { "nb": name }, "required": false });
        serde_json::from_value(value).expect("a column")
    };
    kinds.into_iter().map(one).collect()
});

fuzz_target!(|text: &str| fuzz::filter(text, &COLUMNS));
